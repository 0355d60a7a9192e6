package product

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

func part(variant *productv1.Variant, quantity int32) *productv1.BundlePart {
	return &productv1.BundlePart{VariantId: variant.GetId(), Quantity: quantity}
}

// one is a product for sale with one variant.
func one(name string, parts ...*productv1.BundlePart) *productv1.Product {
	return &productv1.Product{
		Name: name, State: productv1.ProductState_PRODUCT_STATE_ACTIVE,
		Variants: []*productv1.Variant{{Sku: name, Price: dollars(1000), BundleParts: parts}},
	}
}

func (s *shop) count(variant string, onHand int64) {
	s.stock.counts[variant] = &inventoryv1.StockCount{VariantId: variant, OnHand: onHand}
}

func (s *shop) offer(variant string) *productv1.Offer {
	s.t.Helper()
	answer, err := s.BatchGetOffers(s.t.Context(), &productv1.BatchGetOffersRequest{VariantIds: []string{variant}})
	if err != nil || len(answer.GetOffers()) != 1 {
		s.t.Fatalf("offers %v, %v", answer, err)
	}
	return answer.GetOffers()[0]
}

// A bundle is told with what it is made of, and offered as often as its scarcest part allows, at its own price.
func TestBundle(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := asStaff(t.Context())
	mugs := mug("Mug")
	mugs.State, mugs.Variants[0].WeightGrams = productv1.ProductState_PRODUCT_STATE_ACTIVE, 300
	mugs = s.create(ctx, mugs)
	small := mugs.GetVariants()[0]
	pot := s.create(ctx, one("Pot")).GetVariants()[0]
	set := s.create(ctx, one("Set", part(small, 2), part(pot, 1)))
	parts := set.GetVariants()[0].GetBundleParts()
	want := &productv1.BundlePart{
		VariantId: small.GetId(), Quantity: 2, ProductId: mugs.GetId(), ProductName: "Mug", VariantName: "S", Sku: "Mug-S", ForSale: true,
	}
	if len(parts) != 2 || !proto.Equal(parts[0], want) || parts[1].GetSku() != "Pot" {
		t.Errorf("the set is made of %v", parts)
	}
	if !slices.Contains(set.GetVariants()[0].GetStaffFields(), bundleParts) {
		t.Errorf("a feed may undo what staff chose: %v", set.GetVariants()[0].GetStaffFields())
	}
	s.count(small.GetId(), 7)
	s.count(pot.GetId(), 9)
	offer := s.offer(set.GetVariants()[0].GetId())
	if offer.GetAvailable() != 3 || offer.GetBackorder() || !offer.GetForSale() || offer.GetPrice().GetAmountMinor() != 1000 || offer.GetWeightGrams() != 600 {
		t.Errorf("the offer is %v, want 3 of them", offer)
	}
	if p := offer.GetParts(); len(p) != 2 || p[0].GetAvailable() != 7 || p[0].GetQuantity() != 2 || p[0].GetProductSlug() != "mug" || p[1].GetVariantId() != pot.GetId() {
		t.Errorf("the offer's parts are %v", p)
	}

	// Another quantity is a new version, which history tells in words; the same again is none.
	set.Variants[0].BundleParts[0].Quantity = 3
	changed := s.mustUpdate(ctx, set, "variants")
	if again := s.mustUpdate(ctx, changed, "variants"); changed.GetVersion() != 2 || again.GetVersion() != 2 {
		t.Errorf("versions %d and %d, want 2", changed.GetVersion(), again.GetVersion())
	}
	history, err := s.ListProductHistory(postgres.WithToken(ctx, s.flushed()), &productv1.ListProductHistoryRequest{Id: set.GetId()})
	if err != nil || len(history.GetChanges()) != 1 || len(history.GetChanges()[0].GetFields()) != 1 {
		t.Fatalf("history %v, %v", history, err)
	}
	if field := history.GetChanges()[0].GetFields()[0]; field.GetField() != "variants[Set].bundle_parts" ||
		field.GetBefore() != "2 × Mug S (Mug-S), 1 × Pot (Pot)" || field.GetAfter() != "3 × Mug S (Mug-S), 1 × Pot (Pot)" {
		t.Errorf("history tells %v", field)
	}
	restored, err := s.RestoreProduct(ctx, &productv1.RestoreProductRequest{Id: set.GetId(), Version: 1, ExpectedVersion: 2})
	if err != nil || restored.GetProduct().GetVariants()[0].GetBundleParts()[0].GetQuantity() != 2 {
		t.Errorf("restored %v, %v", restored, err)
	}
	plain := proto.CloneOf(restored.GetProduct())
	plain.Variants[0].BundleParts = nil
	s.mustUpdate(ctx, plain, "variants")
	if offer := s.offer(plain.GetVariants()[0].GetId()); len(offer.GetParts()) != 0 || offer.GetAvailable() != 0 {
		t.Errorf("what is no bundle any more is offered as %v", offer)
	}
}

