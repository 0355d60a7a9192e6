package order_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// An order whose address cannot be stored is not placed, rather than placed without an address.
func TestCreateWithoutAddress(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	usd := func(minor int64) *typev1.Money { return &typev1.Money{AmountMinor: minor, CurrencyCode: "USD"} }
	broken := shoptest.Address("US", "OR")
	broken.City = "Portl\xe4nd"
	for name, tc := range map[string]struct{ delivery, billing *typev1.Address }{
		"delivery": {broken, shoptest.Address("US", "OR")}, "billing": {shoptest.Address("US", "OR"), broken},
	} {
		_, err := postgres.InTx(t.Context(), shop.DB, func(ctx context.Context, tx pgx.Tx) (order.Order, error) {
			return order.Create(ctx, tx, order.Placement{
				ID: id.New(), CartID: id.New(), Owner: "ada", Email: "ada@example.com", DeliveryAddress: tc.delivery, BillingAddress: tc.billing, Numbers: "TW-%06d",
				Lines: []order.Line{{Quantity: 1, Offer: &productv1.Offer{
					VariantId: id.New(), ProductId: id.New(), ProductSlug: "lamp", ProductName: "Lamp", Sku: "L-1", Price: usd(2500),
				}}},
				Totals: &pricingv1.Totals{Goods: usd(2500), Shipping: usd(0), Tax: usd(0), Total: usd(2500)}, Delivery: &pricingv1.DeliveryOption{Code: "standard"},
			})
		})
		if err == nil {
			t.Errorf("an order was placed with a broken %s address", name)
		}
	}
	if stored := shop.Number("select count(*) from orders"); stored != 0 {
		t.Errorf("%d orders, want none", stored)
	}
}
