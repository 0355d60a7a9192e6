package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
)

// What filters and words leave is wide when it is more than is ranked one by one. Then it is not sorted as a whole. In the usual order it is found
// class by class, the best first, each from the first layers; in other orders the index of that order is read, and what does not fit is
// left out on the way.

// mostSorted is how many products are sorted in another order than the usual one; of more, enough lie close together in every order.
const mostSorted = 5000

// count says how many products a narrowing leaves, as far as they are counted, and one more when there are more.
func (s *Service) count(ctx context.Context, n *narrowing) (int32, error) {
	asked, _ := n.counted()
	counts, err := s.countFacets(ctx, asked)
	if err != nil {
		return 0, err
	}
	return total(counts[0]), nil
}

// widePage is narrowPage for so many products that it does not rank them one by one.
func (s *Service) widePage(ctx context.Context, n *narrowing, total int32, classes []string, part slice, put placed) (listed, error) {
	page := listed{total: min(total, s.counted), bound: total > s.counted}
	var err error
	if part.sort == catalogv1.Sort_SORT_UNSPECIFIED {
		page.cards, err = s.firstOf(ctx, n, classes, part, put)
	} else {
		page.cards, err = s.inOrder(ctx, n, part)
	}
	return page, err
}

// firstOf reads a page of the usual order: what is pinned, what is boosted, then class by class, at last what is buried.
func (s *Service) firstOf(ctx context.Context, n *narrowing, classes []string, part slice, put placed) ([]*catalogv1.Card, error) {
	everything := classes[len(classes)-1]
	// One that better classes have found already is found again, as is what is buried, so that many more are asked for.
	end := int(part.start() + part.size)
	f := firstPage{s: s, n: n, end: end, wanted: int32(end + len(put.buried)), known: make(map[string]bool)}
	f.addOf(ctx, put.pinned, everything, func(a, b string) int { return cmp.Compare(slices.Index(put.pinned, a), slices.Index(put.pinned, b)) })
	f.addOf(ctx, put.boosted, everything, nil)
	for _, id := range put.buried {
		f.known[id] = true
	}
	for _, class := range classes {
		f.add(ctx, class, nil)
	}
	for _, id := range put.buried {
		delete(f.known, id)
	}
	f.addOf(ctx, put.buried, everything, nil)
	if f.err != nil {
		return nil, fmt.Errorf("list the first products: %w", f.err)
	}
	found := f.found[:min(end, len(f.found))]
	return s.listCards(ctx, found[min(int(part.start()), len(found)):])
}

// firstPage gathers products in the order in which they are shown, until there are enough for a page or something fails.
type firstPage struct {
	s      *Service
	n      *narrowing
	end    int   // how many are enough
	wanted int32 // how many a query is asked for
	found  []string
	known  map[string]bool
	err    error
}

// add adds what a query finds and is not known yet, in the usual order or in another.
func (f *firstPage) add(ctx context.Context, query string, order func(a, b string) int) {
	if f.err != nil || len(f.found) >= f.end {
		return
	}
	var ids []string
	ids, f.err = queries.ListFirst(ctx, f.s.cfg.DB.Read(ctx), catalogdb.ListFirstParams{Query: query, PriceFrom: f.n.from, PriceTo: f.n.to, Wanted: f.wanted})
	if order != nil {
		slices.SortFunc(ids, order)
	}
	for _, id := range ids {
		if !f.known[id] {
			f.found, f.known[id] = append(f.found, id), true
		}
	}
}

// addOf adds those of some products that everything finds.
func (f *firstPage) addOf(ctx context.Context, products []string, everything string, order func(a, b string) int) {
	if len(products) == 0 {
		return
	}
	terms := make([]string, len(products))
	for i, product := range products {
		terms[i] = productTerm(product)
	}
	f.add(ctx, anyOf(terms)+" & ("+everything+")", order)
}

// inOrder reads a page of another order.
func (s *Service) inOrder(ctx context.Context, n *narrowing, part slice) ([]*catalogv1.Card, error) {
	rows, total, err := s.sorted(ctx, catalogdb.ListNarrowedParams{
		Levels: []string{n.query()}, Fits: []int32{0}, PriceFrom: n.from, PriceTo: n.to, Most: mostSorted, AllProducts: allProducts,
		Pinned: []string{}, Boosted: []string{}, Buried: []string{}, Sort: int32(part.sort), PageStart: part.start(), PageSize: part.size,
	}, part.texts)
	if err != nil {
		return nil, err
	}
	if total < mostSorted {
		return readCards(rows)
	}
	db := s.cfg.DB.Read(ctx)
	fits := catalogdb.ListWideByPriceParams{
		CategoryID: n.category, Query: n.query(), PriceFrom: n.from, PriceTo: n.to, PageStart: part.start(), PageSize: part.size,
	}
	switch part.sort {
	case catalogv1.Sort_SORT_PRICE_DESC:
		rows, err = cardRows(queries.ListWideByPriceDown(ctx, db, catalogdb.ListWideByPriceDownParams(fits)))
	case catalogv1.Sort_SORT_NEWEST:
		rows, err = cardRows(queries.ListWideNewest(ctx, db, catalogdb.ListWideNewestParams(fits)))
	case catalogv1.Sort_SORT_NAME:
		if part.texts.locale != "" {
			rows, err = cardRows(queries.ListWideByTranslatedName(ctx, db, catalogdb.ListWideByTranslatedNameParams{
				Locale: part.texts.locale, CategoryID: fits.CategoryID, Query: fits.Query, PriceFrom: fits.PriceFrom, PriceTo: fits.PriceTo,
				PageStart: fits.PageStart, PageSize: fits.PageSize,
			}))
			break
		}
		rows, err = cardRows(queries.ListWideByName(ctx, db, catalogdb.ListWideByNameParams(fits)))
	default:
		rows, err = cardRows(queries.ListWideByPrice(ctx, db, fits))
	}
	if err != nil {
		return nil, fmt.Errorf("list products in order: %w", err)
	}
	return readCards(rows)
}

// classes are queries for what levels find, by the sum of what the levels are worth that find it, the best first. Levels that say what else is
// true of a product come with each of the others; of these each finds what the better ones find. The last class is everything.
func classes(levels []level) []string {
	all := []level{{}}
	for _, l := range levels {
		if l.beside {
			for _, with := range slices.Clone(all) {
				all = append(all, level{query: with.query + "(" + l.query + ") & ", fit: with.fit + l.fit})
			}
		}
	}
	var sums []level
	sum := int32(0)
	for _, l := range slices.Backward(slices.SortedStableFunc(slices.Values(levels), func(a, b level) int { return cmp.Compare(b.fit, a.fit) })) {
		if l.beside {
			continue
		}
		sum += l.fit
		for _, with := range all {
			sums = append(sums, level{query: with.query + "(" + l.query + ")", fit: with.fit + sum})
		}
	}
	slices.SortStableFunc(sums, func(a, b level) int { return cmp.Compare(b.fit, a.fit) })
	queries := make([]string, len(sums))
	for i, l := range sums {
		queries[i] = l.query
	}
	return queries
}
