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
