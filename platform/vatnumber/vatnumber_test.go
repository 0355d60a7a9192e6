package vatnumber

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// published are numbers that tax offices, registers and companies show as examples or as their own.
var published = map[string][]string{
	"AT": {"ATU13585627", "AT U13585627", "13585627"}, "BE": {"BE0403019261", "403.019.261", "BE 0428.759.497"}, "BG": {"BG175074752", "BG7523169263"},
	"CY": {"CY10259033P"}, "CZ": {"CZ25123891", "CZ7103192745", "CZ640903926"}, "DE": {"DE136695976", "de 136 695 976"}, "DK": {"DK13585628", "13 58 56 28"},
	"EE": {"EE100931558"}, "ES": {"ESA15075062", "ESB64717838", "54362315K", "ESX2482300W", "ESJ99216582"}, "FI": {"FI20774740", "FI2077474-0"},
	"FR": {"FR40303265045", "FR23334175221", "FRK7399859412", "FR4Z123456782"}, "GR": {"EL094259216", "GR 94259216"},
	"HR": {"HR33392005961"}, "HU": {"HU12892312"}, "IE": {"IE6433435F", "IE6433435OA", "IE8D79739I"}, "IT": {"IT00743110157"},
	"LT": {"LT119511515", "LT100001919017"}, "LU": {"LU15027442"}, "LV": {"LV40003521600", "LV16117519997"}, "MT": {"MT11679112"},
	"NL": {"NL004495445B01", "NL123456789B13"}, "PL": {"PL8567346215", "856-734-62-15"}, "PT": {"PT501964843"}, "RO": {"RO18547290"},
	"SE": {"SE556188840401", "SE123456789701"}, "SI": {"SI50223054"}, "SK": {"SK2022749619"},
	"GB": {"GB980780684", "GB 802 3117 82", "GBGD001", "GBHA599"}, "XI": {"XI980780684"}, "CH": {"CHE-107.787.577 IVA", "CHE107787577", "CHE-107.787.577 MWST"},
	"NO": {"NO995525828MVA", "995 525 828"}, "AU": {"51 824 753 556", "83 914 571 673", "AU51824753556"}, "IN": {"27AAPFU0939F1ZV"},
}

// Numbers are read in the ways in which people write them, and are settled once they are read.
func TestPublished(t *testing.T) {
	for country := range rules {
		if len(published[country]) == 0 {
			t.Errorf("no number of %s is tried", country)
		}
		if _, err := Parse(rules[country].example, country); err != nil {
			t.Errorf("our own example for %s: %v", country, err)
		}
		for _, text := range published[country] {
			read, err := Parse(text, country)
			if err != nil {
				t.Errorf("%s: %v", text, err)
				continue
			}
			if again, err := Parse(read.String(), country); err != nil || again != read {
				t.Errorf("%s is read as %s, and that as %v, %v", text, read, again, err)
			}
		}
	}
	for text, want := range map[string]string{"GR 94259216": "EL094259216", "403.019.261": "BE0403019261", "13585627": "ATU13585627", "CHE-107.787.577 IVA": "CHE107787577"} {
		country := map[string]string{"EL": "GR", "BE": "BE", "AT": "AT", "CH": "CH"}[want[:2]]
		if read, _ := Parse(text, country); read.String() != want {
			t.Errorf("%s is %s, not %s", text, read, want)
		}
	}
}

