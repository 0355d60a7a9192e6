package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"html"
	"strings"
	"unicode/utf8"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// Writer writes products to a file, one at a time and in the order in which they come. Errors are those of the file.
type Writer interface {
	// Write adds a whole, finished product.
	Write(p *Product) error
	// Close writes what the file ends with. It does not close what it writes to.
	Close() error
}

// Texts are cleaned when they are read: entities become characters, HTML becomes words. What looks like either is written so that
// the same text is read again.

// entities writes text for a place where entities are read.
func entities(text string) string {
	if strings.IndexByte(text, '&') >= 0 && html.UnescapeString(text) != text {
		return strings.ReplaceAll(text, "&", "&amp;")
	}
	return text
}

// described writes paragraphs as they are, or as HTML where they would be taken for something else.
func described(text string) string {
	if !looksLikeHTML(text) && (strings.IndexByte(text, '&') < 0 || html.UnescapeString(text) == text) {
		return text
	}
	return paragraphsHTML(text)
}

// paragraphsHTML writes paragraphs as HTML.
func paragraphsHTML(text string) string {
	if text == "" {
		return ""
	}
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	return "<p>" + strings.NewReplacer("\n\n", "</p><p>", "\n", "<br>").Replace(escaped) + "</p>"
}

// coded writes a code, before which an apostrophe is dropped when it is read.
func coded(text string) string {
	if strings.HasPrefix(text, "'") {
		return "'" + text
	}
	return text
}

// barcode is a GTIN with as many digits as are printed under its bars.
func barcode(gtin string) string {
	digits := strings.TrimLeft(gtin, "0")
	for _, length := range []int{8, 12, 13} {
		if digits != "" && len(digits) <= length && len(gtin) >= length {
			return gtin[len(gtin)-length:]
		}
	}
	return gtin
}

// inDecimals is a price such as "24.50".
func inDecimals(minor int64, currency string) string {
	return money.Amount{Minor: minor, Currency: currency}.Decimal()
}

// cutText shortens text to a number of characters, between words if that does not cost half of it.
func cutText(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	short := string([]rune(text)[:limit-1])
	if end := strings.LastIndexAny(short, " \n"); end > len(short)/2 {
		short = short[:end]
	}
	return strings.TrimRight(short, " \n.,;:-") + "…"
}

// cutCode shortens a code to a number of characters so that different codes stay different.
func cutCode(code string, limit int) string {
	if utf8.RuneCountInString(code) <= limit {
		return code
	}
	sum := sha256.Sum256([]byte(code))
	return string([]rune(code)[:limit-17]) + "-" + hex.EncodeToString(sum[:8])
}
