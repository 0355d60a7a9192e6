// Package pricing knows what a cart comes to: delivery and tax, and what promotions take off.
package pricing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/pricing/engine"
)

var queries = pricingdb.New()

// Config is what pricing needs.
type Config struct {
	DB *postgres.DB
	// Currency is the shop's; what is delivered where depends on it.
	Currency string
}

// Service implements PricingService.
type Service struct {
	cfg   Config
	ready ready
}

// New returns the service.
func New(cfg Config) *Service { return &Service{cfg: cfg} }

// Quote computes totals. It reads the primary: orders are placed by what it says.
func (s *Service) Quote(ctx context.Context, req *pricingv1.QuoteRequest) (*pricingv1.QuoteResponse, error) {
	if !money.Known(req.GetCurrencyCode()) {
		return nil, rpc.InvalidArgument("currency_code: not a currency of ISO 4217")
	}
	rules, err := s.rules(ctx, req)
	if err != nil {
		return nil, err
	}
	answer, err := price(rules, req, clock.Now())
	if err != nil {
		return nil, err
	}
	answer.LostPromotions, err = s.lost(ctx, req, answer)
	return answer, err
}

// lost names promotions that the shopper was shown and that do not count any more.
func (s *Service) lost(ctx context.Context, req *pricingv1.QuoteRequest, answer *pricingv1.QuoteResponse) ([]*pricingv1.LostPromotion, error) {
	var gone []string
	for _, id := range req.GetExpectedPromotionIds() {
		if !slices.ContainsFunc(answer.GetPromotions(), func(counts *pricingv1.AppliedPromotion) bool { return counts.GetPromotionId() == id }) {
			gone = append(gone, id)
		}
	}
	if len(gone) == 0 {
		return nil, nil
	}
	rows, err := queries.ListPromotionNames(ctx, s.cfg.DB.Primary(), gone)
	if err != nil {
		return nil, fmt.Errorf("list names of promotions: %w", err)
	}
	lost := make([]*pricingv1.LostPromotion, len(rows))
	for i, row := range rows {
		lost[i] = &pricingv1.LostPromotion{PromotionId: row.ID, Name: row.Name}
	}
	return lost, nil
}

func price(rules engine.Rules, req *pricingv1.QuoteRequest, at time.Time) (*pricingv1.QuoteResponse, error) {
	answer, err := engine.Price(rules, req, at)
	if errors.Is(err, engine.ErrGift) {
		return nil, rpc.Aborted(engine.ErrGift.Reason)
	}
	var refused *engine.Refusal
	if errors.As(err, &refused) {
		return nil, rpc.FailedPrecondition(refused.Reason)
	}
	if err != nil {
		return nil, fmt.Errorf("price: %w", err)
	}
	return answer, nil
}

// rules are those that concern a request. Without a destination neither shipping nor tax are known, so they are left out.
func (s *Service) rules(ctx context.Context, req *pricingv1.QuoteRequest) (engine.Rules, error) {
	rules, err := s.promoted(ctx, req)
	if err != nil || req.GetCountryCode() == "" {
		return rules, err
	}
	rows, err := queries.ListRates(ctx, s.cfg.DB.Primary(), pricingdb.ListRatesParams{
		CurrencyCode: req.GetCurrencyCode(), CountryCode: req.GetCountryCode(), Region: regionCode(req.GetCountryCode(), req.GetRegion()),
	})
	if err != nil {
		return rules, fmt.Errorf("list rates: %w", err)
	}
	if len(rows) == 0 {
		return rules, rpc.FailedPrecondition(engine.ErrNotDelivered.Reason)
	}
	rules.Tax = zone(rows[0])
	for _, row := range rows {
		rules.Deliveries = append(rules.Deliveries, delivery(row))
	}
	return rules, nil
}

// zone is the tax of a destination, which each of its deliveries repeats.
func zone(row pricingdb.ListRatesRow) *engine.Zone {
	zone := &engine.Zone{Name: row.TaxName, Included: row.TaxIncluded}
	if row.TaxRate > 0 {
		zone.Rates = map[string][]engine.TaxRate{"": {{Name: row.TaxName, Rate: int64(row.TaxRate)}}}
	}
	if row.TaxOnShipping {
		zone.Shipping = engine.Standard
	}
	return zone
}

func delivery(row pricingdb.ListRatesRow) engine.Delivery {
	d := engine.Delivery{Code: row.Code, Name: row.Name, MinDays: row.MinDays, MaxDays: row.MaxDays}
	rate := engine.Rate{Price: row.PriceMinor}
	if row.MaxWeightGrams != nil {
		rate.MostGrams = *row.MaxWeightGrams
	}
	if row.FreeFromMinor != nil {
		d.Rates = append(d.Rates, engine.Rate{MostGrams: rate.MostGrams, LeastGoods: *row.FreeFromMinor})
	}
	d.Rates = append(d.Rates, rate)
	return d
}

// ListCountries returns where the shop delivers to.
func (s *Service) ListCountries(ctx context.Context, _ *pricingv1.ListCountriesRequest) (*pricingv1.ListCountriesResponse, error) {
	rows, err := queries.ListDestinations(ctx, s.cfg.DB.Read(ctx), s.cfg.Currency)
	if err != nil {
		return nil, fmt.Errorf("list destinations: %w", err)
	}
	answer := &pricingv1.ListCountriesResponse{}
	for _, row := range rows {
		answer.Countries = append(answer.Countries, &pricingv1.Country{Code: row.CountryCode, Name: row.Name})
	}
	return answer, nil
}

// regionCode takes the country out of codes like "US-CA".
func regionCode(country, region string) string {
	region = strings.ToUpper(strings.TrimSpace(region))
	return strings.TrimPrefix(region, country+"-")
}
