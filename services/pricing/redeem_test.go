package pricing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

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

// give lets a join do something for an order.
func (s *shop) give(orderID string, join func(ctx context.Context, tx pgx.Tx, orderID string) error) {
	s.t.Helper()
	if _, err := postgres.InTx(s.t.Context(), s.db, func(ctx context.Context, tx pgx.Tx) (struct{}, error) { return struct{}{}, join(ctx, tx, orderID) }); err != nil {
		s.t.Fatal(err)
	}
}

// counts fails unless the promotion was used so often, by what was redeemed and by its limits if it has any.
func (s *shop) counts(uses, spent int64) {
	s.t.Helper()
	var redeemed, amount int64
	limited := s.promotion.GetLimits().GetUses() > 0 || s.promotion.GetLimits().GetBudget() != nil
	row := s.db.Primary().QueryRow(s.t.Context(), "select count(*), coalesce(sum(amount_minor), 0) from promotion_redemptions where not released")
	if err := row.Scan(&redeemed, &amount); err != nil || redeemed != uses || amount != spent {
		s.t.Errorf("redeemed %d times for %d, %v; want %d for %d", redeemed, amount, err, uses, spent)
	}
	row = s.db.Primary().QueryRow(s.t.Context(), "select uses, spent_minor from promotion_limits")
	switch err := row.Scan(&redeemed, &amount); {
	case postgres.IsNoRows(err):
		if limited {
			s.t.Error("the promotion has no limits any more")
		}
	case err != nil || !limited || redeemed != uses || amount != spent:
		s.t.Errorf("limits count %d for %d, %v; want %d for %d", redeemed, amount, err, uses, spent)
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
			ctx := s.caughtUp()
			got, err := s.GetPromotion(ctx, &pricingv1.GetPromotionRequest{Id: s.promotion.GetId()})
			if err != nil || got.GetPromotion().GetUsage().GetUses() != int64(tc.want) || got.GetPromotion().GetUsage().GetSpent().GetAmountMinor() != int64(tc.want)*1000 {
				t.Errorf("usage %v, %v", got.GetPromotion().GetUsage(), err)
			}
		})
	}
}

// A promotion that staff change while somebody is ordering is used as the shopper agreed to, as long as it counts at all and its limits allow it.
func TestChangedWhileOrdering(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change  func(p *pricingv1.Promotion)
		refused bool
	}{
		"another amount": {change: func(p *pricingv1.Promotion) { p.Effect.GetAmountOff().Amount = usd(1500) }},
		"another name":   {change: func(p *pricingv1.Promotion) { p.Name = "Fifteen off" }},
		"switched off":   {change: func(p *pricingv1.Promotion) { p.Active = false }, refused: true},
		"less budget":    {change: func(p *pricingv1.Promotion) { p.Limits = &pricingv1.Limits{Budget: usd(999)} }, refused: true},
		"enough budget":  {change: func(p *pricingv1.Promotion) { p.Limits = &pricingv1.Limits{Budget: usd(1000)} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, tenOff(nil), 0)
			applied := s.quote(basket("TEN-OFF")).GetPromotions()
			tc.change(s.promotion)
			s.change()
			_, refused, err := s.order(t.Context(), "ann@example.com", applied)
			if err != nil || (len(refused) > 0) != tc.refused {
				t.Errorf("refused %v, %v", refused, err)
			}
			s.counts(map[bool]int64{false: 1}[tc.refused], map[bool]int64{false: 1000}[tc.refused])
		})
	}
}

// Limits that are taken away and set again count what was used meanwhile, and nothing that was given back.
func TestLimitsComeAndGo(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(&pricingv1.Limits{Uses: 2}), 0)
	applied := s.quote(basket("TEN-OFF")).GetPromotions()
	order := func(email string) string {
		t.Helper()
		id, refused, err := s.order(t.Context(), email, applied)
		if err != nil || len(refused) > 0 {
			t.Fatalf("refused %v, %v", refused, err)
		}
		return id
	}
	first := order("ann@example.com")
	s.counts(1, 1000)
	s.promotion.Limits = nil
	s.change()
	s.counts(1, 1000)
	order("bob@example.com")
	s.give(first, Release)
	s.counts(1, 1000)
	s.promotion.Limits = &pricingv1.Limits{Uses: 2, Budget: usd(5000)}
	s.change()
	s.counts(1, 1000)
	order("eve@example.com")
	s.counts(2, 2000)
	if _, refused, err := s.order(t.Context(), "joe@example.com", applied); err != nil || len(refused) == 0 {
		t.Errorf("a third order: %v, %v", refused, err)
	}
}

