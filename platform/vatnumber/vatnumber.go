// Package vatnumber reads the numbers by which businesses are known to their tax offices: VAT numbers of the European Union, Northern Ireland, Great Britain,
// Switzerland and Norway, Australian ABNs and Indian GSTINs. It finds typing errors by form and check digits. Whether a number was given out, and to whom,
// only the tax offices know.
package vatnumber

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Number is one that holds together.
type Number struct {
	Country string // ISO 3166-1 alpha-2; "XI" for Northern Ireland, which is in the Union for goods
	Digits  string // all that follows the country's prefix, without spaces and signs; some have letters
}

// String is the number as invoices and the tax offices' services have it, with the prefix where one belongs to it: "EL094259216".
func (n Number) String() string { return rules[n.Country].prefix + n.Digits }

// ErrCountry says that the numbers of a country are not known here. They are not wrong because of that.
var ErrCountry = errors.New("business numbers of this country cannot be checked here")

// Known says whether numbers of a country can be read.
func Known(country string) bool { return rules[country].pattern != nil }

// Name is what the number is called in a country.
func Name(country string) string {
	switch country {
	case "AU":
		return "ABN"
	case "IN":
		return "GSTIN"
	}
	return "VAT number"
}

func article(country string) string {
	if country == "AU" {
		return "an "
	}
	return "a "
}

// Parse reads a number of a country however it is written: with or without its prefix, with spaces, dots and dashes, in small letters. Its errors, apart from
// ErrCountry, are for the person who typed it.
func Parse(text, country string) (Number, error) {
	rule := rules[country]
	if rule.pattern == nil {
		return Number{}, ErrCountry
	}
	bare := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r == '+', r == '*':
			return r
		case strings.ContainsRune(" \t\u00a0\u2007\u202f.-–/", r):
			return -1
		}
		return '?' // nothing of it is overlooked
	}, text)
	if bare == "" {
		return Number{}, fmt.Errorf("enter the %s, such as %s", Name(country), rule.example)
	}
	formed := false
	for _, prefix := range []string{"", rule.prefix, country} {
		digits, found := strings.CutPrefix(bare, prefix)
		parts := rule.pattern.FindStringSubmatch(digits)
		if !found || parts == nil {
			continue
		}
		if digits = parts[1]; rule.whole != nil {
			digits = rule.whole(digits)
		}
		if rule.valid(digits) {
			return Number{Country: country, Digits: digits}, nil
		}
		formed = true
	}
	if formed {
		return Number{}, fmt.Errorf("“%s” is no %s: a digit is wrong or two changed places; compare it with the original", strings.TrimSpace(text), Name(country))
	}
	if other := countryOf(bare); other != "" && other != country {
		return Number{}, fmt.Errorf("“%s” begins like a number of another country (%s); give the one of the country of the address", strings.TrimSpace(text), other)
	}
	return Number{}, fmt.Errorf("“%s” does not look like %s, which has %s, such as %s", strings.TrimSpace(text), article(country)+Name(country), rule.form, rule.example)
}

// countryOf is the one whose prefix and form a number has.
func countryOf(bare string) string {
	for country, rule := range rules {
		if digits, found := strings.CutPrefix(bare, rule.prefix); rule.prefix != "" && found && rule.pattern.MatchString(digits) {
			return country
		}
	}
	return ""
}

// rule is how a country's numbers are made.
type rule struct {
	prefix  string         // stands before the digits
	pattern *regexp.Regexp // of a whole number without it; the first group is what is kept
	form    string         // the pattern in words
	example string
	valid   func(digits string) bool   // by the check digits
	whole   func(digits string) string // fills in what people leave out; may be nil
}

func form(pattern string) *regexp.Regexp { return regexp.MustCompile(`^(` + pattern + `)$`) }

