// Package services puts the shop together: which service runs in this process and which is called by its URL. Nothing else knows.
package services

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectinprocess"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
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
	platformauth "github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/ratelimit"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/seal"
	"github.com/tradewind-commerce/tradewind/services/auth"
	"github.com/tradewind-commerce/tradewind/services/catalog"
	"github.com/tradewind-commerce/tradewind/services/checkout"
	"github.com/tradewind-commerce/tradewind/services/event"
	"github.com/tradewind-commerce/tradewind/services/inventory"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/pricing"
	"github.com/tradewind-commerce/tradewind/services/product"
	"github.com/tradewind-commerce/tradewind/services/tracking"
	"github.com/tradewind-commerce/tradewind/services/user"
)

// Names lists the services, callees before their callers, as they are put together.
var Names = []string{"auth", "user", "tracking", "pricing", "inventory", "product", "catalog", "payment", "order", "checkout", "event"}

// New registers the services that run in this process and returns clients for all of them; callees come first. The process's name is
// how others know it.
func New(cfg Settings, process string, shared Resources) (*Set, error) {
	identity, err := cfg.identity(process)
	if err != nil {
		return nil, err
	}
	set := &Set{}
	tokens := platformauth.NewVerifier(set.signingKeys)
	server := connect.NewServer(rpc.ServerInterceptor(rpc.ServerConfig{
		Tokens: tokens, Identity: identity, Log: shared.Log, Metrics: shared.Metrics,
	}))
	local := connectinprocess.New(server)
	calls := newCaller()
	at := func(name string) *connect.Client { // a URL, or local; identity and consistency token go along either way
		transport := local
		if !cfg.Serves(name) {
			transport = rpc.NewTransport(calls, cfg.url(name))
		}
		return connect.NewClient(transport, rpc.ClientInterceptor(identity))
	}
	*set = clients(at)
	set.Server = server

	if cfg.Serves("auth") {
		if !cfg.SigningKey.Set() {
			return nil, errors.New("SIGNING_KEY is not set, and auth in this process signs with it; make one with: openssl rand -base64 32")
		}
		signer, err := platformauth.NewSigner(cfg.SigningKey.Bytes())
		if err != nil {
			return nil, fmt.Errorf("SIGNING_KEY: %w", err)
		}
		service, err := auth.New(shared.DB, signer, cfg.secrets()...)
		if err != nil {
			return nil, err
		}
		authv1connect.RegisterAuthServiceHandler(server, service)
		authv1connect.RegisterStaffServiceHandler(server, service)
		authv1connect.RegisterSavedViewServiceHandler(server, service)
		authv1connect.RegisterCustomerServiceHandler(server, service)
	}

	if cfg.Serves("user") {
		service := user.New(user.Config{DB: shared.DB, Accounts: set.Accounts})
		userv1connect.RegisterProfileServiceHandler(server, service)
		userv1connect.RegisterCustomerServiceHandler(server, service)
	}

	if cfg.Serves("tracking") {
		service, err := tracking.New(cfg.SecretKey.Bytes())
		if err != nil {
			return nil, err
		}
		trackingv1connect.RegisterLinkServiceHandler(server, service)
	}

	if cfg.Serves("pricing") {
		keys, err := pricing.NewGiftCardKeys(cfg.secrets()...)
		if err != nil {
			return nil, err
		}
		service := pricing.New(pricing.Config{DB: shared.DB, Currency: cfg.StoreCurrency, GiftCards: keys})
		pricingv1connect.RegisterPricingServiceHandler(server, service)
		pricingv1connect.RegisterPromotionServiceHandler(server, service)
		pricingv1connect.RegisterGiftCardServiceHandler(server, service)
		pricingv1connect.RegisterTaxServiceHandler(server, service)
		pricingv1connect.RegisterShippingServiceHandler(server, service)
		pricingv1connect.RegisterCurrencyServiceHandler(server, service)
	}

	if cfg.Serves("inventory") {
		inventoryv1connect.RegisterStockServiceHandler(server, inventory.New(inventory.Config{DB: shared.DB}))
	}

	if cfg.Serves("product") {
		box, err := cfg.box()
		if err != nil {
			return nil, err
		}
		service := product.New(product.Config{
			DB: shared.DB, Stock: set.Stock, Currency: cfg.StoreCurrency, Locale: cfg.Locale, Blob: shared.Blob, ImageSource: shared.ImageSource, Fetch: cfg.fetcher(),
			FeedFolder: cfg.FeedFolder, FeedBucket: shared.FeedBucket, StoreName: cfg.StoreName, PublicURL: cfg.PublicURL,
			Seal:      box,
			Kept:      product.Kept{HistoryDays: cfg.HistoryDays, Versions: cfg.HistoryVersions, PriceDays: cfg.PriceHistoryDays, RunDays: cfg.SyncRunDays},
			FileLimit: cfg.DownloadSize << 20,
		})
		productv1connect.RegisterProductServiceHandler(server, service)
		productv1connect.RegisterSyncServiceHandler(server, service)
		productv1connect.RegisterTypeServiceHandler(server, service)
		productv1connect.RegisterCategoryServiceHandler(server, service)
		productv1connect.RegisterSourceServiceHandler(server, service)
		productv1connect.RegisterCollectionServiceHandler(server, service)
		productv1connect.RegisterPriceServiceHandler(server, service)
		productv1connect.RegisterMediaServiceHandler(server, service)
		productv1connect.RegisterFileServiceHandler(server, service)
		productv1connect.RegisterExportServiceHandler(server, service)
		productv1connect.RegisterReviewServiceHandler(server, service)
		productv1connect.RegisterWordServiceHandler(server, service)
	}

	if cfg.Serves("catalog") {
		service := catalog.New(catalog.Config{DB: shared.DB, Cache: shared.Cache, Products: set.Products, Categories: set.Categories, Collections: set.Collections, Prices: set.Prices, Words: set.Words, Stock: set.Stock, Locale: cfg.Locale, Locales: cfg.Locales})
		catalogv1connect.RegisterCatalogServiceHandler(server, service)
		catalogv1connect.RegisterMerchandisingServiceHandler(server, service)
	}

	if cfg.Serves("payment") {
		providers, err := cfg.providers(process)
		if err != nil {
			return nil, err
		}
		paymentv1connect.RegisterPaymentServiceHandler(server, payment.New(payment.Config{DB: shared.DB, Providers: providers, Hosted: cfg.hostedProvider(), GiftCards: set.GiftCards, Metrics: shared.Metrics}))
	}

	if cfg.Serves("order") {
		keys, err := pricing.NewGiftCardKeys(cfg.secrets()...)
		if err != nil {
			return nil, err
		}
		orderv1connect.RegisterOrderServiceHandler(server, order.New(order.Config{
			DB: shared.DB, Payments: set.Payments, Links: set.Links, Tokens: tokens, PublicURL: cfg.PublicURL, CaptureLater: cfg.PaymentCapture == "shipment", GiftCards: keys,
			HostedProvider: cfg.hostedProvider(), Account: cfg.bankAccount(), Tries: order.NewTries(shared.Cache, cfg.RateLimit),
		}))
	}

	if cfg.Serves("checkout") {
		service, err := checkout.New(checkout.Config{
			DB: shared.DB, Products: set.Products, Pricing: set.Pricing, Profiles: set.Profiles, Tokens: tokens, GiftCards: set.GiftCards, Currency: cfg.StoreCurrency,
			Tries: &checkout.Tries{
				Shopper: ratelimit.NewShared(shared.Cache, "gift cards", checkout.ShopperTries), Prefix: ratelimit.NewShared(shared.Cache, "gift card prefixes", checkout.PrefixTries),
			},
			HostedProvider: cfg.hostedProvider(), AwaitTransfer: cfg.awaitTransfer(), NumberPattern: cfg.OrderNumbers, TermsVersion: cfg.TermsVersion, Downloads: order.Allowance{Times: cfg.DownloadTimes, Lasts: cfg.DownloadLasts},
		})
		if err != nil {
			return nil, err
		}
		checkoutv1connect.RegisterCartServiceHandler(server, service)
		checkoutv1connect.RegisterCheckoutServiceHandler(server, service)
	}

	if cfg.Serves("event") {
		service, err := event.New(event.Config{DB: shared.DB, SMTPURL: cfg.SMTPURL.Reveal(), StoreName: cfg.StoreName, PublicURL: cfg.PublicURL, Locale: cfg.Locale, Log: shared.Log})
		if err != nil {
			return nil, err
		}
		eventv1connect.RegisterMailServiceHandler(server, service)
		eventv1connect.RegisterDeliveryServiceHandler(server, service)
	}
	return set, rpc.CheckPolicies(server)
}

