package preview

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// render draws a page and fails the test if it cannot be drawn.
func render(t *testing.T, page Page) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := page.Component.Render(context.Background(), &out); err != nil {
		t.Fatalf("render: %v", err)
	}
	return out.Bytes()
}

// eachPage runs a check on the parsed markup of every page in every state.
func eachPage(t *testing.T, check func(t *testing.T, page Page, doc *goquery.Document)) {
	t.Helper()
	for _, page := range Pages() {
		t.Run(page.Name, func(t *testing.T) {
			t.Parallel()
			doc, err := goquery.NewDocumentFromReader(bytes.NewReader(render(t, page)))
			if err != nil {
				t.Fatalf("parse: %v", err)
			}
			check(t, page, doc)
		})
	}
}

// A name used twice would let one preview hide another.
func TestPageNamesAreUnique(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, page := range Pages() {
		if seen[page.Name] {
			t.Errorf("two pages are called %s", page.Name)
		}
		seen[page.Name] = true
	}
}

// Browsers repair broken nesting each in their own way; ours needs no repair.
func TestTagsAreBalanced(t *testing.T) {
	t.Parallel()
	for _, page := range Pages() {
		t.Run(page.Name, func(t *testing.T) {
			t.Parallel()
			if err := balanced(render(t, page)); err != nil {
				t.Error(err)
			}
		})
	}
}

var voidTags = map[string]bool{"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true, "link": true, "meta": true, "source": true, "track": true, "wbr": true}

func balanced(page []byte) error {
	tokens := html.NewTokenizer(bytes.NewReader(page))
	var open []string
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				return fmt.Errorf("never closed: %v", open)
			}
			return nil
		case html.StartTagToken:
			token := tokens.Token()
			seen := map[string]bool{}
			for _, attribute := range token.Attr {
				if seen[attribute.Key] {
					return fmt.Errorf("<%s> has %s twice", token.Data, attribute.Key)
				}
				seen[attribute.Key] = true
			}
			if !voidTags[token.Data] {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			token := tokens.Token()
			if len(open) == 0 || open[len(open)-1] != token.Data {
				return fmt.Errorf("</%s> closes %v", token.Data, open)
			}
			open = open[:len(open)-1]
		}
	}
}

// A reader who jumps from heading to heading must not fall through a gap.
func TestHeadingsFormAnOutline(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, _ Page, doc *goquery.Document) {
		if n := doc.Find("h1").Length(); n != 1 {
			t.Errorf("%d h1, want 1", n)
		}
		last := 0
		doc.Find("h1, h2, h3, h4, h5, h6").Not("dialog *").Each(func(_ int, heading *goquery.Selection) {
			level := int(goquery.NodeName(heading)[1] - '0')
			if level > last+1 && last > 0 {
				t.Errorf("h%d “%s” follows h%d", level, text(heading), last)
			}
			if text(heading) == "" {
				t.Errorf("an h%d is empty", level)
			}
			last = level
		})
	})
}

// Labels, descriptions and htmx targets point at elements by id; a wrong id fails silently in the browser.
func TestReferencesResolve(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, _ Page, doc *goquery.Document) {
		ids := map[string]bool{}
		doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
			id := s.AttrOr("id", "")
			if ids[id] || id == "" {
				t.Errorf("id %q is empty or used twice", id)
			}
			ids[id] = true
		})
		for _, attribute := range []string{"for", "aria-labelledby", "aria-describedby", "commandfor", "form", "data-copy", "data-open"} {
			doc.Find("[" + attribute + "]").Each(func(_ int, s *goquery.Selection) {
				for _, id := range strings.Fields(s.AttrOr(attribute, "")) {
					if !ids[id] {
						t.Errorf("%s=%q points at nothing", attribute, id)
					}
				}
			})
		}
		doc.Find(`a[href^="#"], [hx-target^="#"]`).Each(func(_ int, s *goquery.Selection) {
			target := strings.TrimPrefix(s.AttrOr("hx-target", s.AttrOr("href", "")), "#")
			if !ids[target] {
				t.Errorf("#%s points at nothing", target)
			}
		})
	})
}

