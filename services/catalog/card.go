package catalog

import (
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
)

const (
	// longestNameKey is how many bytes of a name are sorted by: an index has no room for more.
	longestNameKey = 300
	// widestOnCard is the width in pixels of the largest picture that a card carries: twice what it is shown at.
	widestOnCard = 960
	// mostFacetValues bounds what a product with very many variants weighs in the index.
	mostFacetValues = 200
)

// shown is a product as shoppers see it, without what can be had of it.
type shown struct {
	id, slug, leaf string
	version        int64
	state          string
	oldSlugs       []string
	page           []byte
	card           []byte

	rank       int16
	createTime time.Time
	updateTime time.Time
	price      int64
	nameKey    string
	categories []string // without allProducts
	facets     []string // without availability
	terms      []string // without availability
	words      map[string]bool
	texts      []translation // in each further language of the shop
}

// lowestPrices are those of the 30 days before the reductions of variants.
type lowestPrices map[string]*typev1.Money

// reduced says whether a variant costs less than before.
func reduced(v *productv1.Variant) bool {
	return v.GetCompareAtPrice().GetAmountMinor() > v.GetPrice().GetAmountMinor()
}

// show turns the merchant's product into the shopper's.
func show(p *productv1.Product, own language, further []language, lowest lowestPrices) (shown, error) {
	s := shown{id: p.GetId(), version: p.GetVersion(), state: stateHidden}
	switch p.GetState() {
	case productv1.ProductState_PRODUCT_STATE_ACTIVE:
		s.state = stateForSale
	case productv1.ProductState_PRODUCT_STATE_ARCHIVED:
		s.state = stateGone
	}
	if len(p.GetVariants()) == 0 && s.state == stateForSale {
		s.state = stateHidden // there is nothing to buy
	}
	if s.state == stateHidden {
		return s, nil
	}
	s.slug, s.oldSlugs, s.updateTime = p.GetSlug(), p.GetOldSlugs(), p.GetUpdateTime().AsTime()
	page := productPage(p, lowest)
	if trail := page.GetBreadcrumb(); len(trail) > 0 {
		s.leaf = trail[len(trail)-1].GetId()
	}
	stored := proto.MarshalOptions{Deterministic: true} // what did not change is stored as the same bytes
	var err error
	if s.page, err = stored.Marshal(page); err != nil || s.state == stateGone {
		return s, err
	}
	card := productCard(p, page.GetPictures(), lowest)
	if s.card, err = stored.Marshal(card); err != nil {
		return s, err
	}
	if card.GetPicture() != nil {
		s.rank = 1 // what can be seen comes before what cannot
	}
	s.createTime, s.price = p.GetCreateTime().AsTime(), card.GetPrice().GetAmountMinor()
	s.nameKey = nameKey(p.GetName())
	for _, category := range p.GetCategories() {
		if !slices.Contains(s.categories, category.GetId()) {
			s.categories = append(s.categories, category.GetId())
		}
	}
	s.facets = append(productFacets(p), bandTerm(band(s.price)))
	known := gathered{seen: make(map[string]bool), most: mostTerms}
	s.addFacts(&known, p)
	s.words = known.addWords(p, p.GetName(), p.GetDescription(), own)
	for _, language := range further {
		s.texts = append(s.texts, translated(&known, p, language))
	}
	s.terms = known.terms
	return s, nil
}

// nameKey is a name as it is sorted and looked for.
func nameKey(name string) string {
	key := fold(name)
	if len(key) > longestNameKey {
		key = strings.ToValidUTF8(key[:longestNameKey], "")
	}
	return key
}

