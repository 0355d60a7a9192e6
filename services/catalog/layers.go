package catalog

import (
	"context"
	"fmt"
	"math"
	"time"

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
// room for twice as many as it takes at once: in one that is nearly empty too little is found, and what is not is looked for among all others.
var mostHeld = []int32{2 << 10, 16 << 10, 128 << 10}

// movedInTurn is how many products at most change their layer in one transaction, for which refreshes wait.
const movedInTurn = 4 << 10

// stillFor is how long a layer that is closed stays so at least until it is looked whether products still come.
const stillFor = time.Minute

// ArrangeLayers lets products sink from the end of a layer that has too many, the deepest first so that each sinks once, or rise to one
// that has too few. New products stand first, so in an import each of a million would come into the first layer and sink over three ends, which costs more than all
// else that is done for it. Layers that are flooded so are closed: they give away all that they hold, and what comes goes past them until no more comes.
func (s *Service) ArrangeLayers(ctx context.Context, _ *catalogv1.ArrangeLayersRequest) (*catalogv1.ArrangeLayersResponse, error) {
	moved, err := inRefresh(ctx, s, func(ctx context.Context, tx pgx.Tx) (int, error) {
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
	bounds := catalogdb.CountHeldParams{AllProducts: allProducts}
	for layer, most := range s.mostHeld {
		bounds.Layers, bounds.Most = append(bounds.Layers, int16(layer)), append(bounds.Most, most+s.flood(most)+1)
	}
	held, err := queries.CountHeld(ctx, tx, bounds)
	if err != nil {
		return 0, err
	}
	for layer := len(held) - 1; layer >= 0; layer-- {
		most, products, closed := s.mostHeld[layer], held[layer].Products, held[layer].Closed
		if products > most+s.flood(most) && !closed {
			closed = true
			if err := queries.CloseLayers(ctx, tx, int32(layer)); err != nil {
				return 0, err
			}
		}
		switch {
		case closed && products > 0:
			return sink(ctx, tx, int16(layer), s.movedInTurn)
		case !closed && products > most:
			return sink(ctx, tx, int16(layer), min(products-most+s.atOnce(most), s.movedInTurn))
		}
	}
	if held[0].Closed {
		if err := queries.OpenLayers(ctx, tx, catalogdb.OpenLayersParams{
			AllProducts: allProducts, Few: s.mostHeld[0] / 4, StillSeconds: s.stillFor.Seconds(),
		}); err != nil {
			return 0, err
		}
	}
	for layer, most := range s.mostHeld {
		if held[layer].Products < most-2*s.atOnce(most) && !held[layer].Closed {
			if moved, err := rise(ctx, tx, int16(layer), s.atOnce(most)); moved > 0 || err != nil {
				return moved, err
			}
		}
	}
	return 0, nil
}

// flood is how many products above its most a layer does not hold unless they come faster than they can be moved on. A large one takes long to be
// filled again, so it is not closed for few.
func (s *Service) flood(most int32) int32 { return max(s.movedInTurn, most/16) }

// atOnce is how many products a layer takes, or gives beyond what it must: as many as it can, so that there are few turns, but never so many that it
// would have to give or take them again.
func (s *Service) atOnce(most int32) int32 { return min(s.movedInTurn, most/4) }

// sink puts the last products of a layer into the next.
func sink(ctx context.Context, tx pgx.Tx, layer int16, most int32) (int, error) {
	last, err := queries.ListLast(ctx, tx, catalogdb.ListLastParams{AllProducts: allProducts, Layer: layer, Most: most + 1})
	if err != nil || len(last) == 0 {
		return 0, err
	}
	ids := make([]string, 0, len(last))
	for _, row := range last[:min(int(most), len(last))] {
		ids = append(ids, row.ProductID)
	}
	if err := queries.MoveProducts(ctx, tx, catalogdb.MoveProductsParams{Layer: layer + 1, ProductIds: ids}); err != nil {
		return 0, err
	}
	end := last[len(last)-1]
	if len(last) == len(ids) {
		end.Supply = math.MaxInt16 // none is left, and the layer ends before all products
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
