package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// mapping says what the columns of a table mean, as the services write it.
type mapping struct {
	Scope   string         `json:"scope"`
	Decimal string         `json:"decimal,omitempty"`
	Columns []mappedColumn `json:"columns"`
}

// mappedColumn is an entry of a mapping; without a column it is a constant.
type mappedColumn struct {
	Column    string `json:"column,omitempty"`
	Field     string `json:"field"`
	Value     string `json:"value,omitempty"`
	Name      string `json:"name,omitempty"`
	Unit      string `json:"unit,omitempty"`
	Separator string `json:"separator,omitempty"`
	Locale    string `json:"locale,omitempty"`
	Currency  string `json:"currency,omitempty"`
}

// mappedFields are what a column can give, in the order in which people look for it.
var mappedFields = []struct{ value, label string }{
	{"sku", "SKU"}, {"gtin", "GTIN (EAN, UPC)"}, {"name", "Name"}, {"description", "Description"}, {"price", "Price"}, {"compare_at", "Price before a reduction"},
	{"currency", "Currency"}, {"stock", "Stock"}, {"backorder", "Sold when out of stock"}, {"category", "Category"}, {"brand", "Brand"}, {"image", "Pictures"}, {"option", "Option of the variant"},
	{"attribute", "Attribute"}, {"weight", "Weight"}, {"tags", "Tags"}, {"mpn", "Maker’s number"}, {"type", "Product type"}, {"state", "State"}, {"slug", "Address"},
	{"tax_class", "Tax class"}, {"seo_title", "Title in search engines"}, {"seo_description", "Description in search engines"}, {"related", "Related products"},
	{"key", "Number of the product"}, {"group", "Number that joins variants"},
}

// mappingDetails are what an entry can say besides its field.
var mappingDetails = []struct {
	name, label string
	of          func(*mappedColumn) *string
}{
	{"name", "Called", func(c *mappedColumn) *string { return &c.Name }},
	{"unit", "Unit", func(c *mappedColumn) *string { return &c.Unit }},
	{"separator", "Split at", func(c *mappedColumn) *string { return &c.Separator }},
	{"locale", "Language", func(c *mappedColumn) *string { return &c.Locale }},
	{"currency", "Currency", func(c *mappedColumn) *string { return &c.Currency }},
	{"value", "Where empty", func(c *mappedColumn) *string { return &c.Value }},
}

// mappingForm is a mapping as its page holds it: an entry for each column of the file, then constants and what gives a second field.
type mappingForm struct {
	scope, decimal string
	columns        []mappedColumn
	constants      []mappedColumn
	keep           bool // on the source
}

// spareConstants is how many empty rows there are for constants.
const spareConstants = 2

// mappingFormOf puts a mapping beside the columns of a file. Those that the file does not have are among the constants, to be seen and mended.
func mappingFormOf(stored []byte, header []string) (*mappingForm, error) {
	var m mapping
	if len(stored) > 0 {
		if err := json.Unmarshal(stored, &m); err != nil {
			return nil, err
		}
	}
	f := &mappingForm{scope: m.Scope, decimal: m.Decimal}
	left := m.Columns
	for _, column := range header {
		entry := mappedColumn{Column: column}
		if at := slices.IndexFunc(left, func(c mappedColumn) bool { return column != "" && strings.EqualFold(c.Column, column) }); at >= 0 {
			entry = left[at]
			left = slices.Delete(slices.Clone(left), at, at+1)
		}
		f.columns = append(f.columns, entry)
	}
	f.constants = append(slices.Clone(left), make([]mappedColumn, spareConstants)...)
	return f, nil
}

func readMapping(v visit, header []string) *mappingForm {
	f := &mappingForm{scope: v.PostFormValue("scope"), decimal: v.PostFormValue("decimal"), keep: v.PostFormValue("keep") != ""}
	read := func(rows string, i int, column string) mappedColumn {
		entry := mappedColumn{Column: column, Field: v.PostFormValue(rowName(rows, i, "field"))}
		for _, detail := range mappingDetails {
			*detail.of(&entry) = strings.TrimSpace(v.PostFormValue(rowName(rows, i, detail.name)))
		}
		return entry
	}
	for i, column := range header {
		f.columns = append(f.columns, read("columns", i, column))
	}
	for i := 0; v.PostForm.Has(rowName("constants", i, "field")) && i < 100; i++ {
		f.constants = append(f.constants, read("constants", i, v.PostFormValue(rowName("constants", i, "column"))))
	}
	return f
}

