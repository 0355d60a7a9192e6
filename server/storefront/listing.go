package storefront

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/edge"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
	"github.com/tradewind-commerce/tradewind/views/wording"
)

const (
	cardsPerPage = 24
	lastPage     = 40
)

// narrowings are the parameters that change a list.
var narrowings = []string{"page", "sort", "brand", "availability", "sale", "option.*", "price_min", "price_max"}

// sorts are the orders a shopper may choose, by the value in the address.
var sorts = []struct {
	value string
	label wording.Sentence
	sort  catalogv1.Sort
}{
	{"", wording.Sentence("Our choice"), catalogv1.Sort_SORT_UNSPECIFIED},
	{"price", wording.Sentence("Price, low to high"), catalogv1.Sort_SORT_PRICE_ASC},
	{"-price", wording.Sentence("Price, high to low"), catalogv1.Sort_SORT_PRICE_DESC},
	{"newest", wording.Sentence("Newest"), catalogv1.Sort_SORT_NEWEST},
	{"name", wording.Sentence("Name"), catalogv1.Sort_SORT_NAME},
}

// narrowing is what the address of a list says.
type narrowing struct {
	path     string
	query    string // of a search
	exact    bool   // search for what was typed, whatever looks mistyped
	filters  []*catalogv1.Filter
	sort     catalogv1.Sort
	sortName string
	page     int
	priceMin string
	priceMax string
	// priceError is said at the price fields; the list is then not narrowed by price.
	priceError string
}

// readNarrowing takes an address apart. What it does not know it leaves out, so that a mistyped address still shows a list.
func (s *Shop) readNarrowing(r *http.Request) (narrowing, error) {
	values := r.URL.Query()
	n := narrowing{path: r.URL.Path, query: readQuery(values.Get("q")), page: 1}
	n.exact = n.query != "" && values.Get("exact") == "1"
	if text := values.Get("page"); text != "" {
		page, err := strconv.Atoi(text)
		if err != nil || page < 2 || page > lastPage {
			return n, web.NotFound // page 1 has no parameter
		}
		n.page = page
	}
	for _, known := range sorts {
		if known.value == values.Get("sort") {
			n.sort, n.sortName = known.sort, known.value
		}
	}
	for name, chosen := range values {
		if (name == "brand" || name == "availability" || name == "sale" || strings.HasPrefix(name, "option.")) && len(n.filters) < 8 {
			chosen = slices.DeleteFunc(chosen, func(value string) bool { return value == "" || len(value) > 200 })
			if len(chosen) > 0 {
				n.filters = append(n.filters, &catalogv1.Filter{Key: name, Values: chosen[:min(len(chosen), 40)]})
			}
		}
	}
	slices.SortFunc(n.filters, func(a, b *catalogv1.Filter) int { return strings.Compare(a.GetKey(), b.GetKey()) })
	n.priceMin, n.priceMax = values.Get("price_min"), values.Get("price_max")
	s.addPrice(&n)
	return n, nil
}

func (s *Shop) addPrice(n *narrowing) {
	if n.priceMin == "" && n.priceMax == "" {
		return
	}
	var ends [2]string
	for i, text := range []string{n.priceMin, n.priceMax} {
		if text == "" {
			continue
		}
		amount, err := money.ParseDecimal(strings.TrimSpace(text), s.cfg.Currency)
		if err != nil {
			n.priceError = s.words.Say("Enter prices as numbers, such as 20 or 19.50")
			return
		}
		ends[i] = strconv.FormatInt(amount.Minor, 10)
	}
	n.filters = append(n.filters, &catalogv1.Filter{Key: "price", Values: []string{ends[0] + "-" + ends[1]}})
}

// address is the list with one thing changed; parameters stand in a fixed order, and page 1 has none.
func (n narrowing) address(change func(url.Values)) string {
	values := url.Values{}
	if n.query != "" {
		values.Set("q", n.query)
	}
	if n.exact {
		values.Set("exact", "1")
	}
	for _, filter := range n.filters {
		if filter.GetKey() != "price" {
			values[filter.GetKey()] = slices.Clone(filter.GetValues())
		}
	}
	for name, value := range map[string]string{"price_min": n.priceMin, "price_max": n.priceMax, "sort": n.sortName} {
		if value != "" {
			values.Set(name, value)
		}
	}
	change(values)
	if len(values) == 0 {
		return n.path
	}
	return n.path + "?" + values.Encode()
}

func (n narrowing) pageURL(page int) string {
	return n.address(func(values url.Values) {
		if page > 1 {
			values.Set("page", strconv.Itoa(page))
		}
	})
}

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

