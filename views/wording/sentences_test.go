package wording_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

var (
	views    = []string{"../ui", "../storefront"}
	handlers = []string{"../../server/storefront"}
	// verb is where a value is put in.
	verb = regexp.MustCompile(`%(\[\d+\])?(\.\d)?[a-z]`)
)

// parsed are the Go files of some folders, what templ made included.
func parsed(t *testing.T, folders ...string) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for _, folder := range folders {
		names, err := filepath.Glob(folder + "/*.go")
		if err != nil || len(names) == 0 {
			t.Fatalf("no code in %s: %v", folder, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = file
		}
	}
	return files
}

// asked is the arguments of a call that says, counts or names a sentence, without the context; what is none has none.
func asked(node ast.Node) (kind string, arguments []ast.Expr) {
	call, ok := node.(*ast.CallExpr)
	if !ok {
		return "", nil
	}
	function, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains([]string{"Say", "Count", "Sentence"}, function.Sel.Name) {
		return "", nil
	}
	if of, ok := function.X.(*ast.Ident); ok && of.Name == "wording" && function.Sel.Name != "Sentence" {
		return function.Sel.Name, call.Args[1:]
	}
	return function.Sel.Name, call.Args
}

func literal(expression ast.Expr) (string, bool) {
	text, ok := expression.(*ast.BasicLit)
	if !ok || text.Kind != token.STRING {
		return "", false
	}
	value, err := strconv.Unquote(text.Value)
	return value, err == nil
}

// said are the sentences that folders say, with the file that says each. A count is known by its second form.
func said(t *testing.T, folders ...string) map[string]string {
	t.Helper()
	sentences := map[string]string{}
	for name, file := range parsed(t, folders...) {
		ast.Inspect(file, func(node ast.Node) bool {
			kind, arguments := asked(node)
			if kind == "" {
				return true
			}
			sentence := arguments[0]
			if kind == "Count" {
				sentence = arguments[2]
			}
			if text, ok := literal(sentence); ok {
				sentences[text] = name
			} else if _, constant := sentence.(*ast.Ident); !constant {
				if _, field := sentence.(*ast.SelectorExpr); !field { // of a table, whose sentences are named by wording.Sentence
					t.Errorf("%s: the sentence of a %s is no text that this test can read", name, kind)
				}
			}
			return true
		})
	}
	return sentences
}

// translations are what each file says, by language.
func translations(t *testing.T) map[string]map[string]any {
	t.Helper()
	names, err := filepath.Glob("*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no translations: %v", err)
	}
	all := map[string]map[string]any{}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var sentences map[string]any
		if err := json.Unmarshal(content, &sentences); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[strings.TrimSuffix(name, ".json")] = sentences
	}
	return all
}

// Every language has every sentence that is said, and no sentence that is said no more.
func TestEverySentenceIsTranslated(t *testing.T) {
	t.Parallel()
	sentences := said(t, append(handlers, views...)...)
	sentences["%s %d %s"], sentences["%d %s %s"] = "wording.go", "wording.go"
	for day := time.Sunday; day <= time.Saturday; day++ {
		sentences[day.String()] = "wording.go"
	}
	for month := time.January; month <= time.December; month++ {
		sentences[month.String()] = "wording.go"
	}
	for language, translated := range translations(t) {
		for sentence, file := range sentences {
			if _, known := translated[sentence]; !known {
				t.Errorf("%s.json does not say %q of %s", language, sentence, file)
			}
		}
		for sentence := range translated {
			if _, known := sentences[sentence]; !known {
				t.Errorf("%s.json says %q, which nothing asks for", language, sentence)
			}
		}
	}
}

