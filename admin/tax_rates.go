package main

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// taxRates lists all taxes of a country, those of postcodes too.
func (o *office) taxRates(w http.ResponseWriter, v visit) error {
	country := v.URL.Query().Get("country")
	list := newList(v.URL, "/taxes/rates", "")
	list.ByName = true
	req := &pricingv1.ListTaxesRequest{CountryCode: country, PageSize: list.size, PageToken: v.URL.Query().Get("page")}
	list.Hidden, list.ClearURL = append(list.Hidden, ui.Hidden{Name: "country", Value: country}), "/taxes/rates?country="+url.QueryEscape(country)
	list.words("region", "From region", func(region string) { req.FromRegion = region })
	list.words("postcode", "From postcode", func(postcode string) { req.FromPostcode = postcode })
	answer, err := o.Taxes.ListTaxes(v.ctx, req)
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return web.NotFound
	}
	if err != nil {
		return err
	}
	title := "All taxes of " + placeLabel(country, "")
	page := admin.TablePage{
		Shell: o.shell(w, v, title), Heading: title, Intro: "By region and postcode; the filter says where the list begins. Those without a postcode are changed with their place.",
		Columns: []admin.Column{{Label: "Tax"}, {Label: "Region"}, {Label: "Postcodes"}, {Label: "Goods"}, {Label: "Rate", Number: true}, {Label: "Step", Number: true}, {Label: "Days"}},
		Empty:   admin.Emptiness{Title: "No taxes here yet", Text: "Hand in a file with a row for each postcode, or add the country with its taxes."},
	}
	list.Actions = []admin.Action{{Label: "Take them as a file", URL: "/taxes/rates.csv?country=" + url.QueryEscape(country), Link: true}}
	if v.may("settings.write") {
		list.Actions = append(list.Actions, admin.Action{Label: "Hand in a file", URL: "/taxes/file", Link: true})
		list.Bulk = []admin.BulkAction{{Label: "Remove", URL: "/taxes/rates/removal?country=" + url.QueryEscape(country), Kind: ui.Danger}}
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, tax := range answer.GetTaxes() {
		postcodes, days := tax.GetPostcodeFrom(), ""
		if tax.GetPostcodeUntil() != "" {
			postcodes += " to " + tax.GetPostcodeUntil()
		}
		if tax.GetValidFrom() != "" {
			days = "from " + tax.GetValidFrom()
		}
		if tax.GetValidUntil() != "" {
			days = strings.TrimSpace(days + " until " + tax.GetValidUntil())
		}
		page.Rows = append(page.Rows, admin.Row{ID: tax.GetId(), Cells: []admin.Cell{
			{Text: tax.GetName()}, {Text: tax.GetRegion()}, {Text: postcodes}, {Text: tax.GetTaxClass()}, {Text: money.Rate(tax.GetRate()).String() + " %"}, {Text: strconv.Itoa(int(tax.GetStep()))}, {Text: days},
		}})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Table(page))
}

// removeTaxRates removes those that are ticked.
func (o *office) removeTaxRates(w http.ResponseWriter, v visit) error {
	back := address("/taxes/rates", map[string][]string{"country": {v.URL.Query().Get("country")}})
	if err := v.ParseForm(); err != nil {
		return err
	}
	ids := v.PostForm["id"]
	if len(ids) == 0 {
		o.cookies.SetFlash(w, web.Flash{Code: "taxes.none"})
		web.SeeOther(w, v.Request, back)
		return nil
	}
	answer, err := o.Taxes.DeleteTaxes(v.ctx, &pricingv1.DeleteTaxesRequest{Ids: ids})
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "taxes.removed", Subject: strconv.Itoa(int(answer.GetDeleted()))})
	web.SeeOther(w, v.Request, back)
	return nil
}
