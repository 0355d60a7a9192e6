package storefront

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/vatnumber"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// The longest that a shopper can say, in characters.
const (
	longestCompany = 200
	longestNumber  = 40
	longestNote    = 500
	longestGift    = 300
)

// typedText is a field of several lines, each ended as texts are: browsers count the end of a line as one character and send two.
func typedText(r *http.Request, name string) string {
	return strings.ReplaceAll(typed(r, name), "\r\n", "\n")
}

// businessFields ask for whom a company buys. Most shoppers are none, so they wait behind words.
func businessFields(form storefront.ContactForm, problems ui.Problems) storefront.FieldRow {
	return storefront.FieldRow{Fold: "Buying for a company", Fields: []ui.Field{
		ui.Field{Name: "company", Label: "Company", AutoComplete: "organization", MaxLength: longestCompany, Optional: true}.With(form.Company, problems),
		ui.Field{
			Name: "vat_number", Label: vatnumber.Name(form.Country), Hint: "It stands on the invoice, and decides about the tax where the law says so.", Width: ui.Medium, MaxLength: longestNumber, Optional: true,
		}.With(form.VATNumber, problems),
	}}
}

// checkBusiness finds what is wrong with the number of a business, by the country of the address. Numbers of countries that are not known here pass.
func checkBusiness(form storefront.ContactForm, problems ui.Problems) {
	tooLong(problems, "company", form.Company, longestCompany)
	tooLong(problems, "vat_number", form.VATNumber, longestNumber)
	if form.VATNumber == "" || problems["vat_number"] != "" {
		return
	}
	if _, err := vatnumber.Parse(form.VATNumber, form.Country); err != nil && !errors.Is(err, vatnumber.ErrCountry) {
		problems["vat_number"] = sentence(err.Error())
	}
}

// wordFields ask for words to the shop and for a card, which is of use only where something is packed.
func wordFields(cart *checkoutv1.Cart, form storefront.ContactForm, problems ui.Problems) storefront.FieldRow {
	note := ui.Field{Name: "note", Label: "Note for us", Rows: 3, MaxLength: longestNote, Optional: true}.With(form.Note, problems)
	if cart.GetDigital() {
		return storefront.FieldRow{Fold: "Add a note", Fields: []ui.Field{note}}
	}
	gift := ui.Field{Name: "gift_message", Label: "Gift message", Hint: "We write it on a card and put it in with the goods.", Rows: 3, MaxLength: longestGift, Optional: true}.With(form.GiftMessage, problems)
	return storefront.FieldRow{Fold: "Add a note or a gift message", Fields: []ui.Field{note, gift}}
}

func checkWords(form storefront.ContactForm, problems ui.Problems) {
	tooLong(problems, "note", form.Note, longestNote)
	tooLong(problems, "gift_message", form.GiftMessage, longestGift)
}

func tooLong(problems ui.Problems, name, text string, most int) {
	if utf8.RuneCountInString(text) > most {
		problems[name] = "This is too long; shorten it to " + plural(most, "character", "characters")
	}
}

// pickupForm asks whether the goods are fetched, where they can be in the country of the form; nil where they cannot, or pricing does not answer.
func (s *Shop) pickupForm(ctx context.Context, cart *checkoutv1.Cart, form storefront.ContactForm, problems ui.Problems) *storefront.PickupForm {
	options := cart.GetDeliveries()
	if form.Country != cart.GetCountryCode() && form.Country != "" {
		ctx, cancel := context.WithTimeout(ctx, s.cfg.Patience)
		defer cancel()
		answer, err := s.Pricing.Quote(ctx, &pricingv1.QuoteRequest{CurrencyCode: s.cfg.Currency, CountryCode: form.Country})
		if err != nil {
			return nil
		}
		options = answer.GetDeliveries()
	}
	var places []string
	for _, option := range options {
		if option.GetPickupAddress() != nil {
			places = append(places, option.GetName())
		}
	}
	if places == nil {
		return nil
	}
	return &storefront.PickupForm{
		Fetch: form.Fetch, Places: strings.Join(places, ", "),
		Name: ui.Field{Name: "fetch_name", Label: "Name of who fetches it", AutoComplete: "name", MaxLength: 200}.With(form.FetchName, problems),
	}
}

// companyOf is the company that a cart is bought for.
func companyOf(cart *checkoutv1.Cart) string {
	if company := cart.GetDeliveryAddress().GetCompany(); company != "" {
		return company
	}
	return cart.GetBillingAddress().GetCompany()
}

// invoiceFor is where an invoice goes by itself, with the company that it is for.
func invoiceFor(cart *checkoutv1.Cart, company string) *typev1.Address {
	kept := invoiceOf(cart)
	if kept == nil {
		return nil
	}
	kept = proto.CloneOf(kept)
	kept.Company = company
	return kept
}

// contactLines repeat the first step.
func contactLines(cart *checkoutv1.Cart) []string {
	lines := []string{cart.GetEmail()}
	switch {
	case cart.GetDigital(), cart.GetPickup():
		lines = append(lines, addressLines(livesIn(cart))...)
	default:
		lines = append(lines, addressLines(cart.GetDeliveryAddress())...)
	}
	if cart.GetVatNumber() != "" {
		lines = append(lines, vatnumber.Name(cart.GetCountryCode())+" "+cart.GetVatNumber())
	}
	return lines
}

// saidSteps repeat what the shopper wrote in the first step.
func saidSteps(cart *checkoutv1.Cart) []storefront.DoneStep {
	var said []storefront.DoneStep
	for _, one := range []struct{ title, text string }{{"Note for us", cart.GetNote()}, {"Gift message", cart.GetGiftMessage()}} {
		if one.text != "" {
			said = append(said, storefront.DoneStep{Title: one.title, Lines: strings.Split(one.text, "\n"), ChangeURL: steps[contactStep].path})
		}
	}
	return said
}

// taxNotices say why the number of a business changes nothing.
func taxNotices(cart *checkoutv1.Cart) []string {
	if cart.GetVatNumberProblem() == "" {
		return nil
	}
	return []string{"Your " + vatnumber.Name(cart.GetCountryCode()) + " does not change the total: " + cart.GetVatNumberProblem() + "."}
}
