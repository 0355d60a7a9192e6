package storefront_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// cards names the products of the list on the page, in their order.
func (v *visitor) cards() string {
	var names []string
	v.page.Find(".listing .card__name").Each(func(_ int, name *goquery.Selection) { names = append(names, name.Text()) })
	return strings.Join(names, " ")
}

// follow does what the worker does after events about collections and their products.
func (s *shop) follow(collection string) {
	s.t.Helper()
	ctx := s.t.Context()
	var err error
	for more := true; more && err == nil; {
		var answer *productv1.RebuildCollectionsResponse
		answer, err = s.set.Collections.RebuildCollections(ctx, &productv1.RebuildCollectionsRequest{})
		more = answer.GetMore()
	}
	if err == nil {
		_, err = s.set.Catalog.RefreshCollections(ctx, &catalogv1.RefreshCollectionsRequest{CollectionIds: []string{collection}})
	}
	if err == nil {
		_, err = s.set.Catalog.RefreshMemberships(ctx, &catalogv1.RefreshMembershipsRequest{ProductIds: s.products()})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) products() []string {
	s.t.Helper()
	list, err := s.set.Products.ListProducts(s.t.Context(), &productv1.ListProductsRequest{PageSize: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	var ids []string
	for _, product := range list.GetProducts() {
		ids = append(ids, product.GetId())
	}
	return ids
}

// A collection has a page with its words, its products in the staff's order and all that narrows a list; it is found from the index, the home page
// and the sitemap, leads on from addresses that it had, and says when it is gone.
func TestCollectionPages(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.stay()
	ctx := t.Context()
	created, err := s.set.Collections.CreateCollection(ctx, &productv1.CreateCollectionRequest{Collection: &productv1.Collection{
		Name: "First frost", Description: "For <b>cold</b> evenings.\n\nChosen each October.", HomePosition: 1,
	}})
	if err != nil {
		t.Fatal(err)
	}
	c := created.GetCollection()
	s.follow(c.GetId())
	v.get("/collections/first-frost?sort=newest") // pages are kept for a moment, so each address is asked for once
	v.expect(http.StatusOK, ".empty", "Nothing here yet")

	byName := map[string]string{}
	loaded, err := s.set.Products.BatchGetProducts(ctx, &productv1.BatchGetProductsRequest{Ids: s.products()})
	for _, product := range loaded.GetProducts() {
		byName[product.GetName()] = product.GetId()
	}
	if err == nil {
		_, err = s.set.Collections.ChangeCollectionProducts(ctx, &productv1.ChangeCollectionProductsRequest{Id: c.GetId(), PutIds: []string{byName["Scarf"], byName["Lamp"], byName["Bowl"]}})
	}
	if err != nil {
		t.Fatal(err)
	}
	s.follow(c.GetId())
	v.get("/collections/first-frost")
	v.expect(http.StatusOK, "title", "First frost – Test")
	if got := v.cards(); got != "Lamp Bowl Scarf" { // what is sold out comes last
		t.Errorf("listed %s", got)
	}
	v.expect(http.StatusOK, ".page-head", "For cold evenings. Chosen each October.")
	v.expect(http.StatusOK, `script[type="application/ld+json"]`, `"name":"Collections"`)
	if key := v.header.Get("Surrogate-Key"); !strings.Contains(key, "c-"+c.GetId()[24:]) {
		t.Errorf("kept as %q", key)
	}
	if got := v.page.Find("link[rel=canonical]").AttrOr("href", ""); got != s.url+"/collections/first-frost" {
		t.Errorf("canonical is %q", got)
	}
	v.get("/collections/first-frost?price_min=50")
	if got := v.cards(); got != "Bowl" || v.page.Find(`meta[name=robots][content*=noindex]`).Length() == 0 {
		t.Errorf("narrowed, listed %q", got)
	}
	v.get("/collections/first-frost?sort=-price")
	if got := v.cards(); !strings.HasPrefix(got, "Bowl") {
		t.Errorf("sorted, listed %s", got)
	}
	if v.get("/collections/first-frost?page=9"); v.status != http.StatusNotFound {
		t.Errorf("a page beyond the last: %d", v.status)
	}
	v.get("/collections")
	v.expect(http.StatusOK, `.tile[href="/collections/first-frost"]`, "First frost 3 products")
	v.get("/")
	v.expect(http.StatusOK, ".section__title", "First frost")
	v.expect(http.StatusOK, `a[href="/collections/first-frost"]`, "All of First frost")
	if menu := v.text("nav.menu"); strings.Contains(menu, "First frost") {
		t.Errorf("the menu of categories says %q", menu)
	}
	v.get("/sitemaps/shop")
	v.expect(http.StatusOK, "loc", s.url+"/collections/first-frost")

	c.Slug, c.HomePosition = "winter", 0
	changed, err := s.set.Collections.UpdateCollection(ctx, &productv1.UpdateCollectionRequest{
		Collection: c, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"slug", "home_position"}}, ExpectedVersion: c.GetVersion(),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.follow(c.GetId())
	v.get("/collections/first-frost?sort=price&utm_source=mail")
	v.moved("/collections/winter?sort=price")
	c = changed.GetCollection()
	c.Hidden = true
	hidden, err := s.set.Collections.UpdateCollection(ctx, &productv1.UpdateCollectionRequest{
		Collection: c, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"hidden"}}, ExpectedVersion: c.GetVersion(),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.follow(c.GetId())
	if v.get("/collections/winter?sort=newest"); v.status != http.StatusNotFound {
		t.Errorf("a hidden collection: %d", v.status)
	}
	_, err = s.set.Collections.DeleteCollection(ctx, &productv1.DeleteCollectionRequest{Id: c.GetId(), ExpectedVersion: hidden.GetCollection().GetVersion()})
	if err != nil {
		t.Fatal(err)
	}
	s.follow(c.GetId())
	for _, path := range []string{"/collections/winter?sort=name", "/collections/first-frost?sort=name"} {
		if v.get(path); v.status != http.StatusGone {
			t.Errorf("%s of a deleted collection: %d", path, v.status)
		}
	}
}

// Who buys the last unit takes the product out of what is in stock, and it comes back with a return.
func TestInStockCollection(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.stay()
	ctx := t.Context()
	v.get("/collections")
	v.expect(http.StatusOK, ".empty", "No collections yet")
	created, err := s.set.Collections.CreateCollection(ctx, &productv1.CreateCollectionRequest{Collection: &productv1.Collection{
		Name: "Here now", Rule: &productv1.CollectionRule{Conditions: []*productv1.RuleCondition{
			{Field: productv1.RuleField_RULE_FIELD_AVAILABILITY, Operator: productv1.RuleOperator_RULE_OPERATOR_IS, Values: []string{"in_stock"}},
			{Field: productv1.RuleField_RULE_FIELD_NAME, Operator: productv1.RuleOperator_RULE_OPERATOR_IS, Values: []string{"jug"}},
		}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := s.set.Products.BatchGetProducts(ctx, &productv1.BatchGetProductsRequest{Ids: s.products()})
	if err != nil {
		t.Fatal(err)
	}
	var jug string
	for _, product := range loaded.GetProducts() {
		if product.GetName() == "Jug" {
			jug = product.GetVariants()[0].GetId()
		}
	}
	setStock := func(units int64) {
		t.Helper()
		_, err := s.set.Stock.SetStock(ctx, &inventoryv1.SetStockRequest{
			IdempotencyKey: id.New(), Reason: "counted", Counts: []*inventoryv1.StockCount{{VariantId: jug, OnHand: units}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	told := func() {
		t.Helper()
		if _, err := s.set.Collections.RefreshVariantStock(ctx, &productv1.RefreshVariantStockRequest{VariantIds: []string{jug}}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.set.Catalog.RefreshStock(ctx, &catalogv1.RefreshStockRequest{VariantIds: []string{jug}}); err != nil {
			t.Fatal(err)
		}
		s.follow(created.GetCollection().GetId())
	}
	setStock(2)
	told()
	v.get("/collections/here-now")
	if got := v.cards(); got != "Jug" {
		t.Fatalf("with two left it lists %q", got)
	}
	s.visitor().order("on_delivery") // takes both
	told()
	v.get("/collections/here-now?sort=name")
	if got := v.cards(); got != "" {
		t.Errorf("with none left it lists %q", got)
	}
	setStock(1)
	told()
	v.get("/collections/here-now?sort=newest")
	if got := v.cards(); got != "Jug" {
		t.Errorf("with one back it lists %q", got)
	}
}
