package feed

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// node is a value of a record of linked data.
type node struct {
	kind    jsontext.Kind
	text    string   // of texts, numbers and booleans
	names   []string // of an object's members
	members []*node  // of objects and arrays
}

// isLinkedData tells records of schema.org from others.
func isLinkedData(raw []byte) bool {
	return bytes.Contains(raw, []byte(`"@type"`)) || bytes.Contains(raw, []byte(`"@graph"`))
}

var errElements = fmt.Errorf("holds more than %d values", maxElements)

// readNode reads a value. The splitting has bounded its depth.
func readNode(from *jsontext.Decoder, left *int) (*node, error) {
	if *left--; *left < 0 {
		return nil, errElements
	}
	token, err := from.ReadToken()
	if err != nil {
		return nil, err
	}
	n := &node{kind: token.Kind()}
	if n.kind != '{' && n.kind != '[' {
		n.text = strings.TrimSpace(token.String())
		return n, nil
	}
	for from.PeekKind() != '}' && from.PeekKind() != ']' {
		if n.kind == '{' {
			name, err := from.ReadToken()
			if err != nil {
				return nil, err
			}
			n.names = append(n.names, schemaName(name.String()))
		}
		member, err := readNode(from, left)
		if err != nil {
			return nil, err
		}
		n.members = append(n.members, member)
	}
	_, err = from.ReadToken()
	return n, err
}

// schemaName leaves a name of schema.org as it is used: the context may have it written with a prefix or as an address.
func schemaName(name string) string {
	for _, prefix := range []string{"http://schema.org/", "https://schema.org/", "http://www.schema.org/", "https://www.schema.org/", "schema:"} {
		name = strings.TrimPrefix(name, prefix)
	}
	return name
}

// get returns the first of the named members that is there.
func (n *node) get(names ...string) *node {
	if n == nil || n.kind != '{' {
		return nil
	}
	for _, name := range names {
		for i, other := range n.names {
			if other == name && n.members[i].kind != 'n' {
				return n.members[i]
			}
		}
	}
	return nil
}

// list returns an array's values, or the value itself: schema.org lets one stand for a list.
func (n *node) list() []*node {
	switch {
	case n == nil || n.kind == 'n':
		return nil
	case n.kind == '[':
		return n.members
	default:
		return []*node{n}
	}
}

// words returns a value as text: of several languages the shop's own, of a thing its name.
func (n *node) words(language string) string {
	if n == nil {
		return ""
	}
	switch n.kind {
	case '[':
		first := ""
		for _, each := range n.members {
			if text := each.words(language); sameLanguage(languageOf(each.get("@language").words("")), language) && text != "" {
				return text
			} else if first == "" {
				first = text
			}
		}
		return first
	case '{':
		return n.get("@value", "name", "value", "url", "@id").words(language)
	case 'n':
		return ""
	default:
		return n.text
	}
}

// is reports whether a thing is of one of the types.
func (n *node) is(types ...string) bool {
	for _, each := range n.get("@type").list() {
		for _, name := range types {
			if schemaName(each.text) == name {
				return true
			}
		}
	}
	return false
}

// linked takes the products of a record of schema.org. A record may hold several; each counts as one.
func (f *jsonFeed) linked(raw []byte, row int64) {
	record, reason := f.decoder.readRecord(raw)
	if reason != "" {
		f.ld.lose()
		f.emit(Item{Refusals: []Refusal{{Row: row, Value: string(raw[:min(len(raw), 4*maxValue)]), Reason: reason}}})
		return
	}
	products := productsIn(record, nil)
	if len(products) == 0 && f.records.around == 0 { // in a graph stand all kinds of things
		f.emit(Item{Refusals: []Refusal{{
			Row: row, Column: "@type", Value: record.get("@type").words(""), Reason: "is no product; the @type of one is Product or ProductGroup",
		}}})
	}
	for i, product := range products {
		if i > 0 {
			f.records.number++
		}
		f.group(product, f.records.number)
	}
}

// productsIn finds the products of a record: itself, or those in the lists that pages and feeds put them in.
func productsIn(n *node, found []*node) []*node {
	if n.is("Product", "ProductGroup", "ProductModel", "IndividualProduct", "SomeProducts", "Vehicle") {
		return append(found, n)
	}
	for _, name := range []string{"@graph", "itemListElement", "dataFeedElement", "item", "itemOffered", "mainEntity"} {
		for _, each := range n.get(name).list() {
			found = productsIn(each, found)
		}
	}
	return found
}

