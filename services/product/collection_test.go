package product

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

const (
	is       = productv1.RuleOperator_RULE_OPERATOR_IS
	isNot    = productv1.RuleOperator_RULE_OPERATOR_IS_NOT
	contains = productv1.RuleOperator_RULE_OPERATOR_CONTAINS
	atLeast  = productv1.RuleOperator_RULE_OPERATOR_AT_LEAST
	atMost   = productv1.RuleOperator_RULE_OPERATOR_AT_MOST
)

func when(field productv1.RuleField, operator productv1.RuleOperator, values ...string) *productv1.RuleCondition {
	return &productv1.RuleCondition{Field: field, Operator: operator, Values: values}
}

// all is a rule whose conditions all must hold.
func all(conditions ...*productv1.RuleCondition) *productv1.CollectionRule {
	return &productv1.CollectionRule{Conditions: conditions}
}

func (s *shop) createCollection(name string, rule *productv1.CollectionRule) *productv1.Collection {
	s.t.Helper()
	answer, err := s.CreateCollection(asStaff(s.t.Context()), &productv1.CreateCollectionRequest{Collection: &productv1.Collection{Name: name, Rule: rule}})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetCollection()
}

func (s *shop) rebuilt() {
	s.t.Helper()
	for more := true; more; {
		answer, err := s.RebuildCollections(s.t.Context(), &productv1.RebuildCollectionsRequest{})
		if err != nil {
			s.t.Fatal(err)
		}
		more = answer.GetMore()
	}
}

func (s *shop) refresh(ids ...string) *productv1.RefreshMembershipsResponse {
	s.t.Helper()
	answer, err := s.RefreshMemberships(s.t.Context(), &productv1.RefreshMembershipsRequest{ProductIds: ids})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer
}

// in names the products of a collection in their order.
func (s *shop) in(c *productv1.Collection) string {
	s.t.Helper()
	var names []string
	req := &productv1.ListCollectionProductsRequest{Id: c.GetId(), PageSize: 2}
	for {
		answer, err := s.ListCollectionProducts(s.seeing(), req)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, p := range answer.GetProducts() {
			names = append(names, p.GetName())
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			return strings.Join(names, " ")
		}
	}
}

