package feed

import (
	"slices"
	"strings"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// amount reads a price with its currency, such as "15.00 USD"; without one it is in the shop's.
func amount(text, shop string) (minor int64, currency, reason string) {
	fields := strings.Fields(text)
	currency = shop
	for i, field := range fields {
		if len(fields) == 2 && len(field) == 3 && money.Known(strings.ToUpper(field)) {
			currency = strings.ToUpper(field)
			fields = append(fields[:i:i], fields[i+1:]...)
			break
		}
	}
	switch {
	case len(fields) == 0:
		return 0, currency, "is missing"
	case len(fields) > 1:
		return 0, currency, "is not a price; write an amount, a space and a currency, such as 15.00 " + shop
	}
	plain, mark, twofold := decimalOf(fields[0])
	if mark != ',' || twofold { // 1,234 may mean two amounts, so it is refused as it stands
		plain = fields[0]
	}
	minor, reason = price(plain, currency)
	return minor, currency, reason
}

// prices reads what a variant costs. Each price may be there in several currencies; the shop's is needed.
func (g *googleGroup) prices(item *googleItem, v *Variant, check func(name, value, reason string)) {
	shop := g.cfg.Currency
	var all []Price
	for _, f := range item.all("price") {
		minor, currency, reason := amount(f.value, shop)
		if slices.ContainsFunc(all, func(p Price) bool { return p.Currency == currency }) {
			reason = "is a second price in this currency"
		}
		check(f.at(), f.value, reason)
		if reason == "" {
			all = append(all, Price{Currency: currency, MinQuantity: 1, Minor: minor})
		}
	}
	if g.onSale(item, check) {
		for _, f := range item.all("sale_price") {
			minor, currency, reason := amount(f.value, shop)
			for i := range all {
				if all[i].Currency != currency || reason != "" {
					continue
				}
				if minor > all[i].Minor {
					reason = "is higher than the price; leave it empty where nothing is reduced"
					break
				}
				if minor < all[i].Minor {
					all[i].Minor, all[i].CompareAt = minor, all[i].Minor
				}
			}
			check(f.at(), f.value, reason)
		}
	}
	own := false
	for _, p := range all {
		if p.Currency == shop {
			v.Price, v.CompareAt, own = p.Minor, p.CompareAt, true
		} else {
			v.Prices = append(v.Prices, p)
		}
	}
	switch raw, name := item.first("price"); {
	case raw == "":
		check(name, "", "is missing: an item without a price cannot be sold")
	case !own && len(all) > 0:
		check(name, raw, "is not in the shop's currency, "+shop+"; hand in the items with prices in "+shop)
	}
}

// onSale reports whether the reduced price holds at the time as of which the file is read.
func (g *googleGroup) onSale(item *googleItem, check func(name, value, reason string)) bool {
	text, name := item.first("sale_price_effective_date")
	if text == "" {
		return true
	}
	from, to, found := strings.Cut(text, "/")
	begin, beginErr := moment(from)
	end, endErr := moment(to)
	if !found || beginErr != nil || endErr != nil {
		check(name, text, "is not a time from and to, such as 2026-02-24T11:07+0100/2026-02-28T23:07+0100")
		return false
	}
	if g.cfg.Now.IsZero() {
		g.refuse(item.row, name, text, "limits the reduced price to a time; the regular price was taken. Reduce it by hand, or start a promotion")
		return false
	}
	return !g.cfg.Now.Before(begin) && g.cfg.Now.Before(end)
}

// moment reads the ways of ISO 8601 in which feeds write times. One without a zone is in UTC, as Google takes it.
func moment(text string) (time.Time, error) {
	var first error
	for _, layout := range []string{
		"2006-01-02T15:04-0700", "2006-01-02T15:04:05-0700", time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02",
	} {
		t, err := time.Parse(layout, strings.TrimSpace(text))
		if err == nil {
			return t, nil
		}
		if first == nil {
			first = err
		}
	}
	return time.Time{}, first
}

// availability reads both spellings, "in stock" is the older one, and the German words. It tells no count: what is in stock keeps the count that the
// shop has, and what is not has none.
func availability(text string) (Stock, string) {
	switch strings.ReplaceAll(strings.ToLower(strings.TrimSpace(text)), " ", "_") {
	case "", "in_stock", "limited_availability", "auf_lager":
		return Stock{}, ""
	case "available_for_order", "backorder", "preorder", "pre_order", "back_order", "vorbestellbar":
		return Stock{Known: true, Backorder: true}, ""
	case "out_of_stock", "discontinued", "pending", "sold_out", "nicht_auf_lager":
		return Stock{Known: true}, ""
	default:
		return Stock{}, "is none of in_stock, out_of_stock, preorder and backorder"
	}
}

// weightWithUnit reads a weight such as "1.5 kg" as grams, rounded up.
func weightWithUnit(text string) (n int32, reason string) {
	end := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end <= 0 {
		return 0, "is not a weight with a unit, such as 3 kg; the units are g, kg, oz and lb"
	}
	return weight(text[:end], strings.TrimSuffix(strings.TrimSpace(text[end:]), "."))
}
