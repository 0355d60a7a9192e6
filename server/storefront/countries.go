package storefront

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// countryLifetime is how long the list of destinations is kept; it changes when a merchant opens a market.
const countryLifetime = time.Minute

type countryList struct {
	all  []*pricingv1.Country
	read time.Time
}

// destinations returns where the shop delivers to; the last known list when pricing does not answer.
func (s *Shop) destinations(ctx context.Context) []*pricingv1.Country {
	known := s.countries.Load()
	if known != nil && clock.Now().Sub(known.read) < countryLifetime {
		return known.all
	}
	answer, err := s.Pricing.ListCountries(ctx, &pricingv1.ListCountriesRequest{})
	if err != nil {
		if known != nil {
			return known.all
		}
		return nil
	}
	s.countries.Store(&countryList{all: answer.GetCountries(), read: clock.Now()})
	return answer.GetCountries()
}

func (s *Shop) countryOptions(ctx context.Context, chosen string) []ui.Option {
	options := []ui.Option{}
	if chosen == "" {
		options = append(options, ui.Option{Label: s.words.Say("Choose a country"), Selected: true})
	}
	first := len(options)
	for _, country := range s.destinations(ctx) {
		options = append(options, ui.Option{Value: country.GetCode(), Label: s.nameOf(country), Selected: country.GetCode() == chosen})
	}
	if s.words.Translated() { // else they are in order
		order := collate.New(language.Make(s.cfg.Locale))
		slices.SortStableFunc(options[first:], func(a, b ui.Option) int { return order.CompareString(a.Label, b.Label) })
	}
	return options
}

// knownCountry returns the code if the shop delivers there, else nothing.
func (s *Shop) knownCountry(ctx context.Context, code string) string {
	for _, country := range s.destinations(ctx) {
		if country.GetCode() == code {
			return code
		}
	}
	return ""
}

func (s *Shop) countryName(code string) string {
	if known := s.countries.Load(); known != nil {
		for _, country := range known.all {
			if country.GetCode() == code {
				return s.nameOf(country)
			}
		}
	}
	return code
}

// nameOf is what a country is called in the language of the pages; pricing keeps its English name.
func (s *Shop) nameOf(country *pricingv1.Country) string {
	region, err := language.ParseRegion(country.GetCode())
	if names := display.Regions(language.Make(s.cfg.Locale)); err == nil && names != nil && s.words.Translated() {
		return cmp.Or(names.Name(region), country.GetName())
	}
	return country.GetName()
}
