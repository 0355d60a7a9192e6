package main

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// searchViews are the lists that have to do with what shoppers search for.
func searchViews(current string) []ui.Link {
	views := []ui.Link{{Label: "Searched in vain", URL: "/search/missed"}, {Label: "Synonyms", URL: "/search/synonyms"}, {Label: "Placed products", URL: "/search/placements"}}
	for i := range views {
		views[i].Current = views[i].URL == current
	}
	return views
}

// missedDays is how many days back searches in vain can be looked at; the shop keeps them for longer.
const missedDays = 30

// missedSearches lists a day's searches that found nothing, with ways to do something about each.
func (o *office) missedSearches(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/search/missed", "")
	req := &catalogv1.ListMissedSearchesRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")}
	today := clock.Now().UTC()
	list.choice("day", "Day", missedDays, func(i int) (string, string) {
		day := today.AddDate(0, 0, -i-1)
		return day.Format("2006-01-02"), day.Format("2 Jan 2006")
	}, func(i int) { req.Day = today.AddDate(0, 0, -i-1).Format("2006-01-02") })
	list.Filters[0].Options[0].Label = "Today"
	answer, err := o.Merchandising.ListMissedSearches(v.ctx, req)
	if err != nil {
		return err
	}
	page := admin.TablePage{
		Shell: o.shell(w, v, "Searched in vain"), Heading: "Searched in vain", Intro: "What shoppers searched for without finding anything, the most frequent first. A synonym leads them to what the shop calls otherwise.",
		Columns: []admin.Column{{Label: "Search"}, {Label: "Language"}, {Label: "Times", Number: true}}, Empty: admin.Emptiness{Title: "Every search found something", Text: "Searches that find nothing are counted here, day by day."},
	}
	list.Views = searchViews("/search/missed")
	page.List = list.finish(answer.GetNextPageToken())
	for _, missed := range answer.GetSearches() {
		language := ""
		if missed.GetLocale() != "" {
			language = languageName(missed.GetLocale())
		}
		row := admin.Row{ID: missed.GetLocale() + ":" + missed.GetQuery(), Cells: []admin.Cell{{Text: missed.GetQuery()}, {Text: language}, {Text: count(int64(missed.GetSearches()))}}}
		if v.may("catalog.write") {
			row.Actions = []admin.Action{
				{Label: "Make a synonym", URL: address("/search/synonyms/new", url.Values{"phrase": {missed.GetQuery()}, "locale": {missed.GetLocale()}}), Link: true},
				{Label: "Place products", URL: address("/search/placements/new", url.Values{"query": {missed.GetQuery()}}), Link: true},
			}
		}
		page.Rows = append(page.Rows, row)
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Table(page))
}

