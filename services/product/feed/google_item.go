package feed

import (
	"fmt"
	"slices"
	"strings"
)

// add takes an item into its product.
func (g *googleGroup) add(item *googleItem, sku string) {
	if len(g.rows) == 0 && g.p.Continues == 0 {
		g.product(item)
	}
	g.rows = append(g.rows, item.row)
	g.variant(item, sku)
}

// product reads what an item says of the whole product; the first item of a product counts.
func (g *googleGroup) product(item *googleItem) {
	p := &g.p
	text := func(read func(string, int) (string, string), limit int, names ...string) string {
		raw, name := item.first(names...)
		value, reason := read(raw, limit)
		if reason != "" {
			g.refuseProduct(item.row, name, raw, reason)
		}
		return value
	}
	p.Name = text(bareTitle, maxName, "item_group_title", "title")
	if p.Name == "" {
		p.Name = g.structured(item, "structured_title", bareTitle, maxName)
	}
	if p.Name == "" && !g.dead {
		_, column := item.first("title")
		g.refuseProduct(item.row, column, "", "is missing")
	}
	p.Slug = DerivedSlug(p.Name, p.Key)
	p.Description = text(paragraphs, maxDescription, "rich_text_description", "description")
	if p.Description == "" {
		p.Description = g.structured(item, "structured_description", paragraphs, maxDescription)
	}
	g.highlights(item)
	p.Brand = text(title, maxBrand, "brand")
	g.categories(item)
	g.attributes(item)
	g.state(item)
	for _, f := range item.all("related_product") {
		key, reason := code(f.value, maxKey)
		if reason == "" && len(p.Related) == maxRelated {
			reason = fmt.Sprintf("is one reference more than %d", maxRelated)
		}
		if reason != "" {
			g.refuse(item.row, f.at(), f.value, reason+"; the reference was left out")
		} else if !slices.Contains(p.Related, key) {
			p.Related = append(p.Related, key)
		}
	}
	for _, f := range item.all("product_tags") {
		g.tags(item.row, f.at(), strings.Split(f.value, ","))
	}
}

// structured reads a text that a machine wrote, which Google wants in an attribute of its own.
func (g *googleGroup) structured(item *googleItem, name string, read func(string, int) (string, string), limit int) string {
	fields := item.all(name)
	if len(fields) == 0 {
		return ""
	}
	text, reason := read(fields[0].parts["content"], limit)
	if reason != "" {
		g.refuseProduct(item.row, name, fields[0].parts["content"], reason)
	}
	return text
}

// highlights puts the short sentences that Google shows as a list under the description.
func (g *googleGroup) highlights(item *googleItem) {
	text := g.p.Description
	for i, f := range item.all("product_highlight") {
		sentence, reason := title(f.value, maxAttribute)
		if reason == "" && len(text)+len(sentence)+8 > maxDescription {
			reason = "does not fit under the description any more"
		}
		if reason != "" {
			g.refuseProduct(item.row, f.at(), f.value, reason)
			return
		}
		switch {
		case i == 0 && text != "":
			text += "\n\n"
		case text != "":
			text += "\n"
		}
		text += "• " + sentence
	}
	g.p.Description = text
}

// categories reads the shop's own paths, or else Google's. A number of Google's taxonomy says nothing to shoppers.
func (g *googleGroup) categories(item *googleItem) {
	for _, name := range []string{"product_type", "google_product_category", "fb_product_category"} {
		for _, f := range item.all(name) {
			if strings.Trim(f.value, "0123456789") == "" {
				continue
			}
			path := strings.Split(strings.ReplaceAll(f.value, "&gt;", ">"), ">")
			if !slices.ContainsFunc(g.p.Categories, func(other []string) bool { return strings.Join(other, ">") == strings.Join(trimAll(path), ">") }) {
				g.category(item.row, f.at(), path)
			}
		}
		if len(g.p.Categories) > 0 {
			return
		}
	}
}

func trimAll(words []string) []string {
	trimmed := make([]string, len(words))
	for i, word := range words {
		trimmed[i] = strings.TrimSpace(word)
	}
	return trimmed
}

