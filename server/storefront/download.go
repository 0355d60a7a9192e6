package storefront

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
)

// downloadPatience is how long a shopper may take over one file; what breaks off can be gone on with.
const downloadPatience = 2 * time.Hour

// download sends a file to whoever holds its link. It is opened before it is counted, so that a store that does not answer costs no download; a look at its
// headers costs none either.
func (s *Shop) download(w http.ResponseWriter, r *http.Request) error {
	ask := &orderv1.OpenDownloadRequest{Signed: r.PathValue("signed"), Look: true, Resume: resumes(r.Header.Get("Range"))}
	found, err := s.Orders.OpenDownload(r.Context(), ask)
	if err != nil {
		return s.noDownload(w, r, err)
	}
	file, err := s.cfg.Media.Get(r.Context(), found.GetBlobKey())
	if err != nil {
		return fmt.Errorf("open download: %w", err)
	}
	defer func() { _ = file.Close() }() // it is only read
	if r.Method != http.MethodHead {
		ask.Look = false
		if _, err := s.Orders.OpenDownload(r.Context(), ask); err != nil {
			return s.noDownload(w, r, err)
		}
	}
	header := w.Header()
	header.Set("Content-Type", found.GetContentType())
	header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": found.GetFileName()}))
	header.Set("Cache-Control", "private, no-store, no-transform")
	header.Set("X-Robots-Tag", "noindex")
	// By this a browser that goes on knows that it is still the same file.
	header.Set("ETag", `"`+strings.TrimSuffix(path.Base(found.GetBlobKey()), path.Ext(found.GetBlobKey()))+`"`)
	http.ServeContent(w, r, "", time.Time{}, file)
	return nil
}

// resumes says whether a Range asks for a later part of a file only.
func resumes(header string) bool {
	first, _, found := strings.Cut(strings.TrimPrefix(header, "bytes="), "-")
	if !found || !strings.HasPrefix(header, "bytes=") {
		return false
	}
	from, err := strconv.ParseInt(strings.TrimSpace(first), 10, 64)
	return err == nil && from > 0
}

// noDownload says why there is no file to be had, and how to get at it again.
func (s *Shop) noDownload(w http.ResponseWriter, r *http.Request, refused error) error {
	problem, found := rpc.Detail[*orderv1.DownloadProblem](refused)
	switch {
	case connect.CodeOf(refused) == connect.CodeInvalidArgument:
		return web.NotFound
	case !found:
		return refused
	}
	page := storefront.DownloadPage{
		Shell: s.privateShell(r, "Download"), FileName: problem.GetFileName(), Order: problem.GetOrderNumber(), LookupURL: "/orders", HelpURL: "/pages/contact",
	}
	status := http.StatusGone
	switch problem.GetState() {
	case orderv1.DownloadState_DOWNLOAD_STATE_WAITING:
		status, page.Heading, page.Text = http.StatusConflict, "This download is not ready yet", "It opens as soon as the order is paid. Then this link works."
	case orderv1.DownloadState_DOWNLOAD_STATE_EXPIRED:
		page.Heading, page.Text = "This download has expired", "Links work for a limited time. Write to us with your order number, and we renew it: then this link works again."
	case orderv1.DownloadState_DOWNLOAD_STATE_USED_UP:
		page.Heading, page.Text = "This file was downloaded as often as it can be", "Write to us with your order number if you need it once more, and we renew it: then this link works again."
	default:
		page.Heading, page.Text = "This download has ended", "Its order was cancelled, or the money went back to you."
	}
	return web.Render(w, r, status, storefront.NoDownload(page))
}

// downloads lists the files of an order for its page.
func downloads(order *orderv1.Order) []storefront.Download {
	var list []storefront.Download
	for _, file := range order.GetDownloads() {
		shown := storefront.Download{Name: file.GetFileName(), Size: fileSize(file.GetSize())}
		switch file.GetState() {
		case orderv1.DownloadState_DOWNLOAD_STATE_READY:
			shown.URL = "/downloads/" + url.PathEscape(file.GetSigned())
			shown.Note = "Until " + file.GetExpireTime().AsTime().Format("2 January 2006") + ", " + plural(int(file.GetMost()-file.GetTaken()), "download", "downloads") + " left."
		case orderv1.DownloadState_DOWNLOAD_STATE_WAITING:
			shown.Note = "Opens as soon as the order is paid."
		case orderv1.DownloadState_DOWNLOAD_STATE_EXPIRED:
			shown.Note = "This link has expired. Write to us, and we renew it."
		case orderv1.DownloadState_DOWNLOAD_STATE_USED_UP:
			shown.Note = "Downloaded as often as it can be. Write to us if you need it once more."
		default:
			continue
		}
		list = append(list, shown)
	}
	return list
}

func fileSize(bytes int64) string {
	switch {
	case bytes < 1000:
		return plural(int(bytes), "byte", "bytes")
	case bytes < 1_000_000:
		return fmt.Sprintf("%d kB", (bytes+500)/1000)
	default:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	}
}
