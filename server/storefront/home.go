package storefront

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/edge"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const (
	// shelfSize is how many products stand in a row of the home page.
	shelfSize = 4
	// mostTiles is how many categories have a picture there: the largest, in the order of the menu.
	mostTiles = 8
)

// home is the front of the shop.
func (s *Shop) home(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	page := storefront.HomePage{
		Shell: s.shell(ctx, ""),
		Hero: storefront.Hero{
			Heading: s.words.Say("Good things, fairly priced"),
			Text:    s.words.Say("Chosen with care, shown with their whole price, and on their way tomorrow."),
			Image:   s.cfg.Hero,
		},
		Facts: []storefront.Fact{
			{Icon: ui.IconTruck, Title: s.words.Say("Quick delivery"), Text: s.words.Say("Price and day of arrival are shown before you order.")},
			{Icon: ui.IconReturn, Title: s.words.Say("30 days to return"), Text: s.words.Say("Send it back if it is not right.")},
			{Icon: ui.IconLock, Title: s.words.Say("Safe payment"), Text: s.words.Say("You pay at the payment provider; we never see your card.")},
		},
		Structured: storefront.OrganizationData{
			Name: s.cfg.ShopName, URL: s.absolute(s.path("/")), SearchURL: s.absolute(s.path("/search") + "?q={search_term_string}"),
		},
	}
	page.Description = s.cfg.ShopName + ": " + page.Hero.Text
	page.Canonical = s.absolute(s.path("/"))
	s.addLanguages(&page.Shell, everywhere("/"))
	roots := s.menu.Load().roots()
	largest := slices.SortedStableFunc(slices.Values(roots), func(a, b *catalogv1.Category) int {
		return cmp.Compare(b.GetProductCount(), a.GetProductCount())
	})
	for _, root := range roots {
		if !slices.Contains(largest[:min(len(largest), mostTiles)], root) {
			continue // the menu has it
		}
		page.Categories = append(page.Categories, storefront.CategoryTile{
			Name: root.GetName(), URL: s.categoryURL(root.GetSlug()), Image: picture(root.GetPicture()),
			Count: s.words.Count(int(root.GetProductCount()), "%d product", "%d products"),
		})
	}
	if len(largest) > 0 {
		page.Hero.Action = ui.Link{Label: s.words.Say("Shop %s", largest[0].GetName()), URL: s.categoryURL(largest[0].GetSlug())}
	}
	shelves, err := s.shelves(ctx, largest)
	if err != nil {
		return err
	}
	page.Shelves = shelves
	mark(w, nil, edge.Lists)
	return web.Render(w, r, http.StatusOK, storefront.Home(page))
}

// shelves are the collections that staff chose, what is new, and the first of the two largest categories. A product stands on one of the last
// three only; what staff put in a collection stays there.
func (s *Shop) shelves(ctx context.Context, largest []*catalogv1.Category) ([]storefront.Shelf, error) {
	collections, err := s.Catalog.ListCollections(ctx, &catalogv1.ListCollectionsRequest{Locale: s.locale})
	if err != nil {
		return nil, err
	}
	var shelves []storefront.Shelf
	var asked []*catalogv1.ListProductsRequest
	for _, collection := range onHomePage(collections.GetCollections()) {
		all := ui.Link{Label: s.words.Say("All of %s", collection.GetName()), URL: s.collectionURL(collection.GetSlug())}
		shelves = append(shelves, storefront.Shelf{Title: collection.GetName(), All: all})
		asked = append(asked, &catalogv1.ListProductsRequest{CollectionSlug: collection.GetSlug()})
	}
	shelves = append(shelves, storefront.Shelf{Title: s.words.Say("New in the shop")})
	asked = append(asked, &catalogv1.ListProductsRequest{Sort: catalogv1.Sort_SORT_NEWEST})
	for _, root := range largest[:min(len(largest), 2)] {
		all := ui.Link{Label: s.words.Say("All of %s", root.GetName()), URL: s.categoryURL(root.GetSlug())}
		shelves = append(shelves, storefront.Shelf{Title: root.GetName(), All: all})
		asked = append(asked, &catalogv1.ListProductsRequest{CategorySlug: root.GetSlug()})
	}
	shown := map[string]bool{}
	for i, ask := range asked {
		ask.PageSize, ask.WithoutFacets, ask.Locale = shelfSize+int32(len(shown)), true, s.locale
		answer, err := s.Catalog.ListProducts(ctx, ask)
		if code := connect.CodeOf(err); code == connect.CodeNotFound || code == connect.CodeFailedPrecondition {
			continue // it went since it was read
		}
		if err != nil {
			return nil, err
		}
		var cards []*catalogv1.Card
		for _, card := range answer.GetCards() {
			if len(cards) == shelfSize || ask.GetCollectionSlug() == "" && shown[card.GetProductId()] {
				continue
			}
			cards, shown[card.GetProductId()] = append(cards, card), true
		}
		shelves[i].Cards = s.cards(cards)
	}
	return shelves, nil // the page leaves out those that stay empty
}
