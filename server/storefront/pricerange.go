package storefront

import (
	"math"
	"net/url"
	"strings"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// pricePieces is into how many parts a range of prices is cut for those who would rather not type.
const pricePieces = 4

// priceRange offers what the products of a list cost: fields to type in, and a few ranges of round prices.
func (s *Shop) priceRange(n narrowing, price *catalogv1.PriceRange) *storefront.PriceRange {
	shown := &storefront.PriceRange{Min: n.priceMin, Max: n.priceMax, Currency: s.cfg.Currency, Error: n.priceError}
	cuts := priceCuts(price)
	if len(cuts) == 0 {
		return shown
	}
	for i := range len(cuts) + 1 {
		var from, to, label string
		switch {
		case i == 0:
			label = s.words.Say("Under %s", s.minor(cuts[0]))
		case i == len(cuts):
			label = s.words.Say("%s and more", s.minor(cuts[i-1]))
		default:
			label = s.words.Say("%s to %s", s.minor(cuts[i-1]), s.minor(cuts[i]))
		}
		count := priceCount(price)
		if i > 0 {
			from = s.plainPrice(cuts[i-1])
			count -= countBelow(price, cuts[i-1])
		}
		if i < len(cuts) {
			to = s.plainPrice(cuts[i] - 1) // so that each product is in one range
			count -= priceCount(price) - countBelow(price, cuts[i])
		}
		shown.Steps = append(shown.Steps, storefront.PriceStep{
			Link: ui.Link{
				Label: label, Current: n.priceMin == from && n.priceMax == to,
				URL: n.address(func(values url.Values) {
					for name, value := range map[string]string{"price_min": from, "price_max": to} {
						if values.Del(name); value != "" {
							values.Set(name, value)
						}
					}
				}),
			},
			Count: facetCount(count, price.GetCountsAreBounds()),
		})
	}
	return shown
}

func (s *Shop) minor(amount int64) string {
	return money.Amount{Minor: amount, Currency: s.cfg.Currency}.Format(s.cfg.Locale)
}

// plainPrice is a price as a shopper would type it.
func (s *Shop) plainPrice(amount int64) string {
	text := money.Amount{Minor: amount, Currency: s.cfg.Currency}.Decimal()
	if whole, rest, _ := strings.Cut(text, "."); strings.Trim(rest, "0") == "" {
		return whole
	}
	return text
}

// priceCuts are round prices, the lowest first, that cut what a list holds into parts of much the same size.
func priceCuts(price *catalogv1.PriceRange) []int64 {
	all := priceCount(price)
	var cuts []int64
	for piece := int64(1); piece < pricePieces; piece++ {
		best, cut := int64(math.MaxInt64), int64(0)
		for _, candidate := range roundPrices(price.GetFromMinor(), price.GetToMinor()) {
			below := countBelow(price, candidate)
			if miss := max(below*pricePieces-piece*all, piece*all-below*pricePieces); below > 0 && below < all && miss < best {
				best, cut = miss, candidate
			}
		}
		if cut > 0 && (len(cuts) == 0 || cut > cuts[len(cuts)-1]) {
			cuts = append(cuts, cut)
		}
	}
	return cuts
}

// priceCount is how many products a list would hold at any price.
func priceCount(price *catalogv1.PriceRange) int64 { return countBelow(price, math.MaxInt64) }

// countBelow is how many of these cost less than a round price, at which a band begins.
func countBelow(price *catalogv1.PriceRange, limit int64) int64 {
	var count int64
	for _, band := range price.GetBands() {
		if band.GetToMinor() < limit {
			count += int64(band.GetCount())
		}
	}
	return count
}

// roundPrices are those between two others that people think in: 1, 2 and 5, 10, 20 and 50, and so on.
func roundPrices(from, to int64) []int64 {
	var prices []int64
	for unit := int64(1); unit <= to && unit < math.MaxInt64/100; unit *= 10 {
		for _, price := range []int64{unit, 2 * unit, 5 * unit} {
			if price > from && price < to {
				prices = append(prices, price)
			}
		}
	}
	return prices
}
