package inventory

import (
	"math"

	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
)

// bundleStock says how many of a bundle can be had: as many as its scarcest part allows. What is not in stock, and is not known, there is none of. Parts
// that sell on are never scarce; where one of them is not there the bundle has to be waited for.
func bundleStock(bundle *inventoryv1.Bundle, stock map[string]*inventoryv1.Stock) *inventoryv1.BundleStock {
	made, sold := int64(math.MaxInt64), int64(math.MaxInt64)
	for _, part := range bundle.GetParts() {
		of := stock[part.GetVariantId()]
		bundles := max(of.GetOnHand()-of.GetHeld(), 0) / int64(part.GetQuantity())
		made = min(made, bundles)
		if !of.GetBackorder() {
			sold = min(sold, bundles)
		}
	}
	answer := &inventoryv1.BundleStock{VariantId: bundle.GetVariantId(), Available: sold, Awaited: made == 0 && sold > 0}
	if sold == math.MaxInt64 {
		answer.Available, answer.Backorder = made, true
	}
	return answer
}
