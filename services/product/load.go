package product

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// BatchGetProducts returns whole products, each as of one moment.
func (s *Service) BatchGetProducts(ctx context.Context, req *productv1.BatchGetProductsRequest) (*productv1.BatchGetProductsResponse, error) {
	products, err := s.load(ctx, req.GetIds())
	return &productv1.BatchGetProductsResponse{Products: products}, err
}

// load returns the products that exist, in no order.
func (s *Service) load(ctx context.Context, ids []string) ([]*productv1.Product, error) {
	return s.loadFrom(ctx, s.cfg.DB.Read(ctx), ids)
}

func (s *Service) loadFrom(ctx context.Context, db productdb.DBTX, ids []string) ([]*productv1.Product, error) {
	rows, err := queries.LoadProducts(ctx, db, ids)
	if err != nil {
		return nil, fmt.Errorf("load products: %w", err)
	}
	products := make([]*productv1.Product, len(rows))
	for i, row := range rows {
		if products[i], err = toProduct(row); err != nil {
			return nil, fmt.Errorf("product %s: %w", row.ID, err)
		}
	}
	return products, nil
}

// The parts of a product as LoadProducts writes them.
type (
	variantRow struct {
		ID, SKU, GTIN string
		OptionValues  []string `json:"option_values"`
		Price         int64
		CompareAt     *int64 `json:"compare_at"`
		Currency      string
		Weight        int32
		Image         string
		MPN           string
		StaffFields   []string  `json:"staff_fields"`
		BundleParts   []partRow `json:"bundle_parts"`
	}
	imageRow struct {
		ID, Source, Alt, Problem string
		Files                    []imageFile
	}
	imageFile struct {
		Path   string `json:"path"`
		Width  int32  `json:"width"`
		Height int32  `json:"height"`
		Type   string `json:"type"`
	}
	categoryRow    struct{ ID, Slug, Name, Parent string }
	externalIDRow  struct{ Source, Key string }
	translationRow struct {
		Locale         string `json:"locale"`
		Name           string `json:"name"`
		Description    string `json:"description"`
		Slug           string `json:"slug"`
		SEOTitle       string `json:"seo_title"`
		SEODescription string `json:"seo_description"`
	}
	optionRow struct {
		Name   string   `json:"name"`
		Values []string `json:"values"`
	}
	// attributeRow is a line of the specification table, with what it was made of when a type defines it.
	attributeRow struct {
		Name       string          `json:"name"`
		Value      string          `json:"value"`
		Definition string          `json:"definition,omitempty"`
		Typed      json.RawMessage `json:"typed,omitempty"` // productv1.AttributeValue
	}
)

func toAttributeRow(a *productv1.Attribute) attributeRow {
	row := attributeRow{Name: a.GetName(), Value: a.GetValue(), Definition: a.GetDefinitionId()}
	if a.GetTyped() != nil {
		row.Typed, _ = protojson.Marshal(a.GetTyped()) // fails for text that is not UTF-8 only, which no message holds
	}
	return row
}

