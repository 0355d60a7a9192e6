package web

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// readable makes an address fit for calls, which carry valid text only. Browsers write nothing else, but old links and scanners do: what
// cannot be read in the query is left out, and a path that cannot be read leads nowhere.
func readable(r *http.Request) bool {
	if !utf8.ValidString(r.URL.Path) {
		return false
	}
	if text, err := url.QueryUnescape(r.URL.RawQuery); err == nil && utf8.ValidString(text) {
		return true
	}
	query := url.Values{}
	for name, values := range r.URL.Query() {
		if !utf8.ValidString(name) {
			continue
		}
		for _, value := range values {
			query.Add(name, strings.ToValidUTF8(value, ""))
		}
	}
	address := *r.URL
	address.RawQuery = query.Encode()
	r.URL = &address
	return true
}
