package order_test

import (
	"context"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1/paymentv1connect"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

func payOnDelivery(shop *shoptest.Shop, placed shoptest.Placed) error {
	_, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID, OnDelivery: true})
	return err
}

// A shopper whose payment did not work out, or who left it unfinished, pays whoever brings the parcel: the order is confirmed once, its stock is taken, and the provider can charge nothing any more.
func TestPayOnDeliveryInstead(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(*shoptest.Shop, shoptest.Placed){
		"declined": func(shop *shoptest.Shop, placed shoptest.Placed) {
			shop.Start(placed)
			shop.Provider.Decline(placed.Payment)
			shop.Settle(placed.Payment)
		},
		"left unfinished": func(shop *shoptest.Shop, placed shoptest.Placed) { shop.Start(placed) },
		"never started":   func(*shoptest.Shop, shoptest.Placed) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			lamp := shop.Variant(2500, 3)
			placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 2})
			before(shop, placed)
			var made atomic.Int64
			together(10, func(int) { // pressed often
				if err := payOnDelivery(shop, placed); err == nil {
					made.Add(1)
				} else if connect.CodeOf(err) != connect.CodeFailedPrecondition {
					t.Error(err)
				}
			})
			if made.Load() != 1 {
				t.Errorf("%d times agreed to collect, want once", made.Load())
			}
			shop.Wants(placed.ID, order.Confirmed, order.OnDelivery)
			if shop.Provider.Pay(placed.Payment) {
				t.Error("the provider still takes money for it")
			}
			if onHand, held := shop.OnHand(lamp); onHand != 1 || held != 0 {
				t.Errorf("%d on hand and %d held, want 1 and none", onHand, held)
			}
			if _, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
				t.Errorf("it can still be paid online: %v", err)
			}
			if told := shop.Told("order.v1.OrderConfirmed"); told != 1 {
				t.Errorf("told %d times that it is confirmed", told)
			}
			shop.Audit()
		})
	}
}

// What was paid after all stays so: nothing is collected besides. What may have been paid is not collected before that is known, and files are brought by nobody.
func TestNotOnDelivery(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 9)
	paid := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Start(paid)
	shop.Provider.Pay(paid.Payment) // and nobody has heard of it
	if err := payOnDelivery(shop, paid); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("collects for what is paid: %v", err)
	}
	shop.Wants(paid.ID, order.Confirmed, order.Paid)

	doubted := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Start(doubted)
	shop.Provider.Play("void", shoptest.Unreachable)
	if err := payOnDelivery(shop, doubted); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("collects for what may be paid: %v", err)
	}
	shop.Wants(doubted.ID, order.Pending, order.Paying)

	files := shop.Order(shoptest.Item{Variant: shop.Files(900, "guide.pdf"), Quantity: 1})
	if err := payOnDelivery(shop, files); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("collects for files: %v", err)
	}
	stranger := shoptest.Placed{ID: doubted.ID, Shopper: shop.Guest()}
	if err := payOnDelivery(shop, stranger); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("a stranger chose how to pay: %v", err)
	}
	shop.Audit()
}

// meanwhile does something right after the provider has closed what was open.
type meanwhile struct {
	paymentv1connect.PaymentServiceClient
	happens func()
}

func (m meanwhile) CloseAtProvider(ctx context.Context, req *paymentv1.CloseAtProviderRequest) (*paymentv1.CloseAtProviderResponse, error) {
	answer, err := m.PaymentServiceClient.CloseAtProvider(ctx, req)
	m.happens()
	return answer, err
}

// A shopper who begins to pay in one tab while another one chooses to pay on delivery is not asked for the money twice.
func TestPayOnDeliveryWhileStarting(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 9), Quantity: 1})
	orders := order.New(order.Config{
		DB: shop.DB, Payments: meanwhile{shop.Payments, func() { shop.Start(placed) }}, Links: shop.Links, PublicURL: "https://shop.example",
	})
	ctx := auth.WithCaller(shop.Process(), auth.Caller{Kind: auth.Process, Subject: "server"})
	if _, err := orders.StartPayment(ctx, &orderv1.StartPaymentRequest{OrderId: placed.ID, OnDelivery: true}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("collects what is being paid: %v", err)
	}
	shop.Wants(placed.ID, order.Pending, order.Paying)
	shop.Provider.Pay(placed.Payment)
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	shop.Audit()
}

// Money of an attempt that was given up, which arrives after the carrier was asked to collect, goes back.
func TestLateMoneyAfterOnDelivery(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 9), Quantity: 1})
	shop.Start(placed)
	shop.Provider.Decline(placed.Payment)
	shop.Settle(placed.Payment)
	if err := payOnDelivery(shop, placed); err != nil {
		t.Fatal(err)
	}
	shop.Provider.Distort(placed.Payment, func(view *payment.View) {
		view.State, view.AuthorizedMinor, view.CapturedMinor = payment.Captured, 3095, 3095
	})
	shop.Settle(placed.Payment)
	if _, err := shop.Payments.ReturnMoney(shop.Process(), &paymentv1.ReturnMoneyRequest{PaymentId: placed.Payment, IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Confirmed, order.OnDelivery)
	if kept := shop.Provider.Kept(); kept != 0 {
		t.Errorf("the provider keeps %d, want nothing", kept)
	}
	shop.Audit()
}