// stored is the mapping as the services take it, with the form's field of each entry.
func (f *mappingForm) stored() (stored []byte, names []string, err error) {
	m := mapping{Scope: f.scope, Decimal: f.decimal, Columns: []mappedColumn{}}
	for i, entry := range f.columns {
		if entry.Field != "" && entry.Column != "" {
			m.Columns, names = append(m.Columns, entry), append(names, rowName("columns", i, "field"))
		}
	}
	for i, entry := range f.constants {
		if entry.Field != "" {
			m.Columns, names = append(m.Columns, entry), append(names, rowName("constants", i, "field"))
		}
	}
	stored, err = json.Marshal(m)
	return stored, names, err
}

// syncMapping shows what the columns of a run's file seem to be.
func (o *office) syncMapping(w http.ResponseWriter, v visit) error {
	run, seen, err := o.preview(v)
	if err != nil {
		return o.noPreview(w, v, run, err)
	}
	stored := seen.GetCurrent()
	if len(stored) == 0 {
		stored = seen.GetMapping()
	}
	f, err := mappingFormOf(stored, seen.GetHeader())
	if err != nil {
		return err
	}
	f.keep = run.GetSourceId() != handedIn
	return o.showMapping(w, v, http.StatusOK, run, seen, f, nil)
}

func (o *office) preview(v visit) (*productv1.SyncRun, *productv1.PreviewSyncFileResponse, error) {
	run, err := o.getRun(v)
	if err != nil {
		return nil, nil, err
	}
	seen, err := o.Sync.PreviewSyncFile(v.ctx, &productv1.PreviewSyncFileRequest{RunId: run.GetId()})
	if err == nil && len(seen.GetHeader()) == 0 {
		return run, nil, rpc.FailedPrecondition("this file is no table, so it has no columns to be told the meaning of")
	}
	return run, seen, err
}

// noPreview shows the run of a file whose columns cannot be looked at.
func (o *office) noPreview(w http.ResponseWriter, v visit, run *productv1.SyncRun, err error) error {
	if code := connect.CodeOf(err); run == nil || code != connect.CodeFailedPrecondition && code != connect.CodeInvalidArgument {
		return err
	}
	return o.showRun(w, v, http.StatusConflict, run, words(err))
}

// saveMapping starts a run by what its columns are said to mean.
func (o *office) saveMapping(w http.ResponseWriter, v visit) error {
	run, seen, err := o.preview(v)
	if err != nil {
		return o.noPreview(w, v, run, err)
	}
	f := readMapping(v, seen.GetHeader())
	stored, names, err := f.stored()
	if err != nil {
		return err
	}
	if f.keep {
		if err = o.keepMapping(v, run.GetSourceId(), stored); err != nil {
			return o.mappingRefused(w, v, run, seen, f, names, err)
		}
	}
	if _, err := o.Sync.StartSyncRun(v.ctx, &productv1.StartSyncRunRequest{RunId: run.GetId(), Mapping: stored}); err != nil {
		return o.mappingRefused(w, v, run, seen, f, names, err)
	}
	web.SeeOther(w, v.Request, "/sync/"+run.GetId())
	return nil
}

func (o *office) keepMapping(v visit, id string, stored []byte) error {
	answer, err := o.Sources.GetSource(v.ctx, &productv1.GetSourceRequest{Id: id})
	if err != nil {
		return err
	}
	settings := settingsOf(answer.GetSource())
	settings.Mapping = stored
	_, err = o.Sources.UpdateSource(v.ctx, &productv1.UpdateSourceRequest{Id: id, Version: answer.GetSource().GetVersion(), Settings: settings})
	return err
}

// mappingRefused shows the form again, with what is wrong beside each column.
func (o *office) mappingRefused(
	w http.ResponseWriter, v visit, run *productv1.SyncRun, seen *productv1.PreviewSyncFileResponse, f *mappingForm, names []string, err error,
) error {
	problems := ui.Problems{}
	if wrong, found := rpc.Detail[*productv1.MappingProblems](err); found {
		for _, one := range wrong.GetProblems() {
			name := ""
			if entry := int(one.GetEntry()); entry >= 0 && entry < len(names) {
				name = names[entry]
			}
			problems[name] = strings.TrimSpace(problems[name] + " " + one.GetText())
		}
		return o.showMapping(w, v, http.StatusUnprocessableEntity, run, seen, f, problems)
	}
	if code := connect.CodeOf(err); code == connect.CodeFailedPrecondition || code == connect.CodeInvalidArgument {
		return o.showMapping(w, v, http.StatusConflict, run, seen, f, ui.Problems{"": words(err)})
	}
	return err
}

