package main

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/services"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const (
	// downloadPatience is how long a file may take to be sent.
	downloadPatience = 30 * time.Minute
	// tokenUse is how long a token, which lives for a minute, is used while a file is sent.
	tokenUse = 30 * time.Second
)

var exportFormats = []struct {
	format              productv1.ExportFormat
	value, label, file  string
	contentType, ending string
}{
	{productv1.ExportFormat_EXPORT_FORMAT_SHOPIFY_CSV, "csv", "CSV, as Shopify has it", "products", "text/csv; charset=utf-8", ".csv"},
	{productv1.ExportFormat_EXPORT_FORMAT_JSON_LINES, "jsonl", "JSON Lines, with everything", "products", "application/x-ndjson", ".jsonl"},
	{productv1.ExportFormat_EXPORT_FORMAT_GOOGLE_XML, "google", "Google Merchant Center", "google", "application/rss+xml; charset=utf-8", ".xml"},
}

func exportLabel(format productv1.ExportFormat) string {
	for _, known := range exportFormats {
		if known.format == format {
			return known.label
		}
	}
	return ""
}

var exportTags = map[productv1.ExportState]ui.Tag{
	productv1.ExportState_EXPORT_STATE_QUEUED:    {Label: "Queued", Tone: ui.Info},
	productv1.ExportState_EXPORT_STATE_RUNNING:   {Label: "Writing", Tone: ui.Info},
	productv1.ExportState_EXPORT_STATE_DONE:      {Label: "Done", Tone: ui.OK},
	productv1.ExportState_EXPORT_STATE_FAILED:    {Label: "Failed", Tone: ui.Bad},
	productv1.ExportState_EXPORT_STATE_CANCELLED: {Label: "Cancelled"},
}

