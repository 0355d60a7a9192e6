package storefront

import (
	"cmp"
	"net/http"
	"slices"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/edge"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const collectionsPath = "/collections"

// mostHomeCollections is how many collections stand on the home page: each is a row, and a question to the catalogue.
const mostHomeCollections = 6

// collection shows what staff put together, as a category is shown.
func (s *Shop) collection(w http.ResponseWriter, r *http.Request) error {
	n, err := s.readNarrowing(r)
	if err != nil {
		return err
	}
	answer, err := s.askShelf(r.Context(), n, &catalogv1.ListProductsRequest{CollectionSlug: r.PathValue("slug")})
	if err != nil {
		return err
	}
	collection := answer.GetCollection()
	if collection.GetSlug() != r.PathValue("slug") {
		moved(w, r, s.collectionURL(collection.GetSlug()), edge.Category(collection.GetId()))
		return nil
	}
	trail := s.collectionTrail(ui.Link{Label: collection.GetName(), URL: s.collectionURL(collection.GetSlug())})
	page := s.shelfPage(r.Context(), n, collection, (*Shop).collectionURL, trail, answer)
	if n.page == 1 {
		page.Intro = fold(collection.GetDescription())
	}
	mark(w, answer.GetCards(), s.wordKeys(edge.Category(collection.GetId()))...)
	return web.Render(w, r, http.StatusOK, storefront.Category(page))
}

// collections shows the ways into all collections that have products.
func (s *Shop) collections(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	answer, err := s.Catalog.ListCollections(ctx, &catalogv1.ListCollectionsRequest{Locale: s.locale})
	if err != nil {
		return err
	}
	page := storefront.CollectionsPage{Shell: s.shell(ctx, s.words.Say("Collections")), Breadcrumb: s.collectionTrail(), Heading: s.words.Say("Collections")}
	for _, collection := range answer.GetCollections() {
		page.Collections = append(page.Collections, storefront.CategoryTile{
			Name: collection.GetName(), URL: s.collectionURL(collection.GetSlug()), Image: picture(collection.GetPicture()),
			Count: s.words.Count(int(collection.GetProductCount()), "%d product", "%d products"),
		})
	}
	page.Description = s.words.Say("All collections at %s.", s.cfg.ShopName)
	page.Canonical = s.absolute(s.path(collectionsPath))
	page.NoIndex = len(page.Collections) == 0
	s.addLanguages(&page.Shell, everywhere(collectionsPath))
	page.Structured = s.trailData(page.Breadcrumb)
	mark(w, nil, edge.Lists)
	return web.Render(w, r, http.StatusOK, storefront.Collections(page))
}

// collectionTrail is the way to a page of collections, the last of which is the page itself.
func (s *Shop) collectionTrail(further ...ui.Link) []ui.Link {
	trail := append([]ui.Link{{Label: s.words.Say("Home"), URL: s.path("/")}, {Label: s.words.Say("Collections"), URL: s.path(collectionsPath)}}, further...)
	trail[len(trail)-1].Current = true
	return trail
}

func (s *Shop) trailData(trail []ui.Link) storefront.BreadcrumbData {
	var data storefront.BreadcrumbData
	for _, link := range trail {
		data.Items = append(data.Items, storefront.BreadcrumbItem{Name: link.Label, URL: s.absolute(link.URL)})
	}
	return data
}

// onHomePage are the collections that staff chose for the home page, in their order.
func onHomePage(all []*catalogv1.Collection) []*catalogv1.Collection {
	chosen := slices.DeleteFunc(slices.Clone(all), func(c *catalogv1.Collection) bool { return c.GetHomePosition() == 0 })
	slices.SortStableFunc(chosen, func(a, b *catalogv1.Collection) int { return cmp.Compare(a.GetHomePosition(), b.GetHomePosition()) })
	return chosen[:min(len(chosen), mostHomeCollections)]
}
