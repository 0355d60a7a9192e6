package catalog

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// ListProducts costs one query beside what is remembered: a page of an index in the order asked for. In a further language it costs one more for names, and
// one for what facets are called. With filters it counts what they leave
// and sorts it, or reads it as widePage says when that is much.
func (s *Service) ListProducts(ctx context.Context, req *catalogv1.ListProductsRequest) (*catalogv1.ListProductsResponse, error) {
	at := address{kindCategory, req.GetCategorySlug()}
	if req.GetCollectionSlug() != "" {
		if at.slug != "" {
			return nil, rpc.InvalidArgument("collection_slug: name a category or a collection, and not both")
		}
		at = address{kindCollection, req.GetCollectionSlug()}
	}
	texts := s.language(req.GetLocale())
	shelf, err := s.shelf(ctx, at, texts)
	if err != nil {
		return nil, err
	}
	n := &narrowing{category: shelf.id, byHand: shelf.byHand && shelf.products <= mostByHand}
	if err := n.readFilters(req.GetFilters()); err != nil {
		return nil, err
	}
	page, err := s.page(ctx, n, shelf.products, slice{sort: req.GetSort(), number: req.GetPage(), size: req.GetPageSize(), texts: texts}.settled())
	if err != nil {
		return nil, err
	}
	answer := &catalogv1.ListProductsResponse{
		Cards: page.cards, Total: page.total, TotalIsBound: page.bound,
		Category: shelf.category, Collection: shelf.collection, Breadcrumb: shelf.above, Children: shelf.below,
	}
	if !req.GetWithoutFacets() {
		if err := s.describe(ctx, shelf, texts, answer); err != nil {
			return nil, err
		}
		if answer.Facets, answer.Price, err = s.facets(ctx, n, texts); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// slice is which part of a list is asked for.
type slice struct {
	sort         catalogv1.Sort
	number, size int32
	texts        language
}

func (p slice) settled() slice {
	p.number, p.size = max(p.number, 1), rpc.PageSize(p.size, usualPageSize)
	return p
}

func (p slice) start() int32 { return (p.number - 1) * p.size }

// listed is a page of a list. When the total is a bound there are more.
type listed struct {
	cards []*catalogv1.Card
	total int32
	bound bool
}

func beyond() error { return rpc.OutOfRange("page: the list ends before this page") }

// page reads a page of a category.
func (s *Service) page(ctx context.Context, n *narrowing, products int32, part slice) (listed, error) {
	page, err := s.pageOf(ctx, n, products, part)
	if err == nil && len(page.cards) == 0 && part.number > 1 {
		err = beyond()
	}
	if err != nil {
		return page, err
	}
	page.cards, err = s.translate(ctx, part.texts, page.cards)
	return page, err
}

func (s *Service) pageOf(ctx context.Context, n *narrowing, products int32, part slice) (listed, error) {
	decided, err := s.decided(ctx, part.texts)
	if err != nil {
		return listed{}, err
	}
	put := decided.placed[categoryKey(n.category)]
	if n.open() {
		cards, err := s.openPage(ctx, n.category, part, put)
		if len(cards) > 0 {
			products = max(products, part.start()+int32(len(cards))) // which may be a second older than the cards
		}
		return listed{cards: cards, total: products}, err
	}
	if n.byHand && part.sort == catalogv1.Sort_SORT_UNSPECIFIED {
		return s.byHandPage(ctx, n, part)
	}
	total, err := s.count(ctx, n)
	switch {
	case err != nil:
		return listed{}, err
	case total > s.ranked:
		return s.widePage(ctx, n, total, []string{n.query()}, part, put)
	default:
		return s.narrowPage(ctx, n, part, put, catalogdb.ListNarrowedParams{})
	}
}

// narrowPage sorts what filters and words leave and returns a page of it.
func (s *Service) narrowPage(ctx context.Context, n *narrowing, part slice, put placed, fits catalogdb.ListNarrowedParams) (listed, error) {
	if fits.Levels == nil {
		fits.Levels, fits.Fits = []string{n.query()}, []int32{0}
	}
	fits.PriceFrom, fits.PriceTo = n.from, n.to
	fits.Pinned, fits.Boosted, fits.Buried = put.ids()
	fits.Most, fits.AllProducts = s.counted+1, allProducts
	fits.Sort, fits.PageStart, fits.PageSize = int32(part.sort), part.start(), part.size
	rows, total, err := s.sorted(ctx, fits, part.texts)
	if err != nil {
		return listed{}, err
	}
	page := listed{total: min(total, s.counted)} // some may have come since they were counted
	page.cards, err = readCards(rows)
	return page, err
}

// sorted reads a page of what queries find and says how many that are.
func (s *Service) sorted(ctx context.Context, fits catalogdb.ListNarrowedParams, texts language) (cards []cardRow, total int32, err error) {
	rows, err := s.listNarrowed(ctx, fits, texts)
	if err != nil {
		return nil, 0, fmt.Errorf("list narrowed products: %w", err)
	}
	cards = make([]cardRow, len(rows))
	for i, row := range rows {
		cards[i], total = cardRow{Card: row.Card, Availability: row.Availability}, int32(row.Total)
	}
	return cards, total, nil
}

func (s *Service) openPage(ctx context.Context, category string, part slice, put placed) ([]*catalogv1.Card, error) {
	db := s.cfg.DB.Read(ctx)
	all := catalogdb.ListUsualParams{CategoryID: category, PageStart: part.start(), PageSize: part.size}
	var rows []cardRow
	var err error
	switch part.sort {
	case catalogv1.Sort_SORT_PRICE_ASC:
		rows, err = cardRows(queries.ListByPrice(ctx, db, catalogdb.ListByPriceParams(all)))
	case catalogv1.Sort_SORT_PRICE_DESC:
		rows, err = cardRows(queries.ListByPriceDown(ctx, db, catalogdb.ListByPriceDownParams(all)))
	case catalogv1.Sort_SORT_NEWEST:
		rows, err = cardRows(queries.ListNewest(ctx, db, catalogdb.ListNewestParams(all)))
	case catalogv1.Sort_SORT_NAME:
		if part.texts.locale != "" {
			rows, err = cardRows(queries.ListByTranslatedName(ctx, db, catalogdb.ListByTranslatedNameParams{
				Locale: part.texts.locale, CategoryID: category, PageStart: part.start(), PageSize: part.size,
			}))
			break
		}
		rows, err = cardRows(queries.ListByName(ctx, db, catalogdb.ListByNameParams(all)))
	default:
		if put.empty() {
			rows, err = queries.ListUsual(ctx, db, all)
			break
		}
		placed := catalogdb.ListPlacedParams{CategoryID: category, PageStart: part.start(), PageSize: part.size, PageEnd: part.start() + part.size}
		placed.Pinned, placed.Boosted, placed.Buried = put.ids()
		rows, err = cardRows(queries.ListPlaced(ctx, db, placed))
	}
	if err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	return readCards(rows)
}

// readCards puts the availability, which changes more often than all else, on each card.
func readCards(rows []cardRow) ([]*catalogv1.Card, error) {
	cards := make([]*catalogv1.Card, len(rows))
	for i, row := range rows {
		cards[i] = new(catalogv1.Card)
		if err := proto.Unmarshal(row.Card, cards[i]); err != nil {
			return nil, fmt.Errorf("read a card: %w", err)
		}
		cards[i].Availability = catalogv1.Availability(row.Availability)
	}
	return cards, nil
}

// listCards returns the cards of products that are for sale, in the order asked for.
func (s *Service) listCards(ctx context.Context, products []string) ([]*catalogv1.Card, error) {
	if len(products) == 0 {
		return nil, nil
	}
	rows, err := cardRows(queries.ListCards(ctx, s.cfg.DB.Read(ctx), catalogdb.ListCardsParams{ProductIds: products, AllProducts: allProducts}))
	if err != nil {
		return nil, fmt.Errorf("list cards: %w", err)
	}
	return readCards(rows)
}

// cardRow is a row of any list.
type cardRow = catalogdb.ListUsualRow

// cardRows gives the rows of each query one type.
func cardRows[R ~struct {
	Card         []byte
	Availability int16
}](rows []R, err error) ([]cardRow, error) {
	all := make([]cardRow, len(rows))
	for i, row := range rows {
		all[i] = cardRow(row)
	}
	return all, err
}
