package storefront

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/address"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
	"github.com/tradewind-commerce/tradewind/views/wording"
)

// money writes an amount for shoppers; an absent one is empty.
func (s *Shop) money(amount *typev1.Money) string {
	if amount == nil {
		return ""
	}
	return money.Amount{Minor: amount.GetAmountMinor(), Currency: amount.GetCurrencyCode()}.Format(s.cfg.Locale)
}

func (s *Shop) price(now, was *typev1.Money, from bool) ui.Price {
	price := ui.Price{Now: s.money(now), From: from}
	if was.GetAmountMinor() > now.GetAmountMinor() {
		price.Was = s.money(was)
	}
	return price
}

// plural chooses between one and many.
func plural(count int, one, many string) string {
	if count == 1 {
		return "1 " + one
	}
	return strconv.Itoa(count) + " " + many
}

// Stored pictures are served under the keys that their store gave them, which begin with media/.
const mediaPath = "/"

// picture makes an image of the files that exist. The fallback is the size nearest to 640 pixels.
func picture(source *catalogv1.Picture) ui.Image {
	if len(source.GetFiles()) == 0 {
		return ui.Image{}
	}
	image := ui.Image{Alt: source.GetAlt()}
	sets := map[string][]string{}
	best, large := int32(1<<30), int32(0)
	for _, file := range source.GetFiles() {
		address := mediaPath + file.GetPath()
		sets[file.GetContentType()] = append(sets[file.GetContentType()], fmt.Sprintf("%s %dw", address, file.GetWidth()))
		if file.GetContentType() != "image/jpeg" {
			continue
		}
		if distance := abs(file.GetWidth() - 640); distance < best {
			best = distance
			image.URL, image.Width, image.Height = address, int(file.GetWidth()), int(file.GetHeight())
		}
		if file.GetWidth() > large {
			large, image.Large = file.GetWidth(), address
		}
	}
	image.SrcSet = strings.Join(sets["image/jpeg"], ", ")
	if webp := sets["image/webp"]; len(webp) > 0 {
		image.Sources = []ui.ImageSource{{Type: "image/webp", SrcSet: strings.Join(webp, ", ")}}
	}
	return image
}

func abs(n int32) int32 {
	if n < 0 {
		return -n
	}
	return n
}

// linePicture is a picture as carts and orders keep it.
func linePicture(source *productv1.Image) ui.Image {
	files := make([]*catalogv1.PictureFile, len(source.GetFiles()))
	for i, file := range source.GetFiles() {
		files[i] = &catalogv1.PictureFile{Path: file.GetPath(), Width: file.GetWidth(), Height: file.GetHeight(), ContentType: file.GetContentType()}
	}
	return picture(&catalogv1.Picture{Alt: source.GetAlt(), Files: files})
}

func (s *Shop) cards(cards []*catalogv1.Card) []storefront.Card {
	list := make([]storefront.Card, len(cards))
	for i, card := range cards {
		list[i] = storefront.Card{
			URL: s.productURL(card.GetSlug()), Name: card.GetName(), Brand: card.GetBrand(), Image: picture(card.GetPicture()),
			Price: s.price(card.GetPrice(), card.GetCompareAtPrice(), card.GetPriceVaries()), Tag: s.cardTag(card), Rating: s.rating(card.GetRatingAverage(), card.GetRatingCount()),
		}
		if list[i].Price.Was != "" {
			list[i].LowestPrice = s.lowest(card.GetLowestPrice())
		}
		if card.GetColours() > 1 {
			list[i].Colours = s.words.Count(int(card.GetColours()), "%d colour", "%d colours")
		}
	}
	return list
}

// lowest says what Directive 98/6/EC, article 6a, has shoppers told with a reduction.
func (s *Shop) lowest(price *typev1.Money) string {
	if price == nil {
		return ""
	}
	return s.words.Say("Lowest price of the 30 days before: %s", s.money(price))
}

func (s *Shop) cardTag(card *catalogv1.Card) ui.Tag {
	switch {
	case card.GetAvailability() == catalogv1.Availability_AVAILABILITY_SOLD_OUT:
		return ui.Tag{Label: s.words.Say("Sold out")}
	case card.GetAvailability() == catalogv1.Availability_AVAILABILITY_LOW:
		return ui.Tag{Label: s.words.Say("Few left"), Tone: ui.Warn}
	case card.GetCompareAtPrice().GetAmountMinor() > card.GetPrice().GetAmountMinor():
		return ui.Tag{Label: s.words.Say("Sale"), Tone: ui.Sale}
	default:
		return ui.Tag{}
	}
}

// arrival says between which days a delivery that leaves today comes. Weekends do not count.
func arrival(words wording.Language, option *pricingv1.DeliveryOption, from time.Time) string {
	if option.GetMaxDays() == 0 {
		return ""
	}
	first, last := clock.WorkingDay(from, int(option.GetMinDays())), clock.WorkingDay(from, int(option.GetMaxDays()))
	if first.Equal(last) {
		return words.Day(first)
	}
	return words.Say("%s to %s", words.Day(first), words.Day(last))
}

