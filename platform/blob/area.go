package blob

import (
	"fmt"
	"mime"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Binary is the type of content of which the store needs to know no more.
const Binary = "application/octet-stream"

// Area is a top folder of a store with what may be put in it.
type Area struct {
	Name         string   // lower-case letters and dashes
	Limit        int64    // bytes of one file
	Types        []string // content types without parameters
	CacheControl string   // sent by whoever serves the file
}

// forever suits content whose key changes with it.
const forever = "public, max-age=31536000, immutable"

var (
	// Media holds pictures that are shown to everyone, made by platform/media.
	Media = Area{Name: "media", Limit: 20 << 20, Types: []string{"image/jpeg", "image/webp", "image/png"}, CacheControl: forever}

	// Originals holds pictures as they were uploaded or fetched; they are never served.
	Originals = Area{Name: "originals", Limit: 40 << 20, Types: []string{"image/jpeg", "image/png", "image/gif", "image/webp"}, CacheControl: "private, no-store"}

	// Files holds what goes in and out of the shop as files: feeds, imports and exports. They are private.
	Files = Area{Name: "files", Limit: 1 << 30, Types: []string{
		"text/csv", "text/plain", "application/json", "application/x-ndjson", "application/xml", "application/gzip", "application/pdf",
	}, CacheControl: "private, no-store"}

	// Downloads holds what buyers of digital goods download, whatever it is. It is sent to who paid for it, and never by its key.
	Downloads = Area{Name: "downloads", Limit: 10 << 30, Types: []string{Binary}, CacheControl: "private, no-store"}
)

// extensions gives each content type that can be stored the ending of its keys.
var extensions = map[string]string{
	"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp",
	"text/csv": ".csv", "text/plain": ".txt", "application/json": ".json", "application/x-ndjson": ".ndjson",
	"application/xml": ".xml", "application/gzip": ".gz", "application/pdf": ".pdf",
	Binary: ".bin",
}

// admit returns the ending of the key under which the area keeps a content type, or ErrType.
func (a Area) admit(contentType string) (extension string, err error) {
	base, _, err := mime.ParseMediaType(contentType)
	if err != nil || !slices.Contains(a.Types, base) || extensions[base] == "" {
		return "", fmt.Errorf("%w: %.80q in %s", ErrType, contentType, a.Name)
	}
	return extensions[base], nil
}

// typeOf is the content type of what a key names.
func typeOf(key string) string {
	ending := path.Ext(key)
	for base, extension := range extensions {
		if extension != ending {
			continue
		}
		if strings.HasPrefix(base, "text/") {
			return base + "; charset=utf-8"
		}
		return base
	}
	return "application/octet-stream"
}

// key spreads files over folders of at most 256 entries each before the last, which suits folders and buckets alike.
func (a Area) key(hash, extension string) string {
	return a.Name + "/" + hash[:2] + "/" + hash[2:4] + "/" + hash + extension
}

// ours is the only form of key that key makes.
var ours = regexp.MustCompile(`^[a-z][a-z-]{0,30}/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{64})\.[a-z]{2,6}$`)

// madeHere guards the store against keys that were made elsewhere, such as paths that climb out of the folder.
func madeHere(key string) bool {
	m := ours.FindStringSubmatch(key)
	return m != nil && m[3][:4] == m[1]+m[2]
}
