package storefront

import (
	"net/http"
	"net/url"
	"strings"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/edge"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// longestQuery is how many bytes of a search are looked at.
const longestQuery = 200

// readQuery is what a shopper typed, without the spaces around and between the words.
func readQuery(typed string) string {
	query := strings.Join(strings.Fields(typed), " ")
	if len(query) > longestQuery {
		query = strings.ToValidUTF8(query[:longestQuery], "")
	}
	return query
}

// suggest is the fragment of what the search box offers for what is typed so far. It is the same for everyone, so proxies answer most of it.
func (s *Shop) suggest(w http.ResponseWriter, r *http.Request) error {
	answer, err := s.Catalog.Suggest(r.Context(), &catalogv1.SuggestRequest{Query: readQuery(r.URL.Query().Get("q")), Locale: s.locale})
	if err != nil {
		return err
	}
	list := storefront.Suggestions{Lang: s.cfg.Locale}
	for _, query := range answer.GetQueries() {
		list.Queries = append(list.Queries, ui.Link{Label: query, URL: s.path("/search") + "?" + url.Values{"q": {query}}.Encode()})
	}
	var keys []string
	for _, category := range answer.GetCategories() {
		list.Categories = append(list.Categories, ui.Link{Label: category.GetName(), URL: s.categoryURL(category.GetSlug())})
		keys = append(keys, edge.Category(category.GetId()))
	}
	for _, brand := range answer.GetBrands() {
		list.Brands = append(list.Brands, ui.Link{Label: brand, URL: s.path("/search") + "?" + url.Values{"q": {brand}, "brand": {brand}}.Encode()})
	}
	for _, card := range answer.GetProducts() {
		list.Products = append(list.Products, storefront.SuggestedProduct{
			Name: card.GetName(), URL: s.productURL(card.GetSlug()), Image: picture(card.GetPicture()),
			Price: s.price(card.GetPrice(), card.GetCompareAtPrice(), card.GetPriceVaries()),
		})
	}
	mark(w, answer.GetProducts(), keys...)
	return web.Render(w, r, http.StatusOK, storefront.SuggestionList(list))
}
