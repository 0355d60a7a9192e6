package storefront

import (
	"net/url"
	"slices"
	"strconv"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// listing is a page of products with all that narrows and sorts them, which categories, collections and searches show alike.
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
