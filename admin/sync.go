package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/spreadsheet"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const (
	uploadLimit = 1<<30 + 1<<20 // a file of 1 GiB and its form
	piece       = 1 << 20
	shownErrors = 20
)

// syncRuns lists imports, newest first.
func (o *office) syncRuns(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/sync", "")
	answer, err := o.Sync.ListSyncRuns(v.ctx, &productv1.ListSyncRunsRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	page := admin.SyncRunsPage{Shell: o.shell(w, v, "Imports")}
	list.Actions = []admin.Action{{Label: "Import a file", URL: "/sync/new", Link: true, Kind: ui.Primary}}
	page.List = list.finish(answer.GetNextPageToken())
	for _, run := range answer.GetRuns() {
		page.Rows = append(page.Rows, admin.SyncRunRow{
			Name: run.GetFileName(), URL: "/sync/" + run.GetId(), Source: "Upload by " + run.GetCreatedBy(), Started: when(run.GetCreateTime()),
			Duration: runTime(run), State: runTag(run.GetState()), Counts: counts(run),
		})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.SyncRuns(page))
}

func runTag(state productv1.SyncState) ui.Tag {
	switch state {
	case productv1.SyncState_SYNC_STATE_UPLOADING:
		return ui.Tag{Label: "Uploading", Tone: ui.Info}
	case productv1.SyncState_SYNC_STATE_QUEUED:
		return ui.Tag{Label: "Queued", Tone: ui.Info}
	case productv1.SyncState_SYNC_STATE_READING:
		return ui.Tag{Label: "Reading", Tone: ui.Info}
	case productv1.SyncState_SYNC_STATE_APPLYING:
		return ui.Tag{Label: "Applying", Tone: ui.Info}
	case productv1.SyncState_SYNC_STATE_DONE:
		return ui.Tag{Label: "Done", Tone: ui.OK}
	case productv1.SyncState_SYNC_STATE_FAILED:
		return ui.Tag{Label: "Failed", Tone: ui.Bad}
	case productv1.SyncState_SYNC_STATE_CANCELLED:
		return ui.Tag{Label: "Cancelled", Tone: ui.Neutral}
	case productv1.SyncState_SYNC_STATE_COMPARED:
		return ui.Tag{Label: "Compared", Tone: ui.Info}
	case productv1.SyncState_SYNC_STATE_FETCHING:
		return ui.Tag{Label: "Fetching", Tone: ui.Info}
	case productv1.SyncState_SYNC_STATE_REMOVING:
		return ui.Tag{Label: "Taking off sale", Tone: ui.Info}
	case productv1.SyncState_SYNC_STATE_UNDOING:
		return ui.Tag{Label: "Undoing", Tone: ui.Info}
	case productv1.SyncState_SYNC_STATE_UNDONE:
		return ui.Tag{Label: "Undone", Tone: ui.Neutral}
	case productv1.SyncState_SYNC_STATE_UNCHANGED:
		return ui.Tag{Label: "Unchanged", Tone: ui.Neutral}
	default:
		return ui.Tag{}
	}
}

// live says whether a run still moves.
func live(state productv1.SyncState) bool {
	switch state {
	case productv1.SyncState_SYNC_STATE_DONE, productv1.SyncState_SYNC_STATE_FAILED, productv1.SyncState_SYNC_STATE_CANCELLED,
		productv1.SyncState_SYNC_STATE_COMPARED, productv1.SyncState_SYNC_STATE_UNDONE, productv1.SyncState_SYNC_STATE_UNCHANGED:
		return false
	default:
		return true
	}
}

func counts(run *productv1.SyncRun) admin.SyncCounts {
	return admin.SyncCounts{
		Read: count(run.GetRowsRead()), Created: count(run.GetCreated()), Updated: count(run.GetUpdated()),
		Unchanged: count(run.GetUnchanged()), Rejected: count(run.GetRejectedRows()),
	}
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
	if shown.Live {
		shown.CancelURL = here + "/cancellation"
	}
	applied := run.GetCreated() + run.GetUpdated() + run.GetUnchanged()
	var done float64
	switch run.GetState() {
	case productv1.SyncState_SYNC_STATE_READING:
		shown.Text = plural(run.GetRowsRead(), "row read", "rows read")
		if run.GetBytesTotal() > 0 {
			done = float64(run.GetBytesRead()) / float64(run.GetBytesTotal()) / 2
		}
	case productv1.SyncState_SYNC_STATE_APPLYING:
		shown.Text = count(applied) + " of " + plural(run.GetProductsTotal(), "product", "products")
		done = 0.5
		if run.GetProductsTotal() > 0 {
			done += float64(applied) / float64(run.GetProductsTotal()) / 2
		}
	case productv1.SyncState_SYNC_STATE_DONE:
		shown.Text, done = plural(run.GetProductsTotal(), "product", "products"), 1
	case productv1.SyncState_SYNC_STATE_QUEUED, productv1.SyncState_SYNC_STATE_UPLOADING:
		shown.Text = "Waiting for a worker"
	default:
		shown.Text = plural(applied, "product applied", "products applied")
	}
	shown.Percent = int(done * 100)
	if !shown.Live {
		return shown
	}
	rate, doing := plural(run.GetRowsPerSecond(), "row a second", "rows a second"), "to read"
	if run.GetState() == productv1.SyncState_SYNC_STATE_APPLYING {
		rate, doing = plural(run.GetRowsPerSecond(), "product a second", "products a second"), "to apply"
	}
	if run.GetRowsPerSecond() > 0 {
		shown.Rate = rate
	}
	if run.GetTimeLeft() != nil {
		shown.Remaining = "about " + duration(run.GetTimeLeft().AsDuration()) + " left " + doing
	}
	return shown
}

// syncRun shows a run, live while it goes on.
func (o *office) syncRun(w http.ResponseWriter, v visit) error {
	answer, err := o.Sync.GetSyncRun(v.ctx, &productv1.GetSyncRunRequest{RunId: v.PathValue("id")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return web.NotFound
	}
	if err != nil {
		return err
	}
	run := answer.GetRun()
	here := "/sync/" + run.GetId()
	page := admin.SyncRunPage{
		Shell: o.shell(w, v, run.GetFileName()), Name: run.GetFileName(), Progress: progress(run),
		Breadcrumb: []ui.Link{{Label: "Imports", URL: "/sync"}, {Label: run.GetFileName(), URL: here, Current: true}},
		Facts: []admin.Fact{
			{Label: "Handed in", Value: when(run.GetCreateTime()) + " by " + run.GetCreatedBy()},
			{Label: "Format", Value: formatName(run.GetFormat())},
			{Label: "Size", Value: count(run.GetBytesTotal()) + " bytes"},
		},
	}
	if took := runTime(run); took != "" {
		page.Facts = append(page.Facts, admin.Fact{Label: "Time", Value: took})
	}
	if page.Progress.Live {
		page.RefreshURL = here
	}
	if run.GetRejectedRows() > 0 && !page.Progress.Live {
		page.RejectedURL = here + "/rejected.csv"
		rejected, err := o.Sync.ListRejectedRows(v.ctx, &productv1.ListRejectedRowsRequest{RunId: run.GetId(), PageSize: shownErrors})
		if err != nil {
			return err
		}
		for _, row := range rejected.GetRows() {
			page.Errors = append(page.Errors, admin.RowError{Row: count(row.GetRow()), Field: row.GetColumn(), Value: row.GetValue(), Message: row.GetReason()})
		}
		if more := run.GetRejectedRows() - int64(len(page.Errors)); more > 0 {
			page.MoreErrors = "and " + count(more) + " more in the file of rejected rows"
		}
	}
	return web.Render(w, v.Request, http.StatusOK, admin.SyncRun(page))
}

func formatName(format productv1.SyncFormat) string {
	switch format {
	case productv1.SyncFormat_SYNC_FORMAT_SHOPIFY_CSV:
		return "Shopify CSV"
	case productv1.SyncFormat_SYNC_FORMAT_JSON:
		return "JSON"
	default:
		return "Found out while reading"
	}
}

// rejectedRows is the file of refused rows, to mend and import again.
func (o *office) rejectedRows(w http.ResponseWriter, v visit) error {
	req := &productv1.ListRejectedRowsRequest{RunId: v.PathValue("id"), PageSize: 1000}
	answer, err := o.Sync.ListRejectedRows(v.ctx, req)
	if err != nil {
		return err
	}
	write, end := csvFile(w, "rejected.csv")
	write("row", "key", "column", "value", "reason")
	for {
		for _, row := range answer.GetRows() {
			write(strconv.FormatInt(row.GetRow(), 10), row.GetProductKey(), row.GetColumn(), row.GetValue(), row.GetReason())
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			return end()
		}
		if answer, err = o.Sync.ListRejectedRows(v.ctx, req); err != nil {
			return err
		}
	}
}

// csvFile begins a file to download. Rows leave as they are written; end sends the last of them and says whether all could be sent.
func csvFile(w http.ResponseWriter, name string) (write func(cells ...string), end func() error) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	out := csv.NewWriter(w)
	write = func(cells ...string) {
		for i := range cells {
			cells[i] = spreadsheet.Guard(cells[i])
		}
		_ = out.Write(cells) // kept by the writer until Error is asked
	}
	return write, func() error {
		out.Flush()
		return out.Error()
	}
}

// newSync asks for a file.
func (o *office) newSync(w http.ResponseWriter, v visit) error {
	return o.showUpload(w, v, http.StatusOK, nil)
}

func (o *office) showUpload(w http.ResponseWriter, v visit, status int, problems ui.Problems) error {
	page := admin.UploadPage{
		Shell: o.shell(w, v, "Import products"), Action: "/sync", Problems: problems,
		Breadcrumb: []ui.Link{{Label: "Imports", URL: "/sync"}, {Label: "Import products", URL: "/sync/new", Current: true}},
		Formats:    []ui.Option{{Label: "Find out", Selected: true}, {Value: "shopify", Label: "Shopify CSV"}, {Value: "json", Label: "JSON"}},
		MaxSize:    "At most 1 GB, packed with gzip or not.", Accept: ".csv,.json,.gz",
	}
	return web.Render(w, v.Request, status, admin.Upload(page))
}

// upload hands a file in piece by piece as it arrives, so that no instance ever holds all of it.
func (o *office) upload(w http.ResponseWriter, v visit) error {
	form, err := v.MultipartReader()
	if err != nil {
		return o.showUpload(w, v, http.StatusUnprocessableEntity, ui.Problems{"file": "Choose a file"})
	}
	format := productv1.SyncFormat_SYNC_FORMAT_UNSPECIFIED
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return o.showUpload(w, v, http.StatusUnprocessableEntity, ui.Problems{"file": "Choose a file"})
		}
		if err != nil {
			return err
		}
		switch part.FormName() {
		case "format":
			chosen, err := io.ReadAll(io.LimitReader(part, 20))
			if err != nil {
				return err
			}
			format = map[string]productv1.SyncFormat{"shopify": productv1.SyncFormat_SYNC_FORMAT_SHOPIFY_CSV, "json": productv1.SyncFormat_SYNC_FORMAT_JSON}[string(chosen)]
		case "file":
			if part.FileName() == "" {
				continue
			}
			run, err := o.handIn(v, part.FileName(), format, part)
			if err != nil {
				return err
			}
			web.SeeOther(w, v.Request, "/sync/"+run)
			return nil
		}
	}
}

