package feed

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/encoding/unicode"
)

// Reader reads the products of one file, one after the other.
type Reader struct {
	items
	file *file
}

// items reads what a file of one kind holds.
type items interface {
	format() Format
	next() (Item, error)
	// read is how many rows or records have been read, the header not counted.
	read() int64
}

// kind is a way to write files, known by how they begin.
type kind struct {
	name string
	// formats are what such a file can be; tables say it by their header.
	formats []Format
	begins  func(head []byte) bool
	open    func(io.Reader, Config) (items, error)
}

// kinds are what can be read. The first that knows a file's beginning reads it; the last is everything that is text.
func kinds() []kind {
	return []kind{
		{"products in JSON, JSON Lines or JSON-LD", []Format{JSON, JSONLines, JSONLD}, func(head []byte) bool { return head[0] == '[' || head[0] == '{' }, openJSON},
		{"Google's or Facebook's catalogue as RSS or Atom, BMEcat", []Format{GoogleXML, BMEcat}, func(head []byte) bool { return head[0] == '<' }, openXML},
		{"a table", tables(), func([]byte) bool { return true }, openTable},
	}
}

// understood lists in words what can be read.
func understood() string {
	var names []string
	for _, d := range dialects {
		if !slices.Contains(names, d.name) { // once, whatever languages it comes in
			names = append(names, d.name)
		}
	}
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return strings.Join(names[:len(names)-1], ", ") // without tables of no dialect
}

// Open finds out what a file is and reads as far as its header. An *Unreadable says why it is of no use; any other error is
// the file's own reader's.
func Open(from io.Reader, cfg Config) (*Reader, error) {
	cfg.MaxRows, cfg.MaxBytes = cmp.Or(cfg.MaxRows, maxRows), cmp.Or(cfg.MaxBytes, maxBytes)
	f := &file{from: from, room: &allowance{cfg.MaxBytes, cfg.MaxBytes}}
	r := &Reader{file: f}
	text, err := f.text()
	if err != nil {
		return nil, r.blame(err)
	}
	head, err := text.Peek(1024)
	if err != nil && len(head) == 0 && !errors.Is(err, io.EOF) {
		return nil, r.blame(err)
	}
	first := bytes.TrimLeft(head, " \t\r\n")
	if len(first) == 0 {
		return nil, r.blame(cmp.Or(f.err, error(&Unreadable{"The file is empty."})))
	}
	k, err := kindOf(first, cfg.Format)
	if err != nil {
		return nil, err
	}
	cfg.utf8 = f.marked
	if r.items, err = k.open(text, cfg); err != nil {
		return nil, r.blame(err)
	}
	return r, nil
}

// kindOf finds the kind of file by how it begins, or by what somebody said it is.
func kindOf(head []byte, said Format) (kind, error) {
	known := kinds()
	for _, k := range known[:len(known)-1] {
		if said == Unknown && k.begins(head) || slices.Contains(k.formats, said) {
			return k, nil
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return kind{open: openSpreadsheet}, nil
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return kind{}, unreadable("This is a spreadsheet in the old format (XLS), or one with a password. Save it as XLSX without a password, or as CSV (UTF-8).")
	case strings.HasPrefix(http.DetectContentType(head), "image/"), bytes.HasPrefix(head, []byte("%PDF")):
		return kind{}, unreadable("This is a picture or a document, not a list of products. These files are understood: %s.", understood())
	}
	return known[len(known)-1], nil
}

// Format is what the file turned out to be.
func (r *Reader) Format() Format { return r.format() }

// Rows is how many rows or records have been read, the header not counted.
func (r *Reader) Rows() int64 { return r.read() }

// Next returns the next product or refusal, and io.EOF after the last. Where the file breaks off, the last item refuses the
// row that could not be read.
func (r *Reader) Next() (Item, error) {
	item, err := r.next()
	if err != nil {
		return Item{}, r.blame(err)
	}
	for i := range item.Refusals {
		item.Refusals[i].clean()
	}
	return item, r.file.err
}

// blame tells what the merchant can mend from what the reader of the bytes met.
func (r *Reader) blame(err error) error {
	switch {
	case r.file.err != nil:
		return r.file.err
	case errors.Is(err, errSize):
		return unreadable("The file is larger than %d MB unpacked. Split it into several files.", r.file.room.max>>20)
	case errors.Is(err, errGrowth):
		return unreadable("The file unpacks to more than %d times its size, which no list of products does. Hand it in as it is.", maxGrowth)
	case errors.Is(err, errDamage):
		return unreadable("The compressed file is damaged from its beginning. Compress it again.")
	default:
		return err
	}
}

// file unpacks and decodes, and remembers an error of the bytes' own source, which says nothing about the file.
type file struct {
	from   io.Reader
	err    error
	room   *allowance
	stored int64 // bytes read of the file as it is stored
	marked bool  // says that it is UTF-8
}

// Read reads the bytes as they are stored.
func (f *file) Read(p []byte) (int, error) {
	n, err := f.from.Read(p)
	f.stored += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}

// text returns the file unpacked, without a byte order mark, and as UTF-8 if it was UTF-16. Other encodings are for the reader of the
// format: some say what they are written in, and tables leave it to be found out.
func (f *file) text() (*bufio.Reader, error) {
	var unpacked io.Reader = bufio.NewReaderSize(f, 64<<10)
	head, err := unpacked.(*bufio.Reader).Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	contents := &fileContents{file: f, unpacking: unpacking{from: unpacked, room: f.room}}
	switch {
	case bytes.Equal(head, []byte("PK\x03\x04")), bytes.Equal(head, []byte("PK\x05\x06")):
		var packed int64
		if contents.from, packed, err = unzip(unpacked); err != nil {
			return nil, cmp.Or(f.err, err)
		}
		contents.packed = func() int64 { return packed }
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		if contents.from, err = gzip.NewReader(unpacked); err != nil {
			return nil, cmp.Or(f.err, errDamage)
		}
		contents.packed = func() int64 { return f.stored }
	}
	plain := bufio.NewReaderSize(contents, 64<<10)
	mark, err := plain.Peek(256)
	if err != nil && !errors.Is(err, io.EOF) && len(mark) == 0 {
		return nil, err
	}
	switch {
	case contents.packed != nil && bytes.HasPrefix(mark, []byte{0x1f, 0x8b}):
		return nil, unreadable("The archive holds another archive. Unpack it, and hand in the list of products itself.")
	case bytes.HasPrefix(mark, []byte{0xef, 0xbb, 0xbf}):
		f.marked = true
		_, err = plain.Discard(3)
		return plain, err
	case bytes.HasPrefix(mark, []byte{0xff, 0xfe}), bytes.HasPrefix(mark, []byte{0xfe, 0xff}):
		decoder := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()
		return bufio.NewReaderSize(decoder.Reader(plain), 64<<10), nil
	}
	if wide := unmarkedUTF16(mark); wide != nil {
		return bufio.NewReaderSize(wide.NewDecoder().Reader(plain), 64<<10), nil
	}
	return plain, nil
}

// fileContents are a file's bytes, unpacked as far as it may; every fault of the compression has one name.
type fileContents struct {
	unpacking
	file *file
}

// Read fails with errDamage where the file cannot be unpacked.
func (c *fileContents) Read(p []byte) (int, error) {
	n, err := c.unpacking.Read(p)
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, errSize), errors.Is(err, errGrowth): // gzip says io.ErrUnexpectedEOF where it breaks off
		return n, err
	case c.file.err != nil:
		return n, c.file.err
	default:
		return n, errDamage
	}
}
