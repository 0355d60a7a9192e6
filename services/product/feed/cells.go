package feed

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// maxList is how many parts a cell is split into; the last one holds the rest, and is too long for anything.
const maxList = 2_000

// list splits a cell at a separator. One with a backslash before it belongs to the text.
func list(cell string, separator byte) []string {
	var parts []string
	var part strings.Builder
	for i := 0; i < len(cell); i++ {
		switch {
		case cell[i] == '\\' && i+1 < len(cell) && cell[i+1] == separator:
			i++
			part.WriteByte(separator)
		case cell[i] == separator && len(parts) < maxList-1:
			parts = append(parts, strings.TrimSpace(part.String()))
			part.Reset()
		default:
			part.WriteByte(cell[i])
		}
	}
	parts = append(parts, strings.TrimSpace(part.String()))
	return slices.DeleteFunc(parts, func(p string) bool { return p == "" })
}

// addresses splits a list of pictures. A comma inside an address does not end it.
func addresses(cell string) []string {
	var parts []string
	for _, part := range list(cell, ',') {
		web := strings.HasPrefix(part, "http://") || strings.HasPrefix(part, "https://")
		if last := len(parts) - 1; last >= 0 && !web && len(parts[last]) <= maxSource && strings.Contains(parts[last], "://") && !strings.HasPrefix(part, "/") {
			parts[last] += "," + part
			continue
		}
		parts = append(parts, part)
	}
	return parts
}

// pair is a name with its value.
type pair struct{ name, value string }

// pairStart is where the next of several pairs begins: after a comma that a name and an equals sign follow.
var pairStart = regexp.MustCompile(`,\s*"?([\pL\pN_\-]+)"?\s*=`)

// pairs reads "size=S,colour=Red, dark": a comma may stand inside a value. Names and values may have quotes around them.
func pairs(cell string) []pair {
	var found []pair
	for cell != "" {
		part := cell
		if next := pairStart.FindStringIndex(cell); next != nil && len(found) < maxList-1 {
			part, cell = cell[:next[0]], cell[next[0]+1:]
		} else {
			cell = ""
		}
		name, value, _ := strings.Cut(part, "=")
		found = append(found, pair{unquoted(name), unquoted(value)})
	}
	return found
}

func unquoted(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' {
		text = strings.ReplaceAll(text[1:len(text)-1], `""`, `"`)
	}
	return text
}

// labelOf makes a label of a field's name: "noise_level" is "Noise level".
func labelOf(name string) string {
	name = strings.Join(strings.Fields(strings.ReplaceAll(name, "_", " ")), " ")
	r, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(r)) + name[size:]
}

// deepest leaves out paths that others lead through.
func deepest(paths [][]string) [][]string {
	if len(paths) > 10*maxPaths {
		return paths // too many anyway
	}
	return slices.DeleteFunc(slices.Clone(paths), func(path []string) bool {
		return slices.ContainsFunc(paths, func(other []string) bool {
			return len(other) > len(path) && slices.Equal(other[:len(path)], path)
		})
	})
}

// locale reads the name of a language, in the spellings of shops: "pt_BR" is "pt-BR".
func locale(text string) (tag, reason string) {
	parsed, err := language.Parse(strings.ReplaceAll(text, "_", "-"))
	if err != nil || parsed == language.Und || len(text) > 35 {
		return "", "is not the name of a language, such as de or pt-BR"
	}
	return parsed.String(), ""
}

// dayForms are how shops write days. Where a day and a month can be taken for each other, both readings count.
var dayForms = []string{"2006-01-02", "2006-01-02 15:04:05", time.RFC3339, "2006-01-02T15:04:05", "1/2/06", "2/1/06", "1/2/2006", "2/1/2006", "2.1.2006"}

// days returns what a cell may mean as a day; none where it is no day.
func days(cell string) []time.Time {
	if at := strings.Index(cell, ", "); at > 0 && strings.Contains(cell, "/") {
		cell = cell[:at] // 10/14/17, 7:18 PM
	}
	var found []time.Time
	for _, form := range dayForms {
		if day, err := time.Parse(form, cell); err == nil && !slices.Contains(found, day) {
			found = append(found, day)
		}
	}
	return found
}

// sale makes a variant's price the reduced one, and tells what of it the shop cannot keep: it knows no sale that ends by itself. Empty dates
// mean that the reduction holds. It is called after the regular price was read.
func (c *variantCells) sale(at column, reduced int64, from, to column) {
	if c.bad || c.v.unpriced || reduced >= c.v.Price {
		return
	}
	begins, ends := c.cell(from), c.cell(to)
	if strings.HasPrefix(begins, "0000-00-00") {
		begins = ""
	}
	if strings.HasPrefix(ends, "0000-00-00") {
		ends = ""
	}
	leave := func(column column, value, reason string) { c.g.refuse(c.v.Row, column.name, value, reason) }
	now := c.cfg.Now
	if now.IsZero() && begins+ends != "" {
		leave(at, c.cell(at), "holds for a limited time only; the regular price was taken. Reduce it by hand, or start a promotion")
		return
	}
	for _, limit := range []struct {
		column column
		text   string
		holds  func(day time.Time) bool
	}{{from, begins, func(day time.Time) bool { return !now.Before(day) }}, {to, ends, func(day time.Time) bool { return now.Before(day.AddDate(0, 0, 1)) }}} {
		if limit.text == "" {
			continue
		}
		readings := days(limit.text)
		inside := slices.IndexFunc(readings, limit.holds) >= 0
		outside := slices.IndexFunc(readings, func(day time.Time) bool { return !limit.holds(day) }) >= 0
		switch {
		case inside == outside:
			leave(limit.column, limit.text, "is not a day such as 2026-12-31; the regular price was taken")
			return
		case outside:
			return // not begun, or over
		}
	}
	c.v.Price, c.v.CompareAt = reduced, c.v.Price
	if ends != "" {
		leave(to, ends, "was not taken: the reduction ends when the file is imported again after this day, or by hand")
	}
}
