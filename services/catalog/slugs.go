package catalog

import (
	"cmp"
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
)

// mostLists bounds how many lists SplitSlugs makes; a sitemap index has room for as many.
const mostLists = 50_000

// ListSlugs pages by id.
func (s *Service) ListSlugs(ctx context.Context, req *catalogv1.ListSlugsRequest) (*catalogv1.ListSlugsResponse, error) {
	rows, err := queries.ListSlugs(ctx, s.cfg.DB.Read(ctx), catalogdb.ListSlugsParams{
		After: cmp.Or(req.GetAfterId(), lowestID), AllProducts: allProducts, PageSize: req.GetPageSize(),
	})
	if err != nil {
		return nil, fmt.Errorf("list slugs: %w", err)
	}
	answer := &catalogv1.ListSlugsResponse{Products: make([]*catalogv1.ProductSlug, len(rows))}
	for i, row := range rows {
		card := new(catalogv1.Card)
		if err := proto.Unmarshal(row.Card, card); err != nil {
			return nil, fmt.Errorf("read a card: %w", err)
		}
		answer.Products[i] = &catalogv1.ProductSlug{ProductId: row.ProductID, Slug: card.GetSlug(), Picture: card.GetPicture()}
		if row.UpdateTime != nil {
			answer.Products[i].UpdateTime = timestamppb.New(*row.UpdateTime)
		}
	}
	return answer, s.addAddresses(ctx, answer.GetProducts())
}

// SplitSlugs steps over a list at a time. Lists begin where they began before, as long as nothing before them comes or goes; new products have
// higher ids.
func (s *Service) SplitSlugs(ctx context.Context, req *catalogv1.SplitSlugsRequest) (*catalogv1.SplitSlugsResponse, error) {
	answer := &catalogv1.SplitSlugsResponse{AfterIds: []string{""}}
	for after := lowestID; len(answer.AfterIds) < mostLists; {
		ids, err := queries.SkipSlugs(ctx, s.cfg.DB.Read(ctx), catalogdb.SkipSlugsParams{After: after, Passed: req.GetSize() - 1})
		if err != nil {
			return nil, fmt.Errorf("skip slugs: %w", err)
		}
		if len(ids) < 2 {
			break // nothing comes after this list
		}
		after = ids[0]
		answer.AfterIds = append(answer.AfterIds, after)
	}
	return answer, nil
}
