package feed

import (
	"regexp"
	"slices"
	"strings"
)

// shopify reads Shopify's product CSV. Rows with one handle are one product: its first row holds what the product is, each row
// a variant, a picture, or both. Shopify has changed its headers once; both generations are in use.
type shopify struct {
	*table
	handle, title, body, vendor, category, kind, tags, published, status  column
	seoTitle, seoDescription                                              column
	optionNames, optionValues                                             [maxOptions]column
	sku, barcode, mpn, price, compareAt, grams, tracker, quantity, policy column
	image, position, alt, variantImage                                    column
	metafields                                                            []column
	own                                                                   []ownCell
}

func openShopify(t *table) reader {
	s := &shopify{
		table:  t,
		handle: t.column("Handle", "URL handle"), title: t.column("Title"), body: t.column("Body (HTML)", "Description"),
		vendor: t.column("Vendor"), category: t.column("Product category"), kind: t.column("Type"), tags: t.column("Tags"),
		published: t.column("Published", "Published on online store"), status: t.column("Status"),
		seoTitle: t.column("SEO title"), seoDescription: t.column("SEO description"),
		sku: t.column("Variant SKU", "SKU"), barcode: t.column("Variant Barcode", "Barcode"), mpn: t.column("Google Shopping / MPN"),
		price: t.number("Variant Price", "Price"), compareAt: t.number("Variant Compare At Price", "Compare-at price"),
		grams: t.number("Variant Grams", "Weight value (grams)"), tracker: t.column("Variant Inventory Tracker", "Inventory tracker"),
		quantity: t.number("Variant Inventory Qty", "Inventory quantity"),
		policy:   t.column("Variant Inventory Policy", "Continue selling when out of stock"),
		image:    t.column("Image Src", "Product image URL"), position: t.column("Image Position"), alt: t.column("Image Alt Text"),
		variantImage: t.column("Variant Image", "Variant image URL"),
	}
	for i, n := range []string{"1", "2", "3"} {
		s.optionNames[i], s.optionValues[i] = t.column("Option"+n+" Name"), t.column("Option"+n+" Value")
	}
	s.own = t.ownCells()
	for _, name := range t.header {
		if own := slices.ContainsFunc(s.own, func(o ownCell) bool { return o.column.name == name }); !own && metafield.MatchString(name) && len(s.metafields) < maxAttributes {
			s.metafields = append(s.metafields, t.column(name))
		}
	}
	t.named = s.title
	return s
}

// metafield is a header such as "Fabric (product.metafields.shopify.fabric)": a line of the specification table.
var metafield = regexp.MustCompile(`^(.+) \(product\.metafields\.[^()]+\)$`)

func (s *shopify) close() { s.flush() }

// row sorts the row into its product.
func (s *shopify) row() {
	key, reason := line(s.cell(s.handle), maxKey)
	if reason == "" && key == "" {
		reason = "is missing: without it nobody knows which product the row belongs to"
	}
	if reason != "" {
		s.spoil()
		s.refuse(s.handle, s.cell(s.handle), reason)
		return
	}
	g := s.group(key, s.handle)
	if g == nil {
		return
	}
	if !g.titled && s.cell(s.title) != "" {
		g.titled = true
		if g.p.Continues == 0 {
			s.product(g)
		}
	}
	s.picture(g)
	s.offer(g)
}

