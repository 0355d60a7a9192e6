package feed

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// tags are what descriptions are written with. Text without one of them is not taken for HTML: "3 < 5" is not.
var tags = regexp.MustCompile(`(?i)</?(?:p|br|div|span|ul|ol|li|b|strong|i|em|u|a|h[1-6]|table|tbody|thead|tr|td|th|font|img|hr|section|script|style|meta|blockquote|center|iframe|sup|sub)(?:\s[^<>]*)?/?>|<!--`)

// markup is what names are written with: something that is closed, or that never is.
var markup = regexp.MustCompile(`(?i)</(?:p|div|span|b|strong|i|em|u|a|h[1-6]|font|center|sup|sub|small|big|mark)>|<(?:br|img|hr)(?:\s[^<>]*)?/?>`)

func looksLikeHTML(s string) bool {
	return strings.IndexByte(s, '<') >= 0 && tags.MatchString(s)
}

// htmlText returns the words of an HTML fragment: blocks become paragraphs, list items and table rows become lines. Scripts
// and styles are left out. It is a single pass without a tree, so nesting costs nothing.
func htmlText(s string) string {
	var out strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(s))
	tokens.SetMaxBuf(maxRecord)
	hidden := 0 // depth inside elements whose text is not for readers
	for {
		kind := tokens.Next()
		switch kind {
		case html.ErrorToken:
			return out.String()
		case html.TextToken:
			if hidden == 0 {
				// A line end in HTML is a space.
				out.WriteString(strings.Map(lineEndToSpace, string(tokens.Text())))
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, _ := tokens.TagName()
			element := atom.Lookup(name)
			switch element {
			case atom.Script, atom.Style, atom.Template, atom.Iframe, atom.Head, atom.Noscript, atom.Title, atom.Textarea:
				if kind == html.StartTagToken {
					hidden++
				} else if kind == html.EndTagToken && hidden > 0 {
					hidden--
				}
			case atom.Br:
				out.WriteByte('\n')
			case atom.Tr:
				if kind == html.StartTagToken {
					out.WriteByte('\n')
				}
			case atom.Td, atom.Th:
				out.WriteByte(' ')
			case atom.Li:
				if kind == html.StartTagToken {
					out.WriteString("\n• ")
				}
			case atom.P, atom.Div, atom.Ul, atom.Ol, atom.Dl, atom.Table, atom.Section, atom.Article, atom.Blockquote, atom.Hr, atom.Pre,
				atom.Header, atom.Footer, atom.Figure, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
				out.WriteString("\n\n")
			}
		}
	}
}

func lineEndToSpace(r rune) rune {
	if r == '\n' || r == '\r' || r == '\t' {
		return ' '
	}
	return r
}
