package feed

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// googleOptions are the attributes by which Google lets variants differ, with what the option is called.
var googleOptions = []struct{ name, label string }{
	{"color", "Color"}, {"size", "Size"}, {"material", "Material"}, {"pattern", "Pattern"}, {"age_group", "Age group"}, {"gender", "Gender"},
}

// traits are by what an item may differ from others of its product: first what is meant for it, then what else would tell
// variants apart that are the same otherwise.
type traits struct{ meant, other map[string]string }

// value returns what an item has for a name.
func (t traits) value(name string) string { return cmp.Or(t.meant[name], t.other[name]) }

// traitsOf reads an item's traits. Whether they tell variants apart is seen when all are known.
func (g *googleGroup) traitsOf(item *googleItem) (t traits, reason string) {
	t = traits{meant: map[string]string{}, other: map[string]string{}}
	note := func(to map[string]string, names *[]string, label, value string) {
		if reason != "" || strings.TrimSpace(value) == "" {
			return
		}
		var name string
		if name, reason = title(label, maxOptionName); reason == "" {
			value, reason = title(value, maxAttribute)
		}
		if reason != "" {
			reason = "The value for " + label + " " + reason + "."
			return
		}
		to[name] = value
		if !slices.Contains(*names, name) {
			*names = append(*names, name)
		}
	}
	for _, o := range googleOptions {
		var values []string
		for _, f := range item.all(o.name) { // several colours of one thing
			values = append(values, f.value)
		}
		note(t.meant, &g.meant, o.label, strings.Join(values, "/"))
	}
	for _, f := range item.all("variant_option", "additional_variant_attribute", "additional_variant_attributes") {
		if f.parts != nil {
			note(t.meant, &g.meant, f.parts["name"], f.parts["value"])
			continue
		}
		for pair := range strings.SplitSeq(f.value, ",") { // "Flavour:Cherry,Scent:Rose"
			name, value, _ := strings.Cut(pair, ":")
			note(t.meant, &g.meant, name, value)
		}
	}
	if group, _ := item.first("item_group_id"); group != "" && reason == "" {
		for _, f := range item.all("product_detail") {
			if _, name, value := detail(f); name != "" {
				note(t.other, &g.other, name, value)
			}
		}
		own, _ := item.first("title")
		note(t.other, &g.other, "Variant", own)
		reason = "" // what is too long there can still be read where it belongs
	}
	return t, reason
}

// settle decides by what the variants differ. What is alike in all of them is a line of the specification table. A part of a
// product says all it knows: Join sees the whole.
func (g *googleGroup) settle() {
	if g.dead {
		return
	}
	p := &g.p
	names := slices.Clone(g.meant)
	if p.Continues == 0 {
		names = slices.DeleteFunc(names, func(name string) bool {
			if g.differ(name) {
				return false
			}
			if len(g.traits) > 0 {
				g.attribute(p.Row, name, g.traits[0].value(name))
			}
			return true
		})
		for _, name := range g.other {
			if len(names) < maxOptions && !slices.Contains(g.meant, name) && !g.apart(names) && g.differ(name) {
				names = append(names, name)
				p.Attributes = slices.DeleteFunc(p.Attributes, func(a Attribute) bool { return a.Name == name })
			}
		}
		if len(names) > maxOptions {
			g.refuseProduct(p.Row, "item_group_id", p.Key, fmt.Sprintf("joins variants that differ by more than %d things: %s; leave out what shoppers need not choose", maxOptions, strings.Join(names, ", ")))
			return
		}
	}
	for _, name := range names {
		p.Options = append(p.Options, Option{Name: name})
	}
	variants := p.Variants[:0]
	for i, v := range p.Variants {
		fits := true
		for _, name := range names {
			value, reason := title(g.traits[i].value(name), maxOptionValue)
			if reason != "" {
				fits = false
				g.refuseVariant(v.Row, name, g.traits[i].value(name), reason)
			}
			v.OptionValues = append(v.OptionValues, value)
		}
		if fits {
			variants = append(variants, v)
		}
	}
	p.Variants = variants
}

// differ reports whether the variants differ by a name.
func (g *googleGroup) differ(name string) bool {
	return slices.ContainsFunc(g.traits, func(t traits) bool { return t.value(name) != g.traits[0].value(name) })
}

// apart reports whether the names tell all variants apart.
func (g *googleGroup) apart(names []string) bool {
	seen := map[string]bool{}
	for _, t := range g.traits {
		var key strings.Builder
		for _, name := range names {
			key.WriteString(t.value(name) + "\x00")
		}
		if seen[key.String()] {
			return false
		}
		seen[key.String()] = true
	}
	return true
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
