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

// cart is what promotions have to know of a request.
type cart struct {
	typed  map[string]string // codes as they were typed, by key
	wanted pricingdb.LoadCartFactsParams
	facts  pricingdb.LoadCartFactsRow
}

// cartOf returns nil in another currency than the shop's, in which the amounts of promotions are.
func (s *Service) cartOf(req *pricingv1.QuoteRequest) *cart {
	if req.GetCurrencyCode() != s.cfg.Currency {
		return nil
	}
	c := &cart{typed: make(map[string]string, len(req.GetCodes())), wanted: pricingdb.LoadCartFactsParams{Codes: []string{}, Customer: []byte{}}}
	for _, code := range req.GetCodes() {
		key := CodeKey(code)
		if _, twice := c.typed[key]; !twice {
			c.typed[key] = code
			c.wanted.Codes = append(c.wanted.Codes, key)
		}
	}
	if req.GetEmail() != "" {
		c.wanted.Customer = customerOf(req.GetEmail())
	}
	return c
}

func (c *cart) ask(ctx context.Context) postgres.Ask {
	return func(db postgres.DBTX) (err error) {
		c.facts, err = queries.LoadCartFacts(ctx, db, c.wanted)
		return err
	}
}

// promoted returns the promotions that a cart may get, as they are at this moment.
func (s *Service) promoted(ctx context.Context, c *cart) (engine.Rules, error) {
	facts := c.facts
	rules := engine.Rules{Codes: make(map[string]string, len(facts.Codes)), Ended: make(map[string]bool, len(facts.Ended)), Left: make(map[string]int64, len(facts.Budgeted)), Returning: facts.Returning}
	for i, code := range facts.Codes {
		rules.Codes[c.typed[code]] = facts.Promotions[i]
	}
	for _, id := range facts.Ended {
		rules.Ended[id] = true
	}
	for i, id := range facts.Budgeted {
		rules.Left[id] = facts.BudgetLeft[i]
	}
	promotions, err := s.ready.get(ctx, s.cfg.DB, facts.Revision)
	rules.Promotions = promotions
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
