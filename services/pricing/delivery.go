package pricing

import (
	"cmp"
	"slices"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
)

// deliveries returns what goods of a value and weight can be sent by, cheapest first, then fastest.
func deliveries(rates []pricingdb.ListRatesRow, goods money.Amount, grams int64) []*pricingv1.DeliveryOption {
	var options []*pricingv1.DeliveryOption
	for _, rate := range rates {
		if rate.MaxWeightGrams != nil && grams > *rate.MaxWeightGrams {
			continue
		}
		option := &pricingv1.DeliveryOption{
			Code: rate.Code, Name: rate.Name, MinDays: rate.MinDays, MaxDays: rate.MaxDays,
			Price: toProto(money.Amount{Minor: rate.PriceMinor, Currency: goods.Currency}),
		}
		if rate.FreeFromMinor != nil {
			if left := *rate.FreeFromMinor - goods.Minor; left <= 0 {
				option.Price = toProto(money.Zero(goods.Currency))
			} else if rate.PriceMinor > 0 {
				option.FreeFromRemaining = toProto(money.Amount{Minor: left, Currency: goods.Currency})
			}
		}
		options = append(options, option)
	}
	slices.SortFunc(options, func(a, b *pricingv1.DeliveryOption) int {
		return cmp.Or(
			cmp.Compare(a.GetPrice().GetAmountMinor(), b.GetPrice().GetAmountMinor()),
			cmp.Compare(a.GetMaxDays(), b.GetMaxDays()),
			cmp.Compare(a.GetCode(), b.GetCode()),
		)
	})
	return options
}
