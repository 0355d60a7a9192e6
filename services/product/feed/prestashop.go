package feed

import "strings"

// prestashop reads the product CSV of PrestaShop and of thirty bees, which came from it: one product a row. Their file of combinations holds
// differences to prices of products that it does not hold, so it is refused as a whole.
type prestashop struct {
	*table
	id, active, name, categories, reference, brand, ean, upc, mpn            column
	price, discount, percent, saleFrom, saleTo, weight, quantity, outOfStock column
	visibility, orderable, summary, body, tags, slug, images, alts           column
	seoTitle, seoDescription, features, condition, accessories               column
}

func openPrestaShop(t *table) reader {
	p := &prestashop{
		table: t, id: t.column("Product ID", "ID"), active: t.column("Active (0/1)", "Active"), name: t.column("Name"),
		categories: t.column("Categories (x,y,z...)", "Categories"), reference: t.column("Reference #", "Reference"), brand: t.column("Manufacturer", "Brand"),
		ean: t.column("EAN13", "EAN-13"), upc: t.column("UPC"), mpn: t.column("MPN"),
		discount: t.number("Discount amount"), percent: t.number("Discount percent"),
		saleFrom: t.column("Discount from (yyyy-mm-dd)", "Discount from"), saleTo: t.column("Discount to (yyyy-mm-dd)", "Discount to"),
		weight: t.number("Weight"), quantity: t.number("Quantity"), outOfStock: t.column("Out of stock action", "Out of stock"),
		visibility: t.column("Visibility"), orderable: t.column("Available for order (0 = No, 1 = Yes)", "Available for order"),
		summary: t.column("Summary", "Short description"), body: t.column("Description"), tags: t.column("Tags (x,y,z...)", "Tags"),
		slug: t.column("URL rewritten", "Rewritten URL"), images: t.column("Image URLs (x,y,z...)", "Image URLs"), alts: t.column("Image alt texts (x,y,z...)", "Image alt texts"),
		seoTitle: t.column("Meta title"), seoDescription: t.column("Meta description"), features: t.column("Feature(Name:Value:Position)", "Feature (Name:Value:Position)", "Features"),
		condition: t.column("Condition"), accessories: t.column("Acessories (x,y,z...)", "Accessories (x,y,z...)", "Accessories"),
	}
	// A shop that writes both prices sells for the one with tax.
	for _, name := range []string{"Price tax included", "Price tax excluded or Price tax included", "Price tax excluded", "Price"} {
		if p.price = t.number(name); t.has(p.price) {
			break
		}
	}
	t.named = p.name
	return p
}

func (p *prestashop) close() {}

func (p *prestashop) row() {
	row := p.table.row()
	at := p.id
	for _, other := range []column{p.reference, p.ean, p.slug} {
		if p.cell(at) == "" && p.cell(other) != "" {
			at = other
		}
	}
	key, reason := code(p.cell(at), maxKey)
	if reason != "" {
		p.refuse(at, p.cell(at), reason)
		return
	}
	if key == "" && p.cell(p.name) != "" {
		key, at = derivedKey(p.cell(p.name)), p.name
	}
	if first := p.seen.keyRow(key, row); first > 0 {
		p.refuseOf(key, at, p.cell(at), "is used by the product in row "+itoa(first)+" already; give each product its own")
		return
	}
	g := p.newGroup(key)
	g.titled = p.cell(p.name) != ""
	g.lines = []int64{row}
	p.product(g)
	p.offer(g)
	p.emit(p.finished(g))
}

// values splits a list, whose separator is a comma or, where that stands between cells, a semicolon.
func (p *prestashop) values(c column) []string {
	if cell := p.cell(c); strings.IndexByte(cell, ';') >= 0 {
		return list(cell, ';')
	}
	return list(p.cell(c), ',')
}

func (p *prestashop) product(g *group) {
	row := p.table.row()
	g.p.Name = p.text(g, p.name, bareTitle, maxName)
	g.p.Description = p.text(g, p.body, paragraphs, maxDescription)
	if short := p.text(g, p.summary, paragraphs, 2*maxAttribute); short != "" && short != g.p.Description {
		g.p.Description = strings.TrimSpace(short + "\n\n" + g.p.Description)
	}
	g.p.Brand = p.text(g, p.brand, title, maxBrand)
	g.p.SEOTitle = p.text(g, p.seoTitle, title, maxName)
	g.p.SEODescription = p.text(g, p.seoDescription, title, maxAttribute)
	g.p.askFor(p.cell(p.slug))
	if active := p.cell(p.active); active != "" && !yes(active) || p.cell(p.visibility) == "none" || p.cell(p.orderable) == "0" {
		g.p.State = Draft // what is seen but cannot be ordered would be for sale here
	}
	for _, path := range p.values(p.categories) {
		names := list(path, '/')
		if len(names) > 1 && names[0] == "Home" { // the tree's root, which shoppers never see
			names = names[1:]
		}
		if strings.Trim(path, "0123456789") != "" { // a number is an id, which means nothing here
			g.category(row, p.categories.name, names)
		}
	}
	g.tags(row, p.tags.name, p.values(p.tags))
	for _, feature := range p.values(p.features) {
		if parts := strings.SplitN(feature, ":", 3); len(parts) > 1 {
			g.attribute(row, parts[0], parts[1])
		}
	}
	if condition := p.cell(p.condition); condition != "" && condition != "new" {
		g.attribute(row, p.condition.name, condition)
	}
	alts := p.values(p.alts)
	for i, address := range addresses(strings.ReplaceAll(p.cell(p.images), ";http", ",http")) {
		alt := ""
		if i < len(alts) {
			alt = alts[i]
		}
		g.image(row, p.images.name, address, p.alts.name, alt)
	}
	g.related(p.values(p.accessories))
}

func (p *prestashop) offer(g *group) {
	c := p.variant(g)
	c.codes(p.reference, p.mpn)
	c.barcode(p.ean, p.upc)
	c.prices(p.price, column{})
	p.reduce(c)
	c.weighs(p.weight, "kg") // as shops are set up unless somebody changes it
	c.onHand(p.quantity)
	c.v.Stock.Backorder = p.cell(p.outOfStock) == "1"
	c.add()
}

// reduce takes the row's discount off, an amount or a percentage of the price.
func (p *prestashop) reduce(c *variantCells) {
	off, at := int64(0), p.discount
	if p.cell(p.discount) != "" {
		amount, reason := p.table.price(p.discount)
		c.check(p.discount, reason)
		off = amount
	}
	if percent, reason := p.plain(p.percent); p.cell(p.percent) != "" && off == 0 {
		at = p.percent
		part, ok := share(c.v.Price, percent)
		if !ok && reason == "" {
			reason = "is not a percentage from 0 to 100"
		}
		c.check(at, reason)
		off = part
	}
	if off > 0 && off < c.v.Price {
		c.sale(at, c.v.Price-off, p.saleFrom, p.saleTo)
	}
}

// openCombinations refuses the file of combinations.
func openCombinations(t *table) reader {
	t.problem = unreadable("This is PrestaShop's file of combinations. Its prices are differences to those of products that are in another file, so nobody can tell from it what anything costs. " +
		"Hand in a table in which each row is a combination with its product's name and its own price.")
	return nil
}
