package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1/orderv1connect"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1/pricingv1connect"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// asStaff is the context of somebody who works in the shop.
func (s *shop) asStaff(t *testing.T, grants ...string) context.Context {
	t.Helper()
	return auth.WithToken(t.Context(), s.tokenOf(t, auth.Caller{Kind: auth.Staff, Subject: id.New(), Name: "Ada", Grants: grants}))
}

// promote has the shop sell for less, by a code if there is one, and returns how to end that.
func (s *shop) promote(t *testing.T, minor int64, limits *pricingv1.Limits, code string, uses int64) (end func()) {
	t.Helper()
	staff := s.asStaff(t, "promotions.read", "promotions.write")
	promotions := pricingv1connect.NewPromotionServiceClient(s.asShopper(t, "pricing", 0))
	created, err := promotions.CreatePromotion(staff, &pricingv1.CreatePromotionRequest{Promotion: &pricingv1.Promotion{
		Name: fmt.Sprint("Less ", minor), Active: true, NeedsCode: code != "", Conditions: &pricingv1.Conditions{}, Limits: limits,
		Effect: &pricingv1.Effect{Kind: &pricingv1.Effect_AmountOff{AmountOff: &pricingv1.AmountOff{Amount: usd(minor)}}},
	}})
	if err == nil && code != "" {
		_, err = promotions.CreateCodes(staff, &pricingv1.CreateCodesRequest{PromotionId: created.GetPromotion().GetId(), Code: code, MostUses: uses})
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		s.column(t, "update promotions set active = false where id = $1 returning id::text", created.GetPromotion().GetId())
	}
}

func usd(minor int64) *typev1.Money { return &typev1.Money{AmountMinor: minor, CurrencyCode: "USD"} }

// Two hundred shoppers want what only some can have for less: as many have it as may, and the others are shown what it costs without.
func limitedDiscounts(t *testing.T, s *shop) {
	variants := s.column(t, "select v.id::text from product_variants v join products p on p.id = v.product_id where p.state = 'active' and v.price_minor > 500 order by v.id")
	var told journal
	for name, one := range map[string]struct {
		limits *pricingv1.Limits
		code   string
		want   int
	}{
		"the last use of a code": {code: "LAST", want: 1},
		"one customer":           {limits: &pricingv1.Limits{UsesPerCustomer: 2}, want: 2},
		"a campaign's budget":    {limits: &pricingv1.Limits{Budget: usd(3*200 + 199)}, want: 3},
	} {
		t.Run(name, func(t *testing.T) {
			for round := range rounds(1) {
				variant, code, codes := variants[round%len(variants)], "", []string(nil)
				if one.code != "" {
					code = fmt.Sprint(one.code, round)
					codes = []string{code}
				}
				s.stockUp(t, 10_000, variant)
				end := s.promote(t, 200, one.limits, code, 1)
				racers := s.racers(t, variant, crowd, codes...)
				placed, errs := atOnce(crowd, func(i int) (*checkoutv1.PlaceOrderResponse, error) { return racers[i].order(id.New()) })
				won := 0
				for i, err := range errs {
					if err == nil {
						won++
						told.add(placed[i].GetOrderNumber(), racers[i].total.GetAmountMinor())
						continue
					}
					problem, _ := rpc.Detail[*checkoutv1.PlaceOrderProblem](err)
					if problem.GetTotal().GetAmountMinor() != racers[i].total.GetAmountMinor()+200 && len(problem.GetDiscounts()) != 1 {
						t.Errorf("round %d: a shopper was told %v", round, err)
					}
				}
				if won != one.want {
					t.Errorf("round %d: %d orders have it, want %d", round, won, one.want)
				}
				end()
			}
		})
	}
	s.check(t, told.file(t))
}

// Two hundred at once, at two instances of order, each give back a third of the same capture: all thirds go back, and no cent more, by the provider's own record.
func refundsOfOneCapture(t *testing.T, s *shop) {
	staff := s.asStaff(t, "orders.read", "orders.write")
	clients := []orderv1connect.OrderServiceClient{orderv1connect.NewOrderServiceClient(s.asShopper(t, "order", 0)), orderv1connect.NewOrderServiceClient(s.asShopper(t, "order", 1))}
	for round := range rounds(1) {
		payment := s.paysUnseen(t)
		s.settle(t, payment)
		order := s.column(t, "select o.id::text from payments p join orders o on o.id = p.order_id where p.id = $1 and o.state = 'confirmed'", payment)[0]
		third := s.readRecord(t)[payment].captured / 3
		_, errs := atOnce(crowd, func(i int) (struct{}, error) {
			req := &orderv1.RefundOrderRequest{OrderId: order, OtherMinor: third, ExpectedMinor: third, IdempotencyKey: id.New()}
			for {
				_, err := clients[i%len(clients)].RefundOrder(staff, req)
				if !slices.Contains([]connect.Code{connect.CodeUnavailable, connect.CodeResourceExhausted, connect.CodeDeadlineExceeded}, connect.CodeOf(err)) {
					return struct{}{}, err
				}
			}
		})
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if connect.CodeOf(err) != connect.CodeFailedPrecondition {
				t.Errorf("round %d: staff were told %v", round, err)
			}
		}
		await(t, "the provider to give back all thirds", func() bool { return s.readRecord(t)[payment].returned >= 3*third })
		if returned := s.readRecord(t)[payment].returned; won != 3 || returned != 3*third {
			t.Errorf("round %d: %d of %d were told that %d goes back, and the provider gave back %d", round, won, crowd, third, returned)
		}
	}
	s.check(t, "")
}
