package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
)

var now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func eur(minor int64) *typev1.Money {
	return &typev1.Money{AmountMinor: minor, CurrencyCode: "EUR"}
}

// vat is a zone of one rate within the prices.
func vat(rate int64) *Zone {
	return &Zone{Name: "VAT", Included: true, Rates: map[string][]TaxRate{"": {{Name: "VAT", Rate: rate}}}, Shipping: LikeGoods}
}

func parcel(price int64) []Delivery {
	return []Delivery{{Code: "standard", Name: "Standard", MinDays: 1, MaxDays: 3, Rates: []Rate{{Price: price}}}}
}

// goods makes a line: "mug" is in the category "kitchen", "pan" too and reduced, "shirt" in "clothes".
func goods(variant string, quantity int32, price int64) *pricingv1.QuoteLine {
	category := map[string]string{"mug": "kitchen", "pan": "kitchen", "shirt": "clothes"}[variant]
	return &pricingv1.QuoteLine{
		VariantId: variant, ProductId: "p-" + variant, Quantity: quantity, UnitPriceMinor: price, CategoryIds: []string{category}, Reduced: variant == "pan",
	}
}

func of(categories ...string) *pricingv1.Items { return &pricingv1.Items{CategoryIds: categories} }

func promote(id string, effect *pricingv1.Effect, change ...func(*pricingv1.Promotion)) *pricingv1.Promotion {
	p := &pricingv1.Promotion{Id: id, Name: id, Active: true, Conditions: &pricingv1.Conditions{}, Effect: effect}
	for _, do := range change {
		do(p)
	}
	return p
}

func percent(items *pricingv1.Items, rate int32) *pricingv1.Effect {
	return &pricingv1.Effect{Kind: &pricingv1.Effect_PercentOff{PercentOff: &pricingv1.PercentOff{Items: items, Rate: rate * 10_000}}}
}

func off(items *pricingv1.Items, minor int64) *pricingv1.Effect {
	return &pricingv1.Effect{Kind: &pricingv1.Effect_AmountOff{AmountOff: &pricingv1.AmountOff{Items: items, Amount: eur(minor)}}}
}

func freeShipping(codes ...string) *pricingv1.Effect {
	return &pricingv1.Effect{Kind: &pricingv1.Effect_ShippingOff{ShippingOff: &pricingv1.ShippingOff{DeliveryCodes: codes, Rate: 1_000_000}}}
}

func gift(variant string, units int32) *pricingv1.Effect {
	return &pricingv1.Effect{Kind: &pricingv1.Effect_FreeGift{FreeGift: &pricingv1.FreeGift{VariantId: variant, Units: units}}}
}

func buyGet(buy, get *pricingv1.Items, b, g, rate, times int32) *pricingv1.Effect {
	return &pricingv1.Effect{Kind: &pricingv1.Effect_BuyGet{BuyGet: &pricingv1.BuyGet{
		Buy: buy, BuyUnits: b, Get: get, GetUnits: g, Rate: rate * 10_000, MostTimes: times,
	}}}
}

func tiers(byUnits bool, steps ...*pricingv1.Tier) *pricingv1.Effect {
	return &pricingv1.Effect{Kind: &pricingv1.Effect_Tiers{Tiers: &pricingv1.Tiers{ByUnits: byUnits, Tiers: steps}}}
}

func alone(p *pricingv1.Promotion)     { p.Alone = true }
func needsCode(p *pricingv1.Promotion) { p.NeedsCode = true }
func priority(n int32) func(*pricingv1.Promotion) {
	return func(p *pricingv1.Promotion) { p.Priority = n }
}
func when(c *pricingv1.Conditions) func(*pricingv1.Promotion) {
	return func(p *pricingv1.Promotion) { p.Conditions = c }
}

