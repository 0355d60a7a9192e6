package feed

// Join puts a product whose rows stood apart in the file together with its further parts, in the file's order. It returns what
// had to be refused of them. The first product is changed; it stays as it was where a part cannot be used.
func Join(whole *Product, parts []*Product) []Refusal {
	b := &build{p: *whole, sku: "SKU"}
	for _, part := range parts {
		b.p.Incomplete = b.p.Incomplete || part.Incomplete
		b.p.Variants = append(b.p.Variants, part.Variants...)
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
