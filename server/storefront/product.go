package storefront

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/edge"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
	"github.com/tradewind-commerce/tradewind/views/wording"
)

// product shows one product, in the variant that the address names or the first that can be had.
func (s *Shop) product(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	answer, err := s.Catalog.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: r.PathValue("slug"), Locale: s.locale})
	if connect.CodeOf(err) == connect.CodeFailedPrecondition {
		return web.Problem{Status: http.StatusGone}
	}
	if err != nil {
		return err
	}
	product := answer.GetProduct()
	if product.GetSlug() != r.PathValue("slug") {
		moved(w, r, s.productURL(product.GetSlug()), edge.Product(product.GetId()))
		return nil
	}
	variant, named := chooseVariant(product, r.URL.Query().Get("variant"))
	if variant == nil {
		return web.NotFound
	}
	page := storefront.ProductPage{
		Shell:      s.shell(ctx, cmp.Or(product.GetSeoTitle(), product.GetName())),
		Breadcrumb: []ui.Link{{Label: s.words.Say("Home"), URL: s.path("/")}},
		Name:       product.GetName(),
		Price:      s.price(variant.GetPrice(), variant.GetCompareAtPrice(), false),
		Stock:      s.stockTag(variant),
		Related:    s.cards(product.GetRelated()),
		Together:   s.cards(product.GetBoughtTogether()),
		Buy:        storefront.Buy{VariantID: variant.GetId(), SKU: variant.GetSku(), Max: most(variant)},
	}
	if product.GetGiftCard() {
		s.describeGiftCard(&page, variant)
	} else {
		s.addDelivery(&page, s.atHome(ctx), variant)
	}
	if page.Price.Was != "" {
		page.Sale = ui.Tag{Label: s.words.Say("Sale"), Tone: ui.Sale}
		page.LowestPrice = s.lowest(variant.GetLowestPrice())
	}
	if product.GetBrand() != "" {
		page.Brand = ui.Link{Label: product.GetBrand(), URL: s.path("/search") + "?" + url.Values{"q": {product.GetBrand()}}.Encode()}
	}
	if variant.GetAvailability() == catalogv1.Availability_AVAILABILITY_SOLD_OUT {
		page.Buy.Why = s.words.Say("Sold out")
	}
	for _, category := range product.GetBreadcrumb() {
		page.Breadcrumb = append(page.Breadcrumb, ui.Link{Label: category.GetName(), URL: s.categoryURL(category.GetSlug())})
	}
	page.Breadcrumb = append(page.Breadcrumb, ui.Link{Label: product.GetName(), URL: s.productURL(product.GetSlug()), Current: true})
	page.Gallery = gallery(product, variant)
	page.Options = s.optionGroups(product, variant)
	page.Parts = s.bundleParts(variant)
	if product.GetDescription() != "" {
		page.Description = strings.Split(product.GetDescription(), "\n\n")
	}
	if rows := details(product); len(rows) > 0 {
		page.Details = []storefront.DetailGroup{{Rows: rows}}
	}
	page.Shell.Description = firstWords(cmp.Or(product.GetSeoDescription(), product.GetDescription()), longestDescription)
	query := ""
	if named && len(product.GetVariants()) > 1 {
		query = "?" + variantQuery(variant)
	}
	s.addProductAddresses(&page, product, query)
	if len(page.Gallery) > 0 && page.Gallery[0].Large != "" {
		page.SocialImage = s.absolute(page.Gallery[0].Large)
	}
	page.Reviews = s.reviewSummary(product)
	page.Structured = s.structured(product, page.Breadcrumb)
	mark(w, slices.Concat(product.GetRelated(), product.GetBoughtTogether()), s.wordKeys(edge.Product(product.GetId()))...)
	return web.Render(w, r, http.StatusOK, storefront.Product(page))
}

// addDelivery says how the variant gets to the shopper, and back.
func (s *Shop) addDelivery(page *storefront.ProductPage, home *atHome, variant *catalogv1.Variant) {
	if variant.GetDigital() {
		page.TaxNote, page.Arrival = home.taxNoteAlone(s.words), s.words.Say("Download it as soon as it is paid")
		page.Shipping = s.words.Say("Nothing is sent: you get a link by email")
		return
	}
	page.TaxNote, page.Arrival = home.taxNote(s.words), home.arrives(s.words, variant)
	page.Shipping, page.ElsewhereURL = s.shipping(home, variant), "/cart?country=#estimate"
	page.Returns, page.ReturnsURL = s.words.Say("30 days to send it back"), s.path("/pages/returns")
}

// addProductAddresses says where search engines find the page, in this language and the others. One without a translation stands for the shop's own, whose texts it
// shows.
func (s *Shop) addProductAddresses(page *storefront.ProductPage, product *catalogv1.Product, query string) {
	canonical := s
	if _, translated := s.slugIn(product); !translated {
		canonical = s.own()
	}
	page.Canonical = s.absolute(canonical.productURL(product.GetSlug()) + query)
	s.addLanguages(&page.Shell, func(other *Shop) (string, bool) {
		slug, translated := other.slugIn(product)
		return other.productURL(slug) + query, translated
	})
}