// What promotions take off, by hand.
func TestPromotions(t *testing.T) {
	t.Parallel()
	basket := []*pricingv1.QuoteLine{goods("mug", 3, 1000), goods("pan", 1, 5000), goods("shirt", 2, 2500)} // 130.00
	tests := map[string]struct {
		lines      []*pricingv1.QuoteLine // the basket if none
		promotions []*pricingv1.Promotion
		codes      map[string]string
		ended      map[string]bool
		returning  bool
		country    string
		off        int64
		shipping   int64
		left       map[string]int64
		reason     pricingv1.CodeReason // of the code "CODE"
	}{
		"none":                          {shipping: 500},
		"a share of all":                {promotions: []*pricingv1.Promotion{promote("a", percent(nil, 10))}, off: 1300, shipping: 500},
		"a share of some":               {promotions: []*pricingv1.Promotion{promote("a", percent(of("kitchen"), 10))}, off: 800, shipping: 500},
		"without what is reduced":       {promotions: []*pricingv1.Promotion{promote("a", percent(&pricingv1.Items{CategoryIds: []string{"kitchen"}, WithoutReduced: true}, 10))}, off: 300, shipping: 500},
		"all but a product":             {promotions: []*pricingv1.Promotion{promote("a", percent(&pricingv1.Items{WithoutProductIds: []string{"p-pan"}}, 10))}, off: 800, shipping: 500},
		"an amount":                     {promotions: []*pricingv1.Promotion{promote("a", off(nil, 2000))}, off: 2000, shipping: 500},
		"an amount above all there is":  {promotions: []*pricingv1.Promotion{promote("a", off(of("clothes"), 9000))}, off: 5000, shipping: 500},
		"an amount off each":            {promotions: []*pricingv1.Promotion{promote("a", &pricingv1.Effect{Kind: &pricingv1.Effect_AmountOffEach{AmountOffEach: &pricingv1.AmountOff{Amount: eur(1200)}}})}, off: 3000 + 1200 + 2400, shipping: 500},
		"a price for each":              {promotions: []*pricingv1.Promotion{promote("a", &pricingv1.Effect{Kind: &pricingv1.Effect_FixedPrice{FixedPrice: &pricingv1.FixedPrice{Price: eur(2000)}}})}, off: 3000 + 1000, shipping: 500},
		"three for two":                 {promotions: []*pricingv1.Promotion{promote("a", buyGet(of("kitchen"), of("kitchen"), 2, 1, 100, 0))}, off: 1000, shipping: 500},
		"two pairs":                     {promotions: []*pricingv1.Promotion{promote("a", buyGet(of("kitchen"), of("kitchen"), 1, 1, 100, 0))}, off: 2000, shipping: 500},
		"two pairs, once":               {promotions: []*pricingv1.Promotion{promote("a", buyGet(of("kitchen"), of("kitchen"), 1, 1, 100, 1))}, off: 1000, shipping: 500},
		"half off one for another":      {promotions: []*pricingv1.Promotion{promote("a", buyGet(of("clothes"), of("kitchen"), 1, 1, 50, 0))}, off: 1000, shipping: 500},
		"tiers by value":                {promotions: []*pricingv1.Promotion{promote("a", tiers(false, &pricingv1.Tier{From: 5000, Rate: 50_000}, &pricingv1.Tier{From: 13000, Rate: 100_000}, &pricingv1.Tier{From: 13001, Rate: 200_000}))}, off: 1300, shipping: 500},
		"tiers by units":                {promotions: []*pricingv1.Promotion{promote("a", tiers(true, &pricingv1.Tier{From: 6, AmountMinor: 700}, &pricingv1.Tier{From: 7, AmountMinor: 900}))}, off: 700, shipping: 500},
		"free delivery":                 {promotions: []*pricingv1.Promotion{promote("a", freeShipping())}},
		"free delivery of another kind": {promotions: []*pricingv1.Promotion{promote("a", freeShipping("express"))}, shipping: 500},
		"one after another":             {promotions: []*pricingv1.Promotion{promote("b", off(nil, 3000), priority(1)), promote("a", percent(nil, 10), priority(2))}, off: 3000 + 1000, shipping: 500},
		"in the other order":            {promotions: []*pricingv1.Promotion{promote("b", off(nil, 3000), priority(3)), promote("a", percent(nil, 10), priority(2))}, off: 1300 + 3000, shipping: 500},
		"alone and better":              {promotions: []*pricingv1.Promotion{promote("a", percent(nil, 30), alone), promote("b", percent(nil, 10)), promote("c", percent(nil, 10))}, off: 3900, shipping: 500},
		"alone and worse":               {promotions: []*pricingv1.Promotion{promote("a", percent(nil, 15), alone), promote("b", percent(nil, 10)), promote("c", percent(nil, 10))}, off: 1300 + 1170, shipping: 500},
		"of two alone the better":       {promotions: []*pricingv1.Promotion{promote("a", percent(nil, 15), alone), promote("b", percent(nil, 20), alone)}, off: 2600, shipping: 500},
		"a delivery counts as well":     {promotions: []*pricingv1.Promotion{promote("a", freeShipping(), alone), promote("b", off(nil, 400))}},
		"an order too small":            {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), when(&pricingv1.Conditions{MinValue: eur(13001)}))}, shipping: 500},
		"an order large enough":         {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), when(&pricingv1.Conditions{MinValue: eur(13000)}))}, off: 400, shipping: 500},
		"enough of some":                {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), when(&pricingv1.Conditions{Items: of("clothes"), MinUnits: 2}))}, off: 400, shipping: 500},
		"not enough of some":            {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), when(&pricingv1.Conditions{Items: of("clothes"), MinUnits: 3}))}, shipping: 500},
		"elsewhere":                     {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), when(&pricingv1.Conditions{CountryCodes: []string{"FR"}}))}, shipping: 500},
		"a first order":                 {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), when(&pricingv1.Conditions{FirstOrder: true}))}, off: 400, shipping: 500},
		"no first order":                {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), when(&pricingv1.Conditions{FirstOrder: true}))}, returning: true, shipping: 500},
		"not yet":                       {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), func(p *pricingv1.Promotion) { p.StartTime = timestamppb.New(now.Add(1)) })}, shipping: 500},
		"not any more":                  {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), func(p *pricingv1.Promotion) { p.EndTime = timestamppb.New(now) })}, shipping: 500},
		"from this moment on":           {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), func(p *pricingv1.Promotion) { p.StartTime = timestamppb.New(now) })}, off: 400, shipping: 500},
		"switched off":                  {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), func(p *pricingv1.Promotion) { p.Active = false })}, shipping: 500},
		"used up":                       {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400))}, ended: map[string]bool{"a": true}, shipping: 500},
		"a code not entered":            {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), needsCode)}, shipping: 500},
		"a code":                        {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), needsCode)}, codes: map[string]string{"CODE": "a"}, off: 400, shipping: 500},
		"a code nobody knows":           {codes: map[string]string{"CODE": ""}, shipping: 500, reason: notValid},
		"a code used up":                {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), needsCode)}, codes: map[string]string{"CODE": "a"}, ended: map[string]bool{"a": true}, shipping: 500, reason: notValid},
		"a code for more":               {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), needsCode, when(&pricingv1.Conditions{MinValue: eur(20000)}))}, codes: map[string]string{"CODE": "a"}, shipping: 500, reason: moreValue},
		"a code for other goods":        {promotions: []*pricingv1.Promotion{promote("a", off(of("garden"), 400), needsCode)}, codes: map[string]string{"CODE": "a"}, shipping: 500, reason: otherGoods},
		"a code against a better offer": {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), needsCode), promote("b", off(nil, 900), alone)}, codes: map[string]string{"CODE": "a"}, off: 900, shipping: 500, reason: otherOffer},
		"a code for nothing left":       {promotions: []*pricingv1.Promotion{promote("a", percent(nil, 100)), promote("b", off(nil, 900), needsCode)}, codes: map[string]string{"CODE": "b"}, off: 13000, shipping: 500, reason: notMore},
		"a code for more units":         {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), needsCode, when(&pricingv1.Conditions{Items: of("clothes"), MinUnits: 5}))}, codes: map[string]string{"CODE": "a"}, shipping: 500, reason: moreUnits},
		"a code for elsewhere":          {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), needsCode, when(&pricingv1.Conditions{CountryCodes: []string{"FR"}}))}, codes: map[string]string{"CODE": "a"}, shipping: 500, reason: elsewhere},
		"a code for first orders":       {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), needsCode, when(&pricingv1.Conditions{FirstOrder: true}))}, codes: map[string]string{"CODE": "a"}, returning: true, shipping: 500, reason: notFirst},
		"a code for another group":      {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), needsCode, when(&pricingv1.Conditions{CustomerGroups: []string{"trade"}}))}, codes: map[string]string{"CODE": "a"}, shipping: 500, reason: otherGroup},
		"a code for another delivery":   {promotions: []*pricingv1.Promotion{promote("a", freeShipping("express"), needsCode)}, codes: map[string]string{"CODE": "a"}, shipping: 500, reason: notSent},
		"a code for a gift that is out": {promotions: []*pricingv1.Promotion{promote("a", gift("tea", 1), needsCode)}, codes: map[string]string{"CODE": "a"}, shipping: 500, reason: noGift},
		"a budget that is enough":       {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), needsCode)}, codes: map[string]string{"CODE": "a"}, left: map[string]int64{"a": 400}, off: 400, shipping: 500},
		"a budget that is not":          {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), needsCode)}, codes: map[string]string{"CODE": "a"}, left: map[string]int64{"a": 399}, shipping: 500, reason: tooDear},
		"a budget for a delivery":       {promotions: []*pricingv1.Promotion{promote("a", freeShipping(), needsCode)}, codes: map[string]string{"CODE": "a"}, left: map[string]int64{"a": 499}, shipping: 500, reason: tooDear},
		"a budget and another offer":    {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400)), promote("b", off(nil, 300))}, left: map[string]int64{"a": 399}, off: 300, shipping: 500},
		"free delivery from a value":    {promotions: []*pricingv1.Promotion{promote("a", off(nil, 400), when(&pricingv1.Conditions{MinValue: eur(1)}))}, off: 400, shipping: 500},
		"a gift":                        {lines: append([]*pricingv1.QuoteLine{given("tea", 1, 700, "a")}, basket...), promotions: []*pricingv1.Promotion{promote("a", gift("tea", 1))}, off: 700, shipping: 500},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := &pricingv1.QuoteRequest{CurrencyCode: "EUR", CountryCode: "DE", Lines: tc.lines}
			if tc.lines == nil {
				req.Lines = basket
			}
			for code := range tc.codes {
				req.Codes = append(req.Codes, code)
			}
			rules := Rules{
				Promotions: Ready(tc.promotions), Codes: tc.codes, Ended: tc.ended, Left: tc.left, Returning: tc.returning, Deliveries: parcel(500), Tax: vat(190_000),
			}
			answer, err := Price(rules, req, now)
			if err != nil {
				t.Fatal(err)
			}
			totals := answer.GetTotals()
			if totals.GetDiscount().GetAmountMinor() != tc.off || totals.GetShipping().GetAmountMinor() != tc.shipping {
				t.Errorf("%d off and %d for delivery, want %d and %d: %v", totals.GetDiscount().GetAmountMinor(), totals.GetShipping().GetAmountMinor(), tc.off, tc.shipping, answer)
			}
			if codes := answer.GetCodes(); len(codes) > 0 && (codes[0].GetReason() != tc.reason || codes[0].GetApplied() != (tc.reason == 0) || codes[0].GetApplied() != (codes[0].GetProblem() == "")) {
				t.Errorf("of the code it says %v, want %v", codes[0], tc.reason)
			}
			if problem := wrong(req, answer); problem != "" {
				t.Error(problem)
			}
		})
	}
}

