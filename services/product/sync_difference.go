package product

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// difference tells what merging a staged product changes of a product of the shop, by the same rules as ChangeProducts and MergeVariants.
type difference struct {
	now      *productv1.Product
	then     *feed.Product
	owns     []string
	told     map[string]productdb.ListVariantCountsRow // what feeds last said of stock, by variant
	types    map[string]string                         // names of types by their ids, and ids by their names in lower case
	related  *relatedToBe                              // nil where the file names none
	currency string
	changed  []*productv1.SyncFieldChange
}

func (d *difference) fields() []*productv1.SyncFieldChange {
	kept := func(field string) bool {
		return slices.Contains(d.now.GetStaffFields(), field) && !slices.Contains(d.owns, field)
	}
	say := func(field, now, then string) {
		if !kept(field) {
			d.say(field, now, then)
		}
	}
	now, then := d.now, d.then
	if then.SlugGiven {
		say("slug", now.GetSlug(), then.Slug)
	}
	say("name", now.GetName(), then.Name)
	say("description", now.GetDescription(), then.Description)
	say("brand", now.GetBrand(), then.Brand)
	say("state", stateName(now.GetState()), string(then.State))
	say("categories", categoryText(now), strings.Join(pathTexts(then), "; "))
	say("attributes", attributeText(now), feedAttributeText(then))
	if !kept("variants") {
		say("options", optionText(now), feedOptionText(then))
	}
	say("tags", strings.Join(now.GetTags(), ", "), strings.Join(then.Tags, ", "))
	if d.types[strings.ToLower(then.Type)] != "" && d.types[strings.ToLower(then.Type)] != now.GetTypeId() {
		say("type_id", d.types[now.GetTypeId()], then.Type)
	}
	if d.related != nil && !slices.Equal(d.related.ids, now.GetRelatedIds()) {
		say("related_ids", strings.Join(d.related.was, ", "), strings.Join(then.Related, ", "))
	}
	if then.TaxClass != "" {
		say("tax_class", now.GetTaxClass(), then.TaxClass)
	}
	if then.SEOTitle != "" {
		say("seo_title", now.GetSeoTitle(), then.SEOTitle)
	}
	if then.SEODescription != "" {
		say("seo_description", now.GetSeoDescription(), then.SEODescription)
	}
	if !kept("images") {
		d.images()
	}
	if !kept("translations") {
		d.translations()
	}
	d.variants(kept("variants"), kept("images"))
	return d.changed
}

func (d *difference) say(field, now, then string) {
	if now != then {
		d.changed = append(d.changed, &productv1.SyncFieldChange{Field: field, OldValue: brief(now), NewValue: brief(then)})
	}
}

// brief keeps a value fit for a table.
func brief(text string) string {
	if runes := []rune(text); len(runes) > 1000 {
		return string(runes[:1000]) + "…"
	}
	return text
}

func (d *difference) images() {
	var now, then []string
	for _, i := range d.now.GetImages() {
		now = append(now, i.GetSourceUrl())
	}
	for _, i := range d.then.Images {
		then = append(then, i.Source)
	}
	if d.then.Incomplete {
		for _, source := range now {
			if !slices.Contains(then, source) {
				then = append(then, source)
			}
		}
	}
	d.say("images", strings.Join(now, " "), strings.Join(then, " "))
}

func (d *difference) translations() {
	for _, then := range d.then.Translations {
		now := &productv1.Translation{}
		for _, t := range d.now.GetTranslations() {
			if t.GetLocale() == then.Locale {
				now = t
			}
		}
		field := "translations." + then.Locale + "."
		d.say(field+"name", now.GetName(), then.Name)
		d.say(field+"description", now.GetDescription(), then.Description)
		d.say(field+"slug", now.GetSlug(), then.Slug)
		d.say(field+"seo_title", now.GetSeoTitle(), then.SEOTitle)
		d.say(field+"seo_description", now.GetSeoDescription(), then.SEODescription)
	}
}

// variants pairs variants by SKU, else by their option values. Where pictures stay, a variant shows one that the product has.
func (d *difference) variants(frozen, samePictures bool) {
	paired := map[string]bool{}
	var rest []*feed.Variant
	for i := range d.then.Variants {
		then := &d.then.Variants[i]
		if now := d.pair(paired, func(v *productv1.Variant) bool { return then.SKU != "" && v.GetSku() == then.SKU }); now != nil {
			d.variant(now, then, samePictures)
		} else {
			rest = append(rest, then)
		}
	}
	for _, then := range rest {
		now := d.pair(paired, func(v *productv1.Variant) bool { return slices.Equal(v.GetOptionValues(), then.OptionValues) })
		switch {
		case now != nil:
			d.variant(now, then, samePictures)
		case !frozen:
			d.say("variants", "", then.SKU+" "+strings.Join(then.OptionValues, " / ")+" "+d.amount(then.Price))
		}
	}
	for _, now := range d.now.GetVariants() {
		if !paired[now.GetId()] && !frozen && !d.then.Incomplete {
			d.say("variants", now.GetSku()+" "+strings.Join(now.GetOptionValues(), " / ")+" "+moneyText(now.GetPrice()), "")
		}
	}
}

func (d *difference) pair(paired map[string]bool, same func(*productv1.Variant) bool) *productv1.Variant {
	for _, v := range d.now.GetVariants() {
		if !paired[v.GetId()] && same(v) {
			paired[v.GetId()] = true
			return v
		}
	}
	return nil
}