// What cannot be a bundle is refused, each with its field.
func TestBundleProblems(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := asStaff(t.Context())
	mug, pot := s.create(ctx, one("Mug")).GetVariants()[0], s.create(ctx, one("Pot"))
	set := s.create(ctx, one("Set", part(mug, 2)))
	bundle := set.GetVariants()[0]
	gone := &productv1.Variant{Id: id.New()}
	many := make([]*productv1.BundlePart, 21)
	for i := range many {
		many[i] = part(&productv1.Variant{Id: id.New()}, 1)
	}
	for want, parts := range map[string][]*productv1.BundlePart{
		"variants[0].bundle_parts":               {part(mug, 1)},
		"variants[0].bundle_parts[1].variant_id": {part(mug, 1), part(bundle, 1)},
		"variants[0].bundle_parts[0].variant_id": {part(gone, 2)},
		"variants[0].bundle_parts[0].quantity":   {part(mug, 100), part(pot.GetVariants()[0], 1)},
		"variants[0].bundle_parts[1].quantity":   {part(mug, 1), part(pot.GetVariants()[0], 0)},
		"variants[0].bundle_parts[2].variant_id": {part(mug, 1), part(pot.GetVariants()[0], 1), part(mug, 1)},
	} {
		if _, err := s.CreateProduct(ctx, &productv1.CreateProductRequest{Product: one("Other", parts...)}); connect.CodeOf(err) != connect.CodeInvalidArgument || fieldsOf(err) != want {
			t.Errorf("%v: %v, want %s", parts, err, want)
		}
	}
	if _, err := s.CreateProduct(ctx, &productv1.CreateProductRequest{Product: one("Other", many...)}); !strings.Contains(fieldsOf(err), "variants[0].bundle_parts ") {
		t.Errorf("21 parts: %v", err)
	}
	// A part does not become a bundle, nor a bundle a part of itself.
	mugs := s.ofVariant(mug.GetId())
	mugs.Variants[0].BundleParts = []*productv1.BundlePart{part(pot.GetVariants()[0], 2)}
	if _, err := s.update(ctx, mugs, "variants"); fieldsOf(err) != "variants[0].bundle_parts" || !strings.Contains(err.Error(), "Set") {
		t.Errorf("a part that becomes a bundle: %v", err)
	}
	set.Variants[0].BundleParts = []*productv1.BundlePart{part(bundle, 2)}
	if _, err := s.update(ctx, set, "variants"); fieldsOf(err) != "variants[0].bundle_parts[0].variant_id" {
		t.Errorf("a bundle of itself: %v", err)
	}
}

// ofVariant returns the product of a variant.
func (s *shop) ofVariant(variant string) *productv1.Product {
	s.t.Helper()
	var product string
	if err := s.db.Primary().QueryRow(s.t.Context(), "select product_id::text from product_variants where id = $1", variant).Scan(&product); err != nil {
		s.t.Fatal(err)
	}
	found, err := s.loadFrom(s.t.Context(), s.db.Primary(), []string{product})
	if err != nil || len(found) != 1 {
		s.t.Fatalf("product %s: %v, %v", product, found, err)
	}
	return found[0]
}

// A part that is archived or gone keeps the bundle from being sold, whoever took it away, and does not keep staff from changing other things of it.
func TestBundleLacksPart(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := asStaff(t.Context())
	mugs, pots := s.create(ctx, one("Mug")), s.create(ctx, one("Pot"))
	set := s.create(ctx, one("Set", part(mugs.GetVariants()[0], 1), part(pots.GetVariants()[0], 1)))
	s.count(mugs.GetVariants()[0].GetId(), 5)
	s.count(pots.GetVariants()[0].GetId(), 5)
	bundle := set.GetVariants()[0].GetId()
	sells := func(what string, want bool) {
		t.Helper()
		if offer := s.offer(bundle); offer.GetForSale() != want {
			t.Errorf("%s: for sale %v, want %v", what, offer.GetForSale(), want)
		}
	}
	sells("all there", true)
	mugs.State = productv1.ProductState_PRODUCT_STATE_ARCHIVED
	mugs = s.mustUpdate(ctx, mugs, "state")
	sells("a part archived", false)
	mugs.State = productv1.ProductState_PRODUCT_STATE_ACTIVE
	s.mustUpdate(ctx, mugs, "state")
	sells("back again", true)
	if _, err := s.DeleteProduct(ctx, &productv1.DeleteProductRequest{Id: pots.GetId()}); err != nil {
		t.Fatal(err)
	}
	sells("a part deleted", false)
	now := s.ofVariant(bundle)
	if parts := now.GetVariants()[0].GetBundleParts(); len(parts) != 2 || parts[1].GetProductId() != "" || parts[1].GetForSale() {
		t.Errorf("the set is made of %v, want a part that is gone", parts)
	}
	now.Variants[0].Price = dollars(900)
	s.mustUpdate(ctx, now, "variants")
}

