package checkout

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/checkoutdb"
	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/pricing"
)

// maxCodes is how many codes a cart holds.
const maxCodes = 5

// ApplyCode keeps a code that makes the cart cheaper. One that does not is refused with the reason, and nothing is kept of it.
func (s *Service) ApplyCode(ctx context.Context, req *checkoutv1.ApplyCodeRequest) (*checkoutv1.ApplyCodeResponse, error) {
	code := strings.TrimSpace(req.GetCode())
	if pricing.CodeKey(code) == "" {
		return nil, rpc.InvalidArgument("code: is empty; type the code as you were given it")
	}
	who, err := s.shopper(ctx)
	if err != nil {
		return nil, err
	}
	c, offers, err := s.open(ctx, who, req.GetCartId())
	if err != nil {
		return nil, err
	}
	if codes := withCode(c.Codes, code); len(codes) > len(c.Codes) && len(codes) <= maxCodes {
		c.Codes = codes
		basket, err := s.anyway(ctx, c, offers, "")
		if err != nil {
			return nil, err
		}
		if result := basket.quote.GetCodes()[len(codes)-1]; !result.GetApplied() {
			return nil, rpc.FailedPrecondition(result.GetProblem(), result)
		}
	}
	changed, err := s.change(ctx, who, req, func(ctx context.Context, tx pgx.Tx, locked checkoutdb.Cart) error {
		codes := withCode(locked.Codes, code)
		switch {
		case len(codes) == len(locked.Codes):
			return nil
		case len(codes) > maxCodes:
			return rpc.FailedPrecondition(fmt.Sprintf("a cart holds at most %d codes; remove one of them first", maxCodes))
		}
		return keepCodes(ctx, tx, locked.ID, codes)
	})
	return &checkoutv1.ApplyCodeResponse{Cart: changed}, err
}

// RemoveCode lets go of a code.
func (s *Service) RemoveCode(ctx context.Context, req *checkoutv1.RemoveCodeRequest) (*checkoutv1.RemoveCodeResponse, error) {
	who, err := s.shopper(ctx)
	if err != nil {
		return nil, err
	}
	changed, err := s.change(ctx, who, req, func(ctx context.Context, tx pgx.Tx, locked checkoutdb.Cart) error {
		left := slices.DeleteFunc(slices.Clone(locked.Codes), func(kept string) bool { return pricing.CodeKey(kept) == pricing.CodeKey(req.GetCode()) })
		if len(left) == len(locked.Codes) {
			return nil
		}
		return keepCodes(ctx, tx, locked.ID, left)
	})
	return &checkoutv1.RemoveCodeResponse{Cart: changed}, err
}

// withCode adds a code to others, unless it is one of them in another spelling.
func withCode(codes []string, code string) []string {
	if slices.ContainsFunc(codes, func(kept string) bool { return pricing.CodeKey(kept) == pricing.CodeKey(code) }) {
		return codes
	}
	return append(slices.Clone(codes), code)
}

func keepCodes(ctx context.Context, tx pgx.Tx, cartID string, codes []string) error {
	if err := queries.SetCartCodes(ctx, tx, checkoutdb.SetCartCodesParams{ID: cartID, Codes: codes, Now: clock.Now()}); err != nil {
		return fmt.Errorf("set codes: %w", err)
	}
	return nil
}
