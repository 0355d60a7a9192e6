package product

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// historyPage is the version that the page before ended with.
type historyPage struct {
	Version int64 `json:"v"`
}

// ListProductHistory compares each version that was kept with the next one.
func (s *Service) ListProductHistory(ctx context.Context, req *productv1.ListProductHistoryRequest) (*productv1.ListProductHistoryResponse, error) {
	found, err := s.load(ctx, []string{req.GetId()})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errNoProduct
	}
	db, after := s.cfg.DB.Read(ctx), found[0]
	page := historyPage{Version: 1<<63 - 1}
	if err := rpc.ParsePageToken(req.GetPageToken(), &page); err != nil {
		return nil, err
	}
	if req.GetPageToken() != "" { // what came after the page's first change
		contents, err := queries.GetProductHistory(ctx, db, productdb.GetProductHistoryParams{ProductID: req.GetId(), Version: page.Version})
		if postgres.IsNoRows(err) {
			return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
		}
		if err != nil {
			return nil, fmt.Errorf("get product history: %w", err)
		}
		if after, err = readHistory(contents); err != nil {
			return nil, err
		}
	}
	size := rpc.PageSize(req.GetPageSize(), 20)
	rows, err := queries.ListProductHistory(ctx, db, productdb.ListProductHistoryParams{ProductID: req.GetId(), BeforeVersion: page.Version, PageSize: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list product history: %w", err)
	}
	answer := &productv1.ListProductHistoryResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(historyPage{rows[size-1].Version})
	}
	versions := []*productv1.Product{after}
	for _, row := range rows {
		was, err := readHistory(row.Contents)
		if err != nil {
			return nil, err
		}
		versions = append(versions, was)
	}
	names, err := s.categoryNames(ctx, versions)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		answer.Changes = append(answer.Changes, &productv1.ProductChange{
			Version: row.Version, ChangedBy: row.ChangedBy, ChangeTime: timestamppb.New(row.ChangeTime), RunId: deref(row.RunID),
			Fields: compare(versions[i+1], versions[i], names),
		})
	}
	return answer, nil
}

func (s *Service) categoryNames(ctx context.Context, products []*productv1.Product) (map[string]string, error) {
	var ids []string
	for _, p := range products {
		for _, c := range p.GetCategories() {
			if !slices.Contains(ids, c.GetId()) {
				ids = append(ids, c.GetId())
			}
		}
	}
	rows, err := queries.ListCategoryNames(ctx, s.cfg.DB.Read(ctx), ids)
	if err != nil {
		return nil, fmt.Errorf("list category names: %w", err)
	}
	names := make(map[string]string, len(rows))
	for _, row := range rows {
		names[row.ID] = row.Name
	}
	return names, nil
}

// readHistory reads the rows of a product as KeepProducts wrote them.
func readHistory(contents []byte) (*productv1.Product, error) {
	var rows struct {
		Product struct {
			productRow
			Version    int64     `json:"version"`
			CreateTime time.Time `json:"create_time"`
			UpdateTime time.Time `json:"update_time"`
		} `json:"product"`
		Variants []struct {
			editedVariantRow
			BundleParts []partRow `json:"bundle_parts"`
		} `json:"variants"`
		Images []editedImageRow `json:"images"`
	}
	if err := json.Unmarshal(contents, &rows); err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	row := rows.Product
	p := &productv1.Product{
		Id: row.ID, Key: row.Key, Slug: row.Slug, Name: row.Name, Description: row.Description, Brand: row.Brand, State: states[row.State],
		Tags: row.Tags, TypeId: deref(row.TypeID), TaxClass: row.TaxClass, SeoTitle: row.SEOTitle, SeoDescription: row.SEODescription, RelatedIds: row.RelatedIDs,
		StaffFields: row.StaffFields, Version: row.Version, CreateTime: timestamppb.New(row.CreateTime), UpdateTime: timestamppb.New(row.UpdateTime),
	}
	if row.PublishTime != nil {
		p.PublishTime = timestamppb.New(*row.PublishTime)
	}
	for _, a := range row.Attributes {
		attribute, err := a.attribute()
		if err != nil {
			return nil, fmt.Errorf("read history: %w", err)
		}
		p.Attributes = append(p.Attributes, attribute)
	}
	for _, category := range row.CategoryIDs {
		p.Categories = append(p.Categories, &productv1.CategoryRef{Id: category})
	}
	p.Translations = toTranslations(row.Translations)
	var variants []variantRow
	for _, v := range rows.Variants {
		variant := &productv1.Variant{
			Id: v.ID, Sku: deref(v.SKU), Gtin: v.GTIN, OptionValues: v.OptionValues, WeightGrams: v.Weight, ImageId: deref(v.ImageID), Mpn: v.MPN,
			StaffFields: v.StaffFields, Price: &typev1.Money{AmountMinor: v.Price, CurrencyCode: v.Currency}, BundleParts: toParts(v.BundleParts),
		}
		if v.CompareAt != nil {
			variant.CompareAtPrice = &typev1.Money{AmountMinor: *v.CompareAt, CurrencyCode: v.Currency}
		}
		p.Variants = append(p.Variants, variant)
		variants = append(variants, variantRow{OptionValues: v.OptionValues})
	}
	for i, o := range row.Options {
		p.Options = append(p.Options, &productv1.Option{Name: o.Name, Values: valuesInUse(o.Values, i, variants)})
	}
	for _, i := range rows.Images {
		p.Images = append(p.Images, &productv1.Image{Id: i.ID, SourceUrl: i.SourceURL, Alt: i.Alt, Files: toFiles(i.Files)})
	}
	return p, nil
}

