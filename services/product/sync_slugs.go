package product

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// slugWish is a product that needs a slug.
type slugWish struct {
	place   int  // among the created or the updated
	created bool // else updated
	id, key string
	slug    string // what it would like
	own     string // what it has
}

// nth is the next best slug: the wish, the wish with the key, the wish with the end of the id, which nobody else has.
func (s slugWish) nth(n int) string {
	const longest = 190
	switch n {
	case 0:
		return s.slug
	case 1:
		if key := feed.Slug(s.key, 60); key != "" && key != s.slug {
			return feed.Slug(s.slug, longest-61) + "-" + key
		}
		fallthrough
	default:
		return feed.Slug(s.slug, longest-13) + "-" + s.id[len(s.id)-12:]
	}
}

// findSlugs gives each product the best slug that is free, in the file's order, with at most three looks at the database.
func (w *syncWorker) findSlugs(ctx context.Context, tx pgx.Tx, b *batch, wishes []slugWish) error {
	given := map[string]bool{}
	for n := 0; len(wishes) > 0; n++ {
		if n == 3 {
			return fmt.Errorf("no slug for %d products", len(wishes))
		}
		candidates := make([]string, len(wishes))
		for i, wish := range wishes {
			candidates[i] = wish.nth(n)
		}
		rows, err := queries.ListTakenSlugs(ctx, tx, candidates)
		if err != nil {
			return fmt.Errorf("list taken slugs: %w", err)
		}
		taken := map[string]bool{}
		for _, slug := range rows {
			taken[slug] = true
		}
		var left []slugWish
		for i, wish := range wishes {
			slug := candidates[i]
			if given[slug] || taken[slug] && slug != wish.own {
				left = append(left, wish)
				continue
			}
			given[slug] = true
			if wish.created {
				b.created.slugs[wish.place] = slug
			} else {
				b.updated.slugs[wish.place] = slug
			}
		}
		wishes = left
	}
	return nil
}

// addCategories stores the categories that staged products name and nobody has stored yet, the upper ones first.
func (w *syncWorker) addCategories(ctx context.Context, tx pgx.Tx, rows []int64) error {
	missing, err := queries.ListMissingCategories(ctx, tx, productdb.ListMissingCategoriesParams{RunID: w.id, Rows: rows})
	if err != nil || len(missing) == 0 {
		return err
	}
	slugs, err := categorySlugs(ctx, tx, missing)
	if err != nil {
		return err
	}
	levels := map[int]*productdb.AddCategoriesParams{}
	deepest := 0
	for i, path := range missing {
		names := strings.Split(path, pathSeparator)
		depth := len(names)
		deepest = max(deepest, depth)
		level := levels[depth]
		if level == nil {
			level = &productdb.AddCategoriesParams{}
			levels[depth] = level
		}
		level.Ids, level.Slugs, level.Paths = append(level.Ids, id.New()), append(level.Slugs, slugs[i]), append(level.Paths, path)
		level.Names = append(level.Names, names[depth-1])
		level.ParentPaths = append(level.ParentPaths, strings.Join(names[:depth-1], pathSeparator))
	}
	for depth := 1; depth <= deepest; depth++ {
		if level := levels[depth]; level != nil {
			if err := queries.AddCategories(ctx, tx, *level); err != nil {
				return err
			}
		}
	}
	return nil
}

// categorySlugs finds a free slug for each path: its last name, or as many of the names above it as are needed.
func categorySlugs(ctx context.Context, tx pgx.Tx, paths []string) ([]string, error) {
	slugs := make([]string, len(paths))
	given := map[string]bool{}
	for n, left := 1, len(paths); left > 0; n++ {
		var candidates []string
		for i, path := range paths {
			if slugs[i] == "" {
				candidates = append(candidates, categorySlug(path, n))
			}
		}
		rows, err := queries.ListTakenCategorySlugs(ctx, tx, candidates)
		if err != nil {
			return nil, err
		}
		for _, slug := range rows {
			given[slug] = true
		}
		for i, path := range paths {
			if slugs[i] != "" {
				continue
			}
			if slug := categorySlug(path, n); !given[slug] {
				given[slug], slugs[i] = true, slug
				left--
			}
		}
	}
	return slugs, nil
}

// categorySlug is made of the last n names of a path; when there are no more, a number tells it from others.
func categorySlug(path string, n int) string {
	names := strings.Split(path, pathSeparator)
	slug := feed.Slug(strings.Join(names[max(0, len(names)-n):], " "), 100)
	if slug == "" {
		slug = "category"
	}
	if more := n - len(names); more > 0 {
		slug = fmt.Sprintf("%s-%d", slug, more+1)
	}
	return slug
}