// rules has every country. The forms of the Union's are those of the European Commission's VIES (its FAQ, question 11); the check digits are those of the
// Commission's "VIES-VAT validation routines" for the member states' tax offices, and of the offices named beside the others.
var rules = map[string]rule{
	"AT": {"AT", form(`U?\d{8}`), "a U and eight digits", "ATU13585627", austria, func(d string) string { return "U" + strings.TrimPrefix(d, "U") }},
	"BE": {"BE", form(`[01]?\d{9}`), "ten digits", "BE0403019261", belgium, lead(10)},
	"BG": {"BG", form(`\d{9,10}`), "nine or ten digits", "BG175074752", bulgaria, nil},
	"CY": {"CY", form(`\d{8}[A-Z]`), "eight digits and a letter", "CY10259033P", cyprus, nil},
	"CZ": {"CZ", form(`\d{8,10}`), "eight to ten digits", "CZ25123891", czechia, nil},
	"DE": {"DE", form(`[1-9]\d{8}`), "nine digits", "DE136695976", elevenTen, nil},
	"DK": {"DK", form(`[1-9]\d{7}`), "eight digits", "DK13585628", divisible(11, 2, 7, 6, 5, 4, 3, 2, 1), nil},
	"EE": {"EE", form(`\d{9}`), "nine digits", "EE100931558", divisible(10, 3, 7, 1, 3, 7, 1, 3, 7, 1), nil},
	"ES": {"ES", form(`[0-9A-Z]\d{7}[0-9A-Z]`), "nine digits and letters", "ESA15075062", spain, nil},
	"FI": {"FI", form(`\d{8}`), "eight digits", "FI20774740", divisible(11, 7, 9, 10, 5, 8, 4, 2, 1), nil},
	"FR": {"FR", form(`[0-9A-HJ-NP-Z]{2}\d{9}`), "two signs and nine digits", "FR40303265045", france, nil},
	"GR": {"EL", form(`\d{8,9}`), "nine digits", "EL094259216", greece, lead(9)},
	"HR": {"HR", form(`\d{11}`), "eleven digits", "HR33392005961", elevenTen, nil},
	"HU": {"HU", form(`\d{8}`), "eight digits", "HU12892312", divisible(10, 9, 7, 3, 1, 9, 7, 3, 1), nil},
	"IE": {"IE", form(`\d[0-9A-Z+*]\d{5}[A-W][A-IW]?`), "seven digits and one or two letters", "IE6433435F", ireland, nil},
	"IT": {"IT", form(`\d{11}`), "eleven digits", "IT00743110157", italy, nil},
	"LT": {"LT", form(`\d{9}|\d{12}`), "nine or twelve digits", "LT119511515", lithuania, nil},
	"LU": {"LU", form(`\d{8}`), "eight digits", "LU15027442", func(d string) bool { return number(d[:6])%89 == number(d[6:]) }, nil},
	"LV": {"LV", form(`\d{11}`), "eleven digits", "LV40003521600", latvia, nil},
	"MT": {"MT", form(`[1-9]\d{7}`), "eight digits", "MT11679112", divisible(37, 3, 4, 6, 7, 8, 9, 10, 1), nil},
	"NL": {"NL", form(`\d{9}B\d{2}`), "nine digits, a B and two digits", "NL004495445B01", netherlands, nil},
	"PL": {"PL", form(`\d{10}`), "ten digits", "PL8567346215", divisible(11, 6, 5, 7, 2, 3, 4, 5, 6, 7, -1), nil},
	"PT": {"PT", form(`[1-9]\d{8}`), "nine digits", "PT501964843", portugal, nil},
	"RO": {"RO", form(`[1-9]\d{1,9}`), "two to ten digits", "RO18547290", romania, nil},
	"SE": {"SE", form(`\d{10}(?:0[1-9]|[1-8]\d|9[0-4])`), "twelve digits", "SE556188840401", func(d string) bool { return luhn(d[:10]) }, nil},
	"SI": {"SI", form(`[1-9]\d{7}`), "eight digits", "SI50223054", slovenia, nil},
	"SK": {"SK", form(`\d{10}`), "ten digits", "SK2022749619", func(d string) bool { return number(d)%11 == 0 }, nil},

	// HM Revenue and Customs: standard numbers, branches, government departments (GD) and health authorities (HA).
	"GB": {"GB", form(`\d{9}(?:\d{3})?|GD[0-4]\d{2}|HA[5-9]\d{2}`), "nine or twelve digits", "GB980780684", britain, nil},
	"XI": {"XI", form(`\d{9}(?:\d{3})?|GD[0-4]\d{2}|HA[5-9]\d{2}`), "nine or twelve digits", "XI980780684", britain, nil},
	// Federal Statistical Office: the UID, with the word for VAT in one of the languages or without.
	"CH": {"CH", regexp.MustCompile(`^(E\d{9})(?:MWST|TVA|IVA|TPV)?$`), "an E and nine digits", "CHE-107.787.577 IVA", switzerland, nil},
	// Brønnøysund Register Centre: the organisation number.
	"NO": {"NO", regexp.MustCompile(`^(\d{9})(?:MVA)?$`), "nine digits", "NO 995525828 MVA", divisible(11, 3, 2, 7, 6, 5, 4, 3, 2, 1), nil},
	// Australian Business Register: format of the ABN.
	"AU": {"", form(`[1-9]\d{10}`), "eleven digits", "51 824 753 556", australia, nil},
	// Goods and Services Tax Network: state, PAN, number of the registration, Z, check digit.
	"IN": {"", form(`(?:0[1-9]|[12]\d|3[0-8]|9[79])[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]`), "fifteen digits and letters", "27AAPFU0939F1ZV", india, nil},
}

// lead fills in zeros that fell off the front, as spreadsheets lose them.
func lead(length int) func(string) string {
	return func(d string) string { return strings.Repeat("0", length-len(d)) + d }
}
