package catalog

import (
	"slices"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

const (
	// mostText is how many different words of a description are searched: what it begins with.
	mostText = 60
	// mostTerms bounds what a product with very many variants weighs in the index, and mostLocalTerms what each further language adds.
	mostTerms      = 3000
	mostLocalTerms = 600
)

// gathered is what the index is to know of a product.
type gathered struct {
	seen  map[string]bool
	terms []string
	most  int
}

func (g *gathered) add(term string) {
	if !g.seen[term] && len(g.terms) < g.most {
		g.seen[term] = true
		g.terms = append(g.terms, term)
	}
}

// addFacts adds what is the same in every language.
func (s *shown) addFacts(known *gathered, p *productv1.Product) {
	known.add(productTerm(s.id))
	for _, f := range s.facets {
		known.add(f)
	}
	for _, category := range s.categories {
		known.add(categoryTerm(category))
	}
	for _, variant := range p.GetVariants() {
		if variant.GetSku() != "" {
			known.add(skuTerm(variant.GetSku()))
		}
		if variant.GetMpn() != "" {
			known.add(skuTerm(variant.GetMpn()))
		}
		if variant.GetGtin() != "" {
			known.add(gtinTerm(variant.GetGtin()))
		}
	}
}

// addWords adds the words of a product whose name and description are in a language. What has no translation, such as categories and options,
// is shown as it is, and so looked for by that language's endings as well. It returns the words that a mistyped search may have meant.
func (g *gathered) addWords(p *productv1.Product, name, description string, texts language) (known map[string]bool) {
	known = make(map[string]bool)
	put := func(where, word string) {
		for _, place := range places[slices.Index(places, where):] {
			g.add(texts.term(place, word))
		}
	}
	say := func(where, text string) {
		for _, word := range words(text) {
			if !isNumber(word) { // the number most like a mistyped one is another number
				known[word] = true
			}
			put(where, word)
		}
		for _, word := range compounds(text) {
			put(where, word)
		}
	}
	for _, word := range words(p.GetBrand()) {
		g.add(texts.term(inBrand, word))
	}
	say(inName, name)
	say(inHead, p.GetBrand())
	for _, category := range p.GetCategories() {
		say(inHead, category.GetName())
	}
	for _, tag := range p.GetTags() {
		say(inHead, tag)
	}
	for i := range p.GetOptions() {
		for _, value := range valuesOf(p, i) {
			say(inHead, value)
		}
	}
	for _, attribute := range p.GetAttributes() {
		for _, word := range words(attribute.GetValue()) {
			put(inText, word)
		}
	}
	text := words(description)
	for most := len(g.terms) + mostText; len(text) > 0 && len(g.terms) < min(most, g.most); text = text[1:] {
		put(inText, text[0])
	}
	return known
}