// Who enters a code too early reads what is missing.
func TestCodesSayWhatIsMissing(t *testing.T) {
	t.Parallel()
	for conditions, want := range map[*pricingv1.Conditions]string{
		{MinValue: eur(1500)}: "this code is for orders from €15.00 of the goods that it is for; €5.00 more is needed",
		{MinUnits: 3}:         "this code is for orders of 3 items or more of the goods that it is for; 2 more are needed",
	} {
		answer, err := Price(Rules{Promotions: Ready([]*pricingv1.Promotion{promote("a", off(nil, 400), needsCode, when(conditions))}), Codes: map[string]string{"CODE": "a"}},
			&pricingv1.QuoteRequest{CurrencyCode: "EUR", Codes: []string{"CODE"}, Lines: []*pricingv1.QuoteLine{goods("mug", 1, 1000)}}, now)
		if err != nil {
			t.Fatal(err)
		}
		if said := answer.GetCodes()[0]; said.GetProblem() != want || said.GetMissingValue().GetAmountMinor() != max(0, conditions.GetMinValue().GetAmountMinor()-1000) || said.GetMissingUnits() != max(0, conditions.GetMinUnits()-1) {
			t.Errorf("it says %v, want %q", said, want)
		}
	}
}

// given makes a line that is a gift.
func given(variant string, quantity int32, price int64, promotion string) *pricingv1.QuoteLine {
	line := goods(variant, quantity, price)
	line.GiftPromotionId = promotion
	return line
}

