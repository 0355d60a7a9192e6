package catalog

import (
	"math"
	"strconv"
	"strings"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
)

// Terms are what the index knows of a product: each begins with what it is and "=", so that an unfinished word is never the beginning of
// something else. Words of further languages have the language and ":" before that.

// Where a product has a word. Each place takes in the one before: what stands in the name is part of the head, and that of the text. So a word is
// kept under each place from the first on that it stands in, and wherever it is looked for, one list of the index says who has it.
const (
	inName = "name=" // the product's name
	inHead = "head=" // that, and its brand, categories, tags and options
	inText = "word=" // all that, its attributes and what its description begins with

	inBrand = "maker=" // its brand, besides
)

// places are those that take in each other.
var places = []string{inName, inHead, inText}

// The facets beside options.
const (
	brandFacet        = "brand"
	availabilityFacet = "availability"
	optionFacet       = "option." // and the option's name
	saleFacet         = "sale"    // whose one value is onSale
	priceFacet        = "price"   // the band of the lowest price; asked for as a range
)

// onSale says that a variant costs less than before.
const onSale = "yes"

// What an availability facet can say, by supply.
var supplies = [...]struct{ value, name string }{
	{"sold_out", "Sold out"},
	{"backorder", "On order"},
	{"in_stock", "In stock"},
}

// supplyFacets are the facets of which each product has one, by supply.
var supplyFacets = []string{
	availabilityFacet + "=" + supplies[0].value, availabilityFacet + "=" + supplies[1].value, availabilityFacet + "=" + supplies[2].value,
}

// longestValue bounds what a list can be filtered by, as requests are bounded.
const (
	longestValue = 200
	longestKey   = 100
)

// facet is a value of a facet as a term: "brand=Tindle". It is empty for what cannot be asked for.
func facet(key, value string) string {
	if value == "" || len(value) > longestValue || len(key) > longestKey || strings.Contains(key, "=") {
		return ""
	}
	return plain(key) + "=" + plain(value)
}

// plain keeps what separates lists out of their values.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, text)
}

func categoryTerm(id string) string { return "category=" + id }

// translatedTerm is on products that have texts in a further language.
func translatedTerm(locale string) string { return "texts=" + locale }

func productTerm(id string) string { return "product=" + id }
func gtinTerm(gtin string) string  { return "gtin=" + gtin }
func bandTerm(band int) string     { return "price=" + strconv.Itoa(band) }

// skuTerm is a merchant's or a maker's number, without the signs and spaces that people leave out.
func skuTerm(number string) string {
	folded := fold(number)
	if plain := strings.Join(words(folded), ""); plain != "" {
		return "sku=" + plain
	}
	return "sku=" + folded
}

func supplyOf(a catalogv1.Availability) int16 {
	switch a {
	case catalogv1.Availability_AVAILABILITY_IN_STOCK, catalogv1.Availability_AVAILABILITY_LOW:
		return 2
	case catalogv1.Availability_AVAILABILITY_BACKORDER:
		return 1
	default:
		return 0
	}
}

// bandSteps are where bands of prices begin in each power of ten. The prices that people think in, 1, 2 and 5, are among them, so that what
// costs less than such a price is counted by whole bands.
var bandSteps = [...]int64{100, 120, 150, 180, 200, 250, 300, 350, 400, 500, 600, 750, 900}

// singleBands are the lowest prices, each of which is a band.
const singleBands = 10

// band puts prices in bands, each at most a quarter wider than the one before, so that a range of prices is a few terms and little has
// to be looked at that lies beside it.
func band(price int64) int {
	if price < singleBands {
		return int(max(price, 0))
	}
	first := singleBands
	for ; price >= 1000; price /= 10 {
		first += len(bandSteps)
	}
	if price < 100 {
		price *= 10
	} else {
		first += len(bandSteps)
	}
	step := 0
	for step+1 < len(bandSteps) && bandSteps[step+1] <= price {
		step++
	}
	return first + step
}

// bandStart is the lowest price of a band.
func bandStart(band int) int64 {
	if band < singleBands {
		return int64(band)
	}
	start := bandSteps[(band-singleBands)%len(bandSteps)]
	power := (band - singleBands) / len(bandSteps)
	if power == 0 {
		return start / 10
	}
	for ; power > 1; power-- {
		if start > highest/10 {
			return highest
		}
		start *= 10
	}
	return start
}

// lexeme is a term in a query of PostgreSQL.
func lexeme(term string) string {
	return "'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(term) + "'"
}

// anyOf is a query for products that have one of some terms.
func anyOf(terms []string) string {
	quoted := make([]string, len(terms))
	for i, term := range terms {
		quoted[i] = lexeme(term)
	}
	return "(" + strings.Join(quoted, " | ") + ")"
}

// bands is a query for products in the bands of a range.
func bands(from, to int64) string {
	var terms []string
	for b := band(from); b <= band(to); b++ {
		terms = append(terms, bandTerm(b))
	}
	if len(terms) == 0 {
		return lexeme(bandTerm(-1)) // nothing costs less than the least and more than the most
	}
	return anyOf(terms)
}

// highest is the end of a range of prices that has none.
const highest = int64(math.MaxInt64)
