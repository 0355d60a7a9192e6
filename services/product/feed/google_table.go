package feed

import (
	"encoding/csv"
	"strings"
)

// googleTable reads Google's product data and Facebook's catalogue where they are written as tables. A header is an attribute's name,
// with underscores or spaces, in English or in German, or in any language with the English one in brackets.
type googleTable struct {
	*table
	products google
	columns  []string // the attribute in each column
}

// facebookMarks are columns that only Facebook's catalogue has.
const facebookMarks = "fb_product_category|quantity_to_sell_on_facebook|inventory|visibility|rich_text_description|additional_variant_attribute|image[0].url|commerce_tax_category"

func openGoogleTable(t *table) reader {
	g := &googleTable{table: t, products: google{cfg: t.cfg, seen: t.seen, emit: t.emit}}
	twice := map[string]bool{}
	for _, header := range t.header {
		name := googleHeader(header)
		switch {
		case strings.HasPrefix(name, "image["):
			name = "additional_image_link"
		case strings.HasPrefix(name, "product_tags["):
			name = "product_tags"
		case googleRepeats[name] == nil && twice[name]:
			t.column(header) // which says that the column is there twice
		}
		twice[name] = true
		g.columns = append(g.columns, name)
	}
	return g
}

// row takes one item.
func (g *googleTable) row() {
	if g.lost {
		g.lost = false
		g.products.lose()
	}
	item := &googleItem{row: g.table.row()}
	for at, name := range g.columns {
		cell := g.rows.cell(at)
		values := []string{cell}
		if split := googleRepeats[name]; split != nil && cell != "" {
			values = split(cell)
		}
		for _, value := range values {
			item.fields = append(item.fields, googleField{name: name, column: g.header[at], value: value})
		}
	}
	// Facebook's newer tables have all pictures in numbered columns; the first is the main one.
	if image, _ := item.first("image_link"); image == "" {
		if first, _ := item.first("additional_image_link"); first != "" {
			item.fields = append(item.fields, googleField{name: "image_link", value: first})
		}
	}
	g.products.take(item)
}

func (g *googleTable) close() {
	if g.lost {
		g.products.lose()
	}
	g.products.close()
}

// googleRepeats are the attributes that an item may have several times, with how one cell holds all of them.
var googleRepeats = map[string]func(string) []string{
	"additional_image_link": addresses, "product_highlight": listed, "product_detail": listed, "variant_option": listed,
	"product_tags": listed, "product_type": whole,
}

// whole leaves a cell as it is, in columns that may be there several times: paths hold commas.
func whole(cell string) []string { return []string{cell} }

// listed splits at commas. A value that holds one has quotes around it.
func listed(cell string) []string {
	r := csv.NewReader(strings.NewReader(cell))
	r.LazyQuotes, r.TrimLeadingSpace = true, true
	values, err := r.Read()
	if err != nil {
		return []string{cell}
	}
	return values
}
