package feed

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"io"
)

// maxToken bounds one tag or text: a cell holds at most 32,767 characters.
const maxToken = 1 << 20

// xlsxPart reads one XML part of a workbook, tag by tag. It checks no nesting and keeps nothing, so that no file can make it grow; that
// the bytes are whole is the archive's checksum to say.
type xlsxPart struct {
	book    *workbook
	entry   *zip.File
	content io.ReadCloser
	buffer  *bufio.Reader
	xml     *xml.Decoder
	token   int   // bytes of the token being read
	err     error // what ended the bytes
	tag     xlsxTag
}

// xlsxKind says what of an element was read.
type xlsxKind int

const (
	begins xlsxKind = iota
	ends
	words
)

// xlsxTag is a tag or the text between two. It is good until the next one is read.
type xlsxTag struct {
	kind  xlsxKind
	name  string
	attrs []xml.Attr
	text  []byte
}

// attr returns an attribute by its name without the prefix; empty for none.
func (e *xlsxTag) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func newXLSXPart(b *workbook, entry *zip.File, content io.ReadCloser) *xlsxPart {
	packed := packedSize(entry, b.packed.size)
	bounded := &unpacking{from: content, room: b.room, packed: func() int64 { return packed }}
	p := &xlsxPart{book: b, entry: entry, content: content, buffer: bufio.NewReaderSize(bounded, 32<<10)}
	p.xml = xml.NewDecoder(p)
	p.xml.Strict = false // a stray & is no reason to refuse a file
	return p
}

func (p *xlsxPart) close() { _ = p.content.Close() }

// next returns the next tag or text, and io.EOF at the part's end.
func (p *xlsxPart) next() (*xlsxTag, error) {
	for {
		p.token = 0
		token, err := p.xml.RawToken()
		switch {
		case p.err != nil && !errors.Is(p.err, io.EOF):
			return nil, p.err
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		case err != nil:
			return nil, unreadable("The spreadsheet is damaged: %s is not XML. Save it anew, or as CSV (UTF-8).", shown(p.entry.Name, maxValue))
		}
		e := &p.tag
		switch token := token.(type) {
		case xml.StartElement:
			*e = xlsxTag{kind: begins, name: token.Name.Local, attrs: token.Attr}
		case xml.EndElement:
			*e = xlsxTag{kind: ends, name: token.Name.Local}
		case xml.CharData:
			*e = xlsxTag{kind: words, text: token}
		default:
			continue
		}
		return e, nil
	}
}

// ReadByte gives the decoder one byte after the other, and ends a part with a token past its bound.
func (p *xlsxPart) ReadByte() (byte, error) {
	c, err := p.buffer.ReadByte()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			err = p.broken(err)
		}
		p.err = err
		return 0, err
	}
	if p.token++; p.token > maxToken {
		p.err = unreadable("The spreadsheet holds a cell of more than %d MB. Save the table as CSV (UTF-8).", maxToken>>20)
		return 0, p.err
	}
	return c, nil
}

// Read is there because the decoder wants a reader; it takes bytes one by one.
func (p *xlsxPart) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	c, err := p.ReadByte()
	if err != nil {
		return 0, err
	}
	b[0] = c
	return 1, nil
}

// broken names what is wrong with the archive; what the disk says stays as it is.
func (p *xlsxPart) broken(err error) error {
	switch {
	case errors.Is(err, errSize):
		return p.book.tooLarge()
	case errors.Is(err, errGrowth):
		return errBomb
	}
	if errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) || isFlate(err) {
		return unreadable("The spreadsheet is damaged: %s cannot be unpacked. Hand it in again.", shown(p.entry.Name, maxValue))
	}
	return err
}
