package storefront

import (
	"slices"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// hasGiftCards says whether gift cards are bought by an order.
func hasGiftCards(order *orderv1.Order) bool {
	return slices.ContainsFunc(order.GetLines(), (*orderv1.OrderLine).GetGiftCard)
}

// boughtCards are the gift cards that an order's buyer has. Their codes are in mails only: whoever is given the link of the order may look at it.
func (s *Shop) boughtCards(order *orderv1.Order) []storefront.BoughtCard {
	var cards []storefront.BoughtCard
	for _, bought := range order.GetGiftCards() {
		card := storefront.BoughtCard{
			Name: s.cardName(bought.GetLastFour()), Value: s.money(bought.GetValue()), State: ui.Tag{Label: "Issued", Tone: ui.OK}, Note: "Its code went to " + order.GetEmail() + ".",
		}
		if bought.GetVoidTime() != nil {
			card.State, card.Note = ui.Tag{Label: "Taken back"}, "It can be spent no more, and its money went back."
		}
		cards = append(cards, card)
	}
	return cards
}
