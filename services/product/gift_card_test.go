package product

import (
	"testing"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// A draft becomes a gift card unless it has what no gift card has, and stays what it is once it is on sale. There is no end of it, it is worth its own price, and nothing is packed of it.
func TestSetGiftCard(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	staff := asStaff(t.Context())
	draft := func(name string, change func(*productv1.Product)) *productv1.Product {
		p := one(name)
		p.State = productv1.ProductState_PRODUCT_STATE_DRAFT
		change(p)
		return s.create(staff, p)
	}
	become := func(p *productv1.Product, card bool) (*productv1.Product, error) {
		answer, err := s.SetGiftCard(staff, &productv1.SetGiftCardRequest{Id: p.GetId(), GiftCard: card})
		return answer.GetProduct(), err
	}
	sold := s.create(staff, one("On sale"))
	packed := draft("Packed", func(*productv1.Product) {})
	s.create(staff, one("Box", part(packed.GetVariants()[0], 2)))
	for name, p := range map[string]*productv1.Product{
		"on sale": sold, "a bundle": draft("Set", func(p *productv1.Product) {
			p.Variants[0].BundleParts = []*productv1.BundlePart{part(sold.GetVariants()[0], 2)}
		}),
		"for nothing": draft("Free", func(p *productv1.Product) { p.Variants[0].Price.AmountMinor = 0 }), "a part": packed,
	} {
		if _, err := become(p, true); connect.CodeOf(err) != connect.CodeFailedPrecondition {
			t.Errorf("%s: %v", name, err)
		}
	}

	card := draft("Gift card", func(p *productv1.Product) { p.Variants[0].WeightGrams = 5000 })
	for range 2 {
		changed, err := become(card, true)
		if err != nil || !changed.GetGiftCard() || changed.GetVersion() != card.GetVersion()+1 {
			t.Fatalf("%v, %v", changed, err)
		}
	}
	variant := card.GetVariants()[0].GetId()
	edit := func(change func(*productv1.Product), paths ...string) error {
		current := s.ofVariant(variant)
		wanted := proto.CloneOf(current)
		change(wanted)
		_, err := s.UpdateProduct(staff, &productv1.UpdateProductRequest{Product: wanted, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}, ExpectedVersion: current.GetVersion()})
		return err
	}
	if err := edit(func(p *productv1.Product) { p.Variants[0].Price.AmountMinor = 0 }, "variants"); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("a card for nothing: %v", err)
	}
	if err := edit(func(p *productv1.Product) {
		p.Variants[0].BundleParts = []*productv1.BundlePart{part(sold.GetVariants()[0], 2)}
	}, "variants"); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("a card made of lamps: %v", err)
	}
	if err := edit(func(p *productv1.Product) { p.State = productv1.ProductState_PRODUCT_STATE_ACTIVE }, "state"); err != nil {
		t.Fatal(err)
	}
	if _, err := become(card, false); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("a card on sale became goods: %v", err)
	}
	if _, err := s.CreateProduct(staff, &productv1.CreateProductRequest{Product: one("Hamper", part(card.GetVariants()[0], 2))}); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("a bundle of cards: %v", err)
	}
	offer := s.offer(variant)
	if !offer.GetGiftCard() || !offer.GetForSale() || !offer.GetBackorder() || offer.GetAvailable() < 1000 {
		t.Errorf("the offer is %v", offer)
	}
	trade := s.createPriceList(&productv1.PriceList{Name: "Trade", CurrencyCode: "USD"})
	for _, quantity := range []int32{1, 10} {
		_, err := s.SetListedPrices(staff, &productv1.SetListedPricesRequest{ListId: trade, Prices: []*productv1.ListedPrice{{VariantId: variant, MinQuantity: quantity, Price: dollars(1)}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if cheap := s.offer(variant); cheap.GetPrice().GetAmountMinor() != offer.GetPrice().GetAmountMinor() || len(cheap.GetPrices()) != 1 {
		t.Errorf("a price list sells a card of %v for %v", offer.GetPrice(), cheap.GetPrices())
	}
	copied, err := s.DuplicateProduct(staff, &productv1.DuplicateProductRequest{Id: card.GetId()})
	if err != nil || !copied.GetProduct().GetGiftCard() {
		t.Errorf("a copy is %v, %v", copied, err)
	}
}
