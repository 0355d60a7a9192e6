// Package preview draws every page of the shop in every state with made-up content, for tests and for people who look.
package preview

import (
	"embed"

	"github.com/a-h/templ"
)

// Media are the drawings that stand in for product pictures.
//
//go:embed media
var Media embed.FS

// Page is one page in one state.
type Page struct {
	Name      string // "storefront/product-sold-out": also its address in the preview
	Component templ.Component
	Public    bool // the same for everyone
}

// Pages returns all pages in all states.
func Pages() []Page {
	pages := storefrontPages()
	pages = append(pages, checkoutPages()...)
	pages = append(pages, stressPages()...)
	pages = append(pages, adminPages()...)
	pages = append(pages, adminProductPages()...)
	pages = append(pages, adminSyncPages()...)
	pages = append(pages, adminExportPages()...)
	pages = append(pages, adminSettingPages()...)
	pages = append(pages, adminPaymentPages()...)
	pages = append(pages, reviewPages()...)
	pages = append(pages, promotionPages()...)
	pages = append(pages, giftCardPages()...)
	pages = append(pages, cardPages()...)
	pages = append(pages, customerPages()...)
	return append(pages, Page{Name: "parts", Component: parts(assets("storefront.css"))})
}
