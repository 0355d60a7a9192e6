package feed

import (
	"fmt"
	"slices"
	"strings"
)

// build puts a product together, whatever it is read from, and keeps what was refused on the way.
type build struct {
	cfg      Config
	seen     *seen
	p        Product
	refusals []Refusal
	dead     bool   // the product cannot be used at all
	cause    int64  // the row because of which
	lost     int64  // the row of the last variant that was not taken; zero when all were
	sku      string // what the column of SKUs is called
	crowded  bool   // it has more pictures than are taken, and that was said
	parts    bool   // it is made of other products and has nothing to buy of its own
}

// refuse names a cell that was not taken.
func (b *build) refuse(row int64, column, value, reason string) {
	b.refusals = append(b.refusals, Refusal{Row: row, Column: column, Value: value, Reason: reason, Key: b.p.Key})
}

// refuseProduct names a cell because of which the whole product is not taken.
func (b *build) refuseProduct(row int64, column, value, reason string) {
	b.refuse(row, column, value, reason)
	if !b.dead {
		b.dead, b.cause = true, row
	}
}

// refuseVariant names a cell because of which one variant is not taken.
func (b *build) refuseVariant(row int64, column, value, reason string) {
	b.refuse(row, column, value, reason)
	b.lost = row
	b.p.Incomplete = true
}

// refuseRest names the other rows of a product that was not taken.
func (b *build) refuseRest(rows []int64) {
	named := map[int64]bool{}
	for _, r := range b.refusals {
		named[r.Row] = true
	}
	for _, row := range rows {
		if !named[row] {
			b.refuse(row, "", "", fmt.Sprintf("This row was not taken, because its product was refused: see row %d.", b.cause))
		}
	}
}

// item is what Next returns.
func (b *build) item() Item {
	item := Item{Refusals: b.refusals}
	if !b.dead {
		item.Product = &b.p
	}
	return item
}

// category adds a path from root to leaf.
func (b *build) category(row int64, column string, path []string) {
	if b.dead {
		return
	}
	clean := make([]string, 0, len(path))
	for _, name := range path {
		text, reason := title(name, maxCategory)
		if reason != "" {
			b.refuseProduct(row, column, name, reason)
			return
		}
		if text != "" {
			clean = append(clean, text)
		}
	}
	switch {
	case len(clean) == 0:
	case len(clean) > maxDepth:
		b.refuseProduct(row, column, strings.Join(clean, " > "), fmt.Sprintf("has more than %d levels", maxDepth))
	case len(b.p.Categories) == maxPaths:
		b.refuseProduct(row, column, strings.Join(clean, " > "), fmt.Sprintf("names more than %d categories", maxPaths))
	default:
		b.p.Categories = append(b.p.Categories, clean)
	}
}

// tags adds search words, each once.
func (b *build) tags(row int64, column string, words []string) {
	for _, word := range words {
		text, reason := title(word, maxTag)
		if reason == "" && len(b.p.Tags) == maxTags {
			reason = fmt.Sprintf("names more than %d tags", maxTags)
		}
		if reason != "" {
			b.refuseProduct(row, column, word, reason)
			return
		}
		if text != "" && !slices.Contains(b.p.Tags, text) {
			b.p.Tags = append(b.p.Tags, text)
		}
	}
}

// attribute adds a line to the specification table; an empty value says that there is none.
func (b *build) attribute(row int64, name, value string) {
	if b.dead {
		return
	}
	label, reason := title(name, maxAttribute)
	text := ""
	if reason == "" {
		text, reason = title(value, maxAttribute)
	}
	switch {
	case reason == "" && (label == "" || text == ""):
		return
	case reason == "" && len(b.p.Attributes) == maxAttributes:
		reason = fmt.Sprintf("is one of more than %d", maxAttributes)
	}
	if reason != "" {
		b.refuseProduct(row, name, value, reason)
		return
	}
	b.p.Attributes = append(b.p.Attributes, Attribute{Name: label, Value: text})
}

// image adds a picture, once, and reports whether it did. A picture that cannot be used is left out and named; the product stays.
func (b *build) image(row int64, column, raw, altColumn, alt string) bool {
	address, reason := source(raw, b.cfg.ImageBase)
	if reason == "" && len(b.p.Images) >= maxImages {
		if b.crowded {
			return false
		}
		b.crowded, reason = true, fmt.Sprintf("is one picture more than %d, and so are those after it", maxImages)
	}
	if reason != "" {
		b.p.Incomplete = true
		b.refuse(row, column, raw, reason+"; the picture was left out")
		return false
	}
	text, reason := title(alt, maxAlt)
	if reason != "" {
		b.refuse(row, altColumn, alt, reason+"; the picture was taken without it")
	}
	if address == "" || slices.ContainsFunc(b.p.Images, func(i Image) bool { return i.Source == address }) {
		return false
	}
	b.p.Images = append(b.p.Images, Image{Source: address, Alt: text})
	return true
}

