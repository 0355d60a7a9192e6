package product

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// check tidies edits and notes all that is wrong with them, also beside other products; and notes what they change.
func (s *Service) check(ctx context.Context, tx pgx.Tx, edits []*edit) error {
	for _, e := range edits {
		tidy(e.after, s.cfg.Currency, &e.problems)
		e.problems.line("key", feed.MaxKey, &e.after.Key)
	}
	for _, against := range []func(context.Context, pgx.Tx, []*edit) error{
		s.checkCategories, s.checkAttributes, s.checkSlugs, s.checkSKUs, s.checkKeys, s.checkParts,
	} {
		if err := against(ctx, tx, edits); err != nil {
			return err
		}
	}
	by := editorOf(ctx)
	for _, e := range edits {
		if e.before != nil {
			e.leaveRest()
		}
		e.note(by)
	}
	return nil
}

// checkCategories puts before each category those above it.
func (s *Service) checkCategories(ctx context.Context, tx pgx.Tx, edits []*edit) error {
	var ids []string
	for _, e := range edits {
		for _, c := range e.after.GetCategories() {
			if id.Valid(c.GetId()) {
				ids = append(ids, c.GetId())
			}
		}
	}
	lines := map[string][]string{}
	if len(ids) > 0 {
		rows, err := queries.ListCategoryLines(ctx, tx, ids)
		if err != nil {
			return fmt.Errorf("list category lines: %w", err)
		}
		for _, row := range rows {
			lines[row.Leaf] = row.Line
		}
	}
	const most = 100
	for _, e := range edits {
		var whole []*productv1.CategoryRef
		for i, c := range e.after.GetCategories() {
			line := lines[c.GetId()]
			if line == nil {
				e.problems.add(fmt.Sprintf("categories[%d].id", i), "is not the id of a category")
			}
			for _, category := range line {
				if !slices.ContainsFunc(whole, func(w *productv1.CategoryRef) bool { return w.GetId() == category }) {
					whole = append(whole, &productv1.CategoryRef{Id: category})
				}
			}
		}
		if len(whole) > most {
			e.problems.add("categories", fmt.Sprintf("are more than %d, those above them included", most))
		}
		e.after.Categories = whole
	}
	return nil
}

// checkSlugs gives those without a slug a free one, and proposes one where that which was asked for is taken.
func (s *Service) checkSlugs(ctx context.Context, tx pgx.Tx, edits []*edit) error {
	var asked []string
	for _, e := range edits {
		if e.after.GetSlug() == "" || e.before.GetSlug() != e.after.GetSlug() {
			asked = append(asked, e.slugs()...)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	rows, err := queries.ListSlugOwners(ctx, tx, asked)
	if err != nil {
		return fmt.Errorf("list slug owners: %w", err)
	}
	owners := map[string]string{}
	for _, row := range rows {
		owners[row.Slug] = row.ID
	}
	for _, e := range edits {
		if e.after.GetSlug() != "" && e.before.GetSlug() == e.after.GetSlug() {
			continue
		}
		own := e.after.GetId()
		free := func(slug string) bool { return owners[slug] == "" || owners[slug] == own }
		candidates := e.slugs()
		found := candidates[slices.IndexFunc(candidates, free)] // the last has the product's id in it
		switch {
		case e.after.GetSlug() == "":
			e.after.Slug = found
		case !free(e.after.GetSlug()):
			e.problems.freeSlug = found
			e.problems.add("slug", "is the address of another product; "+found+" is free")
			continue
		}
		owners[e.after.GetSlug()] = own // before others of this batch
	}
	return nil
}

// slugs are the one that an edit asks for, or the one that its name makes, and what could stand in for it.
func (e *edit) slugs() []string {
	slug := e.after.GetSlug()
	if slug == "" {
		slug = feed.Slug(e.after.GetName(), 80)
	}
	if slug == "" {
		slug = "product"
	}
	all := []string{slug}
	for n := 2; n <= 9; n++ {
		all = append(all, fmt.Sprintf("%s-%d", feed.Slug(slug, feed.MaxSlug-2), n))
	}
	own := e.after.GetId()
	return append(all, feed.Slug(slug, feed.MaxSlug-13)+"-"+own[len(own)-12:])
}

// checkSKUs names variants whose SKU is another product's.
func (s *Service) checkSKUs(ctx context.Context, tx pgx.Tx, edits []*edit) error {
	var skus []string
	for _, e := range edits {
		for _, v := range e.after.GetVariants() {
			if v.GetSku() != "" {
				skus = append(skus, v.GetSku())
			}
		}
	}
	if len(skus) == 0 {
		return nil
	}
	rows, err := queries.ListSKUOwners(ctx, tx, skus)
	if err != nil {
		return fmt.Errorf("list SKU owners: %w", err)
	}
	type owner struct{ id, name string }
	owners := map[string]owner{}
	for _, row := range rows {
		owners[row.Sku] = owner{row.ProductID, row.Name}
	}
	for _, e := range edits {
		own := e.after.GetId()
		for i, v := range e.after.GetVariants() {
			if other, taken := owners[v.GetSku()]; v.GetSku() != "" && taken && other.id != own {
				e.problems.add(fmt.Sprintf("variants[%d].sku", i), "belongs to the product "+shortened(other.name)+"; a SKU names one variant")
			} else if v.GetSku() != "" {
				owners[v.GetSku()] = owner{own, e.after.GetName()}
			}
		}
	}
	return nil
}

// checkKeys names new products whose key is another's.
func (s *Service) checkKeys(ctx context.Context, tx pgx.Tx, edits []*edit) error {
	var keys []string
	for _, e := range edits {
		if e.before == nil {
			keys = append(keys, e.after.GetKey())
		}
	}
	if len(keys) == 0 {
		return nil
	}
	rows, err := queries.ListKeyOwners(ctx, tx, keys)
	if err != nil {
		return fmt.Errorf("list key owners: %w", err)
	}
	owners := map[string]string{}
	for _, row := range rows {
		owners[row.Key] = row.ID
	}
	for _, e := range edits {
		if e.before != nil {
			continue
		}
		if owner := owners[e.after.GetKey()]; owner != "" {
			e.problems.add("key", "is that of the product "+owner+"; change that one, or take another key")
			e.problems.exists = true
		}
		owners[e.after.GetKey()] = e.after.GetId()
	}
	return nil
}
