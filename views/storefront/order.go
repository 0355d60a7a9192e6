package storefront

import "github.com/tradewind-commerce/tradewind/views/ui"

// OrderPage shows a placed order to whoever holds its signed link. It is the confirmation as well.
type OrderPage struct {
	Shell
	Number     string
	JustPlaced bool // says thank you
	Placed     string
	PlacedISO  string
	Email      string
	Join       string // the address to open an account for; empty for who has one, and later on
	State      ui.Tag // one word on where the order stands
	Payment    ui.Tag
	Progress   []OrderStep
	Next       []string // what happens next, a sentence each
	Lines      []SummaryLine
	Totals     Totals
	Address    []string // where it goes, or where it is fetched
	Hours      string   // when it can be fetched
	Billing    []string
	Delivery   string // "Parcel post"
	Arrives    string // "Thursday 27 to Friday 28 November"
	VATNumber  string // of the business that bought
	Note       string // what the shopper told the shop
	Gift       string // what stands on the card
	PaidWith   string // "Card ending in 4242"
	Parcels    []Parcel
	Unsent     *Unsent // what of it will not come
	Downloads  []Download
	GiftCards  []BoughtCard
	Digital    bool      // nothing of it is sent
	Transfer   *Transfer // where to transfer the money, while that is awaited
	PayURL     string    // POST, while a payment is still owed
	PayLabel   string    // "Pay €84.00"
	CancelURL  string    // POST, while cancelling is allowed
	ReturnURL  string    // start of a return
	InvoiceURL string
	HelpURL    string
	CancelText string // what cancelling does: "The money goes back to your card within 5 days."
}

// OrderStep is one station of an order's way.
type OrderStep struct {
	Label   string
	When    string // empty while still ahead
	Done    bool
	Current bool
}

// Parcel is a shipment on its way.
type Parcel struct {
	Title   string // "Parcel 1 of 2"
	Carrier string
	Number  string
	URL     string // the carrier's page
	State   ui.Tag
	Arrives string
	Items   []string
}

// Unsent is what of an order will not come, since the shop could not send it.
type Unsent struct {
	Items []string
	Money []string // what becomes of it, a sentence each
}

// Transfer is what one needs to pay by bank transfer.
type Transfer struct {
	Amount    string
	Reference string // to write with it
	Until     string // "5 December 2026"
	Holder    string
	Account   string
	BankCode  string // may be empty
	BankName  string // may be empty
}

// rows are the details with what they are called in banks' forms.
func (t Transfer) rows() []Detail {
	rows := []Detail{{Name: "Amount", Value: t.Amount}, {Name: "To", Value: t.Holder}, {Name: "Account", Value: t.Account}}
	if t.BankCode != "" {
		rows = append(rows, Detail{Name: "BIC or routing number", Value: t.BankCode})
	}
	if t.BankName != "" {
		rows = append(rows, Detail{Name: "Bank", Value: t.BankName})
	}
	return append(rows, Detail{Name: "Reference", Value: t.Reference}, Detail{Name: "To arrive until", Value: t.Until})
}

// Download is a file that was bought.
type Download struct {
	Name string
	Size string
	URL  string // empty while, or when no longer, it can be had
	Note string // until when and how often, or why not
}

// BoughtCard is a gift card that was bought. Its code went by mail and stands on no page.
type BoughtCard struct {
	Name  string // "Gift card …7QX2"
	Value string
	State ui.Tag
	Note  string // what became of it
}

// DownloadPage says why a file cannot be had and how to get at it.
type DownloadPage struct {
	Shell
	Heading   string
	Text      string
	FileName  string
	Order     string // its number
	LookupURL string
	HelpURL   string
}
