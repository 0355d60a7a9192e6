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

// charsetBlock is how many bytes are looked at together to tell what they are written in.
const charsetBlock = 64 << 10

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

// decoded reads text as UTF-8 that may be in one of the older encodings of Europe. Whether it is UTF-8 is told block by block, so that one
// bad cell at a file's beginning does not spoil all that follows; which of the others it is, by the first block that is none. Bytes that fit
// no encoding are passed on, so that the cells they stand in are refused.
type decoded struct {
	from    io.Reader
	buf     []byte
	kept    int    // bytes at the buffer's beginning that belong to the next block
	out     []byte // decoded and not yet handed on
	err     error
	older   *charmap.Charmap
	settled bool
}

func newDecoded(from io.Reader) *decoded {
	return &decoded{from: from, buf: make([]byte, charsetBlock)}
}

// Read hands on whole blocks. They are always filled, so what they say does not depend on how the bytes arrive.
func (d *decoded) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		if d.err != nil && d.kept == 0 {
			return 0, d.err
		}
		d.block()
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

// block reads and decodes the next block.
func (d *decoded) block() {
	n := d.kept
	for n < len(d.buf) && d.err == nil {
		var more int
		more, d.err = d.from.Read(d.buf[n:])
		n += more
	}
	block := d.buf[:n]
	d.kept = 0
	whole, broken := sequences(block)
	if whole >= broken { // a few bad cells do not make a block another encoding
		cut := 0
		if d.err == nil {
			cut = unfinished(block)
		}
		d.out = bytes.Clone(block[:n-cut])
		d.kept = copy(d.buf, block[n-cut:])
		return
	}
	if !d.settled {
		d.older, d.settled = olderCharset(block), true
	}
	if d.older == nil {
		d.out = bytes.Clone(block)
		return
	}
	d.out = make([]byte, 0, n+n/8)
	for _, b := range block {
		d.out = utf8.AppendRune(d.out, d.older.DecodeByte(b))
	}
}

// unfinished is how many bytes at a block's end begin a character that goes on in the next.
func unfinished(block []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(block); n++ {
		if tail := block[len(block)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

// sequences counts the characters of UTF-8 beyond ASCII, and the bytes that are in none.
func sequences(block []byte) (whole, broken int) {
	for len(block) > 0 {
		if block[0] < utf8.RuneSelf {
			block = block[1:]
			continue
		}
		r, size := utf8.DecodeRune(block)
		switch {
		case r == utf8.RuneError && size == 1 && !utf8.FullRune(block):
			return whole, broken // cut by the block's end
		case r == utf8.RuneError && size == 1:
			broken++
		default:
			whole++
		}
		block = block[size:]
	}
	return whole, broken
}

// olderCharset says what a block is written in that is not UTF-8; nil is what nobody knows.
func olderCharset(block []byte) *charmap.Charmap {
	var best *charmap.Charmap
	most := 0.75 // what leaves more than a quarter unexplained is none of these
	for _, candidate := range charsets {
		if share := candidate.share(block); share > most {
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
