package catalog

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

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
	if err := s.storeCollections(ctx, asked.GetCollections(), lacking(ids, asked.GetCollections()), ticket, false); err != nil {
		return nil, err
	}
	return &catalogv1.RefreshCollectionsResponse{}, nil
}

// storeCollections stores collections that are newer than what is there, or with again those too that are the same, and ends others.
func (s *Service) storeCollections(ctx context.Context, collections []*productv1.Collection, gone []string, ticket int64, again bool) error {
	all := catalogdb.DescribeCollectionsParams{Ticket: ticket, Again: again}
	for _, c := range collections {
		all.CollectionIds = append(all.CollectionIds, c.GetId())
		all.Slugs = append(all.Slugs, c.GetSlug())
		all.Names = append(all.Names, c.GetName())
		all.Versions = append(all.Versions, c.GetVersion())
		all.States = append(all.States, stateOf(c))
		all.SeoTitles = append(all.SeoTitles, c.GetSeoTitle())
		all.SeoDescriptions = append(all.SeoDescriptions, summary(c))
		all.Descriptions = append(all.Descriptions, c.GetDescription())
		all.ByHands = append(all.ByHands, c.GetRule() == nil)
		all.HomePositions = append(all.HomePositions, c.GetHomePosition())
	}
	return storeDescribed(ctx, s, kindCollection, collections, gone, again, func(ctx context.Context, tx pgx.Tx) ([]string, error) {
		changed, err := queries.DescribeCollections(ctx, tx, all)
		if err != nil {
			return nil, err
		}
		slugs, owners := oldSlugs(collections, changed)
		if err := queries.DropOldCollectionSlugs(ctx, tx, catalogdb.DropOldCollectionSlugsParams{CollectionIds: changed, Slugs: slugs}); err != nil {
			return nil, err
		}
		return changed, queries.StoreOldCollectionSlugs(ctx, tx, catalogdb.StoreOldCollectionSlugsParams{Slugs: slugs, CollectionIds: owners})
	})
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
