package product

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// pathSeparator stands between the names of a category's path; no name holds it, since feed refuses control characters.
const pathSeparator = "\x1f"

// chunk is some of a file's items as they are staged.
type chunk struct {
	run           string
	limit         int   // products
	from, through int64 // items, counted from 1; zero when it holds none
	format        string
	rows, bytes   int64 // of the file, read so far
	size          int   // roughly, in bytes
	products      []productdb.StageProductsParams
	variants      []productdb.StageVariantsParams
	images        []productdb.StageImagesParams
	offers        []productdb.StageOffersParams
	texts         []productdb.StageTextsParams
	rejects       []productdb.AddSyncRejectsParams
	rejectedRows  int64
	refused       int64 // items of which nothing can be used
}

func (w *syncWorker) newChunk() *chunk { return &chunk{run: w.id, limit: w.s.stage} }

func (c *chunk) full() bool {
	return len(c.products)+len(c.offers)+len(c.texts) >= c.limit || len(c.rejects) >= 2*c.limit || c.size >= stageBytes
}

// add stages an item: its product, offer or text, if there is one, and what was refused.
func (c *chunk) add(item feed.Item) error {
	c.reject(append(item.Refusals, furtherPrices(item)...), 0)
	switch {
	case item.Product != nil:
		return c.addProduct(item.Product)
	case item.Offer != nil:
		c.addOffer(item.Offer)
	case item.Text != nil:
		return c.addText(item.Text)
	case len(item.Refusals) > 0:
		c.refused++
	}
	return nil
}

// furtherPrices names prices beside a variant's own, which no import stores: they belong to price lists.
func furtherPrices(item feed.Item) []feed.Refusal {
	var found []feed.Refusal
	say := func(row int64, key string, prices []feed.Price) {
		if len(prices) == 0 {
			return
		}
		var texts []string
		for _, p := range prices {
			text := money.Amount{Minor: p.Minor, Currency: p.Currency}.String()
			if p.MinQuantity > 1 {
				text += fmt.Sprintf(" from %d", p.MinQuantity)
			}
			texts = append(texts, text)
		}
		found = append(found, feed.Refusal{
			Row: row, Column: "prices", Value: shortened(strings.Join(texts, ", ")), Key: key, Reason: "was not taken: set further prices in a price list",
		})
	}
	if item.Product != nil {
		for _, v := range item.Product.Variants {
			say(v.Row, item.Product.Key, v.Prices)
		}
	}
	if item.Offer != nil {
		say(item.Offer.Row, item.Offer.SKU, item.Offer.Prices)
	}
	return found
}

// reject lists refusals, numbered within their rows from a first number on.
func (c *chunk) reject(refusals []feed.Refusal, first int32) {
	parts := map[int64]int32{}
	for _, r := range refusals {
		if _, known := parts[r.Row]; !known {
			c.rejectedRows++
		}
		c.size += len(r.Value) + len(r.Reason) + 100
		c.rejects = append(c.rejects, productdb.AddSyncRejectsParams{
			RunID: c.run, Row: r.Row, Part: first + parts[r.Row], ColumnName: r.Column, Value: r.Value, Reason: r.Reason, ProductKey: r.Key,
		})
		parts[r.Row]++
	}
}

