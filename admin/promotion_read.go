package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	postal "github.com/tradewind-commerce/tradewind/platform/address"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// readPromotion reads what a page sent.
func readPromotion(v visit) *promotionForm {
	f := &promotionForm{
		id: v.PostFormValue("id"), was: &pricingv1.Promotion{}, text: map[string]string{}, ticked: map[string]bool{}, goods: map[string]*goodsForm{},
		trial: readTrial(v), taken: map[string]string{},
	}
	f.version, _ = strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	_ = protojson.Unmarshal([]byte(v.PostFormValue("was")), f.was) // what is no promotion is as good as none: both sides are then shown
	for _, fields := range promotionFields {
		for _, field := range fields {
			f.text[field.Name] = typed(v, field)
		}
	}
	for _, name := range []string{"how", "effect", "tiers_by", "gift"} {
		f.text[name] = v.PostFormValue(name)
	}
	for _, name := range []string{"active", "alone", "first_order"} {
		f.ticked[name] = v.PostFormValue(name) != ""
	}
	for _, name := range []string{askedGoods, cheaperGoods, boughtGoods} {
		goods := readGoods(v, name)
		f.goods[name] = &goods
	}
	for i := 0; v.PostForm.Has(rowName("tiers", i, "from")); i++ {
		get := func(of string) string { return strings.TrimSpace(v.PostFormValue(rowName("tiers", i, of))) }
		if row := (tierRow{get("from"), get("percent"), get("amount")}); row != (tierRow{}) {
			f.tiers = append(f.tiers, row)
		}
	}
	for name, values := range v.PostForm {
		if strings.HasPrefix(name, "choice-") {
			f.taken[name] = values[0]
		}
	}
	return f
}

// reading makes a promotion of a form and collects what is wrong with it.
type reading struct {
	*promotionForm
	currency string
	problems ui.Problems
}

// promotion is what the form says. What makes no sense is a problem, and left out.
func (f *promotionForm) promotion(currency string, problems ui.Problems) *pricingv1.Promotion {
	r := reading{f, currency, problems}
	p := &pricingv1.Promotion{
		Id: f.id, Name: f.text["name"], Note: f.text["note"], Active: f.ticked["active"], NeedsCode: f.text["how"] == "code", Alone: f.ticked["alone"],
		StartTime: r.moment("start_time"), EndTime: r.moment("end_time"), Priority: int32(r.number("priority", 0, 1000)),
		Conditions: &pricingv1.Conditions{
			Items: f.goods[askedGoods].items(), MinValue: r.amount("min_value"), MinUnits: int32(r.number("min_units", 0, 99_999)), CountryCodes: r.countries(),
			CustomerGroups: lines(f.text["customer_groups"]), FirstOrder: f.ticked["first_order"],
		},
		Effect: r.effect(), Version: f.version,
	}
	limits := &pricingv1.Limits{Uses: r.number("uses", 0, 1_000_000_000), UsesPerCustomer: int32(r.number("uses_per_customer", 0, 100_000)), Budget: r.amount("budget")}
	if limits.GetUses() > 0 || limits.GetUsesPerCustomer() > 0 || limits.GetBudget() != nil {
		p.Limits = limits
	}
	if f.text["name"] == "" {
		problems["name"] = "Write what shoppers read beside the amount"
	}
	if p.GetStartTime() != nil && p.GetEndTime() != nil && !p.GetEndTime().AsTime().After(p.GetStartTime().AsTime()) {
		problems["end_time"] = "It must end after it begins"
	}
	return p
}

func (r reading) effect() *pricingv1.Effect {
	goods := r.goods[cheaperGoods].items()
	switch r.text["effect"] {
	case "percent":
		return &pricingv1.Effect{Kind: &pricingv1.Effect_PercentOff{PercentOff: &pricingv1.PercentOff{Items: goods, Rate: r.percent("percent")}}}
	case "amount":
		return &pricingv1.Effect{Kind: &pricingv1.Effect_AmountOff{AmountOff: &pricingv1.AmountOff{Items: goods, Amount: r.given("amount")}}}
	case "each":
		return &pricingv1.Effect{Kind: &pricingv1.Effect_AmountOffEach{AmountOffEach: &pricingv1.AmountOff{Items: goods, Amount: r.given("each")}}}
	case "price":
		return &pricingv1.Effect{Kind: &pricingv1.Effect_FixedPrice{FixedPrice: &pricingv1.FixedPrice{Items: goods, Price: r.given("price")}}}
	case "buy_get":
		return &pricingv1.Effect{Kind: &pricingv1.Effect_BuyGet{BuyGet: &pricingv1.BuyGet{
			Buy: r.goods[boughtGoods].items(), BuyUnits: int32(r.number("buy_units", 1, 1000)), Get: goods, GetUnits: int32(r.number("get_units", 1, 1000)),
			Rate: r.percent("get_percent"), MostTimes: int32(r.number("most_times", 0, 1000)),
		}}}
	case "tiers":
		return &pricingv1.Effect{Kind: &pricingv1.Effect_Tiers{Tiers: &pricingv1.Tiers{Items: goods, ByUnits: r.text["tiers_by"] == "units", Tiers: r.steps()}}}
	case "shipping":
		return &pricingv1.Effect{Kind: &pricingv1.Effect_ShippingOff{ShippingOff: &pricingv1.ShippingOff{
			DeliveryCodes: lines(r.text["delivery_codes"]), Rate: r.percent("shipping_percent"),
		}}}
	case "gift":
		if r.text["gift"] == "" && r.problems["find_gift"] == "" {
			r.problems["find_gift"] = "Write which variant is the gift"
		}
		return &pricingv1.Effect{Kind: &pricingv1.Effect_FreeGift{FreeGift: &pricingv1.FreeGift{VariantId: r.text["gift"], Units: int32(r.number("gift_units", 1, 99))}}}
	default:
		r.problems["effect"] = "Choose what it does"
		return &pricingv1.Effect{}
	}
}

