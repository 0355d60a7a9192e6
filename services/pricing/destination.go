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
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/pricing/engine"
)

// destination is where the goods of a request go, with what is stored of that place.
type destination struct {
	place
	currency, group, vatNumber string
	now                        time.Time
	methods                    []pricingdb.ListMethodsRow
	taxes                      []pricingdb.LoadTaxesRow
}

// destinationOf returns nil while nobody has said where the goods go.
func destinationOf(req *pricingv1.QuoteRequest, now time.Time) *destination {
	if req.GetCountryCode() == "" {
		return nil
	}
	return &destination{
		place: placeOf(req.GetCountryCode(), req.GetRegion(), req.GetPostalCode()), now: now,
		currency: req.GetCurrencyCode(), group: req.GetCustomerGroup(), vatNumber: req.GetVatNumber(),
	}
}

func (to *destination) askMethods(ctx context.Context, shopCurrency string) postgres.Ask {
	return func(db postgres.DBTX) (err error) {
		to.methods, err = queries.ListMethods(ctx, db, pricingdb.ListMethodsParams{
			CurrencyCode: to.currency, ShopCurrency: shopCurrency, Now: to.now, CountryCode: to.country, Region: to.region, Postcode: to.postcode,
		})
		return err
	}
}

// itself is the number of the destination among places.
const itself = -1

func (to *destination) askTaxes(ctx context.Context) postgres.Ask {
	wanted := pricingdb.LoadTaxesParams{CustomerGroup: to.group, Now: to.now}
	taxesOf(&wanted, to.place, itself)
	return func(db postgres.DBTX) (err error) {
		to.taxes, err = queries.LoadTaxes(ctx, db, wanted)
		return err
	}
}

func taxesOf(wanted *pricingdb.LoadTaxesParams, p place, number int) {
	wanted.Countries, wanted.Regions = append(wanted.Countries, p.country), append(wanted.Regions, p.region)
	wanted.Postcodes, wanted.Places = append(wanted.Postcodes, p.postcode), append(wanted.Places, int32(number))
}

// destined adds to the rules what depends on where goods go: deliveries, taxes and coins.
func (s *Service) destined(ctx context.Context, to *destination, rules *engine.Rules) error {
	var err error
	if rules.Deliveries, err = s.deliveries(to.currency, to.methods); err != nil {
		return err
	}
	if len(rules.Deliveries) == 0 {
		return rpc.FailedPrecondition(engine.ErrNotDelivered.Reason)
	}
	rules.CashStep = cashStep(to.currency)
	fetched, err := s.taxesOfPickups(ctx, to, rules.Deliveries)
	if err != nil {
		return err
	}
	to.tax(slices.Concat(to.taxes, fetched), rules)
	return nil
}

// deliveries are the ways to deliver to a place, in a currency.
func (s *Service) deliveries(currency string, rows []pricingdb.ListMethodsRow) ([]engine.Delivery, error) {
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
					var err error
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

// taxesOfPickups finds how each place is taxed where goods can be fetched. Most shops have none, and ask for nothing.
func (s *Service) taxesOfPickups(ctx context.Context, to *destination, deliveries []engine.Delivery) ([]pricingdb.LoadTaxesRow, error) {
	wanted := pricingdb.LoadTaxesParams{CustomerGroup: to.group, Now: to.now}
	for i, d := range deliveries {
		if d.Pickup != nil {
			taxesOf(&wanted, placeOf(d.Pickup.GetCountryCode(), d.Pickup.GetRegion(), d.Pickup.GetPostalCode()), i)
			deliveries[i].Tax = &engine.Zone{} // untaxed, unless its place has a zone
		}
	}
	if len(wanted.Places) == 0 {
		return nil, nil
	}
	rows, err := queries.LoadTaxes(ctx, s.cfg.DB.Primary(), wanted)
	if err != nil {
		return nil, fmt.Errorf("load taxes: %w", err)
	}
	return rows, nil
}

// tax reads how the destination is taxed, and each place where goods can be fetched.
func (to *destination) tax(rows []pricingdb.LoadTaxesRow, rules *engine.Rules) {
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
		shop, rules.Exempt = rows[start].ShopCountry, rows[start].Exempt && to.group != ""
		start = end
	}
	if to.vatNumber != "" {
		rules.VATProblem = vatProblem(to.vatNumber, to.country, shop, rules.Tax)
		rules.VATNumber = rules.VATProblem == ""
	}
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
