package feed

import (
	"cmp"
	"strconv"
	"strings"
)

// google makes products of the items of Google's product data, which Facebook's catalogue shares: one item is one variant, and
// item_group_id joins variants into one product. Whether the items stand in XML or in a table is the same to it.
type google struct {
	cfg  Config
	seen *seen
	open *googleGroup // the product whose items are being read
	emit func(Item)
}

// googleItem is an item as it is written.
type googleItem struct {
	row    int64
	fields []googleField
}

// googleField is one attribute. Those that hold others have parts and no value.
type googleField struct {
	name   string // Google's
	column string // as the file writes it, where that differs
	value  string
	parts  map[string]string
}

// at is what the field is called in the file.
func (f googleField) at() string { return cmp.Or(f.column, f.name) }

// first returns the first value of the first name that has one, and what it is called in the file.
func (i *googleItem) first(names ...string) (value, column string) {
	column = names[0]
	for at, name := range names {
		for _, f := range i.fields {
			if f.name == name && f.value != "" {
				return f.value, f.at()
			}
			if f.name == name && at == 0 {
				column = f.at()
			}
		}
	}
	return "", column
}

// all returns every value of the names, in their order.
func (i *googleItem) all(names ...string) []googleField {
	var found []googleField
	for _, name := range names {
		for _, f := range i.fields {
			if f.name == name && (f.value != "" || len(f.parts) > 0) {
				found = append(found, f)
			}
		}
	}
	return found
}

// googleGroup collects the items of one product that stand together.
type googleGroup struct {
	build
	rows         []int64
	traits       []traits // of each variant
	meant, other []string // names of traits, as they come up
	overflow     bool
}

func (g *google) refuse(row int64, column, value, reason, key string) {
	g.emit(Item{Refusals: []Refusal{{Row: row, Column: column, Value: value, Reason: reason, Key: key}}})
}

// lose notes that an item could not be read, which may have been one of the open product.
func (g *google) lose() {
	if g.open != nil {
		g.open.p.Incomplete = true
	}
}

// take sorts an item into its product.
func (g *google) take(item *googleItem) {
	id, column := item.first("id")
	sku, reason := code(id, maxSKU)
	if reason == "" && sku == "" {
		reason = "is missing: without it the item cannot be told from others in the next file"
	}
	if reason != "" {
		g.refuse(item.row, column, id, reason, "")
		return
	}
	group, _ := item.first("item_group_id")
	key, reason := code(group, maxKey)
	if reason != "" {
		g.refuse(item.row, "item_group_id", group, reason, "")
		return
	}
	if first := g.usedBy(sku); first > 0 {
		g.refuse(item.row, column, id, "is used by item "+itoa(first)+" already; an id names one item", key)
		return
	}
	if key == "" {
		key = sku
	}
	if g.open == nil || g.open.p.Key != key {
		g.close()
		g.open = &googleGroup{build: build{cfg: g.cfg, seen: g.seen, sku: "id", p: Product{Key: key, Row: item.row, State: Active}}}
		g.open.p.Continues = g.seen.keyRow(key, item.row)
	}
	if len(g.open.rows) >= maxGroupRows {
		if !g.open.overflow {
			g.open.overflow = true
			g.open.refuseProduct(g.open.p.Row, "item_group_id", key, "has more than "+strconv.Itoa(maxGroupRows)+" items; split the product")
			g.flush()
		}
		g.refuse(item.row, "", "", "This item was not taken: its product has too many.", key)
		return
	}
	g.open.add(item, sku)
}

// usedBy returns the row of the item that used an id before; zero for none.
func (g *google) usedBy(sku string) int64 {
	if g.open != nil {
		for _, v := range g.open.p.Variants {
			if v.SKU == sku {
				return v.Row
			}
		}
	}
	return g.seen.skuRow(sku)
}

// close finishes the open product.
func (g *google) close() {
	if g.open != nil && !g.open.overflow {
		g.flush()
	}
	g.open = nil
}

func (g *google) flush() {
	o := g.open
	o.settle()
	if !o.dead {
		if o.p.Continues == 0 {
			o.finish()
		} else {
			o.claimSKUs()
		}
	}
	if o.dead {
		o.refuseRest(o.rows)
	}
	if !o.dead && o.p.Continues > 0 && len(o.p.Variants) == 0 && !o.p.Incomplete {
		o.dead = true // nothing to add to the product it continues
	}
	g.emit(o.item())
}

// googleNests are the attributes with parts.
var googleNests = map[string]bool{"product_detail": true, "variant_option": true, "structured_title": true, "structured_description": true}

var underscores = strings.NewReplacer(" ", "_", "-", "_")

// googleName returns an attribute's name with underscores and in small letters, whether a file writes "item group id" or "g:item_group_id".
func googleName(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	name = strings.TrimPrefix(name, "g:")
	name = underscores.Replace(name)
	switch name {
	case "summary", "content":
		return "description"
	case "colour":
		return "color"
	case "product_title":
		return "title"
	}
	return name
}
