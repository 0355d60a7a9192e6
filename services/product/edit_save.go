package product

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// save stores edits that were found right, keeps what was before and tells of it. It takes a handful of statements, however many
// products there are. Edits that change nothing write nothing.
func (s *Service) save(ctx context.Context, tx pgx.Tx, edits []*edit) error {
	by := editorOf(ctx)
	var w writing
	for _, e := range edits {
		if e.before == nil || len(e.changed) > 0 {
			w.add(e)
		}
	}
	if len(w.ids) == 0 {
		return nil
	}
	err := queries.KeepProducts(ctx, tx, productdb.KeepProductsParams{ChangedBy: by.name, Now: by.now, Ids: w.changed})
	if err != nil {
		return fmt.Errorf("keep products: %w", err)
	}
	if err := w.products(ctx, tx, by.now); err != nil {
		return err
	}
	if err := w.images(ctx, tx, by.now); err != nil {
		return err
	}
	if err := w.variants(ctx, tx); err != nil {
		return err
	}
	if err := w.parts(ctx, tx); err != nil {
		return err
	}
	return tellChanged(ctx, tx, w.ids)
}

// The rows of products as statements take them.
type (
	productRow struct {
		ID             string           `json:"id"`
		Key            string           `json:"key"`
		Slug           string           `json:"slug"`
		Name           string           `json:"name"`
		Description    string           `json:"description"`
		Brand          string           `json:"brand"`
		State          string           `json:"state"`
		Attributes     []attributeRow   `json:"attributes"`
		Options        []optionRow      `json:"options"`
		Tags           []string         `json:"tags"`
		CategoryIDs    []string         `json:"category_ids"`
		TypeID         *string          `json:"type_id"`
		TaxClass       string           `json:"tax_class"`
		SEOTitle       string           `json:"seo_title"`
		SEODescription string           `json:"seo_description"`
		Translations   []translationRow `json:"translations"`
		RelatedIDs     []string         `json:"related_ids"`
		PublishTime    *time.Time       `json:"publish_time"`
		StaffFields    []string         `json:"staff_fields"`
	}
	editedVariantRow struct {
		ID           string   `json:"id"`
		ProductID    string   `json:"product_id"`
		Position     int      `json:"position"`
		SKU          *string  `json:"sku"`
		GTIN         string   `json:"gtin"`
		OptionValues []string `json:"option_values"`
		Price        int64    `json:"price_minor"`
		CompareAt    *int64   `json:"compare_at_minor"`
		Currency     string   `json:"currency"`
		Weight       int32    `json:"weight_grams"`
		ImageID      *string  `json:"image_id"`
		MPN          string   `json:"mpn"`
		StaffFields  []string `json:"staff_fields"`
	}
	editedImageRow struct {
		ID        string      `json:"id"`
		ProductID string      `json:"product_id"`
		Position  int         `json:"position"`
		SourceURL string      `json:"source_url"`
		Alt       string      `json:"alt"`
		Files     []imageFile `json:"files"` // null is to be fetched
		Hash      *string     `json:"hash"`
	}
)

// writing is what edits come to.
type writing struct {
	ids, changed                   []string // all products, and those that were there
	added, edited                  []productRow
	giftCards                      []string // those that are added as one
	oldSlugs, oldSlugIDs, newSlugs []string
	imageProducts, keptImages      []string
	changedImages, addedImages     []editedImageRow
	variantProducts, keptVariants  []string
	changedVariants, addedVariants []editedVariantRow
	bundles                        []string // variants whose parts change, which are no bundles any more without new ones
	addedParts                     productdb.AddBundlePartsParams
}

