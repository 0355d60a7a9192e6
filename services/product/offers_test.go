package product

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// An offer tells what promotions ask for: all categories of the product, those above them too, and its collections.
func TestOffersTellCategories(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	kitchen := s.createCategory("Kitchen", "")
	mugs := s.createCategory("Mugs", kitchen.GetId())
	given := mug("Mug")
	given.Categories = []*productv1.CategoryRef{{Id: mugs.GetId()}}
	p := s.create(asStaff(t.Context()), given)
	collection := s.createCollection("Autumn", nil)
	_, err := s.cfg.DB.Primary().Exec(t.Context(), "insert into product_collection_members (collection_id, product_id, position) values ($1, $2, 1)", collection.GetId(), p.GetId())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := s.BatchGetOffers(t.Context(), &productv1.BatchGetOffersRequest{VariantIds: []string{p.GetVariants()[0].GetId()}})
	if err != nil {
		t.Fatal(err)
	}
	offer := answer.GetOffers()[0]
	if ids := offer.GetCategoryIds(); len(ids) != 2 || !slices.Contains(ids, kitchen.GetId()) || !slices.Contains(ids, mugs.GetId()) {
		t.Errorf("categories %v", ids)
	}
	if ids := offer.GetCollectionIds(); !slices.Equal(ids, []string{collection.GetId()}) {
		t.Errorf("collections %v", ids)
	}
}

// An offer's prices fall with the quantity and are those of lists that count now, for everybody or for a group; a list can price in the shop's currency what has its
// own price in another.
func TestOffersTellPrices(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	staff := asStaff(t.Context())
	p := s.create(staff, mug("Mug")) // 24.00 and 29.00
	small := p.GetVariants()[0].GetId()
	set := func(list string, prices ...*productv1.ListedPrice) {
		t.Helper()
		for _, price := range prices {
			price.VariantId = small
		}
		if _, err := s.SetListedPrices(staff, &productv1.SetListedPricesRequest{ListId: list, Prices: prices}); err != nil {
			t.Fatal(err)
		}
	}
	set(s.createPriceList(&productv1.PriceList{Name: "Everybody", CurrencyCode: "USD"}),
		&productv1.ListedPrice{MinQuantity: 10, Price: dollars(2000)}, &productv1.ListedPrice{MinQuantity: 20, Price: dollars(2100)},
		&productv1.ListedPrice{MinQuantity: 50, Price: dollars(1500), CompareAtPrice: dollars(2000)})
	set(s.createPriceList(&productv1.PriceList{Name: "Trade", CurrencyCode: "USD", CustomerGroup: "trade"}), &productv1.ListedPrice{MinQuantity: 1, Price: dollars(1900)})
	look := func(group string) string {
		t.Helper()
		answer, err := s.BatchGetOffers(t.Context(), &productv1.BatchGetOffersRequest{VariantIds: []string{small}, CustomerGroup: group})
		if err != nil {
			t.Fatal(err)
		}
		offer := answer.GetOffers()[0]
		steps := []string{fmt.Sprint(offer.GetPrice().GetAmountMinor(), " ", offer.GetPrice().GetCurrencyCode())}
		for _, step := range offer.GetPrices() {
			steps = append(steps, fmt.Sprint(step.GetMinQuantity(), ":", step.GetPrice().GetAmountMinor(), map[bool]string{true: " reduced"}[step.GetReduced()]))
		}
		return strings.Join(steps, ", ")
	}
	for group, want := range map[string]string{
		"":      "2400 USD, 1:2400, 10:2000, 50:1500 reduced",
		"trade": "1900 USD, 1:1900, 50:1500 reduced",
	} {
		if got := look(group); got != want {
			t.Errorf("group %q: %s, want %s", group, got, want)
		}
	}
	if _, err := s.cfg.DB.Primary().Exec(t.Context(), "update product_variants set currency = 'EUR'"); err != nil {
		t.Fatal(err)
	}
	for group, want := range map[string]string{"": "2400 EUR", "trade": "1900 USD, 1:1900, 50:1500 reduced"} {
		if got := look(group); got != want {
			t.Errorf("with a price in euros, group %q: %s, want %s", group, got, want)
		}
	}
}