// A translation puts in the values of the sentence, each as what it is.
func TestTranslationsKeepTheValues(t *testing.T) {
	t.Parallel()
	verbs := func(sentence string) string {
		found := verb.FindAllString(sentence, -1)
		if !strings.Contains(sentence, "%[") {
			return strings.Join(found, " ")
		}
		slices.Sort(found)
		for i := range found {
			found[i] = strings.Replace(found[i], fmt.Sprintf("[%d]", i+1), "", 1)
		}
		return strings.Join(found, " ")
	}
	for language, translated := range translations(t) {
		for sentence, translation := range translated {
			forms, counts := translation.(map[string]any)
			if !counts {
				forms = map[string]any{"only": translation}
			} else if _, known := forms["other"]; !known {
				t.Errorf("%s.json: %q has no form for all other numbers", language, sentence)
			}
			for name, form := range forms {
				text, ok := form.(string)
				if !ok || text == "" || verbs(text) != verbs(sentence) {
					t.Errorf("%s.json: %q takes other values than %q (%s)", language, form, sentence, name)
				}
			}
		}
	}
}

// converted are the files whose words are all in the catalogue.
var converted = []string{
	"../ui/parts_templ.go", "../ui/field_templ.go",
	"../storefront/shell.go", "../storefront/shell_templ.go", "../storefront/home.go", "../storefront/home_templ.go",
	"../storefront/listing.go", "../storefront/listing_templ.go", "../storefront/product.go", "../storefront/product_templ.go",
	"../storefront/cart.go", "../storefront/cart_templ.go", "../storefront/reviews.go", "../storefront/reviews_templ.go", "../storefront/error.go", "../storefront/error_templ.go",
	"../../server/storefront/home.go", "../../server/storefront/listing.go", "../../server/storefront/pricerange.go",
	"../../server/storefront/collection.go", "../../server/storefront/suggest.go", "../../server/storefront/product.go",
	"../../server/storefront/estimate.go", "../../server/storefront/cart.go", "../../server/storefront/words.go", "../../server/storefront/reviews.go",
}

// What a converted file says it says by the catalogue: neither its markup nor what it hands to others holds a word in English.
func TestConvertedFilesSayNothingByThemselves(t *testing.T) {
	t.Parallel()
	files := parsed(t, append(handlers, views...)...)
	begins := regexp.MustCompile(`^\p{Lu}\p{Ll}`)
	for _, name := range converted {
		if files[name] == nil {
			t.Fatalf("%s is not there", name)
		}
		for _, declared := range files[name].Decls {
			var markup strings.Builder
			ast.Inspect(declared, func(node ast.Node) bool {
				if kind, _ := asked(node); kind != "" {
					return false
				}
				if written, ok := node.(*ast.CallExpr); ok && len(written.Args) == 3 {
					if function, ok := written.Fun.(*ast.SelectorExpr); ok && function.Sel.Name == "WriteString" {
						text, _ := literal(written.Args[2])
						markup.WriteString(text)
						return false
					}
				}
				expression, ok := node.(*ast.BasicLit)
				if !ok {
					return true
				}
				if text, _ := literal(expression); begins.MatchString(text) && !slices.Contains([]string{"Content-Type", "Cache-Control", "Tradewind"}, text) {
					t.Errorf("%s says %q in English alone", name, text)
				}
				return true
			})
			if strings.HasSuffix(name, "_templ.go") {
				for _, word := range words(markup.String()) {
					t.Errorf("%s says %q in English alone", name, word)
				}
			}
		}
	}
}

// words are the texts of some markup that people read or hear, as far as they have letters.
func words(markup string) []string {
	letter := regexp.MustCompile(`\p{L}`)
	var found []string
	add := func(text string) {
		if text = strings.TrimSpace(text); letter.MatchString(text) {
			found = append(found, text)
		}
	}
	tokens := html.NewTokenizer(strings.NewReader(markup))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return found
		case html.TextToken:
			add(string(tokens.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			for _, attribute := range tokens.Token().Attr {
				if slices.Contains([]string{"aria-label", "placeholder", "alt", "title"}, attribute.Key) {
					add(attribute.Val)
				}
			}
		}
	}
}
