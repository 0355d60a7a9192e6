package pricing

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

// The functions in this file are joins: they take part in the transaction of an order.

// Redeem counts an order and what made it cheaper. Promotions that were used up meanwhile, or that the customer may not have any more, are returned, and the order must
// not be placed then: its price is not true. Orders of one customer, and those that use one limited promotion or code, wait for each other.
func Redeem(ctx context.Context, tx pgx.Tx, orderID, email string, applied []*pricingv1.AppliedPromotion, firstOrders []string) (refused []string, err error) {
	customer := customerOf(email)
	if err := queries.LockCustomer(ctx, tx, customer); err != nil {
		return nil, fmt.Errorf("lock customer: %w", err)
	}
	returning, err := queries.AddOrder(ctx, tx, pricingdb.AddOrderParams{OrderID: orderID, Customer: customer})
	if err != nil {
		return nil, fmt.Errorf("add order: %w", err)
	}
	if len(applied) == 0 {
		return nil, nil
	}
	used := pricingdb.AddRedemptionsParams{OrderID: orderID, Customer: customer, Now: clock.Now()}
	amounts := make(map[string]int64, len(applied))
	codes := map[string]string{} // by promotion
	for _, one := range applied {
		amount := one.GetGoodsMinor() + one.GetShippingMinor()
		amounts[one.GetPromotionId()] = amount
		used.PromotionIds, used.Amounts = append(used.PromotionIds, one.GetPromotionId()), append(used.Amounts, amount)
		used.Codes = append(used.Codes, codeKey(one.GetCode()))
		if one.GetCode() != "" {
			codes[one.GetPromotionId()] = codeKey(one.GetCode())
		}
	}
	held, err := queries.HoldPromotions(ctx, tx, used.PromotionIds)
	if err != nil {
		return nil, fmt.Errorf("hold promotions: %w", err)
	}
	refuse := func(id string, so bool) {
		if so && !slices.Contains(refused, id) {
			refused = append(refused, id)
		}
	}
	for id := range amounts {
		refuse(id, !slices.Contains(held, id) || returning && slices.Contains(firstOrders, id))
	}
	limits, err := queries.LockLimits(ctx, tx, used.PromotionIds)
	if err != nil {
		return nil, fmt.Errorf("lock limits: %w", err)
	}
	counted, err := queries.CountCustomerUses(ctx, tx, pricingdb.CountCustomerUsesParams{Customer: customer, PromotionIds: used.PromotionIds})
	if err != nil {
		return nil, fmt.Errorf("count uses: %w", err)
	}
	uses := make(map[string]int64, len(counted))
	for _, row := range counted {
		uses[row.PromotionID] = row.Uses
	}
	for _, limit := range limits {
		id := limit.PromotionID
		refuse(id, limit.MostUses > 0 && limit.Uses >= limit.MostUses)
		refuse(id, limit.BudgetMinor > 0 && limit.SpentMinor+amounts[id] > limit.BudgetMinor)
		refuse(id, limit.MostPerCustomer > 0 && uses[id] >= int64(limit.MostPerCustomer))
	}
	spent, err := useCodes(ctx, tx, slices.Sorted(maps.Values(codes)))
	if err != nil {
		return nil, err
	}
	for id, code := range codes {
		refuse(id, slices.Contains(spent, code))
	}
	if len(refused) > 0 {
		return refused, nil
	}
	if len(limits) > 0 {
		if err := queries.UseLimits(ctx, tx, pricingdb.UseLimitsParams{PromotionIds: used.PromotionIds, Amounts: used.Amounts}); err != nil {
			return nil, fmt.Errorf("use limits: %w", err)
		}
	}
	if err := queries.AddRedemptions(ctx, tx, used); err != nil {
		return nil, fmt.Errorf("add redemptions: %w", err)
	}
	return nil, nil
}

// useCodes counts codes that have a limit and returns those that were used up.
func useCodes(ctx context.Context, tx pgx.Tx, codes []string) (spent []string, err error) {
	if len(codes) == 0 {
		return nil, nil
	}
	limited, err := queries.ListLimitedCodes(ctx, tx, codes)
	if err != nil || len(limited) == 0 {
		return nil, err
	}
	taken, err := queries.UseCodes(ctx, tx, limited)
	if err != nil {
		return nil, fmt.Errorf("use codes: %w", err)
	}
	return slices.DeleteFunc(limited, func(code string) bool { return slices.Contains(taken, code) }), nil
}

// Release gives back what an order redeemed that is given up. Repeating it changes nothing.
func Release(ctx context.Context, tx pgx.Tx, orderID string) error {
	released, err := queries.ReleaseOrder(ctx, tx, orderID)
	if err != nil || released == 0 {
		return err
	}
	rows, err := queries.LockRedemptions(ctx, tx, orderID)
	if err != nil || len(rows) == 0 {
		return err
	}
	var freed pricingdb.FreeLimitsParams
	var codes []string
	for _, row := range rows {
		freed.PromotionIds, freed.Amounts = append(freed.PromotionIds, row.PromotionID), append(freed.Amounts, row.AmountMinor)
		if row.Code != "" {
			codes = append(codes, row.Code)
		}
	}
	limits, err := queries.LockLimits(ctx, tx, freed.PromotionIds)
	if err != nil {
		return fmt.Errorf("lock limits: %w", err)
	}
	if len(limits) > 0 {
		if err := queries.FreeLimits(ctx, tx, freed); err != nil {
			return fmt.Errorf("free limits: %w", err)
		}
	}
	if len(codes) > 0 {
		if err := queries.FreeCodes(ctx, tx, codes); err != nil {
			return fmt.Errorf("free codes: %w", err)
		}
	}
	return queries.ReleaseRedemptions(ctx, tx, orderID)
}

// customerOf stands for an e-mail address where only the same must be known again.
func customerOf(email string) []byte {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(email))))
	return sum[:]
}

// codeKey is a code as it is stored, whatever way it is typed.
func codeKey(typed string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\t' {
			return -1
		}
		return r
	}, strings.ToUpper(typed))
}
