package feed

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// woocommerce reads WooCommerce's product CSV. A row is a product or a variation, which names its parent by SKU or as "id:123" and may
// stand anywhere before or after it.
type woocommerce struct {
	*table
	room                                                                *room
	id, kind, sku, barcode, name, published, visibility, short, body    column
	saleFrom, saleTo, inStock, stock, backorders, weight, sale, regular column
	categories, tags, brands, images, parent, grouped, upsells, cross   column
	externalURL                                                         column
	seoTitle, seoDescription                                            column
	attributes                                                          []wooAttribute
	unit                                                                string
}

// wooAttribute is one of the numbered groups of columns: a line of the specification table of a product, the value of an option of a
// variation.
type wooAttribute struct{ name, values, visible column }

var (
	wooWeight    = regexp.MustCompile(`^(.+?) ?\((.+)\)$`)
	anyValue     = "Any" // an option that a variation leaves to the shopper
	wooUntouched = []string{"downloadable", "virtual"}
)

// openWooCommerce reads the header in a language; no words at all mean English.
func openWooCommerce(t *table, words wooWords) reader {
	col := func(english ...string) column { return words.column(t, english...) }
	w := &woocommerce{
		table: t, id: col("ID"), kind: col("Type"), sku: col("SKU"), barcode: t.column("GTIN, UPC, EAN, or ISBN", "GTIN UPC EAN or ISBN", "GTIN"),
		name: col("Name"), published: col("Published"), visibility: col("Visibility in catalog", "Visibility in catalogue", "Catalog visibility"),
		short: col("Short description"), body: col("Description"),
		saleFrom: col("Date sale price starts"), saleTo: col("Date sale price ends"),
		inStock: col("In stock?"), stock: t.numeric(col("Stock")), backorders: col("Backorders allowed?"),
		sale: t.numeric(col("Sale price")), regular: t.numeric(col("Regular price")),
		categories: col("Categories"), tags: col("Tags"), brands: col("Brands"), images: col("Images"), parent: col("Parent"),
		grouped: col("Grouped products"), upsells: col("Upsells"), cross: col("Cross-sells"), externalURL: col("External URL"),
		seoTitle:       col("Meta: _yoast_wpseo_title", "Meta: rank_math_title"),
		seoDescription: col("Meta: _yoast_wpseo_metadesc", "Meta: rank_math_description"),
	}
	var numbers []string // of attributes, as they come
	parts := map[string]*wooAttribute{}
	for i, header := range t.header {
		number, part := wooAttributeHeader(header)
		if part == "" {
			if unit := wooWeight.FindStringSubmatch(header); unit != nil && slices.ContainsFunc(words.headers("Weight"), func(h string) bool { return fold(h) == fold(unit[1]) }) {
				w.weight, w.unit = t.number(header), unit[2]
			} else if w.barcode.at == 0 && strings.HasPrefix(t.folded[i], "gtin,upc,ean") { // "or ISBN" in any language
				w.barcode = t.column(header)
			}
			continue
		}
		if parts[number] == nil {
			parts[number] = &wooAttribute{}
			numbers = append(numbers, number)
		}
		switch a := parts[number]; part {
		case wooName:
			a.name = t.column(header)
		case wooValues:
			a.values = t.column(header)
		case wooVisible:
			a.visible = t.column(header)
		}
	}
	for _, number := range numbers {
		if a := parts[number]; t.has(a.name) {
			w.attributes = append(w.attributes, *a)
		}
	}
	t.named = w.name
	w.room = newRoom(t, w.parent, w.settle)
	return w
}

func (w *woocommerce) close() { w.room.close() }

func (w *woocommerce) row() {
	kinds := list(strings.ToLower(w.cell(w.kind)), ',')
	kind := ""
	for _, k := range kinds {
		if !slices.Contains(wooUntouched, k) {
			kind = k
		}
	}
	if kind == "" && len(kinds) > 0 {
		kind = "simple" // "downloadable" alone is how older files say it
	}
	switch kind {
	case "variation":
		w.variation()
	case "simple", "variable", "grouped", "external":
		w.item(kind)
	case "":
		w.refuse(w.kind, "", "is missing; write simple, variable, variation, grouped or external")
	default:
		w.refuse(w.kind, w.cell(w.kind), "is a kind of product that cannot be taken over; the kinds are simple, variable, variation, grouped and external")
	}
}

// names are what other rows call the row's product: by its id, and by its SKU in any case of letters.
func (w *woocommerce) names() []string {
	var names []string
	if id := w.cell(w.id); id != "" {
		names = append(names, "id:"+id)
	}
	if sku, reason := code(w.cell(w.sku), maxSKU); sku != "" && reason == "" {
		names = append(names, "sku:"+strings.ToLower(sku))
	}
	return names
}

