package feed

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

const (
	maxTagBytes = 64 << 10 // of one tag with its attributes, so that no tag holds more of them than can be looked at
	maxElements = 50_000   // of one record: ten thousand features and more
	maxXMLAttrs = 100      // of one element
)

// xmlFile splits an XML file into records without understanding them, so that one that is broken costs no other. It knows just
// enough to find where elements begin and end: tags, comments, CDATA, processing instructions and the document type. A record's
// own bytes are left to encoding/xml.
type xmlFile struct {
	w       *window
	line    int64             // where the window begins
	size    int               // of the record last read, to be taken off the window by the next call
	open    []string          // names of the elements around the records, as they are written
	spaces  map[string]string // what their prefixes stand for
	rooted  bool              // the root element was found
	records map[string]bool   // local names of the elements that are records
	rewound int64             // bytes that were looked at in vain for the end of a comment or the like
}

// xmlEvent is what stands next in the file.
type xmlEvent struct {
	kind   xmlKind
	name   string // local
	attrs  []xml.Attr
	raw    []byte // of a record; good until the next call
	line   int64
	reason string // why a record, or what stands between records, cannot be used
}

type xmlKind int

const (
	xmlOpened xmlKind = iota // an element around records begins
	xmlClosed
	xmlRecord
	xmlBroken // something between records is no XML
)

func openXMLFile(w *window) *xmlFile {
	return &xmlFile{w: w, line: 1, spaces: map[string]string{}}
}

// take steps over bytes and counts their lines.
func (x *xmlFile) take(n int) {
	x.line += int64(bytes.Count(x.w.rest()[:n], []byte("\n")))
	x.w.take(n)
}

// next returns what stands next. The end is io.EOF; errDamage means that elements are left open, errTrailing that something stands
// after the root.
func (x *xmlFile) next() (xmlEvent, error) {
	x.take(x.size)
	x.size = 0
	for {
		if err := x.text(); err != nil {
			return xmlEvent{}, err
		}
		kind, end, err := x.markup(0)
		switch {
		case errors.Is(err, errMarkup):
			event := xmlEvent{kind: xmlBroken, line: x.line, reason: err.Error()}
			x.take(1)
			return event, nil
		case errors.Is(err, io.EOF):
			return xmlEvent{}, errDamage
		case err != nil:
			return xmlEvent{}, err
		case kind == otherMarkup:
			x.take(end)
			continue
		case x.rooted && len(x.open) == 0:
			return xmlEvent{}, errTrailing
		case kind == endTag:
			if event, found := x.close(end); found {
				return event, nil
			}
			continue
		}
		if name := tagName(x.w.rest()[1:end]); x.records[local(name)] {
			return x.record(name, kind, end)
		}
		return x.begin(kind, end)
	}
}

// text steps over what stands before the next markup.
func (x *xmlFile) text() error {
	for {
		rest := x.w.rest()
		n := bytes.IndexByte(rest, '<')
		if x.rooted && len(x.open) == 0 && len(bytes.TrimSpace(rest[:max(n, 0)])) > 0 {
			return errTrailing
		}
		if n >= 0 {
			x.take(n)
			return nil
		}
		if x.rooted && len(x.open) == 0 && len(bytes.TrimSpace(rest)) > 0 {
			return errTrailing
		}
		x.take(len(rest))
		err := x.w.fill()
		if errors.Is(err, io.EOF) && (!x.rooted || len(x.open) > 0) {
			return errDamage
		}
		if err != nil {
			return err
		}
	}
}

// begin opens an element around records.
func (x *xmlFile) begin(kind markupKind, end int) (xmlEvent, error) {
	raw := x.w.rest()[:end]
	token, _ := xml.NewDecoder(bytes.NewReader(raw)).RawToken() // without one there is an error
	start, whole := token.(xml.StartElement)
	event := xmlEvent{kind: xmlOpened, line: x.line}
	if !whole {
		event.kind, event.reason = xmlBroken, "This tag is not well-formed XML."
		x.take(end)
		return event, nil
	}
	event.name = start.Name.Local
	for _, a := range start.Attr {
		switch {
		case a.Name.Space == "xmlns":
			x.spaces[a.Name.Local] = strings.TrimSpace(a.Value)
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			x.spaces[""] = strings.TrimSpace(a.Value)
		default:
			event.attrs = append(event.attrs, a)
		}
	}
	x.rooted = true
	if kind == startTag {
		if x.open = append(x.open, tagName(raw[1:])); len(x.open) > maxNesting {
			return event, unreadable("The elements of this file are nested too deeply, at line %d.", x.line)
		}
	}
	x.take(end)
	return event, nil
}

