package pricing

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

func usd(minor int64) *typev1.Money {
	return &typev1.Money{AmountMinor: minor, CurrencyCode: "USD"}
}

// tenOff takes ten dollars off, for who enters a code.
func tenOff(limits *pricingv1.Limits) *pricingv1.Promotion {
	return &pricingv1.Promotion{
		Name: "Ten off", Active: true, NeedsCode: true, Conditions: &pricingv1.Conditions{}, Limits: limits,
		Effect: &pricingv1.Effect{Kind: &pricingv1.Effect_AmountOff{AmountOff: &pricingv1.AmountOff{Amount: usd(1000)}}},
	}
}

func basket(codes ...string) *pricingv1.QuoteRequest {
	return &pricingv1.QuoteRequest{
		CurrencyCode: "USD", Codes: codes, Email: "ann@example.com",
		Lines: []*pricingv1.QuoteLine{{VariantId: id.New(), Quantity: 1, UnitPriceMinor: 5000}},
	}
}

// shop is a service with a promotion and its code "TEN-OFF".
type shop struct {
	*Service
	t         *testing.T
	db        *postgres.DB
	promotion *pricingv1.Promotion
}

func newShop(t *testing.T, promotion *pricingv1.Promotion, mostUses int64) *shop {
	t.Helper()
	db := postgrestest.New(t)
	s := &shop{Service: New(Config{DB: db, Currency: "USD"}), t: t, db: db}
	created, err := s.CreatePromotion(t.Context(), &pricingv1.CreatePromotionRequest{Promotion: promotion})
	if err != nil {
		t.Fatal(err)
	}
	s.promotion = created.GetPromotion()
	if _, err := s.CreateCodes(t.Context(), &pricingv1.CreateCodesRequest{PromotionId: s.promotion.GetId(), Code: "TEN-OFF", MostUses: mostUses}); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shop) quote(req *pricingv1.QuoteRequest) *pricingv1.QuoteResponse {
	s.t.Helper()
	answer, err := s.Quote(s.t.Context(), req)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer
}

// order redeems what a basket gets, or says what it may not have any more.
func (s *shop) order(ctx context.Context, email string, applied []*pricingv1.AppliedPromotion) (orderID string, refused []string, err error) {
	orderID = id.New()
	_, err = postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		if refused, err = Redeem(ctx, tx, orderID, email, applied); err == nil && len(refused) > 0 {
			err = errRefused
		}
		return struct{}{}, err
	})
	if errors.Is(err, errRefused) {
		err = nil
	}
	return orderID, refused, err
}

var errRefused = errors.New("refused")

