package address

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/language"
)

// letters are the fields' marks in the data's patterns.
var letters = map[byte]Field{'N': Name, 'A': Line1, 'C': City, 'S': Region, 'Z': PostalCode}

// piece of a line is a field, or text that stands between fields.
type piece struct {
	field Field
	text  string
}

// elsewhere is the piece of a field that an Address does not have: it is always empty, and takes the text beside it away.
const elsewhere Field = "-"

// lines takes a pattern apart.
func (f *format) lines(pattern string) [][]piece {
	var all [][]piece
	for _, line := range strings.Split(pattern, "%n") {
		var pieces []piece
		for text := line; text != ""; {
			mark := strings.IndexByte(text, '%')
			if mark != 0 {
				if mark < 0 {
					mark = len(text)
				}
				pieces, text = append(pieces, piece{text: text[:mark]}), text[mark:]
				continue
			}
			field := letters[text[1]]
			pieces, text = append(pieces, piece{field: cmp.Or(field, elsewhere)}), text[2:]
		}
		if len(pieces) > 0 {
			all = append(all, pieces)
		}
	}
	return all
}

// codeWritten are the countries that write a region by its code: the data's own names for the regions are these codes there.
const codeWritten = " AU BR CA IT US "

// Lines writes an address as people read it in its country, the country's English name last. What is empty leaves no trace.
func Lines(a Address) []string {
	lines := formatOf(a.Country).write(a, false)
	if name := CountryName(a.Country, language.English); name != "" {
		lines = append(lines, name)
	}
	return lines
}

// ParcelLines writes an address for the label of a parcel that is posted in a country: in capitals what machines read, and the country in capitals if it is
// another one, as the Universal Postal Union asks.
func ParcelLines(a Address, from string) []string {
	lines := formatOf(a.Country).write(a, true)
	if a.Country != from && a.Country != "" {
		lines = append(lines, strings.ToUpper(CountryName(a.Country, language.English)))
	}
	return lines
}

func (f *format) write(a Address, capitals bool) []string {
	pattern, local := f.Format, true
	if f.LatinFormat != "" && latin(a.Line1+a.City) {
		pattern, local = f.LatinFormat, false
	}
	text := func(field Field) string {
		value := strings.Join(strings.Fields(a.Get(field)), " ")
		if field == Region {
			value = f.regionWritten(value, local)
		}
		if capitals && f.inCapitals(field) {
			value = strings.ToUpper(value)
		}
		return value
	}
	var lines []string
	street, end := 0, 0 // where the street's lines begin and end
	for _, pieces := range f.lines(pattern) {
		if len(pieces) == 1 && pieces[0].field == Line1 {
			street = len(lines)
			for _, field := range []Field{Line1, Line2} {
				if line := text(field); line != "" {
					lines = append(lines, line)
				}
			}
			end = len(lines)
			continue
		}
		if line := fill(pieces, text); line != "" {
			lines = append(lines, line)
		}
		if slices.Contains(pieces, piece{field: Name}) {
			if company := text(Company); company != "" {
				lines = append(lines, company)
			}
		}
		if slices.Contains(pieces, piece{field: Line1}) {
			street, end = max(len(lines)-1, 0), len(lines)
		}
	}
	// A town that the country does not ask for is still where the parcel goes.
	if city := text(City); city != "" && !strings.Contains(pattern, "%C") && !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(fold(line), fold(city)) }) {
		if strings.Index(pattern, "%A") < strings.Index(pattern, "%N") {
			end = street
		}
		lines = slices.Insert(lines, end, city)
	}
	return lines
}

// fill writes one line. Text between two fields needs both, text at an end needs the field beside it, and a line of text alone is always written.
func fill(pieces []piece, text func(Field) string) string {
	line, pending, fields := "", "", false
	for _, one := range pieces {
		if one.field == "" {
			pending += one.text
			continue
		}
		value := text(one.field)
		if one.field == Line1 {
			if second := text(Line2); second != "" {
				value = strings.TrimPrefix(value+", "+second, ", ")
			}
		}
		if value != "" && (line != "" || !fields) {
			line += pending
		}
		line, pending, fields = line+value, "", true
	}
	if !fields {
		line = pending
	}
	return strings.TrimSpace(line)
}

func (f *format) regionWritten(region string, local bool) string {
	code, ok := f.region(region)
	if !ok || strings.Contains(codeWritten, " "+f.country+" ") {
		if ok {
			return code
		}
		return region
	}
	for _, known := range f.Regions {
		if known.Code == code {
			if local {
				return known.Name
			}
			return known.Label()
		}
	}
	return region
}

func (f *format) inCapitals(field Field) bool {
	for letter, of := range letters {
		if of == field || letter == 'A' && field == Line2 {
			if strings.IndexByte(f.Upper, letter) >= 0 {
				return true
			}
		}
	}
	return false
}

// latin says whether a text is written in Latin letters, or has no letters at all.
func latin(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) })
}
