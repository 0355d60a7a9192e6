package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// Products for sale lie in layers: the first two thousand in the usual order are the first layer, and each layer holds many times as many as the
// one before. The first products that a query finds are all in the first layers when many products fit, and whoever finds enough there
// looks no further: see ListFirst. Every refresh puts a product where it belongs by where layers end; as products come and go, layers
// grow and shrink, and ArrangeLayers moves their ends.

// mostHeld is how many products lie in a layer and those before it at most, for all but the last. A layer takes some of the next when it has
// less than a quarter.
var mostHeld = []int32{2 << 10, 16 << 10, 128 << 10}

// movedAtOnce is how many products at most change their layer in one transaction, for which refreshes wait.
const movedAtOnce = 1000

// ArrangeLayers lets products sink from the end of a layer that has too many, the deepest first so that each sinks once, or rise to one
// that has too few.
func (s *Service) ArrangeLayers(ctx context.Context, _ *catalogv1.ArrangeLayersRequest) (*catalogv1.ArrangeLayersResponse, error) {
	moved, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (int, error) {
		if err := queries.SettleRefresh(ctx, tx); err != nil {
			return 0, err
		}
		if err := queries.LockLayers(ctx, tx); err != nil {
			return 0, err
		}
		return s.arrangeLayers(ctx, tx)
	})
	if err != nil {
		return nil, fmt.Errorf("arrange layers: %w", err)
	}
	return &catalogv1.ArrangeLayersResponse{Moved: int32(moved)}, nil
}

// swollen is how many bytes of a layer's index are too many, for each product that may lie in it; a new index has about 1,000. An index of words keeps each word that it
// ever had, and new products pass through the first layer, so a million of them that were imported left it 700 MB, all of which was looked through for what begins with a few
// letters.
const swollen = 5 << 10

// RenewLayers makes those indexes anew, all but the last layer's, which forgets little.
func (s *Service) RenewLayers(ctx context.Context, _ *catalogv1.RenewLayersRequest) (*catalogv1.RenewLayersResponse, error) {
	renewed := int32(0)
	err := s.cfg.DB.Tend(ctx, func(ctx context.Context, conn postgres.DBTX) error {
		if err := queries.LockRenewal(ctx, conn); err != nil {
			return err
		}
		for layer, most := range s.mostHeld {
			index := fmt.Sprintf("catalog_products_layer_%d", layer)
			size, err := queries.SizeOfIndex(ctx, conn, index)
			if err != nil {
				return err
			}
			if size <= int64(most)*swollen {
				continue
			}
			for _, statement := range []string{
				"drop index concurrently if exists " + index + "_ccnew", // what one who was stopped left, early or late
				"drop index concurrently if exists " + index + "_ccold",
				"reindex index concurrently " + index,
			} {
				if _, err := conn.Exec(ctx, statement); err != nil {
					return err
				}
			}
			renewed++
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("renew layers: %w", err)
	}
	return &catalogv1.RenewLayersResponse{Renewed: renewed}, nil
}

func (s *Service) arrangeLayers(ctx context.Context, tx pgx.Tx) (moved int, err error) {
	bounds := catalogdb.CountHeldParams{Most: s.mostHeld, AllProducts: allProducts}
	for layer := range s.mostHeld {
		bounds.Layers = append(bounds.Layers, int16(layer))
	}
	held, err := queries.CountHeld(ctx, tx, bounds)
	if err != nil {
		return 0, err
	}
	for layer := len(held) - 1; layer >= 0; layer-- {
		if held[layer].Products > s.mostHeld[layer] {
			return sink(ctx, tx, int16(layer), atOnce(s.mostHeld[layer]))
		}
	}
	for layer, most := range s.mostHeld {
		if held[layer].Products < most/4 {
			if moved, err := rise(ctx, tx, int16(layer), atOnce(most)); moved > 0 || err != nil {
				return moved, err
			}
		}
	}
	return 0, nil
}

// atOnce is how many products a layer gives or takes in one transaction: never so many that it would have to take or give them again.
func atOnce(most int32) int32 { return min(movedAtOnce, most/4) }

// sink puts the last products of a layer into the next.
func sink(ctx context.Context, tx pgx.Tx, layer int16, most int32) (int, error) {
	last, err := queries.ListLast(ctx, tx, catalogdb.ListLastParams{AllProducts: allProducts, Layer: layer, Most: most + 1})
	if err != nil || len(last) < 2 {
		return 0, err
	}
	end := last[len(last)-1]
	ids := make([]string, len(last)-1)
	for i := range ids {
		ids[i] = last[i].ProductID
	}
	if err := queries.MoveProducts(ctx, tx, catalogdb.MoveProductsParams{Layer: layer + 1, ProductIds: ids}); err != nil {
		return 0, err
	}
	return len(ids), queries.EndSooner(ctx, tx, catalogdb.EndSoonerParams{
		Layer: int32(layer), Supply: end.Supply, Rank: end.Rank, CreateTime: end.CreateTime, ProductID: end.ProductID,
	})
}

// rise puts the first products that come after a layer into it.
func rise(ctx context.Context, tx pgx.Tx, layer int16, most int32) (int, error) {
	next, err := queries.ListNext(ctx, tx, catalogdb.ListNextParams{AllProducts: allProducts, Layer: layer, Most: most})
	if err != nil || len(next) == 0 {
		return 0, err
	}
	end := next[len(next)-1]
	ids := make([]string, len(next))
	for i, row := range next {
		ids[i] = row.ProductID
	}
	if err := queries.MoveProducts(ctx, tx, catalogdb.MoveProductsParams{Layer: layer, ProductIds: ids}); err != nil {
		return 0, err
	}
	return len(ids), queries.EndLater(ctx, tx, catalogdb.EndLaterParams{
		Layer: layer, Supply: end.Supply, Rank: end.Rank, CreateTime: end.CreateTime, ProductID: end.ProductID,
	})
}
