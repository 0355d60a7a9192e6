package feed

import (
	"fmt"
	"slices"
	"strings"
)

// supplement is a value of a feature by which variants differ, with what is put after the product's number for it.
type supplement struct{ value, code string }

// features fills the specification table as far as it goes, and names what did not fit. It returns what variants may choose for
// each option.
func (c *bmecat) features(b *build, lists []*element) (choices [][]supplement) {
	left, example := 0, ""
	for _, list := range lists {
		for _, e := range list.all("FEATURE") {
			own, _ := inLanguages(e.all("FNAME"), c.language())
			if variants := e.child("VARIANTS"); variants != nil {
				if values := c.option(b, own, variants); len(values) > 0 {
					choices = append(choices, values)
				}
				continue
			}
			value := c.featureValue(e)
			if own == "" || value == "" || value == "-" { // ETIM writes - for what does not apply
				continue
			}
			name, reason := title(own, maxAttribute)
			if reason == "" {
				value, reason = title(value, maxAttribute)
			}
			switch {
			case reason != "":
				b.refuse(b.p.Row, own, value, reason+"; the feature was left out")
			case len(b.p.Attributes) < maxAttributes:
				b.p.Attributes = append(b.p.Attributes, Attribute{Name: name, Value: value})
			default:
				if left++; len(example) < maxValue {
					example += ", " + name
				}
			}
		}
	}
	if left > 0 {
		b.refuse(b.p.Row, "FEATURE", strings.TrimPrefix(example, ", "),
			fmt.Sprintf("A product shows %d features; the last %d were left out. Put those first that help to choose.", maxAttributes, left))
	}
	return choices
}

// featureValue joins a feature's values and adds its unit.
func (c *bmecat) featureValue(e *element) string {
	var values []string
	for _, v := range e.all("FVALUE") {
		if lang := languageOf(v.attr("lang")); lang == "" || sameLanguage(lang, c.language()) {
			values = append(values, v.text())
		}
	}
	text := strings.Join(values, ", ")
	if unit := unitName(e.child("FUNIT").text()); unit != "" && text != "" && text != "-" {
		text += " " + unit
	}
	return text
}

// option reads the values of a feature that the buyer chooses.
func (c *bmecat) option(b *build, own string, variants *element) []supplement {
	name, reason := title(own, maxOptionName)
	switch {
	case reason == "" && name == "":
		reason = "is missing"
	case reason == "" && len(b.p.Options) == maxOptions:
		reason = fmt.Sprintf("is one option more than %d", maxOptions)
	}
	if reason != "" {
		b.refuseProduct(b.p.Row, "FNAME", own, reason)
		return nil
	}
	var values []supplement
	for _, e := range variants.all("VARIANT") {
		own, _ := inLanguages(e.all("FVALUE", "VARIANT"), c.language())
		value, reason := title(own, maxOptionValue)
		code, problem := code(e.child("SUPPLIER_PID_SUPPLEMENT", "SUPPLIER_AID_SUPPLEMENT").text(), maxSKU)
		switch {
		case reason != "":
			b.refuseProduct(b.p.Row, "FVALUE", own, reason)
		case problem != "":
			b.refuseProduct(b.p.Row, "SUPPLIER_PID_SUPPLEMENT", "", problem)
		case value != "":
			values = append(values, supplement{value: value, code: code})
		}
		if len(values) > maxVariants {
			b.refuseProduct(b.p.Row, "VARIANTS", "", fmt.Sprintf("The product has more than %d variants.", maxVariants))
			return nil
		}
	}
	if len(values) > 0 {
		b.p.Options = append(b.p.Options, Option{Name: name})
	}
	return values
}

// variants reads what is bought: the product itself, or each way to choose among its options.
func (c *bmecat) variants(b *build, e, details *element, choices [][]supplement) {
	v := Variant{Row: b.p.Row, SKU: b.p.Key}
	bad := false
	check := func(column, value, reason string) {
		if reason != "" {
			bad = true
			b.refuseVariant(b.p.Row, column, value, reason)
		}
	}
	number := details.child("EAN")
	for _, id := range details.all("INTERNATIONAL_PID") {
		switch strings.ToLower(id.attr("type")) {
		case "gtin", "ean", "upc", "":
			number = id
		}
	}
	var reason string
	v.GTIN, reason = gtin(number.text())
	if number != nil {
		check(number.name, number.text(), reason)
	}
	mpn := details.child("MANUFACTURER_PID", "MANUFACTURER_AID")
	v.MPN, reason = code(mpn.text(), maxSKU)
	check("MANUFACTURER_PID", mpn.text(), reason)
	if weight := e.child("PRODUCT_LOGISTIC_DETAILS", "ARTICLE_LOGISTIC_DETAILS").child("PRODUCT_DIMENSIONS", "ARTICLE_DIMENSIONS").child("WEIGHT"); weight != nil {
		v.WeightGrams, reason = weightWithUnit(weight.text() + " kg")
		check(weight.name, weight.text(), reason)
	}
	v.Price, v.Prices = c.readPrices(e, check, func(column, value, reason string) { b.refuse(b.p.Row, column, value, reason) })
	if bad {
		return
	}
	all := []Variant{v}
	for _, values := range choices {
		var more []Variant
		for _, v := range all {
			for _, s := range values {
				w := v
				w.SKU, w.OptionValues = v.SKU+s.code, append(slices.Clone(v.OptionValues), s.value)
				if w.GTIN = ""; len(values) == 1 { // the number is that of one article, and nobody knows which
					w.GTIN = v.GTIN
				}
				more = append(more, w)
			}
		}
		if all = more; len(all) > maxVariants {
			b.refuseProduct(b.p.Row, "VARIANTS", "", fmt.Sprintf("The product has more than %d variants.", maxVariants))
			return
		}
	}
	b.p.Variants = all
}