// product reads the cells that only the first row has.
func (s *shopify) product(g *group) {
	p, row := &g.p, s.table.row()
	name := bareTitle
	if len(s.own) > 0 {
		name = title // this shop wrote the file
	}
	p.Name = s.text(g, s.title, name, maxName)
	p.Description = s.text(g, s.body, paragraphs, maxDescription)
	p.Brand = s.text(g, s.vendor, title, maxBrand)
	p.SEOTitle = s.text(g, s.seoTitle, title, maxName)
	p.SEODescription = s.text(g, s.seoDescription, title, maxAttribute)
	p.askFor(p.Key)
	kind := s.text(g, s.kind, title, maxCategory)
	if path := s.text(g, s.category, title, maxDepth*(maxCategory+3)); path != "" {
		g.category(row, s.category.name, strings.Split(path, ">"))
		if kind != "" {
			p.Attributes = append(p.Attributes, Attribute{Name: s.kind.name, Value: kind})
		}
	} else if kind != "" {
		g.category(row, s.kind.name, []string{kind})
	}
	if tags := s.cell(s.tags); tags != "" {
		g.tags(row, s.tags.name, strings.Split(tags, ","))
	}
	var reason string
	if p.State, reason = state(s.cell(s.status)); reason != "" {
		g.refuseProduct(row, s.status.name, s.cell(s.status), reason)
	}
	switch published := strings.ToLower(s.cell(s.published)); {
	case published == "false" && p.State == Active:
		p.State = Draft
	case published != "true" && published != "false" && published != "":
		g.refuseProduct(row, s.published.name, published, "is neither true nor false")
	}
	for _, c := range s.metafields {
		g.attribute(row, metafield.FindStringSubmatch(c.name)[1], s.cell(c))
	}
	s.options(g)
	s.readOwn(g, s.own)
}

// options reads what the variants differ by.
func (s *shopify) options(g *group) {
	row := s.table.row()
	for i, c := range s.optionNames {
		name, reason := line(s.cell(c), maxOptionName)
		switch {
		case reason != "":
			g.refuseProduct(row, c.name, s.cell(c), reason)
		case i == 0 && name == "Title" && (s.cell(s.optionValues[0]) == "Default Title" || s.cell(s.optionValues[0]) == ""):
			return // Shopify's way to say that there are no options
		case name == "" && s.cell(s.optionValues[i]) != "":
			g.refuseProduct(row, c.name, "", "is missing, but "+s.optionValues[i].name+" is filled")
		case name != "" && len(g.p.Options) < i:
			g.refuseProduct(row, s.optionNames[i-1].name, "", "is missing, but "+c.name+" is filled")
		case name != "":
			g.p.Options = append(g.p.Options, Option{Name: name})
		}
	}
}

// picture reads a row's image.
func (s *shopify) picture(g *group) {
	raw := s.cell(s.image)
	if raw == "" {
		return
	}
	position := 0
	if text := s.cell(s.position); text != "" {
		n, reason := count(text)
		if reason != "" {
			g.p.Incomplete = true
			g.refuse(s.table.row(), s.position.name, text, reason+"; the picture was left out")
			return
		}
		position = int(n)
	}
	if g.image(s.table.row(), s.image.name, raw, s.alt.name, s.cell(s.alt)) {
		g.positions = append(g.positions, position)
	}
}

// offer reads a row's variant. A row without a price, code or option value is none.
func (s *shopify) offer(g *group) {
	filled := s.cell(s.price) + s.cell(s.sku) + s.cell(s.barcode)
	for _, c := range s.optionValues {
		filled += s.cell(c)
	}
	if filled == "" {
		if s.cell(s.image) == "" && s.cell(s.title) == "" {
			g.p.Incomplete = true
			g.refuse(s.table.row(), "", "", "This row has neither a title nor a price nor a picture.")
		}
		return
	}
	c := s.variant(g)
	for _, value := range s.optionValues {
		c.option(value)
	}
	c.codes(s.sku, s.mpn)
	c.barcode(s.barcode) // shops keep numbers of their own there, and spreadsheets spoil whole columns
	c.prices(s.price, s.compareAt)
	c.weighs(s.grams, "g")
	switch policy := strings.ToLower(s.cell(s.policy)); policy {
	case "continue", "true", "yes":
		c.v.Stock.Backorder = true
	case "deny", "false", "no", "":
	default:
		c.check(s.policy, "is neither deny nor continue")
	}
	if s.has(s.tracker) && s.cell(s.tracker) == "" {
		c.v.Stock = Stock{Backorder: true} // not tracked: Shopify sells it for ever
	} else {
		c.onHand(s.quantity)
	}
	c.image(s.variantImage)
	c.readOwn(s.own)
	c.add()
}
