package feed

import (
	"regexp"
	"strings"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// spree reads Spree's product CSV. Rows with one slug are one product: a row with the name stands for the product, one with option
// values for a variant, and one with neither for what a variant costs in another currency. Those rows often stand at the file's end.
//
// Spree's rows know a product by its slug alone: SKUs of products, unlike those of variants, need not be unique.
type spree struct {
	*table
	room                                                               *room
	slug, sku, name, status, brand, description, kind, tags            column
	seoTitle, seoDescription                                           column
	price, compareAt, currency, weight, weightUnit, count, back, track column
	optionNames, optionValues, images, categories, fields              []column
}

var (
	spreeImage    = regexp.MustCompile(`(?i)^image\d+_src$`)
	spreeCategory = regexp.MustCompile(`(?i)^(category|taxon)\d+$`)
	spreeOption   = regexp.MustCompile(`(?i)^option(\d+)_name$`)
	spreeField    = regexp.MustCompile(`(?i)^custom_field\.(?:[^.]+\.)?(.+)$`)
)

func openSpree(t *table) reader {
	s := &spree{
		table: t, slug: t.column("slug"), sku: t.column("sku"), name: t.column("name"), status: t.column("status"),
		brand: t.column("brand_name", "vendor_name"), description: t.column("description"), kind: t.column("product_type"), tags: t.column("tags"),
		seoTitle: t.column("meta_title"), seoDescription: t.column("meta_description"),
		price: t.number("price"), compareAt: t.number("compare_at_price"), currency: t.column("currency"),
		weight: t.number("weight"), weightUnit: t.column("weight_unit"),
		count: t.number("inventory_count"), back: t.column("inventory_backorderable"), track: t.column("track_inventory"),
	}
	for _, header := range t.header {
		switch {
		case spreeImage.MatchString(header):
			s.images = append(s.images, t.column(header))
		case spreeCategory.MatchString(header):
			s.categories = append(s.categories, t.column(header))
		case spreeOption.MatchString(header):
			s.optionNames = append(s.optionNames, t.column(header))
			s.optionValues = append(s.optionValues, t.column("option"+spreeOption.FindStringSubmatch(header)[1]+"_value"))
		case spreeField.MatchString(header) && len(s.fields) < maxAttributes:
			s.fields = append(s.fields, t.column(header))
		}
	}
	t.named = s.name
	s.room = newRoom(t, s.slug, func(*group) {})
	return s
}

func (s *spree) close() { s.room.close() }

func (s *spree) row() {
	slug, reason := line(s.cell(s.slug), maxKey)
	if reason == "" && slug == "" {
		reason = "is missing: without it nobody knows which product the row belongs to"
	}
	if reason != "" {
		s.spoil()
		s.refuse(s.slug, s.cell(s.slug), reason)
		return
	}
	heads := s.cell(s.name) != ""
	if first := s.room.first(slug); heads && first > 0 {
		s.refuseOf(slug, s.slug, slug, "is used by the product in row "+itoa(first)+" already; a slug names one product")
		return
	}
	g := s.room.find(slug)
	if g == nil {
		return
	}
	chosen := ""
	for _, c := range s.optionValues {
		chosen += s.cell(c)
	}
	switch {
	case heads:
		s.product(g)
		if chosen == "" {
			g.master = s.newGroup(slug)
			s.offer(g.master)
			break
		}
		s.offer(g)
	case chosen != "":
		s.offer(g)
	default:
		s.further(g)
	}
	s.room.keep(g)
}

func (s *spree) product(g *group) {
	p, row := &g.p, s.table.row()
	g.titled, g.head = true, row
	p.Name = s.text(g, s.name, bareTitle, maxName)
	p.Description = s.text(g, s.description, paragraphs, maxDescription)
	p.Brand = s.text(g, s.brand, title, maxBrand)
	p.Type = s.text(g, s.kind, title, maxCategory)
	p.SEOTitle = s.text(g, s.seoTitle, title, maxName)
	p.SEODescription = s.text(g, s.seoDescription, title, maxAttribute)
	p.askFor(p.Key)
	for _, c := range s.categories {
		if s.cell(c) != "" {
			g.category(row, c.name, strings.Split(s.cell(c), "->"))
		}
	}
	g.tags(row, s.tags.name, list(s.cell(s.tags), ','))
	for _, c := range s.fields {
		g.attribute(row, labelOf(spreeField.FindStringSubmatch(c.name)[1]), s.cell(c))
	}
	switch status := strings.ToLower(s.cell(s.status)); status {
	case "paused":
		p.State = Draft
	default:
		var reason string
		if p.State, reason = state(status); reason != "" {
			g.refuseProduct(row, s.status.name, status, reason)
		}
	}
	for _, c := range s.images {
		if s.cell(c) != "" {
			g.image(row, c.name, s.cell(c), "", "")
		}
	}
}

// offer reads a row's variant. Zero as a former price means that there is none, and as a master's price too.
func (s *spree) offer(g *group) {
	c := s.variant(g)
	for i, name := range s.optionNames {
		if value := s.cell(s.optionValues[i]); value != "" {
			c.choose(s.optionValues[i], s.cell(name), value)
		}
	}
	c.codes(s.sku, column{})
	s.costs(c)
	c.weighs(s.weight, unitOr(s.cell(s.weightUnit), "lb"))
	c.v.Stock.Backorder = yes(s.cell(s.back))
	switch {
	case s.cell(s.count) == "∞", s.cell(s.track) != "" && !yes(s.cell(s.track)):
		c.v.Stock = Stock{Backorder: true} // not counted
	default:
		c.onHand(s.count)
	}
	if s.cell(s.name) == "" {
		for i, at := range s.images {
			if i == 0 && s.cell(at) != "" {
				c.image(at)
			} else if s.cell(at) != "" {
				g.image(c.v.Row, at.name, s.cell(at), "", "")
			}
		}
	}
	c.add()
}

// further reads what a variant costs in another currency.
func (s *spree) further(g *group) {
	if s.cell(s.sku) == "" {
		g.p.Incomplete = true
		g.refuse(s.table.row(), s.sku.name, "", "is missing: this row has neither a name nor option values, so it must say which variant costs this")
		return
	}
	c := s.variant(g)
	c.codes(s.sku, column{})
	c.v.priceOnly = true
	s.costs(c)
	c.add()
}

// costs reads the row's price, which is in the row's currency.
func (s *spree) costs(c *variantCells) {
	currency := strings.ToUpper(s.cell(s.currency))
	if currency == "" || currency == s.cfg.Currency {
		c.prices(s.price, s.compareAt)
		if s.cell(s.price) == "" || c.v.Price == 0 && s.cell(s.name) != "" {
			c.check(s.price, "is empty or 0, so the product has no price of its own, and no row of it has a variant with one")
		}
		return
	}
	c.v.unpriced = !c.v.priceOnly
	if !money.Known(currency) {
		c.check(s.currency, "is not a currency, such as EUR")
		return
	}
	price := Price{Currency: currency, MinQuantity: 1}
	var reason string
	price.Minor, reason = s.priceIn(s.price, currency)
	c.check(s.price, reason)
	if s.cell(s.compareAt) != "" {
		price.CompareAt, reason = s.priceIn(s.compareAt, currency)
		c.check(s.compareAt, reason)
	}
	if price.CompareAt <= price.Minor {
		price.CompareAt = 0
	}
	c.v.Prices = append(c.v.Prices, price)
}

// yes reads a flag in the spellings of shops.
func yes(cell string) bool {
	switch strings.ToLower(cell) {
	case "1", "true", "yes", "y", "t", "on", "enabled":
		return true
	default:
		return false
	}
}

// unitOr is a unit as the file writes it, or what the shop means that writes none.
func unitOr(unit, usual string) string {
	if unit == "" {
		return usual
	}
	return unit
}

// spreeTranslations reads Spree's file of translations, one product in one language a row.
type spreeTranslations struct {
	*table
	slug, locale, name, description, seoTitle, seoDescription column
}

func openSpreeTranslations(t *table) reader {
	return &spreeTranslations{t, t.column("slug"), t.column("locale"), t.column("name"), t.column("description"), t.column("meta_title"), t.column("meta_description")}
}

func (s *spreeTranslations) close() {}

func (s *spreeTranslations) row() {
	text := &Text{Row: s.table.row()}
	faulty := false
	read := func(c column, clean func(string, int) (string, string), limit int, into *string) {
		var reason string
		if *into, reason = clean(s.cell(c), limit); reason != "" && !faulty {
			faulty = true
			s.refuseOf(s.cell(s.slug), c, s.cell(c), reason)
		}
	}
	read(s.slug, line, maxSlug, &text.Slug)
	read(s.locale, func(cell string, _ int) (string, string) { return locale(cell) }, 0, &text.Locale)
	read(s.name, bareTitle, maxName, &text.Name)
	read(s.description, paragraphs, maxDescription, &text.Description)
	read(s.seoTitle, title, maxName, &text.SEOTitle)
	read(s.seoDescription, title, maxAttribute, &text.SEODescription)
	switch {
	case faulty:
	case text.Slug == "":
		s.refuse(s.slug, "", "is missing: it says which product is translated")
	case text.Name+text.Description+text.SEOTitle+text.SEODescription == "":
		s.refuseOf(text.Slug, s.name, "", "is empty, and so are the other texts: nothing is translated")
	default:
		if first := s.seen.keyRow(text.Slug+"\x00"+text.Locale, text.Row); first > 0 {
			s.refuseOf(text.Slug, s.slug, text.Slug, "is translated to "+text.Locale+" in row "+itoa(first)+" already")
			return
		}
		s.emit(Item{Text: text})
	}
}
