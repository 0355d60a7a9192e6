package preview

import (
	"bytes"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/tradewind-commerce/tradewind/views/static"
	"github.com/tradewind-commerce/tradewind/views/wording"
)

// policy is the content security policy that the shop's pages live under.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// asksAgain are the pages that look again by themselves, and where: here the work they show never ends.
var asksAgain = map[string]string{"admin/sync-run-live": "/sync/3", "storefront/payment-checking": "/checkout/payments/abc", "admin/exports": "/exports"}

// Handler serves every page at its name, the bundles under /assets/ and the drawings under /media/. With ?lang=de a page's own words are German.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /media/", http.FileServerFS(Media))
	for _, bundle := range static.Bundles {
		mux.HandleFunc("GET /assets/"+bundle.Name, func(w http.ResponseWriter, r *http.Request) {
			content, err := join(bundle)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", contentType(bundle.Name))
			_, _ = w.Write(content)
		})
	}
	var index strings.Builder
	index.WriteString("<!DOCTYPE html><html lang=\"en\"><title>Preview</title><h1>Preview</h1><ul>")
	for _, page := range Pages() {
		mux.Handle("GET /"+page.Name, withPolicy(templ.Handler(page.Component)))
		if path := asksAgain[page.Name]; path != "" {
			mux.Handle("GET "+path, withPolicy(templ.Handler(page.Component)))
		}
		fmt.Fprintf(&index, "<li><a href=\"/%[1]s\">%[1]s</a></li>", html.EscapeString(page.Name))
	}
	index.WriteString("</ul></html>")
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(index.String()))
	})
	return mux
}

// join puts the files of a bundle one after the other, as the shop does when it starts.
func join(bundle static.Bundle) ([]byte, error) {
	var joined bytes.Buffer
	for _, pattern := range bundle.Patterns {
		names, err := fs.Glob(static.Files, pattern)
		if err != nil || len(names) == 0 {
			return nil, fmt.Errorf("bundle %s: nothing matches %s: %w", bundle.Name, pattern, err)
		}
		for _, name := range names {
			content, err := static.Files.ReadFile(name)
			if err != nil {
				return nil, err
			}
			joined.Write(content)
			joined.WriteByte('\n')
		}
	}
	return joined.Bytes(), nil
}

func withPolicy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		next.ServeHTTP(w, r.WithContext(wording.Speak(r.Context(), r.URL.Query().Get("lang"))))
	})
}

func contentType(name string) string {
	switch {
	case strings.HasSuffix(name, ".css"):
		return "text/css; charset=utf-8"
	case strings.HasSuffix(name, ".js"):
		return "text/javascript; charset=utf-8"
	default:
		return "image/svg+xml"
	}
}
