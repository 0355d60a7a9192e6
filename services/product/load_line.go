package product

import (
	"context"
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
)

// bundlePartRow is a part of one of a product's bundles as LoadProductLines writes it.
type bundlePartRow struct {
	Bundle, Variant string
	Quantity        int32
}

// loadLines returns what a list shows of products that exist, in no order; see PRODUCT_VIEW_LINE.
func (s *Service) loadLines(ctx context.Context, ids []string) ([]*productv1.Product, error) {
	rows, err := queries.LoadProductLines(ctx, s.cfg.DB.Read(ctx), ids)
	if err != nil {
		return nil, fmt.Errorf("load lines of products: %w", err)
	}
	products := make([]*productv1.Product, len(rows))
	for i, row := range rows {
		if products[i], err = toProductLine(row); err != nil {
			return nil, fmt.Errorf("product %s: %w", row.ID, err)
		}
	}
	return products, nil
}

func toProductLine(row productdb.LoadProductLinesRow) (*productv1.Product, error) {
	p := &productv1.Product{
		Id: row.ID, Slug: row.Slug, Name: row.Name, State: states[row.State], Version: row.Version, UpdateTime: timestamppb.New(row.UpdateTime),
	}
	if row.CategoryID != "" {
		p.Categories = []*productv1.CategoryRef{{Id: row.CategoryID, Name: row.CategoryName}}
	}
	if row.ImageID != "" {
		var files []imageFile
		if err := json.Unmarshal(row.ImageFiles, &files); err != nil {
			return nil, err
		}
		p.Images = []*productv1.Image{{Id: row.ImageID, SourceUrl: row.ImageSource, Alt: row.ImageAlt, Files: toFiles(files)}}
	}
	var parts []bundlePartRow
	if err := json.Unmarshal(row.BundleParts, &parts); err != nil {
		return nil, err
	}
	of := map[string][]*productv1.BundlePart{}
	for _, part := range parts {
		of[part.Bundle] = append(of[part.Bundle], &productv1.BundlePart{VariantId: part.Variant, Quantity: part.Quantity})
	}
	for i, variant := range row.VariantIds {
		p.Variants = append(p.Variants, &productv1.Variant{
			Id: variant, Sku: row.Skus[i], Price: &typev1.Money{AmountMinor: row.Prices[i], CurrencyCode: row.Currencies[i]}, BundleParts: of[variant],
		})
	}
	return p, nil
}
