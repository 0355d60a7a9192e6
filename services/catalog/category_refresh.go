package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// The states of a category. A hidden one is nowhere to be seen, one that was deleted says so at its address.
const (
	categoryShown  = "shown"
	categoryHidden = "hidden"
	categoryGone   = "gone"
)

// longestSummary is how many bytes of a category's description are kept for search engines, which show fewer.
const longestSummary = 300

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
	gone := slices.DeleteFunc(ids, func(id string) bool {
		return slices.ContainsFunc(asked.GetCategories(), func(c *productv1.Category) bool { return c.GetId() == id })
	})
	if err := s.storeCategories(ctx, asked.GetCategories(), gone, ticket, false); err != nil {
		return nil, err
	}
	return &catalogv1.RefreshCategoriesResponse{}, nil
}

// storeCategories stores categories that are newer than what is there, or with again those too that are the same, and ends others.
func (s *Service) storeCategories(ctx context.Context, categories []*productv1.Category, gone []string, ticket int64, again bool) error {
	all := catalogdb.DescribeCategoriesParams{Ticket: ticket, Again: again}
	for _, c := range categories {
		state := categoryShown
		if c.GetHidden() {
			state = categoryHidden
		}
		summary := cmp.Or(c.GetSeoDescription(), c.GetDescription())
		all.CategoryIds = append(all.CategoryIds, c.GetId())
		all.Slugs = append(all.Slugs, c.GetSlug())
		all.Names = append(all.Names, c.GetName())
		all.ParentIds = append(all.ParentIds, c.GetParentId())
		all.Versions = append(all.Versions, c.GetVersion())
		all.States = append(all.States, state)
		all.SeoTitles = append(all.SeoTitles, c.GetSeoTitle())
		all.SeoDescriptions = append(all.SeoDescriptions, strings.ToValidUTF8(summary[:min(len(summary), longestSummary)], ""))
		all.Descriptions = append(all.Descriptions, c.GetDescription())
	}
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) {
		changed, err := queries.DescribeCategories(ctx, tx, all)
		if err != nil {
			return nil, err
		}
		var old catalogdb.StoreOldCategorySlugsParams
		for _, c := range categories {
			for _, slug := range c.GetOldSlugs() {
				if slices.Contains(changed, c.GetId()) && !slices.Contains(old.Slugs, slug) {
					old.Slugs, old.CategoryIds = append(old.Slugs, slug), append(old.CategoryIds, c.GetId())
				}
			}
		}
		if err := queries.DropOldCategorySlugs(ctx, tx, catalogdb.DropOldCategorySlugsParams{CategoryIds: changed, Slugs: old.Slugs}); err != nil {
			return nil, err
		}
		if len(old.Slugs) > 0 {
			if err := queries.StoreOldCategorySlugs(ctx, tx, old); err != nil {
				return nil, err
			}
		}
		if err := storeCategoryTexts(ctx, tx, s.languages, kindCategory, categories, changed); err != nil {
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
		return fmt.Errorf("store categories: %w", err)
	}
	s.buryTree(ctx, postgres.Token(ctx))
	return nil
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