// googleAttributes are the attributes that help a shopper, with what they are called in the specification table. Those that only
// steer advertisements, shipping or taxes are left alone.
var googleAttributes = []struct{ name, label string }{
	{"condition", "Condition"}, {"size_type", "Size type"}, {"size_system", "Size system"}, {"energy_efficiency_class", "Energy efficiency class"},
	{"multipack", "Pieces in the pack"}, {"is_bundle", "Bundle"}, {"adult", "For adults only"}, {"unit_pricing_measure", "Contents"},
	{"product_length", "Length"}, {"product_width", "Width"}, {"product_height", "Height"},
}

// attributes fills the specification table.
func (g *googleGroup) attributes(item *googleItem) {
	for _, a := range googleAttributes {
		value, _ := item.first(a.name)
		switch strings.ToLower(value) {
		case "no", "false", "new", "neu", "nein", "falsch", "0": // what everything is
			continue
		case "true":
			value = "yes"
		}
		g.attribute(item.row, a.label, value)
	}
	for _, f := range item.all("product_detail") {
		section, name, value := detail(f)
		if name == "" && f.parts == nil {
			g.refuseProduct(item.row, f.at(), f.value, "is not written as section:name:value")
			continue
		}
		if section != "" && slices.ContainsFunc(g.p.Attributes, func(a Attribute) bool { return a.Name == strings.TrimSpace(name) }) {
			name = section + ": " + name // another section has one of this name
		}
		g.attribute(item.row, name, value)
	}
}

// detail reads a product_detail: in XML it has parts, in a table it is "General:Material:Oak".
func detail(f googleField) (section, name, value string) {
	if f.parts != nil {
		return f.parts["section_name"], f.parts["attribute_name"], f.parts["attribute_value"]
	}
	if parts := strings.SplitN(f.value, ":", 3); len(parts) == 3 {
		return parts[0], parts[1], parts[2]
	}
	return "", "", ""
}

// state reads whether Facebook shows the product.
func (g *googleGroup) state(item *googleItem) {
	value, name := item.first("status", "visibility")
	switch strings.ToLower(value) {
	case "", "active", "published", "visible":
	case "archived":
		g.p.State = Archived
	case "hidden", "staging", "whitelist_only", "draft":
		g.p.State = Draft
	default:
		g.refuseProduct(item.row, name, value, "is none of active, archived, published and hidden")
	}
}

// variant reads what is bought.
func (g *googleGroup) variant(item *googleItem, sku string) {
	v := Variant{Row: item.row, SKU: sku}
	bad := false
	check := func(name, value, reason string) {
		if reason != "" {
			bad = true
			g.refuseVariant(item.row, name, value, reason)
		}
	}
	number, name := item.first("gtin", "upc", "ean", "isbn")
	var reason string
	v.GTIN, reason = gtin(strings.ReplaceAll(number, "-", ""))
	check(name, number, reason)
	mpn, name := item.first("mpn")
	v.MPN, reason = code(mpn, maxSKU)
	check(name, mpn, reason)
	g.prices(item, &v, check)
	weight, name := item.first("shipping_weight", "product_weight")
	if weight != "" {
		v.WeightGrams, reason = weightWithUnit(weight)
		check(name, weight, reason)
	}
	available, name := item.first("availability")
	v.Stock, reason = availability(available)
	check(name, available, reason)
	if onHand, name := item.first("quantity_to_sell_on_facebook", "inventory", "sell_on_google_quantity"); onHand != "" && reason == "" {
		v.Stock.OnHand, reason = count(onHand)
		v.Stock.Known = true
		check(name, onHand, reason)
	}
	traits, reason := g.traitsOf(item)
	check("", "", reason)
	if image, name := item.first("image_link"); image != "" {
		g.image(item.row, name, image, name, "")
		if address, reason := source(image, g.cfg.ImageBase); reason == "" {
			v.Image = address
		}
	}
	for _, f := range item.all("additional_image_link") {
		g.image(item.row, f.at(), f.value, f.at(), "")
	}
	if !bad {
		g.p.Variants = append(g.p.Variants, v)
		g.traits = append(g.traits, traits)
	}
}
