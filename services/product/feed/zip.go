package feed

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"strings"
)

const (
	maxArchive   = 256 << 20 // bytes of an archive, packed
	maxDirectory = 1 << 20   // bytes of an archive's list of files
)

// unzip returns the one feed that a zip archive holds, and how many bytes it takes in there. The list of files stands at an archive's
// end, so all of it is kept aside first. A spreadsheet, which is an archive too, comes back as it is.
func unzip(from io.Reader) (feed io.Reader, packed int64, err error) {
	kept := &spool{}
	defer func() {
		if err != nil {
			kept.close()
		}
	}()
	size, err := io.Copy(kept, io.LimitReader(from, maxArchive+1))
	switch {
	case err != nil:
		return nil, 0, err
	case size > maxArchive:
		return nil, 0, unreadable("The archive is larger than %d MB. Compress the file with gzip instead, or split it.", maxArchive>>20)
	}
	directory := &metered{from: kept, left: maxDirectory}
	archive, err := zip.NewReader(directory, size)
	switch {
	case errors.Is(err, errMetered):
		return nil, 0, unreadable("The archive holds too many files. Hand in one list of products in it.")
	case err != nil:
		return nil, 0, unreadable("The zip archive is damaged: the list of files at its end cannot be read. Make it again.")
	}
	directory.left = math.MaxInt64
	if slices.ContainsFunc(archive.File, func(f *zip.File) bool { return strings.HasPrefix(f.Name, "xl/") || f.Name == "[Content_Types].xml" }) {
		return io.NewSectionReader(kept, 0, size), size, nil
	}
	entry, err := onlyFeed(archive.File)
	if err != nil {
		return nil, 0, err
	}
	if entry.Flags&1 != 0 {
		return nil, 0, unreadable("%s in the archive is protected by a password. Pack it without one.", shown(entry.Name, maxValue))
	}
	if feed, err = entry.Open(); err != nil {
		return nil, 0, unreadable("%s in the archive is packed in a way that is not known, or damaged. Pack it as zip programs do by default.", shown(entry.Name, maxValue))
	}
	return feed, packedSize(entry, size), nil
}

// feedEndings are what the names of feeds end with. Catalogues come with pictures and descriptions of their format beside them.
var feedEndings = []string{".csv", ".tsv", ".txt", ".tab", ".xml", ".rss", ".atom", ".bmecat", ".json", ".jsonl", ".ndjson", ".jsonld", ".xlsx"}

// onlyFeed finds the one list of products among an archive's files.
func onlyFeed(files []*zip.File) (*zip.File, error) {
	var feeds, others []*zip.File
	for _, f := range files {
		name := path.Base(strings.ReplaceAll(f.Name, `\`, "/"))
		switch {
		case f.FileInfo().IsDir(), strings.HasPrefix(name, "."), strings.HasPrefix(f.Name, "__MACOSX/"):
		case slices.Contains(feedEndings, strings.ToLower(path.Ext(name))):
			feeds = append(feeds, f)
		default:
			others = append(others, f)
		}
	}
	if len(feeds) == 0 {
		feeds = others // a name says little when there is no other
	}
	switch len(feeds) {
	case 0:
		return nil, unreadable("The archive holds no file.")
	case 1:
		return feeds[0], nil
	}
	var names []string
	for _, f := range feeds[:min(len(feeds), 5)] {
		names = append(names, shown(f.Name, 100))
	}
	if more := len(feeds) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return nil, unreadable("The archive holds %d files that may be meant: %s. Hand in each list of products by itself.", len(feeds), strings.Join(names, ", "))
}

var errMetered = errors.New("read too much")

// metered bounds how much is read of what is said to be an archive's list of files.
type metered struct {
	from io.ReaderAt
	left int64
}

// ReadAt fails when it was asked for too much altogether.
func (m *metered) ReadAt(p []byte, at int64) (int, error) {
	if m.left -= int64(len(p)); m.left < 0 {
		return 0, errMetered
	}
	return m.from.ReadAt(p, at)
}