// A rule says of each field what it looks like.
func TestRule(t *testing.T) {
	t.Parallel()
	category, kind := id.New(), id.New()
	f := &facts{
		name: "oak chair", state: "active", brand: "tindle", tags: []string{"sale", "new"}, categories: []string{category}, typeID: kind, price: 2000,
		created: "2026-11-26", attributes: map[string][]string{"height": {"90 cm"}, "material": {"oak, steel", "oak", "steel"}},
	}
	attribute := func(name string, operator productv1.RuleOperator, values ...string) *productv1.RuleCondition {
		return &productv1.RuleCondition{Field: productv1.RuleField_RULE_FIELD_ATTRIBUTE, Name: name, Operator: operator, Values: values}
	}
	for name, tc := range map[string]struct {
		holds bool
		c     *productv1.RuleCondition
	}{
		"a choice among several":  {true, attribute("Material", is, "Steel", "Glass")},
		"not a choice":            {false, attribute("Material", isNot, "Oak")},
		"no such attribute is":    {false, attribute("Colour", is, "Red")},
		"no such attribute isn't": {true, attribute("Colour", isNot, "Red")},
		"number in a unit":        {true, attribute("Height", atLeast, "90")},
		"too large a number":      {false, attribute("Height", atMost, "89.5")},
		"words are no number":     {false, attribute("Material", atMost, "5")},
		"price at least":          {true, when(productv1.RuleField_RULE_FIELD_PRICE, atLeast, "2000")},
		"price at most":           {false, when(productv1.RuleField_RULE_FIELD_PRICE, atMost, "1999")},
		"state":                   {true, when(productv1.RuleField_RULE_FIELD_STATE, isNot, "draft", "archived")},
		"tag":                     {true, when(productv1.RuleField_RULE_FIELD_TAG, is, "Sale")},
		"not tagged":              {false, when(productv1.RuleField_RULE_FIELD_TAG, isNot, "new")},
		"brand":                   {true, when(productv1.RuleField_RULE_FIELD_BRAND, is, "TINDLE")},
		"category":                {true, when(productv1.RuleField_RULE_FIELD_CATEGORY, is, category)},
		"type":                    {false, when(productv1.RuleField_RULE_FIELD_TYPE, isNot, kind)},
		"created since":           {true, when(productv1.RuleField_RULE_FIELD_CREATE_DATE, atLeast, "2026-11-26")},
		"created before":          {false, when(productv1.RuleField_RULE_FIELD_CREATE_DATE, atMost, "2026-11-25")},
		"name holds":              {true, when(productv1.RuleField_RULE_FIELD_NAME, contains, "Table", "CHAIR")},
		"name holds not":          {false, when(productv1.RuleField_RULE_FIELD_NAME, productv1.RuleOperator_RULE_OPERATOR_CONTAINS_NOT, "chair")},
	} {
		var found problems
		found.tidyRule(all(tc.c))
		if len(found.list) > 0 {
			t.Errorf("%s: %v", name, found.list)
		}
		if got := newRule("", all(tc.c)).meets(f); got != tc.holds {
			t.Errorf("%s: %v, want %v", name, got, tc.holds)
		}
	}
	yes, no := when(productv1.RuleField_RULE_FIELD_TAG, is, "sale"), when(productv1.RuleField_RULE_FIELD_TAG, is, "old")
	for name, tc := range map[string]struct {
		holds bool
		r     *productv1.CollectionRule
	}{
		"all hold":  {true, all(yes, yes)},
		"all but 1": {false, all(yes, no)},
		"any holds": {true, &productv1.CollectionRule{Any: true, Conditions: []*productv1.RuleCondition{no, yes}}},
		"none does": {false, &productv1.CollectionRule{Any: true, Conditions: []*productv1.RuleCondition{no, no}}},
	} {
		if got := newRule("", tc.r).meets(f); got != tc.holds {
			t.Errorf("%s: %v, want %v", name, got, tc.holds)
		}
	}
}

// A rule that cannot be asked is refused with all that is wrong with it.
func TestRuleProblems(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	bad := all(
		when(productv1.RuleField_RULE_FIELD_UNSPECIFIED, is, "x"),
		when(productv1.RuleField_RULE_FIELD_PRICE, is, "5"),
		when(productv1.RuleField_RULE_FIELD_PRICE, atLeast, "5.00"),
		when(productv1.RuleField_RULE_FIELD_ATTRIBUTE, is, ""),
		when(productv1.RuleField_RULE_FIELD_CREATE_DATE, atLeast, "2026-01-01", "2026-01-02"),
		when(productv1.RuleField_RULE_FIELD_CATEGORY, is),
	)
	_, err := s.CreateCollection(asStaff(t.Context()), &productv1.CreateCollectionRequest{Collection: &productv1.Collection{Rule: bad}})
	for _, field := range []string{"name", "[0].field", "[1].operator", "[2].values[0]", "[3].name", "[3].values[0]", "[4].values", "[5].values"} {
		if !strings.Contains(fieldsOf(err), field) {
			t.Errorf("%s is not told: %v", field, err)
		}
	}
}