// steps are the rows of tiers that say something.
func (r reading) steps() []*pricingv1.Tier {
	var steps []*pricingv1.Tier
	for i, row := range r.tiers {
		problem := func(of, text string) { r.problems[rowName("tiers", i, of)] = text }
		step := &pricingv1.Tier{}
		if r.text["tiers_by"] == "units" {
			from, err := strconv.ParseInt(row.from, 10, 32)
			if step.From = from; err != nil || from < 1 {
				problem("from", "Write a number of units")
			}
		} else if from, fine := price(row.from, r.currency); !fine || from.GetAmountMinor() < 1 {
			problem("from", notPrice(r.currency))
		} else {
			step.From = from.GetAmountMinor()
		}
		switch {
		case (row.percent == "") == (row.amount == ""):
			problem("percent", "Write either a percentage or an amount")
		case row.percent != "":
			rate, fine := readPercent(row.percent)
			if step.Rate = rate; !fine || rate == 0 {
				problem("percent", notPercent)
			}
		default:
			amount, fine := price(row.amount, r.currency)
			if step.AmountMinor = amount.GetAmountMinor(); !fine || amount.GetAmountMinor() < 1 {
				problem("amount", notPrice(r.currency))
			}
		}
		steps = append(steps, step)
	}
	if len(steps) == 0 {
		r.problems[rowName("tiers", 0, "from")] = "Write a step"
	}
	return steps
}

const notPercent = "Write a percentage from 0.0001 to 100, such as 12.5"

func (r reading) percent(name string) int32 {
	rate, fine := readPercent(r.text[name])
	if !fine || rate == 0 {
		r.problems[name] = notPercent
	}
	return rate
}

// readPercent reads a percentage as staff write it, up to 100, as millionths.
func readPercent(text string) (int32, bool) {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	rate, err := money.ParseRate(strings.Replace(text, ",", ".", 1))
	if err != nil || rate > everyPart {
		return 0, false
	}
	return int32(rate), true
}

// number reads a whole number; what is left empty is 0, which must be allowed.
func (r reading) number(name string, least, most int64) int64 {
	n, err := strconv.ParseInt(r.text[name], 10, 64)
	if r.text[name] == "" {
		n, err = 0, nil
	}
	if err != nil || n < least || n > most {
		r.problems[name] = fmt.Sprintf("Write a whole number from %d to %s", least, count(most))
		return 0
	}
	return n
}

// amount reads an amount; absent when left empty.
func (r reading) amount(name string) *typev1.Money {
	if r.text[name] == "" {
		return nil
	}
	amount, fine := price(r.text[name], r.currency)
	if !fine || amount.GetAmountMinor() < 0 {
		r.problems[name] = notPrice(r.currency)
		return nil
	}
	if amount.GetAmountMinor() == 0 {
		return nil
	}
	return amount
}

// given reads an amount that must be there.
func (r reading) given(name string) *typev1.Money {
	amount, fine := price(r.text[name], r.currency)
	if !fine || amount.GetAmountMinor() < 0 {
		r.problems[name] = notPrice(r.currency)
	}
	return amount
}

func (r reading) moment(name string) *timestamppb.Timestamp {
	if r.text[name] == "" {
		return nil
	}
	at, fine := readTime(r.text[name])
	if !fine {
		r.problems[name] = "Write a day and a time, such as 2026-12-01T08:00"
		return nil
	}
	return timestamppb.New(at)
}

// countries reads codes of countries, however they are set apart.
func (r reading) countries() []string {
	var codes []string
	for _, code := range strings.FieldsFunc(strings.ToUpper(r.text["country_codes"]), func(c rune) bool { return c < 'A' || c > 'Z' }) {
		if postal.CountryName(code, language.English) == code {
			r.problems["country_codes"] = code + " is no country: write codes of two letters, such as DE, AT"
			continue
		}
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}
