package pricing

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/address"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// place is where goods go or are fetched, written as tables of places have it.
type place struct{ country, region, postcode string }

func placeOf(country, region, postcode string) place {
	a := address.Normalise(address.Address{Country: country, Region: region, PostalCode: postcode})
	plain := func(text string) string { return strings.ReplaceAll(text, "|", "") } // it stands between the parts of a place
	return place{a.Country, plain(a.Region), plain(a.PostalCode)}
}

// area is a country, a region of it, or postcodes there.
type area struct{ country, region, from, until string }

// english is what staff read.
var english = language.English

// written are the signs of postcodes.
var written = regexp.MustCompile(`^[A-Z0-9 -]{0,20}$`)

// areaOf reads what staff or files say of a place. What is wrong is added to the problems.
func areaOf(country, region, from, until string, wrong func(field, text string)) area {
	a := placeOf(country, region, from)
	at := area{country: a.country, region: a.region, from: a.postcode, until: placeOf(country, "", until).postcode}
	name := address.CountryName(at.country, english)
	if name == at.country {
		wrong("country_code", fmt.Sprintf("“%s” is no country; write its two letters, such as DE", country))
		return at
	}
	known := address.Subdivisions(at.country)
	switch {
	case at.region == "":
	case len(known) == 0:
		wrong("region", "addresses in "+name+" name no region; use postcodes")
	case !slices.ContainsFunc(known, func(s address.Subdivision) bool { return s.Code == at.region }):
		wrong("region", fmt.Sprintf("“%s” is no region of %s; write its code, such as %s", region, name, known[0].Code))
	}
	switch {
	case at.from == "" && at.until != "":
		wrong("postcode_from", "is missing, though there is a last one")
	case !written.MatchString(at.from):
		wrong("postcode_from", "has other signs than letters, digits, spaces and hyphens, or more than 20")
	case at.until == "":
		at.until = at.from
	case !written.MatchString(at.until):
		wrong("postcode_until", "has other signs than letters, digits, spaces and hyphens, or more than 20")
	case at.until < at.from:
		wrong("postcode_until", "comes before the first one")
	}
	return at
}

// last is the end of a range for people to read: nothing when it is where the range began.
func (a area) last() string {
	if a.until == a.from {
		return ""
	}
	return a.until
}

// problems collects what is wrong with things that shall be stored.
type problems []*pricingv1.RateProblem

func (p *problems) of(index int) func(field, text string) {
	return func(field, text string) {
		*p = append(*p, &pricingv1.RateProblem{Index: int32(index), Field: field, Text: text})
	}
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return rpc.InvalidArgument(fmt.Sprintf("%s: %s", p[0].GetField(), p[0].GetText()), &pricingv1.RateProblems{Problems: p})
}

// dayForm is how days are written.
const dayForm = "2006-01-02"

// day reads the midnight UTC at which a day begins. The zero time, before which nothing was sold, stands for none.
func day(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	at, err := time.Parse(dayForm, text)
	return at, err == nil && at.Year() >= 1900
}

func dayText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(dayForm)
}