// One wrong digit is found, in every country in at least eight cases of ten; where the check digits promise it, always.
func TestOneWrongDigit(t *testing.T) {
	promised := []string{"AT", "BE", "CY", "DE", "DK", "EE", "FI", "HR", "HU", "IE", "IT", "LU", "NO", "PL", "SE", "AU", "CH", "IN", "MT"}
	for country, numbers := range published {
		tried, passed := 0, 0
		for _, text := range numbers {
			read, err := Parse(text, country)
			if err != nil || strings.HasPrefix(read.Digits, "GD") || strings.HasPrefix(read.Digits, "HA") {
				continue // these have no check digit
			}
			for at, sign := range []byte(read.Digits) {
				if sign < '0' || sign > '9' || country == "SE" && at >= 10 || country == "NL" && at >= 10 || country == "GB" && at >= 9 {
					continue
				}
				for digit := byte('0'); digit <= '9'; digit++ {
					if digit == sign {
						continue
					}
					wrong := rules[country].prefix + read.Digits[:at] + string(digit) + read.Digits[at+1:]
					tried++
					if _, err := Parse(wrong, country); err == nil {
						passed++
						if slices.Contains(promised, country) {
							t.Errorf("%s is taken for a number, as %s is", wrong, read)
						}
					}
				}
			}
		}
		if tried == 0 || passed*5 > tried {
			t.Errorf("%s: %d of %d wrong digits passed", country, passed, tried)
		}
	}
}

// What is wrong is said in words that help.
func TestRefused(t *testing.T) {
	for _, tc := range []struct{ text, country, want string }{
		{"", "DE", "enter the VAT number, such as DE136695976"},
		{"DE136695977", "DE", "“DE136695977” is no VAT number: a digit is wrong or two changed places; compare it with the original"},
		{"DE13669597", "DE", "“DE13669597” does not look like a VAT number, which has nine digits, such as DE136695976"},
		{"FR40303265045", "DE", "“FR40303265045” begins like a number of another country (FR); give the one of the country of the address"},
		{"DE136695976", "XI", "“DE136695976” begins like a number of another country (DE); give the one of the country of the address"},
		{"DE１36695976", "DE", "“DE１36695976” does not look like a VAT number, which has nine digits, such as DE136695976"},
		{"51824753557", "AU", "“51824753557” is no ABN: a digit is wrong or two changed places; compare it with the original"},
		{"1", "AU", "“1” does not look like an ABN, which has eleven digits, such as 51 824 753 556"},
	} {
		if _, err := Parse(tc.text, tc.country); err == nil || err.Error() != tc.want {
			t.Errorf("%q in %s: %v, not %q", tc.text, tc.country, err, tc.want)
		}
	}
	if _, err := Parse("123", "US"); !errors.Is(err, ErrCountry) || Known("US") || !Known("GR") {
		t.Errorf("a number of a country without: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for country, numbers := range published {
		for _, text := range numbers {
			f.Add(text, country)
		}
	}
	f.Fuzz(func(t *testing.T, text, country string) {
		read, err := Parse(text, country)
		if err != nil {
			return
		}
		if again, err := Parse(read.String(), country); err != nil || again != read {
			t.Fatalf("%q is read as %q, and that as %q: %v", text, read, again, err)
		}
	})
}

// A check digit is one and no other: of all digits that could stand there, only the published one is taken, also where a slip elsewhere may go unseen.
func TestOneCheckDigit(t *testing.T) {
	several := []string{"NL123456789B13", "BG7523169263"}                                            // of these kinds a number may be right by one of several rules
	places := map[string]int{"GB": 8, "XI": 8, "SE": 9, "CH": 8, "NO": 8, "FR": 1, "NL": 8, "AU": 1} // the last one elsewhere
	for country, numbers := range published {
		for _, text := range numbers {
			read, err := Parse(text, country)
			at, elsewhere := places[country]
			if !elsewhere {
				at = len(read.Digits) - 1
			}
			if err != nil || slices.Contains(several, text) || len(read.Digits) <= at || read.Digits[at] < '0' || read.Digits[at] > '9' || strings.HasPrefix(read.Digits, "GD") || strings.HasPrefix(read.Digits, "HA") {
				continue // a letter is the check, or nothing is
			}
			for digit := byte('0'); digit <= '9'; digit++ {
				wrong := rules[country].prefix + read.Digits[:at] + string(digit) + read.Digits[at+1:]
				if _, err := Parse(wrong, country); digit != read.Digits[at] && err == nil {
					t.Errorf("%s is taken for a number, as %s is", wrong, read)
				}
			}
		}
	}
}
