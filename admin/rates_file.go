package main

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect/v2"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
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

// rateFile is a kind of rates that staff hand in as a file.
type rateFile struct {
	title, intro string
	of           ui.Link // the page of those rates
	needed       []string
	columns      []admin.Fact
	// read makes rates of rows and tells what it cannot read of them. What it returns stores a piece of them, or only looks at it.
	read func(v visit, rows []rateRow, wrong func(row rateRow, column, text string)) func(from, to int, validateOnly bool) error
}

// showRateFile shows how to hand in a file, or what is wrong with one.
func (o *office) showRateFile(w http.ResponseWriter, v visit, status int, file rateFile, refused string, wrong []admin.RowError) error {
	field, here := rateFileField, file.of.URL+"/file"
	field.Error = refused
	return web.Render(w, v.Request, status, admin.RatesFile(admin.RatesFilePage{
		Shell: o.shell(w, v, file.title), Heading: file.title, Intro: file.intro, Breadcrumb: []ui.Link{file.of, {Label: "From a file", URL: here, Current: true}},
		Action: here, File: field, Refused: refused, Errors: wrong[:min(len(wrong), mostRowErrors)], Columns: file.columns,
	}))
}

// takeRateFile stores the rates of a file and returns its rows. Where something is wrong, nothing is stored, the page says what, and there are no rows.
func (o *office) takeRateFile(w http.ResponseWriter, v visit, file rateFile) ([]rateRow, error) {
	rows, err := rateRows(v, file.needed, file.columns)
	var unreadable errRateFile
	if errors.As(err, &unreadable) {
		return nil, o.showRateFile(w, v, http.StatusUnprocessableEntity, file, unreadable.text, nil)
	}
	if err != nil {
		return nil, err
	}
	if v, err = o.renewed(v); err != nil {
		return nil, err
	}
	var wrong []admin.RowError
	put := file.read(v, rows, func(row rateRow, column, text string) {
		wrong = append(wrong, admin.RowError{Row: strconv.Itoa(row.line), Field: column, Value: row.cells[column], Message: text})
	})
	wrong, err = inPieces(rows, put, wrong)
	if connect.CodeOf(err) == connect.CodeInvalidArgument { // a cell is longer than any that makes sense
		return nil, o.showRateFile(w, v, http.StatusUnprocessableEntity, file, words(err), nil)
	}
	if err != nil {
		return nil, err
	}
	if len(wrong) > 0 {
		return nil, o.showRateFile(w, v, http.StatusUnprocessableEntity, file, refusedRows(wrong), wrong)
	}
	return rows, nil
}

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
			slices.SortStableFunc(wrong, func(a, b admin.RowError) int { // as the file has them
				return cmp.Or(cmp.Compare(len(a.Row), len(b.Row)), cmp.Compare(a.Row, b.Row))
			})
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

// refusedRows says how many rows are wrong.
func refusedRows(wrong []admin.RowError) string {
	text := "Nothing is stored: " + plural(int64(len(wrong)), "thing is wrong", "things are wrong") + ". Mend the file and hand it in again."
	if len(wrong) > mostRowErrors {
		text += " The first " + strconv.Itoa(mostRowErrors) + " are listed."
	}
	return text
}
