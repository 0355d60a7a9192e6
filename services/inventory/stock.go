// Package inventory knows how many of each variant there are and which are held for an order.
package inventory

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/inventorydb"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/idempotency"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// maxVariants bounds an event, and the holds freed by one call.
const maxVariants = 500

// Reasons that only orders give for a change of stock.
const (
	reasonSold      = "sold"
	reasonCancelled = "cancelled"
)

var queries = inventorydb.New()

// Config is what inventory needs.
type Config struct {
	DB *postgres.DB
}

// Service implements StockService.
type Service struct{ cfg Config }

// New returns the service.
func New(cfg Config) *Service { return &Service{cfg} }

// BatchGetStock reads the primary: offers, and so orders, are made by what it says.
func (s *Service) BatchGetStock(ctx context.Context, req *inventoryv1.BatchGetStockRequest) (*inventoryv1.BatchGetStockResponse, error) {
	variants := slices.Clone(req.GetVariantIds())
	for _, bundle := range req.GetBundles() {
		for _, part := range bundle.GetParts() {
			variants = append(variants, part.GetVariantId())
		}
	}
	rows, err := queries.ListStock(ctx, s.cfg.DB.Primary(), inventorydb.ListStockParams{VariantIds: variants, Now: clock.Now()})
	if err != nil {
		return nil, fmt.Errorf("list stock: %w", err)
	}
	known := make(map[string]*inventoryv1.Stock, len(rows))
	for _, row := range rows {
		known[row.VariantID] = &inventoryv1.Stock{VariantId: row.VariantID, OnHand: row.OnHand, Held: row.Held, Backorder: row.Backorder, Unlimited: row.Unlimited}
	}
	answer := &inventoryv1.BatchGetStockResponse{Stock: make([]*inventoryv1.Stock, 0, len(req.GetVariantIds()))}
	for _, variant := range req.GetVariantIds() {
		stock := known[variant]
		if stock == nil {
			stock = &inventoryv1.Stock{VariantId: variant}
		}
		answer.Stock = append(answer.Stock, stock)
	}
	for _, bundle := range req.GetBundles() {
		answer.Bundles = append(answer.Bundles, bundleStock(bundle, known))
	}
	return answer, nil
}

// SetStock stores a count.
func (s *Service) SetStock(ctx context.Context, req *inventoryv1.SetStockRequest) (*inventoryv1.SetStockResponse, error) {
	if req.GetReason() == reasonSold || req.GetReason() == reasonCancelled {
		return nil, rpc.InvalidArgument("reason: sold and cancelled are said by orders alone")
	}
	counts := inventorydb.AddStockItemsParams{Reason: req.GetReason(), Reference: req.GetIdempotencyKey()}
	for _, count := range req.GetCounts() {
		counts.VariantIds = append(counts.VariantIds, count.GetVariantId())
		counts.OnHand = append(counts.OnHand, count.GetOnHand())
		counts.Backorder = append(counts.Backorder, count.GetBackorder() || count.GetUnlimited())
		counts.Unlimited = append(counts.Unlimited, count.GetUnlimited())
	}
	if once := slices.Compact(slices.Sorted(slices.Values(counts.VariantIds))); len(once) < len(counts.VariantIds) {
		return nil, rpc.InvalidArgument("counts: a variant is there twice")
	}
	set, err := InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*inventoryv1.SetStockResponse, error) {
		return idempotency.Do(ctx, tx, req, func() (*inventoryv1.SetStockResponse, error) {
			changed, err := count(ctx, tx, counts)
			return &inventoryv1.SetStockResponse{Changed: int32(changed)}, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("set stock: %w", err)
	}
	return set, nil
}

// count sets what is on hand where that differs, and tells of it.
func count(ctx context.Context, tx pgx.Tx, counts inventorydb.AddStockItemsParams) (int, error) {
	counts.Now = clock.Now()
	changed, err := queries.AddStockItems(ctx, tx, counts)
	if err != nil {
		return 0, fmt.Errorf("add stock items: %w", err)
	}
	locked, err := queries.LockStockToCount(ctx, tx, inventorydb.LockStockToCountParams{
		VariantIds: counts.VariantIds, OnHand: counts.OnHand, Backorder: counts.Backorder, Unlimited: counts.Unlimited,
	})
	if err != nil {
		return 0, fmt.Errorf("lock stock: %w", err)
	}
	if len(locked) > 0 {
		counted, err := queries.CountStock(ctx, tx, inventorydb.CountStockParams{
			VariantIds: counts.VariantIds, OnHand: counts.OnHand, Backorder: counts.Backorder, Unlimited: counts.Unlimited, Locked: locked,
			Reason: counts.Reason, Reference: counts.Reference, Now: counts.Now,
		})
		if err != nil {
			return 0, fmt.Errorf("count stock: %w", err)
		}
		changed = append(changed, counted...)
	}
	return len(changed), tell(ctx, tx, changed)
}

// ReleaseExpiredHolds frees holds in small bites. Stock rows that are busy are left for the next call, so a sale is never kept waiting.
func (s *Service) ReleaseExpiredHolds(
	ctx context.Context, _ *inventoryv1.ReleaseExpiredHoldsRequest,
) (*inventoryv1.ReleaseExpiredHoldsResponse, error) {
	released, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (int64, error) {
		now := clock.Now()
		variants, err := queries.LockExpiredStock(ctx, tx, inventorydb.LockExpiredStockParams{Now: now, Batch: maxVariants})
		if err != nil || len(variants) == 0 {
			return 0, err
		}
		freed, err := queries.ExpireHolds(ctx, tx, inventorydb.ExpireHoldsParams{VariantIds: variants, Now: now, Batch: maxVariants})
		if err != nil {
			return 0, err
		}
		var holds int64
		var changed []string
		for _, row := range freed {
			holds += row.Holds
			changed = append(changed, row.VariantID)
		}
		err = tell(ctx, tx, changed)
		crash.At(crash.HoldsBeforeCommit)
		return holds, err
	})
	if err != nil {
		return nil, fmt.Errorf("release expired holds: %w", err)
	}
	return &inventoryv1.ReleaseExpiredHoldsResponse{Released: int32(released)}, nil
}
