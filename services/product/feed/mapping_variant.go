package feed

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// pictures reads the row's pictures and returns the first: where rows are variants, it is the variant's.
func (m *mapped) pictures(g *group) (first string) {
	m.each(FieldImage, func(c *mappedColumn) {
		list := []string{c.text(m.table)}
		if c.Separator != "" {
			list = strings.Split(list[0], c.Separator)
		}
		for _, raw := range list {
			if strings.TrimSpace(raw) == "" {
				continue
			}
			g.image(m.table.row(), c.at.name, raw, "", "")
			if address, reason := source(raw, m.cfg.ImageBase); first == "" && reason == "" {
				first = address
			}
		}
	})
	return first
}

// variant reads what is bought. A fault costs the variant.
func (m *mapped) variant(g *group, picture string) {
	row := m.table.row()
	v := Variant{Row: row, OptionValues: make([]string, 0, len(m.options))}
	bad := false
	refuse := func(c column, raw, reason string) {
		if reason != "" {
			bad = true
			g.refuseVariant(row, c.name, raw, reason)
		}
	}
	coded := func(field Field) string {
		raw, c := m.one(field)
		text, reason := code(raw, maxSKU)
		refuse(c, raw, reason)
		return text
	}
	m.each(FieldOption, func(c *mappedColumn) {
		text, reason := line(c.text(m.table), maxOptionValue)
		refuse(c.at, c.text(m.table), reason)
		v.OptionValues = append(v.OptionValues, text)
	})
	v.SKU, v.MPN = coded(FieldSKU), coded(FieldMPN)
	raw, c := m.one(FieldGTIN)
	var reason string
	v.GTIN, reason = gtin(raw)
	refuse(c, raw, reason)
	v.Stock = m.stock(refuse)
	if raw, c = m.one(FieldWeight); raw != "" {
		v.WeightGrams, reason = m.weighed(raw)
		refuse(c, raw, reason)
	}
	prices := m.prices(refuse)
	shop := slices.IndexFunc(prices, func(p Price) bool { return p.Currency == m.cfg.Currency })
	if shop >= 0 {
		v.Price, v.CompareAt = prices[shop].Minor, prices[shop].CompareAt
		v.Prices = slices.Delete(prices, shop, shop+1)
	} else if !bad {
		_, c := m.one(FieldPrice)
		refuse(c, m.cell(c), "is missing: the variant has no price in the shop's currency, "+m.cfg.Currency)
	}
	if m.given(FieldGroup) {
		v.Image = picture
	}
	if !bad {
		g.p.Variants = append(g.p.Variants, v)
	}
}

// stock reads the count and whether more may be sold.
func (m *mapped) stock(refuse func(column, string, string)) Stock {
	var s Stock
	if raw, c := m.one(FieldStock); raw != "" {
		text, reason := m.digits(raw, c)
		if reason == "" {
			whole, fraction, _ := strings.Cut(text, ".")
			if strings.Trim(fraction, "0") == "" {
				text = whole
			}
			s.OnHand, reason = count(text)
		}
		s.Known = reason == ""
		refuse(c, raw, reason)
	}
	if raw, c := m.one(FieldBackorder); raw != "" {
		yes, known := yesNo(raw)
		s.Backorder = yes
		if !known {
			refuse(c, raw, "is neither yes nor no")
		}
	}
	return s
}

// digits is a number in digits with at most a point.
func (m *mapped) digits(raw string, c column) (text, reason string) {
	if m.exact(c) {
		return raw, ""
	}
	own := m.numbers[c.at]
	switch m.mapping.Decimal {
	case ".":
		own = notation{points: 1}
	case ",":
		own = notation{commas: 1}
	}
	return plainNumber(raw, own, m.overall)
}

// prices reads what one piece costs, in the shop's currency and in others.
func (m *mapped) prices(refuse func(column, string, string)) []Price {
	var prices []Price
	stated, _ := m.one(FieldCurrency)
	stated = strings.ToUpper(stated)
	read := func(field Field, set func(p *Price, minor int64)) {
		m.each(field, func(c *mappedColumn) {
			raw := c.text(m.table)
			if raw == "" {
				return
			}
			amount, currency := m.money(raw, c.Currency, stated)
			if !money.Known(currency) {
				refuse(c.at, raw, "is in a currency that is not known; write a code such as EUR")
				return
			}
			text, reason := m.digits(amount, c.at)
			var minor int64
			if reason == "" {
				minor, reason = price(shorten(text), currency)
			}
			if reason != "" {
				refuse(c.at, raw, reason)
				return
			}
			i := slices.IndexFunc(prices, func(p Price) bool { return p.Currency == currency })
			if i < 0 {
				i = len(prices)
				prices = append(prices, Price{Currency: currency, MinQuantity: 1, Minor: -1})
			}
			set(&prices[i], minor)
		})
	}
	read(FieldPrice, func(p *Price, minor int64) { p.Minor = minor })
	read(FieldCompareAt, func(p *Price, minor int64) { p.CompareAt = minor })
	return slices.DeleteFunc(prices, func(p Price) bool { return p.Minor < 0 })
}

