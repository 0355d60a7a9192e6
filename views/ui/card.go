package ui

import "strings"

// brands are how means of payment are called; others are written as the provider writes them.
var brands = map[string]string{
	"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover", "diners": "Diners Club", "jcb": "JCB", "unionpay": "UnionPay",
	"cartes_bancaires": "Cartes Bancaires", "eftpos_au": "eftpos Australia", "paypal": "PayPal", "link": "Link", "sepa_debit": "SEPA direct debit",
}

// CardName says what something was paid by: "Visa ending 4242". Brand and last digits are the provider's; it is empty without a brand.
func CardName(brand, last4 string) string {
	name := brands[brand]
	if name == "" && brand != "" {
		words := strings.ReplaceAll(brand, "_", " ")
		name = strings.ToUpper(words[:1]) + words[1:]
	}
	if name == "" || last4 == "" {
		return name
	}
	return name + " ending " + last4
}
