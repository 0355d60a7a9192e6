package feed

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// headerPoints is what a header is worth that is all a word for the field. A header of which it is a part is worth that part.
const headerPoints = 60

// enough is how many points a column needs to be proposed for a field.
const enough = 35

// fewCells is how many cells it takes for their content to count in full.
const fewCells = 3

// sign is something about a column's cells that speaks for a field.
type sign struct {
	points float64
	// share is for how much of the cells it holds, from 0 to 1. Below least it says nothing.
	share func(cells []string) float64
	least float64
	says  string // of the cells
}

// signsFor are what the content says. Their points are weighed against a header's: above 35 a column is proposed without one.
var signsFor = map[Field][]sign{
	FieldGTIN:        {{55, cellwise(isGTIN), 0.8, "have the right check digit of a GTIN"}},
	FieldImage:       {{55, cellwise(isPicture), 0.8, "end like pictures"}},
	FieldCurrency:    {{55, cellwise(isCurrency), 1, "are currency codes"}},
	FieldSKU:         {{40, distinctCodes, 0.95, "are short codes of which none occurs twice"}},
	FieldName:        {{36, titles, 0.8, "are short texts of several words, hardly one twice"}},
	FieldDescription: {{40, cellwise(isLong), 0.5, "are long texts"}},
	FieldCategory:    {{38, cellwise(isPath), 0.5, "are paths"}, {8, repeating, 0.4, "occur more than once"}},
	FieldPrice:       {{20, cellwise(isMoney), 0.7, "are written like money"}, {15, cellwise(hasSign), 0.7, "name a currency"}},
	FieldCompareAt:   {{15, cellwise(isMoney), 0.7, "are written like money"}},
	FieldWeight:      {{40, cellwise(isWeighed), 0.8, "have a unit of weight"}, {10, cellwise(isNumber), 0.8, "are numbers"}},
	FieldStock:       {{10, cellwise(isWhole), 0.9, "are whole numbers"}},
	FieldBrand:       {{8, repeating, 0.4, "occur more than once"}},
	FieldState:       {{15, cellwise(isState), 1, "say whether shoppers see the product"}},
	FieldGroup:       {{10, repeating, 0.4, "occur more than once"}},
}

// need is what a column's cells must mostly be, whatever its header says.
type need struct {
	share func(cells []string) float64
	lacks string
}

var needs = map[Field]need{
	FieldGTIN:      {cellwise(looksLikeBarcode), "are no barcodes"},
	FieldPrice:     {cellwise(isPrice), "are no prices"},
	FieldCompareAt: {cellwise(isPrice), "are no prices"},
	FieldStock:     {cellwise(isNumber), "are no numbers"},
	FieldWeight:    {cellwise(func(c string) bool { return isNumber(c) || isWeighed(c) }), "are no weights"},
	FieldCurrency:  {cellwise(isCurrency), "are no currency codes"},
	FieldState:     {cellwise(isState), "are no states"},
	FieldBackorder: {cellwise(func(c string) bool { _, known := yesNo(c); return known }), "are neither yes nor no"},
	FieldGroup:     {func(cells []string) float64 { return min(1, 4*repeating(cells)) }, "occur only once, so they join no rows"},
	FieldImage:     {cellwise(func(c string) bool { return isPicture(c) || strings.Contains(c, "://") || strings.Contains(c, ".") }), "are no addresses"},
	FieldName:      {cellwise(func(c string) bool { return !isNumber(c) && !strings.Contains(c, "://") }), "are no names"},
}

// share needed of what a field's cells must be; each cell less costs points.
const (
	neededShare = 0.7
	lackPoints  = 80
)

// cellwise makes a test of one cell one of all.
func cellwise(test func(string) bool) func([]string) float64 {
	return func(cells []string) float64 {
		n := 0
		for _, c := range cells {
			if test(c) {
				n++
			}
		}
		return float64(n) / float64(max(len(cells), 1))
	}
}

var (
	pictureEnd = regexp.MustCompile(`(?i)\.(jpe?g|png|webp|gif|avif|tiff?|bmp)(\?[^\s]*)?$`)
	pathMark   = regexp.MustCompile(`\S ?(>|»|/|\\|\|) ?\S`)
	unitEnd    = regexp.MustCompile(`(?i)\d ?(mg|g|kg|lbs?|oz)$`)
)

func isGTIN(c string) bool {
	text, reason := gtin(c)
	return reason == "" && text != ""
}

func looksLikeBarcode(c string) bool {
	c = strings.TrimPrefix(c, "'")
	return len(c) >= 8 && len(c) <= 14 && strings.Trim(c, "0123456789") == "" || isExponent(c)
}

