package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// ListPlacements pages by id.
func (s *Service) ListPlacements(ctx context.Context, req *catalogv1.ListPlacementsRequest) (*catalogv1.ListPlacementsResponse, error) {
	after, err := readRowsPage(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), usualRowsPage)
	rows, err := queries.ListPlacements(ctx, s.cfg.DB.Read(ctx), catalogdb.ListPlacementsParams{After: after, PageSize: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list placements: %w", err)
	}
	answer := &catalogv1.ListPlacementsResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(rowsPage{rows[size-1].ID})
	}
	for _, row := range rows {
		answer.Placements = append(answer.Placements, showPlacement(row))
	}
	return answer, nil
}

// GetPlacement reads the primary: whoever asks may have just changed it.
func (s *Service) GetPlacement(ctx context.Context, req *catalogv1.GetPlacementRequest) (*catalogv1.GetPlacementResponse, error) {
	row, err := queries.GetPlacement(ctx, s.cfg.DB.Primary(), req.GetId())
	if postgres.IsNoRows(err) {
		return nil, rpc.NotFound("there is no such placement")
	}
	if err != nil {
		return nil, fmt.Errorf("get placement: %w", err)
	}
	return &catalogv1.GetPlacementResponse{Placement: showPlacement(row)}, nil
}

// CreatePlacement stores what is placed for a search or in a category that has nothing placed yet.
func (s *Service) CreatePlacement(ctx context.Context, req *catalogv1.CreatePlacementRequest) (*catalogv1.CreatePlacementResponse, error) {
	put, err := readPlaced(req.GetPlaced())
	if err != nil {
		return nil, err
	}
	stored := catalogdb.CreatePlacementParams{ID: id.New(), Now: clock.Now()}
	stored.Pinned, stored.Boosted, stored.Buried = put.ids()
	query := strings.Join(strings.Fields(req.GetQuery()), " ")
	switch {
	case (query == "") == (req.GetCategoryId() == ""):
		return nil, rpc.InvalidArgument("query, category_id: name a search or a category, and not both")
	case query != "":
		asked := readSearch(query, s.texts)
		if len(asked.words) == 0 {
			return nil, rpc.InvalidArgument("query: “" + query + "” has no word in it")
		}
		stems := s.texts.stems(asked.words)
		stored.Query, stored.Shown = &stems, query
	default:
		category := req.GetCategoryId()
		stored.CategoryID = &category
	}
	row, err := decide(ctx, s, func(ctx context.Context, tx pgx.Tx) (catalogdb.CatalogPlacement, error) {
		there, err := queries.CountPlacements(ctx, tx)
		if err == nil && there >= mostPlacements {
			err = rpc.FailedPrecondition(fmt.Sprintf("a shop has at most %d placements; delete one first", mostPlacements))
		}
		if err != nil {
			return catalogdb.CatalogPlacement{}, err
		}
		return queries.CreatePlacement(ctx, tx, stored)
	})
	switch {
	case postgres.Violates(err, "catalog_placements_query"):
		return nil, rpc.AlreadyExists("products are placed for this search already; change that instead")
	case postgres.Violates(err, "catalog_placements_category"):
		return nil, rpc.AlreadyExists("products are placed in this category already; change that instead")
	case err != nil:
		return nil, fmt.Errorf("create placement: %w", err)
	}
	return &catalogv1.CreatePlacementResponse{Placement: showPlacement(row)}, nil
}

// UpdatePlacement replaces the products of the placement that was seen.
func (s *Service) UpdatePlacement(ctx context.Context, req *catalogv1.UpdatePlacementRequest) (*catalogv1.UpdatePlacementResponse, error) {
	put, err := readPlaced(req.GetPlaced())
	if err != nil {
		return nil, err
	}
	stored := catalogdb.UpdatePlacementParams{ID: req.GetId(), Version: req.GetVersion(), Now: clock.Now()}
	stored.Pinned, stored.Boosted, stored.Buried = put.ids()
	row, err := decide(ctx, s, func(ctx context.Context, tx pgx.Tx) (catalogdb.CatalogPlacement, error) {
		row, err := queries.UpdatePlacement(ctx, tx, stored)
		if postgres.IsNoRows(err) {
			there, err := queries.HasPlacement(ctx, tx, req.GetId())
			return row, stale("this placement", there, err)
		}
		return row, err
	})
	if err != nil {
		return nil, fmt.Errorf("update placement: %w", err)
	}
	return &catalogv1.UpdatePlacementResponse{Placement: showPlacement(row)}, nil
}

// DeletePlacement removes a placement, if it is there.
func (s *Service) DeletePlacement(ctx context.Context, req *catalogv1.DeletePlacementRequest) (*catalogv1.DeletePlacementResponse, error) {
	_, err := decide(ctx, s, func(ctx context.Context, tx pgx.Tx) (any, error) {
		return nil, queries.DeletePlacement(ctx, tx, req.GetId())
	})
	if err != nil {
		return nil, fmt.Errorf("delete placement: %w", err)
	}
	return &catalogv1.DeletePlacementResponse{}, nil
}

func readPlaced(req *catalogv1.Placed) (placed, error) {
	put := placed{req.GetPinnedIds(), req.GetBoostedIds(), req.GetBuriedIds()}
	all := slices.Sorted(slices.Values(slices.Concat(put.pinned, put.boosted, put.buried)))
	for i := range all {
		if i > 0 && all[i] == all[i-1] {
			return placed{}, rpc.InvalidArgument("placed: product " + all[i] + " is named twice; a product has one place")
		}
	}
	return put, nil
}

func showPlacement(row catalogdb.CatalogPlacement) *catalogv1.Placement {
	shown := &catalogv1.Placement{
		Id: row.ID, Query: row.Shown, PinnedIds: row.Pinned, BoostedIds: row.Boosted, BuriedIds: row.Buried, Version: row.Version,
		CreateTime: timestamppb.New(row.CreateTime), UpdateTime: timestamppb.New(row.UpdateTime),
	}
	if row.CategoryID != nil {
		shown.CategoryId = *row.CategoryID
	}
	return shown
}
