package product

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode"

	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/blob"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

const (
	// usualFileLimit is the largest file where nothing else is set.
	usualFileLimit = 500_000_000
	maxFileName    = 255 // characters
)

// storeFile puts an upload into the store as it comes from the database, piece by piece.
func (s *Service) storeFile(ctx context.Context, upload string) (blob.Object, error) {
	if s.cfg.Blob == nil {
		return blob.Object{}, errNoFilePlace
	}
	row, err := queries.GetUpload(ctx, s.cfg.DB.Primary(), upload)
	if postgres.IsNoRows(err) || err == nil && row.Owner != auth.CallerFrom(ctx).Subject {
		return blob.Object{}, errNoUpload
	}
	if err != nil {
		return blob.Object{}, fmt.Errorf("get upload: %w", err)
	}
	if row.BytesTotal > s.cfg.FileLimit {
		return blob.Object{}, refused(problem("upload_id", "is larger than "+megabytes(s.cfg.FileLimit)+", which is the most"))
	}
	stored, err := s.cfg.Blob.Put(ctx, blob.Downloads, blob.Binary, s.uploadedFile(ctx, row))
	if errors.Is(err, blob.ErrTooLarge) {
		return blob.Object{}, refused(problem("upload_id", "is larger than "+megabytes(blob.Downloads.Limit)+", which is the most"))
	}
	if err != nil {
		return blob.Object{}, fmt.Errorf("store file: %w", err)
	}
	return stored, nil
}

// fileName is what somebody's device may save a file as. What would be a path, or cannot be written in a header, is refused.
func fileName(raw string) (string, error) {
	name, reason := feed.Line(raw, maxFileName)
	switch {
	case reason != "":
		return "", refused(problem("name", reason))
	case strings.Trim(name, ". ") == "":
		return "", refused(problem("name", "is empty; write what buyers shall save the file as, such as Guide.pdf"))
	case strings.ContainsAny(name, `/\<>:"|?*`) || strings.ContainsFunc(name, unicode.IsControl):
		return "", refused(problem("name", `holds one of / \ < > : " | ? *, which a file's name cannot hold everywhere`))
	}
	return name, nil
}

// fileTypes are the types of files that are often sold. Of all others a browser needs to know no more than that they are saved.
var fileTypes = map[string]string{
	".pdf": "application/pdf", ".epub": "application/epub+zip", ".mobi": "application/x-mobipocket-ebook", ".zip": "application/zip",
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".m4b": "audio/mp4", ".flac": "audio/flac", ".wav": "audio/wav", ".ogg": "audio/ogg",
	".mp4": "video/mp4", ".webm": "video/webm", ".mov": "video/quicktime",
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".tif": "image/tiff", ".tiff": "image/tiff",
}

func fileType(name string) string {
	if known := fileTypes[strings.ToLower(path.Ext(name))]; known != "" {
		return known
	}
	return blob.Binary
}

func megabytes(bytes int64) string { return fmt.Sprintf("%d MB", bytes>>20) }
