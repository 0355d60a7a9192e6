package product

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

func aName(word, translation string) *productv1.WordTranslation {
	return &productv1.WordTranslation{Kind: productv1.WordKind_WORD_KIND_NAME, Word: word, Translation: translation}
}

func aValue(word, translation string) *productv1.WordTranslation {
	return &productv1.WordTranslation{Kind: productv1.WordKind_WORD_KIND_VALUE, Word: word, Translation: translation}
}

func (s *shop) setWords(ctx context.Context, locale string, words ...*productv1.WordTranslation) *productv1.SetWordsResponse {
	s.t.Helper()
	answer, err := s.SetWords(asStaff(ctx), &productv1.SetWordsRequest{Locale: locale, Words: words})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer
}

// words are the translations into a language, as they are listed page by page.
func (s *shop) words(ctx context.Context, locale, query string, size int32) string {
	s.t.Helper()
	var all []string
	for req := (&productv1.ListWordsRequest{Locale: locale, Query: query, PageSize: size}); ; {
		answer, err := s.ListWords(ctx, req)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, word := range answer.GetWords() {
			all = append(all, word.GetWord()+"="+word.GetTranslation())
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			return strings.Join(all, " ")
		}
	}
}

func (s *shop) untranslated(ctx context.Context, locale string) string {
	s.t.Helper()
	answer, err := s.ListUntranslatedWords(ctx, &productv1.ListUntranslatedWordsRequest{Locale: locale})
	if err != nil || answer.GetNextPageToken() != "" {
		s.t.Fatal(answer, err)
	}
	var all []string
	for _, word := range answer.GetWords() {
		all = append(all, fmt.Sprintf("%s×%d", word.GetWord(), word.GetProducts()))
	}
	return strings.Join(all, " ")
}

// Each word is stored or refused for itself, what did not change tells nobody, and a translation that is taken away is told of like any other.
func TestSetWords(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.cfg.Locale = "en"
	ctx := postgres.WithToken(t.Context(), 0) // reads what it wrote
	answer := s.setWords(ctx, "DE", aValue("Light", "hell"), aName("Light", "Licht"), aValue("Light", "leicht"), aName("", "Leer"), &productv1.WordTranslation{Word: "Red", Translation: "Rot"},
		aValue(" Red ", " Rot "), aValue("Blue", strings.Repeat("b", 256)))
	for i, want := range []string{"", "", "word", "word", "kind", "", "translation"} {
		result, refused := answer.GetResults()[i], ""
		if len(result.GetProblems()) > 0 {
			refused = result.GetProblems()[0].GetField()
		}
		if refused != want || result.GetChanged() != (want == "") {
			t.Errorf("the word at %d: %v, want %q refused", i, result, want)
		}
	}
	if got := s.words(ctx, "de", "", 1); got != "Light=Licht Light=hell Red=Rot" {
		t.Errorf("stored: %s", got)
	}
	if got := s.words(ctx, "de", "ROT", 0); got != "Red=Rot" {
		t.Errorf("found: %s", got)
	}
	s.setWords(ctx, "pt-br", aValue("Red", "vermelho"))
	locales, err := s.ListWordLocales(ctx, &productv1.ListWordLocalesRequest{})
	if err != nil || strings.Join(locales.GetLocales(), " ") != "de pt-BR" {
		t.Errorf("languages: %v, %v", locales, err)
	}

	told := s.number("select count(*) from outbox")
	if again := s.setWords(ctx, "de", aValue("Red", "Rot"), aValue("Green", "")); again.GetResults()[0].GetChanged() || again.GetResults()[1].GetChanged() {
		t.Errorf("what stayed the same: %v", again)
	}
	if now := s.number("select count(*) from outbox"); now != told {
		t.Errorf("%d events tell of nothing", now-told)
	}
	if removed := s.setWords(ctx, "de", aValue("Red", "")); !removed.GetResults()[0].GetChanged() || s.words(ctx, "de", "", 0) != "Light=Licht Light=hell" {
		t.Errorf("after a translation was taken away: %v, %s", removed, s.words(ctx, "de", "", 0))
	}
	if now := s.number("select count(*) from outbox"); now != told+1 {
		t.Errorf("%d events tell of a translation that was taken away", now-told)
	}
	var all []*productv1.Word
	for token := ""; ; {
		page, err := s.ListAllWords(ctx, &productv1.ListAllWordsRequest{PageSize: 3, PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.GetWords()...)
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	gone := 0
	for _, word := range all {
		one, err := s.BatchGetWords(ctx, &productv1.BatchGetWordsRequest{Ids: []string{word.GetId()}})
		if err != nil || len(one.GetWords()) != 1 || one.GetWords()[0].GetTranslation() != word.GetTranslation() {
			t.Errorf("%v is %v, %v", word, one, err)
		}
		if word.GetTranslation() == "" && word.GetVersion() == 2 && word.GetWord() == "Red" {
			gone++
		}
	}
	if len(all) != 4 || gone != 1 {
		t.Errorf("all words: %v", all)
	}
	for _, locale := range []string{"", "en", "no language"} {
		if _, err := s.SetWords(ctx, &productv1.SetWordsRequest{Locale: locale, Words: []*productv1.WordTranslation{aValue("Red", "Rot")}}); connect.CodeOf(err) != connect.CodeInvalidArgument {
			t.Errorf("words of %q: %v", locale, err)
		}
	}
}

// Staff are shown what shoppers read untranslated, what most products say first, without what is the same in every language.
func TestUntranslatedWords(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := postgres.WithToken(t.Context(), 0) // reads what it wrote
	staff := asStaff(ctx)
	for i, name := range []string{"Cup", "Jar", "Bowl"} {
		p := mug(name)
		p.Attributes = []*productv1.Attribute{{Name: "Material", Value: "Clay"}, {Name: "Weight", Value: fmt.Sprint(300 + i)}}
		if i == 0 {
			p.Attributes[0].Value = "Oak"
		}
		s.create(staff, p)
	}
	if got, want := s.untranslated(ctx, "de"), "Material×3 Size×3 Weight×3 L×3 S×3 Clay×2 Oak×1"; got != want {
		t.Errorf("untranslated: %s, want %s", got, want)
	}
	s.setWords(ctx, "de", aName("Size", "Größe"), aValue("Clay", "Ton"), aValue("Material", "kein Name"), aValue("Oak", "Eiche"))
	s.setWords(ctx, "de", aValue("Oak", ""))
	if got, want := s.untranslated(ctx, "de"), "Material×3 Weight×3 L×3 S×3 Oak×1"; got != want {
		t.Errorf("left: %s, want %s", got, want)
	}
	if got := s.untranslated(ctx, "fr"); !strings.HasPrefix(got, "Material×3 Size×3") {
		t.Errorf("in another language: %s", got)
	}
}
