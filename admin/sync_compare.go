package main

import (
	"net/url"
	"strings"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// mostFields is how many fields of one product a comparison shows.
const mostFields = 12

// changeTabs are the kinds of changes that a comparison shows apart.
var changeTabs = []struct {
	value, label string
	kind         productv1.SyncChangeKind
	tag          ui.Tag
	none         string
}{
	{"new", "New", productv1.SyncChangeKind_SYNC_CHANGE_KIND_CREATE, ui.Tag{Label: "New", Tone: ui.OK}, "No product would be new."},
	{"changed", "Changed", productv1.SyncChangeKind_SYNC_CHANGE_KIND_UPDATE, ui.Tag{Label: "Changed", Tone: ui.Info}, "No product would change but for its stock."},
	{"stock", "of them stock only", productv1.SyncChangeKind_SYNC_CHANGE_KIND_RESTOCK, ui.Tag{Label: "Stock", Tone: ui.Info}, "No product would change in its stock only."},
	{"gone", "Gone", productv1.SyncChangeKind_SYNC_CHANGE_KIND_GONE, ui.Tag{Label: "Gone", Tone: ui.Warn}, "No product would be taken off sale."},
	{"unchanged", "Unchanged", productv1.SyncChangeKind_SYNC_CHANGE_KIND_UNSPECIFIED, ui.Tag{}, "Products that are already what the file says are left as they are, so there is nothing to show of them."},
	{"refused", "Refused", productv1.SyncChangeKind_SYNC_CHANGE_KIND_UNSPECIFIED, ui.Tag{}, "No row was refused."},
}

// compare shows what a run would do, one kind of change at a time.
func (o *office) compare(v visit, page *admin.SyncRunPage, run *productv1.SyncRun) error {
	forecast := run.GetForecast()
	counts := map[string]string{
		"new": count(forecast.GetCreated()), "changed": count(forecast.GetUpdated()), "gone": count(forecast.GetGone() + run.GetGoneHeld()),
		"unchanged": count(forecast.GetUnchanged()), "refused": count(run.GetRejectedRows()),
	}
	shown := v.URL.Query().Get("show")
	if counts[shown] == "" && shown != "stock" {
		switch {
		case forecast.GetCreated() > 0:
			shown = "new"
		case forecast.GetUpdated() > 0:
			shown = "changed"
		case run.GetRejectedRows() > 0:
			shown = "refused"
		default:
			shown = "unchanged"
		}
	}
	here := "/sync/" + run.GetId()
	token := v.URL.Query().Get("page")
	found := &admin.Comparison{}
	page.Comparison = found
	if token != "" {
		found.FirstURL = here + "?show=" + shown
	}
	var next string
	var err error
	for _, tab := range changeTabs {
		label := strings.TrimSpace(tab.label + " " + counts[tab.value])
		found.Tabs = append(found.Tabs, ui.Link{Label: label, URL: here + "?show=" + tab.value, Current: tab.value == shown})
		switch {
		case tab.value != shown:
			continue
		case shown == "refused":
			next, err = o.refusedRows(v, found, run.GetId(), token)
		case shown != "unchanged":
			next, err = o.changedProducts(v, found, run.GetId(), tab.kind, token)
		}
		if err != nil {
			return err
		}
		if found.Text == "" && len(found.Changes) == 0 && len(found.Errors) == 0 {
			found.Text = tab.none
		}
	}
	if next != "" {
		found.NextURL = here + "?" + url.Values{"show": {shown}, "page": {next}}.Encode()
	}
	if run.GetRejectedRows() > 0 {
		page.Next = append(page.Next, admin.Action{Label: "Download rejected rows", URL: here + "/rejected.csv", Link: true})
	}
	return nil
}

func (o *office) refusedRows(v visit, found *admin.Comparison, run, token string) (next string, err error) {
	answer, err := o.Sync.ListRejectedRows(v.ctx, &productv1.ListRejectedRowsRequest{RunId: run, PageSize: 2 * shownChanges, PageToken: token})
	found.Errors = rowErrors(answer.GetRows())
	return answer.GetNextPageToken(), err
}

func (o *office) changedProducts(v visit, found *admin.Comparison, run string, kind productv1.SyncChangeKind, token string) (next string, err error) {
	answer, err := o.Sync.ListSyncChanges(v.ctx, &productv1.ListSyncChangesRequest{RunId: run, Kind: kind, PageSize: shownChanges, PageToken: token})
	if connect.CodeOf(err) == connect.CodeFailedPrecondition && err != nil {
		found.Text = words(err)
		return "", nil
	}
	if err != nil {
		return "", err
	}
	for _, change := range answer.GetChanges() {
		found.Changes = append(found.Changes, changeRow(change))
	}
	return answer.GetNextPageToken(), nil
}

func changeRow(change *productv1.SyncChange) admin.ChangeRow {
	row := admin.ChangeRow{Name: change.GetName(), Key: change.GetProductKey()}
	if change.GetRow() > 0 {
		row.Row = count(change.GetRow())
	}
	for _, tab := range changeTabs {
		if tab.kind == change.GetKind() {
			row.Kind = tab.tag
		}
	}
	if change.GetKind() != productv1.SyncChangeKind_SYNC_CHANGE_KIND_CREATE {
		row.URL = "/products/" + change.GetProductId()
	}
	for i, field := range change.GetFields() {
		if i == mostFields {
			row.More = "and " + plural(int64(len(change.GetFields())-i), "more field", "more fields")
			break
		}
		row.Fields = append(row.Fields, admin.ComparedField{Field: syncFieldLabel(field.GetField()), Now: shortened(field.GetOldValue(), 300), Then: shortened(field.GetNewValue(), 300)})
	}
	if len(row.Fields) == 0 {
		switch change.GetKind() {
		case productv1.SyncChangeKind_SYNC_CHANGE_KIND_CREATE:
			row.More = "would be created"
		case productv1.SyncChangeKind_SYNC_CHANGE_KIND_GONE:
			row.More = "would be taken off sale: the file does not have it"
		default:
			row.More = "changes something that is not shown here"
		}
	}
	return row
}

// syncFieldLabel is a field of a change for people to read: "variants.T-S.price" is "Price of T-S". A SKU may hold dots.
func syncFieldLabel(field string) string {
	of, rest, found := strings.Cut(field, ".")
	last := strings.LastIndexByte(rest, '.')
	switch {
	case !found:
		return fieldLabel(field)
	case last < 0:
		return fieldLabel(of) + " " + rest
	case of == "translations":
		return fieldLabel(rest[last+1:]) + " in " + languageName(rest[:last])
	default:
		return strings.TrimSpace(upperFirst(wordsOf(rest[last+1:]))) + " of " + rest[:last]
	}
}
