package pricing

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// mostByDay is how many orders are looked at to tell a promotion's use by day.
const mostByDay = 100_000

// ListRedemptions returns a page of the orders that used a promotion, newest first.
func (s *Service) ListRedemptions(ctx context.Context, req *pricingv1.ListRedemptionsRequest) (*pricingv1.ListRedemptionsResponse, error) {
	before := pageKey{Time: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ID: "00000000-0000-0000-0000-000000000000"}
	if err := rpc.ParsePageToken(req.GetPageToken(), &before); err != nil {
		return nil, err
	}
	if !id.Valid(before.ID) {
		return nil, errPageToken
	}
	size := rpc.PageSize(req.GetPageSize(), usualPage)
	rows, err := queries.ListRedemptions(ctx, s.cfg.DB.Read(ctx), pricingdb.ListRedemptionsParams{
		PromotionID: req.GetPromotionId(), BeforeTime: before.Time, AfterOrder: before.ID, PageSize: size + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("list redemptions: %w", err)
	}
	answer := &pricingv1.ListRedemptionsResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(pageKey{Time: rows[size-1].CreateTime, ID: rows[size-1].OrderID})
	}
	for _, row := range rows {
		answer.Redemptions = append(answer.Redemptions, &pricingv1.Redemption{
			OrderId: row.OrderID, Code: row.Code, Amount: &typev1.Money{AmountMinor: row.AmountMinor, CurrencyCode: s.cfg.Currency},
			Released: row.Released, CreateTime: timestamppb.New(row.CreateTime),
		})
	}
	return answer, nil
}

// CountUsageByDay tells how often a promotion was used on each of the last days.
func (s *Service) CountUsageByDay(ctx context.Context, req *pricingv1.CountUsageByDayRequest) (*pricingv1.CountUsageByDayResponse, error) {
	today := clock.Now().UTC().Truncate(24 * time.Hour)
	rows, err := queries.CountUsageByDay(ctx, s.cfg.DB.Read(ctx), pricingdb.CountUsageByDayParams{
		PromotionID: req.GetPromotionId(), Since: today.AddDate(0, 0, 1-int(req.GetDays())), Most: mostByDay,
	})
	if err != nil {
		return nil, fmt.Errorf("count usage by day: %w", err)
	}
	answer, counted := &pricingv1.CountUsageByDayResponse{}, int64(0)
	for _, row := range rows {
		counted += row.Uses
		answer.Days = append(answer.Days, &pricingv1.UsageDay{
			Day: row.Day, Usage: &pricingv1.Usage{Uses: row.Uses, Spent: &typev1.Money{AmountMinor: row.SpentMinor, CurrencyCode: s.cfg.Currency}},
		})
	}
	if counted == mostByDay {
		answer.Days = answer.GetDays()[:len(answer.GetDays())-1] // of the oldest day some may be missing
	}
	return answer, nil
}
