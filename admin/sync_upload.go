package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const (
	uploadLimit = 1<<30 + 1<<20 // a file of 1 GiB and its form
	piece       = 1 << 20
)

// uploading is what is chosen beside a file.
type uploading struct {
	atOnce bool
	source string
	format productv1.SyncFormat
}

// newSync asks for a file.
func (o *office) newSync(w http.ResponseWriter, v visit) error {
	return o.showUpload(w, v, http.StatusOK, uploading{source: v.URL.Query().Get("source")}, nil)
}

func (o *office) showUpload(w http.ResponseWriter, v visit, status int, chosen uploading, problems ui.Problems) error {
	sources, err := o.Sources.ListSources(v.ctx, &productv1.ListSourcesRequest{PageSize: 100})
	if err != nil {
		return err
	}
	page := admin.UploadPage{
		Shell: o.shell(w, v, "Import products"), Action: "/sync", Problems: problems,
		Breadcrumb: []ui.Link{{Label: "Imports", URL: "/sync"}, {Label: "Import products", URL: "/sync/new", Current: true}},
		How: admin.Choice{Name: "how", Label: "What shall happen", Options: []ui.Option{
			{Value: "compare", Label: "Compare first: show what would change, and change nothing yet", Selected: !chosen.atOnce},
			{Value: "apply", Label: "Import at once", Selected: chosen.atOnce},
		}},
		Source:  ui.Field{Name: "source", Label: "Where the file comes from", Hint: "What the source calls a product is kept, so that its next file finds it again.", Quiet: true},
		Format:  ui.Field{Name: "format", Label: "Format", Hint: "It is found out from the file; choose one only when that goes wrong.", Options: formatOptions(chosen.format), Width: ui.Medium},
		MaxSize: "CSV, text with tabs, Excel (xlsx), XML, JSON or JSON lines, also packed with gzip or zip. At most 1 GB.",
		Accept:  ".csv,.tsv,.txt,.xlsx,.xml,.json,.jsonl,.gz,.zip",
	}
	for _, source := range sources.GetSources() {
		selected := source.GetId() == chosen.source || chosen.source == "" && source.GetId() == handedIn
		page.Source.Options = append(page.Source.Options, ui.Option{Value: source.GetId(), Label: source.GetName(), Selected: selected})
	}
	page.Source, page.Format = page.Source.With("", problems), page.Format.With("", problems)
	return web.Render(w, v.Request, status, admin.Upload(page))
}

// upload hands a file in piece by piece as it arrives, so that no instance ever holds all of it. Then it starts its import, or asks what its
// columns mean.
func (o *office) upload(w http.ResponseWriter, v visit) error {
	var chosen uploading
	refuse := func(problem string) error {
		return o.showUpload(w, v, http.StatusUnprocessableEntity, chosen, ui.Problems{"file": problem})
	}
	form, err := v.MultipartReader()
	if err != nil {
		return refuse("Choose a file")
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return refuse("Choose a file")
		}
		if err != nil {
			return err
		}
		if part.FormName() == "file" {
			if part.FileName() == "" {
				continue
			}
			next, err := o.handIn(v, part.FileName(), chosen, part)
			if errors.Is(err, errEmptyFile) {
				return refuse("The file is empty. Choose another one")
			}
			if code := connect.CodeOf(err); err != nil && (code == connect.CodeFailedPrecondition || code == connect.CodeNotFound) {
				return refuse(words(err))
			}
			if err != nil {
				return err
			}
			web.SeeOther(w, v.Request, next)
			return nil
		}
		value, err := io.ReadAll(io.LimitReader(part, 100))
		if err != nil {
			return err
		}
		switch part.FormName() {
		case "how":
			chosen.atOnce = string(value) == "apply"
		case "source":
			chosen.source = string(value)
		case "format":
			chosen.format = formatOf(string(value))
		}
	}
}

var errEmptyFile = errors.New("the file is empty")

// handIn takes a file and returns the address of the page that goes on with it.
func (o *office) handIn(v visit, name string, chosen uploading, file io.Reader) (next string, err error) {
	created, err := o.Sync.CreateSyncRun(v.ctx, &productv1.CreateSyncRunRequest{
		FileName: firstBytes(name, 255), Format: chosen.format, SourceId: chosen.source, DryRun: !chosen.atOnce,
	})
	if err != nil {
		return "", err
	}
	run := created.GetRun().GetId()
	buffer := make([]byte, piece)
	offset := int64(0)
	for {
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
	if offset == 0 {
		_, err := o.Sync.CancelSyncRun(v.ctx, &productv1.CancelSyncRunRequest{RunId: run})
		return "", errors.Join(errEmptyFile, err)
	}
	here := "/sync/" + run
	asks, err := o.asksForMapping(v, run, chosen.format)
	if err != nil || asks {
		return here + "/mapping", err
	}
	_, err = o.Sync.StartSyncRun(v.ctx, &productv1.StartSyncRunRequest{RunId: run})
	return here, err
}

// asksForMapping says whether nobody has said yet what a file's columns mean. A file that cannot be read does not ask: its import ends with the
// reason.
func (o *office) asksForMapping(v visit, run string, format productv1.SyncFormat) (bool, error) {
	if format != productv1.SyncFormat_SYNC_FORMAT_UNSPECIFIED && format != productv1.SyncFormat_SYNC_FORMAT_MAPPED_CSV {
		return false, nil
	}
	seen, err := o.Sync.PreviewSyncFile(v.ctx, &productv1.PreviewSyncFileRequest{RunId: run})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	unknown := seen.GetFormat() == productv1.SyncFormat_SYNC_FORMAT_MAPPED_CSV || format == productv1.SyncFormat_SYNC_FORMAT_MAPPED_CSV && len(seen.GetHeader()) > 0
	return unknown && len(seen.GetCurrent()) == 0, nil
}

func firstBytes(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}
