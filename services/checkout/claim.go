package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/checkoutdb"
	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// ClaimCart makes what a guest put in a cart the customer's who signed in.
func (s *Service) ClaimCart(ctx context.Context, req *checkoutv1.ClaimCartRequest) (*checkoutv1.ClaimCartResponse, error) {
	who, err := s.shopper(ctx)
	if err != nil {
		return nil, err
	}
	guest, err := s.guestOf(ctx, req.GetGuestToken())
	if err != nil {
		return nil, err
	}
	claimed, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (cart, error) {
		cartID, err := claim(ctx, tx, who.owner, guest, req.GetCartId())
		if err != nil {
			return cart{}, err
		}
		return load(ctx, tx, cartID, who)
	})
	if err != nil {
		return nil, err
	}
	priced, err := s.price(ctx, claimed, "")
	return &checkoutv1.ClaimCartResponse{Cart: priced}, err
}

// guestOf returns the guest whom a token proves; empty when it proves none, or does no more.
func (s *Service) guestOf(ctx context.Context, token string) (string, error) {
	if token == "" {
		return "", nil
	}
	caller, err := s.cfg.Tokens.Verify(ctx, token)
	switch {
	case errors.Is(err, auth.ErrToken) || err == nil && caller.Kind != auth.Guest:
		return "", nil
	case err != nil:
		return "", fmt.Errorf("verify the guest's token: %w", err)
	}
	return caller.Subject, nil
}

// claim returns the cart that a customer goes on with: the guest's, if there is one, else the one they left open.
func claim(ctx context.Context, tx pgx.Tx, customer, guest, cartID string) (string, error) {
	if err := queries.LockCustomer(ctx, tx, customer); err != nil {
		return "", fmt.Errorf("lock customer: %w", err)
	}
	left, err := queries.FindOpenCart(ctx, tx, customer)
	if err != nil && !postgres.IsNoRows(err) {
		return "", fmt.Errorf("find open cart: %w", err)
	}
	var ids []string
	for _, one := range []string{cartID, left} {
		if id.Valid(one) {
			ids = append(ids, one)
		}
	}
	carts, err := queries.LockCarts(ctx, tx, ids)
	if err != nil {
		return "", fmt.Errorf("lock carts: %w", err)
	}
	var filled, kept *checkoutdb.Cart
	for _, row := range carts {
		switch {
		case row.State != stateOpen: // one was ordered just now
		case row.ID == cartID && row.Owner == customer:
			return cartID, nil
		case row.ID == cartID && row.Owner == guest:
			filled = &row
		case row.ID == left && row.Owner == customer:
			kept = &row
		}
	}
	switch {
	case filled == nil && kept == nil:
		return "", errNoCart
	case filled == nil:
		return kept.ID, nil
	case kept == nil:
		return filled.ID, give(ctx, tx, customer, *filled)
	}
	lines, err := queries.CountCartItems(ctx, tx, filled.ID)
	if err != nil {
		return "", fmt.Errorf("count cart items: %w", err)
	}
	if lines == 0 {
		return kept.ID, nil
	}
	return filled.ID, merge(ctx, tx, customer, *filled, *kept)
}

// merge adds to the cart that a guest filled what the customer's own holds, which ends. What would be too much is left out: the lines that were added first, and the codes and gift
// cards of the customer's own.
func merge(ctx context.Context, tx pgx.Tx, customer string, filled, kept checkoutdb.Cart) error {
	later := postgres.Later(tx)
	if err := queries.RaiseCartItems(ctx, later, checkoutdb.RaiseCartItemsParams{CartID: filled.ID, OtherCartID: kept.ID}); err != nil {
		return fmt.Errorf("raise cart items: %w", err)
	}
	if err := queries.MoveCartItems(ctx, later, checkoutdb.MoveCartItemsParams{CartID: filled.ID, OtherCartID: kept.ID}); err != nil {
		return fmt.Errorf("move cart items: %w", err)
	}
	if err := queries.TrimCart(ctx, later, checkoutdb.TrimCartParams{CartID: filled.ID, Most: maxLines}); err != nil {
		return fmt.Errorf("trim cart: %w", err)
	}
	if err := queries.RemoveCart(ctx, later, kept.ID); err != nil {
		return fmt.Errorf("remove cart: %w", err)
	}
	for _, code := range kept.Codes {
		if codes := withCode(filled.Codes, code); len(codes) <= maxCodes {
			filled.Codes = codes
		}
	}
	for _, card := range kept.GiftCardIds {
		if !slices.Contains(filled.GiftCardIds, card) && len(filled.GiftCardIds) < maxGiftCards {
			filled.GiftCardIds = append(filled.GiftCardIds, card)
		}
	}
	return give(ctx, tx, customer, filled)
}

// give makes a cart a customer's.
func give(ctx context.Context, tx pgx.Tx, customer string, filled checkoutdb.Cart) error {
	err := queries.ClaimCart(ctx, postgres.Later(tx), checkoutdb.ClaimCartParams{
		ID: filled.ID, Owner: customer, Codes: filled.Codes, GiftCardIds: filled.GiftCardIds, Now: clock.Now(),
	})
	if err != nil {
		return fmt.Errorf("claim cart: %w", err)
	}
	return nil
}
