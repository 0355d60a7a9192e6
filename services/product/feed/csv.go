package feed

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// maxRewound bounds how many bytes of a file with broken quotes are read twice.
const maxRewound = 256 << 20

// sampled is how much of a file is looked at before its first row is read: enough to see how its numbers are written.
const sampled = 256 << 10

// records reads the records of a CSV file (RFC 4180, any of several separators). A quote that is never closed costs the row
// that opened it: reading goes on at the next line.
type records struct {
	w       *window
	comma   byte
	fields  []field
	row     int64 // of the record last read, counted as a spreadsheet does
	rewound int64
	size    int    // bytes of the record last read, to be taken off the window by the next call
	broken  string // why the record's quotes make no sense; empty if they do
}

// openRecords finds out what separates the cells of a file.
func openRecords(w *window) (*records, error) {
	w.sample(sampled)
	if len(w.rest()) == 0 {
		return nil, w.err
	}
	c := &records{w: w}
	if text := w.rest(); len(text) > 5 && bytes.EqualFold(text[:4], []byte("sep=")) && (text[5] == '\r' || text[5] == '\n') {
		c.comma = text[4] // a line for spreadsheets, which says it
		return c, c.next()
	}
	c.comma = separator(w.rest())
	return c, nil
}

// ahead reads the sample's records without taking them. The last one may be cut.
func (c *records) ahead() *records {
	return &records{w: newWindow(bytes.NewReader(c.w.rest()[:min(sampled, len(c.w.rest()))])), comma: c.comma}
}

// number is where the record stands, counted as a spreadsheet does.
func (c *records) number() int64 { return c.row }

// width is how many cells the record has.
func (c *records) width() int { return len(c.fields) }

// fault says why the record is of no use; empty if it is.
func (c *records) fault() string { return c.broken }

// head shows what the record begins with.
func (c *records) head() string {
	text := c.w.rest()[:c.size]
	return string(text[:lineEnd(text)])
}

// field is where a cell's text stands, counted from the record's start.
type field struct {
	from, to int
	escaped  bool // holds doubled quotes
}