// bundleParts leads to the page of each part that has one.
func (s *Shop) bundleParts(variant *catalogv1.Variant) []storefront.Part {
	var parts []storefront.Part
	for _, part := range variant.GetBundleParts() {
		shown := storefront.Part{Quantity: strconv.Itoa(int(part.GetQuantity())), Name: part.GetProductName(), Options: part.GetVariantName()}
		if part.GetProductSlug() != "" {
			shown.URL = s.productURL(part.GetProductSlug())
		}
		parts = append(parts, shown)
	}
	return parts
}

// chooseVariant finds the variant that was asked for by SKU or id. Without one it takes the first that can be had.
func chooseVariant(product *catalogv1.Product, asked string) (variant *catalogv1.Variant, named bool) {
	if asked != "" {
		for _, v := range product.GetVariants() {
			if v.GetSku() == asked || v.GetId() == asked {
				return v, true
			}
		}
		return nil, true
	}
	for _, v := range product.GetVariants() {
		if v.GetAvailability() != catalogv1.Availability_AVAILABILITY_SOLD_OUT {
			return v, false
		}
	}
	if len(product.GetVariants()) == 0 {
		return nil, false
	}
	return product.GetVariants()[0], false
}

func (s *Shop) variantURL(product *catalogv1.Product, variant *catalogv1.Variant) string {
	return s.productURL(product.GetSlug()) + "?" + variantQuery(variant)
}

func variantQuery(variant *catalogv1.Variant) string {
	return url.Values{"variant": {cmp.Or(variant.GetSku(), variant.GetId())}}.Encode()
}

// describeGiftCard says what a gift card is and how it gets to the shopper. There is no end of it, so nothing is said of stock.
func (s *Shop) describeGiftCard(page *storefront.ProductPage, variant *catalogv1.Variant) {
	page.Stock = ui.Tag{Label: s.words.Say(giftCardLabel), Tone: ui.OK}
	page.Summary = s.words.Say("A gift card worth %s. Its code comes by email, and pays for any order until all of it is spent.", s.money(variant.GetPrice()))
	page.TaxNote = s.words.Say("No tax on it: that is part of what it pays for later")
	page.Arrival = s.words.Say("The code comes by email as soon as it is paid")
	page.Shipping = s.words.Say("Nothing is sent by post")
}

// giftCardLabel is what stands beside gift cards that are bought.
const giftCardLabel = wording.Sentence("Gift card, sent by email")

// digitalLabel is what stands beside goods that are downloaded.
const digitalLabel = wording.Sentence("Digital download")

func (s *Shop) stockTag(variant *catalogv1.Variant) ui.Tag {
	if variant.GetDigital() && variant.GetAvailability() == catalogv1.Availability_AVAILABILITY_IN_STOCK {
		return ui.Tag{Label: s.words.Say(digitalLabel), Tone: ui.OK}
	}
	switch variant.GetAvailability() {
	case catalogv1.Availability_AVAILABILITY_SOLD_OUT:
		return ui.Tag{Label: s.words.Say("Sold out")}
	case catalogv1.Availability_AVAILABILITY_LOW:
		return ui.Tag{Label: s.words.Count(int(variant.GetLeft()), "Only %d left", "Only %d left"), Tone: ui.Warn}
	case catalogv1.Availability_AVAILABILITY_BACKORDER:
		return ui.Tag{Label: s.words.Say("On order, sent as soon as it comes in"), Tone: ui.Info}
	default:
		return ui.Tag{Label: s.words.Say("In stock"), Tone: ui.OK}
	}
}

// gallery puts the variant's own picture first.
func gallery(product *catalogv1.Product, variant *catalogv1.Variant) []ui.Image {
	images := make([]ui.Image, 0, len(product.GetPictures()))
	for _, p := range product.GetPictures() {
		images = append(images, picture(p))
	}
	if first := int(variant.GetPictureIndex()); first > 0 && first < len(images) {
		own := images[first]
		images = slices.Insert(slices.Delete(images, first, first+1), 0, own)
	}
	return images
}

// optionGroups offers each value as a link to the variant that has it and otherwise stays as chosen, or to any that has it.
func (s *Shop) optionGroups(product *catalogv1.Product, chosen *catalogv1.Variant) []storefront.OptionGroup {
	groups := make([]storefront.OptionGroup, len(product.GetOptions()))
	for i, option := range product.GetOptions() {
		if i >= len(chosen.GetOptionValues()) {
			break
		}
		groups[i] = storefront.OptionGroup{Name: option.GetName(), Chosen: chosen.GetOptionValues()[i]}
		for _, value := range option.GetValues() {
			offered := storefront.OptionValue{Label: value, Current: value == groups[i].Chosen}
			if target := withValue(product, chosen, i, value); target != nil {
				offered.URL = s.variantURL(product, target)
				offered.SoldOut = target.GetAvailability() == catalogv1.Availability_AVAILABILITY_SOLD_OUT
			}
			groups[i].Values = append(groups[i].Values, offered)
		}
	}
	return groups
}

