package catalog

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/cache"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// stands is what a test knows of a product for sale, worked out without the code under test where it matters: facets, sums, order.
type stands struct {
	product *productv1.Product
	facets  map[string][]string
	price   int64
	supply  int
	picture bool
}

// standing works out what the merchant's products are to shoppers.
func (m *merchant) standing() []stands {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []stands
	for _, p := range m.products {
		if p.State != productv1.ProductState_PRODUCT_STATE_ACTIVE {
			continue
		}
		one := stands{product: p, facets: map[string][]string{}, price: p.Variants[0].Price.AmountMinor}
		if p.Brand != "" {
			one.facets["brand"] = []string{p.Brand}
		}
		for _, v := range p.Variants {
			one.price = min(one.price, v.Price.AmountMinor)
			if v.CompareAtPrice.GetAmountMinor() > v.Price.AmountMinor {
				one.facets["sale"] = []string{"yes"}
			}
			stock := m.stock[v.Id]
			if stock.GetBackorder() {
				one.supply = max(one.supply, 1)
			}
			if stock.GetOnHand() > stock.GetHeld() {
				one.supply = 2
			}
			for i, value := range v.OptionValues {
				key := "option." + p.Options[i].Name
				if !slices.Contains(one.facets[key], value) {
					one.facets[key] = append(one.facets[key], value)
				}
			}
		}
		one.facets["availability"] = []string{[]string{"sold_out", "backorder", "in_stock"}[one.supply]}
		one.picture = slices.ContainsFunc(p.Images, func(image *productv1.Image) bool { return len(image.Files) > 0 })
		all = append(all, one)
	}
	return all
}

// fits reports whether a product is left by a request's filters, those of one facet set aside.
func (p stands) fits(req *catalogv1.ListProductsRequest, aside string) bool {
	in := req.CategorySlug == ""
	for _, c := range p.product.Categories {
		in = in || c.Slug == req.CategorySlug
	}
	for _, f := range req.Filters {
		switch {
		case f.Key == aside:
		case f.Key == "price":
			from, to, _ := strings.Cut(f.Values[0], "-")
			if least, err := strconv.ParseInt(from, 10, 64); err == nil && p.price < least {
				return false
			}
			if most, err := strconv.ParseInt(to, 10, 64); err == nil && p.price > most {
				return false
			}
		case !slices.ContainsFunc(f.Values, func(value string) bool { return slices.Contains(p.facets[f.Key], value) }):
			return false
		}
	}
	return in
}

func (p stands) before(other stands, sort catalogv1.Sort) int {
	ids := cmp.Compare(p.product.Id, other.product.Id)
	newest := cmp.Or(other.product.CreateTime.AsTime().Compare(p.product.CreateTime.AsTime()), -ids)
	switch sort {
	case catalogv1.Sort_SORT_PRICE_ASC:
		return cmp.Or(cmp.Compare(p.price, other.price), ids)
	case catalogv1.Sort_SORT_PRICE_DESC:
		return cmp.Or(cmp.Compare(other.price, p.price), -ids)
	case catalogv1.Sort_SORT_NAME:
		plain := func(p stands) string { return strings.ToLower(strings.ReplaceAll(p.product.Name, "É", "E")) }
		return cmp.Or(strings.Compare(plain(p), plain(other)), ids)
	case catalogv1.Sort_SORT_NEWEST:
		return newest
	default:
		pictured := 0
		if p.picture != other.picture {
			pictured = 1
			if p.picture {
				pictured = -1
			}
		}
		return cmp.Or(cmp.Compare(other.supply, p.supply), pictured, newest)
	}
}