// Whoever cannot see a page must still be told what every control, picture and landmark is.
func TestEverythingHasAName(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, _ Page, doc *goquery.Document) {
		if doc.Find("html[lang][dir]").Length() != 1 {
			t.Error("html has no lang or no dir")
		}
		if text(doc.Find("title")) == "" {
			t.Error("the page has no title")
		}
		if n := doc.Find("main").Length(); n != 1 {
			t.Errorf("%d main, want 1", n)
		}
		doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, s *goquery.Selection) {
			label := s.Closest("label")
			if id, ok := s.Attr("id"); ok && label.Length() == 0 {
				label = doc.Find(fmt.Sprintf("label[for=%q]", id))
			}
			if text(label) == "" && s.AttrOr("aria-label", "") == "" {
				t.Errorf("control %q has no label", s.AttrOr("name", ""))
			}
		})
		doc.Find("a, button, summary").Each(func(_ int, s *goquery.Selection) {
			if text(s) == "" && s.AttrOr("aria-label", "") == "" && s.Find("img[alt!='']").Length() == 0 {
				markup, _ := goquery.OuterHtml(s)
				t.Errorf("nothing says what this does: %s", markup)
			}
		})
		doc.Find("img:not([alt])").Each(func(_ int, s *goquery.Selection) {
			t.Errorf("picture %s has no alt", s.AttrOr("src", ""))
		})
		doc.Find("table").Each(func(_ int, s *goquery.Selection) {
			if s.Closest("[role=region][aria-label]").Length() == 0 {
				t.Error("a table stands outside a labelled region, so it may widen the page")
			}
		})
		doc.Find("th:not([scope])").Each(func(_ int, s *goquery.Selection) {
			t.Errorf("th “%s” has no scope", text(s))
		})
		doc.Find("nav").Each(func(_ int, s *goquery.Selection) {
			if s.AttrOr("aria-label", "") == "" {
				t.Error("a nav has no label")
			}
		})
	})
}

// The pages live under a policy that forbids inline scripts and styles, and an address that a sanitizer refused leads
// nowhere.
func TestPagesObeyTheirPolicy(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, _ Page, doc *goquery.Document) {
		doc.Find("style, [style]").Each(func(_ int, s *goquery.Selection) {
			t.Errorf("inline style on %s", goquery.NodeName(s))
		})
		doc.Find("script:not([src])").Each(func(_ int, s *goquery.Selection) {
			if s.AttrOr("type", "") != "application/ld+json" {
				t.Error("inline script")
			}
		})
		doc.Find("*").Each(func(_ int, s *goquery.Selection) {
			for _, attribute := range s.Nodes[0].Attr {
				if strings.HasPrefix(attribute.Key, "on") || strings.HasPrefix(attribute.Key, "hx-on") {
					t.Errorf("inline handler %s", attribute.Key)
				}
				if strings.Contains(attribute.Val, "about:invalid") || strings.Contains(attribute.Val, "js:") {
					t.Errorf("%s=%q", attribute.Key, attribute.Val)
				}
			}
		})
	})
}

// Whatever htmx would do, a plain link or form does as well, so that the page works without script. Only an element that
// looks again by itself needs a script, and its page has a sibling for those without.
func TestEnhancementsWorkWithoutScript(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, _ Page, doc *goquery.Document) {
		doc.Find("[hx-get], [hx-post]").Each(func(_ int, s *goquery.Selection) {
			trigger := s.AttrOr("hx-trigger", "")
			if strings.HasPrefix(trigger, "every") {
				if doc.Find("noscript meta[http-equiv=refresh], noscript").Length() == 0 {
					t.Error("a part that looks again by itself has no sibling without script")
				}
				return
			}
			switch goquery.NodeName(s) {
			case "form":
				url := s.AttrOr("hx-get", s.AttrOr("hx-post", ""))
				if s.AttrOr("action", "") != url {
					t.Errorf("form goes to %q without script and to %q with it", s.AttrOr("action", ""), url)
				}
			case "a":
				if s.AttrOr("href", "") != s.AttrOr("hx-get", "") {
					t.Errorf("link leads to %q without script and to %q with it", s.AttrOr("href", ""), s.AttrOr("hx-get", ""))
				}
			case "input":
				if s.Closest("form[action]").Length() == 0 {
					t.Error("an input asks by script only")
				}
			default: // a field that asks by itself has a button for the same, which only shoppers without script need
				if url := s.AttrOr("hx-post", "-"); !strings.Contains(s.Find("noscript").Text(), fmt.Sprintf("formaction=%q", url)) {
					t.Errorf("<%s> works by script only", goquery.NodeName(s))
				}
			}
		})
		doc.Find("form").Each(func(_ int, s *goquery.Selection) {
			if s.AttrOr("action", "") == "" && s.AttrOr("id", "") != "bulk" {
				t.Error("a form has no action")
			}
			if s.Find("button, input[type=submit]").Length() == 0 {
				t.Error("a form has no button")
			}
		})
	})
}

func text(s *goquery.Selection) string {
	return strings.Join(strings.Fields(s.Text()), " ")
}
