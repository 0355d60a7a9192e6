package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func shopFiles() fstest.MapFS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		"css/layers.css":        file("@layer tokens, components; /* the order */"),
		"css/shared/button.css": file("@layer components { .button { color: red; } }"),
		"css/shared/tokens.css": file("@layer tokens { :root { --space: 4px; } }"),
		"js/shop.js":            file("// kept\nlet  a = 1;\n" + strings.Repeat("let b = a;\n", 200)),
		"img/icon.svg":          file("<svg/>"),
	}
}

var shopBundles = []Bundle{
	{Name: "shop.css", Patterns: []string{"css/layers.css", "css/shared/*.css"}},
	{Name: "shop.js", Patterns: []string{"js/shop.js"}},
	{Name: "icon.svg", Patterns: []string{"img/*.svg"}},
}

func TestAssets(t *testing.T) {
	t.Parallel()
	assets, err := NewAssets(shopFiles(), "", shopBundles...)
	if err != nil {
		t.Fatal(err)
	}
	handler := Compress(assets.Handler())
	for name, want := range map[string]struct{ kind, body string }{
		"shop.css": {"text/css; charset=utf-8", "@layer tokens,components;@layer components{.button{color:red}}@layer tokens{:root{--space:4px}}"},
		"shop.js":  {"text/javascript; charset=utf-8", string(shopFiles()["js/shop.js"].Data)},
		"icon.svg": {"image/svg+xml", "<svg/>"},
	} {
		path := assets.URL(name)
		stem, extension, _ := strings.Cut(name, ".")
		if !regexp.MustCompile(`^/assets/` + stem + `\.[\w-]{12}\.` + extension + `$`).MatchString(path) {
			t.Errorf("%s is at %s", name, path)
		}
		for _, e := range []encoding{identity, gzipped, brotlied} {
			answer := show(handler, path, with("Accept-Encoding", e.header()))
			if got := unpack(t, answer); answer.Code != 200 || got != want.body || answer.Header().Get("Content-Encoding") != e.header() {
				t.Errorf("%s as %q: %d %q", name, e.header(), answer.Code, got)
			}
			for header, value := range map[string]string{
				"Content-Type": want.kind, "Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding",
			} {
				if got := answer.Header().Get(header); got != value {
					t.Errorf("%s as %q: %s = %q, want %q", name, e.header(), header, got, value)
				}
			}
		}
		if head := show(handler, path, func(r *http.Request) { r.Method = http.MethodHead }); head.Body.Len() != 0 || head.Header().Get("Content-Length") == "" {
			t.Errorf("%s: HEAD %v", name, head.Header())
		}
	}
}

// A changed file has another address, so that nobody sees the old one; an unknown address may not be kept as missing.
func TestAssetsAreNamedByContent(t *testing.T) {
	t.Parallel()
	before, err := NewAssets(shopFiles(), "", shopBundles...)
	if err != nil {
		t.Fatal(err)
	}
	changed := shopFiles()
	changed["css/shared/tokens.css"] = &fstest.MapFile{Data: []byte("@layer tokens { :root { --space: 8px; } }")}
	after, err := NewAssets(changed, "https://cdn.example/shop/", shopBundles...)
	if err != nil {
		t.Fatal(err)
	}
	if after.URL("shop.js") != "https://cdn.example/shop"+before.URL("shop.js") {
		t.Errorf("an unchanged file moved from %s to %s", before.URL("shop.js"), after.URL("shop.js"))
	}
	if strings.HasSuffix(after.URL("shop.css"), before.URL("shop.css")) {
		t.Errorf("a changed file stayed at %s", before.URL("shop.css"))
	}
	answer := show(after.Handler(), before.URL("shop.css"))
	if answer.Code != http.StatusNotFound || strings.Contains(answer.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("%d %v", answer.Code, answer.Header())
	}
	if all := after.All(); len(all) != 3 || all[0].Name != "icon.svg" || string(all[0].Body) != "<svg/>" || all[0].ContentType != "image/svg+xml" {
		t.Errorf("All = %v", all)
	}
}

func TestAssetMistakesStopTheStart(t *testing.T) {
	t.Parallel()
	for name, bundles := range map[string][]Bundle{
		"nothing matches": {{Name: "a.css", Patterns: []string{"css/none/*.css"}}},
		"bad pattern":     {{Name: "a.css", Patterns: []string{"css/["}}},
		"unknown kind":    {{Name: "a.unknown", Patterns: []string{"js/*"}}},
		"with a folder":   {{Name: "a/b.css", Patterns: []string{"css/*.css"}}},
		"two of a name":   {shopBundles[0], shopBundles[0]},
	} {
		if _, err := NewAssets(shopFiles(), "", bundles...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := NewAssets(shopFiles(), "cdn.example", shopBundles...); err == nil {
		t.Error("a base that is no URL was taken")
	}
}

func TestShrinkCSS(t *testing.T) {
	t.Parallel()
	for css, want := range map[string]string{
		"a { color : red ; }":                                   "a{color :red}",
		"a , b > c + d ~ e :hover { x: y; z: w }":               "a,b>c + d ~ e :hover{x:y;z:w}",
		"/* a */ a { } /* b */":                                 "a{}",
		"a/* b */b{}":                                           "a b{}",
		"a /* ; } */ { b: c }":                                  "a{b:c}",
		"a { width: calc( 100% - 2 * var(--x) ); }":             "a{width:calc(100% - 2 * var(--x))}",
		"a::after { content: \" /* kept */  ; } \"; }":          "a::after{content:\" /* kept */  ; } \"}",
		"a { content: 'it\\'s  { }'; }":                         "a{content:'it\\'s  { }'}",
		"a { background: url( data:image/png;base64,a/*b== ) }": "a{background:url( data:image/png;base64,a/*b== )}",
		"a { background: url(\"a  b)\") no-repeat }":            "a{background:url(\"a  b)\") no-repeat}",
		"@media (min-width: 40em) and (hover) { a { b: c } }":   "@media (min-width:40em) and (hover){a{b:c}}",
		"@container card (width > 20em) { a { b: c } }":         "@container card (width>20em){a{b:c}}",
		"a [ href = \"x\" ] b { }":                              "a [href = \"x\"] b{}",
		"a { b: c !important }":                                 "a{b:c!important}",
		".\\31 0 { }":                                           ".\\31 0{}",
		"a { font: 1rem / 1.5 \"A  B\", serif }":                "a{font:1rem / 1.5 \"A  B\",serif}",
		"a { margin: -1px -2px; }":                              "a{margin:-1px -2px}",
		"a { transition: color .2s , opacity .2s }":             "a{transition:color .2s,opacity .2s}",
		"":       "",
		"a{b:c":  "a{b:c",
		"a /*":   "a",
		"a\"":    "a\"",
		"a url(": "a url(",
	} {
		got := string(shrinkCSS([]byte(css)))
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", css, got, want)
		}
		if again := string(shrinkCSS([]byte(got))); again != got {
			t.Errorf("%s shrinks again to %s", got, again)
		}
	}
}