func (w *writing) add(e *edit) {
	p := e.after
	w.ids = append(w.ids, p.GetId())
	row := toProductRow(p)
	if e.before == nil {
		w.added = append(w.added, row)
		w.newSlugs = append(w.newSlugs, p.GetSlug())
		if p.GetGiftCard() {
			w.giftCards = append(w.giftCards, p.GetId())
		}
	} else {
		w.changed = append(w.changed, p.GetId())
		w.edited = append(w.edited, row)
		if p.GetSlug() != e.before.GetSlug() {
			w.newSlugs = append(w.newSlugs, p.GetSlug())
			w.oldSlugs, w.oldSlugIDs = append(w.oldSlugs, e.before.GetSlug()), append(w.oldSlugIDs, p.GetId())
		}
	}
	if e.before == nil || slices.Contains(e.changed, "images") {
		w.addImages(e)
	}
	if e.before == nil || slices.Contains(e.changed, "variants") {
		w.addVariants(e)
	}
}

func (w *writing) addImages(e *edit) {
	w.imageProducts = append(w.imageProducts, e.after.GetId())
	for i, image := range e.after.GetImages() {
		w.keptImages = append(w.keptImages, image.GetId())
		row := editedImageRow{ID: image.GetId(), ProductID: e.after.GetId(), Position: i, SourceURL: image.GetSourceUrl(), Alt: image.GetAlt()}
		if slices.ContainsFunc(e.before.GetImages(), func(b *productv1.Image) bool { return b.GetId() == image.GetId() }) {
			w.changedImages = append(w.changedImages, row)
			continue
		}
		for _, file := range image.GetFiles() {
			row.Files = append(row.Files, imageFile{Path: file.GetPath(), Width: file.GetWidth(), Height: file.GetHeight(), Type: file.GetContentType()})
		}
		w.addedImages = append(w.addedImages, row)
	}
}

func (w *writing) addVariants(e *edit) {
	w.variantProducts = append(w.variantProducts, e.after.GetId())
	for i, v := range e.after.GetVariants() {
		w.keptVariants = append(w.keptVariants, v.GetId())
		row := editedVariantRow{
			ID: v.GetId(), ProductID: e.after.GetId(), Position: i, SKU: orNull(v.GetSku()), GTIN: v.GetGtin(), OptionValues: orEmpty(v.GetOptionValues()),
			Price: v.GetPrice().GetAmountMinor(), Currency: v.GetPrice().GetCurrencyCode(), Weight: v.GetWeightGrams(), ImageID: orNull(v.GetImageId()),
			MPN: v.GetMpn(), StaffFields: orEmpty(v.GetStaffFields()),
		}
		if v.GetCompareAtPrice() != nil {
			row.CompareAt = &v.CompareAtPrice.AmountMinor
		}
		at := slices.IndexFunc(e.before.GetVariants(), func(b *productv1.Variant) bool { return b.GetId() == v.GetId() })
		var was []*productv1.BundlePart
		if at >= 0 {
			was = e.before.GetVariants()[at].GetBundleParts()
		}
		if !sameParts(was, v.GetBundleParts()) {
			w.addParts(v)
		}
		if at >= 0 {
			w.changedVariants = append(w.changedVariants, row)
		} else {
			w.addedVariants = append(w.addedVariants, row)
		}
	}
}

func (w *writing) products(ctx context.Context, tx pgx.Tx, now time.Time) error {
	if len(w.edited) > 0 {
		rows, err := json.Marshal(w.edited)
		if err != nil {
			return err
		}
		if err := queries.ChangeEditedProducts(ctx, tx, productdb.ChangeEditedProductsParams{Rows: rows, Now: now}); err != nil {
			return fmt.Errorf("change products: %w", err)
		}
	}
	if len(w.added) > 0 {
		rows, err := json.Marshal(w.added)
		if err != nil {
			return err
		}
		if err := queries.AddEditedProducts(ctx, tx, productdb.AddEditedProductsParams{Rows: rows, Now: now}); err != nil {
			return fmt.Errorf("add products: %w", err)
		}
	}
	if len(w.giftCards) > 0 {
		if err := queries.SetGiftCards(ctx, tx, productdb.SetGiftCardsParams{Ids: w.giftCards, GiftCard: true}); err != nil {
			return fmt.Errorf("set gift cards: %w", err)
		}
	}
	if len(w.oldSlugs) > 0 {
		err := queries.KeepOldSlugs(ctx, tx, productdb.KeepOldSlugsParams{Slugs: w.oldSlugs, ProductIds: w.oldSlugIDs, Now: now})
		if err != nil {
			return fmt.Errorf("keep old slugs: %w", err)
		}
	}
	if len(w.newSlugs) > 0 {
		if err := queries.EndOldSlugs(ctx, tx, w.newSlugs); err != nil {
			return fmt.Errorf("end old slugs: %w", err)
		}
	}
	return nil
}

