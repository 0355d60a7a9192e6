package product

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// asStaff is a call of a staff member, asKey one of a program.
func asStaff(ctx context.Context) context.Context {
	return auth.WithCaller(ctx, auth.Caller{Kind: auth.Staff, Subject: "s", Name: "Ada"})
}

func asKey(ctx context.Context) context.Context {
	return auth.WithCaller(ctx, auth.Caller{Kind: auth.Key, Subject: "k", Name: "erp"})
}

func dollars(cents int64) *typev1.Money {
	return &typev1.Money{AmountMinor: cents, CurrencyCode: "USD"}
}

// mug is a product with two sizes.
func mug(name string) *productv1.Product {
	return &productv1.Product{
		Name: name, Options: []*productv1.Option{{Name: "Size", Values: []string{"S", "L"}}},
		Variants: []*productv1.Variant{
			{Sku: name + "-S", OptionValues: []string{"S"}, Price: dollars(2400)},
			{Sku: name + "-L", OptionValues: []string{"L"}, Price: dollars(2900), CompareAtPrice: dollars(3500)},
		},
	}
}

func (s *shop) create(ctx context.Context, p *productv1.Product) *productv1.Product {
	s.t.Helper()
	answer, err := s.CreateProduct(ctx, &productv1.CreateProductRequest{Product: p})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetProduct()
}

// update changes the fields named.
func (s *shop) update(ctx context.Context, p *productv1.Product, fields ...string) (*productv1.Product, error) {
	answer, err := s.UpdateProduct(ctx, &productv1.UpdateProductRequest{
		Product: p, ExpectedVersion: p.GetVersion(), UpdateMask: &fieldmaskpb.FieldMask{Paths: fields},
	})
	return answer.GetProduct(), err
}

func (s *shop) mustUpdate(ctx context.Context, p *productv1.Product, fields ...string) *productv1.Product {
	s.t.Helper()
	updated, err := s.update(ctx, p, fields...)
	if err != nil {
		s.t.Fatal(err)
	}
	return updated
}

// fieldsOf are the fields that an error blames.
func fieldsOf(err error) string {
	detail, _ := rpc.Detail[*productv1.ProductProblems](err)
	var fields []string
	for _, one := range detail.GetProblems() {
		fields = append(fields, one.GetField())
	}
	return strings.Join(fields, " ")
}

// What staff write is what is stored, whole.
func TestCreateProduct(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	mugs := s.products()["clay"].GetCategories()[1]
	given := mug("Clay Mug")
	given.Description, given.Brand, given.Tags = "One.\n\nTwo.", "Tindle", []string{"tea", "tea"}
	given.Attributes = []*productv1.Attribute{{Name: "Height", Value: "9 cm"}}
	given.Categories = []*productv1.CategoryRef{{Id: mugs.GetId()}}
	given.Images = []*productv1.Image{{SourceUrl: "https://pics.example/a.jpg", Alt: "A"}, {SourceUrl: "https://pics.example/b.jpg"}}
	given.Variants[1].ImageId = "https://pics.example/b.jpg"
	given.Variants[0].Gtin = "4006381333931"
	given.Translations = []*productv1.Translation{{Locale: "de", Name: "Tonbecher", Slug: "tonbecher"}}
	given.SeoTitle = "A mug"
	p := s.create(asStaff(t.Context()), given)
	if p.GetSlug() != "clay-mug-2" || p.GetVersion() != 1 || p.GetState() != productv1.ProductState_PRODUCT_STATE_DRAFT || p.GetKey() != p.GetId() {
		t.Errorf("product %v", p)
	}
	if len(p.GetCategories()) != 2 || p.GetCategories()[1].GetId() != mugs.GetId() || !slices.Equal(p.GetTags(), []string{"tea"}) {
		t.Errorf("categories %v, tags %v", p.GetCategories(), p.GetTags())
	}
	if p.GetVariants()[1].GetImageId() != p.GetImages()[1].GetId() || p.GetVariants()[0].GetGtin() != "04006381333931" {
		t.Errorf("variants %v", p.GetVariants())
	}
	if p.GetTranslations()[0].GetName() != "Tonbecher" || p.GetAttributes()[0].GetValue() != "9 cm" {
		t.Errorf("product %v", p)
	}
	if s.number("select count(*) from product_images where product_id = $1 and next_try is not null", p.GetId()) != 2 {
		t.Error("the pictures will not be fetched")
	}
	if _, err := s.CreateProduct(asStaff(t.Context()), &productv1.CreateProductRequest{Product: &productv1.Product{Key: "moss", Name: "x", Variants: []*productv1.Variant{{Price: dollars(1)}}}}); connect.CodeOf(err) != connect.CodeAlreadyExists {
		t.Errorf("a key given twice: %v", err)
	}
}

