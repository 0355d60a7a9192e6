package product

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

func (s *shop) upsert(items ...*productv1.ProductUpsert) []*productv1.UpsertResult {
	s.t.Helper()
	answer, err := s.BatchUpsertProducts(asKey(s.t.Context()), &productv1.BatchUpsertProductsRequest{Source: "erp", Items: items})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetResults()
}

// outcomes is what became of a batch, a letter each: created, updated, unchanged, failed.
func outcomes(results []*productv1.UpsertResult) string {
	var out strings.Builder
	for _, r := range results {
		out.WriteString("?cunf"[r.GetOutcome() : r.GetOutcome()+1])
	}
	return out.String()
}

// A batch is taken item by item: a repeat changes nothing, what is wrong with one is told and stops no other.
func TestBatchUpsertProducts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	a, b, bad := mug("A"), mug("B"), mug("")
	batch := []*productv1.ProductUpsert{{Key: "1", Product: a}, {Key: "2", Product: b}, {Key: "3", Product: bad}, {Key: "1", Product: a}}
	first := s.upsert(batch...)
	if outcomes(first) != "ccff" || first[2].GetProblems()[0].GetField() != "name" || first[3].GetProblems()[0].GetField() != "key" {
		t.Fatalf("%v", first)
	}
	before := s.traces()
	if again := s.upsert(batch...); outcomes(again) != "nnff" || again[0].GetProductId() != first[0].GetProductId() || s.traces() != before {
		t.Errorf("again %v", again)
	}
	got := s.products()["1"]
	if got.GetState() != productv1.ProductState_PRODUCT_STATE_ACTIVE || len(got.GetExternalIds()) != 1 || got.GetExternalIds()[0].GetKey() != "1" {
		t.Errorf("product %v", got)
	}

	// What staff changed stays, unless the program names the field; a stale version is told with the present one.
	got.Name = "Staff's"
	got = s.mustUpdate(asStaff(t.Context()), got, "name")
	a.Description = "New"
	results := s.upsert(
		&productv1.ProductUpsert{Key: "1", Product: a},
		&productv1.ProductUpsert{Key: "2", Product: b, ExpectedVersion: 7})
	if outcomes(results) != "uf" || results[1].GetVersion() != 1 || results[1].GetProblems()[0].GetField() != "expected_version" {
		t.Errorf("%v", results)
	}
	if got = s.products()[got.GetKey()]; got.GetName() != "Staff's" || got.GetDescription() != "New" {
		t.Errorf("product %v", got)
	}
	a.Name = "Forced"
	s.upsert(&productv1.ProductUpsert{Key: "1", Product: a, ExpectedVersion: got.GetVersion(), UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"name"}}})
	if got = s.products()[got.GetKey()]; got.GetName() != "Forced" {
		t.Errorf("product %v", got)
	}

	// A product that is there can be linked; a key never moves to another.
	own := s.create(asStaff(t.Context()), mug("Own"))
	linked := proto.CloneOf(own)
	linked.Brand = "Linked"
	if results := s.upsert(&productv1.ProductUpsert{Key: "9", Product: linked}, &productv1.ProductUpsert{Key: "2", Product: &productv1.Product{Id: got.GetId()}}); outcomes(results) != "uf" {
		t.Errorf("%v", results)
	}
}

// Callers who bring the same keys at once make each product once.
func TestBatchUpsertRace(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var wait sync.WaitGroup
	for round := range 6 {
		wait.Go(func() {
			var items []*productv1.ProductUpsert
			for i := range 40 {
				if round%2 == 1 {
					i = 39 - i
				}
				p := mug(fmt.Sprint("Mug ", i))
				p.Description = fmt.Sprint("Round ", round)
				items = append(items, &productv1.ProductUpsert{Key: fmt.Sprint("k", i), Product: p})
			}
			if got := outcomes(s.upsert(items...)); strings.ContainsAny(got, "f?") {
				t.Errorf("round %d: %s", round, got)
			}
		})
	}
	wait.Wait()
	if n := len(s.products()); n != 40 {
		t.Errorf("%d products, want 40", n)
	}
}

