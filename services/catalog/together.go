package catalog

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	// togetherHalves is how much later an order has to be to count twice as much.
	togetherHalves = 90 * 24 * time.Hour
	// togetherKept is how long an order counts at all. It is known as counted for a day more, since clocks differ.
	togetherKept = 2 * 365 * 24 * time.Hour
	// pairsLookedAt is how many others of a product are looked at: those that are gone or sold out stand among them.
	pairsLookedAt = 40
	// othersLookedAt bounds the same where there are many products.
	othersLookedAt = 100
	// namedLookedAt is in how many products of a cart the merchant's own choice is looked for.
	namedLookedAt = 20
	// forgottenAtOnce bounds a step of forgetting.
	forgottenAtOnce = 2000
)

// togetherSince is when weights begin at 1.
var togetherSince = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// pairWeight is what an order of so many products adds to each two of them. A later order adds more, instead of earlier ones losing: so a sum is stored
// once and its order holds at any time. What an order says of a product is shared by all that is with it, so that a kettle and its tea count for more than
// any two of a hundred things. A float holds 250 years of this.
func pairWeight(confirmed time.Time, products int) float64 {
	return math.Exp2(float64(confirmed.Sub(togetherSince))/float64(togetherHalves)) / float64(products-1)
}

// CountBoughtTogether counts in one statement.
func (s *Service) CountBoughtTogether(ctx context.Context, req *catalogv1.CountBoughtTogetherRequest) (*catalogv1.CountBoughtTogetherResponse, error) {
	products := slices.Compact(slices.Sorted(slices.Values(req.GetProductIds())))
	confirmed := req.GetConfirmTime().AsTime()
	if len(products) < 2 || confirmed.Before(clock.Now().Add(-togetherKept)) {
		return &catalogv1.CountBoughtTogetherResponse{}, nil
	}
	if confirmed.After(clock.Now()) {
		confirmed = clock.Now() // another machine's clock is ahead
	}
	_, err := queries.CountOrder(ctx, s.cfg.DB.Primary(), catalogdb.CountOrderParams{
		OrderID: req.GetOrderId(), ConfirmTime: confirmed, Weight: pairWeight(confirmed, len(products)), ProductIds: products,
	})
	if err != nil {
		return nil, fmt.Errorf("count what is bought together: %w", err)
	}
	return &catalogv1.CountBoughtTogetherResponse{}, nil
}

// ForgetBoughtTogether removes rows of both tables.
func (s *Service) ForgetBoughtTogether(ctx context.Context, _ *catalogv1.ForgetBoughtTogetherRequest) (*catalogv1.ForgetBoughtTogetherResponse, error) {
	before := clock.Now().Add(-togetherKept)
	pairs, err := queries.DropOldPairs(ctx, s.cfg.DB.Primary(), catalogdb.DropOldPairsParams{Before: before, Most: forgottenAtOnce})
	if err != nil {
		return nil, fmt.Errorf("forget pairs: %w", err)
	}
	orders, err := queries.DropCountedOrders(ctx, s.cfg.DB.Primary(), catalogdb.DropCountedOrdersParams{Before: before.AddDate(0, 0, -1), Most: forgottenAtOnce})
	if err != nil {
		return nil, fmt.Errorf("forget counted orders: %w", err)
	}
	return &catalogv1.ForgetBoughtTogetherResponse{More: max(pairs, orders) == forgottenAtOnce}, nil
}

// boughtTogether returns the cards of what is bought most with some products.
func (s *Service) boughtTogether(ctx context.Context, products, leftOut []string, most int) ([]*catalogv1.Card, error) {
	rows, err := cardRows(queries.ListBoughtTogether(ctx, s.cfg.DB.Read(ctx), catalogdb.ListBoughtTogetherParams{
		ProductIds: products, LeftOut: leftOut, LookedAt: pairsLookedAt, MostOthers: othersLookedAt, AllProducts: allProducts, Most: int32(most),
	}))
	if err != nil {
		return nil, fmt.Errorf("list what is bought together: %w", err)
	}
	return readCards(rows)
}

// ListCrossSells asks in four statements, whatever the number of variants.
func (s *Service) ListCrossSells(ctx context.Context, req *catalogv1.ListCrossSellsRequest) (*catalogv1.ListCrossSellsResponse, error) {
	products, err := queries.ListVariantProducts(ctx, s.cfg.DB.Read(ctx), req.GetVariantIds())
	if err != nil {
		return nil, fmt.Errorf("list products of variants: %w", err)
	}
	if len(products) == 0 {
		return &catalogv1.ListCrossSellsResponse{}, nil
	}
	most := int(rpc.PageSize(req.GetPageSize(), mostTogether))
	shown := make(map[string]bool, len(products))
	for _, product := range products {
		shown[product] = true
	}
	named, err := s.named(ctx, products[:min(len(products), namedLookedAt)])
	if err != nil {
		return nil, err
	}
	cards := addCards(nil, named, shown, most)
	if len(cards) < most {
		leftOut := slices.Clone(products)
		for _, card := range cards {
			leftOut = append(leftOut, card.GetProductId())
		}
		together, err := s.boughtTogether(ctx, products, leftOut, most-len(cards))
		if err != nil {
			return nil, err
		}
		cards = addCards(cards, together, shown, most)
	}
	cards, err = s.translate(ctx, s.language(req.GetLocale()), cards)
	return &catalogv1.ListCrossSellsResponse{Cards: cards}, err
}

// named returns the cards of what the merchant names for some products and can be had: the first of each before the second of any.
func (s *Service) named(ctx context.Context, products []string) ([]*catalogv1.Card, error) {
	pages, err := queries.ListPages(ctx, s.cfg.DB.Read(ctx), products)
	if err != nil {
		return nil, fmt.Errorf("list pages: %w", err)
	}
	byPlace := make([][]string, relatives)
	for _, page := range pages {
		product := new(catalogv1.Product)
		if err := proto.Unmarshal(page, product); err != nil {
			return nil, fmt.Errorf("read a page: %w", err)
		}
		for place, related := range product.GetRelatedIds()[:min(len(product.GetRelatedIds()), relatives)] {
			if !slices.Contains(byPlace[place], related) {
				byPlace[place] = append(byPlace[place], related)
			}
		}
	}
	cards, err := s.listCards(ctx, slices.Concat(byPlace...))
	return slices.DeleteFunc(cards, func(card *catalogv1.Card) bool {
		return card.GetAvailability() == catalogv1.Availability_AVAILABILITY_SOLD_OUT
	}), err
}