// exports lists files of products, newest first.
func (o *office) exports(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/exports", "")
	answer, err := o.Exports.ListExports(v.ctx, &productv1.ListExportsRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	page := admin.ExportsPage{Shell: o.shell(w, v, "Exports")}
	list.Actions = []admin.Action{{Label: "New export", URL: "/exports/new", Link: true, Kind: ui.Primary}}
	page.List = list.finish(answer.GetNextPageToken())
	for _, export := range answer.GetExports() {
		page.Rows = append(page.Rows, exportRow(export))
		if state := export.GetState(); state == productv1.ExportState_EXPORT_STATE_QUEUED || state == productv1.ExportState_EXPORT_STATE_RUNNING {
			page.LiveURL = v.URL.RequestURI()
			page.RefreshURL = page.LiveURL
		}
	}
	if v.may("products.write") {
		schedules, err := o.Exports.ListExportSchedules(v.ctx, &productv1.ListExportSchedulesRequest{})
		if err != nil {
			return err
		}
		for _, s := range schedules.GetSchedules() {
			page.Schedules = append(page.Schedules, admin.ScheduleRow{
				Format: exportLabel(s.GetFormat()), Filter: narrowedTo(s.GetFilter()), Every: plural(int64(s.GetEveryHours()), "hour", "hours"), Next: when(s.GetNextTime()), Address: s.GetAddress(),
				Actions: []admin.Action{{
					Label: "End", URL: "/exports/schedules/" + s.GetId() + "/removal", Kind: ui.Danger, Button: "End it",
					Confirm: "No more files are made, and who asks at this address gets none.",
				}},
			})
		}
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Exports(page))
}

func exportRow(export *productv1.Export) admin.ExportRow {
	row := admin.ExportRow{
		Format: exportLabel(export.GetFormat()), Filter: narrowedTo(export.GetFilter()), Asked: when(export.GetCreateTime()), By: export.GetCreatedBy(),
		State: exportTags[export.GetState()], Until: when(export.GetExpireTime()), Note: export.GetProblem(),
	}
	switch export.GetState() {
	case productv1.ExportState_EXPORT_STATE_QUEUED, productv1.ExportState_EXPORT_STATE_RUNNING:
		row.Actions = []admin.Action{{Label: "Cancel", URL: "/exports/" + export.GetId() + "/cancellation", Kind: ui.Danger}}
	}
	switch export.GetState() {
	case productv1.ExportState_EXPORT_STATE_RUNNING:
		row.Progress = "Counting products"
		if export.GetProductsTotal() > 0 {
			row.Percent = int(export.GetProductsWritten() * 100 / export.GetProductsTotal())
			row.Progress = count(export.GetProductsWritten()) + " of " + plural(export.GetProductsTotal(), "product", "products")
		}
	case productv1.ExportState_EXPORT_STATE_DONE:
		row.Progress, row.Size = plural(export.GetProductsWritten(), "product", "products"), size(export.GetBytes())
		row.DownloadURL = "/exports/" + export.GetId() + "/file"
		if export.GetScheduleId() != "" {
			row.Until = "A newer one is made"
		}
		if export.GetLeftOut() > 0 {
			row.Note = plural(export.GetLeftOut(), "variant", "variants") + " left out, without a picture or a price"
		}
	}
	return row
}

// size writes a number of bytes as people read it.
func size(bytes int64) string {
	for _, unit := range []string{"bytes", "kB", "MB"} {
		if bytes < 1000 {
			return count(bytes) + " " + unit
		}
		bytes = (bytes + 500) / 1000
	}
	return count(bytes) + " GB"
}

// narrowedTo says in words which products an export holds.
func narrowedTo(filter *productv1.ListProductsRequest) string {
	var parts []string
	add := func(label, value string) {
		if value != "" {
			parts = append(parts, label+": "+value)
		}
	}
	add("Search", filter.GetQuery())
	add("Status", productState(filter.GetState()).label)
	add("Brand", filter.GetBrand())
	add("Tag", filter.GetTag())
	if filter.GetCategoryId() != "" {
		parts = append(parts, "of a category")
	}
	if filter.GetTypeId() != "" {
		parts = append(parts, "of a type")
	}
	if filter.GetNoPicture() {
		parts = append(parts, "without a picture")
	}
	if filter.GetUpdatedSince() != nil {
		parts = append(parts, "changed since "+when(filter.GetUpdatedSince()))
	}
	if len(parts) == 0 {
		return "All products"
	}
	return strings.Join(parts, ", ")
}

// newExport asks what to write; it begins with what the list of products shows.
func (o *office) newExport(w http.ResponseWriter, v visit) error {
	return o.askExport(w, v, http.StatusOK, v.URL.Query(), nil)
}

func (o *office) askExport(w http.ResponseWriter, v visit, status int, typed url.Values, problems ui.Problems) error {
	list, _, err := o.productList(v, &url.URL{RawQuery: typed.Encode()})
	if err != nil {
		return err
	}
	page := admin.NewExportPage{
		Shell: o.shell(w, v, "Export products"), Action: "/exports",
		Breadcrumb: []ui.Link{{Label: "Exports", URL: "/exports"}, {Label: "Export products", URL: "/exports/new", Current: true}},
		Problems:   ui.Summary(problems, "format", "every"),
		Filters:    []ui.Field{{Name: "q", Label: "Name, SKU or key", Value: list.Query, MaxLength: 100, Optional: true}},
	}
	formats := make([]ui.Option, len(exportFormats))
	for i, known := range exportFormats {
		formats[i] = ui.Option{Value: known.value, Label: known.label, Selected: typed.Get("format") == known.value}
	}
	page.Formats = ui.Field{Name: "format", Label: "Format", Options: formats, Width: ui.Medium}.With("", problems)
	if v.may("products.write") {
		every := ui.Field{
			Name: "every", Label: "Make it again every … hours", InputMode: "numeric", MaxLength: 3, Width: ui.Short, Optional: true,
			Hint: "For Google and others who come back: the newest file gets an address of its own. Empty makes one file.",
		}.With(typed.Get("every"), problems)
		page.Every = &every
	}
	for _, filter := range list.Filters {
		page.Filters = append(page.Filters, ui.Field{Name: filter.Name, Label: filter.Label, Value: filter.Value, Options: filter.Options, Width: ui.Medium, Optional: true})
	}
	return web.Render(w, v.Request, status, admin.NewExport(page))
}

// createExport queues an export, or has it made again and again.
func (o *office) createExport(w http.ResponseWriter, v visit) error {
	if err := v.ParseForm(); err != nil {
		return web.Problem{Status: http.StatusUnprocessableEntity, Message: "The form could not be read."}
	}
	problems := ui.Problems{}
	format := productv1.ExportFormat_EXPORT_FORMAT_UNSPECIFIED
	for _, known := range exportFormats {
		if known.value == v.PostFormValue("format") {
			format = known.format
		}
	}
	if format == productv1.ExportFormat_EXPORT_FORMAT_UNSPECIFIED {
		problems["format"] = "Choose a format"
	}
	every := 0
	if typed := strings.TrimSpace(v.PostFormValue("every")); typed != "" {
		var err error
		if every, err = strconv.Atoi(typed); err != nil || every < 1 || every > 672 {
			problems["every"] = "Write a number of hours from 1 to 672, or leave it empty"
		}
	}
	if len(problems) > 0 {
		return o.askExport(w, v, http.StatusUnprocessableEntity, v.PostForm, problems)
	}
	_, filter, err := o.productList(v, &url.URL{RawQuery: v.PostForm.Encode()})
	if err != nil {
		return err
	}
	filter.PageSize, filter.PageToken = 0, ""
	flash := "export.queued"
	if every > 0 {
		flash = "export.scheduled"
		_, err = o.Exports.CreateExportSchedule(v.ctx, &productv1.CreateExportScheduleRequest{Format: format, Filter: filter, EveryHours: int32(every)})
	} else {
		_, err = o.Exports.CreateExport(v.ctx, &productv1.CreateExportRequest{Format: format, Filter: filter})
	}
	if code := connect.CodeOf(err); err != nil && (code == connect.CodeInvalidArgument || code == connect.CodeFailedPrecondition) {
		return o.askExport(w, v, http.StatusUnprocessableEntity, v.PostForm, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: flash})
	web.SeeOther(w, v.Request, "/exports")
	return nil
}

// endSchedule ends a schedule.
func (o *office) cancelExport(w http.ResponseWriter, v visit) error {
	if _, err := o.Exports.CancelExport(v.ctx, &productv1.CancelExportRequest{Id: v.PathValue("id")}); err != nil {
		return err
	}
	web.SeeOther(w, v.Request, "/exports")
	return nil
}

func (o *office) endSchedule(w http.ResponseWriter, v visit) error {
	if _, err := o.Exports.DeleteExportSchedule(v.ctx, &productv1.DeleteExportScheduleRequest{Id: v.PathValue("id")}); err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "export.ended"})
	web.SeeOther(w, v.Request, "/exports")
	return nil
}

