// Package ui holds the parts that every page is made of: small templ components and the plain values they draw.
//
// A part knows how a thing looks and what assistive technology hears. It never formats money, dates or addresses, and it
// never decides where a link goes: both arrive finished.
package ui

// Assets are the addresses of the joined, hashed files a page loads. An empty address is left out of the page, so a page
// with zero Assets is still complete HTML.
type Assets struct {
	CSS  string // the style sheet of the storefront or the back office
	JS   string // our own module
	HTMX string // the one vendored library
	Icon string // the SVG favicon
	// Fields is the module of the one page that shows a payment provider's fields.
	Fields string
}

// Link is a labelled address. Current marks the one that leads to where the reader already is.
type Link struct {
	Label   string
	URL     string
	Current bool
}

// LinkGroup is a titled list of links, such as a column of the footer or of a navigation.
type LinkGroup struct {
	Title string
	Links []Link
}

// Option is one choice of a select or a radio group.
type Option struct {
	Value    string
	Label    string
	Selected bool
}

// Hidden is a value that a form carries along unseen.
type Hidden struct {
	Name  string
	Value string
}

// Problems are the messages of a refused form, by field name. The empty name holds what concerns the form as a whole.
type Problems map[string]string

// Image is one picture with the sizes it exists in. A zero Image is drawn as an empty frame of the same shape.
type Image struct {
	URL    string // the fallback, a middle size
	SrcSet string // "/media/…-320.jpg 320w, /media/…-640.jpg 640w"
	Alt    string // empty where the picture only repeats the words beside it
	Width  int    // of the fallback, so that its place is reserved
	Height int
	Large  string // the largest size, opened by a click in a gallery
	// Sources are lighter encodings, best first; each needs a SrcSet of its own.
	Sources []ImageSource
}

// ImageSource is the same picture in another encoding.
type ImageSource struct {
	Type   string // "image/avif"
	SrcSet string
}

// Price is what a thing costs, already formatted. Was is empty unless the price is reduced.
type Price struct {
	Now  string
	Was  string
	From bool // the lowest of several variants: shown as "from"
}

// Tone says what a colour means; the zero tone means nothing in particular.
type Tone string

// The tones of tags, notices and flashes.
const (
	Neutral Tone = ""
	OK      Tone = "ok"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
	Info    Tone = "info"
	Sale    Tone = "sale"
)

// Tag is a short label with a meaning: a sale, a stock level, a state. A Tag without a label is not drawn.
type Tag struct {
	Label string
	Tone  Tone
}

// Flash is what the previous request has to say; it stays until the next page. Errors are never flashes.
type Flash struct {
	Text   string
	Tone   Tone
	Action *Link // for example the way to what was just made
}

// Chip is an applied filter and the address without it.
type Chip struct {
	Label     string
	RemoveURL string
}

// Pagination is a list of numbered pages. An empty one, or one of a single page, is not drawn.
type Pagination struct {
	Pages    []PageLink
	Previous string // address, empty on the first page
	Next     string // address, empty on the last page
	Summary  string // "Products 25 to 48 of 312"
}

// PageLink is one number in a pagination. A Gap stands for the numbers left out and has no address.
type PageLink struct {
	Number  string
	URL     string
	Current bool
	Gap     bool
}

// Decorative is the same picture where the words beside it already say what it shows.
func (i Image) Decorative() Image {
	i.Alt = ""
	return i
}