// Limits that are set while an order is being placed count it: they wait for it.
func TestLimitsWaitForOrders(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(nil), 0)
	applied := s.quote(basket("TEN-OFF")).GetPromotions()
	set := make(chan error, 1)
	_, err := postgres.InTx(t.Context(), s.db, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		if _, err := Redeem(ctx, tx, id.New(), "ann@example.com", applied); err != nil {
			return struct{}{}, err
		}
		s.promotion.Limits = &pricingv1.Limits{Uses: 1}
		go func() {
			_, err := s.UpdatePromotion(t.Context(), &pricingv1.UpdatePromotionRequest{Promotion: s.promotion, ExpectedVersion: 1})
			set <- err
		}()
		for { // until it is done, or waits for a lock
			select {
			case err := <-set:
				set <- err
				return struct{}{}, nil
			default:
			}
			var waiting bool
			err := s.db.Primary().QueryRow(t.Context(), "select exists (select from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database())").Scan(&waiting)
			if err != nil || waiting {
				return struct{}{}, err
			}
		}
	})
	if err := errors.Join(err, <-set); err != nil {
		t.Fatal(err)
	}
	s.counts(1, 1000)
}

// An order that is kept after all counts again while its limits allow it, and not at all when they do not.
func TestReclaim(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		limits *pricingv1.Limits
		code   int64
		first  bool
		email  string // of the order that came meanwhile; none if empty
		kept   bool
	}{
		"nobody came":           {limits: &pricingv1.Limits{Uses: 1}, code: 1, kept: true},
		"another took the use":  {limits: &pricingv1.Limits{Uses: 1}, email: "bob@example.com"},
		"there is another use":  {limits: &pricingv1.Limits{Uses: 2}, email: "bob@example.com", kept: true},
		"another took the code": {code: 1, email: "bob@example.com"},
		"the same took theirs":  {limits: &pricingv1.Limits{UsesPerCustomer: 1}, email: "ann@example.com"},
		"no first order":        {first: true, email: "ann@example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			promotion := tenOff(tc.limits)
			promotion.Conditions.FirstOrder = tc.first
			s := newShop(t, promotion, tc.code)
			applied := s.quote(basket("TEN-OFF")).GetPromotions()
			late, _, err := s.order(t.Context(), "ann@example.com", applied)
			if err != nil {
				t.Fatal(err)
			}
			s.give(late, Release)
			if tc.email != "" {
				if _, refused, err := s.order(t.Context(), tc.email, applied); err != nil || len(refused) > 0 {
					t.Fatalf("%v, %v", refused, err)
				}
			}
			for range 2 { // repeating it changes nothing
				s.give(late, func(ctx context.Context, tx pgx.Tx, orderID string) error {
					refused, err := Reclaim(ctx, tx, orderID)
					if (len(refused) == 0) != tc.kept {
						t.Errorf("refused %v, want it kept: %v", refused, tc.kept)
					}
					return err
				})
			}
			var live int
			if err := s.db.Primary().QueryRow(t.Context(), "select count(*) from promotion_redemptions where order_id = $1 and not released", late).Scan(&live); err != nil || (live == 1) != tc.kept {
				t.Errorf("%d redemptions, %v", live, err)
			}
		})
	}
}

// One customer is known again by an e-mail address in any spelling.
func TestCustomerOf(t *testing.T) {
	t.Parallel()
	if ann := customerOf("ann@example.com"); !slices.Equal(customerOf(" Ann@Example.COM "), ann) || slices.Equal(customerOf("bob@example.com"), ann) {
		t.Error("capitals and spaces make another customer, or another name does not")
	}
}