// exportFile sends a file as it comes from the store. One that cannot be sent whole breaks off, so that nobody takes it for the whole.
func (o *office) exportFile(w http.ResponseWriter, v visit) error {
	answer, err := o.Exports.GetExport(v.ctx, &productv1.GetExportRequest{Id: v.PathValue("id")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return web.NotFound
	}
	if err != nil {
		return err
	}
	export := answer.GetExport()
	renewed := clock.Running()
	file, err := services.ExportFile(func(offset int64) (*productv1.ReadExportResponse, error) {
		if clock.Running()-renewed > tokenUse {
			var err error
			if v, err = o.renewed(v); err != nil {
				return nil, err
			}
			renewed = clock.Running()
		}
		return o.Exports.ReadExport(v.ctx, &productv1.ReadExportRequest{Id: export.GetId(), Offset: offset})
	})
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it is only read
	for _, known := range exportFormats {
		if known.format == export.GetFormat() {
			name := known.file + "-" + export.GetCreateTime().AsTime().Format("2006-01-02-1504") + known.ending
			w.Header().Set("Content-Type", known.contentType)
			w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		}
	}
	w.Header().Set("Content-Length", strconv.FormatInt(export.GetBytes(), 10))
	_, err = io.Copy(w, file)
	if errors.Is(err, v.Context().Err()) {
		return nil // nobody is left to send it to
	}
	return err
}
