package catalog

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/collate"
	xlanguage "golang.org/x/text/language"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// longestSorted is how many runes of a name its place among others depends on.
const longestSorted = 100

// translation is what a product says in a further language.
type translation struct {
	locale  string
	sortKey []byte // of the name that is shown, which may be the shop's own
	// has says whether it has any; else the rest is empty.
	has                                                        bool
	slug, name, nameKey, description, seoTitle, seoDescription string
	words                                                      map[string]bool
}

// translated is a product in a further language, whose words it adds to what the index knows. What has no translation is shown in the shop's
// own language, but what search engines are told of a translated text is that text.
func translated(known *gathered, p *productv1.Product, language language) translation {
	t, has := language.accepted(p.GetTranslations())
	said := translation{locale: language.locale, has: has}
	said.name = cmp.Or(t.Name, p.GetName())
	said.sortKey = language.sortKey(said.name)
	if !said.has {
		return translation{locale: said.locale, sortKey: said.sortKey}
	}
	said.slug, said.nameKey, said.description = t.Slug, nameKey(said.name), cmp.Or(t.Description, p.GetDescription())
	if said.seoTitle = t.SeoTitle; t.Name == "" {
		said.seoTitle = cmp.Or(t.SeoTitle, p.GetSeoTitle())
	}
	if said.seoDescription = t.SeoDescription; t.Description == "" {
		said.seoDescription = cmp.Or(t.SeoDescription, p.GetSeoDescription())
	}
	known.most = len(known.terms) + mostLocalTerms
	known.add(translatedTerm(language.locale))
	said.words = known.addWords(p, said.name, said.description, language)
	return said
}

// accepted is what translations say in the language, text by text in the one that is wanted most.
func (l language) accepted(translations []*productv1.Translation) (t *productv1.Translation, has bool) {
	t = &productv1.Translation{Locale: l.locale}
	for _, accepted := range l.accepts {
		for _, other := range translations {
			if other.GetLocale() == accepted {
				t.Name, t.Description, t.Slug = cmp.Or(t.Name, other.GetName()), cmp.Or(t.Description, other.GetDescription()), cmp.Or(t.Slug, other.GetSlug())
				t.SeoTitle, t.SeoDescription = cmp.Or(t.SeoTitle, other.GetSeoTitle()), cmp.Or(t.SeoDescription, other.GetSeoDescription())
			}
		}
	}
	return t, t.Name+t.Description+t.Slug+t.SeoTitle+t.SeoDescription != ""
}

// sortKey puts names in the order of a language: "Ärmel" beside "Arm" in German, and after "Zebra" in Swedish.
func (l language) sortKey(name string) []byte {
	if runes := []rune(name); len(runes) > longestSorted {
		name = string(runes[:longestSorted])
	}
	var buffer collate.Buffer
	return collate.New(xlanguage.Make(l.locale)).KeyFromString(&buffer, name)
}

// localTexts are the texts of products in further languages as statements take them, with how each product sorts there and which addresses are its own.
type localTexts struct {
	texts catalogdb.StoreTextsParams
	names catalogdb.StoreNamesParams
	own   catalogdb.FreeTextSlugsParams
	led   map[string]bool // addresses that a product of these has, each below its language
}

func (s *localTexts) add(product shown) {
	id := product.id
	if product.slug != "" {
		s.own.ProductIds, s.own.Slugs = append(s.own.ProductIds, id), append(s.own.Slugs, product.slug)
	}
	for _, t := range product.texts {
		s.names.ProductIds, s.names.Locales, s.names.SortKeys = append(s.names.ProductIds, id), append(s.names.Locales, t.locale), append(s.names.SortKeys, t.sortKey)
		if !t.has {
			continue
		}
		if address := t.locale + "/" + t.slug; s.led[address] {
			t.slug = "" // the first has it
		} else {
			s.led[address] = true
		}
		s.texts.ProductIds, s.texts.Locales, s.texts.Slugs = append(s.texts.ProductIds, id), append(s.texts.Locales, t.locale), append(s.texts.Slugs, t.slug)
		s.texts.Names, s.texts.NameKeys = append(s.texts.Names, t.name), append(s.texts.NameKeys, t.nameKey)
		s.texts.Descriptions = append(s.texts.Descriptions, t.description)
		s.texts.SeoTitles, s.texts.SeoDescriptions = append(s.texts.SeoTitles, t.seoTitle), append(s.texts.SeoDescriptions, t.seoDescription)
	}
}

// storeTexts stores what products that are for sale say in further languages and how they sort there.
func (r *refresh) storeTexts(ctx context.Context, tx pgx.Tx, changed, ended, inProducts, inCategories []string) error {
	if len(r.languages) == 0 && len(ended) == 0 && !r.again {
		return nil // there is nothing to store, and nothing to forget that was not when there was
	}
	all := localTexts{names: catalogdb.StoreNamesParams{InProductIds: inProducts, InCategoryIds: inCategories}, led: make(map[string]bool)}
	for _, id := range changed {
		all.add(r.products[id])
	}
	stored := all.texts
	err := queries.KeepTextSlugs(ctx, tx, catalogdb.KeepTextSlugsParams{
		ProductIds: changed, InProductIds: stored.ProductIds, InLocales: stored.Locales, InSlugs: stored.Slugs,
	})
	if err != nil {
		return err
	}
	err = queries.DropTexts(ctx, tx, catalogdb.DropTextsParams{ProductIds: changed, InProductIds: stored.ProductIds, InLocales: stored.Locales})
	if err != nil {
		return err
	}
	locales := make([]string, len(r.languages))
	for i, language := range r.languages {
		locales[i] = language.locale
	}
	err = queries.DropNames(ctx, tx, catalogdb.DropNamesParams{
		ProductIds: changed, Locales: locales, InProductIds: inProducts, InCategoryIds: inCategories,
	})
	if err != nil || len(r.languages) == 0 {
		return err
	}
	if err := queries.FreeTextSlugs(ctx, tx, all.own); err != nil {
		return err
	}
	if len(stored.ProductIds) > 0 {
		err := queries.ReleaseTextSlugs(ctx, tx, catalogdb.ReleaseTextSlugsParams{ProductIds: stored.ProductIds, Locales: stored.Locales, Slugs: stored.Slugs})
		if err != nil {
			return err
		}
		if err := queries.StoreTexts(ctx, tx, stored); err != nil {
			return err
		}
	}
	return queries.StoreNames(ctx, tx, all.names)
}

// storeLocalWords is what storeWords does in further languages.
func (r *refresh) storeLocalWords(ctx context.Context, tx pgx.Tx, newer map[string]bool) error {
	var all catalogdb.AddLocalWordsParams
	for i, language := range r.languages {
		known := make(map[string]bool)
		for id := range newer {
			if said := r.products[id].texts; i < len(said) {
				maps.Copy(known, said[i].words)
			}
		}
		for _, word := range slices.Sorted(maps.Keys(known)) {
			all.Locales, all.Words = append(all.Locales, language.locale), append(all.Words, word)
			all.Terms = append(all.Terms, lexeme(language.term(inHead, word)))
		}
	}
	if len(all.Words) == 0 {
		return nil
	}
	return queries.AddLocalWords(ctx, tx, all)
}
