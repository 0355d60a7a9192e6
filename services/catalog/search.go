package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
)

// SearchProducts finds products that have all the words, the last of which may be unfinished. When nothing is found and a word is unknown to
// the shop, the word most like it is looked for instead; when nothing has all the words then, what has most of them.
func (s *Service) SearchProducts(ctx context.Context, req *catalogv1.SearchProductsRequest) (*catalogv1.SearchProductsResponse, error) {
	texts := s.language(req.GetLocale())
	asked := readSearch(req.GetQuery(), texts)
	n := &narrowing{category: allProducts}
	if err := n.readFilters(req.GetFilters()); err != nil {
		return nil, err
	}
	part := slice{sort: req.GetSort(), number: req.GetPage(), size: req.GetPageSize(), texts: texts}.settled()
	answer := &catalogv1.SearchProductsResponse{}
	if asked.empty() {
		return answer, nil
	}
	decided, err := s.decided(ctx, texts)
	if err != nil {
		return nil, err
	}
	page, put, err := s.findAll(ctx, &asked, decided, n, part)
	if err != nil {
		return nil, err
	}
	if len(page.cards) == 0 && !req.GetAsTyped() {
		corrected, err := s.correct(ctx, asked)
		if err != nil {
			return nil, err
		}
		if corrected != nil {
			if page, put, err = s.findAll(ctx, corrected, decided, n, part); err != nil {
				return nil, err
			}
			asked, answer.CorrectedQuery = *corrected, corrected.text
		}
	}
	if most := asked.mostOf(); len(page.cards) == 0 && len(most) > 0 {
		if page, err = s.find(ctx, asked.text, most, n, part, put); err != nil {
			return nil, err
		}
		answer.SomeWords = len(page.cards) > 0
	}
	if len(req.GetFilters()) == 0 && part.number == 1 {
		s.note(asked.key(), len(page.cards) > 0 && !answer.GetSomeWords())
	}
	if len(page.cards) == 0 && part.number > 1 {
		return nil, beyond()
	}
	if answer.Cards, err = s.translate(ctx, texts, page.cards); err != nil {
		return nil, err
	}
	answer.Total, answer.TotalIsBound = page.total, page.bound
	if answer.Facets, answer.Price, err = s.facets(ctx, n, texts); err != nil {
		return nil, err
	}
	return answer, nil
}

// findAll finds a page of what has all the words, having learned of the search what the merchant decided for it, which categories are called so, and whether its last
// word is finished. It returns what the merchant put where, too.
func (s *Service) findAll(ctx context.Context, asked *search, decided *decisions, n *narrowing, part slice) (page listed, put placed, err error) {
	put = decided.apply(asked)
	if asked.shelves, err = s.shelvesOf(ctx, *asked); err != nil {
		return page, put, err
	}
	if err := s.finish(ctx, asked); err != nil {
		return page, put, err
	}
	page, err = s.find(ctx, asked.text, asked.levels(), n, part, put)
	return page, put, err
}

// shelvesOf returns the categories whose whole names are among the words, in any form.
func (s *Service) shelvesOf(ctx context.Context, asked search) ([]string, error) {
	named, err := s.shelfNames.get(ctx, asked.texts.locale, func(ctx context.Context) (map[string][]string, error) {
		tree, err := s.categories(ctx, asked.texts)
		if err != nil {
			return nil, err
		}
		named := make(map[string][]string, len(tree.listed))
		for _, category := range tree.listed {
			name := asked.texts.stems(words(category.GetName()))
			named[name] = append(named[name], category.GetId())
		}
		return named, nil
	})
	if err != nil {
		return nil, err
	}
	var found []string
	for i := range asked.words {
		for j := i + 1; j <= len(asked.words) && len(found) < mostShelves; j++ {
			found = append(found, named[asked.texts.stems(asked.words[i:j])]...)
		}
	}
	return found[:min(len(found), mostShelves)], nil
}

// finish takes the last word as it is when the words find a page of products: what only begins with it would come after all that, and PostgreSQL
// reads all that begins so first. Filters are left aside, so that they never make a search find other things.
func (s *Service) finish(ctx context.Context, asked *search) error {
	finished := *asked
	finished.enough = true
	total, err := s.count(ctx, &narrowing{category: allProducts, to: highest, words: "(" + finished.everything() + ")"})
	asked.enough = total >= usualPageSize
	return err
}

