package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// The kinds of what products are listed in. To a list they are one and the same; they differ in where they are found.
const (
	kindCategory   = "category"
	kindCollection = "collection"
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

// RefreshCollections asks product and stores what is newer than what is there. Their products follow on their own.
func (s *Service) RefreshCollections(ctx context.Context, req *catalogv1.RefreshCollectionsRequest) (*catalogv1.RefreshCollectionsResponse, error) {
	ids := slices.Compact(slices.Sorted(slices.Values(req.GetCollectionIds())))
	ticket, err := queries.NextTicket(ctx, s.cfg.DB.Primary())
	if err != nil {
		return nil, fmt.Errorf("take a ticket: %w", err)
	}
	asked, err := s.cfg.Collections.BatchGetCollections(ctx, &productv1.BatchGetCollectionsRequest{Ids: ids})
	if err != nil {
		return nil, fmt.Errorf("ask for collections: %w", err)
	}
	gone := slices.DeleteFunc(ids, func(id string) bool {
		return slices.ContainsFunc(asked.GetCollections(), func(c *productv1.Collection) bool { return c.GetId() == id })
	})
	if err := s.storeCollections(ctx, asked.GetCollections(), gone, ticket, false); err != nil {
		return nil, err
	}
	return &catalogv1.RefreshCollectionsResponse{}, nil
}

// storeCollections stores collections that are newer than what is there, or with again those too that are the same, and ends others.
func (s *Service) storeCollections(ctx context.Context, collections []*productv1.Collection, gone []string, ticket int64, again bool) error {
	all := catalogdb.DescribeCollectionsParams{Ticket: ticket, Again: again}
	for _, c := range collections {
		state := categoryShown
		if c.GetHidden() {
			state = categoryHidden
		}
		summary := cmp.Or(c.GetSeoDescription(), c.GetDescription())
		all.CollectionIds = append(all.CollectionIds, c.GetId())
		all.Slugs = append(all.Slugs, c.GetSlug())
		all.Names = append(all.Names, c.GetName())
		all.Versions = append(all.Versions, c.GetVersion())
		all.States = append(all.States, state)
		all.SeoTitles = append(all.SeoTitles, c.GetSeoTitle())
		all.SeoDescriptions = append(all.SeoDescriptions, strings.ToValidUTF8(summary[:min(len(summary), longestSummary)], ""))
		all.Descriptions = append(all.Descriptions, c.GetDescription())
		all.ByHands = append(all.ByHands, c.GetRule() == nil)
		all.HomePositions = append(all.HomePositions, c.GetHomePosition())
	}
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) {
		changed, err := queries.DescribeCollections(ctx, tx, all)
		if err != nil {
			return nil, err
		}
		if err := storeCollectionSlugs(ctx, tx, collections, changed); err != nil {
			return nil, err
		}
		if err := storeCategoryTexts(ctx, tx, s.languages, kindCollection, collections, changed); err != nil {
			return nil, err
		}
		if len(gone) > 0 {
			ended, err := queries.EndCategories(ctx, tx, gone)
			if err != nil {
				return nil, err
			}
			changed = append(changed, ended...)
		}
		if again || len(changed) == 0 {
			return nil, nil
		}
		return nil, broker.Publish(ctx, tx, &catalogv1.PagesChanged{CategoryIds: changed})
	})
	if err != nil {
		return fmt.Errorf("store collections: %w", err)
	}
	s.buryTree(ctx, postgres.Token(ctx))
	return nil
}

// storeCollectionSlugs stores the old addresses of collections that changed.
func storeCollectionSlugs(ctx context.Context, tx pgx.Tx, collections []*productv1.Collection, changed []string) error {
	var old catalogdb.StoreOldCollectionSlugsParams
	for _, c := range collections {
		for _, slug := range c.GetOldSlugs() {
			if slices.Contains(changed, c.GetId()) && !slices.Contains(old.Slugs, slug) {
				old.Slugs, old.CollectionIds = append(old.Slugs, slug), append(old.CollectionIds, c.GetId())
			}
		}
	}
	if err := queries.DropOldCollectionSlugs(ctx, tx, catalogdb.DropOldCollectionSlugsParams{CollectionIds: changed, Slugs: old.Slugs}); err != nil {
		return err
	}
	if len(old.Slugs) == 0 {
		return nil
	}
	return queries.StoreOldCollectionSlugs(ctx, tx, old)
}

// rebuildCollections stores a page of product's collections again and returns the page after it.
func (s *Service) rebuildCollections(ctx context.Context, page string) (next string, err error) {
	ticket, err := queries.NextTicket(ctx, s.cfg.DB.Primary())
	if err != nil {
		return "", fmt.Errorf("take a ticket: %w", err)
	}
	answer, err := s.cfg.Collections.ListCollections(ctx, &productv1.ListCollectionsRequest{PageSize: listedAtOnce, PageToken: page})
	if err != nil {
		return "", fmt.Errorf("ask for all collections: %w", err)
	}
	return answer.GetNextPageToken(), s.storeCollections(ctx, answer.GetCollections(), nil, ticket, true)
}