// item reads a product of any kind.
func (w *woocommerce) item(kind string) {
	row, names := w.table.row(), w.names()
	key, reason := code(cmp.Or(w.cell(w.id), w.cell(w.sku)), maxKey)
	if reason != "" {
		w.refuse(w.sku, w.cell(w.sku), reason)
		return
	}
	if key == "" {
		key = derivedKey(w.cell(w.name))
		names = []string{"name:" + key}
	}
	for _, name := range names {
		if first := w.room.first(name); first > 0 {
			at, value := w.sku, w.cell(w.sku)
			if strings.HasPrefix(name, "id:") {
				at, value = w.id, w.cell(w.id)
			} else if strings.HasPrefix(name, "name:") {
				at, value = w.name, w.cell(w.name)
			}
			w.refuseOf(key, at, value, "is used by the product in row "+itoa(first)+" already; give each product its own")
			return
		}
	}
	if first := w.seen.keyRow(key, row); first > 0 { // one product's number is another one's SKU
		w.refuseOf(key, w.sku, w.cell(w.sku), "is the number of the product in row "+itoa(first)+"; give this product a number of its own")
		return
	}
	g := w.room.find(names...)
	if g == nil {
		return
	}
	g.p.Key, g.titled, g.head = key, true, row
	w.product(g)
	switch kind {
	case "simple":
		w.offer(g, false)
	case "variable":
		own := w.variant(g)
		own.weighs(w.weight, w.unit)
		g.grams = own.v.WeightGrams
	case "grouped":
		g.parts, g.p.State = true, Draft
		g.related(wooNames(w.cell(w.grouped)))
		g.refuse(row, w.kind.name, kind, "is made of other products and has no price of its own; it was taken as a draft that names them as related")
	case "external":
		w.offer(g, false)
		g.p.State = Draft
		g.attribute(row, w.externalURL.name, w.cell(w.externalURL))
		g.refuse(row, w.kind.name, kind, "is sold by another shop; it was taken as a draft, with that shop's address as an attribute")
	}
	g.related(wooNames(w.cell(w.upsells)))
	g.related(wooNames(w.cell(w.cross)))
	w.room.keep(g)
}

func (w *woocommerce) product(g *group) {
	p, row := &g.p, w.table.row()
	p.Name = w.text(g, w.name, bareTitle, maxName)
	p.Slug = DerivedSlug(p.Name, p.Key)
	p.Description = w.text(g, w.body, paragraphs, maxDescription)
	if short := w.text(g, w.short, paragraphs, maxAttribute*2); short != "" && short != p.Description {
		p.Description = strings.TrimSpace(short + "\n\n" + p.Description)
	}
	p.SEOTitle = w.text(g, w.seoTitle, title, maxName)
	p.SEODescription = w.text(g, w.seoDescription, title, maxAttribute)
	if brands := list(w.cell(w.brands), ','); len(brands) > 0 {
		p.Brand = w.text(g, w.brands, func(_ string, limit int) (string, string) { return title(brands[0], limit) }, maxBrand)
	}
	switch published := w.cell(w.published); published {
	case "1", "":
	case "0", "-1":
		p.State = Draft
	default:
		g.refuseProduct(row, w.published.name, published, "is none of 1, 0 and -1 (a draft)")
	}
	if w.cell(w.visibility) == "hidden" {
		p.State = Draft
	}
	var paths [][]string
	for _, path := range list(w.cell(w.categories), ',') {
		paths = append(paths, list(path, '>'))
	}
	for _, path := range deepest(paths) {
		g.category(row, w.categories.name, path)
	}
	g.tags(row, w.tags.name, list(w.cell(w.tags), ','))
	for _, a := range w.attributes {
		g.attribute(row, w.cell(a.name), strings.Join(list(w.cell(a.values), ','), ", "))
		if w.cell(a.visible) == "0" {
			g.unseen = append(g.unseen, w.cell(a.name))
		}
	}
	for _, address := range addresses(w.cell(w.images)) {
		g.image(row, w.images.name, address, "", "")
	}
}

