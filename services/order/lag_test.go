package order_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/queries"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// Whoever opens an order's link in another browser than the one it was placed in sees the order, also from a server that has not heard of it.
func TestOpenOrderBehind(t *testing.T) {
	t.Parallel()
	cluster := postgrestest.NewCluster(t)
	if _, err := postgres.Migrate(t.Context(), cluster.Primary.URL(), queries.Migrations); err != nil {
		t.Fatal(err)
	}
	db, err := postgres.Open(t.Context(), postgres.Config{
		URL: cluster.Primary.URL(), ReplicaURLs: []string{cluster.Replica.URL()}, Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	provider := shoptest.NewProvider()
	shop := shoptest.Open(t, db, provider)
	shop.Provider = provider
	lamp := shop.Variant(2500, 5)
	cluster.Replica.Exec("select pg_wal_replay_pause()")

	placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	own, err := shop.Orders.GetOrder(placed.Shopper, &orderv1.GetOrderRequest{OrderId: placed.ID})
	if err != nil {
		t.Fatal(err)
	}
	stranger := postgres.WithToken(shop.As(auth.Caller{Kind: auth.Guest, Subject: id.New()}), 0)
	opened, err := shop.Orders.OpenOrder(stranger, &orderv1.OpenOrderRequest{Signed: own.GetOrder().GetSigned()})
	if err != nil {
		t.Fatal(err)
	}
	if len(opened.GetOrder().GetLines()) != 1 || len(opened.GetOrder().GetPayments()) != 1 {
		t.Errorf("the link shows %v", opened.GetOrder())
	}
	cluster.Replica.Exec("select pg_wal_replay_resume()")
}
