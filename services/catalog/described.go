package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// The kinds of what products are listed in. To a list they are one and the same; they differ in where they are found.
const (
	kindCategory   = "category"
	kindCollection = "collection"
)

// The states of a category or a collection. A hidden one is nowhere to be seen, one that was deleted says so at its address.
const (
	categoryShown  = "shown"
	categoryHidden = "hidden"
	categoryGone   = "gone"
)

// longestSummary is how many bytes of a category's description are kept for search engines, which show fewer.
const longestSummary = 300

// described is what product tells of a category or a collection.
type described interface {
	GetId() string
	GetDescription() string
	GetSeoDescription() string
	GetHidden() bool
	GetOldSlugs() []string
	GetTranslations() []*productv1.Translation
}

// storeDescribed stores what product told of categories or collections in one transaction and says whose pages change. describe stores what only one of
// the kinds has, and returns those that were newer than what is there.
func storeDescribed[T described](
	ctx context.Context, s *Service, kind string, all []T, gone []string, again bool, describe func(context.Context, pgx.Tx) ([]string, error),
) error {
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) {
		changed, err := describe(ctx, tx)
		if err != nil {
			return nil, err
		}
		if err := storeCategoryTexts(ctx, tx, s.languages, kind, all, changed); err != nil {
			return nil, err
		}
		if len(gone) > 0 {
			ended, err := queries.EndCategories(ctx, tx, gone)
			if err != nil {
				return nil, err
			}
			changed = append(changed, ended...)
		}
		if again || len(changed) == 0 {
			return nil, nil
		}
		return nil, broker.Publish(ctx, tx, &catalogv1.PagesChanged{CategoryIds: changed})
	})
	if err != nil {
		return fmt.Errorf("store what is told of each %s: %w", kind, err)
	}
	s.buryTree(ctx, postgres.Token(ctx))
	return nil
}

// lacking are the ids that product was asked for and told nothing of: they were deleted.
func lacking[T described](ids []string, told []T) []string {
	return slices.DeleteFunc(ids, func(id string) bool {
		return slices.ContainsFunc(told, func(one T) bool { return one.GetId() == id })
	})
}

func stateOf[T described](one T) string {
	if one.GetHidden() {
		return categoryHidden
	}
	return categoryShown
}

// summary is what search engines are told: what was written for them, or else what the description begins with.
func summary(one interface {
	GetDescription() string
	GetSeoDescription() string
}) string {
	text := cmp.Or(one.GetSeoDescription(), one.GetDescription())
	return strings.ToValidUTF8(text[:min(len(text), longestSummary)], "")
}

// oldSlugs are the addresses that those of all which changed had before, each with whose it was.
func oldSlugs[T described](all []T, changed []string) (slugs, owners []string) {
	for _, one := range all {
		for _, slug := range one.GetOldSlugs() {
			if slices.Contains(changed, one.GetId()) && !slices.Contains(slugs, slug) {
				slugs, owners = append(slugs, slug), append(owners, one.GetId())
			}
		}
	}
	return slugs, owners
}
