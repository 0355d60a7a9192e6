package product

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/language"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	// longestWord is how many characters a word and its translation have at most. What is longer is a text of one product, and shown as it is.
	longestWord = 255
	// mostWords is how many words of a language are kept.
	mostWords = 50_000
	// wordsLookedIn is how many products are looked at for words without a translation at a time.
	wordsLookedIn = 2_000
	usualWords    = 50
)

// wordKinds are kinds as they are stored.
var wordKinds = map[productv1.WordKind]string{
	productv1.WordKind_WORD_KIND_NAME:  "name",
	productv1.WordKind_WORD_KIND_VALUE: "value",
}

func wordKind(stored string) productv1.WordKind {
	for kind, name := range wordKinds {
		if name == stored {
			return kind
		}
	}
	return productv1.WordKind_WORD_KIND_UNSPECIFIED
}

func toWord(row productdb.ProductWord) *productv1.Word {
	return &productv1.Word{
		Id: row.ID, Locale: row.Locale, Kind: wordKind(row.Kind), Word: row.Word, Translation: row.Translation, Version: row.Version,
		UpdateTime: timestamppb.New(row.UpdateTime),
	}
}

func toWords(rows []productdb.ProductWord) []*productv1.Word {
	words := make([]*productv1.Word, len(rows))
	for i, row := range rows {
		words[i] = toWord(row)
	}
	return words
}

// wordsLocale is a language that words are translated into, in its usual form.
func (s *Service) wordsLocale(asked string) (string, error) {
	tag, err := language.Parse(asked)
	if err != nil || asked == "" {
		return "", refused(problem("locale", "is no language tag, such as de or pt-BR"))
	}
	if own, err := language.Parse(s.cfg.Locale); err == nil && own == tag {
		return "", refused(problem("locale", "is the shop's own language, which products are written in"))
	}
	return tag.String(), nil
}

// wordsPage is the word that the page before ended with.
type wordsPage struct {
	Word string `json:"w"`
	Kind string `json:"k"`
}

// ListWords pages through the translated words of a language.
func (s *Service) ListWords(ctx context.Context, req *productv1.ListWordsRequest) (*productv1.ListWordsResponse, error) {
	locale, err := s.wordsLocale(req.GetLocale())
	if err != nil {
		return nil, err
	}
	var page wordsPage
	if err := rpc.ParsePageToken(req.GetPageToken(), &page); err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), usualWords)
	rows, err := queries.ListWords(ctx, s.cfg.DB.Read(ctx), productdb.ListWordsParams{
		Locale: locale, AfterWord: page.Word, AfterKind: page.Kind, Query: req.GetQuery(), PageSize: size + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("list words: %w", err)
	}
	answer := &productv1.ListWordsResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(wordsPage{rows[size-1].Word, rows[size-1].Kind})
	}
	answer.Words = toWords(rows)
	return answer, nil
}

// idPage is the id that the page before ended with.
type idPage struct {
	ID string `json:"i"`
}

