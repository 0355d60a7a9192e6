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
)

// matchTexts finds the products of the next texts, and returns the translations that these shall have.
func (w *syncWorker) matchTexts(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, size int32) (*amendments, map[string][]translationRow, error) {
	a := &amendments{}
	texts, err := queries.MatchTexts(ctx, tx, productdb.MatchTextsParams{RunID: w.id, SourceID: run.SourceID, After: run.TextsThrough, PageSize: size})
	if err != nil {
		return a, nil, fmt.Errorf("match texts: %w", err)
	}
	var ids []string
	for _, t := range texts {
		if t.ProductID != "" {
			ids = append(ids, t.ProductID)
		}
	}
	rows, err := queries.ListTranslations(ctx, tx, ids)
	if err != nil {
		return a, nil, fmt.Errorf("list translations: %w", err)
	}
	has, kept := map[string][]translationRow{}, map[string]bool{}
	for _, row := range rows {
		var list []translationRow
		if err := json.Unmarshal(row.Translations, &list); err != nil {
			return a, nil, fmt.Errorf("translations of %s: %w", row.ID, err)
		}
		has[row.ID], kept[row.ID] = list, row.Staffs && !slices.Contains(w.source.Owns, "translations")
	}
	changed := map[string][]translationRow{}
	for _, t := range texts {
		a.through = t.Row
		if t.ProductID == "" {
			column, value := "Key", t.Key
			if t.Key == "" {
				column, value = "Slug", t.Slug
			}
			a.reject(w.id, t.Row, column, value, t.Key, "belongs to no product of the shop; import the product first")
			continue
		}
		var text translationRow
		if err := json.Unmarshal(t.Translation, &text); err != nil {
			return a, nil, fmt.Errorf("text of row %d: %w", t.Row, err)
		}
		with, differs := translated(has[t.ProductID], text)
		if !differs || kept[t.ProductID] {
			a.unchanged++
			continue
		}
		has[t.ProductID], changed[t.ProductID] = with, with
		a.updated++
		a.rows, a.products = append(a.rows, t.Row), append(a.products, t.ProductID)
	}
	return a, changed, nil
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
	a, changed, err := w.matchTexts(ctx, tx, run, w.batch.next)
	if err != nil || a.through == 0 {
		return err
	}
	fresh, err := w.refuseAmendments(ctx, tx, a, false)
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
	if err := tellChanged(ctx, tx, save.Ids); err != nil {
		return err
	}
	run.TextsThrough = a.through
	return w.saveAmended(ctx, tx, run, a, fresh)
}
