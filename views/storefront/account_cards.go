package storefront

import "github.com/tradewind-commerce/tradewind/views/ui"

// CardsPage lists the cards that a customer has saved.
type CardsPage struct {
	Shell
	Cards  []SavedCard
	Silent bool // they cannot be shown at the moment
}

// SavedCard is a card that the payment provider keeps for a customer.
type SavedCard struct {
	ID        string
	Name      string // "Visa ending 4242"
	Expires   string // "04/28"; empty if it does not
	State     ui.Tag // that it has expired; empty otherwise
	RemoveURL string // where removing it is confirmed
}

// RemoveCardPage asks whether a card shall be removed. It posts id to /account/cards/removal.
type RemoveCardPage struct {
	Shell
	Card     SavedCard
	Problems ui.Problems
}
