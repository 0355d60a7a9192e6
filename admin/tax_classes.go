package main

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// taxClasses shows what goods can be taxed as.
func (o *office) taxClasses(w http.ResponseWriter, v visit) error {
	return o.showTaxClasses(w, v, http.StatusOK, nil, nil)
}

// showTaxClasses shows classes as they are typed, or as they are stored where nothing is. The code of one that is stored never changes, since taxes and products name it.
func (o *office) showTaxClasses(w http.ResponseWriter, v visit, status int, classes []*pricingv1.TaxClass, problems ui.Problems) error {
	stored, err := o.Taxes.ListTaxClasses(v.ctx, &pricingv1.ListTaxClassesRequest{})
	if err != nil {
		return err
	}
	if classes == nil {
		classes = stored.GetClasses()
	}
	page := admin.RatesPage{
		Shell: o.shell(w, v, "Classes of goods"), Heading: "Classes of goods", Intro: "Goods of a class have their own taxes where a country says so, such as books and food. All others are in the standard class.",
		Views: taxViews("/taxes/classes"), Problems: ui.Summary(problems), Add: "Add a class", Grid: admin.Grid{Name: "Classes", Columns: []admin.Column{{Label: "Class"}, {Label: "Code"}, {Label: "Name"}}, Remove: "Remove"},
	}
	if v.may("settings.write") {
		page.Action = "/taxes/classes/contents"
	}
	for i, class := range classes {
		number := strconv.Itoa(i + 1)
		row := admin.GridRow{Label: number, Cells: []admin.GridCell{
			{Name: rowName("classes", i, "code"), Label: "Code of class " + number, Value: class.GetCode(), Error: problems[rowName("classes", i, "code")]},
			{Name: rowName("classes", i, "name"), Label: "Name of class " + number, Value: class.GetName(), Error: problems[rowName("classes", i, "name")]},
		}}
		known := func(of *pricingv1.TaxClass) bool { return of.GetCode() == class.GetCode() && class.GetCode() != "" }
		switch {
		case i == 0: // the standard class has no code, and stays
			row.Note, row.Hidden = "all goods without another", []ui.Hidden{{Name: rowName("classes", i, "code")}}
			row.Cells[0] = admin.GridCell{Value: "none"}
		case slices.ContainsFunc(stored.GetClasses(), known) && row.Cells[0].Error == "":
			row.Hidden, row.Cells[0] = []ui.Hidden{{Name: rowName("classes", i, "code"), Value: class.GetCode()}}, admin.GridCell{Value: class.GetCode()}
			row.Remove = rowName("classes", i, "removed")
		default:
			row.Remove = rowName("classes", i, "removed")
		}
		for _, cell := range row.Cells {
			if cell.Error != "" {
				page.Problems = append(page.Problems, ui.FieldProblem{Text: "Class " + number + ": " + cell.Error, URL: "#field-" + cell.Name})
			}
		}
		page.Grid.Rows = append(page.Grid.Rows, row)
	}
	return web.Render(w, v.Request, status, admin.Rates(page))
}

func (o *office) saveTaxClasses(w http.ResponseWriter, v visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	var typed, kept []*pricingv1.TaxClass
	var removed []string
	problems := ui.Problems{}
	for i := 0; v.PostForm.Has(rowName("classes", i, "name")); i++ {
		class := &pricingv1.TaxClass{Code: strings.TrimSpace(v.PostForm.Get(rowName("classes", i, "code"))), Name: strings.TrimSpace(v.PostForm.Get(rowName("classes", i, "name")))}
		typed = append(typed, class)
		if v.PostForm.Has(rowName("classes", i, "removed")) {
			removed = append(removed, class.GetCode())
			continue
		}
		if i > 0 && class.GetCode() == "" && class.GetName() == "" {
			continue
		}
		if i > 0 && !isCode(class.GetCode()) {
			problems[rowName("classes", i, "code")] = "Write small letters, digits, - and _"
		}
		if class.GetName() == "" || len([]rune(class.GetName())) > 100 {
			problems[rowName("classes", i, "name")] = "Write a name of at most 100 characters"
		}
		kept = append(kept, class)
	}
	switch v.PostForm.Get("do") {
	case "save":
	case "add":
		return o.showTaxClasses(w, v, http.StatusOK, append(typed, &pricingv1.TaxClass{}), nil)
	default:
		return o.showTaxClasses(w, v, http.StatusOK, typed, nil)
	}
	if len(problems) > 0 {
		return o.showTaxClasses(w, v, http.StatusUnprocessableEntity, typed, problems)
	}
	_, err := o.Taxes.SetTaxClasses(v.ctx, &pricingv1.SetTaxClassesRequest{Classes: kept, RemovedCodes: removed})
	if code := connect.CodeOf(err); err != nil && (code == connect.CodeInvalidArgument || code == connect.CodeFailedPrecondition) {
		return o.showTaxClasses(w, v, http.StatusUnprocessableEntity, typed, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "classes.saved"})
	web.SeeOther(w, v.Request, "/taxes/classes")
	return nil
}

