// Package shoptest puts the services of an order together for tests: real services on a real database, called through their clients as in one process, with
// products and a payment provider that the test controls.
package shoptest

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectinprocess"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1/checkoutv1connect"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1/inventoryv1connect"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1/orderv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1/paymentv1connect"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1/pricingv1connect"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1/productv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/tracking/v1/trackingv1connect"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1/userv1connect"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/cache"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/platform/ratelimit"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/checkout"
	"github.com/tradewind-commerce/tradewind/services/inventory"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/pricing"
	"github.com/tradewind-commerce/tradewind/services/tracking"
	"github.com/tradewind-commerce/tradewind/services/user"
)

// Shop is everything between a cart and the money.
type Shop struct {
	t      testing.TB
	ctx    context.Context //nolint:containedctx // ends with the test
	signer *auth.Signer

	DB       *postgres.DB
	Products *Products
	// Customers says which groups customers are in.
	Customers *Customers
	// Provider collects what is paid online, unless the test brought another.
	Provider *Provider

	Stock      inventoryv1connect.StockServiceClient
	Pricing    pricingv1connect.PricingServiceClient
	Promotions pricingv1connect.PromotionServiceClient
	GiftCards  pricingv1connect.GiftCardServiceClient
	Links      trackingv1connect.LinkServiceClient
	Payments   paymentv1connect.PaymentServiceClient
	Orders     orderv1connect.OrderServiceClient
	Carts      checkoutv1connect.CartServiceClient
	Checkout   checkoutv1connect.CheckoutServiceClient
	Profiles   userv1connect.ProfileServiceClient
}

// New opens a shop on a database of its own.
func New(t testing.TB) *Shop {
	t.Helper()
	provider := NewProvider()
	shop := Open(t, postgrestest.New(t), provider)
	shop.Provider = provider
	return shop
}

// NewReserving opens a shop that reserves what is paid online, and takes it later.
func NewReserving(t testing.TB) *Shop {
	t.Helper()
	provider := NewProvider()
	shop := OpenReserving(t, postgrestest.New(t), provider)
	shop.Provider = provider
	return shop
}

// NewWithTerms opens a shop whose orders have to accept terms of a version.
func NewWithTerms(t testing.TB, version string) *Shop {
	t.Helper()
	provider := NewProvider()
	shop := open(t, postgrestest.New(t), provider, settings{terms: version})
	shop.Provider = provider
	return shop
}

// Open opens a shop on a database, with a payment provider.
func Open(t testing.TB, db *postgres.DB, provider payment.Provider) *Shop {
	t.Helper()
	return open(t, db, provider, settings{})
}

// OpenReserving opens a shop on a database that reserves what is paid online with a provider, and takes it later.
func OpenReserving(t testing.TB, db *postgres.DB, provider payment.Provider) *Shop {
	t.Helper()
	return open(t, db, provider, settings{captureLater: true})
}

