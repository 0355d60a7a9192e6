package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect/v2"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/spreadsheet"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const (
	// rateFileLimit is what a file of rates may hold: a hundred thousand postcodes and more.
	rateFileLimit    = 16 << 20
	rateFilePatience = 5 * time.Minute
	// ratesAtOnce is how many rows one call takes.
	ratesAtOnce = 1000
	// mostRowErrors is how many wrong rows are shown.
	mostRowErrors = 100
)

var rateFileField = ui.Field{Name: "file", Label: "CSV file", Type: "file", Accept: ".csv,text/csv", Hint: "At most 16 MB, in UTF-8, with commas or semicolons."}

// errRateFile is a file that cannot be read as a table; its text is for staff.
type errRateFile struct{ text string }

func (e errRateFile) Error() string { return e.text }

// rateRow is a line of a file, by the names of the columns.
type rateRow struct {
	line  int
	cells map[string]string
}

// rateRows reads the file of a form as a table that has some columns, and may have others of a list.
func rateRows(v visit, needed []string, known []admin.Fact) ([]rateRow, error) {
	form, err := v.MultipartReader()
	if err != nil {
		return nil, errRateFile{"Choose a file"}
	}
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, errRateFile{"Choose a file"}
		}
		if part.FormName() == rateFileField.Name && part.FileName() != "" {
			return readRates(part, needed, known)
		}
	}
}

func readRates(file io.Reader, needed []string, known []admin.Fact) ([]rateRow, error) {
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	text := strings.TrimPrefix(string(content), "\ufeff")
	head, _, _ := strings.Cut(text, "\n")
	reader := csv.NewReader(strings.NewReader(text))
	reader.FieldsPerRecord = -1
	if strings.Count(head, ";") > strings.Count(head, ",") {
		reader.Comma = ';'
	}
	columns, err := reader.Read()
	if err != nil {
		return nil, errRateFile{"This is no CSV file: its first line should name the columns"}
	}
	for i, column := range columns {
		columns[i] = strings.ToLower(strings.TrimSpace(column))
		if !slices.ContainsFunc(known, func(one admin.Fact) bool { return one.Label == columns[i] }) {
			return nil, errRateFile{fmt.Sprintf("There is no column “%s”; the columns are listed below", column)}
		}
	}
	for _, name := range needed {
		if !slices.Contains(columns, name) {
			return nil, errRateFile{fmt.Sprintf("The file needs a column “%s”", name)}
		}
	}
	var rows []rateRow
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errRateFile{"The file cannot be read: " + err.Error()}
		}
		line, _ := reader.FieldPos(0)
		row := rateRow{line: line, cells: map[string]string{}}
		for i, cell := range record {
			if i < len(columns) {
				row.cells[columns[i]] = spreadsheet.Unguard(strings.TrimSpace(cell))
			}
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, errRateFile{"The file has no rows below its first line"}
	}
	return rows, nil
}

// inPieces looks at all rows, piece by piece, before any is stored. It returns what is wrong, or nothing when all is stored.
func inPieces(rows []rateRow, put func(from, to int, validateOnly bool) error, wrong []admin.RowError) ([]admin.RowError, error) {
	for _, only := range []bool{true, false} {
		for from := 0; from < len(rows); from += ratesAtOnce {
			err := put(from, min(from+ratesAtOnce, len(rows)), only)
			detail, found := rpc.Detail[*pricingv1.RateProblems](err)
			if err != nil && !found {
				return nil, err
			}
			for _, problem := range detail.GetProblems() {
				row := rows[from+int(max(problem.GetIndex(), 0))]
				column := rateColumn(problem.GetField())
				wrong = append(wrong, admin.RowError{Row: strconv.Itoa(row.line), Field: column, Value: row.cells[column], Message: upperFirst(problem.GetText()) + "."})
			}
		}
		if len(wrong) > 0 {
			return wrong, nil
		}
	}
	return nil, nil
}

// rateColumn is what a field of the service is called in files.
func rateColumn(field string) string {
	switch field {
	case "country_code":
		return "country"
	case "tax_class":
		return "class"
	case "currency_code":
		return "currency"
	}
	return field
}

// taxColumns are those of a file of taxes.
var taxColumns = []admin.Fact{
	{Label: "country", Value: "Two letters, such as US"}, {Label: "region", Value: "Code or name; empty for the whole country"}, {Label: "postcode_from", Value: "A postcode, or what postcodes begin with; empty for all"},
	{Label: "postcode_until", Value: "The last one of a range; empty for a single one"}, {Label: "class", Value: "Code of a class of goods; empty for the standard one"}, {Label: "name", Value: "What shoppers read"},
	{Label: "rate", Value: "Percent, such as 8.875"}, {Label: "step", Value: "1 to 9; empty is 1. Of the taxes of one step only one is charged"}, {Label: "compound", Value: "yes when it is taken on top of the others"},
	{Label: "valid_from", Value: "First day, such as 2026-01-31; empty for always"}, {Label: "valid_until", Value: "Last day; empty for ever"},
}