// group takes a product, or each variant of a group.
func (f *jsonFeed) group(n *node, row int64) {
	variants := n.get("hasVariant").list()
	if len(variants) > maxGroupRows {
		f.ld.refuse(row, "hasVariant", "", fmt.Sprintf("has more than %d variants; split the product", maxGroupRows), "")
		return
	}
	if len(variants) == 0 {
		f.ld.take(f.linkedItem(n, n.get("isVariantOf"), row))
		return
	}
	f.ld.close() // its variants are all here
	for _, variant := range variants {
		f.ld.take(f.linkedItem(variant, n, row))
	}
	f.ld.close()
}

// linkedItem writes a product of schema.org as an item of Google's, whose names for the same things differ. What a variant leaves
// out is the group's.
func (f *jsonFeed) linkedItem(n, group *node, row int64) *googleItem {
	item := &googleItem{row: row}
	add := func(name, column, value string) {
		item.fields = append(item.fields, googleField{name: name, column: column, value: value})
	}
	text := func(n *node, names ...string) string { return n.get(names...).words(f.cfg.Locale) }
	either := func(name string) *node { return cmp.Or(n.get(name), group.get(name)) }

	add("id", "sku", cmp.Or(text(n, "sku"), text(n, "productID"), text(n.get("offers"), "sku"), text(n, "mpn"), text(n, "@id"), text(n, "url")))
	add("item_group_id", "productGroupID", cmp.Or(text(n, "inProductGroupWithID"), text(group, "productGroupID"), text(group, "sku"), text(group, "@id"), text(group, "url")))
	add("item_group_title", "name", text(group, "name"))
	add("title", "name", text(n, "name"))
	add("description", "description", cmp.Or(text(group, "description"), text(n, "description")))
	add("brand", "brand", cmp.Or(either("brand"), either("manufacturer")).words(f.cfg.Locale))
	for _, c := range either("category").list() {
		add("product_type", "category", strings.ReplaceAll(c.words(f.cfg.Locale), " / ", " > "))
	}
	for i, image := range append(n.get("image").list(), group.get("image").list()...) {
		add([]string{"image_link", "additional_image_link"}[min(i, 1)], "image", cmp.Or(text(image, "contentUrl"), text(image, "url"), image.words("")))
	}
	for _, name := range []string{"gtin", "gtin14", "gtin13", "gtin12", "gtin8"} {
		if number := text(n, name); number != "" {
			add("gtin", name, number)
			break
		}
	}
	add("mpn", "mpn", text(n, "mpn"))
	for _, name := range []string{"color", "size", "material", "pattern"} {
		add(name, name, text(n, name))
	}
	for _, word := range either("keywords").list() {
		add("product_tags", "keywords", word.words(f.cfg.Locale))
	}
	for _, name := range []string{"isRelatedTo", "isSimilarTo", "isAccessoryOrSparePartFor"} {
		for _, other := range either(name).list() {
			add("related_product", name, cmp.Or(text(other, "productGroupID"), text(other, "sku"), text(other, "productID")))
		}
	}
	add("condition", "itemCondition", condition(cmp.Or(n.get("itemCondition"), n.get("offers").get("itemCondition"))))
	add("shipping_weight", "weight", measured(either("weight")))
	f.properties(item, n, group)
	f.offers(item, cmp.Or(n.get("offers"), group.get("offers")))
	return item
}

// properties adds what schema.org has no name for: options where a group says that its variants differ by them.
func (f *jsonFeed) properties(item *googleItem, n, group *node) {
	varies := map[string]bool{}
	for _, by := range group.get("variesBy").list() {
		varies[strings.ToLower(schemaName(by.words("")))] = true
	}
	for _, p := range append(n.get("additionalProperty").list(), group.get("additionalProperty").list()...) {
		name, value := p.get("name").words(f.cfg.Locale), p.get("value").words(f.cfg.Locale)
		if unit := cmp.Or(p.get("unitText").words(""), unitName(p.get("unitCode").words(""))); unit != "" && value != "" {
			value += " " + unit
		}
		field := googleField{name: "product_detail", column: "additionalProperty", parts: map[string]string{"attribute_name": name, "attribute_value": value}}
		if varies[strings.ToLower(name)] {
			field.name, field.parts = "variant_option", map[string]string{"name": name, "value": value}
		}
		item.fields = append(item.fields, field)
	}
}