func (o *office) handIn(v visit, name string, format productv1.SyncFormat, file io.Reader) (run string, err error) {
	created, err := o.Sync.CreateSyncRun(v.ctx, &productv1.CreateSyncRunRequest{FileName: firstBytes(name, 255), Format: format})
	if err != nil {
		return "", err
	}
	run = created.GetRun().GetId()
	buffer := make([]byte, piece)
	for offset := int64(0); ; {
		n, readErr := io.ReadFull(file, buffer)
		if v, err = o.renewed(v); err != nil {
			return "", err
		}
		if n > 0 {
			_, err := o.Sync.AppendSyncFile(v.ctx, &productv1.AppendSyncFileRequest{RunId: run, Offset: offset, Data: buffer[:n]})
			if err != nil {
				return "", fmt.Errorf("hand in at %d: %w", offset, err)
			}
			offset += int64(n)
		}
		if errors.Is(readErr, io.EOF) || errors.Is(readErr, io.ErrUnexpectedEOF) {
			break
		}
		if readErr != nil {
			return "", readErr
		}
	}
	_, err = o.Sync.StartSyncRun(v.ctx, &productv1.StartSyncRunRequest{RunId: run})
	return run, err
}

func firstBytes(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}

// cancelSync stops a run after the batch in hand.
func (o *office) cancelSync(w http.ResponseWriter, v visit) error {
	if _, err := o.Sync.CancelSyncRun(v.ctx, &productv1.CancelSyncRunRequest{RunId: v.PathValue("id")}); err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "sync.cancelled"})
	web.SeeOther(w, v.Request, "/sync/"+v.PathValue("id"))
	return nil
}
