package feed

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// element is an element of a record with all that it holds.
type element struct {
	space, name string // the name space's address, or the prefix where nothing says what it stands for
	attrs       []xml.Attr
	words       strings.Builder
	children    []*element
}

// parse reads a record's bytes. The reason says why they are no XML, or more than a record holds; empty if they are fine.
//
// encoding/xml knows no entities but those that it is given: one that the document type declares is an error and not a text, so
// that none can be made of others without end.
func (x *xmlFile) parse(event xmlEvent) (root *element, reason string) {
	if event.reason != "" {
		return nil, event.reason
	}
	decoder := xml.NewDecoder(bytes.NewReader(event.raw))
	decoder.Entity = xml.HTMLEntity // "&nbsp;" and "&uuml;", which BMEcat's document type allows
	var open []*element
	for elements := 0; ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && root != nil {
			return root, ""
		}
		if err != nil {
			return nil, notWellFormed(err, event.line)
		}
		switch token := token.(type) {
		case xml.StartElement:
			elements++
			switch {
			case elements > maxElements:
				return nil, fmt.Sprintf("This record holds more than %d elements.", maxElements)
			case len(open) == maxNesting:
				return nil, "This record is nested too deeply."
			case len(token.Attr) > maxXMLAttrs:
				return nil, fmt.Sprintf("This record has an element with more than %d attributes: %s.", maxXMLAttrs, token.Name.Local)
			}
			e := &element{space: x.space(token.Name.Space), name: token.Name.Local, attrs: token.Attr}
			if len(open) > 0 {
				open[len(open)-1].children = append(open[len(open)-1].children, e)
			} else {
				root = e
			}
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].words.Write(token)
			}
		}
	}
}

func notWellFormed(err error, line int64) string {
	var syntax *xml.SyntaxError
	if !errors.As(err, &syntax) {
		return "This record is not well-formed XML."
	}
	why, help := syntax.Msg, ""
	switch {
	case strings.Contains(why, "UTF-8"):
		why = notUTF8
	case strings.Contains(why, "entity"):
		help = " Write &amp; for the sign & alone."
	}
	return fmt.Sprintf("This record is not well-formed XML, line %d: %s.%s", line+int64(syntax.Line)-1, why, help)
}

// text returns an element's own words; those of elements inside it, which somebody forgot to escape, follow.
func (e *element) text() string {
	if e == nil {
		return ""
	}
	text := e.words.String()
	for _, child := range e.children {
		if more := child.text(); more != "" {
			text += "\n" + more
		}
	}
	return strings.TrimSpace(text)
}

// attr returns an attribute's value by its local name.
func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// child returns the first element inside with one of the names.
func (e *element) child(names ...string) *element {
	if e != nil {
		for _, child := range e.children {
			for _, name := range names {
				if child.name == name {
					return child
				}
			}
		}
	}
	return nil
}

// all returns the elements inside with one of the names.
func (e *element) all(names ...string) []*element {
	var found []*element
	if e != nil {
		for _, child := range e.children {
			for _, name := range names {
				if child.name == name {
					found = append(found, child)
				}
			}
		}
	}
	return found
}
