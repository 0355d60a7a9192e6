package catalog

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// Lists of any size name all products for sale together, each once, and none that is hidden or gone.
func TestSlugs(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	var want []string
	changed := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	for i := range 12 {
		p := kettle()
		p.Slug, p.UpdateTime = fmt.Sprintf("kettle-%d", i), timestamppb.New(changed)
		for _, v := range p.Variants {
			v.Id, v.Sku, v.Gtin = id.New(), "", ""
		}
		m.put(p)
		refreshAll(t, ctx, s, p.Id)
		switch i {
		case 4:
			m.change(p.Id, func(p *productv1.Product) { p.State = productv1.ProductState_PRODUCT_STATE_ARCHIVED })
			refreshAll(t, ctx, s, p.Id)
		case 5:
			m.remove(p.Id)
			refreshAll(t, ctx, s, p.Id)
		default:
			want = append(want, p.Slug)
		}
	}
	for _, size := range []int32{2, 3, 5, 9, 10, 50} {
		split, err := s.SplitSlugs(ctx, &catalogv1.SplitSlugsRequest{Size: size})
		if err != nil {
			t.Fatal(err)
		}
		if lists := (len(want) + int(size) - 1) / int(size); len(split.AfterIds) != lists {
			t.Errorf("%d lists of %d, want %d", len(split.AfterIds), size, lists)
		}
		var got []string
		for _, after := range split.AfterIds {
			page, err := s.ListSlugs(ctx, &catalogv1.ListSlugsRequest{AfterId: after, PageSize: size})
			if err != nil {
				t.Fatal(err)
			}
			for _, product := range page.GetProducts() {
				got = append(got, product.GetSlug())
				if !product.GetUpdateTime().AsTime().Equal(changed) || product.GetPicture() == nil {
					t.Errorf("listed as %v", product)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("lists of %d hold %v, want %v", size, got, want)
		}
	}
}

// Products that the merchant names come first beside a product, as far as they are for sale, and others fill the row; none stands there twice.
func TestRelatedProducts(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	var all []string
	for i := range 14 {
		p := kettle()
		p.Slug = fmt.Sprintf("kettle-%d", i)
		p.Variants = p.Variants[:1]
		p.Variants[0].Id, p.Variants[0].Sku, p.Variants[0].Gtin = id.New(), "", ""
		all = append(all, p.Id)
		m.put(p)
	}
	m.change(all[0], func(p *productv1.Product) { p.RelatedIds = []string{all[3], id.New(), all[2], all[5]} })
	m.change(all[5], func(p *productv1.Product) { p.State = productv1.ProductState_PRODUCT_STATE_DRAFT })
	refreshAll(t, ctx, s, all...)
	got, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: "kettle-0"})
	if err != nil {
		t.Fatal(err)
	}
	related := productIDs(got.GetProduct().GetRelated())
	if len(related) != relatives || related[0] != all[3] || related[1] != all[2] {
		t.Errorf("related are %v, want %s and %s first", related, all[3], all[2])
	}
	for i, one := range related {
		if one == all[0] || one == all[5] || slices.Contains(related[:i], one) {
			t.Errorf("%s stands beside it: %v", one, related)
		}
	}
}
