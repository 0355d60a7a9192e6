package feed

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// maxNesting is far more than a product needs. Deeper records are refused before anything walks down into them.
const maxNesting = 32

// elements splits JSON into its records without understanding them, so that one that is broken costs no other.
type elements struct {
	w      *window
	form   jsonForm
	around int   // objects around the array
	number int64 // of the element last read
	size   int   // its bytes, to be taken off the window by the next call
	fault  string
}

// jsonForm is where records stand.
type jsonForm int

const (
	inArray jsonForm = iota // [ {...}, {...} ]
	inLines                 // one on each line
	alone                   // the file is one
)

// openArray steps over the opening bracket.
func openArray(w *window) (*elements, error) {
	a := &elements{w: w}
	b, err := a.skip(" \t\r\n")
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if b != '[' {
		return nil, unreadable("This is not a JSON array of products: it does not begin with [.")
	}
	w.take(1)
	return a, nil
}

// skip steps over the given characters and returns the one after them without taking it.
func (a *elements) skip(over string) (byte, error) {
	for {
		b, err := a.w.at(0)
		if err != nil {
			return 0, err
		}
		if strings.IndexByte(over, b) < 0 {
			return b, nil
		}
		a.w.take(1)
	}
}

// next returns the next element's bytes, which are good until the call after. Fault, if set, says why they are of no use.
// The end is io.EOF; errDamage means that the array breaks off.
func (a *elements) next() ([]byte, error) {
	a.w.take(a.size)
	a.size, a.fault = 0, ""
	if a.form == inLines {
		return a.line()
	}
	over := " \t\r\n,"
	if a.form == alone {
		over = " \t\r\n"
	}
	b, err := a.skip(over)
	switch {
	case a.form == alone && a.number > 0 && errors.Is(err, io.EOF):
		return nil, io.EOF
	case a.form == alone && a.number > 0 && err == nil:
		a.number++
		return nil, errTrailing
	case errors.Is(err, io.EOF):
		a.number++
		return nil, errDamage
	case err != nil:
		a.number++
		return nil, err
	case b == ']' && a.form == inArray:
		return nil, a.close()
	}
	a.number++
	return a.scan()
}

// line returns the next line that is not empty.
func (a *elements) line() ([]byte, error) {
	if _, err := a.skip(" \t\r\n"); err != nil {
		if !errors.Is(err, io.EOF) {
			a.number++
		}
		return nil, err
	}
	a.number++
	for from := 0; ; {
		if n := bytes.IndexByte(a.w.rest()[from:], '\n'); n >= 0 {
			return a.found(from+n, nesting(a.w.rest()[:from+n])), nil
		}
		from = len(a.w.rest())
		err := a.w.fill()
		switch {
		case errors.Is(err, errLong):
			a.fault = tooLong
			a.w.take(from)
			from = 0
		case errors.Is(err, io.EOF):
			return a.found(from, nesting(a.w.rest()[:from])), nil
		case err != nil:
			return nil, err
		}
	}
}

const tooLong = "is longer than 8 MB"

// nesting returns how many brackets stand around the innermost value.
func nesting(raw []byte) int {
	depth, most := 0, 0
	text, escaped := false, false
	for _, c := range raw {
		switch {
		case escaped:
			escaped = false
		case text:
			escaped, text = c == '\\', c != '"'
		case c == '"':
			text = true
		case c == '{' || c == '[':
			depth++
			most = max(most, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return most
}

// errTrailing says that something stands after the array.
var errTrailing = errors.New("text after the array")

// close steps over the closing bracket and makes sure that it is the file's end.
func (a *elements) close() error {
	a.w.take(1)
	if a.around > 0 {
		return a.leave()
	}
	_, err := a.skip(" \t\r\n")
	if err == nil {
		a.number++
		return errTrailing
	}
	return err
}

// scan finds the end of the element at the window's start by counting brackets outside of strings.
func (a *elements) scan() ([]byte, error) {
	depth, deepest := 0, 0
	text, escaped := false, false
	for i := 0; ; {
		for _, c := range a.w.rest()[i:] {
			switch {
			case escaped:
				escaped = false
			case text:
				switch c {
				case '\\':
					escaped = true
				case '"', '\n': // no string holds a line end: its closing quote is missing
					text = false
				}
			case c == '"':
				text = true
			case c == '{' || c == '[':
				depth++
				deepest = max(deepest, depth)
			case (c == '}' || c == ']') && depth > 0:
				if depth--; depth == 0 {
					return a.found(i+1, deepest), nil
				}
			case (c == ',' || c == ']') && depth == 0:
				return a.found(i, deepest), nil
			}
			i++
		}
		err := a.w.fill()
		switch {
		case errors.Is(err, errLong): // nothing of it will be used, so nothing of it is kept
			a.fault = tooLong
			a.w.take(i)
			i = 0
		case errors.Is(err, io.EOF):
			return nil, errDamage
		case err != nil:
			return nil, err
		}
	}
}

func (a *elements) found(size, deepest int) []byte {
	a.size = size
	if deepest > maxNesting && a.fault == "" {
		a.fault = "is nested too deeply"
	}
	return a.w.rest()[:size]
}
