package inventory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/inventorydb"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// The functions in this file are joins: they take part in the transaction of an order, which must be locked or new. They lock stock rows in the
// order of variants and so come last in it; what they lock, others wait for until the commit.

// Line is what an order wants of a variant.
type Line struct {
	VariantID string
	Quantity  int32
}

// Shortage says that there are fewer units than an order wants. It is an answer, not an error: somebody else was faster.
type Shortage struct {
	VariantID string
	Wanted    int32
	// Available is what could be had at that moment.
	Available int64
}

// Hold promises units to an order until a time. It holds all lines or, when there are shortages, none. Lines of the same variant count together.
func Hold(ctx context.Context, tx pgx.Tx, orderID string, lines []Line, expires time.Time) ([]Shortage, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	wanted := make(map[string]int32, len(lines))
	for _, line := range lines {
		wanted[line.VariantID] += line.Quantity
	}
	variants := slices.Sorted(maps.Keys(wanted))
	// The event goes first: once the rows are locked, every statement keeps others waiting.
	if err := tell(ctx, tx, variants); err != nil {
		return nil, err
	}
	if err := queries.LockStock(ctx, postgres.Later(tx), variants); err != nil {
		return nil, fmt.Errorf("lock stock: %w", err)
	}
	return hold(ctx, tx, orderID, wanted, false, expires)
}

// Pin takes an order's holds off the clock while its payment is under way, and takes again what it lost meanwhile. With shortages nothing is
// taken again, and the transaction should not go on.
func Pin(ctx context.Context, tx pgx.Tx, orderID string, expires time.Time) ([]Shortage, error) {
	if err := queries.LockOrderStock(ctx, postgres.Later(tx), orderID); err != nil {
		return nil, fmt.Errorf("lock stock: %w", err)
	}
	err := queries.PinHolds(ctx, postgres.Later(tx), inventorydb.PinHoldsParams{OrderID: orderID, ExpireTime: expires, Now: clock.Now()})
	if err != nil {
		return nil, fmt.Errorf("pin holds: %w", err)
	}
	return holdAgain(ctx, tx, orderID, expires)
}

// Unpin puts an order's holds back on the clock when its payment failed, until a new time.
func Unpin(ctx context.Context, tx pgx.Tx, orderID string, expires time.Time) error {
	if err := queries.LockOrderStock(ctx, postgres.Later(tx), orderID); err != nil {
		return fmt.Errorf("lock stock: %w", err)
	}
	err := queries.UnpinHolds(ctx, postgres.Later(tx), inventorydb.UnpinHoldsParams{OrderID: orderID, ExpireTime: expires, Now: clock.Now()})
	if err != nil {
		return fmt.Errorf("unpin holds: %w", err)
	}
	return nil
}

// Commit takes what an order holds out of the building, for good. What the order lost meanwhile is taken again first; with shortages nothing
// leaves. Repeating it changes nothing.
func Commit(ctx context.Context, tx pgx.Tx, orderID string) ([]Shortage, error) {
	if err := queries.LockOrderStock(ctx, postgres.Later(tx), orderID); err != nil {
		return nil, fmt.Errorf("lock stock: %w", err)
	}
	now := clock.Now()
	shortages, err := holdAgain(ctx, tx, orderID, now)
	if err != nil || len(shortages) > 0 {
		return shortages, err
	}
	err = queries.CommitHolds(ctx, postgres.Later(tx), inventorydb.CommitHoldsParams{OrderID: orderID, Reference: orderID, Now: now})
	if err != nil {
		return nil, fmt.Errorf("commit holds: %w", err)
	}
	return nil, nil
}

// Release gives back what an order holds. Repeating it changes nothing.
func Release(ctx context.Context, tx pgx.Tx, orderID string) error {
	if err := queries.LockOrderStock(ctx, postgres.Later(tx), orderID); err != nil {
		return fmt.Errorf("lock stock: %w", err)
	}
	freed, err := queries.ReleaseHolds(ctx, tx, inventorydb.ReleaseHoldsParams{OrderID: orderID, Now: clock.Now()})
	if err != nil {
		return fmt.Errorf("release holds: %w", err)
	}
	return tell(ctx, tx, freed)
}

