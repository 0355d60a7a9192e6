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

// recognize finds out which of the given variants and pictures are there already, and gives the others ids.
func (e *edit) recognize(before *productv1.Product) {
	if slices.Contains(e.mask, "images") {
		e.recognizeImages(before.GetImages())
	}
	if slices.Contains(e.mask, "variants") {
		e.recognizeVariants(before.GetVariants())
	}
}

func (e *edit) recognizeImages(before []*productv1.Image) {
	for i, image := range e.after.GetImages() {
		field := fmt.Sprintf("images[%d]", i)
		known := slices.IndexFunc(before, func(b *productv1.Image) bool {
			return b.GetId() == image.GetId() || image.GetId() == "" && b.GetSourceUrl() == image.GetSourceUrl()
		})
		switch {
		case known >= 0:
			was := before[known]
			image.Id, image.SourceUrl, image.Files, image.Problem = was.GetId(), was.GetSourceUrl(), was.GetFiles(), was.GetProblem()
		case image.GetId() != "":
			e.problems.add(field+".id", "is not a picture of this product; leave it empty and give source_url for a new one")
		case image.GetSourceUrl() == "":
			e.problems.add(field+".source_url", "is missing: say where the picture is")
		default:
			address, reason := feed.Source(image.GetSourceUrl())
			if reason != "" {
				e.problems.add(field+".source_url", reason)
			} else {
				image.SourceUrl = address
			}
			image.Id, image.Files, image.Problem = id.New(), nil, ""
		}
	}
	for _, v := range e.after.GetVariants() { // a new picture has no id that a caller could know
		named := slices.IndexFunc(e.after.GetImages(), func(i *productv1.Image) bool { return v.GetImageId() != "" && i.GetSourceUrl() == v.GetImageId() })
		if named >= 0 {
			v.ImageId = e.after.GetImages()[named].GetId()
		}
	}
}

func (e *edit) recognizeVariants(before []*productv1.Variant) {
	taken := map[string]bool{}
	given := e.after.GetVariants()
	for i, v := range given {
		if v.GetId() == "" {
			continue
		}
		if !slices.ContainsFunc(before, func(b *productv1.Variant) bool { return b.GetId() == v.GetId() }) {
			e.problems.add(fmt.Sprintf("variants[%d].id", i), "is not a variant of this product; leave it empty for a new one")
		} else if taken[v.GetId()] {
			e.problems.add(fmt.Sprintf("variants[%d].id", i), "is there twice")
		}
		taken[v.GetId()] = true
	}
	for _, same := range []func(a, b *productv1.Variant) bool{
		func(a, b *productv1.Variant) bool { return a.GetSku() != "" && a.GetSku() == b.GetSku() },
		func(a, b *productv1.Variant) bool { return slices.Equal(a.GetOptionValues(), b.GetOptionValues()) },
	} {
		for _, v := range given {
			if v.GetId() != "" {
				continue
			}
			known := slices.IndexFunc(before, func(b *productv1.Variant) bool { return !taken[b.GetId()] && same(v, b) })
			if known >= 0 {
				v.Id = before[known].GetId()
				taken[v.GetId()] = true
			}
		}
	}
	for _, v := range given {
		was := slices.IndexFunc(before, func(b *productv1.Variant) bool { return b.GetId() == v.GetId() })
		switch {
		case was < 0:
			v.StaffFields = nil
			if v.GetId() == "" {
				v.Id = id.New()
			}
		case !e.giveBack:
			v.StaffFields = before[was].GetStaffFields()
		default:
			v.StaffFields = slices.DeleteFunc(slices.Clone(before[was].GetStaffFields()), func(f string) bool { return !slices.Contains(v.GetStaffFields(), f) })
		}
	}
}

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

// note says which fields an edit changes, and marks those that staff changed.
func (e *edit) note(by editor) {
	before := e.before
	if before == nil {
		before = &productv1.Product{}
	}
	e.changed = differing(before, e.after)
	if by.staff {
		for _, name := range e.changed {
			if name == "variants" {
				e.noteVariants(before)
			} else if !slices.Contains(e.after.GetStaffFields(), name) {
				e.after.StaffFields = append(e.after.StaffFields, name)
			}
		}
		slices.Sort(e.after.GetStaffFields())
	}
	if e.before != nil && !slices.Equal(e.before.GetStaffFields(), e.after.GetStaffFields()) {
		e.changed = append(e.changed, staffFields)
	}
	if e.before != nil && !slices.Contains(e.changed, "variants") {
		for i, v := range e.after.GetVariants() {
			if !slices.Equal(v.GetStaffFields(), e.before.GetVariants()[i].GetStaffFields()) {
				e.changed = append(e.changed, "variants")
				break
			}
		}
	}
}

// noteVariants marks the fields of each variant that staff changed. That variants came or went or changed places is a change of the product.
func (e *edit) noteVariants(before *productv1.Product) {
	same := len(before.GetVariants()) == len(e.after.GetVariants())
	for i, v := range e.after.GetVariants() {
		same = same && before.GetVariants()[i].GetId() == v.GetId()
		was := &productv1.Variant{}
		if at := slices.IndexFunc(before.GetVariants(), func(b *productv1.Variant) bool { return b.GetId() == v.GetId() }); at >= 0 {
			was = before.GetVariants()[at]
		}
		for _, name := range differingVariant(was, v) {
			if !slices.Contains(v.GetStaffFields(), name) {
				v.StaffFields = append(v.StaffFields, name)
			}
		}
		slices.Sort(v.GetStaffFields())
	}
	if !same && !slices.Contains(e.after.GetStaffFields(), "variants") {
		e.after.StaffFields = append(e.after.StaffFields, "variants")
	}
}

// differingVariant returns the fields that two variants do not have alike.
func differingVariant(a, b *productv1.Variant) []string {
	var names []string
	fields := a.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		name := string(field.Name())
		switch {
		case name == "id" || name == staffFields:
		case name == bundleParts:
			if !sameParts(a.GetBundleParts(), b.GetBundleParts()) {
				names = append(names, name)
			}
		case !a.ProtoReflect().Get(field).Equal(b.ProtoReflect().Get(field)):
			names = append(names, name)
		}
	}
	return names
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

// tidyAttributes cleans the names and values that shoppers read.
func (p *problems) tidyAttributes(product *productv1.Product) {
	if len(product.GetAttributes()) > feed.MaxAttributes {
		p.add("attributes", fmt.Sprintf("are more than %d", feed.MaxAttributes))
		return
	}
	for i, a := range product.GetAttributes() {
		field := fmt.Sprintf("attributes[%d]", i)
		p.line(field+".name", feed.MaxAttribute, &a.Name)
		p.line(field+".value", feed.MaxAttribute, &a.Value)
		if a.GetName() == "" {
			p.add(field+".name", "is missing, such as Material")
		}
		if a.GetValue() == "" {
			p.add(field+".value", "is missing; leave the attribute out when there is nothing to say")
		}
	}
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
