package order_test

import (
	"slices"
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
	shop.Exec("update payments set problem = 'declined: stolen card', provider_reference = 'pi_1' where order_id = $1", placed.ID)
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
	if attempt := got.GetPayments()[0]; len(got.GetTimeline()) != 0 || attempt.GetProviderReference() != "" || attempt.GetProblem() != "" {
		t.Errorf("a shopper sees the timeline, or what is said of a payment in words for staff: %v", attempt)
	}
	opened, err := shop.Orders.OpenOrder(shop.As(auth.Caller{Kind: auth.Guest, Subject: id.New()}), &orderv1.OpenOrderRequest{Signed: got.GetSigned()})
	if err != nil {
		t.Fatal(err)
	}
	if opened.GetOrder().GetId() != placed.ID || len(opened.GetOrder().GetTimeline()) != 0 || opened.GetOrder().GetPayments()[0].GetProviderReference() != "" || opened.GetOrder().GetPayments()[0].GetProblem() != "" {
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

// Staff are told how many orders a list holds and which have comments, and walk through it in both directions; an order that has left it by what was
// done to it still has its place.
func TestWalkThroughOrders(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 50)
	var placed []shoptest.Placed
	for range 4 {
		placed = append(placed, shop.Order(shoptest.Item{Variant: lamp, Quantity: 1}))
	}
	shop.Start(placed[1])
	shop.Exec("update orders set email = 'Grace@Example.com' where id = any($1)", []string{placed[0].ID, placed[3].ID})
	if _, err := shop.Orders.AddOrderComment(shop.Staff(), &orderv1.AddOrderCommentRequest{OrderId: placed[2].ID, Text: "Called.", IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	if _, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: placed[2].ID, IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		query   string
		state   orderv1.OrderState
		payment orderv1.PaymentState
		total   int32
		at      int
		newer   int // -1 for none, as below
		older   int
	}{
		"all":                       {total: 4, at: 1, newer: 2, older: 0},
		"the newest":                {total: 4, at: 3, newer: -1, older: 2},
		"the oldest":                {total: 4, at: 0, newer: 1, older: -1},
		"pending":                   {state: order.Pending, total: 3, at: 1, newer: 3, older: 0},
		"pending, and no more so":   {state: order.Pending, total: 3, at: 2, newer: 3, older: 1},
		"being paid":                {payment: order.Paying, total: 1, at: 1, newer: -1, older: -1},
		"pending and unpaid":        {state: order.Pending, payment: order.Unpaid, total: 2, at: 1, newer: 3, older: 0},
		"by e-mail":                 {query: "grace@example.com", total: 2, at: 0, newer: 3, older: -1},
		"by e-mail and state":       {query: "grace@example.com", state: order.Confirmed, total: 0, at: 0, newer: -1, older: -1},
		"by number, which is alone": {query: placed[2].Number, total: 1, at: 2, newer: -1, older: -1},
	} {
		listed, err := shop.Orders.ListOrders(shop.Staff(), &orderv1.ListOrdersRequest{PageSize: 1, Query: tc.query, State: tc.state, PaymentState: tc.payment, Count: true})
		if err != nil || listed.GetTotal() != tc.total {
			t.Errorf("%s: %d in all, want %d, %v", name, listed.GetTotal(), tc.total, err)
		}
		beside, err := shop.Orders.GetOrderNeighbours(shop.Staff(), &orderv1.GetOrderNeighboursRequest{
			OrderId: placed[tc.at].ID, Query: tc.query, State: tc.state, PaymentState: tc.payment,
		})
		number := func(order string) int {
			return slices.IndexFunc(placed, func(p shoptest.Placed) bool { return p.ID == order })
		}
		if err != nil || number(beside.GetNewerOrderId()) != tc.newer || number(beside.GetOlderOrderId()) != tc.older {
			t.Errorf("%s: beside %d stand %d and %d, want %d and %d, %v", name, tc.at, number(beside.GetNewerOrderId()), number(beside.GetOlderOrderId()), tc.newer, tc.older, err)
		}
	}
	listed, err := shop.Orders.ListOrders(shop.Staff(), &orderv1.ListOrdersRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range listed.GetOrders() {
		if row.GetCommented() != (row.GetId() == placed[2].ID) {
			t.Errorf("%s is said to be commented: %t", row.GetNumber(), row.GetCommented())
		}
	}
	if _, err := shop.Orders.GetOrderNeighbours(shop.Staff(), &orderv1.GetOrderNeighboursRequest{OrderId: id.New()}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("beside no order: %v", err)
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
