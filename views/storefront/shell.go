// Package storefront holds the pages that shoppers see and the structs that fill them.
//
// A page struct arrives finished: money, dates and addresses are text, links are addresses. The templates branch and loop
// and own the shop's words. Public pages (home, category, search, product, content, errors) are the same bytes for
// everyone in a market, so nothing in their structs may depend on who is asking.
package storefront

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"github.com/tradewind-commerce/tradewind/views/ui"
	"github.com/tradewind-commerce/tradewind/views/wording"
)

// mostMenuLinks is how many categories stand side by side in the header. Of more, all are behind a fold beside the first ones.
const mostMenuLinks = 8

// Shell is what surrounds every page. The zero Shell still draws a complete page, which is how the error pages come out
// when nothing else works.
type Shell struct {
	Assets      ui.Assets
	Lang        string // language of the market and of the words on the page; when empty that of the context, or "en"
	Dir         string // "ltr" or "rtl", "ltr" when empty
	Base        string // first path segment of public pages with its slash, such as "/de"; empty in the shop's own language
	ShopName    string // "Tradewind" when empty
	Title       string // of this page, without the shop's name
	Description string // for search engines, at most 160 characters
	Canonical   string // absolute address of this page; empty leaves it out
	NoIndex     bool   // cart, checkout, orders, search and filtered lists
	SocialImage string // absolute address of the picture shown when the page is shared
	Alternates  []Alternate
	Menu        []ui.Link // top categories, in order
	Markets     []Market  // more than one draws the chooser
	Query       string    // what was searched for, kept in the box
	SuggestURL  string    // where suggestions come from; empty means none
	AccountURL  string    // empty where accounts are off
	Footer      []ui.LinkGroup
	Legal       string // the shop's legal line at the very end
	Notice      string // one line above everything, for all shoppers: a holiday, a delay
	// Private pages may know the shopper. CartCount is printed on them; on public pages a script fills it from the
	// readable cookie cart_count.
	Private   bool
	CartCount int
	// PayInFields says that the provider has fields for the shop's own page, for browsers that run script.
	PayInFields bool
	Flash       *ui.Flash // private pages only
	// RefreshURL makes the page load itself again every five seconds where there is no script.
	RefreshURL string
	enclosed   bool
}

// Alternate is this page in another market.
type Alternate struct {
	Lang string // "de-AT", or "x-default"
	URL  string
}

// Market is a region with its language and currency, and this page's address there.
type Market struct {
	Label   string // "Germany · Deutsch · EUR"
	Lang    string
	URL     string
	Current bool
}

// Path is where a public page is. Private pages are the same for every language, so their paths stay as they are.
func (s Shell) Path(path string) string {
	if path == "/" && s.Base != "" {
		return s.Base
	}
	return s.Base + path
}

// within is the shell of a checkout step: without the search and the menu, so that nothing leads away by accident.
func (s Shell) within() Shell {
	s.enclosed = true
	return s
}

func (s Shell) lang(ctx context.Context) string {
	if s.Lang == "" {
		return wording.Of(ctx).Locale()
	}
	return s.Lang
}

func (s Shell) dir() string {
	if s.Dir == "" {
		return "ltr"
	}
	return s.Dir
}

func (s Shell) shopName() string {
	if s.ShopName == "" {
		return "Tradewind"
	}
	return s.ShopName
}

// title is what the browser's tab says. A refused form says so first.
func (s Shell) title(ctx context.Context, failed bool) string {
	title := s.shopName()
	if s.Title != "" {
		title = s.Title + " – " + title
	}
	if failed {
		title = wording.Say(ctx, "Error: %s", title)
	}
	return title
}

// document is what surrounds every page; the page's main part is given as its children. failed is set when the page shows
// a refused form, so that the title says so first.
func document(shell Shell, failed bool) templ.Component {
	return speaking(shell.Lang, surroundings(shell, failed))
}

// speaking draws a component, and the children it is given, in the words of a language.
func speaking(locale string, component templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return component.Render(wording.Speak(ctx, locale), w)
	})
}
