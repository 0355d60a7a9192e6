package services

import (
	"connectrpc.com/connect/v2"

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
	"github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1/userv1connect"
)

// Set holds a client for every service, and the server of those that run here.
type Set struct {
	Server *connect.Server

	Auth          authv1connect.AuthServiceClient
	Staff         authv1connect.StaffServiceClient
	SavedViews    authv1connect.SavedViewServiceClient
	Accounts      authv1connect.CustomerServiceClient
	Profiles      userv1connect.ProfileServiceClient
	Customers     userv1connect.CustomerServiceClient
	Links         trackingv1connect.LinkServiceClient
	Pricing       pricingv1connect.PricingServiceClient
	Promotions    pricingv1connect.PromotionServiceClient
	GiftCards     pricingv1connect.GiftCardServiceClient
	Taxes         pricingv1connect.TaxServiceClient
	Shipping      pricingv1connect.ShippingServiceClient
	Currencies    pricingv1connect.CurrencyServiceClient
	Stock         inventoryv1connect.StockServiceClient
	Products      productv1connect.ProductServiceClient
	Sync          productv1connect.SyncServiceClient
	Types         productv1connect.TypeServiceClient
	Categories    productv1connect.CategoryServiceClient
	Media         productv1connect.MediaServiceClient
	Files         productv1connect.FileServiceClient
	Exports       productv1connect.ExportServiceClient
	Reviews       productv1connect.ReviewServiceClient
	Words         productv1connect.WordServiceClient
	Prices        productv1connect.PriceServiceClient
	Collections   productv1connect.CollectionServiceClient
	Sources       productv1connect.SourceServiceClient
	Catalog       catalogv1connect.CatalogServiceClient
	Merchandising catalogv1connect.MerchandisingServiceClient
	Payments      paymentv1connect.PaymentServiceClient
	Orders        orderv1connect.OrderServiceClient
	Carts         checkoutv1connect.CartServiceClient
	Checkout      checkoutv1connect.CheckoutServiceClient
	Mails         eventv1connect.MailServiceClient
	Deliveries    eventv1connect.DeliveryServiceClient
}

// clients are the clients of all services, each over what leads to its service.
func clients(at func(service string) *connect.Client) Set {
	return Set{
		Auth:          authv1connect.NewAuthServiceClient(at("auth")),
		Staff:         authv1connect.NewStaffServiceClient(at("auth")),
		SavedViews:    authv1connect.NewSavedViewServiceClient(at("auth")),
		Accounts:      authv1connect.NewCustomerServiceClient(at("auth")),
		Profiles:      userv1connect.NewProfileServiceClient(at("user")),
		Customers:     userv1connect.NewCustomerServiceClient(at("user")),
		Links:         trackingv1connect.NewLinkServiceClient(at("tracking")),
		Pricing:       pricingv1connect.NewPricingServiceClient(at("pricing")),
		Promotions:    pricingv1connect.NewPromotionServiceClient(at("pricing")),
		GiftCards:     pricingv1connect.NewGiftCardServiceClient(at("pricing")),
		Taxes:         pricingv1connect.NewTaxServiceClient(at("pricing")),
		Shipping:      pricingv1connect.NewShippingServiceClient(at("pricing")),
		Currencies:    pricingv1connect.NewCurrencyServiceClient(at("pricing")),
		Stock:         inventoryv1connect.NewStockServiceClient(at("inventory")),
		Products:      productv1connect.NewProductServiceClient(at("product")),
		Sync:          productv1connect.NewSyncServiceClient(at("product")),
		Types:         productv1connect.NewTypeServiceClient(at("product")),
		Categories:    productv1connect.NewCategoryServiceClient(at("product")),
		Sources:       productv1connect.NewSourceServiceClient(at("product")),
		Collections:   productv1connect.NewCollectionServiceClient(at("product")),
		Prices:        productv1connect.NewPriceServiceClient(at("product")),
		Media:         productv1connect.NewMediaServiceClient(at("product")),
		Files:         productv1connect.NewFileServiceClient(at("product")),
		Exports:       productv1connect.NewExportServiceClient(at("product")),
		Reviews:       productv1connect.NewReviewServiceClient(at("product")),
		Words:         productv1connect.NewWordServiceClient(at("product")),
		Catalog:       catalogv1connect.NewCatalogServiceClient(at("catalog")),
		Merchandising: catalogv1connect.NewMerchandisingServiceClient(at("catalog")),
		Payments:      paymentv1connect.NewPaymentServiceClient(at("payment")),
		Orders:        orderv1connect.NewOrderServiceClient(at("order")),
		Carts:         checkoutv1connect.NewCartServiceClient(at("checkout")),
		Checkout:      checkoutv1connect.NewCheckoutServiceClient(at("checkout")),
		Mails:         eventv1connect.NewMailServiceClient(at("event")),
		Deliveries:    eventv1connect.NewDeliveryServiceClient(at("event")),
	}
}
