package feed

import (
	"bytes"
	"errors"
	"io"
)

type markupKind int

const (
	otherMarkup markupKind = iota // a comment, CDATA, a processing instruction or the document type
	startTag
	emptyTag
	endTag
)

// errMarkup says that a < begins nothing.
var errMarkup = errors.New("holds a < that begins no tag; write &lt; for it")

// markup finds the end of what begins with the < at a distance from the window's start.
func (x *xmlFile) markup(i int) (kind markupKind, end int, err error) {
	b, err := x.w.at(i + 1)
	switch {
	case err != nil:
		return 0, 0, err
	case b == '?':
		end, err = x.find(i+2, "?>")
	case b == '!':
		end, err = x.declaration(i)
	case b == '/':
		if end, err = x.tag(i + 2); err == nil && end == i+3 {
			err = errMarkup
		}
		return endTag, end, err
	case b == '_' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80:
		end, err = x.tag(i + 1)
		if err == nil && x.w.rest()[end-2] == '/' {
			return emptyTag, end, nil
		}
		return startTag, end, err
	default:
		err = errMarkup
	}
	return otherMarkup, end, err
}

// declaration finds the end of what begins with <!.
func (x *xmlFile) declaration(i int) (int, error) {
	for _, form := range []struct{ opens, closes string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}} {
		if _, err := x.w.at(i + len(form.opens) - 1); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if bytes.HasPrefix(x.w.rest()[i:], []byte(form.opens)) {
			return x.find(i+len(form.opens), form.closes)
		}
	}
	// <!DOCTYPE ... [ ... ]>: what it declares is never used, entities least of all.
	depth := 0
	for j := i; j < i+maxTagBytes; j++ {
		b, err := x.w.at(j)
		switch {
		case err != nil:
			return 0, err
		case b == '<':
			depth++
		case b == '>':
			if depth--; depth == 0 {
				return j + 1, nil
			}
		}
	}
	return 0, errMarkup
}

// tag finds the end of a tag whose name begins at a distance from the window's start. No attribute holds a <.
func (x *xmlFile) tag(i int) (int, error) {
	quote := byte(0)
	for j := i; j < i+maxTagBytes; j++ {
		b, err := x.w.at(j)
		switch {
		case err != nil:
			return 0, err
		case b == '<':
			return 0, errMarkup
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case b == '"' || b == '\'':
			quote = b
		case b == '>':
			return j + 1, nil
		}
	}
	return 0, errMarkup
}

// find returns the distance of the end of a text from the window's start.
func (x *xmlFile) find(i int, text string) (int, error) {
	from := i
	for {
		rest := x.w.rest()
		if n := bytes.Index(rest[min(i, len(rest)):], []byte(text)); n >= 0 {
			return i + n + len(text), nil
		}
		i = max(from, len(rest)-len(text)+1)
		if err := x.w.fill(); err != nil {
			if x.rewound += int64(len(rest) - from); x.rewound > maxRewound {
				return 0, unreadable("Comments or CDATA are opened and not closed in too many places, near line %d. Export the file again.", x.line)
			}
			return 0, err
		}
	}
}

// tagName returns a tag's name as it is written, from where it begins.
func tagName(tag []byte) string {
	if end := bytes.IndexAny(tag, " \t\r\n/>"); end >= 0 {
		tag = tag[:end]
	}
	return string(tag)
}

// local returns a name without its prefix.
func local(name string) string {
	for i := range len(name) {
		if name[i] == ':' {
			return name[i+1:]
		}
	}
	return name
}
