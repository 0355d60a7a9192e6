package catalog

import (
	"context"
	"fmt"
	"strings"

	xlanguage "golang.org/x/text/language"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
)

// likeWordsLookedAt is how many words are looked at, of all further languages together, for those of one that are like a mistyped one.
const likeWordsLookedAt = 120

// furtherLanguages are those that the shop is shown in beside its own.
func furtherLanguages(locales []string, own language) []language {
	languages := make([]language, len(locales))
	for i, locale := range locales {
		languages[i] = languageOf(locale)
		languages[i].locale, languages[i].own = locale, &own
		// A translation into "de" will do for "de-AT", which is wanted more.
		for tag := xlanguage.Make(locale); tag != xlanguage.Und; tag = tag.Parent() {
			languages[i].accepts = append(languages[i].accepts, tag.String())
		}
	}
	return languages
}

// language is the one that a request asks for, or the shop's own.
func (s *Service) language(locale string) language {
	for _, language := range s.languages {
		if strings.EqualFold(language.locale, locale) {
			return language
		}
	}
	return s.texts
}

// prefix stands before the words of a further language.
func (l language) prefix() string {
	if l.locale == "" {
		return ""
	}
	return l.locale + ":"
}

// term is a word of the language as it stands in a place.
func (l language) term(place, word string) string { return l.prefix() + place + l.stem(word) }

// translate has cards say what they say in another language. It costs one query, and none in the shop's own language. The cards
// that are given stay as they are, since they may be remembered.
func (s *Service) translate(ctx context.Context, texts language, cards []*catalogv1.Card) ([]*catalogv1.Card, error) {
	if texts.locale == "" || len(cards) == 0 {
		return cards, nil
	}
	ids := make([]string, len(cards))
	for i, card := range cards {
		ids[i] = card.GetProductId()
	}
	rows, err := queries.ListTexts(ctx, s.cfg.DB.Read(ctx), catalogdb.ListTextsParams{ProductIds: ids, Locale: texts.locale})
	if err != nil {
		return nil, fmt.Errorf("list texts: %w", err)
	}
	said := make(map[string]catalogdb.ListTextsRow, len(rows))
	for _, row := range rows {
		said[row.ProductID] = row
	}
	translated := make([]*catalogv1.Card, len(cards))
	for i, card := range cards {
		translated[i] = card
		if row, found := said[card.GetProductId()]; found {
			translated[i] = proto.CloneOf(card)
			translated[i].Name = row.Name
			if row.Slug != nil {
				translated[i].Slug = *row.Slug
			}
		}
	}
	return translated, nil
}

// translatePage has a product's page say what it says in a language, and where it stands in all of them.
func (s *Service) translatePage(ctx context.Context, texts language, product *catalogv1.Product) error {
	if len(s.languages) == 0 {
		return nil
	}
	rows, err := queries.ListProductTexts(ctx, s.cfg.DB.Read(ctx), catalogdb.ListProductTextsParams{ProductID: product.GetId(), Locale: texts.locale})
	if err != nil {
		return fmt.Errorf("list a product's texts: %w", err)
	}
	own := product.GetSlug()
	product.Addresses = []*catalogv1.Address{{Slug: own}}
	for _, row := range rows {
		address := &catalogv1.Address{Locale: row.Locale, Slug: own}
		if row.Slug != nil {
			address.Slug = *row.Slug
		}
		product.Addresses = append(product.Addresses, address)
		if row.Locale == texts.locale {
			product.Name, product.Slug, product.Description = row.Name, address.GetSlug(), row.Description
			product.SeoTitle, product.SeoDescription = row.SeoTitle, row.SeoDescription
		}
	}
	return nil
}

