package pricing

import (
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

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

// A promotion that makes no sense is not stored, and the field is named.
func TestPromotionRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(nil), 0)
	noon := timestamppb.New(time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC))
	tier := func(rate int32, minor int64) func(*pricingv1.Promotion) {
		return func(p *pricingv1.Promotion) {
			p.Effect.Kind = &pricingv1.Effect_Tiers{Tiers: &pricingv1.Tiers{Tiers: []*pricingv1.Tier{{From: 1, Rate: rate, AmountMinor: minor}}}}
		}
	}
	for field, change := range map[string]func(*pricingv1.Promotion){
		"promotion.end_time":                 func(p *pricingv1.Promotion) { p.StartTime, p.EndTime = noon, noon },
		"promotion.effect.tiers[0]: takes":   tier(1, 1),
		"promotion.effect.tiers[0]:":         tier(0, 0),
		"promotion.effect.amount_off.amount": func(p *pricingv1.Promotion) { p.Effect.GetAmountOff().Amount.CurrencyCode = "EUR" },
		"promotion.limits.budget":            func(p *pricingv1.Promotion) { p.Limits = &pricingv1.Limits{Budget: usd(-1)} },
	} {
		promotion := tenOff(nil)
		change(promotion)
		_, err := s.CreatePromotion(t.Context(), &pricingv1.CreatePromotionRequest{Promotion: promotion})
		if connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// There are only so many active promotions as every process can keep; those that are over do not count.
func TestMostActivePromotions(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(nil), 0)
	fill := `insert into promotions (id, name, active, needs_code, definition, create_time, update_time, end_time)
		select gen_random_uuid(), 'Another', true, true, definition, now(), now(), case when n > $1 then now() - interval '1 day' end from promotions, generate_series(1, $1 + 10) n`
	if _, err := s.db.Primary().Exec(t.Context(), fill, mostActive-2); err != nil {
		t.Fatal(err)
	}
	create := func() error {
		_, err := s.CreatePromotion(t.Context(), &pricingv1.CreatePromotionRequest{Promotion: tenOff(nil)})
		return err
	}
	if err := create(); err != nil {
		t.Errorf("the last one: %v", err)
	}
	if err := create(); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("one more: %v", err)
	}
}