// A collection by rule holds what meets it, from its beginning, through changes of products and of the rule.
func TestRuleCollection(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	staff := asStaff(t.Context())
	a, b := mug("A"), mug("B")
	a.Tags = []string{"sale"}
	a, b = s.create(staff, a), s.create(staff, b)
	sale := all(when(productv1.RuleField_RULE_FIELD_TAG, is, "sale"))
	c := s.createCollection("Sale", sale)
	if c.GetRebuild() == nil || c.GetSlug() != "sale" {
		t.Errorf("collection %v", c)
	}
	s.rebuilt()
	if got := s.in(c); got != "A" {
		t.Errorf("first %s", got)
	}
	b.Tags = []string{"Sale"}
	b = s.mustUpdate(staff, b, "tags")
	a.Tags = nil
	a = s.mustUpdate(staff, a, "tags")
	if got := s.refresh(a.GetId(), b.GetId()); got.GetAdded() != 1 || got.GetRemoved() != 1 || s.in(c) != "B" {
		t.Errorf("%v, in it %s", got, s.in(c))
	}
	if got := s.refresh(a.GetId(), b.GetId()); got.GetAdded()+got.GetRemoved() != 0 {
		t.Errorf("again %v", got)
	}
	preview, err := s.PreviewCollectionRule(s.seeing(), &productv1.PreviewCollectionRuleRequest{Rule: all(when(productv1.RuleField_RULE_FIELD_NAME, contains, "a", "b")), PageSize: 1})
	if err != nil || preview.GetCount() != 2 || len(preview.GetProducts()) != 1 || !preview.GetComplete() {
		t.Errorf("preview %v %v", preview, err)
	}

	change := func(c *productv1.Collection, fields ...string) *productv1.Collection {
		t.Helper()
		answer, err := s.UpdateCollection(staff, &productv1.UpdateCollectionRequest{Collection: c, ExpectedVersion: c.GetVersion(), UpdateMask: &fieldmaskpb.FieldMask{Paths: fields}})
		if err != nil {
			t.Fatal(err)
		}
		return answer.GetCollection()
	}
	c.Rule = all(when(productv1.RuleField_RULE_FIELD_NAME, is, "a"))
	if c = change(c, "rule"); c.GetRebuild() == nil {
		t.Errorf("collection %v", c)
	}
	s.rebuilt()
	got, err := s.GetCollection(s.seeing(), &productv1.GetCollectionRequest{Id: c.GetId()})
	if err != nil || got.GetProductCount() != 1 || got.GetCollection().GetRebuild() != nil || s.in(c) != "A" {
		t.Errorf("%v %v, in it %s", got, err, s.in(c))
	}
	b.Name = "A"
	s.mustUpdate(staff, b, "name")
	s.refresh(b.GetId()) // by the new rule, not the one that was remembered
	if s.in(c) != "A A" {
		t.Errorf("in it %s", s.in(c))
	}
	if _, err := s.ChangeCollectionProducts(staff, &productv1.ChangeCollectionProductsRequest{Id: c.GetId(), PutIds: []string{b.GetId()}}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("by hand: %v", err)
	}
	c.Rule = nil
	c = change(c, "rule")
	s.refresh(a.GetId(), b.GetId())
	if s.in(c) != "A A" {
		t.Error("without its rule it lost its products")
	}
	if _, err := s.DeleteProduct(staff, &productv1.DeleteProductRequest{Id: a.GetId()}); err != nil {
		t.Fatal(err)
	}
	if s.in(c) != "A" {
		t.Errorf("in it %s", s.in(c))
	}
	for range 2 {
		if _, err := s.DeleteCollection(staff, &productv1.DeleteCollectionRequest{Id: c.GetId()}); err != nil {
			t.Fatal(err)
		}
	}
}

// Staff put products in a collection in their order.
func TestCollectionByHand(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	staff := asStaff(t.Context())
	c := s.createCollection("Window", nil)
	ids := map[string]string{}
	for _, name := range []string{"A", "B", "C", "D"} {
		ids[name] = s.create(staff, mug(name)).GetId()
	}
	put := func(before, remove string, names ...string) string {
		t.Helper()
		req := &productv1.ChangeCollectionProductsRequest{Id: c.GetId(), BeforeId: ids[before]}
		for _, name := range names {
			req.PutIds = append(req.PutIds, ids[name])
		}
		if remove != "" {
			req.RemoveIds = []string{ids[remove]}
		}
		if _, err := s.ChangeCollectionProducts(staff, req); err != nil {
			t.Fatal(err)
		}
		return s.in(c)
	}
	if got := put("", "", "C", "A"); got != "C A" {
		t.Errorf("put %s", got)
	}
	if got := put("A", "", "D", "B"); got != "C D B A" {
		t.Errorf("before A %s", got)
	}
	if got := put("D", "B", "A"); got != "C A D" {
		t.Errorf("moved %s", got)
	}
	again := s.createCollection("Window", nil)
	if again.GetSlug() != "window-2" {
		t.Errorf("slug %s", again.GetSlug())
	}
	list, err := s.ListCollections(s.seeing(), &productv1.ListCollectionsRequest{PageSize: 1})
	if err != nil || len(list.GetCollections()) != 1 || list.GetNextPageToken() == "" {
		t.Errorf("%v %v", list, err)
	}
	members, err := s.ListMemberships(s.seeing(), &productv1.ListMembershipsRequest{ProductIds: []string{ids["D"]}})
	if err != nil || len(members.GetMemberships()) != 1 || members.GetMemberships()[0].GetPosition() != 3 {
		t.Errorf("%v %v", members, err)
	}
}

