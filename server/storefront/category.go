package storefront

import (
	"cmp"
	"net/http"
	"strings"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/edge"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// category shows a shelf of the shop.
func (s *Shop) category(w http.ResponseWriter, r *http.Request) error {
	n, err := s.readNarrowing(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	answer, err := s.Catalog.ListProducts(ctx, &catalogv1.ListProductsRequest{
		CategorySlug: r.PathValue("slug"), Filters: n.filters, Sort: n.sort, Page: int32(n.page), PageSize: cardsPerPage, Locale: s.locale,
	})
	switch connect.CodeOf(err) {
	case connect.CodeOutOfRange:
		return web.NotFound
	case connect.CodeFailedPrecondition:
		return web.Problem{Status: http.StatusGone}
	}
	if err != nil {
		return err
	}
	category := answer.GetCategory()
	if category.GetSlug() != r.PathValue("slug") {
		moved(w, r, s.categoryURL(category.GetSlug()), edge.Category(category.GetId()))
		return nil
	}
	page := storefront.CategoryPage{
		Shell:      s.shell(ctx, cmp.Or(category.GetSeoTitle(), category.GetName())),
		Breadcrumb: []ui.Link{{Label: s.words.Say("Home"), URL: s.path("/")}},
		Heading:    category.GetName(),
		Listing:    s.listing(n, answer.GetCards(), answer.GetFacets(), answer.GetPrice(), int(answer.GetTotal()), answer.GetTotalIsBound()),
	}
	for _, above := range answer.GetBreadcrumb() {
		page.Breadcrumb = append(page.Breadcrumb, ui.Link{Label: above.GetName(), URL: s.categoryURL(above.GetSlug())})
	}
	page.Breadcrumb = append(page.Breadcrumb, ui.Link{Label: category.GetName(), URL: s.categoryURL(category.GetSlug()), Current: true})
	for _, child := range answer.GetChildren() {
		page.Subcategories = append(page.Subcategories, ui.Link{Label: child.GetName(), URL: s.categoryURL(child.GetSlug())})
	}
	page.Description = s.words.Say("%s at %s: %s.", category.GetName(), s.cfg.ShopName, s.words.Count(int(answer.GetTotal()), "%d product", "%d products"))
	if category.GetSeoDescription() != "" {
		page.Description = firstWords(category.GetSeoDescription(), longestDescription)
	}
	if n.page == 1 {
		page.About = fold(category.GetDescription())
	}
	page.NoIndex = len(n.filters) > 0 || n.sortName != ""
	page.Canonical = s.absolute(narrowing{path: n.path}.pageURL(n.page))
	s.addLanguages(&page.Shell, listedAt(n, category, (*Shop).categoryURL))
	page.Structured = s.trailData(page.Breadcrumb)
	mark(w, answer.GetCards(), s.wordKeys(edge.Category(category.GetId()))...)
	return web.Render(w, r, http.StatusOK, storefront.Category(page))
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