// Restock puts back what Commit took, for an order that was called off before it left. Repeating it changes nothing.
func Restock(ctx context.Context, tx pgx.Tx, orderID string) error {
	if err := queries.LockOrderStock(ctx, postgres.Later(tx), orderID); err != nil {
		return fmt.Errorf("lock stock: %w", err)
	}
	back, err := queries.RestockHolds(ctx, tx, inventorydb.RestockHoldsParams{OrderID: orderID, Reference: orderID, Now: clock.Now()})
	if err != nil {
		return fmt.Errorf("restock: %w", err)
	}
	return tell(ctx, tx, back)
}

// Return puts back some of what Commit took, for units of an order that will not be sent. It is to be called once for an order: repeating it puts back more.
func Return(ctx context.Context, tx pgx.Tx, orderID string, units map[string]int32) error {
	if len(units) == 0 {
		return nil
	}
	if err := queries.LockOrderStock(ctx, postgres.Later(tx), orderID); err != nil {
		return fmt.Errorf("lock stock: %w", err)
	}
	params := inventorydb.ReturnHoldsParams{OrderID: orderID, Reference: orderID, Now: clock.Now()}
	for _, variant := range slices.Sorted(maps.Keys(units)) {
		params.VariantIds, params.Quantities = append(params.VariantIds, variant), append(params.Quantities, units[variant])
	}
	back, err := queries.ReturnHolds(ctx, tx, params)
	if err != nil {
		return fmt.Errorf("return holds: %w", err)
	}
	return tell(ctx, tx, back)
}

// holdAgain holds what an order once held and lost, pinned. The rows are locked.
func holdAgain(ctx context.Context, tx pgx.Tx, orderID string, expires time.Time) ([]Shortage, error) {
	lost, err := queries.ListLostHolds(ctx, tx, orderID)
	if err != nil {
		return nil, fmt.Errorf("list lost holds: %w", err)
	}
	if len(lost) == 0 {
		return nil, nil
	}
	wanted := make(map[string]int32, len(lost))
	for _, hold := range lost {
		wanted[hold.VariantID] = hold.Quantity
	}
	shortages, err := hold(ctx, tx, orderID, wanted, true, expires)
	if err != nil {
		return nil, err
	}
	return shortages, tell(ctx, tx, slices.Sorted(maps.Keys(wanted)))
}

// hold decides and holds in one statement. The rows are locked.
func hold(ctx context.Context, tx pgx.Tx, orderID string, wanted map[string]int32, pinned bool, expires time.Time) ([]Shortage, error) {
	order := inventorydb.HoldStockParams{OrderID: orderID, Pinned: pinned, ExpireTime: expires, Now: clock.Now()}
	for variant, quantity := range wanted {
		order.Ids = append(order.Ids, id.New())
		order.VariantIds = append(order.VariantIds, variant)
		order.Quantities = append(order.Quantities, quantity)
	}
	rows, err := queries.HoldStock(ctx, tx, order)
	if err != nil {
		return nil, fmt.Errorf("hold stock: %w", err)
	}
	var shortages []Shortage
	for _, row := range rows {
		if !row.Enough {
			shortages = append(shortages, Shortage{VariantID: row.VariantID, Wanted: row.Quantity, Available: row.Available})
		}
	}
	return shortages, nil
}

// tell publishes that what can be sold of some variants changed.
func tell(ctx context.Context, tx pgx.Tx, variants []string) error {
	for batch := range slices.Chunk(variants, maxVariants) {
		if err := broker.Publish(ctx, tx, &inventoryv1.StockChanged{VariantIds: batch}); err != nil {
			return err
		}
	}
	return nil
}
