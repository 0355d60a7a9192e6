package storefront

import "github.com/tradewind-commerce/tradewind/views/ui"

// Checkout is what all steps share.
type Checkout struct {
	Steps   []Step
	Done    []DoneStep
	Summary CheckoutSummary
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
	Image    ui.Image
	Note     string
	// ReviewURL is where to say something of it; empty while it is not bought.
	ReviewURL string
}

// ContactPage asks for the email address and where to deliver; when nothing is, for country and region alone.
//
// It posts to /checkout/contact: email, name, line1, line2, postcode, city, region, country, phone.
type ContactPage struct {
	Shell
	Checkout
	Form      ContactForm
	Digital   bool // nothing of it is sent
	Countries []ui.Option
	// Regions makes the region a choice; RegionLabel alone makes it a text field; without either it is not asked.
	Regions     []ui.Option
	RegionLabel string
	SignInURL   string // empty where accounts are off
	Phone       string // why a phone number is wanted; empty does not ask
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
	Detail   string
	Price    string
	Selected bool
}

// PaymentStepPage asks how to pay and for whom the bill is.
//
// It posts to /checkout/payment: method, billing_same ("1" or absent), and billing_name, billing_line1, billing_line2,
// billing_postcode, billing_city, billing_region, billing_country.
type PaymentStepPage struct {
	Shell
	Checkout
	Methods     []PaymentMethod
	Digital     bool // nothing of it is sent, so no address is asked for
	BillingSame bool
	Billing     ContactForm // Email and Phone are not used
	Countries   []ui.Option
	RegionLabel string
	Delivery    string // the delivery address in one line
}

// PaymentMethod is one way to pay.
type PaymentMethod struct {
	ID       string
	Name     string
	Detail   string // what happens next: "You will be taken to your bank"
	Selected bool
}

// ReviewPage is the last look before the order. It posts idempotency_key and expected_total to /checkout/review; the
// button names the amount.
type ReviewPage struct {
	Shell
	Checkout
	IdempotencyKey string
	ExpectedTotal  string // minor units and currency, "8400 EUR"
	PayLabel       string // "Order and pay €84.00"
	Terms          []ui.Link
	TermsText      string // "By ordering you agree to the terms of sale."
	// Changed is said when the total is no longer what was shown; the shopper looks again and decides.
	Changed string
}

// addressKind is what differs between the delivery and the billing address.
type addressKind struct {
	prefix       string // of the fields' names
	autocomplete string
	countries    []ui.Option
	regions      []ui.Option
	regionLabel  string
}

func (k addressKind) region() string {
	if k.regionLabel == "" {
		return "Region"
	}
	return k.regionLabel
}

func (p ContactPage) problems() []ui.FieldProblem {
	return ui.Summary(p.Problems, "email", "phone", "country", "name", "line1", "line2", "postcode", "city", "region")
}

func (p PaymentStepPage) problems() []ui.FieldProblem {
	return ui.Summary(p.Problems, "method", "billing_country", "billing_name", "billing_line1", "billing_line2",
		"billing_postcode", "billing_city", "billing_region")
}

func (p ContactPage) heading() string {
	if p.Digital {
		return "Contact and country"
	}
	return "Contact and address"
}

func (p ContactPage) emailHint() string {
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
