package order_test

import (
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// An order keeps its own copy of what was agreed, and shows internals to those alone who work with it.
func TestGetOrder(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 5)
	placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 2})
	shop.Start(placed)
	shop.Products.Price(lamp, 9900)

	own, err := shop.Orders.GetOrder(placed.Shopper, &orderv1.GetOrderRequest{OrderId: placed.ID})
	if err != nil {
		t.Fatal(err)
	}
	got := own.GetOrder()
	line := got.GetLines()[0]
	if line.GetUnitPrice().GetAmountMinor() != 2500 || line.GetTotal().GetAmountMinor() != 5000 || line.GetProductName() != "Lamp" || line.GetQuantity() != 2 {
		t.Errorf("the line is %v", line)
	}
	if got.GetTotals().GetTotal().GetAmountMinor() != 5595 || got.GetDelivery().GetCode() != "standard" || got.GetDeliveryAddress().GetFullName() != "Ada Lovelace" ||
		got.GetBillingAddress().GetFullName() != "Ada Lovelace" || got.GetItemCount() != 2 || got.GetEmail() != "ada@example.com" || got.GetNumber() != "TW-001001" {
		t.Errorf("the order is %v", got)
	}
	if len(got.GetTimeline()) != 0 {
		t.Error("a shopper sees the timeline")
	}
	opened, err := shop.Orders.OpenOrder(shop.As(auth.Caller{Kind: auth.Guest, Subject: id.New()}), &orderv1.OpenOrderRequest{Signed: got.GetSigned()})
	if err != nil {
		t.Fatal(err)
	}
	if opened.GetOrder().GetId() != placed.ID || len(opened.GetOrder().GetTimeline()) != 0 || opened.GetOrder().GetPayments()[0].GetProviderReference() != "" {
		t.Errorf("the link opens %v", opened.GetOrder())
	}
	if _, err := shop.Orders.OpenOrder(shop.Guest(), &orderv1.OpenOrderRequest{Signed: got.GetSigned()[1:]}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("another link: %v, want not found", err)
	}
	if entries := shop.Look(placed.ID).GetTimeline(); len(entries) != 2 || entries[0].GetKind() != "payment.started" || entries[1].GetKind() != "placed" {
		t.Errorf("the timeline is %v", entries)
	}
}

// Staff page through orders, newest first and each once, and find them by state, number and e-mail.
func TestListOrders(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 50)
	var placed []shoptest.Placed
	for range 5 {
		placed = append(placed, shop.Order(shoptest.Item{Variant: lamp, Quantity: 1}))
	}
	delivered := shop.OrderOnDelivery(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Start(placed[0])
	shop.Exec("update orders set email = 'Grace@Example.com' where id = $1", placed[1].ID)

	list := func(req *orderv1.ListOrdersRequest) (found []string) {
		t.Helper()
		for {
			page, err := shop.Orders.ListOrders(shop.Staff(), req)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range page.GetOrders() {
				found = append(found, row.GetNumber())
			}
			if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
				return found
			}
		}
	}
	for name, tc := range map[string]struct {
		ask  *orderv1.ListOrdersRequest
		want []string
	}{
		"all, by twos":        {&orderv1.ListOrdersRequest{PageSize: 2}, []string{"TW-001006", "TW-001005", "TW-001004", "TW-001003", "TW-001002", "TW-001001"}},
		"pending, by twos":    {&orderv1.ListOrdersRequest{PageSize: 2, State: order.Pending}, []string{"TW-001005", "TW-001004", "TW-001003", "TW-001002", "TW-001001"}},
		"being paid":          {&orderv1.ListOrdersRequest{PaymentState: order.Paying}, []string{"TW-001001"}},
		"pending and unpaid":  {&orderv1.ListOrdersRequest{State: order.Pending, PaymentState: order.Unpaid}, []string{"TW-001005", "TW-001004", "TW-001003", "TW-001002"}},
		"by number":           {&orderv1.ListOrdersRequest{Query: " #tw-001003 "}, []string{"TW-001003"}},
		"by number and state": {&orderv1.ListOrdersRequest{Query: "TW-001003", State: order.Confirmed}, nil},
		"by e-mail":           {&orderv1.ListOrdersRequest{Query: "grace@example.COM"}, []string{"TW-001002"}},
		"by nothing known":    {&orderv1.ListOrdersRequest{Query: "nobody"}, nil},
		"on delivery":         {&orderv1.ListOrdersRequest{PaymentState: order.OnDelivery}, []string{delivered.Number}},
	} {
		if got := list(tc.ask); strings.Join(got, " ") != strings.Join(tc.want, " ") {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
	for _, token := range []string{"x", "e30", "eyJpIjoiJyJ9"} {
		if _, err := shop.Orders.ListOrders(shop.Staff(), &orderv1.ListOrdersRequest{PageToken: token}); err != nil && connect.CodeOf(err) != connect.CodeInvalidArgument {
			t.Errorf("token %q: %v", token, err)
		}
	}
}

// What was agreed cannot be changed afterwards, not even by a mistake of ours.
func TestNumbersStay(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	for _, change := range []string{
		"update orders set goods_minor = goods_minor - 100, total_minor = total_minor - 100 where id = $1",
		"update orders set number = 'TW-1' where id = $1",
		"update order_lines set quantity = 2, total_minor = 2 * unit_price_minor where order_id = $1",
	} {
		if _, err := shop.DB.Primary().Exec(t.Context(), change, placed.ID); err == nil {
			t.Errorf("%s: it was", change)
		}
	}
}
