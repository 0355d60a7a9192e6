package feed

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// mapped reads a table through a mapping.
type mapped struct {
	*table
	mapping *Mapping
	columns []mappedColumn
	options []string // the options' names, in the mapping's order
}

// mappedColumn is an entry of the mapping with the column that the file has for it.
type mappedColumn struct {
	MappedColumn
	at column
}

// openMapped finds the mapping's columns. A mapping that names others than the file has is not half used.
func openMapped(t *table, m *Mapping) reader {
	r := &mapped{table: t, mapping: m}
	if t.problem = m.Check(); t.problem != nil {
		return r
	}
	var missing []string
	for _, entry := range m.Columns {
		c := mappedColumn{MappedColumn: entry, at: column{name: cmp.Or(entry.Column, string(entry.Field))}}
		if entry.Column != "" {
			switch entry.Field {
			case FieldPrice, FieldCompareAt, FieldStock, FieldWeight:
				c.at = t.number(entry.Column)
			default:
				c.at = t.column(entry.Column)
			}
			if !t.has(c.at) && !slices.Contains(missing, entry.Column) {
				missing = append(missing, entry.Column)
			}
		}
		if entry.Field == FieldOption {
			r.options = append(r.options, cmp.Or(entry.Name, c.at.name))
		}
		if entry.Field == FieldName && entry.Locale == "" {
			t.named = c.at
		}
		r.columns = append(r.columns, c)
	}
	if len(missing) > 0 {
		t.problem = unreadable("The file has no column %s, which the mapping names. Its columns are %s. Change the mapping, or hand in the file it was made for.",
			shown(strings.Join(missing, " and no column "), maxValue), shown(strings.Join(t.header, ", "), 5*maxValue))
	}
	return r
}

// text is what a column says in this row.
func (c *mappedColumn) text(t *table) string { return cmp.Or(t.cell(c.at), c.Value) }

// each calls do with the columns that give a field, in the mapping's order.
func (m *mapped) each(field Field, do func(c *mappedColumn)) {
	for i := range m.columns {
		if m.columns[i].Field == field {
			do(&m.columns[i])
		}
	}
}

// one is what the row says of a field that it has once, and the column that does.
func (m *mapped) one(field Field) (text string, c column) {
	c = column{name: string(field)}
	m.each(field, func(found *mappedColumn) {
		if found.Locale == "" {
			text, c = found.text(m.table), found.at
		}
	})
	return text, c
}

func (m *mapped) row() {
	if m.mapping.Scope == OffersOnly {
		m.offer()
		return
	}
	var key string
	var from column
	for _, field := range []Field{FieldGroup, FieldKey, FieldSKU, FieldGTIN} {
		if key, from = m.one(field); key != "" {
			break
		}
	}
	key, reason := code(key, maxKey)
	switch {
	case reason != "":
		m.spoil()
		m.refuse(from, m.cell(from), reason)
		return
	case key == "":
		m.spoil()
		m.refuse(from, "", "is missing: without it nobody knows which product the row belongs to")
		return
	}
	if m.open != nil && m.open.p.Key != key {
		m.settle()
	}
	g := m.group(key, from)
	if g == nil {
		return
	}
	_, skus := m.one(FieldSKU)
	g.sku = skus.name
	if name, _ := m.one(FieldName); name != "" && !g.titled {
		g.titled = true
		if g.p.Continues == 0 {
			m.product(g)
		}
	}
	m.variant(g, m.pictures(g))
}

func (m *mapped) close() {
	m.settle()
	m.flush()
}

// settle leaves out options that no variant of the open product has.
func (m *mapped) settle() {
	if m.open == nil {
		return
	}
	p := &m.open.p
	p.Options = nil
	kept := 0
	for _, name := range m.options {
		used := slices.ContainsFunc(p.Variants, func(v Variant) bool { return kept < len(v.OptionValues) && v.OptionValues[kept] != "" })
		if used {
			p.Options = append(p.Options, Option{Name: name})
			kept++
			continue
		}
		for n := range p.Variants {
			p.Variants[n].OptionValues = slices.Delete(p.Variants[n].OptionValues, kept, kept+1)
		}
	}
}

