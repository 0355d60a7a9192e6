package main

import (
	"net/http"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// currencies lists what other currencies are worth: those with a rate first.
func (o *office) currencies(w http.ResponseWriter, v visit) error {
	answer, err := o.Currencies.ListCurrencies(v.ctx, &pricingv1.ListCurrenciesRequest{})
	if err != nil {
		return err
	}
	page := admin.TablePage{
		Shell: o.shell(w, v, "Currencies"), Heading: "Currencies",
		Intro:   "What one " + answer.GetShopCurrencyCode() + " is worth. Delivery without a price of its own in a currency is converted by it; prices of goods never are.",
		Columns: []admin.Column{{Label: "Currency"}, {Label: "Code"}, {Label: "Rate", Number: true}, {Label: "Since", Said: true}, {Label: "Smallest amount", Said: true}, {Label: "Smallest in cash", Said: true}},
	}
	if v.may("settings.write") {
		page.Actions = []admin.Action{{Label: "Hand in a file", URL: "/currencies/file", Link: true}}
	}
	page.Action = "/currencies"
	for _, withRate := range []bool{true, false} {
		for _, currency := range answer.GetCurrencies() {
			own := currency.GetCode() == answer.GetShopCurrencyCode()
			if (own || currency.GetRate() != nil) != withRate {
				continue
			}
			amount := func(minor int64) string {
				return o.money(&typev1.Money{AmountMinor: minor, CurrencyCode: currency.GetCode()})
			}
			name, rate := admin.Cell{Text: currency.GetName(), URL: "/currencies/" + currency.GetCode()}, currency.GetRate().GetRate()
			if own {
				name, rate = admin.Cell{Text: currency.GetName(), Tag: ui.Tag{Label: "the shop’s own", Tone: ui.OK}}, "1"
			}
			page.Rows = append(page.Rows, admin.Row{ID: currency.GetCode(), Cells: []admin.Cell{
				name, {Text: currency.GetCode()}, {Text: rate}, {Text: currency.GetRate().GetValidFrom()}, {Text: amount(1)}, {Text: amount(currency.GetCashStepMinor())},
			}})
		}
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Table(page))
}

var rateFields = []ui.Field{
	{Name: "valid_from", Label: "From", Type: "date", Width: ui.Medium},
	{Name: "rate", Label: "Rate", InputMode: "decimal", Width: ui.Medium, MaxLength: 30},
}

// exchangeRates shows what one currency was and will be worth.
func (o *office) exchangeRates(w http.ResponseWriter, v visit) error {
	return o.showCurrency(w, v, http.StatusOK, map[string]string{"valid_from": clock.Now().UTC().Format("2006-01-02")}, nil)
}

func (o *office) showCurrency(w http.ResponseWriter, v visit, status int, texts map[string]string, problems ui.Problems) error {
	code := v.PathValue("code")
	answer, err := o.Currencies.ListExchangeRates(v.ctx, &pricingv1.ListExchangeRatesRequest{CurrencyCode: code, PageSize: usualSize, PageToken: v.URL.Query().Get("page")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return web.NotFound
	}
	if err != nil {
		return err
	}
	here := "/currencies/" + code
	page := admin.RatesPage{
		Shell: o.shell(w, v, code), Heading: code, Intro: "What one " + o.cfg.Currency + " is worth, from a day until the next.", Problems: ui.Summary(problems, "valid_from", "rate"),
		Breadcrumb: []ui.Link{{Label: "Currencies", URL: "/currencies"}, {Label: code, URL: here, Current: true}},
		Grid:       admin.Grid{Name: "Rates", Columns: []admin.Column{{Label: "From"}, {Label: "Rate", Number: true}}, Remove: "Remove"},
		Empty:      admin.Emptiness{Title: "No rate yet", Text: "Write what one " + o.cfg.Currency + " is worth."},
	}
	for i, rate := range answer.GetRates() {
		page.Grid.Rows = append(page.Grid.Rows, admin.GridRow{
			Label: rate.GetValidFrom(), Remove: rowName("rates", i, "removed"), Hidden: []ui.Hidden{{Name: rowName("rates", i, "day"), Value: rate.GetValidFrom()}},
			Cells: []admin.GridCell{{Value: rate.GetRate(), Number: true}},
		})
	}
	if next := answer.GetNextPageToken(); next != "" {
		page.More = &ui.Link{Label: "Older", URL: address(here, map[string][]string{"page": {next}})}
	}
	if v.may("settings.write") {
		page.Action = here
		section := admin.FormSection{Title: "New rate"}
		for _, field := range rateFields {
			if field.Name == "rate" {
				field.Hint = "How many " + code + " one " + o.cfg.Currency + " is worth, such as 0.9234."
			}
			section.Fields = append(section.Fields, field.With(texts[field.Name], problems))
		}
		page.Sections = []admin.FormSection{section}
	}
	return web.Render(w, v.Request, status, admin.Rates(page))
}

// saveCurrency stores a rate, and removes those that are ticked.
func (o *office) saveCurrency(w http.ResponseWriter, v visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	code, texts := v.PathValue("code"), map[string]string{}
	for _, field := range rateFields {
		texts[field.Name] = typed(v, field)
	}
	if v.PostForm.Get("do") != "save" {
		return o.showCurrency(w, v, http.StatusOK, texts, nil)
	}
	if texts["rate"] != "" {
		_, err := o.Currencies.PutExchangeRates(v.ctx, &pricingv1.PutExchangeRatesRequest{Rates: []*pricingv1.ExchangeRate{{CurrencyCode: code, ValidFrom: texts["valid_from"], Rate: texts["rate"]}}})
		if connect.CodeOf(err) == connect.CodeInvalidArgument {
			problems := ui.Problems{}
			for name, text := range rateProblems(err, "rates", []int{0}) {
				problems[strings.TrimPrefix(name, "rates-0-")] = text
			}
			return o.showCurrency(w, v, http.StatusUnprocessableEntity, texts, problems)
		}
		if err != nil {
			return err
		}
	}
	for i := 0; v.PostForm.Has(rowName("rates", i, "day")); i++ {
		if !v.PostForm.Has(rowName("rates", i, "removed")) {
			continue
		}
		if _, err := o.Currencies.DeleteExchangeRate(v.ctx, &pricingv1.DeleteExchangeRateRequest{CurrencyCode: code, ValidFrom: v.PostForm.Get(rowName("rates", i, "day"))}); err != nil {
			return err
		}
	}
	o.cookies.SetFlash(w, web.Flash{Code: "currency.saved"})
	web.SeeOther(w, v.Request, "/currencies/"+code)
	return nil
}

// currencyColumns are those of a file of exchange rates.
var currencyColumns = []admin.Fact{{Label: "currency", Value: "Three letters, such as EUR"}, {Label: "valid_from", Value: "First day, such as 2026-01-31"}, {Label: "rate", Value: "What one of the shop’s currency is worth, such as 0.9234"}}

// currencyFile shows how to hand in exchange rates as a file.
func (o *office) currencyFile(w http.ResponseWriter, v visit) error {
	return o.showRateFile(w, v, http.StatusOK, o.fileOfCurrencies(), "", nil)
}

// takeCurrencyFile stores the rates of a file.
func (o *office) takeCurrencyFile(w http.ResponseWriter, v visit) error {
	rows, err := o.takeRateFile(w, v, o.fileOfCurrencies())
	if rows == nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "currency.stored", Subject: strconv.Itoa(len(rows))})
	web.SeeOther(w, v.Request, "/currencies")
	return nil
}

func (o *office) fileOfCurrencies() rateFile {
	return rateFile{
		title: "Rates from a file", of: ui.Link{Label: "Currencies", URL: "/currencies"}, needed: []string{"currency", "valid_from", "rate"}, columns: currencyColumns,
		intro: "Each row is what a currency is worth from a day on. Either all rows are taken or none.",
		read: func(v visit, rows []rateRow, _ func(row rateRow, column, text string)) func(from, to int, validateOnly bool) error {
			rates := make([]*pricingv1.ExchangeRate, len(rows))
			for i, row := range rows {
				rates[i] = &pricingv1.ExchangeRate{CurrencyCode: row.cells["currency"], ValidFrom: row.cells["valid_from"], Rate: row.cells["rate"]}
			}
			return func(from, to int, validateOnly bool) error {
				_, err := o.Currencies.PutExchangeRates(v.ctx, &pricingv1.PutExchangeRatesRequest{Rates: rates[from:to], ValidateOnly: validateOnly})
				return err
			}
		},
	}
}
