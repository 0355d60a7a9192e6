package catalog

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/cache"
)

const (
	// mostFacets is how many facets a list shows, and mostValues how many choices each has.
	mostFacets = 12
	mostValues = 40
	// mostCounts bounds what is read of a list's facet values, the most frequent first.
	mostCounts = 2000
	// countsLife is how long the counts under filters are kept.
	countsLife = 10 * time.Second
)

// count is how many products have a facet, or a value of one.
type count struct {
	Facet    string `json:"f"`
	Products int32  `json:"n"`
}

var countsCodec = cache.JSON[[]count](1)

// facets says what a list can be narrowed by. The values of a facet are counted under all the other facets chosen.
func (s *Service) facets(ctx context.Context, n *narrowing) ([]*catalogv1.Facet, error) {
	if n.open() {
		return s.shelfFacets.get(ctx, n.category, func(ctx context.Context) ([]*catalogv1.Facet, error) {
			counts, err := s.countFacets(ctx, n)
			return arrange(valuesByKey(counts), nil), err
		})
	}
	counts, err := s.countFacets(ctx, n)
	if err != nil {
		return nil, err
	}
	values := valuesByKey(counts)
	for _, chosen := range n.choices {
		counts, err := s.countFacets(ctx, n.without(chosen.key))
		if err != nil {
			return nil, err
		}
		values[chosen.key] = valuesByKey(counts)[chosen.key]
	}
	return arrange(values, n.choices), nil
}

// countFacets counts what a narrowing leaves by facet, the most frequent first. For a whole category that is kept in step by every refresh;
// else it is counted, which is worth remembering.
func (s *Service) countFacets(ctx context.Context, n *narrowing) ([]count, error) {
	if n.open() {
		return s.counts.get(ctx, n.category, func(ctx context.Context) ([]count, error) {
			rows, err := queries.ListCounts(ctx, s.cfg.DB.Read(ctx), catalogdb.ListCountsParams{CategoryID: n.category, MostFacets: mostCounts})
			if err != nil {
				return nil, fmt.Errorf("list counts: %w", err)
			}
			counts := make([]count, len(rows))
			for i, row := range rows {
				counts[i] = count{row.Facet, min(row.Products, counted)}
			}
			return counts, nil
		})
	}
	name := sha256.Sum256([]byte(n.name()))
	counts, _, err := cache.Get(ctx, s.cfg.Cache, "catalog:counts:"+hex.EncodeToString(name[:]), countsLife, countsCodec,
		func(ctx context.Context) ([]count, bool, error) {
			rows, err := queries.CountNarrowed(ctx, s.cfg.DB.Read(ctx), catalogdb.CountNarrowedParams{
				Query: n.query(), PriceFrom: n.from, PriceTo: n.to, Most: counted, MostFacets: mostCounts,
			})
			if err != nil {
				return nil, false, fmt.Errorf("count facets: %w", err)
			}
			counts := make([]count, len(rows))
			for i, row := range rows {
				counts[i] = count(row)
			}
			return counts, true, nil
		})
	return counts, err
}

// valuesByKey sorts counts by facet and leaves their order as it is.
func valuesByKey(counts []count) map[string][]count {
	values := make(map[string][]count)
	for _, c := range counts {
		key, value, _ := strings.Cut(c.Facet, "=")
		values[key] = append(values[key], count{value, c.Products})
	}
	return values
}

// arrange puts availability and brand first and then the options that say most. A facet of one value narrows nothing and is left out unless
// it is chosen; what is chosen is always there, so that it can be taken back.
func arrange(values map[string][]count, choices []choice) []*catalogv1.Facet {
	chosen := make(map[string]map[string]string) // by key: as it is counted, and as it was asked for
	for _, c := range choices {
		if chosen[c.key] == nil {
			chosen[c.key] = make(map[string]string)
		}
		for _, value := range c.values {
			chosen[c.key][plain(value)] = value
		}
	}
	var facets []*catalogv1.Facet
	weights := make(map[string]int64)
	for key, counts := range values {
		facet := &catalogv1.Facet{Key: key, Name: facetName(key)}
		open, missing := mostValues-len(chosen[key]), maps.Clone(chosen[key])
		for _, c := range counts {
			weights[key] += int64(c.Products)
			asked, taken := chosen[key][c.Facet]
			switch {
			case taken:
				delete(missing, c.Facet)
				facet.Values = append(facet.Values, facetValue(key, asked, c.Products, true))
			case open > 0:
				open--
				facet.Values = append(facet.Values, facetValue(key, c.Facet, c.Products, false))
			}
		}
		for _, asked := range slices.Sorted(maps.Values(missing)) {
			facet.Values = append(facet.Values, facetValue(key, asked, 0, true))
		}
		if len(chosen[key]) > 0 {
			weights[key] += 1 << 40 // a facet that is chosen is shown
		}
		if len(facet.Values) > 1 || len(chosen[key]) > 0 {
			facets = append(facets, facet)
		}
	}
	slices.SortFunc(facets, func(a, b *catalogv1.Facet) int {
		return cmp.Or(cmp.Compare(weights[b.GetKey()], weights[a.GetKey()]), cmp.Compare(a.GetKey(), b.GetKey()))
	})
	facets = facets[:min(len(facets), mostFacets)]
	slices.SortStableFunc(facets, func(a, b *catalogv1.Facet) int { return cmp.Compare(place(a), place(b)) })
	return facets
}

func facetValue(key, value string, products int32, chosen bool) *catalogv1.FacetValue {
	shown := &catalogv1.FacetValue{Value: value, Name: value, Count: products, Chosen: chosen}
	if key == availabilityFacet {
		for _, supply := range supplies {
			if supply.value == value {
				shown.Name = supply.name
			}
		}
	}
	return shown
}

func facetName(key string) string {
	switch key {
	case brandFacet:
		return "Brand"
	case availabilityFacet:
		return "Availability"
	default:
		return strings.TrimPrefix(key, optionFacet)
	}
}

func place(f *catalogv1.Facet) int {
	switch f.GetKey() {
	case availabilityFacet:
		return 0
	case brandFacet:
		return 1
	default:
		return 2
	}
}