// signingKeys asks auth, in nobody's name: the caller is what is being found out.
func (s *Set) signingKeys(ctx context.Context) ([]platformauth.PublicKey, error) {
	answer, err := s.Auth.ListSigningKeys(platformauth.WithToken(ctx, ""), &authv1.ListSigningKeysRequest{})
	if err != nil {
		return nil, err
	}
	keys := make([]platformauth.PublicKey, len(answer.GetKeys()))
	for i, key := range answer.GetKeys() {
		keys[i] = platformauth.PublicKey{ID: key.GetId(), Key: key.GetPublicKey()}
	}
	return keys, nil
}

// identity is how the process proves to others which one it is. The back office has none: it acts only as its staff.
func (s *Settings) identity(process string) (*platformauth.Identity, error) {
	if !s.SecretKey.Set() {
		if s.ServesAny() {
			return nil, errors.New("SECRET_KEY is not set; make one with: openssl rand -base64 32, and give it to every process but the back office")
		}
		return nil, nil
	}
	return platformauth.NewIdentity(s.SecretKey.Bytes(), process)
}

// secrets are those of the installation: the one in force, then the one before it.
func (s *Settings) secrets() [][]byte {
	secrets := [][]byte{s.SecretKey.Bytes()}
	if s.SecretKeyBefore.Set() {
		secrets = append(secrets, s.SecretKeyBefore.Bytes())
	}
	return secrets
}

