package feed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// related reads the keys or SKUs of other products.
func (r *draft) related() error {
	return r.list("related", func(i int) error {
		column := fmt.Sprintf("related[%d]", i)
		var key string
		err := r.text(column, code, maxKey, &key)
		switch {
		case err != nil || key == "" || slices.Contains(r.b.p.Related, key):
			return err
		case len(r.b.p.Related) == maxRelated:
			r.b.refuseProduct(r.b.p.Row, column, key, fmt.Sprintf("is one of more than %d", maxRelated))
			return errShape
		}
		r.b.p.Related = append(r.b.p.Related, key)
		return nil
	})
}

// translation reads {"locale": "de", "name": "...", "description": "...", "slug": "...", "seo_title": "...", "seo_description": "..."}.
func (r *draft) translation(i int) error {
	p, column := &r.b.p, fmt.Sprintf("translations[%d]", i)
	if r.json.PeekKind() != '{' {
		return r.wrong(column, "must be an object with a locale and texts")
	}
	var t Translation
	var written string
	err := r.object(func(name string) error {
		at := column + "." + name
		switch name {
		case "locale":
			return r.text(at, line, maxKey, &written)
		case "name":
			return r.text(at, title, maxName, &t.Name)
		case "description":
			return r.text(at, paragraphs, maxDescription, &t.Description)
		case "slug":
			err := r.text(at, line, maxSlug, &t.Slug)
			t.Slug = Slug(t.Slug, maxSlug)
			return err
		case "seo_title":
			return r.text(at, title, maxName, &t.SEOTitle)
		case "seo_description":
			return r.text(at, line, maxAttribute, &t.SEODescription)
		default:
			return r.json.SkipValue()
		}
	})
	t.Locale = languageOf(written)
	switch {
	case err != nil:
		return err
	case t.Locale == "":
		r.b.refuseProduct(p.Row, column+".locale", written, "is not a language; write it as de or pt-BR")
	case slices.ContainsFunc(p.Translations, func(other Translation) bool { return other.Locale == t.Locale }):
		r.b.refuseProduct(p.Row, column+".locale", written, "is there twice")
	case len(p.Translations) == maxTranslations:
		r.b.refuseProduct(p.Row, column, written, fmt.Sprintf("is one of more than %d", maxTranslations))
	default:
		p.Translations = append(p.Translations, t)
	}
	return nil
}

// draftPrice is a further price as it is written.
type draftPrice struct{ path, currency, quantity, price, compareAt string }

// price reads {"currency": "EUR", "min_quantity": 10, "price": "19.00", "compare_at": "24.00"}.
func (r *draft) price(v *draftVariant, column string) error {
	if r.json.PeekKind() != '{' {
		return r.wrong(column, "must be an object with currency and price")
	}
	p := draftPrice{path: strings.TrimPrefix(column, v.path)}
	err := r.object(func(name string) error {
		into := map[string]*string{
			"currency": &p.currency, "min_quantity": &p.quantity, "price": &p.price, "compare_at": &p.compareAt, "compare_at_price": &p.compareAt,
		}[name]
		if into == nil {
			return r.json.SkipValue()
		}
		text, err := r.scalar(column + "." + name)
		*into = text
		return err
	})
	if err == nil && len(v.prices) <= maxPrices {
		v.prices = append(v.prices, p)
	}
	return err
}

// pricesOf understands a variant's further prices.
func (r *draft) pricesOf(d draftVariant, check func(name, value, reason string)) []Price {
	var prices []Price
	for _, d := range d.prices {
		p := Price{Currency: strings.ToUpper(d.currency), MinQuantity: 1}
		if p.Currency == "" {
			p.Currency = r.b.cfg.Currency
		}
		var reason string
		if !money.Known(p.Currency) {
			check(d.path+".currency", d.currency, "is not a currency; write the three letters of ISO 4217, such as EUR")
			continue
		}
		if d.quantity != "" {
			if p.MinQuantity, reason = count(d.quantity); reason == "" && p.MinQuantity < 1 {
				reason = "is less than one"
			}
			check(d.path+".min_quantity", d.quantity, reason)
		}
		p.Minor, reason = price(d.price, p.Currency)
		check(d.path+".price", d.price, reason)
		if d.compareAt != "" {
			p.CompareAt, reason = price(d.compareAt, p.Currency)
			check(d.path+".compare_at", d.compareAt, reason)
		}
		if p.CompareAt <= p.Minor {
			p.CompareAt = 0
		}
		switch {
		case p.Currency == r.b.cfg.Currency && p.MinQuantity == 1:
			check(d.path, d.price, "is a second price for one piece in the shop's currency")
		case slices.ContainsFunc(prices, func(o Price) bool { return o.Currency == p.Currency && o.MinQuantity == p.MinQuantity }):
			check(d.path, d.price, "is there twice for this currency and quantity")
		case len(prices) == maxPrices:
			check(d.path, d.price, fmt.Sprintf("is one of more than %d prices", maxPrices))
		default:
			prices = append(prices, p)
		}
	}
	return prices
}
