package main

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/services"
	"github.com/tradewind-commerce/tradewind/services/pricing"
)

// paidShop is a shop in which one order was placed and paid, through its services and at the real sandbox.
type paidShop struct {
	database string
	others   others
}

const sandboxKey = "key-of-a-test"

func newPaidShop(t *testing.T) paidShop {
	t.Helper()
	at := postgrestest.NewURLs(t)
	db, err := postgres.Open(t.Context(), postgres.Config{URL: at.Primary, MaxConns: 4, AppName: "invariants", Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	sandbox := startSandbox(t)
	var secret [32]byte
	_, _ = rand.Read(secret[:])
	set, err := services.New(services.Settings{
		SecretKey: config.NewKey(secret), SigningKey: config.NewKey(secret), StoreName: "Test", StoreCurrency: "USD", OrderNumbers: "TW-%06d",
		PublicURL: "http://127.0.0.1:8080", SandboxURL: sandbox, SandboxKey: sandboxKey, SandboxWebhookSecrets: config.Secrets{"secret"},
	}, "test", services.Resources{DB: db, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	ctx := postgres.WithToken(t.Context(), 0)
	stockShelves(ctx, t, set)
	promote(ctx, t, db)
	order := buy(ctx, t, set)
	work(ctx, t, set, db, order)
	record, err := readRecord(ctx, sandbox, sandboxKey)
	if err != nil {
		t.Fatal(err)
	}
	return paidShop{at.Primary, others{movements: record, told: []told{{order.GetNumber(), order.GetTotals().GetTotal().GetAmountMinor()}}}}
}

// stockShelves imports two products, and makes a bundle of them.
func stockShelves(ctx context.Context, t *testing.T, set *services.Set) {
	t.Helper()
	created, err := set.Sync.CreateSyncRun(ctx, &productv1.CreateSyncRunRequest{FileName: "shelves.json"})
	if err != nil {
		t.Fatal(err)
	}
	run := created.GetRun().GetId()
	file := `[{"key": "lamp", "name": "Lamp", "price": 24.99, "stock": 7, "categories": ["House", "Light"]},
		{"key": "chair", "name": "Chair", "price": 80, "stock": 3, "categories": ["House"]}]`
	if _, err := set.Sync.AppendSyncFile(ctx, &productv1.AppendSyncFileRequest{RunId: run, Data: []byte(file)}); err != nil {
		t.Fatal(err)
	}
	if _, err := set.Sync.StartSyncRun(ctx, &productv1.StartSyncRunRequest{RunId: run}); err != nil {
		t.Fatal(err)
	}
	done, err := set.Sync.PerformSyncRun(ctx, &productv1.PerformSyncRunRequest{RunId: run})
	if err != nil || done.GetRun().GetCreated() != 2 {
		t.Fatalf("import: %v, %v", done, err)
	}
	corner := &productv1.Product{
		Name: "Reading corner", State: productv1.ProductState_PRODUCT_STATE_ACTIVE,
		Variants: []*productv1.Variant{{Sku: "CORNER", Price: &typev1.Money{AmountMinor: 12000, CurrencyCode: "USD"}}},
	}
	for i, product := range shelved(ctx, t, set, 2) {
		corner.Variants[0].BundleParts = append(corner.Variants[0].BundleParts, &productv1.BundlePart{
			VariantId: product.GetVariants()[0].GetId(), Quantity: int32(2 - i),
		})
	}
	if _, err := set.Products.CreateProduct(ctx, &productv1.CreateProductRequest{Product: corner}); err != nil {
		t.Fatal(err)
	}
}

// shelved returns the products, lamp first and the bundle last.
func shelved(ctx context.Context, t *testing.T, set *services.Set, want int) []*productv1.Product {
	t.Helper()
	listed, err := set.Products.ListProducts(ctx, &productv1.ListProductsRequest{})
	if err != nil || len(listed.GetProducts()) != want {
		t.Fatalf("products: %v, %v", listed, err)
	}
	var ids []string
	for _, row := range listed.GetProducts() {
		ids = append(ids, row.GetId())
	}
	loaded, err := set.Products.BatchGetProducts(ctx, &productv1.BatchGetProductsRequest{Ids: ids})
	if err != nil {
		t.Fatal(err)
	}
	products := loaded.GetProducts()
	slices.SortFunc(products, func(a, b *productv1.Product) int {
		return cmp.Or(len(a.GetVariants()[0].GetBundleParts())-len(b.GetVariants()[0].GetBundleParts()), strings.Compare(b.GetName(), a.GetName()))
	})
	return products
}

// promote takes ten dollars off the first order of who enters a code, as long as the money for it lasts, and issues a gift card beside it.
func promote(ctx context.Context, t *testing.T, db *postgres.DB) {
	t.Helper()
	keys, err := pricing.NewGiftCardKeys(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	prices := pricing.New(pricing.Config{DB: db, Currency: "USD", GiftCards: keys})
	usd := func(minor int64) *typev1.Money { return &typev1.Money{AmountMinor: minor, CurrencyCode: "USD"} }
	_, err = prices.IssueGiftCards(ctx, &pricingv1.IssueGiftCardsRequest{BatchId: id.New(), Count: 1, Amount: usd(1000), Kind: pricingv1.GiftCardKind_GIFT_CARD_KIND_CARD})
	if err != nil {
		t.Fatal(err)
	}
	created, err := prices.CreatePromotion(ctx, &pricingv1.CreatePromotionRequest{Promotion: &pricingv1.Promotion{
		Name: "Welcome", Active: true, NeedsCode: true, Conditions: &pricingv1.Conditions{FirstOrder: true},
		Effect: &pricingv1.Effect{Kind: &pricingv1.Effect_AmountOff{AmountOff: &pricingv1.AmountOff{Amount: usd(1000)}}},
		Limits: &pricingv1.Limits{Uses: 100, UsesPerCustomer: 1, Budget: usd(100_000)},
	}})
	if err == nil {
		_, err = prices.CreateCodes(ctx, &pricingv1.CreateCodesRequest{PromotionId: created.GetPromotion().GetId(), Code: "WELCOME", MostUses: 50})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// buy has a guest order one of each product with a code, and pay.
func buy(ctx context.Context, t *testing.T, set *services.Set) *orderv1.Order {
	t.Helper()
	guest, err := set.Auth.IssueGuestToken(ctx, &authv1.IssueGuestTokenRequest{})
	if err != nil {
		t.Fatal(err)
	}
	shopper := auth.WithToken(ctx, guest.GetToken())
	created, err := set.Carts.CreateCart(shopper, &checkoutv1.CreateCartRequest{})
	if err != nil {
		t.Fatal(err)
	}
	cart := created.GetCart().GetId()
	for _, product := range shelved(ctx, t, set, 3) {
		variant := product.GetVariants()[0].GetId()
		if _, err := set.Carts.AddCartItem(shopper, &checkoutv1.AddCartItemRequest{CartId: cart, VariantId: variant, Quantity: 1}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = set.Carts.SetCartContact(shopper, &checkoutv1.SetCartContactRequest{CartId: cart, Email: "ada@example.com", DeliveryAddress: &typev1.Address{
		FullName: "Ada Lovelace", Line1: "1 Engine Street", City: "Portland", Region: "OR", PostalCode: "97201", CountryCode: "US",
	}})
	if err == nil {
		_, err = set.Carts.ApplyCode(shopper, &checkoutv1.ApplyCodeRequest{CartId: cart, Code: "welcome"})
	}
	if err == nil {
		_, err = set.Carts.SetCartDelivery(shopper, &checkoutv1.SetCartDeliveryRequest{CartId: cart, DeliveryCode: "standard"})
	}
	if err != nil {
		t.Fatal(err)
	}
	ready, err := set.Carts.SetCartPayment(shopper, &checkoutv1.SetCartPaymentRequest{CartId: cart, Method: checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED})
	if err != nil {
		t.Fatal(err)
	}
	placed, err := set.Checkout.PlaceOrder(shopper, &checkoutv1.PlaceOrderRequest{
		CartId: cart, ExpectedTotal: ready.GetCart().GetTotals().GetTotal(), IdempotencyKey: id.New(),
	})
	if err != nil {
		t.Fatal(err)
	}
	started, err := set.Orders.StartPayment(shopper, &orderv1.StartPaymentRequest{OrderId: placed.GetOrderId()})
	if err != nil {
		t.Fatal(err)
	}
	paid, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).
		PostForm(started.GetRedirectUrl(), url.Values{"action": {"pay"}})
	if err != nil || paid.StatusCode >= 400 {
		t.Fatalf("pay: %v, %v", paid, err)
	}
	_ = paid.Body.Close()
	settled, err := set.Orders.SettlePayment(ctx, &orderv1.SettlePaymentRequest{PaymentId: started.GetPaymentId()})
	if err != nil || settled.GetOrderState() != orderv1.OrderState_ORDER_STATE_CONFIRMED {
		t.Fatalf("settle: %v, %v", settled, err)
	}
	order, err := set.Orders.GetOrder(ctx, &orderv1.GetOrderRequest{OrderId: placed.GetOrderId()})
	if err != nil {
		t.Fatal(err)
	}
	return order.GetOrder()
}

// work is what a worker does when it hears of all this.
func work(ctx context.Context, t *testing.T, set *services.Set, db *postgres.DB, order *orderv1.Order) {
	t.Helper()
	var products, variants []string
	for _, line := range order.GetLines() {
		products, variants = append(products, line.GetProductId()), append(variants, line.GetVariantId())
	}
	if _, err := set.Catalog.RefreshProducts(ctx, &catalogv1.RefreshProductsRequest{ProductIds: products}); err != nil {
		t.Fatal(err)
	}
	if _, err := set.Catalog.RefreshStock(ctx, &catalogv1.RefreshStockRequest{VariantIds: variants}); err != nil {
		t.Fatal(err)
	}
	_, err := set.Mails.SendOrderMail(ctx, &eventv1.SendOrderMailRequest{Order: order, Kind: eventv1.OrderMailKind_ORDER_MAIL_KIND_CONFIRMED})
	if err != nil {
		t.Fatal(err)
	}
	var moves []string
	if err := db.Primary().QueryRow(ctx, "select array_agg(id::text) from gift_card_moves").Scan(&moves); err != nil {
		t.Fatal(err)
	}
	if _, err := set.Payments.PostGiftCardMoves(ctx, &paymentv1.PostGiftCardMovesRequest{MoveIds: moves}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Primary().Exec(ctx, "delete from outbox"); err != nil {
		t.Fatal(err)
	}
}

// startSandbox runs the real one, with its record in a file of the test's.
func startSandbox(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "sandbox")
	if said, err := exec.Command("go", "build", "-o", binary, "../sandbox").CombinedOutput(); err != nil {
		t.Fatalf("build the sandbox: %v\n%s", err, said)
	}
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), "ADDR=127.0.0.1:0", "DATA="+filepath.Join(dir, "record.jsonl"), "SANDBOX_KEY="+sandboxKey, "WEBHOOK_URL=")
	cmd.Stderr = io.Discard
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line[strings.Index(line, "http://"):])
}