func (row attributeRow) attribute() (*productv1.Attribute, error) {
	a := &productv1.Attribute{Name: row.Name, Value: row.Value, DefinitionId: row.Definition}
	if len(row.Typed) > 0 {
		a.Typed = &productv1.AttributeValue{}
		if err := protojson.Unmarshal(row.Typed, a.Typed); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func toProduct(row productdb.LoadProductsRow) (*productv1.Product, error) {
	p := &productv1.Product{
		Id: row.ID, Key: row.Key, Slug: row.Slug, Name: row.Name, Description: row.Description, Brand: row.Brand, Tags: row.Tags,
		State: states[row.State], Version: row.Version, CreateTime: timestamppb.New(row.CreateTime), UpdateTime: timestamppb.New(row.UpdateTime),
		TypeId: deref(row.TypeID), TaxClass: row.TaxClass, SeoTitle: row.SeoTitle, SeoDescription: row.SeoDescription, RelatedIds: row.RelatedIds,
		StaffFields: row.StaffFields, OldSlugs: row.OldSlugs, DigitalVariantIds: row.DigitalVariantIds, GiftCard: row.GiftCard,
	}
	if p.RatingCount = row.RatingCount; row.RatingCount > 0 {
		p.RatingAverage = int32((row.RatingStars*100 + row.RatingCount/2) / row.RatingCount)
	}
	if row.PublishTime != nil {
		p.PublishTime = timestamppb.New(*row.PublishTime)
	}
	var attributes []attributeRow
	var options []optionRow
	var variants []variantRow
	var images []imageRow
	var categories []categoryRow
	var translations []translationRow
	var externalIDs []externalIDRow
	for _, part := range []struct {
		raw  []byte
		into any
	}{{row.Attributes, &attributes}, {row.Options, &options}, {row.Variants, &variants}, {row.Images, &images}, {row.Categories, &categories},
		{row.Translations, &translations}, {row.ExternalIds, &externalIDs}} {
		if err := json.Unmarshal(part.raw, part.into); err != nil {
			return nil, err
		}
	}
	p.Translations = toTranslations(translations)
	for _, e := range externalIDs {
		p.ExternalIds = append(p.ExternalIds, &productv1.ExternalId{SourceId: e.Source, Key: e.Key})
	}
	for _, c := range categories {
		p.Categories = append(p.Categories, &productv1.CategoryRef{Id: c.ID, Slug: c.Slug, Name: c.Name, ParentId: c.Parent})
	}
	for _, a := range attributes {
		attribute, err := a.attribute()
		if err != nil {
			return nil, err
		}
		p.Attributes = append(p.Attributes, attribute)
	}
	for _, v := range variants {
		p.Variants = append(p.Variants, &productv1.Variant{
			Id: v.ID, Sku: v.SKU, Gtin: v.GTIN, OptionValues: v.OptionValues, WeightGrams: v.Weight, ImageId: v.Image, Mpn: v.MPN, StaffFields: v.StaffFields,
			Price: amount(v.Price, v.Currency), CompareAtPrice: amountOrNone(v.CompareAt, v.Currency), BundleParts: toParts(v.BundleParts),
		})
	}
	for i, o := range options {
		p.Options = append(p.Options, &productv1.Option{Name: o.Name, Values: valuesInUse(o.Values, i, variants)})
	}
	for _, i := range images {
		p.Images = append(p.Images, &productv1.Image{Id: i.ID, SourceUrl: i.Source, Alt: i.Alt, Problem: i.Problem, Files: toFiles(i.Files)})
	}
	return p, nil
}

// valuesInUse leaves out values that no variant has, and adds those of variants that were kept although a feed had them refused.
func valuesInUse(listed []string, option int, variants []variantRow) []string {
	var used []string
	for _, v := range variants {
		if option < len(v.OptionValues) && !slices.Contains(used, v.OptionValues[option]) {
			used = append(used, v.OptionValues[option])
		}
	}
	ordered := slices.DeleteFunc(slices.Clone(listed), func(value string) bool { return !slices.Contains(used, value) })
	for _, value := range used {
		if !slices.Contains(ordered, value) {
			ordered = append(ordered, value)
		}
	}
	return ordered
}

// translationRows is how texts in other languages are stored, as a list that may be empty and is never null.
func translationRows(translations []*productv1.Translation) []translationRow {
	rows := make([]translationRow, len(translations))
	for i, t := range translations {
		rows[i] = translationRow{
			Locale: t.GetLocale(), Name: t.GetName(), Description: t.GetDescription(), Slug: t.GetSlug(), SEOTitle: t.GetSeoTitle(), SEODescription: t.GetSeoDescription(),
		}
	}
	return rows
}

func toTranslations(rows []translationRow) []*productv1.Translation {
	var translations []*productv1.Translation
	for _, row := range rows {
		translations = append(translations, row.translation())
	}
	return translations
}

// readTranslations reads what translationRows was stored as.
func readTranslations(raw []byte) ([]*productv1.Translation, error) {
	var rows []translationRow
	err := json.Unmarshal(raw, &rows)
	return toTranslations(rows), err
}

func (t translationRow) translation() *productv1.Translation {
	return &productv1.Translation{
		Locale: t.Locale, Name: t.Name, Description: t.Description, Slug: t.Slug, SeoTitle: t.SEOTitle, SeoDescription: t.SEODescription,
	}
}

func toFiles(files []imageFile) []*productv1.ImageFile {
	var out []*productv1.ImageFile
	for _, f := range files {
		out = append(out, &productv1.ImageFile{Path: f.Path, Width: f.Width, Height: f.Height, ContentType: f.Type})
	}
	return out
}

var states = map[string]productv1.ProductState{
	"draft":    productv1.ProductState_PRODUCT_STATE_DRAFT,
	"active":   productv1.ProductState_PRODUCT_STATE_ACTIVE,
	"archived": productv1.ProductState_PRODUCT_STATE_ARCHIVED,
}

func stateName(state productv1.ProductState) string {
	for name, s := range states {
		if s == state {
			return name
		}
	}
	return ""
}