// totals lists the sums of a cart or an order. Where nothing is sent there is no delivery and nothing to pay for it.
func (s *Shop) totals(sums *pricingv1.Totals, promotions []*pricingv1.AppliedPromotion, delivery string, estimate bool) storefront.Totals {
	rows := []storefront.TotalRow{{Label: s.words.Say("Goods"), Amount: s.money(sums.GetGoods())}}
	var saved, shippingSaved int64
	for _, one := range promotions {
		saved += one.GetGoodsMinor() + one.GetShippingMinor()
		shippingSaved += one.GetShippingMinor()
		if one.GetGoodsMinor() > 0 {
			rows = append(rows, s.promotionRow(one, one.GetGoodsMinor()))
		}
	}
	switch {
	case sums.GetShipping() == nil && estimate:
		rows = append(rows, storefront.TotalRow{Label: s.words.Say("Shipping and tax"), Amount: s.words.Say("by country")})
	case sums.GetShipping() != nil && (delivery != "" || sums.GetShipping().GetAmountMinor() > 0):
		full := sums.GetShipping().GetAmountMinor() + shippingSaved
		row := storefront.TotalRow{Label: s.words.Say("Shipping"), Amount: s.minor(full), Note: delivery}
		if full == 0 {
			row.Amount = s.words.Say("Free")
		}
		rows = append(rows, row)
	}
	for _, one := range promotions {
		if one.GetShippingMinor() > 0 {
			rows = append(rows, s.promotionRow(one, one.GetShippingMinor()))
		}
	}
	totals := storefront.Totals{Rows: rows, Label: s.words.Say("Total"), Total: s.money(sums.GetTotal())}
	if estimate {
		totals.Label = s.words.Say("Estimated total")
	}
	if saved > 0 {
		totals.Saved = s.words.Say("You save %s", s.minor(saved))
	}
	name := sums.GetTaxName()
	if name == "" {
		name = s.words.Say("Tax")
	}
	switch {
	case sums.GetTaxRelief() != nil:
		totals.Rows = append(totals.Rows, storefront.TotalRow{Label: s.words.Say("Tax that you do not owe to us"), Amount: "−" + s.money(sums.GetTaxRelief())})
	case sums.GetTax() == nil:
	case sums.GetTaxIncluded():
		totals.Tax = s.words.Say("Including %s %s", s.money(sums.GetTax()), name)
	default:
		totals.Rows = append(totals.Rows, storefront.TotalRow{Label: name, Amount: s.money(sums.GetTax())})
	}
	if sums.GetRounding() != nil {
		totals.Rows = append(totals.Rows, storefront.TotalRow{Label: s.words.Say("Rounding"), Amount: s.money(sums.GetRounding())})
	}
	return totals
}

// taxesOf tells taxes apart where there are several, and says why there are none where the buyer owes them.
func (s *Shop) taxesOf(totals *storefront.Totals, sums *pricingv1.Totals, taxes []*pricingv1.TaxPart, reverse bool) {
	if reverse {
		totals.Note = s.words.Say("VAT is owed by the recipient: reverse charge, Articles 138 and 200 of Directive 2006/112/EC.")
	}
	if len(taxes) < 2 || sums.GetTaxRelief() != nil {
		return
	}
	if sums.GetTaxIncluded() {
		parts := make([]string, len(taxes))
		for i, tax := range taxes {
			parts[i] = s.minor(tax.GetAmountMinor()) + " " + tax.GetName()
		}
		totals.Tax = s.words.Say("Including %s", strings.Join(parts, ", "))
		return
	}
	sum := slices.IndexFunc(totals.Rows, func(row storefront.TotalRow) bool { return row.Label == sums.GetTaxName() })
	if sum < 0 {
		return
	}
	rows := make([]storefront.TotalRow, len(taxes))
	for i, tax := range taxes {
		rows[i] = storefront.TotalRow{Label: tax.GetName(), Amount: s.minor(tax.GetAmountMinor())}
	}
	totals.Rows = slices.Replace(totals.Rows, sum, sum+1, rows...)
}

func (s *Shop) promotionRow(one *pricingv1.AppliedPromotion, off int64) storefront.TotalRow {
	return storefront.TotalRow{Label: one.GetName(), Note: one.GetCode(), Amount: "−" + s.minor(off)}
}

// addressLines writes an address as its country does, and how to ring there.
func addressLines(kept *typev1.Address) []string {
	if kept == nil {
		return nil
	}
	lines := address.Lines(address.Of(kept))
	if kept.GetPhone() != "" {
		lines = append(lines, kept.GetPhone())
	}
	return lines
}

func today() time.Time { return clock.Now() }

// until says when something ends: the time alone today, with its day else.
func until(end time.Time) string {
	if end.Format(time.DateOnly) == today().In(end.Location()).Format(time.DateOnly) {
		return end.Format("15:04 MST")
	}
	return end.Format("2 January, 15:04 MST")
}
