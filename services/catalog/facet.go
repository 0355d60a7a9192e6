package catalog

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
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

var countsCodec = cache.JSON[[][]count](3)

// facets says in a language what a list can be narrowed by.
func (s *Service) facets(ctx context.Context, n *narrowing, texts language) ([]*catalogv1.Facet, *catalogv1.PriceRange, error) {
	facets, price, err := s.ownFacets(ctx, n)
	if err != nil {
		return nil, nil, err
	}
	facets, err = s.translateFacets(ctx, texts, facets)
	return facets, price, err
}

// ownFacets are facets in the shop's own words. The values of a facet, and prices, are counted under all other choices.
func (s *Service) ownFacets(ctx context.Context, n *narrowing) ([]*catalogv1.Facet, *catalogv1.PriceRange, error) {
	if n.open() {
		shelf, err := s.shelfFacets.get(ctx, n.category, func(ctx context.Context) (shelfFacets, error) {
			counts, err := s.countShelf(ctx, n.category)
			values := valuesByKey(counts)
			return shelfFacets{arrange(values, nil), prices(values[priceFacet])}, err
		})
		return shelf.facets, shelf.price, err
	}
	asked, keys := n.counted()
	counts, err := s.countFacets(ctx, asked)
	if err != nil {
		return nil, nil, err
	}
	values, bounds := valuesByKey(counts[0]), make(map[string]bool)
	for key := range values {
		bounds[key] = total(counts[0]) > s.counted
	}
	for i, key := range keys[1:] {
		values[key], bounds[key] = valuesByKey(counts[i+1])[key], total(counts[i+1]) > s.counted
	}
	facets, price := arrange(values, n.choices), prices(values[priceFacet])
	for _, facet := range facets {
		facet.CountsAreBounds = bounds[facet.GetKey()]
	}
	if price != nil {
		price.CountsAreBounds = bounds[priceFacet]
	}
	return facets, price, nil
}

// counted are the narrowings by which facets are counted: this one, and for each key that is chosen the one without it.
func (n *narrowing) counted() (asked []*narrowing, keys []string) {
	asked, keys = []*narrowing{n}, []string{""}
	for _, chosen := range n.choices {
		asked, keys = append(asked, n.without(chosen.key)), append(keys, chosen.key)
	}
	if n.priced {
		asked, keys = append(asked, n.unpriced()), append(keys, priceFacet)
	}
	return asked, keys
}

// total is how many products were counted; zero for a whole category, of which all are.
func total(counts []count) int32 {
	for _, c := range counts {
		if c.Facet == "" {
			return c.Products
		}
	}
	return 0
}

// shelfFacets are what a whole category can be narrowed by.
type shelfFacets struct {
	facets []*catalogv1.Facet
	price  *catalogv1.PriceRange
}

// countShelf returns the facets of a whole category, which every refresh keeps in step, the most frequent first.
func (s *Service) countShelf(ctx context.Context, category string) ([]count, error) {
	return s.counts.get(ctx, category, func(ctx context.Context) ([]count, error) {
		rows, err := queries.ListCounts(ctx, s.cfg.DB.Read(ctx), catalogdb.ListCountsParams{CategoryID: category, MostFacets: mostCounts})
		if err != nil {
			return nil, fmt.Errorf("list counts: %w", err)
		}
		counts := make([]count, len(rows))
		for i, row := range rows {
			counts[i] = count{row.Facet, row.Products}
		}
		return counts, nil
	})
}

// countFacets counts what narrowings leave by facet, the most frequent first: whole categories as they are kept, all others in one statement,
// which is worth remembering. The first one tells the set from others.
func (s *Service) countFacets(ctx context.Context, asked []*narrowing) ([][]count, error) {
	name := sha256.Sum256([]byte(asked[0].name()))
	counts, _, err := cache.Get(ctx, s.cfg.Cache, "catalog:counts:"+hex.EncodeToString(name[:]), countsLife, countsCodec,
		func(ctx context.Context) ([][]count, bool, error) {
			fits := catalogdb.CountNarrowedParams{Most: s.counted + 1, MostFacets: mostCounts}
			counts := make([][]count, len(asked))
			for i, n := range asked {
				if n.open() {
					continue
				}
				fits.Numbers = append(fits.Numbers, int32(i))
				fits.Queries = append(fits.Queries, n.query())
				fits.PriceFroms, fits.PriceTos = append(fits.PriceFroms, n.from), append(fits.PriceTos, n.to)
			}
			if len(fits.Queries) == 0 {
				return counts, true, nil
			}
			rows, err := queries.CountNarrowed(ctx, s.cfg.DB.Read(ctx), fits)
			if err != nil {
				return nil, false, fmt.Errorf("count facets: %w", err)
			}
			for _, row := range rows {
				counts[row.Number] = append(counts[row.Number], count{row.Facet, row.Products})
			}
			return counts, true, nil
		})
	if err != nil {
		return nil, err
	}
	for i, n := range asked {
		if n.open() {
			if counts[i], err = s.countShelf(ctx, n.category); err != nil {
				return nil, err
			}
		}
	}
	return counts, nil
}

// prices are the bands of prices as they are shown; nil when there are none.
func prices(counts []count) *catalogv1.PriceRange {
	bands := make([]*catalogv1.PriceBand, 0, len(counts))
	for _, c := range counts {
		if number, err := strconv.Atoi(c.Facet); err == nil {
			bands = append(bands, &catalogv1.PriceBand{FromMinor: bandStart(number), ToMinor: bandStart(number+1) - 1, Count: c.Products})
		}
	}
	if len(bands) == 0 {
		return nil
	}
	slices.SortFunc(bands, func(a, b *catalogv1.PriceBand) int { return cmp.Compare(a.GetFromMinor(), b.GetFromMinor()) })
	return &catalogv1.PriceRange{FromMinor: bands[0].GetFromMinor(), ToMinor: bands[len(bands)-1].GetToMinor(), Bands: bands}
}

// valuesByKey sorts counts by facet and leaves their order as it is.
func valuesByKey(counts []count) map[string][]count {
	values := make(map[string][]count)
	for _, c := range counts {
		key, value, _ := strings.Cut(c.Facet, "=")
		if key == "" {
			continue // see total
		}
		values[key] = append(values[key], count{value, c.Products})
	}
	return values
}

// arrange puts availability, sale and brand first and then the options that say most. A facet of one value narrows nothing and is left out
// unless it is chosen or some products lack it; what is chosen is always there, so that it can be taken back.
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
		if key == priceFacet {
			continue // see prices
		}
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
		if len(facet.Values) > 1 || len(chosen[key]) > 0 || key == saleFacet {
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
	if key == saleFacet {
		shown.Name = "On sale"
	}
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
	case saleFacet:
		return "Offers"
	default:
		return strings.TrimPrefix(key, optionFacet)
	}
}

func place(f *catalogv1.Facet) int {
	switch f.GetKey() {
	case availabilityFacet:
		return 0
	case saleFacet:
		return 1
	case brandFacet:
		return 2
	default:
		return 3
	}
}
