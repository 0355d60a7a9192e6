package feed

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// isShopifyJSON tells the records of Shopify's interfaces ("products.json") from our own.
func isShopifyJSON(raw []byte) bool {
	return bytes.Contains(raw, []byte(`"body_html"`)) && bytes.Contains(raw, []byte(`"handle"`))
}

// readRecord reads a whole record, or says why that is not possible.
func (d *decoder) readRecord(raw []byte) (*node, string) {
	d.in.Reset(raw)
	d.json.Reset(&d.in)
	left := maxElements
	record, err := readNode(d.json, &left)
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil:
		return record, ""
	case errors.Is(err, errElements):
		return nil, "This record " + err.Error() + "."
	case errors.As(err, &syntax):
		return nil, "This record is not valid JSON: " + syntax.Err.Error() + "."
	default:
		return nil, "This record is not valid JSON."
	}
}

// shopify fills the build from a record of Shopify's. Its handle is the key, as it is in Shopify's CSV, so that a shop may change
// from one to the other.
func (d *decoder) shopify(b *build, raw []byte) {
	p := &b.p
	n, reason := d.readRecord(raw)
	if reason != "" {
		b.refuseProduct(p.Row, "", string(raw[:min(len(raw), 4*maxValue)]), reason)
		return
	}
	r := &draft{decoder: d, b: b}
	text := func(name string, read func(string, int) (string, string), limit int) string {
		value, reason := read(n.get(name).words(""), limit)
		if reason != "" {
			b.refuseProduct(p.Row, name, n.get(name).words(""), reason)
		}
		return value
	}
	p.Key, p.Slug = text("handle", code, maxKey), text("handle", line, maxKey)
	p.Name = text("title", bareTitle, maxName)
	p.Description = text("body_html", paragraphs, maxDescription)
	p.Brand = text("vendor", title, maxBrand)
	if kind := text("product_type", title, maxCategory); kind != "" {
		b.category(p.Row, "product_type", []string{kind})
	}
	for _, tag := range n.get("tags").list() {
		b.tags(p.Row, "tags", strings.Split(tag.words(""), ","))
	}
	if p.State, reason = state(n.get("status").words("")); reason != "" {
		b.refuseProduct(p.Row, "status", n.get("status").words(""), reason)
	}
	if n.has("published_at") && n.get("published_at") == nil && p.State == Active {
		p.State = Draft // null: not published
	}
	images := map[string]string{} // id to address
	for i, image := range n.get("images").list() {
		address := image.get("src").words("")
		images[image.get("id").words("")] = address
		if len(r.images) <= maxImages {
			r.images = append(r.images, draftImage{column: fmt.Sprintf("images[%d].src", i), source: address, alt: image.get("alt").words("")})
		}
	}
	r.options = shopifyOptions(n)
	for i, v := range n.get("variants").list() {
		if len(r.variants) > maxVariants {
			break
		}
		r.variants = append(r.variants, shopifyVariant(v, fmt.Sprintf("variants[%d].", i), r.options, images))
	}
	r.assemble()
}

// has reports whether a member is there, even if it is null.
func (n *node) has(name string) bool {
	for _, other := range n.names {
		if other == name {
			return true
		}
	}
	return false
}

// shopifyOptions returns the options; a product without has one that is called Title.
func shopifyOptions(n *node) []Option {
	var options []Option
	for _, o := range n.get("options").list() {
		name, reason := line(o.words(""), maxOptionName)
		if reason != "" || name == "" || len(options) > maxOptions {
			continue // its values are then values of an option that is not listed
		}
		option := Option{Name: name}
		for _, value := range o.get("values").list() {
			if text, reason := line(value.words(""), maxOptionValue); reason == "" && text != "" && len(option.Values) < maxVariants {
				option.Values = append(option.Values, text)
			}
		}
		options = append(options, option)
	}
	if first := n.get("variants").list(); len(options) == 1 && options[0].Name == "Title" && len(first) == 1 && first[0].get("option1").words("") == "Default Title" {
		return nil
	}
	return options
}

func shopifyVariant(v *node, path string, options []Option, images map[string]string) draftVariant {
	word := func(name string) string { return v.get(name).words("") }
	d := draftVariant{
		path: path, sku: word("sku"), gtin: word("barcode"), price: word("price"), compareAt: word("compare_at_price"), weight: word("grams"),
		image: cmp.Or(v.get("featured_image").get("src").words(""), images[word("image_id")]), chosen: map[string]string{},
	}
	if d.compareAt == "0.00" || d.compareAt == "0" {
		d.compareAt = ""
	}
	switch {
	case v.has("inventory_management") && v.get("inventory_management") == nil:
		d.backorder = "true" // not counted: Shopify sells it for ever
	case v.has("inventory_quantity"):
		d.stock = word("inventory_quantity")
	case word("available") == "false": // all that shoppers may know
		d.stock = "0"
	}
	if word("inventory_policy") == "continue" {
		d.backorder = "true"
	}
	for i, option := range options {
		d.chosen[option.Name], _ = line(word(fmt.Sprintf("option%d", i+1)), maxOptionValue)
	}
	return d
}
