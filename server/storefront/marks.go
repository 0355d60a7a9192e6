package storefront

import (
	"net/http"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/edge"
)

// mark names a public page by the products it shows and by what else it follows from, for the proxies in front of the shop.
func mark(w http.ResponseWriter, cards []*catalogv1.Card, keys ...string) {
	for _, card := range cards {
		keys = append(keys, edge.Product(card.GetProductId()))
	}
	edge.Mark(w.Header(), keys...)
}

// wordKeys name a page that shows options or attributes by the language whose words it shows; in the shop's own, products name them.
func (s *Shop) wordKeys(keys ...string) []string {
	if s.locale == "" {
		return keys
	}
	return append(keys, edge.Language(s.locale))
}

// moved leads from an address that a thing had to the one that it has, with the parameters as they are. The answer is kept like the thing's
// page, and forgotten with it: its address may become another's.
func moved(w http.ResponseWriter, r *http.Request, path, key string) {
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	edge.Mark(w.Header(), key)
	http.Redirect(w, r, path, http.StatusMovedPermanently)
}
