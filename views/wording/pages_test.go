package wording_test

import (
	"bytes"
	"context"
	"go/ast"
	"regexp"
	"strings"
	"testing"

	"github.com/tradewind-commerce/tradewind/views/preview"
	"github.com/tradewind-commerce/tradewind/views/wording"
)

// kinds are the pages of the preview whose words are all in the catalogue.
var kinds = regexp.MustCompile(`^storefront/(home|category|collection|search|product|cart|reviews|review|error)`)

// No sentence of the pages is left in English on a page in German. What the preview makes up is English in every language.
func TestPagesInGermanAreGerman(t *testing.T) {
	t.Parallel()
	german := translations(t)["de"]
	english := map[string]*regexp.Regexp{}
	for sentence := range said(t, views...) {
		if german[sentence] == sentence {
			continue
		}
		parts := verb.Split(sentence, -1)
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		english[sentence] = regexp.MustCompile("^" + strings.Join(parts, ".+") + "$")
	}
	madeUp := map[string]bool{}
	for _, file := range parsed(t, "../preview") {
		ast.Inspect(file, func(node ast.Node) bool {
			if expression, ok := node.(*ast.BasicLit); ok {
				if text, ok := literal(expression); ok {
					madeUp[text] = true
				}
			}
			return true
		})
	}
	seen := 0
	for _, page := range preview.Pages() {
		if !kinds.MatchString(page.Name) {
			continue
		}
		seen++
		var drawn bytes.Buffer
		if err := page.Component.Render(wording.Speak(context.Background(), "de"), &drawn); err != nil {
			t.Fatalf("%s: %v", page.Name, err)
		}
		if !strings.Contains(drawn.String(), `<html lang="de"`) {
			t.Errorf("%s is not said to be German", page.Name)
		}
		for _, text := range words(drawn.String()) {
			for sentence, pattern := range english {
				if !madeUp[text] && pattern.MatchString(text) {
					t.Errorf("%s says %q, which is %v in German", page.Name, text, german[sentence])
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d pages were looked at", seen)
	}
}
