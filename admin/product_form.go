package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
)

// productFields are the fields of a product that its page edits, in the order in which problems and conflicts are told.
var productFields = []struct{ name, label string }{
	{"name", "Name"},
	{"description", "Description"},
	{"brand", "Brand"},
	{"state", "State"},
	{"publish_time", "Goes on sale"},
	{"slug", "Address"},
	{"type_id", "Type"},
	{"tax_class", "Tax class"},
	{"categories", "Categories"},
	{"tags", "Tags"},
	{"attributes", "Attributes"},
	{"options", "Options"},
	{"variants", "Variants"},
	{"images", "Pictures"},
	{"seo_title", "Title in search engines"},
	{"seo_description", "Description in search engines"},
	{"translations", "Other languages"},
	{"related_ids", "Goes well with"},
}

// productForm is a product as its page holds it: all that was typed, also what makes no sense.
type productForm struct {
	id      string // empty for a new one
	key     string // of a new one, so that sending it twice makes it once
	version int64  // that the form was opened with
	// was are digests of the fields as the form was opened, by which is known what was changed in it.
	was  map[string]string
	text map[string]string // the fields that are one text, by name

	categories   []string
	addCategory  string
	attributes   []attributeRow
	options      []optionRow
	variants     []variantRow
	from         int // the first row of variants that is shown
	images       []imageRow
	addImage     string
	translations []translationRow
	addLocale    string
	related      []string
	findRelated  string
	giveBack     []string          // staff fields that shall be the feed's again
	taken        map[string]string // mine or theirs, by the name of the choice
}

type attributeRow struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	kept  string // the attribute as it was, where it follows a definition
	asked bool   // by the product's type: without a value it says nothing
}

type optionRow struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
	was    []string // as the form was opened: a value that takes the place of another renames it
}

type imageRow struct {
	ID      string `json:"id"` // empty while it is new
	Source  string `json:"source,omitempty"`
	Alt     string `json:"alt"`
	removed bool
}

type translationRow struct {
	Locale         string `json:"locale"`
	Name           string `json:"name"`
	Description    string `json:"description"`
	Slug           string `json:"slug"`
	SEOTitle       string `json:"seo_title"`
	SEODescription string `json:"seo_description"`
	removed        bool
}

// timeField is how browsers write the value of a datetime-local field; ours are in UTC.
const timeField = "2006-01-02T15:04"

// emptyForm is what a new product begins with.
func emptyForm() *productForm {
	return &productForm{
		key: id.New(), text: map[string]string{"state": "draft"},
		attributes: []attributeRow{{}}, options: []optionRow{{}}, variants: []variantRow{{}},
	}
}

// formOf fills a form with a product.
func formOf(p *productv1.Product) *productForm {
	f := &productForm{id: p.GetId(), version: p.GetVersion(), related: p.GetRelatedIds()}
	f.text = map[string]string{
		"name": p.GetName(), "description": p.GetDescription(), "brand": p.GetBrand(), "state": productState(p.GetState()).value, "slug": p.GetSlug(), "type_id": p.GetTypeId(), "tax_class": p.GetTaxClass(),
		"tags": strings.Join(p.GetTags(), "\n"), "seo_title": p.GetSeoTitle(), "seo_description": p.GetSeoDescription(),
	}
	if p.GetPublishTime() != nil {
		f.text["publish_time"] = p.GetPublishTime().AsTime().Format(timeField)
	}
	for _, c := range p.GetCategories() {
		f.categories = append(f.categories, c.GetId())
	}
	for _, a := range p.GetAttributes() {
		row := attributeRow{Name: a.GetName(), Value: a.GetValue()}
		if a.GetDefinitionId() != "" || a.GetTyped() != nil {
			kept, _ := protojson.Marshal(a) // of a message that came over the wire
			row.kept = string(kept)
		}
		f.attributes = append(f.attributes, row)
	}
	for _, o := range p.GetOptions() {
		f.options = append(f.options, optionRow{Name: o.GetName(), Values: o.GetValues(), was: o.GetValues()})
	}
	for _, i := range p.GetImages() {
		f.images = append(f.images, imageRow{ID: i.GetId(), Alt: i.GetAlt()})
	}
	for _, v := range p.GetVariants() {
		f.variants = append(f.variants, f.variantRow(v))
	}
	for _, t := range p.GetTranslations() {
		f.translations = append(f.translations, translationRow{
			Locale: t.GetLocale(), Name: t.GetName(), Description: t.GetDescription(), Slug: t.GetSlug(), SEOTitle: t.GetSeoTitle(), SEODescription: t.GetSeoDescription(),
		})
	}
	f.open()
	return f
}

// open notes what the form holds now as what it was opened with.
func (f *productForm) open() {
	f.was = map[string]string{}
	for _, field := range productFields {
		f.was[field.name] = f.digest(field.name)
	}
	for i := range f.variants {
		f.variants[i].Was = f.rowDigest(f.variants[i])
	}
}

// changed says whether a field is other than when the form was opened.
func (f *productForm) changed(field string) bool {
	if field == "variants" {
		return slices.ContainsFunc(f.variants, func(row variantRow) bool { return row.Removed || row.ID == "" || f.rowDigest(row) != row.Was })
	}
	return f.digest(field) != f.was[field]
}

// digest stands for what a field holds.
func (f *productForm) digest(field string) string { return digest(f.held(field)) }