// addAddresses says where products stand in further languages.
func (s *Service) addAddresses(ctx context.Context, products []*catalogv1.ProductSlug) error {
	if len(s.languages) == 0 || len(products) == 0 {
		return nil
	}
	byID := make(map[string]*catalogv1.ProductSlug, len(products))
	ids := make([]string, len(products))
	for i, product := range products {
		ids[i], byID[product.GetProductId()] = product.GetProductId(), product
	}
	rows, err := queries.ListAddresses(ctx, s.cfg.DB.Read(ctx), ids)
	if err != nil {
		return fmt.Errorf("list addresses: %w", err)
	}
	for _, row := range rows {
		product := byID[row.ProductID]
		address := &catalogv1.Address{Locale: row.Locale, Slug: product.GetSlug()}
		if row.Slug != nil {
			address.Slug = *row.Slug
		}
		product.Translations = append(product.Translations, address)
	}
	return nil
}

// listNarrowed is ListNarrowed in a language. Names are asked for only where they matter.
func (s *Service) listNarrowed(ctx context.Context, fits catalogdb.ListNarrowedParams, texts language) ([]catalogdb.ListNarrowedRow, error) {
	byName := catalogv1.Sort(fits.Sort) == catalogv1.Sort_SORT_NAME
	bestFirst := catalogv1.Sort(fits.Sort) == catalogv1.Sort_SORT_UNSPECIFIED
	if texts.locale == "" || !byName && !(bestFirst && fits.Phrase != "") {
		return queries.ListNarrowed(ctx, s.cfg.DB.Read(ctx), fits)
	}
	rows, err := queries.ListNarrowedTranslated(ctx, s.cfg.DB.Read(ctx), catalogdb.ListNarrowedTranslatedParams{
		AllProducts: fits.AllProducts, Levels: fits.Levels, Fits: fits.Fits, PriceFrom: fits.PriceFrom, PriceTo: fits.PriceTo, Most: fits.Most,
		ByName: byName, Locale: texts.locale, Pinned: fits.Pinned, Boosted: fits.Boosted, Buried: fits.Buried, Phrase: fits.Phrase,
		PageStart: fits.PageStart, PageSize: fits.PageSize,
	})
	all := make([]catalogdb.ListNarrowedRow, len(rows))
	for i, row := range rows {
		all[i] = catalogdb.ListNarrowedRow(row)
	}
	return all, err
}

// suggestProducts is SuggestProducts in a language.
func (s *Service) suggestProducts(ctx context.Context, fits catalogdb.SuggestProductsParams, texts language) ([]cardRow, error) {
	if texts.locale == "" {
		return cardRows(queries.SuggestProducts(ctx, s.cfg.DB.Read(ctx), fits))
	}
	return cardRows(queries.SuggestTranslated(ctx, s.cfg.DB.Read(ctx), catalogdb.SuggestTranslatedParams{
		AllProducts: fits.AllProducts, Likes: fits.Likes, Query: fits.Query, Phrase: fits.Phrase, LookedAt: fits.LookedAt, Enough: fits.Enough, Most: fits.Most,
		PageSize: fits.PageSize, Locale: texts.locale,
	}))
}

// likeWords returns words of a language that look like those asked for, and after them those of the shop's own, which products without texts in
// that language have.
func (s *Service) likeWords(ctx context.Context, asked []string, texts language) ([]catalogdb.ListLikeWordsRow, error) {
	var candidates []catalogdb.ListLikeWordsRow
	if texts.locale != "" {
		rows, err := queries.ListLikeLocalWords(ctx, s.cfg.DB.Read(ctx), catalogdb.ListLikeLocalWordsParams{Words: asked, Locale: texts.locale, LookedAt: likeWordsLookedAt})
		if err != nil {
			return nil, fmt.Errorf("list words: %w", err)
		}
		for _, row := range rows {
			candidates = append(candidates, catalogdb.ListLikeWordsRow(row))
		}
	}
	own, err := queries.ListLikeWords(ctx, s.cfg.DB.Read(ctx), asked)
	if err != nil {
		return nil, fmt.Errorf("list words: %w", err)
	}
	return append(candidates, own...), nil
}