// find reads a page of what levels find, and leaves in n the words that its facets are counted by.
func (s *Service) find(ctx context.Context, phrase string, levels []level, n *narrowing, part slice, put placed) (listed, error) {
	everything := levels[len(levels)-1].query
	n.words = "(" + everything + ")"
	total, err := s.count(ctx, n)
	if err != nil {
		return listed{}, err
	}
	if total > s.ranked {
		found := classes(levels)
		for i, class := range found {
			found[i] = n.also(class)
		}
		return s.widePage(ctx, n, total, found, part, put)
	}
	fits := catalogdb.ListNarrowedParams{Phrase: phrase}
	for _, level := range levels {
		query := level.query
		if level.beside {
			query = "(" + query + ") & (" + everything + ")"
		}
		fits.Levels, fits.Fits = append(fits.Levels, n.also(query)), append(fits.Fits, level.fit)
	}
	return s.narrowPage(ctx, n, part, put, fits)
}

// also narrows a part of the search as the whole is narrowed.
func (n *narrowing) also(query string) string {
	other := *n
	other.words = "(" + query + ")"
	return other.query()
}

// correct replaces the words that find nothing: by two that they are made of, or by the ones most like them. It returns nil when there is
// nothing to replace, or nothing to replace it by.
func (s *Service) correct(ctx context.Context, asked search) (*search, error) {
	ones := asked.ones(asked.whole, inText)
	terms, split := slices.Clone(ones), make(map[string]string)
	for _, word := range asked.words {
		for _, half := range halves(word) {
			both := asked.lexeme(half[0], false, inHead) + " & " + asked.lexeme(half[1], false, inHead)
			terms, split[both] = append(terms, both), half[0]+" "+half[1]
		}
	}
	found, err := queries.KnownTerms(ctx, s.cfg.DB.Read(ctx), terms)
	if err != nil {
		return nil, fmt.Errorf("look for words: %w", err)
	}
	known, instead := make(map[string]bool, len(found)), make(map[string]string)
	for _, term := range found {
		known[term] = true
	}
	var unknown []string
	for i, word := range asked.words {
		if known[ones[i]] {
			continue
		}
		for _, term := range terms[len(ones):] {
			if both := split[term]; known[term] && strings.ReplaceAll(both, " ", "") == word {
				instead[word] = both
			}
		}
		if instead[word] == "" {
			unknown = append(unknown, word)
		}
	}
	if len(unknown) > 0 {
		like, err := s.mostLike(ctx, unknown, asked.texts)
		if err != nil {
			return nil, err
		}
		maps.Copy(instead, like)
	}
	if len(instead) == 0 {
		return nil, nil
	}
	corrected := slices.Clone(asked.words)
	for i, word := range corrected {
		if instead[word] != "" {
			corrected[i] = instead[word]
		}
	}
	again := readSearch(strings.Join(corrected, " "), asked.texts)
	again.whole = asked.whole || instead[asked.words[len(asked.words)-1]] != ""
	return &again, nil
}

// mostLike returns for each word the one with the fewest slips, of several the one that looks most like it.
func (s *Service) mostLike(ctx context.Context, words []string, texts language) (map[string]string, error) {
	candidates, err := s.likeWords(ctx, words, texts)
	if err != nil {
		return nil, err
	}
	best, slips := make(map[string]string), make(map[string]int)
	for _, candidate := range candidates {
		most, begun := slips[candidate.Asked]
		if !begun {
			most = allowedSlips(candidate.Asked)
		}
		if found := mistyped(candidate.Asked, candidate.Word, most); found <= most {
			best[candidate.Asked], slips[candidate.Asked] = candidate.Word, found-1
		}
	}
	return best, nil
}

// allowedSlips is how much of a word may be mistyped.
func allowedSlips(word string) int {
	switch length := len([]rune(word)); {
	case length < 3:
		return -1 // not even none: it is as good as any other
	case length < 5:
		return 1
	default:
		return 2
	}
}
