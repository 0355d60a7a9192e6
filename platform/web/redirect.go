package web

import (
	"net/http"
	"net/url"
	"strings"
)

const longestTarget = 2048

// SafePath returns target if it is a path on this origin, with or without a query, and "/" otherwise. Where to go next
// often comes from the visitor; it must not lead to somebody else's page that looks like ours.
func SafePath(target string) string {
	const home = "/"
	if len(target) > longestTarget || !strings.HasPrefix(target, "/") {
		return home
	}
	// Browsers drop tabs and newlines, and read a backslash as a slash.
	if strings.ContainsFunc(target, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }) {
		return home
	}
	parsed, err := url.Parse(target)
	if err != nil || parsed.Scheme != "" || parsed.Host != "" || parsed.User != nil || parsed.Opaque != "" {
		return home
	}
	// The decoded path is checked as well, for whoever decodes once more on the way.
	if !strings.HasPrefix(parsed.Path, "/") || strings.Contains(parsed.Path, "//") ||
		strings.ContainsFunc(parsed.Path, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }) {
		return home
	}
	safe := parsed.EscapedPath()
	if parsed.RawQuery != "" {
		safe += "?" + parsed.RawQuery
	}
	if len(safe) > longestTarget { // escaping made it longer
		return home
	}
	return safe
}

// SeeOther sends the visitor on with a GET, as every successful POST does. The target is made safe.
func SeeOther(w http.ResponseWriter, r *http.Request, target string) {
	http.Redirect(w, r, SafePath(target), http.StatusSeeOther)
}
