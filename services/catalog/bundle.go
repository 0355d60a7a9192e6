package catalog

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// bundlesAtOnce is how many bundles, or products with bundles, are brought up to date in one transaction.
const bundlesAtOnce = 200

// bundle is what a variant is made of whose supply follows that of others.
type bundle struct {
	parts   []*inventoryv1.BundlePart
	lacks   bool // a part that is for sale: then nobody can have the bundle
	endless bool // it is a gift card, and made of nothing
}

// bundlesOf returns those variants of products that are made of others.
func bundlesOf(products []*productv1.Product) map[string]*bundle {
	bundles := make(map[string]*bundle)
	for _, product := range products {
		for _, variant := range product.GetVariants() {
			if product.GetGiftCard() {
				bundles[variant.GetId()] = &bundle{endless: true}
				continue
			}
			for _, part := range variant.GetBundleParts() {
				add(bundles, variant.GetId(), part.GetVariantId(), part.GetQuantity(), part.GetForSale())
			}
		}
	}
	return bundles
}

func add(bundles map[string]*bundle, variant, part string, quantity int32, forSale bool) {
	if bundles[variant] == nil {
		bundles[variant] = &bundle{}
	}
	bundles[variant].lacks = bundles[variant].lacks || !forSale
	bundles[variant].parts = append(bundles[variant].parts, &inventoryv1.BundlePart{VariantId: part, Quantity: quantity})
}

// unitsOfBundle is unitsOf for what is made of several things: it is on order as soon as one of them is.
func unitsOfBundle(stock *inventoryv1.BundleStock) int16 {
	if stock.GetAwaited() {
		return onOrder
	}
	return unitsOf(&inventoryv1.Stock{OnHand: stock.GetAvailable(), Backorder: stock.GetBackorder()})
}

// knownBundles returns those of some variants that are bundles as far as the catalogue knows.
func (s *Service) knownBundles(ctx context.Context, variants []string) (map[string]*bundle, error) {
	rows, err := queries.ListBundleParts(ctx, s.cfg.DB.Primary(), variants)
	if err != nil {
		return nil, fmt.Errorf("list parts of bundles: %w", err)
	}
	bundles := make(map[string]*bundle)
	for _, row := range rows {
		add(bundles, row.BundleID, row.PartID, row.Quantity, row.ForSale)
	}
	return bundles, nil
}

// refreshBundlesOf brings the bundles up to date that need some of these variants.
func (s *Service) refreshBundlesOf(ctx context.Context, variants []string) error {
	for after := lowestID; ; {
		bundles, err := queries.ListBundlesOf(ctx, s.cfg.DB.Primary(), catalogdb.ListBundlesOfParams{VariantIds: variants, After: after, Most: bundlesAtOnce})
		if err != nil {
			return fmt.Errorf("list bundles of parts: %w", err)
		}
		if len(bundles) == 0 {
			return nil
		}
		if err := s.refreshStock(ctx, bundles); err != nil {
			return err
		}
		after = bundles[len(bundles)-1]
	}
}

// refreshHolders stores anew the products with bundles that need something of these products: whether a part is for sale and what it is called is
// told with the bundle.
func (s *Service) refreshHolders(ctx context.Context, products []string) error {
	for after := lowestID; ; {
		holders, err := queries.ListBundleProducts(ctx, s.cfg.DB.Primary(), catalogdb.ListBundleProductsParams{ProductIds: products, After: after, Most: bundlesAtOnce})
		if err != nil {
			return fmt.Errorf("list products with bundles: %w", err)
		}
		if len(holders) == 0 {
			return nil
		}
		after = holders[len(holders)-1]
		holders = slices.DeleteFunc(holders, func(holder string) bool { return slices.Contains(products, holder) }) // which were asked for just now
		if len(holders) > 0 {
			if err := s.refreshProducts(ctx, holders, true); err != nil {
				return err
			}
		}
	}
}

// storeBundles says what the variants are made of that were stored just now. Those that were dropped are made of nothing: each sale of a part would be
// counted for them.
func (r *refresh) storeBundles(ctx context.Context, tx pgx.Tx, newer map[string]bool, variants, dropped []string) error {
	if _, err := queries.DropBundleParts(ctx, tx, dropped); err != nil {
		return err
	}
	var err error
	if r.unmade, err = queries.DropBundleParts(ctx, tx, variants); err != nil {
		return err
	}
	var all catalogdb.StoreBundlePartsParams
	for _, product := range r.asked {
		if !newer[product.GetId()] {
			continue
		}
		for _, variant := range product.GetVariants() {
			for _, part := range variant.GetBundleParts() {
				all.BundleIds, all.PartIds = append(all.BundleIds, variant.GetId()), append(all.PartIds, part.GetVariantId())
				all.PartProductIds = append(all.PartProductIds, part.GetProductId())
				all.Quantities, all.ForSale = append(all.Quantities, part.GetQuantity()), append(all.ForSale, part.GetForSale())
			}
		}
	}
	if len(all.BundleIds) == 0 {
		return nil
	}
	return queries.StoreBundleParts(ctx, tx, all)
}

// pageParts is what is in a bundle, as its page tells.
func pageParts(variant *productv1.Variant) []*catalogv1.BundlePart {
	var parts []*catalogv1.BundlePart
	for _, part := range variant.GetBundleParts() {
		parts = append(parts, &catalogv1.BundlePart{
			ProductId: part.GetProductId(), ProductName: part.GetProductName(), VariantName: part.GetVariantName(), Quantity: part.GetQuantity(),
		})
	}
	return parts
}

// linkParts finds the pages of what a product's bundles are made of.
func (s *Service) linkParts(ctx context.Context, product *catalogv1.Product) error {
	var parts []*catalogv1.BundlePart
	var ids []string
	for _, variant := range product.GetVariants() {
		for _, part := range variant.GetBundleParts() {
			if part.GetProductId() != "" && !slices.Contains(ids, part.GetProductId()) {
				ids = append(ids, part.GetProductId())
			}
			parts = append(parts, part)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := cardRows(queries.ListCards(ctx, s.cfg.DB.Read(ctx), catalogdb.ListCardsParams{ProductIds: ids, AllProducts: allProducts}))
	if err != nil {
		return fmt.Errorf("list parts of bundles: %w", err)
	}
	cards, err := readCards(rows)
	if err != nil {
		return err
	}
	slugs := make(map[string]string, len(cards))
	for _, card := range cards {
		slugs[card.GetProductId()] = card.GetSlug()
	}
	for _, part := range parts {
		part.ProductSlug = slugs[part.GetProductId()]
	}
	return nil
}
