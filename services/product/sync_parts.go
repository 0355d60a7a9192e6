package product

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
)

// Some files describe no whole products: they give prices and stock of variants, or translations, that the shop has the rest of. And products
// name others that may stand later in the file. Both are merged once whole products are.

// parts are what a batch of them comes to.
type parts struct {
	through            int64 // row
	updated, unchanged int64
	rows               []int64  // of the file, that change something
	restocks           []int64  // of these, those that change counts alone
	products           []string // by rows
	variants           []string // by rows; offers only
	dropped            []int64  // rows that were refused
	rejects            []productdb.AddSyncRejectsParams
}

// applyParts merges offers, then texts, then what products name.
func (w *syncWorker) applyParts(ctx context.Context, run productdb.ProductSyncRun, more chan<- struct{}) (productdb.ProductSyncRun, error) {
	for _, merge := range []func(context.Context, pgx.Tx, productdb.ProductSyncRun) error{w.mergeOffers, w.mergeTexts, w.mergeRelated} {
		for {
			offers, texts, related := run.OffersThrough, run.TextsThrough, run.RelatedThrough
			var err error
			if run, err = w.step(ctx, merge); err != nil {
				return run, err
			}
			if run.OffersThrough == offers && run.TextsThrough == texts && run.RelatedThrough == related {
				break
			}
			crash.At(crash.SyncAfterMerge)
			select {
			case more <- struct{}{}:
			default:
			}
		}
	}
	return run, nil
}

