package checkout

import (
	"context"
	"fmt"
	"time"

	"github.com/tradewind-commerce/tradewind/gen/db/checkoutdb"
	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

const (
	// cartLife is what the cart page promises; a guest's token lives as long.
	cartLife  = 30 * 24 * time.Hour
	oldAtOnce = 500
)

// RemoveOldCarts lets go of what shoppers left behind, and of the e-mails and addresses in it.
func (s *Service) RemoveOldCarts(ctx context.Context, _ *checkoutv1.RemoveOldCartsRequest) (*checkoutv1.RemoveOldCartsResponse, error) {
	removed, err := queries.RemoveOldCarts(ctx, s.cfg.DB.Primary(), checkoutdb.RemoveOldCartsParams{Before: clock.Now().Add(-cartLife), Most: oldAtOnce})
	if err != nil {
		return nil, fmt.Errorf("remove old carts: %w", err)
	}
	return &checkoutv1.RemoveOldCartsResponse{Removed: int32(removed)}, nil
}