func digest(held any) string {
	text, _ := json.Marshal(held) // strings, and structs and lists of them
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

// held is what a field holds, without what is to be removed and without rows that say nothing.
func (f *productForm) held(field string) any {
	switch field {
	case "categories":
		return append([]string{}, f.categories...)
	case "attributes":
		return append([]attributeRow{}, f.filledAttributes()...)
	case "options":
		return append([]optionRow{}, f.filledOptions()...)
	case "variants":
		rows := []string{}
		for _, row := range f.variants {
			if !row.Removed {
				rows = append(rows, row.ID, f.rowDigest(row))
			}
		}
		return rows
	case "images":
		return append([]imageRow{}, f.keptImages()...)
	case "translations":
		return append([]translationRow{}, f.keptTranslations()...)
	case "related_ids":
		return append([]string{}, f.related...)
	case "tags":
		return append([]string{}, lines(f.text["tags"])...)
	default:
		return f.text[field]
	}
}

func (f *productForm) filledAttributes() []attributeRow {
	return slices.DeleteFunc(slices.Clone(f.attributes), func(a attributeRow) bool { return a.empty() })
}

func (r attributeRow) empty() bool { return r.Value == "" && (r.Name == "" || r.asked) }

func (f *productForm) filledOptions() []optionRow {
	return slices.DeleteFunc(slices.Clone(f.options), func(o optionRow) bool { return o.Name == "" && len(o.Values) == 0 })
}

func (f *productForm) keptImages() []imageRow {
	return slices.DeleteFunc(slices.Clone(f.images), func(i imageRow) bool { return i.removed })
}

func (f *productForm) keptTranslations() []translationRow {
	return slices.DeleteFunc(slices.Clone(f.translations), func(t translationRow) bool { return t.removed })
}

// take gives a field what another form holds in it.
func (f *productForm) take(field string, from *productForm) {
	switch field {
	case "categories":
		f.categories = from.categories
	case "attributes":
		f.attributes = from.attributes
	case "options":
		f.options = from.options
	case "images":
		f.images = from.images
	case "translations":
		f.translations = from.translations
	case "related_ids":
		f.related = from.related
	default:
		f.text[field] = from.text[field]
	}
}

// lines are the lines of a text that say something.
func lines(text string) []string {
	var said []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			said = append(said, line)
		}
	}
	return said
}

// readForm reads what a page sent. Variants that it did not show are those of current, unless it carried them along.
func readForm(values url.Values, current *productv1.Product) *productForm {
	get := func(name string) string { return strings.TrimSpace(strings.ReplaceAll(values.Get(name), "\r\n", "\n")) }
	f := &productForm{
		id: current.GetId(), key: get("key"), was: map[string]string{}, text: map[string]string{}, taken: map[string]string{},
		addCategory: get("add_category"), addImage: get("add_image"), addLocale: get("add_locale"), findRelated: get("find_related"), giveBack: values["give_back"],
		categories: values["categories"], related: values["related_ids"],
	}
	f.version, _ = strconv.ParseInt(get("version"), 10, 64)
	for pair := range strings.FieldsSeq(get("was")) {
		name, sum, _ := strings.Cut(pair, ":")
		f.was[name] = sum
	}
	for _, name := range []string{"name", "description", "brand", "state", "publish_time", "slug", "type_id", "tax_class", "tags", "seo_title", "seo_description"} {
		f.text[name] = get(name)
	}
	for name := range values {
		if strings.HasPrefix(name, "choice-") {
			f.taken[name] = get(name)
		}
	}
	for i := 0; values.Has(rowName("attributes", i, "name")); i++ {
		f.attributes = append(f.attributes, attributeRow{
			Name: get(rowName("attributes", i, "name")), Value: get(rowName("attributes", i, "value")), kept: get(rowName("attributes", i, "kept")), asked: values.Has(rowName("attributes", i, "asked")),
		})
	}
	for i := 0; values.Has(rowName("options", i, "name")); i++ {
		f.options = append(f.options, optionRow{
			Name: get(rowName("options", i, "name")), Values: lines(get(rowName("options", i, "values"))), was: lines(get(rowName("options", i, "was"))),
		})
	}
	for i := 0; values.Has(rowName("images", i, "alt")); i++ {
		f.images = append(f.images, imageRow{
			ID: get(rowName("images", i, "id")), Source: get(rowName("images", i, "source_url")), Alt: get(rowName("images", i, "alt")),
			removed: values.Has(rowName("images", i, "removed")),
		})
	}
	for i := 0; values.Has(rowName("translations", i, "locale")); i++ {
		f.translations = append(f.translations, translationRow{
			Locale: get(rowName("translations", i, "locale")), Name: get(rowName("translations", i, "name")), Description: get(rowName("translations", i, "description")),
			Slug: get(rowName("translations", i, "slug")), SEOTitle: get(rowName("translations", i, "seo_title")),
			SEODescription: get(rowName("translations", i, "seo_description")), removed: values.Has(rowName("translations", i, "removed")),
		})
	}
	f.readVariants(values, current)
	return f
}

// rowName names a field of a row of the form as a problem does, without brackets.
func rowName(field string, row int, of string) string { return fmt.Sprintf("%s-%d-%s", field, row, of) }

// price reads an amount as staff write it.
func price(text, currency string) (*typev1.Money, bool) {
	amount, err := money.ParseDecimal(strings.TrimSpace(text), currency)
	return &typev1.Money{AmountMinor: amount.Minor, CurrencyCode: currency}, err == nil
}

// readTime reads what a datetime-local field sends.
func readTime(text string) (time.Time, bool) {
	for _, layout := range []string{timeField, timeField + ":05"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
