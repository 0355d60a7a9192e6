package feed

import (
	"cmp"
	"strings"
)

// offers adds prices and stock. Of several offers in one currency the first counts: the others are other sellers'.
func (f *jsonFeed) offers(item *googleItem, offers *node) {
	known := map[string]bool{}
	for _, offer := range offers.list() {
		all := []*node{offer}
		if offer.is("AggregateOffer") && offer.get("offers") != nil {
			all = offer.get("offers").list()
		}
		for _, each := range all {
			price, column, former, currency := offered(each, offer)
			if price == "" || known[currency] {
				continue
			}
			first := len(known) == 0
			known[currency] = true
			if former != "" && former != price {
				item.fields = append(item.fields, googleField{name: "price", column: "priceSpecification.price", value: former + " " + currency},
					googleField{name: "sale_price", column: column, value: price + " " + currency})
			} else {
				item.fields = append(item.fields, googleField{name: "price", column: column, value: price + " " + currency})
			}
			if first || currency == f.cfg.Currency {
				item.fields = append(item.fields, stocked(each)...)
			}
		}
	}
}

// offered reads what an offer asks, and what was asked before.
func offered(offer, around *node) (price, column, former, currency string) {
	currency = strings.ToUpper(cmp.Or(offer.get("priceCurrency"), around.get("priceCurrency")).words(""))
	price, column = offer.get("price").words(""), "offers.price"
	for _, spec := range offer.get("priceSpecification").list() {
		kind := schemaName(spec.get("priceType").words(""))
		amount := spec.get("price").words("")
		currency = cmp.Or(currency, strings.ToUpper(spec.get("priceCurrency").words("")))
		least := spec.get("eligibleQuantity").get("minValue").words("")
		switch {
		case strings.HasSuffix(kind, "ListPrice"), strings.HasSuffix(kind, "StrikethroughPrice"), strings.HasSuffix(kind, "SRP"):
			former = amount
		case price == "" && (least == "" || least == "1"):
			price, column = amount, "priceSpecification.price"
		}
	}
	if price == "" && offer.is("AggregateOffer") {
		low, high := offer.get("lowPrice").words(""), offer.get("highPrice").words("")
		if price, column = low, "offers.lowPrice"; high != "" && high != low {
			price = low + "-" + high // which is no price, and is refused as such
		}
	}
	return price, column, former, currency
}

// stocked reads whether an offer can be had, and how often.
func stocked(offer *node) []googleField {
	var fields []googleField
	value := schemaName(offer.get("availability").words(""))
	switch value {
	case "":
	case "InStock", "OnlineOnly", "InStoreOnly", "LimitedAvailability":
		value = "in_stock"
	case "OutOfStock", "SoldOut", "Discontinued", "Reserved":
		value = "out_of_stock"
	case "PreOrder", "PreSale":
		value = "preorder"
	case "BackOrder", "MadeToOrder":
		value = "backorder"
	}
	fields = append(fields, googleField{name: "availability", column: "offers.availability", value: value})
	if level := offer.get("inventoryLevel").words(""); level != "" {
		fields = append(fields, googleField{name: "inventory", column: "offers.inventoryLevel", value: level})
	}
	return fields
}

// condition says what is not new.
func condition(n *node) string {
	name := schemaName(n.words(""))
	return strings.ToLower(strings.TrimSuffix(name, "Condition"))
}

// measured is a weight with its unit.
func measured(n *node) string {
	if n == nil || n.kind != '{' {
		return n.words("")
	}
	return n.get("value").words("") + " " + cmp.Or(n.get("unitText").words(""), unitName(n.get("unitCode").words("")))
}
