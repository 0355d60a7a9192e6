package feed

import (
	"bytes"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	utf16 "golang.org/x/text/encoding/unicode"
)

// charsetSample is how many bytes from the first one that is not ASCII on decide what a file is written in.
const charsetSample = 64 << 10

// unmarkedUTF16 recognizes UTF-16 without a byte order mark by the zeros that every other byte of ASCII is there. It returns nil
// for anything else.
func unmarkedUTF16(head []byte) encoding.Encoding {
	head = head[:len(head)&^1]
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i&1]++
		}
	}
	switch pairs := len(head) / 2; {
	case pairs > 1 && zeros[0] == 0 && zeros[1] > pairs/2:
		return utf16.UTF16(utf16.LittleEndian, utf16.IgnoreBOM)
	case pairs > 1 && zeros[1] == 0 && zeros[0] > pairs/2:
		return utf16.UTF16(utf16.BigEndian, utf16.IgnoreBOM)
	default:
		return nil
	}
}

// decoded reads text as UTF-8 that may be in one of the older encodings of Europe. ASCII says nothing; from the first other byte
// on a sample decides, for the rest of the file. Bytes that fit no encoding are passed on, so that the cells they stand in are refused.
type decoded struct {
	from    io.Reader
	sample  []byte // read and not yet handed on
	buf     []byte
	err     error
	settled io.Reader // set once the encoding is known
}

func newDecoded(from io.Reader) *decoded {
	return &decoded{from: from, buf: make([]byte, charsetSample)}
}

// Read hands on ASCII until the encoding is settled. The sample is always filled, so what it says does not depend on how the
// bytes arrive.
func (d *decoded) Read(p []byte) (int, error) {
	if d.settled != nil {
		return d.settled.Read(p)
	}
	if len(d.sample) == 0 {
		d.fill()
		if len(d.sample) == 0 {
			return 0, d.err
		}
	}
	ascii := 0
	for ascii < len(d.sample) && d.sample[ascii] < utf8.RuneSelf {
		ascii++
	}
	if ascii > 0 {
		n := copy(p, d.sample[:ascii])
		d.sample = d.sample[n:]
		return n, nil
	}
	d.fill()
	rest := d.from
	if d.err != nil {
		rest = failed{d.err}
	}
	d.settled = io.MultiReader(bytes.NewReader(d.sample), rest)
	if charset := charsetOf(d.sample); charset != nil {
		d.settled = charset.NewDecoder().Reader(d.settled)
	}
	return d.settled.Read(p)
}

// failed repeats how a file ended.
type failed struct{ err error }

// Read always fails.
func (f failed) Read([]byte) (int, error) { return 0, f.err }

// fill completes the sample as far as the file goes.
func (d *decoded) fill() {
	n := copy(d.buf, d.sample)
	for n < len(d.buf) && d.err == nil {
		var more int
		more, d.err = d.from.Read(d.buf[n:])
		n += more
	}
	d.sample = d.buf[:n]
}

// charsetOf says what a sample is written in; nil is UTF-8, or what nobody knows.
func charsetOf(sample []byte) encoding.Encoding {
	whole, broken := 0, 0 // sequences of UTF-8, and bytes that are in none
	for rest := sample; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && size == 1 && !utf8.FullRune(rest):
			size = len(rest) // cut by the sample's end
		case r == utf8.RuneError && size == 1:
			broken++
		case size > 1:
			whole++
		}
		rest = rest[size:]
	}
	if whole >= broken { // a few bad cells do not make a file another one
		return nil
	}
	best, most := encoding.Encoding(nil), 0.75 // what leaves more than a quarter unexplained is none of these
	for _, candidate := range charsets {
		if share := candidate.share(sample); share > most {
			best, most = candidate.encoding, share
		}
	}
	return best
}

// charset is an encoding with the languages that are written in it, as their letters beyond ASCII.
type charset struct {
	encoding  *charmap.Charmap
	languages []string
}

// charsets are tried in this order: what two of them explain equally well is the first.
var charsets = []charset{
	{charmap.Windows1252, []string{
		"äöüß" + "éèàç" + "åæø" + "ñáíóú", // German, and the loan words of catalogues in English
		"àâæçéèêëîïôœùûüÿ", "áéíñóúü¿¡", "áâãàçéêíóôõúü", "àèéìíîòóù", "àçèéíïòóúü", "åäöéü", "æøåéóòâêôü", "äöåšž", "éëïöüèêàáíóú", "áðéíóúýþæö",
	}},
	{charmap.Windows1250, centralEurope},
	{charmap.ISO8859_2, centralEurope},
}

// centralEurope: Polish, Czech, Slovak, Hungarian, Romanian, Croatian and Slovene, each with German names among its words.
var centralEurope = []string{"ąćęłńóśźż" + "äöüé", "áčďéěíňóřšťúůýž" + "äöü", "áäčďéíĺľňóôŕšťúýž" + "öü", "áéíóöőúüű" + "ä", "ăâîşţ" + "é", "čćđšž" + "äöüé"}

// besideLetters are signs that stand next to a word without a space.
const besideLetters = "®™©°²³¹ªº’‘“”„«»‹›·–—…•¡¿€\u00a0"

// share is how much of a sample's text beyond ASCII makes sense in this encoding, from 0 to 1: letters of one language, and
// signs where signs stand.
func (c charset) share(sample []byte) float64 {
	counts, total, signs := map[rune]int{}, 0, 0
	letter := func(i int) bool {
		return i >= 0 && i < len(sample) && unicode.IsLetter(c.encoding.DecodeByte(sample[i]))
	}
	for i, b := range sample {
		if b < utf8.RuneSelf {
			continue
		}
		total++
		switch r := c.encoding.DecodeByte(b); {
		case unicode.IsLetter(r) && r != 'ª' && r != 'º':
			counts[unicode.ToLower(r)]++
		case r == utf8.RuneError || r < 0xa0: // nothing, or a control character
		case letter(i-1) && letter(i+1) && r != '’', (letter(i-1) || letter(i+1)) && !strings.ContainsRune(besideLetters, r):
		default:
			signs++
		}
	}
	best := 0
	for _, language := range c.languages {
		covered := 0
		for r, n := range counts {
			if strings.ContainsRune(language, r) {
				covered += n
			}
		}
		best = max(best, covered)
	}
	return float64(best+signs) / float64(max(total, 1))
}
