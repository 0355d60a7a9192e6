package feed

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// medusa reads Medusa's product export, of version 2 and of version 1. Each row is a variant and repeats its product.
type medusa struct {
	*table
	id, handle, title, subtitle, body, status, kind, collection, thumbnail column
	material, origin, weight                                               column
	sku, barcode, ean, upc, count, manage, back, variantWeight             column
	price                                                                  column
	prices                                                                 map[string]column // in further currencies
	currencies                                                             []string          // in the file's order
	tags, images, categories, optionNames, optionValues                    []column
}

var (
	medusaPrice    = regexp.MustCompile(`(?i)^(?:variant )?price ([a-z]{3})$`)
	medusaOption   = regexp.MustCompile(`(?i)^((?:variant )?option \d+) name$`)
	medusaImage    = regexp.MustCompile(`(?i)^(?:product image \d+|image \d+ url)$`)
	medusaTag      = regexp.MustCompile(`(?i)^product tags?(?: \d+)?$`)
	medusaCategory = regexp.MustCompile(`(?i)^product category \d+(?: name)?$`)
)

func openMedusa(t *table) reader {
	m := &medusa{
		table: t, id: t.column("Product Id"), handle: t.column("Product Handle"), title: t.column("Product Title"), subtitle: t.column("Product Subtitle"),
		body: t.column("Product Description"), status: t.column("Product Status"), kind: t.column("Product Type", "Product Type Value"),
		collection: t.column("Product Collection Title"), thumbnail: t.column("Product Thumbnail"), material: t.column("Product Material"),
		origin: t.column("Product Origin Country"), weight: t.number("Product Weight"),
		sku: t.column("Variant SKU"), barcode: t.column("Variant Barcode"), ean: t.column("Variant EAN"), upc: t.column("Variant UPC"),
		count: t.number("Variant Inventory Quantity"), manage: t.column("Variant Manage Inventory"), back: t.column("Variant Allow Backorder"),
		variantWeight: t.number("Variant Weight"), prices: map[string]column{},
	}
	for _, header := range t.header {
		if price := medusaPrice.FindStringSubmatch(header); price != nil {
			currency := strings.ToUpper(price[1])
			switch {
			case currency == t.cfg.Currency:
				m.price = t.number(header)
			case money.Known(currency):
				m.prices[currency], m.currencies = t.number(header), append(m.currencies, currency)
			}
		} else if option := medusaOption.FindStringSubmatch(header); option != nil {
			m.optionNames, m.optionValues = append(m.optionNames, t.column(header)), append(m.optionValues, t.column(option[1]+" Value"))
		}
		for _, list := range []struct {
			form *regexp.Regexp
			into *[]column
		}{{medusaImage, &m.images}, {medusaTag, &m.tags}, {medusaCategory, &m.categories}} {
			if list.form.MatchString(header) {
				*list.into = append(*list.into, t.column(header))
			}
		}
	}
	if !t.has(m.price) && t.problem == nil {
		t.problem = unreadable("The file has no column Variant Price %s: it names no prices in the shop's currency. Export the products with prices in %s.", t.cfg.Currency, t.cfg.Currency)
	}
	t.named = m.title
	return m
}

func (m *medusa) close() { m.flush() }

func (m *medusa) row() {
	at := m.id
	if m.cell(m.id) == "" {
		at = m.handle // files for the first import have no ids yet
	}
	key, reason := line(m.cell(at), maxKey)
	if reason == "" && key == "" {
		reason = "is missing, and so is the product's id: without them nobody knows which product the row belongs to"
	}
	if reason != "" {
		m.spoil()
		m.refuse(at, m.cell(at), reason)
		return
	}
	g := m.group(key, at)
	if g == nil {
		return
	}
	if !g.titled && m.cell(m.title) != "" {
		g.titled = true
		if g.p.Continues == 0 {
			m.product(g)
		}
	}
	m.offer(g)
}

func (m *medusa) product(g *group) {
	p, row := &g.p, m.table.row()
	p.Name = m.text(g, m.title, bareTitle, maxName)
	p.Description = m.text(g, m.body, paragraphs, maxDescription)
	p.Type = m.text(g, m.kind, title, maxCategory)
	p.askFor(m.cell(m.handle))
	switch status := strings.ToLower(m.cell(m.status)); status {
	case "published", "":
	case "draft", "proposed", "rejected":
		p.State = Draft
	default:
		g.refuseProduct(row, m.status.name, status, "is none of draft, proposed, published and rejected")
	}
	for _, c := range []column{m.subtitle, m.material, m.origin} {
		g.attribute(row, strings.TrimPrefix(c.name, "Product "), m.cell(c))
	}
	if m.cell(m.collection) != "" {
		g.category(row, m.collection.name, []string{m.cell(m.collection)})
	}
	for _, c := range m.categories {
		if name := m.cell(c); !strings.HasPrefix(name, "pcat_") { // an id says nothing here
			g.category(row, c.name, []string{name})
		}
	}
	for _, c := range m.tags {
		g.tags(row, c.name, list(m.cell(c), ','))
	}
	for _, c := range append([]column{m.thumbnail}, m.images...) {
		if m.cell(c) != "" {
			g.image(row, c.name, m.cell(c), "", "")
		}
	}
}

func (m *medusa) offer(g *group) {
	c := m.variant(g)
	for i, name := range m.optionNames {
		value := m.cell(m.optionValues[i])
		if value != "" && !strings.HasPrefix(strings.ToLower(value), "default option") { // Medusa's way to say that there are none
			c.choose(m.optionValues[i], m.cell(name), value)
		}
	}
	c.codes(m.sku, column{})
	c.barcode(m.ean, m.upc, m.barcode)
	c.prices(m.price, column{})
	for _, currency := range m.currencies {
		if at := m.prices[currency]; m.cell(at) != "" {
			minor, reason := m.priceIn(at, currency)
			c.check(at, reason)
			c.v.Prices = append(c.v.Prices, Price{Currency: currency, MinQuantity: 1, Minor: minor})
		}
	}
	c.weighs(m.variantWeight, "g")
	if c.v.WeightGrams == 0 {
		c.weighs(m.weight, "g")
	}
	c.v.Stock.Backorder = yes(m.cell(m.back))
	if yes(cmp.Or(m.cell(m.manage), "true")) {
		c.onHand(m.count)
	} else {
		c.v.Stock = Stock{Backorder: true} // not counted
	}
	c.add()
}