// variation reads a variant, whose parent may not have been read yet.
func (w *woocommerce) variation() {
	parent := w.cell(w.parent)
	if parent == "" {
		w.spoil()
		w.refuse(w.parent, "", "is missing: without it nobody knows whose variation this is")
		return
	}
	name := "sku:" + strings.ToLower(parent)
	if id, said := strings.CutPrefix(strings.ToLower(parent), "id:"); said {
		name = "id:" + strings.TrimSpace(id)
	}
	g := w.room.find(name)
	if g == nil {
		return
	}
	if g.p.Key == name {
		g.p.Key = parent
	}
	if published := w.cell(w.published); published == "0" || published == "-1" {
		g.p.Incomplete = true
		g.refuse(w.table.row(), w.published.name, published, "says that this variation is not sold; it was left out")
		w.room.keep(g)
		return
	}
	w.offer(g, true)
	w.room.keep(g)
}

// offer reads what is sold, by the row of a simple product or of a variation.
func (w *woocommerce) offer(g *group, variation bool) {
	c := w.variant(g)
	if variation {
		for _, a := range w.attributes {
			if name := w.cell(a.name); name != "" {
				c.choose(a.values, name, w.cell(a.values))
			}
		}
		if pictures := addresses(w.cell(w.images)); len(pictures) > 0 {
			address, reason := source(pictures[0], w.cfg.ImageBase)
			if reason != "" {
				g.p.Incomplete = true
				g.refuse(c.v.Row, w.images.name, pictures[0], reason+"; the picture was left out")
			}
			c.v.Image = address
		}
	}
	c.codes(w.sku, column{})
	c.barcode(w.barcode)
	c.prices(w.regular, column{})
	if w.cell(w.sale) != "" {
		reduced, reason := w.price(w.sale)
		c.check(w.sale, reason)
		c.sale(w.sale, reduced, w.saleFrom, w.saleTo)
	}
	c.weighs(w.weight, w.unit)
	switch backorders := strings.ToLower(w.cell(w.backorders)); backorders {
	case "1", "notify", "yes":
		c.v.Stock.Backorder = true
	case "0", "", "no":
	default:
		c.check(w.backorders, "is none of 0, 1 and notify")
	}
	switch stock, in := strings.ToLower(w.cell(w.stock)), strings.ToLower(w.cell(w.inStock)); {
	case stock == "parent": // counted together with its siblings, which says nothing of this one
	case stock != "":
		c.onHand(w.stock)
	case in == "0" || in == "no" || in == "outofstock":
		c.v.Stock.Known = true
	case w.has(w.inStock):
		c.v.Stock.Backorder = true // not counted: sold for ever
	}
	c.add()
}

// settle finds out which attributes the variations differ by. One that all of them leave open is no option but stays a line of the
// specification; one that only some leave open is.
func (w *woocommerce) settle(g *group) {
	p := &g.p
	for i, v := range p.Variants {
		p.Variants[i].WeightGrams = cmp.Or(v.WeightGrams, g.grams)
	}
	for i := len(p.Options) - 1; i >= 0 && p.Continues == 0; i-- {
		if !slices.ContainsFunc(p.Variants, func(v Variant) bool { return i < len(v.OptionValues) && v.OptionValues[i] != "" }) {
			p.Options = slices.Delete(p.Options, i, i+1)
			for n, v := range p.Variants {
				if i < len(v.OptionValues) {
					p.Variants[n].OptionValues = slices.Delete(v.OptionValues, i, i+1)
				}
			}
		}
	}
	for i, option := range p.Options {
		used := map[string]bool{}
		for n := range p.Variants {
			v := &p.Variants[n]
			for len(v.OptionValues) <= i {
				v.OptionValues = append(v.OptionValues, "")
			}
			v.OptionValues[i] = cmp.Or(v.OptionValues[i], anyValue)
			used[v.OptionValues[i]] = true
		}
		// The parent lists the values in the merchant's order.
		at := slices.IndexFunc(p.Attributes, func(a Attribute) bool { return a.Name == option.Name })
		if at < 0 {
			continue
		}
		for _, value := range strings.Split(p.Attributes[at].Value, ", ") {
			if used[value] {
				p.Options[i].Values = append(p.Options[i].Values, value)
			}
		}
		p.Attributes = slices.Delete(p.Attributes, at, at+1)
	}
	p.Attributes = slices.DeleteFunc(p.Attributes, func(a Attribute) bool { return slices.Contains(g.unseen, a.Name) })
}

// wooNames reads a list of products, by SKU or as "id:123", which is our key.
func wooNames(cell string) []string {
	names := list(cell, ',')
	for i, name := range names {
		names[i] = strings.TrimPrefix(name, "id:")
	}
	return names
}

// derivedKey is the key of a product that a file gives neither a number nor a code: it stays as long as the name does.
func derivedKey(name string) string { return "name:" + Slug(name, maxDerivedSlug) }