// A code counts however it is typed, until its promotion changes, ends or is used up; the next cart knows.
func TestQuoteByCode(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(&pricingv1.Limits{Uses: 1}), 0)
	for _, typed := range []string{"TEN-OFF", "tenoff", " Ten Off "} {
		answer := s.quote(basket(typed))
		if answer.GetTotals().GetTotal().GetAmountMinor() != 4000 || !answer.GetCodes()[0].GetApplied() || answer.GetCodes()[0].GetCode() != typed {
			t.Errorf("by %q: %v", typed, answer)
		}
	}
	if answer := s.quote(basket("TEN")); answer.GetTotals().GetTotal().GetAmountMinor() != 5000 || answer.GetCodes()[0].GetProblem() == "" {
		t.Errorf("by another code: %v", answer)
	}
	s.promotion.Effect.GetAmountOff().Amount = usd(1500)
	changed, err := s.UpdatePromotion(t.Context(), &pricingv1.UpdatePromotionRequest{Promotion: s.promotion, ExpectedVersion: 1})
	if err != nil || changed.GetPromotion().GetVersion() != 2 {
		t.Fatalf("%v, %v", changed, err)
	}
	answer := s.quote(basket("TEN-OFF"))
	if answer.GetTotals().GetTotal().GetAmountMinor() != 3500 {
		t.Errorf("after a change: %v", answer)
	}
	if _, err := s.UpdatePromotion(t.Context(), &pricingv1.UpdatePromotionRequest{Promotion: s.promotion, ExpectedVersion: 1}); connect.CodeOf(err) != connect.CodeAborted {
		t.Errorf("a change of what is not there any more: %v", err)
	}
	orderID, refused, err := s.order(t.Context(), "ann@example.com", answer.GetPromotions())
	if err != nil || len(refused) > 0 {
		t.Fatalf("%v, %v", refused, err)
	}
	if answer := s.quote(basket("TEN-OFF")); answer.GetTotals().GetTotal().GetAmountMinor() != 5000 {
		t.Errorf("once it is used up: %v", answer)
	}
	for range 2 { // repeating it changes nothing
		if _, err := postgres.InTx(t.Context(), s.db, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
			return struct{}{}, Release(ctx, tx, orderID)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if answer := s.quote(basket("TEN-OFF")); answer.GetTotals().GetTotal().GetAmountMinor() != 3500 {
		t.Errorf("once the order was given up: %v", answer)
	}
	if _, err := s.RemoveCode(t.Context(), &pricingv1.RemoveCodeRequest{Code: "ten-off"}); err != nil {
		t.Fatal(err)
	}
	if answer := s.quote(basket("TEN-OFF")); answer.GetTotals().GetTotal().GetAmountMinor() != 5000 {
		t.Errorf("once the code is removed: %v", answer)
	}
}

// Whoever comes at once, limits are kept exactly: of a promotion, a code, a budget, a customer, and of first orders.
func TestLimitsHoldInARace(t *testing.T) {
	t.Parallel()
	const shoppers, most = 40, 5
	tests := map[string]struct {
		limits *pricingv1.Limits
		code   int64
		email  func(i int) string
		first  bool
		want   int32
	}{
		"uses":         {limits: &pricingv1.Limits{Uses: most}, want: most},
		"a code":       {code: most, want: most},
		"a budget":     {limits: &pricingv1.Limits{Budget: usd(1000*most + 999)}, want: most},
		"a customer":   {limits: &pricingv1.Limits{UsesPerCustomer: 2}, email: func(i int) string { return fmt.Sprintf("Shopper%d@example.com", i%3) }, want: 6},
		"first orders": {first: true, email: func(i int) string { return fmt.Sprintf("shopper%d@example.com", i%4) }, want: 4},
		"none":         {want: shoppers},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			promotion := tenOff(tc.limits)
			promotion.Conditions.FirstOrder = tc.first
			s := newShop(t, promotion, tc.code)
			applied := s.quote(basket("TEN-OFF")).GetPromotions()
			if tc.email == nil {
				tc.email = func(i int) string { return fmt.Sprintf("shopper%d@example.com", i) }
			}
			var placed atomic.Int32
			var all sync.WaitGroup
			start := make(chan struct{})
			for i := range shoppers {
				all.Go(func() {
					<-start
					_, refused, err := s.order(t.Context(), tc.email(i), applied)
					if err != nil {
						t.Error(err)
					} else if len(refused) == 0 {
						placed.Add(1)
					}
				})
			}
			close(start)
			all.Wait()
			if placed.Load() != tc.want {
				t.Errorf("%d orders got it, want %d", placed.Load(), tc.want)
			}
			ctx := postgres.WithToken(t.Context(), 0)
			if err := s.db.CatchUp(ctx); err != nil {
				t.Fatal(err)
			}
			got, err := s.GetPromotion(ctx, &pricingv1.GetPromotionRequest{Id: s.promotion.GetId()})
			if err != nil || got.GetPromotion().GetUsage().GetUses() != int64(tc.want) || got.GetPromotion().GetUsage().GetSpent().GetAmountMinor() != int64(tc.want)*1000 {
				t.Errorf("usage %v, %v", got.GetPromotion().GetUsage(), err)
			}
		})
	}
}

// A batch is made once, of codes that nobody has yet; pages of them are whole.
func TestCodes(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(nil), 0)
	batch := &pricingv1.CreateCodesRequest{PromotionId: s.promotion.GetId(), Count: 250, Prefix: "xmas-", BatchId: id.New(), MostUses: 1}
	for i, want := range []int32{250, 0} {
		made, err := s.CreateCodes(t.Context(), batch)
		if err != nil || made.GetCreated() != want {
			t.Errorf("time %d: %v, %v", i, made, err)
		}
	}
	ctx := postgres.WithToken(t.Context(), 0)
	if err := s.db.CatchUp(ctx); err != nil {
		t.Fatal(err)
	}
	seen, page := map[string]bool{}, &pricingv1.ListCodesRequest{PromotionId: s.promotion.GetId(), PageSize: 100}
	for {
		listed, err := s.ListCodes(ctx, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range listed.GetCodes() {
			seen[code.GetCode()] = true
		}
		if page.PageToken = listed.GetNextPageToken(); page.PageToken == "" {
			break
		}
	}
	if len(seen) != 251 {
		t.Errorf("%d codes listed, want 251", len(seen))
	}
	for name, req := range map[string]*pricingv1.CreateCodesRequest{
		"taken":            {PromotionId: s.promotion.GetId(), Code: "ten off"},
		"of nothing":       {PromotionId: id.New(), Code: "ELEVEN"},
		"with a sign":      {PromotionId: s.promotion.GetId(), Code: "50%OFF"},
		"too short":        {PromotionId: s.promotion.GetId(), Code: "A"},
		"none":             {PromotionId: s.promotion.GetId()},
		"without batch id": {PromotionId: s.promotion.GetId(), Count: 3},
	} {
		if made, err := s.CreateCodes(t.Context(), req); err == nil {
			t.Errorf("%s: %v", name, made)
		}
	}
}
