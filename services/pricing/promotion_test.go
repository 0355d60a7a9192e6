package pricing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
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

// change stores the promotion as it is now.
func (s *shop) change() {
	s.t.Helper()
	changed, err := s.UpdatePromotion(s.t.Context(), &pricingv1.UpdatePromotionRequest{Promotion: s.promotion, ExpectedVersion: s.promotion.GetVersion()})
	if err != nil {
		s.t.Fatal(err)
	}
	s.promotion = changed.GetPromotion()
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

// give lets a join do something for an order.
func (s *shop) give(orderID string, join func(ctx context.Context, tx pgx.Tx, orderID string) error) {
	s.t.Helper()
	if _, err := postgres.InTx(s.t.Context(), s.db, func(ctx context.Context, tx pgx.Tx) (struct{}, error) { return struct{}{}, join(ctx, tx, orderID) }); err != nil {
		s.t.Fatal(err)
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

// A batch is made once, of codes that nobody has yet; pages of them are whole.
func TestCodes(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(nil), 0)
	batch := &pricingv1.CreateCodesRequest{PromotionId: s.promotion.GetId(), Count: 12_345, Prefix: "xmas-", BatchId: id.New(), MostUses: 1}
	for i, want := range []int32{12_345, 0} {
		made, err := s.CreateCodes(t.Context(), batch)
		if err != nil || made.GetCreated() != want {
			t.Errorf("time %d: %v, %v", i, made, err)
		}
	}
	ctx := postgres.WithToken(t.Context(), 0)
	if err := s.db.CatchUp(ctx); err != nil {
		t.Fatal(err)
	}
	pages, seen, page := 0, map[string]bool{}, &pricingv1.ListCodesRequest{PromotionId: s.promotion.GetId(), PageSize: 1000}
	for {
		listed, err := s.ListCodes(ctx, page)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, code := range listed.GetCodes() {
			seen[code.GetCode()] = true
		}
		if page.PageToken = listed.GetNextPageToken(); page.PageToken == "" {
			break
		}
	}
	if len(seen) != 12_346 || pages != 13 {
		t.Errorf("%d codes on %d pages, want 12,346 on 13", len(seen), pages)
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

// caughtUp is a context whose reads see all that was written.
func (s *shop) caughtUp() context.Context {
	s.t.Helper()
	ctx := postgres.WithToken(s.t.Context(), 0)
	if err := s.db.CatchUp(ctx); err != nil {
		s.t.Fatal(err)
	}
	return ctx
}

// Staff find a promotion by its name, any of its codes, its kind and where it stands.
func TestFindPromotions(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(nil), 0)
	hour := func(from int) *timestamppb.Timestamp {
		return timestamppb.New(clock.Now().Add(time.Duration(from) * time.Hour))
	}
	for _, other := range []*pricingv1.Promotion{
		{Name: "Summer sale", Active: true, StartTime: hour(1)},
		{Name: "Winter sale", Active: true, EndTime: hour(-1)},
		{Name: "Spring sale"},
		{Name: "Autumn sale", Active: true, StartTime: hour(-2), EndTime: hour(2)},
	} {
		other.Conditions, other.Effect = &pricingv1.Conditions{}, tenOff(nil).GetEffect()
		if _, err := s.CreatePromotion(t.Context(), &pricingv1.CreatePromotionRequest{Promotion: other}); err != nil {
			t.Fatal(err)
		}
	}
	yes := true
	for name, tc := range map[string]struct {
		req  *pricingv1.ListPromotionsRequest
		want string
	}{
		"all":           {&pricingv1.ListPromotionsRequest{}, "Autumn sale, Spring sale, Winter sale, Summer sale, Ten off"},
		"by name":       {&pricingv1.ListPromotionsRequest{Query: "SALE"}, "Autumn sale, Spring sale, Winter sale, Summer sale"},
		"by code":       {&pricingv1.ListPromotionsRequest{Query: "ten-off"}, "Ten off"},
		"by half":       {&pricingv1.ListPromotionsRequest{Query: "ten-"}, ""},
		"with codes":    {&pricingv1.ListPromotionsRequest{NeedsCode: &yes}, "Ten off"},
		"running":       {&pricingv1.ListPromotionsRequest{State: pricingv1.PromotionState_PROMOTION_STATE_RUNNING}, "Autumn sale, Ten off"},
		"scheduled":     {&pricingv1.ListPromotionsRequest{State: pricingv1.PromotionState_PROMOTION_STATE_SCHEDULED}, "Summer sale"},
		"ended":         {&pricingv1.ListPromotionsRequest{State: pricingv1.PromotionState_PROMOTION_STATE_ENDED}, "Winter sale"},
		"off":           {&pricingv1.ListPromotionsRequest{State: pricingv1.PromotionState_PROMOTION_STATE_OFF}, "Spring sale"},
		"several":       {&pricingv1.ListPromotionsRequest{State: pricingv1.PromotionState_PROMOTION_STATE_RUNNING, Query: "sale"}, "Autumn sale"},
		"with its code": {&pricingv1.ListPromotionsRequest{Query: "Ten off", NeedsCode: &yes}, "Ten off"},
	} {
		tc.req.Count = true
		listed, err := s.ListPromotions(s.caughtUp(), tc.req)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var names []string
		for _, one := range listed.GetPromotions() {
			names = append(names, one.GetName())
			if tc.req.GetState() != 0 && one.GetState() != tc.req.GetState() {
				t.Errorf("%s: %s is %s", name, one.GetName(), one.GetState())
			}
		}
		if got := strings.Join(names, ", "); got != tc.want || int(listed.GetTotal()) != len(names) {
			t.Errorf("%s: found %s, %d in all", name, got, listed.GetTotal())
		}
	}
	got, err := s.GetPromotion(s.caughtUp(), &pricingv1.GetPromotionRequest{Id: s.promotion.GetId()})
	if err != nil || !slices.Equal(got.GetPromotion().GetNewestCodes(), []string{"TEN-OFF"}) {
		t.Errorf("its codes are %v, %v", got.GetPromotion().GetNewestCodes(), err)
	}
}

// A promotion that an order used stays, so that its cost stays known; another goes with its codes, unless somebody else changed it.
func TestDeletePromotion(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(nil), 0)
	remove := func(version int64) error {
		_, err := s.DeletePromotion(t.Context(), &pricingv1.DeletePromotionRequest{Id: s.promotion.GetId(), ExpectedVersion: version})
		return err
	}
	if _, _, err := s.order(t.Context(), "ann@example.com", s.quote(basket("TEN-OFF")).GetPromotions()); err != nil {
		t.Fatal(err)
	}
	if err := remove(1); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("one that was used: %v", err)
	}
	if _, err := s.db.Primary().Exec(t.Context(), "delete from promotion_redemptions"); err != nil {
		t.Fatal(err)
	}
	if err := remove(2); connect.CodeOf(err) != connect.CodeAborted {
		t.Errorf("one that was changed: %v", err)
	}
	for range 2 {
		if err := remove(1); err != nil {
			t.Error(err)
		}
	}
	if answer := s.quote(basket("TEN-OFF")); answer.GetTotals().GetTotal().GetAmountMinor() != 5000 {
		t.Errorf("its code counts after it is gone: %v", answer)
	}
}

// What a promotion took off is told by order and by day; orders that were given up are shown and not counted.
func TestUsage(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(nil), 0)
	applied := s.quote(basket("TEN-OFF")).GetPromotions()
	var orders []string
	for range 3 {
		order, _, err := s.order(t.Context(), "ann@example.com", applied)
		if err != nil {
			t.Fatal(err)
		}
		orders = append(orders, order)
	}
	for statement, order := range map[string]string{
		"update promotion_redemptions set create_time = create_time - interval '1 day' where order_id = $1": orders[0],
		"update promotion_redemptions set released = true where order_id = $1":                              orders[1],
	} {
		if _, err := s.db.Primary().Exec(t.Context(), statement, order); err != nil {
			t.Fatal(err)
		}
	}
	var listed []string
	page := &pricingv1.ListRedemptionsRequest{PromotionId: s.promotion.GetId(), PageSize: 2}
	for {
		answer, err := s.ListRedemptions(s.caughtUp(), page)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range answer.GetRedemptions() {
			listed = append(listed, one.GetOrderId())
			if one.GetCode() != "TENOFF" || one.GetAmount().GetAmountMinor() != 1000 || one.GetReleased() != (one.GetOrderId() == orders[1]) {
				t.Errorf("told %v", one)
			}
		}
		if page.PageToken = answer.GetNextPageToken(); page.GetPageToken() == "" {
			break
		}
	}
	if want := []string{orders[2], orders[1], orders[0]}; !slices.Equal(listed, want) {
		t.Errorf("listed %v, want %v", listed, want)
	}
	days, err := s.CountUsageByDay(s.caughtUp(), &pricingv1.CountUsageByDayRequest{PromotionId: s.promotion.GetId(), Days: 7})
	if err != nil || len(days.GetDays()) != 2 {
		t.Fatalf("%v, %v", days, err)
	}
	for i, day := range days.GetDays() {
		want := clock.Now().UTC().AddDate(0, 0, -i).Format(time.DateOnly)
		if day.GetDay() != want || day.GetUsage().GetUses() != 1 || day.GetUsage().GetSpent().GetAmountMinor() != 1000 {
			t.Errorf("day %d: %v, want one on %s", i, day, want)
		}
	}
}

