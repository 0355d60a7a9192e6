package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// rows draws what has any number of rows: attributes, options and languages.
func (f *productForm) rows(page *admin.ProductPage, problems ui.Problems, of *productv1.ProductType) {
	hints := f.ask(of)
	for i, row := range f.attributes {
		shown := admin.AttributeRow{
			Name:  ui.Field{Name: rowName("attributes", i, "name"), Label: "Attribute " + strconv.Itoa(i+1), Quiet: true, MaxLength: 1000}.With(row.Name, problems),
			Value: ui.Field{Name: rowName("attributes", i, "value"), Label: "What it is", Quiet: true, MaxLength: 1000}.With(row.Value, problems),
		}
		if hint := hints[strings.ToLower(row.Name)]; hint != "" {
			shown.Value.Hint = hint
		}
		if row.kept != "" {
			shown.Hidden = append(shown.Hidden, ui.Hidden{Name: rowName("attributes", i, "kept"), Value: row.kept})
		}
		if row.asked {
			shown.Hidden = append(shown.Hidden, ui.Hidden{Name: rowName("attributes", i, "asked"), Value: "1"})
		}
		page.Attributes = append(page.Attributes, shown)
	}
	for i, row := range f.options {
		page.Options = append(page.Options, admin.OptionRow{
			Name:   ui.Field{Name: rowName("options", i, "name"), Label: "Option " + strconv.Itoa(i+1), Quiet: true, MaxLength: 100}.With(row.Name, problems),
			Values: ui.Field{Name: rowName("options", i, "values"), Label: "Values, one a line", Rows: 3, Quiet: true}.With(strings.Join(row.Values, "\n"), problems),
			Hidden: []ui.Hidden{{Name: rowName("options", i, "was"), Value: strings.Join(row.was, "\n")}},
		})
	}
	for i, row := range f.translations {
		page.Languages = append(page.Languages, row.show(i, problems))
	}
}

func languageName(locale string) string {
	tag, err := language.Parse(locale)
	if err != nil {
		return locale
	}
	return display.English.Languages().Name(tag) + " (" + locale + ")"
}

// grid draws the rows of variants of the page that is open.
func (f *productForm) grid(problems ui.Problems, currency string) (admin.Grid, []admin.VariantPage) {
	grid := admin.Grid{Name: "Variants", Columns: []admin.Column{{Label: "Variant"}}, Remove: "Remove"}
	for _, column := range variantColumns {
		label := column.label
		if strings.HasPrefix(label, "Price") {
			label += ", " + currency
		}
		grid.Columns = append(grid.Columns, admin.Column{Label: label})
	}
	for i, row := range f.shownRows() {
		key, _ := json.Marshal(variantRow{ID: row.ID, Was: row.Was, Values: row.Values})
		at := f.from + i
		shown := admin.GridRow{
			Label: row.label(), Hidden: []ui.Hidden{{Name: rowName("variants", i, "key"), Value: string(key)}}, Remove: rowName("variants", i, "removed"), Removed: row.Removed,
		}
		for _, column := range variantColumns {
			shown.Cells = append(shown.Cells, admin.GridCell{
				Name: rowName("variants", i, column.name), Label: column.label + " of " + row.label(), Value: *column.of(&row), Number: column.number,
				Error: problems[rowName("variants", at, column.name)],
			})
		}
		grid.Rows = append(grid.Rows, shown)
	}
	var pages []admin.VariantPage
	for from := 0; from < len(f.variants); from += variantsShown {
		pages = append(pages, admin.VariantPage{
			Label: strconv.Itoa(from+1) + " to " + strconv.Itoa(min(from+variantsShown, len(f.variants))), Do: "show-variants " + strconv.Itoa(from), Current: from == f.from,
		})
	}
	return grid, pages
}

// turnTo opens the page of variants where the first of them is wrong, unless one is on the page that is open.
func (f *productForm) turnTo(problems ui.Problems) {
	first := -1
	for i := range f.variants {
		wrong := slices.ContainsFunc(variantColumns, func(column variantColumn) bool {
			return problems[rowName("variants", i, column.name)] != ""
		})
		if wrong && i >= f.from && i < f.from+variantsShown {
			return
		}
		if wrong && first < 0 {
			first = i
		}
	}
	if first >= 0 {
		f.from = first / variantsShown * variantsShown
	}
}

