package feed

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

const notUTF8 = "is not UTF-8 text; save the file as UTF-8"

// line cleans text of one line: NFC, single spaces, none at the ends. The reason says why it cannot be used; empty if it can.
func line(raw string, limit int) (text, reason string) {
	if plainLine(raw) {
		text = raw
	} else {
		if text, reason = legible(raw); reason != "" {
			return "", reason
		}
		text = strings.Join(strings.Fields(text), " ")
	}
	if n := utf8.RuneCountInString(text); n > limit {
		return "", fmt.Sprintf("is longer than %d characters (%d)", limit, n)
	}
	return text, ""
}

// title is line for text in which suppliers leave HTML entities, such as "Apple&#174;".
func title(raw string, limit int) (text, reason string) {
	if strings.IndexByte(raw, '&') >= 0 {
		raw = html.UnescapeString(raw)
	}
	return line(raw, limit)
}

// bareTitle is title for names of other shops, in which some leave the markup of their pages: "<b>Tee</b>", "Tee<br>red", or the
// same as entities. A single "<b>" that nothing closes is taken for text. This shop's own files write names as they are and are
// read by title.
func bareTitle(raw string, limit int) (text, reason string) {
	if len(raw) > 10*limit+1000 { // before anything is done with it
		return title(raw, limit)
	}
	bare := raw
	if strings.IndexByte(bare, '<') < 0 && strings.IndexByte(bare, '&') >= 0 {
		bare = html.UnescapeString(bare)
	}
	if strings.IndexByte(bare, '<') < 0 || !markup.MatchString(bare) {
		return title(raw, limit)
	}
	if bare = strings.TrimSpace(htmlText(bare)); bare == "" {
		return title(raw, limit) // markup alone says more than nothing
	}
	return line(bare, limit)
}

// paragraphs cleans text of several lines, which may be HTML. Paragraphs are separated by one empty line.
func paragraphs(raw string, limit int) (text, reason string) {
	if len(raw) > 10*limit { // before anything is done with it
		return "", fmt.Sprintf("is longer than %d characters", limit)
	}
	if !plainLine(raw) {
		if raw, reason = legible(raw); reason != "" {
			return "", reason
		}
	}
	switch {
	case looksLikeHTML(raw):
		raw = htmlText(raw)
		if raw, reason = legible(raw); reason != "" { // an entity may stand for anything
			return "", reason
		}
	case strings.IndexByte(raw, '&') >= 0:
		if raw, reason = legible(html.UnescapeString(raw)); reason != "" {
			return "", reason
		}
	}
	text = tidyLines(raw)
	if n := utf8.RuneCountInString(text); n > limit {
		return "", fmt.Sprintf("is longer than %d characters (%d)", limit, n)
	}
	return text, ""
}

// tidyLines trims each line and leaves at most one empty line between two others.
func tidyLines(raw string) string {
	if plainLine(raw) {
		return raw
	}
	if strings.IndexByte(raw, '\n') < 0 {
		return strings.Join(strings.Fields(raw), " ")
	}
	var out strings.Builder
	gap := 0
	for l := range strings.SplitSeq(raw, "\n") {
		l = strings.Join(strings.Fields(l), " ")
		if l == "" {
			gap++
			continue
		}
		if out.Len() > 0 {
			out.WriteString("\n\n"[:min(gap+1, 2)])
		}
		out.WriteString(l)
		gap = 0
	}
	return out.String()
}

// plainLine reports whether text is what line would make of it: printable ASCII with single spaces.
func plainLine(s string) bool {
	before := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && before == ' ' {
			return false
		}
		before = c
	}
	return before != ' ' || s == ""
}

// legible returns text in NFC with \n line ends. Characters from 0x80 to 0x9F, which nobody means, are read as Windows-1252,
// as browsers do. Other control characters are refused: they are traces of a damaged file.
func legible(s string) (text, reason string) {
	if !utf8.ValidString(s) {
		return "", notUTF8
	}
	odd := false
	for _, r := range s {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			odd = odd || r == '\r'
		case r < ' ' || r == 0x7f:
			return "", fmt.Sprintf("holds a control character (U+%04X); remove it", r)
		case r >= 0x80 && r < 0xa0:
			odd = true
		}
	}
	if odd {
		s = strings.ReplaceAll(s, "\r\n", "\n")
		s = strings.Map(func(r rune) rune {
			switch {
			case r == '\r':
				return '\n'
			case r >= 0x80 && r < 0xa0:
				return charmap.Windows1252.DecodeByte(byte(r))
			default:
				return r
			}
		}, s)
	}
	return norm.NFC.String(s), ""
}

// shown makes what may be anything fit to be stored and shown: at most limit characters, none of which would be refused again.
func shown(raw string, limit int) string {
	if len(raw) > limit*utf8.UTFMax {
		raw = raw[:limit*utf8.UTFMax]
	}
	raw = strings.ToValidUTF8(raw, "\uFFFD")
	count := 0
	for i := range raw {
		if count++; count > limit {
			raw = raw[:i]
			break
		}
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, raw)
}