// All that is wrong is told at once, each with its field, and nothing is stored.
func TestCreateProductProblems(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	bad := mug("")
	bad.Slug = "Moss Mug"
	bad.Categories = []*productv1.CategoryRef{{Id: id.New()}}
	bad.Variants[0].Sku, bad.Variants[0].Gtin = "M-S", "4006381333932"
	bad.Variants[1].CompareAtPrice = dollars(1)
	bad.Variants[1].Price.CurrencyCode = "EUR"
	bad.Variants = append(bad.Variants, &productv1.Variant{OptionValues: []string{"S"}, Price: dollars(-1), ImageId: "x"})
	bad.Translations = []*productv1.Translation{{Locale: "not a tag"}}
	_, err := s.CreateProduct(asStaff(t.Context()), &productv1.CreateProductRequest{Product: bad})
	want := "name slug categories[0].id variants[0].gtin variants[1].price variants[1].compare_at_price variants[2].price variants[2].option_values " +
		"variants[2].image_id variants[0].sku translations[0].locale"
	if connect.CodeOf(err) != connect.CodeInvalidArgument || fieldsOf(err) != want {
		t.Errorf("%v\ngot  %s\nwant %s", err, fieldsOf(err), want)
	}
	taken := mug("Other")
	taken.Slug = "moss-mug"
	_, err = s.CreateProduct(asStaff(t.Context()), &productv1.CreateProductRequest{Product: taken})
	if detail, _ := rpc.Detail[*productv1.ProductProblems](err); detail.GetFreeSlug() != "moss-mug-2" {
		t.Errorf("no free slug: %v", err)
	}
	if len(s.products()) != 2 {
		t.Error("something was stored")
	}
}

// A change touches what the mask names, keeps what was, and marks what staff changed; a program's change is not marked.
func TestUpdateProduct(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	p := s.products()["moss"]
	staff := asStaff(t.Context())
	changed := proto.CloneOf(p)
	changed.Name, changed.Slug, changed.Brand = "Fern Mug", "fern-mug", "not masked"
	changed.Variants[1].Price = dollars(2800)
	got := s.mustUpdate(staff, changed, "name", "slug", "variants")
	if got.GetName() != "Fern Mug" || got.GetBrand() != "Tindle" || got.GetVersion() != p.GetVersion()+1 || got.GetVariants()[1].GetPrice().GetAmountMinor() != 2800 {
		t.Errorf("product %v", got)
	}
	if !slices.Equal(got.GetOldSlugs(), []string{"moss-mug"}) || !slices.Equal(got.GetStaffFields(), []string{"name", "slug"}) ||
		!slices.Equal(got.GetVariants()[1].GetStaffFields(), []string{"price"}) || len(got.GetVariants()[0].GetStaffFields()) != 0 {
		t.Errorf("old slugs %v, staff fields %v, %v", got.GetOldSlugs(), got.GetStaffFields(), got.GetVariants())
	}
	before := s.traces()
	if same := s.mustUpdate(staff, got, "name", "slug", "variants", "images", "categories", "options", "translations", "attributes"); same.GetVersion() != got.GetVersion() || s.traces() != before {
		t.Errorf("nothing changed, and yet %v", same)
	}
	got.Brand = "erp's"
	got = s.mustUpdate(asKey(t.Context()), got, "brand")
	if slices.Contains(got.GetStaffFields(), "brand") {
		t.Errorf("a program's change counts as staff's: %v", got.GetStaffFields())
	}
	got.StaffFields, got.Variants[1].StaffFields = []string{"slug"}, nil
	got = s.mustUpdate(staff, got, "staff_fields", "variants")
	if !slices.Equal(got.GetStaffFields(), []string{"slug"}) || len(got.GetVariants()[1].GetStaffFields()) != 0 {
		t.Errorf("not given back: %v", got)
	}
	// Back to the old address: the redirect turns round.
	got.Slug = "moss-mug"
	if got = s.mustUpdate(staff, got, "slug"); !slices.Equal(got.GetOldSlugs(), []string{"fern-mug"}) {
		t.Errorf("old slugs %v", got.GetOldSlugs())
	}
	if n := s.number("select count(*) from product_history where product_id = $1", p.GetId()); n != 4 {
		t.Errorf("%d versions kept, want 4", n)
	}
	stale := proto.CloneOf(p)
	stale.Name = "Late"
	_, err := s.update(staff, stale, "name")
	conflict, _ := rpc.Detail[*productv1.ProductConflict](err)
	if connect.CodeOf(err) != connect.CodeAborted || conflict.GetProduct().GetVersion() != got.GetVersion() || conflict.GetProduct().GetSlug() != "moss-mug" {
		t.Errorf("stale: %v %v", err, conflict)
	}
	if _, err := s.update(staff, got, "version"); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("mask: %v", err)
	}
}

