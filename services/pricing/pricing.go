// Package pricing knows what is added to the prices of goods: shipping and tax.
package pricing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

var queries = pricingdb.New()

// Config is what pricing needs.
type Config struct {
	DB *postgres.DB
	// Currency is the shop's; what is delivered where depends on it.
	Currency string
}

// Service implements PricingService.
type Service struct{ cfg Config }

// New returns the service.
func New(cfg Config) *Service { return &Service{cfg} }

// Quote computes totals. It reads the primary: orders are placed by what it says.
func (s *Service) Quote(ctx context.Context, req *pricingv1.QuoteRequest) (*pricingv1.QuoteResponse, error) {
	currency := req.GetCurrencyCode()
	if !money.Known(currency) {
		return nil, rpc.InvalidArgument("currency_code: not a currency of ISO 4217")
	}
	lines, grams, err := lineTotals(currency, req.GetLines())
	if err != nil {
		return nil, err
	}
	if req.GetCountryCode() == "" {
		return quoteGoods(currency, lines)
	}
	rates, err := queries.ListRates(ctx, s.cfg.DB.Primary(), pricingdb.ListRatesParams{
		CurrencyCode: currency, CountryCode: req.GetCountryCode(), Region: regionCode(req.GetCountryCode(), req.GetRegion()),
	})
	if err != nil {
		return nil, fmt.Errorf("list rates: %w", err)
	}
	if len(rates) == 0 {
		return nil, rpc.FailedPrecondition("we do not deliver to this country")
	}
	goods, err := money.Sum(currency, lines...)
	if err != nil {
		return nil, tooMuch(err)
	}
	var options []*pricingv1.DeliveryOption
	var chosen *pricingv1.DeliveryOption // none when nothing is sent
	if sent(req.GetLines()) {
		options = deliveries(rates, goods, grams)
		if len(options) == 0 {
			return nil, rpc.FailedPrecondition("these goods are too heavy to be delivered to this country; order fewer at a time")
		}
		chosen = options[0]
		if code := req.GetDeliveryCode(); code != "" {
			if chosen = find(options, code); chosen == nil {
				return nil, rpc.FailedPrecondition("this way of delivery is not offered for these goods and this address; choose another")
			}
		}
	}
	tax := Tax{
		Rate: money.Rate(rates[0].TaxRate), Name: rates[0].TaxName, Included: rates[0].TaxIncluded, OnShipping: rates[0].TaxOnShipping,
	}
	totals, err := Sum(currency, lines, money.Amount{Minor: chosen.GetPrice().GetAmountMinor(), Currency: currency}, tax)
	if err != nil {
		return nil, tooMuch(err)
	}
	answer := &pricingv1.QuoteResponse{
		Totals: &pricingv1.Totals{
			Goods: toProto(totals.Goods), Shipping: toProto(totals.Shipping), Tax: toProto(totals.Tax), Total: toProto(totals.Total),
			TaxIncluded: tax.Included, TaxName: tax.Name,
		},
		Deliveries: options, DeliveryCode: chosen.GetCode(),
	}
	for _, part := range totals.LineTax {
		answer.LineTaxMinor = append(answer.LineTaxMinor, part.Minor)
	}
	return answer, nil
}

// quoteGoods is the quote without a destination: what shipping and tax come to is not known, so they are left out.
func quoteGoods(currency string, lines []money.Amount) (*pricingv1.QuoteResponse, error) {
	goods, err := money.Sum(currency, lines...)
	if err != nil {
		return nil, tooMuch(err)
	}
	return &pricingv1.QuoteResponse{
		Totals:       &pricingv1.Totals{Goods: toProto(goods), Total: toProto(goods)},
		LineTaxMinor: make([]int64, len(lines)),
	}, nil
}

// ListCountries returns where the shop delivers to.
func (s *Service) ListCountries(ctx context.Context, _ *pricingv1.ListCountriesRequest) (*pricingv1.ListCountriesResponse, error) {
	rows, err := queries.ListDestinations(ctx, s.cfg.DB.Read(ctx), s.cfg.Currency)
	if err != nil {
		return nil, fmt.Errorf("list destinations: %w", err)
	}
	answer := &pricingv1.ListCountriesResponse{}
	for _, row := range rows {
		answer.Countries = append(answer.Countries, &pricingv1.Country{Code: row.CountryCode, Name: row.Name})
	}
	return answer, nil
}

// sent says whether there is a parcel: also for a cart without goods, of which a page asks what sending something would cost.
func sent(lines []*pricingv1.QuoteLine) bool {
	return len(lines) == 0 || slices.ContainsFunc(lines, func(line *pricingv1.QuoteLine) bool { return !line.GetDigital() })
}

// lineTotals returns the price of each line and the weight of all that is sent.
func lineTotals(currency string, lines []*pricingv1.QuoteLine) (totals []money.Amount, grams int64, err error) {
	for _, line := range lines {
		total, err := money.Amount{Minor: line.GetUnitPriceMinor(), Currency: currency}.Mul(int64(line.GetQuantity()))
		if err != nil {
			return nil, 0, tooMuch(err)
		}
		totals = append(totals, total)
		if !line.GetDigital() {
			grams += int64(line.GetWeightGrams()) * int64(line.GetQuantity())
		}
	}
	return totals, grams, nil
}

// regionCode takes the country out of codes like "US-CA".
func regionCode(country, region string) string {
	region = strings.ToUpper(strings.TrimSpace(region))
	return strings.TrimPrefix(region, country+"-")
}

func find(options []*pricingv1.DeliveryOption, code string) *pricingv1.DeliveryOption {
	for _, option := range options {
		if option.GetCode() == code {
			return option
		}
	}
	return nil
}

func tooMuch(err error) error {
	if errors.Is(err, money.ErrOverflow) {
		return rpc.InvalidArgument("the amounts are too large to add up")
	}
	return err
}

func toProto(amount money.Amount) *typev1.Money {
	return &typev1.Money{AmountMinor: amount.Minor, CurrencyCode: amount.Currency}
}
