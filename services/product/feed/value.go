package feed

import (
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// Each function here reads one kind of cell. The reason says what is wrong with it and what to do; empty if nothing is.

func price(text, currency string) (minor int64, reason string) {
	amount, err := money.ParseDecimal(text, currency)
	switch {
	case err == nil && amount.Minor <= maxPrice:
		return amount.Minor, ""
	case err == nil || errors.Is(err, money.ErrOverflow):
		return 0, "is too large for a price"
	case text == "":
		return 0, "is missing"
	case strings.HasPrefix(text, "-"):
		return 0, "is negative"
	case strings.ContainsAny(text, "eE") && strings.Trim(text, "0123456789.eE+-") == "":
		return 0, "is written with an exponent; write all digits, such as 1234.50"
	case strings.Trim(text, "0123456789.") == "" && strings.Count(text, ".") == 1 && !strings.HasPrefix(text, ".") && !strings.HasSuffix(text, "."):
		return 0, "has more decimals than " + currency + " has"
	case strings.Trim(text, "0123456789.,' ") == "":
		return 0, "is not a number; write it without thousands separators and with a point, such as 1234.50"
	default:
		return 0, "is not a number; write a price such as 1234.50, without currency"
	}
}

// taxClass reads the code of what goods are taxed as. Which codes there are only pricing knows.
func taxClass(raw string, limit int) (code, reason string) {
	code, reason = line(raw, limit)
	code = strings.ToLower(code)
	if strings.Trim(code, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return "", "is no code of a tax class; write one of the shop's, such as reduced, or nothing for the standard class"
	}
	return code, reason
}

// count reads what is on hand. Shops that sold more than they had export negative counts, which say: nothing.
func count(text string) (n int64, reason string) {
	digits, negative := strings.CutPrefix(text, "-")
	digits = strings.TrimSuffix(digits, ".0") // spreadsheets and JSON writers add it
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, "is not a whole number"
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case negative:
		return 0, ""
	case err != nil || n > maxStock:
		return 0, "is too large for a count"
	default:
		return n, ""
	}
}

// grams reads a weight and rounds it up: a parcel must not be lighter on paper.
func grams(text string) (n int32, reason string) {
	whole, fraction, _ := strings.Cut(text, ".")
	if whole == "" || strings.Trim(whole, "0123456789") != "" || strings.Trim(fraction, "0123456789") != "" {
		return 0, "is not a weight in grams"
	}
	value, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || value > maxGrams {
		return 0, "is too large for a weight in grams"
	}
	if strings.Trim(fraction, "0") != "" {
		value++
	}
	return int32(value), ""
}

// code reads a SKU or barcode. Exports put an apostrophe before it to keep spreadsheets from taking it for a number.
func code(raw string, limit int) (text, reason string) {
	text, reason = line(raw, limit)
	if reason == "" && exponent.MatchString(text) {
		return "", "was turned into a number by a spreadsheet, its last digits are lost; format the column as text and fill it in again"
	}
	return strings.TrimSpace(strings.TrimPrefix(text, "'")), reason
}

// exponent is what spreadsheets make of a long number, such as 3.65275E+11.
var exponent = regexp.MustCompile(`^[0-9]+(?:[.,][0-9]+)?E\+[0-9]+$`)

// gtin reads a GTIN of 8, 12, 13 or 14 digits, checks its last digit and pads it to 14.
func gtin(raw string) (text, reason string) {
	if text, reason = code(raw, maxSKU); reason != "" || text == "" {
		return "", reason
	}
	if strings.Trim(text, "0123456789") != "" || len(text) != 8 && (len(text) < 12 || len(text) > 14) {
		return "", "is not a GTIN of 8, 12, 13 or 14 digits; leave it empty for goods without one"
	}
	text = strings.Repeat("0", 14-len(text)) + text
	sum := 0
	for i, digit := range []byte(text) {
		sum += int(digit-'0') * (3 - i%2*2)
	}
	if sum%10 != 0 || strings.Trim(text, "0") == "" {
		return "", "is not a GTIN: its check digit does not fit, so a digit is wrong"
	}
	return text, ""
}

// source reads a picture's address. A relative one is put after base, where there is one.
func source(raw, base string) (address, reason string) {
	if address, reason = line(raw, maxSource); reason != "" || address == "" {
		return "", reason
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "", "is not an address; begin it with https://"
	case strings.HasPrefix(address, "//"):
		return source("https:"+address, base)
	case u.Scheme == "" && base != "":
		address = base + strings.TrimPrefix(address, "/")
	case base != "" && strings.HasPrefix(address, base):
	case u.Scheme != "https" && u.Scheme != "http":
		return "", "is not a web address; begin it with https://"
	case u.Hostname() == "":
		return "", "is not an address: it names no host"
	case u.User != nil:
		return "", "holds a user name or password; remove it"
	}
	return address, ""
}

func state(text string) (State, string) {
	switch strings.ToLower(text) {
	case "active", "":
		return Active, ""
	case "draft", "unlisted":
		return Draft, ""
	case "archived":
		return Archived, ""
	default:
		return "", "is none of active, draft and archived"
	}
}