// signs are what stands for a currency before or after a price. Those that several have, such as $, are the shop's.
var signs = map[string][]string{
	"€": {"EUR"}, "£": {"GBP", "EGP"}, "zł": {"PLN"}, "Kč": {"CZK"}, "kr": {"SEK", "NOK", "DKK", "ISK"}, "Ft": {"HUF"}, "lei": {"RON"}, "лв": {"BGN"},
	"¥": {"JPY", "CNY"}, "$": {"USD", "CAD", "AUD", "NZD", "MXN", "SGD", "HKD"}, "R$": {"BRL"}, "₹": {"INR"}, "₺": {"TRY"}, "Fr": {"CHF"}, "Fr.": {"CHF"},
}

// money parts a price from its currency: the column's, else the cell's own, else the row's, else the shop's.
func (m *mapped) money(raw, column, row string) (amount, currency string) {
	amount, currency = parted(raw, cmp.Or(row, m.cfg.Currency))
	return amount, cmp.Or(column, currency)
}

// parted parts a price from the code or sign of a currency that stands before or after it; the usual one is meant where none does. What is
// no such price comes back as it is.
func parted(raw, usual string) (amount, currency string) {
	from, to := strings.IndexFunc(raw, unicode.IsDigit), strings.LastIndexFunc(raw, unicode.IsDigit)
	if from < 0 {
		return raw, usual
	}
	before, after := strings.TrimSpace(raw[:from]), strings.TrimSpace(raw[to+1:])
	after = strings.TrimSpace(strings.TrimLeft(after, ".,-–—")) // 12,- and 12.–
	written := before + after
	switch amount = raw[from : to+1]; {
	case written == "":
		return amount, usual
	case money.Known(strings.ToUpper(written)):
		return amount, strings.ToUpper(written)
	case slices.Contains(signs[written], usual):
		return amount, usual
	case len(signs[written]) > 0:
		return amount, signs[written][0]
	default:
		return raw, usual // such as -5, which price refuses with its own words
	}
}

// weighed reads a weight; a unit in the cell comes before the column's.
func (m *mapped) weighed(raw string) (grams int32, reason string) {
	unit := "g"
	var at column
	m.each(FieldWeight, func(c *mappedColumn) {
		at = c.at
		if c.Unit != "" {
			unit = c.Unit
		}
	})
	if end := strings.LastIndexFunc(raw, unicode.IsDigit) + 1; end > 0 && strings.TrimSpace(raw[end:]) != "" {
		raw, unit = raw[:end], strings.TrimSpace(raw[end:])
	}
	text, reason := m.digits(raw, at)
	if reason != "" {
		return 0, reason
	}
	return weight(text, unit)
}

// offer reads a row that changes price or stock of a variant.
func (m *mapped) offer() {
	o := &Offer{Row: m.table.row()}
	var refusals []Refusal
	refuse := func(c column, raw, reason string) {
		if reason != "" {
			refusals = append(refusals, Refusal{Row: o.Row, Column: c.name, Value: raw, Reason: reason, Key: o.SKU})
		}
	}
	raw, c := m.one(FieldSKU)
	var reason string
	o.SKU, reason = code(raw, maxSKU)
	refuse(c, raw, reason)
	raw, c2 := m.one(FieldGTIN)
	o.GTIN, reason = gtin(raw)
	if o.SKU == "" {
		refuse(c2, raw, reason) // beside a SKU it is not needed
	}
	if o.SKU == "" && o.GTIN == "" && len(refusals) == 0 {
		refuse(c, "", "is missing: without it nobody knows which variant the row is about")
	}
	name := o.SKU
	if name == "" {
		name = o.GTIN
	}
	if first := m.seen.skuRow(name); first > 0 && name != "" {
		refuse(c, name, "is in row "+itoa(first)+" already; only that one was taken")
	} else if name != "" {
		m.seen.addSKU(name, o.Row)
	}
	o.Stock = m.stock(refuse)
	for _, p := range m.prices(refuse) {
		if p.Currency != m.cfg.Currency {
			o.Prices = append(o.Prices, p)
			continue
		}
		o.Price = &p.Minor
		if m.given(FieldCompareAt) {
			o.CompareAt = &p.CompareAt
		}
	}
	switch {
	case len(refusals) > 0:
		m.emit(Item{Refusals: refusals})
	case o.Price == nil && len(o.Prices) == 0 && !o.Stock.Known:
		m.refuseOf(o.SKU, column{}, "", "This row gives neither a price nor stock.")
	default:
		m.emit(Item{Offer: o})
	}
}

// given reports whether the mapping has a field.
func (m *mapped) given(field Field) bool {
	return slices.ContainsFunc(m.columns, func(c mappedColumn) bool { return c.Field == field })
}
