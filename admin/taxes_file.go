package main

import (
	"net/http"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// taxColumns are those of a file of taxes.
var taxColumns = []admin.Fact{
	{Label: "country", Value: "Two letters, such as US"}, {Label: "region", Value: "Code or name; empty for the whole country"}, {Label: "postcode_from", Value: "A postcode, or what postcodes begin with; empty for all"},
	{Label: "postcode_until", Value: "The last one of a range; empty for a single one"}, {Label: "class", Value: "Code of a class of goods; empty for the standard one"}, {Label: "name", Value: "What shoppers read"},
	{Label: "rate", Value: "Percent, such as 8.875"}, {Label: "step", Value: "1 to 9; empty is 1. Of the taxes of one step only one is charged"}, {Label: "compound", Value: "yes when it is taken on top of the others"},
	{Label: "valid_from", Value: "First day, such as 2026-01-31; empty for always"}, {Label: "valid_until", Value: "Last day; empty for ever"},
}

// taxFile shows how to hand in taxes as a file.
func (o *office) taxFile(w http.ResponseWriter, v visit) error {
	return o.showRateFile(w, v, http.StatusOK, o.fileOfTaxes(), "", nil)
}

// takeTaxFile stores the taxes of a file.
func (o *office) takeTaxFile(w http.ResponseWriter, v visit) error {
	rows, err := o.takeRateFile(w, v, o.fileOfTaxes())
	if rows == nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "taxes.stored", Subject: strconv.Itoa(len(rows))})
	web.SeeOther(w, v.Request, address("/taxes/rates", map[string][]string{"country": {strings.ToUpper(rows[0].cells["country"])}}))
	return nil
}

func (o *office) fileOfTaxes() rateFile {
	return rateFile{
		title: "Taxes from a file", of: ui.Link{Label: "Taxes", URL: "/taxes"}, needed: []string{"country", "name", "rate"}, columns: taxColumns,
		intro: "Each row is a tax of a place. A row for the same place, class, step and first day as a tax that is there replaces it; all others stay. Either all rows are taken or none.",
		read: func(v visit, rows []rateRow, wrong func(row rateRow, column, text string)) func(from, to int, validateOnly bool) error {
			taxes := make([]*pricingv1.Tax, len(rows))
			for i, row := range rows {
				taxes[i] = readTax(row, func(column, text string) { wrong(row, column, text) })
			}
			return func(from, to int, validateOnly bool) error {
				_, err := o.Taxes.PutTaxes(v.ctx, &pricingv1.PutTaxesRequest{Taxes: taxes[from:to], ValidateOnly: validateOnly})
				return err
			}
		},
	}
}

func readTax(row rateRow, wrong func(column, text string)) *pricingv1.Tax {
	rate, fine := readPercent(row.cells["rate"])
	if !fine {
		wrong("rate", "Write a percentage such as 8.875.")
	}
	step, err := strconv.ParseInt(row.cells["step"], 10, 32)
	if err != nil && row.cells["step"] != "" {
		wrong("step", "Write 1 to 9.")
	}
	return &pricingv1.Tax{
		CountryCode: strings.ToUpper(row.cells["country"]), Region: row.cells["region"], PostcodeFrom: row.cells["postcode_from"], PostcodeUntil: row.cells["postcode_until"],
		TaxClass: row.cells["class"], Name: row.cells["name"], Rate: rate, Step: int32(step), Compound: row.cells["compound"] == "yes",
		ValidFrom: row.cells["valid_from"], ValidUntil: row.cells["valid_until"],
	}
}

// exportTaxes is what a country taxes as a file that can be handed in again.
func (o *office) exportTaxes(w http.ResponseWriter, v visit) error {
	req := &pricingv1.ListTaxesRequest{CountryCode: v.URL.Query().Get("country"), PageSize: ratesAtOnce}
	answer, err := o.Taxes.ListTaxes(v.ctx, req)
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return web.NotFound
	}
	if err != nil {
		return err
	}
	write, end := csvFile(w, "taxes-"+req.GetCountryCode()+".csv")
	var names []string
	for _, column := range taxColumns {
		names = append(names, column.Label)
	}
	write(names...)
	for {
		for _, tax := range answer.GetTaxes() {
			write(tax.GetCountryCode(), tax.GetRegion(), tax.GetPostcodeFrom(), tax.GetPostcodeUntil(), tax.GetTaxClass(), tax.GetName(), money.Rate(tax.GetRate()).String(),
				strconv.Itoa(int(tax.GetStep())), yesNo(tax.GetCompound()), tax.GetValidFrom(), tax.GetValidUntil())
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			return end()
		}
		if answer, err = o.Taxes.ListTaxes(v.ctx, req); err != nil {
			return err
		}
	}
}
