package feed

import (
	"math/big"
	"strings"
)

// notation is how the numbers of a column or a file are written: how many of them show decimals after a point, and after a comma.
type notation struct{ points, commas int }

// add notes what one cell says.
func (n *notation) add(cell string) {
	switch _, mark, twofold := decimalOf(cell); {
	case twofold:
	case mark == '.':
		n.points++
	case mark == ',':
		n.commas++
	}
}

// mark is what most of them have before their decimals; 0 where that cannot be said.
func (n notation) mark() byte {
	switch {
	case n.points > n.commas:
		return '.'
	case n.commas > n.points:
		return ','
	default:
		return 0
	}
}

var spaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2009", " ", "’", "'")

// decimalOf reads a number that is written as in some country: 1234.50, 1,234.50, 1.234,50, 1 234,50 or 1'234.50. Plain has a point
// and no other mark, and is empty when the text is no such number. Mark is what decimals stand after, 0 when the text does not show it.
// Twofold says that the text means one thing to some and a thousand times that to others, such as 1,234: plain takes its mark for
// one of decimals.
func decimalOf(text string) (plain string, mark byte, twofold bool) {
	if whole, fraction, pointed := strings.Cut(text, "."); isDigits(whole) && (!pointed || isDigits(fraction) && len(fraction) != 3) && len(text) <= 40 {
		if pointed {
			mark = '.'
		}
		return text, mark, false // as nearly all are written
	}
	if text == "" {
		return "", 0, false
	}
	text = spaces.Replace(strings.TrimPrefix(strings.TrimSpace(text), "'"))
	digits, negative := strings.CutPrefix(text, "-")
	if len(digits) > 40 || digits == "" || strings.Trim(digits, "0123456789., '") != "" {
		return "", 0, false
	}
	mark, group, known := marksOf(digits)
	if !known {
		return "", 0, false
	}
	whole, fraction := digits, ""
	if mark != 0 {
		var marked bool
		if whole, fraction, marked = strings.Cut(digits, string(mark)); marked && fraction == "" {
			return "", 0, false
		}
		twofold = marked && group == 0 && len(fraction) == 3 && whole != "" && len(whole) <= 3 && whole[0] != '0'
	}
	whole, grouped := ungroup(whole, group)
	if !grouped || strings.Trim(whole+fraction, "0123456789") != "" {
		return "", 0, false
	}
	if whole == "" {
		whole = "0"
	}
	if plain = whole; fraction != "" {
		plain += "." + fraction
	}
	if negative {
		plain = "-" + plain
	}
	return plain, mark, twofold
}

// marksOf are what decimals stand after and what parts thousands, 0 where the digits show none: of points and commas the last is for decimals, and what is
// there twice parts thousands. They are not known where spaces or apostrophes part thousands and both of the others are there too.
func marksOf(digits string) (mark, group byte, known bool) {
	points, commas := strings.Count(digits, "."), strings.Count(digits, ",")
	switch {
	case strings.ContainsRune(digits, ' '):
		group = ' '
	case strings.ContainsRune(digits, '\''):
		group = '\''
	}
	switch {
	case points > 0 && commas > 0:
		if group != 0 {
			return 0, 0, false
		}
		mark, group = '.', ','
		if strings.LastIndexByte(digits, ',') > strings.LastIndexByte(digits, '.') {
			mark, group = ',', '.'
		}
	case points > 1:
		mark, group = ',', '.'
	case commas > 1:
		mark, group = '.', ','
	case points == 1:
		mark = '.'
	case commas == 1:
		mark = ','
	}
	return mark, group, true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// ungroup takes thousands marks out, if they stand between groups of three.
func ungroup(whole string, group byte) (string, bool) {
	if group == 0 || strings.IndexByte(whole, group) < 0 {
		return whole, true
	}
	parts := strings.Split(whole, string(group))
	for i, part := range parts {
		if len(part) != 3 && (i > 0 || len(part) == 0 || len(part) > 3) {
			return "", false
		}
	}
	return strings.Join(parts, ""), true
}

// plainNumber returns a number as the rest of the package reads it: digits and at most a point. The column's own notation decides, else the
// file's where the number may mean two. What is no number comes back as it is, for the reader of the cell to refuse.
func plainNumber(text string, own, file notation) (plain, reason string) {
	plain, mark, twofold := decimalOf(text)
	written := own.mark()
	if written == 0 && twofold {
		written = file.mark()
	}
	switch {
	case plain == "":
		return text, ""
	case twofold && written == 0:
		return text, "may mean two numbers, and no other cell tells whether its mark is one of decimals or of thousands; write it without thousands marks and with two decimals"
	case mark == 0 || written == 0 || written == mark:
		return plain, ""
	case twofold: // decimals stand after the other mark, so this one parts thousands
		return strings.ReplaceAll(plain, ".", ""), ""
	case written == '.':
		return text, "is not a number as the other cells of its column are written; write it without thousands separators and with a point, such as 1234.50"
	default:
		return text, "is not a number as the other cells of its column are written; write it without thousands separators and with a comma, such as 1234,50"
	}
}

// unitGrams is what units of weight have in grams.
var unitGrams = map[string]*big.Rat{
	"g": big.NewRat(1, 1), "gram": big.NewRat(1, 1), "grams": big.NewRat(1, 1), "gr": big.NewRat(1, 1), "mg": big.NewRat(1, 1000),
	"kg": big.NewRat(1000, 1), "kgs": big.NewRat(1000, 1), "kilogram": big.NewRat(1000, 1), "t": big.NewRat(1_000_000, 1),
	"lb": big.NewRat(45359237, 100_000), "lbs": big.NewRat(45359237, 100_000), "pound": big.NewRat(45359237, 100_000),
	"oz": big.NewRat(45359237, 1_600_000), "ounce": big.NewRat(45359237, 1_600_000),
}

// weight reads a plain number of units and rounds up to grams.
func weight(plain, unit string) (n int32, reason string) {
	each := unitGrams[strings.ToLower(unit)]
	if each == nil {
		return 0, "is in a unit of weight that is not known; use g, kg, lb or oz"
	}
	amount, ok := new(big.Rat).SetString(plain)
	if !ok || len(plain) > 40 || strings.Trim(plain, "0123456789.") != "" {
		if strings.EqualFold(unit, "g") {
			unit = "grams"
		}
		return 0, "is not a weight in " + unit + "; write a number such as 1.5, without the unit"
	}
	amount.Mul(amount, each)
	if amount.Cmp(big.NewRat(maxGrams, 1)) > 0 {
		return 0, "is too large for a weight"
	}
	whole, rest := new(big.Int).QuoRem(amount.Num(), amount.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		whole.Add(whole, big.NewInt(1))
	}
	return int32(whole.Int64()), ""
}

// share is a percentage of an amount in minor units, rounded half up.
func share(minor int64, percent string) (part int64, ok bool) {
	rate, ok := new(big.Rat).SetString(percent)
	if !ok || len(percent) > 20 || strings.Trim(percent, "0123456789.") != "" || rate.Cmp(big.NewRat(100, 1)) > 0 {
		return 0, false
	}
	rate.Mul(rate, big.NewRat(minor, 100)).Add(rate, big.NewRat(1, 2))
	return new(big.Int).Quo(rate.Num(), rate.Denom()).Int64(), true
}
