package catalog

import (
	"context"
	"testing"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// gift is a product that is a bundle of two moss kettles and one of another product.
func gift(kettle, other *productv1.Product) *productv1.Product {
	return &productv1.Product{
		Id: id.New(), Slug: "gift-set", Name: "Gift set", State: productv1.ProductState_PRODUCT_STATE_ACTIVE, Categories: path("Gifts"),
		Variants: []*productv1.Variant{{Id: id.New(), Sku: "GIFT", Price: usd(9000), BundleParts: []*productv1.BundlePart{
			{VariantId: kettle.Variants[0].Id, Quantity: 2, ProductId: kettle.Id, ProductName: kettle.Name, VariantName: "Moss", ForSale: true},
			{VariantId: other.Variants[0].Id, Quantity: 1, ProductId: other.Id, ProductName: other.Name, ForSale: true},
		}}},
	}
}

func giftShop(t *testing.T) (context.Context, *Service, *merchant, *productv1.Product, *productv1.Product) {
	t.Helper()
	s, m := newService(t)
	ctx := inTurn(t)
	moss, other := kettle(), kettle()
	other.Slug = "other-kettle"
	m.put(moss)
	m.put(other)
	set := gift(moss, other)
	m.put(set)
	m.count(moss.Variants[0].Id, 9, false)
	m.count(other.Variants[0].Id, 3, false)
	return ctx, s, m, moss, set
}

// tells fails unless page, card and filter say of the gift set that so many are left.
func tells(ctx context.Context, t *testing.T, s *Service, what string, want catalogv1.Availability, left int32, facet string) {
	t.Helper()
	got, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: "gift-set"})
	if err != nil {
		t.Fatal(err)
	}
	if v := got.Product.Variants[0]; v.Availability != want || v.Left != left {
		t.Errorf("%s: the page says %v, %d left; want %v and %d", what, v.Availability, v.Left, want, left)
	}
	answer := list(t, ctx, s, &catalogv1.ListProductsRequest{
		CategorySlug: "gifts", Filters: []*catalogv1.Filter{{Key: "availability", Values: []string{facet}}},
	})
	if len(answer.Cards) != 1 || answer.Cards[0].Availability != want {
		t.Errorf("%s: the list of what is %s has %v", what, facet, answer.Cards)
	}
	if f := answer.Facets; len(f) == 0 || len(f[0].Values) != 1 || f[0].Values[0].Value != facet || f[0].Values[0].Count != 1 {
		t.Errorf("%s: the facets are %v", what, f)
	}
}

// What is sold of a part is told of the bundles that need it: on the page, on the card, and by the filter.
func TestBundleFollowsParts(t *testing.T) {
	t.Parallel()
	ctx, s, m, moss, set := giftShop(t)
	refreshAll(t, ctx, s, moss.Id, set.Variants[0].BundleParts[1].ProductId, set.Id)
	part := moss.Variants[0].Id
	tells(ctx, t, s, "nine and three", catalogv1.Availability_AVAILABILITY_LOW, 3, "in_stock")
	m.count(part, 3, false)
	refreshStock(t, ctx, s, part)
	tells(ctx, t, s, "three and three", catalogv1.Availability_AVAILABILITY_LOW, 1, "in_stock")
	m.count(part, 1, false)
	refreshStock(t, ctx, s, part)
	tells(ctx, t, s, "one and three", catalogv1.Availability_AVAILABILITY_SOLD_OUT, 0, "sold_out")
	m.count(part, 40, false)
	m.count(set.Variants[0].BundleParts[1].VariantId, 30, false)
	refreshStock(t, ctx, s, part)
	tells(ctx, t, s, "plenty", catalogv1.Availability_AVAILABILITY_IN_STOCK, 0, "in_stock")
	// A count of the bundle itself means nothing.
	m.count(set.Variants[0].Id, 1, false)
	refreshStock(t, ctx, s, set.Variants[0].Id)
	tells(ctx, t, s, "a count of its own", catalogv1.Availability_AVAILABILITY_IN_STOCK, 0, "in_stock")
}

// A part that is withdrawn keeps the bundle from being sold, and one that comes back lets it be sold again; meanwhile nothing of the bundle itself changes.
func TestBundleLacksPart(t *testing.T) {
	t.Parallel()
	ctx, s, m, moss, set := giftShop(t)
	refreshAll(t, ctx, s, moss.Id, set.Variants[0].BundleParts[1].ProductId, set.Id)
	sell := func(is bool) {
		m.mu.Lock()
		m.products[set.Id].Variants[0].BundleParts[0].ForSale = is // which product tells under the same version
		m.mu.Unlock()
		m.change(moss.Id, func(p *productv1.Product) {
			p.State = productv1.ProductState_PRODUCT_STATE_ARCHIVED
			if is {
				p.State = productv1.ProductState_PRODUCT_STATE_ACTIVE
			}
		})
		refreshAll(t, ctx, s, moss.Id)
	}
	parts := func() []*catalogv1.BundlePart {
		got, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: "gift-set"})
		if err != nil {
			t.Fatal(err)
		}
		return got.Product.Variants[0].BundleParts
	}
	if p := parts(); len(p) != 2 || p[0].ProductSlug != moss.Slug || p[1].ProductSlug != "other-kettle" || p[0].Quantity != 2 || p[0].VariantName != "Moss" {
		t.Errorf("the page shows %v", p)
	}
	sell(false)
	tells(ctx, t, s, "withdrawn", catalogv1.Availability_AVAILABILITY_SOLD_OUT, 0, "sold_out")
	if p := parts(); p[0].ProductSlug != "" || p[0].ProductName != moss.Name {
		t.Errorf("the page leads to a part that is gone: %v", p[0])
	}
	m.count(moss.Variants[0].Id, 90, false)
	refreshStock(t, ctx, s, moss.Variants[0].Id)
	tells(ctx, t, s, "more of what is withdrawn", catalogv1.Availability_AVAILABILITY_SOLD_OUT, 0, "sold_out")
	sell(true)
	tells(ctx, t, s, "back", catalogv1.Availability_AVAILABILITY_LOW, 3, "in_stock")
}

// A part that is sold while its bundle becomes known is not lost: whoever sold it did not know of the bundle.
func TestBundleBecomesKnown(t *testing.T) {
	t.Parallel()
	ctx, s, m, moss, set := giftShop(t)
	refreshAll(t, ctx, s, moss.Id, set.Variants[0].BundleParts[1].ProductId)
	sold := false
	m.answer(func(variants []string) {
		if !sold && len(variants) == 0 { // the bundle was asked for; its answer is on the way
			sold = true
			m.count(moss.Variants[0].Id, 1, false)
			refreshStock(t, ctx, s, moss.Variants[0].Id)
		}
	})
	refreshAll(t, ctx, s, set.Id)
	if !sold {
		t.Fatal("nothing was sold meanwhile")
	}
	tells(ctx, t, s, "sold meanwhile", catalogv1.Availability_AVAILABILITY_SOLD_OUT, 0, "sold_out")
}
