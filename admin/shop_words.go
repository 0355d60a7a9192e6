package main

import (
	"net/http"
	"net/url"
	"strings"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// wordKinds are what a word stands for, as forms hold it.
var wordKinds = []struct {
	kind         productv1.WordKind
	value, label string
}{
	{productv1.WordKind_WORD_KIND_NAME, "name", "Name of an option or attribute"},
	{productv1.WordKind_WORD_KIND_VALUE, "value", "Value"},
}

// wordRow is a word with its translation, as it is typed.
type wordRow struct {
	kind, word, translation string
	was                     string // its translation when the page was opened, so that only what was changed is stored
	note                    string
}

// wordLocales lists the languages that words are translated into, and leads to any other.
func (o *office) wordLocales(w http.ResponseWriter, v visit) error {
	if asked := strings.TrimSpace(v.URL.Query().Get("locale")); asked != "" {
		web.SeeOther(w, v.Request, wordsAt(asked, ""))
		return nil
	}
	answer, err := o.Words.ListWordLocales(v.ctx, &productv1.ListWordLocalesRequest{})
	if err != nil {
		return err
	}
	page := admin.WordLocalesPage{Shell: o.shell(w, v, "Words"), Action: "/words", Locale: ui.Field{Name: "locale", Label: "Another language", Width: ui.Short, Hint: "Such as de or pt-BR."}}
	for _, locale := range answer.GetLocales() {
		page.Locales = append(page.Locales, ui.Link{Label: languageName(locale), URL: wordsAt(locale, "")})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.WordLocales(page))
}

// wordsAt is the page of a language's words: those without a translation, or in the view "translated" the others.
func wordsAt(locale, view string) string {
	return strings.TrimSuffix("/words/"+url.PathEscape(locale)+"/"+view, "/")
}

// translatedWords is the view of words that have a translation.
const translatedWords = "translated"

// untranslated shows what shoppers of a language read in the shop's own, the most used first.
func (o *office) untranslated(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, wordsAt(v.PathValue("locale"), ""), "")
	answer, err := o.Words.ListUntranslatedWords(v.ctx, &productv1.ListUntranslatedWordsRequest{
		Locale: v.PathValue("locale"), PageSize: list.size, PageToken: v.URL.Query().Get("page"),
	})
	if problem := noLanguage(err); problem != nil {
		return problem
	}
	if err != nil {
		return err
	}
	var rows []wordRow
	for _, word := range answer.GetWords() {
		rows = append(rows, wordRow{kind: wordKindOf(word.GetKind()), word: word.GetWord(), note: plural(int64(word.GetProducts()), "product", "products")})
	}
	list.List = list.finish(answer.GetNextPageToken())
	return o.showWords(w, v, http.StatusOK, "", list.List, rows, nil)
}

// translated shows the words of a language, and finds some of them.
func (o *office) translated(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, wordsAt(v.PathValue("locale"), translatedWords), "Word or translation")
	answer, err := o.Words.ListWords(v.ctx, &productv1.ListWordsRequest{
		Locale: v.PathValue("locale"), Query: list.Query, PageSize: list.size, PageToken: v.URL.Query().Get("page"),
	})
	if problem := noLanguage(err); problem != nil {
		return problem
	}
	if err != nil {
		return err
	}
	var rows []wordRow
	for _, word := range answer.GetWords() {
		rows = append(rows, wordRow{kind: wordKindOf(word.GetKind()), word: word.GetWord(), translation: word.GetTranslation(), was: word.GetTranslation()})
	}
	list.List = list.finish(answer.GetNextPageToken())
	return o.showWords(w, v, http.StatusOK, translatedWords, list.List, rows, nil)
}

// noLanguage says that there is no page of what is no language, or the shop's own.
func noLanguage(err error) error {
	if wrong, found := rpc.Detail[*productv1.ProductProblems](err); found && len(wrong.GetProblems()) > 0 && wrong.GetProblems()[0].GetField() == "locale" {
		return web.Problem{Status: http.StatusNotFound, Message: "The address " + wrong.GetProblems()[0].GetText() + "."}
	}
	return nil
}

func wordKindOf(kind productv1.WordKind) string {
	for _, known := range wordKinds {
		if known.kind == kind {
			return known.value
		}
	}
	return ""
}

