package feed

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// maxRewound bounds how many bytes of a file with broken quotes are read twice.
const maxRewound = 256 << 20

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
		b, err := c.w.at(i)
		if err != nil {
			return c.ended(i, err)
		}
		if b != '"' {
			if i, err = c.plain(i); err != nil {
				return c.ended(i, err)
			}
		} else {
			var end int
			if end, err = c.quoted(i); err != nil || c.broken != "" {
				return c.brokenQuote(err)
			}
			i = end
		}
		b, err = c.w.at(i)
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
		after, err := c.w.at(i + 1)
		if err != nil && !errors.Is(err, io.EOF) {
			return i, err
		}
		switch {
		case err == nil && after == '"':
			f.escaped = true
			i += 2
		case err != nil, after == c.comma, after == '\n', after == '\r':
			f.to = i
			c.fields = append(c.fields, f)
			return i + 1, nil //nolint:nilerr // the end of the file ends the cell
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
	if end := bytes.IndexByte(rest, '\n'); end >= 0 {
		c.size = end + 1
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

// blank reports whether the fields from i on are empty.
func (c *records) blank(i int) bool {
	for ; i < len(c.fields); i++ {
		if c.cell(i) != "" {
			return false
		}
	}
	return true
}

// separator guesses what stands between the cells of a header: spreadsheets in some countries write semicolons, and
// "Unicode text" has tabs.
func separator(header []byte) byte {
	best := byte(',')
	for _, candidate := range []byte{';', '\t'} {
		if bytes.Count(header, []byte{candidate}) > bytes.Count(header, []byte{best}) {
			best = candidate
		}
	}
	return best
}
