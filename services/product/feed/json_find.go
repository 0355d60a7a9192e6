package feed

import (
	"bytes"
	"errors"
	"io"
	"slices"
)

// wrappers are the names under which shops' interfaces put their list of products, and schema.org its graph.
var wrappers = []string{"products", "items", "records", "results", "entries", "data", "@graph", "itemListElement", "dataFeedElement"}

// findElements finds out where a file's records stand, by its first bytes.
func findElements(w *window, said Format) (*elements, Format, error) {
	first := &elements{w: w}
	b, err := first.skip(" \t\r\n")
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, Unknown, err
	case b == '[' && said != JSONLines:
		e, err := openArray(w)
		return e, JSON, err
	case b != '{':
		return nil, Unknown, unreadable("This is not JSON: it begins neither with [ nor with {.")
	case said == JSONLines:
		return &elements{w: w, form: inLines}, JSONLines, nil
	}
	w.sample(maxHead)
	lines := bytes.Count(bytes.TrimSpace(w.rest()), []byte("\n"))
	if _, second, found := bytes.Cut(w.rest(), []byte("\n")); found && bytes.HasPrefix(bytes.TrimLeft(second, "\r\n"), []byte("{")) {
		return &elements{w: w, form: inLines}, JSONLines, nil
	}
	o := &outline{w: w}
	around, at, err := o.array(0, 1)
	switch {
	case errors.Is(err, errLong):
		return nil, Unknown, unreadable("This is one JSON object, and its first 8 MB hold no list of products. Hand in an array of products: [ {...}, {...} ].")
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errOutline):
		return nil, Unknown, err
	}
	kind := JSON
	if o.linked {
		kind = JSONLD
	}
	switch {
	case at > 0:
		w.take(at + 1)
		return &elements{w: w, around: around}, kind, nil
	case lines == 0 && !o.linked:
		return &elements{w: w, form: inLines}, JSONLines, nil
	default:
		return &elements{w: w, form: alone}, kind, nil
	}
}

// maxHead is how much of a file is looked at to see whether it is written in lines.
const maxHead = 64 << 10

// outline walks over an object's members without understanding them.
type outline struct {
	w      *window
	linked bool // it is JSON-LD
}

var errOutline = errors.New("not an object that can be walked over")

// array finds an array under one of the wrappers' names, in the object at a distance from the window's start or in one inside it. It
// returns how many objects stand around and where the array's bracket is; zero if there is none.
func (o *outline) array(i, around int) (depth, at int, err error) {
	for i++; ; {
		b, i2, err := o.skip(i)
		switch {
		case err != nil:
			return 0, 0, err
		case b == ',':
			i = i2 + 1
			continue
		case b != '"':
			return 0, 0, nil // its end, or no JSON
		}
		end, err := o.value(i2)
		if err != nil {
			return 0, 0, err
		}
		name := string(o.w.rest()[i2+1 : max(end-1, i2+1)])
		o.linked = o.linked || name == "@context" || name == "@type" || name == "@graph"
		b, i, err = o.skip(end)
		if err != nil || b != ':' {
			return 0, 0, errors.Join(err, errOutline)
		}
		if b, i, err = o.skip(i + 1); err != nil {
			return 0, 0, err
		}
		if slices.Contains(wrappers, name) {
			switch {
			case b == '[':
				return around, i, nil
			case b == '{' && around < 3:
				if depth, at, err := o.array(i, around+1); err != nil || at > 0 {
					return depth, at, err
				}
			}
		}
		if i, err = o.value(i); err != nil {
			return 0, 0, err
		}
	}
}

// skip returns the first character from a distance on that is no space.
func (o *outline) skip(i int) (byte, int, error) {
	for ; ; i++ {
		b, err := o.w.at(i)
		if err != nil || b != ' ' && b != '\t' && b != '\r' && b != '\n' {
			return b, i, err
		}
	}
}

// value returns the end of the value at a distance from the window's start.
func (o *outline) value(i int) (int, error) {
	depth := 0
	text, escaped := false, false
	for start := i; ; i++ {
		b, err := o.w.at(i)
		switch {
		case err != nil:
			return 0, err
		case escaped:
			escaped = false
		case text:
			escaped = b == '\\'
			if b == '"' {
				if text = false; depth == 0 {
					return i + 1, nil
				}
			}
		case b == '"':
			text = true
		case b == '{' || b == '[':
			depth++
		case b == '}' || b == ']':
			if depth == 0 && i > start {
				return i, nil // of the object around
			}
			if depth--; depth <= 0 {
				return i + 1, nil
			}
		case depth == 0 && (b == ',' || b == '\n' || b == ' '):
			return i, nil
		}
	}
}

// leave steps over what stands after the array in the objects around it.
func (a *elements) leave() error {
	depth := a.around
	text, escaped := false, false
	for {
		for i, c := range a.w.rest() {
			switch {
			case escaped:
				escaped = false
			case text:
				escaped, text = c == '\\', c != '"'
			case depth == 0 && c != ' ' && c != '\t' && c != '\r' && c != '\n':
				a.w.take(i)
				a.number++
				return errTrailing
			case c == '"':
				text = true
			case c == '{' || c == '[':
				depth++
			case c == '}' || c == ']':
				depth--
			}
		}
		a.w.take(len(a.w.rest()))
		err := a.w.fill()
		if errors.Is(err, io.EOF) && depth > 0 {
			a.number++
			return errDamage
		}
		if err != nil {
			return err
		}
	}
}
