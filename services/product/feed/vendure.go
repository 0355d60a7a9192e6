package feed

import (
	"cmp"
	"slices"
	"strings"
)

// vendure reads Vendure's product CSV. A row with a name begins a product and is its first variant; a row without one is a further variant
// of the product above. Texts may be there in several languages, in columns such as "name:de"; the first is the shop's.
type vendure struct {
	*table
	main                                                                  vendureTexts
	others                                                                []vendureTexts
	assets, sku, price, count, track, variantAssets, groups, optionValues column
	fields                                                                []column
}

// vendureTexts are the columns of one language.
type vendureTexts struct {
	locale                          string // empty where the columns name none
	name, slug, description, facets column
}

func openVendure(t *table) reader {
	v := &vendure{
		table: t, assets: t.column("assets"), sku: t.column("sku"), price: t.number("price"), count: t.number("stockOnHand"), track: t.column("trackInventory"),
		variantAssets: t.column("variantAssets"),
	}
	either := func(name, suffix string) column { // some texts may be there once for all languages
		if c := t.column(name + suffix); t.has(c) {
			return c
		}
		return t.column(name)
	}
	texts := func(suffix, tag string) vendureTexts {
		return vendureTexts{tag, either("name", suffix), either("slug", suffix), either("description", suffix), either("facets", suffix)}
	}
	v.main = texts("", "")
	first := ""
	for _, header := range t.header {
		base, code, coded := strings.Cut(header, ":")
		switch tag, reason := locale(code); {
		case coded && strings.EqualFold(base, "product") && len(v.fields) < maxAttributes && strings.Count(code, ":") == 0:
			v.fields = append(v.fields, t.column(header))
		case !coded || reason != "" || fold(base) != "name":
		case first == "":
			first = ":" + code
			v.main = texts(first, tag)
		default:
			v.others = append(v.others, texts(":"+code, tag))
		}
	}
	v.groups, v.optionValues = either("optionGroups", first), either("optionValues", first)
	t.named = v.main.name
	if !t.has(t.named) && t.problem == nil {
		t.problem = unreadable("The header has no column name, which Vendure's product CSV has. Export the products again, with all columns.")
	}
	return v
}

func (v *vendure) close() { v.flush() }

func (v *vendure) row() {
	if v.cell(v.main.name) != "" {
		v.begin()
	}
	g := v.open
	if g == nil {
		v.refuse(v.main.name, "", "is missing: a row without it is a further variant of the product above, and there is none")
		return
	}
	if g = v.group(g.p.Key, v.main.name); g != nil {
		v.offer(g)
	}
}

// begin reads a product. It is known by its slug, which Vendure derives from the name where a row has none.
func (v *vendure) begin() {
	row := v.table.row()
	slug := Slug(v.cell(v.main.slug), maxSlug)
	key := cmp.Or(slug, Slug(v.cell(v.main.name), maxSlug), "product")
	v.flush()
	v.table.open = v.newGroup(key)
	g := v.table.open
	if first := v.seen.keyRow(key, row); first > 0 {
		g.refuseProduct(row, v.main.slug.name, key, "is used by the product in row "+itoa(first)+" already; give each product its own slug")
		return
	}
	p := &g.p
	g.titled = true
	p.Name = v.text(g, v.main.name, bareTitle, maxName)
	p.Description = v.text(g, v.main.description, paragraphs, maxDescription)
	p.askFor(slug)
	v.facets(g)
	for _, c := range v.fields {
		_, name, _ := strings.Cut(c.name, ":")
		g.attribute(row, labelOf(name), v.cell(c))
	}
	for _, address := range list(v.cell(v.assets), '|') {
		g.image(row, v.assets.name, address, "", "")
	}
	for _, name := range list(v.cell(v.groups), '|') {
		label, reason := title(name, maxOptionName)
		if reason == "" && len(p.Options) == maxOptions {
			reason = "names more than three options"
		}
		if reason != "" {
			g.refuseProduct(row, v.groups.name, name, reason)
			return
		}
		p.Options = append(p.Options, Option{Name: label})
	}
	for _, other := range v.others {
		t := Translation{Locale: other.locale}
		t.Name = v.text(g, other.name, bareTitle, maxName)
		t.Description = v.text(g, other.description, paragraphs, maxDescription)
		if other.slug != v.main.slug {
			t.Slug = Slug(v.cell(other.slug), maxSlug)
		}
		if t.Name+t.Description+t.Slug != "" {
			p.Translations = append(p.Translations, t)
		}
	}
}

// facets reads "category:Electronics|category:Computers|brand:Acme": categories from root to leaf, the brand, and attributes.
func (v *vendure) facets(g *group) {
	row := v.table.row()
	var path []string
	var names []string
	values := map[string][]string{}
	for _, facet := range list(v.cell(v.main.facets), '|') {
		name, value, _ := strings.Cut(facet, ":")
		switch name, value = strings.TrimSpace(name), strings.TrimSpace(value); strings.ToLower(name) {
		case "category":
			path = append(path, value)
		case "brand":
			brand, reason := title(value, maxBrand)
			if reason != "" {
				g.refuseProduct(row, v.main.facets.name, facet, reason)
			}
			g.p.Brand = cmp.Or(g.p.Brand, brand)
		default:
			if len(names) <= maxAttributes && !slices.Contains(names, name) {
				names = append(names, name)
			}
			values[name] = append(values[name], value)
		}
	}
	g.category(row, v.main.facets.name, path)
	for _, name := range names {
		g.attribute(row, labelOf(name), strings.Join(values[name], ", "))
	}
}

func (v *vendure) offer(g *group) {
	c := v.variant(g)
	for _, value := range list(v.cell(v.optionValues), '|') {
		text, reason := title(value, maxOptionValue)
		c.check(v.optionValues, reason)
		c.v.OptionValues = append(c.v.OptionValues, text)
	}
	c.codes(v.sku, column{})
	c.prices(v.price, column{})
	if track := v.cell(v.track); track != "" && !yes(track) && !strings.EqualFold(track, "inherit") {
		c.v.Stock = Stock{Backorder: true} // not counted
	} else {
		c.onHand(v.count)
	}
	for i, address := range list(v.cell(v.variantAssets), '|') {
		clean, reason := source(address, v.cfg.ImageBase)
		if i > 0 || reason != "" {
			g.image(c.v.Row, v.variantAssets.name, address, "", "")
			continue
		}
		c.v.Image = clean
	}
	c.add()
}
