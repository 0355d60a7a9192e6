package feed

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// bmePriceTypes are the kinds of prices, in the order in which a shop wants them: what the maker recommends for shoppers, then list
// prices with and without tax. The price that the supplier agreed with the shop is what the shop pays, and counts only where the
// file has no other.
var bmePriceTypes = []string{"nrp", "gros_list", "net_list", "net_customer", "net_customer_exp", ""}

// bmePrice is a price as it is understood.
type bmePrice struct {
	kind string
	Price
	finer   string // how the file writes it, where that is finer than the currency
	problem string // why it cannot be rounded, if it is this price that counts
}

// readPrices returns what one piece costs in the shop's currency, and all further prices of the same kind. It refuses by check, and
// notes what was taken otherwise than it is written.
func (c *bmecat) readPrices(e *element, check, note func(column, value, reason string)) (single int64, more []Price) {
	all, expired, fine := c.allPrices(e, check)
	if !fine {
		return 0, nil
	}
	for _, kind := range bmePriceTypes {
		own := pricesOfKind(all, kind)
		at := slices.IndexFunc(own, func(p Price) bool { return p.Currency == c.cfg.Currency && p.MinQuantity == 1 })
		if at < 0 {
			continue
		}
		if len(own) > maxPrices+1 {
			check("PRICE_AMOUNT", "", fmt.Sprintf("is one of more than %d prices", maxPrices))
			return 0, nil
		}
		for _, p := range all {
			switch {
			case p.kind != kind || p.finer == "" || !slices.Contains(own, p.Price):
			case p.problem != "":
				check("PRICE_AMOUNT", p.finer, p.problem)
				return 0, nil
			default:
				note("PRICE_AMOUNT", p.finer, "has more decimals than "+p.Currency+" has; it was rounded to "+money.Amount{Currency: p.Currency, Minor: p.Minor}.Decimal())
			}
		}
		single = own[at].Minor
		return single, slices.Delete(own, at, at+1)
	}
	switch {
	case len(all) == 0 && expired:
		check("PRICE_AMOUNT", "", "is missing: no price of this product holds at present")
	case len(all) == 0:
		check("PRICE_AMOUNT", "", "is missing: a product without a price cannot be sold")
	case !slices.ContainsFunc(all, func(p bmePrice) bool { return p.Currency == c.cfg.Currency }):
		check("PRICE_CURRENCY", all[0].Currency, "is not the shop's currency, "+c.cfg.Currency+"; hand in the catalogue with prices in "+c.cfg.Currency)
	default:
		check("LOWER_BOUND", itoa(all[0].MinQuantity), "leaves no price for a single piece; add one with a LOWER_BOUND of 1")
	}
	return 0, nil
}

// allPrices are the prices of every kind that hold at present, each of one piece; expired says that others do not. It is not fine when one of them cannot be read.
func (c *bmecat) allPrices(e *element, check func(column, value, reason string)) (all []bmePrice, expired, fine bool) {
	quantity := new(big.Rat).SetInt64(1)
	if q := e.child("PRODUCT_ORDER_DETAILS", "ARTICLE_ORDER_DETAILS").child("PRICE_QUANTITY"); q != nil {
		value, valid := rational(q.text())
		if !valid || value.Sign() <= 0 {
			check(q.name, q.text(), "is not a quantity")
			return nil, false, false
		}
		quantity = value
	}
	for _, details := range e.all("PRODUCT_PRICE_DETAILS", "ARTICLE_PRICE_DETAILS") {
		if !c.holds(details) {
			expired = true
			continue
		}
		for _, p := range details.all("PRODUCT_PRICE", "ARTICLE_PRICE") {
			read, column, value, reason := c.price(p, quantity)
			if reason != "" {
				check(column, value, reason)
				return nil, expired, false
			}
			all = append(all, read)
		}
	}
	return all, expired, true
}

// pricesOfKind are those of one kind, the first for each currency and quantity.
func pricesOfKind(all []bmePrice, kind string) []Price {
	var own []Price
	for _, p := range all {
		if p.kind == kind && !slices.ContainsFunc(own, func(o Price) bool { return o.Currency == p.Currency && o.MinQuantity == p.MinQuantity }) {
			own = append(own, p.Price)
		}
	}
	return own
}