func (o *office) pictureRows(f *productForm, current *productv1.Product, problems ui.Problems) []admin.PictureRow {
	stored := map[string]*productv1.Image{}
	for _, image := range current.GetImages() {
		stored[image.GetId()] = image
	}
	var rows []admin.PictureRow
	for i, row := range f.images {
		number := strconv.Itoa(i + 1)
		alt := ui.Field{Name: rowName("images", i, "alt"), Label: "What picture " + number + " shows", Optional: true, MaxLength: 500}.With(row.Alt, problems)
		if row.Alt == "" {
			alt.Hint = "Say it for those who do not see the picture."
		}
		shown := admin.PictureRow{
			Number: number, Image: o.thumbnail(stored[row.ID]), Alt: alt, Remove: rowName("images", i, "removed"), Removed: row.removed,
			Hidden: []ui.Hidden{{Name: rowName("images", i, "id"), Value: row.ID}},
		}
		if row.ID == "" {
			source := ui.Field{Name: rowName("images", i, "source_url"), Label: "Address of picture " + number, Type: "url"}.With(row.Source, problems)
			shown.Source = &source
		} else if image := stored[row.ID]; len(image.GetFiles()) == 0 {
			shown.Problem = "Not fetched yet."
			if image.GetProblem() != "" {
				shown.Problem = "It could not be fetched: " + image.GetProblem()
			}
		}
		if i > 0 {
			shown.Up = "picture-earlier " + strconv.Itoa(i)
		}
		if i < len(f.images)-1 {
			shown.Down = "picture-later " + strconv.Itoa(i)
		}
		rows = append(rows, shown)
	}
	return rows
}

// summary lists what is wrong in the order of the page; what stands beside no field that is shown comes last.
func (f *productForm) summary(page admin.ProductPage, problems ui.Problems) []ui.FieldProblem {
	if len(problems) == 0 {
		return nil
	}
	left := maps.Clone(problems)
	var list []ui.FieldProblem
	add := func(fields ...ui.Field) {
		for _, field := range fields {
			if text := left[field.Name]; text != "" {
				list = append(list, ui.FieldProblem{Text: text, URL: "#field-" + field.Name})
				delete(left, field.Name)
			}
		}
	}
	list = append(list, ui.Summary(problems)...)
	delete(left, "")
	add(page.Basics...)
	for _, row := range page.Options {
		add(row.Name, row.Values)
	}
	for i, row := range page.Variants.Rows {
		for n, cell := range row.Cells {
			if cell.Error != "" {
				list = append(list, ui.FieldProblem{Text: row.Label + ": " + cell.Error, URL: "#field-" + cell.Name})
				delete(left, rowName("variants", f.from+i, variantColumns[n].name))
			}
		}
	}
	for _, row := range page.Pictures {
		if row.Source != nil {
			add(*row.Source)
		}
		add(row.Alt)
	}
	add(page.AddPicture)
	for _, row := range page.Attributes {
		add(row.Name, row.Value)
	}
	add(page.Search...)
	for _, row := range page.Languages {
		add(row.Fields...)
	}
	add(page.AddLanguage, ui.Field{Name: "state"}, page.Publish, page.Address)
	if page.AddCategory != nil {
		add(*page.AddCategory)
	}
	if page.Type != nil {
		add(*page.Type)
	}
	add(page.Labels, page.FindRelated)
	if page.Upload != nil {
		add(page.Upload.File)
	}
	if page.Files != nil && page.Files.Add != nil {
		add(page.Files.Add.File)
		for _, row := range page.Files.Rows {
			add(row.NameField)
		}
	}
	if page.Dangers != nil {
		add(deletionField)
	}
	const most = 20
	for _, name := range slices.Sorted(maps.Keys(left)) {
		if len(list) < most {
			list = append(list, ui.FieldProblem{Text: left[name]})
		}
	}
	return list
}
