package catalog

import (
	"strings"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
)

// stemmers take endings off, by language. They are those that PostgreSQL has too, but in this process: an unfinished word and a
// mistyped one have to be stemmed as well, and no round trip is spent on it.
var stemmers = map[string]func(*snowballstem.Env) bool{
	"da": danish.Stem, "de": german.Stem, "en": english.Stem, "es": spanish.Stem, "fi": finnish.Stem, "fr": french.Stem,
	"it": italian.Stem, "nb": norwegian.Stem, "nl": dutch.Stem, "no": norwegian.Stem, "pt": portuguese.Stem, "sv": swedish.Stem,
}

// language is one that the shop's texts are in.
type language struct {
	locale  string                       // BCP 47; empty for the shop's own
	stemmer func(*snowballstem.Env) bool // nil: words stay as they are
	locales []string                     // whose synonyms hold: the language's, its country's, and those of all languages

	// The rest is for further languages.
	accepts []string // whose translations hold, the best first
	own     *language
}

// languageOf reads a locale such as "de-AT". One whose endings are not known is searched by whole words.
func languageOf(locale string) language {
	name, _, _ := strings.Cut(strings.ToLower(locale), "-")
	return language{stemmer: stemmers[name], locales: []string{"", name, locale}}
}

// stem takes the ending off, so that "boxes" finds a box. Numbers and what is half one stay as they are.
func (l language) stem(word string) string {
	if l.stemmer == nil || strings.ContainsAny(word, "0123456789") {
		return word
	}
	env := snowballstem.NewEnv(word)
	l.stemmer(env)
	if stem := env.Current(); stem != "" {
		return stem
	}
	return word
}
