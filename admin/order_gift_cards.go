package main

import (
	"slices"
	"strings"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// boughtCards are the gift cards that an order's buyer has. What is left on each, its page says.
func (o *office) boughtCards(v visit, order *orderv1.Order) []admin.BoughtCard {
	var cards []admin.BoughtCard
	for _, bought := range order.GetGiftCards() {
		card := admin.BoughtCard{Name: "…" + bought.GetLastFour(), Value: o.money(bought.GetValue()), State: ui.Tag{Label: "Issued", Tone: ui.OK}}
		if at := slices.IndexFunc(order.GetLines(), func(line *orderv1.OrderLine) bool { return line.GetId() == bought.GetLineId() }); at >= 0 {
			card.Line = strings.TrimSpace(order.GetLines()[at].GetProductName() + " " + order.GetLines()[at].GetVariantName())
		}
		if v.may("gift_cards.read") {
			card.URL = "/gift-cards/" + bought.GetGiftCardId()
		}
		if at := bought.GetVoidTime(); at != nil {
			card.State, card.Note = ui.Tag{Label: "Taken back"}, when(at)
		}
		cards = append(cards, card)
	}
	return cards
}

// namedCards names gift cards in a sentence.
func namedCards(cards []*orderv1.BoughtGiftCard) string {
	var names []string
	for _, card := range cards {
		names = append(names, "…"+card.GetLastFour())
	}
	return strings.Join(names, ", ")
}