// taxFile shows how to hand in taxes as a file.
func (o *office) taxFile(w http.ResponseWriter, v visit) error {
	return o.showTaxFile(w, v, http.StatusOK, "", nil)
}

func (o *office) showTaxFile(w http.ResponseWriter, v visit, status int, refused string, wrong []admin.RowError) error {
	field := rateFileField
	field.Error = refused
	return web.Render(w, v.Request, status, admin.RatesFile(admin.RatesFilePage{
		Shell: o.shell(w, v, "Taxes from a file"), Heading: "Taxes from a file", Breadcrumb: []ui.Link{{Label: "Taxes", URL: "/taxes"}, {Label: "From a file", URL: "/taxes/file", Current: true}},
		Intro:  "Each row is a tax of a place. A row for the same place, class, step and first day as a tax that is there replaces it; all others stay. Either all rows are taken or none.",
		Action: "/taxes/file", File: field, Refused: refused, Errors: wrong[:min(len(wrong), mostRowErrors)], Columns: taxColumns,
	}))
}

// refusedRows says how many rows are wrong.
func refusedRows(wrong []admin.RowError) string {
	text := "Nothing is stored: " + plural(int64(len(wrong)), "thing is wrong", "things are wrong") + ". Mend the file and hand it in again."
	if len(wrong) > mostRowErrors {
		text += " The first " + strconv.Itoa(mostRowErrors) + " are listed."
	}
	return text
}

// takeTaxFile stores the taxes of a file.
func (o *office) takeTaxFile(w http.ResponseWriter, v visit) error {
	rows, err := rateRows(v, []string{"country", "name", "rate"}, taxColumns)
	var unreadable errRateFile
	if errors.As(err, &unreadable) {
		return o.showTaxFile(w, v, http.StatusUnprocessableEntity, unreadable.text, nil)
	}
	if err != nil {
		return err
	}
	if v, err = o.renewed(v); err != nil {
		return err
	}
	var wrong []admin.RowError
	taxes := make([]*pricingv1.Tax, len(rows))
	for i, row := range rows {
		say := func(column, text string) {
			wrong = append(wrong, admin.RowError{Row: strconv.Itoa(row.line), Field: column, Value: row.cells[column], Message: text})
		}
		rate, err := money.ParseRate(strings.TrimSpace(strings.TrimSuffix(row.cells["rate"], "%")))
		if err != nil || rate > everyPart {
			say("rate", "Write a percentage such as 8.875.")
			rate = 0
		}
		step, err := strconv.ParseInt(row.cells["step"], 10, 32)
		if err != nil && row.cells["step"] != "" {
			say("step", "Write 1 to 9.")
		}
		taxes[i] = &pricingv1.Tax{
			CountryCode: strings.ToUpper(row.cells["country"]), Region: row.cells["region"], PostcodeFrom: row.cells["postcode_from"], PostcodeUntil: row.cells["postcode_until"],
			TaxClass: row.cells["class"], Name: row.cells["name"], Rate: int32(rate), Step: int32(step), Compound: row.cells["compound"] == "yes",
			ValidFrom: row.cells["valid_from"], ValidUntil: row.cells["valid_until"],
		}
	}
	wrong, err = inPieces(rows, func(from, to int, only bool) error {
		_, err := o.Taxes.PutTaxes(v.ctx, &pricingv1.PutTaxesRequest{Taxes: taxes[from:to], ValidateOnly: only})
		return err
	}, wrong)
	if connect.CodeOf(err) == connect.CodeInvalidArgument { // a cell is longer than any that makes sense
		return o.showTaxFile(w, v, http.StatusUnprocessableEntity, words(err), nil)
	}
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return o.showTaxFile(w, v, http.StatusUnprocessableEntity, refusedRows(wrong), wrong)
	}
	o.cookies.SetFlash(w, web.Flash{Code: "taxes.stored", Subject: strconv.Itoa(len(rows))})
	web.SeeOther(w, v.Request, "/taxes/rates?country="+taxes[0].GetCountryCode())
	return nil
}

// taxRates lists all taxes of a country, those of postcodes too.
func (o *office) taxRates(w http.ResponseWriter, v visit) error {
	country := v.URL.Query().Get("country")
	list := newList(v.URL, "/taxes/rates", "")
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
