package main

import (
	"net/http"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// syncRuns lists imports, newest first.
func (o *office) syncRuns(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/sync", "")
	answer, err := o.Sync.ListSyncRuns(v.ctx, &productv1.ListSyncRunsRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	names, err := o.sourceNames(v)
	if err != nil {
		return err
	}
	page := admin.SyncRunsPage{
		Shell: o.shell(w, v, "Imports"), Rows: runRows(answer.GetRuns(), names),
		Empty: admin.Emptiness{Title: "Nothing has been imported yet", Text: "Upload a file of products, or keep a source that is asked every night."},
	}
	list.Views = importViews("/sync")
	if v.may("products.write") {
		list.Actions = []admin.Action{{Label: "Import a file", URL: "/sync/new", Link: true, Kind: ui.Primary}}
	}
	page.List = list.finish(answer.GetNextPageToken())
	return web.Render(w, v.Request, http.StatusOK, admin.SyncRuns(page))
}

// importViews are the lists that have to do with imports.
func importViews(current string) []ui.Link {
	return []ui.Link{{Label: "Imports", URL: "/sync", Current: current == "/sync"}, {Label: "Sources", URL: "/sources", Current: current == "/sources"}}
}

func runRows(runs []*productv1.SyncRun, names map[string]string) []admin.SyncRunRow {
	var rows []admin.SyncRunRow
	for _, run := range runs {
		row := admin.SyncRunRow{
			Name: run.GetFileName(), URL: "/sync/" + run.GetId(), Source: names[run.GetSourceId()], Started: when(run.GetCreateTime()),
			Duration: runTime(run), State: runTag(run.GetState()), Counts: counts(run),
		}
		if row.Source != "" {
			row.Source += ", "
		}
		row.Source += "by " + run.GetCreatedBy()
		rows = append(rows, row)
	}
	return rows
}

// runStates are the states of a run in words, in their order.
var runStates = map[productv1.SyncState]ui.Tag{
	productv1.SyncState_SYNC_STATE_UPLOADING: {Label: "Not started", Tone: ui.Warn},
	productv1.SyncState_SYNC_STATE_QUEUED:    {Label: "Queued", Tone: ui.Info},
	productv1.SyncState_SYNC_STATE_FETCHING:  {Label: "Fetching", Tone: ui.Info},
	productv1.SyncState_SYNC_STATE_READING:   {Label: "Reading", Tone: ui.Info},
	productv1.SyncState_SYNC_STATE_COMPARED:  {Label: "Waits for you", Tone: ui.Warn},
	productv1.SyncState_SYNC_STATE_APPLYING:  {Label: "Applying", Tone: ui.Info},
	productv1.SyncState_SYNC_STATE_REMOVING:  {Label: "Taking off sale", Tone: ui.Info},
	productv1.SyncState_SYNC_STATE_DONE:      {Label: "Done", Tone: ui.OK},
	productv1.SyncState_SYNC_STATE_FAILED:    {Label: "Failed", Tone: ui.Bad},
	productv1.SyncState_SYNC_STATE_CANCELLED: {Label: "Cancelled"},
	productv1.SyncState_SYNC_STATE_UNCHANGED: {Label: "Unchanged"},
	productv1.SyncState_SYNC_STATE_UNDOING:   {Label: "Undoing", Tone: ui.Info},
	productv1.SyncState_SYNC_STATE_UNDONE:    {Label: "Undone"},
}

func runTag(state productv1.SyncState) ui.Tag { return runStates[state] }

// live says whether a run moves by itself.
func live(state productv1.SyncState) bool { return runStates[state].Tone == ui.Info }

// syncFormats are the shapes of files that can be chosen, for when they cannot be found out.
var syncFormats = []struct {
	value, label string
	format       productv1.SyncFormat
}{
	{"shopify", "Shopify CSV", productv1.SyncFormat_SYNC_FORMAT_SHOPIFY_CSV},
	{"woocommerce", "WooCommerce CSV", productv1.SyncFormat_SYNC_FORMAT_WOOCOMMERCE_CSV},
	{"magento", "Magento CSV", productv1.SyncFormat_SYNC_FORMAT_MAGENTO_CSV},
	{"prestashop", "PrestaShop CSV", productv1.SyncFormat_SYNC_FORMAT_PRESTASHOP_CSV},
	{"shopware", "Shopware CSV", productv1.SyncFormat_SYNC_FORMAT_SHOPWARE_CSV},
	{"medusa", "Medusa CSV", productv1.SyncFormat_SYNC_FORMAT_MEDUSA_CSV},
	{"vendure", "Vendure CSV", productv1.SyncFormat_SYNC_FORMAT_VENDURE_CSV},
	{"spree", "Spree CSV", productv1.SyncFormat_SYNC_FORMAT_SPREE_CSV},
	{"spree-translations", "Spree translations", productv1.SyncFormat_SYNC_FORMAT_SPREE_TRANSLATIONS},
	{"google-xml", "Google product feed, XML", productv1.SyncFormat_SYNC_FORMAT_GOOGLE_XML},
	{"google-tsv", "Google product feed, text", productv1.SyncFormat_SYNC_FORMAT_GOOGLE_TSV},
	{"facebook", "Meta catalogue CSV", productv1.SyncFormat_SYNC_FORMAT_FACEBOOK_CSV},
	{"bmecat", "BMEcat", productv1.SyncFormat_SYNC_FORMAT_BMECAT},
	{"json", "JSON", productv1.SyncFormat_SYNC_FORMAT_JSON},
	{"json-lines", "JSON, a product a line", productv1.SyncFormat_SYNC_FORMAT_JSON_LINES},
	{"json-ld", "schema.org JSON-LD", productv1.SyncFormat_SYNC_FORMAT_JSON_LD},
	{"mapped", "Any other table, by its columns", productv1.SyncFormat_SYNC_FORMAT_MAPPED_CSV},
}

func formatOptions(chosen productv1.SyncFormat) []ui.Option {
	options := []ui.Option{{Label: "Find out"}}
	for _, known := range syncFormats {
		options = append(options, ui.Option{Value: known.value, Label: known.label, Selected: known.format == chosen})
	}
	return options
}

func formatOf(value string) productv1.SyncFormat {
	for _, known := range syncFormats {
		if known.value == value {
			return known.format
		}
	}
	return productv1.SyncFormat_SYNC_FORMAT_UNSPECIFIED
}

func formatName(format productv1.SyncFormat) string {
	for _, known := range syncFormats {
		if known.format == format {
			return known.label
		}
	}
	return "Found out while reading"
}

func counts(run *productv1.SyncRun) admin.SyncCounts {
	shown := admin.SyncCounts{
		Read: count(run.GetRowsRead()), Created: count(run.GetCreated()), Updated: count(run.GetUpdated()),
		Unchanged: count(run.GetUnchanged()), Rejected: count(run.GetRejectedRows()),
	}
	if run.GetGone() > 0 {
		shown.Gone = count(run.GetGone())
	}
	return shown
}

func runTime(run *productv1.SyncRun) string {
	if run.GetStartTime() == nil {
		return ""
	}
	end := clock.Now()
	if run.GetEndTime() != nil {
		end = run.GetEndTime().AsTime()
	}
	return duration(end.Sub(run.GetStartTime().AsTime()))
}

// progress says how far a run is. Reading counts as the first half, applying as the second. Its pace and the time left are those of the stage it
// is in, as the run has measured them: everybody who asks is told the same.
func progress(run *productv1.SyncRun) admin.SyncProgress {
	here := "/sync/" + run.GetId()
	shown := admin.SyncProgress{Live: live(run.GetState()), URL: here, State: runTag(run.GetState()), Counts: counts(run), Problem: run.GetProblem()}
	if shown.Live && run.GetState() != productv1.SyncState_SYNC_STATE_UNDOING { // half of an undoing would help nobody
		shown.CancelURL = here + "/cancellation"
	}
	shown.Text, shown.Percent = doing(run)
	if !shown.Live {
		return shown
	}
	rate, left := plural(run.GetRowsPerSecond(), "row a second", "rows a second"), "to read"
	if run.GetState() == productv1.SyncState_SYNC_STATE_APPLYING {
		rate, left = plural(run.GetRowsPerSecond(), "product a second", "products a second"), "to apply"
	}
	if run.GetRowsPerSecond() > 0 {
		shown.Rate = rate
	}
	if run.GetTimeLeft() != nil {
		shown.Remaining = "about " + duration(run.GetTimeLeft().AsDuration()) + " left " + left
	}
	return shown
}

// doing says what a run is at, and how far it is.
func doing(run *productv1.SyncRun) (text string, percent int) {
	part := func(done, of int64) int {
		if of <= 0 {
			return 0
		}
		return int(min(100*done/of, 100))
	}
	applied := run.GetCreated() + run.GetUpdated() + run.GetUnchanged()
	switch run.GetState() {
	case productv1.SyncState_SYNC_STATE_UPLOADING:
		return count(run.GetBytesTotal()) + " bytes are here; the import is not started", 0
	case productv1.SyncState_SYNC_STATE_QUEUED:
		return "Waiting for a worker", 0
	case productv1.SyncState_SYNC_STATE_FETCHING:
		return "Asking the source for its file", 0
	case productv1.SyncState_SYNC_STATE_READING:
		if percent = part(run.GetBytesRead(), run.GetBytesTotal()); !run.GetDryRun() {
			percent /= 2
		}
		if percent == 100 {
			return "Comparing " + plural(run.GetRowsRead(), "row", "rows") + " with the shop", 99
		}
		return plural(run.GetRowsRead(), "row read", "rows read"), percent
	case productv1.SyncState_SYNC_STATE_COMPARED:
		return "Compared with the shop. Nothing is changed yet.", 0
	case productv1.SyncState_SYNC_STATE_APPLYING:
		return count(applied) + " of " + plural(run.GetProductsTotal(), "product", "products"), 50 + part(applied, run.GetProductsTotal())/2
	case productv1.SyncState_SYNC_STATE_REMOVING:
		return plural(run.GetGone(), "product taken off sale", "products taken off sale"), 99
	case productv1.SyncState_SYNC_STATE_DONE:
		return plural(run.GetProductsTotal(), "product", "products"), 100
	case productv1.SyncState_SYNC_STATE_UNCHANGED:
		return "The source has the same file as last time, so it was not read again.", 0
	case productv1.SyncState_SYNC_STATE_UNDOING:
		undone := undoneSoFar(run)
		return plural(undone, "product is what it was", "products are what they were"), part(undone, run.GetCreated()+run.GetUpdated()+run.GetGone())
	case productv1.SyncState_SYNC_STATE_UNDONE:
		return plural(undoneSoFar(run), "product is what it was", "products are what they were"), 0
	default:
		return plural(applied, "product applied", "products applied"), 0
	}
}

func undoneSoFar(run *productv1.SyncRun) int64 {
	undo := run.GetUndo()
	return undo.GetRemoved() + undo.GetArchived() + undo.GetRestored()
}
