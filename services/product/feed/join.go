package feed

import (
	"fmt"
	"slices"
	"strings"
)

// Join puts a product whose rows stood apart in the file together with its further parts, in the file's order. It returns what
// had to be refused of them. The first product is changed; it stays as it was where a part cannot be used.
func Join(whole *Product, parts []*Product) []Refusal {
	b := &build{p: *whole, sku: "SKU"}
	b.p.Options, b.p.Variants = slices.Clone(whole.Options), slices.Clone(whole.Variants)
	promote(&b.p, parts)
	for _, part := range parts {
		b.p.Incomplete = b.p.Incomplete || part.Incomplete
		for _, v := range part.Variants {
			// The file uses a SKU for one variant, so what has the same one says what that costs in another currency.
			v.priceOnly = v.SKU != "" && slices.ContainsFunc(whole.Variants, func(other Variant) bool { return other.SKU == v.SKU })
			v.OptionValues = aligned(v.OptionValues, part.Options, b.p.Options)
			b.p.Variants = append(b.p.Variants, v)
		}
		for _, text := range part.Translations {
			if !slices.ContainsFunc(b.p.Translations, func(other Translation) bool { return other.Locale == text.Locale }) {
				b.p.Translations = append(b.p.Translations, text)
			}
		}
		for _, path := range part.Categories {
			b.p.Categories = within(b.p.Categories, path)
			if len(b.p.Categories) > maxPaths {
				b.p.Categories = b.p.Categories[:maxPaths]
				b.refuse(part.Row, "", strings.Join(path, " > "), fmt.Sprintf("This product is in more than %d categories; this one was left out.", maxPaths))
			}
		}
		for _, image := range part.Images {
			known := false
			for _, other := range b.p.Images {
				known = known || other.Source == image.Source
			}
			if !known {
				b.p.Images = append(b.p.Images, image)
			}
		}
	}
	b.finish()
	if !b.dead {
		*whole = b.p
		return b.refusals
	}
	whole.Incomplete = true
	for _, part := range parts {
		for _, v := range part.Variants {
			b.refusals = append(b.refusals, Refusal{Row: v.Row, Key: whole.Key, Reason: "This row was not taken with the product's first rows, because of another one."})
		}
	}
	return b.refusals
}

// within adds a path to those that a product has. Those that lead to others say nothing more.
func within(paths [][]string, path []string) [][]string {
	if slices.ContainsFunc(paths, func(other []string) bool { return slices.Equal(other, path) }) {
		return paths
	}
	return deepest(append(slices.Clone(paths), path))
}

// aligned puts a variant's values in the order of the options of the whole product, where the part names its own.
func aligned(values []string, named, options []Option) []string {
	if len(named) == 0 {
		return values
	}
	ordered := make([]string, len(options))
	for i, value := range values {
		at := slices.IndexFunc(options, func(o Option) bool { return i < len(named) && o.Name == named[i].Name })
		if at < 0 {
			ordered = append(ordered, value) // an option that the product does not have: its variant will be refused
			continue
		}
		ordered[at] = value
	}
	return ordered
}

// Orphans refuses the rows of a part whose product was refused.
func Orphans(part *Product) []Refusal {
	refusals := []Refusal{}
	seen := map[int64]bool{}
	for _, v := range part.Variants {
		if !seen[v.Row] {
			seen[v.Row] = true
			refusals = append(refusals, Refusal{Row: v.Row, Key: part.Key, Reason: "This row was not taken, because the product's first row was refused."})
		}
	}
	if len(refusals) == 0 {
		refusals = append(refusals, Refusal{Row: part.Row, Key: part.Key, Reason: "This row was not taken, because the product's first row was refused."})
	}
	return refusals
}
