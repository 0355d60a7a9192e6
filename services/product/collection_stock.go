package product

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// learnBatch is how many variants inventory is asked for in one call.
const learnBatch = 500

// askStock asks inventory, outside any transaction.
func (s *Service) askStock(ctx context.Context, variants []string) (said productdb.StoreVariantStockParams, err error) {
	ticket, err := queries.NextStockTicket(ctx, s.cfg.DB.Primary())
	if err != nil {
		return said, fmt.Errorf("take a ticket: %w", err)
	}
	answer, err := s.cfg.Stock.BatchGetStock(ctx, &inventoryv1.BatchGetStockRequest{VariantIds: variants})
	if err != nil {
		return said, fmt.Errorf("ask for stock: %w", err)
	}
	said.Ticket = ticket
	for _, stock := range answer.GetStock() {
		said.VariantIds = append(said.VariantIds, stock.GetVariantId())
		said.Units = append(said.Units, max(stock.GetOnHand()-stock.GetHeld(), 0))
		said.Backorders = append(said.Backorders, stock.GetBackorder())
	}
	return said, nil
}

// keepStock stores what inventory said and asks the rules that look at stock of the products concerned. Both stand or fall together: what was
// stored without its rules would look like nothing new when it is told again.
func (s *Service) keepStock(ctx context.Context, tx pgx.Tx, said productdb.StoreVariantStockParams) (added, removed int32, err error) {
	if err := queries.LockCollections(ctx, tx); err != nil {
		return 0, 0, fmt.Errorf("lock collections: %w", err)
	}
	if err := queries.StoreVariantStock(ctx, tx, said); err != nil {
		return 0, 0, fmt.Errorf("store stock: %w", err)
	}
	all, err := s.rules.get(ctx, tx)
	if err != nil {
		return 0, 0, err
	}
	asking := slices.DeleteFunc(slices.Clone(all), func(r rule) bool { return !r.asksStock() })
	if len(asking) == 0 {
		return 0, 0, nil
	}
	products, err := queries.ListProductsOfVariants(ctx, tx, said.VariantIds)
	if err != nil {
		return 0, 0, fmt.Errorf("list products of variants: %w", err)
	}
	return ask(ctx, tx, asking, products)
}

// RefreshVariantStock follows a change of stock. A shop whose rules ask for none pays one small write for it.
func (s *Service) RefreshVariantStock(ctx context.Context, req *productv1.RefreshVariantStockRequest) (*productv1.RefreshVariantStockResponse, error) {
	said, err := s.askStock(ctx, slices.Compact(slices.Sorted(slices.Values(req.GetVariantIds()))))
	if err != nil {
		return nil, err
	}
	answer, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*productv1.RefreshVariantStockResponse, error) {
		added, removed, err := s.keepStock(ctx, tx, said)
		return &productv1.RefreshVariantStockResponse{Added: added, Removed: removed}, err
	})
	if err != nil {
		return nil, fmt.Errorf("refresh stock: %w", err)
	}
	return answer, nil
}

// LearnVariantStock goes through the variants by id, once in a shop's life. Should two do so at the same time, some are asked for twice.
func (s *Service) LearnVariantStock(ctx context.Context, _ *productv1.LearnVariantStockRequest) (*productv1.LearnVariantStockResponse, error) {
	db := s.cfg.DB.Primary()
	after, err := queries.GetStockLesson(ctx, db)
	if postgres.IsNoRows(err) {
		return &productv1.LearnVariantStockResponse{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("get stock lesson: %w", err)
	}
	variants, err := queries.ListVariantsToLearn(ctx, db, productdb.ListVariantsToLearnParams{AfterID: after, PageSize: learnBatch})
	if err != nil {
		return nil, fmt.Errorf("list variants: %w", err)
	}
	var said productdb.StoreVariantStockParams
	if len(variants) > 0 {
		if said, err = s.askStock(ctx, variants); err != nil {
			return nil, err
		}
	}
	more := len(variants) == learnBatch
	_, err = postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) {
		if len(variants) > 0 {
			if _, _, err := s.keepStock(ctx, tx, said); err != nil {
				return nil, err
			}
		}
		if more {
			return nil, queries.SaveStockLesson(ctx, tx, variants[len(variants)-1])
		}
		return nil, queries.EndStockLesson(ctx, tx)
	})
	if err != nil {
		return nil, fmt.Errorf("learn stock: %w", err)
	}
	return &productv1.LearnVariantStockResponse{More: more}, nil
}
