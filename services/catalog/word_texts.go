package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// What words stand for, as they are stored.
const (
	nameWord  = "name"
	valueWord = "value"
)

// partOf separates the values in the name of a variant, as product writes it.
const partOf = " / "

// wordTexts are what words are called in a language.
type wordTexts map[wordText]string

type wordText struct{ kind, word string }

// name is what an option or an attribute is called: as it is where it has no translation.
func (t wordTexts) name(word string) string { return t.of(nameWord, word) }

// value is what a value of one is called.
func (t wordTexts) value(word string) string { return t.of(valueWord, word) }

func (t wordTexts) of(kind, word string) string {
	if translation, found := t[wordText{kind, word}]; found {
		return translation
	}
	return word
}

// wordTexts looks words up in a language, each in the most wanted one that has it, by one query for all of them.
func (s *Service) wordTexts(ctx context.Context, texts language, words []string) (wordTexts, error) {
	slices.Sort(words)
	rows, err := queries.ListWordTexts(ctx, s.cfg.DB.Read(ctx), catalogdb.ListWordTextsParams{Locales: texts.accepts, Words: slices.Compact(words)})
	if err != nil {
		return nil, fmt.Errorf("list texts of words: %w", err)
	}
	found := make(wordTexts, len(rows))
	for _, accepted := range slices.Backward(texts.accepts) { // so that the most wanted is written last
		for _, row := range rows {
			if row.Locale == accepted {
				found[wordText{row.Kind, row.Word}] = row.Translation
			}
		}
	}
	return found, nil
}

// translateFacets has options say what they say in another language. What is asked for stays in the shop's own words, so that a filter is the same in every
// language. The facets that are given stay as they are, since they may be remembered.
func (s *Service) translateFacets(ctx context.Context, texts language, facets []*catalogv1.Facet) ([]*catalogv1.Facet, error) {
	if texts.locale == "" {
		return facets, nil
	}
	var words []string
	for _, facet := range facets {
		if strings.HasPrefix(facet.GetKey(), optionFacet) {
			words = append(words, facet.GetName())
			for _, value := range facet.GetValues() {
				words = append(words, value.GetName())
			}
		}
	}
	if len(words) == 0 {
		return facets, nil
	}
	said, err := s.wordTexts(ctx, texts, words)
	if err != nil || len(said) == 0 {
		return facets, err
	}
	translated := slices.Clone(facets)
	for i, facet := range facets {
		if !strings.HasPrefix(facet.GetKey(), optionFacet) {
			continue
		}
		translated[i] = proto.CloneOf(facet)
		translated[i].Name = said.name(facet.GetName())
		for _, value := range translated[i].GetValues() {
			value.Name = said.value(value.GetName())
		}
	}
	return translated, nil
}

// translateWords has a product's page say its options and attributes in another language.
func (s *Service) translateWords(ctx context.Context, texts language, product *catalogv1.Product) error {
	if texts.locale == "" {
		return nil
	}
	var words []string
	for _, attribute := range product.GetAttributes() {
		words = append(words, attribute.GetName(), attribute.GetValue())
	}
	for _, option := range product.GetOptions() {
		words = append(append(words, option.GetName()), option.GetValues()...)
	}
	for _, variant := range product.GetVariants() {
		for _, part := range variant.GetBundleParts() {
			words = append(words, strings.Split(part.GetVariantName(), partOf)...)
		}
	}
	if len(words) == 0 {
		return nil
	}
	said, err := s.wordTexts(ctx, texts, words)
	if err != nil || len(said) == 0 {
		return err
	}
	for _, attribute := range product.GetAttributes() {
		attribute.Name, attribute.Value = said.name(attribute.GetName()), said.value(attribute.GetValue())
	}
	for i, option := range product.GetOptions() {
		if name := said.name(option.GetName()); name != option.GetName() {
			option.Name, option.OwnName = name, option.GetName()
		}
		translateValues(said, option, i, product.GetVariants())
	}
	for _, variant := range product.GetVariants() {
		for _, part := range variant.GetBundleParts() {
			values := strings.Split(part.GetVariantName(), partOf)
			for i, value := range values {
				values[i] = said.value(value)
			}
			part.VariantName = strings.Join(values, partOf)
		}
	}
	return nil
}

// translateValues translates the values of a product's option, there and in its variants. Two values that are called the same would make variants that
// nobody can tell apart: those stay as they are.
func translateValues(said wordTexts, option *catalogv1.Option, place int, variants []*catalogv1.Variant) {
	called := make(map[string]int, len(option.GetValues()))
	for _, value := range option.GetValues() {
		called[said.value(value)]++
		if said.value(value) != value {
			called[value]++ // which another must not be called
		}
	}
	translate := func(value string) string {
		if translation := said.value(value); called[translation] == 1 {
			return translation
		}
		return value
	}
	for _, variant := range variants {
		if place < len(variant.GetOptionValues()) {
			variant.OptionValues[place] = translate(variant.GetOptionValues()[place])
		}
	}
	for i, value := range option.GetValues() {
		option.Values[i] = translate(value)
	}
}

// RefreshWords asks product and stores what is newer than what is there.
func (s *Service) RefreshWords(ctx context.Context, req *catalogv1.RefreshWordsRequest) (*catalogv1.RefreshWordsResponse, error) {
	ids := slices.Compact(slices.Sorted(slices.Values(req.GetWordIds())))
	asked, err := s.cfg.Words.BatchGetWords(ctx, &productv1.BatchGetWordsRequest{Ids: ids})
	if err != nil {
		return nil, fmt.Errorf("ask for words: %w", err)
	}
	return &catalogv1.RefreshWordsResponse{}, s.storeWordTexts(ctx, asked.GetWords())
}

// storeWordTexts stores words of all languages, also of those that shoppers cannot read yet, and tells of pages in those that they can.
func (s *Service) storeWordTexts(ctx context.Context, words []*productv1.Word) error {
	var all catalogdb.StoreWordTextsParams
	for _, word := range words {
		kind := valueWord
		if word.GetKind() == productv1.WordKind_WORD_KIND_NAME {
			kind = nameWord
		}
		all.Locales, all.Words, all.Kinds = append(all.Locales, word.GetLocale()), append(all.Words, word.GetWord()), append(all.Kinds, kind)
		all.Translations, all.Versions = append(all.Translations, word.GetTranslation()), append(all.Versions, word.GetVersion())
	}
	if len(words) == 0 {
		return nil
	}
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) {
		changed, err := queries.StoreWordTexts(ctx, tx, all)
		if err != nil {
			return nil, err
		}
		var locales []string
		for _, language := range s.languages {
			if slices.ContainsFunc(changed, func(locale string) bool { return slices.Contains(language.accepts, locale) }) {
				locales = append(locales, language.locale)
			}
		}
		if len(locales) == 0 {
			return nil, nil
		}
		return nil, broker.Publish(ctx, tx, &catalogv1.PagesChanged{Locales: locales})
	})
	if err != nil {
		return fmt.Errorf("store texts of words: %w", err)
	}
	return nil
}

// rebuildWordTexts stores a page of product's words again and returns the page after it.
func (s *Service) rebuildWordTexts(ctx context.Context, page string) (next string, err error) {
	answer, err := s.cfg.Words.ListAllWords(ctx, &productv1.ListAllWordsRequest{PageSize: rebuiltAtOnce, PageToken: page})
	if err != nil {
		return "", fmt.Errorf("ask for all words: %w", err)
	}
	return answer.GetNextPageToken(), s.storeWordTexts(ctx, answer.GetWords())
}
