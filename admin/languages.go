package main

import (
	"net/url"
	"slices"
	"strings"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// languageForm is what a category or a collection says in other languages, as its form holds it.
type languageForm struct {
	rows []translationRow
	add  string // a language that is to have texts
}

func languageFormOf(translations []*productv1.Translation) languageForm {
	var f languageForm
	for _, t := range translations {
		f.rows = append(f.rows, translationRow{
			Locale: t.GetLocale(), Name: t.GetName(), Description: t.GetDescription(), Slug: t.GetSlug(), SEOTitle: t.GetSeoTitle(), SEODescription: t.GetSeoDescription(),
		})
	}
	return f
}

// readLanguages reads the rows that were sent, without those that are to go. A language that is to be added is a row without texts.
func readLanguages(values url.Values) languageForm {
	get := func(name string) string { return strings.TrimSpace(strings.ReplaceAll(values.Get(name), "\r\n", "\n")) }
	var f languageForm
	for i := 0; values.Has(rowName("translations", i, "locale")); i++ {
		text := func(of string) string { return get(rowName("translations", i, of)) }
		if !values.Has(rowName("translations", i, "removed")) {
			f.rows = append(f.rows, translationRow{
				Locale: text("locale"), Name: text("name"), Description: text("description"), Slug: text("slug"), SEOTitle: text("seo_title"), SEODescription: text("seo_description"),
			})
		}
	}
	if f.add = get("add_locale"); f.add != "" {
		f.rows, f.add = append(f.rows, translationRow{Locale: f.add}), ""
	}
	return f
}

func (f languageForm) translations() []*productv1.Translation {
	var translations []*productv1.Translation
	for _, row := range f.rows {
		translations = append(translations, &productv1.Translation{
			Locale: row.Locale, Name: row.Name, Description: row.Description, Slug: row.Slug, SeoTitle: row.SEOTitle, SeoDescription: row.SEODescription,
		})
	}
	return translations
}

// changed says whether the form says something else than what is stored.
func (f languageForm) changed(stored []*productv1.Translation) bool {
	return !slices.Equal(f.rows, languageFormOf(stored).rows)
}

// show draws a row for each language, and where another one is added. Those without texts, or with a problem, are open.
func (f languageForm) show(problems ui.Problems) admin.Languages {
	shown := admin.Languages{Add: ui.Field{
		Name: "add_locale", Label: "Another language", Optional: true, Width: ui.Short, Hint: "Such as de or pt-BR. Save, and its texts can be written here.",
	}.With(f.add, problems)}
	for i, row := range f.rows {
		shown.Rows = append(shown.Rows, row.show(i, problems))
	}
	return shown
}

// show draws a translation as the row of a form. Its language can be mended where it is wrong.
func (row translationRow) show(i int, problems ui.Problems) admin.LanguageRow {
	field := func(of string, field ui.Field, value string) ui.Field {
		field.Name, field.Label, field.Optional = rowName("translations", i, of), fieldLabel(of), true
		return field.With(value, problems)
	}
	shown := admin.LanguageRow{Title: languageName(row.Locale), Remove: admin.Check{Name: rowName("translations", i, "removed"), Value: "1", Label: "Remove " + languageName(row.Locale), Checked: row.removed}}
	shown.Hidden = []ui.Hidden{{Name: rowName("translations", i, "locale"), Value: row.Locale}}
	if problems[rowName("translations", i, "locale")] != "" {
		shown.Hidden = nil
		locale := field("locale", ui.Field{Width: ui.Short}, row.Locale)
		locale.Label, locale.Optional = "Language", false
		shown.Fields = append(shown.Fields, locale)
	}
	shown.Fields = append(shown.Fields,
		field("name", ui.Field{MaxLength: 255}, row.Name), field("description", ui.Field{Rows: 5}, row.Description), field("slug", ui.Field{MaxLength: 150}, row.Slug),
		field("seo_title", ui.Field{MaxLength: 255}, row.SEOTitle), field("seo_description", ui.Field{Rows: 2, MaxLength: 1000}, row.SEODescription))
	shown.Open = row.Name == "" && row.Description == "" || slices.ContainsFunc(shown.Fields, func(field ui.Field) bool { return field.Error != "" })
	return shown
}

// languageProblem is where on the form something stands that the service refused of a translation; empty for what is said of something else.
func languageProblem(field, text string) (name, said string) {
	parts := problemPlace.FindStringSubmatch(field)
	if parts == nil || parts[1] != "translations" || parts[2] == "" {
		return "", ""
	}
	of := parts[3]
	if of == "" {
		of = "locale"
	}
	return "translations-" + parts[2] + "-" + of, upperFirst(wordsOf(of) + text)
}
