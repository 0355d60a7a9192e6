package preview

import (
	"github.com/a-h/templ"

	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func cardPages() []Page {
	page := func(name string, component templ.Component) Page {
		return Page{Name: "storefront/" + name, Component: component}
	}
	cards := []storefront.SavedCard{
		{ID: "1", Name: "Visa ending 4242", Expires: "04/28", RemoveURL: "/account/cards/removal?id=1"},
		{ID: "2", Name: "American Express ending 0005", Expires: "10/26", State: ui.Tag{Label: "Expired", Tone: ui.Warn}, RemoveURL: "/account/cards/removal?id=2"},
		{ID: "3", Name: "PayPal", RemoveURL: "/account/cards/removal?id=3"},
	}
	list := storefront.CardsPage{Shell: private("Saved cards"), Cards: cards}
	list.Flash = &ui.Flash{Text: "The card is removed. Nothing can be paid by it any more.", Tone: ui.OK}
	failed, unfinished := paymentPage(storefront.PaymentFailed), paymentPage(storefront.PaymentUnfinished)
	failed.Choices, unfinished.CardsSilent = savedChoices(), true
	unfinished.Choices = append([]storefront.PaymentMethod{{ID: "begun", Name: "The payment that I began", Selected: true}}, savedChoices()[2:]...)
	step := paymentStep(true)
	step.Methods = savedChoices()
	return []Page{
		page("checkout-payment-cards", storefront.CheckoutPayment(step)),
		page("payment-failed-cards", storefront.Payment(failed)),
		page("payment-unfinished-silent", storefront.Payment(unfinished)),
		page("account-cards", storefront.AccountCards(list)),
		page("account-cards-none", storefront.AccountCards(storefront.CardsPage{Shell: private("Saved cards")})),
		page("account-cards-silent", storefront.AccountCards(storefront.CardsPage{Shell: private("Saved cards"), Silent: true})),
		page("account-card-removal", storefront.RemoveCard(storefront.RemoveCardPage{Shell: private("Remove a card"), Card: cards[0]})),
		page("account-card-removal-silent", storefront.RemoveCard(storefront.RemoveCardPage{
			Shell: private("Remove a card"), Card: storefront.SavedCard{ID: "1", Name: "the card"},
			Problems: ui.Problems{"": "The card may still be saved, because our payment provider does not answer at the moment. Try again shortly."},
		})),
	}
}

// savedChoices are a customer's ways to pay.
func savedChoices() []storefront.PaymentMethod {
	return []storefront.PaymentMethod{
		{ID: "saved:1", Name: "Visa ending 4242, expires 04/28", Selected: true},
		{ID: "saved:2", Name: "American Express ending 0005, expired 10/26", Disabled: true},
		{ID: "hosted", Name: "Another card", Detail: "You pay at our payment provider, after the review.", Saves: true},
		{ID: "on_delivery", Name: "On delivery", Detail: "You pay the carrier when it arrives."},
	}
}