// price understands one price. One that is finer than the currency is rounded half up, as a till would. Where it is that of several
// pieces it is not: what is rounded for one would be wrong for them, as often as they are bought.
func (c *bmecat) price(e *element, quantity *big.Rat) (p bmePrice, column, value, reason string) {
	p.kind = strings.ToLower(e.attr("price_type"))
	if !slices.Contains(bmePriceTypes, p.kind) {
		p.kind = ""
	}
	p.Currency, p.MinQuantity = cmp.Or(strings.ToUpper(e.child("PRICE_CURRENCY").text()), c.header.currency), 1
	text := e.child("PRICE_AMOUNT").text()
	digits, known := money.Digits(p.Currency)
	if !known {
		return p, "PRICE_CURRENCY", p.Currency, "is not a currency; write the three letters of ISO 4217, such as EUR"
	}
	if bound := e.child("LOWER_BOUND"); bound != nil {
		n, valid := rational(bound.text())
		if !valid || !n.IsInt() || n.Sign() < 0 || n.Cmp(big.NewRat(maxStock, 1)) > 0 {
			return p, bound.name, bound.text(), "is not a whole number of pieces"
		}
		p.MinQuantity = max(n.Num().Int64(), 1)
	}
	amount, valid := rational(text)
	if !valid {
		_, reason := price(text, p.Currency)
		return p, "PRICE_AMOUNT", text, cmp.Or(reason, "is not a number")
	}
	if factor := e.child("PRICE_FACTOR"); factor != nil {
		f, valid := rational(factor.text())
		if !valid || f.Sign() <= 0 {
			return p, factor.name, factor.text(), "is not a number above zero"
		}
		amount.Mul(amount, f)
	}
	amount.Quo(amount, quantity)
	for range digits {
		amount.Mul(amount, big.NewRat(10, 1))
	}
	switch {
	case amount.Sign() < 0:
		return p, "PRICE_AMOUNT", text, "is negative"
	case amount.Cmp(big.NewRat(maxPrice, 1)) > 0:
		return p, "PRICE_AMOUNT", text, "is too large for a price"
	case amount.IsInt():
		p.Minor = amount.Num().Int64()
		return p, "", "", ""
	}
	amount.Add(amount, big.NewRat(1, 2))
	p.Minor, p.finer = new(big.Int).Quo(amount.Num(), amount.Denom()).Int64(), text
	switch {
	case quantity.Cmp(big.NewRat(1, 1)) != 0:
		p.problem = fmt.Sprintf("is the price of %s pieces (PRICE_QUANTITY) and no whole amount of %s for one; sell them in packs, with the price of a pack", decimal(quantity), p.Currency)
	case p.Minor == 0:
		p.problem = "is less than the smallest amount of " + p.Currency
	}
	return p, "", "", ""
}

// decimal writes a number that a file wrote in digits.
func decimal(n *big.Rat) string {
	if n.IsInt() {
		return n.Num().String()
	}
	return strings.TrimRight(n.FloatString(10), "0")
}

// rational reads a decimal number of a length that anybody writes; big.Rat alone would take an exponent of any size.
func rational(text string) (*big.Rat, bool) {
	if len(text) == 0 || len(text) > 30 || strings.Trim(text, "0123456789.-") != "" {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// holds reports whether prices hold at the time as of which the file is read.
func (c *bmecat) holds(details *element) bool {
	if c.cfg.Now.IsZero() {
		return true
	}
	begin, end := details.child("VALID_START_DATE").text(), details.child("VALID_END_DATE").text()
	for _, d := range details.all("DATETIME") {
		switch date := d.child("DATE").text(); d.attr("type") {
		case "valid_start_date":
			begin = cmp.Or(begin, date)
		case "valid_end_date":
			end = cmp.Or(end, date)
		}
	}
	if t, err := moment(begin); err == nil && c.cfg.Now.Before(t) {
		return false
	}
	t, err := moment(end)
	if err == nil && len(end) <= len(time.DateOnly) {
		t = t.AddDate(0, 0, 1) // to the end of the day
	}
	return err != nil || c.cfg.Now.Before(t)
}

// offer reads a product of a file that brings prices alone.
func (c *bmecat) offer(e *element) Item {
	item := Item{}
	bad := false
	refuse := func(column, value, reason string) {
		if reason != "" {
			bad = true
			item.Refusals = append(item.Refusals, Refusal{Row: c.number, Column: column, Value: value, Reason: reason})
		}
	}
	key := bmeKey(e)
	sku, reason := code(key.text(), maxSKU)
	if reason == "" && sku == "" {
		reason = "is missing: without it nobody knows whose price this is"
	}
	refuse(key.name, key.text(), reason)
	note := func(column, value, reason string) {
		item.Refusals = append(item.Refusals, Refusal{Row: c.number, Column: column, Value: value, Reason: reason})
	}
	price, prices := c.readPrices(e, refuse, note)
	for i := range item.Refusals {
		item.Refusals[i].Key = sku
	}
	if !bad {
		item.Offer = &Offer{Row: c.number, SKU: sku, Price: &price, Prices: prices}
	}
	return item
}
