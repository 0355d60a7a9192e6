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

// marks say whose a name is and are typed by nobody; left in, Unicode would make letters of them.
var marks = strings.NewReplacer("®", "", "™", "", "℠", "", "©", "")

// fold writes a text as it is compared: lower case, without accents, with single spaces. It is done here and not by a dictionary of
// PostgreSQL, so that every database folds alike.
func fold(text string) string {
	if ascii(text) {
		return foldASCII(text)
	}
	var folded strings.Builder
	folded.Grow(len(text))
	for _, r := range norm.NFKD.String(marks.Replace(text)) {
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

// words takes a text apart. Scripts that are written without spaces give a word for each character; a comma within a number is left out.
func words(text string) []string {
	var found []string
	word := make([]rune, 0, longestWord)
	end := func() {
		if len(word) > 0 {
			found = append(found, string(word))
			word = word[:0]
		}
	}
	folded := fold(text)
	for i, r := range folded {
		switch {
		case r == ',' && groups(folded, i):
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

// groups says whether the comma at i is within a number, as in 10,000.
func groups(text string, i int) bool {
	digits := 0
	for j := i + 1; j < len(text) && isDigit(text[j]); j++ {
		digits++
	}
	return digits == 3 && i > 0 && isDigit(text[i-1])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// compounds are words that a text may as well be asked by: "B350-XT" is also b350xt, "64 GB" 64gb, and "Galaxy S 7" has an s7. Only what is
// joined by a hyphen or is a number beside a few letters is written in both ways, so that an index does not double.
func compounds(text string) []string {
	var found []string
	folded := fold(text)
	for part := range strings.FieldsSeq(folded) {
		if strings.ContainsRune(part, '-') {
			if parts := words(part); len(parts) > 1 && len(parts) <= mostJoined {
				found = append(found, strings.Join(parts, ""))
			}
		}
	}
	all := words(folded)
	for i := range len(all) - 1 {
		if a, b := all[i], all[i+1]; isNumber(a) && isUnit(b) || isUnit(a) && isNumber(b) && len(a) == 1 {
			found = append(found, a+b)
		}
	}
	return found
}

const (
	// mostJoined is how many parts a word with hyphens has at most, to be looked for as one.
	mostJoined = 3
	// longestUnit is how many letters a unit has, such as mAh.
	longestUnit = 3
)

func isNumber(word string) bool { return strings.Trim(word, "0123456789") == "" }

func isUnit(word string) bool {
	return len(word) <= longestUnit && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") == ""
}

// parts takes a word apart where letters end and a number begins: "iphone7" is asked for as iphone and 7. Short ones such as s7 or 64gb are
// words of their own.
func parts(word string) []string {
	i := strings.IndexFunc(word, unicode.IsDigit)
	if i > longestUnit && isNumber(word[i:]) {
		return []string{word[:i], word[i:]}
	}
	return nil
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