// box seals what others entrust the shop with.
func (s *Settings) box() (*seal.Box, error) { return seal.NewBox(s.secrets()...) }

// hostedProvider is who collects what is paid online; empty when nobody is configured. A real company goes before the sandbox.
func (s *Settings) hostedProvider() string {
	switch {
	case s.StripeSecretKey != "":
		return payment.ProviderStripe
	case s.SandboxURL != "":
		return payment.ProviderSandbox
	}
	return ""
}

// providerTimeout is how long a provider's answer may take. A worker has time to wait for it; elsewhere shoppers wait too.
func providerTimeout(process string) time.Duration {
	if process == "worker" {
		return 20 * time.Second
	}
	return 5 * time.Second
}

// providers are the ways to collect money online that are configured. One that is offered no more stays for what it has collected.
func (s *Settings) providers(process string) (map[string]payment.Provider, error) {
	providers := map[string]payment.Provider{}
	if s.StripeSecretKey != "" {
		stripe, err := payment.NewStripe(payment.StripeConfig{
			SecretKey: s.StripeSecretKey, PublishableKey: s.StripePublishableKey, WebhookSecrets: s.StripeWebhookSecrets, URL: s.StripeURL, Timeout: providerTimeout(process),
		})
		if err != nil {
			return nil, fmt.Errorf("STRIPE_SECRET_KEY and its kin: %w", err)
		}
		providers[payment.ProviderStripe] = stripe
	}
	if s.SandboxURL != "" {
		if len(s.SandboxWebhookSecrets) == 0 {
			return nil, errors.New("SANDBOX_WEBHOOK_SECRET is not set, and messages of the sandbox at SANDBOX_URL are known by it")
		}
		sandbox, err := payment.NewSandbox(payment.SandboxConfig{
			URL: s.SandboxURL, Key: s.SandboxKey, PublicKey: s.SandboxPublicKey, WebhookSecrets: s.SandboxWebhookSecrets, Timeout: providerTimeout(process),
		})
		if err != nil {
			return nil, fmt.Errorf("SANDBOX_URL: %w", err)
		}
		providers[payment.ProviderSandbox] = sandbox
	}
	return providers, nil
}

// PayInFields says whether who collects what is paid online can do so in fields on the shop's own page.
func (s *Settings) PayInFields() bool {
	switch s.hostedProvider() {
	case payment.ProviderStripe:
		return s.StripePublishableKey != ""
	case payment.ProviderSandbox:
		return s.SandboxPublicKey != ""
	}
	return false
}

// PaymentPages are the origins to which shoppers are sent to pay; a form of the shop's may lead there and nowhere else.
func (s *Settings) PaymentPages() ([]string, error) {
	var origins []string
	if s.StripeSecretKey != "" {
		origins = append(origins, "https://checkout.stripe.com", "https://hooks.stripe.com") // the page, and challenges of saved methods
	}
	for name, address := range map[string]string{"SANDBOX_URL": s.SandboxURL, "STRIPE_URL": s.StripeURL} {
		if address == "" {
			continue
		}
		at, err := url.Parse(address)
		if err != nil || at.Host == "" {
			return nil, fmt.Errorf("%s: %q is no URL such as https://pay.example", name, address)
		}
		origins = append(origins, at.Scheme+"://"+at.Host)
	}
	slices.Sort(origins)
	return origins, nil
}
