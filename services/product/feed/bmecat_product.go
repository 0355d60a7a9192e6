package feed

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// product reads a PRODUCT or ARTICLE.
func (c *bmecat) product(e *element) Item {
	b := &build{cfg: c.cfg, seen: c.seen, sku: bmeKey(e).name, p: Product{Row: c.number, State: Active}}
	p := &b.p
	key, reason := code(bmeKey(e).text(), maxSKU)
	if reason == "" && key == "" {
		reason = "is missing: without it the product cannot be told from others in the next file"
	}
	if p.Key = key; reason != "" {
		b.refuseProduct(p.Row, b.sku, bmeKey(e).text(), reason)
		return b.item()
	}
	if first := c.seen.keyRow(key, p.Row); first > 0 {
		b.refuseProduct(p.Row, b.sku, key, "is used by record "+itoa(first)+" already; it names one product")
		return b.item()
	}
	if e.attr("mode") == "delete" {
		p.State = Archived
	}
	details := e.child("PRODUCT_DETAILS", "ARTICLE_DETAILS")
	c.texts(b, details)
	p.Brand = bmeText(b, details.child("MANUFACTURER_NAME"), title, maxBrand)
	for _, keyword := range details.all("KEYWORD") {
		if lang := languageOf(keyword.attr("lang")); lang == "" || sameLanguage(lang, c.language()) {
			b.tags(p.Row, keyword.name, []string{keyword.text()})
		}
	}
	for _, id := range c.groups.arrived(key) {
		if names, reason := c.groups.path(id); reason == "" {
			b.category(p.Row, "CATALOG_GROUP_ID", names)
		}
	}
	c.pictures(b, e.child("MIME_INFO"))
	for _, other := range e.all("PRODUCT_REFERENCE", "ARTICLE_REFERENCE") {
		c.reference(b, other)
	}
	supplements := c.features(b, e.all("PRODUCT_FEATURES", "ARTICLE_FEATURES"))
	c.variants(b, e, details, supplements)
	if !b.dead {
		b.finish()
	}
	return b.item()
}

// bmeKey is the element that names a product.
func bmeKey(e *element) *element {
	if key := e.child("SUPPLIER_PID", "SUPPLIER_AID"); key != nil {
		return key
	}
	return &element{name: "SUPPLIER_PID"}
}

// bmeText reads an element's text, or refuses the product.
func bmeText(b *build, e *element, read func(string, int) (string, string), limit int) string {
	text, reason := read(e.text(), limit)
	if reason != "" {
		b.refuseProduct(b.p.Row, e.name, e.text(), reason)
	}
	return text
}

// texts reads names and descriptions in all languages.
func (c *bmecat) texts(b *build, details *element) {
	p := &b.p
	name, names := inLanguages(details.all("DESCRIPTION_SHORT"), c.language())
	long, longs := inLanguages(details.all("DESCRIPTION_LONG"), c.language())
	read := func(column, raw string, read func(string, int) (string, string), limit int) string {
		text, reason := read(raw, limit)
		if reason != "" {
			b.refuseProduct(p.Row, column, raw, reason)
		}
		return text
	}
	p.Name = read("DESCRIPTION_SHORT", name, bareTitle, maxName)
	p.Description = read("DESCRIPTION_LONG", long, paragraphs, maxDescription)
	if p.Name == "" && !b.dead {
		b.refuseProduct(p.Row, "DESCRIPTION_SHORT", "", "is missing")
	}
	p.Slug = DerivedSlug(p.Name, p.Key)
	for _, t := range append(names, longs...) {
		if !slices.ContainsFunc(p.Translations, func(other Translation) bool { return other.Locale == t.locale }) {
			p.Translations = append(p.Translations, Translation{Locale: t.locale})
		}
	}
	if len(p.Translations) > maxTranslations {
		b.refuseProduct(p.Row, "DESCRIPTION_SHORT", "", fmt.Sprintf("is there in more than %d languages", maxTranslations))
		return
	}
	slices.SortFunc(p.Translations, func(a, b Translation) int { return strings.Compare(a.Locale, b.Locale) })
	for i := range p.Translations {
		t := &p.Translations[i]
		t.Name = read("DESCRIPTION_SHORT", wordsIn(names, t.Locale), bareTitle, maxName)
		t.Description = read("DESCRIPTION_LONG", wordsIn(longs, t.Locale), paragraphs, maxDescription)
	}
}

// pictures takes the images among the files that belong to a product. The small ones count only where there are no others.
func (c *bmecat) pictures(b *build, info *element) {
	var normal, small []*element
	for _, file := range info.all("MIME") {
		kind, address := strings.ToLower(file.child("MIME_TYPE").text()), file.child("MIME_SOURCE").text()
		image := strings.HasPrefix(kind, "image/") || slices.Contains([]string{".jpg", ".jpeg", ".png", ".webp", ".gif"}, strings.ToLower(path.Ext(address)))
		switch purpose := strings.ToLower(file.child("MIME_PURPOSE").text()); {
		case !image || address == "":
		case purpose == "logo" || purpose == "icon" || purpose == "data_sheet":
		case purpose == "thumbnail":
			small = append(small, file)
		default:
			normal = append(normal, file)
		}
	}
	if len(normal) == 0 {
		normal = small
	}
	for _, file := range normal {
		address := strings.ReplaceAll(file.child("MIME_SOURCE").text(), `\`, "/")
		if root := strings.ReplaceAll(c.header.pictures, `\`, "/"); root != "" && !strings.Contains(address, "://") {
			address = strings.TrimRight(root, "/") + "/" + strings.TrimLeft(address, "/")
		}
		alt, _ := inLanguages(file.all("MIME_DESCR", "MIME_ALT"), c.language())
		b.image(b.p.Row, "MIME_SOURCE", address, "MIME_DESCR", alt)
	}
}

// reference takes a product that goes with this one. Parts of which it consists, and the same in another pack, are not meant.
func (c *bmecat) reference(b *build, e *element) {
	kind := e.attr("type")
	if kind == "consists_of" || kind == "diff_orderunit" || kind == "base_product" {
		return
	}
	id := e.child("PROD_ID_TO", "ART_ID_TO")
	key, reason := code(id.text(), maxKey)
	if reason == "" && len(b.p.Related) == maxRelated {
		reason = fmt.Sprintf("is one reference more than %d", maxRelated)
	}
	if reason != "" {
		b.refuse(b.p.Row, e.name, id.text(), reason+"; the reference was left out")
		return
	}
	if key != "" && key != b.p.Key && !slices.Contains(b.p.Related, key) {
		b.p.Related = append(b.p.Related, key)
	}
}
