package payment_test

import (
	"encoding/hex"
	"slices"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// book has the books hear of every change of a gift card so far, as workers do that are handed each event several times at once.
func book(t *testing.T, shop *shoptest.Shop) {
	t.Helper()
	var working sync.WaitGroup
	for _, payload := range shop.Column("select encode(payload, 'hex') from outbox where topic = 'tradewind.pricing.v1.GiftCardsMoved'") {
		event, bytes := &pricingv1.GiftCardsMoved{}, make([]byte, len(payload)/2)
		_, err := hex.Decode(bytes, []byte(payload))
		if err == nil {
			err = proto.Unmarshal(bytes, event)
		}
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			working.Go(func() {
				if _, err := shop.Payments.PostGiftCardMoves(shop.Process(), &paymentv1.PostGiftCardMovesRequest{MoveIds: event.GetMoveIds()}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	working.Wait()
}

// Whatever happens to gift cards, what the books say that they promise is what is left on them, and each way has an account of its own.
func TestGiftCardBooks(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	usd := func(minor int64) *typev1.Money { return &typev1.Money{AmountMinor: minor, CurrencyCode: "USD"} }
	account := func(name string) int {
		return shop.Number("select coalesce(sum(amount_minor), 0)::bigint from ledger_entries where account = $1 and currency_code = 'USD'", name)
	}
	wants := func(what string, given, expired int) {
		t.Helper()
		book(t, shop)
		left := shop.Number("select coalesce(sum(balance_minor), 0)::bigint from gift_cards where currency_code = 'USD'")
		if owed := -account("gift_card_liability"); owed != left || account("gift_cards_given") != given || -account("gift_cards_expired") != expired {
			t.Errorf("%s: cards hold %d, the books owe %d; %d was given and %d expired, want %d and %d",
				what, left, owed, account("gift_cards_given"), -account("gift_cards_expired"), given, expired)
		}
		shop.Audit()
	}
	issued, err := shop.GiftCards.IssueGiftCards(shop.Staff(), &pricingv1.IssueGiftCardsRequest{
		BatchId: id.New(), Count: 700, Amount: usd(100), Kind: pricingv1.GiftCardKind_GIFT_CARD_KIND_CARD, ExpireTime: timestamppb.New(clock.Now().Add(time.Hour)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shop.GiftCards.IssueGiftCards(shop.Staff(), &pricingv1.IssueGiftCardsRequest{
		BatchId: id.New(), Count: 1, Amount: &typev1.Money{AmountMinor: 5, CurrencyCode: "JPY"}, Kind: pricingv1.GiftCardKind_GIFT_CARD_KIND_CARD,
	}); err != nil {
		t.Fatal(err)
	}
	wants("issued", 70_000, 0)

	card := issued.GetCards()[0].GetCard().GetId()
	for _, by := range []int64{250, -40} {
		req := &pricingv1.AdjustGiftCardRequest{Id: card, AmountMinor: by, Reason: "a mistake", IdempotencyKey: id.New()}
		for range 2 {
			if _, err := shop.GiftCards.AdjustGiftCard(shop.Staff(), req); err != nil {
				t.Fatal(err)
			}
		}
	}
	wants("adjusted", 70_210, 0)

	shopper := shop.Guest()
	cart := shop.Cart(shopper, checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED, shoptest.Item{Variant: shop.Variant(1500, 3), Quantity: 1})
	if _, err := shop.Carts.ApplyGiftCard(shopper, &checkoutv1.ApplyGiftCardRequest{CartId: cart.GetId(), Code: issued.GetCards()[0].GetCode()}); err != nil {
		t.Fatal(err)
	}
	_, err = shop.Checkout.PlaceOrder(shopper, &checkoutv1.PlaceOrderRequest{
		CartId: cart.GetId(), ExpectedTotal: cart.GetTotals().GetTotal(), IdempotencyKey: id.New(), ExpectedGiftCards: []*checkoutv1.GiftCardShare{{GiftCardId: card, AmountMinor: 310}},
	})
	if err != nil {
		t.Fatal(err)
	}
	wants("spent", 70_210, 0)

	second := issued.GetCards()[1].GetCard().GetId()
	writeOff := &pricingv1.WriteOffGiftCardRequest{Id: second, IdempotencyKey: id.New()}
	if _, err := shop.GiftCards.WriteOffGiftCard(shop.Staff(), writeOff); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("a card that can be spent was written off: %v", err)
	}
	shop.Exec("update gift_cards set expire_time = $1", clock.Now().Add(-time.Minute))
	var working sync.WaitGroup
	codes := make([]connect.Code, 20)
	for i := range codes { // one button pressed by many, and a button of each
		working.Go(func() {
			req := &pricingv1.WriteOffGiftCardRequest{Id: second, IdempotencyKey: id.New()}
			if i%2 == 0 {
				req = writeOff
			}
			err := shoptest.Insist(func() error {
				_, err := shop.GiftCards.WriteOffGiftCard(shop.Staff(), req)
				return err
			})
			if err != nil {
				codes[i] = connect.CodeOf(err)
			}
		})
	}
	working.Wait()
	if slices.ContainsFunc(codes, func(code connect.Code) bool { return code != 0 && code != connect.CodeFailedPrecondition }) {
		t.Errorf("writing off answers %v", codes)
	}
	wants("written off", 70_210, 100)
}
