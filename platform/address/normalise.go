package address

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Normalise writes an address as it is stored and compared: without spaces too many, the postcode as the country's post writes it, the region as its
// code. What it does not understand it leaves as it is. Doing it twice is the same as once.
func Normalise(a Address) Address {
	a.Name, a.Company, a.Line1, a.Line2, a.City, a.Region = tidy(a.Name), tidy(a.Company), tidy(a.Line1), tidy(a.Line2), tidy(a.City), tidy(a.Region)
	a.Country = strings.ToUpper(tidy(a.Country))
	if a.Country == "UK" { // what the country's own people write; the code is the one of ISO 3166
		a.Country = "GB"
	}
	f := formatOf(a.Country)
	a.PostalCode = f.postcode(tidy(a.PostalCode))
	if code, ok := f.region(a.Region); ok {
		a.Region = code
	}
	return a
}

// tidy takes out what cannot be seen and cannot be printed, and writes what looks the same in the same way.
func tidy(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r == unicode.ReplacementChar, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff, r == 0x200b:
			return -1 // among them what turns the direction of a whole line
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return strings.Join(strings.Fields(norm.NFC.String(text)), " ")
}

// postcode writes a postcode in the shape of the country's examples: K1A0B1 as K1A 0B1, D-10115 as 10115, 1050 in Riga as LV-1050.
func (f *format) postcode(typed string) string {
	typed = strings.ToUpper(width.Fold.String(typed)) // full-width digits, as Japanese keyboards write them
	typed = tidy(strings.Map(func(r rune) rune {
		switch r {
		case '‐', '‑', '‒', '–', '—', '−', 'ー':
			return '-'
		case '〒':
			return -1
		}
		return r
	}, typed))
	if f.pattern == nil || typed == "" {
		return typed
	}
	ways := []string{typed, strings.TrimLeft(strings.TrimPrefix(typed, f.Prefix), "- "), strings.TrimLeft(strings.TrimPrefix(typed, f.country), "- ")}
	if sign, rest, found := strings.Cut(typed, "-"); found && len(sign) <= 3 && strings.Trim(sign, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		ways = append(ways, rest) // the sign that cars carry, as in D-10115
	}
	ways = append(ways, f.country+"-"+typed, f.country+typed)
	for _, way := range ways {
		if written, ok := f.shape(way); ok {
			return written
		}
	}
	return typed
}

// shape sets the separators where an example of the same letters and digits has them, or one of the same length.
func (f *format) shape(typed string) (string, bool) {
	bare := bareCode(typed)
	for _, alike := range []func(example string) bool{
		func(example string) bool { return kinds(example) == kinds(bare) },
		func(example string) bool { return len(example) == len(bare) },
	} {
		for _, example := range strings.Split(f.Examples, ",") {
			if !alike(bareCode(example)) {
				continue
			}
			if written := spread(bare, example); f.pattern.MatchString(written) {
				return written, true
			}
		}
	}
	if f.pattern.MatchString(typed) {
		return typed, true
	}
	return bare, f.pattern.MatchString(bare)
}

func bareCode(code string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '.' {
			return -1
		}
		return r
	}, code)
}

// kinds is A for every letter and 9 for every digit of a code.
func kinds(bare string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '9'
		}
		return 'A'
	}, bare)
}

// spread puts into a bare code of ASCII the separators of an example of the same length. Any other code is left alone.
func spread(bare, example string) string {
	var written strings.Builder
	at := 0
	for _, r := range example {
		switch {
		case r == ' ' || r == '-' || r == '.':
			written.WriteRune(r)
		case at < len(bare):
			written.WriteByte(bare[at])
			at++
		}
	}
	return written.String()
}

// region finds a region by code, by the code with its country, or by any of its names.
func (f *format) region(typed string) (code string, ok bool) {
	if typed == "" || f.codes == nil {
		return "", false
	}
	if code = f.codes[fold(typed)]; code == "" {
		code = f.codes[proper(typed)]
	}
	return code, code != ""
}

// spellings maps every way of writing a region to its code. Codes go before names, and what two regions could be called means neither.
func spellings(country string, regions []Subdivision) map[string]string {
	if len(regions) == 0 {
		return nil
	}
	codes := map[string]string{}
	add := func(ways map[string]string) {
		for way, code := range ways {
			if _, taken := codes[way]; !taken && way != "" {
				codes[way] = code
			}
		}
	}
	for _, spelt := range []func(Subdivision) []string{
		func(s Subdivision) []string { return []string{fold(s.Code)} },
		func(s Subdivision) []string { return []string{fold(country + "-" + s.Code)} },
		func(s Subdivision) []string { return each(fold, s) },
		func(s Subdivision) []string { return each(proper, s) },
	} {
		ways := map[string]string{}
		for _, s := range regions {
			for _, way := range spelt(s) {
				if other, taken := ways[way]; taken && other != s.Code {
					ways[way] = ""
					continue
				}
				ways[way] = s.Code
			}
		}
		add(ways)
	}
	return codes
}

func each(spell func(string) string, s Subdivision) []string {
	var ways []string
	for _, name := range append([]string{s.Name, s.Latin}, s.Also...) {
		ways = append(ways, spell(name))
	}
	return ways
}

// fold makes what people hold for the same name the same: no case, no accents, no signs.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r) && r < 0x0370: // accents of Latin letters; other scripts need theirs
			return -1
		case r == 'ı': // Turkish capitals are I for both
			return 'i'
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r):
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(name))
}

// generic are words beside a region's own name that people write or leave out.
var generic = map[string]bool{
	"co": true, "county": true, "province": true, "state": true, "region": true, "prefecture": true, "governorate": true, "department": true, "district": true,
	"of": true, "the": true, "sheng": true, "shi": true, "to": true, "fu": true, "ken": true, "oblast": true, "kray": true, "do": true,
}

// proper is a region's own name folded, without what kind of region it is.
func proper(name string) string {
	var own strings.Builder
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '.' || r == '-' || r == ',' }) {
		if word = fold(word); !generic[word] {
			own.WriteString(word)
		}
	}
	return own.String()
}
