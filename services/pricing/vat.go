package pricing

import (
	"errors"

	"github.com/tradewind-commerce/tradewind/platform/address"
	"github.com/tradewind-commerce/tradewind/platform/vatnumber"
	"github.com/tradewind-commerce/tradewind/services/pricing/engine"
)

// union are the countries with one system of VAT (Directive 2006/112/EC, Article 5). Between them goods for a business with a VAT number are free of it, and the buyer
// owes it (Articles 138 and 200).
var union = map[string]bool{
	"AT": true, "BE": true, "BG": true, "CY": true, "CZ": true, "DE": true, "DK": true, "EE": true, "ES": true, "FI": true, "FR": true, "GR": true, "HR": true, "HU": true,
	"IE": true, "IT": true, "LT": true, "LU": true, "LV": true, "MT": true, "NL": true, "PL": true, "PT": true, "RO": true, "SE": true, "SI": true, "SK": true,
}

// reverses says whether businesses in a country owe the tax themselves on what a shop sends them.
func reverses(shopCountry, shopNumber, country string) bool {
	return union[shopCountry] && shopNumber != "" && union[country] && country != shopCountry
}

// vatProblem says why a VAT number changes nothing, in words for the shopper; nothing when the buyer owes the tax by it.
func vatProblem(number, country, shopCountry string, zone *engine.Zone) string {
	if zone == nil || !zone.ReverseCharge {
		if country == shopCountry {
			return "within " + address.CountryName(country, english) + " we have to charge the tax, also to businesses"
		}
		return "for deliveries to this country a " + vatnumber.Name(country) + " does not change the tax"
	}
	_, err := vatnumber.Parse(number, country)
	switch {
	case errors.Is(err, vatnumber.ErrCountry):
		return "numbers of this country cannot be checked here"
	case err != nil:
		return err.Error()
	}
	return ""
}
