package product

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

const staffFields = "staff_fields"

// editable are the fields of a product that a caller may change, in the order in which problems are told.
var editable = []string{
	"name", "slug", "description", "brand", "state", "publish_time", "type_id", "tax_class", "categories", "tags", "attributes", "options", "variants", "images",
	"seo_title", "seo_description", "translations", "related_ids",
}

// together are fields that are judged together: each makes sense only beside the others.
var together = [][]string{{"options", "variants", "images"}, {"state", "publish_time"}, {"type_id", "attributes"}}

// readMask refuses a mask that names nothing, or what cannot be changed.
func readMask(paths []string) ([]string, error) {
	if len(paths) == 0 {
		return nil, refused(problem("update_mask", "name the fields to change, such as "+strings.Join(editable[:3], ", ")))
	}
	var found problems
	found.mask(slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return path == staffFields }), editable)
	return paths, found.err()
}

// judged are the fields that an edit is judged by: those it was asked to change, and those that make sense only beside them. What an import
// left behind in others must not keep staff from mending these.
func (e *edit) judged(name string) bool {
	if e.before == nil || slices.Contains(e.mask, name) {
		return true
	}
	return slices.ContainsFunc(together, func(group []string) bool {
		return slices.Contains(group, name) && slices.ContainsFunc(group, func(f string) bool { return slices.Contains(e.mask, f) })
	})
}

// leaveRest makes fields that are not judged what they were, and forgets what is wrong with them.
func (e *edit) leaveRest() {
	for _, name := range editable {
		if !e.judged(name) {
			copyField(e.after, e.before, name)
		}
	}
	e.problems.list = slices.DeleteFunc(e.problems.list, func(one *productv1.FieldProblem) bool {
		top := topField(one.GetField())
		return slices.Contains(editable, top) && !e.judged(top)
	})
}

// tidy cleans a product's values and notes what is wrong with them by themselves.
func tidy(p *productv1.Product, currency string, found *problems) {
	found.line("name", feed.MaxName, &p.Name)
	if p.GetName() == "" {
		found.add("name", "is missing; a product needs a name")
	}
	if p.GetSlug() != "" {
		if clean := feed.Slug(p.GetSlug(), feed.MaxSlug); clean != p.GetSlug() {
			found.freeSlug = clean
			found.add("slug", "may hold lower-case letters, digits and single dashes, such as "+clean)
		}
	}
	found.text("description", feed.Paragraphs, feed.MaxDescription, &p.Description)
	found.line("brand", feed.MaxBrand, &p.Brand)
	if states[stateName(p.GetState())] == productv1.ProductState_PRODUCT_STATE_UNSPECIFIED {
		found.add("state", "is none of draft, active and archived")
	}
	if p.GetPublishTime() != nil {
		switch {
		case p.GetState() != productv1.ProductState_PRODUCT_STATE_DRAFT:
			p.PublishTime = nil // it is on sale, or is not to be
		case !p.GetPublishTime().IsValid():
			found.add("publish_time", "is no time")
		default:
			p.PublishTime.Nanos -= p.PublishTime.Nanos % int32(time.Microsecond) // as it is stored
		}
	}
	found.text("tax_class", feed.TaxClass, feed.MaxTaxClass, &p.TaxClass)
	found.tidyTags(p)
	found.tidyOptions(p)
	found.tidyVariants(p, currency)
	found.tidyImages(p)
	found.line("seo_title", feed.MaxName, &p.SeoTitle)
	found.line("seo_description", feed.MaxAttribute, &p.SeoDescription)
	found.tidyTranslations(p.GetTranslations())
	found.tidyRelated(p)
}