// Hundreds of variants are one call, and a variant keeps its id by SKU, whatever else moves.
func TestUpdateVariantMatrix(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	staff := asStaff(t.Context())
	p := mug("Mug")
	p.Options, p.Variants = []*productv1.Option{{Name: "Size"}, {Name: "Colour"}}, nil
	for size := range 20 {
		for colour := range 20 {
			p.Variants = append(p.Variants, &productv1.Variant{
				Sku: fmt.Sprintf("M-%d-%d", size, colour), OptionValues: []string{fmt.Sprint("s", size), fmt.Sprint("c", colour)}, Price: dollars(100),
			})
		}
	}
	p = s.create(staff, p)
	if len(p.GetVariants()) != 400 || len(p.GetOptions()[1].GetValues()) != 20 {
		t.Fatalf("%d variants", len(p.GetVariants()))
	}
	first, last := p.GetVariants()[0], p.GetVariants()[399]
	// The first and the last change SKUs and places; one is left out, one is new; none is named by its id.
	given := proto.CloneOf(p)
	given.Variants = append([]*productv1.Variant{given.Variants[399]}, given.Variants[0:398]...)
	given.Variants[0].OptionValues, given.Variants[1].OptionValues = given.Variants[1].OptionValues, given.Variants[0].OptionValues
	for _, v := range given.Variants {
		v.Id = ""
	}
	given.Variants = append(given.Variants, &productv1.Variant{Sku: "M-19-18", OptionValues: []string{"s19", "new"}, Price: dollars(5)})
	got := s.mustUpdate(staff, given, "variants")
	if len(got.GetVariants()) != 400 || got.GetVariants()[0].GetId() != last.GetId() || got.GetVariants()[1].GetId() != first.GetId() ||
		got.GetVariants()[399].GetId() != p.GetVariants()[398].GetId() {
		t.Errorf("first %v, second %v", got.GetVariants()[0], got.GetVariants()[1])
	}
	if !slices.Contains(got.GetStaffFields(), "variants") {
		t.Errorf("staff fields %v", got.GetStaffFields())
	}
}

// Of two editors who saw the same version one is told of the other's change; neither is lost.
func TestTwoEditors(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.create(asStaff(t.Context()), mug("Mug"))
	var wait sync.WaitGroup
	won := make([]bool, 8)
	for i := range won {
		wait.Go(func() {
			mine := proto.CloneOf(p)
			mine.Name = fmt.Sprint("Mug ", i)
			_, err := s.update(asStaff(t.Context()), mine, "name")
			won[i] = err == nil
			if _, told := rpc.Detail[*productv1.ProductConflict](err); err != nil && !told {
				t.Errorf("editor %d: %v", i, err)
			}
		})
	}
	wait.Wait()
	winner := slices.Index(won, true)
	if winner < 0 || slices.Contains(won[winner+1:], true) {
		t.Fatalf("won: %v", won)
	}
	if got := s.products()[p.GetKey()]; got.GetName() != fmt.Sprint("Mug ", winner) || got.GetVersion() != 2 {
		t.Errorf("product %v", got)
	}
}

// Two products that want the same address or SKU at the same moment do not both get it, and the second is told as if it had come later.
func TestTwoCreators(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	errs := make([]error, 6)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			p := mug("Mug") // the same SKUs
			if i%2 == 0 {
				p.Variants[0].Sku, p.Variants[1].Sku = "", ""
			}
			_, errs[i] = s.CreateProduct(asStaff(t.Context()), &productv1.CreateProductRequest{Product: p})
		})
	}
	wait.Wait()
	for i, err := range errs {
		if i%2 == 0 && err != nil || i%2 == 1 && err != nil && fieldsOf(err) != "variants[0].sku variants[1].sku" {
			t.Errorf("%d: %v", i, err)
		}
	}
	if n := len(s.products()); n != 4 {
		t.Errorf("%d products, want three without SKUs and one with", n)
	}
}

