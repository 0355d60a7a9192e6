package main

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"
	"golang.org/x/text/language"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	postal "github.com/tradewind-commerce/tradewind/platform/address"
	"github.com/tradewind-commerce/tradewind/platform/money"
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
	answer, err := o.Taxes.ListTaxZones(v.ctx, &pricingv1.ListTaxZonesRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	page := admin.TablePage{
		Shell: o.shell(w, v, "Taxes"), Heading: "Taxes", Intro: "What is charged on goods that are delivered to a country, or a region of it. Nothing is charged where there is no row.",
		Columns: []admin.Column{{Label: "Place"}, {Label: "Taxes"}, {Label: "Prices"}, {Label: "Delivery"}},
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

var (
	zoneCountry  = ui.Field{Name: "country_code", Label: "Country", Width: ui.Medium}
	zoneRegion   = ui.Field{Name: "region", Label: "Region", MaxLength: 100, Optional: true, Width: ui.Medium, Hint: "Its code or its name, such as CA or California. Left empty, the taxes are for the rest of the country."}
	zoneName     = ui.Field{Name: "name", Label: "What the taxes are called together", MaxLength: 100, Width: ui.Medium, Hint: "Shoppers read it, such as VAT or Sales tax."}
	zoneIncluded = ui.Field{Name: "prices_include_tax", Label: "Your prices there", Width: ui.Medium, Options: []ui.Option{{Value: "yes", Label: "hold the tax"}, {Value: "no", Label: "are without it: it is added"}}}
	zoneShipping = ui.Field{Name: "shipping", Label: "Delivery is", Width: ui.Medium}
	zoneEachLine = ui.Field{Name: "each_line", Label: "Tax is rounded", Width: ui.Medium, Options: []ui.Option{{Value: "no", Label: "once for all that is taxed alike"}, {Value: "yes", Label: "for each line"}}}
)

// taxZoneForm is a place's taxes as the page holds them.
type taxZoneForm struct {
	version int64
	text    map[string]string
	rows    []taxRow
}

// taxRow is a tax as it is typed.
type taxRow struct {
	class, name, rate, step, compound, from, until string
	removed                                        bool
}

// taxCells are by the names of the fields in the service.
var taxCells = []struct {
	name, label string
	number      bool
	of          func(*taxRow) *string
}{
	{"tax_class", "Goods", false, func(r *taxRow) *string { return &r.class }},
	{"name", "Name for shoppers", false, func(r *taxRow) *string { return &r.name }},
	{"rate", "Rate in %", true, func(r *taxRow) *string { return &r.rate }},
	{"step", "Step", true, func(r *taxRow) *string { return &r.step }},
	{"compound", "On top of the others", false, func(r *taxRow) *string { return &r.compound }},
	{"valid_from", "First day", false, func(r *taxRow) *string { return &r.from }},
	{"valid_until", "Last day", false, func(r *taxRow) *string { return &r.until }},
}

func taxZoneFormOf(zone *pricingv1.TaxZone) *taxZoneForm {
	f := &taxZoneForm{version: zone.GetVersion(), text: map[string]string{
		"country_code": zone.GetCountryCode(), "region": zone.GetRegion(), "name": zone.GetName(), "prices_include_tax": yesNo(zone.GetPricesIncludeTax()), "each_line": yesNo(zone.GetEachLine()),
	}}
	for _, known := range shippingTaxes {
		if known.tax == zone.GetShipping() {
			f.text["shipping"] = known.value
		}
	}
	for _, tax := range zone.GetTaxes() {
		f.rows = append(f.rows, taxRow{
			class: tax.GetTaxClass(), name: tax.GetName(), rate: money.Rate(tax.GetRate()).String(), step: strconv.Itoa(int(tax.GetStep())), compound: yesNo(tax.GetCompound()),
			from: tax.GetValidFrom(), until: tax.GetValidUntil(),
		})
	}
	return f
}

func readTaxZone(values url.Values) *taxZoneForm {
	f := &taxZoneForm{text: map[string]string{}}
	f.version, _ = strconv.ParseInt(values.Get("version"), 10, 64)
	for _, field := range []ui.Field{zoneCountry, zoneRegion, zoneName, zoneIncluded, zoneShipping, zoneEachLine} {
		f.text[field.Name] = strings.TrimSpace(values.Get(field.Name))
	}
	for i := 0; values.Has(rowName("taxes", i, "name")); i++ {
		var row taxRow
		for _, cell := range taxCells {
			*cell.of(&row) = strings.TrimSpace(values.Get(rowName("taxes", i, cell.name)))
		}
		row.removed = values.Has(rowName("taxes", i, "removed"))
		f.rows = append(f.rows, row)
	}
	return f
}

// zone is what the form asks for, with the form's row of each tax that is sent.
func (f *taxZoneForm) zone(problems ui.Problems) (zone *pricingv1.TaxZone, rows []int) {
	zone = &pricingv1.TaxZone{
		CountryCode: f.text["country_code"], Region: f.text["region"], Name: f.text["name"], PricesIncludeTax: f.text["prices_include_tax"] == "yes", EachLine: f.text["each_line"] == "yes",
	}
	if zone.GetName() == "" {
		problems["name"] = "Write what the taxes are called"
	}
	for _, known := range shippingTaxes {
		if known.value == f.text["shipping"] {
			zone.Shipping = known.tax
		}
	}
	for i, row := range f.rows {
		if row.removed || row.name == "" && row.rate == "" {
			continue
		}
		rate, err := money.ParseRate(row.rate)
		if err != nil || rate > everyPart {
			problems[rowName("taxes", i, "rate")] = "Write a percentage such as 19 or 8.875"
		}
		step, err := strconv.ParseInt(row.step, 10, 32)
		if err != nil && row.step != "" {
			problems[rowName("taxes", i, "step")] = "Write 1 to 9"
		}
		zone.Taxes = append(zone.Taxes, &pricingv1.Tax{
			TaxClass: row.class, Name: row.name, Rate: int32(rate), Step: int32(step), Compound: row.compound == "yes", ValidFrom: row.from, ValidUntil: row.until,
		})
		rows = append(rows, i)
	}
	return zone, rows
}

func (o *office) newTaxZone(w http.ResponseWriter, v visit) error {
	f := taxZoneFormOf(&pricingv1.TaxZone{PricesIncludeTax: true, Shipping: pricingv1.ShippingTax_SHIPPING_TAX_LIKE_GOODS})
	f.rows = []taxRow{{step: "1", compound: "no"}}
	return o.showTaxZone(w, v, http.StatusOK, f, nil, nil)
}

// taxZone shows the taxes of one place.
func (o *office) taxZone(w http.ResponseWriter, v visit) error {
	current, err := o.getTaxZone(v)
	if err != nil {
		return err
	}
	return o.showTaxZone(w, v, http.StatusOK, taxZoneFormOf(current), current, nil)
}

func (o *office) getTaxZone(v visit) (*pricingv1.TaxZone, error) {
	country, region, _ := strings.Cut(v.PathValue("id"), "-")
	answer, err := o.Taxes.GetTaxZone(v.ctx, &pricingv1.GetTaxZoneRequest{CountryCode: country, Region: region})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return nil, web.NotFound
	}
	return answer.GetZone(), err
}

func (o *office) saveNewTaxZone(w http.ResponseWriter, v visit) error {
	return o.takeTaxZone(w, v, nil)
}

func (o *office) saveTaxZone(w http.ResponseWriter, v visit) error {
	current, err := o.getTaxZone(v)
	if err != nil {
		return err
	}
	return o.takeTaxZone(w, v, current)
}

func (o *office) takeTaxZone(w http.ResponseWriter, v visit, current *pricingv1.TaxZone) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	f := readTaxZone(v.PostForm)
	if current != nil {
		f.text["country_code"], f.text["region"] = current.GetCountryCode(), current.GetRegion()
	}
	switch v.PostForm.Get("do") {
	case "save":
	case "add":
		f.rows = append(f.rows, taxRow{step: "1", compound: "no"})
		return o.showTaxZone(w, v, http.StatusOK, f, current, nil)
	default:
		return o.showTaxZone(w, v, http.StatusOK, f, current, nil)
	}
	problems := ui.Problems{}
	asked, rows := f.zone(problems)
	if asked.GetCountryCode() == "" {
		problems["country_code"] = "Choose a country"
	}
	if len(problems) > 0 {
		return o.showTaxZone(w, v, http.StatusUnprocessableEntity, f, current, problems)
	}
	answer, err := o.Taxes.SetTaxZone(v.ctx, &pricingv1.SetTaxZoneRequest{Zone: asked, ExpectedVersion: f.version})
	switch code := connect.CodeOf(err); {
	case err == nil:
	case code == connect.CodeAborted && current != nil: // the whole zone is sent, so what they made of it is shown before it is replaced
		f.version = current.GetVersion()
		return o.showTaxZone(w, v, http.StatusConflict, f, current, ui.Problems{"": "Somebody else has changed these taxes since you opened them, so nothing is saved yet. They are now " + strings.Join(taxNames(current), ", ") + ". Look at yours, then save them in place of theirs."})
	case code == connect.CodeInvalidArgument, code == connect.CodeAlreadyExists:
		return o.showTaxZone(w, v, http.StatusUnprocessableEntity, f, current, rateProblems(err, "taxes", rows))
	default:
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "taxes.saved"})
	web.SeeOther(w, v.Request, "/taxes/zones/"+placeID(answer.GetZone().GetCountryCode(), answer.GetZone().GetRegion()))
	return nil
}