// compare says in words what became of each field.
func compare(before, after *productv1.Product, categories map[string]string) []*productv1.FieldChange {
	var changes []*productv1.FieldChange
	add := func(field, was, is string) {
		if was != is {
			changes = append(changes, &productv1.FieldChange{Field: field, Before: cut(was), After: cut(is)})
		}
	}
	for _, name := range differing(before, after) {
		switch name {
		case "variants":
			compareVariants(before, after, add)
		case "translations":
			compareTranslations(before, after, add)
		default:
			add(name, inWords(before, name, categories), inWords(after, name, categories))
		}
	}
	return changes
}

// cut keeps long texts from filling a page.
func cut(text string) string {
	const most = 500
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

func inWords(p *productv1.Product, field string, categories map[string]string) string {
	var parts []string
	switch field {
	case "state":
		return stateName(p.GetState())
	case "publish_time":
		if p.GetPublishTime() != nil {
			return p.GetPublishTime().AsTime().Format(time.RFC3339)
		}
	case "tags":
		parts = p.GetTags()
	case "related_ids":
		parts = p.GetRelatedIds()
	case "categories":
		for _, c := range p.GetCategories() {
			name := categories[c.GetId()]
			if name == "" {
				name = c.GetId()
			}
			parts = append(parts, name)
		}
	case "attributes":
		for _, a := range p.GetAttributes() {
			parts = append(parts, a.GetName()+": "+a.GetValue())
		}
	case "options":
		for _, o := range p.GetOptions() {
			parts = append(parts, o.GetName()+": "+strings.Join(o.GetValues(), " | "))
		}
	case "images":
		for _, i := range p.GetImages() {
			parts = append(parts, strings.TrimSpace(i.GetAlt()+" "+i.GetSourceUrl()))
		}
	default:
		return plainText(p, field)
	}
	return strings.Join(parts, ", ")
}

func compareVariants(before, after *productv1.Product, add func(field, was, is string)) {
	var order [2][]string
	was, names := map[string]*productv1.Variant{}, map[string]string{}
	for _, v := range before.GetVariants() {
		was[v.GetId()], names[v.GetId()] = v, variantName(v)
	}
	for _, v := range after.GetVariants() {
		b := was[v.GetId()]
		if b == nil {
			add("variants["+variantName(v)+"]", "", priceText(v.GetPrice()))
			continue
		}
		order[1] = append(order[1], names[v.GetId()])
		for _, field := range differingVariant(b, v) {
			add("variants["+variantName(v)+"]."+field, variantText(b, field), variantText(v, field))
		}
	}
	for _, v := range before.GetVariants() {
		if slices.ContainsFunc(after.GetVariants(), func(a *productv1.Variant) bool { return a.GetId() == v.GetId() }) {
			order[0] = append(order[0], names[v.GetId()])
		} else {
			add("variants["+variantName(v)+"]", priceText(v.GetPrice()), "")
		}
	}
	add("variants", strings.Join(order[0], ", "), strings.Join(order[1], ", "))
}

func variantName(v *productv1.Variant) string {
	switch {
	case v.GetSku() != "":
		return v.GetSku()
	case len(v.GetOptionValues()) > 0:
		return strings.Join(v.GetOptionValues(), " / ")
	default:
		return v.GetId()
	}
}

func variantText(v *productv1.Variant, field string) string {
	switch field {
	case "price":
		return priceText(v.GetPrice())
	case "compare_at_price":
		return priceText(v.GetCompareAtPrice())
	case "option_values":
		return strings.Join(v.GetOptionValues(), " / ")
	case bundleParts:
		return partsText(v.GetBundleParts())
	default:
		return plainText(v, field)
	}
}

// plainText is a field as it is, where it needs no better words.
func plainText(of proto.Message, field string) string {
	return of.ProtoReflect().Get(of.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(field))).String()
}

func priceText(price *typev1.Money) string {
	if price == nil {
		return ""
	}
	return money.Amount{Minor: price.GetAmountMinor(), Currency: price.GetCurrencyCode()}.String()
}

func compareTranslations(before, after *productv1.Product, add func(field, was, is string)) {
	of := func(p *productv1.Product, locale string) *productv1.Translation {
		for _, t := range p.GetTranslations() {
			if t.GetLocale() == locale {
				return t
			}
		}
		return &productv1.Translation{}
	}
	var locales []string
	for _, t := range slices.Concat(before.GetTranslations(), after.GetTranslations()) {
		if !slices.Contains(locales, t.GetLocale()) {
			locales = append(locales, t.GetLocale())
		}
	}
	for _, locale := range locales {
		was, is := of(before, locale), of(after, locale)
		field := "translations[" + locale + "]."
		add(field+"name", was.GetName(), is.GetName())
		add(field+"description", was.GetDescription(), is.GetDescription())
		add(field+"slug", was.GetSlug(), is.GetSlug())
		add(field+"seo_title", was.GetSeoTitle(), is.GetSeoTitle())
		add(field+"seo_description", was.GetSeoDescription(), is.GetSeoDescription())
	}
}