// compareParts notes what offers and texts would change.
func (w *syncWorker) compareParts(ctx context.Context, run productdb.ProductSyncRun) (productdb.ProductSyncRun, error) {
	for _, offers := range []bool{true, false} {
		for {
			before := run.OffersThrough + run.TextsThrough
			var err error
			run, err = w.step(ctx, func(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error {
				return w.comparePart(ctx, tx, run, offers)
			})
			if err != nil {
				return run, err
			}
			if run.OffersThrough+run.TextsThrough == before {
				break
			}
		}
	}
	return run, nil
}

func (w *syncWorker) comparePart(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, offers bool) error {
	var p *parts
	var err error
	if offers {
		p, err = w.matchOffers(ctx, tx, run, w.s.batch)
		run.OffersThrough = max(run.OffersThrough, p.through)
	} else {
		p, _, err = w.matchTexts(ctx, tx, run, w.s.batch)
		run.TextsThrough = max(run.TextsThrough, p.through)
	}
	if err != nil || p.through == 0 {
		return err
	}
	fresh, err := w.refuseParts(ctx, tx, p, offers)
	if err != nil {
		return err
	}
	var found []productdb.AddSyncChangesParams
	for i, row := range p.rows {
		kind := wouldUpdate
		if slices.Contains(p.restocks, row) {
			kind = wouldRestock
		}
		found = append(found, productdb.AddSyncChangesParams{RunID: w.id, Row: row, Kind: kind, ProductID: p.products[i]})
	}
	if _, err := queries.AddSyncChanges(ctx, tx, found); err != nil {
		return fmt.Errorf("note changes: %w", err)
	}
	return queries.SaveCompared(ctx, tx, productdb.SaveComparedParams{
		ID: w.id, ComparedThrough: max(run.ComparedThrough, p.through), WouldUpdate: p.updated, WouldKeep: p.unchanged, Dropped: int64(len(p.dropped)),
		OffersThrough: run.OffersThrough, TextsThrough: run.TextsThrough, RejectedRows: fresh, LeaseTime: w.leased(), Now: clock.Now(),
	})
}

// matchOffers finds the variants of the next offers. Of several offers for one variant the last counts.
func (w *syncWorker) matchOffers(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, size int32) (*parts, error) {
	p := &parts{}
	offers, err := queries.MatchOffers(ctx, tx, productdb.MatchOffersParams{RunID: w.id, After: run.OffersThrough, PageSize: size, Owns: w.source.Owns})
	if err != nil {
		return p, fmt.Errorf("match offers: %w", err)
	}
	last := map[string]int64{}
	for _, o := range offers {
		last[o.VariantID] = o.Row
	}
	var before int64
	for _, o := range offers {
		if o.Row == before { // the second of several variants with one GTIN
			continue
		}
		before, p.through = o.Row, o.Row
		switch {
		case o.Matches > 1:
			p.reject(w.id, o.Row, "GTIN", o.Gtin, "", "belongs to several variants; name the SKU of the one that is meant")
		case o.VariantID == "" && o.Sku != "":
			p.reject(w.id, o.Row, "SKU", o.Sku, "", "belongs to no variant of the shop; import its product first")
		case o.VariantID == "":
			p.reject(w.id, o.Row, "GTIN", o.Gtin, "", "belongs to no variant of the shop; import its product first")
		case last[o.VariantID] != o.Row, !o.Different && !o.Restocked:
			p.unchanged++
		default:
			p.updated++
			p.rows, p.products, p.variants = append(p.rows, o.Row), append(p.products, o.ProductID), append(p.variants, o.VariantID)
			if !o.Different {
				p.restocks = append(p.restocks, o.Row)
			}
		}
	}
	return p, nil
}

func (p *parts) reject(run string, row int64, column, value, key, reason string) {
	p.dropped = append(p.dropped, row)
	p.rejects = append(p.rejects, productdb.AddSyncRejectsParams{
		RunID: run, Row: row, Part: foundMerging, ColumnName: column, Value: value, ProductKey: key, Reason: reason,
	})
}

// refuseParts takes out what was refused, and returns how many rows are refused for the first time.
func (w *syncWorker) refuseParts(ctx context.Context, tx pgx.Tx, p *parts, offers bool) (int64, error) {
	if len(p.rejects) == 0 {
		return 0, nil
	}
	var err error
	if offers {
		err = queries.UnstageOffers(ctx, tx, productdb.UnstageOffersParams{RunID: w.id, Rows: p.dropped})
	} else {
		err = queries.UnstageTexts(ctx, tx, productdb.UnstageTextsParams{RunID: w.id, Rows: p.dropped})
	}
	if err != nil {
		return 0, fmt.Errorf("take out what was refused: %w", err)
	}
	fresh, err := w.countNew(ctx, tx, p.rejects)
	if err != nil {
		return 0, err
	}
	return fresh, w.list(ctx, tx, p.rejects)
}

// mergeOffers merges the next offers.
func (w *syncWorker) mergeOffers(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error {
	if err := w.lockMerge(ctx, tx); err != nil {
		return err
	}
	p, err := w.matchOffers(ctx, tx, run, w.batch.next)
	if err != nil || p.through == 0 {
		return err
	}
	fresh, err := w.refuseParts(ctx, tx, p, true)
	if err != nil {
		return err
	}
	changed := map[string]bool{} // products whose prices change; counts are no change of a product
	for i, row := range p.rows {
		if !slices.Contains(p.restocks, row) {
			changed[p.products[i]] = true
		}
	}
	ids := slices.Sorted(maps.Keys(changed))
	if err := w.keepChanged(ctx, tx, run, ids); err != nil {
		return err
	}
	if len(p.rows) > 0 {
		err = queries.MergeOffers(ctx, tx, productdb.MergeOffersParams{
			RunID: w.id, Batch: -1 - run.OffersThrough, Rows: p.rows, VariantIds: p.variants, Owns: w.source.Owns,
		})
		if err != nil {
			return fmt.Errorf("merge offers: %w", err)
		}
	}
	if len(ids) > 0 {
		if err := queries.RaiseVersions(ctx, tx, productdb.RaiseVersionsParams{Ids: ids, Now: clock.Now()}); err != nil {
			return fmt.Errorf("raise versions: %w", err)
		}
	}
	if err := tellOf(ctx, tx, ids); err != nil {
		return err
	}
	run.OffersThrough = p.through
	return w.saveParts(ctx, tx, run, p, fresh)
}

// keepChanged locks products and keeps them as they are.
func (w *syncWorker) keepChanged(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := queries.LockProducts(ctx, tx, ids); err != nil {
		return fmt.Errorf("lock products: %w", err)
	}
	err := queries.KeepProducts(ctx, tx, productdb.KeepProductsParams{RunID: &w.id, ChangedBy: importName(run), Now: clock.Now(), Ids: ids})
	if err != nil {
		return fmt.Errorf("keep products as they are: %w", err)
	}
	return nil
}

func (w *syncWorker) saveParts(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, p *parts, fresh int64) error {
	crash.At(crash.SyncBeforeCommit)
	return queries.SaveParts(ctx, tx, productdb.SavePartsParams{
		ID: w.id, OffersThrough: run.OffersThrough, TextsThrough: run.TextsThrough, RelatedThrough: run.RelatedThrough, Updated: p.updated,
		Unchanged: p.unchanged, Dropped: int64(len(p.dropped)), RejectedRows: fresh, LeaseTime: w.leased(), Now: clock.Now(),
	})
}

// matchTexts finds the products of the next texts, and returns the translations that these shall have.
func (w *syncWorker) matchTexts(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, size int32) (*parts, map[string][]translationRow, error) {
	p := &parts{}
	texts, err := queries.MatchTexts(ctx, tx, productdb.MatchTextsParams{RunID: w.id, SourceID: run.SourceID, After: run.TextsThrough, PageSize: size})
	if err != nil {
		return p, nil, fmt.Errorf("match texts: %w", err)
	}
	var ids []string
	for _, t := range texts {
		if t.ProductID != "" {
			ids = append(ids, t.ProductID)
		}
	}
	rows, err := queries.ListTranslations(ctx, tx, ids)
	if err != nil {
		return p, nil, fmt.Errorf("list translations: %w", err)
	}
	has, kept := map[string][]translationRow{}, map[string]bool{}
	for _, row := range rows {
		var list []translationRow
		if err := json.Unmarshal(row.Translations, &list); err != nil {
			return p, nil, fmt.Errorf("translations of %s: %w", row.ID, err)
		}
		has[row.ID], kept[row.ID] = list, row.Staffs && !slices.Contains(w.source.Owns, "translations")
	}
	changed := map[string][]translationRow{}
	for _, t := range texts {
		p.through = t.Row
		if t.ProductID == "" {
			column, value := "Key", t.Key
			if t.Key == "" {
				column, value = "Slug", t.Slug
			}
			p.reject(w.id, t.Row, column, value, t.Key, "belongs to no product of the shop; import the product first")
			continue
		}
		var text translationRow
		if err := json.Unmarshal(t.Translation, &text); err != nil {
			return p, nil, fmt.Errorf("text of row %d: %w", t.Row, err)
		}
		with, differs := translated(has[t.ProductID], text)
		if !differs || kept[t.ProductID] {
			p.unchanged++
			continue
		}
		has[t.ProductID], changed[t.ProductID] = with, with
		p.updated++
		p.rows, p.products = append(p.rows, t.Row), append(p.products, t.ProductID)
	}
	return p, changed, nil
}

// translated puts a text into a list of translations. What the text leaves empty stays.
func translated(list []translationRow, text translationRow) (with []translationRow, differs bool) {
	list = slices.Clone(list)
	at := slices.IndexFunc(list, func(t translationRow) bool { return t.Locale == text.Locale })
	if at < 0 {
		list = append(list, translationRow{Locale: text.Locale})
		at = len(list) - 1
	}
	was := list[at]
	for _, field := range []struct {
		to   *string
		from string
	}{
		{&list[at].Name, text.Name}, {&list[at].Description, text.Description}, {&list[at].Slug, text.Slug},
		{&list[at].SEOTitle, text.SEOTitle}, {&list[at].SEODescription, text.SEODescription},
	} {
		if field.from != "" {
			*field.to = field.from
		}
	}
	return list, list[at] != was
}

// mergeTexts merges the next texts.
func (w *syncWorker) mergeTexts(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error {
	if err := w.lockMerge(ctx, tx); err != nil {
		return err
	}
	p, changed, err := w.matchTexts(ctx, tx, run, w.batch.next)
	if err != nil || p.through == 0 {
		return err
	}
	fresh, err := w.refuseParts(ctx, tx, p, false)
	if err != nil {
		return err
	}
	save := productdb.SaveTranslationsParams{Ids: slices.Sorted(maps.Keys(changed)), Now: clock.Now()}
	for _, product := range save.Ids {
		list, err := json.Marshal(changed[product])
		if err != nil {
			return err
		}
		save.Translations = append(save.Translations, string(list))
	}
	if len(save.Ids) > 0 {
		if err := w.keepChanged(ctx, tx, run, save.Ids); err != nil {
			return err
		}
		if err := queries.SaveTranslations(ctx, tx, save); err != nil {
			return fmt.Errorf("save translations: %w", err)
		}
	}
	if err := tellOf(ctx, tx, save.Ids); err != nil {
		return err
	}
	run.TextsThrough = p.through
	return w.saveParts(ctx, tx, run, p, fresh)
}

// mergeRelated makes the next products name the others that the file says go with them, as far as the shop has them. It comes last, since they
// may stand anywhere in the file, and does no more than find nothing different when the file comes again.
func (w *syncWorker) mergeRelated(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error {
	if err := w.lockMerge(ctx, tx); err != nil {
		return err
	}
	rows, err := queries.ListStagedRelated(ctx, tx, productdb.ListStagedRelatedParams{
		RunID: w.id, SourceID: run.SourceID, After: run.RelatedThrough, PageSize: w.batch.next,
	})
	if err != nil {
		return fmt.Errorf("list related products: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	save := productdb.SaveRelatedParams{Now: clock.Now()}
	for _, row := range rows {
		run.RelatedThrough = row.Row
		var wanted []string
		for _, product := range row.Wanted {
			if !slices.Contains(wanted, product) {
				wanted = append(wanted, product)
			}
		}
		if slices.Equal(wanted, row.RelatedIds) || row.Staffs && !slices.Contains(w.source.Owns, "related_ids") {
			continue
		}
		list, err := json.Marshal(orEmpty(wanted))
		if err != nil {
			return err
		}
		save.Ids, save.Related = append(save.Ids, row.ProductID), append(save.Related, string(list))
	}
	if len(save.Ids) > 0 {
		if err := w.keepChanged(ctx, tx, run, save.Ids); err != nil {
			return err
		}
		if err := queries.SaveRelated(ctx, tx, save); err != nil {
			return fmt.Errorf("save related products: %w", err)
		}
	}
	if err := tellOf(ctx, tx, save.Ids); err != nil {
		return err
	}
	return w.saveParts(ctx, tx, run, &parts{}, 0)
}

// stagedOffers returns offers by their rows.
func (s *Service) stagedOffers(ctx context.Context, run string, rows []int64) (map[int64]productdb.ListStagedOffersRow, error) {
	staged, err := queries.ListStagedOffers(ctx, s.cfg.DB.Primary(), productdb.ListStagedOffersParams{RunID: run, Rows: rows})
	if err != nil {
		return nil, fmt.Errorf("load staged offers: %w", err)
	}
	offers := make(map[int64]productdb.ListStagedOffersRow, len(staged))
	for _, offer := range staged {
		offers[offer.Row] = offer
	}
	return offers, nil
}