func (w *writing) images(ctx context.Context, tx pgx.Tx, now time.Time) error {
	if len(w.imageProducts) == 0 {
		return nil
	}
	err := queries.RemoveEditedImages(ctx, tx, productdb.RemoveEditedImagesParams{ProductIds: w.imageProducts, KeptIds: orEmpty(w.keptImages)})
	if err != nil {
		return fmt.Errorf("remove images: %w", err)
	}
	if len(w.changedImages) > 0 {
		rows, err := json.Marshal(w.changedImages)
		if err != nil {
			return err
		}
		if err := queries.ChangeEditedImages(ctx, tx, rows); err != nil {
			return fmt.Errorf("change images: %w", err)
		}
	}
	if len(w.addedImages) > 0 {
		rows, err := json.Marshal(w.addedImages)
		if err != nil {
			return err
		}
		if err := queries.AddEditedImages(ctx, tx, productdb.AddEditedImagesParams{Rows: rows, Now: now}); err != nil {
			return fmt.Errorf("add images: %w", err)
		}
	}
	return nil
}

// variants takes away first, so that what is left may take the SKUs and option values of what is gone.
func (w *writing) variants(ctx context.Context, tx pgx.Tx) error {
	if len(w.variantProducts) == 0 {
		return nil
	}
	err := queries.RemoveEditedVariants(ctx, tx, productdb.RemoveEditedVariantsParams{ProductIds: w.variantProducts, KeptIds: orEmpty(w.keptVariants)})
	if err != nil {
		return fmt.Errorf("remove variants: %w", err)
	}
	if len(w.changedVariants) > 0 {
		rows, err := json.Marshal(w.changedVariants)
		if err != nil {
			return err
		}
		if err := queries.ChangeEditedVariants(ctx, tx, rows); err != nil {
			return fmt.Errorf("change variants: %w", err)
		}
	}
	if len(w.addedVariants) > 0 {
		rows, err := json.Marshal(w.addedVariants)
		if err != nil {
			return err
		}
		if err := queries.AddEditedVariants(ctx, tx, rows); err != nil {
			return fmt.Errorf("add variants: %w", err)
		}
	}
	return nil
}

func toProductRow(p *productv1.Product) productRow {
	row := productRow{
		ID: p.GetId(), Key: p.GetKey(), Slug: p.GetSlug(), Name: p.GetName(), Description: p.GetDescription(), Brand: p.GetBrand(),
		State: stateName(p.GetState()), Attributes: []attributeRow{}, Options: []optionRow{}, Tags: orEmpty(p.GetTags()), CategoryIDs: []string{},
		TypeID: orNull(p.GetTypeId()), TaxClass: p.GetTaxClass(), SEOTitle: p.GetSeoTitle(), SEODescription: p.GetSeoDescription(),
		RelatedIDs: orEmpty(p.GetRelatedIds()), StaffFields: orEmpty(p.GetStaffFields()),
	}
	for _, a := range p.GetAttributes() {
		row.Attributes = append(row.Attributes, toAttributeRow(a))
	}
	for _, o := range p.GetOptions() {
		row.Options = append(row.Options, optionRow{Name: o.GetName(), Values: o.GetValues()})
	}
	for _, c := range p.GetCategories() {
		row.CategoryIDs = append(row.CategoryIDs, c.GetId())
	}
	row.Translations = translationRows(p.GetTranslations())
	if p.GetPublishTime() != nil {
		at := p.GetPublishTime().AsTime()
		row.PublishTime = &at
	}
	return row
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
