package product

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// DuplicateProduct makes a draft like another product. Its pictures are those of the other, which nobody has to fetch again.
func (s *Service) DuplicateProduct(ctx context.Context, req *productv1.DuplicateProductRequest) (*productv1.DuplicateProductResponse, error) {
	made, err := s.inEdit(ctx, func(ctx context.Context, tx pgx.Tx) (*productv1.Product, error) {
		model, err := loadOne(ctx, tx, req.GetId())
		if err != nil {
			return nil, err
		}
		e := &edit{after: duplicate(model, req.GetName()), mask: editable}
		if err := s.saveOne(ctx, tx, e); err != nil {
			return nil, err
		}
		return loadOne(ctx, tx, e.after.GetId())
	})
	if err != nil {
		return nil, err
	}
	return &productv1.DuplicateProductResponse{Product: made}, nil
}

func duplicate(model *productv1.Product, name string) *productv1.Product {
	p := proto.CloneOf(model)
	p.Id, p.Version, p.Slug, p.State, p.PublishTime = id.New(), 1, "", productv1.ProductState_PRODUCT_STATE_DRAFT, nil
	p.Key, p.StaffFields = p.GetId(), nil
	if p.Name = name; name == "" {
		const copied = " (copy)"
		short, _ := feed.Line(model.GetName(), feed.MaxName)
		if runes := []rune(short); len(runes) > feed.MaxName-len(copied) {
			short = string(runes[:feed.MaxName-len(copied)])
		}
		p.Name = short + copied
	}
	for _, t := range p.GetTranslations() {
		t.Slug = ""
	}
	images := map[string]string{}
	for _, image := range p.GetImages() {
		was := image.GetId()
		image.Id = id.New()
		images[was] = image.GetId()
	}
	for _, v := range p.GetVariants() {
		v.Id, v.Sku, v.Gtin, v.ImageId, v.StaffFields = id.New(), "", "", images[v.GetImageId()], nil
	}
	return p
}

// DeleteProduct removes a product for good.
func (s *Service) DeleteProduct(ctx context.Context, req *productv1.DeleteProductRequest) (*productv1.DeleteProductResponse, error) {
	_, err := s.inEdit(ctx, func(ctx context.Context, tx pgx.Tx) (*productv1.Product, error) {
		_, err := lockOne(ctx, tx, req.GetId(), req.GetExpectedVersion())
		if errors.Is(err, errNoProduct) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if err := queries.DeleteProducts(ctx, tx, []string{req.GetId()}); err != nil {
			return nil, fmt.Errorf("delete product: %w", err)
		}
		return nil, tellChanged(ctx, tx, []string{req.GetId()})
	})
	if err != nil {
		return nil, err
	}
	return &productv1.DeleteProductResponse{}, nil
}

// RestoreProduct makes a product what it was. Variants and pictures that are gone come back under their old ids, and with them their stock.
func (s *Service) RestoreProduct(ctx context.Context, req *productv1.RestoreProductRequest) (*productv1.RestoreProductResponse, error) {
	restored, err := s.inEdit(ctx, func(ctx context.Context, tx pgx.Tx) (*productv1.Product, error) {
		before, err := lockOne(ctx, tx, req.GetId(), req.GetExpectedVersion())
		if err != nil {
			return nil, err
		}
		contents, err := queries.GetProductHistory(ctx, tx, productdb.GetProductHistoryParams{ProductID: req.GetId(), Version: req.GetVersion()})
		if postgres.IsNoRows(err) {
			return nil, rpc.NotFound(fmt.Sprintf("version %d of this product was not kept", req.GetVersion()))
		}
		if err != nil {
			return nil, fmt.Errorf("get product history: %w", err)
		}
		was, err := readHistory(contents)
		if err != nil {
			return nil, err
		}
		if err := s.leaveOutGone(ctx, tx, was); err != nil {
			return nil, err
		}
		e := &edit{before: before, after: proto.CloneOf(before), mask: editable}
		for _, name := range editable {
			copyField(e.after, was, name)
		}
		for _, v := range e.after.GetVariants() {
			v.StaffFields = nil
			if now := slices.IndexFunc(before.GetVariants(), func(b *productv1.Variant) bool { return b.GetId() == v.GetId() }); now >= 0 {
				v.StaffFields = slices.Clone(before.GetVariants()[now].GetStaffFields())
			}
		}
		if err := s.saveOne(ctx, tx, e); err != nil {
			return nil, err
		}
		return loadOne(ctx, tx, req.GetId())
	})
	if err != nil {
		return nil, err
	}
	return &productv1.RestoreProductResponse{Product: restored}, nil
}

// leaveOutGone takes out of an old product what it named and is gone since. Attributes of a type that is gone, or that defines others now, become
// words of their own.
func (s *Service) leaveOutGone(ctx context.Context, tx pgx.Tx, was *productv1.Product) error {
	types, err := typesOf(ctx, tx, []*edit{{after: was}})
	if err != nil {
		return err
	}
	of := types[was.GetTypeId()]
	was.TypeId = of.GetId()
	for _, a := range was.GetAttributes() {
		if definition(of, a.GetDefinitionId()) == nil {
			a.DefinitionId, a.Typed = "", nil
		}
	}
	var ids []string
	for _, c := range was.GetCategories() {
		ids = append(ids, c.GetId())
	}
	rows, err := queries.ListCategoryNames(ctx, tx, ids)
	if err != nil {
		return fmt.Errorf("list category names: %w", err)
	}
	was.Categories = slices.DeleteFunc(was.GetCategories(), func(c *productv1.CategoryRef) bool {
		return !slices.ContainsFunc(rows, func(row productdb.ListCategoryNamesRow) bool { return row.ID == c.GetId() })
	})
	return nil
}