func (c *chunk) addProduct(p *feed.Product) error {
	attributes, err := jsonList(p.Attributes)
	if err != nil {
		return fmt.Errorf("attributes of %q: %w", p.Key, err)
	}
	options, err := jsonList(p.Options)
	if err != nil {
		return fmt.Errorf("options of %q: %w", p.Key, err)
	}
	translations, err := jsonList(toTranslationRows(p.Translations))
	if err != nil {
		return fmt.Errorf("translations of %q: %w", p.Key, err)
	}
	hashes := feed.Hash(p)
	row := productdb.StageProductsParams{
		RunID: c.run, Row: p.Row, ProductID: id.New(), Key: p.Key, Slug: p.Slug, SlugGiven: p.SlugGiven, Name: p.Name,
		Description: p.Description, Brand: p.Brand, State: string(p.State), Attributes: attributes, Options: options,
		Tags: orEmpty(p.Tags), Categories: pathsOf(p.Categories), Incomplete: p.Incomplete, ContentHash: hashes.Content, StockHash: hashes.Stock,
		TypeName: p.Type, TaxClass: p.TaxClass, SeoTitle: p.SEOTitle, SeoDescription: p.SEODescription, Related: orEmpty(p.Related), Translations: translations,
	}
	if p.Continues > 0 {
		row.Continues = &p.Continues
	}
	c.products = append(c.products, row)
	c.size += 500 + len(p.Name) + len(p.Description) + len(attributes) + len(translations)
	for i, v := range p.Variants {
		variant := productdb.StageVariantsParams{
			RunID: c.run, Row: p.Row, Position: int32(i), FileRow: v.Row, ID: id.New(), Gtin: v.GTIN, OptionValues: orEmpty(v.OptionValues),
			PriceMinor: v.Price, WeightGrams: v.WeightGrams, Backorder: v.Stock.Backorder, Mpn: v.MPN,
		}
		if v.SKU != "" {
			variant.Sku = &v.SKU
		}
		if v.CompareAt > 0 {
			variant.CompareAtMinor = &v.CompareAt
		}
		if v.Image != "" {
			variant.Image = &v.Image
		}
		if v.Stock.Known {
			variant.OnHand = &v.Stock.OnHand
		}
		c.variants = append(c.variants, variant)
		c.size += 300
	}
	for i, image := range p.Images {
		c.images = append(c.images, productdb.StageImagesParams{
			RunID: c.run, Row: p.Row, Position: int32(i), ID: id.New(), SourceUrl: image.Source, Alt: image.Alt,
		})
		c.size += 200 + len(image.Source)
	}
	return nil
}

func (c *chunk) addOffer(o *feed.Offer) {
	row := productdb.StageOffersParams{
		RunID: c.run, Row: o.Row, Sku: o.SKU, Gtin: o.GTIN, PriceMinor: o.Price, CompareAtMinor: o.CompareAt, Backorder: o.Stock.Backorder,
	}
	if o.Stock.Known {
		row.OnHand = &o.Stock.OnHand
	}
	c.offers = append(c.offers, row)
	c.size += 200
}

func (c *chunk) addText(t *feed.Text) error {
	translation, err := json.Marshal(toTranslationRows([]feed.Translation{t.Translation})[0])
	if err != nil {
		return fmt.Errorf("text of row %d: %w", t.Row, err)
	}
	c.texts = append(c.texts, productdb.StageTextsParams{RunID: c.run, Row: t.Row, Key: t.Key, Slug: t.Slug, Translation: translation})
	c.size += 200 + len(translation)
	return nil
}

func toTranslationRows(translations []feed.Translation) []translationRow {
	var rows []translationRow
	for _, t := range translations {
		rows = append(rows, translationRow{
			Locale: t.Locale, Name: t.Name, Description: t.Description, Slug: t.Slug, SEOTitle: t.SEOTitle, SEODescription: t.SEODescription,
		})
	}
	return rows
}

// copyTo copies the chunk's products into the staging tables.
func (c *chunk) copyTo(ctx context.Context, tx pgx.Tx) error {
	if len(c.products) > 0 {
		if _, err := queries.StageProducts(ctx, tx, c.products); err != nil {
			return fmt.Errorf("stage products: %w", err)
		}
	}
	if len(c.variants) > 0 {
		if _, err := queries.StageVariants(ctx, tx, c.variants); err != nil {
			return fmt.Errorf("stage variants: %w", err)
		}
	}
	if len(c.offers) > 0 {
		if _, err := queries.StageOffers(ctx, tx, c.offers); err != nil {
			return fmt.Errorf("stage offers: %w", err)
		}
	}
	if len(c.texts) > 0 {
		if _, err := queries.StageTexts(ctx, tx, c.texts); err != nil {
			return fmt.Errorf("stage texts: %w", err)
		}
	}
	if len(c.images) > 0 {
		if _, err := queries.StageImages(ctx, tx, c.images); err != nil {
			return fmt.Errorf("stage images: %w", err)
		}
	}
	return nil
}

// pathsOf lists each category with those above it, from the root down.
func pathsOf(categories [][]string) []string {
	paths := []string{}
	for _, names := range categories {
		for depth := range names {
			if path := strings.Join(names[:depth+1], pathSeparator); !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

func jsonList[T any](list []T) ([]byte, error) {
	if len(list) == 0 {
		return []byte("[]"), nil
	}
	return json.Marshal(list)
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