// product reads the fields that the first row of a product has.
func (m *mapped) product(g *group) {
	p := &g.p
	text := func(field Field, read func(string, int) (string, string), limit int) string {
		raw, c := m.one(field)
		value, reason := read(raw, limit)
		if reason != "" {
			g.refuseProduct(m.table.row(), c.name, raw, reason)
		}
		return value
	}
	p.Name = text(FieldName, bareTitle, maxName)
	p.Description = text(FieldDescription, paragraphs, maxDescription)
	p.Brand = text(FieldBrand, title, maxBrand)
	p.Type = text(FieldType, title, maxCategory)
	p.TaxClass = text(FieldTaxClass, taxClass, maxTaxClass)
	p.SEOTitle = text(FieldSEOTitle, title, maxName)
	p.SEODescription = text(FieldSEODescription, title, maxAttribute)
	p.askFor(text(FieldSlug, line, maxSlug))
	if raw, c := m.one(FieldState); raw != "" {
		var reason string
		if p.State, reason = wordedState(raw); reason != "" {
			g.refuseProduct(m.table.row(), c.name, raw, reason)
		}
	}
	m.categories(g)
	m.each(FieldTags, func(c *mappedColumn) {
		g.tags(m.table.row(), c.at.name, strings.Split(c.text(m.table), cmp.Or(c.Separator, ",")))
	})
	m.each(FieldRelated, func(c *mappedColumn) { m.related(g, c) })
	m.each(FieldAttribute, func(c *mappedColumn) {
		g.attribute(m.table.row(), cmp.Or(c.Name, c.at.name), withUnit(c.text(m.table), c.Unit))
	})
	m.translations(g)
}

// categories reads paths. Columns without a separator are the levels of one.
func (m *mapped) categories(g *group) {
	var levels []string
	var first string
	m.each(FieldCategory, func(c *mappedColumn) {
		if c.Separator != "" {
			g.category(m.table.row(), c.at.name, strings.Split(c.text(m.table), c.Separator))
			return
		}
		first = cmp.Or(first, c.at.name)
		levels = append(levels, c.text(m.table))
	})
	g.category(m.table.row(), first, levels)
}

func (m *mapped) related(g *group, c *mappedColumn) {
	for _, raw := range strings.Split(c.text(m.table), cmp.Or(c.Separator, ",")) {
		text, reason := code(raw, maxKey)
		switch {
		case reason != "":
			g.refuseProduct(m.table.row(), c.at.name, raw, reason)
		case text != "" && !slices.Contains(g.p.Related, text):
			g.p.Related = append(g.p.Related, text)
		}
	}
}

// translations reads the texts that have a language.
func (m *mapped) translations(g *group) {
	for i := range m.columns {
		c := &m.columns[i]
		raw := c.text(m.table)
		if c.Locale == "" || raw == "" {
			continue
		}
		locale := language.Make(c.Locale).String()
		at := slices.IndexFunc(g.p.Translations, func(t Translation) bool { return t.Locale == locale })
		if at < 0 {
			at = len(g.p.Translations)
			g.p.Translations = append(g.p.Translations, Translation{Locale: locale})
		}
		t := &g.p.Translations[at]
		var reason string
		switch c.Field {
		case FieldName:
			t.Name, reason = bareTitle(raw, maxName)
		case FieldDescription:
			t.Description, reason = paragraphs(raw, maxDescription)
		case FieldSlug:
			t.Slug, reason = line(Slug(raw, maxSlug), maxSlug)
		case FieldSEOTitle:
			t.SEOTitle, reason = title(raw, maxName)
		case FieldSEODescription:
			t.SEODescription, reason = title(raw, maxAttribute)
		}
		if reason != "" {
			g.refuseProduct(m.table.row(), c.at.name, raw, reason)
		}
	}
}

// withUnit puts a unit after what is only a number.
func withUnit(text, unit string) string {
	if plain, _, _ := decimalOf(text); unit != "" && plain != "" {
		return text + " " + unit
	}
	return text
}

// stateWords say whether shoppers see a product, in the languages in which merchants write it.
var stateWords = map[State][]string{
	Active: {"active", "aktiv", "actif", "activo", "attivo", "actief", "ativo", "aktywny", "published", "online", "visible"},
	Draft: {"draft", "unlisted", "inactive", "inaktiv", "inactif", "inactivo", "inattivo", "inactief", "inativo", "nieaktywny", "hidden", "offline",
		"entwurf", "brouillon", "borrador", "bozza", "concept", "rascunho", "szkic"},
	Archived: {"archived", "archiviert", "archivé", "archivado", "archiviato", "gearchiveerd", "arquivado", "zarchiwizowany", "discontinued"},
}

// wordedState reads a state, or yes and no for whether shoppers see the product.
func wordedState(raw string) (State, string) {
	word := strings.ToLower(strings.TrimSpace(raw))
	for state, words := range stateWords {
		if slices.Contains(words, word) {
			return state, ""
		}
	}
	switch yes, known := yesNo(word); {
	case !known:
		return "", "is no state; write active, draft or archived, or yes and no for whether shoppers see it"
	case yes:
		return Active, ""
	default:
		return Draft, ""
	}
}

// yesNo reads yes or no in the languages in which merchants write them.
func yesNo(raw string) (yes, known bool) {
	switch strings.ToLower(strings.TrimSpace(raw)) {
	case "yes", "y", "true", "1", "x", "ja", "j", "wahr", "oui", "vrai", "sí", "si", "sì", "vero", "sim", "tak", "allow", "continue":
		return true, true
	case "no", "n", "false", "0", "-1", "nein", "falsch", "non", "faux", "nee", "não", "nao", "falso", "nie", "deny":
		return false, true
	default:
		return false, false
	}
}