// isExponent recognizes a barcode that a spreadsheet turned into a number. The column is one all the same.
func isExponent(c string) bool {
	return strings.ContainsAny(c, "eE") && strings.Trim(c, "0123456789.,eE+") == "" && len(c) > 5
}

func isPicture(c string) bool { return pictureEnd.MatchString(c) }

func isCurrency(c string) bool { return len(c) == 3 && money.Known(strings.ToUpper(c)) }

func isLong(c string) bool {
	return utf8.RuneCountInString(c) >= 100 || strings.Count(c, "\n") > 1 || looksLikeHTML(c)
}

func isPath(c string) bool {
	return !strings.Contains(c, "://") && pathMark.MatchString(c) && strings.IndexFunc(c, unicode.IsLetter) >= 0 && len(c) < 300
}

func isNumber(c string) bool {
	plain, _, _ := decimalOf(c)
	return plain != "" || strings.HasPrefix(c, "+") && isNumber(c[1:])
}

func isWhole(c string) bool {
	return c != "" && len(c) < 10 && strings.Trim(strings.TrimPrefix(c, "-"), "0123456789") == ""
}

// bare is a price without what names its currency.
func bare(c string) string {
	return strings.TrimSpace(strings.TrimFunc(c, func(r rune) bool { return !unicode.IsDigit(r) }))
}

func hasSign(c string) bool {
	rest := strings.TrimSpace(strings.Trim(strings.TrimSpace(c), "0123456789.,'-– \u00a0"))
	return len(signs[rest]) > 0 || isCurrency(rest)
}

func isPrice(c string) bool { return isNumber(c) || hasSign(c) && isNumber(bare(c)) }

func isMoney(c string) bool {
	if !isPrice(c) {
		return false
	}
	_, mark, _ := decimalOf(bare(c))
	digits := bare(c)
	return mark != 0 && len(digits)-strings.LastIndexByte(digits, mark) == 3 || hasSign(c)
}

func isWeighed(c string) bool { return unitEnd.MatchString(c) }

func isState(c string) bool {
	_, reason := wordedState(c)
	return reason == ""
}

// repeating is how many of the cells hold what another one holds.
func repeating(cells []string) float64 {
	return float64(len(cells)-len(counts(cells))) / float64(max(len(cells), 1))
}

func counts(cells []string) map[string]int {
	n := map[string]int{}
	for _, c := range cells {
		n[c]++
	}
	return n
}

// distinctCodes is the share of codes among cells of which none occurs twice.
func distinctCodes(cells []string) float64 {
	if len(counts(cells)) < len(cells) || len(cells) < 2 {
		return 0
	}
	return cellwise(func(c string) bool {
		_, mark, _ := decimalOf(c)
		return len(c) >= 2 && len(c) <= 40 && !strings.ContainsAny(c, " \t:") && strings.ContainsAny(c, "0123456789") && mark == 0 && !isGTIN(c) && !isPicture(c) && !isWeighed(c)
	})(cells)
}

// titles is the share of cells that may be names.
func titles(cells []string) float64 {
	if 4*len(counts(cells)) < 3*len(cells) {
		return 0
	}
	return cellwise(func(c string) bool {
		n := utf8.RuneCountInString(c)
		return n >= 8 && n <= 120 && strings.Contains(c, " ") && !strings.Contains(c, "://") && !isPrice(c) && !isWeighed(c) && strings.IndexFunc(c, unicode.IsLetter) >= 0
	})(cells)
}

// separated finds what stands between several things in one cell; empty where cells hold one each.
func separated(cells []string, marks ...string) string {
	best, most := "", 0.0
	for _, mark := range marks {
		if share := cellwise(func(c string) bool { return strings.Contains(c, mark) })(cells); share > most && share >= 0.2 {
			best, most = mark, share
		}
	}
	return best
}

// decimalMark is what stands before decimals in columns of numbers; empty where they do not say, or say both.
func decimalMark(columns [][]string) string {
	var n notation
	for _, cells := range columns {
		for _, c := range cells {
			n.add(bare(c))
		}
	}
	switch {
	case n.commas > 0 && n.points == 0:
		return ","
	case n.points > 0 && n.commas == 0:
		return "."
	default:
		return ""
	}
}

// fieldOrder settles which field comes first where two have as many points.
var fieldOrder = func() []Field {
	fields := make([]Field, 0, len(fieldTraits))
	for field := range fieldTraits {
		fields = append(fields, field)
	}
	slices.Sort(fields)
	return fields
}()
