package storefront

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/edge"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// category shows a category of the shop: what stands in it and below it.
func (s *Shop) category(w http.ResponseWriter, r *http.Request) error {
	n, err := s.readNarrowing(r)
	if err != nil {
		return err
	}
	answer, err := s.askShelf(r.Context(), n, &catalogv1.ListProductsRequest{CategorySlug: r.PathValue("slug")})
	if err != nil {
		return err
	}
	category := answer.GetCategory()
	if category.GetSlug() != r.PathValue("slug") {
		moved(w, r, s.categoryURL(category.GetSlug()), edge.Category(category.GetId()))
		return nil
	}
	trail := []ui.Link{{Label: s.words.Say("Home"), URL: s.path("/")}}
	for _, above := range answer.GetBreadcrumb() {
		trail = append(trail, ui.Link{Label: above.GetName(), URL: s.categoryURL(above.GetSlug())})
	}
	trail = append(trail, ui.Link{Label: category.GetName(), URL: s.categoryURL(category.GetSlug()), Current: true})
	page := s.shelfPage(r.Context(), n, category, (*Shop).categoryURL, trail, answer)
	for _, child := range answer.GetChildren() {
		page.Subcategories = append(page.Subcategories, ui.Link{Label: child.GetName(), URL: s.categoryURL(child.GetSlug())})
	}
	if n.page == 1 {
		page.About = fold(category.GetDescription())
	}
	mark(w, answer.GetCards(), s.wordKeys(edge.Category(category.GetId()))...)
	return web.Render(w, r, http.StatusOK, storefront.Category(page))
}

// shelf is what products are listed in: a category or a collection.
type shelf interface {
	placed
	GetName() string
	GetSeoTitle() string
	GetSeoDescription() string
}

// askShelf asks for a page of the shelf that a request names, as the address narrows it.
func (s *Shop) askShelf(ctx context.Context, n narrowing, of *catalogv1.ListProductsRequest) (*catalogv1.ListProductsResponse, error) {
	of.Filters, of.Sort, of.Page, of.PageSize, of.Locale = n.filters, n.sort, int32(n.page), cardsPerPage, s.locale
	answer, err := s.Catalog.ListProducts(ctx, of)
	switch connect.CodeOf(err) {
	case connect.CodeOutOfRange:
		return nil, web.NotFound
	case connect.CodeFailedPrecondition:
		return nil, web.Problem{Status: http.StatusGone}
	}
	return answer, err
}

// shelfPage is what the pages of categories and collections have in common. Narrowed lists are for shoppers and not for search engines.
func (s *Shop) shelfPage(
	ctx context.Context, n narrowing, of shelf, url func(*Shop, string) string, trail []ui.Link, answer *catalogv1.ListProductsResponse,
) storefront.CategoryPage {
	page := storefront.CategoryPage{
		Shell:      s.shell(ctx, cmp.Or(of.GetSeoTitle(), of.GetName())),
		Breadcrumb: trail,
		Heading:    of.GetName(),
		Listing:    s.listing(n, answer.GetCards(), answer.GetFacets(), answer.GetPrice(), int(answer.GetTotal()), answer.GetTotalIsBound()),
		Structured: s.trailData(trail),
	}
	page.Description = s.words.Say("%s at %s: %s.", of.GetName(), s.cfg.ShopName, s.words.Count(int(answer.GetTotal()), "%d product", "%d products"))
	if of.GetSeoDescription() != "" {
		page.Description = firstWords(of.GetSeoDescription(), longestDescription)
	}
	page.NoIndex = len(n.filters) > 0 || n.sortName != ""
	page.Canonical = s.absolute(narrowing{path: n.path}.pageURL(n.page))
	s.addLanguages(&page.Shell, listedAt(n, of, url))
	return page
}

// longestLead is how many bytes of a text about a list are read without unfolding the rest, unless its first sentence is longer.
const longestLead = 400

// fold parts what staff wrote about a list, whose paragraphs are parted by blank lines, after a paragraph or else after a sentence.
func fold(text string) storefront.FoldedText {
	var folded storefront.FoldedText
	left := longestLead
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		switch {
		case paragraph == "":
			continue
		case left > 0 && len(paragraph) <= left:
			folded.Lead = append(folded.Lead, paragraph)
		case len(folded.Lead) == 0:
			lead, rest := splitSentence(paragraph, left)
			folded.Lead = append(folded.Lead, lead)
			if rest != "" {
				folded.Rest = append(folded.Rest, rest)
			}
			left = 0
		default:
			folded.Rest, left = append(folded.Rest, paragraph), 0
		}
		left -= len(paragraph)
	}
	return folded
}

// splitSentence cuts a paragraph after the last sentence that ends within a limit, or after the first one. A text without an end stays whole.
func splitSentence(paragraph string, limit int) (lead, rest string) {
	cut := strings.LastIndex(paragraph[:limit], ". ")
	if cut < 0 {
		cut = strings.Index(paragraph, ". ")
	}
	if cut < 0 {
		return paragraph, ""
	}
	return paragraph[:cut+1], paragraph[cut+2:]
}
