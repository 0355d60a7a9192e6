// Package static holds the style sheets, scripts and drawings of the storefront and the back office, as they are written.
//
// Nothing here is built. The files of a bundle are joined in their order when a program starts.
package static

import "embed"

// Files are all static files by their path in this folder.
//
//go:embed css js img vendor
var Files embed.FS

// Bundle is a file that browsers load, and the patterns of the files it is joined from, in order. Within a pattern the
// order is that of the names; the style sheets do not depend on it, because css/layers.css comes first and names the
// order of the layers.
type Bundle struct {
	Name     string // "storefront.css"
	Patterns []string
}

// Bundles are all files that pages load.
var Bundles = []Bundle{
	{Name: "storefront.css", Patterns: []string{"css/layers.css", "css/shared/*.css", "css/storefront/*.css"}},
	{Name: "admin.css", Patterns: []string{"css/layers.css", "css/shared/*.css", "css/admin/*.css"}},
	{Name: "tradewind.js", Patterns: []string{"js/tradewind.js"}},
	{Name: "fields.js", Patterns: []string{"js/fields.js"}},
	{Name: "htmx.js", Patterns: []string{"vendor/htmx-4.0.1.min.js"}},
	{Name: "favicon.svg", Patterns: []string{"img/favicon.svg"}},
	{Name: "hero-640.jpg", Patterns: []string{"img/hero-640.jpg"}},
	{Name: "hero-960.jpg", Patterns: []string{"img/hero-960.jpg"}},
	{Name: "hero-1600.jpg", Patterns: []string{"img/hero-1600.jpg"}},
}
