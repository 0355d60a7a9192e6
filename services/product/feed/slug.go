package feed

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// spelled are Latin letters that are not a plain letter with a mark.
var spelled = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ħ': "h", 'ı': "i", 'ł': "l", 'þ': "th", 'ŋ': "n",
}

// Slug turns a name into the last part of an address of at most limit bytes: lower-case letters and digits with single
// dashes between. Latin letters lose their marks; letters of other scripts stay as they are. It is empty when nothing is left.
func Slug(name string, limit int) string {
	var out strings.Builder
	dash, latin := false, false
	add := func(s string) {
		if dash && out.Len() > 0 {
			out.WriteByte('-')
		}
		dash = false
		out.WriteString(s)
	}
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case r < utf8.RuneSelf && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9'):
			latin = true
			add(string(r))
		case r == '\'' || r == '’':
			// Men's is mens.
		case spelled[r] != "":
			latin = true
			add(spelled[r])
		case unicode.Is(unicode.M, r):
			if !latin && !dash && out.Len() > 0 {
				add(string(r))
			}
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			latin = unicode.Is(unicode.Latin, r)
			add(string(unicode.ToLower(r)))
		default:
			dash = true
		}
	}
	return cut(norm.NFC.String(out.String()), limit)
}

// cut shortens a slug, between words if that does not cost half of it.
func cut(slug string, limit int) string {
	if len(slug) <= limit {
		return slug
	}
	end := limit
	for !utf8.RuneStart(slug[end]) {
		end--
	}
	if slug[end] != '-' {
		if word := strings.LastIndexByte(slug[:end], '-'); word > limit/2 {
			end = word
		}
	}
	return strings.TrimRight(slug[:end], "-")
}

// DerivedSlug is the slug of a product of which a feed gives none.
func DerivedSlug(name, key string) string {
	return cmp.Or(Slug(name, maxDerivedSlug), Slug(key, maxDerivedSlug), "product")
}

// askFor gives a product the slug that its feed asks for. Where nothing is left of that, it is made of the name.
func (p *Product) askFor(slug string) {
	asked := Slug(slug, maxSlug)
	p.Slug, p.SlugGiven = cmp.Or(asked, DerivedSlug(p.Name, p.Key)), asked != ""
}
