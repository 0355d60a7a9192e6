package catalog

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// narrowing is what a request leaves of a list.
type narrowing struct {
	category string // id; allProducts for everything
	byHand   bool   // whether staff put its products in order
	words    string // query of a search; empty for lists
	choices  []choice
	priced   bool
	from, to int64 // of the price, both included
}

// choice is values of one facet, of which any will do.
type choice struct {
	key    string
	values []string
}

// readFilters takes a request's filters apart.
func (n *narrowing) readFilters(filters []*catalogv1.Filter) error {
	n.from, n.to = 0, highest
	for _, filter := range filters {
		key := filter.GetKey()
		switch {
		case key == priceFacet:
			if n.priced || len(filter.GetValues()) != 1 {
				return rpc.InvalidArgument("filters: price takes one range, such as 1000-5000")
			}
			if err := n.readPrice(filter.GetValues()[0]); err != nil {
				return err
			}
		case key == brandFacet, key == availabilityFacet, key == saleFacet, strings.HasPrefix(key, optionFacet):
			values := slices.Sorted(slices.Values(filter.GetValues()))
			n.choices = append(n.choices, choice{key, slices.Compact(values)})
		default:
			return rpc.InvalidArgument("filters: there is no facet " + strconv.Quote(key))
		}
	}
	// One order for one meaning, so that what is remembered is found again.
	slices.SortFunc(n.choices, func(a, b choice) int {
		if order := strings.Compare(a.key, b.key); order != 0 {
			return order
		}
		return slices.Compare(a.values, b.values)
	})
	return nil
}

var priceRange = regexp.MustCompile(`^(-?\d*)-(-?\d*)$`)

func (n *narrowing) readPrice(text string) error {
	ends := priceRange.FindStringSubmatch(text)
	if ends == nil || ends[1] == "-" || ends[2] == "-" {
		return rpc.InvalidArgument("filters: a price is a range in minor units, such as 1000-5000, 1000- or -5000")
	}
	for i, end := range []*int64{&n.from, &n.to} {
		if ends[i+1] == "" {
			continue
		}
		minor, err := strconv.ParseInt(ends[i+1], 10, 64)
		if err != nil { // more digits than a price has
			minor = math.MaxInt64
		}
		*end = minor
		n.priced = true
	}
	n.from = max(n.from, 0)
	return nil
}

// open reports whether nothing narrows the list but its category.
func (n *narrowing) open() bool {
	return n.words == "" && len(n.choices) == 0 && !n.priced
}

// without is the narrowing with one facet left open, whose values are counted.
func (n *narrowing) without(key string) *narrowing {
	other := *n
	other.choices = slices.DeleteFunc(slices.Clone(n.choices), func(c choice) bool { return c.key == key })
	return &other
}

// unpriced is the narrowing with every price, whose bands are counted.
func (n *narrowing) unpriced() *narrowing {
	other := *n
	other.priced, other.from, other.to = false, 0, highest
	return &other
}

// query finds what is left by the index. It must not be asked of an open narrowing of everything.
func (n *narrowing) query() string {
	var all []string
	if n.category != allProducts {
		all = append(all, lexeme(categoryTerm(n.category)))
	}
	if n.words != "" {
		all = append(all, n.words)
	}
	if len(n.choices) > 0 {
		all = append(all, n.chosen())
	}
	if n.priced {
		all = append(all, bands(n.from, n.to))
	}
	return strings.Join(all, " & ")
}

// chosen is the part of the query that a product's facets alone answer.
func (n *narrowing) chosen() string {
	if len(n.choices) == 0 {
		return anyOf(supplyFacets) // every product has one
	}
	all := make([]string, len(n.choices))
	for i, c := range n.choices {
		terms := make([]string, len(c.values))
		for j, value := range c.values {
			terms[j] = facet(c.key, value)
			if terms[j] == "" {
				terms[j] = "=" // which no product has
			}
		}
		all[i] = anyOf(terms)
	}
	return strings.Join(all, " & ")
}

// name tells narrowings apart, and is the same for those that mean the same.
func (n *narrowing) name() string {
	return strings.Join([]string{n.category, n.words, n.chosen(), strconv.FormatBool(n.priced), strconv.FormatInt(n.from, 10), strconv.FormatInt(n.to, 10)}, "\n")
}