func (d *difference) variant(now *productv1.Variant, then *feed.Variant, samePictures bool) {
	name := then.SKU
	if name == "" {
		name = strings.Join(then.OptionValues, " / ")
	}
	say := func(field, was, is string) {
		if !slices.Contains(now.GetStaffFields(), field) || slices.Contains(d.owns, field) {
			d.say("variants."+name+"."+field, was, is)
		}
	}
	say("sku", now.GetSku(), then.SKU)
	say("gtin", now.GetGtin(), then.GTIN)
	say("option_values", strings.Join(now.GetOptionValues(), " / "), strings.Join(then.OptionValues, " / "))
	say("price", moneyText(now.GetPrice()), d.amount(then.Price))
	compareAt := ""
	if then.CompareAt > 0 {
		compareAt = d.amount(then.CompareAt)
	}
	say("compare_at_price", moneyText(now.GetCompareAtPrice()), compareAt)
	say("weight_grams", strconv.Itoa(int(now.GetWeightGrams())), strconv.Itoa(int(then.WeightGrams)))
	if then.MPN != "" {
		say("mpn", now.GetMpn(), then.MPN)
	}
	picture, known := "", false
	for _, i := range d.now.GetImages() {
		if i.GetId() == now.GetImageId() {
			picture = i.GetSourceUrl()
		}
		known = known || i.GetSourceUrl() == then.Image
	}
	if known || !samePictures {
		say("image_id", picture, then.Image)
	} else {
		say("image_id", picture, "")
	}
	if then.Stock.Known {
		d.stock(name, now.GetId(), then.Stock.OnHand, then.Stock.Backorder)
	}
}

// offer tells what merging an offer changes, by the same rules as MergeOffers.
func (d *difference) offer(offer productdb.ListStagedOffersRow) {
	for _, now := range d.now.GetVariants() {
		if offer.Sku != "" && now.GetSku() != offer.Sku || offer.Sku == "" && now.GetGtin() != offer.Gtin {
			continue
		}
		name := cmp.Or(offer.Sku, offer.Gtin)
		kept := func(field string) bool {
			return slices.Contains(now.GetStaffFields(), field) && !slices.Contains(d.owns, field)
		}
		if offer.PriceMinor != nil && !kept("price") {
			d.say("variants."+name+".price", moneyText(now.GetPrice()), d.amount(*offer.PriceMinor))
		}
		if offer.CompareAtMinor != nil && !kept("compare_at_price") {
			then := ""
			if *offer.CompareAtMinor > 0 {
				then = d.amount(*offer.CompareAtMinor)
			}
			d.say("variants."+name+".compare_at_price", moneyText(now.GetCompareAtPrice()), then)
		}
		if offer.OnHand != nil {
			d.stock(name, now.GetId(), *offer.OnHand, offer.Backorder)
		}
		return
	}
}

// stock tells of another count than a feed gave before, and of another word on whether the variant sells on when nothing is left.
func (d *difference) stock(name, variant string, onHand int64, backorder bool) {
	was, told := "", d.told[variant]
	if told.FeedOnHand != nil {
		was = strconv.FormatInt(*told.FeedOnHand, 10)
	}
	d.say("variants."+name+".stock", was, strconv.FormatInt(onHand, 10))
	d.say("variants."+name+".backorder", yesNo(deref(told.FeedBackorder)), yesNo(backorder))
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func (d *difference) amount(minor int64) string {
	return moneyText(&typev1.Money{AmountMinor: minor, CurrencyCode: d.currency})
}

func moneyText(m *typev1.Money) string {
	if m == nil {
		return ""
	}
	return money.Amount{Minor: m.GetAmountMinor(), Currency: m.GetCurrencyCode()}.String()
}

// categoryText names a product's categories by their paths, each once and without those above it.
func categoryText(p *productv1.Product) string {
	byID := map[string]*productv1.CategoryRef{}
	for _, c := range p.GetCategories() {
		byID[c.GetId()] = c
	}
	var paths []string
	for _, c := range p.GetCategories() {
		path := c.GetName()
		for parent := byID[c.GetParentId()]; parent != nil; parent = byID[parent.GetParentId()] {
			path = parent.GetName() + " > " + path
		}
		paths = append(paths, path)
	}
	return strings.Join(leaves(paths), "; ")
}

func pathTexts(p *feed.Product) []string {
	var paths []string
	for _, names := range p.Categories {
		paths = append(paths, strings.Join(names, " > "))
	}
	return leaves(paths)
}

// leaves leaves out paths that others go on from.
func leaves(paths []string) []string {
	var ends []string
	for _, path := range paths {
		goesOn := func(other string) bool { return strings.HasPrefix(other, path+" > ") }
		if !slices.ContainsFunc(paths, goesOn) && !slices.Contains(ends, path) {
			ends = append(ends, path)
		}
	}
	return ends
}

func attributeText(p *productv1.Product) string {
	var all []string
	for _, a := range p.GetAttributes() {
		all = append(all, a.GetName()+": "+a.GetValue())
	}
	return strings.Join(all, "; ")
}

func feedAttributeText(p *feed.Product) string {
	var all []string
	for _, a := range p.Attributes {
		all = append(all, a.Name+": "+a.Value)
	}
	return strings.Join(all, "; ")
}

func optionText(p *productv1.Product) string {
	var all []string
	for _, o := range p.GetOptions() {
		all = append(all, o.GetName()+": "+strings.Join(o.GetValues(), ", "))
	}
	return strings.Join(all, "; ")
}

func feedOptionText(p *feed.Product) string {
	var all []string
	for _, o := range p.Options {
		all = append(all, o.Name+": "+strings.Join(o.Values, ", "))
	}
	return strings.Join(all, "; ")
}
