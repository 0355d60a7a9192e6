package storefront

import (
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/services"
)

// feedPatience is how long whoever asks for a feed may take to read it.
const feedPatience = 10 * time.Minute

var feedTypes = map[productv1.ExportFormat]struct{ ending, contentType string }{
	productv1.ExportFormat_EXPORT_FORMAT_SHOPIFY_CSV: {".csv", "text/csv; charset=utf-8"},
	productv1.ExportFormat_EXPORT_FORMAT_JSON_LINES:  {".jsonl", "application/x-ndjson"},
	productv1.ExportFormat_EXPORT_FORMAT_GOOGLE_XML:  {".xml", "application/rss+xml; charset=utf-8"},
}

// feed sends the newest file of an export's schedule to whoever knows its address, such as Google. It is for them alone, so nothing keeps it.
func (s *Shop) feed(w http.ResponseWriter, r *http.Request) error {
	ending := path.Ext(r.PathValue("name"))
	token := strings.TrimSuffix(r.PathValue("name"), ending)
	if token == "" || len(token) > 100 {
		return web.NotFound
	}
	found, err := s.Exports.FindScheduledExport(r.Context(), &productv1.FindScheduledExportRequest{Token: token})
	if err != nil {
		return err
	}
	export := found.GetExport()
	if feedTypes[export.GetFormat()].ending != ending {
		return web.NotFound
	}
	file, err := services.ExportFile(func(offset int64) (*productv1.ReadExportResponse, error) {
		return s.Exports.ReadExport(r.Context(), &productv1.ReadExportRequest{Id: export.GetId(), Offset: offset})
	})
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it is only read
	w.Header().Set("Content-Type", feedTypes[export.GetFormat()].contentType)
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("X-Robots-Tag", "noindex")
	w.Header().Set("Last-Modified", export.GetEndTime().AsTime().UTC().Format(http.TimeFormat))
	_, err = io.Copy(w, file)
	return err
}
