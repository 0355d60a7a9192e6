package pricing

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// taken says which areas are another zone's.
func taken(asked pricingdb.AddAreasParams, got []pricingdb.AddAreasRow) error {
	var wrong problems
	for i := range asked.CountryCodes {
		row := pricingdb.AddAreasRow{CountryCode: asked.CountryCodes[i], Region: asked.Regions[i], PostcodeFrom: asked.PostcodesFrom[i], PostcodeUntil: asked.PostcodesUntil[i]}
		if !slices.Contains(got, row) {
			wrong.of(i)("areas", "another zone has this place already; take it out there first")
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return rpc.FailedPrecondition("areas: "+wrong[0].GetText(), &pricingv1.RateProblems{Problems: wrong})
}

// methodCode is the form of codes.
var methodCode = regexp.MustCompile(`^[a-z0-9_-]{1,50}$`)

// checkZone makes rows of what shall be stored. Problems of areas have the index of the area, those of methods that of the method, in fields that begin with
// "methods".
func checkZone(given *pricingv1.ShippingZone) (areas pricingdb.AddAreasParams, methods pricingdb.AddMethodsParams, prices pricingdb.AddPricesParams, err error) {
	var wrong problems
	seen := map[area]bool{}
	for i, one := range given.GetAreas() {
		at := areaOf(one.GetCountryCode(), one.GetRegion(), one.GetPostcodeFrom(), one.GetPostcodeUntil(), wrong.of(i))
		if seen[at] {
			wrong.of(i)("areas", "is there twice")
		}
		seen[at] = true
		areas.CountryCodes, areas.Regions = append(areas.CountryCodes, at.country), append(areas.Regions, at.region)
		areas.PostcodesFrom, areas.PostcodesUntil = append(areas.PostcodesFrom, at.from), append(areas.PostcodesUntil, at.until)
	}
	methods.Codes, prices.Codes = []string{}, []string{}
	for i, method := range given.GetMethods() {
		say := wrong.of(i)
		tell := func(field, text string) { say("methods."+field, text) }
		if slices.Contains(methods.Codes, method.GetCode()) {
			tell("code", "another method of this zone has it")
		}
		checkMethod(method, tell)
		pickup := ""
		if method.GetPickupAddress() != nil {
			encoded, err := protojson.Marshal(method.GetPickupAddress())
			if err != nil {
				return areas, methods, prices, fmt.Errorf("encode address of pickup: %w", err)
			}
			pickup = string(encoded)
		}
		methods.Codes, methods.Positions = append(methods.Codes, method.GetCode()), append(methods.Positions, int32(i+1))
		methods.Names, methods.Actives = append(methods.Names, strings.TrimSpace(method.GetName())), append(methods.Actives, method.GetActive())
		methods.MinDays, methods.MaxDays = append(methods.MinDays, method.GetMinDays()), append(methods.MaxDays, method.GetMaxDays())
		methods.Pickups, methods.Hours = append(methods.Pickups, pickup), append(methods.Hours, method.GetPickupHours())
		for at, price := range inOrder(method.GetPrices()) {
			prices.Codes, prices.Positions = append(prices.Codes, method.GetCode()), append(prices.Positions, int32(at+1))
			prices.CurrencyCodes, prices.Prices = append(prices.CurrencyCodes, price.GetCurrencyCode()), append(prices.Prices, price.GetPriceMinor())
			prices.MostGrams, prices.MostUnits = append(prices.MostGrams, price.GetMostGrams()), append(prices.MostUnits, price.GetMostUnits())
			prices.LeastGoods = append(prices.LeastGoods, price.GetLeastGoodsMinor())
		}
	}
	return areas, methods, prices, wrong.err()
}

// mostMinor is the largest amount that a price of delivery, or of goods for it, may be.
const mostMinor = 100_000_000_000

func checkMethod(method *pricingv1.ShippingMethod, wrong func(field, text string)) {
	if !methodCode.MatchString(method.GetCode()) {
		wrong("code", "must have 1 to 50 small letters, digits, - and _")
	}
	if name := strings.TrimSpace(method.GetName()); name == "" || len([]rune(name)) > 100 {
		wrong("name", "must have 1 to 100 characters: shoppers read it")
	}
	if method.GetMinDays() < 0 || method.GetMinDays() > 365 {
		wrong("min_days", "must be from 0 to 365")
	}
	if method.GetMaxDays() < method.GetMinDays() || method.GetMaxDays() > 365 {
		wrong("max_days", "must be from the least to 365")
	}
	if to := method.GetPickupAddress(); to != nil {
		areaOf(to.GetCountryCode(), to.GetRegion(), to.GetPostalCode(), "", func(field, text string) {
			wrong("pickup_address."+strings.Replace(field, "postcode_from", "postal_code", 1), text)
		})
	}
	if len(method.GetPrices()) == 0 {
		wrong("prices", "are missing: write at least one, 0 for free")
	}
	for i, price := range method.GetPrices() {
		at := fmt.Sprintf("prices[%d].", i)
		if !money.Known(price.GetCurrencyCode()) {
			wrong(at+"currency_code", "is no currency; write its three letters, such as EUR")
		}
		for field, amount := range map[string]int64{"most_grams": price.GetMostGrams(), "most_units": price.GetMostUnits()} {
			if amount < 0 || amount > math.MaxInt32 {
				wrong(at+field, "must not be below zero, nor above 2 billion")
			}
		}
		for field, amount := range map[string]int64{"least_goods_minor": price.GetLeastGoodsMinor(), "price_minor": price.GetPriceMinor()} {
			if amount < 0 || amount > mostMinor {
				wrong(at+field, "must not be below zero, nor above what an order may cost")
			}
		}
		same := func(other *pricingv1.ShippingPrice) bool {
			a, b := proto.CloneOf(price), proto.CloneOf(other)
			a.PriceMinor, b.PriceMinor = 0, 0
			return proto.Equal(a, b)
		}
		if slices.ContainsFunc(method.GetPrices()[:i], same) {
			wrong(at+"price_minor", "is for the same carts as one before it")
		}
	}
}

// inOrder are prices as they are tried: those for the most valuable goods first, then for the lightest and fewest.
func inOrder(prices []*pricingv1.ShippingPrice) []*pricingv1.ShippingPrice {
	bound := func(most int64) int64 {
		if most == 0 {
			return math.MaxInt64
		}
		return most
	}
	return slices.SortedStableFunc(slices.Values(prices), func(a, b *pricingv1.ShippingPrice) int {
		return cmp.Or(
			cmp.Compare(b.GetLeastGoodsMinor(), a.GetLeastGoodsMinor()),
			cmp.Compare(bound(a.GetMostGrams()), bound(b.GetMostGrams())), cmp.Compare(bound(a.GetMostUnits()), bound(b.GetMostUnits())),
		)
	})
}
