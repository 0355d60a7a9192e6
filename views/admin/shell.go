// Package admin holds the pages of the back office and the structs that fill them.
//
// As in the storefront, a page struct arrives finished: money, dates and counts are text, links are addresses, and an
// action that the staff member may not take is simply absent. The templates branch and loop.
package admin

import (
	"slices"
	"strings"

	"github.com/tradewind-commerce/tradewind/views/ui"
)

// Shell is what surrounds every page. The zero Shell still draws a complete page for errors.
type Shell struct {
	Assets      ui.Assets
	Lang        string // "en" when empty
	Dir         string // "ltr" when empty
	Scheme      string // "light" or "dark" as the staff member chose, empty follows the system
	ShopName    string
	Environment string // "Staging"; empty in production
	Title       string // of this page
	Nav         []NavGroup
	SearchURL   string // GET with q; empty draws no search
	Query       string
	Jobs        *Jobs // work that goes on, shown in the bar
	User        *User // nobody is signed in on the login page
	Flash       *ui.Flash
	RefreshURL  string // makes the page load itself again every five seconds where there is no script
}

// NavGroup is a part of the navigation; the first one usually has no title.
type NavGroup struct {
	Title string
	Items []NavItem
}

// NavItem is a page of the navigation.
type NavItem struct {
	Label   string
	URL     string
	Icon    ui.IconName
	Current bool
	Count   string // what waits there, "12"
}

// Jobs is a word on work in the background.
type Jobs struct {
	Text string // "1 sync running"
	URL  string
}

// User is who is signed in.
type User struct {
	Name       string
	Email      string
	AccountURL string // empty where there is no such page
	SignOutURL string // POST
}

// Action is something to do to what the page shows. It posts, unless it is a Link. With Confirm it asks first, in
// place: the question is its own text.
type Action struct {
	Label   string
	URL     string
	Link    bool
	Kind    ui.ButtonKind
	Hidden  []ui.Hidden
	Confirm string
	Fields  []ui.Field // asked with the confirmation
	Button  string     // of the confirmation; Label when empty
}

// refused says whether the confirmation came back to be mended; it is then drawn open.
func (a Action) refused() bool {
	return slices.ContainsFunc(a.Fields, func(field ui.Field) bool { return field.Error != "" })
}

func (a Action) button() string {
	if a.Button == "" {
		return a.Label
	}
	return a.Button
}

func (s Shell) lang() string {
	if s.Lang == "" {
		return "en"
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

func (s Shell) title(failed bool) string {
	var title strings.Builder
	if failed {
		title.WriteString("Error: ")
	}
	if s.Title != "" {
		title.WriteString(s.Title)
		title.WriteString(" – ")
	}
	title.WriteString(s.shopName())
	title.WriteString(" admin")
	return title.String()
}