// finish checks what can only be seen of a whole product: its variants against its options and against each other.
func (b *build) finish() {
	p := &b.p
	for i, option := range p.Options {
		if slices.ContainsFunc(p.Options[:i], func(o Option) bool { return o.Name == option.Name }) {
			b.refuseProduct(p.Row, "", option.Name, "The option "+option.Name+" is there twice.")
			return
		}
	}
	variants := b.priced(p.Variants)
	p.Variants = make([]Variant, 0, len(variants))
	taken := map[string]int64{} // option values to the row of their variant
	for _, v := range variants {
		column, value, reason := b.fit(&v)
		combination := strings.Join(v.OptionValues, "\x00")
		switch other, twice := taken[combination]; {
		case reason != "":
		case twice && len(p.Options) == 0:
			reason = fmt.Sprintf("A product without options has one variant, and row %d holds it.", other)
		case twice:
			value = strings.Join(v.OptionValues, " / ")
			reason = fmt.Sprintf("The variant in row %d has the same option values.", other)
		case len(p.Variants) == maxVariants:
			b.refuseProduct(v.Row, "", "", fmt.Sprintf("The product has more than %d variants.", maxVariants))
			return
		}
		if reason != "" {
			b.refuseVariant(v.Row, column, value, reason)
			continue
		}
		taken[combination] = v.Row
		if v.CompareAt <= v.Price {
			v.CompareAt = 0 // a reduction from the same or a lower price is none
		}
		p.Variants = append(p.Variants, v)
	}
	b.claimSKUs()
	if len(p.Variants) == 0 && !b.parts {
		b.noVariants()
		return
	}
	for _, v := range p.Variants {
		b.variantImage(v.Image)
	}
	if len(p.Images) > maxImages {
		p.Images = p.Images[:maxImages]
		b.refuse(p.Row, "", "", fmt.Sprintf("The product has more than %d pictures; the last ones were left out.", maxImages))
	}
}

// claimSKUs refuses variants whose SKU the file has used before, and notes the others'.
func (b *build) claimSKUs() {
	if b.seen == nil {
		return // a product that is joined has claimed them as it was read
	}
	b.p.Variants = slices.DeleteFunc(b.p.Variants, func(v Variant) bool {
		first := b.seen.skuRow(v.SKU)
		if v.priceOnly {
			return false
		}
		if v.SKU != "" && first > 0 {
			b.refuseVariant(v.Row, b.sku, v.SKU, fmt.Sprintf("is used in row %d already; a SKU names one variant", first))
			return true
		}
		if v.SKU != "" {
			b.seen.addSKU(v.SKU, v.Row)
		}
		return false
	})
}

// priced gives the prices that stand in rows of their own to their variants.
func (b *build) priced(all []Variant) []Variant {
	variants := slices.DeleteFunc(slices.Clone(all), func(v Variant) bool { return v.priceOnly })
	for _, extra := range all {
		if extra.priceOnly {
			at := slices.IndexFunc(variants, func(v Variant) bool { return v.SKU == extra.SKU })
			if at < 0 {
				b.refuseVariant(extra.Row, b.sku, extra.SKU, "is a price for a variant that the product does not have, or that was refused")
			} else if !variants[at].addPrices(&extra) {
				b.refuseVariant(extra.Row, b.sku, extra.SKU, fmt.Sprintf("has a price in this currency in row %d already", variants[at].Row))
			}
		}
	}
	return slices.DeleteFunc(variants, func(v Variant) bool {
		if v.unpriced {
			b.refuseVariant(v.Row, "", "", "This variant has no price in the shop's currency, "+b.cfg.Currency+".")
		}
		return v.unpriced
	})
}

// addPrices takes over what another row says that the variant costs. It reports false if that is known already.
func (v *Variant) addPrices(from *Variant) bool {
	if len(from.Prices) == 0 { // in the shop's currency
		if !v.unpriced {
			return false
		}
		v.Price, v.CompareAt, v.unpriced = from.Price, from.CompareAt, false
		return true
	}
	for _, price := range from.Prices {
		if slices.ContainsFunc(v.Prices, func(p Price) bool { return p.Currency == price.Currency && p.MinQuantity == price.MinQuantity }) {
			return false
		}
	}
	v.Prices = append(v.Prices, from.Prices...)
	return true
}

// fit checks a variant's option values against the product's options and adds values that are new.
func (b *build) fit(v *Variant) (column, value, reason string) {
	p := &b.p
	if len(p.Options) == 0 && len(v.OptionValues) > 0 && v.OptionValues[0] == "Default Title" {
		v.OptionValues = v.OptionValues[1:]
	}
	for i, text := range v.OptionValues {
		if i >= len(p.Options) && text != "" {
			return "", text, "This variant has a value for an option that the product does not name."
		}
	}
	v.OptionValues = v.OptionValues[:min(len(v.OptionValues), len(p.Options))]
	for len(v.OptionValues) < len(p.Options) {
		v.OptionValues = append(v.OptionValues, "")
	}
	for i, text := range v.OptionValues {
		if text == "" {
			return p.Options[i].Name, "", "is missing: this variant has no value for the option " + p.Options[i].Name
		}
	}
	for i, text := range v.OptionValues {
		if !slices.Contains(p.Options[i].Values, text) {
			p.Options[i].Values = append(p.Options[i].Values, text)
		}
	}
	return "", "", ""
}

// noVariants refuses a product with nothing to buy, unless the row that caused it is named already.
func (b *build) noVariants() {
	if b.lost > 0 {
		b.dead, b.cause = true, b.lost
		return
	}
	b.refuseProduct(b.p.Row, "", "", "The product has no price.")
}

// variantImage makes sure that a variant's picture is one of the product's.
func (b *build) variantImage(address string) {
	if address != "" && !slices.ContainsFunc(b.p.Images, func(i Image) bool { return i.Source == address }) {
		b.p.Images = append(b.p.Images, Image{Source: address})
	}
}