func (p *problems) tidyTags(product *productv1.Product) {
	if len(product.GetTags()) > feed.MaxTags {
		p.add("tags", fmt.Sprintf("are more than %d", feed.MaxTags))
		return
	}
	var tags []string
	for i, tag := range product.GetTags() {
		p.line(fmt.Sprintf("tags[%d]", i), feed.MaxTag, &tag)
		if tag != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	product.Tags = tags
}

func (p *problems) tidyOptions(product *productv1.Product) {
	if len(product.GetOptions()) > feed.MaxOptions {
		p.add("options", fmt.Sprintf("are more than %d", feed.MaxOptions))
		return
	}
	for i, option := range product.GetOptions() {
		field := fmt.Sprintf("options[%d]", i)
		p.line(field+".name", feed.MaxOptionName, &option.Name)
		if option.GetName() == "" {
			p.add(field+".name", "is missing, such as Size")
		}
		if slices.ContainsFunc(product.GetOptions()[:i], func(o *productv1.Option) bool { return strings.EqualFold(o.GetName(), option.GetName()) }) {
			p.add(field+".name", "is the name of an option before it")
		}
		for n := range option.GetValues() {
			p.line(fmt.Sprintf("%s.values[%d]", field, n), feed.MaxOptionValue, &option.Values[n])
		}
	}
}

func (p *problems) tidyVariants(product *productv1.Product, currency string) {
	switch n := len(product.GetVariants()); {
	case n == 0:
		p.add("variants", "are missing; a product is bought as one of its variants, one at least")
	case n > feed.MaxVariants:
		p.add("variants", fmt.Sprintf("are %d, more than %d", n, feed.MaxVariants))
		return
	}
	skus, combinations := map[string]int{}, map[string]int{}
	for i, v := range product.GetVariants() {
		field := fmt.Sprintf("variants[%d]", i)
		p.tidyVariant(field, v, currency)
		if product.GetGiftCard() {
			p.tidyGiftCard(field, v)
		}
		if first, twice := skus[v.GetSku()]; v.GetSku() != "" && twice {
			p.add(field+".sku", fmt.Sprintf("is that of variants[%d]; a SKU names one variant", first))
		}
		if v.GetSku() != "" {
			skus[v.GetSku()] = i
		}
		p.fit(field, product, v)
		combination := strings.Join(v.GetOptionValues(), "\x00")
		if first, twice := combinations[combination]; twice {
			p.add(field+".option_values", fmt.Sprintf("are those of variants[%d]; each combination is there once", first))
		}
		combinations[combination] = i
	}
	for i, option := range product.GetOptions() {
		used := map[string]bool{}
		for _, v := range product.GetVariants() {
			if i < len(v.GetOptionValues()) {
				used[v.GetOptionValues()[i]] = true
			}
		}
		option.Values = slices.DeleteFunc(option.GetValues(), func(value string) bool { return !used[value] })
	}
}

func (p *problems) tidyVariant(field string, v *productv1.Variant, currency string) {
	p.line(field+".sku", feed.MaxSKU, &v.Sku)
	p.text(field+".gtin", func(raw string, _ int) (string, string) { return feed.GTIN(raw) }, 0, &v.Gtin)
	p.line(field+".mpn", feed.MaxSKU, &v.Mpn)
	if v.GetPrice() == nil {
		p.add(field+".price", "is missing")
		v.Price = &typev1.Money{CurrencyCode: currency}
	} else {
		p.price(field+".price", v.GetPrice(), currency)
	}
	if v.GetCompareAtPrice() != nil {
		p.price(field+".compare_at_price", v.GetCompareAtPrice(), currency)
		if v.GetCompareAtPrice().GetAmountMinor() <= v.GetPrice().GetAmountMinor() {
			p.add(field+".compare_at_price", "is not above the price; leave it empty when there is no reduction")
		}
	}
	if v.GetWeightGrams() < 0 || v.GetWeightGrams() > feed.MaxGrams {
		p.add(field+".weight_grams", "is no weight; 0 stands for unknown")
	}
	p.tidyParts(field, v)
}

// fit checks a variant's option values against the options and adds values that are new to them.
func (p *problems) fit(field string, product *productv1.Product, v *productv1.Variant) {
	options := product.GetOptions()
	if len(v.GetOptionValues()) != len(options) {
		p.add(field+".option_values", fmt.Sprintf("are %d, but the product has %d options; give one for each", len(v.GetOptionValues()), len(options)))
		return
	}
	for n := range v.GetOptionValues() {
		at := fmt.Sprintf("%s.option_values[%d]", field, n)
		p.line(at, feed.MaxOptionValue, &v.OptionValues[n])
		switch value := v.GetOptionValues()[n]; {
		case value == "":
			p.add(at, "is missing: this variant has no value for the option "+options[n].GetName())
		case !slices.Contains(options[n].GetValues(), value):
			options[n].Values = append(options[n].GetValues(), value)
		}
	}
}

func (p *problems) tidyImages(product *productv1.Product) {
	if n := len(product.GetImages()); n > feed.MaxImages {
		p.add("images", fmt.Sprintf("are %d, more than %d", n, feed.MaxImages))
		return
	}
	for i, image := range product.GetImages() {
		field := fmt.Sprintf("images[%d]", i)
		p.line(field+".alt", feed.MaxAlt, &image.Alt)
		if slices.ContainsFunc(product.GetImages()[:i], func(o *productv1.Image) bool { return o.GetId() == image.GetId() }) {
			p.add(field, "is there twice")
		}
	}
	for i, v := range product.GetVariants() {
		if v.GetImageId() != "" && !slices.ContainsFunc(product.GetImages(), func(image *productv1.Image) bool { return image.GetId() == v.GetImageId() }) {
			p.add(fmt.Sprintf("variants[%d].image_id", i), "is not one of the product's pictures")
		}
	}
}

// tidyAttributes cleans the names and values that shoppers read.
func (p *problems) tidyAttributes(product *productv1.Product) {
	if len(product.GetAttributes()) > feed.MaxAttributes {
		p.add("attributes", fmt.Sprintf("are more than %d", feed.MaxAttributes))
		return
	}
	for i, a := range product.GetAttributes() {
		field := fmt.Sprintf("attributes[%d]", i)
		p.line(field+".name", feed.MaxAttribute, &a.Name)
		p.line(field+".value", feed.MaxAttribute, &a.Value)
		if a.GetName() == "" {
			p.add(field+".name", "is missing, such as Material")
		}
		if a.GetValue() == "" {
			p.add(field+".value", "is missing; leave the attribute out when there is nothing to say")
		}
	}
}

// tidyTranslations cleans the texts of a product, a category or a collection in other languages.
func (p *problems) tidyTranslations(translations []*productv1.Translation) {
	if len(translations) > 100 {
		p.add("translations", "are more than 100")
		return
	}
	for i, t := range translations {
		field := fmt.Sprintf("translations[%d]", i)
		tag, err := language.Parse(t.GetLocale())
		if err != nil || t.GetLocale() == "" {
			p.add(field+".locale", "is no language tag, such as de or pt-BR")
			continue
		}
		t.Locale = tag.String()
		if slices.ContainsFunc(translations[:i], func(o *productv1.Translation) bool { return o.GetLocale() == t.GetLocale() }) {
			p.add(field+".locale", "is there twice")
		}
		p.line(field+".name", feed.MaxName, &t.Name)
		p.text(field+".description", feed.Paragraphs, feed.MaxDescription, &t.Description)
		p.line(field+".seo_title", feed.MaxName, &t.SeoTitle)
		p.line(field+".seo_description", feed.MaxAttribute, &t.SeoDescription)
		if clean := feed.Slug(t.GetSlug(), feed.MaxSlug); clean != t.GetSlug() {
			p.add(field+".slug", "may hold lower-case letters, digits and single dashes, such as "+clean)
		}
	}
}

func (p *problems) tidyRelated(product *productv1.Product) {
	const most = 100
	if len(product.GetRelatedIds()) > most {
		p.add("related_ids", fmt.Sprintf("are more than %d", most))
		return
	}
	var related []string
	for i, other := range product.GetRelatedIds() {
		switch {
		case !id.Valid(other):
			p.add(fmt.Sprintf("related_ids[%d]", i), "is not the id of a product")
		case other == product.GetId():
			p.add(fmt.Sprintf("related_ids[%d]", i), "is the product itself")
		case !slices.Contains(related, other):
			related = append(related, other)
		}
	}
	product.RelatedIds = related
}
