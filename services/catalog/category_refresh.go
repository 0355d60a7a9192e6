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

// RefreshCategories asks product and stores what is newer than what is there. Products that stand in them follow on their own.
func (s *Service) RefreshCategories(ctx context.Context, req *catalogv1.RefreshCategoriesRequest) (*catalogv1.RefreshCategoriesResponse, error) {
	ids := slices.Compact(slices.Sorted(slices.Values(req.GetCategoryIds())))
	ticket, err := queries.NextTicket(ctx, s.cfg.DB.Primary())
	if err != nil {
		return nil, fmt.Errorf("take a ticket: %w", err)
	}
	asked, err := s.cfg.Categories.BatchGetCategories(ctx, &productv1.BatchGetCategoriesRequest{Ids: ids})
	if err != nil {
		return nil, fmt.Errorf("ask for categories: %w", err)
	}
	if err := s.storeCategories(ctx, asked.GetCategories(), lacking(ids, asked.GetCategories()), ticket, false); err != nil {
		return nil, err
	}
	return &catalogv1.RefreshCategoriesResponse{}, nil
}

// storeCategories stores categories that are newer than what is there, or with again those too that are the same, and ends others.
func (s *Service) storeCategories(ctx context.Context, categories []*productv1.Category, gone []string, ticket int64, again bool) error {
	all := catalogdb.DescribeCategoriesParams{Ticket: ticket, Again: again}
	for _, c := range categories {
		all.CategoryIds = append(all.CategoryIds, c.GetId())
		all.Slugs = append(all.Slugs, c.GetSlug())
		all.Names = append(all.Names, c.GetName())
		all.ParentIds = append(all.ParentIds, c.GetParentId())
		all.Versions = append(all.Versions, c.GetVersion())
		all.States = append(all.States, stateOf(c))
		all.SeoTitles = append(all.SeoTitles, c.GetSeoTitle())
		all.SeoDescriptions = append(all.SeoDescriptions, summary(c))
		all.Descriptions = append(all.Descriptions, c.GetDescription())
	}
	return storeDescribed(ctx, s, kindCategory, categories, gone, again, func(ctx context.Context, tx pgx.Tx) ([]string, error) {
		changed, err := queries.DescribeCategories(ctx, tx, all)
		if err != nil {
			return nil, err
		}
		slugs, owners := oldSlugs(categories, changed)
		if err := queries.DropOldCategorySlugs(ctx, tx, catalogdb.DropOldCategorySlugsParams{CategoryIds: changed, Slugs: slugs}); err != nil {
			return nil, err
		}
		return changed, queries.StoreOldCategorySlugs(ctx, tx, catalogdb.StoreOldCategorySlugsParams{Slugs: slugs, CategoryIds: owners})
	})
}

// rebuildCategories stores a page of product's tree again and returns the page after it.
func (s *Service) rebuildCategories(ctx context.Context, page string) (next string, err error) {
	ticket, err := queries.NextTicket(ctx, s.cfg.DB.Primary())
	if err != nil {
		return "", fmt.Errorf("take a ticket: %w", err)
	}
	answer, err := s.cfg.Categories.ListCategories(ctx, &productv1.ListCategoriesRequest{All: true, PageSize: rebuiltAtOnce, PageToken: page})
	if err != nil {
		return "", fmt.Errorf("ask for all categories: %w", err)
	}
	return answer.GetNextPageToken(), s.storeCategories(ctx, answer.GetCategories(), nil, ticket, true)
}
