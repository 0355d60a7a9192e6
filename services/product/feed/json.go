package feed

import (
	"errors"
	"io"
	"strings"
)

// maxNesting is far more than a product needs. Deeper records are refused before anything walks down into them.
const maxNesting = 32

// array splits a JSON array into its elements without understanding them, so that one that is broken costs no other.
type array struct {
	w      *window
	number int64 // of the element last read
	size   int   // its bytes, to be taken off the window by the next call
	fault  string
}

// openArray steps over the opening bracket.
func openArray(w *window) (*array, error) {
	a := &array{w: w}
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
func (a *array) skip(over string) (byte, error) {
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
func (a *array) next() ([]byte, error) {
	a.w.take(a.size)
	a.size, a.fault = 0, ""
	b, err := a.skip(" \t\r\n,")
	switch {
	case errors.Is(err, io.EOF):
		a.number++
		return nil, errDamage
	case err != nil:
		a.number++
		return nil, err
	case b == ']':
		return nil, a.close()
	}
	a.number++
	return a.scan()
}

// errTrailing says that something stands after the array.
var errTrailing = errors.New("text after the array")

// close steps over the closing bracket and makes sure that it is the file's end.
func (a *array) close() error {
	a.w.take(1)
	_, err := a.skip(" \t\r\n")
	if err == nil {
		a.number++
		return errTrailing
	}
	return err
}

// scan finds the end of the element at the window's start by counting brackets outside of strings.
func (a *array) scan() ([]byte, error) {
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
			a.fault = "is longer than 8 MB"
			a.w.take(i)
			i = 0
		case errors.Is(err, io.EOF):
			return nil, errDamage
		case err != nil:
			return nil, err
		}
	}
}

func (a *array) found(size, deepest int) []byte {
	a.size = size
	if deepest > maxNesting && a.fault == "" {
		a.fault = "is nested too deeply"
	}
	return a.w.rest()[:size]
}

// jsonFeed reads an array of products, one record a product.
type jsonFeed struct {
	cfg     Config
	array   *array
	decoder *decoder
	seen    *seen
	end     error
}

func openJSON(from io.Reader, cfg Config) (items, error) {
	a, err := openArray(newWindow(from))
	if err != nil {
		return nil, err
	}
	return &jsonFeed{cfg: cfg, array: a, decoder: newDecoder(), seen: newSeen()}, nil
}

func (f *jsonFeed) format() Format { return JSON }

func (f *jsonFeed) read() int64 { return f.array.number }

func (f *jsonFeed) next() (Item, error) {
	if f.end != nil {
		return Item{}, f.end
	}
	raw, err := f.array.next()
	row := f.array.number
	refused := func(value, reason string) Item {
		return Item{Refusals: []Refusal{{Row: row, Value: value, Reason: reason}}}
	}
	switch {
	case errors.Is(err, errDamage):
		f.end = io.EOF
		return refused("", "The file breaks off in this record, or brackets before it are not closed. The records before it were taken."), nil
	case errors.Is(err, errTrailing):
		f.end = io.EOF
		return refused("", "There is more after the closing bracket of the array. Only the array was taken."), nil
	case err != nil:
		f.end = err
		return Item{}, err
	case row > f.cfg.MaxRows:
		f.end = unreadable("The file has more than %d records. Split it into several files.", f.cfg.MaxRows)
		return Item{}, f.end
	case f.array.fault != "":
		return refused(string(raw[:min(len(raw), 4*maxValue)]), "This record "+f.array.fault+"."), nil
	}
	b := &build{cfg: f.cfg, seen: f.seen, sku: "sku", p: Product{Row: row}}
	f.decoder.record(b, raw)
	if !b.dead {
		if first := f.seen.keyRow(b.p.Key, row); first > 0 {
			b.refuseProduct(row, "key", b.p.Key, "is used by record "+itoa(first)+" already; a key names one product")
		} else {
			b.finish()
		}
	}
	return b.item(), nil
}
