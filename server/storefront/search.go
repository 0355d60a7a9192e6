package storefront

import (
	"context"
	"net/http"
	"net/url"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/edge"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
)

// search shows what some words find.
func (s *Shop) search(w http.ResponseWriter, r *http.Request) error {
	n, err := s.readNarrowing(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	page := storefront.SearchPage{Shell: s.shell(ctx, s.words.Say("Search")), Heading: s.words.Say("Search")}
	page.NoIndex, page.Query = true, n.query
	s.addLanguages(&page.Shell, everywhere(s.neutral(n.pageURL(n.page))))
	if n.query == "" {
		page.Categories = s.lastMenu()
		return web.Render(w, r, http.StatusOK, storefront.Search(page))
	}
	answer, err := s.Catalog.SearchProducts(ctx, &catalogv1.SearchProductsRequest{
		Query: n.query, Filters: n.filters, Sort: n.sort, Page: int32(n.page), PageSize: cardsPerPage, AsTyped: n.exact, Locale: s.locale,
	})
	if connect.CodeOf(err) == connect.CodeOutOfRange {
		return web.NotFound
	}
	if err != nil {
		return err
	}
	page.Heading = s.words.Say("Results for “%s”", n.query)
	page.Title = n.query
	if corrected := answer.GetCorrectedQuery(); corrected != "" {
		page.Corrected = corrected
		page.InsteadURL = n.path + "?" + url.Values{"q": {n.query}, "exact": {"1"}}.Encode()
		page.Heading = s.words.Say("Results for “%s”", corrected)
	}
	page.SomeWords = answer.GetSomeWords()
	page.Listing = s.listing(n, answer.GetCards(), answer.GetFacets(), answer.GetPrice(), int(answer.GetTotal()), answer.GetTotalIsBound())
	if answer.GetTotal() == 0 {
		if len(n.filters) == 0 { // there is nothing to narrow or sort
			page.Listing.Facets, page.Listing.Price, page.Listing.Sort = nil, nil, nil
		}
		page.Categories = s.lastMenu()
		page.Popular = s.popular(ctx)
	}
	mark(w, answer.GetCards(), s.wordKeys(edge.Lists)...)
	return web.Render(w, r, http.StatusOK, storefront.Search(page))
}

// popular is what to show when a search found nothing; without it the page still says what to do.
func (s *Shop) popular(ctx context.Context) []storefront.Card {
	answer, err := s.Catalog.ListProducts(ctx, &catalogv1.ListProductsRequest{PageSize: 4, WithoutFacets: true, Locale: s.locale})
	if err != nil {
		return nil
	}
	return s.cards(answer.GetCards())
}
