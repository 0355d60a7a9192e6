package checkout

import (
	"errors"
	"strings"
	"unicode"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/vatnumber"
)

// said is what a shopper says beside where it goes. What is nil stays as it is.
type said struct{ vatNumber, note, giftMessage *string }

// readSaid cleans it. A VAT number is one of the country where the goods go, since that is where the tax is owed.
func readSaid(req *checkoutv1.SetCartContactRequest, to, bill *typev1.Address) (said, error) {
	var s said
	if req.Note != nil {
		s.note = new(plain(req.GetNote()))
	}
	if req.GiftMessage != nil {
		s.giftMessage = new(plain(req.GetGiftMessage()))
	}
	if req.VatNumber == nil {
		return s, nil
	}
	country := to.GetCountryCode()
	if to == nil {
		country = bill.GetCountryCode()
	}
	number, err := vatNumber(req.GetVatNumber(), country)
	s.vatNumber = &number
	return s, err
}

// vatNumber writes a number as its tax office does. Numbers of countries that are not known here stay as they were typed.
func vatNumber(typed, country string) (string, error) {
	typed = strings.Join(strings.Fields(plain(typed)), " ")
	if typed == "" {
		return "", nil
	}
	number, err := vatnumber.Parse(typed, country)
	switch {
	case errors.Is(err, vatnumber.ErrCountry):
		return typed, nil
	case err != nil:
		return "", rpc.InvalidArgument("vat_number: " + err.Error())
	}
	return number.String(), nil
}

// plain takes out of a text what cannot be read: all signs of control but the ends of lines.
func plain(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}
