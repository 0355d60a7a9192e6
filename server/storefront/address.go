package storefront

import (
	"net/http"
	"strings"
	"unicode/utf8"

	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
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
	}
}

// checkCountry says what is missing of a buyer to whom nothing is sent.
func checkCountry(form storefront.ContactForm) ui.Problems {
	all, problems := checkAddress(form, ""), ui.Problems{}
	for _, field := range []string{"country", "region"} {
		if all[field] != "" {
			problems[field] = all[field]
		}
	}
	return problems
}

// checkAddress says what is missing in an address, by field. Few countries need all of it, so little is asked for.
func checkAddress(form storefront.ContactForm, prefix string) ui.Problems {
	problems := ui.Problems{}
	for _, field := range []struct {
		name, value, missing string
		longest              int
		needed               bool
	}{
		{"country", form.Country, "Choose a country", 2, true},
		{"name", form.Name, "Enter the full name", 200, true},
		{"line1", form.Line1, "Enter the street and house number", 200, true},
		{"line2", form.Line2, "", 200, false},
		{"city", form.City, "Enter the city", 100, true},
		{"postcode", form.Postcode, "Enter the postcode", 20, withPostcodes(form.Country)},
		{"region", form.Region, "", 100, false},
	} {
		switch {
		case field.needed && field.value == "":
			problems[prefix+field.name] = field.missing
		case utf8.RuneCountInString(field.value) > field.longest:
			problems[prefix+field.name] = "This is too long; shorten it to " + plural(field.longest, "character", "characters")
		}
	}
	return problems
}

// withPostcodes leaves out destinations that have none or where few people know theirs (Universal Postal Union).
func withPostcodes(country string) bool {
	return country != "HK" && country != "AE" && country != "IE"
}

func formOf(address *typev1.Address) storefront.ContactForm {
	return storefront.ContactForm{
		Name: address.GetFullName(), Line1: address.GetLine1(), Line2: address.GetLine2(), Postcode: address.GetPostalCode(),
		City: address.GetCity(), Region: address.GetRegion(), Country: address.GetCountryCode(), Phone: address.GetPhone(),
	}
}

func addressOf(form storefront.ContactForm) *typev1.Address {
	return &typev1.Address{
		FullName: form.Name, Line1: form.Line1, Line2: form.Line2, PostalCode: form.Postcode,
		City: form.City, Region: form.Region, CountryCode: form.Country, Phone: form.Phone,
	}
}
