package catalog

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
)

const (
	// few is how many units are told one by one.
	few = 5
	// plenty stands for more than that, and for any number of what sells on when nothing is left.
	plenty = few + 1
	// onOrder stands for nothing there of what sells on.
	onOrder = -1
	// askedAtOnce is how many variants inventory takes in one call.
	askedAtOnce = 500
)

// unitsOf is what shoppers are told of a count. Selling a few of many changes nothing here.
func unitsOf(stock *inventoryv1.Stock) int16 {
	available := stock.GetOnHand() - stock.GetHeld()
	switch {
	case stock.GetUnlimited(), available > 0 && stock.GetBackorder():
		return plenty
	case available <= 0 && stock.GetBackorder():
		return onOrder
	default:
		return int16(max(0, min(available, plenty)))
	}
}

// told is the availability of some variants taken together.
func told(units []int16) catalogv1.Availability {
	sum, backorder := 0, false
	for _, n := range units {
		sum += max(int(n), 0)
		backorder = backorder || n == onOrder
	}
	switch {
	case sum > few:
		return catalogv1.Availability_AVAILABILITY_IN_STOCK
	case sum > 0:
		return catalogv1.Availability_AVAILABILITY_LOW
	case backorder:
		return catalogv1.Availability_AVAILABILITY_BACKORDER
	default:
		return catalogv1.Availability_AVAILABILITY_SOLD_OUT
	}
}

// left is how many units shoppers are told of; 0 when they are not few.
func left(units int16) int32 {
	if units < 0 || units > few {
		return 0
	}
	return int32(units)
}

// askStock returns the units of variants, in the order asked for. Those of bundles follow from their parts.
func (s *Service) askStock(ctx context.Context, variants []string, bundles map[string]*bundle) ([]int16, error) {
	units := make(map[string]int16, len(variants))
	for part := range slices.Chunk(variants, askedAtOnce) {
		asked := &inventoryv1.BatchGetStockRequest{}
		for _, variant := range part {
			switch made := bundles[variant]; {
			case made == nil:
				asked.VariantIds = append(asked.VariantIds, variant)
			case made.endless:
				units[variant] = plenty
			case !made.lacks:
				asked.Bundles = append(asked.Bundles, &inventoryv1.Bundle{VariantId: variant, Parts: made.parts})
			}
		}
		answer, err := s.cfg.Stock.BatchGetStock(ctx, asked)
		if err != nil {
			return nil, fmt.Errorf("ask for stock: %w", err)
		}
		if len(answer.GetStock()) != len(asked.GetVariantIds()) || len(answer.GetBundles()) != len(asked.GetBundles()) {
			return nil, fmt.Errorf("asked for the stock of %d variants and %d bundles, was told of %d and %d",
				len(asked.GetVariantIds()), len(asked.GetBundles()), len(answer.GetStock()), len(answer.GetBundles()))
		}
		for _, stock := range answer.GetStock() {
			units[stock.GetVariantId()] = unitsOf(stock)
		}
		for _, stock := range answer.GetBundles() {
			units[stock.GetVariantId()] = unitsOfBundle(stock)
		}
	}
	told := make([]int16, len(variants))
	for i, variant := range variants {
		told[i] = units[variant]
	}
	return told, nil
}

// RefreshStock asks inventory and stores what shoppers are told, also of the bundles that need one of the variants. What was asked for earlier never
// replaces what was asked for later, in whatever order the answers come.
func (s *Service) RefreshStock(ctx context.Context, req *catalogv1.RefreshStockRequest) (*catalogv1.RefreshStockResponse, error) {
	variants := slices.Compact(slices.Sorted(slices.Values(req.GetVariantIds())))
	if err := s.refreshStock(ctx, variants); err != nil {
		return nil, err
	}
	if err := s.refreshBundlesOf(ctx, variants); err != nil {
		return nil, err
	}
	return &catalogv1.RefreshStockResponse{}, nil
}

