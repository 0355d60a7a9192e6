package product

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// BatchGetPrices reads the primary, because an order is priced by it.
func (s *Service) BatchGetPrices(ctx context.Context, req *productv1.BatchGetPricesRequest) (*productv1.BatchGetPricesResponse, error) {
	currency := req.GetCurrencyCode()
	if currency == "" {
		currency = s.cfg.Currency
	}
	var variants []string
	for _, item := range req.GetItems() {
		variants = append(variants, item.GetVariantId())
	}
	rows, err := queries.ListPricesFor(ctx, s.cfg.DB.Primary(), productdb.ListPricesForParams{
		VariantIds: variants, Currency: currency, CustomerGroup: req.GetCustomerGroup(), Now: clock.Now(),
	})
	if err != nil {
		return nil, fmt.Errorf("list prices: %w", err)
	}
	of := map[string][]productdb.ListPricesForRow{}
	for _, row := range rows {
		of[row.VariantID] = append(of[row.VariantID], row)
	}
	answer := &productv1.BatchGetPricesResponse{}
	for _, item := range req.GetItems() {
		if best := bestPrice(of[item.GetVariantId()], item.GetQuantity()); best != nil {
			answer.Prices = append(answer.Prices, &productv1.PriceAnswer{
				VariantId: item.GetVariantId(), Price: amount(best.PriceMinor, currency), CompareAtPrice: amountOrNone(best.CompareAtMinor, currency), ListId: best.ListID,
			})
		}
	}
	return answer, nil
}

// bestPrice is the lowest price that holds for a quantity; of equal ones the one with the lower id, so that the answer is always the same.
func bestPrice(prices []productdb.ListPricesForRow, quantity int32) *productdb.ListPricesForRow {
	var best *productdb.ListPricesForRow
	for i := range prices {
		p := &prices[i]
		if p.MinQuantity > quantity {
			continue
		}
		if best == nil || p.PriceMinor < best.PriceMinor || p.PriceMinor == best.PriceMinor && p.ListID < best.ListID {
			best = p
		}
	}
	return best
}

// BatchGetLowestPrices answers what Directive 98/6/EC, article 6a, has shoppers told: the lowest price of the 30 days before a reduction.
func (s *Service) BatchGetLowestPrices(ctx context.Context, req *productv1.BatchGetLowestPricesRequest) (*productv1.BatchGetLowestPricesResponse, error) {
	rows, err := queries.ListLowestPrices(ctx, s.cfg.DB.Read(ctx), productdb.ListLowestPricesParams{VariantIds: req.GetVariantIds(), Now: clock.Now()})
	if err != nil {
		return nil, fmt.Errorf("list lowest prices: %w", err)
	}
	answer := &productv1.BatchGetLowestPricesResponse{}
	for _, row := range rows {
		lowest := &productv1.LowestPrice{VariantId: row.ID}
		minor := row.Lowest
		if row.Reduced {
			lowest.ReducedSince = timestamppb.New(row.Since)
		} else if minor < 0 || row.PriceMinor < minor {
			minor = row.PriceMinor
		}
		if minor >= 0 {
			lowest.Lowest = amount(minor, row.Currency)
		}
		answer.Prices = append(answer.Prices, lowest)
	}
	return answer, nil
}

// pastPage is when the last price of the page before began.
type pastPage struct {
	Before time.Time `json:"b"`
}

// ListPastPrices pages through what a variant did cost.
func (s *Service) ListPastPrices(ctx context.Context, req *productv1.ListPastPricesRequest) (*productv1.ListPastPricesResponse, error) {
	page := pastPage{Before: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}
	if err := rpc.ParsePageToken(req.GetPageToken(), &page); err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), 50)
	rows, err := queries.ListPastPrices(ctx, s.cfg.DB.Read(ctx), productdb.ListPastPricesParams{VariantID: req.GetVariantId(), BeforeTime: page.Before, PageSize: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list past prices: %w", err)
	}
	answer := &productv1.ListPastPricesResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(pastPage{rows[size-1].FromTime})
	}
	for _, row := range rows {
		answer.Prices = append(answer.Prices, &productv1.PastPrice{
			Price: amount(row.PriceMinor, row.Currency), CompareAtPrice: amountOrNone(row.CompareAtMinor, row.Currency),
			StartTime: timestamppb.New(row.FromTime), EndTime: timestamppb.New(row.UntilTime),
		})
	}
	return answer, nil
}