func (s *Shop) listing(n narrowing, cards []*catalogv1.Card, facets []*catalogv1.Facet, price *catalogv1.PriceRange, total int, bounded bool) storefront.Listing {
	list := storefront.Listing{
		Action: n.path, Total: s.words.Count(total, "%d product", "%d products"), Cards: s.cards(cards), ClearURL: n.path, Pages: n.pages(s.words, total, bounded),
	}
	if bounded {
		list.Total = s.words.Say("More than %d products", total)
	}
	if n.query != "" {
		list.Hidden = []ui.Hidden{{Name: "q", Value: n.query}}
		if n.exact {
			list.Hidden = append(list.Hidden, ui.Hidden{Name: "exact", Value: "1"})
		}
		list.ClearURL = n.path + "?" + url.Values{"q": {n.query}}.Encode()
	}
	for _, known := range sorts {
		list.Sort = append(list.Sort, ui.Option{Value: known.value, Label: s.words.Say(known.label), Selected: known.value == n.sortName})
	}
	for _, facet := range facets {
		list.Facets = append(list.Facets, s.facet(facet))
	}
	list.Chips = s.chips(n, facets)
	list.Price = s.priceRange(n, price)
	if n.page == lastPage && (bounded || total > lastPage*cardsPerPage) {
		list.TooMany = s.words.Say("There is more than these pages show. Narrow the list by a filter to see the rest.")
	}
	return list
}

func (s *Shop) facet(facet *catalogv1.Facet) storefront.Facet {
	shown := storefront.Facet{Name: facet.GetKey(), Label: s.facetName(facet)}
	for _, value := range facet.GetValues() {
		count := facetCount(int64(value.GetCount()), facet.GetCountsAreBounds())
		shown.Values = append(shown.Values, storefront.FacetValue{Value: value.GetValue(), Label: s.facetValue(facet, value), Count: count, Selected: value.GetChosen()})
		shown.Open = shown.Open || value.GetChosen()
	}
	return shown
}

// facetName is what a facet is called: the shop's own words for what every shop has, and an option as it is.
func (s *Shop) facetName(facet *catalogv1.Facet) string {
	switch facet.GetKey() {
	case "brand":
		return s.words.Say("Brand")
	case "availability":
		return s.words.Say("Availability")
	case "sale":
		return s.words.Say("Offers")
	default:
		return facet.GetName()
	}
}

// facetValue is what a choice is called: the shop's own words where it has them, and brands and options as they are.
func (s *Shop) facetValue(facet *catalogv1.Facet, value *catalogv1.FacetValue) string {
	switch facet.GetKey() + "=" + value.GetValue() {
	case "availability=sold_out":
		return s.words.Say("Sold out")
	case "availability=backorder":
		return s.words.Say("On order")
	case "availability=in_stock":
		return s.words.Say("In stock")
	case "sale=yes":
		return s.words.Say("On sale")
	default:
		return value.GetName()
	}
}

// facetCount writes how many products are behind a choice; where no more were counted, that there are more.
func facetCount(count int64, bound bool) string {
	if bound {
		return strconv.FormatInt(count, 10) + "+"
	}
	return strconv.FormatInt(count, 10)
}

// chips are the filters in force, each with the list without it.
func (s *Shop) chips(n narrowing, facets []*catalogv1.Facet) []ui.Chip {
	names := map[string]string{}
	for _, facet := range facets {
		for _, value := range facet.GetValues() {
			names[facet.GetKey()+"\x00"+value.GetValue()] = s.facetName(facet) + ": " + s.facetValue(facet, value)
		}
	}
	var chips []ui.Chip
	for _, filter := range n.filters {
		if filter.GetKey() == "price" {
			label := s.words.Say("Price: %s to %s", n.priceMin, n.priceMax)
			switch {
			case n.priceMin == "":
				label = s.words.Say("Price: up to %s", n.priceMax)
			case n.priceMax == "":
				label = s.words.Say("Price: from %s", n.priceMin)
			}
			chips = append(chips, ui.Chip{Label: label, RemoveURL: n.address(func(values url.Values) { values.Del("price_min"); values.Del("price_max") })})
			continue
		}
		for _, value := range filter.GetValues() {
			label, known := names[filter.GetKey()+"\x00"+value]
			if !known {
				label = value
			}
			chips = append(chips, ui.Chip{Label: label, RemoveURL: n.address(func(values url.Values) {
				values[filter.GetKey()] = slices.DeleteFunc(values[filter.GetKey()], func(v string) bool { return v == value })
				if len(values[filter.GetKey()]) == 0 {
					values.Del(filter.GetKey())
				}
			})})
		}
	}
	return chips
}

// pages numbers the list: the first, the last and those around the current one.
func (n narrowing) pages(words wording.Language, total int, bounded bool) ui.Pagination {
	count := min((total+cardsPerPage-1)/cardsPerPage, lastPage)
	if count < 2 {
		return ui.Pagination{}
	}
	first := (n.page-1)*cardsPerPage + 1
	pages := ui.Pagination{Summary: words.Say("Products %d to %d of %d", first, min(first+cardsPerPage-1, total), total)}
	if bounded {
		pages.Summary = words.Say("Products %d to %d of more than %d", first, first+cardsPerPage-1, total)
	}
	gap := false
	for number := 1; number <= count; number++ {
		if number != 1 && number != count && (number < n.page-2 || number > n.page+2) {
			if !gap {
				pages.Pages = append(pages.Pages, ui.PageLink{Gap: true})
			}
			gap = true
			continue
		}
		gap = false
		pages.Pages = append(pages.Pages, ui.PageLink{Number: strconv.Itoa(number), URL: n.pageURL(number), Current: number == n.page})
	}
	if n.page > 1 {
		pages.Previous = n.pageURL(n.page - 1)
	}
	if n.page < count {
		pages.Next = n.pageURL(n.page + 1)
	}
	return pages
}