// next reads one record. It fails with how the file ended, never in the middle of a record that it returned.
func (c *records) next() error {
	for {
		c.w.take(c.size)
		c.size, c.fields, c.broken = 0, c.fields[:0], ""
		c.row++
		err := c.scan()
		if errors.Is(err, io.EOF) && c.size == 0 {
			c.row--
			return io.EOF
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if c.broken != "" || len(c.fields) > 1 || len(bytes.TrimSpace(c.w.rest()[:c.size])) > 0 {
			return nil
		}
		// An empty line counts as a row and says nothing.
	}
}

// scan finds the fields of the record at the window's start.
func (c *records) scan() error {
	for i := 0; ; {
		if _, err := c.w.at(i); err != nil {
			return c.ended(i, err)
		}
		end, err := c.field(i)
		switch {
		case c.broken != "", err != nil && c.w.buf[c.w.start+i] == '"':
			return c.brokenQuote(err)
		case err != nil:
			return c.ended(end, err)
		}
		i = end
		b, err := c.w.at(i)
		switch {
		case err != nil:
			return c.ended(i, err)
		case b == c.comma:
			i++
			if _, err := c.w.at(i); err != nil { // the file ends after a separator: one more empty field
				c.fields = append(c.fields, field{from: i, to: i})
				return c.ended(i, err)
			}
			continue
		case b == '\r':
			if after, err := c.w.at(i + 1); err == nil && after == '\n' {
				i++
			} else if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
		}
		c.size = i + 1
		return nil
	}
}

// field reads one field, with quotes around it or without, and returns where it ends. Spaces may stand before the opening quote of
// padded columns; where what follows makes no sense as a quoted field, the quote stands for itself.
func (c *records) field(from int) (int, error) {
	start, err := c.past(from)
	if err != nil || c.w.rest()[start] != '"' {
		return c.plain(from)
	}
	end, err := c.quoted(start)
	if start > from && (err != nil || c.broken != "") {
		c.broken = ""
		return c.plain(from)
	}
	return end, err
}

// past returns the first place from i on where no space stands.
func (c *records) past(i int) (int, error) {
	for {
		b, err := c.w.at(i)
		if err != nil || b != ' ' {
			return i, err
		}
		i++
	}
}

// plain reads a field without quotes around it. Quotes inside it stand for themselves: 12" is twelve inches.
func (c *records) plain(from int) (int, error) {
	for i := from; ; {
		rest := c.w.rest()[i:]
		for n, b := range rest {
			if b == c.comma || b == '\n' || b == '\r' {
				c.fields = append(c.fields, field{from: from, to: i + n})
				return i + n, nil
			}
		}
		i += len(rest)
		if err := c.w.fill(); err != nil {
			if errors.Is(err, io.EOF) {
				c.fields = append(c.fields, field{from: from, to: i})
			}
			return i, err
		}
	}
}

// quoted reads a field with quotes around it.
func (c *records) quoted(from int) (int, error) {
	f := field{from: from + 1}
	for i := f.from; ; {
		rest := c.w.rest()[i:]
		n := bytes.IndexByte(rest, '"')
		if n < 0 {
			i += len(rest)
			if err := c.w.fill(); err != nil {
				return i, err
			}
			continue
		}
		i += n
		if after, err := c.w.at(i + 1); err == nil && after == '"' {
			f.escaped = true
			i += 2
			continue
		}
		end, err := c.past(i + 1)
		if err != nil && !errors.Is(err, io.EOF) {
			return i, err
		}
		switch {
		case err != nil, c.w.rest()[end] == c.comma, c.w.rest()[end] == '\n', c.w.rest()[end] == '\r':
			f.to = i
			c.fields = append(c.fields, f)
			return end, nil //nolint:nilerr // the end of the file ends the cell
		default:
			c.broken = "has text after a closing quote; write a quote inside a cell twice"
			return i, nil
		}
	}
}

// brokenQuote gives up on a record whose quotes are wrong, as far as its first line goes.
func (c *records) brokenQuote(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		c.broken = "opens a quote that is never closed; write a quote inside a cell twice"
	case errors.Is(err, errLong):
		c.broken = "opens a quote that is not closed, or holds more than 8 MB"
	case err != nil:
		return err
	}
	rest := c.w.rest()
	c.size = len(rest)
	if end := lineEnd(rest); end < len(rest) {
		c.size = end + 1
		if bytes.HasPrefix(rest[end:], []byte("\r\n")) {
			c.size++
		}
	}
	c.rewound += int64(len(rest) - c.size)
	if c.rewound > maxRewound {
		return unreadable("Quotes are opened and not closed in too many rows, near row %d. Export the file again.", c.row)
	}
	return nil
}

// ended closes the record where the file ends. A file that breaks off takes its last record with it: nobody knows what is missing.
func (c *records) ended(i int, err error) error {
	if errors.Is(err, errLong) {
		return c.brokenQuote(err)
	}
	if errors.Is(err, io.EOF) {
		c.size = i
	}
	return err
}

// cell returns a field's text; a missing one is empty.
func (c *records) cell(i int) string {
	if i < 0 || i >= len(c.fields) {
		return ""
	}
	f := c.fields[i]
	text := string(c.w.rest()[f.from:f.to])
	if f.escaped {
		text = strings.ReplaceAll(text, `""`, `"`)
	}
	return strings.TrimSpace(text)
}

// lineEnd returns where a text's first line ends, whatever ends it.
func lineEnd(text []byte) int {
	if end := bytes.IndexAny(text, "\r\n"); end >= 0 {
		return end
	}
	return len(text)
}

// separator finds what stands between the cells of a header, outside of quotes: spreadsheets in some countries write semicolons,
// "Unicode text" has tabs, and some exports have bars.
func separator(text []byte) byte {
	counts := map[byte]int{}
	for quoted, i := false, 0; i < len(text); i++ {
		switch b := text[i]; {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '\n' || b == '\r':
			if len(counts) > 0 || len(bytes.TrimSpace(text[:i])) > 0 {
				i = len(text)
			}
		case b == ',' || b == ';' || b == '\t' || b == '|':
			counts[b]++
		}
	}
	best := byte(',')
	for _, candidate := range []byte{';', '\t', '|'} {
		if counts[candidate] > counts[best] {
			best = candidate
		}
	}
	return best
}
