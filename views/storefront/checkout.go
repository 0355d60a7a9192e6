package storefront

import "github.com/tradewind-commerce/tradewind/views/ui"

// Checkout is what all steps share.
type Checkout struct {
	Steps   []Step
	Done    []DoneStep
	Summary CheckoutSummary
	// Coupon takes codes; nil without a cart.
	Coupon *CouponForm
	// GiftCards pay for it; nil without a cart.
	GiftCards *GiftCardForm
	// Notices are what changed without standing in the way.
	Notices []string
	// Lost says that there is no cart any more, so that steps and summary are left out. The form stays with what was typed, for when there is one again.
	Lost bool
	// Problems are those of the step's form, by field name; the empty name concerns the whole form.
	Problems ui.Problems
}

// Step is one entry of the list of steps: one step, one page, one address. Labels are one word: Contact, Delivery,
// Payment, Review.
type Step struct {
	Label   string
	URL     string // empty while it cannot be reached yet
	Current bool
	Done    bool
}

// DoneStep repeats what a finished step holds, with the way to change it.
type DoneStep struct {
	Title     string
	Lines     []string
	ChangeURL string
}

// CheckoutSummary is what is being bought, beside every step.
type CheckoutSummary struct {
	Lines   []SummaryLine
	Totals  Totals
	CartURL string
}

// SummaryLine is one variant in a summary or an order.
type SummaryLine struct {
	Name     string
	URL      string // may be empty
	Options  string // "Moss, 350 ml"
	Parts    []Part // of a bundle: of one in a cart, of all in an order
	Quantity string // "2"
	Unit     string // price of one
	Total    string
	Full     string   // before promotions; empty when they take nothing off
	Saved    []string // "Autumn sale: −€5.00"
	Image    ui.Image
	Note     string
	// ReviewURL is where to say something of it; empty while it is not bought.
	ReviewURL string
}

// ContactPage asks for the email address and where to deliver; when nothing is, for country and region alone.
//
// It posts to /checkout/contact: email, phone, and of country, name, line1, line2, postcode, city and region what the country asks for; company and vat_number,
// note and gift_message; and where goods can be fetched, reach ("send" or "fetch") and fetch_name.
type ContactPage struct {
	Shell
	Checkout
	// Pickup asks whether the goods are sent or fetched; nil where they cannot be fetched.
	Pickup *PickupForm
	// Business asks who buys for a company, and Words what the shopper wants to say.
	Business  FieldRow
	Words     FieldRow
	Form      ContactForm
	Digital   bool // nothing of it is sent
	Codes     bool // gift cards are bought, whose codes are mailed
	Address   AddressFields
	SignInURL string // empty for who is signed in
	// Own are the addresses that the customer saved, each a link that fills the form with it; Keeps offers to save the one that is typed.
	Own   []SavedAddress
	Keeps bool
	Phone string // why a phone number is wanted; empty does not ask
}

// PickupForm asks whether goods are fetched: then a name is enough, and the fields of the address are hidden by the style sheet.
type PickupForm struct {
	Fetch  bool
	Places string // "Our desk in Austin"
	Name   ui.Field
}

// AddressFields asks for an address as its country writes it. Another country has other fields: choosing it posts the form to RedrawURL, which answers with the
// same page, all that was typed, and that country's fields. Without script a button does it.
type AddressFields struct {
	ID        string // of what is exchanged
	Also      string // the ID of what else on the page depends on the country; mostly empty
	Shown     ui.Hidden
	Country   ui.Field
	Rows      []FieldRow
	RedrawURL string
}

// FieldRow is what stands side by side.
type FieldRow struct {
	Fields []ui.Field
	Fold   string // the words behind which they wait, since few need them; empty shows them
}

// ContactForm is what was typed.
type ContactForm struct {
	Email    string
	Name     string
	Line1    string
	Line2    string
	Postcode string
	City     string
	Region   string
	Country  string
	Phone    string

	Company     string
	VATNumber   string
	Note        string
	GiftMessage string
	Fetch       bool // it is not sent
	FetchName   string
	Keep        bool // the address is to be saved
}

// CheckoutLostPage answers a step whose form holds nothing worth keeping once the cart is lost.
type CheckoutLostPage struct {
	Shell
	Checkout
}