// NewLimited opens a shop that bounds how often codes of gift cards are tried, and how often one shopper begins to pay.
func NewLimited(t testing.TB) *Shop {
	t.Helper()
	shared, err := cache.Open(t.Context(), cache.Config{Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(shared.Close)
	provider := NewProvider()
	shop := open(t, postgrestest.New(t), provider, settings{
		tries: &checkout.Tries{
			Shopper: ratelimit.NewShared(shared, "tries", checkout.ShopperTries), Prefix: ratelimit.NewShared(shared, "prefixes", checkout.PrefixTries),
		},
		payTries: order.NewTries(shared, 1),
	})
	shop.Provider = provider
	return shop
}

// account is the shop's at its bank, where shoppers transfer money to.
var account = order.Account{Holder: "Test shop", Number: "DE89 3704 0044 0532 0130 00", BankCode: "COBADEFFXXX", Waits: 7 * 24 * time.Hour}

// settings are how a shop differs from the usual one.
type settings struct {
	// captureLater reserves what is paid online.
	captureLater bool
	// terms is the version of the terms of sale that orders have to accept.
	terms string
	tries *checkout.Tries
	// payTries bounds how often a shopper begins to pay.
	payTries *order.Tries
}

func open(t testing.TB, db *postgres.DB, provider payment.Provider, how settings) *Shop {
	t.Helper()
	secret := make([]byte, auth.SecretSize)
	signer, err := auth.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := auth.NewIdentity(secret, "test")
	if err != nil {
		t.Fatal(err)
	}
	tokens := auth.NewVerifier(func(context.Context) ([]auth.PublicKey, error) { return []auth.PublicKey{signer.PublicKey()}, nil })
	server := connect.NewServer(rpc.ServerInterceptor(rpc.ServerConfig{
		Tokens: tokens, Identity: identity, Log: slog.New(slog.NewTextHandler(logger{t}, nil)),
	}))
	client := connect.NewClient(connectinprocess.New(server), rpc.ClientInterceptor(identity))
	shop := &Shop{
		t: t, ctx: postgres.WithToken(t.Context(), 0), signer: signer, DB: db,
		Stock:      inventoryv1connect.NewStockServiceClient(client),
		Pricing:    pricingv1connect.NewPricingServiceClient(client),
		Promotions: pricingv1connect.NewPromotionServiceClient(client),
		GiftCards:  pricingv1connect.NewGiftCardServiceClient(client),
		Links:      trackingv1connect.NewLinkServiceClient(client),
		Payments:   paymentv1connect.NewPaymentServiceClient(client),
		Orders:     orderv1connect.NewOrderServiceClient(client),
		Carts:      checkoutv1connect.NewCartServiceClient(client),
		Checkout:   checkoutv1connect.NewCheckoutServiceClient(client),
		Profiles:   userv1connect.NewProfileServiceClient(client),
	}
	shop.Customers = &Customers{Service: user.New(user.Config{DB: db}), shop: shop}
	shop.Products = &Products{stock: shop.Stock, offers: map[string]offer{}}
	links, err := tracking.New(secret)
	if err != nil {
		t.Fatal(err)
	}
	carts, err := checkout.New(checkout.Config{
		DB: db, Products: productv1connect.NewProductServiceClient(client), Pricing: shop.Pricing, Profiles: userv1connect.NewProfileServiceClient(client), Tokens: tokens,
		GiftCards: shop.GiftCards, Currency: "USD", HostedProvider: "sandbox", AwaitTransfer: account.Waits, TermsVersion: how.terms, Tries: how.tries,
	})
	if err != nil {
		t.Fatal(err)
	}
	trackingv1connect.RegisterLinkServiceHandler(server, links)
	productv1connect.RegisterProductServiceHandler(server, shop.Products)
	userv1connect.RegisterProfileServiceHandler(server, shop.Customers)
	inventoryv1connect.RegisterStockServiceHandler(server, inventory.New(inventory.Config{DB: db}))
	keys, err := pricing.NewGiftCardKeys(secret)
	if err != nil {
		t.Fatal(err)
	}
	prices := pricing.New(pricing.Config{DB: db, Currency: "USD", GiftCards: keys})
	pricingv1connect.RegisterPricingServiceHandler(server, prices)
	pricingv1connect.RegisterPromotionServiceHandler(server, prices)
	pricingv1connect.RegisterGiftCardServiceHandler(server, prices)
	paymentv1connect.RegisterPaymentServiceHandler(server, payment.New(payment.Config{
		DB: db, Providers: map[string]payment.Provider{"sandbox": provider}, Hosted: "sandbox", GiftCards: shop.GiftCards,
	}))
	orderv1connect.RegisterOrderServiceHandler(server, order.New(order.Config{
		DB: db, Payments: shop.Payments, Links: shop.Links, Tokens: tokens, PublicURL: "https://shop.example", CaptureLater: how.captureLater, GiftCards: keys, Tries: how.payTries, HostedProvider: "sandbox", Account: &account,
	}))
	checkoutv1connect.RegisterCartServiceHandler(server, carts)
	checkoutv1connect.RegisterCheckoutServiceHandler(server, carts)
	return shop
}

// As returns the context of a caller. Without one, a process asks in its own name.
func (s *Shop) As(caller auth.Caller) context.Context {
	s.t.Helper()
	return auth.WithToken(s.Process(), s.Token(caller, time.Hour))
}

// Token is what proves who a caller is for so long.
func (s *Shop) Token(caller auth.Caller, lasts time.Duration) string {
	s.t.Helper()
	token, err := s.signer.Sign(caller, clock.Now().Add(lasts))
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

// Process returns the context of a process of ours, such as the worker. All contexts of a shop see what any of them wrote.
func (s *Shop) Process() context.Context { return s.ctx }

// Guest returns the context of a new shopper.
func (s *Shop) Guest() context.Context {
	s.t.Helper()
	return s.As(auth.Caller{Kind: auth.Guest, Subject: id.New()})
}

// staffMember is who works in all shops, so that what is asked for again is asked for by the same person.
const staffMember = "0197a2b4-5c1d-7000-8000-000000000001"

// Staff returns the context of the staff member, who may do everything with orders.
func (s *Shop) Staff() context.Context {
	s.t.Helper()
	return s.As(auth.Caller{Kind: auth.Staff, Subject: staffMember, Name: "Ada", Grants: []string{"orders.read", "orders.write", "promotions.read", "promotions.write", "gift_cards.read", "gift_cards.write"}})
}

// Variant makes something to buy.
func (s *Shop) Variant(priceMinor, onHand int64) string {
	s.t.Helper()
	variant := id.New()
	s.Products.Price(variant, priceMinor)
	s.Count(variant, onHand)
	return variant
}

// Files makes something to download, of which there is no end.
func (s *Shop) Files(priceMinor int64, names ...string) string {
	s.t.Helper()
	variant := id.New()
	files := make([]*productv1.VariantFile, len(names))
	for i, name := range names {
		files[i] = &productv1.VariantFile{Id: id.New(), VariantId: variant, Name: name, ContentType: "application/pdf", Size: 1000, BlobKey: "downloads/" + name}
	}
	s.Products.Download(variant, priceMinor, files...)
	_, err := s.Stock.SetStock(s.Process(), &inventoryv1.SetStockRequest{
		Counts: []*inventoryv1.StockCount{{VariantId: variant, Unlimited: true}}, Reason: "files", IdempotencyKey: id.New(),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return variant
}

// CardForSale makes a gift card that can be bought, of which there is no end.
func (s *Shop) CardForSale(minor int64) string {
	variant := id.New()
	s.Products.GiftCard(variant, minor)
	return variant
}

// Count sets what is on hand.
func (s *Shop) Count(variant string, onHand int64) {
	s.t.Helper()
	_, err := s.Stock.SetStock(s.Process(), &inventoryv1.SetStockRequest{
		Counts: []*inventoryv1.StockCount{{VariantId: variant, OnHand: onHand}}, Reason: "count", IdempotencyKey: id.New(),
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// OnHand returns how many units there are, and how many of them are held.
func (s *Shop) OnHand(variant string) (onHand, held int64) {
	s.t.Helper()
	answer, err := s.Stock.BatchGetStock(s.Process(), &inventoryv1.BatchGetStockRequest{VariantIds: []string{variant}})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetStock()[0].GetOnHand(), answer.GetStock()[0].GetHeld()
}

// Item is so many of a variant.
type Item struct {
	Variant  string
	Quantity int32
}

// Cart fills a cart and takes it up to the last step. The goods go to Oregon, where nothing is added but delivery; what is downloaded goes nowhere.
func (s *Shop) Cart(shopper context.Context, method checkoutv1.PaymentMethod, items ...Item) *checkoutv1.Cart {
	s.t.Helper()
	created, err := s.Carts.CreateCart(shopper, &checkoutv1.CreateCartRequest{})
	if err != nil {
		s.t.Fatal(err)
	}
	cart := created.GetCart().GetId()
	digital := false
	for _, item := range items {
		filled, err := s.Carts.AddCartItem(shopper, &checkoutv1.AddCartItemRequest{CartId: cart, VariantId: item.Variant, Quantity: item.Quantity})
		if err != nil {
			s.t.Fatal(err)
		}
		digital = filled.GetCart().GetDigital()
	}
	contact := &checkoutv1.SetCartContactRequest{CartId: cart, Email: "ada@example.com", DeliveryAddress: Address("US", "OR")}
	if digital {
		contact.DeliveryAddress, contact.CountryCode, contact.Region = nil, "US", "OR"
	}
	_, err = s.Carts.SetCartContact(shopper, contact)
	if err == nil && !digital {
		_, err = s.Carts.SetCartDelivery(shopper, &checkoutv1.SetCartDeliveryRequest{CartId: cart, DeliveryCode: "standard"})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	ready, err := s.Carts.SetCartPayment(shopper, &checkoutv1.SetCartPaymentRequest{CartId: cart, Method: method})
	if err != nil {
		s.t.Fatal(err)
	}
	return ready.GetCart()
}

// Address is a complete one; its postcode is one of Canada or has the five digits of many other countries.
func Address(country, region string) *typev1.Address {
	postcode := "97201"
	if country == "CA" {
		postcode = "K1A 0B1"
	}
	return &typev1.Address{FullName: "Ada Lovelace", Line1: "1 Engine Street", City: "Portland", Region: region, PostalCode: postcode, CountryCode: country}
}

// Placed is an order as its shopper has it.
type Placed struct {
	Shopper         context.Context //nolint:containedctx // who the order belongs to
	ID, Number      string
	Payment, CartID string
}

// Order places an order that is to be paid online.
func (s *Shop) Order(items ...Item) Placed {
	s.t.Helper()
	return s.OrderAs(s.Guest(), items...)
}

// OrderAs places a shopper's order that is to be paid online.
func (s *Shop) OrderAs(shopper context.Context, items ...Item) Placed {
	s.t.Helper()
	return s.place(shopper, checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED, items)
}

// OrderOnDelivery places an order that the carrier collects for.
func (s *Shop) OrderOnDelivery(items ...Item) Placed {
	s.t.Helper()
	return s.place(s.Guest(), checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, items)
}

// OrderByTransfer places an order whose shopper transfers the money.
func (s *Shop) OrderByTransfer(items ...Item) Placed {
	s.t.Helper()
	return s.place(s.Guest(), checkoutv1.PaymentMethod_PAYMENT_METHOD_BANK_TRANSFER, items)
}

func (s *Shop) place(shopper context.Context, method checkoutv1.PaymentMethod, items []Item) Placed {
	s.t.Helper()
	cart := s.Cart(shopper, method, items...)
	placed, err := s.Checkout.PlaceOrder(shopper, &checkoutv1.PlaceOrderRequest{
		CartId: cart.GetId(), ExpectedTotal: cart.GetTotals().GetTotal(), IdempotencyKey: id.New(),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return Placed{Shopper: shopper, ID: placed.GetOrderId(), Number: placed.GetOrderNumber(), Payment: placed.GetPaymentId(), CartID: cart.GetId()}
}

// Start opens the order's payment and returns the attempt.
func (s *Shop) Start(placed Placed) string {
	s.t.Helper()
	started, err := s.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID})
	if err != nil {
		s.t.Fatal(err)
	}
	return started.GetPaymentId()
}

// Settle asks the provider about a payment, as the worker does.
func (s *Shop) Settle(payment string) *orderv1.SettlePaymentResponse {
	s.t.Helper()
	settled, err := s.Orders.SettlePayment(s.Process(), &orderv1.SettlePaymentRequest{PaymentId: payment})
	if err != nil {
		s.t.Fatal(err)
	}
	return settled
}

// Look returns an order as staff see it.
func (s *Shop) Look(order string) *orderv1.Order {
	s.t.Helper()
	answer, err := s.Orders.GetOrder(s.Staff(), &orderv1.GetOrderRequest{OrderId: order})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetOrder()
}

// Wants fails unless an order stands as it should.
func (s *Shop) Wants(order string, state orderv1.OrderState, payment orderv1.PaymentState) {
	s.t.Helper()
	if got := s.Look(order); got.GetState() != state || got.GetPaymentState() != payment {
		s.t.Errorf("the order is %v and %v, want %v and %v", got.GetState(), got.GetPaymentState(), state, payment)
	}
}

// Exec changes the database behind the services' back, such as to make time pass for one row.
func (s *Shop) Exec(sql string, args ...any) {
	s.t.Helper()
	if _, err := s.DB.Primary().Exec(s.t.Context(), sql, args...); err != nil {
		s.t.Fatal(err)
	}
}

// Number returns what a query counts.
func (s *Shop) Number(sql string, args ...any) int {
	s.t.Helper()
	var n int
	if err := s.DB.Primary().QueryRow(s.t.Context(), sql, args...).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// Told counts the events of a kind so far: "order.v1.OrderConfirmed".
func (s *Shop) Told(event string) int {
	s.t.Helper()
	return s.Number("select count(*) from outbox where topic = 'tradewind.' || $1", event)
}

// Overdue makes an order's time be over.
func (s *Shop) Overdue(order string) {
	s.t.Helper()
	s.Exec("update orders set expire_time = $2, expiry_try_time = $2 where id = $1", order, clock.Now().Add(-time.Second))
}

// logger shows what services log with the test that made them do so.
type logger struct{ t testing.TB }

func (l logger) Write(line []byte) (int, error) {
	if l.t.Context().Err() == nil { // logging after the end of a test is a panic
		l.t.Logf("%s", line)
	}
	return len(line), nil
}

var _ io.Writer = logger{}

// Promote stores a promotion, with a code for it if there is one to be, of which so many orders may be made; 0 is any number.
func (s *Shop) Promote(promotion *pricingv1.Promotion, code string, mostUses int64) string {
	s.t.Helper()
	promotion.Active, promotion.NeedsCode = true, code != ""
	if promotion.GetConditions() == nil {
		promotion.Conditions = &pricingv1.Conditions{}
	}
	created, err := s.Promotions.CreatePromotion(s.Staff(), &pricingv1.CreatePromotionRequest{Promotion: promotion})
	if err == nil && code != "" {
		_, err = s.Promotions.CreateCodes(s.Staff(), &pricingv1.CreateCodesRequest{PromotionId: created.GetPromotion().GetId(), Code: code, MostUses: mostUses})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return created.GetPromotion().GetId()
}

// GiftCard issues a gift card and returns its code.
func (s *Shop) GiftCard(minor int64) (*pricingv1.GiftCard, string) {
	s.t.Helper()
	answer, err := s.GiftCards.IssueGiftCards(s.Staff(), &pricingv1.IssueGiftCardsRequest{
		BatchId: id.New(), Count: 1, Amount: &typev1.Money{AmountMinor: minor, CurrencyCode: "USD"}, Kind: pricingv1.GiftCardKind_GIFT_CARD_KIND_CARD,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetCards()[0].GetCard(), answer.GetCards()[0].GetCode()
}

// Column returns the only column of a query's rows.
func (s *Shop) Column(sql string, args ...any) []string {
	s.t.Helper()
	rows, err := s.DB.Primary().Query(s.ctx, sql, args...)
	if err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	values, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	return values
}
