package order_test

import (
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// startInFields opens an order's payment in the provider's fields.
func startInFields(shop *shoptest.Shop, placed shoptest.Placed) (*orderv1.StartPaymentResponse, error) {
	return shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID, Way: &paymentv1.Way{InFields: true}})
}

// What opens a payment in a browser is asked of the provider each time, and only while there is something to pay.
func TestOpenFields(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 9), Quantity: 1})
	ask := func() (*paymentv1.OpenFieldsResponse, error) {
		return shop.Payments.OpenFields(shop.Process(), &paymentv1.OpenFieldsRequest{PaymentId: placed.Payment})
	}
	if _, err := ask(); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("before it is opened: %v", err)
	}
	for range 2 { // once more, as a second tab does
		started, err := startInFields(shop, placed)
		if err != nil || !started.GetInFields() || started.GetRedirectUrl() != "" || started.GetPaymentId() != placed.Payment {
			t.Fatalf("started: %v %v", started, err)
		}
	}
	asked := shop.Provider.Calls("find")
	for range 2 {
		opened, err := ask()
		if err != nil || opened.GetClientSecret() != "secret of "+placed.Payment || opened.GetScriptUrl() == "" || len(opened.GetFrameSources()) == 0 {
			t.Fatalf("opened: %v %v", opened, err)
		}
	}
	if now := shop.Provider.Calls("find"); now != asked+2 {
		t.Errorf("the provider was asked %d times for two answers", now-asked)
	}
	shop.Provider.Pay(placed.Payment)
	if _, err := ask(); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("once it is paid: %v", err)
	}
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	shop.Audit()
}

// Who goes to the provider's page instead leaves nothing open in the fields, however often it is pressed; what was paid in the fields meanwhile has paid the order.
func TestLeaveFields(t *testing.T) {
	t.Parallel()
	for name, paid := range map[string]bool{"unpaid": false, "paid meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 9), Quantity: 1})
			if _, err := startInFields(shop, placed); err != nil {
				t.Fatal(err)
			}
			if paid {
				shop.Provider.Pay(placed.Payment)
			}
			pages := make([]string, 5)
			together(len(pages), func(i int) {
				started, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID})
				if err != nil && (!paid || connect.CodeOf(err) != connect.CodeFailedPrecondition) {
					t.Errorf("press %d: %v", i, err)
				}
				pages[i] = started.GetRedirectUrl()
			})
			if paid {
				shop.Wants(placed.ID, order.Confirmed, order.Paid)
				shop.Audit()
				return
			}
			for _, page := range pages {
				if page == "" || page != pages[0] || strings.HasSuffix(page, placed.Payment) {
					t.Errorf("the presses lead to %v, want one page of another payment", pages)
				}
			}
			if shop.Provider.Pay(placed.Payment) {
				t.Error("the fields still take money")
			}
			if opened, _ := shop.Provider.Opened(placed.Payment); opened != 2 {
				t.Errorf("%d payments were opened, want 2", opened)
			}
			last := strings.TrimPrefix(pages[0], "https://pay.example/")
			shop.Provider.Pay(last)
			shop.Settle(last)
			shop.Wants(placed.ID, order.Confirmed, order.Paid)
			shop.Audit()
		})
	}
}
