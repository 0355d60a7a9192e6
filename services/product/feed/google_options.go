package feed

import (
	"fmt"
	"slices"
	"strings"
)

// googleOptions are the attributes by which Google lets variants differ, with what the option is called.
var googleOptions = []struct{ name, label string }{
	{"color", "Color"}, {"size", "Size"}, {"material", "Material"}, {"pattern", "Pattern"}, {"age_group", "Age group"}, {"gender", "Gender"},
}

// differences reads by what an item may differ from others of its product. Whether it does is seen when all are known.
func (g *googleGroup) differences(item *googleItem) (chosen map[string]string, reason string) {
	chosen = map[string]string{}
	choose := func(label, value string) {
		if reason != "" || strings.TrimSpace(value) == "" {
			return
		}
		var name string
		if name, reason = title(label, maxOptionName); reason == "" {
			value, reason = title(value, maxOptionValue)
		}
		if reason != "" {
			reason = "The value for " + label + " " + reason + "."
			return
		}
		chosen[name] = value
		if !slices.Contains(g.names, name) {
			g.names = append(g.names, name)
		}
	}
	for _, o := range googleOptions {
		value, _ := item.first(o.name)
		if o.name == "size" || o.name == "color" {
			values := item.all(o.name) // "38" and "M" for one size; several colours of one thing
			words := make([]string, len(values))
			for i, f := range values {
				words[i] = f.value
			}
			value = strings.Join(words, "/")
		}
		choose(o.label, value)
	}
	for _, f := range item.all("variant_option", "additional_variant_attribute", "additional_variant_attributes") {
		if f.parts != nil {
			choose(f.parts["name"], f.parts["value"])
			continue
		}
		for pair := range strings.SplitSeq(f.value, ",") { // "Flavour:Cherry,Scent:Rose"
			name, value, _ := strings.Cut(pair, ":")
			choose(name, value)
		}
	}
	return chosen, reason
}

// settle decides by what the variants differ. What is alike in all of them is a line of the specification table. A part of a
// product says all it knows: Join sees the whole.
func (g *googleGroup) settle() {
	if g.dead {
		return
	}
	p := &g.p
	names := slices.Clone(g.names)
	if p.Continues == 0 {
		names = slices.DeleteFunc(names, func(name string) bool {
			alike := !slices.ContainsFunc(g.chosen, func(c map[string]string) bool { return c[name] != g.chosen[0][name] })
			if alike && len(g.chosen) > 0 {
				g.attribute(p.Row, name, g.chosen[0][name])
			}
			return alike
		})
		if len(names) > maxOptions {
			g.refuseProduct(p.Row, "item_group_id", p.Key, fmt.Sprintf("joins variants that differ by more than %d things: %s", maxOptions, strings.Join(names, ", ")))
			return
		}
	}
	for _, name := range names {
		p.Options = append(p.Options, Option{Name: name})
	}
	for i := range p.Variants {
		for _, name := range names {
			p.Variants[i].OptionValues = append(p.Variants[i].OptionValues, g.chosen[i][name])
		}
	}
}

// promote makes options of what was alike as long as only a product's first part was known, and is not any more. What stays alike is
// left to the specification table.
func promote(whole *Product, parts []*Product) {
	for _, part := range parts {
		for at, option := range part.Options {
			line := slices.IndexFunc(whole.Attributes, func(a Attribute) bool { return a.Name == option.Name })
			if line < 0 || len(whole.Options) == maxOptions || !slices.ContainsFunc(part.Variants, func(v Variant) bool { return v.OptionValues[at] != whole.Attributes[line].Value }) {
				continue
			}
			whole.Options = append(whole.Options, Option{Name: option.Name})
			for i := range whole.Variants {
				v := &whole.Variants[i]
				v.OptionValues = append(slices.Clone(v.OptionValues), whole.Attributes[line].Value)
			}
			whole.Attributes = slices.Delete(slices.Clone(whole.Attributes), line, line+1)
		}
	}
	for _, part := range parts {
		for at := len(part.Options) - 1; at >= 0; at-- {
			if !slices.ContainsFunc(whole.Attributes, func(a Attribute) bool { return a.Name == part.Options[at].Name }) {
				continue
			}
			part.Options = slices.Delete(slices.Clone(part.Options), at, at+1)
			for i := range part.Variants {
				v := &part.Variants[i]
				v.OptionValues = slices.Delete(slices.Clone(v.OptionValues), at, at+1)
			}
		}
	}
}