// saveWords stores the translations that were changed, and comes back with those that were refused.
func (o *office) saveWords(w http.ResponseWriter, v visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	locale, view := v.PathValue("locale"), ""
	if v.PostForm.Get("view") == translatedWords {
		view = translatedWords
	}
	req := &productv1.SetWordsRequest{Locale: locale}
	at, _ := url.ParseQuery(v.PostForm.Get("at")) // where in the list the form was
	var rows []wordRow
	var asked []int // the row of each word that is asked for
	for i := 0; v.PostForm.Has(rowName("words", i, "word")); i++ {
		get := func(of string) string { return strings.TrimSpace(v.PostForm.Get(rowName("words", i, of))) }
		row := wordRow{kind: get("kind"), word: v.PostForm.Get(rowName("words", i, "word")), translation: get("translation"), was: get("was"), note: get("note")}
		rows = append(rows, row)
		if row.translation == row.was {
			continue
		}
		word := &productv1.WordTranslation{Word: row.word, Translation: row.translation}
		for _, known := range wordKinds {
			if known.value == row.kind {
				word.Kind = known.kind
			}
		}
		req.Words, asked = append(req.Words, word), append(asked, i)
	}
	list := newList(&url.URL{RawQuery: at.Encode()}, wordsAt(locale, view), "").List
	problems := ui.Problems{}
	if len(req.GetWords()) > 0 {
		answer, err := o.Words.SetWords(v.ctx, req)
		if problem := noLanguage(err); problem != nil {
			return problem
		}
		if code := connect.CodeOf(err); err != nil && (code == connect.CodeInvalidArgument || code == connect.CodeFailedPrecondition) {
			return o.showWords(w, v, http.StatusUnprocessableEntity, view, list, rows, ui.Problems{"": words(err)})
		}
		if err != nil {
			return err
		}
		for i, result := range answer.GetResults() {
			for _, one := range result.GetProblems() {
				problems[rowName("words", asked[i], "translation")] = upperFirst(one.GetField() + " " + one.GetText())
			}
			if len(result.GetProblems()) == 0 {
				rows[asked[i]].was = rows[asked[i]].translation
			}
		}
	}
	if len(problems) > 0 {
		return o.showWords(w, v, http.StatusUnprocessableEntity, view, list, rows, problems)
	}
	o.cookies.SetFlash(w, web.Flash{Code: "words.saved"})
	web.SeeOther(w, v.Request, address(wordsAt(locale, view), at))
	return nil
}

func (o *office) showWords(w http.ResponseWriter, v visit, status int, view string, list admin.List, rows []wordRow, problems ui.Problems) error {
	locale, at := v.PathValue("locale"), v.URL.RawQuery
	if v.Method == http.MethodPost {
		at = v.PostForm.Get("at")
	}
	heading := "Words in " + languageName(locale)
	list.Views = []ui.Link{
		{Label: "Without a translation", URL: wordsAt(locale, ""), Current: view == ""},
		{Label: "Translated", URL: wordsAt(locale, translatedWords), Current: view == translatedWords},
	}
	page := admin.WordsPage{
		Shell: o.shell(w, v, heading), Heading: heading, List: list, Hidden: []ui.Hidden{{Name: "view", Value: view}, {Name: "at", Value: at}},
		Breadcrumb: []ui.Link{{Label: "Words", URL: "/words"}, {Label: languageName(locale), Current: true}},
		Grid:       admin.Grid{Name: heading, Columns: []admin.Column{{Label: "Word"}, {Label: "Translation"}}},
		Empty:      admin.Emptiness{Title: "Every word is translated", Text: "Of the products looked at here, options and attributes read as they should."},
	}
	if problems[""] != "" {
		page.Problems = ui.Summary(problems)
	}
	if view == translatedWords {
		page.Empty = admin.Emptiness{Title: "No word is translated yet", Text: "Names and values of options and attributes are shown in the shop's own language until they are."}
	}
	if list.OlderURL != "" && view == "" {
		page.Intro = "Of the 2,000 products that came last on this page, and on the next ones those before them."
	}
	if v.may("products.write") {
		page.Action = wordsAt(locale, "contents")
	}
	for i, row := range rows {
		shown := admin.GridRow{Label: row.word, Hidden: []ui.Hidden{
			{Name: rowName("words", i, "kind"), Value: row.kind}, {Name: rowName("words", i, "word"), Value: row.word}, {Name: rowName("words", i, "was"), Value: row.was},
			{Name: rowName("words", i, "note"), Value: row.note},
		}}
		for _, known := range wordKinds {
			if known.value == row.kind {
				shown.Note = known.label
			}
		}
		if row.note != "" {
			shown.Note += ", " + row.note
		}
		cell := admin.GridCell{Name: rowName("words", i, "translation"), Label: "Translation of " + row.word, Value: row.translation, Error: problems[rowName("words", i, "translation")]}
		if cell.Error != "" {
			page.Problems = append(page.Problems, ui.FieldProblem{Text: row.word + ": " + cell.Error, URL: "#field-" + cell.Name})
		}
		shown.Cells = []admin.GridCell{cell}
		page.Grid.Rows = append(page.Grid.Rows, shown)
	}
	return web.Render(w, v.Request, status, admin.Words(page))
}
