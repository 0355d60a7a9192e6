package checkout

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/checkoutdb"
	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// AddCartItem puts a variant in the cart. There may be fewer units than asked for: the line says so, and the shopper decides.
func (s *Service) AddCartItem(ctx context.Context, req *checkoutv1.AddCartItemRequest) (*checkoutv1.AddCartItemResponse, error) {
	who, err := s.shopper(ctx)
	if err != nil {
		return nil, err
	}
	offers, err := s.offersOf(ctx, who, []string{req.GetVariantId()})
	if err != nil {
		return nil, err
	}
	offer := offers[req.GetVariantId()]
	switch {
	case offer == nil:
		return nil, rpc.NotFound("no such product")
	case !s.sells(offer):
		return nil, rpc.FailedPrecondition("this is not for sale any more")
	case offer.GetAvailable() <= 0 && !offer.GetBackorder():
		return nil, rpc.FailedPrecondition("this is sold out")
	}
	changed, err := s.change(ctx, who, req, func(ctx context.Context, tx pgx.Tx, locked checkoutdb.Cart) error {
		seen := priceOf(offer, req.GetQuantity()).GetPrice().GetAmountMinor()
		quantity, err := queries.AddCartItem(ctx, tx, checkoutdb.AddCartItemParams{
			ID: id.New(), CartID: locked.ID, VariantID: req.GetVariantId(), Quantity: req.GetQuantity(), SeenUnitPriceMinor: seen,
		})
		if postgres.Violates(err, "cart_item_quantity") {
			return rpc.FailedPrecondition(fmt.Sprintf("a cart holds at most %d of one item", maxQuantity))
		}
		if err != nil {
			return fmt.Errorf("add cart item: %w", err)
		}
		if together := priceOf(offer, quantity).GetPrice().GetAmountMinor(); together != seen {
			err := queries.SetSeenPrice(ctx, tx, checkoutdb.SetSeenPriceParams{CartID: locked.ID, VariantID: req.GetVariantId(), SeenUnitPriceMinor: together})
			if err != nil {
				return fmt.Errorf("set seen price: %w", err)
			}
		}
		lines, err := queries.CountCartItems(ctx, tx, locked.ID)
		if err != nil {
			return fmt.Errorf("count cart items: %w", err)
		}
		if lines > maxLines {
			return rpc.FailedPrecondition(fmt.Sprintf("a cart holds at most %d different items", maxLines))
		}
		return touch(ctx, tx, locked.ID)
	})
	return &checkoutv1.AddCartItemResponse{Cart: changed}, err
}

// SetCartItemQuantity sets how many of a line are wanted, and removes it for none. What one costs may depend on it.
func (s *Service) SetCartItemQuantity(
	ctx context.Context, req *checkoutv1.SetCartItemQuantityRequest,
) (*checkoutv1.SetCartItemQuantityResponse, error) {
	who, err := s.shopper(ctx)
	if err != nil {
		return nil, err
	}
	price, err := s.priceFor(ctx, who, req)
	if err != nil {
		return nil, err
	}
	changed, err := s.change(ctx, who, req, func(ctx context.Context, tx pgx.Tx, locked checkoutdb.Cart) error {
		var found int64
		var err error
		if req.GetQuantity() == 0 {
			found, err = queries.RemoveCartItem(ctx, tx, checkoutdb.RemoveCartItemParams{ID: req.GetLineId(), CartID: locked.ID})
		} else {
			found, err = queries.SetCartItemQuantity(ctx, tx, checkoutdb.SetCartItemQuantityParams{
				ID: req.GetLineId(), CartID: locked.ID, Quantity: req.GetQuantity(), SeenUnitPriceMinor: price,
			})
		}
		if err != nil {
			return fmt.Errorf("set quantity: %w", err)
		}
		if found == 0 {
			return rpc.NotFound("no such line in this cart")
		}
		return touch(ctx, tx, locked.ID)
	})
	return &checkoutv1.SetCartItemQuantityResponse{Cart: changed}, err
}

// priceFor is what one unit costs at the quantity that a line is to have: the shopper is shown it next. Of what is not sold any more it is the price that the
// shopper saw.
func (s *Service) priceFor(ctx context.Context, who shopper, req *checkoutv1.SetCartItemQuantityRequest) (int64, error) {
	if req.GetQuantity() == 0 {
		return 0, nil
	}
	c, err := load(ctx, s.cfg.DB.Primary(), req.GetCartId(), who)
	if err != nil {
		return 0, err
	}
	at := slices.IndexFunc(c.items, func(item item) bool { return item.id == req.GetLineId() })
	if at < 0 {
		return 0, rpc.NotFound("no such line in this cart")
	}
	offers, err := s.offersOf(ctx, who, []string{c.items[at].variantID})
	if err != nil {
		return 0, err
	}
	if offer := offers[c.items[at].variantID]; s.sells(offer) {
		return priceOf(offer, req.GetQuantity()).GetPrice().GetAmountMinor(), nil
	}
	return c.items[at].seenMinor, nil
}

func touch(ctx context.Context, tx pgx.Tx, cartID string) error {
	if err := queries.TouchCart(ctx, tx, checkoutdb.TouchCartParams{ID: cartID, Now: clock.Now()}); err != nil {
		return fmt.Errorf("touch cart: %w", err)
	}
	return nil
}
