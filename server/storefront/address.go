package storefront

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/address"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// typed is a field of a form without the spaces around it.
func typed(r *http.Request, name string) string {
	return strings.TrimSpace(strings.ToValidUTF8(r.PostFormValue(name), ""))
}

// readForm reads the fields of an address whose names begin with a prefix.
func readForm(r *http.Request, prefix string) storefront.ContactForm {
	return storefront.ContactForm{
		Name: typed(r, prefix+"name"), Line1: typed(r, prefix+"line1"), Line2: typed(r, prefix+"line2"),
		Postcode: typed(r, prefix+"postcode"), City: typed(r, prefix+"city"), Region: typed(r, prefix+"region"), Country: typed(r, prefix+"country"),
		Company: typed(r, prefix+"company"),
	}
}

// formNames are what the fields of an address are called in forms.
var formNames = map[address.Field]string{
	address.Name: "name", address.Line1: "line1", address.Line2: "line2", address.City: "city", address.Region: "region", address.PostalCode: "postcode",
	address.Country: "country",
}

// autocompletes are what browsers call them.
var autocompletes = map[address.Field]string{
	address.Name: "name", address.Line1: "address-line1", address.Line2: "address-line2", address.City: "address-level2", address.Region: "address-level1",
	address.PostalCode: "postal-code", address.Country: "country",
}

// addressForm is which address is asked for.
type addressForm struct {
	prefix       string // of the fields' names
	autocomplete string // "shipping " or "billing "
	redraw       string // where another country's fields are drawn
	also         string // what else on the page depends on the country, by its id
	taxOnly      bool   // nothing is sent: country and region are enough
}

var (
	deliveryForm = addressForm{autocomplete: "shipping ", redraw: "/checkout/contact/country", also: "reach"}
	digitalForm  = addressForm{autocomplete: "billing ", redraw: "/checkout/contact/country", taxOnly: true}
	billingForm  = addressForm{prefix: "billing_", autocomplete: "billing ", redraw: "/checkout/payment/country"}
)

func contactForm(digital bool) addressForm {
	if digital {
		return digitalForm
	}
	return deliveryForm
}

// shown names the field that tells for which country a form was drawn.
func (a addressForm) shown() string { return a.prefix + "country_shown" }

// redrawn says whether the button that draws another country's fields was meant. Pressing Enter presses it as well, since it is the form's first: then the country is
// still the one that was drawn. Script asks for nothing else.
func (a addressForm) redrawn(r *http.Request) bool {
	return r.Header.Get("HX-Request") != "" || typed(r, a.prefix+"country") != typed(r, a.shown())
}

// fields asks for an address as its country does, with what was typed and what is wrong with it. The shop's own country is chosen until another one is.
func (s *Shop) fields(ctx context.Context, a addressForm, form storefront.ContactForm, problems ui.Problems) storefront.AddressFields {
	options := s.countryOptions(ctx, form.Country)
	asked := storefront.AddressFields{
		ID: a.prefix + "address", RedrawURL: a.redraw, Also: a.also, Shown: ui.Hidden{Name: a.shown(), Value: form.Country},
		Country: ui.Field{Name: a.prefix + "country", Label: "Country", Options: options, AutoComplete: a.autocomplete + "country"}.With(form.Country, problems),
	}
	written := address.Normalise(address.Of(addressOf(form)))
	for _, parts := range address.Form(form.Country) {
		var row storefront.FieldRow
		for _, part := range parts {
			if a.taxOnly && part.Field != address.Region {
				continue
			}
			field := a.field(part, written.Region).With(typedOf(form, part.Field), problems)
			if part.Field == address.Line2 {
				row.Fold = "Add " + strings.ToLower(part.Label[:1]) + part.Label[1:]
			}
			row.Fields = append(row.Fields, field)
		}
		if row.Fields != nil {
			asked.Rows = append(asked.Rows, row)
		}
	}
	return asked
}

func (a addressForm) field(part address.Part, region string) ui.Field {
	field := ui.Field{
		Name: a.prefix + formNames[part.Field], Label: part.Label, AutoComplete: a.autocomplete + autocompletes[part.Field],
		MaxLength: longest[part.Field], Optional: !part.Required || a.taxOnly,
	}
	switch part.Field {
	case address.PostalCode:
		field.Width = ui.Short
		if part.Digits {
			field.InputMode = "numeric"
		}
	case address.Region:
		field.Width = ui.Medium
		if part.Regions == nil {
			break
		}
		field.MaxLength = 0
		field.Options = append(field.Options, ui.Option{Label: "Choose"})
		for _, one := range part.Regions {
			field.Options = append(field.Options, ui.Option{Value: one.Code, Label: one.Label(), Selected: one.Code == region})
		}
	}
	return field
}

func typedOf(form storefront.ContactForm, field address.Field) string {
	return address.Of(addressOf(form)).Get(field)
}

// longest is how many characters a field holds.
var longest = map[address.Field]int{
	address.Name: 200, address.Line1: 200, address.Line2: 200, address.City: 100, address.Region: 100, address.PostalCode: 20,
}

// check says what is wrong with an address, by field. Of a buyer to whom nothing is sent, only the country must be known.
func (a addressForm) check(form storefront.ContactForm) ui.Problems {
	problems := ui.Problems{}
	for field, most := range longest {
		if utf8.RuneCountInString(typedOf(form, field)) > most {
			problems[a.prefix+formNames[field]] = "This is too long; shorten it to " + plural(most, "character", "characters")
		}
	}
	for _, problem := range address.Check(address.Normalise(address.Of(addressOf(form)))) {
		name := a.prefix + formNames[problem.Field]
		if problems[name] == "" && (!a.taxOnly || problem.Field == address.Country) {
			problems[name] = problem.Text
		}
	}
	return problems
}

func formOf(kept *typev1.Address) storefront.ContactForm {
	return storefront.ContactForm{
		Name: kept.GetFullName(), Line1: kept.GetLine1(), Line2: kept.GetLine2(), Postcode: kept.GetPostalCode(),
		City: kept.GetCity(), Region: kept.GetRegion(), Country: kept.GetCountryCode(), Phone: kept.GetPhone(), Company: kept.GetCompany(),
	}
}

func addressOf(form storefront.ContactForm) *typev1.Address {
	return &typev1.Address{
		FullName: form.Name, Line1: form.Line1, Line2: form.Line2, PostalCode: form.Postcode,
		City: form.City, Region: form.Region, CountryCode: form.Country, Phone: form.Phone, Company: form.Company,
	}
}
