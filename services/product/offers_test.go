package product

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

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

// Staff say what a product is taxed as, and a cart reads it of each of its variants. A feed that says nothing of it, or has lost it to staff, leaves it alone;
// what it was is told and comes back.
func TestTaxClass(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(strings.Replace(twoMugs, `"key": "moss",`, `"key": "moss", "tax_class": "Reduced",`, 1))
	taxed := func(want string) *productv1.Product {
		t.Helper()
		p := s.products()["moss"]
		if offer := s.offer(p.GetVariants()[1].GetId()); p.GetTaxClass() != want || offer.GetTaxClass() != want {
			t.Errorf("taxed as %q, offered as %q; want %q", p.GetTaxClass(), offer.GetTaxClass(), want)
		}
		return p
	}
	taxed("reduced")
	s.mustSync(strings.Replace(twoMugs, "Moss Mug", "Mossy Mug", 1))
	p := taxed("reduced")
	p.TaxClass = "of books"
	if _, err := s.update(asStaff(t.Context()), p, "tax_class"); connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), "no code of a tax class") {
		t.Errorf("a class that is no code: %v", err)
	}
	p.TaxClass = "zero"
	s.mustUpdate(asStaff(t.Context()), p, "tax_class")
	s.mustSync(strings.Replace(twoMugs, `"key": "moss", "name": "Moss Mug",`, `"key": "moss", "tax_class": "reduced", "name": "Mug of moss",`, 1))
	p = taxed("zero")
	changes, err := s.ListProductHistory(s.seeing(), &productv1.ListProductHistoryRequest{Id: p.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	if fields := changes.GetChanges()[1].GetFields(); len(fields) != 1 || fields[0].GetField() != "tax_class" || fields[0].GetBefore() != "reduced" || fields[0].GetAfter() != "zero" {
		t.Errorf("the history says %v", changes.GetChanges())
	}
	if _, err := s.RestoreProduct(asStaff(t.Context()), &productv1.RestoreProductRequest{Id: p.GetId(), Version: 1, ExpectedVersion: p.GetVersion()}); err != nil {
		t.Fatal(err)
	}
	taxed("reduced")
}
