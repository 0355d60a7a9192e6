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
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// The functions in this file are joins: they take part in the transaction of an order.

// Redeem counts an order and what made it cheaper. Promotions that were used up meanwhile, or that the customer may not have any more, are returned, and the order must
// not be placed then: its price is not true. Orders of one customer that were made cheaper, and those that use one limited promotion or code, wait for each other.
// An order that nothing made cheaper waits for none: of two at once, it counts as the later.
func Redeem(ctx context.Context, tx pgx.Tx, orderID, email string, applied []*pricingv1.AppliedPromotion) (refused []string, err error) {
	customer := customerOf(email)
	if len(applied) == 0 {
		if err := queries.NoteOrder(ctx, postgres.Later(tx), pricingdb.NoteOrderParams{OrderID: orderID, Customer: customer}); err != nil {
			return nil, fmt.Errorf("note order: %w", err)
		}
		return nil, nil
	}
	if err := queries.LockCustomer(ctx, postgres.Later(tx), customer); err != nil {
		return nil, fmt.Errorf("lock customer: %w", err)
	}
	returning, err := queries.AddOrder(ctx, tx, pricingdb.AddOrderParams{OrderID: orderID, Customer: customer})
	if err != nil {
		return nil, fmt.Errorf("add order: %w", err)
	}
	used := pricingdb.AddRedemptionsParams{OrderID: orderID, Customer: customer, Now: clock.Now()}
	for _, one := range applied {
		used.PromotionIds = append(used.PromotionIds, one.GetPromotionId())
		used.Amounts = append(used.Amounts, one.GetGoodsMinor()+one.GetShippingMinor())
		used.Codes = append(used.Codes, CodeKey(one.GetCode()))
		used.FirstOrders = append(used.FirstOrders, one.GetFirstOrder())
	}
	held, err := queries.HoldPromotions(ctx, tx, used.PromotionIds)
	if err != nil {
		return nil, fmt.Errorf("hold promotions: %w", err)
	}
	for _, id := range used.PromotionIds {
		if !slices.ContainsFunc(held, func(row pricingdb.HoldPromotionsRow) bool { return row.ID == id && row.Active }) {
			refused = append(refused, id)
		}
	}
	if len(refused) > 0 {
		return refused, nil
	}
	if refused, err = use(ctx, tx, used, returning); err != nil || len(refused) > 0 {
		return refused, err
	}
	if err := queries.AddRedemptions(ctx, postgres.Later(tx), used); err != nil {
		return nil, fmt.Errorf("add redemptions: %w", err)
	}
	return nil, nil
}

// Reclaim counts an order again that was given up, because its money came after all. What it was promised may be used up by others; then nothing changes,
// and the order cannot be kept. Repeating it changes nothing.
func Reclaim(ctx context.Context, tx pgx.Tx, orderID string) (refused []string, err error) {
	customer, err := queries.GetGivenUpOrder(ctx, tx, orderID)
	if postgres.IsNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("get order that was given up: %w", err)
	}
	if err := queries.LockCustomer(ctx, tx, customer); err != nil {
		return nil, fmt.Errorf("lock customer: %w", err)
	}
	returning, err := queries.HasOrders(ctx, tx, customer)
	if err != nil {
		return nil, fmt.Errorf("look for orders of the customer: %w", err)
	}
	rows, err := queries.ListGivenUpRedemptions(ctx, tx, orderID)
	if err != nil {
		return nil, fmt.Errorf("list redemptions: %w", err)
	}
	again := pricingdb.AddRedemptionsParams{Customer: customer}
	for _, row := range rows {
		again.PromotionIds, again.Codes = append(again.PromotionIds, row.PromotionID), append(again.Codes, row.Code)
		again.Amounts, again.FirstOrders = append(again.Amounts, row.AmountMinor), append(again.FirstOrders, row.FirstOrder)
	}
	if len(rows) > 0 {
		if _, err := queries.HoldPromotions(ctx, tx, again.PromotionIds); err != nil {
			return nil, fmt.Errorf("hold promotions: %w", err)
		}
		if refused, err = use(ctx, tx, again, returning); err != nil || len(refused) > 0 {
			return refused, err
		}
		if err := queries.ReclaimRedemptions(ctx, tx, orderID); err != nil {
			return nil, fmt.Errorf("reclaim redemptions: %w", err)
		}
	}
	if err := queries.ReclaimOrder(ctx, tx, orderID); err != nil {
		return nil, fmt.Errorf("reclaim order: %w", err)
	}
	return nil, nil
}

// use counts what an order of a locked customer uses of held promotions and of their codes, or returns those whose limits are reached and counts nothing.
func use(ctx context.Context, tx pgx.Tx, used pricingdb.AddRedemptionsParams, returning bool) (refused []string, err error) {
	refuse := func(id string, so bool) {
		if so && !slices.Contains(refused, id) {
			refused = append(refused, id)
		}
	}
	amounts, entered := make(map[string]int64, len(used.Amounts)), make(map[string]string, len(used.Codes)) // entered: promotions by code
	for i, id := range used.PromotionIds {
		amounts[id] = used.Amounts[i]
		if used.Codes[i] != "" {
			entered[used.Codes[i]] = id
		}
		refuse(id, returning && used.FirstOrders[i])
	}
	limits, err := queries.LockLimits(ctx, tx, used.PromotionIds)
	if err != nil {
		return nil, fmt.Errorf("lock limits: %w", err)
	}
	counted, err := queries.CountCustomerUses(ctx, tx, pricingdb.CountCustomerUsesParams{Customer: used.Customer, PromotionIds: used.PromotionIds})
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
	var codes []pricingdb.LockCodesRow
	if len(entered) > 0 {
		if codes, err = queries.LockCodes(ctx, tx, slices.Collect(maps.Keys(entered))); err != nil {
			return nil, fmt.Errorf("lock codes: %w", err)
		}
	}
	for _, code := range codes {
		refuse(entered[code.Code], code.Uses >= code.MostUses)
	}
	if len(refused) > 0 {
		return refused, nil
	}
	if len(limits) > 0 {
		if err := queries.UseLimits(ctx, postgres.Later(tx), pricingdb.UseLimitsParams{PromotionIds: used.PromotionIds, Amounts: used.Amounts}); err != nil {
			return nil, fmt.Errorf("use limits: %w", err)
		}
	}
	if len(codes) > 0 {
		if err := queries.UseCodes(ctx, postgres.Later(tx), slices.Collect(maps.Keys(entered))); err != nil {
			return nil, fmt.Errorf("use codes: %w", err)
		}
	}
	return nil, nil
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
