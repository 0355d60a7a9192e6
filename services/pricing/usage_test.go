package pricing

import (
	"slices"
	"testing"
	"time"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

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