// expected answers a request the slow way.
func expected(all []stands, req *catalogv1.ListProductsRequest) (ids []string, total int, facets map[string]string) {
	var left []stands
	for _, p := range all {
		if p.fits(req, "") {
			left = append(left, p)
		}
	}
	slices.SortFunc(left, func(a, b stands) int { return a.before(b, req.Sort) })
	start := (int(max(req.Page, 1)) - 1) * int(req.PageSize)
	for i := start; i < len(left) && i < start+int(req.PageSize); i++ {
		ids = append(ids, left[i].product.Id)
	}
	counts := map[string]map[string]int{}
	for _, p := range all {
		for key, values := range p.facets {
			if p.fits(req, key) {
				for _, value := range values {
					if counts[key] == nil {
						counts[key] = map[string]int{}
					}
					counts[key][value]++
				}
			}
		}
	}
	facets = map[string]string{}
	for key, values := range counts {
		for value, count := range values {
			facets[key+"="+value] = strconv.Itoa(count)
		}
	}
	for _, f := range req.Filters {
		for _, value := range f.Values {
			if f.Key != "price" {
				name := f.Key + "=" + value
				facets[name] = strings.TrimSuffix(cmp.Or(facets[name], "0"), " chosen") + " chosen"
			}
		}
	}
	for key := range counts { // a facet of one value that is not chosen is not shown, unless it is what only some have
		if key == "sale" {
			continue
		}
		var shown []string
		for name := range facets {
			if strings.HasPrefix(name, key+"=") {
				shown = append(shown, name)
			}
		}
		if len(shown) == 1 && !strings.HasSuffix(facets[shown[0]], "chosen") {
			delete(facets, shown[0])
		}
	}
	return ids, len(left), facets
}

func facetsOf(answer []*catalogv1.Facet) map[string]string {
	facets := map[string]string{}
	for _, f := range answer {
		for _, value := range f.Values {
			facets[f.Key+"="+value.Value] = strconv.Itoa(int(value.Count))
			if value.Chosen {
				facets[f.Key+"="+value.Value] += " chosen"
			}
		}
	}
	return facets
}

