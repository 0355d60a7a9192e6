package feed

import (
	"fmt"
	"slices"
)

// group is a product whose rows are being read.
type group struct {
	build
	lines     []int64 // the rows it has
	titled    bool    // a row named it
	positions []int   // of its pictures
	overflow  bool

	// master is the variant of a row that stands for the whole product. It is one of its own only where the product has no others.
	master *group
	own    string // the SKU that such a row names

	grams int32 // what a variant weighs that does not say it

	wants  []wanted // variants that the product names, which stand elsewhere
	hidden bool     // it is not shown by itself
	off    bool     // it is not for sale

	unseen []string // attributes that shoppers are not shown

	names []string // in a room
	head  int64    // the row that named it
	cost  int
	left  bool
}

// group returns the product with this key whose rows are being read: the open one, or a new one that closes it. Rows that stand
// apart from the first ones of their product make a part that continues it. It returns nil, and has refused the row, when the product has too
// many.
func (t *table) group(key string, c column) *group {
	if t.open == nil || t.open.p.Key != key {
		t.flush()
		t.open = t.newGroup(key)
		t.open.p.Continues = t.seen.keyRow(key, t.row())
	}
	g := t.open
	if len(g.lines) >= maxGroupRows {
		if !g.overflow {
			g.overflow = true
			g.refuseProduct(g.p.Row, c.name, key, fmt.Sprintf("has more than %d rows; split the product", maxGroupRows))
			t.emit(t.finished(g))
		}
		t.refuseOf(key, column{}, "", "This row was not taken: its product has too many.")
		return nil
	}
	g.lines = append(g.lines, t.row())
	return g
}

// newGroup begins a product at the row.
func (t *table) newGroup(key string) *group {
	return &group{build: build{cfg: t.cfg, seen: t.seen, p: Product{Key: key, Row: t.row(), State: Active}}}
}

// flush hands the open product on.
func (t *table) flush() {
	if g := t.open; g != nil && !g.overflow {
		t.emit(t.finished(g))
	}
	t.open = nil
}

// finished checks a product of which all rows are known.
func (t *table) finished(g *group) Item {
	p := &g.p
	g.orderImages()
	g.takeMaster()
	if p.Continues == 0 && !g.titled && !g.dead {
		g.refuseProduct(p.Row, t.named.name, "", "is missing in every row of this product")
	}
	if !g.dead {
		if p.Continues == 0 {
			g.finish()
		} else {
			g.claimSKUs()
		}
	}
	if g.dead {
		g.refuseRest(g.lines)
	}
	return g.item()
}

// takeMaster makes the product's own variant its only one, or lets the others have what they leave out.
func (g *group) takeMaster() {
	if g.master == nil {
		return
	}
	own := g.master.p.Variants
	if !slices.ContainsFunc(g.p.Variants, func(v Variant) bool { return !v.priceOnly }) && g.lost == 0 {
		g.p.Variants = append(slices.Clone(own), g.p.Variants...)
		g.refusals = append(g.refusals, g.master.refusals...)
		g.lost, g.p.Incomplete = g.master.lost, g.p.Incomplete || g.master.p.Incomplete
		return
	}
	for i := range g.p.Variants {
		if v := &g.p.Variants[i]; v.unpriced && len(v.Prices) == 0 && len(own) > 0 && !own[0].unpriced {
			v.Price, v.CompareAt, v.unpriced = own[0].Price, own[0].CompareAt, false
		}
	}
	// Further prices of what is not sold itself are nobody's.
	g.p.Variants = slices.DeleteFunc(g.p.Variants, func(v Variant) bool { return v.priceOnly && v.SKU == g.master.own })
}

// text reads a cell of the product. What cannot be used costs the product.
func (t *table) text(g *group, c column, read func(string, int) (string, string), limit int) string {
	value, reason := read(t.cell(c), limit)
	if reason != "" {
		g.refuseProduct(t.row(), c.name, t.cell(c), reason)
	}
	return value
}

// orderImages puts pictures in the order of their positions; those without one stay where they are.
func (g *group) orderImages() {
	if len(g.positions) != len(g.p.Images) || slices.Contains(g.positions, 0) {
		return
	}
	order := make([]int, len(g.positions))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return g.positions[a] - g.positions[b] })
	images := make([]Image, len(order))
	for to, from := range order {
		images[to] = g.p.Images[from]
	}
	g.p.Images = images
}