func (s *Service) refreshStock(ctx context.Context, variants []string) error {
	ticket, err := queries.NextTicket(ctx, s.cfg.DB.Primary())
	if err != nil {
		return fmt.Errorf("take a ticket: %w", err)
	}
	bundles, err := s.knownBundles(ctx, variants)
	if err != nil {
		return err
	}
	units, err := s.askStock(ctx, variants, bundles)
	if err != nil {
		return err
	}
	counts := catalogdb.StoreUnitsParams{VariantIds: variants, Units: units, Ticket: ticket}
	late, err := inRefresh(ctx, s, func(ctx context.Context, tx pgx.Tx) ([]string, error) {
		return storeUnits(ctx, tx, counts)
	})
	if err == nil && len(late) > 0 {
		_, err = inRefresh(ctx, s, func(ctx context.Context, tx pgx.Tx) (any, error) {
			if _, err := queries.LockPages(ctx, tx, late); err != nil {
				return nil, err
			}
			return nil, tellUnits(ctx, tx, late)
		})
	}
	if err != nil {
		return fmt.Errorf("store stock: %w", err)
	}
	return nil
}

// storeUnits stores counts and tells of them. It returns the products that became known between looking for those to lock and storing:
// they are still to be told of.
func storeUnits(ctx context.Context, tx pgx.Tx, counts catalogdb.StoreUnitsParams) (late []string, err error) {
	products, err := queries.ListVariantProducts(ctx, tx, counts.VariantIds)
	if err != nil {
		return nil, err
	}
	if _, err := queries.LockPages(ctx, tx, products); err != nil {
		return nil, err
	}
	stored, err := queries.StoreUnits(ctx, tx, counts)
	if err != nil {
		return nil, err
	}
	locked := make(map[string]bool, len(products))
	for _, product := range products {
		locked[product] = true
	}
	for _, variant := range stored {
		if product := variant.ProductID; product != nil && !locked[*product] && !slices.Contains(late, *product) {
			late = append(late, *product)
		}
	}
	return late, tellUnits(ctx, tx, products)
}

// tellUnits brings the pages, cards and facets of locked products up to what is stored of their variants.
func tellUnits(ctx context.Context, tx pgx.Tx, products []string) error {
	pages, err := queries.UpdateUnits(ctx, tx, products)
	if err != nil {
		return err
	}
	var cards catalogdb.UpdateListingSuppliesParams
	for _, page := range pages {
		if page.State == stateForSale {
			availability := told(page.Units)
			cards.ProductIds = append(cards.ProductIds, page.ProductID)
			cards.Supplies = append(cards.Supplies, supplyOf(availability))
			cards.Availabilities = append(cards.Availabilities, int16(availability))
		}
	}
	if len(cards.ProductIds) == 0 {
		return nil
	}
	rows, err := queries.ListSupplies(ctx, tx, cards.ProductIds)
	if err != nil {
		return err
	}
	before := make(map[string]int16, len(rows))
	for _, row := range rows {
		before[row.ProductID] = row.Supply
	}
	moved := catalogdb.UpdateSuppliesParams{SupplyFacets: supplyFacets}
	for i, product := range cards.ProductIds {
		if supply := cards.Supplies[i]; supply != before[product] {
			moved.ProductIds = append(moved.ProductIds, product)
			moved.Supplies = append(moved.Supplies, supply)
			moved.Facets = append(moved.Facets, supplyFacets[supply])
		}
	}
	counts := make(tally)
	if err := counts.add(ctx, tx, moved.ProductIds, -1); err != nil {
		return err
	}
	if len(moved.ProductIds) > 0 {
		if err := queries.ShareLayers(ctx, tx); err != nil {
			return err
		}
		if err := queries.UpdateSupplies(ctx, tx, moved); err != nil {
			return err
		}
	}
	if err := queries.UpdateListingSupplies(ctx, tx, cards); err != nil {
		return err
	}
	if err := counts.add(ctx, tx, moved.ProductIds, 1); err != nil {
		return err
	}
	if err := tell(ctx, tx, cards.ProductIds, counts); err != nil {
		return err
	}
	return counts.store(ctx, tx)
}