// With a thousand rules, a product that changes touches its own memberships alone, in less than 50 ms.
func TestThousandRules(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	products := 3_000
	if os.Getenv("TRADEWIND_FULL") == "1" {
		products = 100_000
	}
	fill := func(statement string, args ...any) {
		t.Helper()
		_, err := postgres.InTx(t.Context(), s.db, func(ctx context.Context, tx pgx.Tx) (any, error) {
			_, err := tx.Exec(ctx, "set local statement_timeout = 0")
			if err == nil {
				_, err = tx.Exec(ctx, statement, args...)
			}
			return nil, err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	fill(`insert into products (id, slug, asked_slug, name, description, brand, state, attributes, options, tags, category_ids, create_time, update_time)
		select gen_random_uuid(), 's' || n, '', 'Product ' || n, '', 'brand' || n % 50, 'active', jsonb_build_array(jsonb_build_object('name', 'Height', 'value', n % 200 || ' cm')),
			'[]', array['t' || n % 100, 'u' || n % 37], '{}', now(), now() from generate_series(1, $1::int) n`, products)
	fill(`insert into product_variants (id, product_id, position, gtin, option_values, price_minor, currency, weight_grams)
		select gen_random_uuid(), id, 0, '', '{}', 100 + right(slug, 1)::int * 100, 'USD', 0 from products`)
	for i := range 1_000 {
		s.createCollection(fmt.Sprint("Rule ", i), all(
			when(productv1.RuleField_RULE_FIELD_TAG, is, fmt.Sprint("t", i%100), fmt.Sprint("u", i%37)),
			when(productv1.RuleField_RULE_FIELD_PRICE, atLeast, fmt.Sprint(i)),
			when(productv1.RuleField_RULE_FIELD_BRAND, isNot, fmt.Sprint("brand", i%50)),
		))
	}
	fill(`update product_collections set rebuild_after = null`) // gathered product by product below
	ids := strings.Split(s.text(`select string_agg(id::text, ',') from (select id from products order by slug limit 40) p`), ",")
	s.refresh(ids[0]) // reads the rules
	var took []time.Duration
	for _, product := range ids[1:] {
		start := time.Now()
		if s.refresh(product).GetAdded() == 0 {
			t.Errorf("product %s came to no collection", product)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	if middle := took[len(took)/2]; middle > 50*time.Millisecond {
		t.Errorf("a product took %v", middle)
	}
	t.Logf("one of %d products among 1,000 rules: half within %v, all within %v", products, took[len(took)/2], took[len(took)-1])
	if n := s.number(`select count(distinct product_id) from product_collection_members`); n != int64(len(ids)) {
		t.Errorf("%d products have memberships, want the %d that were looked at", n, len(ids))
	}
	start := time.Now()
	c := s.createCollection("Built", all(when(productv1.RuleField_RULE_FIELD_TAG, is, "t7")))
	s.rebuilt()
	if n := s.number(`select count(*) from product_collection_members where collection_id = $1`, c.GetId()); n != int64(products/100) {
		t.Errorf("%d members, want %d", n, products/100)
	}
	t.Logf("a new rule gathered %d of %d in %v", products/100, products, time.Since(start))
}
