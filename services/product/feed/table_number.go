package feed

import "strings"

// Each country writes numbers in its own way, and a file seldom says which. So a table looks at its first rows before it reads any: see notation.

// number is column for one that holds numbers, which may be written as in any country.
func (t *table) number(names ...string) column { return t.numeric(t.column(names...)) }

// numeric says of a column that it holds numbers.
func (t *table) numeric(c column) column {
	if c.at > 0 {
		t.numbers[c.at] = notation{}
	}
	return c
}

// plain is a cell of numbers in digits with at most a point. The reason says why it cannot be told which number it is.
func (t *table) plain(c column) (text, reason string) {
	if t.exact(c) {
		return t.cell(c), ""
	}
	return plainNumber(t.cell(c), t.numbers[c.at], t.overall)
}

// price reads a cell of major units in the shop's currency.
func (t *table) price(c column) (minor int64, reason string) { return t.priceIn(c, t.cfg.Currency) }

func (t *table) priceIn(c column, currency string) (minor int64, reason string) {
	text, reason := t.plain(c)
	if reason != "" {
		return 0, reason
	}
	return price(shorten(text), currency)
}

// shorten takes zeros off that databases write after the cents: 12.500000.
func shorten(plain string) string {
	whole, fraction, _ := strings.Cut(plain, ".")
	if len(fraction) <= 2 || strings.Trim(plain, "0123456789.") != "" {
		return plain
	}
	if fraction = strings.TrimRight(fraction, "0"); fraction == "" {
		return whole
	}
	return whole + "." + fraction
}

// count reads a cell of whole pieces.
func (t *table) count(c column) (n int64, reason string) {
	text, reason := t.plain(c)
	if reason != "" {
		return 0, reason
	}
	if whole, fraction, cut := strings.Cut(text, "."); cut && strings.Trim(fraction, "0") == "" {
		text = whole
	}
	return count(text)
}

// weight reads a cell of a unit of weight.
func (t *table) weight(c column, unit string) (grams int32, reason string) {
	text, reason := t.plain(c)
	if reason != "" {
		return 0, reason
	}
	return weight(text, unit)
}

// learn sees from some rows how the file writes its numbers.
func (t *table) learn(sample rows) {
	if sample.next() != nil { // the header
		return
	}
	for sample.next() == nil {
		for at := range t.numbers {
			t.note(at, sample.cell(at-1))
		}
	}
}

// note sees from one cell how its column and the file write numbers.
func (t *table) note(at int, cell string) {
	n := t.numbers[at]
	n.add(cell)
	t.numbers[at] = n
	t.overall.add(cell)
}
