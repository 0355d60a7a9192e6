package product

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// inTree runs a transaction that changes the tree. Changes of it take turns with each other and with imports, so that none sees half of another.
func (s *Service) inTree(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) (*productv1.Category, error)) (*productv1.Category, error) {
	return postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*productv1.Category, error) {
		if err := queries.LockProductMerge(ctx, tx); err != nil {
			return nil, fmt.Errorf("lock tree: %w", err)
		}
		changed, err := fn(ctx, tx)
		switch {
		case postgres.Violates(err, "product_categories_path"):
			return nil, refused(problem("name", "is that of another category in this place"))
		case err != nil || changed == nil:
			return nil, err
		}
		if err := broker.Publish(ctx, tx, &productv1.CategoriesChanged{CategoryIds: []string{changed.GetId()}}); err != nil {
			return nil, err
		}
		return changed, nil
	})
}

// CreateCategory adds a category.
func (s *Service) CreateCategory(ctx context.Context, req *productv1.CreateCategoryRequest) (*productv1.CreateCategoryResponse, error) {
	made, err := s.inTree(ctx, func(ctx context.Context, tx pgx.Tx) (*productv1.Category, error) {
		c := proto.CloneOf(req.GetCategory())
		c.Id = id.New()
		var found problems
		line, err := lineOf(ctx, tx, c.GetParentId(), "parent_id", &found)
		if err != nil {
			return nil, err
		}
		if err := found.tidyCategory(ctx, tx, c, "", append(slices.Clone(line.names), c.GetName())); err != nil {
			return nil, err
		}
		if len(line.ids) >= feed.MaxDepth {
			found.add("parent_id", fmt.Sprintf("is %d levels deep already, which is the most", feed.MaxDepth))
		}
		if err := found.err(); err != nil {
			return nil, err
		}
		translations, err := json.Marshal(translationRows(c.GetTranslations()))
		if err != nil {
			return nil, fmt.Errorf("write translations: %w", err)
		}
		err = queries.AddCategory(ctx, tx, productdb.AddCategoryParams{
			ID: c.GetId(), ParentID: orNull(c.GetParentId()), Slug: c.GetSlug(), Name: c.GetName(), Path: strings.Join(append(line.names, c.GetName()), pathSeparator),
			Description: c.GetDescription(), SeoTitle: c.GetSeoTitle(), SeoDescription: c.GetSeoDescription(),
			Translations: translations, Hidden: c.GetHidden(), Now: clock.Now(),
		})
		if err != nil {
			return nil, fmt.Errorf("add category: %w", err)
		}
		if err := queries.EndOldCategorySlug(ctx, tx, c.GetSlug()); err != nil {
			return nil, err
		}
		return loadCategory(ctx, tx, c.GetId())
	})
	if err != nil {
		return nil, err
	}
	return &productv1.CreateCategoryResponse{Category: made}, nil
}

// categoryFields are those that UpdateCategory may change.
var categoryFields = []string{"name", "slug", "description", "seo_title", "seo_description", "translations", "hidden", "image"}