// DeliveryPage asks how to ship. It posts delivery (the id of a choice) to /checkout/delivery.
type DeliveryPage struct {
	Shell
	Checkout
	Choices []DeliveryChoice
	// None says what to do when nothing ships to the address.
	None string
}

// DeliveryChoice is one way of shipping with its price and its days.
type DeliveryChoice struct {
	ID       string
	Name     string
	Arrives  string
	Detail   string // where it is fetched, in one line
	Hours    string // when it can be fetched
	Price    string
	Selected bool
}

// PaymentStepPage asks how to pay and for whom the bill is.
//
// It posts to /checkout/payment: method, save_card ("1" or absent), billing_same ("1" or absent), and the fields of an address with billing_ before their names.
type PaymentStepPage struct {
	Shell
	Checkout
	Methods     []PaymentMethod
	CardsSilent bool   // the customer's saved cards cannot be shown at the moment
	Covered     string // said when gift cards pay for all of it; empty when they do not
	Digital     bool   // nothing of it is sent, so no address is asked for
	BillingSame bool
	Billing     AddressFields
	Delivery    string // the delivery address in one line
	SameLabel   string // what the ticked box says
}

// PaymentMethod is one way to pay.
type PaymentMethod struct {
	ID       string
	Name     string
	Detail   string // what happens next: "You will be taken to your bank"
	Selected bool
	Disabled bool // it is shown and cannot be chosen: a card that has expired
	Saves    bool // the card can be saved for next time
	Save     bool // and that is ticked
}

// ReviewPage is the last look before the order. It posts cart_id, idempotency_key, expected_total and a promotion for each that counts to /checkout/review; the
// button names the amount.
type ReviewPage struct {
	Shell
	Checkout
	CartID         string // for the cookie is gone once the cart is ordered, and the button may be pressed again
	IdempotencyKey string
	ExpectedTotal  string // minor units and currency, "8400 EUR"
	Promotions     []string
	GiftCardShares []string // what each gift card pays, "id amount", posted as gift_card_share
	SavedCard      string   // the saved card that pays, posted as saved_card
	SaveCard       bool     // the card is saved for next time, posted as save_card
	PayLabel       string   // "Order and pay €84.00"
	Terms          []ui.Link
	TermsText      string // "By ordering you agree to the terms of sale."
	// TermsVersion is that of the terms that a box asks to accept, and is posted as terms; empty asks nothing.
	TermsVersion string
	// Changed is said when the total is no longer what was shown; the shopper looks again and decides.
	Changed string
}

func (p ContactPage) problems() []ui.FieldProblem {
	names := append([]string{"email", "phone", "code", "gift_card", "fetch_name"}, p.Address.names()...)
	return ui.Summary(p.Problems, append(names, "company", "vat_number", "note", "gift_message")...)
}

func (p PaymentStepPage) problems() []ui.FieldProblem {
	return ui.Summary(p.Problems, append([]string{"method", "code", "gift_card"}, p.Billing.names()...)...)
}

func (p ReviewPage) problems() []ui.FieldProblem {
	return ui.Summary(p.Problems, "code", "gift_card", "terms")
}

// names are those of the fields in their order on the page.
func (a AddressFields) names() []string {
	names := []string{a.Country.Name}
	for _, row := range a.Rows {
		for _, field := range row.Fields {
			names = append(names, field.Name)
		}
	}
	return names
}

// open says whether what waits behind words is shown: something was typed there, or is wrong with it.
func (r FieldRow) open() bool {
	for _, field := range r.Fields {
		if field.Value != "" || field.Error != "" {
			return true
		}
	}
	return false
}

func (p ContactPage) heading() string {
	if p.Digital {
		return "Contact and country"
	}
	return "Contact and address"
}

// reachID is that of the question whether goods are sent or fetched: in another country there may be no place for that.
const reachID = "reach"

func (p ContactPage) addressTitle() string {
	if p.Pickup != nil {
		return "Your address"
	}
	return "Delivery address"
}

func (p ContactPage) emailHint() string {
	if p.Codes {
		return "For the confirmation and the codes of the gift cards. Whoever has a code can spend it."
	}
	if p.Digital {
		return "For the confirmation and the links to download."
	}
	return "For the confirmation and news of the parcel."
}

func (p ContactPage) onward() string {
	if p.Digital {
		return "Continue to payment"
	}
	return "Continue to delivery"
}
