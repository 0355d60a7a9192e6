// Package address knows how addresses are written in each country: what is asked for, in which order, what a region and a postcode are called and look
// like. It is pure; the facts are those of countries.json.
//
// A country that is not in the data, or of which the data says nothing, is asked for little and refused nothing: a parcel that could have been
// delivered is worth more than a tidy address.
package address

import "strings"

// Address is what is written on a parcel. Everything is text as the person typed it, or as Normalise leaves it.
type Address struct {
	Name       string // of a person or company
	Company    string // that the person receives it for; mostly empty, and no country asks for it
	Line1      string // street and number, or what stands there instead
	Line2      string // flat or floor; mostly empty
	City       string
	Region     string // ISO 3166-2 without the country ("CA") where the country has regions in the data, else as typed
	PostalCode string
	Country    string // ISO 3166-1 alpha-2
}

// Written is what services keep addresses in.
type Written interface {
	GetFullName() string
	GetCompany() string
	GetLine1() string
	GetLine2() string
	GetCity() string
	GetRegion() string
	GetPostalCode() string
	GetCountryCode() string
}

// Of takes an address from where it is kept.
func Of(kept Written) Address {
	return Address{
		Name: kept.GetFullName(), Company: kept.GetCompany(), Line1: kept.GetLine1(), Line2: kept.GetLine2(), City: kept.GetCity(),
		Region: kept.GetRegion(), PostalCode: kept.GetPostalCode(), Country: kept.GetCountryCode(),
	}
}

// Field names a part of an address as the services' messages do.
type Field string

// The parts of an address.
const (
	Name       Field = "full_name"
	Company    Field = "company"
	Line1      Field = "line1"
	Line2      Field = "line2"
	City       Field = "city"
	Region     Field = "region"
	PostalCode Field = "postal_code"
	Country    Field = "country_code"
)

// Get is the text of one field.
func (a Address) Get(field Field) string {
	switch field {
	case Name:
		return a.Name
	case Company:
		return a.Company
	case Line1:
		return a.Line1
	case Line2:
		return a.Line2
	case City:
		return a.City
	case Region:
		return a.Region
	case PostalCode:
		return a.PostalCode
	case Country:
		return a.Country
	}
	return ""
}

// Part is one field that a country asks for.
type Part struct {
	Field    Field
	Label    string // "ZIP code"
	Required bool
	Regions  []Subdivision // what there is to choose from; none where any text will do
	Example  string        // of a postcode; may be empty
	Digits   bool          // it has digits alone, for the keyboard of a phone
}

// Form is what a country asks for, line by line in the order in which it is written there. The country itself is not in it.
func Form(country string) [][]Part {
	f := formatOf(country)
	var form [][]Part
	for _, line := range f.lines(f.Format) {
		var row []Part
		for _, one := range line {
			switch one.field {
			case Line1:
				// The lines of the street stand alone, so that both are as wide as what is typed there.
				if row != nil {
					form = append(form, row)
				}
				form = append(form, []Part{f.part(Line1)}, []Part{f.part(Line2)})
				row = nil
			case "", elsewhere:
			default:
				row = append(row, f.part(one.field))
			}
		}
		if row != nil {
			form = append(form, row)
		}
	}
	return form
}

func (f *format) part(field Field) Part {
	part := Part{Field: field, Label: f.label(field), Required: f.requires(field)}
	switch field {
	case Region:
		part.Regions = f.Regions
	case PostalCode:
		part.Example, part.Digits = f.example(), f.digits() > 0
	}
	return part
}

// Label is what a field is called in a country: a ZIP code, a prefecture.
func Label(country string, field Field) string { return formatOf(country).label(field) }

func (f *format) label(field Field) string {
	switch field {
	case Name:
		return "Full name"
	case Company:
		return "Company"
	case Line1:
		return "Street and house number"
	case Line2:
		return "Flat or floor"
	case City:
		return known(f.TownKind, map[string]string{"": "City", "post_town": "Town or city", "suburb": "Suburb or town"})
	case Region:
		return known(f.RegionKind, map[string]string{"": "Province", "do_si": "Province or city"})
	case PostalCode:
		return known(f.PostcodeKind, map[string]string{"": "Postcode", "zip": "ZIP code", "pin": "PIN code", "postal": "Postal code"})
	}
	return "Country"
}

// known gives a kind its English name: its own word, unless there is a better one.
func known(kind string, names map[string]string) string {
	if name := names[kind]; name != "" {
		return name
	}
	return strings.ToUpper(kind[:1]) + kind[1:]
}
