package pricing

import (
	"context"
	"fmt"
	"sync"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/services/pricing/engine"
)

// promoted returns the promotions that a request may get, as they are at this moment.
func (s *Service) promoted(ctx context.Context, req *pricingv1.QuoteRequest) (engine.Rules, error) {
	if req.GetCurrencyCode() != s.cfg.Currency {
		return engine.Rules{}, nil // amounts of promotions are in the shop's currency
	}
	typed := make(map[string]string, len(req.GetCodes())) // by key
	ask := pricingdb.LoadCartFactsParams{Codes: []string{}, Customer: []byte{}}
	for _, code := range req.GetCodes() {
		key := CodeKey(code)
		if _, twice := typed[key]; !twice {
			typed[key] = code
			ask.Codes = append(ask.Codes, key)
		}
	}
	if req.GetEmail() != "" {
		ask.Customer = customerOf(req.GetEmail())
	}
	facts, err := queries.LoadCartFacts(ctx, s.cfg.DB.Primary(), ask)
	if err != nil {
		return engine.Rules{}, fmt.Errorf("load facts of the cart: %w", err)
	}
	rules := engine.Rules{Codes: make(map[string]string, len(facts.Codes)), Ended: make(map[string]bool, len(facts.Ended)), Left: make(map[string]int64, len(facts.Budgeted)), Returning: facts.Returning}
	for i, code := range facts.Codes {
		rules.Codes[typed[code]] = facts.Promotions[i]
	}
	for _, id := range facts.Ended {
		rules.Ended[id] = true
	}
	for i, id := range facts.Budgeted {
		rules.Left[id] = facts.BudgetLeft[i]
	}
	rules.Promotions, err = s.ready.get(ctx, s.cfg.DB, facts.Revision)
	return rules, err
}

// ready keeps the shop's promotions made ready for as long as none of them changes: the number of their state is read from the primary with
// each cart, so nobody is ever priced by promotions that are over.
type ready struct {
	mu       sync.Mutex
	revision int64
	made     *engine.Promotions
}

// get returns the promotions of a state, or newer ones.
func (r *ready) get(ctx context.Context, db *postgres.DB, revision int64) (*engine.Promotions, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.made != nil && r.revision == revision {
		return r.made, nil
	}
	// Read before the promotions: if they change between both, they are read again for the next cart.
	number, err := queries.GetPromotionRevision(ctx, db.Primary())
	if err != nil {
		return nil, fmt.Errorf("get the state of the promotions: %w", err)
	}
	rows, err := queries.ListActivePromotions(ctx, db.Primary(), pricingdb.ListActivePromotionsParams{Now: clock.Now(), Most: mostActive})
	if err != nil {
		return nil, fmt.Errorf("list active promotions: %w", err)
	}
	given := make([]*pricingv1.Promotion, len(rows))
	for i, row := range rows {
		if given[i], err = read(row.Definition); err != nil {
			return nil, err
		}
		given[i].Id = row.ID
	}
	r.revision, r.made = number, engine.Ready(given)
	return r.made, nil
}
