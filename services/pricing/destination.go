package pricing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/pricing/engine"
)

// destined adds to the rules what depends on where goods go: deliveries, taxes and coins.
func (s *Service) destined(ctx context.Context, req *pricingv1.QuoteRequest, rules *engine.Rules) error {
	to, now := placeOf(req.GetCountryCode(), req.GetRegion(), req.GetPostalCode()), clock.Now()
	var err error
	if rules.Deliveries, err = s.deliveries(ctx, req.GetCurrencyCode(), to, now); err != nil {
		return err
	}
	if len(rules.Deliveries) == 0 {
		return rpc.FailedPrecondition(engine.ErrNotDelivered.Reason)
	}
	rules.CashStep = cashStep(req.GetCurrencyCode())
	return s.tax(ctx, req, to, now, rules)
}

// deliveries are the ways to deliver to a place, in a currency.
func (s *Service) deliveries(ctx context.Context, currency string, to place, now time.Time) ([]engine.Delivery, error) {
	rows, err := queries.ListMethods(ctx, s.cfg.DB.Primary(), pricingdb.ListMethodsParams{
		CurrencyCode: currency, ShopCurrency: s.cfg.Currency, Now: now, CountryCode: to.country, Region: to.region, Postcode: to.postcode,
	})
	if err != nil {
		return nil, fmt.Errorf("list delivery methods: %w", err)
	}
	var found []engine.Delivery
	for method := range slices.Values(methods(rows)) {
		own := slices.ContainsFunc(method, func(row pricingdb.ListMethodsRow) bool { return row.CurrencyCode == currency })
		if !own && method[0].ExchangeRate == 0 {
			continue // nobody said what it costs in this currency
		}
		d := engine.Delivery{Code: method[0].Code, Name: method[0].Name, MinDays: method[0].MinDays, MaxDays: method[0].MaxDays}
		if method[0].Pickup != nil {
			d.Pickup, d.Hours = &typev1.Address{}, method[0].Hours
			if err := protojson.Unmarshal(method[0].Pickup, d.Pickup); err != nil {
				return nil, fmt.Errorf("read address of pickup: %w", err)
			}
		}
		for _, row := range method {
			rate := engine.Rate{MostGrams: row.MostGrams, MostUnits: row.MostUnits, LeastGoods: row.LeastGoodsMinor, Price: row.PriceMinor}
			if own && row.CurrencyCode != currency {
				continue
			}
			if !own {
				for _, amount := range []*int64{&rate.LeastGoods, &rate.Price} {
					if *amount, err = convert(*amount, s.cfg.Currency, currency, row.ExchangeRate); err != nil {
						return nil, fmt.Errorf("convert delivery to %s: %w", currency, err)
					}
				}
			}
			d.Rates = append(d.Rates, rate)
		}
		found = append(found, d)
	}
	return found, nil
}

// methods groups rows, which come method by method.
func methods(rows []pricingdb.ListMethodsRow) [][]pricingdb.ListMethodsRow {
	var groups [][]pricingdb.ListMethodsRow
	for i, row := range rows {
		if i == 0 || rows[i-1].Code != row.Code {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], row)
	}
	return groups
}

// convert is an amount in another currency of which one unit of this one is worth so many billionths; a half is rounded up.
func convert(minor int64, from, to string, rate int64) (int64, error) {
	scale := func(currency string) int64 {
		units := int64(1)
		digits, _ := money.Digits(currency)
		for range digits {
			units *= 10
		}
		return units
	}
	converted, err := money.Amount{Minor: minor}.Scale(rate*scale(to), billion*scale(from), money.HalfUp)
	return converted.Minor, err
}

// tax finds how the destination is taxed, and each place where goods can be fetched.
func (s *Service) tax(ctx context.Context, req *pricingv1.QuoteRequest, to place, now time.Time, rules *engine.Rules) error {
	ask := pricingdb.LoadTaxesParams{CustomerGroup: req.GetCustomerGroup(), Now: now}
	add := func(p place, number int) {
		ask.Countries, ask.Regions = append(ask.Countries, p.country), append(ask.Regions, p.region)
		ask.Postcodes, ask.Places = append(ask.Postcodes, p.postcode), append(ask.Places, int32(number))
	}
	add(to, -1)
	for i, d := range rules.Deliveries {
		if d.Pickup != nil {
			add(placeOf(d.Pickup.GetCountryCode(), d.Pickup.GetRegion(), d.Pickup.GetPostalCode()), i)
			rules.Deliveries[i].Tax = &engine.Zone{} // untaxed, unless its place has a zone
		}
	}
	rows, err := queries.LoadTaxes(ctx, s.cfg.DB.Primary(), ask)
	if err != nil {
		return fmt.Errorf("load taxes: %w", err)
	}
	shop := ""
	for start := 0; start < len(rows); {
		end := start
		for end < len(rows) && rows[end].Place == rows[start].Place {
			end++
		}
		zone := zoneOf(rows[start:end])
		if rows[start].Place < 0 {
			zone.ReverseCharge = reverses(rows[start].ShopCountry, rows[start].ShopNumber, to.country)
			rules.Tax = zone
		} else {
			rules.Deliveries[rows[start].Place].Tax = zone
		}
		shop, rules.Exempt = rows[start].ShopCountry, rows[start].Exempt && req.GetCustomerGroup() != ""
		start = end
	}
	if req.GetVatNumber() != "" {
		rules.VATProblem = vatProblem(req.GetVatNumber(), to.country, shop, rules.Tax)
		rules.VATNumber = rules.VATProblem == ""
	}
	return nil
}

// shippingTaxes are the ways to tax delivery, as they are stored.
var shippingTaxes = []struct {
	stored string
	engine engine.ShippingTax
	shown  pricingv1.ShippingTax
}{
	{"untaxed", engine.Untaxed, pricingv1.ShippingTax_SHIPPING_TAX_NONE},
	{"standard", engine.Standard, pricingv1.ShippingTax_SHIPPING_TAX_STANDARD},
	{"goods", engine.LikeGoods, pricingv1.ShippingTax_SHIPPING_TAX_LIKE_GOODS},
}

// zoneOf makes a zone of its rows, which have one tax for each class and step. A class has its own taxes, and those of the standard class for steps that it has none
// for.
func zoneOf(rows []pricingdb.LoadTaxesRow) *engine.Zone {
	zone := &engine.Zone{Name: rows[0].ZoneName, Included: rows[0].Included, EachLine: rows[0].EachLine, Rates: map[string][]engine.TaxRate{}}
	for _, known := range shippingTaxes {
		if known.stored == rows[0].Shipping {
			zone.Shipping = known.engine
		}
	}
	const steps = 9
	byStep := map[string]*[steps + 1]*engine.TaxRate{"": {}}
	for _, row := range rows {
		if row.Step == 0 {
			continue // the zone has no taxes
		}
		if byStep[row.Class] == nil {
			byStep[row.Class] = &[steps + 1]*engine.TaxRate{}
		}
		byStep[row.Class][row.Step] = &engine.TaxRate{Name: row.Name, Rate: int64(row.Rate), Compound: row.Compound}
	}
	for class, own := range byStep {
		rates := []engine.TaxRate{}
		for step, rate := range own {
			if rate == nil {
				rate = byStep[""][step]
			}
			if rate != nil && rate.Rate > 0 {
				rates = append(rates, *rate)
			}
		}
		zone.Rates[class] = rates
	}
	return zone
}