// Staff may edit while an import runs: both end, and whoever comes last has the word on what both change.
func TestEditorAgainstImport(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.batch = 5
	file := func(price int) string {
		var items []string
		for i := range 60 {
			items = append(items, fmt.Sprintf(`{"key": "k%d", "name": "Mug", "price": "%d", "sku": "sku%d"}`, i, price, i))
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	s.mustSync(file(1))
	target := s.products()["k30"]
	var wait sync.WaitGroup
	wait.Go(func() {
		for price := 2; price < 6; price++ {
			s.mustSync(file(price))
		}
	})
	edits := 0
	for i := 0; i < 20; i++ {
		current, err := s.GetProduct(s.seeing(), &productv1.GetProductRequest{Id: target.GetId()})
		if err != nil {
			t.Fatal(err)
		}
		mine := current.GetProduct()
		mine.Description = fmt.Sprint("Edit ", i)
		_, err = s.update(asStaff(t.Context()), mine, "description")
		if err == nil {
			edits++
		} else if connect.CodeOf(err) != connect.CodeAborted {
			t.Fatal(err)
		}
		if _, err := s.CreateProduct(asStaff(t.Context()), &productv1.CreateProductRequest{Product: mug(fmt.Sprint("New ", i))}); err != nil {
			t.Fatal(err)
		}
	}
	wait.Wait()
	got := s.products()
	if edits == 0 || len(got) != 80 || got["k30"].GetVariants()[0].GetPrice().GetAmountMinor() != 500 || !slices.Contains(got["k30"].GetStaffFields(), "description") {
		t.Errorf("%d edits, %d products, %v", edits, len(got), got["k30"])
	}
}

// What its type asks for by now keeps a draft from going on sale, and no other with it.
func TestPublishUnfitDraft(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	staff := asStaff(t.Context())
	kind := s.createType(&productv1.ProductType{Name: "Furniture", Definitions: []*productv1.AttributeDefinition{{Name: "Material", Kind: productv1.AttributeKind_ATTRIBUTE_KIND_TEXT}}})
	bare, full := mug("Bare"), mug("Full")
	for _, p := range []*productv1.Product{bare, full} {
		p.TypeId, p.PublishTime = kind.GetId(), timestamppb.New(clock.Now().Add(-time.Second))
	}
	full.Attributes = []*productv1.Attribute{{Name: "Material", Value: "Oak"}}
	bare, full = s.create(staff, bare), s.create(staff, full)
	kind.Definitions[0].Required = true
	if _, err := s.UpdateProductType(staff, &productv1.UpdateProductTypeRequest{Type: kind, ExpectedVersion: kind.GetVersion()}); err != nil {
		t.Fatal(err)
	}
	for want := int32(1); want >= 0; want-- {
		if answer, err := s.PublishDueProducts(t.Context(), &productv1.PublishDueProductsRequest{}); err != nil || answer.GetPublished() != want {
			t.Fatalf("%v %v, want %d", answer, err, want)
		}
	}
	all := s.products()
	if got := all[full.GetKey()]; got.GetState() != productv1.ProductState_PRODUCT_STATE_ACTIVE {
		t.Errorf("full %v", got)
	}
	if got := all[bare.GetKey()]; got.GetState() != productv1.ProductState_PRODUCT_STATE_DRAFT || got.GetPublishTime() != nil || got.GetVersion() != 2 {
		t.Errorf("bare %v", got)
	}
}

// A draft goes on sale when its time has come, once.
func TestPublishDueProducts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	now := clock.Now()
	due, later := mug("Due"), mug("Later")
	due.PublishTime, later.PublishTime = timestamppb.New(now.Add(-time.Second)), timestamppb.New(now.Add(time.Hour))
	due, later = s.create(asStaff(t.Context()), due), s.create(asStaff(t.Context()), later)
	for want := int32(1); want >= 0; want-- {
		answer, err := s.PublishDueProducts(t.Context(), &productv1.PublishDueProductsRequest{})
		if err != nil || answer.GetPublished() != want {
			t.Fatalf("%v %v, want %d", answer, err, want)
		}
	}
	all := s.products()
	if got := all[due.GetKey()]; got.GetState() != productv1.ProductState_PRODUCT_STATE_ACTIVE || got.GetPublishTime() != nil || got.GetVersion() != 2 {
		t.Errorf("due %v", got)
	}
	if got := all[later.GetKey()]; got.GetState() != productv1.ProductState_PRODUCT_STATE_DRAFT || !got.GetPublishTime().AsTime().Equal(later.GetPublishTime().AsTime()) {
		t.Errorf("later %v", got)
	}
}
