package catalog

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
)

// storeCategoryTexts stores what those categories or collections that changed say in further languages, and keeps the addresses that they lose.
func storeCategoryTexts[T described](ctx context.Context, tx pgx.Tx, languages []language, kind string, all []T, changed []string) error {
	var stored catalogdb.StoreCategoryTextsParams
	for _, one := range all {
		if !slices.Contains(changed, one.GetId()) {
			continue
		}
		for _, language := range languages {
			t, has := language.accepted(one.GetTranslations())
			if !has {
				continue
			}
			stored.CategoryIds, stored.Locales = append(stored.CategoryIds, one.GetId()), append(stored.Locales, t.GetLocale())
			stored.Slugs, stored.Names, stored.Descriptions = append(stored.Slugs, t.GetSlug()), append(stored.Names, t.GetName()), append(stored.Descriptions, t.GetDescription())
			stored.SeoTitles = append(stored.SeoTitles, t.GetSeoTitle())
			stored.SeoDescriptions = append(stored.SeoDescriptions, summary(t))
		}
	}
	err := queries.KeepCategoryTextSlugs(ctx, tx, catalogdb.KeepCategoryTextSlugsParams{
		Kind: kind, CategoryIds: changed, InCategoryIds: stored.CategoryIds, InLocales: stored.Locales, InSlugs: stored.Slugs,
	})
	if err != nil {
		return err
	}
	err = queries.DropCategoryTexts(ctx, tx, catalogdb.DropCategoryTextsParams{CategoryIds: changed, InCategoryIds: stored.CategoryIds, InLocales: stored.Locales})
	if err != nil || len(stored.CategoryIds) == 0 {
		return err
	}
	return queries.StoreCategoryTexts(ctx, tx, stored)
}

// spoken is what the tree says in one language.
type spoken struct {
	texts     language
	said      map[string]catalogdb.ListCategoryTextsRow // by category
	addresses map[string][]*catalogv1.Address           // of each in every language; none in a shop with one
}

// speak finds what rows say in a language. A translated address counts if nothing else of its kind stands there, in the shop's own language or
// translated into the same one; of two that are translated the one that was made first has it.
func (rows treeRows) speak(texts language, further []language) spoken {
	s := spoken{texts: texts, said: make(map[string]catalogdb.ListCategoryTextsRow), addresses: make(map[string][]*catalogv1.Address)}
	if len(further) == 0 {
		return s
	}
	own, kinds, taken := make(map[string]string, len(rows.Categories)), make(map[string]string, len(rows.Categories)), make(map[address]bool)
	for _, row := range rows.Categories {
		own[row.CategoryID], kinds[row.CategoryID] = row.Slug, row.Kind
		taken[address{row.Kind, row.Slug}] = taken[address{row.Kind, row.Slug}] || row.State != categoryGone
		s.addresses[row.CategoryID] = []*catalogv1.Address{{Slug: row.Slug}}
	}
	listed := make(map[string]bool, len(further))
	for _, language := range further {
		listed[language.locale] = true
	}
	for _, row := range rows.Texts { // in the order of their ids, which is that in which they were made
		kind, found := kinds[row.CategoryID]
		if !found || !listed[row.Locale] {
			continue
		}
		in := address{kind, row.Locale + "/" + row.Slug}
		if row.Slug == "" || taken[in] || taken[address{kind, row.Slug}] {
			row.Slug = own[row.CategoryID]
		} else {
			taken[in] = true
		}
		s.addresses[row.CategoryID] = append(s.addresses[row.CategoryID], &catalogv1.Address{Locale: row.Locale, Slug: row.Slug})
		if row.Locale == texts.locale {
			s.said[row.CategoryID] = row
		}
	}
	return s
}

// translate puts what is said in the language in the place of what a row says. What search engines are told of a translated name is that name.
func (s spoken) translate(row *catalogdb.ListCategoriesRow) {
	said, found := s.said[row.CategoryID]
	if !found {
		return
	}
	row.Slug, row.Described = said.Slug, row.Described || said.Described
	row.SeoDescription = cmp.Or(said.SeoDescription, row.SeoDescription)
	if said.Name == "" {
		row.SeoTitle = cmp.Or(said.SeoTitle, row.SeoTitle)
		return
	}
	row.Name, row.SeoTitle = said.Name, said.SeoTitle
}

// byName puts categories or collections in the order of the language.
func byName[T called](s spoken) func(a, b T) int {
	if s.texts.locale == "" {
		return func(a, b T) int {
			return cmp.Or(cmp.Compare(fold(a.GetName()), fold(b.GetName())), cmp.Compare(a.GetId(), b.GetId()))
		}
	}
	return func(a, b T) int {
		return cmp.Or(bytes.Compare(s.texts.sortKey(a.GetName()), s.texts.sortKey(b.GetName())), cmp.Compare(a.GetId(), b.GetId()))
	}
}

// findTranslated finds a category or a collection by an address that it has or had in a language.
func (s *Service) findTranslated(ctx context.Context, at address, texts language) (id string, err error) {
	return queries.FindTranslatedCategory(ctx, s.cfg.DB.Read(ctx), catalogdb.FindTranslatedCategoryParams{Kind: at.kind, Slug: at.slug, Locale: texts.locale})
}
