package feed

import (
	"fmt"
	"slices"
	"strings"
)

// Rows of some tables are of two kinds: parents that only say what a product is, and children that are its variants. A mapping reads each row
// by itself, so it can say neither.

// parentKinds and childKinds are what tables call such rows, folded.
var (
	parentKinds = []string{"variable", "configurable", "parent", "master", "vaterartikel"}
	childKinds  = []string{"variation", "variant", "child", "simple", "variante"}
)

// parents says which column makes parents and children of the rows; empty where none does.
func (p *Proposal) parents(columns []*proposed, rows [][]string) string {
	const reads = "A mapping reads each row by itself, so parents would be refused and variants become products. " +
		"Leave the parents' rows out, put the product's name in each row, and have one column that is the same for all variants of a product and join by it."
	for _, c := range columns {
		if hasKind(c.cells, parentKinds) && hasKind(c.cells, childKinds) {
			return fmt.Sprintf("The column %q makes some rows parents and others their variants. ", shown(c.header, maxValue)) + reads
		}
	}
	for _, c := range columns {
		if key := p.refersTo(c, columns, rows); key != "" {
			return fmt.Sprintf("The column %q names other rows by their %q, so some rows are parents and others their variants. ", shown(c.header, maxValue), shown(key, maxValue)) + reads
		}
	}
	return ""
}

// hasKind reports whether a cell is one of some words, or a list that has one, such as "variation, virtual".
func hasKind(cells, words []string) bool {
	return slices.ContainsFunc(cells, func(cell string) bool {
		return len(cell) <= maxOptionValue && slices.ContainsFunc(strings.Split(cell, ","), func(part string) bool { return slices.Contains(words, fold(part)) })
	})
}

// refersTo finds the column by whose values a column names other rows. Numbers name rows only where the header says so: a stock of 3 is not
// the product with the number 3.
func (p *Proposal) refersTo(c *proposed, columns []*proposed, rows [][]string) string {
	field := p.Columns[c.at].Field
	if !slices.Contains([]Field{"", FieldGroup, FieldKey, FieldSKU, FieldAttribute}, field) {
		return ""
	}
	joins := field == FieldGroup || likeness(c.words, knownHeaders[FieldGroup]) > 0
	for _, k := range columns {
		if k == c || !slices.Contains([]Field{"", FieldSKU, FieldGTIN, FieldKey}, p.Columns[k.at].Field) || len(counts(k.cells)) < len(k.cells) || len(k.cells) < len(c.cells) {
			continue
		}
		byKey := map[string][]string{}
		for _, row := range rows {
			if k.at < len(row) && row[k.at] != "" {
				byKey[strings.ToLower(row[k.at])] = row
			}
		}
		named := 0
		for _, cell := range c.cells {
			name, byID := strings.CutPrefix(strings.ToLower(cell), "id:")
			parent := byKey[strings.TrimSpace(name)]
			if parent == nil || !joins && !byID && isNumber(name) {
				continue
			}
			// A row that names itself is a variant like the others.
			if c.at >= len(parent) || !strings.EqualFold(parent[c.at], cell) {
				named++
			}
		}
		if named > 0 && 2*named >= len(c.cells) {
			return k.header
		}
	}
	return ""
}