var separatorNames = map[string]string{",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

func (o *office) showMapping(
	w http.ResponseWriter, v visit, status int, run *productv1.SyncRun, seen *productv1.PreviewSyncFileResponse, f *mappingForm, problems ui.Problems,
) error {
	here := "/sync/" + run.GetId()
	page := admin.MappingPage{
		Shell: o.shell(w, v, "What the columns mean"), Action: here + "/mapping", CancelURL: here, Button: "Import",
		Breadcrumb: []ui.Link{{Label: "Imports", URL: "/sync"}, {Label: run.GetFileName(), URL: here}, {Label: "What the columns mean", Current: true}},
		Facts:      []admin.Fact{{Label: "Format", Value: formatName(seen.GetFormat())}, {Label: "Columns", Value: count(int64(len(seen.GetHeader())))}},
		Scope: admin.Choice{Name: "scope", Label: "What a row describes", Options: []ui.Option{
			{Value: "products", Label: "A product or one of its variants", Selected: f.scope != "offers"},
			{Value: "offers", Label: "Only the price or the stock of a variant that the shop has", Selected: f.scope == "offers"},
		}},
		Decimal: ui.Field{Name: "decimal", Label: "Decimals stand after", Width: ui.Medium, Options: []ui.Option{
			{Label: "what the file’s numbers show"}, {Value: ".", Label: "a point: 12.50", Selected: f.decimal == "."}, {Value: ",", Label: "a comma: 12,50", Selected: f.decimal == ","},
		}},
		Keep: admin.Check{Name: "keep", Value: "1", Label: "Keep this for the source", Hint: "Its next files are then read so without asking.", Checked: f.keep},
	}
	if run.GetDryRun() {
		page.Button = "Compare with the shop"
	}
	if seen.GetEncoding() != "" {
		page.Facts = append(page.Facts, admin.Fact{Label: "Letters", Value: seen.GetEncoding()})
	}
	if name := separatorNames[seen.GetSeparator()]; name != "" {
		page.Facts = append(page.Facts, admin.Fact{Label: "Between cells", Value: name})
	}
	var names []string
	for i, entry := range f.columns {
		row := mappingRow("columns", i, entry, problems)
		names = append(names, row.Field.Name)
		row.Samples = samples(seen.GetRows(), i)
		if i < len(seen.GetColumns()) {
			row.Reason, row.Usable = seen.GetColumns()[i].GetReason(), usable(seen.GetHeader(), i)
		} else {
			row.Usable = usable(seen.GetHeader(), i)
		}
		page.Columns = append(page.Columns, row)
	}
	for i, entry := range f.constants {
		row := mappingRow("constants", i, entry, problems)
		names = append(names, row.Field.Name)
		row.Usable = true
		page.Constants = append(page.Constants, row)
	}
	if problems == nil {
		page.Missing = seen.GetMissing()
	}
	page.Problems = ui.Summary(problems, names...)
	return web.Render(w, v.Request, status, admin.Mapping(page))
}

// usable says whether a column can be named: its header is there and nothing before it is called the same.
func usable(header []string, i int) bool {
	return header[i] != "" && !slices.ContainsFunc(header[:i], func(other string) bool { return strings.EqualFold(other, header[i]) })
}

func mappingRow(rows string, i int, entry mappedColumn, problems ui.Problems) admin.MappingRow {
	row := admin.MappingRow{
		Column: entry.Column, Hidden: ui.Hidden{Name: rowName(rows, i, "column"), Value: entry.Column},
		Field: admin.GridCell{Name: rowName(rows, i, "field"), Label: "Meaning", Error: problems[rowName(rows, i, "field")], Options: []ui.Option{{Label: "Leave out"}}},
	}
	for _, known := range mappedFields {
		row.Field.Options = append(row.Field.Options, ui.Option{Value: known.value, Label: known.label, Selected: known.value == entry.Field})
	}
	for _, detail := range mappingDetails {
		value := *detail.of(&entry)
		row.Details = append(row.Details, admin.GridCell{Name: rowName(rows, i, detail.name), Label: detail.label, Value: value})
		row.Detailed = row.Detailed || value != ""
	}
	return row
}

// samples are a few values of a column, as they stand in the file.
func samples(rows []*productv1.PreviewRow, column int) []string {
	const most = 3
	var found []string
	for _, row := range rows {
		if column >= len(row.GetCells()) || len(found) == most {
			continue
		}
		if value := shortened(strings.TrimSpace(row.GetCells()[column]), 40); value != "" && !slices.Contains(found, value) {
			found = append(found, value)
		}
	}
	return found
}
