package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// tryFields are what is typed of a basket and an address.
var tryFields = []ui.Field{
	{Name: "country", Label: "Country", Width: ui.Medium},
	{Name: "region", Label: "Region", MaxLength: 100, Width: ui.Medium, Optional: true},
	{Name: "postcode", Label: "Postcode", MaxLength: 20, Width: ui.Short, Optional: true},
	{Name: "goods", Label: "Goods for", InputMode: "decimal", Width: ui.Short},
	{Name: "grams", Label: "Weight in g", InputMode: "numeric", Width: ui.Short, Optional: true},
	{Name: "class", Label: "Class of goods", Width: ui.Medium, Quiet: true},
	{Name: "delivery", Label: "Delivery", MaxLength: 50, Width: ui.Medium, Optional: true, Hint: "A code; left empty, the cheapest."},
	{Name: "group", Label: "Group of customers", MaxLength: 100, Width: ui.Medium, Optional: true},
	{Name: "vat", Label: "VAT number", MaxLength: 40, Width: ui.Medium, Optional: true},
}

// tryAddress says what a basket would cost at an address.
func (o *office) tryAddress(w http.ResponseWriter, v visit) error {
	classes, err := o.Taxes.ListTaxClasses(v.ctx, &pricingv1.ListTaxClassesRequest{})
	if err != nil {
		return err
	}
	query := v.URL.Query()
	page := admin.TryPage{
		Shell: o.shell(w, v, "Try an address"), Heading: "Try an address", Intro: "What delivery and taxes would be for goods of a class at an address, with the promotions that count now.", Views: shippingViews("/shipping/try"), Action: "/shipping/try",
		Columns: []admin.Column{{Label: "Way"}, {Label: "Code"}, {Label: "Working days"}, {Label: "Price", Number: true}, {Label: "Missing for free delivery", Number: true}},
	}
	problems := ui.Problems{}
	basket := &pricingv1.QuoteRequest{
		CurrencyCode: o.cfg.Currency, CountryCode: query.Get("country"), Region: query.Get("region"), PostalCode: query.Get("postcode"), DeliveryCode: strings.TrimSpace(query.Get("delivery")),
		CustomerGroup: strings.TrimSpace(query.Get("group")), VatNumber: strings.TrimSpace(query.Get("vat")),
	}
	line := &pricingv1.QuoteLine{VariantId: id.New(), Quantity: 1, TaxClass: query.Get("class")}
	status := http.StatusOK
	if query.Has("country") {
		amount, fine := price(query.Get("goods"), o.cfg.Currency)
		if !fine {
			problems["goods"] = "Write an amount such as 12.50"
		}
		grams, err := strconv.ParseInt(query.Get("grams"), 10, 32)
		if err != nil && query.Get("grams") != "" {
			problems["grams"] = "Write a whole number of grams"
		}
		if basket.GetCountryCode() == "" {
			problems["country"] = "Choose a country"
		}
		line.UnitPriceMinor, line.WeightGrams = amount.GetAmountMinor(), int32(grams)
		basket.Lines = []*pricingv1.QuoteLine{line}
		if len(problems) > 0 {
			status, page.Problems = http.StatusUnprocessableEntity, ui.Summary(problems, "country", "goods", "grams")
		}
	}
	if status == http.StatusOK && query.Has("country") {
		answer, err := o.Shipping.TryAddress(v.ctx, &pricingv1.TryAddressRequest{Basket: basket})
		switch code := connect.CodeOf(err); {
		case err == nil:
			o.tried(&page, answer.GetQuote())
		case code == connect.CodeFailedPrecondition || code == connect.CodeInvalidArgument:
			page.Problems = []ui.FieldProblem{{Text: words(err)}}
		default:
			return err
		}
	}
	for _, field := range tryFields {
		switch field.Name {
		case "country":
			field.Options = countryOptions("Choose one")
		case "class":
			for _, class := range classes.GetClasses() {
				field.Options = append(field.Options, ui.Option{Value: class.GetCode(), Label: class.GetName()})
			}
		case "goods":
			field.Prefix = o.cfg.Currency
		}
		page.Fields = append(page.Fields, field.With(query.Get(field.Name), problems))
	}
	return web.Render(w, v.Request, status, admin.Try(page))
}

// tried shows what a quote says.
func (o *office) tried(page *admin.TryPage, quote *pricingv1.QuoteResponse) {
	for _, option := range quote.GetDeliveries() {
		name := admin.Cell{Text: option.GetName()}
		if to := option.GetPickupAddress(); to != nil {
			name.Note = "fetched at " + to.GetFullName() + ", " + to.GetCity()
		}
		if option.GetCode() == quote.GetDeliveryCode() {
			name.Tag = ui.Tag{Label: "taken", Tone: ui.OK}
		}
		page.Deliveries = append(page.Deliveries, admin.Row{Cells: []admin.Cell{
			name, {Text: option.GetCode()}, {Text: fmt.Sprintf("%d to %d", option.GetMinDays(), option.GetMaxDays())}, {Text: o.money(option.GetPrice())}, {Text: o.money(option.GetFreeFromRemaining())},
		}})
	}
	totals := quote.GetTotals()
	sum := func(label string, amount *typev1.Money, note string) {
		if amount != nil {
			page.Sums = append(page.Sums, admin.TotalRow{Label: label, Amount: o.money(amount), Note: note})
		}
	}
	less := func(amount *typev1.Money) *typev1.Money {
		if amount == nil {
			return nil
		}
		return &typev1.Money{AmountMinor: -amount.GetAmountMinor(), CurrencyCode: amount.GetCurrencyCode()}
	}
	sum("Goods", totals.GetGoods(), "")
	sum("Promotions", less(totals.GetDiscount()), "")
	sum("Delivery", totals.GetShipping(), "")
	note := "added"
	if totals.GetTaxIncluded() {
		note = "within the prices"
	}
	for _, part := range quote.GetTaxes() {
		sum(part.GetName(), &typev1.Money{AmountMinor: part.GetAmountMinor(), CurrencyCode: o.cfg.Currency}, note)
	}
	sum("Tax that the buyer does not owe", less(totals.GetTaxRelief()), "")
	sum("Total", totals.GetTotal(), "")
	switch {
	case quote.GetReverseCharge():
		page.Notice = "The buyer owes the tax: reverse charge."
	case quote.GetVatNumberProblem() != "":
		page.Notice = "The VAT number changes nothing: " + quote.GetVatNumberProblem() + "."
	}
}
