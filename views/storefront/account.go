package storefront

import "github.com/tradewind-commerce/tradewind/views/ui"

// SignInPage asks for the email address that a code is sent to. It posts email and next to /account/sign-in.
type SignInPage struct {
	Shell
	Email    string
	Next     string // where signing in leads to
	Problems ui.Problems
}

func (p SignInPage) problems() []ui.FieldProblem { return ui.Summary(p.Problems, "email") }

// SignInCodePage asks for the code that was sent. It posts code to /account/sign-in/code.
type SignInCodePage struct {
	Shell
	Email    string // where it was sent
	Next     string
	Code     string // as typed
	Problems ui.Problems
}

func (p SignInCodePage) problems() []ui.FieldProblem { return ui.Summary(p.Problems, "code") }

// AccountPage is the first page of an account. It posts name to /account/name, and id of an address to /account/address/removal.
type AccountPage struct {
	Shell
	Email         string
	Name          string
	Orders        []OrderRow // the latest
	AllOrdersURL  string     // empty when those are all
	Addresses     []SavedAddress
	AddAddressURL string
	Problems      ui.Problems
}

func (p AccountPage) problems() []ui.FieldProblem { return ui.Summary(p.Problems, "name") }

// AccountOrdersPage lists the orders of an account.
type AccountOrdersPage struct {
	Shell
	Orders  []OrderRow
	First   bool   // it is the first page
	NextURL string // empty on the last page
}

// OrderRow is an order in a list.
type OrderRow struct {
	Number    string
	URL       string
	Placed    string
	PlacedISO string
	Total     string
	State     ui.Tag
}

// SavedAddress is an address in an account.
type SavedAddress struct {
	ID        string
	Lines     []string
	Preferred bool   // it is used unless told otherwise
	EditURL   string // at the checkout, where the form is filled with it
}

// AddressPage changes an address of an account, or asks for a new one. It posts id, the fields of the address and preferred to /account/address.
type AddressPage struct {
	Shell
	ID        string // empty for a new one
	Address   AddressFields
	Company   string
	Preferred bool
	Problems  ui.Problems
}

func (p AddressPage) heading() string {
	if p.ID == "" {
		return "Add an address"
	}
	return "Change the address"
}

func (p AddressPage) problems() []ui.FieldProblem {
	return ui.Summary(p.Problems, append(p.Address.names(), "company")...)
}