// UpdateCategory changes what is said of a category.
func (s *Service) UpdateCategory(ctx context.Context, req *productv1.UpdateCategoryRequest) (*productv1.UpdateCategoryResponse, error) {
	var found problems
	found.mask(req.GetUpdateMask().GetPaths(), categoryFields)
	if !id.Valid(req.GetCategory().GetId()) {
		found.add("id", "name the category by its id")
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	changed, err := s.inTree(ctx, func(ctx context.Context, tx pgx.Tx) (*productv1.Category, error) {
		before, err := categoryOf(ctx, tx, req.GetCategory().GetId(), req.GetExpectedVersion())
		if err != nil {
			return nil, err
		}
		after, given := proto.CloneOf(before), proto.CloneOf(req.GetCategory())
		for _, path := range req.GetUpdateMask().GetPaths() {
			if path == "image" {
				if after.Image = nil; req.GetCategory().GetImage() != nil && before.GetImage() != nil {
					after.Image = &productv1.Image{Files: before.GetImage().GetFiles(), Alt: req.GetCategory().GetImage().GetAlt()}
				}
				continue
			}
			copyField(after, given, path)
		}
		return s.changeCategory(ctx, tx, before, after, nil)
	})
	if err != nil {
		return nil, err
	}
	return &productv1.UpdateCategoryResponse{Category: changed}, nil
}

func categoryOf(ctx context.Context, tx pgx.Tx, category string, version int64) (*productv1.Category, error) {
	found, err := loadCategory(ctx, tx, category)
	if err == nil && version != 0 && found.GetVersion() != version {
		return nil, rpc.Aborted("somebody else changed this category meanwhile; look at it again, then repeat your change")
	}
	return found, err
}

// changeCategory stores a category that was changed or moved, with the categories that its products leave.
func (s *Service) changeCategory(ctx context.Context, tx pgx.Tx, before, after *productv1.Category, left []string) (*productv1.Category, error) {
	var found problems
	line, err := lineOf(ctx, tx, after.GetParentId(), "parent_id", &found)
	if err != nil {
		return nil, err
	}
	path := append(slices.Clone(line.names), after.GetName())
	if err := found.tidyCategory(ctx, tx, after, before.GetSlug(), path); err != nil {
		return nil, err
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	if proto.Equal(before, after) {
		return before, nil
	}
	translations, err := json.Marshal(translationRows(after.GetTranslations()))
	if err != nil {
		return nil, fmt.Errorf("write translations: %w", err)
	}
	now := clock.Now()
	err = queries.ChangeCategory(ctx, tx, productdb.ChangeCategoryParams{
		ID: after.GetId(), ParentID: orNull(after.GetParentId()), Slug: after.GetSlug(), Name: after.GetName(), Description: after.GetDescription(),
		SeoTitle: after.GetSeoTitle(), SeoDescription: after.GetSeoDescription(), Translations: translations, Hidden: after.GetHidden(), ImageAlt: after.GetImage().GetAlt(),
		KeepImage: after.GetImage() != nil, Now: now,
	})
	if err != nil {
		return nil, fmt.Errorf("change category: %w", err)
	}
	path[len(path)-1] = after.GetName()
	err = queries.SetCategoryPaths(ctx, tx, productdb.SetCategoryPathsParams{ID: after.GetId(), Path: strings.Join(path, pathSeparator)})
	if err != nil {
		return nil, fmt.Errorf("set category paths: %w", err)
	}
	if before.GetSlug() != after.GetSlug() {
		if err := queries.EndOldCategorySlug(ctx, tx, after.GetSlug()); err != nil {
			return nil, err
		}
		err := queries.KeepOldCategorySlug(ctx, tx, productdb.KeepOldCategorySlugParams{Slug: before.GetSlug(), CategoryID: after.GetId(), Now: now})
		if err != nil {
			return nil, err
		}
	}
	if before.GetName() != after.GetName() || before.GetSlug() != after.GetSlug() || before.GetParentId() != after.GetParentId() || len(left) > 0 {
		err := queries.AddCategoryWork(ctx, tx, productdb.AddCategoryWorkParams{ID: id.New(), CategoryID: after.GetId(), RemovedIds: orEmpty(left)})
		if err != nil {
			return nil, fmt.Errorf("add category work: %w", err)
		}
	}
	return loadCategory(ctx, tx, after.GetId())
}

// line is a category with those above it, from the root down.
type line struct{ ids, names []string }

// lineOf returns nothing for the root.
func lineOf(ctx context.Context, tx pgx.Tx, category, field string, found *problems) (line, error) {
	if category == "" {
		return line{}, nil
	}
	if !id.Valid(category) {
		found.add(field, "is not the id of a category")
		return line{}, nil
	}
	rows, err := queries.ListCategoryLines(ctx, tx, []string{category})
	if err != nil {
		return line{}, fmt.Errorf("list category lines: %w", err)
	}
	if len(rows) == 0 {
		found.add(field, "is not the id of a category")
		return line{}, nil
	}
	named, err := loadCategory(ctx, tx, category)
	if err != nil {
		return line{}, err
	}
	return line{ids: rows[0].Line, names: named.GetPath()}, nil
}

// tidyCategory cleans what is said of a category, and finds it a slug or judges the one that it asks for.
func (p *problems) tidyCategory(ctx context.Context, tx pgx.Tx, c *productv1.Category, ownSlug string, path []string) error {
	p.line("name", feed.MaxCategory, &c.Name)
	if c.GetName() == "" {
		p.add("name", "is missing; a category needs a name")
	}
	p.text("description", feed.Paragraphs, feed.MaxDescription, &c.Description)
	p.line("seo_title", feed.MaxName, &c.SeoTitle)
	p.line("seo_description", feed.MaxAttribute, &c.SeoDescription)
	p.tidyTranslations(c.GetTranslations())
	if c.GetImage() != nil {
		p.line("image.alt", feed.MaxAlt, &c.Image.Alt)
	}
	if c.GetSlug() == ownSlug && ownSlug != "" || c.GetName() == "" {
		return nil
	}
	if clean := feed.Slug(c.GetSlug(), 100); clean != c.GetSlug() {
		p.freeSlug = clean
		p.add("slug", "may hold lower-case letters, digits and single dashes, such as "+clean)
		return nil
	}
	free, err := categorySlugs(ctx, tx, []string{strings.Join(path, pathSeparator)})
	if err != nil {
		return err
	}
	if c.GetSlug() == "" {
		c.Slug = free[0]
		return nil
	}
	taken, err := queries.ListTakenCategorySlugs(ctx, tx, []string{c.GetSlug()})
	if err != nil {
		return err
	}
	if len(taken) > 0 {
		p.freeSlug = free[0]
		p.add("slug", "is the address of another category; "+free[0]+" is free")
	}
	return nil
}
