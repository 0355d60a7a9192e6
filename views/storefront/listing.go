package storefront

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/tradewind-commerce/tradewind/views/ui"
	"github.com/tradewind-commerce/tradewind/views/wording"
)

// CategoryPage lists what is in a category or a collection, narrowed by the filters in its address.
type CategoryPage struct {
	Shell
	Breadcrumb    []ui.Link
	Heading       string
	Intro         FoldedText // above the list
	Subcategories []ui.Link  // with the one being looked at marked current
	Listing       Listing
	About         FoldedText // below the list
	Structured    BreadcrumbData
}

// FoldedText is paragraphs, of which only the first are read without unfolding the rest.
type FoldedText struct {
	Lead []string
	Rest []string
}

// CollectionsPage shows every collection.
type CollectionsPage struct {
	Shell
	Breadcrumb  []ui.Link
	Heading     string
	Collections []CategoryTile
	Structured  BreadcrumbData
}

// SearchPage shows what a search found. Query is in the Shell.
type SearchPage struct {
	Shell
	Heading string // "Results for “mug”"
	// Corrected is set when the results are for another spelling: the words searched for, and the way back.
	Corrected   string
	InsteadURL  string
	SomeWords   bool // nothing has all the words, and the results have most of them
	Listing     Listing
	Suggestions []ui.Link // other spellings and broader searches, when nothing was found
	Categories  []ui.Link // ways on, when nothing was found
	Popular     []Card    // ways on, when nothing was found
}

// Listing is a filtered, sorted and paged list of products. Its form is a GET of Action, so every state has an address.
type Listing struct {
	Action   string      // the page's own path
	Hidden   []ui.Hidden // kept by the form, such as q on the search page
	Total    string      // "312 products"
	Facets   []Facet
	Price    *PriceRange
	Sort     []ui.Option // value of the parameter "sort"
	Chips    []ui.Chip
	ClearURL string
	Cards    []Card
	Pages    ui.Pagination
	// TooMany is said on the last numbered page when there is more than the list shows.
	TooMany string
}

// Facet is one property to filter by. Values of the same facet widen, different facets narrow.
type Facet struct {
	Name   string // of the query parameter, repeated for each chosen value
	Label  string
	Values []FacetValue
	Open   bool // unfolded from the start
}

// FacetValue is one choice of a facet with the number of products behind it.
type FacetValue struct {
	Value    string
	Label    string
	Count    string
	Selected bool
	Colour   string // "#2a4d3e" draws a swatch; empty draws none
}

// PriceRange filters by price with the parameters price_min and price_max, in whole units of the currency.
type PriceRange struct {
	Min      string // as typed
	Max      string
	Currency string // "€"
	Hint     string // "From €4 to €320"
	// Steps are ranges to choose from; the one that is chosen is current.
	Steps []PriceStep
	Error string
}

// PriceStep is a range of prices, such as "€20 to €50", with the number of products behind it.
type PriceStep struct {
	ui.Link
	Count string
}

// Suggestions is the fragment below the search box while typing.
type Suggestions struct {
	Lang       string // of the page with the search box
	Queries    []ui.Link
	Categories []ui.Link
	Brands     []ui.Link
	Products   []SuggestedProduct
}

// suggestedLink is a suggestion that is words alone, with the words that say what kind of thing it is.
type suggestedLink struct {
	ui.Link
	icon ui.IconName
	kind wording.Sentence
}

func (s Suggestions) links() []suggestedLink {
	var links []suggestedLink
	add := func(more []ui.Link, icon ui.IconName, kind wording.Sentence) {
		for _, link := range more {
			links = append(links, suggestedLink{link, icon, kind})
		}
	}
	add(s.Queries, ui.IconSearch, "")
	add(s.Categories, ui.IconTag, wording.Sentence("Category"))
	add(s.Brands, ui.IconTag, wording.Sentence("Brand"))
	return links
}

// SuggestionList is what the search box offers while typing; it is sent alone.
func SuggestionList(list Suggestions) templ.Component {
	return speaking(list.Lang, suggestionList(list))
}

// SuggestedProduct is a product that the typed letters may mean.
type SuggestedProduct struct {
	Name  string
	URL   string
	Price ui.Price
	Image ui.Image
}

func (l Listing) narrowed() bool { return len(l.Chips) > 0 }

func (f Facet) chosen() int {
	count := 0
	for _, value := range f.Values {
		if value.Selected {
			count++
		}
	}
	return count
}

func facetID(facet, value int) string {
	return "facet-" + strconv.Itoa(facet) + "-" + strconv.Itoa(value)
}

// inPlace makes a form of the listing change it without leaving the page. The answer is the whole page, from which the
// listing is taken; morphing keeps the focus.
func inPlace(list Listing) templ.OrderedAttributes {
	return templ.OrderedAttributes{
		{Key: "hx-get", Value: list.Action},
		{Key: "hx-trigger", Value: "change delay:150ms, change from:#sort, submit"},
		{Key: "hx-target", Value: "#listing"},
		{Key: "hx-select", Value: "#listing"},
		{Key: "hx-swap", Value: "outerMorph"},
		{Key: "hx-push-url", Value: "true"},
		{Key: "hx-sync", Value: "this:replace"},
	}
}
