package feed

import (
	"cmp"
	"regexp"
	"strings"
)

// shopware reads Shopware 6's product export with its default profile, and with profiles that add to it. A row that names a parent is a
// variant, and what it leaves empty is the parent's. Shopware names options, properties and categories by ids, which mean nothing outside
// of it: profiles that write names instead are understood, and else variants are told apart by their product numbers.
type shopware struct {
	*table
	room                                                             *room
	id, parent, number, active, stock, closeout, name, body          column
	gross, net, listPrice, ean, mpn, weight, cover, alt, media       column
	brand, categories, properties, options, seoTitle, seoDescription column
}

// shopwareID is how Shopware writes what it means by itself.
var shopwareID = regexp.MustCompile(`^[0-9a-f]{32}$`)

func openShopware(t *table) reader {
	s := &shopware{
		table: t, id: t.column("id"), parent: t.column("parent_id"), number: t.column("product_number"), active: t.column("active"), stock: t.number("stock"),
		closeout: t.column("is_closeout"), name: t.column("name"), body: t.column("description"), gross: t.number("price_gross"), net: t.number("price_net"),
		listPrice: t.number("list_price_gross"), ean: t.column("ean"), mpn: t.column("manufacturer_number"), weight: t.number("weight"),
		cover: t.column("cover_media_url"), alt: t.column("cover_media_alt"), media: t.column("media", "media_urls"), brand: t.column("manufacturer_name"),
		categories: t.column("categories"), properties: t.column("propertyIds", "properties"), options: t.column("optionIds", "options"),
		seoTitle: t.column("meta_title"), seoDescription: t.column("meta_description"),
	}
	t.named = s.name
	s.room = newRoom(t, s.parent, func(*group) {})
	return s
}

func (s *shopware) close() { s.room.close() }

func (s *shopware) row() {
	at := s.id
	if s.cell(s.id) == "" {
		at = s.number
	}
	key, reason := code(s.cell(at), maxKey)
	if reason == "" && key == "" {
		reason = "is missing: without it the product cannot be told from others in the next file"
	}
	if reason != "" {
		s.spoil()
		s.refuse(at, s.cell(at), reason)
		return
	}
	if parent := s.cell(s.parent); parent != "" {
		if g := s.room.find(parent); g != nil {
			s.offer(g)
			s.room.keep(g)
		}
		return
	}
	if first := s.room.first(key); first > 0 {
		s.refuseOf(key, at, key, "is used by the product in row "+itoa(first)+" already")
		return
	}
	g := s.room.find(key)
	if g == nil {
		return
	}
	g.p.Key, g.titled, g.head = key, true, s.table.row()
	s.product(g)
	g.master = s.newGroup(key)
	s.offer(g.master)
	s.room.keep(g)
}

func (s *shopware) product(g *group) {
	p, row := &g.p, s.table.row()
	p.Name = s.text(g, s.name, bareTitle, maxName)
	if p.Name == "" && !g.dead {
		g.refuseProduct(row, s.name.name, "", "is missing")
	}
	p.Slug = DerivedSlug(p.Name, p.Key)
	p.Description = s.text(g, s.body, paragraphs, maxDescription)
	p.Brand = s.text(g, s.brand, title, maxBrand)
	p.SEOTitle = s.text(g, s.seoTitle, title, maxName)
	p.SEODescription = s.text(g, s.seoDescription, title, maxAttribute)
	if s.cell(s.active) != "" && !yes(s.cell(s.active)) {
		p.State = Draft
	}
	for _, path := range s.names(s.categories) {
		g.category(row, s.categories.name, strings.Split(path, ">"))
	}
	for _, property := range s.names(s.properties) {
		if name, value, named := strings.Cut(property, ":"); named {
			g.attribute(row, name, value)
		}
	}
	if s.cell(s.cover) != "" {
		g.image(row, s.cover.name, s.cell(s.cover), s.alt.name, s.cell(s.alt))
	}
	for _, address := range list(s.cell(s.media), '|') {
		if !shopwareID.MatchString(address) {
			g.image(row, s.media.name, address, "", "")
		}
	}
}

// names reads a list that holds names, or ids, which it leaves out.
func (s *shopware) names(at column) []string {
	var names []string
	for _, name := range list(s.cell(at), '|') {
		if !shopwareID.MatchString(name) {
			names = append(names, name)
		}
	}
	return names
}

func (s *shopware) offer(g *group) {
	c := s.variant(g)
	if s.cell(s.parent) != "" {
		named := false
		for _, option := range s.names(s.options) {
			if name, value, both := strings.Cut(option, ":"); both {
				c.choose(s.options, name, value)
				named = true
			}
		}
		if !named {
			c.choose(s.number, "Variant", cmp.Or(s.cell(s.name), s.cell(s.number)))
		}
		if s.cell(s.active) != "" && !yes(s.cell(s.active)) {
			g.p.Incomplete = true
			g.refuse(c.v.Row, s.active.name, s.cell(s.active), "says that this variant is not sold; it was left out")
			return
		}
		c.image(s.cover)
	}
	c.codes(s.number, s.mpn)
	c.barcode(s.ean)
	price := s.gross
	if s.cell(price) == "" && s.cell(s.net) != "" {
		price = s.net
	}
	if s.cell(price) == "" && s.cell(s.parent) != "" {
		c.v.unpriced = true // the parent's
	} else {
		c.prices(price, s.listPrice)
	}
	c.weighs(s.weight, "kg")
	c.onHand(s.stock)
	c.v.Stock.Backorder = s.has(s.closeout) && s.cell(s.closeout) != "" && !yes(s.cell(s.closeout))
	c.add()
}
