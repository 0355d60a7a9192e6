// Package pricing knows what a cart comes to: delivery and tax, and what promotions take off.
package pricing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/address"
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
	// GiftCards make and know the codes of gift cards.
	GiftCards *GiftCardKeys
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
	var asks []postgres.Ask
	cart, to := s.cartOf(req), destinationOf(req, clock.Now())
	if cart != nil {
		asks = append(asks, cart.ask(ctx))
	}
	if to != nil {
		asks = append(asks, to.askMethods(ctx, s.cfg.Currency), to.askTaxes(ctx))
	}
	if err := s.cfg.DB.Together(ctx, asks...); err != nil {
		return engine.Rules{}, fmt.Errorf("load what a cart is priced by: %w", err)
	}
	var rules engine.Rules
	var err error
	if cart != nil {
		if rules, err = s.promoted(ctx, cart); err != nil {
			return rules, err
		}
	}
	if to != nil {
		err = s.destined(ctx, to, &rules)
	}
	return rules, err
}

// ListCountries returns where the shop delivers to.
func (s *Service) ListCountries(ctx context.Context, _ *pricingv1.ListCountriesRequest) (*pricingv1.ListCountriesResponse, error) {
	known := address.Countries(english)
	ask := pricingdb.ListDestinationsParams{CurrencyCode: s.cfg.Currency}
	for _, country := range known {
		ask.Countries = append(ask.Countries, country.Code)
	}
	codes, err := queries.ListDestinations(ctx, s.cfg.DB.Read(ctx), ask)
	if err != nil {
		return nil, fmt.Errorf("list destinations: %w", err)
	}
	answer := &pricingv1.ListCountriesResponse{}
	for _, country := range known {
		if slices.Contains(codes, country.Code) {
			answer.Countries = append(answer.Countries, &pricingv1.Country{Code: country.Code, Name: country.Name})
		}
	}
	return answer, nil
}