// isCode says whether a text can be the code of something.
func isCode(text string) bool {
	return text != "" && len(text) <= 50 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

var (
	shopCountry = ui.Field{Name: "country_code", Label: "Country", Optional: true, Width: ui.Medium, Hint: "Where the shop is established."}
	shopNumber  = ui.Field{Name: "vat_number", Label: "VAT number", MaxLength: 40, Optional: true, Width: ui.Medium, Hint: "With it, businesses in other countries of the European Union who give theirs owe the tax themselves."}
	shopExempt  = ui.Field{Name: "exempt_groups", Label: "Groups of customers who owe no tax", Rows: 4, Optional: true, Hint: "One a line, as customers and price lists name them."}
)

// taxShop shows what the shop says of itself to tax offices.
func (o *office) taxShop(w http.ResponseWriter, v visit) error {
	answer, err := o.Taxes.GetTaxSettings(v.ctx, &pricingv1.GetTaxSettingsRequest{})
	if err != nil {
		return err
	}
	now := answer.GetSettings()
	return o.showTaxShop(w, v, http.StatusOK, now.GetVersion(), map[string]string{"country_code": now.GetCountryCode(), "vat_number": now.GetVatNumber(), "exempt_groups": strings.Join(now.GetExemptGroups(), "\n")}, nil)
}

func (o *office) showTaxShop(w http.ResponseWriter, v visit, status int, expected int64, texts map[string]string, problems ui.Problems) error {
	page := admin.FormPage{
		Shell: o.shell(w, v, "Your shop"), Heading: "Your shop", Intro: "What the shop says of itself to tax offices.", Problems: problems, Button: "Save",
		Breadcrumb: []ui.Link{{Label: "Taxes", URL: "/taxes"}, {Label: "Your shop", URL: "/taxes/shop", Current: true}}, Hidden: []ui.Hidden{{Name: "version", Value: version(expected)}},
	}
	country := shopCountry
	country.Options = countryOptions("Not said yet")
	var section admin.FormSection
	for _, field := range []ui.Field{country, shopNumber, shopExempt} {
		section.Fields = append(section.Fields, field.With(texts[field.Name], problems))
	}
	if v.may("settings.write") {
		page.Action, page.Sections = "/taxes/shop", []admin.FormSection{section}
	} else {
		for _, field := range section.Fields {
			page.Facts = append(page.Facts, admin.Fact{Label: field.Label, Value: optionLabel(field)})
		}
	}
	return web.Render(w, v.Request, status, admin.Form(page))
}

func (o *office) saveTaxShop(w http.ResponseWriter, v visit) error {
	texts := map[string]string{}
	for _, field := range []ui.Field{shopCountry, shopNumber, shopExempt} {
		texts[field.Name] = typed(v, field)
	}
	expected, _ := strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	settings := &pricingv1.TaxSettings{CountryCode: texts["country_code"], VatNumber: texts["vat_number"]}
	for group := range strings.Lines(texts["exempt_groups"]) {
		if group = strings.TrimSpace(group); group != "" {
			settings.ExemptGroups = append(settings.ExemptGroups, group)
		}
	}
	_, err := o.Taxes.SetTaxSettings(v.ctx, &pricingv1.SetTaxSettingsRequest{Settings: settings, ExpectedVersion: expected})
	switch code := connect.CodeOf(err); {
	case err == nil:
	case code == connect.CodeInvalidArgument:
		return o.showTaxShop(w, v, http.StatusUnprocessableEntity, expected, texts, rateProblems(err, "", nil))
	case code == connect.CodeAborted:
		now, err := o.Taxes.GetTaxSettings(v.ctx, &pricingv1.GetTaxSettingsRequest{})
		if err != nil {
			return err
		}
		return o.showTaxShop(w, v, http.StatusConflict, now.GetSettings().GetVersion(), texts, ui.Problems{"": "Somebody else has changed these settings since you opened them, so nothing is saved yet. Look at yours, then save them in place of theirs."})
	default:
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "taxes.shop"})
	web.SeeOther(w, v.Request, "/taxes/shop")
	return nil
}
