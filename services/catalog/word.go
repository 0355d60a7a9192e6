package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// mostWords is how many words of a query are looked for.
	mostWords = 12
	// longestWord bounds words in runes; what is longer is cut on both sides alike.
	longestWord = 40
)

// letters are those that Unicode does not take apart into a plain one and a mark.
var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i")

// fold writes a text as it is compared: lower case, without accents, with single spaces. It is done here and not by a dictionary of
// PostgreSQL, so that every database folds alike.
func fold(text string) string {
	if ascii(text) {
		return foldASCII(text)
	}
	var folded strings.Builder
	folded.Grow(len(text))
	for _, r := range norm.NFKD.String(text) {
		switch {
		case r == utf8.RuneError || unicode.Is(unicode.Mn, r):
		case unicode.IsControl(r) || unicode.IsSpace(r):
			folded.WriteByte(' ')
		default:
			folded.WriteRune(unicode.ToLower(r))
		}
	}
	return letters.Replace(strings.Join(strings.Fields(folded.String()), " "))
}

// foldASCII is fold for the letters that most texts are made of.
func foldASCII(text string) string {
	folded := make([]byte, 0, len(text))
	for _, c := range []byte(text) {
		switch {
		case c <= ' ' || c == 0x7f:
			if len(folded) > 0 && folded[len(folded)-1] != ' ' {
				folded = append(folded, ' ')
			}
		case 'A' <= c && c <= 'Z':
			folded = append(folded, c+'a'-'A')
		default:
			folded = append(folded, c)
		}
	}
	return strings.TrimSuffix(string(folded), " ")
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// words takes a text apart. Scripts that are written without spaces give a word for each character.
func words(text string) []string {
	var found []string
	word := make([]rune, 0, longestWord)
	end := func() {
		if len(word) > 0 {
			found = append(found, string(word))
			word = word[:0]
		}
	}
	for _, r := range fold(text) {
		switch {
		case r >= utf8.RuneSelf && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			end()
			found = append(found, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if len(word) < longestWord {
				word = append(word, r)
			}
		case r == '\'' || r == '’': // o'neill is one word
		default:
			end()
		}
	}
	end()
	return found
}

// stem takes the ending off an English plural, so that "boxes" finds a box. It goes no further: "running" is not "run".
func stem(word string) string {
	ends := func(endings ...string) bool {
		for _, ending := range endings {
			if strings.HasSuffix(word, ending) {
				return true
			}
		}
		return false
	}
	switch {
	case len(word) < 4 || !ends("s") || ends("ss", "us", "is"):
		return word
	case ends("ies") && !ends("eies", "aies") && len(word) > 4:
		return word[:len(word)-3] + "y"
	case ends("xes", "ches", "shes", "sses", "zzes"):
		return word[:len(word)-2]
	default:
		return word[:len(word)-1]
	}
}

// mistyped reports how many slips make one word of the other: a letter left out, put in, replaced, or changed places with its neighbour. It
// returns most+1 for anything beyond most.
func mistyped(a, b string, most int) int {
	from, to := []rune(a), []rune(b)
	if len(from)-len(to) > most || len(to)-len(from) > most {
		return most + 1
	}
	before, above, row := make([]int, len(to)+1), make([]int, len(to)+1), make([]int, len(to)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(from); i++ {
		row[0] = i
		for j := 1; j <= len(to); j++ {
			replaced := above[j-1]
			if from[i-1] != to[j-1] {
				replaced++
			}
			row[j] = min(above[j]+1, row[j-1]+1, replaced)
			if i > 1 && j > 1 && from[i-1] == to[j-2] && from[i-2] == to[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return min(above[len(to)], most+1)
}