// A gift is asked for while it is missing, and refused once nothing gives it.
func TestGifts(t *testing.T) {
	t.Parallel()
	rules := Rules{Promotions: Ready([]*pricingv1.Promotion{promote("a", gift("tea", 2), when(&pricingv1.Conditions{MinValue: eur(1000)}))})}
	req := &pricingv1.QuoteRequest{CurrencyCode: "EUR", Lines: []*pricingv1.QuoteLine{goods("mug", 1, 1000)}}
	answer, err := Price(rules, req, now)
	if err != nil || len(answer.GetGifts()) != 1 || answer.GetGifts()[0].GetUnits() != 2 || answer.GetGifts()[0].GetVariantId() != "tea" || len(answer.GetPromotions()) != 0 {
		t.Errorf("gifts %v, %v; want two of tea", answer.GetGifts(), err)
	}
	req.Lines = append(req.Lines, given("tea", 1, 700, "a"))
	if answer, err = Price(rules, req, now); err != nil || len(answer.GetGifts()) != 1 || answer.GetGifts()[0].GetUnits() != 1 || answer.GetTotals().GetTotal().GetAmountMinor() != 1000 {
		t.Errorf("with one of them: %v, %v", answer, err)
	}
	for name, lines := range map[string][]*pricingv1.QuoteLine{
		"too little bought": {goods("mug", 1, 999), given("tea", 1, 700, "a")},
		"more than given":   {goods("mug", 1, 1000), given("tea", 3, 700, "a")},
		"something else":    {goods("mug", 1, 1000), given("coffee", 1, 700, "a")},
		"of nobody":         {goods("mug", 1, 1000), given("tea", 1, 700, "b")},
		"nothing bought":    {given("tea", 1, 700, "a")},
	} {
		req.Lines = lines
		if _, err := Price(rules, req, now); !errors.Is(err, ErrGift) {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
	}
	answer, err = Price(Rules{Promotions: Ready([]*pricingv1.Promotion{promote("a", gift("tea", 1))})}, &pricingv1.QuoteRequest{CurrencyCode: "EUR"}, now)
	if err != nil || len(answer.GetGifts()) != 0 {
		t.Errorf("an empty cart gets %v, %v", answer.GetGifts(), err)
	}
}

// Deliveries are priced by what is sent and offered the cheapest first; what is fetched comes last and is taxed where it is fetched.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	deliveries := []Delivery{
		{Code: "shop", Name: "Fetch it", Pickup: &typev1.Address{CountryCode: "FR"}, Rates: []Rate{{}}, Tax: vat(200_000)},
		{Code: "standard", Rates: []Rate{{MostGrams: 1000, LeastGoods: 5000}, {MostGrams: 1000, Price: 490}, {MostGrams: 5000, Price: 990}}},
		{Code: "letter", Rates: []Rate{{MostUnits: 1, Price: 190}}},
	}
	tests := map[string]struct {
		grams, quantity int32
		price           int64
		code            string
		want            string // the codes and prices offered
		missing         int64
		tax             int64
	}{
		"one light thing": {grams: 100, quantity: 1, price: 1190, want: "letter 190, standard 490, shop 0", tax: 220},
		"two":             {grams: 100, quantity: 2, price: 1190, want: "standard 490, shop 0", missing: 2620, tax: 458},
		"for free":        {grams: 100, quantity: 2, price: 2500, want: "standard 0, shop 0", tax: 798},
		"heavy":           {grams: 1001, quantity: 1, price: 9000, want: "letter 190, standard 990, shop 0", tax: 1467},
		"too heavy":       {grams: 3000, quantity: 2, price: 1190, want: "shop 0", tax: 397},
		"fetched":         {grams: 100, quantity: 1, price: 1200, code: "shop", want: "letter 190, standard 490, shop 0", tax: 200},
	}
	for name, tc := range tests {
		line := goods("mug", tc.quantity, tc.price)
		line.WeightGrams = tc.grams
		req := &pricingv1.QuoteRequest{CurrencyCode: "EUR", CountryCode: "DE", Lines: []*pricingv1.QuoteLine{line}, DeliveryCode: tc.code}
		answer, err := Price(Rules{Deliveries: deliveries, Tax: vat(190_000)}, req, now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var offered []string
		var missing int64
		for _, option := range answer.GetDeliveries() {
			offered = append(offered, fmt.Sprintf("%s %d", option.GetCode(), option.GetPrice().GetAmountMinor()))
			missing += option.GetFreeFromRemaining().GetAmountMinor()
		}
		if got := strings.Join(offered, ", "); got != tc.want {
			t.Errorf("%s: offered %s, want %s", name, got, tc.want)
		}
		if tc.missing > 0 && missing != tc.missing {
			t.Errorf("%s: %d missing for free delivery, want %d", name, missing, tc.missing)
		}
		if got := answer.GetTotals().GetTax().GetAmountMinor(); got != tc.tax {
			t.Errorf("%s: tax %d, want %d", name, got, tc.tax)
		}
	}
	for name, tc := range map[string]struct {
		rules Rules
		code  string
		want  error
	}{
		"nothing goes there": {rules: Rules{}, want: ErrNotDelivered},
		"not offered":        {rules: Rules{Deliveries: deliveries}, code: "express", want: ErrNotOffered},
		"too heavy":          {rules: Rules{Deliveries: deliveries[2:]}, want: ErrTooHeavy},
	} {
		req := &pricingv1.QuoteRequest{CurrencyCode: "EUR", CountryCode: "DE", Lines: []*pricingv1.QuoteLine{goods("mug", 2, 1000)}, DeliveryCode: tc.code}
		if _, err := Price(tc.rules, req, now); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

// wrong says what of a price does not hold that holds for every price.
func wrong(req *pricingv1.QuoteRequest, answer *pricingv1.QuoteResponse) string {
	totals := answer.GetTotals()
	var goods, off, tax, total, partTax int64
	for i, line := range answer.GetLines() {
		var discounts, parts int64
		for _, d := range line.GetDiscounts() {
			if d.GetAmountMinor() <= 0 {
				return fmt.Sprintf("line %d: a discount of %d", i, d.GetAmountMinor())
			}
			discounts += d.GetAmountMinor()
		}
		for _, p := range line.GetTaxes() {
			parts += p.GetAmountMinor()
		}
		wanted := req.GetLines()[i]
		switch {
		case line.GetVariantId() != wanted.GetVariantId():
			return fmt.Sprintf("line %d is %s, want %s", i, line.GetVariantId(), wanted.GetVariantId())
		case line.GetGoodsMinor() != wanted.GetUnitPriceMinor()*int64(wanted.GetQuantity()):
			return fmt.Sprintf("line %d: goods of %d", i, line.GetGoodsMinor())
		case discounts != line.GetDiscountMinor() || discounts > line.GetGoodsMinor():
			return fmt.Sprintf("line %d: discounts of %d, told as %d, on %d", i, discounts, line.GetDiscountMinor(), line.GetGoodsMinor())
		case parts != line.GetTaxMinor() || line.GetTaxMinor() < 0 || line.GetTaxMinor() != answer.GetLineTaxMinor()[i]:
			return fmt.Sprintf("line %d: taxes of %d, told as %d", i, parts, line.GetTaxMinor())
		case wanted.GetGiftCard() && (line.GetTotalMinor() != line.GetGoodsMinor() || discounts != 0 || parts != 0):
			return fmt.Sprintf("line %d: a gift card worth %d costs %d, with %d off and tax of %d", i, line.GetGoodsMinor(), line.GetTotalMinor(), discounts, parts)
		case line.GetTotalMinor() < 0:
			return fmt.Sprintf("line %d costs %d", i, line.GetTotalMinor())
		}
		goods, off, tax, total = goods+line.GetGoodsMinor(), off+discounts, tax+line.GetTaxMinor(), total+line.GetTotalMinor()
	}
	for _, part := range answer.GetTaxes() {
		partTax += part.GetAmountMinor()
	}
	shippingTax := totals.GetTax().GetAmountMinor() - tax
	added := totals.GetTax().GetAmountMinor()
	if totals.GetTaxIncluded() {
		added = 0
	}
	want := goods - off + totals.GetShipping().GetAmountMinor() + added - totals.GetTaxRelief().GetAmountMinor() + totals.GetRounding().GetAmountMinor()
	switch got := totals.GetTotal().GetAmountMinor(); {
	case totals.GetGoods().GetAmountMinor() != goods || totals.GetDiscount().GetAmountMinor() != off:
		return fmt.Sprintf("goods %d off %d in the totals, %d and %d in the lines", totals.GetGoods().GetAmountMinor(), totals.GetDiscount().GetAmountMinor(), goods, off)
	case got != want || got < 0:
		return fmt.Sprintf("total %d, its parts sum to %d", got, want)
	case partTax != totals.GetTax().GetAmountMinor():
		return fmt.Sprintf("tax %d, its parts sum to %d", totals.GetTax().GetAmountMinor(), partTax)
	case shippingTax < 0:
		return fmt.Sprintf("lines have tax of %d, all have %d", tax, totals.GetTax().GetAmountMinor())
	}
	var byPromotion int64
	for _, p := range answer.GetPromotions() {
		byPromotion += p.GetGoodsMinor()
		if p.GetGoodsMinor() < 0 || p.GetShippingMinor() < 0 {
			return fmt.Sprintf("promotion %v takes off less than nothing", p)
		}
	}
	if byPromotion != off {
		return fmt.Sprintf("promotions take %d off, lines say %d", byPromotion, off)
	}
	return ""
}

// cartOf draws a cart, rulesOf the rules of a shop.
func cartOf(t *rapid.T) *pricingv1.QuoteRequest {
	req := &pricingv1.QuoteRequest{CurrencyCode: "EUR", CountryCode: rapid.SampledFrom([]string{"", "DE"}).Draw(t, "country"), Cash: rapid.Bool().Draw(t, "cash")}
	for i := range rapid.IntRange(0, 12).Draw(t, "lines") {
		line := goods(rapid.SampledFrom([]string{"mug", "pan", "shirt"}).Draw(t, "variant"), rapid.Int32Range(1, 9999).Draw(t, "quantity"),
			rapid.OneOf(rapid.Int64Range(0, 50), rapid.Int64Range(0, 100_000_000_000)).Draw(t, "price"))
		line.VariantId = fmt.Sprint(line.GetVariantId(), i)
		line.TaxClass = rapid.SampledFrom([]string{"", "books", "none"}).Draw(t, "class")
		line.Digital = rapid.Bool().Draw(t, "digital")
		line.GiftCard = rapid.IntRange(0, 4).Draw(t, "gift card") == 0
		req.Lines = append(req.Lines, line)
	}
	return req
}

func itemsFor(t *rapid.T) *pricingv1.Items {
	return rapid.SampledFrom([]*pricingv1.Items{nil, of("kitchen"), of("clothes", "kitchen"), {WithoutReduced: true}, {WithoutCategoryIds: []string{"clothes"}}}).Draw(t, "items")
}

func rulesOf(t *rapid.T) Rules {
	var promotions []*pricingv1.Promotion
	for i := range rapid.IntRange(0, 6).Draw(t, "promotions") {
		amount, rate := rapid.Int64Range(1, 100_000_000_000).Draw(t, "amount"), rapid.Int32Range(1, 100).Draw(t, "rate")
		units := rapid.Int32Range(1, 5)
		effect := []*pricingv1.Effect{
			percent(itemsFor(t), rate), off(itemsFor(t), amount), freeShipping(), gift("tea", 1),
			{Kind: &pricingv1.Effect_AmountOffEach{AmountOffEach: &pricingv1.AmountOff{Items: itemsFor(t), Amount: eur(amount)}}},
			{Kind: &pricingv1.Effect_FixedPrice{FixedPrice: &pricingv1.FixedPrice{Items: itemsFor(t), Price: eur(amount - 1)}}},
			buyGet(itemsFor(t), itemsFor(t), units.Draw(t, "buy"), units.Draw(t, "get"), rate, units.Draw(t, "times")-1),
			tiers(rapid.Bool().Draw(t, "by units"), &pricingv1.Tier{From: amount, Rate: rate * 10_000}, &pricingv1.Tier{From: 3, AmountMinor: amount}),
		}[rapid.IntRange(0, 7).Draw(t, "kind")]
		promotions = append(promotions, promote(fmt.Sprint("p", i), effect, priority(rapid.Int32Range(0, 3).Draw(t, "priority")), func(p *pricingv1.Promotion) {
			p.Alone = rapid.Bool().Draw(t, "alone")
		}))
	}
	rates := func() []TaxRate {
		var rates []TaxRate
		for range rapid.IntRange(0, 3).Draw(t, "rates") {
			rates = append(rates, TaxRate{Name: "tax", Rate: rapid.Int64Range(0, 1_000_000).Draw(t, "rate"), Compound: rapid.Bool().Draw(t, "compound")})
		}
		return rates
	}
	return Rules{
		Promotions: Ready(promotions), Deliveries: parcel(rapid.Int64Range(0, 100_000).Draw(t, "delivery")), VATNumber: rapid.Bool().Draw(t, "VAT number"),
		CashStep: rapid.SampledFrom([]int64{0, 1, 5, 50}).Draw(t, "step"),
		Tax: &Zone{
			Name: "taxes", Included: rapid.Bool().Draw(t, "included"), EachLine: rapid.Bool().Draw(t, "each line"), ReverseCharge: rapid.Bool().Draw(t, "reverse"),
			Shipping: rapid.SampledFrom([]ShippingTax{Untaxed, Standard, LikeGoods}).Draw(t, "shipping"),
			Rates:    map[string][]TaxRate{"": rates(), "books": rates()},
		},
	}
}

// Whatever is bought, promoted and taxed: nothing costs less than nothing, the parts sum to the whole, and the same cart has the same price, however
// its lines are listed.
func TestPriceHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rules, req := rulesOf(t), cartOf(t)
		before := proto.CloneOf(req)
		answer, err := Price(rules, req, now)
		if err != nil {
			t.Fatal(err)
		}
		if problem := wrong(req, answer); problem != "" {
			t.Fatalf("%s\n%v", problem, answer)
		}
		if !proto.Equal(before, req) {
			t.Fatal("the request was changed")
		}
		again, err := Price(rules, req, now)
		if err != nil || !proto.Equal(answer, again) {
			t.Fatalf("once %v, once %v, %v", answer, again, err)
		}
		order := rapid.Permutation(indices(len(req.GetLines()))).Draw(t, "order")
		for to, from := range order {
			req.Lines[to] = before.GetLines()[from]
		}
		shuffled, err := Price(rules, req, now)
		if err != nil {
			t.Fatal(err)
		}
		for to, from := range order {
			if !proto.Equal(shuffled.GetLines()[to], answer.GetLines()[from]) {
				t.Fatalf("as line %d it is %v, as line %d %v", to, shuffled.GetLines()[to], from, answer.GetLines()[from])
			}
		}
		if !proto.Equal(shuffled.GetTotals(), answer.GetTotals()) {
			t.Fatalf("in one order %v, in another %v", answer.GetTotals(), shuffled.GetTotals())
		}
	})
}

