package storefront_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
)

// merchant finds a product by its name.
func (s *shop) merchant(name string) *productv1.Product {
	s.t.Helper()
	answer, err := s.set.Products.ListProducts(s.t.Context(), &productv1.ListProductsRequest{Query: name})
	if err != nil || len(answer.GetProducts()) != 1 {
		s.t.Fatalf("%d products are called %s: %v", len(answer.GetProducts()), name, err)
	}
	return answer.GetProducts()[0]
}

// edit changes fields of a product, and shows it as the event would.
func (s *shop) edit(name string, change func(p *productv1.Product), fields ...string) *productv1.Product {
	s.t.Helper()
	p := s.merchant(name)
	change(p)
	answer, err := s.set.Products.UpdateProduct(s.t.Context(), &productv1.UpdateProductRequest{
		Product: p, UpdateMask: &fieldmaskpb.FieldMask{Paths: fields}, ExpectedVersion: p.GetVersion(),
	})
	if err == nil {
		_, err = s.set.Catalog.RefreshProducts(s.t.Context(), &catalogv1.RefreshProductsRequest{ProductIds: []string{p.GetId()}})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetProduct()
}

// stay is a visitor who does not follow where an answer leads.
func (s *shop) stay() *visitor {
	v := s.visitor()
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return v
}

// moved fails unless the answer leads on for good, and proxies keep it until told otherwise.
func (v *visitor) moved(path string) {
	v.t.Helper()
	if v.status != http.StatusMovedPermanently || v.header.Get("Location") != path {
		v.t.Errorf("%s: %d to %q, want %q", v.path, v.status, v.header.Get("Location"), path)
	}
	if v.header.Get("Surrogate-Key") == "" || v.header.Get("Cache-Control") == "no-store" {
		v.t.Errorf("%s: kept by proxies as %q %q", v.path, v.header.Get("Surrogate-Key"), v.header.Get("Cache-Control"))
	}
}

// Links to a product that got another address lead there, in the variant that they name; those to one that is no longer sold say so.
func TestOldProductAddresses(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.stay()
	s.edit("Jug", func(p *productv1.Product) { p.Slug = "water-jug" }, "slug")
	v.get("/products/jug?utm_source=mail")
	v.moved("/products/water-jug")
	v.get("/products/jug?variant=A%26B")
	v.moved("/products/water-jug?variant=A%26B")
	v.get("/products/water-jug")
	v.expect(http.StatusOK, "h1", "Jug")
	s.edit("Jug", func(p *productv1.Product) { p.State = productv1.ProductState_PRODUCT_STATE_ARCHIVED }, "state")
	for _, path := range []string{"/products/jug", "/products/water-jug"} {
		if v.get(path + "?variant=x"); v.status != http.StatusGone {
			t.Errorf("%s of a product that is gone: %d", path, v.status)
		}
	}
	if v.get("/products/never"); v.status != http.StatusNotFound {
		t.Errorf("a product that never was: %d", v.status)
	}
}

// Links to a category that got another address lead there, narrowed as they are; those to one that was deleted say so.
func TestOldCategoryAddresses(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.stay()
	ctx := t.Context()
	tree, err := s.set.Categories.ListCategories(ctx, &productv1.ListCategoriesRequest{All: true})
	if err != nil || len(tree.GetCategories()) != 1 {
		t.Fatalf("%v: %v", tree, err)
	}
	category := tree.GetCategories()[0]
	category.Slug, category.SeoTitle, category.SeoDescription = "cooking", "All for cooking", "Pots and pans."
	changed, err := s.set.Categories.UpdateCategory(ctx, &productv1.UpdateCategoryRequest{
		Category: category, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"slug", "seo_title", "seo_description"}}, ExpectedVersion: category.GetVersion(),
	})
	refresh := func() {
		if err == nil {
			_, err = s.set.Catalog.RefreshCategories(ctx, &catalogv1.RefreshCategoriesRequest{CategoryIds: []string{category.GetId()}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	refresh()
	v.get("/categories/kitchen?sort=price&utm_source=mail")
	v.moved("/categories/cooking?sort=price")
	v.get("/categories/cooking")
	v.expect(http.StatusOK, "title", "All for cooking – Test")
	if got := v.page.Find("meta[name=description]").AttrOr("content", ""); got != "Pots and pans." {
		t.Errorf("described as %q", got)
	}
	_, err = s.set.Categories.DeleteCategory(ctx, &productv1.DeleteCategoryRequest{Id: category.GetId(), ExpectedVersion: changed.GetCategory().GetVersion()})
	refresh()
	if v.get("/categories/kitchen?sort=name"); v.status != http.StatusGone {
		t.Errorf("a deleted category: %d", v.status)
	}
}

// What the search box offers is the same for everyone, at most eight, with picture, price and the way there; a single letter, which anything
// may begin with, offers nothing.
func TestSuggest(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	s.exec("insert into catalog_searches (query, searches, day) values ('kitchen lamp', 9, '2026-11-01')")
	v := s.visitor()
	v.get("/suggest?q=%20Kitch&utm_source=mail")
	v.expect(http.StatusOK, `[role=option][href="/categories/kitchen"]`, "Kitchen Category")
	v.expect(http.StatusOK, `[role=option][href="/search?q=kitchen+lamp"]`, "kitchen lamp")
	if control := v.header.Get("Cache-Control"); !strings.Contains(control, "s-maxage=60") {
		t.Errorf("proxies may keep it: %q", control)
	}
	v.get("/suggest?q=jug")
	v.expect(http.StatusOK, `[role=listbox] [role=option][href="/products/jug"]`, "Jug$20.00")
	if keys := v.header.Get("Surrogate-Key"); !strings.HasPrefix(keys, "p-") {
		t.Errorf("known by %q, not by the product", keys)
	}
	if v.get("/suggest?q=j"); v.status != http.StatusOK || v.page.Find("[role=option]").Length() != 0 {
		t.Errorf("for a letter: %d with %s", v.status, v.text("body"))
	}
	v.get("/")
	if got := v.page.Find("#search").AttrOr("hx-get", ""); got != "/suggest" {
		t.Errorf("the box asks %q", got)
	}
}

// Who is told of a reduction is told the lowest price of the 30 days before it, on the product's page and wherever it is listed; and can look
// at what is reduced alone.
func TestReducedPrices(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor()
	cost := func(minor, before int64) {
		s.edit("Jug", func(p *productv1.Product) {
			p.Variants[0].Price.AmountMinor, p.Variants[0].CompareAtPrice = minor, nil
			if before > 0 {
				p.Variants[0].CompareAtPrice = &typev1.Money{AmountMinor: before, CurrencyCode: "USD"}
			}
		}, "variants")
	}
	cost(1800, 0)
	cost(1900, 0)
	cost(1500, 2500)
	const told = "Lowest price of the 30 days before: $18.00"
	v.get("/products/jug")
	v.expect(http.StatusOK, ".product__price", "Now $15.00 Was $25.00Sale")
	v.expect(http.StatusOK, ".product__price", told)
	v.get("/categories/kitchen?sale=yes")
	v.expect(http.StatusOK, ".listing__total", "1 product")
	v.expect(http.StatusOK, ".chips", "Offers: On sale")
	v.expect(http.StatusOK, ".card", told)
	v.get("/search?q=jug&sale=yes")
	v.expect(http.StatusOK, ".card", told)

	cost(1500, 0)
	if v.get("/products/jug?variant=" + s.merchant("Jug").GetVariants()[0].GetId()); strings.Contains(v.text("main"), "30 days before") || strings.Contains(v.text(".product__price"), "Sale") {
		t.Errorf("an end of the reduction leaves %s", v.text(".product__price"))
	}
}

// Prices can be chosen by round ranges that have products in them, without typing, and keep the other filters.
func TestPriceRanges(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor()
	v.get("/categories/kitchen?availability=in_stock")
	all := 0
	v.page.Find(".facet__steps li").Each(func(_ int, step *goquery.Selection) {
		count, err := strconv.Atoi(step.Find(".check__count").Contents().First().Text())
		if err != nil || count == 0 {
			t.Errorf("a range says %q", step.Text())
		}
		all += count
	})
	if total := v.text(".listing__total"); total != strconv.Itoa(all)+" products" {
		t.Errorf("ranges hold %d products, the list %s", all, total)
	}
	link := v.page.Find(".facet__steps a").Last()
	if link.Text() != "$50.00 and more" {
		t.Errorf("ends with %q", link.Text())
	}
	v.get(link.AttrOr("href", ""))
	v.expect(http.StatusOK, ".listing__total", "1 product")
	v.expect(http.StatusOK, ".facet__steps [aria-current]", "$50.00 and more")
	if chips := v.page.Find(".chip").Length(); chips != 2 {
		t.Errorf("%d chips: %s", chips, v.text(".chips"))
	}
}

// A shopper whose words look mistyped can insist on them.
func TestSearchAsTyped(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor()
	v.get("/search?q=scerf")
	v.expect(http.StatusOK, ".page-head", "Showing results for scarf")
	v.get(v.page.Find(".page-head a").AttrOr("href", ""))
	v.expect(http.StatusOK, "h1", "Results for “scerf”")
	v.expect(http.StatusOK, "main", "Nothing matches these words")
}

// A range of prices that was typed the other way round is read as it was meant.
func TestPricesTheOtherWayRound(t *testing.T) {
	t.Parallel()
	v := open(t, switches{}).visitor()
	v.get("/categories/kitchen?price_min=90&price_max=50")
	v.expect(http.StatusOK, ".listing__total", "1 product") // the bowl
	v.expect(http.StatusOK, ".chips", "Price: 50 to 90")
	if low, high := v.page.Find("[name=price_min]").AttrOr("value", ""), v.page.Find("[name=price_max]").AttrOr("value", ""); low != "50" || high != "90" {
		t.Errorf("the fields hold %s and %s", low, high)
	}
}
