package main

import (
	"net/http"
	"strings"

	"golang.org/x/text/language"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	postal "github.com/tradewind-commerce/tradewind/platform/address"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// taxViews are the pages that have to do with taxes.
func taxViews(current string) []ui.Link {
	return views(current, []ui.Link{{Label: "Countries", URL: "/taxes"}, {Label: "Classes of goods", URL: "/taxes/classes"}, {Label: "Your shop", URL: "/taxes/shop"}, {Label: "Try an address", URL: "/shipping/try"}})
}

func views(current string, of []ui.Link) []ui.Link {
	for i := range of {
		of[i].Current = of[i].URL == current
	}
	return of
}

// placeLabel is a country or one of its regions for people to read.
func placeLabel(country, region string) string {
	name := postal.CountryName(country, language.English)
	for _, known := range postal.Subdivisions(country) {
		if known.Code == region && region != "" {
			return known.Label() + ", " + name
		}
	}
	if region != "" {
		return region + ", " + name
	}
	return name
}

// placeID names a country, or one of its regions, in addresses: "US-CA".
func placeID(country, region string) string {
	return strings.TrimSuffix(country+"-"+region, "-")
}

// taxes lists countries and regions with their taxes.
func (o *office) taxes(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/taxes", "")
	list.ByName = true
	answer, err := o.Taxes.ListTaxZones(v.ctx, &pricingv1.ListTaxZonesRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	page := admin.TablePage{
		Shell: o.shell(w, v, "Taxes"), Heading: "Taxes", Intro: "What is charged on goods that are delivered to a country, or a region of it. Nothing is charged where there is no row.",
		Columns: []admin.Column{{Label: "Place"}, {Label: "Taxes"}, {Label: "Prices", Said: true}, {Label: "Delivery", Said: true}},
		Empty:   admin.Emptiness{Title: "No taxes yet", Text: "Add the country that your shop is in, with the rate that most of your goods have there."},
	}
	list.Views = taxViews("/taxes")
	if v.may("settings.write") {
		list.Actions = []admin.Action{{Label: "Hand in a file", URL: "/taxes/file", Link: true}, {Label: "New country or region", URL: "/taxes/new", Link: true, Kind: ui.Primary}}
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, zone := range answer.GetZones() {
		prices, delivery := "without the tax", ""
		if zone.GetPricesIncludeTax() {
			prices = "with the tax"
		}
		for _, known := range shippingTaxes {
			if known.tax == zone.GetShipping() {
				delivery = known.label
			}
		}
		summary := strings.Join(zone.GetSummary(), " + ")
		if summary == "" {
			summary = zone.GetName()
		}
		place := placeID(zone.GetCountryCode(), zone.GetRegion())
		page.Rows = append(page.Rows, admin.Row{ID: place, Cells: []admin.Cell{
			{Text: placeLabel(zone.GetCountryCode(), zone.GetRegion()), URL: "/taxes/zones/" + place}, {Text: summary}, {Text: prices}, {Text: delivery},
		}})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Table(page))
}

var shippingTaxes = []struct {
	value, label string
	tax          pricingv1.ShippingTax
}{
	{"goods", "taxed like the goods in the parcel", pricingv1.ShippingTax_SHIPPING_TAX_LIKE_GOODS},
	{"standard", "taxed like the standard class", pricingv1.ShippingTax_SHIPPING_TAX_STANDARD},
	{"none", "not taxed", pricingv1.ShippingTax_SHIPPING_TAX_NONE},
}

// rateProblems puts what is wrong beside the fields: rows says which row of the grid each thing stands in.
func rateProblems(err error, grid string, rows []int) ui.Problems {
	problems := ui.Problems{}
	detail, found := rpc.Detail[*pricingv1.RateProblems](err)
	if !found {
		problems[""] = words(err)
	}
	for _, one := range detail.GetProblems() {
		at := int(one.GetIndex())
		if at >= 0 && at < len(rows) {
			field := one.GetField()
			if field == "" {
				field = "name"
			}
			problems[rowName(grid, rows[at], field)] = upperFirst(one.GetText())
			continue
		}
		problems[one.GetField()] = upperFirst(one.GetText())
	}
	return problems
}

// optionLabel is what a field holds for people to read.
func optionLabel(field ui.Field) string {
	for _, option := range field.Options {
		if option.Value == field.Value {
			return option.Label
		}
	}
	return field.Value
}

// countryOptions are all countries by name, after one that is none.
func countryOptions(none string) []ui.Option {
	options := []ui.Option{{Label: none}}
	for _, country := range postal.Countries(language.English) {
		options = append(options, ui.Option{Value: country.Code, Label: country.Name})
	}
	return options
}
