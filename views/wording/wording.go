// Package wording holds the storefront's own words, which are its buttons, headings and messages, in the languages that they are translated into.
//
// A sentence is written in English where it is said, and so is its own key: English needs no file, and the code reads as the page does. Every further
// language is one file of this folder, named by its BCP 47 tag, from the English sentence to its own; a sentence that counts has a form for each plural
// category of the language. What a file does not have is said in English.
package wording

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

//go:embed *.json
var files embed.FS

// Sentence is what the storefront says, in English, with the verbs of package fmt for what is put in. It is a type of its own so that only what is written
// in the code is looked up, never a product's name.
type Sentence string

// Language says sentences as one language does. It may be used by many at a time.
type Language struct {
	locale     string
	translated bool // has a file, so that its plural forms are in there
	printer    *message.Printer
}

// languages are those that were asked for; a shop lists few.
var languages sync.Map

// In is the language of a BCP 47 tag; "de-AT" is said as "de" where it has no file. A language without any is said in English.
func In(locale string) Language {
	if known, ok := languages.Load(locale); ok {
		return known.(Language)
	}
	words := catalogue()
	said := Language{locale: locale, printer: message.NewPrinter(language.English, message.Catalog(words))}
	tag := language.Make(locale)
	for above := tag; above != language.Und; above = above.Parent() {
		said.translated = said.translated || slices.Contains(words.Languages(), above)
	}
	if base, _ := tag.Base(); said.translated || base.String() == "en" {
		said.printer = message.NewPrinter(tag, message.Catalog(words))
	}
	languages.Store(locale, said)
	return said
}

// Locale is the tag that the language was asked for by.
func (l Language) Locale() string { return l.locale }

// Translated says whether there is a file of the language. What comes from elsewhere, such as names of countries, is best left in English where there is none.
func (l Language) Translated() bool { return l.translated }

// Say is a sentence with the values put in. Numbers for %d are written as the language does; prices come as text.
func (l Language) Say(sentence Sentence, values ...any) string {
	if len(values) == 0 && !l.translated && !strings.Contains(string(sentence), "%") {
		return string(sentence) // as the printer would, which looks for a translation first
	}
	return l.printer.Sprintf(string(sentence), values...)
}

// Count is a sentence about a number of things, which is its first value. English is given as its two forms, and the second is the key.
func (l Language) Count(number int, one, many Sentence, values ...any) string {
	sentence := many
	if number == 1 && !l.translated {
		sentence = one
	}
	return l.Say(sentence, append([]any{number}, values...)...)
}

// Day is a day of the coming weeks: "Monday 2 January".
func (l Language) Day(day time.Time) string {
	return l.Say("%s %d %s", l.Say(Sentence(day.Weekday().String())), day.Day(), l.Say(Sentence(day.Month().String())))
}

// Date is a day with its year: "2 January 2026".
func (l Language) Date(day time.Time) string {
	return l.Say("%d %s %s", day.Day(), l.Say(Sentence(day.Month().String())), day.Format("2006"))
}

type contextKey struct{}

// Speak has everything below a component say its sentences in a language. No language leaves it as it is.
func Speak(ctx context.Context, locale string) context.Context {
	if locale == "" {
		return ctx
	}
	return context.WithValue(ctx, contextKey{}, In(locale))
}

// Of is the language of the page that is being drawn: English where nobody chose.
func Of(ctx context.Context) Language {
	if chosen, ok := ctx.Value(contextKey{}).(Language); ok {
		return chosen
	}
	return In("en")
}

// Say is a sentence in the language of the page; see Language.Say.
func Say(ctx context.Context, sentence Sentence, values ...any) string {
	return Of(ctx).Say(sentence, values...)
}

// Count is a sentence about a number of things in the language of the page; see Language.Count.
func Count(ctx context.Context, number int, one, many Sentence, values ...any) string {
	return Of(ctx).Count(number, one, many, values...)
}

// catalogue is what the files say. They are part of the program and tests read them, so one that cannot be read is a mistake in the program.
var catalogue = sync.OnceValue(func() catalog.Catalog {
	words, err := read()
	if err != nil {
		panic(err)
	}
	return words
})

func read() (catalog.Catalog, error) {
	words := catalog.NewBuilder(catalog.Fallback(language.English))
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		sentences, err := readFile(entry.Name())
		if err != nil {
			return nil, err
		}
		tag, err := language.Parse(strings.TrimSuffix(entry.Name(), ".json"))
		if err != nil {
			return nil, fmt.Errorf("%s is not named after a language: %w", entry.Name(), err)
		}
		for english, said := range sentences {
			if err := words.Set(tag, english, said.message()); err != nil {
				return nil, fmt.Errorf("%s: %q: %w", entry.Name(), english, err)
			}
		}
	}
	return words, nil
}

// translation is a sentence in another language: one form, or one for each plural category, such as "one" and "other".
type translation struct {
	only  string
	forms map[string]string
}

func (t *translation) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '{' {
		return json.Unmarshal(text, &t.forms)
	}
	return json.Unmarshal(text, &t.only)
}

func (t *translation) message() catalog.Message {
	if t.forms == nil {
		return catalog.String(t.only)
	}
	var cases []any
	for _, form := range []string{"zero", "one", "two", "few", "many", "other"} { // the last is for all else
		if said, known := t.forms[form]; known {
			cases = append(cases, form, said)
		}
	}
	return plural.Selectf(1, "%d", cases...)
}

// readFile refuses a sentence that is there twice.
func readFile(name string) (map[string]*translation, error) {
	content, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var sentences map[string]*translation
	if err := json.Unmarshal(content, &sentences); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return sentences, nil
}
