package main

import (
	"strconv"
	"strings"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	postal "github.com/tradewind-commerce/tradewind/platform/address"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func (o *office) lines(order *orderv1.Order) []admin.OrderLine {
	lines := make([]admin.OrderLine, len(order.GetLines()))
	for i, line := range order.GetLines() {
		lines[i] = admin.OrderLine{
			Name: line.GetProductName(), SKU: line.GetSku(), Options: line.GetVariantName(), Quantity: strconv.Itoa(int(line.GetQuantity())),
			Unit: o.money(line.GetUnitPrice()), Total: o.money(line.GetTotal()), Image: o.thumbnail(line.GetImage()),
		}
		var notes []string
		if line.GetGift() {
			notes = append(notes, "Gift")
		}
		for _, off := range line.GetDiscounts() {
			notes = append(notes, off.GetName()+less+o.money(&typev1.Money{AmountMinor: off.GetAmountMinor(), CurrencyCode: line.GetTotal().GetCurrencyCode()}))
		}
		lines[i].Note = strings.Join(notes, ", ")
		for _, part := range line.GetParts() {
			lines[i].Parts = append(lines[i].Parts, orderPart(part))
		}
	}
	return lines
}

func orderPart(part *orderv1.OrderLinePart) admin.OrderPart {
	return admin.OrderPart{
		Quantity: strconv.Itoa(int(part.GetQuantity())), Name: strings.TrimSpace(part.GetProductName() + " " + part.GetVariantName()), SKU: part.GetSku(),
	}
}

// thumbnail shows the smallest copy, from the shop's own address.
func (o *office) thumbnail(image *productv1.Image) ui.Image {
	for _, file := range image.GetFiles() {
		if file.GetContentType() == "image/jpeg" {
			return ui.Image{URL: o.cfg.PublicURL + "/" + file.GetPath(), Alt: image.GetAlt(), Width: int(file.GetWidth()), Height: int(file.GetHeight())}
		}
	}
	return ui.Image{}
}

func (o *office) sums(order *orderv1.Order) []admin.TotalRow {
	totals := order.GetTotals()
	rows := []admin.TotalRow{{Label: "Goods", Amount: o.money(totals.GetGoods())}}
	for _, one := range order.GetPromotions() { // those about the delivery are in its price
		if one.GetGoods().GetAmountMinor() > 0 {
			rows = append(rows, admin.TotalRow{Label: promotionName(one), Amount: "−" + o.money(one.GetGoods())})
		}
	}
	if !order.GetDigital() {
		rows = append(rows, admin.TotalRow{Label: "Shipping", Amount: o.money(totals.GetShipping()), Note: deliveryNote(order, o.money)})
	}
	if totals.GetTaxRelief() != nil {
		rows = append(rows, admin.TotalRow{Label: "Tax that the buyer does not owe", Amount: "−" + o.money(totals.GetTaxRelief())})
	}
	if totals.GetRounding() != nil {
		rows = append(rows, admin.TotalRow{Label: "Rounding", Amount: o.money(totals.GetRounding())})
	}
	note := ""
	if totals.GetTaxIncluded() {
		note = "included"
	}
	if taxes := order.GetTaxes(); len(taxes) > 1 && totals.GetTaxRelief() == nil {
		for _, one := range taxes {
			amount := &typev1.Money{AmountMinor: one.GetAmountMinor(), CurrencyCode: totals.GetTotal().GetCurrencyCode()}
			rows = append(rows, admin.TotalRow{Label: one.GetName(), Amount: o.money(amount), Note: note})
		}
		return append(rows, admin.TotalRow{Label: "Total", Amount: o.money(totals.GetTotal())})
	}
	tax := admin.TotalRow{Label: totals.GetTaxName(), Amount: o.money(totals.GetTax()), Note: note}
	if tax.Label == "" {
		tax.Label = "Tax"
	}
	return append(rows, tax, admin.TotalRow{Label: "Total", Amount: o.money(totals.GetTotal())})
}

// less comes before what is taken off, in running text: a line may end between a minus and a currency's sign, but not at a word joiner.
const less = ": −\u2060"

// deliveryNote names the delivery and what made it cheaper.
func deliveryNote(order *orderv1.Order, money func(*typev1.Money) string) string {
	notes := []string{order.GetDelivery().GetName()}
	for _, one := range order.GetPromotions() {
		if one.GetShipping().GetAmountMinor() > 0 {
			notes = append(notes, promotionName(one)+less+money(one.GetShipping()))
		}
	}
	return strings.Join(notes, ", ")
}

func addressLines(kept *typev1.Address) []string {
	if kept == nil {
		return nil
	}
	return postal.Lines(postal.Of(kept))
}

// The providers that stand for the carrier, and for the shop's own account.
const (
	onDelivery   = "on_delivery"
	bankTransfer = "bank_transfer"
)

// paidBy names what an attempt was paid by and who collected it, as far as it is known: "Visa ending 4242, at Stripe".
func paidBy(attempt *orderv1.PaymentAttempt) string {
	name, card := providerName(attempt.GetProvider()), ui.CardName(attempt.GetMethod().GetBrand(), attempt.GetMethod().GetLast4())
	if card == "" {
		return name
	}
	return strings.Replace(name, "Card", card, 1)
}

func providerName(provider string) string {
	switch provider {
	case onDelivery:
		return "On delivery"
	case bankTransfer:
		return "Bank transfer"
	case "gift_card":
		return "Gift card"
	case "stripe":
		return "Card, at Stripe"
	case "sandbox":
		return "Card, at the sandbox"
	default:
		return provider
	}
}

func attemptTone(state string) ui.Tone {
	switch state {
	case "captured", "partly_captured":
		return ui.OK
	case "failed", "expired", "disputed":
		return ui.Bad
	case "unknown", "created", "requires_action":
		return ui.Warn
	default:
		return ui.Neutral
	}
}
