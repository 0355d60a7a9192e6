package main

import (
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/views/admin"
)

// buyer is who bought, where somebody said it: of what is downloaded nobody is asked.
func buyer(order *orderv1.Order) string {
	if name := order.GetDeliveryAddress().GetFullName(); name != "" {
		return name
	}
	return order.GetBillingAddress().GetFullName()
}

// said is what the shopper said beside where it goes, and what an invoice must say.
func said(order *orderv1.Order) []admin.Said {
	var list []admin.Said
	add := func(title, text string) {
		if text != "" {
			list = append(list, admin.Said{Title: title, Text: text})
		}
	}
	add("Note of the shopper", order.GetNote())
	add("Gift message, for the card", order.GetGiftMessage())
	add("VAT number", order.GetVatNumber())
	if order.GetReverseCharge() {
		add("Tax", "VAT is owed by the recipient: reverse charge, Articles 138 and 200 of Directive 2006/112/EC.")
	}
	if order.GetTermsVersion() != "" {
		add("Terms of sale", "Version "+order.GetTermsVersion()+", accepted "+when(order.GetTermsTime()))
	}
	return list
}