// variantCells reads a variant out of the row. A cell that cannot be used costs the variant, and each such cell is named.
type variantCells struct {
	*table
	g   *group
	v   Variant
	bad bool
}

func (t *table) variant(g *group) *variantCells {
	return &variantCells{table: t, g: g, v: Variant{Row: t.row()}}
}

// check names a cell if there is a reason to.
func (c *variantCells) check(at column, reason string) {
	if reason != "" {
		c.bad = true
		c.g.refuseVariant(c.v.Row, at.name, c.cell(at), reason)
	}
}

// codes reads what a variant is known by. A zero column is left out.
func (c *variantCells) codes(sku, mpn column) {
	var reason string
	c.g.sku = sku.name
	c.v.SKU, reason = code(c.cell(sku), maxSKU)
	c.check(sku, reason)
	c.g.own = c.v.SKU
	c.v.MPN, reason = code(c.cell(mpn), maxSKU)
	c.check(mpn, reason)
}

// prices reads what a variant costs and what it cost before. An empty former price is none.
func (c *variantCells) prices(now, before column) {
	var reason string
	c.v.Price, reason = c.price(now)
	c.check(now, reason)
	if c.cell(before) != "" {
		c.v.CompareAt, reason = c.price(before)
		c.check(before, reason)
	}
}

// weighs reads a weight.
func (c *variantCells) weighs(at column, unit string) {
	if c.cell(at) != "" {
		var reason string
		c.v.WeightGrams, reason = c.weight(at, unit)
		c.check(at, reason)
	}
}

// onHand reads a count; an empty cell says nothing.
func (c *variantCells) onHand(at column) {
	if c.cell(at) != "" {
		var reason string
		c.v.Stock.OnHand, reason = c.count(at)
		c.v.Stock.Known = true
		c.check(at, reason)
	}
}

// image reads the address of the variant's picture.
func (c *variantCells) image(at column) {
	var reason string
	c.v.Image, reason = source(c.cell(at), c.cfg.ImageBase)
	c.check(at, reason)
}

// barcode reads a GTIN from a column in which shops write all sorts of codes. What is none is left out and named; the variant stays.
func (c *variantCells) barcode(columns ...column) {
	for _, at := range columns {
		if c.cell(at) == "" || c.v.GTIN != "" {
			continue
		}
		var reason string
		if c.v.GTIN, reason = gtin(c.cell(at)); reason != "" {
			c.g.refuse(c.v.Row, at.name, c.cell(at), reason+"; the variant was taken without it")
		}
	}
}

// choose sets the value of an option by its name, which rows may list in any order. An empty value is kept as one.
func (c *variantCells) choose(at column, name, value string) {
	label, reason := title(name, maxOptionName)
	text := ""
	if reason == "" {
		text, reason = title(value, maxOptionValue)
	}
	if c.check(at, reason); reason != "" || label == "" {
		return
	}
	i := slices.IndexFunc(c.g.p.Options, func(o Option) bool { return o.Name == label })
	if i < 0 {
		if len(c.g.p.Options) == maxOptions {
			c.check(at, fmt.Sprintf("is one option more than %d", maxOptions))
			return
		}
		c.g.p.Options = append(c.g.p.Options, Option{Name: label})
		i = len(c.g.p.Options) - 1
	}
	for len(c.v.OptionValues) <= i {
		c.v.OptionValues = append(c.v.OptionValues, "")
	}
	c.v.OptionValues[i] = text
}

// option adds the value of the next option.
func (c *variantCells) option(at column) {
	text, reason := line(c.cell(at), maxOptionValue)
	if c.v.OptionValues == nil {
		c.v.OptionValues = make([]string, 0, maxOptions)
	}
	c.v.OptionValues = append(c.v.OptionValues, text)
	c.check(at, reason)
}

// add gives the variant to its product, unless a cell of it was refused.
func (c *variantCells) add() {
	if !c.bad {
		c.g.p.Variants = append(c.g.p.Variants, c.v)
	}
}
