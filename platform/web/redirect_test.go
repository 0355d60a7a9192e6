package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestSafePath(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"/":                            "/",
		"/cart":                        "/cart",
		"/products/a%2Fb?page=2&q=%2F": "/products/a%2Fb?page=2&q=%2F",
		"/search?q=https://evil.test":  "/search?q=https://evil.test",
		"/größe":                       "/gr%C3%B6%C3%9Fe",
	} {
		if got := SafePath(target); got != want {
			t.Errorf("SafePath(%q) = %q, want %q", target, got, want)
		}
	}
	for _, target := range []string{
		"", "cart", "//evil", "///evil", "/\\evil", "\\\\evil", "/%5cevil", "/%2f%2fevil", "/%2fevil", "%2f%2fevil", "https:evil", "https://evil",
		"//user@evil", "/\t/evil", "/\n/evil", "\t//evil", " //evil", "/cart\r\nSet-Cookie: a=b", "/%0d%0aa", "/a//evil", "/..//evil", "javascript:alert(1)",
		"/%", "http://", "//", "/" + strings.Repeat("a", 3000), "/" + strings.Repeat("\x84", 1500), "/\x7f", "/%00",
	} {
		if got := SafePath(target); got != "/" {
			t.Errorf("SafePath(%q) = %q, want home", target, got)
		}
	}
}

func TestSeeOther(t *testing.T) {
	t.Parallel()
	answer := httptest.NewRecorder()
	SeeOther(answer, httptest.NewRequest(http.MethodPost, "/", nil), "//evil.example")
	if answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != "/" {
		t.Errorf("%d to %q", answer.Code, answer.Header().Get("Location"))
	}
}

// Wherever a redirect leads, a browser stays on our host.
func FuzzSafePath(f *testing.F) {
	for _, seed := range []string{"/cart", "//evil", "/\\evil", "/%2f%2fevil", "https:evil", "/a?b#c", "/\t/evil", "/..//evil", "/.//evil", "/;//evil"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://shop.example/account/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, target string) {
		safe := SafePath(target)
		// A browser first drops tabs and newlines and turns backslashes around.
		seen := strings.NewReplacer("\t", "", "\r", "", "\n", "", "\\", "/").Replace(strings.TrimSpace(safe))
		reference, err := url.Parse(seen)
		if err != nil {
			t.Fatalf("SafePath(%q) = %q, which is no URL: %v", target, safe, err)
		}
		if end := base.ResolveReference(reference); end.Host != base.Host || end.Scheme != base.Scheme || end.User != nil {
			t.Fatalf("SafePath(%q) = %q leads to %s", target, safe, end)
		}
		if again := SafePath(safe); again != safe {
			t.Fatalf("SafePath(%q) = %q, and of that %q", target, safe, again)
		}
	})
}
