package main

import (
	"net/http"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// handedIn is the source of files that are handed in without naming another. Every shop has it.
const handedIn = "00000000-0000-0000-0000-000000000001"

// sourceNames are the names of sources by their ids.
func (o *office) sourceNames(v visit) (map[string]string, error) {
	answer, err := o.Sources.ListSources(v.ctx, &productv1.ListSourcesRequest{PageSize: 100})
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, source := range answer.GetSources() {
		names[source.GetId()] = source.GetName()
	}
	return names, nil
}

// settingsOf are a source's settings, for changing one of them. Secrets are left out, so they stay.
func settingsOf(source *productv1.Source) *productv1.SourceSettings {
	percent := source.GetGoneLimitPercent()
	return &productv1.SourceSettings{
		Name: source.GetName(), Kind: source.GetKind(), Location: source.GetLocation(), Format: source.GetFormat(), Mapping: source.GetMapping(), Owns: source.GetOwns(),
		GonePolicy: source.GetGonePolicy(), GoneLimitPercent: &percent, EveryMinutes: source.GetEveryMinutes(), DailyAt: source.GetDailyAt(), User: source.GetUser(),
	}
}

// sources lists where products come from.
func (o *office) sources(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/sources", "")
	answer, err := o.Sources.ListSources(v.ctx, &productv1.ListSourcesRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	newest, err := o.Sync.ListSyncRuns(v.ctx, &productv1.ListSyncRunsRequest{PageSize: 100})
	if err != nil {
		return err
	}
	runs := map[string]*productv1.SyncRun{}
	for _, run := range newest.GetRuns() {
		runs[run.GetId()] = run
	}
	page := admin.TablePage{
		Shell: o.shell(w, v, "Sources"), Heading: "Sources", Intro: "Where products come from: files that are handed in, and places that the shop asks by itself.",
		Columns: []admin.Column{{Label: "Source"}, {Label: "Last import"}, {Label: "Next"}, {Label: "State"}},
	}
	list.Views = importViews("/sources")
	if v.may("products.write") {
		list.Actions = []admin.Action{{Label: "New source", URL: "/sources/new", Link: true, Kind: ui.Primary}}
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, source := range answer.GetSources() {
		last := admin.Cell{Text: "none yet"}
		if run := runs[source.GetLastRunId()]; run != nil {
			last = admin.Cell{Text: when(run.GetCreateTime()), URL: "/sync/" + run.GetId(), Tag: runTag(run.GetState())}
		} else if source.GetLastRunId() != "" {
			last = admin.Cell{Text: "See it", URL: "/sync/" + source.GetLastRunId()}
		}
		state := admin.Cell{Tag: ui.Tag{Label: "Well", Tone: ui.OK}}
		if source.GetLastError() != "" {
			state = admin.Cell{Tag: ui.Tag{Label: "Failing", Tone: ui.Bad}, Note: shortened(source.GetLastError(), 120)}
		}
		page.Rows = append(page.Rows, admin.Row{ID: source.GetId(), Cells: []admin.Cell{
			{Text: source.GetName(), URL: "/sources/" + source.GetId(), Note: kindLabel(source.GetKind())}, last, {Text: nextAsk(source)}, state,
		}})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Table(page))
}

func nextAsk(source *productv1.Source) string {
	if source.GetNextTime() == nil {
		return "when it is asked for"
	}
	return when(source.GetNextTime())
}

func (o *office) getSource(v visit) (*productv1.Source, error) {
	answer, err := o.Sources.GetSource(v.ctx, &productv1.GetSourceRequest{Id: v.PathValue("id")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return nil, web.NotFound
	}
	return answer.GetSource(), err
}

// source shows a source with its imports.
func (o *office) source(w http.ResponseWriter, v visit) error {
	source, err := o.getSource(v)
	if err != nil {
		return err
	}
	return o.showSource(w, v, http.StatusOK, source, "", "")
}

// showSource draws a source, with what was refused, or with a token that is shown this once.
func (o *office) showSource(w http.ResponseWriter, v visit, status int, source *productv1.Source, refused, token string) error {
	here := "/sources/" + source.GetId()
	runs, err := o.Sync.ListSyncRuns(v.ctx, &productv1.ListSyncRunsRequest{SourceId: source.GetId(), PageSize: 25, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	page := admin.SourcePage{
		Shell: o.shell(w, v, source.GetName()), Heading: source.GetName(), Runs: runRows(runs.GetRuns(), nil),
		Breadcrumb: []ui.Link{{Label: "Sources", URL: "/sources"}, {Label: source.GetName(), URL: here, Current: true}},
		Facts:      []admin.Fact{{Label: "How files come", Value: kindLabel(source.GetKind())}, {Label: "Format", Value: formatName(source.GetFormat())}, {Label: "What disappears", Value: goneWords(source)}},
	}
	if next := runs.GetNextPageToken(); next != "" {
		page.MoreURL = address(here, map[string][]string{"page": {next}})
	}
	if refused != "" {
		page.Notices = append(page.Notices, admin.RunNotice{Tone: ui.Bad, Text: refused})
	}
	if source.GetLastError() != "" {
		page.Notices = append(page.Notices, admin.RunNotice{Tone: ui.Bad, Text: "Asking it went wrong " + plural(int64(source.GetFailures()), "time", "times") + " in a row: " + source.GetLastError()})
	}
	asked := source.GetKind() != productv1.SourceKind_SOURCE_KIND_FILES
	if asked {
		page.Facts = append(page.Facts, admin.Fact{Label: "Place", Value: source.GetLocation()}, admin.Fact{Label: "Asked", Value: schedule(source)}, admin.Fact{Label: "Next", Value: nextAsk(source)})
	}
	if owns := source.GetOwns(); len(owns) > 0 {
		var labels []string
		for _, field := range owns {
			labels = append(labels, ownLabel(field))
		}
		page.Facts = append(page.Facts, admin.Fact{Label: "Overwrites what staff changed", Value: strings.Join(labels, ", ")})
	}
	if !v.may("products.write") {
		return web.Render(w, v.Request, status, admin.Source(page))
	}
	page.Actions = []admin.Action{{Label: "Change it", URL: here + "/settings", Link: true}}
	if asked {
		page.Actions = append(page.Actions, admin.Action{Label: "Compare now", URL: here + "/comparisons"}, admin.Action{Label: "Import now", URL: here + "/runs", Kind: ui.Primary})
		page.Trigger = o.trigger(source, token)
	} else {
		page.Actions = append(page.Actions, admin.Action{Label: "Import a file", URL: "/sync/new?source=" + source.GetId(), Link: true, Kind: ui.Primary})
	}
	if source.GetId() != handedIn {
		page.Dangers = []admin.Action{{
			Label: "Delete the source", URL: here + "/removal", Kind: ui.Danger, Button: "Delete it", Hidden: []ui.Hidden{{Name: "version", Value: version(source.GetVersion())}},
			Confirm: "Its products stay. Its imports and what it calls products are forgotten, so that its next file would bring products anew.",
		}}
	}
	return web.Render(w, v.Request, status, admin.Source(page))
}

// trigger says how a program outside has the source asked.
func (o *office) trigger(source *productv1.Source, token string) *admin.Trigger {
	how := &admin.Trigger{
		Text: "A supplier’s program can have the source asked as soon as there is something new, once a minute at most.",
		Make: &admin.Action{Label: "Make a secret for it", URL: "/sources/" + source.GetId() + "/trigger"},
	}
	if source.GetHasTrigger() || token != "" {
		how.Text = "A program that knows the secret can have the source asked, once a minute at most, by posting its id and the secret as JSON to this address."
		how.URL = o.cfg.PublicURL + "/tradewind.product.v1.SourceService/TriggerSource"
		how.Make.Label, how.Make.Button, how.Make.Confirm = "Make another secret", "Make another", "The secret that there is stops working at once."
	}
	if token != "" {
		how.Secret = &admin.Secret{Label: "What to post", Value: `{"id": "` + source.GetId() + `", "token": "` + token + `"}`, Text: "Copy it now: it is not shown again."}
	}
	return how
}

// runSource asks a source now.
func (o *office) runSource(w http.ResponseWriter, v visit) error { return o.askSource(w, v, false) }

// compareSource asks a source now and changes nothing yet.
func (o *office) compareSource(w http.ResponseWriter, v visit) error { return o.askSource(w, v, true) }

func (o *office) askSource(w http.ResponseWriter, v visit, dry bool) error {
	answer, err := o.Sources.RunSource(v.ctx, &productv1.RunSourceRequest{Id: v.PathValue("id"), DryRun: dry})
	if err != nil {
		return o.sourceRefused(w, v, err)
	}
	web.SeeOther(w, v.Request, "/sync/"+answer.GetRun().GetId())
	return nil
}

// sourceRefused shows a source again with the reason why something could not be done.
func (o *office) sourceRefused(w http.ResponseWriter, v visit, err error) error {
	switch connect.CodeOf(err) {
	case connect.CodeInvalidArgument:
		return web.NotFound
	case connect.CodeFailedPrecondition:
		source, getErr := o.getSource(v)
		if getErr != nil {
			return getErr
		}
		return o.showSource(w, v, http.StatusConflict, source, words(err), "")
	default:
		return err
	}
}

// resetTrigger makes a secret and shows it this once, in the answer itself: no address leads to it again.
func (o *office) resetTrigger(w http.ResponseWriter, v visit) error {
	answer, err := o.Sources.ResetSourceTrigger(v.ctx, &productv1.ResetSourceTriggerRequest{Id: v.PathValue("id")})
	if err != nil {
		return o.sourceRefused(w, v, err)
	}
	source, err := o.getSource(v)
	if err != nil {
		return err
	}
	return o.showSource(w, v, http.StatusOK, source, "", answer.GetToken())
}

// deleteSource forgets a source.
func (o *office) deleteSource(w http.ResponseWriter, v visit) error {
	seen, _ := strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	if _, err := o.Sources.DeleteSource(v.ctx, &productv1.DeleteSourceRequest{Id: v.PathValue("id"), Version: seen}); err != nil {
		return o.sourceRefused(w, v, err)
	}
	o.cookies.SetFlash(w, web.Flash{Code: "source.deleted"})
	web.SeeOther(w, v.Request, "/sources")
	return nil
}