func readIDPage(token, first string) (string, error) {
	page := idPage{first}
	if err := rpc.ParsePageToken(token, &page); err != nil {
		return "", err
	}
	if !id.Valid(page.ID) {
		return "", rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	return page.ID, nil
}

// ListUntranslatedWords looks at products themselves, a stretch at a time: so nothing need be counted when they change.
func (s *Service) ListUntranslatedWords(ctx context.Context, req *productv1.ListUntranslatedWordsRequest) (*productv1.ListUntranslatedWordsResponse, error) {
	locale, err := s.wordsLocale(req.GetLocale())
	if err != nil {
		return nil, err
	}
	before, err := readIDPage(req.GetPageToken(), highestID)
	if err != nil {
		return nil, err
	}
	db, answer := s.cfg.DB.Read(ctx), &productv1.ListUntranslatedWordsResponse{}
	first, err := queries.FindNthProduct(ctx, db, productdb.FindNthProductParams{Before: before, Skipped: wordsLookedIn - 1})
	switch {
	case postgres.IsNoRows(err):
		first = lowestID
	case err != nil:
		return nil, fmt.Errorf("find the products to look at: %w", err)
	default:
		answer.NextPageToken = rpc.PageToken(idPage{first})
	}
	rows, err := queries.ListUntranslatedWords(ctx, db, productdb.ListUntranslatedWordsParams{
		Locale: locale, First: first, Before: before, Longest: longestWord, Most: rpc.PageSize(req.GetPageSize(), usualWords),
	})
	if err != nil {
		return nil, fmt.Errorf("list untranslated words: %w", err)
	}
	for _, row := range rows {
		answer.Words = append(answer.Words, &productv1.UntranslatedWord{Kind: wordKind(row.Kind), Word: row.Word, Products: row.Products})
	}
	return answer, nil
}

// ListWordLocales lists languages.
func (s *Service) ListWordLocales(ctx context.Context, _ *productv1.ListWordLocalesRequest) (*productv1.ListWordLocalesResponse, error) {
	locales, err := queries.ListWordLocales(ctx, s.cfg.DB.Read(ctx))
	if err != nil {
		return nil, fmt.Errorf("list languages of words: %w", err)
	}
	return &productv1.ListWordLocalesResponse{Locales: locales}, nil
}

// wordKey is what a language has one translation of.
type wordKey struct{ kind, word string }

// SetWords stores all that are fine in one transaction, which tells of those that changed.
func (s *Service) SetWords(ctx context.Context, req *productv1.SetWordsRequest) (*productv1.SetWordsResponse, error) {
	locale, err := s.wordsLocale(req.GetLocale())
	if err != nil {
		return nil, err
	}
	answer, given := &productv1.SetWordsResponse{}, productdb.SetWordsParams{Locale: locale, Now: clock.Now()}
	fine := make(map[wordKey]*productv1.SetWordResult, len(req.GetWords()))
	for _, asked := range req.GetWords() {
		key, translation, found := tidyWord(asked)
		if fine[key] != nil {
			found.add("word", "is there twice; give one translation of it")
		}
		result := &productv1.SetWordResult{Problems: found.list}
		answer.Results = append(answer.Results, result)
		if len(found.list) > 0 {
			continue
		}
		fine[key] = result
		given.Ids, given.Kinds = append(given.Ids, id.New()), append(given.Kinds, key.kind)
		given.Words, given.Translations = append(given.Words, key.word), append(given.Translations, translation)
	}
	if len(fine) == 0 {
		return answer, nil
	}
	changed, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) ([]productdb.ProductWord, error) {
		rows, err := queries.SetWords(ctx, tx, given)
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		there, err := queries.CountWords(ctx, tx, productdb.CountWordsParams{Locale: locale, Most: mostWords + 1})
		if err != nil {
			return nil, err
		}
		if there > mostWords {
			return nil, rpc.FailedPrecondition(fmt.Sprintf("a language has at most %d words; translate those that shoppers read most", mostWords))
		}
		event := &productv1.WordsChanged{}
		for _, row := range rows {
			event.WordIds = append(event.WordIds, row.ID)
		}
		return rows, broker.Publish(ctx, tx, event)
	})
	if err != nil {
		return nil, fmt.Errorf("set words: %w", err)
	}
	for _, row := range changed {
		fine[wordKey{row.Kind, row.Word}].Changed = true
	}
	return answer, nil
}

// tidyWord cleans a translation as texts of products are cleaned, and says what is wrong with it.
func tidyWord(asked *productv1.WordTranslation) (key wordKey, translation string, found problems) {
	key, translation = wordKey{wordKinds[asked.GetKind()], asked.GetWord()}, asked.GetTranslation()
	if key.kind == "" {
		found.add("kind", "is missing: say whether it is a name or a value")
	}
	found.line("word", longestWord, &key.word)
	if key.word == "" {
		found.add("word", "is missing")
	}
	found.line("translation", longestWord, &translation)
	return key, translation, found
}

// BatchGetWords returns those that there are.
func (s *Service) BatchGetWords(ctx context.Context, req *productv1.BatchGetWordsRequest) (*productv1.BatchGetWordsResponse, error) {
	rows, err := queries.LoadWords(ctx, s.cfg.DB.Read(ctx), req.GetIds())
	if err != nil {
		return nil, fmt.Errorf("load words: %w", err)
	}
	return &productv1.BatchGetWordsResponse{Words: toWords(rows)}, nil
}

// ListAllWords pages by id.
func (s *Service) ListAllWords(ctx context.Context, req *productv1.ListAllWordsRequest) (*productv1.ListAllWordsResponse, error) {
	after, err := readIDPage(req.GetPageToken(), lowestID)
	if err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), eventSize)
	rows, err := queries.ListAllWords(ctx, s.cfg.DB.Read(ctx), productdb.ListAllWordsParams{After: after, PageSize: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list all words: %w", err)
	}
	answer := &productv1.ListAllWordsResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(idPage{rows[size-1].ID})
	}
	answer.Words = toWords(rows)
	return answer, nil
}
