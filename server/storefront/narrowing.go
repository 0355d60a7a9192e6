package storefront

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/web"
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
	var amounts [2]int64
	for i, text := range []string{n.priceMin, n.priceMax} {
		if text == "" {
			continue
		}
		amount, err := money.ParseDecimal(strings.TrimSpace(text), s.cfg.Currency)
		if err != nil {
			n.priceError = s.words.Say("Enter prices as numbers, such as 20 or 19.50")
			return
		}
		ends[i], amounts[i] = strconv.FormatInt(amount.Minor, 10), amount.Minor
	}
	if ends[0] != "" && ends[1] != "" && amounts[0] > amounts[1] { // typed the other way round, and meant all the same
		n.priceMin, n.priceMax, ends[0], ends[1] = n.priceMax, n.priceMin, ends[1], ends[0]
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