func productPage(p *productv1.Product, lowest lowestPrices) *catalogv1.Product {
	page := &catalogv1.Product{
		Id: p.GetId(), Slug: p.GetSlug(), Name: p.GetName(), Brand: p.GetBrand(), Description: p.GetDescription(), SeoTitle: p.GetSeoTitle(),
		SeoDescription: p.GetSeoDescription(), RelatedIds: p.GetRelatedIds()[:min(len(p.GetRelatedIds()), relatives)],
		RatingAverage: p.GetRatingAverage(), RatingCount: p.GetRatingCount(),
	}
	for i, category := range p.GetCategories() {
		if i > 0 && category.GetParentId() != p.GetCategories()[i-1].GetId() {
			break // the next path begins
		}
		page.Breadcrumb = append(page.Breadcrumb, &catalogv1.Category{
			Id: category.GetId(), Slug: category.GetSlug(), Name: category.GetName(), ParentId: category.GetParentId(),
		})
	}
	for _, attribute := range p.GetAttributes() {
		page.Attributes = append(page.Attributes, &catalogv1.Attribute{Name: attribute.GetName(), Value: attribute.GetValue()})
	}
	for _, option := range p.GetOptions() {
		page.Options = append(page.Options, &catalogv1.Option{Name: option.GetName(), Values: option.GetValues()})
	}
	places := make(map[string]int32)
	for _, image := range p.GetImages() {
		if len(image.GetFiles()) == 0 {
			continue // not fetched yet
		}
		picture := &catalogv1.Picture{Alt: image.GetAlt()}
		for _, file := range image.GetFiles() {
			picture.Files = append(picture.Files, &catalogv1.PictureFile{
				Path: file.GetPath(), Width: file.GetWidth(), Height: file.GetHeight(), ContentType: file.GetContentType(),
			})
		}
		places[image.GetId()] = int32(len(page.Pictures))
		page.Pictures = append(page.Pictures, picture)
	}
	page.GiftCard = p.GetGiftCard()
	for _, variant := range p.GetVariants() {
		page.Variants = append(page.Variants, &catalogv1.Variant{
			Id: variant.GetId(), Sku: variant.GetSku(), Gtin: variant.GetGtin(), OptionValues: variant.GetOptionValues(),
			Price: variant.GetPrice(), CompareAtPrice: variant.GetCompareAtPrice(), PictureIndex: places[variant.GetImageId()],
			LowestPrice: lowest[variant.GetId()], Mpn: variant.GetMpn(), Digital: slices.Contains(p.GetDigitalVariantIds(), variant.GetId()),
			BundleParts: pageParts(variant),
		})
	}
	return page
}

func productCard(p *productv1.Product, pictures []*catalogv1.Picture, lowest lowestPrices) *catalogv1.Card {
	cheapest := p.GetVariants()[0]
	card := &catalogv1.Card{ProductId: p.GetId(), Slug: p.GetSlug(), Name: p.GetName(), Brand: p.GetBrand(), RatingAverage: p.GetRatingAverage(), RatingCount: p.GetRatingCount()}
	for _, variant := range p.GetVariants()[1:] {
		if variant.GetPrice().GetAmountMinor() != cheapest.GetPrice().GetAmountMinor() {
			card.PriceVaries = true
		}
		if variant.GetPrice().GetAmountMinor() < cheapest.GetPrice().GetAmountMinor() {
			cheapest = variant
		}
	}
	card.Price, card.CompareAtPrice, card.LowestPrice = cheapest.GetPrice(), cheapest.GetCompareAtPrice(), lowest[cheapest.GetId()]
	if len(pictures) > 0 {
		card.Picture = small(pictures[0])
	}
	for i, option := range p.GetOptions() {
		if name := fold(option.GetName()); name == "colour" || name == "color" {
			card.Colours = int32(len(valuesOf(p, i)))
		}
	}
	return card
}

// small leaves out the sizes that no list shows.
func small(picture *catalogv1.Picture) *catalogv1.Picture {
	files := slices.DeleteFunc(slices.Clone(picture.GetFiles()), func(file *catalogv1.PictureFile) bool { return file.GetWidth() > widestOnCard })
	if len(files) == 0 {
		files = picture.GetFiles()[:1]
	}
	return &catalogv1.Picture{Alt: picture.GetAlt(), Files: files}
}

// valuesOf returns the values that variants have of an option: one that is listed but has no variant cannot be bought.
func valuesOf(p *productv1.Product, option int) []string {
	var values []string
	seen := make(map[string]bool)
	for _, variant := range p.GetVariants() {
		if option >= len(variant.GetOptionValues()) {
			continue
		}
		if value := variant.GetOptionValues()[option]; !seen[value] {
			seen[value] = true
			values = append(values, value)
		}
	}
	return values
}

func productFacets(p *productv1.Product) []string {
	var facets []string
	add := func(key, value string) {
		if f := facet(key, value); f != "" && len(facets) < mostFacetValues && !slices.Contains(facets, f) {
			facets = append(facets, f)
		}
	}
	add(brandFacet, p.GetBrand())
	if slices.ContainsFunc(p.GetVariants(), reduced) {
		add(saleFacet, onSale)
	}
	for i, option := range p.GetOptions() {
		for _, value := range valuesOf(p, i) {
			add(optionFacet+option.GetName(), value)
		}
	}
	return facets
}
