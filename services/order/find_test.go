package order_test

import (
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// An order is found by number and e-mail together, in any case. One without the other finds nothing, and the refusal is the same for all.
func TestFindOrder(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	find := func(number, email string) (string, error) {
		found, err := shop.Orders.FindOrder(shop.Process(), &orderv1.FindOrderRequest{Number: number, Email: email})
		return found.GetSigned(), err
	}
	signed, err := find(strings.ToLower(placed.Number), "ADA@example.com")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := shop.Orders.OpenOrder(shop.Process(), &orderv1.OpenOrderRequest{Signed: signed})
	if err != nil || opened.GetOrder().GetId() != placed.ID {
		t.Errorf("the link opens %v, %v", opened.GetOrder().GetId(), err)
	}
	refusals := map[string]bool{}
	for _, tried := range [][2]string{{placed.Number, "eve@example.com"}, {"TW-999999", "ada@example.com"}, {"%", "ada@example.com"}, {placed.Number, "%"}} {
		_, err := find(tried[0], tried[1])
		if connect.CodeOf(err) != connect.CodeNotFound {
			t.Errorf("%v: %v, want not found", tried, err)
			continue
		}
		refusals[err.Error()] = true
	}
	if len(refusals) != 1 {
		t.Errorf("the refusals differ: %v", refusals)
	}
}

// Why a payment failed is told to programs apart from the words for staff, and a new attempt begins without a reason.
func TestFailureReason(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	for _, try := range []struct {
		fail func(string) bool
		want paymentv1.FailureReason
	}{
		{shop.Provider.Decline, paymentv1.FailureReason_FAILURE_REASON_DECLINED},
		{shop.Provider.Cancel, paymentv1.FailureReason_FAILURE_REASON_CANCELLED},
		{func(string) bool { return true }, paymentv1.FailureReason_FAILURE_REASON_UNSPECIFIED},
	} {
		payment := shop.Start(placed)
		try.fail(payment)
		shop.Settle(payment)
		if newest := shop.Look(placed.ID).GetPayments()[0]; newest.GetId() != payment || newest.GetFailureReason() != try.want {
			t.Errorf("attempt %v, want %v of %s", newest, try.want, payment)
		}
	}
}
