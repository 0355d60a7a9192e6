package product

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// endless is how many there are of what nobody counts.
const endless = 1_000_000

// SetGiftCard decides with the product locked, so that nobody puts it on sale meanwhile.
func (s *Service) SetGiftCard(ctx context.Context, req *productv1.SetGiftCardRequest) (*productv1.SetGiftCardResponse, error) {
	changed, err := inEdit(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*productv1.Product, error) {
		p, err := lockOne(ctx, tx, req.GetId(), 0)
		if err != nil {
			return nil, err
		}
		if p.GetGiftCard() == req.GetGiftCard() {
			return p, nil
		}
		if p.GetState() != productv1.ProductState_PRODUCT_STATE_DRAFT {
			return nil, rpc.FailedPrecondition("only a draft becomes a gift card, or stops being one; what is on sale stays what shoppers know it as")
		}
		if req.GetGiftCard() {
			if err := becomesGiftCard(ctx, tx, p); err != nil {
				return nil, err
			}
		}
		if err := queries.SetGiftCards(ctx, tx, productdb.SetGiftCardsParams{Ids: []string{p.GetId()}, GiftCard: req.GetGiftCard()}); err != nil {
			return nil, fmt.Errorf("set gift card: %w", err)
		}
		if err := raise(ctx, tx, p.GetId()); err != nil {
			return nil, err
		}
		return loadOne(ctx, tx, p.GetId())
	})
	if err != nil {
		return nil, err
	}
	return &productv1.SetGiftCardResponse{Product: changed}, nil
}

// becomesGiftCard refuses what has something that no gift card has. Two who pack and declare at the same moment take turns.
func becomesGiftCard(ctx context.Context, tx pgx.Tx, p *productv1.Product) error {
	if len(p.GetDigitalVariantIds()) > 0 {
		return rpc.FailedPrecondition("this product has files to download; a gift card has none, so remove them first")
	}
	var variants []string
	for _, v := range p.GetVariants() {
		variants = append(variants, v.GetId())
		switch {
		case len(v.GetBundleParts()) > 0:
			return rpc.FailedPrecondition("a variant is a bundle; a gift card is worth its price and made of nothing, so take the parts out first")
		case v.GetPrice().GetAmountMinor() == 0:
			return rpc.FailedPrecondition("a variant costs nothing; a gift card is worth its price, so give each one")
		}
	}
	if err := queries.LockBundles(ctx, tx); err != nil {
		return fmt.Errorf("lock bundles: %w", err)
	}
	holders, err := queries.ListBundlesOfParts(ctx, tx, variants)
	switch {
	case err != nil:
		return fmt.Errorf("list bundles of parts: %w", err)
	case len(holders) > 0:
		return rpc.FailedPrecondition("a variant is packed for the bundle " + shortened(holders[0].Name) + "; take it out there first, since nobody packs a gift card")
	}
	return nil
}

// values are the prices of gift cards by which their worth is known: whatever makes other goods cheaper, for some customers or for more units, does not count.
func values(prices []productdb.ListPricesForRow) []productdb.ListPricesForRow {
	own := slices.IndexFunc(prices, func(p productdb.ListPricesForRow) bool { return p.ListID == "" })
	if own >= 0 {
		return prices[own : own+1]
	}
	var most []productdb.ListPricesForRow
	for _, p := range prices { // in another currency than the variant's own: the dearest is for everybody
		if p.MinQuantity == 1 && (len(most) == 0 || p.PriceMinor > most[0].PriceMinor) {
			most = []productdb.ListPricesForRow{p}
		}
	}
	return most
}

// refuseWorthless keeps gift cards from sale that a feed made worth nothing.
func refuseWorthless(offers []*productv1.Offer) {
	for _, offer := range offers {
		if offer.GetGiftCard() && offer.GetPrice().GetAmountMinor() == 0 {
			offer.ForSale = false
		}
	}
}

// tidyGiftCard checks that each variant is worth something and made of nothing.
func (p *problems) tidyGiftCard(field string, v *productv1.Variant) {
	if v.GetPrice().GetAmountMinor() == 0 {
		p.add(field+".price", "is nothing; a gift card is worth its price")
	}
	if len(v.GetBundleParts()) > 0 {
		p.add(field+"."+bundleParts, "cannot be given: the product is a gift card, which is worth its price and made of nothing")
	}
}
