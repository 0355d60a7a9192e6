package main

import (
	"strconv"
	"strings"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// promotionForm is a promotion as it is typed.
type promotionForm struct {
	id      string
	version int64                // 0 for a new one
	was     *pricingv1.Promotion // as it was when the form was opened
	text    map[string]string    // of promotionFields, and the choices how and effect
	ticked  map[string]bool      // active, alone, first_order
	goods   map[string]*goodsForm
	tiers   []tierRow
	trial   trialForm
	taken   map[string]string // which side was taken where both changed the same
}

// tierRow is a step as it is typed.
type tierRow struct{ from, percent, amount string }

// The choices of goods of a promotion.
const (
	askedGoods   = "asked" // what its conditions are about
	cheaperGoods = "cheaper"
	boughtGoods  = "bought"
)

// promotionFields are the texts of a promotion, by what they belong to: an effect, or a part of the page.
var promotionFields = map[string][]ui.Field{
	"basics": {
		{Name: "name", Label: "Name", MaxLength: 100, Hint: "Shoppers read it beside what it takes off."},
		{Name: "note", Label: "Note", Optional: true, Rows: 2, MaxLength: 1000, Hint: "For staff."},
	},
	"percent": {{Name: "percent", Label: "Percent off", Quiet: true, InputMode: "decimal", Width: ui.Short}},
	"amount":  {{Name: "amount", Label: "Amount off", Quiet: true, InputMode: "decimal", Width: ui.Short}},
	"each":    {{Name: "each", Label: "Off each unit", Quiet: true, InputMode: "decimal", Width: ui.Short}},
	"price":   {{Name: "price", Label: "Price of one", Quiet: true, InputMode: "decimal", Width: ui.Short, Hint: "What costs less already stays as it is."}},
	"buy_get": {
		{Name: "buy_units", Label: "Units to buy", Quiet: true, InputMode: "numeric", Width: ui.Short},
		{Name: "get_units", Label: "Units that get cheaper", Quiet: true, InputMode: "numeric", Width: ui.Short},
		{Name: "get_percent", Label: "Percent off them", Quiet: true, InputMode: "decimal", Width: ui.Short, Hint: "100 makes them free."},
		{Name: "most_times", Label: "Times in an order, at most", Optional: true, InputMode: "numeric", Width: ui.Short},
	},
	"shipping": {
		{Name: "shipping_percent", Label: "Percent off the delivery", Quiet: true, InputMode: "decimal", Width: ui.Short, Hint: "100 makes it free."},
		{Name: "delivery_codes", Label: "Ways of delivery", Optional: true, Rows: 2, Hint: "Their codes, one a line. All, when left empty."},
	},
	"gift": {
		{Name: "find_gift", Label: "Gift", Quiet: true, MaxLength: 200, Hint: "The SKU of a variant, or the name of a product with one variant."},
		{Name: "gift_units", Label: "Units", Quiet: true, InputMode: "numeric", Width: ui.Short},
	},
	"orders": {
		{Name: "min_value", Label: "Value of the goods, at least", Optional: true, InputMode: "decimal", Width: ui.Short, Hint: "Before promotions."},
		{Name: "min_units", Label: "Units of the goods, at least", Optional: true, InputMode: "numeric", Width: ui.Short},
		{Name: "country_codes", Label: "Countries", Optional: true, Hint: "Where the parcel goes, such as DE, AT. Anywhere, when left empty."},
		{Name: "customer_groups", Label: "Groups of customers", Optional: true, Rows: 2, Hint: "One a line. Everybody, when left empty."},
	},
	"when": {
		{Name: "start_time", Label: "From", Type: "datetime-local", Optional: true, Width: ui.Medium, Hint: "In UTC. At once, when left empty."},
		{Name: "end_time", Label: "Until", Type: "datetime-local", Optional: true, Width: ui.Medium, Hint: "In UTC."},
	},
	"limits": {
		{Name: "uses", Label: "Orders in all", Optional: true, InputMode: "numeric", Width: ui.Short},
		{Name: "uses_per_customer", Label: "Orders of one customer", Optional: true, InputMode: "numeric", Width: ui.Short, Hint: "Known by e-mail address."},
		{Name: "budget", Label: "What it may take off in all", Optional: true, InputMode: "decimal", Width: ui.Short},
	},
	"others": {{Name: "priority", Label: "Place", Quiet: true, InputMode: "numeric", Width: ui.Short, Hint: "From 0 to 1000. Lower ones come first; each counts from what those before it left."}},
}

// effects are what a promotion can do.
var effects = []struct{ value, label, hint string }{
	{"percent", "Percent off", ""},
	{"amount", "An amount off all of it together", "Divided among the goods by what they cost."},
	{"each", "An amount off each unit", ""},
	{"price", "A price for each unit", ""},
	{"buy_get", "Some units cheaper for buying others", "Such as three for the price of two."},
	{"tiers", "More off for more", "The highest step that is reached counts."},
	{"shipping", "Cheaper delivery", ""},
	{"gift", "A gift", ""},
}

// newPromotionForm is what a new promotion begins with.
func newPromotionForm(currency string) *promotionForm {
	f := promotionFormOf(&pricingv1.Promotion{Id: id.New(), Active: true, Conditions: &pricingv1.Conditions{}, Effect: &pricingv1.Effect{Kind: &pricingv1.Effect_PercentOff{}}}, currency)
	f.text["percent"] = "10"
	return f
}

// promotionFormOf fills a form with a promotion.
func promotionFormOf(p *pricingv1.Promotion, currency string) *promotionForm {
	asked, limits := p.GetConditions(), p.GetLimits()
	f := &promotionForm{
		id: p.GetId(), version: p.GetVersion(), was: p,
		text: map[string]string{
			"how": "self", "name": p.GetName(), "note": p.GetNote(), "start_time": momentText(p.GetStartTime()), "end_time": momentText(p.GetEndTime()),
			"priority": strconv.Itoa(int(p.GetPriority())), "min_value": amountText(asked.GetMinValue()), "min_units": numberText(int64(asked.GetMinUnits())),
			"country_codes": strings.Join(asked.GetCountryCodes(), ", "), "customer_groups": strings.Join(asked.GetCustomerGroups(), "\n"),
			"uses": numberText(limits.GetUses()), "uses_per_customer": numberText(int64(limits.GetUsesPerCustomer())), "budget": amountText(limits.GetBudget()),
		},
		ticked: map[string]bool{"active": p.GetActive(), "alone": p.GetAlone(), "first_order": asked.GetFirstOrder()},
		goods:  map[string]*goodsForm{},
	}
	if p.GetNeedsCode() {
		f.text["how"] = "code"
	}
	for name, items := range map[string]*pricingv1.Items{askedGoods: asked.GetItems(), cheaperGoods: cheaper(p.GetEffect()), boughtGoods: p.GetEffect().GetBuyGet().GetBuy()} {
		goods := goodsOf(items)
		f.goods[name] = &goods
	}
	f.fillEffect(p.GetEffect(), currency)
	return f
}

func (f *promotionForm) fillEffect(effect *pricingv1.Effect, currency string) {
	switch kind := effect.GetKind().(type) {
	case *pricingv1.Effect_PercentOff:
		f.text["effect"], f.text["percent"] = "percent", money.Rate(kind.PercentOff.GetRate()).String()
	case *pricingv1.Effect_AmountOff:
		f.text["effect"], f.text["amount"] = "amount", amountText(kind.AmountOff.GetAmount())
	case *pricingv1.Effect_AmountOffEach:
		f.text["effect"], f.text["each"] = "each", amountText(kind.AmountOffEach.GetAmount())
	case *pricingv1.Effect_FixedPrice:
		f.text["effect"], f.text["price"] = "price", amountText(kind.FixedPrice.GetPrice())
	case *pricingv1.Effect_BuyGet:
		f.text["effect"] = "buy_get"
		f.text["buy_units"], f.text["get_units"] = strconv.Itoa(int(kind.BuyGet.GetBuyUnits())), strconv.Itoa(int(kind.BuyGet.GetGetUnits()))
		f.text["get_percent"], f.text["most_times"] = money.Rate(kind.BuyGet.GetRate()).String(), numberText(int64(kind.BuyGet.GetMostTimes()))
	case *pricingv1.Effect_Tiers:
		f.text["effect"], f.text["tiers_by"] = "tiers", "value"
		if kind.Tiers.GetByUnits() {
			f.text["tiers_by"] = "units"
		}
		for _, tier := range kind.Tiers.GetTiers() {
			f.tiers = append(f.tiers, tierText(tier, kind.Tiers.GetByUnits(), currency))
		}
	case *pricingv1.Effect_ShippingOff:
		f.text["effect"], f.text["shipping_percent"] = "shipping", money.Rate(kind.ShippingOff.GetRate()).String()
		f.text["delivery_codes"] = strings.Join(kind.ShippingOff.GetDeliveryCodes(), "\n")
	case *pricingv1.Effect_FreeGift:
		f.text["effect"], f.text["gift"], f.text["gift_units"] = "gift", kind.FreeGift.GetVariantId(), strconv.Itoa(int(kind.FreeGift.GetUnits()))
	}
}

func tierText(tier *pricingv1.Tier, byUnits bool, currency string) tierRow {
	row := tierRow{from: numberText(tier.GetFrom())}
	if !byUnits {
		row.from = money.Amount{Minor: tier.GetFrom(), Currency: currency}.Decimal()
	}
	if tier.GetRate() > 0 {
		row.percent = money.Rate(tier.GetRate()).String()
	} else {
		row.amount = money.Amount{Minor: tier.GetAmountMinor(), Currency: currency}.Decimal()
	}
	return row
}

// numberText writes a number for a field that is left empty for none.
func numberText(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func amountText(amount *typev1.Money) string {
	if amount.GetAmountMinor() == 0 {
		return ""
	}
	return decimal(amount)
}