// Codes are found by how they begin, in any spelling, page by page.
func TestFindCodes(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(nil), 0)
	for prefix, count := range map[string]int32{"XMAS-": 30, "XMA0": 20, "XMB": 10} {
		if _, err := s.CreateCodes(t.Context(), &pricingv1.CreateCodesRequest{
			PromotionId: s.promotion.GetId(), Count: count, Prefix: prefix, BatchId: id.New(), Length: 12,
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.CreateCodes(t.Context(), &pricingv1.CreateCodesRequest{
		PromotionId: s.promotion.GetId(), Count: 5, BatchId: id.New(), Length: 4,
	}); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("codes that can be guessed: %v", err)
	}
	for prefix, want := range map[string]int{"xm": 60, "x m-a": 50, "XMAS": 30, "XMC": 0, "": 61} {
		var found []string
		page := &pricingv1.ListCodesRequest{PromotionId: s.promotion.GetId(), Prefix: prefix, PageSize: 7, Count: true}
		for {
			answer, err := s.ListCodes(s.caughtUp(), page)
			if err != nil {
				t.Fatal(err)
			}
			if int(answer.GetTotal()) != want {
				t.Errorf("%d begin with %q, want %d", answer.GetTotal(), prefix, want)
			}
			for _, code := range answer.GetCodes() {
				found = append(found, code.GetCode())
			}
			if page.PageToken = answer.GetNextPageToken(); page.GetPageToken() == "" {
				break
			}
		}
		slices.Sort(found)
		if len(slices.Compact(found)) != want {
			t.Errorf("%d found that begin with %q, want %d", len(found), prefix, want)
		}
		for _, code := range found {
			if strings.HasPrefix(code, "XMAS-") && len(code) != len("XMAS-")+12 {
				t.Errorf("%s is not as long as was asked", code)
			}
		}
	}
}

// A promotion that is tried says what it takes off, or why nothing, at the moment and among the codes that are asked for; nothing of it stays.
func TestTryPromotion(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(&pricingv1.Limits{Uses: 1}), 0)
	if _, _, err := s.order(t.Context(), "bob@example.com", s.quote(basket("TEN-OFF")).GetPromotions()); err != nil {
		t.Fatal(err)
	}
	soon := timestamppb.New(clock.Now().Add(time.Hour))
	quarter := func(change func(*pricingv1.Promotion)) *pricingv1.Promotion {
		p := &pricingv1.Promotion{
			Name: "A quarter off", NeedsCode: true, Conditions: &pricingv1.Conditions{},
			Effect: &pricingv1.Effect{Kind: &pricingv1.Effect_PercentOff{PercentOff: &pricingv1.PercentOff{Rate: 250_000}}},
		}
		change(p)
		return p
	}
	for name, tc := range map[string]struct {
		promotion *pricingv1.Promotion
		codes     []string
		time      *timestamppb.Timestamp
		without   int64
		with      int64
		problem   string
	}{
		"as it is":            {promotion: quarter(func(*pricingv1.Promotion) {}), without: 5000, with: 3750},
		"stored and used up":  {promotion: s.promotion, without: 5000, with: 4000},
		"with a code used up": {promotion: quarter(func(p *pricingv1.Promotion) { p.Limits = &pricingv1.Limits{Uses: 1} }), codes: []string{"TEN-OFF"}, without: 5000, with: 3750},
		"for first orders":    {promotion: quarter(func(p *pricingv1.Promotion) { p.Conditions.FirstOrder = true }), without: 5000, with: 3750},
		"before it begins":    {promotion: quarter(func(p *pricingv1.Promotion) { p.StartTime = soon }), without: 5000, with: 5000, problem: "it has not begun by then"},
		"once it begins":      {promotion: quarter(func(p *pricingv1.Promotion) { p.StartTime = soon }), time: soon, without: 5000, with: 3750},
		"once it is over":     {promotion: quarter(func(p *pricingv1.Promotion) { p.EndTime = soon }), time: soon, without: 5000, with: 5000, problem: "it is over by then"},
		"of too little":       {promotion: quarter(func(p *pricingv1.Promotion) { p.Conditions.MinValue = usd(6000) }), without: 5000, with: 5000, problem: "it is for orders from $60.00"},
		"with a gift": {promotion: quarter(func(p *pricingv1.Promotion) {
			p.Effect.Kind = &pricingv1.Effect_FreeGift{FreeGift: &pricingv1.FreeGift{VariantId: id.New(), Units: 2}}
		}), without: 5000, with: 5000},
		"in another currency": {promotion: quarter(func(p *pricingv1.Promotion) {
			p.Conditions.MinValue = &typev1.Money{AmountMinor: 1, CurrencyCode: "EUR"}
		})},
	} {
		answer, err := s.TryPromotion(t.Context(), &pricingv1.TryPromotionRequest{Promotion: tc.promotion, Basket: basket(tc.codes...), Time: tc.time})
		if tc.with == 0 {
			if connect.CodeOf(err) != connect.CodeInvalidArgument {
				t.Errorf("%s: %v, %v", name, answer, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if answer.GetWithout().GetTotals().GetTotal().GetAmountMinor() != tc.without || answer.GetWith().GetTotals().GetTotal().GetAmountMinor() != tc.with ||
			!strings.HasPrefix(answer.GetProblem(), tc.problem) || (answer.GetProblem() == "") != (tc.problem == "") || len(answer.GetWith().GetCodes()) != len(tc.codes) {
			t.Errorf("%s: %v", name, answer)
		}
	}
	listed, err := s.ListPromotions(s.caughtUp(), &pricingv1.ListPromotionsRequest{})
	if err != nil || len(listed.GetPromotions()) != 1 || listed.GetPromotions()[0].GetUsage().GetUses() != 1 {
		t.Errorf("trying left %v, %v", listed, err)
	}
}
