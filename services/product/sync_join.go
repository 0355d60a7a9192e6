package product

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

const (
	// joinBatch is how many parts of products are put together in one step.
	joinBatch = 200
	// foundJoining is where the numbers begin of refusals that are found while parts are put together.
	foundJoining = 500
)

// join puts products together whose rows stand apart in the file. It is rare: exports keep the rows of a product together.
func (w *syncWorker) join(ctx context.Context) error {
	for {
		left := false
		_, err := w.step(ctx, func(ctx context.Context, tx pgx.Tx, _ productdb.ProductSyncRun) error {
			parts, err := queries.ListParts(ctx, tx, productdb.ListPartsParams{RunID: w.id, PageSize: joinBatch})
			if left = len(parts) > 0; err != nil || !left {
				return err
			}
			return w.joinParts(ctx, tx, parts)
		})
		if err != nil || !left {
			return err
		}
	}
}

func (w *syncWorker) joinParts(ctx context.Context, tx pgx.Tx, parts []productdb.ListPartsRow) error {
	var rows []int64
	for _, part := range parts {
		rows = append(rows, part.Row, part.Whole)
	}
	staged, err := w.loadStaged(ctx, tx, rows)
	if err != nil {
		return fmt.Errorf("load staged products: %w", err)
	}
	if err := queries.Unstage(ctx, tx, productdb.UnstageParams{RunID: w.id, Rows: rows}); err != nil {
		return fmt.Errorf("unstage parts of products: %w", err)
	}
	c := w.newChunk()
	for i := 0; i < len(parts); {
		row := parts[i].Whole
		var pieces []*feed.Product
		for ; i < len(parts) && parts[i].Whole == row; i++ {
			pieces = append(pieces, staged[parts[i].Row])
		}
		whole := staged[row]
		if whole == nil { // its first rows were refused
			for _, piece := range pieces {
				c.reject(feed.Orphans(piece), foundJoining)
			}
			continue
		}
		c.reject(feed.Join(whole, pieces), foundJoining)
		if err := c.addProduct(whole); err != nil {
			return err
		}
	}
	if err := c.copyTo(ctx, tx); err != nil {
		return err
	}
	return w.saveJoined(ctx, tx, c, int64(len(staged)-len(c.products)))
}

func (w *syncWorker) saveJoined(ctx context.Context, tx pgx.Tx, c *chunk, joined int64) error {
	fresh, err := w.countNew(ctx, tx, c.rejects)
	if err != nil {
		return err
	}
	if err := w.list(ctx, tx, c.rejects); err != nil {
		return err
	}
	return queries.SaveJoined(ctx, tx, productdb.SaveJoinedParams{
		ID: w.id, Joined: joined, RejectedRows: fresh, LeaseTime: w.leased(), Now: clock.Now(),
	})
}

// countNew counts the rows among refusals that have not been refused before.
func (w *syncWorker) countNew(ctx context.Context, tx pgx.Tx, rejects []productdb.AddSyncRejectsParams) (int64, error) {
	fresh := map[int64]bool{}
	var rows []int64
	for _, r := range rejects {
		fresh[r.Row] = true
		rows = append(rows, r.Row)
	}
	if len(rows) == 0 {
		return 0, nil
	}
	known, err := queries.ListSyncRejectedAmong(ctx, tx, productdb.ListSyncRejectedAmongParams{RunID: w.id, Rows: rows})
	if err != nil {
		return 0, fmt.Errorf("look for listed refusals: %w", err)
	}
	for _, row := range known {
		delete(fresh, row)
	}
	return int64(len(fresh)), nil
}

// loadStaged reads staged products back, by their rows.
func (w *syncWorker) loadStaged(ctx context.Context, db productdb.DBTX, rows []int64) (map[int64]*feed.Product, error) {
	staged, err := queries.ListStaged(ctx, db, productdb.ListStagedParams{RunID: w.id, Rows: rows})
	if err != nil {
		return nil, err
	}
	variants, err := queries.ListStagedVariants(ctx, db, productdb.ListStagedVariantsParams{RunID: w.id, Rows: rows})
	if err != nil {
		return nil, err
	}
	images, err := queries.ListStagedImages(ctx, db, productdb.ListStagedImagesParams{RunID: w.id, Rows: rows})
	if err != nil {
		return nil, err
	}
	products := make(map[int64]*feed.Product, len(staged))
	for _, s := range staged {
		p := &feed.Product{
			Row: s.Row, Incomplete: s.Incomplete, Key: s.Key, Slug: s.Slug, SlugGiven: s.SlugGiven, Name: s.Name, Description: s.Description,
			Brand: s.Brand, State: feed.State(s.State), Tags: s.Tags,
			Type: s.TypeName, TaxClass: s.TaxClass, SEOTitle: s.SeoTitle, SEODescription: s.SeoDescription, Related: s.Related,
		}
		var translations []translationRow
		if err := json.Unmarshal(s.Translations, &translations); err != nil {
			return nil, err
		}
		for _, t := range translations {
			p.Translations = append(p.Translations, feed.Translation{
				Locale: t.Locale, Name: t.Name, Description: t.Description, Slug: t.Slug, SEOTitle: t.SEOTitle, SEODescription: t.SEODescription,
			})
		}
		if err := json.Unmarshal(s.Attributes, &p.Attributes); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(s.Options, &p.Options); err != nil {
			return nil, err
		}
		for _, path := range s.Categories {
			p.Categories = append(p.Categories, strings.Split(path, pathSeparator))
		}
		products[s.Row] = p
	}
	for _, s := range variants {
		p := products[s.Row]
		v := feed.Variant{
			Row: s.FileRow, SKU: deref(s.Sku), GTIN: s.Gtin, OptionValues: s.OptionValues, Price: s.PriceMinor, CompareAt: deref(s.CompareAtMinor),
			WeightGrams: s.WeightGrams, Image: deref(s.Image), MPN: s.Mpn,
			Stock: feed.Stock{Known: s.OnHand != nil, OnHand: deref(s.OnHand), Backorder: s.Backorder},
		}
		p.Variants = append(p.Variants, v)
	}
	for _, s := range images {
		p := products[s.Row]
		p.Images = append(p.Images, feed.Image{Source: s.SourceUrl, Alt: s.Alt})
	}
	return products, nil
}

func deref[T any](p *T) T {
	if p == nil {
		var none T
		return none
	}
	return *p
}
