package storefront

import (
	"net/http"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// shelfSize is how many products stand in a row of the home page.
const shelfSize = 4

// home is the front of the shop.
func (s *Shop) home(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	page := storefront.HomePage{
		Shell: s.shell(ctx, ""),
		Hero: storefront.Hero{
			Heading: "Good things, fairly priced",
			Text:    "Chosen with care, shown with their whole price, and on their way tomorrow.",
			Image:   s.cfg.Hero,
		},
		Facts: []storefront.Fact{
			{Icon: ui.IconTruck, Title: "Quick delivery", Text: "Price and day of arrival are shown before you order."},
			{Icon: ui.IconReturn, Title: "30 days to return", Text: "Send it back if it is not right."},
			{Icon: ui.IconLock, Title: "Safe payment", Text: "You pay at the payment provider; we never see your card."},
		},
		Structured: storefront.OrganizationData{
			Name: s.cfg.ShopName, URL: s.absolute("/"), SearchURL: s.absolute("/search?q={search_term_string}"),
		},
	}
	page.Description = s.cfg.ShopName + ": " + page.Hero.Text
	page.Canonical = s.absolute("/")
	roots := s.menu.Load().roots()
	for _, root := range roots[:min(len(roots), 8)] {
		page.Categories = append(page.Categories, storefront.CategoryTile{
			Name: root.GetName(), URL: categoryURL(root.GetSlug()), Image: picture(root.GetPicture()),
			Count: plural(int(root.GetProductCount()), "product", "products"),
		})
	}
	if len(roots) > 0 {
		page.Hero.Action = ui.Link{Label: "See " + roots[0].GetName(), URL: categoryURL(roots[0].GetSlug())}
	}
	shelves := []struct {
		title string
		sort  catalogv1.Sort
	}{{"Favourites", catalogv1.Sort_SORT_UNSPECIFIED}, {"New in the shop", catalogv1.Sort_SORT_NEWEST}}
	for _, shelf := range shelves {
		answer, err := s.Catalog.ListProducts(ctx, &catalogv1.ListProductsRequest{Sort: shelf.sort, PageSize: shelfSize, WithoutFacets: true})
		if err != nil {
			return err
		}
		if len(answer.GetCards()) > 0 {
			page.Shelves = append(page.Shelves, storefront.Shelf{Title: shelf.title, Cards: s.cards(answer.GetCards())})
		}
	}
	return web.Render(w, r, http.StatusOK, storefront.Home(page))
}
