package main

import (
	"net/http"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const (
	shownErrors  = 20
	shownChanges = 20
)

func (o *office) getRun(v visit) (*productv1.SyncRun, error) {
	answer, err := o.Sync.GetSyncRun(v.ctx, &productv1.GetSyncRunRequest{RunId: v.PathValue("id")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return nil, web.NotFound
	}
	return answer.GetRun(), err
}

// syncRun shows a run, live while it goes on.
func (o *office) syncRun(w http.ResponseWriter, v visit) error {
	run, err := o.getRun(v)
	if err != nil {
		return err
	}
	return o.showRun(w, v, http.StatusOK, run, "")
}

// showRun draws a run, with what was refused of what was asked of it.
func (o *office) showRun(w http.ResponseWriter, v visit, status int, run *productv1.SyncRun, refused string) error {
	source, err := o.Sources.GetSource(v.ctx, &productv1.GetSourceRequest{Id: run.GetSourceId()})
	if err != nil {
		return err
	}
	here := "/sync/" + run.GetId()
	page := admin.SyncRunPage{
		Shell: o.shell(w, v, run.GetFileName()), Name: run.GetFileName(), Progress: progress(run),
		Breadcrumb: []ui.Link{{Label: "Imports", URL: "/sync"}, {Label: run.GetFileName(), URL: here, Current: true}},
		Facts: []admin.Fact{
			{Label: "Source", Value: source.GetSource().GetName(), URL: "/sources/" + run.GetSourceId()},
			{Label: "Handed in", Value: when(run.GetCreateTime()) + " by " + run.GetCreatedBy()},
			{Label: "Format", Value: formatName(run.GetFormat())},
			{Label: "Size", Value: count(run.GetBytesTotal()) + " bytes"},
		},
	}
	if took := runTime(run); took != "" {
		page.Facts = append(page.Facts, admin.Fact{Label: "Time", Value: took})
	}
	if refused != "" {
		page.Notices = append(page.Notices, admin.RunNotice{Tone: ui.Bad, Text: refused})
	}
	if run.GetGoneNote() != "" {
		page.Notices = append(page.Notices, admin.RunNotice{Tone: ui.Warn, Text: run.GetGoneNote()})
	}
	if page.Progress.Live {
		page.RefreshURL = here
		return web.Render(w, v.Request, status, admin.SyncRun(page))
	}
	page.Next = nextFor(v, run, source.GetSource())
	if run.GetState() == productv1.SyncState_SYNC_STATE_COMPARED {
		err = o.compare(v, &page, run)
	} else {
		err = o.outcome(v, &page, run)
	}
	if err != nil {
		return err
	}
	return web.Render(w, v.Request, status, admin.SyncRun(page))
}

// nextFor says what can be done with a run that does not move.
func nextFor(v visit, run *productv1.SyncRun, source *productv1.Source) []admin.Action {
	here := "/sync/" + run.GetId()
	var next []admin.Action
	changed := run.GetCreated() + run.GetUpdated() + run.GetGone()
	mapped := run.GetFormat() == productv1.SyncFormat_SYNC_FORMAT_MAPPED_CSV
	if !v.may("products.write") {
		return nil
	}
	switch run.GetState() {
	case productv1.SyncState_SYNC_STATE_UPLOADING:
		if run.GetBytesTotal() > 0 {
			next = append(next, admin.Action{Label: "Look at the columns", URL: here + "/mapping", Link: true, Kind: ui.Primary}, admin.Action{Label: "Start as it is", URL: here + "/start"})
		}
		next = append(next, admin.Action{Label: "Leave it", URL: here + "/cancellation", Kind: ui.Quiet})
	case productv1.SyncState_SYNC_STATE_COMPARED:
		next = append(next, admin.Action{Label: "Apply this import", URL: here + "/application", Kind: ui.Primary})
		if mapped {
			next = append(next, admin.Action{Label: "Change what the columns mean", URL: here + "/mapping", Link: true})
		}
		next = append(next, admin.Action{Label: "Leave it", URL: here + "/cancellation"})
	case productv1.SyncState_SYNC_STATE_FAILED, productv1.SyncState_SYNC_STATE_CANCELLED:
		if source.GetKind() == productv1.SourceKind_SOURCE_KIND_FILES {
			next = append(next, admin.Action{Label: "Hand the file in again", URL: "/sync/new?source=" + source.GetId(), Link: true, Kind: ui.Primary})
		} else {
			next = append(next, admin.Action{Label: "Ask the source again", URL: "/sources/" + source.GetId() + "/runs", Kind: ui.Primary})
		}
	}
	if run.GetState() == productv1.SyncState_SYNC_STATE_DONE && run.GetGoneHeld() > 0 {
		next = append(next, admin.Action{
			Label: "Take them off sale", URL: here + "/release", Kind: ui.Danger, Button: "Take " + plural(run.GetGoneHeld(), "product", "products") + " off sale",
			Confirm: "They are no longer for sale. Undoing the import brings them back.",
		})
	}
	switch run.GetState() {
	case productv1.SyncState_SYNC_STATE_DONE, productv1.SyncState_SYNC_STATE_FAILED, productv1.SyncState_SYNC_STATE_CANCELLED:
		if changed > 0 {
			confirm := "Products that it created are removed, or archived where somebody ordered, changed or reviewed them. Those that it changed become what they were, unless somebody changed them since. Stock stays."
			if source.GetNextTime() != nil {
				confirm += " The source is asked again on " + when(source.GetNextTime()) + ": if it has another file by then, that is imported. End its schedule first if that must not be."
			}
			next = append(next, admin.Action{Label: "Undo this import", URL: here + "/undoing", Kind: ui.Danger, Button: "Undo it", Confirm: confirm})
		}
	}
	return next
}

// outcome tells how a run ended: what was refused, and what undoing it left alone.
func (o *office) outcome(v visit, page *admin.SyncRunPage, run *productv1.SyncRun) error {
	if undo := run.GetUndo(); undo != nil {
		page.Notices = append(page.Notices, admin.RunNotice{Text: plural(undo.GetRemoved(), "product that it created is removed", "products that it created are removed") + ", " +
			plural(undo.GetArchived(), "is archived", "are archived") + " because somebody ordered or changed them, " + plural(undo.GetRestored(), "is what it was", "are what they were") +
			", and " + plural(undo.GetLeftAlone(), "is left alone", "are left alone") + "."})
		if err := o.leftAlone(v, page, run); err != nil {
			return err
		}
	}
	if run.GetRejectedRows() == 0 {
		return nil
	}
	page.RejectedURL = "/sync/" + run.GetId() + "/rejected.csv"
	rejected, err := o.Sync.ListRejectedRows(v.ctx, &productv1.ListRejectedRowsRequest{RunId: run.GetId(), PageSize: shownErrors})
	if err != nil {
		return err
	}
	page.Errors = rowErrors(rejected.GetRows())
	if rejected.GetNextPageToken() != "" {
		page.MoreErrors = "There are more in the file of rejected rows, of which " + plural(run.GetRejectedRows(), "row was", "rows were") + " not taken."
	}
	return nil
}

func rowErrors(rows []*productv1.RejectedRow) []admin.RowError {
	var shown []admin.RowError
	for _, row := range rows {
		shown = append(shown, admin.RowError{Row: count(row.GetRow()), Field: row.GetColumn(), Value: row.GetValue(), Message: row.GetReason()})
	}
	return shown
}

func (o *office) leftAlone(v visit, page *admin.SyncRunPage, run *productv1.SyncRun) error {
	answer, err := o.Sync.ListUndoExceptions(v.ctx, &productv1.ListUndoExceptionsRequest{RunId: run.GetId(), PageSize: 50, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	for _, left := range answer.GetExceptions() {
		page.LeftAlone = append(page.LeftAlone, admin.LeftAlone{Name: left.GetName(), URL: "/products/" + left.GetProductId(), Reason: left.GetReason()})
	}
	if next := answer.GetNextPageToken(); next != "" {
		page.MoreURL = address("/sync/"+run.GetId(), map[string][]string{"page": {next}})
	}
	return nil
}

// moveRun asks something of a run and shows it again, with the reason where it cannot be.
func (o *office) moveRun(w http.ResponseWriter, v visit, flash string, ask func(run string) error) error {
	run := v.PathValue("id")
	err := ask(run)
	if connect.CodeOf(err) == connect.CodeFailedPrecondition && err != nil {
		current, getErr := o.getRun(v)
		if getErr != nil {
			return getErr
		}
		return o.showRun(w, v, http.StatusConflict, current, words(err))
	}
	if connect.CodeOf(err) == connect.CodeInvalidArgument && err != nil {
		return web.NotFound
	}
	if err != nil {
		return err
	}
	if flash != "" {
		o.cookies.SetFlash(w, web.Flash{Code: flash})
	}
	web.SeeOther(w, v.Request, "/sync/"+run)
	return nil
}

// cancelSync stops a run after the batch in hand, or leaves one alone that only was compared.
func (o *office) cancelSync(w http.ResponseWriter, v visit) error {
	return o.moveRun(w, v, "sync.cancelled", func(run string) error {
		_, err := o.Sync.CancelSyncRun(v.ctx, &productv1.CancelSyncRunRequest{RunId: run})
		return err
	})
}

// startSync queues a run whose file is here.
func (o *office) startSync(w http.ResponseWriter, v visit) error {
	return o.moveRun(w, v, "", func(run string) error {
		_, err := o.Sync.StartSyncRun(v.ctx, &productv1.StartSyncRunRequest{RunId: run})
		return err
	})
}

// applySync goes on with a run that was compared.
func (o *office) applySync(w http.ResponseWriter, v visit) error {
	return o.moveRun(w, v, "", func(run string) error {
		_, err := o.Sync.ApplySyncRun(v.ctx, &productv1.ApplySyncRunRequest{RunId: run})
		return err
	})
}

// undoSync takes back what a run did.
func (o *office) undoSync(w http.ResponseWriter, v visit) error {
	return o.moveRun(w, v, "", func(run string) error {
		_, err := o.Sync.UndoSyncRun(v.ctx, &productv1.UndoSyncRunRequest{RunId: run})
		return err
	})
}

// releaseSync takes products off sale that a run held back because they were many.
func (o *office) releaseSync(w http.ResponseWriter, v visit) error {
	return o.moveRun(w, v, "", func(run string) error {
		_, err := o.Sync.ReleaseSyncGone(v.ctx, &productv1.ReleaseSyncGoneRequest{RunId: run})
		return err
	})
}
