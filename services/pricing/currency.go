package pricing

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/currency"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// billion is the one in which exchange rates are kept.
const billion = 1_000_000_000

// ListCurrencies returns every currency with what it is worth.
func (s *Service) ListCurrencies(ctx context.Context, _ *pricingv1.ListCurrenciesRequest) (*pricingv1.ListCurrenciesResponse, error) {
	codes, now := money.Currencies(), clock.Now()
	rows, err := queries.ListExchangeRates(ctx, s.cfg.DB.Read(ctx), pricingdb.ListExchangeRatesParams{CurrencyCodes: codes, Now: now})
	if err != nil {
		return nil, fmt.Errorf("list exchange rates: %w", err)
	}
	worth := make(map[string]*pricingv1.ExchangeRate, len(rows))
	for _, row := range rows {
		worth[row.CurrencyCode] = rateOf(row)
	}
	answer := &pricingv1.ListCurrenciesResponse{ShopCurrencyCode: s.cfg.Currency}
	for _, code := range codes {
		digits, _ := money.Digits(code)
		answer.Currencies = append(answer.Currencies, &pricingv1.Currency{
			Code: code, Name: money.CurrencyName(code), Digits: int32(digits), CashStepMinor: cashStep(code), Rate: worth[code],
		})
	}
	return answer, nil
}

// cashStep is the smallest amount that is paid in coins, in minor units. The Unicode CLDR says it of currencies where it is more than one.
func cashStep(code string) int64 {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return 1 // younger than the table
	}
	digits, _ := money.Digits(code)
	scale, step := currency.Cash.Rounding(unit)
	for ; scale < digits; scale++ {
		step *= 10
	}
	if scale > digits {
		return 1
	}
	return max(int64(step), 1)
}

func rateOf(row pricingdb.ExchangeRate) *pricingv1.ExchangeRate {
	whole, rest := row.Rate/billion, row.Rate%billion
	text := strconv.FormatInt(whole, 10)
	if rest > 0 {
		text += "." + strings.TrimRight(fmt.Sprintf("%09d", rest), "0")
	}
	return &pricingv1.ExchangeRate{CurrencyCode: row.CurrencyCode, ValidFrom: dayText(row.StartTime), Rate: text}
}

// parseRate reads a decimal number with at most nine decimals.
func parseRate(text string) (int64, bool) {
	whole, rest, pointed := strings.Cut(strings.TrimSpace(text), ".")
	if pointed && rest == "" || len(rest) > 9 {
		return 0, false
	}
	for _, sign := range whole + rest {
		if sign < '0' || sign > '9' {
			return 0, false
		}
	}
	units, err := strconv.ParseInt(whole+rest+strings.Repeat("0", 9-len(rest)), 10, 64)
	return units, err == nil && whole != "" && units > 0 && units <= math.MaxInt64/1000 // so that it can be scaled to thousandths
}

// ListExchangeRates returns a page of what one currency was and will be worth.
func (s *Service) ListExchangeRates(ctx context.Context, req *pricingv1.ListExchangeRatesRequest) (*pricingv1.ListExchangeRatesResponse, error) {
	before := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := rpc.ParsePageToken(req.GetPageToken(), &before); err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), usualPage)
	rows, err := queries.ListExchangeHistory(ctx, s.cfg.DB.Read(ctx), pricingdb.ListExchangeHistoryParams{CurrencyCode: req.GetCurrencyCode(), BeforeTime: before, PageSize: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list exchange rates: %w", err)
	}
	answer := &pricingv1.ListExchangeRatesResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(rows[size-1].StartTime)
	}
	for _, row := range rows {
		answer.Rates = append(answer.Rates, rateOf(row))
	}
	return answer, nil
}

// PutExchangeRates stores rates.
func (s *Service) PutExchangeRates(ctx context.Context, req *pricingv1.PutExchangeRatesRequest) (*pricingv1.PutExchangeRatesResponse, error) {
	var wrong problems
	var put pricingdb.PutExchangeRatesParams
	type key struct {
		code  string
		start time.Time
	}
	seen := map[key]int{}
	for i, given := range req.GetRates() {
		code := strings.ToUpper(strings.TrimSpace(given.GetCurrencyCode()))
		switch {
		case !money.Known(code):
			wrong.of(i)("currency_code", fmt.Sprintf("“%s” is no currency; write its three letters, such as EUR", given.GetCurrencyCode()))
		case code == s.cfg.Currency:
			wrong.of(i)("currency_code", "is the shop’s own, which is always worth 1")
		}
		start, fine := day(given.GetValidFrom())
		if !fine || start.IsZero() {
			wrong.of(i)("valid_from", "is no day such as 2026-01-31")
		}
		rate, fine := parseRate(given.GetRate())
		if !fine {
			wrong.of(i)("rate", fmt.Sprintf("“%s” is no rate such as 0.9234, with at most nine decimals", given.GetRate()))
		}
		if before, twice := seen[key{code, start}]; twice {
			wrong.of(i)("", fmt.Sprintf("is for the same currency and day as number %d", before+1))
		}
		seen[key{code, start}] = i
		put.CurrencyCodes, put.StartTimes, put.Rates = append(put.CurrencyCodes, code), append(put.StartTimes, start), append(put.Rates, rate)
	}
	if err := wrong.err(); err != nil || req.GetValidateOnly() {
		return &pricingv1.PutExchangeRatesResponse{}, err
	}
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		return struct{}{}, queries.PutExchangeRates(ctx, tx, put)
	})
	if err != nil {
		return nil, fmt.Errorf("put exchange rates: %w", err)
	}
	return &pricingv1.PutExchangeRatesResponse{}, nil
}

// DeleteExchangeRate removes one.
func (s *Service) DeleteExchangeRate(ctx context.Context, req *pricingv1.DeleteExchangeRateRequest) (*pricingv1.DeleteExchangeRateResponse, error) {
	start, fine := day(req.GetValidFrom())
	if !fine || start.IsZero() {
		return nil, rpc.InvalidArgument("valid_from: no day such as 2026-01-31")
	}
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		return struct{}{}, queries.DeleteExchangeRate(ctx, tx, pricingdb.DeleteExchangeRateParams{CurrencyCode: req.GetCurrencyCode(), StartTime: start})
	})
	if err != nil {
		return nil, fmt.Errorf("delete exchange rate: %w", err)
	}
	return &pricingv1.DeleteExchangeRateResponse{}, nil
}
