package services

import (
	"errors"
	"net/http"
	"time"

	"connectrpc.com/connect/v2"

	"github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1/authv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1/catalogv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1/eventv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1/inventoryv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1/orderv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1/paymentv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1/pricingv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1/productv1connect"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
)

// Remote returns clients for services that all run elsewhere, and that are called in the name of the signed-in staff member alone. It
// is what the back office uses: it has no secret to prove that it is a process of ours.
func Remote(urls map[string]string) (*Set, error) {
	cfg := Settings{ServiceURLs: urls}
	if err := cfg.checkPlaces(); err != nil {
		return nil, err
	}
	if cfg.ServesAny() {
		return nil, errors.New("SERVICE_URLS does not say where every service is; *=http://host:port stands for all")
	}
	calls := newCaller()
	at := func(name string) *connect.Client {
		return connect.NewClient(rpc.NewTransport(calls, cfg.url(name)), rpc.ClientInterceptor(nil))
	}
	return &Set{
		Auth:          authv1connect.NewAuthServiceClient(at("auth")),
		SavedViews:    authv1connect.NewSavedViewServiceClient(at("auth")),
		Stock:         inventoryv1connect.NewStockServiceClient(at("inventory")),
		Products:      productv1connect.NewProductServiceClient(at("product")),
		Types:         productv1connect.NewTypeServiceClient(at("product")),
		Categories:    productv1connect.NewCategoryServiceClient(at("product")),
		Collections:   productv1connect.NewCollectionServiceClient(at("product")),
		Prices:        productv1connect.NewPriceServiceClient(at("product")),
		Media:         productv1connect.NewMediaServiceClient(at("product")),
		Files:         productv1connect.NewFileServiceClient(at("product")),
		Exports:       productv1connect.NewExportServiceClient(at("product")),
		Reviews:       productv1connect.NewReviewServiceClient(at("product")),
		Words:         productv1connect.NewWordServiceClient(at("product")),
		Sync:          productv1connect.NewSyncServiceClient(at("product")),
		Sources:       productv1connect.NewSourceServiceClient(at("product")),
		Catalog:       catalogv1connect.NewCatalogServiceClient(at("catalog")),
		Merchandising: catalogv1connect.NewMerchandisingServiceClient(at("catalog")),
		Promotions:    pricingv1connect.NewPromotionServiceClient(at("pricing")),
		Payments:      paymentv1connect.NewPaymentServiceClient(at("payment")),
		Orders:        orderv1connect.NewOrderServiceClient(at("order")),
		Deliveries:    eventv1connect.NewDeliveryServiceClient(at("event")),
	}, nil
}

// newCaller keeps connections to other processes open, and tells them who the visitor is.
func newCaller() *http.Client {
	return &http.Client{Transport: web.Forward(&http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: 90 * time.Second})}
}
