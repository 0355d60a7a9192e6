package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// RefreshProducts asks product and inventory, then stores in one transaction what is newer than what is there.
func (s *Service) RefreshProducts(ctx context.Context, req *catalogv1.RefreshProductsRequest) (*catalogv1.RefreshProductsResponse, error) {
	ids := slices.Compact(slices.Sorted(slices.Values(req.GetProductIds())))
	if err := s.refreshProducts(ctx, ids, false); err != nil {
		return nil, err
	}
	if err := s.refreshHolders(ctx, ids); err != nil {
		return nil, err
	}
	return &catalogv1.RefreshProductsResponse{}, nil
}

// refreshProducts stores products that are newer than what is there, or with again those too that are the same.
func (s *Service) refreshProducts(ctx context.Context, ids []string, again bool) error {
	r, err := s.ask(ctx, ids)
	if err != nil {
		return err
	}
	r.again = again
	_, err = inRefresh(ctx, s, func(ctx context.Context, tx pgx.Tx) (any, error) { return nil, r.store(ctx, tx) })
	if err != nil {
		return fmt.Errorf("store products: %w", err)
	}
	s.buryTree(ctx, postgres.Token(ctx))
	// Whoever counted meanwhile did not know yet what is a bundle now, or is none any more.
	changed := slices.Compact(slices.Sorted(slices.Values(slices.AppendSeq(r.unmade, maps.Keys(r.bundles)))))
	for made := range slices.Chunk(changed, askedAtOnce) {
		if err := s.refreshStock(ctx, made); err != nil {
			return err
		}
	}
	return nil
}

// refresh is what was asked for, what the answers were, and how they are shown.
type refresh struct {
	ids      []string
	ticket   int64
	again    bool // whether to store what is there in this version already
	asked    []*productv1.Product
	products map[string]shown
	units    map[string]int16   // by variant
	bundles  map[string]*bundle // by variant
	unmade   []string           // variants that were bundles until they were stored
	// memberships are by product; some of them were asked for later elsewhere, and are stored already.
	memberships map[string][]membership
	texts       language
	languages   []language // the shop's further ones
}

// ask takes a ticket and then asks product and inventory, never in a transaction. Of two refreshes the one with the higher ticket asked later, and so knows better
// where there is no version to tell.
func (s *Service) ask(ctx context.Context, ids []string) (*refresh, error) {
	ticket, err := queries.NextTicket(ctx, s.cfg.DB.Primary())
	if err != nil {
		return nil, fmt.Errorf("take a ticket: %w", err)
	}
	asked, err := s.cfg.Products.BatchGetProducts(ctx, &productv1.BatchGetProductsRequest{Ids: ids})
	if err != nil {
		return nil, fmt.Errorf("ask for products: %w", err)
	}
	r := &refresh{
		ids: ids, ticket: ticket, asked: asked.GetProducts(), bundles: bundlesOf(asked.GetProducts()), texts: s.texts, languages: s.languages,
		products: make(map[string]shown, len(ids)), units: make(map[string]int16),
	}
	lowest, err := s.askLowest(ctx, r.asked)
	if err != nil {
		return nil, err
	}
	if r.memberships, err = s.askMemberships(ctx, ids); err != nil {
		return nil, err
	}
	var variants []string
	for _, product := range r.asked {
		if r.products[product.GetId()], err = show(product, s.texts, s.languages, lowest); err != nil {
			return nil, fmt.Errorf("show product %s: %w", product.GetId(), err)
		}
		for _, variant := range product.GetVariants() {
			variants = append(variants, variant.GetId())
		}
	}
	units, err := s.askStock(ctx, variants, r.bundles)
	if err != nil {
		return nil, err
	}
	for i, variant := range variants {
		r.units[variant] = units[i]
	}
	return r, nil
}

// askLowest returns what must be told of variants that are reduced. It follows from what was before the reduction, so it holds as long as that.
func (s *Service) askLowest(ctx context.Context, products []*productv1.Product) (lowestPrices, error) {
	var variants []string
	for _, product := range products {
		for _, variant := range product.GetVariants() {
			if reduced(variant) {
				variants = append(variants, variant.GetId())
			}
		}
	}
	lowest := make(lowestPrices, len(variants))
	for part := range slices.Chunk(variants, askedAtOnce) {
		answer, err := s.cfg.Prices.BatchGetLowestPrices(ctx, &productv1.BatchGetLowestPricesRequest{VariantIds: part})
		if err != nil {
			return nil, fmt.Errorf("ask for the lowest prices: %w", err)
		}
		for _, price := range answer.GetPrices() {
			if price.GetReducedSince() != nil {
				lowest[price.GetVariantId()] = price.GetLowest()
			}
		}
	}
	return lowest, nil
}
