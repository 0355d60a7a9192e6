package feed

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// draftVariant is a variant as it is written. Its texts are understood when the whole record is known.
type draftVariant struct {
	path                            string // before its fields' names: "variants[3]."
	sku, gtin, price, compareAt     string
	stock, backorder, weight, image string
	mpn                             string
	prices                          []draftPrice
	chosen                          map[string]string // option to value
}

// variantField reads one member of a variant, or of a product that is its own only variant.
func (r *draft) variantField(v *draftVariant, name string) error {
	column := v.path + name
	var into *string
	switch name {
	case "sku":
		into = &v.sku
	case "gtin":
		into = &v.gtin
	case "mpn":
		into = &v.mpn
	case "prices":
		return r.list(column, func(i int) error { return r.price(v, fmt.Sprintf("%s[%d]", column, i)) })
	case "price":
		into = &v.price
	case "compare_at_price":
		into = &v.compareAt
	case "stock":
		into = &v.stock
	case "backorder":
		into = &v.backorder
	case "weight_grams":
		into = &v.weight
	case "image":
		into = &v.image
	case "options":
		return r.chosen(v, column)
	default:
		return r.json.SkipValue()
	}
	raw, err := r.scalar(column)
	*into = raw
	return err
}

// chosen reads {"Colour": "Moss"}.
func (r *draft) chosen(v *draftVariant, column string) error {
	if r.json.PeekKind() == 'n' {
		return r.json.SkipValue()
	}
	if r.json.PeekKind() != '{' {
		return r.wrong(column, `must be an object such as {"Colour": "Moss"}`)
	}
	v.chosen = map[string]string{}
	return r.object(func(name string) error {
		var value string
		err := r.text(column+"."+name, line, maxOptionValue, &value)
		if len(v.chosen) <= maxOptions {
			label, _ := line(name, maxOptionName)
			v.chosen[label] = value
		}
		return err
	})
}

// assemble puts the parts together once all are read, since JSON objects have no order.
func (r *draft) assemble() {
	b, p := r.b, &r.b.p
	row := p.Row
	for _, image := range r.images {
		b.image(row, image.column, image.source, strings.TrimSuffix(image.column, ".src")+".alt", image.alt)
	}
	p.Key = cmp.Or(p.Key, r.id)
	if p.Key == "" && len(r.variants) == 0 {
		p.Key, _ = code(r.single.sku, maxKey)
	}
	if p.Key == "" && len(p.Images) > 0 {
		p.Key = keyFromImage(p.Images[0].Source)
		r.single.sku = cmp.Or(r.single.sku, p.Key)
	}
	if p.Key == "" {
		b.refuseProduct(row, "key", "", "is missing: without it the product cannot be told from others in the next file")
	}
	if p.Name == "" && !b.dead {
		var reason string
		if p.Name, reason = bareTitle(r.title, maxName); reason != "" {
			b.refuseProduct(row, "title", r.title, reason)
		} else if p.Name == "" {
			b.refuseProduct(row, "name", "", "is missing")
		}
	}
	if r.currency != "" && r.currency != b.cfg.Currency {
		b.refuseProduct(row, "currency", r.currency, "is not the shop's currency, "+b.cfg.Currency)
	}
	p.askFor(p.Slug)
	if b.dead {
		return
	}
	variants := r.variants
	if len(variants) == 0 {
		variants = []draftVariant{r.single}
	}
	p.Options = r.optionsOf(variants)
	if len(p.Options) > maxOptions {
		b.refuseProduct(row, "options", "", "are more than three")
		return
	}
	for _, v := range variants {
		v.price = cmp.Or(v.price, r.single.price)
		r.variant(v)
	}
}

// optionsOf returns the product's options as written, or, where it lists none, what its variants differ by, in the order of
// their names.
func (r *draft) optionsOf(variants []draftVariant) []Option {
	if len(r.options) > 0 {
		return r.options
	}
	var found []Option
	for _, v := range variants {
		for _, name := range slices.Sorted(maps.Keys(v.chosen)) {
			if !slices.ContainsFunc(found, func(o Option) bool { return o.Name == name }) {
				found = append(found, Option{Name: name})
			}
		}
	}
	return found
}

// variant understands one variant's texts and adds it, unless one of them cannot be used.
func (r *draft) variant(d draftVariant) {
	b, p := r.b, &r.b.p
	v := Variant{Row: p.Row}
	bad := false
	check := func(name, value, reason string) {
		if reason != "" {
			bad = true
			b.refuseVariant(p.Row, d.path+name, value, reason)
		}
	}
	var reason string
	v.SKU, reason = code(d.sku, maxSKU)
	check("sku", d.sku, reason)
	v.GTIN, reason = gtin(d.gtin)
	check("gtin", d.gtin, reason)
	v.MPN, reason = code(d.mpn, maxSKU)
	check("mpn", d.mpn, reason)
	v.Prices = r.pricesOf(d, check)
	v.Price, reason = price(d.price, b.cfg.Currency)
	check("price", d.price, reason)
	if d.compareAt != "" {
		v.CompareAt, reason = price(d.compareAt, b.cfg.Currency)
		check("compare_at_price", d.compareAt, reason)
	}
	if d.stock != "" {
		v.Stock.Known = true
		v.Stock.OnHand, reason = count(d.stock)
		check("stock", d.stock, reason)
	}
	switch d.backorder {
	case "true":
		v.Stock.Backorder = true
	case "false", "":
	default:
		check("backorder", d.backorder, "is neither true nor false")
	}
	if d.weight != "" {
		v.WeightGrams, reason = grams(d.weight)
		check("weight_grams", d.weight, reason)
	}
	v.Image, reason = source(d.image, b.cfg.ImageBase)
	check("image", d.image, reason)
	v.OptionValues = r.optionValues(d, check)
	if !bad {
		p.Variants = append(p.Variants, v)
	}
}

// optionValues are the variant's values, one for each option of the product.
func (r *draft) optionValues(d draftVariant, check func(name, value, reason string)) []string {
	values := make([]string, len(r.b.p.Options))
	listed := len(r.options) > 0
	for i, option := range r.b.p.Options {
		value, given := d.chosen[option.Name]
		values[i] = value
		delete(d.chosen, option.Name)
		if given && listed && len(option.Values) > 0 && !slices.Contains(option.Values, value) {
			check("options."+option.Name, value, "is not one of the values that the product lists for this option")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.chosen)) {
		check("options."+name, d.chosen[name], "is an option that the product does not list")
	}
	return values
}