func taxNames(zone *pricingv1.TaxZone) []string {
	names := []string{"without any tax"}
	for i, tax := range zone.GetTaxes() {
		names = append(names[:i:i], tax.GetName()+" at "+money.Rate(tax.GetRate()).String()+" %")
	}
	return names
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

func (o *office) showTaxZone(w http.ResponseWriter, v visit, status int, f *taxZoneForm, current *pricingv1.TaxZone, problems ui.Problems) error {
	classes, err := o.Taxes.ListTaxClasses(v.ctx, &pricingv1.ListTaxClassesRequest{})
	if err != nil {
		return err
	}
	title, here := "New country or region", "/taxes/new"
	page := admin.RatesPage{Hint: "Of the taxes of one step only one is charged: the goods’ own class goes before the standard one, and a tax that begins later replaces the one before it. Taxes of different steps are charged together.", Add: "Add a tax",
		Empty: admin.Emptiness{Title: "No taxes yet", Text: "Nothing is charged here, whatever the country charges elsewhere."}}
	if current != nil {
		title, here = placeLabel(current.GetCountryCode(), current.GetRegion()), "/taxes/zones/"+placeID(current.GetCountryCode(), current.GetRegion())
		page.More = &ui.Link{Label: "Taxes of postcodes", URL: "/taxes/rates?country=" + current.GetCountryCode()}
	}
	page.Shell, page.Heading = o.shell(w, v, title), title
	page.Breadcrumb = []ui.Link{{Label: "Taxes", URL: "/taxes"}, {Label: title, URL: here, Current: true}}
	page.Problems = ui.Summary(problems, "country_code", "region", "name")
	var section admin.FormSection
	if current == nil {
		country := zoneCountry.With(f.text["country_code"], problems)
		country.Options = countryOptions("Choose one")
		section.Fields = append(section.Fields, country, zoneRegion.With(f.text["region"], problems))
	}
	shipping := zoneShipping
	for _, known := range shippingTaxes {
		shipping.Options = append(shipping.Options, ui.Option{Value: known.value, Label: known.label})
	}
	for _, field := range []ui.Field{zoneName, zoneIncluded, shipping, zoneEachLine} {
		section.Fields = append(section.Fields, field.With(f.text[field.Name], problems))
	}
	page.Grid = admin.Grid{Name: "Taxes", Columns: []admin.Column{{Label: "Place"}}, Remove: "Remove"}
	for _, cell := range taxCells {
		page.Grid.Columns = append(page.Grid.Columns, admin.Column{Label: cell.label, Number: cell.number})
	}
	for i, row := range f.rows {
		number := strconv.Itoa(i + 1)
		shown := admin.GridRow{Label: number, Remove: rowName("taxes", i, "removed"), Removed: row.removed}
		for _, cell := range taxCells {
			one := admin.GridCell{Name: rowName("taxes", i, cell.name), Label: cell.label + " of tax " + number, Value: *cell.of(&row), Number: cell.number, Error: problems[rowName("taxes", i, cell.name)]}
			switch cell.name {
			case "tax_class":
				for _, class := range classes.GetClasses() {
					one.Options = append(one.Options, ui.Option{Value: class.GetCode(), Label: class.GetName(), Selected: class.GetCode() == one.Value})
				}
			case "compound":
				one.Options = []ui.Option{{Value: "no", Label: "no", Selected: one.Value != "yes"}, {Value: "yes", Label: "yes", Selected: one.Value == "yes"}}
			}
			if one.Error != "" {
				page.Problems = append(page.Problems, ui.FieldProblem{Text: "Tax " + number + ": " + one.Error, URL: "#field-" + one.Name})
			}
			shown.Cells = append(shown.Cells, one)
		}
		page.Grid.Rows = append(page.Grid.Rows, shown)
	}
	if v.may("settings.write") {
		page.Action, page.Sections, page.Hidden = here+"/contents", []admin.FormSection{section}, []ui.Hidden{{Name: "version", Value: version(f.version)}}
		if current != nil {
			page.Dangers = []admin.Action{{Label: "Charge no taxes here", URL: here + "/removal", Kind: ui.Danger, Button: "Remove all taxes", Hidden: page.Hidden, Confirm: "They go with those of postcodes. A region is then taxed as its country is."}}
		}
	} else {
		for _, field := range section.Fields {
			page.Facts = append(page.Facts, admin.Fact{Label: field.Label, Value: optionLabel(field)})
		}
	}
	return web.Render(w, v.Request, status, admin.Rates(page))
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

// deleteTaxZone removes all taxes of a place.
func (o *office) deleteTaxZone(w http.ResponseWriter, v visit) error {
	current, err := o.getTaxZone(v)
	if err != nil {
		return err
	}
	_, err = o.Taxes.DeleteTaxZone(v.ctx, &pricingv1.DeleteTaxZoneRequest{CountryCode: current.GetCountryCode(), Region: current.GetRegion(), ExpectedVersion: versionOf(v)})
	if connect.CodeOf(err) == connect.CodeAborted {
		return o.showTaxZone(w, v, http.StatusConflict, taxZoneFormOf(current), current, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "taxes.gone"})
	web.SeeOther(w, v.Request, "/taxes")
	return nil
}
