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
