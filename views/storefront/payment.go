package storefront

// ReturnState is what the shop knows about a payment when the shopper comes back from the provider.
type ReturnState string

// The states of the page a shopper returns to. None of them ever starts a second charge by being loaded again.
const (
	PaymentUnfinished ReturnState = "unfinished" // the shopper left before paying; the same attempt goes on
	PaymentPending    ReturnState = "pending"    // the provider says it takes a while: a bank transfer
	PaymentChecking   ReturnState = "checking"   // unknown: the shop is asking the provider; the page refreshes itself
	PaymentPaid       ReturnState = "paid"       // received
	PaymentHeld       ReturnState = "held"       // the shopper cannot begin to pay, or not like that; Reason says why
	PaymentFailed     ReturnState = "failed"     // refused; another try is possible
	PaymentCancelled  ReturnState = "cancelled"  // given up by the shopper; another try is possible
	PaymentExpired    ReturnState = "expired"    // too late; the items went back on the shelf
	PaymentAlready    ReturnState = "already"    // this order was paid before
)

// PaymentPage is where the shopper comes back to after paying.
type PaymentPage struct {
	Shell
	State       ReturnState
	OrderNumber string
	Amount      string
	Email       string
	Reason      string // why it failed, or what becomes of money that was paid too late
	Until       string // "They are kept until 18:30."; empty where nobody knows whether they are
	OrderURL    string
	RetryURL    string // POST: starts another attempt for the same order
	SignInURL   string // where a guest who cannot pay yet signs in; empty for customers
	OnDelivery  bool   // the shopper may choose at RetryURL to pay on delivery instead
	ByTransfer  bool   // the shopper may choose at RetryURL to pay by bank transfer instead
	// Choices are the ways to pay of the customer whose order it is, posted to RetryURL as method and save_card; empty for others.
	Choices     []PaymentMethod
	CardsSilent bool   // the customer's saved cards cannot be shown at the moment
	SelfURL     string // this page, for the refresh while checking
}

// heldTitle says no more than is known: trying again later helps only while the order is kept.
func heldTitle(page PaymentPage) string {
	if page.Until == "" {
		return "The payment did not begin"
	}
	return "You cannot pay just now"
}

func paymentFacts(page PaymentPage) []Detail {
	var facts []Detail
	if page.OrderNumber != "" {
		facts = append(facts, Detail{Name: "Order", Value: page.OrderNumber})
	}
	if page.Amount != "" {
		facts = append(facts, Detail{Name: "Amount", Value: page.Amount})
	}
	return facts
}

func mailedTo(email string) string {
	if email == "" {
		return "The confirmation is on its way by email."
	}
	return "The confirmation is on its way to " + email + "."
}
