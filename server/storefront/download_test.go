package storefront_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// guide is a file of more than one piece.
var guide = bytes.Repeat([]byte("Chapter one. "), 100_000)

// sellFile makes one of the shop's products digital and shows it so.
func (s *shop) sellFile(slug, name string, content []byte) {
	s.t.Helper()
	ctx := s.t.Context()
	list, err := s.set.Products.ListProducts(ctx, &productv1.ListProductsRequest{Query: slug})
	if err != nil || len(list.GetProducts()) != 1 {
		s.t.Fatalf("%d products called %s: %v", len(list.GetProducts()), slug, err)
	}
	product := list.GetProducts()[0]
	whole, err := s.set.Products.GetProduct(ctx, &productv1.GetProductRequest{Id: product.GetId()})
	upload := id.New()
	for offset := 0; err == nil && offset < len(content); offset += 1 << 20 {
		_, err = s.set.Media.AppendUpload(ctx, &productv1.AppendUploadRequest{UploadId: upload, Offset: int64(offset), Data: content[offset:min(offset+1<<20, len(content))]})
	}
	if err == nil {
		_, err = s.set.Files.AddVariantFile(ctx, &productv1.AddVariantFileRequest{VariantId: whole.GetProduct().GetVariants()[0].GetId(), UploadId: upload, Name: name})
	}
	if err == nil {
		_, err = s.set.Catalog.RefreshProducts(ctx, &catalogv1.RefreshProductsRequest{ProductIds: []string{product.GetId()}})
	}
	if err == nil {
		_, err = s.set.Catalog.RefreshStock(ctx, &catalogv1.RefreshStockRequest{VariantIds: []string{whole.GetProduct().GetVariants()[0].GetId()}})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// fetch downloads as a browser does, with more headers.
func (v *visitor) fetch(method, path string, header ...string) (*http.Response, []byte) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.shop.url+path, http.NoBody)
	if err != nil {
		v.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	answer, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer, body
}

// A shopper buys a file without saying where a parcel would go, downloads it when it is paid, and goes on where the line broke; when all downloads are used, staff
// open the same link again.
func TestDigitalJourney(t *testing.T) {
	t.Parallel()
	sandbox := shoptest.StartSandbox(t, shoptest.BuildSandbox(t), "")
	s := open(t, switches{sandbox: sandbox.URL})
	s.sellFile("scarf", "Führer für “Scarves”.pdf", guide) // of the scarf none is on hand
	v := s.visitor()
	v.get("/products/scarf")
	v.expect(http.StatusOK, "main", "Digital download")
	v.expect(http.StatusOK, "main", "Nothing is sent")
	v.add("scarf")
	v.get("/checkout")
	v.expect(http.StatusOK, "h1", "Contact and country")
	if v.page.Find("[name=line1], [name=postcode]").Length() > 0 {
		t.Error("a file asks for an address")
	}
	v.post("/checkout/contact", "email", "ada@example.com", "country", "")
	v.expect(http.StatusUnprocessableEntity, ".error-summary", "Choose a country")
	v.post("/checkout/contact", "email", "ada@example.com", "country", "US", "region", "OR")
	v.expect(http.StatusOK, "h1", "Payment")
	if v.page.Find("[value=on_delivery], .billing").Length() > 0 {
		t.Error("a file can be paid on delivery, or asks for another address")
	}
	if strings.Contains(v.text(".steps"), "Delivery") {
		t.Errorf("the steps are %s", v.text(".steps"))
	}
	v.get("/checkout/delivery") // an old tab
	v.expect(http.StatusOK, "h1", "Payment")
	v.post("/checkout/payment", "method", "hosted")
	v.expect(http.StatusOK, "h1", "Review and order")
	if strings.Contains(v.text("main"), "Shipping") {
		t.Errorf("the review speaks of shipping: %s", v.text("main"))
	}
	field := func(name string) string { return v.page.Find("[name="+name+"]").AttrOr("value", "") }
	v.post("/checkout/review", "idempotency_key", field("idempotency_key"), "expected_total", field("expected_total"))
	var order string
	if err := s.db.Primary().QueryRow(context.Background(), "select id from orders").Scan(&order); err != nil {
		t.Fatal(err)
	}
	page := "/orders/" + s.sign(order)
	waiting := v.away
	v.get(page)
	v.expect(http.StatusOK, "main", "Opens as soon as the order is paid")
	shoptest.Press(t, waiting, "pay")
	v.get(page + "/return")
	v.expect(http.StatusOK, ".order__thanks", "Thank you")
	v.expect(http.StatusOK, ".download", "5 downloads left")
	link := v.page.Find(".download a").AttrOr("href", "")

	if head, _ := v.fetch(http.MethodHead, link); head.StatusCode != http.StatusOK || head.ContentLength != int64(len(guide)) {
		t.Errorf("head: %d, %d bytes", head.StatusCode, head.ContentLength)
	}
	whole, content := v.fetch(http.MethodGet, link)
	if whole.StatusCode != http.StatusOK || !bytes.Equal(content, guide) || whole.ContentLength != int64(len(guide)) {
		t.Fatalf("%d, %d bytes of %d", whole.StatusCode, len(content), len(guide))
	}
	for name, want := range map[string]string{
		"Content-Type": "application/pdf", "Content-Disposition": "attachment; filename*=utf-8''F%C3%BChrer%20f%C3%BCr%20%E2%80%9CScarves%E2%80%9D.pdf",
		"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex",
	} {
		if got := whole.Header.Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	rest, tail := v.fetch(http.MethodGet, link, "Range", "bytes=1000000-", "If-Range", whole.Header.Get("ETag"))
	if rest.StatusCode != http.StatusPartialContent || !bytes.Equal(tail, guide[1_000_000:]) ||
		rest.Header.Get("Content-Range") != fmt.Sprintf("bytes 1000000-%d/%d", len(guide)-1, len(guide)) {
		t.Errorf("the rest: %d, %d bytes, %s", rest.StatusCode, len(tail), rest.Header.Get("Content-Range"))
	}
	v.get(page)
	v.expect(http.StatusOK, ".download", "4 downloads left")
	for range 4 {
		if again, _ := v.fetch(http.MethodGet, link); again.StatusCode != http.StatusOK {
			t.Fatalf("again: %d", again.StatusCode)
		}
	}
	v.get(link)
	v.expect(http.StatusGone, "h1", "downloaded as often as it can be")
	v.expect(http.StatusGone, "main", "Write to us with your order number")
	if last, part := v.fetch(http.MethodGet, link, "Range", "bytes=5-9"); last.StatusCode != http.StatusPartialContent || !bytes.Equal(part, guide[5:10]) {
		t.Errorf("the last one cannot be gone on with: %d", last.StatusCode)
	}
	var download string
	if err := s.db.Primary().QueryRow(context.Background(), "select id from order_downloads").Scan(&download); err != nil {
		t.Fatal(err)
	}
	s.exec("update order_downloads set taken = 0, expire_time = now() - interval '1 second'")
	v.get(link)
	v.expect(http.StatusGone, "h1", "expired")
	s.renew(order, download)
	v.get(page)
	v.expect(http.StatusOK, ".download", "5 downloads left")
	if after, _ := v.fetch(http.MethodGet, link); after.StatusCode != http.StatusOK {
		t.Errorf("after it was renewed: %d", after.StatusCode)
	}
	s.exec("update orders set payment_state = 'refunded'")
	v.get(link)
	v.expect(http.StatusGone, "h1", "has ended")
	for _, other := range []string{"/downloads/x", "/downloads/" + strings.TrimPrefix(page, "/orders/"), "/media/downloads/x"} {
		if v.get(other); v.status != http.StatusNotFound {
			t.Errorf("%s: %d, want not found", other, v.status)
		}
	}
	var key string
	if err := s.db.Primary().QueryRow(context.Background(), "select blob_key from order_downloads").Scan(&key); err != nil {
		t.Fatal(err)
	}
	if v.get("/media/" + key); v.status != http.StatusNotFound {
		t.Errorf("the file is public at its key: %d", v.status)
	}
}

// staff is the context of a staff member who may do everything with orders.
func (s *shop) staff() context.Context {
	s.t.Helper()
	signer, err := auth.NewSigner(append([]byte{2}, make([]byte, auth.SecretSize-1)...)) // as the shop has it
	if err != nil {
		s.t.Fatal(err)
	}
	token, err := signer.Sign(auth.Caller{Kind: auth.Staff, Subject: id.New(), Name: "Ada", Grants: []string{"orders.read", "orders.write"}}, clock.Now().Add(time.Minute))
	if err != nil {
		s.t.Fatal(err)
	}
	return auth.WithToken(s.t.Context(), token)
}

// renew does what staff do.
func (s *shop) renew(order, download string) {
	s.t.Helper()
	_, err := s.set.Orders.RenewDownload(s.staff(), &orderv1.RenewDownloadRequest{OrderId: order, DownloadId: download, IdempotencyKey: id.New()})
	if err != nil {
		s.t.Fatal(err)
	}
}