func withValue(product *catalogv1.Product, chosen *catalogv1.Variant, option int, value string) *catalogv1.Variant {
	want := slices.Clone(chosen.GetOptionValues())
	want[option] = value
	var other *catalogv1.Variant
	for _, variant := range product.GetVariants() {
		if slices.Equal(variant.GetOptionValues(), want) {
			return variant
		}
		if other == nil && option < len(variant.GetOptionValues()) && variant.GetOptionValues()[option] == value {
			other = variant
		}
	}
	return other
}

func details(product *catalogv1.Product) []storefront.Detail {
	rows := make([]storefront.Detail, 0, len(product.GetAttributes()))
	for _, attribute := range product.GetAttributes() {
		rows = append(rows, storefront.Detail{Name: attribute.GetName(), Value: attribute.GetValue()})
	}
	return rows
}

// structured says the same to search engines as the page says to people.
func (s *Shop) structured(product *catalogv1.Product, breadcrumb []ui.Link) storefront.ProductData {
	data := storefront.ProductData{
		Name: product.GetName(), Description: firstWords(product.GetDescription(), 500), Brand: product.GetBrand(),
		URL: s.absolute(s.productURL(product.GetSlug())), GroupID: product.GetId(),
	}
	for _, p := range product.GetPictures() {
		if large := picture(p).Large; large != "" {
			data.Images = append(data.Images, s.absolute(large))
		}
	}
	data.RatingAverage, data.RatingCount = product.GetRatingAverage(), product.GetRatingCount()
	for _, link := range breadcrumb {
		data.Breadcrumb.Items = append(data.Breadcrumb.Items, storefront.BreadcrumbItem{Name: link.Label, URL: s.absolute(link.URL)})
	}
	properties := schemaProperties(product.GetOptions())
	for _, property := range properties {
		if property != "" {
			data.VariesBy = append(data.VariesBy, property)
		}
	}
	for _, variant := range product.GetVariants() {
		described := storefront.VariantData{
			Name: strings.TrimSpace(product.GetName() + " " + strings.Join(variant.GetOptionValues(), " / ")), SKU: variant.GetSku(), GTIN: variant.GetGtin(), MPN: variant.GetMpn(),
			URL: s.absolute(s.variantURL(product, variant)), Currency: variant.GetPrice().GetCurrencyCode(),
			Price:        money.Amount{Minor: variant.GetPrice().GetAmountMinor(), Currency: variant.GetPrice().GetCurrencyCode()}.Decimal(),
			Availability: schemaAvailability(variant.GetAvailability()),
		}
		for i, value := range variant.GetOptionValues() {
			switch {
			case i >= len(properties):
			case properties[i] == "color":
				described.Color = value
			case properties[i] == "size":
				described.Size = value
			}
		}
		if index := int(variant.GetPictureIndex()); index < len(data.Images) {
			described.Image = data.Images[index]
		}
		data.Variants = append(data.Variants, described)
	}
	return data
}

// schemaProperties names options as schema.org does, or leaves them empty.
func schemaProperties(options []*catalogv1.Option) []string {
	properties := make([]string, len(options))
	for i, option := range options {
		switch strings.ToLower(cmp.Or(option.GetOwnName(), option.GetName())) {
		case "color", "colour":
			properties[i] = "color"
		case "size":
			properties[i] = "size"
		case "material":
			properties[i] = "material"
		case "pattern":
			properties[i] = "pattern"
		}
	}
	return properties
}

func schemaAvailability(availability catalogv1.Availability) storefront.Availability {
	switch availability {
	case catalogv1.Availability_AVAILABILITY_SOLD_OUT:
		return storefront.OutOfStock
	case catalogv1.Availability_AVAILABILITY_BACKORDER:
		return storefront.BackOrder
	default:
		return storefront.InStock
	}
}

// longestDescription is how many bytes of a description search engines show.
const longestDescription = 155

// firstWords cuts a text after a word, at most so many bytes in.
func firstWords(text string, limit int) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= limit {
		return text
	}
	text = strings.ToValidUTF8(text[:limit], "")
	if space := strings.LastIndexByte(text, ' '); space > 0 {
		text = text[:space]
	}
	return text + "…"
}

// media serves a stored picture. Its address holds its content's hash, so it never changes.
func (s *Shop) media(w http.ResponseWriter, r *http.Request) error {
	file, err := s.cfg.Media.Get(r.Context(), strings.TrimPrefix(r.URL.Path, mediaPath))
	if err != nil {
		return web.NotFound
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if !strings.HasPrefix(file.ContentType, "image/") {
		return web.NotFound
	}
	header := w.Header()
	header.Set("Content-Type", file.ContentType)
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", file.ModTime, file)
	return nil
}