// synonyms lists groups of words that mean the same.
func (o *office) synonyms(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/search/synonyms", "")
	answer, err := o.Merchandising.ListSynonyms(v.ctx, &catalogv1.ListSynonymsRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	page := admin.TablePage{
		Shell: o.shell(w, v, "Synonyms"), Heading: "Synonyms", Columns: []admin.Column{{Label: "Words"}, {Label: "Language"}, {Label: "Changed"}},
		Empty: admin.Emptiness{Title: "No synonyms yet", Text: "Shoppers who search for one of several words then find what the others would."},
	}
	list.Views = searchViews("/search/synonyms")
	if v.may("catalog.write") {
		list.Actions = []admin.Action{{Label: "New synonyms", URL: "/search/synonyms/new", Link: true, Kind: ui.Primary}}
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, group := range answer.GetSynonyms() {
		cell := admin.Cell{Text: strings.Join(group.GetPhrases(), ", "), Note: "all mean the same"}
		if v.may("catalog.write") {
			cell.URL = "/search/synonyms/" + group.GetId()
		}
		if asked := group.GetAsked(); len(asked) > 0 {
			cell.Text, cell.Note = strings.Join(asked, ", ")+" → "+cell.Text, "the first find the others, not the other way round"
		}
		locale := "every"
		if group.GetLocale() != "" {
			locale = languageName(group.GetLocale())
		}
		page.Rows = append(page.Rows, admin.Row{ID: group.GetId(), Cells: []admin.Cell{cell, {Text: locale}, {Text: when(group.GetUpdateTime())}}})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Table(page))
}

// synonymsForm is a group as its form holds it.
type synonymsForm struct {
	id                     string // empty for a new one
	version                int64
	locale, asked, phrases string
}

func (o *office) showSynonyms(w http.ResponseWriter, v visit, status int, f synonymsForm, problems ui.Problems) error {
	page := admin.FormPage{
		Heading: "New synonyms", Action: "/search/synonyms/new/contents", CancelURL: "/search/synonyms", Button: "Save", Problems: problems,
		Sections: []admin.FormSection{{Fields: []ui.Field{
			ui.Field{Name: "phrases", Label: "Words that mean the same", Rows: 5, Hint: "One a line, such as couch and sofa. A word may be several, such as power bank."}.With(f.phrases, problems),
			ui.Field{Name: "asked", Label: "Only searched for", Rows: 3, Optional: true, Hint: "Words that find those above, but are not found by them: tumbler may find glasses without glasses finding tumblers."}.With(f.asked, problems),
			ui.Field{Name: "locale", Label: "Language", Optional: true, Width: ui.Short, MaxLength: 35, Hint: "Such as en. Left empty, they count in every language."}.With(f.locale, problems),
		}}},
	}
	if f.id != "" {
		here := "/search/synonyms/" + f.id
		page.Heading, page.Action = "Synonyms", here+"/contents"
		page.Hidden = []ui.Hidden{{Name: "version", Value: version(f.version)}}
		page.Dangers = []admin.Action{{Label: "Delete them", URL: here + "/removal", Kind: ui.Danger, Confirm: "Shoppers who search for one of the words no longer find what the others mean.", Button: "Delete"}}
	}
	page.Breadcrumb = []ui.Link{{Label: "Synonyms", URL: "/search/synonyms"}, {Label: page.Heading, Current: true}}
	page.Shell = o.shell(w, v, page.Heading)
	return web.Render(w, v.Request, status, admin.Form(page))
}

// newSynonyms shows an empty form, or one that begins with what was searched in vain.
func (o *office) newSynonyms(w http.ResponseWriter, v visit) error {
	f := synonymsForm{locale: firstBytes(v.URL.Query().Get("locale"), 35)}
	if phrase := strings.TrimSpace(v.URL.Query().Get("phrase")); phrase != "" {
		f.phrases = firstBytes(phrase, 60) + "\n"
	}
	return o.showSynonyms(w, v, http.StatusOK, f, nil)
}

func (o *office) editSynonyms(w http.ResponseWriter, v visit) error {
	answer, err := o.Merchandising.GetSynonyms(v.ctx, &catalogv1.GetSynonymsRequest{Id: v.PathValue("id")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return web.NotFound
	}
	if err != nil {
		return err
	}
	group := answer.GetSynonyms()
	return o.showSynonyms(w, v, http.StatusOK, synonymsForm{
		id: group.GetId(), version: group.GetVersion(), locale: group.GetLocale(), asked: strings.Join(group.GetAsked(), "\n"), phrases: strings.Join(group.GetPhrases(), "\n"),
	}, nil)
}

// saveSynonyms stores a group, a new one where the address names none.
func (o *office) saveSynonyms(w http.ResponseWriter, v visit) error {
	f := synonymsForm{id: v.PathValue("id"), locale: strings.TrimSpace(v.PostFormValue("locale")), asked: v.PostFormValue("asked"), phrases: v.PostFormValue("phrases")}
	f.version, _ = strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	phrases, asked := lines(f.phrases), lines(f.asked)
	if len(phrases) == 0 {
		return o.showSynonyms(w, v, http.StatusUnprocessableEntity, f, ui.Problems{"phrases": "Write at least two words that mean the same, one a line"})
	}
	var err error
	if f.id == "" {
		_, err = o.Merchandising.CreateSynonyms(v.ctx, &catalogv1.CreateSynonymsRequest{Locale: f.locale, Asked: asked, Phrases: phrases})
	} else {
		_, err = o.Merchandising.UpdateSynonyms(v.ctx, &catalogv1.UpdateSynonymsRequest{Id: f.id, Version: max(f.version, 1), Locale: f.locale, Asked: asked, Phrases: phrases})
	}
	if status, problems := merchandisingProblems(err, "phrases", "asked", "locale"); problems != nil {
		return o.showSynonyms(w, v, status, f, problems)
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "synonyms.saved"})
	web.SeeOther(w, v.Request, "/search/synonyms")
	return nil
}

// merchandisingProblems puts what was refused beside the field that its words begin with; nil when nothing was.
func merchandisingProblems(err error, fields ...string) (int, ui.Problems) {
	switch connect.CodeOf(err) {
	case connect.CodeInvalidArgument:
		text := words(err)
		for _, field := range fields {
			if rest, found := strings.CutPrefix(text, upperFirst(field)+": "); found {
				return http.StatusUnprocessableEntity, ui.Problems{field: upperFirst(rest)}
			}
		}
		return http.StatusUnprocessableEntity, ui.Problems{"": text}
	case connect.CodeAlreadyExists, connect.CodeAborted, connect.CodeFailedPrecondition:
		return http.StatusConflict, ui.Problems{"": words(err)}
	default:
		return 0, nil
	}
}

func (o *office) deleteSynonyms(w http.ResponseWriter, v visit) error {
	if _, err := o.Merchandising.DeleteSynonyms(v.ctx, &catalogv1.DeleteSynonymsRequest{Id: v.PathValue("id")}); err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "synonyms.gone"})
	web.SeeOther(w, v.Request, "/search/synonyms")
	return nil
}
