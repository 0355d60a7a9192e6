//go:build unix

package pricing

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// A large shop prices a large cart: a hundred lines, a thousand active promotions of all kinds, a million codes, forty thousand postcodes with taxes. The CPU time is
// this process's, without the database's.
func BenchmarkQuote(b *testing.B) {
	db, err := postgres.Open(b.Context(), postgres.Config{URL: postgrestest.NewURLs(b).Primary, StatementTimeout: 5 * time.Minute, Metrics: prometheus.NewRegistry()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(db.Close)
	s := New(Config{DB: db, Currency: "USD"})
	category := func(n int) string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", n) }
	first := ""
	for i := range 1_000 {
		promotion := tenOff(nil)
		promotion.Name, promotion.NeedsCode, promotion.Conditions.MinValue = fmt.Sprintf("Promotion %d", i), i%2 == 0, usd(int64(i*100))
		items := &pricingv1.Items{CategoryIds: []string{category(i % 200)}}
		promotion.Effect = []*pricingv1.Effect{
			{Kind: &pricingv1.Effect_PercentOff{PercentOff: &pricingv1.PercentOff{Items: items, Rate: 10_000}}},
			{Kind: &pricingv1.Effect_AmountOff{AmountOff: &pricingv1.AmountOff{Items: items, Amount: usd(100)}}},
			{Kind: &pricingv1.Effect_BuyGet{BuyGet: &pricingv1.BuyGet{Buy: items, BuyUnits: 2, Get: items, GetUnits: 1, Rate: 1_000_000}}},
			{Kind: &pricingv1.Effect_ShippingOff{ShippingOff: &pricingv1.ShippingOff{Rate: 500_000}}},
		}[i/2%4]
		promotion.Alone = i%50 == 7
		created, err := s.CreatePromotion(b.Context(), &pricingv1.CreatePromotionRequest{Promotion: promotion})
		if err != nil {
			b.Fatal(err)
		}
		if i == 0 {
			first = created.GetPromotion().GetId()
		}
	}
	exec := func(sql string, args ...any) {
		b.Helper()
		if _, err := db.Primary().Exec(b.Context(), sql, args...); err != nil {
			b.Fatal(err)
		}
	}
	exec("insert into promotion_codes (code, shown, promotion_id, most_uses, create_time) select 'CODE' || n, 'CODE' || n, $1, 1, now() from generate_series(1, 1000000) n", first)
	exec(`insert into taxes (id, country_code, region, postcode_from, postcode_until, class, step, name, rate, compound, start_time)
		select gen_random_uuid(), 'US', 'CA', lpad(n::text, 5, '0'), lpad(n::text, 5, '0'), '', 2, 'District', 10000, false, '0001-01-01 00:00:00Z' from generate_series(1, 40000) n`)
	exec("vacuum analyze")
	req := &pricingv1.QuoteRequest{CurrencyCode: "USD", CountryCode: "US", Region: "CA", PostalCode: "30210", Email: "ann@example.com", Codes: []string{"code-500000", "CODE999999"}}
	for i := range 100 {
		req.Lines = append(req.Lines, &pricingv1.QuoteLine{
			VariantId: id.New(), ProductId: id.New(), Quantity: int32(i%5 + 1), UnitPriceMinor: int64(1_000 + i*37), WeightGrams: 50,
			CategoryIds: []string{category(i % 200), category(i * 7 % 200), category(i * 13 % 200)}, TaxClass: []string{"", "reduced"}[i%2],
		})
	}
	answer, err := s.Quote(b.Context(), req) // makes the promotions ready
	if err != nil {
		b.Fatal(err)
	}
	if len(answer.GetPromotions()) < 50 || len(answer.GetTaxes()) != 2 {
		b.Fatalf("%d promotions count, and the taxes are %v", len(answer.GetPromotions()), answer.GetTaxes())
	}
	b.ReportAllocs()
	before := processor(b)
	for b.Loop() {
		if _, err := s.Quote(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processor(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// processor is the CPU time that this process has used.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
