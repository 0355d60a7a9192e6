package pricing

import (
	"context"
	"testing"

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

// change stores the promotion as it is now.
func (s *shop) change() {
	s.t.Helper()
	changed, err := s.UpdatePromotion(s.t.Context(), &pricingv1.UpdatePromotionRequest{Promotion: s.promotion, ExpectedVersion: s.promotion.GetVersion()})
	if err != nil {
		s.t.Fatal(err)
	}
	s.promotion = changed.GetPromotion()
}

// caughtUp is a context whose reads see all that was written.
func (s *shop) caughtUp() context.Context { return caughtUp(s.t, s.db) }

func caughtUp(t testing.TB, db *postgres.DB) context.Context {
	t.Helper()
	ctx := postgres.WithToken(t.Context(), 0)
	if err := db.CatchUp(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}
