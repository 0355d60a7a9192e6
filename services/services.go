// Package services puts the shop together: which service runs in this process and which is called by its URL. Nothing else knows.
package services

import (
	"log/slog"

	"connectrpc.com/connect/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1/authv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1/catalogv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1/checkoutv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1/eventv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1/inventoryv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1/orderv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1/paymentv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1/pricingv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1/productv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/tracking/v1/trackingv1connect"
	platformauth "github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/blob"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// Names lists the services, callees before their callers, as they are started.
var Names = []string{"auth", "tracking", "pricing", "inventory", "product", "catalog", "payment", "order", "checkout", "event"}

// Resources are what the services of a process share. A process that serves nothing itself leaves them empty.
type Resources struct {
	DB   *postgres.DB
	Blob *blob.Store
	Log  *slog.Logger
	// Metrics takes the counts of calls; nil keeps none.
	Metrics prometheus.Registerer
}

// Set holds a client for every service and the server of those that run here.
type Set struct {
	Server *connect.Server
	// Identity proves to other processes which one this is; nil without SECRET_KEY.
	Identity *platformauth.Identity

	Auth      authv1connect.AuthServiceClient
	Staff     authv1connect.StaffServiceClient
	Links     trackingv1connect.LinkServiceClient
	Pricing   pricingv1connect.PricingServiceClient
	Stock     inventoryv1connect.StockServiceClient
	Products  productv1connect.ProductServiceClient
	Sync      productv1connect.SyncServiceClient
	Catalog   catalogv1connect.CatalogServiceClient
	Payments  paymentv1connect.PaymentServiceClient
	Orders    orderv1connect.OrderServiceClient
	Carts     checkoutv1connect.CartServiceClient
	Checkout  checkoutv1connect.CheckoutServiceClient
	Mails     eventv1connect.MailServiceClient
	Delivered eventv1connect.DeliveryServiceClient
}
