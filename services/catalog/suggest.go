package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
)

const (
	// mostSuggested is how many suggestions there are in all, and the others how many of each kind at most; products take what is left.
	mostSuggested           = 8
	mostSuggestedQueries    = 3
	mostSuggestedCategories = 2
	mostSuggestedBrands     = 2
	// shortestSuggested is how many bytes must be typed before anything is suggested.
	shortestSuggested = 2
	// leastAsked is how often something must have been searched for to be suggested to others.
	leastAsked = 3
	// suggestedLookedAt is how many products are looked at, in the usual order, before the index is asked for those that are not among
	// them.
	suggestedLookedAt = 1000
	// suggestedFound is how many that the index finds are put in order.
	suggestedFound = 300
)

// word is a name that can be suggested: of a category, or of a brand when that is nil.
type word struct {
	words    []string
	brand    string
	category *catalogv1.Category
	products int32
}

// Suggest answers from what is remembered of categories and brands, and asks for searches and products. What nobody has is taken to be
// mistyped and looked for once more.
func (s *Service) Suggest(ctx context.Context, req *catalogv1.SuggestRequest) (*catalogv1.SuggestResponse, error) {
	asked := readSearch(req.GetQuery(), s.language(req.GetLocale()))
	if len(strings.Join(asked.words, " ")) < shortestSuggested {
		return &catalogv1.SuggestResponse{}, nil
	}
	return s.suggestions.get(ctx, asked.key(), func(ctx context.Context) (*catalogv1.SuggestResponse, error) {
		answer, err := s.suggest(ctx, asked)
		if err != nil || len(answer.GetQueries())+len(answer.GetCategories())+len(answer.GetBrands())+len(answer.GetProducts()) > 0 {
			return answer, err
		}
		meant, err := s.complete(ctx, asked)
		if err != nil || meant == nil {
			return answer, err
		}
		return s.suggest(ctx, *meant)
	})
}

func (s *Service) suggest(ctx context.Context, asked search) (*catalogv1.SuggestResponse, error) {
	answer := &catalogv1.SuggestResponse{}
	known, err := s.knownNames(ctx, asked.texts)
	if err != nil {
		return nil, err
	}
	for _, name := range known {
		switch {
		case !asked.begins(name.words):
		case name.category != nil && len(answer.Categories) < mostSuggestedCategories:
			answer.Categories = append(answer.Categories, name.category)
		case name.category == nil && len(answer.Brands) < mostSuggestedBrands:
			answer.Brands = append(answer.Brands, name.brand)
		}
	}
	db := s.cfg.DB.Read(ctx)
	answer.Queries, err = queries.ListSuggestedSearches(ctx, db, catalogdb.ListSuggestedSearchesParams{
		Beginning: asked.key(), Least: leastAsked, Most: mostSuggestedQueries,
	})
	if err != nil {
		return nil, fmt.Errorf("list searches: %w", err)
	}
	for i, query := range answer.Queries {
		answer.Queries[i] = strings.TrimPrefix(query, asked.texts.prefix())
	}
	likes := make([]string, len(asked.words))
	for i, word := range asked.words {
		likes[i] = "% " + word + "%" // words have no signs
	}
	left := int32(mostSuggested - len(answer.Queries) - len(answer.Categories) - len(answer.Brands))
	fits := catalogdb.SuggestProductsParams{
		AllProducts: allProducts, Likes: likes, Query: asked.all(false, inHead), Phrase: asked.text,
		LookedAt: suggestedLookedAt, Enough: 4 * mostSuggested, Most: suggestedFound, PageSize: left,
	}
	rows, err := s.suggestProducts(ctx, fits, asked.texts)
	if err != nil {
		return nil, fmt.Errorf("suggest products: %w", err)
	}
	cards, err := readCards(rows)
	if err != nil {
		return nil, err
	}
	answer.Products, err = s.translate(ctx, asked.texts, cards)
	return answer, err
}

// begins says whether a name has all the words, the last of which may be unfinished.
func (q search) begins(name []string) bool {
	for i, word := range q.words {
		if !slices.ContainsFunc(name, func(other string) bool {
			return other == word || i == len(q.words)-1 && strings.HasPrefix(other, word)
		}) {
			return false
		}
	}
	return true
}

// knownNames are the categories and brands of the shop, the largest first.
func (s *Service) knownNames(ctx context.Context, texts language) ([]word, error) {
	return s.known.get(ctx, texts.locale, func(ctx context.Context) ([]word, error) {
		tree, err := s.categories(ctx, texts)
		if err != nil {
			return nil, err
		}
		var names []word
		for _, category := range tree.listed {
			names = append(names, word{words: words(category.GetName()), category: category, products: category.GetProductCount()})
		}
		counts, err := s.countShelf(ctx, allProducts)
		if err != nil {
			return nil, err
		}
		for _, count := range valuesByKey(counts)[brandFacet] {
			names = append(names, word{words: words(count.Facet), brand: count.Facet, products: count.Products})
		}
		slices.SortStableFunc(names, func(a, b word) int { return cmp.Compare(b.products, a.products) })
		return names, nil
	})
}

// complete replaces words that nothing has by those most like them. The last one may be the beginning of what is meant.
func (s *Service) complete(ctx context.Context, asked search) (*search, error) {
	candidates, err := s.likeWords(ctx, asked.words, asked.texts)
	if err != nil {
		return nil, err
	}
	meant := slices.Clone(asked.words)
	for i, typed := range asked.words {
		fewest := allowedSlips(typed) + 1
		for _, candidate := range candidates {
			if candidate.Asked != typed {
				continue
			}
			slips := mistyped(typed, candidate.Word, fewest)
			if begun := []rune(candidate.Word); i == len(meant)-1 && len(begun) > len([]rune(typed)) {
				slips = min(slips, mistyped(typed, string(begun[:len([]rune(typed))]), fewest))
			}
			if slips < fewest {
				meant[i], fewest = candidate.Word, slips
			}
		}
	}
	if slices.Equal(meant, asked.words) {
		return nil, nil
	}
	again := readSearch(strings.Join(meant, " "), asked.texts)
	return &again, nil
}