func indices(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Of promotions that go together and those that stand alone, shoppers never pay more than by any choice they could make.
func TestPriceIsTheBest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var promotions []*pricingv1.Promotion
		for i := range rapid.IntRange(1, 5).Draw(t, "promotions") {
			promotions = append(promotions, promote(fmt.Sprint("p", i), percent(itemsFor(t), rapid.Int32Range(1, 100).Draw(t, "rate")), func(p *pricingv1.Promotion) {
				p.Alone = rapid.Bool().Draw(t, "alone")
			}))
		}
		req := cartOf(t)
		pay := func(promotions []*pricingv1.Promotion) int64 {
			answer, err := Price(Rules{Promotions: Ready(promotions), Deliveries: parcel(0)}, req, now)
			if err != nil {
				t.Fatal(err)
			}
			return answer.GetTotals().GetTotal().GetAmountMinor()
		}
		all := pay(promotions)
		for _, one := range promotions {
			if one.GetAlone() && pay([]*pricingv1.Promotion{one}) < all {
				t.Fatalf("with %s alone it costs less than %d", one.GetId(), all)
			}
		}
		if together := slices.DeleteFunc(slices.Clone(promotions), (*pricingv1.Promotion).GetAlone); pay(together) < all {
			t.Fatalf("without those that stand alone it costs less than %d", all)
		}
	})
}