// Two who make bundles of each other's parts at the same moment do not nest them.
func TestBundlesDoNotNest(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := asStaff(t.Context())
	for range 5 {
		a, b, c := s.create(ctx, one("A"+id.New())), s.create(ctx, one("B"+id.New())), s.create(ctx, one("C"+id.New()))
		var both sync.WaitGroup
		for _, change := range [][2]*productv1.Product{{a, b}, {b, c}} {
			both.Go(func() {
				bundle := proto.CloneOf(change[0])
				bundle.Variants[0].BundleParts = []*productv1.BundlePart{part(change[1].GetVariants()[0], 2)}
				if _, err := s.update(ctx, bundle, "variants"); err != nil && connect.CodeOf(err) != connect.CodeInvalidArgument {
					t.Error(err)
				}
			})
		}
		both.Wait()
	}
	if s.number("select count(*) from product_bundle_parts b join product_bundle_parts n on n.bundle_id = b.part_id") != 0 {
		t.Error("a part is a bundle")
	}
	if s.number("select count(distinct bundle_id) from product_bundle_parts") != 5 {
		t.Error("of two such changes not one was made")
	}
}

// An import knows nothing of bundles: what it leaves in place keeps its parts, what it takes away comes back with them when it is undone, and a part that
// it takes away fails nothing.
func TestBundleOutlivesImport(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	moss, clay := s.products()["moss"], s.products()["clay"]
	moss.Variants[1].BundleParts = []*productv1.BundlePart{part(clay.GetVariants()[0], 2)}
	moss = s.mustUpdate(asStaff(t.Context()), moss, "variants")
	parts := func() []*productv1.BundlePart {
		variants := s.products()["moss"].GetVariants()
		return variants[len(variants)-1].GetBundleParts()
	}
	s.mustSync(strings.Replace(twoMugs, `"24.00"`, `"25.00"`, 1))
	if !sameParts(parts(), moss.GetVariants()[1].GetBundleParts()) {
		t.Errorf("after an import the bundle is made of %v", parts())
	}
	gone := s.mustSync(strings.NewReplacer(`"24.00"`, `"25.00"`, `"M-L", "options": {"Size": "L"}`, `"M-X", "options": {"Size": "XL"}`, `["S", "L"]`, `["S", "XL"]`).Replace(twoMugs))
	if len(parts()) != 0 || s.number("select count(*) from product_bundle_parts") != 0 {
		t.Errorf("another variant is made of %v", parts())
	}
	s.undo(gone)
	if back := parts(); !sameParts(back, moss.GetVariants()[1].GetBundleParts()) || !back[0].GetForSale() {
		t.Errorf("undone, the bundle is made of %v", back)
	}
	if _, err := s.DeleteProduct(asStaff(t.Context()), &productv1.DeleteProductRequest{Id: clay.GetId()}); err != nil {
		t.Fatal(err)
	}
	s.mustSync(strings.Replace(twoMugs, `"24.00"`, `"26.00"`, 1))
	if left := parts(); len(left) != 1 || left[0].GetForSale() {
		t.Errorf("without its part the bundle is made of %v", left)
	}
}

// What is packed has no files, and what is downloaded is not packed, whichever of the two comes first.
func TestBundlesAreNotDownloaded(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.cfg.Blob, s.cfg.FileLimit = keepPictures(t), 1<<20
	ctx := asStaff(t.Context())
	mug, guide := s.create(ctx, one("Mug")).GetVariants()[0], s.create(ctx, one("Guide"))
	add := func(variant string) error {
		_, err := s.AddVariantFile(ctx, &productv1.AddVariantFileRequest{VariantId: variant, UploadId: s.upload([]byte("text")), Name: "guide.pdf"})
		return err
	}
	if err := add(guide.GetVariants()[0].GetId()); err != nil {
		t.Fatal(err)
	}
	_, err := s.CreateProduct(ctx, &productv1.CreateProductRequest{Product: one("Set", part(mug, 1), part(guide.GetVariants()[0], 1))})
	if fieldsOf(err) != "variants[0].bundle_parts[1].variant_id" || !strings.Contains(err.Error(), "downloaded") {
		t.Errorf("a bundle of files: %v", err)
	}
	guide = s.ofVariant(guide.GetVariants()[0].GetId())
	guide.Variants[0].BundleParts = []*productv1.BundlePart{part(mug, 2)}
	if _, err := s.update(ctx, guide, "variants"); fieldsOf(err) != "variants[0].bundle_parts" || !strings.Contains(err.Error(), "downloaded") {
		t.Errorf("files that become a bundle: %v", err)
	}
	set := s.create(ctx, one("Set", part(mug, 2)))
	for name, variant := range map[string]string{"bundle": set.GetVariants()[0].GetId(), "part": mug.GetId()} {
		if err := add(variant); connect.CodeOf(err) != connect.CodeFailedPrecondition || !strings.Contains(err.Error(), "packed") {
			t.Errorf("files for a %s: %v", name, err)
		}
	}
}
