package product

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/blob"
	"github.com/tradewind-commerce/tradewind/platform/fetch"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

func picture(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewRGBA(image.Rect(0, 0, 700, 500)), nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func keepPictures(t *testing.T) *blob.Store {
	t.Helper()
	store, err := blob.Open(t.Context(), blob.FileURL(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func (s *shop) fetchImages() (fetched, failed int32) {
	s.t.Helper()
	answer, err := s.FetchImages(s.t.Context(), &productv1.FetchImagesRequest{Limit: 50})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetFetched(), answer.GetFailed()
}

// Pictures that a feed names become our own files, the product tells of it, and what cannot be had is kept with its reason and
// tried again.
func TestFetchImages(t *testing.T) {
	t.Parallel()
	content := picture(t)
	suppliers := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/good.jpg", "/also.jpg":
			_, _ = w.Write(content)
		case "/words.jpg":
			_, _ = w.Write([]byte("<html>not a picture</html>"))
		case "/busy.jpg":
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(suppliers.Close)
	roots := x509.NewCertPool()
	roots.AddCert(suppliers.Certificate())
	s := newShop(t)
	s.cfg.Blob = keepPictures(t)
	s.cfg.Fetch = fetch.New(fetch.Config{AllowPrivate: true, AllowAnyPort: true, RootCAs: roots})
	file := strings.ReplaceAll(`[{"key": "a", "name": "A", "price": "1", "images": ["HOST/good.jpg", "HOST/words.jpg", "HOST/busy.jpg", "HOST/gone.jpg"]},
		{"key": "b", "name": "B", "price": "1", "images": ["HOST/also.jpg"]}]`, "HOST", suppliers.URL)
	s.mustSync(file)
	events := s.number("select count(*) from outbox")
	if fetched, failed := s.fetchImages(); fetched != 2 || failed != 3 {
		t.Fatalf("%d fetched, %d failed", fetched, failed)
	}
	all := s.products()
	p := all["a"]
	if p.GetVersion() != 2 || all["b"].GetVersion() != 2 || s.number("select count(*) from outbox") != events+1 {
		t.Errorf("nobody was told: %v", p)
	}
	files := p.GetImages()[0].GetFiles()
	if len(files) < 2 || files[0].GetWidth() >= files[len(files)-1].GetWidth() || files[0].GetContentType() != "image/jpeg" {
		t.Fatalf("files %v", files)
	}
	for _, f := range files {
		if _, err := s.cfg.Blob.ReadAll(t.Context(), f.GetPath(), 1<<20); err != nil {
			t.Errorf("%v: %v", f, err)
		}
	}
	for i, says := range []string{"", "not a JPEG", "503", "404"} {
		if problem := p.GetImages()[i].GetProblem(); (says == "") != (problem == "") || !strings.Contains(problem, says) {
			t.Errorf("picture %d: problem %q, want %q", i, problem, says)
		}
	}
	if fetched, failed := s.fetchImages(); fetched+failed != 0 {
		t.Errorf("tried again at once: %d fetched, %d failed", fetched, failed)
	}
	if n := s.number("select count(*) from product_images where next_try > now() + interval '23 hours'"); n != 2 {
		t.Errorf("%d pictures wait for a day, want those that are wrong", n)
	}
	if n := s.number("select count(*) from product_images where next_try < now() + interval '5 minutes'"); n != 1 {
		t.Errorf("%d pictures are tried again soon, want the busy server's", n)
	}

	// The same feed again does not lose the files.
	s.mustSync(strings.Replace(file, `"name": "A"`, `"name": "A2"`, 1))
	if again := s.products()["a"].GetImages()[0]; len(again.GetFiles()) != len(files) || again.GetId() != p.GetImages()[0].GetId() {
		t.Errorf("picture %v", again)
	}
}

// A feed cannot make the shop look into its own network.
func TestFetchImagesStaysOutside(t *testing.T) {
	t.Parallel()
	asked := false
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	t.Cleanup(inside.Close)
	s := newShop(t)
	s.cfg.Blob = keepPictures(t)
	s.mustSync(`[{"key": "a", "name": "A", "price": "1", "images": ["` + inside.URL + `/a.jpg", "https://127.0.0.1/b.jpg", "https://169.254.169.254/c.jpg", "http://pics.example/d.jpg"]}]`)
	if fetched, failed := s.fetchImages(); fetched != 0 || failed != 4 || asked {
		t.Errorf("%d fetched, %d failed, asked %t", fetched, failed, asked)
	}
	for _, i := range s.products()["a"].GetImages() {
		if !strings.Contains(i.GetProblem(), "refused") {
			t.Errorf("problem %q", i.GetProblem())
		}
	}
}

// Pictures that lie beside a file are opened by whoever has them; others leave them alone.
func TestFetchImagesFromSource(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.cfg.Blob = keepPictures(t)
	content := picture(t)
	source := func(_ context.Context, path string) (io.ReadCloser, error) {
		if path != "images/a.jpg" {
			return nil, errors.New("no such picture")
		}
		return io.NopCloser(bytes.NewReader(content)), nil
	}
	s.cfg.ImageSource = source
	s.mustSync(`[{"key": "a", "name": "A", "variants": [{"price": "1", "image": "images/a.jpg"}], "images": [{"src": "images/b.jpg"}, {"src": "images/a.jpg", "alt": "Side"}]}]`)
	s.cfg.ImageSource = nil
	if fetched, failed := s.fetchImages(); fetched+failed != 0 {
		t.Errorf("%d fetched, %d failed by a process without the pictures", fetched, failed)
	}
	s.cfg.ImageSource = source
	if fetched, failed := s.fetchImages(); fetched != 1 || failed != 1 {
		t.Errorf("%d fetched, %d failed", fetched, failed)
	}

	// An offer shows the variant's own picture, or the first that is there.
	p := s.products()["a"]
	offers, err := s.BatchGetOffers(t.Context(), &productv1.BatchGetOffersRequest{VariantIds: []string{p.GetVariants()[0].GetId(), p.GetId()}})
	if err != nil || len(offers.GetOffers()) != 1 {
		t.Fatal(offers, err)
	}
	o := offers.GetOffers()[0]
	if o.GetImage().GetId() != p.GetImages()[1].GetId() || o.GetImage().GetAlt() != "Side" || len(o.GetImage().GetFiles()) == 0 || o.GetImage().GetSourceUrl() != "" {
		t.Errorf("image %v", o.GetImage())
	}
}

// A cart is told the price of this moment and what can be had.
func TestBatchGetOffers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(strings.Replace(twoMugs, `"price": "19.99"`, `"price": "19.99", "state": "draft"`, 1))
	all := s.products()
	small, large, clay := all["moss"].GetVariants()[0].GetId(), all["moss"].GetVariants()[1].GetId(), all["clay"].GetVariants()[0].GetId()
	answer, err := s.BatchGetOffers(t.Context(), &productv1.BatchGetOffersRequest{VariantIds: []string{small, large, clay}})
	if err != nil || len(answer.GetOffers()) != 3 {
		t.Fatal(answer, err)
	}
	offers := map[string]*productv1.Offer{}
	for _, o := range answer.GetOffers() {
		offers[o.GetVariantId()] = o
	}
	if o := offers[small]; o.GetPrice().GetAmountMinor() != 2400 || o.GetAvailable() != 12 || o.GetBackorder() || o.GetVariantName() != "S" || o.GetSku() != "M-S" ||
		o.GetWeightGrams() != 310 || !o.GetForSale() || o.GetProductSlug() != "moss-mug" || o.GetImage() != nil {
		t.Errorf("small %v", o)
	}
	if o := offers[large]; o.GetAvailable() != 0 || !o.GetBackorder() {
		t.Errorf("large %v", o)
	}
	if o := offers[clay]; o.GetForSale() || o.GetVariantName() != "" {
		t.Errorf("clay %v", o)
	}
}

// Staff find products by the beginnings of words, by key and by SKU, newest change first, page by page.
func TestListProducts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(`[{"key": "K-1", "name": "Enamel Kettle", "price": "1", "sku": "SKU-9"}, {"key": "K-2", "name": "Kettle brush", "price": "1", "state": "draft"}]`)
	s.mustSync(`[{"key": "K-3", "name": "Brass bell", "price": "1"}]`)
	ctx := postgres.WithToken(t.Context(), s.flushed())
	for query, want := range map[string]string{
		"": "K-3 K-2 K-1", "kett": "K-2 K-1", "KETTLE ena": "K-1", "SKU-9": "K-1", "K-3": "K-3", "kettle bell": "", "'; drop": "", "!": "",
	} {
		req := &productv1.ListProductsRequest{Query: query, PageSize: 1}
		var got []string
		for {
			answer, err := s.ListProducts(ctx, req)
			if err != nil {
				t.Fatal(query, err)
			}
			for _, p := range answer.GetProducts() {
				got = append(got, p.GetKey())
			}
			if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
				break
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q found %v, want %s", query, got, want)
		}
	}
	drafts, err := s.ListProducts(ctx, &productv1.ListProductsRequest{State: productv1.ProductState_PRODUCT_STATE_DRAFT})
	if err != nil || len(drafts.GetProducts()) != 1 || drafts.GetProducts()[0].GetKey() != "K-2" {
		t.Errorf("drafts %v, %v", drafts, err)
	}
	if _, err := s.ListProducts(ctx, &productv1.ListProductsRequest{PageToken: "nonsense"}); err == nil {
		t.Error("took a page token that it never gave")
	}
}
