package catalog

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// mostByHand is how many products of a collection are looked at for a page in the order that staff gave them. Product lets them put fewer in
// order; there are more where a rule gathered them that was taken away.
const mostByHand = 6_000

// ListCollections returns those that have products for sale.
func (s *Service) ListCollections(ctx context.Context, req *catalogv1.ListCollectionsRequest) (*catalogv1.ListCollectionsResponse, error) {
	tree, err := s.categories(ctx, s.language(req.GetLocale()))
	if err != nil {
		return nil, err
	}
	return &catalogv1.ListCollectionsResponse{Collections: tree.collections}, nil
}

// describe adds the description of a list's category or collection, and the name that it has by now, which a proxy may keep for longer than the tree is
// remembered. What is remembered stays as it is.
func (s *Service) describe(ctx context.Context, of *shelf, in language, list *catalogv1.ListProductsResponse) error {
	if of.collection == nil && !of.described {
		return nil
	}
	texts, err := queries.GetCategoryTexts(ctx, s.cfg.DB.Read(ctx), catalogdb.GetCategoryTextsParams{CategoryID: of.id, Locale: in.locale})
	if postgres.IsNoRows(err) { // a replica that is behind the tree
		return nil
	}
	if err != nil {
		return fmt.Errorf("get the texts of a category: %w", err)
	}
	if of.collection != nil {
		shown := proto.CloneOf(of.collection)
		shown.Name, shown.SeoTitle, shown.SeoDescription, shown.Description = texts.Name, texts.SeoTitle, texts.SeoDescription, texts.Description
		list.Collection = shown
		return nil
	}
	list.Category = proto.CloneOf(of.category)
	list.Category.Description = texts.Description
	return nil
}

// byHandPage is a page, in the order that staff gave a collection, of what filters leave of it.
func (s *Service) byHandPage(ctx context.Context, n *narrowing, part slice) (listed, error) {
	rows, err := queries.ListByHand(ctx, s.cfg.DB.Read(ctx), catalogdb.ListByHandParams{
		CategoryID: n.category, Filter: n.chosen(), PriceFrom: n.from, PriceTo: n.to, PageStart: part.start(), PageSize: part.size,
	})
	if err != nil {
		return listed{}, fmt.Errorf("list products by hand: %w", err)
	}
	var page listed
	cards := make([]cardRow, len(rows))
	for i, row := range rows {
		cards[i], page.total = cardRow{Card: row.Card, Availability: row.Availability}, int32(row.Total)
	}
	page.total, page.bound = min(page.total, s.counted), page.total > s.counted
	page.cards, err = readCards(cards)
	return page, err
}
