package user

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// mostWords is how many words of a name or a query are looked at, and longestWord how many letters of each.
const (
	mostWords   = 20
	longestWord = 60
)

// wordsOf are the words by which a name is found: in lower case and without accents, as they are typed in a hurry. It is done here and not by PostgreSQL, so
// that every database finds the same.
func wordsOf(name string) []string {
	folded := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(name))
	words := strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
	words = words[:min(len(words), mostWords)]
	for i, word := range words {
		letters := []rune(word)
		words[i] = string(letters[:min(len(letters), longestWord)])
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// wanted is what PostgreSQL is asked for: an e-mail address that begins like the query, or a name with a word that begins like each of its words. It is empty
// for a query without any.
func wanted(query string) string {
	var words []string
	for _, word := range wordsOf(query) {
		words = append(words, beginning(word))
	}
	if len(words) == 0 {
		return ""
	}
	email := strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, query)
	return beginning(email) + " | " + strings.Join(words, " & ")
}

// beginning is a word that others may begin with, as a tsquery writes it.
func beginning(word string) string {
	return "'" + strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(word) + "':*"
}
