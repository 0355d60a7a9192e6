package storefront

import (
	"net/http"

	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// contentPages are the plain pages every shop needs, in words that hold for the sample shop. They move to store's settings when
// merchants can edit them.
var contentPages = map[string]struct {
	heading, lead string
	sections      []storefront.ContentSection
}{
	"shipping": {"Shipping", "What it costs and when it arrives is shown in the cart, before you enter an address.", []storefront.ContentSection{
		{Heading: "How long it takes", Paragraphs: []string{"Orders placed on a working day leave our shelves on the next one. The days of arrival stand beside each way of delivery."}},
		{Heading: "What it costs", Paragraphs: []string{"Choose your country in the cart to see every way of delivery with its price. Larger orders go free where the cart says so."}},
	}},
	"returns": {"Returns", "Send it back within 30 days if it is not right.", []storefront.ContentSection{
		{Heading: "How it works", Paragraphs: []string{"Write to us with your order number. We tell you where to send the parcel, and pay you back the way you paid as soon as it is here."}},
	}},
	"contact": {"Contact", "People answer here on working days.", []storefront.ContentSection{
		{Paragraphs: []string{"Write to the address your confirmation came from, with your order number. You get an answer within one working day."}},
	}},
	"terms": {"Terms of sale", "What holds between you and the shop.", []storefront.ContentSection{
		{Heading: "The contract", Paragraphs: []string{"Your order is an offer; our confirmation accepts it. The price is the one on the review page, which names every part of it."}},
		{Heading: "Payment", Paragraphs: []string{"You pay at our payment provider, or on delivery. We never see your card."}},
	}},
	"privacy": {"Privacy", "What we keep about you, and why.", []storefront.ContentSection{
		{Heading: "What we keep", Paragraphs: []string{"Your email address and postal addresses, to send what you ordered and tell you about it. Nothing is sold or shared beyond the carrier and the payment provider."}},
		{Heading: "Cookies", Paragraphs: []string{"One that holds your cart, one that counts what is in it, and one that shows you your own changes at once. None follows you anywhere."}},
	}},
}

// content shows a plain page to read.
func (s *Shop) content(w http.ResponseWriter, r *http.Request) error {
	known, found := contentPages[r.PathValue("name")]
	if !found {
		return web.NotFound
	}
	page := storefront.ContentPage{
		Shell: s.shell(r.Context(), known.heading), Heading: known.heading, Lead: known.lead, Sections: known.sections,
		Breadcrumb: []ui.Link{{Label: "Home", URL: s.path("/")}, {Label: known.heading, URL: r.URL.Path, Current: true}},
	}
	page.Description = known.lead
	here := s.neutral(r.URL.Path)
	page.Canonical = s.absolute(here)
	s.addLanguages(&page.Shell, untranslated(here))
	return web.Render(w, r, http.StatusOK, storefront.Content(page))
}
