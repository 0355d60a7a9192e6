package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
)

// SearchProducts finds products that have all the words, the last of which may be unfinished. When nothing is found and a word is unknown to
// the shop, the word most like it is looked for instead.
func (s *Service) SearchProducts(ctx context.Context, req *catalogv1.SearchProductsRequest) (*catalogv1.SearchProductsResponse, error) {
	asked := readSearch(req.GetQuery())
	n := &narrowing{category: allProducts}
	if err := n.readFilters(req.GetFilters()); err != nil {
		return nil, err
	}
	part := slice{sort: req.GetSort(), number: req.GetPage(), size: req.GetPageSize()}.settled()
	answer := &catalogv1.SearchProductsResponse{}
	if asked.empty() {
		return answer, nil
	}
	page, err := s.find(ctx, asked, n, part)
	if err != nil {
		return nil, err
	}
	if len(page.cards) == 0 {
		corrected, err := s.correct(ctx, asked)
		if err != nil {
			return nil, err
		}
		if corrected != nil {
			answer.CorrectedQuery = strings.Join(corrected.words, " ")
			asked = *corrected
			if page, err = s.find(ctx, asked, n, part); err != nil {
				return nil, err
			}
		}
	}
	if len(page.cards) == 0 && part.number > 1 {
		return nil, beyond()
	}
	answer.Cards, answer.Total = page.cards, min(page.total, counted)
	if answer.Facets, err = s.facets(ctx, n); err != nil {
		return nil, err
	}
	return answer, nil
}

func (s *Service) find(ctx context.Context, asked search, n *narrowing, part slice) (listed, error) {
	n.words = asked.query()
	return s.narrowPage(ctx, n, part, catalogdb.ListNarrowedParams{
		Exact: n.also(asked.exact()), Named: n.also(asked.named()),
	})
}

// shortestBeginning is how many bytes of a word must be there to look for all that begin with them.
const shortestBeginning = 2

// search is what a shopper typed.
type search struct {
	text  string   // folded, as a whole
	words []string // folded, in their order
	// whole says that the last word is finished: it was put there by a correction, or says too little to begin others.
	whole bool
}

func readSearch(text string) search {
	asked := search{text: fold(text)}
	for _, word := range words(text) {
		if len(asked.words) < mostWords && !slices.Contains(asked.words, word) {
			asked.words = append(asked.words, word)
		}
	}
	if last := len(asked.words) - 1; last >= 0 && len(asked.words[last]) < shortestBeginning {
		asked.whole = true
	}
	return asked
}

func (q search) empty() bool { return q.text == "" }

// terms are queries for one word each.
func (q search) terms(term func(word string) string) []string {
	all := make([]string, len(q.words))
	for i, word := range q.words {
		all[i] = lexeme(term(word))
		if i == len(q.words)-1 && !q.whole {
			all[i] += ":*"
		}
	}
	return all
}

// exact finds the product that has the text as an SKU or GTIN.
func (q search) exact() string {
	terms := []string{skuTerm(q.text)}
	if digits := strings.NewReplacer(" ", "", "-", "").Replace(q.text); len(digits) >= 8 && len(digits) <= 14 && strings.Trim(digits, "0123456789") == "" {
		terms = append(terms, gtinTerm(strings.Repeat("0", 14-len(digits))+digits))
	}
	return anyOf(terms)
}

// named finds products that have all the words in their names.
func (q search) named() string { return strings.Join(q.terms(nameTerm), " & ") }

// query finds all that the search means, in brackets.
func (q search) query() string {
	if len(q.words) == 0 {
		return q.exact()
	}
	return "(" + q.exact() + " | " + strings.Join(q.terms(wordTerm), " & ") + ")"
}

// also narrows a part of the search as the whole is narrowed.
func (n *narrowing) also(query string) string {
	if query == "" {
		return ""
	}
	other := *n
	other.words = "(" + query + ")"
	return other.query()
}

// correct replaces the words that find nothing by the ones most like them. It returns nil when there is nothing to replace, or
// nothing to replace it by.
func (s *Service) correct(ctx context.Context, asked search) (*search, error) {
	terms := asked.terms(wordTerm)
	known, err := queries.KnownTerms(ctx, s.cfg.DB.Read(ctx), terms)
	if err != nil {
		return nil, fmt.Errorf("look for words: %w", err)
	}
	corrected := search{whole: true}
	replaced := false
	for i, word := range asked.words {
		if !slices.Contains(known, terms[i]) {
			like, err := s.mostLike(ctx, word)
			if err != nil {
				return nil, err
			}
			if like == "" {
				return nil, nil
			}
			word, replaced = like, true
		} else if i == len(asked.words)-1 {
			corrected.whole = false
		}
		corrected.words = append(corrected.words, word)
	}
	if !replaced {
		return nil, nil
	}
	corrected.text = strings.Join(corrected.words, " ")
	return &corrected, nil
}

// mostLike returns the word with the fewest slips, of several the one that looks most like it, or none.
func (s *Service) mostLike(ctx context.Context, word string) (string, error) {
	slips := 2
	switch length := len([]rune(word)); {
	case length < 3:
		return "", nil
	case length < 6:
		slips = 1
	}
	candidates, err := queries.ListLikeWords(ctx, s.cfg.DB.Read(ctx), word)
	if err != nil {
		return "", fmt.Errorf("list words: %w", err)
	}
	best := ""
	for _, candidate := range candidates {
		if found := mistyped(word, candidate, slips); found <= slips {
			best, slips = candidate, found-1
		}
	}
	return best, nil
}
