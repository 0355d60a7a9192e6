package catalog

import (
	"slices"
	"strings"
)

const (
	// shortestBeginning is how many bytes of a word must be there to look for all that begin with them.
	shortestBeginning = 2
	// mostLeftOut is how many words of a long search may be missing in what is found when nothing has all of them.
	mostLeftOut = 2
)

// search is what a shopper typed.
type search struct {
	texts language
	text  string   // folded, as a whole
	words []string // folded, in their order
	// whole says that the last word is finished: it was put there by a correction, or says too little to begin others.
	whole bool
	// enough says that the words find so much that nothing is looked for that only begins with the last.
	enough bool
	// instead are phrases that each word may as well be: what it is made of, and what the merchant says is the same.
	instead [][][]string
	// shelves are categories whose names are asked for.
	shelves []string
	// pinned are products that are found whatever they are called.
	pinned []string
}

func readSearch(text string, texts language) search {
	asked := search{texts: texts, text: fold(text)}
	for _, word := range words(text) {
		if len(asked.words) < mostWords && !slices.Contains(asked.words, word) {
			asked.words = append(asked.words, word)
		}
	}
	if last := len(asked.words) - 1; last >= 0 && len(asked.words[last]) < shortestBeginning {
		asked.whole = true
	}
	asked.instead = make([][][]string, len(asked.words))
	for i, word := range asked.words {
		if taken := parts(word); taken != nil {
			asked.instead[i] = append(asked.instead[i], taken)
		}
	}
	return asked
}

func (q search) empty() bool { return q.text == "" }

// key is the search as it is counted: its words, whatever stands between them, and before them the language that is not the shop's own.
func (q search) key() string { return q.texts.prefix() + strings.Join(q.words, " ") }

// lexeme is a query for a word in a place, which products with other words of the same stem answer too.
func (q search) lexeme(word string, unfinished bool, place string) string {
	query := lexeme(q.texts.term(place, word))
	if unfinished {
		query += ":*"
	}
	if q.texts.own != nil { // products without texts in the language are found by those that are shown instead
		untranslated := search{texts: *q.texts.own}.lexeme(word, unfinished, place)
		query = "(" + query + " | (" + untranslated + " & !" + lexeme(translatedTerm(q.texts.locale)) + "))"
	}
	return query
}

// one is a query for one of the words: itself, joined with a neighbour ("hard drive" is a harddrive), or what may stand for it.
func (q search) one(i int, whole bool, place string) string {
	last := len(q.words) - 1
	either := []string{q.lexeme(q.words[i], i == last && !whole, place)}
	if i > 0 {
		either = append(either, q.lexeme(q.words[i-1]+q.words[i], i == last && !whole, place))
	}
	if i < last {
		either = append(either, q.lexeme(q.words[i]+q.words[i+1], i+1 == last && !whole, place))
	}
	for _, phrase := range q.instead[i] {
		each := make([]string, len(phrase))
		for j, word := range phrase {
			each[j] = q.lexeme(word, false, place)
		}
		either = append(either, "("+strings.Join(each, " & ")+")")
	}
	return "(" + strings.Join(either, " | ") + ")"
}

// ones are queries for each of the words.
func (q search) ones(whole bool, place string) []string {
	all := make([]string, len(q.words))
	for i := range q.words {
		all[i] = q.one(i, whole, place)
	}
	return all
}

func (q search) all(whole bool, place string) string {
	return strings.Join(q.ones(whole, place), " & ")
}

// shortestHalf is how many letters each of two words has at least that are looked for when they were written as one.
const shortestHalf = 3

// halves are the ways to take a word apart in two.
func halves(word string) [][2]string {
	var all [][2]string
	letters := []rune(word)
	for i := shortestHalf; i <= len(letters)-shortestHalf; i++ {
		all = append(all, [2]string{string(letters[:i]), string(letters[i:])})
	}
	return all
}

// exact finds the product that has the text as an SKU or GTIN.
func (q search) exact() string {
	terms := []string{skuTerm(q.text)}
	if digits := strings.NewReplacer(" ", "", "-", "").Replace(q.text); len(digits) >= 8 && len(digits) <= 14 && isNumber(digits) {
		terms = append(terms, gtinTerm(strings.Repeat("0", 14-len(digits))+digits))
	}
	return anyOf(terms)
}

// level is a part of what a search finds: what a query finds, and what that is worth.
type level struct {
	query string
	fit   int32
	// beside says that the query is about something else than where the words are, and so counts only for what the last level finds.
	beside bool
}

// levels are what has all the words, by where it has them; what fits several queries is worth their sum. The last one finds all.
func (q search) levels() []level {
	levels := []level{{query: q.exact(), fit: 100}}
	if len(q.words) > 0 {
		levels = append(levels,
			level{query: q.all(true, inName), fit: 8},
			level{query: strings.Join(q.ones(true, inBrand), " | "), fit: 4, beside: true},
			level{query: q.all(true, inHead), fit: 2})
		if !q.whole && !q.enough {
			levels = append(levels, level{query: q.all(false, inHead), fit: 1})
		}
		if len(q.shelves) > 0 {
			terms := make([]string, len(q.shelves))
			for i, category := range q.shelves {
				terms[i] = categoryTerm(category)
			}
			levels = append(levels, level{query: anyOf(terms), fit: 6, beside: true})
		}
	}
	return append(levels, level{query: q.everything()})
}

// everything is a query for all that the search finds.
func (q search) everything() string {
	everything := q.exact()
	if len(q.words) > 0 {
		everything += " | " + q.all(q.enough, inText)
	}
	if len(q.pinned) > 0 {
		terms := make([]string, len(q.pinned))
		for i, product := range q.pinned {
			terms[i] = productTerm(product)
		}
		everything += " | " + anyOf(terms)
	}
	return everything
}

// mostOf are the levels of what has most of the words, when nothing has all; none if there are too few words to leave one out.
func (q search) mostOf() []level {
	var levels []level
	for missing := 1; missing <= mostLeftOut && 2*(len(q.words)-missing) > len(q.words); missing++ {
		levels = append(levels,
			level{query: without(q.ones(true, inHead), missing), fit: int32(2 * (mostLeftOut - missing + 1))},
			level{query: without(q.ones(false, inText), missing), fit: int32(2*(mostLeftOut-missing) + 1)})
	}
	return levels
}

// without is a query for all but some of a list.
func without(all []string, missing int) string {
	if missing == 0 {
		return strings.Join(all, " & ")
	}
	var either []string
	for i := range all {
		// What stands before the one left out is all there, so that no choice comes twice.
		kept, after := slices.Clone(all[:i]), all[i+1:]
		if len(after) < missing-1 {
			break
		}
		if len(after) > missing-1 {
			kept = append(kept, "("+without(after, missing-1)+")")
		}
		either = append(either, "("+strings.Join(kept, " & ")+")")
	}
	return strings.Join(either, " | ")
}