// close ends an element around records, and those inside it that were left open.
func (x *xmlFile) close(end int) (xmlEvent, bool) {
	name := tagName(x.w.rest()[2:end])
	event := xmlEvent{kind: xmlClosed, name: local(name), line: x.line}
	x.take(end)
	for i := len(x.open) - 1; i >= 0; i-- {
		if x.open[i] != name {
			continue
		}
		if i < len(x.open)-1 {
			event.kind, event.reason = xmlBroken, "This line closes "+name+" where "+x.open[len(x.open)-1]+" is still open."
		}
		x.open = x.open[:i]
		return event, true
	}
	if x.records[local(name)] {
		return event, false // the end of a record that was refused already
	}
	event.kind, event.reason = xmlBroken, "This line closes "+name+", which is not open."
	return event, true
}

// record finds the end of the record whose first tag stands at the window's start. One that is not closed ends where the next
// begins, or where an element around it ends.
func (x *xmlFile) record(name string, kind markupKind, end int) (xmlEvent, error) {
	event := xmlEvent{kind: xmlRecord, name: local(name), line: x.line}
	found := func(size int) (xmlEvent, error) {
		x.size = size
		event.raw = x.w.rest()[:size]
		return event, nil
	}
	if kind == emptyTag {
		return found(end)
	}
	for i := end; ; {
		n := bytes.IndexByte(x.w.rest()[i:], '<')
		if n < 0 {
			i = len(x.w.rest())
			if err := x.more(&event, &i); err != nil {
				return event, err
			}
			continue
		}
		i += n
		kind, end, err := x.markup(i)
		switch {
		case errors.Is(err, errLong):
			x.take(i) // what stands before is not needed: the record is refused
			event.reason, i = errLongRecord, 0
			if kind, end, err = x.markup(0); errors.Is(err, errLong) {
				err = errMarkup
			}
		case errors.Is(err, io.EOF):
			err = errMarkup // never closed; what follows may still hold records
		}
		switch {
		case errors.Is(err, errMarkup):
			if event.reason == "" {
				at := x.line + int64(bytes.Count(x.w.rest()[:i], []byte("\n")))
				event.reason = "This record is not well-formed XML: line " + itoa(at) + " holds a < that begins no tag, or a comment that does not end; write &lt; for it."
			}
			i++
			continue
		case err != nil:
			return event, err
		case kind == endTag:
			closed := tagName(x.w.rest()[i+2 : end])
			if closed == name {
				return found(end)
			}
			if x.encloses(closed) {
				event.reason = cmp.Or(event.reason, unclosed(name))
				return found(i)
			}
		case kind == startTag || kind == emptyTag:
			if tagName(x.w.rest()[i+1:end]) == name {
				event.reason = cmp.Or(event.reason, unclosed(name))
				return found(i)
			}
		}
		i = end
	}
}

const errLongRecord = "This record is longer than 8 MB."

func unclosed(name string) string {
	return "This record is not well-formed XML: " + name + " is not closed."
}

// more reads on in a record. What is too long to be kept is given up.
func (x *xmlFile) more(event *xmlEvent, i *int) error {
	err := x.w.fill()
	switch {
	case errors.Is(err, errLong):
		x.take(*i)
		event.reason, *i = errLongRecord, 0
		return nil
	case errors.Is(err, io.EOF):
		return errDamage
	default:
		return err
	}
}

func (x *xmlFile) encloses(name string) bool {
	for _, open := range x.open {
		if open == name {
			return true
		}
	}
	return false
}

// space returns what a prefix stands for around the records.
func (x *xmlFile) space(prefix string) string {
	if uri, known := x.spaces[prefix]; known {
		return uri
	}
	return prefix
}
