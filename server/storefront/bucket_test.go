package storefront_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/blob/blobtest"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// A shop whose files are in a bucket shows the sizes of a picture that was handed in, and sends a download whole and in parts, as one with a folder does.
func TestBucket(t *testing.T) {
	t.Parallel()
	s := open(t, switches{files: blobtest.Bucket(t), sandbox: shoptest.StartSandbox(t, shoptest.BuildSandbox(t), "").URL})
	ctx := t.Context()
	list, err := s.set.Products.ListProducts(ctx, &productv1.ListProductsRequest{Query: "Jug"})
	if err != nil {
		t.Fatal(err)
	}
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 1400, 900)), nil); err != nil {
		t.Fatal(err)
	}
	jug, upload := list.GetProducts()[0].GetId(), id.New()
	if _, err = s.set.Media.AppendUpload(ctx, &productv1.AppendUploadRequest{UploadId: upload, Data: picture.Bytes()}); err != nil {
		t.Fatal(err)
	}
	added, err := s.set.Media.AddProductImage(ctx, &productv1.AddProductImageRequest{ProductId: jug, UploadId: upload, Alt: "A jug"})
	if err != nil {
		t.Fatal(err)
	}
	files := added.GetProduct().GetImages()[0].GetFiles()
	if len(files) < 4 {
		t.Errorf("%d sizes of the picture", len(files))
	}
	v := s.visitor()
	for _, file := range files {
		answer, content := v.fetch(http.MethodGet, "/"+file.GetPath())
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != file.GetContentType() || answer.ContentLength != int64(len(content)) || len(content) == 0 {
			t.Errorf("%s: %d, %s, %d bytes", file.GetPath(), answer.StatusCode, answer.Header.Get("Content-Type"), len(content))
		}
	}
	if _, err := s.set.Catalog.RefreshProducts(ctx, &catalogv1.RefreshProductsRequest{ProductIds: []string{jug}}); err != nil {
		t.Fatal(err)
	}
	v.get("/products/jug")
	if src := v.page.Find("main img").AttrOr("src", ""); !strings.HasPrefix(src, "/media/") {
		t.Errorf("the page shows %q", src)
	}

	s.sellFile("scarf", "Guide.pdf", guide)
	link := v.buyFile("scarf")
	if whole, content := v.fetch(http.MethodGet, link); whole.StatusCode != http.StatusOK || !bytes.Equal(content, guide) {
		t.Errorf("%d, %d bytes of %d", whole.StatusCode, len(content), len(guide))
	}
	for asked, want := range map[string][]byte{"bytes=1000000-": guide[1_000_000:], "bytes=7-9": guide[7:10], "bytes=-5": guide[len(guide)-5:]} {
		if part, content := v.fetch(http.MethodGet, link, "Range", asked); part.StatusCode != http.StatusPartialContent || !bytes.Equal(content, want) {
			t.Errorf("%s: %d, %d bytes of %d", asked, part.StatusCode, len(content), len(want))
		}
	}
	if past, _ := v.fetch(http.MethodGet, link, "Range", "bytes=99999999-"); past.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("past the end: %d", past.StatusCode)
	}
}

// buyFile pays for something to download and returns its link.
func (v *visitor) buyFile(slug string) string {
	v.t.Helper()
	v.add(slug)
	v.post("/checkout/contact", "email", "ada@example.com", "country", "US", "region", "OR")
	v.post("/checkout/payment", "method", "hosted")
	field := func(name string) string { return v.page.Find("[name="+name+"]").AttrOr("value", "") }
	v.post("/checkout/review", "idempotency_key", field("idempotency_key"), "expected_total", field("expected_total"))
	shoptest.Press(v.t, v.away, "pay")
	var order string
	if err := v.shop.db.Primary().QueryRow(v.t.Context(), "select id from orders").Scan(&order); err != nil {
		v.t.Fatal(err)
	}
	v.get("/orders/" + v.shop.sign(order) + "/return")
	v.expect(http.StatusOK, ".order__thanks", "Thank you")
	return v.page.Find(".download a").AttrOr("href", "")
}
