package feed

import (
	"bufio"
	"errors"
	"io"
	"regexp"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// openXML reads up to the root element, which decides what the file is.
func openXML(text io.Reader, cfg Config) (items, error) {
	from, err := declared(bufio.NewReader(text))
	if err != nil {
		return nil, err
	}
	file := openXMLFile(newWindow(from))
	root, err := file.next()
	switch {
	case errors.Is(err, errDamage), errors.Is(err, errTrailing), errors.Is(err, io.EOF):
		return nil, unreadable("This is not XML, or has no element that is whole. Export the file again.")
	case err != nil:
		return nil, err
	case root.kind == xmlBroken:
		return nil, unreadable("This is not well-formed XML: line %d cannot be read. Export the file again.", root.line)
	}
	switch strings.ToLower(root.name) {
	case "rss", "feed", "rdf":
		return openGoogleXML(file, cfg), nil
	case "bmecat":
		return openBMEcat(file, cfg), nil
	case "html":
		return nil, unreadable("This is a web page, not a list of products. Hand in the file itself, not the page that links to it.")
	default:
		return nil, unreadable("This is XML, but no list of products that is known: its outermost element is %s. These files are understood: %s.", shown(root.name, maxValue), understood())
	}
}

// declaration finds what a file says of its own encoding.
var declaration = regexp.MustCompile(`^\s*<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)

// declared decodes a file by what its first line says.
func declared(text *bufio.Reader) (io.Reader, error) {
	head, err := text.Peek(256)
	if err != nil && len(head) == 0 {
		return nil, err
	}
	found := declaration.FindSubmatch(head)
	if found == nil {
		return text, nil
	}
	label := strings.ToLower(string(found[1]))
	if label == "utf-8" || label == "utf8" || strings.HasPrefix(label, "utf-16") { // which is decoded already
		return text, nil
	}
	encoding, err := htmlindex.Get(label)
	if err != nil {
		return nil, unreadable("The file says that its text is encoded as %s, which is not known here. Save it as UTF-8.", shown(string(found[1]), maxValue))
	}
	return encoding.NewDecoder().Reader(text), nil
}
