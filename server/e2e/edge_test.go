package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1/productv1connect"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// edgeToken is what the shop proves itself with to the proxy.
const edgeToken = "only the shop knows this"

// startEdge puts a real caching proxy in front of the shop, with the settings that come with it, and returns its address.
func startEdge(t *testing.T, backend, port string) string {
	t.Helper()
	settings, err := os.ReadFile("../../deploy/edge/shop.vcl")
	if err != nil {
		t.Fatal(err)
	}
	ours := strings.Replace(string(settings), `.port = "8080";`, fmt.Sprintf(".port = %q;", backend), 1)
	if ours == string(settings) {
		t.Fatal("the settings name no port of the shop")
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "shop.vcl"), ours)
	if err := os.Chmod(dir, 0o755); err != nil { // it changes its user
		t.Fatal(err)
	}
	said := &output{}
	cmd := exec.Command(needed(t, "TEST_VARNISHD"), "-F", "-j", "none", "-n", dir, "-a", "127.0.0.1:"+port, "-T", "none", "-f", filepath.Join(dir, "shop.vcl"), "-s", "malloc,32m")
	cmd.Env = append(os.Environ(), "EDGE_PURGE_TOKEN="+edgeToken)
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = said, said, dieWithUs()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the proxy said:\n%s", said)
		}
	})
	eventually(t, "the proxy answers", func() bool {
		answer, err := http.Get(at(port) + "/robots.txt")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return at(port)
}

// A proxy keeps public pages for everyone and private ones for nobody, and shows a change within a second because it is told.
func TestEdge(t *testing.T) {
	port := freePort(t)
	s := open(t, allInOne, func(process string) []string {
		switch {
		case strings.HasPrefix(process, "worker"):
			return []string{"EDGE_PURGE_URLS=" + at(port), "EDGE_PURGE_TOKEN=" + edgeToken}
		case process == "server":
			return []string{"TRUSTED_PROXIES=127.0.0.1"}
		default:
			return nil
		}
	})
	edge := startEdge(t, strings.TrimPrefix(s.url, "http://127.0.0.1:"), port)
	get := func(path string) (body string, cached bool) {
		t.Helper()
		request, err := http.NewRequest(http.MethodGet, edge+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.AddCookie(&http.Cookie{Name: "who", Value: "a visitor of its own"})
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		visitor := newShopper(t)
		if err := visitor.read(answer, nil); err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Surrogate-Key") != "" {
			t.Errorf("%s: %s, keys %q", path, answer.Status, answer.Header.Get("Surrogate-Key"))
		}
		return visitor.body, answer.Header.Get("X-Cache") == "hit"
	}
	const product = "/products/cork-top-storage-jar"
	pages := []string{product, "/search?q=storage+jar", "/"}
	for _, page := range pages {
		if _, cached := get(page); cached {
			t.Errorf("%s was there before anybody asked", page)
		}
		if _, cached := get(page); !cached {
			t.Errorf("%s is not kept", page)
		}
	}
	get("/cart")
	if _, cached := get("/cart"); cached {
		t.Error("a cart is kept for others")
	}
	for _, token := range []string{"", "Bearer wrong"} {
		request, _ := http.NewRequest("PURGE", edge+"/", nil)
		request.Header.Set("Authorization", token)
		request.Header.Set("Surrogate-Key", "lists")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("a stranger with %q may purge: %s", token, answer.Status)
		}
	}

	const changes, within = 5, time.Second
	late := 0
	for n := range changes {
		price := fmt.Sprintf("77.%02d", n)
		began := s.changePrice(t, "cork-top-storage-jar", price)
		for _, page := range pages[:2] {
			eventually(t, page+" shows the price "+price, func() bool {
				body, _ := get(page)
				return strings.Contains(body, "$"+price)
			})
		}
		took := time.Since(began)
		t.Logf("change %d is on its page and found by search after %s", n, took.Round(time.Millisecond))
		if took > within {
			late++
		}
	}
	if late > 1 { // once the machine may have had something better to do
		t.Errorf("%d of %d changes were seen after more than %s", late, changes, within)
	}
}

// changePrice gives all variants of a product a price, and returns when that was true.
func (s *shop) changePrice(t *testing.T, slug, price string) time.Time {
	t.Helper()
	secret, err := auth.DecodeSecret(s.keys["SECRET_KEY"])
	if err != nil {
		t.Fatal(err)
	}
	identity, err := auth.NewIdentity(secret, "test")
	if err != nil {
		t.Fatal(err)
	}
	products := productv1connect.NewProductServiceClient(connect.NewClient(rpc.NewTransport(http.DefaultClient, s.private), rpc.ClientInterceptor(identity)))
	id := s.column(t, "select id::text from products where slug = $1", slug)[0]
	got, err := products.GetProduct(t.Context(), &productv1.GetProductRequest{Id: id})
	if err != nil {
		t.Fatal(err)
	}
	product := got.GetProduct()
	amount, err := money.ParseDecimal(price, "USD")
	if err != nil {
		t.Fatal(err)
	}
	for _, variant := range product.GetVariants() {
		variant.Price, variant.CompareAtPrice = &typev1.Money{AmountMinor: amount.Minor, CurrencyCode: "USD"}, nil
	}
	_, err = products.UpdateProduct(t.Context(), &productv1.UpdateProductRequest{
		Product: product, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"variants"}}, ExpectedVersion: product.GetVersion(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return time.Now()
}