// A copy is a draft of its own: it shares no SKU, address or row with its model.
func TestDuplicateProduct(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	model := s.products()["moss"]
	answer, err := s.DuplicateProduct(asStaff(t.Context()), &productv1.DuplicateProductRequest{Id: model.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	p := answer.GetProduct()
	if p.GetName() != "Moss Mug (copy)" || p.GetSlug() != "moss-mug-copy" || p.GetState() != productv1.ProductState_PRODUCT_STATE_DRAFT ||
		len(p.GetVariants()) != 2 || p.GetVariants()[0].GetSku() != "" || p.GetVariants()[0].GetGtin() != "" ||
		p.GetVariants()[0].GetImageId() != p.GetImages()[1].GetId() || p.GetImages()[1].GetId() == model.GetImages()[1].GetId() ||
		p.GetVariants()[1].GetCompareAtPrice().GetAmountMinor() != 3500 || len(p.GetCategories()) != 2 {
		t.Errorf("product %v", p)
	}
	if again := s.products()["moss"]; !proto.Equal(again, model) {
		t.Errorf("the model changed: %v", again)
	}
}

// Each change can be read, with who made it, and undone, also when parts are gone since.
func TestProductHistory(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	was := s.products()["moss"]
	p := proto.CloneOf(was)
	p.Name, p.State = "Fern Mug", productv1.ProductState_PRODUCT_STATE_ARCHIVED
	p.Variants[1].Price = dollars(3000)
	p = s.mustUpdate(asStaff(t.Context()), p, "name", "state", "variants")
	p.Variants, p.Images = p.GetVariants()[:1], nil
	p.Variants[0].ImageId = ""
	p = s.mustUpdate(asKey(t.Context()), p, "variants", "images")
	var changes []*productv1.ProductChange
	req := &productv1.ListProductHistoryRequest{Id: p.GetId(), PageSize: 1}
	for {
		answer, err := s.ListProductHistory(s.seeing(), req)
		if err != nil {
			t.Fatal(err)
		}
		changes = append(changes, answer.GetChanges()...)
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	tell := func(c *productv1.ProductChange) string {
		var out []string
		for _, f := range c.GetFields() {
			out = append(out, f.GetField()+": "+f.GetBefore()+" > "+f.GetAfter())
		}
		return c.GetChangedBy() + " " + strings.Join(out, "; ")
	}
	if len(changes) != 2 || tell(changes[1]) != "Ada name: Moss Mug > Fern Mug; state: active > archived; variants[M-L].price: 29.00 USD > 30.00 USD" {
		t.Fatalf("changes %v", changes)
	}
	if got := tell(changes[0]); !strings.HasPrefix(got, "erp options: Size: S | L > Size: S; variants[M-S].image_id: ") || !strings.Contains(got, "variants[M-L]: 30.00 USD > ; images: Large https://pics.example/l.jpg, https://pics.example/s.jpg > ") {
		t.Errorf("first %s", got)
	}
	answer, err := s.RestoreProduct(asStaff(t.Context()), &productv1.RestoreProductRequest{Id: p.GetId(), Version: changes[1].GetVersion(), ExpectedVersion: p.GetVersion()})
	if err != nil {
		t.Fatal(err)
	}
	back := answer.GetProduct()
	if len(differing(was, back)) > 0 || back.GetVersion() != 4 || back.GetVariants()[1].GetId() != was.GetVariants()[1].GetId() {
		t.Errorf("restored %v\nwas %v: %v", back, was, differing(was, back))
	}
	_, err = s.RestoreProduct(asStaff(t.Context()), &productv1.RestoreProductRequest{Id: p.GetId(), Version: 99, ExpectedVersion: 4})
	if connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("no such version: %v", err)
	}
}

// seeing reads all that was written.
func (s *shop) seeing() context.Context {
	ctx := s.t.Context()
	return postgres.WithToken(ctx, s.flushed())
}

// Changes are followed without a gap whatever the order in which transactions end, and a deletion is one of them.
func TestListProductChanges(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	record := func(ids ...string) {
		t.Helper()
		if _, err := s.RecordProductChanges(t.Context(), &productv1.RecordProductChangesRequest{ProductIds: ids}); err != nil {
			t.Fatal(err)
		}
	}
	token := ""
	follow := func() (got string) {
		t.Helper()
		for {
			answer, err := s.ListProductChanges(s.seeing(), &productv1.ListProductChangesRequest{PageToken: token, PageSize: 2})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range answer.GetChanges() {
				got += fmt.Sprintf("%d%v ", c.GetVersion(), c.GetDeleted())
			}
			token = answer.GetNextPageToken()
			if !answer.GetMore() {
				return got
			}
		}
	}
	staff := asStaff(t.Context())
	a, b, c := s.create(staff, mug("A")), s.create(staff, mug("B")), s.create(staff, mug("C"))
	record(a.GetId(), b.GetId(), c.GetId())
	if got := follow(); got != "1false 1false 1false " {
		t.Fatalf("first %s", got)
	}
	b.Name = "B2"
	b = s.mustUpdate(staff, b, "name")
	if _, err := s.DeleteProduct(staff, &productv1.DeleteProductRequest{Id: a.GetId(), ExpectedVersion: 1}); err != nil {
		t.Fatal(err)
	}
	record(b.GetId())
	record(a.GetId(), c.GetId())
	record(a.GetId(), b.GetId()) // delivered again
	if got := follow(); got != "2false 0true " {
		t.Errorf("then %s", got)
	}

	// Many record at once while one follows.
	var wait sync.WaitGroup
	var products []*productv1.Product
	for i := range 8 {
		products = append(products, s.create(staff, mug(fmt.Sprint("P", i))))
	}
	for _, p := range products {
		wait.Go(func() {
			for range 10 {
				p.Description += "x"
				p = s.mustUpdate(staff, p, "description")
				record(p.GetId())
			}
		})
	}
	done := make(chan struct{})
	go func() { wait.Wait(); close(done) }()
	last := map[string]int64{}
	for ended := false; ; {
		select {
		case <-done:
			ended = true
		default:
		}
		answer, err := s.ListProductChanges(s.seeing(), &productv1.ListProductChangesRequest{PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range answer.GetChanges() {
			last[c.GetProductId()] = c.GetVersion()
		}
		token = answer.GetNextPageToken()
		if ended && len(answer.GetChanges()) == 0 {
			break
		}
	}
	for _, p := range products {
		if last[p.GetId()] != 11 {
			t.Errorf("version %d of %s was the last followed, want 11", last[p.GetId()], p.GetName())
		}
	}
	if _, err := s.DeleteProduct(staff, &productv1.DeleteProductRequest{Id: a.GetId()}); err != nil {
		t.Errorf("a repeated deletion: %v", err)
	}
}

// Prices of many products change by a percentage and are rounded; what cannot be changed is named and stops no other.
func TestBulkUpdateProducts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	staff := asStaff(t.Context())
	moss, clay, gone := s.products()["moss"], s.products()["clay"], id.New()
	asked := &productv1.BulkUpdateProductsRequest{
		Ids: []string{moss.GetId(), clay.GetId(), gone},
		Change: &productv1.BulkChange{
			State: productv1.ProductState_PRODUCT_STATE_DRAFT, AddTags: []string{"sale"}, RemoveTags: []string{"tea"},
			RemoveCategoryIds: []string{moss.GetCategories()[1].GetId()},
			Price:             &productv1.PriceChange{PercentHundredths: -1500, RoundToMinor: 100, LessMinor: 1, AsReduction: true},
		},
		Preview: true,
	}
	answer, err := s.BulkUpdateProducts(staff, asked)
	if err != nil || answer.GetChanged() != 2 || len(answer.GetProblems()) != 1 || len(answer.GetExamples()) != 2 {
		t.Fatalf("preview: %v %v", answer, err)
	}
	for _, example := range answer.GetExamples() {
		if example.GetName() == moss.GetName() && !slices.ContainsFunc(example.GetFields(), func(f *productv1.FieldChange) bool {
			return f.GetBefore() == "24.00 USD" && f.GetAfter() == "19.99 USD"
		}) {
			t.Errorf("the preview does not say what becomes of the price: %v", example)
		}
	}
	if p := s.products()["moss"]; p.GetVersion() != moss.GetVersion() {
		t.Errorf("the preview has changed something: %v", p)
	}
	asked.Preview = false
	if _, err := s.BulkUpdateProducts(staff, asked); fieldsOf(err) != "idempotency_key" {
		t.Errorf("without a key: %v", err)
	}
	asked.IdempotencyKey = "press of a button"
	answer, err = s.BulkUpdateProducts(staff, asked)
	if err != nil || answer.GetChanged() != 2 || len(answer.GetProblems()) != 1 || answer.GetProblems()[0].GetProductId() != gone {
		t.Fatalf("%v %v", answer, err)
	}
	got := s.products()["moss"]
	v := got.GetVariants()
	if v[0].GetPrice().GetAmountMinor() != 1999 || v[0].GetCompareAtPrice().GetAmountMinor() != 2400 || v[1].GetPrice().GetAmountMinor() != 2499 ||
		v[1].GetCompareAtPrice().GetAmountMinor() != 3500 || !slices.Equal(got.GetTags(), []string{"sale"}) || len(got.GetCategories()) != 1 ||
		got.GetState() != productv1.ProductState_PRODUCT_STATE_DRAFT || !slices.Contains(got.GetStaffFields(), "tags") {
		t.Errorf("product %v", got)
	}

	if again, err := s.BulkUpdateProducts(staff, asked); err != nil || !proto.Equal(again, answer) || s.products()["moss"].GetVersion() != got.GetVersion() {
		t.Errorf("the same press again: %v %v, product %v", again, err, s.products()["moss"])
	}
	asked.Change.AddTags = []string{"other"}
	if _, err := s.BulkUpdateProducts(staff, asked); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("another change by the same key: %v", err)
	}

	// Two presses at once are one.
	both := &productv1.BulkUpdateProductsRequest{
		Ids: []string{moss.GetId()}, Change: &productv1.BulkChange{Price: &productv1.PriceChange{AmountMinor: 1}}, IdempotencyKey: "pressed twice",
	}
	var presses sync.WaitGroup
	for range 2 {
		presses.Go(func() {
			if _, err := s.BulkUpdateProducts(staff, both); err != nil {
				t.Error(err)
			}
		})
	}
	presses.Wait()
	if price := s.products()["moss"].GetVariants()[0].GetPrice().GetAmountMinor(); price != 2000 {
		t.Errorf("a price of 19.99 is %d after a cent was put on it by two presses", price)
	}

	// By a filter, page after page, whatever moves meanwhile.
	for i := range 30 {
		s.create(staff, mug(fmt.Sprint("Bulk ", i)))
	}
	req := &productv1.BulkUpdateProductsRequest{
		Filter:         &productv1.ListProductsRequest{Query: "bulk"},
		Change:         &productv1.BulkChange{AddTags: []string{"found"}, AddCategoryIds: []string{moss.GetCategories()[1].GetId()}},
		IdempotencyKey: "by a filter",
	}
	answer, err = s.BulkUpdateProducts(postgres.WithToken(staff, s.flushed()), req)
	if err != nil || answer.GetChanged() != 30 || answer.GetNextPageToken() != "" {
		t.Fatalf("%v %v", answer, err)
	}
	req.IdempotencyKey = "by a filter, again"
	answer, err = s.BulkUpdateProducts(postgres.WithToken(staff, s.flushed()), req)
	if err != nil || answer.GetUnchanged() != 30 {
		t.Errorf("again %v %v", answer, err)
	}
	if _, err := s.BulkUpdateProducts(staff, &productv1.BulkUpdateProductsRequest{Ids: []string{gone}, Change: &productv1.BulkChange{}, IdempotencyKey: "nothing to do"}); fieldsOf(err) != "change" {
		t.Errorf("nothing to do: %v", err)
	}
}

// The lines of a list are the same products as whole ones, with what a list shows and nothing else.
func TestListProductLines(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	s.mustSync(`[{"key": "plain", "name": "Plain", "price": "3"}]`)
	part := s.products()["moss"].GetVariants()[1]
	set := mug("Set")
	set.Variants[0].BundleParts = []*productv1.BundlePart{{VariantId: part.GetId(), Quantity: 3}}
	s.create(asStaff(t.Context()), set)
	whole, err := s.ListProducts(s.seeing(), &productv1.ListProductsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := s.ListProducts(s.seeing(), &productv1.ListProductsRequest{View: productv1.ProductView_PRODUCT_VIEW_LINE})
	if err != nil || len(lines.GetProducts()) != 4 || len(whole.GetProducts()) != 4 {
		t.Fatal(lines, err)
	}
	for i, p := range whole.GetProducts() {
		want := &productv1.Product{Id: p.GetId(), Slug: p.GetSlug(), Name: p.GetName(), State: p.GetState(), Version: p.GetVersion(), UpdateTime: p.GetUpdateTime()}
		if n := len(p.GetCategories()); n > 0 {
			want.Categories = []*productv1.CategoryRef{{Id: p.GetCategories()[n-1].GetId(), Name: p.GetCategories()[n-1].GetName()}}
		}
		for _, v := range p.GetVariants() {
			line := &productv1.Variant{Id: v.GetId(), Sku: v.GetSku(), Price: v.GetPrice()}
			for _, part := range v.GetBundleParts() {
				line.BundleParts = append(line.BundleParts, &productv1.BundlePart{VariantId: part.GetVariantId(), Quantity: part.GetQuantity()})
			}
			want.Variants = append(want.Variants, line)
		}
		if images := p.GetImages(); len(images) > 0 {
			want.Images = []*productv1.Image{{Id: images[0].GetId(), SourceUrl: images[0].GetSourceUrl(), Alt: images[0].GetAlt(), Files: images[0].GetFiles()}}
		}
		if got := lines.GetProducts()[i]; !proto.Equal(got, want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	}
}

// Each filter finds what it says, alone and beside others, in both orders and over pages.
func TestListProductsFilters(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	staff := asStaff(t.Context())
	kitchen := s.products()["moss"].GetCategories()[0].GetId()
	before := s.create(staff, mug("Zinc Mug")).GetUpdateTime()
	for i, name := range []string{"B", "A", "C"} {
		p := mug(name)
		p.Brand, p.Tags = "Tindle", []string{"t" + fmt.Sprint(i%2)}
		if i > 0 {
			p.Categories = []*productv1.CategoryRef{{Id: kitchen}}
			p.State = productv1.ProductState_PRODUCT_STATE_ACTIVE
		}
		s.create(staff, p)
	}
	byName := productv1.ProductOrder_PRODUCT_ORDER_NAME
	for want, req := range map[string]*productv1.ListProductsRequest{
		"C A B Zinc Mug Clay Mug Moss Mug": {},
		"A B C Clay Mug Moss Mug Zinc Mug": {Order: byName},
		"C A B Moss Mug":                   {Brand: "Tindle"},
		"A B C Moss Mug":                   {Brand: "Tindle", Order: byName},
		"C B":                              {Tag: "t0"},
		"C A Clay Mug Moss Mug":            {CategoryId: kitchen},
		"A C":                              {CategoryId: kitchen, Brand: "Tindle", NoPicture: true, Order: byName},
		"B Zinc Mug":                       {State: productv1.ProductState_PRODUCT_STATE_DRAFT},
		"C A Clay Mug":                     {State: productv1.ProductState_PRODUCT_STATE_ACTIVE, NoPicture: true},
		"C A B Zinc Mug":                   {UpdatedSince: before},
		"Zinc Mug Clay Mug Moss Mug":       {Query: "mug"},
		"Moss Mug":                         {Query: "M-S"},
		"":                                 {TypeId: id.New()},
	} {
		var names []string
		req.PageSize, req.Count = 2, true
		for {
			answer, err := s.ListProducts(s.seeing(), req)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range answer.GetProducts() {
				names = append(names, p.GetName())
			}
			if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
				if int(answer.GetTotal()) != len(names) {
					t.Errorf("%v counts %d", req, answer.GetTotal())
				}
				break
			}
		}
		req.Count, req.PageSize = false, 100 // words that are not known to be few are found otherwise
		uncounted, err := s.ListProducts(s.seeing(), req)
		if err != nil || len(uncounted.GetProducts()) != len(names) {
			t.Errorf("%v finds %d products when it does not count, %d when it does: %v", req, len(uncounted.GetProducts()), len(names), err)
		}
		sameMoment := req.GetOrder() != byName && strings.Contains(want, "Clay Mug Moss Mug") // imported together
		if got := strings.Join(names, " "); got != want && !(sameMoment && strings.ReplaceAll(got, "Moss Mug Clay Mug", "Clay Mug Moss Mug") == want) {
			t.Errorf("%v\ngot  %s\nwant %s", req, got, want)
		}
	}
	_, err := s.ListProducts(t.Context(), &productv1.ListProductsRequest{PageToken: rpc.PageToken(productsPage{ID: highestID})})
	if connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("a token of another order: %v", err)
	}
}