// compare asks the service and works the answer out the slow way.
func compare(ctx context.Context, s *Service, all []stands, req *catalogv1.ListProductsRequest) error {
	ids, total, facets := expected(all, req)
	answer, err := s.ListProducts(ctx, req)
	if len(ids) == 0 && req.Page > 1 {
		if connect.CodeOf(err) != connect.CodeOutOfRange {
			return fmt.Errorf("a page beyond the last of %d: %v", total, err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if got := productIDs(answer.Cards); !slices.Equal(got, ids) {
		return fmt.Errorf("cards %v, want %v", got, ids)
	}
	if int(answer.Total) != total || answer.TotalIsBound {
		return fmt.Errorf("total %d, want %d", answer.Total, total)
	}
	if got := facetsOf(answer.Facets); fmt.Sprint(got) != fmt.Sprint(facets) {
		return fmt.Errorf("facets\n%v, want\n%v", got, facets)
	}
	return comparePrices(answer.Price, all, req)
}

// comparePrices counts prices band by band, whatever price is asked for.
func comparePrices(shown *catalogv1.PriceRange, all []stands, req *catalogv1.ListProductsRequest) error {
	var prices []int64
	for _, p := range all {
		if p.fits(req, "price") {
			prices = append(prices, p.price)
		}
	}
	slices.Sort(prices)
	if len(prices) == 0 {
		if shown != nil {
			return fmt.Errorf("prices %v of nothing", shown)
		}
		return nil
	}
	if shown.GetFromMinor() > prices[0] || shown.GetToMinor() < prices[len(prices)-1] {
		return fmt.Errorf("prices from %d to %d are shown as %v", prices[0], prices[len(prices)-1], shown)
	}
	end := int64(-1)
	for _, band := range shown.Bands {
		count := int32(0)
		for _, price := range prices {
			if price >= band.FromMinor && price <= band.ToMinor {
				count++
			}
		}
		if band.FromMinor <= end || count == 0 || count != band.Count {
			return fmt.Errorf("band %v after %d has %d prices", band, end, count)
		}
		end = band.ToMinor
		prices = slices.DeleteFunc(prices, func(price int64) bool { return price <= end })
	}
	if len(prices) > 0 {
		return fmt.Errorf("prices %v are in no band of %v", prices, shown)
	}
	return nil
}

func randomRequest(t *rapid.T) *catalogv1.ListProductsRequest {
	req := &catalogv1.ListProductsRequest{
		CategorySlug: rapid.SampledFrom([]string{"", "kitchen", "tea", "pots", "garden"}).Draw(t, "category"),
		Sort:         catalogv1.Sort(rapid.IntRange(0, 4).Draw(t, "sort")),
		Page:         rapid.SampledFrom([]int32{0, 1, 2, 3, 9}).Draw(t, "page"),
		PageSize:     rapid.SampledFrom([]int32{1, 7, 24}).Draw(t, "size"),
	}
	values := map[string][]string{
		"brand": {"Acme", "B & Q's", "Tindle", "nobody", `\' | 'x`}, "availability": {"in_stock", "sold_out", "backorder"},
		"option.Colour": {"a", "b", "c"}, "option.Size": {"a", "b", "c", "d"}, "option.None": {"x"}, "sale": {"yes"},
		"price": {"0-", "-", "500-1500", "-900", "700-700", "2900-", "1500-500", "-5-100", "99999999999999999999-"},
	}
	for _, key := range []string{"brand", "availability", "option.Colour", "option.Size", "option.None", "sale", "price"} {
		if rapid.IntRange(0, 3).Draw(t, key+"?") > 0 {
			continue
		}
		chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(values[key]), 1, 2, rapid.ID).Draw(t, key)
		if key == "price" {
			chosen = chosen[:1]
		}
		req.Filters = append(req.Filters, &catalogv1.Filter{Key: key, Values: chosen})
	}
	return req
}

// Lists, totals and facet counts are what counting one product after the other gives.
func TestListProducts(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	random := rand.New(rand.NewPCG(5, 6))
	for i := range 150 {
		p := randomProduct(random, i)
		m.put(p)
		for _, v := range p.Variants {
			m.count(v.Id, max(0, random.Int64N(12)-6), random.IntN(5) == 0)
		}
	}
	refreshAll(t, ctx, s, m.ids()...)
	all := m.standing()
	rapid.Check(t, func(t *rapid.T) {
		req := randomRequest(t)
		if len(req.Filters) > 0 && req.Filters[len(req.Filters)-1].GetKey() == "price" {
			if value := req.Filters[len(req.Filters)-1].Values[0]; strings.HasPrefix(value, "-5-") || len(value) > 15 {
				_, err := s.ListProducts(ctx, req) // odd, but no failure
				if err != nil && connect.CodeOf(err) != connect.CodeOutOfRange {
					t.Fatal(err)
				}
				return
			}
		}
		if err := compare(ctx, s, all, req); err != nil {
			t.Fatalf("%v: %v", req, err)
		}
	})
}

// What the list is like does not depend on the way it is read: in order, or sorted.
func TestWideAndNarrow(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	random := rand.New(rand.NewPCG(7, 8))
	for i := range 120 {
		p := randomProduct(random, i)
		m.put(p)
		m.count(p.Variants[0].Id, random.Int64N(3), false)
	}
	refreshAll(t, ctx, s, m.ids()...)
	rapid.Check(t, func(t *rapid.T) {
		req := randomRequest(t)
		shelf, err := s.shelf(ctx, address{kindCategory, req.CategorySlug}, s.texts)
		if err != nil {
			t.Fatal(err)
		}
		n := &narrowing{category: shelf.id}
		if err := n.readFilters(req.Filters); err != nil {
			t.Fatal(err)
		}
		if n.open() {
			return
		}
		part := slice{sort: req.Sort, number: req.Page, size: req.PageSize}.settled()
		wide, err := s.widePage(ctx, n, 1, []string{n.query()}, part, placed{})
		if err != nil {
			t.Fatal(err)
		}
		narrow, err := s.narrowPage(ctx, n, part, placed{}, catalogdb.ListNarrowedParams{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(productIDs(wide.cards), productIDs(narrow.cards)) {
			t.Fatalf("%v: in order %v, sorted %v", req, productIDs(wide.cards), productIDs(narrow.cards))
		}
	})
}

// A page that nobody can turn to is out of range, and what cannot be meant is refused in words.
func TestPages(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	random := rand.New(rand.NewPCG(9, 10))
	for i := range 50 {
		p := randomProduct(random, i)
		p.State = productv1.ProductState_PRODUCT_STATE_ACTIVE
		m.put(p)
	}
	refreshAll(t, ctx, s, m.ids()...)
	for page, want := range map[int32]int{0: 24, 1: 24, 2: 24, 3: 2} {
		if answer := list(t, ctx, s, &catalogv1.ListProductsRequest{Page: page, WithoutFacets: true}); len(answer.Cards) != want || answer.Total != 50 || answer.Facets != nil {
			t.Errorf("page %d: %d cards of %d, facets %v", page, len(answer.Cards), answer.Total, answer.Facets)
		}
	}
	tests := map[string]struct {
		req  *catalogv1.ListProductsRequest
		code connect.Code
	}{
		"the page after the last":  {&catalogv1.ListProductsRequest{Page: 4}, connect.CodeOutOfRange},
		"page 40 of one":           {&catalogv1.ListProductsRequest{Page: 40, PageSize: 100}, connect.CodeOutOfRange},
		"an unknown facet":         {&catalogv1.ListProductsRequest{Filters: []*catalogv1.Filter{{Key: "colour", Values: []string{"x"}}}}, connect.CodeInvalidArgument},
		"a price that is none":     {&catalogv1.ListProductsRequest{Filters: []*catalogv1.Filter{{Key: "price", Values: []string{"ten"}}}}, connect.CodeInvalidArgument},
		"two prices":               {&catalogv1.ListProductsRequest{Filters: []*catalogv1.Filter{{Key: "price", Values: []string{"1-2", "5-6"}}}}, connect.CodeInvalidArgument},
		"an unknown category":      {&catalogv1.ListProductsRequest{CategorySlug: "x"}, connect.CodeNotFound},
		"a category that is a NUL": {&catalogv1.ListProductsRequest{CategorySlug: "\x00"}, connect.CodeNotFound},
	}
	for name, tc := range tests {
		if _, err := s.ListProducts(ctx, tc.req); connect.CodeOf(err) != tc.code {
			t.Errorf("%s: %v, want %v", name, err, tc.code)
		}
	}
	if _, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: "a\x00b"}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("a slug with a NUL: %v", err)
	}
}

// A page's relatives are others of its own category.
func TestRelated(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	for i := range 12 {
		p := kettle()
		p.Slug = fmt.Sprint("kettle-", i)
		if i == 11 {
			p.Categories = path("Garden")
		}
		m.put(p)
	}
	refreshAll(t, ctx, s, m.ids()...)
	for slug, want := range map[string]int{"kettle-0": 8, "kettle-10": 8, "kettle-11": 0} {
		got, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: slug})
		if err != nil {
			t.Fatal(err)
		}
		related := got.Product.Related
		if len(related) != want || slices.ContainsFunc(related, func(card *catalogv1.Card) bool { return card.Slug == slug || card.Slug == "kettle-11" }) {
			t.Errorf("%s is related to %v", slug, productIDs(related))
		}
		again, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: slug})
		if err != nil || !proto.Equal(got, again) {
			t.Errorf("asked again: %v, %v", again, err)
		}
	}
}

// A price filter that leaves everything in is one all the same: what was counted without it does not answer it.
func TestCountsOfAnyPrice(t *testing.T) {
	t.Parallel()
	_, m := newService(t)
	kept, err := cache.Open(t.Context(), cache.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(kept.Close)
	s := forgetful(New(Config{DB: postgrestest.New(t), Products: m, Categories: m, Collections: m, Prices: m, Stock: m, Cache: kept}))
	pot := kettle()
	m.put(pot)
	ctx := inTurn(t)
	refreshAll(t, ctx, s, pot.GetId())
	stocked := &catalogv1.Filter{Key: "availability", Values: []string{"in_stock", "sold_out", "backorder"}}
	for _, filters := range [][]*catalogv1.Filter{{stocked}, {stocked, {Key: "price", Values: []string{"0-"}}}} {
		answer, err := s.ListProducts(ctx, &catalogv1.ListProductsRequest{Filters: filters})
		if err != nil || answer.GetTotal() != 1 || answer.GetPrice() == nil {
			t.Errorf("with %d filters: %d products, price %v, %v", len(filters), answer.GetTotal(), answer.GetPrice(), err)
		}
	}
}
