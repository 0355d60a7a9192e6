package checkout

import (
	"math"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/services/inventory"
)

// shelf is what is left of variants while the lines of a cart take from it in turn: a bundle and one of its parts want the same units. What is not on
// it there is enough of.
type shelf map[string]int64

// shelve puts up what offers say that there is.
func shelve(offers map[string]*productv1.Offer) shelf {
	left := make(shelf, len(offers))
	for _, offer := range offers {
		for _, part := range offer.GetParts() {
			if !part.GetBackorder() {
				left[part.GetVariantId()] = part.GetAvailable()
			}
		}
		if len(offer.GetParts()) == 0 && !offer.GetBackorder() && !offer.GetGiftCard() {
			left[offer.GetVariantId()] = offer.GetAvailable()
		}
	}
	return left
}

// take returns how many of an offer can be had, and takes as many of them as are wanted.
func (s shelf) take(offer *productv1.Offer, wanted int32) int64 {
	most := int64(math.MaxInt64)
	each := takes(offer, 1)
	for _, line := range each {
		if left, scarce := s[line.VariantID]; scarce {
			most = min(most, left/int64(line.Quantity))
		}
	}
	for _, line := range each {
		if left, scarce := s[line.VariantID]; scarce {
			s[line.VariantID] = left - min(most, int64(wanted))*int64(line.Quantity)
		}
	}
	return most
}

// takes is the stock that some units of an offer need: a bundle's parts, a gift card nothing, or else its own.
func takes(offer *productv1.Offer, quantity int32) []inventory.Line {
	if offer.GetGiftCard() {
		return nil
	}
	if len(offer.GetParts()) == 0 {
		return []inventory.Line{{VariantID: offer.GetVariantId(), Quantity: quantity}}
	}
	lines := make([]inventory.Line, 0, len(offer.GetParts()))
	for _, part := range offer.GetParts() {
		lines = append(lines, inventory.Line{VariantID: part.GetVariantId(), Quantity: part.GetQuantity() * quantity})
	}
	return lines
}
