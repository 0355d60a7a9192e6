package preview

import (
	"io/fs"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/tradewind-commerce/tradewind/views/static"
)

var comment = regexp.MustCompile(`(?s)/\*.*?\*/`)

// sheets returns every style sheet by its path, without comments.
func sheets(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(static.Files, "css", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := static.Files.ReadFile(path)
		found[path] = comment.ReplaceAllString(string(content), "")
		return err
	})
	if err != nil || len(found) < 10 {
		t.Fatalf("read style sheets: %d found, %v", len(found), err)
	}
	return found
}

// Only tokens name colours, sizes and durations, so that a theme is one file; layers make the order of files harmless;
// logical properties make every page work from right to left.
func TestStyleSheetsKeepTheRules(t *testing.T) {
	t.Parallel()
	rules := map[string]*regexp.Regexp{
		"names a colour":               regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\b(rgb|hsl|oklch|oklab)a?\(`),
		"names a size or a time":       regexp.MustCompile(`[:\s(,-](\d*\.)?\d+(px|rem|pt|ms|s)\b`),
		"uses !important":              regexp.MustCompile(`!important`),
		"selects by id":                regexp.MustCompile(`(?m)^\s*[^{};]*#[a-z][\w-]*[^{};]*\{`),
		"uses a physical side":         regexp.MustCompile(`(?m)^\s*(left|right|top|bottom|width|height|min-width|max-width|min-height|max-height|(margin|padding|border)-(left|right|top|bottom)|text-align:\s*(left|right))\b`),
		"uses a gradient":              regexp.MustCompile(`gradient\(`),
		"rounds a corner like a pill":  regexp.MustCompile(`border-radius:\s*(50%|9{3,})`),
		"writes a rule outside layers": nil,
	}
	for path, sheet := range sheets(t) {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			// Media and container queries cannot read tokens; a print size belongs to paper.
			plain := regexp.MustCompile(`@(media|container)[^{]*\{`).ReplaceAllString(sheet, "@media {")
			plain = strings.ReplaceAll(plain, "font-size: 10pt", "")
			for what, pattern := range rules {
				isTokens := strings.HasSuffix(path, "/tokens.css")
				switch {
				case pattern == nil:
					if !strings.HasPrefix(strings.TrimSpace(sheet), "@layer") {
						t.Error(what)
					}
				case isTokens && (strings.HasPrefix(what, "names")):
				default:
					if found := pattern.FindString(plain); found != "" {
						t.Errorf("%s: %q", what, strings.TrimSpace(found))
					}
				}
			}
		})
	}
}

// A class without a rule is a typing error; a rule without an element is left over.
func TestClassesAndRulesMatch(t *testing.T) {
	t.Parallel()
	selector := regexp.MustCompile(`\.(-?[a-zA-Z_][\w-]*)`)
	declared := map[string]string{}
	for path, sheet := range sheets(t) {
		sheet = regexp.MustCompile(`@layer [\w, .-]+;|\{[^{}]*\}`).ReplaceAllString(sheet, "{}")
		for _, match := range selector.FindAllStringSubmatch(sheet, -1) {
			declared[match[1]] = path
		}
	}
	used := map[string]bool{}
	for _, page := range Pages() {
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(render(t, page))))
		if err != nil {
			t.Fatalf("parse %s: %v", page.Name, err)
		}
		doc.Find("[class]").Each(func(_ int, s *goquery.Selection) {
			for _, class := range strings.Fields(s.AttrOr("class", "")) {
				used[class] = true
			}
		})
	}
	// Set by htmx while a request is under way.
	used["htmx-request"] = true
	// Names that only group what their rules are about, without a look of their own.
	bare := map[string]bool{}
	for _, class := range []string{"outcome__part", "outcome__card--info", "notice--sale", "product__name", "section__title", "order__columns", "review-items", "free-shipping", "chart", "empty__label"} {
		bare[class] = true
	}
	for _, class := range slices.Sorted(maps.Keys(used)) {
		if declared[class] == "" && !bare[class] {
			t.Errorf("class %s has no rule", class)
		}
	}
	for _, class := range slices.Sorted(maps.Keys(declared)) {
		if !used[class] {
			t.Errorf("rule .%s in %s has no element on any page", class, declared[class])
		}
	}
}

// Every pair of colours that meet can be told apart, in the light and in the dark.
func TestTokensContrast(t *testing.T) {
	t.Parallel()
	token := regexp.MustCompile(`--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`)
	colours := map[string][2]string{}
	for _, match := range token.FindAllStringSubmatch(sheets(t)["css/shared/tokens.css"], -1) {
		colours[match[1]] = [2]string{match[2], match[3]}
	}
	pairs := map[string]struct {
		over []string
		need float64
	}{
		"ink":         {[]string{"page", "card", "sunken", "hover", "accent-soft", "ok-soft", "warn-soft", "bad-soft", "info-soft"}, 7},
		"ink-2":       {[]string{"page", "card", "sunken", "hover"}, 4.5},
		"ink-3":       {[]string{"page", "card", "sunken", "hover"}, 4.5},
		"on-accent":   {[]string{"accent", "accent-hover"}, 4.5},
		"accent-ink":  {[]string{"accent-soft"}, 4.5},
		"link":        {[]string{"page", "card", "sunken", "hover"}, 4.5},
		"on-sale":     {[]string{"sale"}, 4.5},
		"sale":        {[]string{"page", "card"}, 4.5},
		"ok":          {[]string{"ok-soft", "page", "card"}, 4.5},
		"warn":        {[]string{"warn-soft", "page", "card"}, 4.5},
		"bad":         {[]string{"bad-soft", "page", "card"}, 4.5},
		"info":        {[]string{"info-soft", "page", "card"}, 4.5},
		"line-strong": {[]string{"page", "card"}, 3},
		"accent":      {[]string{"page", "card", "sunken"}, 3},
		"focus":       {[]string{"page", "card", "sunken", "accent-soft"}, 3},
		"chart-1":     {[]string{"card"}, 3},
		"chart-2":     {[]string{"card"}, 3},
		"chart-3":     {[]string{"card"}, 3},
		"chart-4":     {[]string{"card"}, 3},
		"chart-5":     {[]string{"card"}, 3},
		"chart-6":     {[]string{"card"}, 3},
	}
	for ink, pair := range pairs {
		for _, ground := range pair.over {
			for scheme, name := range []string{"light", "dark"} {
				if colours[ink][scheme] == "" || colours[ground][scheme] == "" {
					t.Fatalf("no token --%s or --%s", ink, ground)
				}
				if got := contrast(colours[ink][scheme], colours[ground][scheme]); got < pair.need {
					t.Errorf("%s on %s in %s: %.2f, want %.1f", ink, ground, name, got, pair.need)
				}
			}
		}
	}
}

// contrast is the ratio that WCAG 2 defines for two colours.
func contrast(a, b string) float64 {
	light, dark := luminance(a), luminance(b)
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

func luminance(colour string) float64 {
	weights := []float64{0.2126, 0.7152, 0.0722}
	sum := 0.0
	for i, weight := range weights {
		value, _ := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		channel := float64(value) / 255
		if channel <= 0.04045 {
			channel /= 12.92
		} else {
			channel = math.Pow((channel+0.055)/1.055, 2.4)
		}
		sum += weight * channel
	}
	return sum
}
