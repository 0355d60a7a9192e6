package inventory

import (
	"testing"

	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
)

// There are as many of a bundle as its scarcest part allows, and none of one with a part that nobody has counted.
func TestBundleStock(t *testing.T) {
	t.Parallel()
	type level struct {
		onHand, held int64
		backorder    bool
		each         int32
	}
	for name, tc := range map[string]struct {
		parts              []level
		available          int64
		backorder, awaited bool
	}{
		"the scarcest part":                               {[]level{{7, 0, false, 2}, {9, 0, false, 1}}, 3, false, false},
		"what is held is not there":                       {[]level{{7, 4, false, 2}, {9, 0, false, 1}}, 1, false, false},
		"less than one bundle needs":                      {[]level{{1, 0, false, 2}, {9, 0, false, 1}}, 0, false, false},
		"more held than there is":                         {[]level{{2, 5, false, 1}}, 0, false, false},
		"nothing known of a part":                         {[]level{{9, 0, false, 1}, {}}, 0, false, false},
		"all parts sell on":                               {[]level{{4, 0, true, 2}, {0, 0, true, 1}}, 0, true, true},
		"all parts sell on and are here":                  {[]level{{4, 0, true, 2}}, 2, true, false},
		"a part that sells on is not scarce, but awaited": {[]level{{0, 0, true, 1}, {6, 0, false, 2}}, 3, false, true},
		"what sells on is there":                          {[]level{{1, 0, true, 1}, {6, 0, false, 2}}, 3, false, false},
		"what does not sell on is gone":                   {[]level{{0, 0, true, 1}, {1, 0, false, 2}}, 0, false, false},
	} {
		bundle, stock := &inventoryv1.Bundle{VariantId: "bundle"}, map[string]*inventoryv1.Stock{}
		for i, part := range tc.parts {
			variant := string(rune('a' + i))
			bundle.Parts = append(bundle.Parts, &inventoryv1.BundlePart{VariantId: variant, Quantity: max(part.each, 1)})
			if part.each > 0 {
				stock[variant] = &inventoryv1.Stock{VariantId: variant, OnHand: part.onHand, Held: part.held, Backorder: part.backorder}
			}
		}
		got := bundleStock(bundle, stock)
		if got.GetAvailable() != tc.available || got.GetBackorder() != tc.backorder || got.GetAwaited() != tc.awaited || got.GetVariantId() != "bundle" {
			t.Errorf("%s: %v, want %d, backorder %v, awaited %v", name, got, tc.available, tc.backorder, tc.awaited)
		}
	}
}
