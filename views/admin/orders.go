package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// OrdersPage lists orders, newest first unless sorted. Column keys for List.Sorts: number, placed, customer, total.
type OrdersPage struct {
	Shell
	List
	Rows []OrderRow
}

// OrderRow is one order in the list.
type OrderRow struct {
	ID         string
	Number     string
	URL        string
	Placed     string
	PlacedISO  string
	Customer   string
	Email      string
	Channel    string
	State      ui.Tag
	Payment    ui.Tag
	Fulfilment ui.Tag
	Items      string // "3 items"
	Total      string
	Noted      bool // someone wrote a note on it
}

// OrderPage is one order with all that happened to it.
type OrderPage struct {
	Shell
	Breadcrumb []ui.Link
	Number     string
	Placed     string
	PlacedISO  string
	Channel    string
	State      ui.Tag
	Payment    ui.Tag
	Fulfilment ui.Tag
	Primary    *Action  // what this order needs next
	Actions    []Action // what else can be done
	Notices    []OrderNotice
	Groups     []LineGroup
	Totals     []TotalRow
	Downloads  []Download
	GiftCards  []BoughtCard
	Payments   []Payment
	Ledger     Ledger
	Customer   Customer
	Delivery   []string // the address
	// DeliveryTitle stands above it; "Delivery" when empty.
	DeliveryTitle string
	Said          []Said
	Method        string // of delivery
	Billing       []string
	Timeline      []TimelineEntry
	CommentURL    string   // POST; empty draws no box
	CommentKey    string   // names the comment, so that sending it twice writes it once
	Comment       ui.Field // with what was typed, when refused
	Problems      ui.Problems
	NewerURL      string
	OlderURL      string
}

// Said is something that the shopper said, or that an invoice has to say.
type Said struct{ Title, Text string }

func (p OrderPage) deliveryTitle() string {
	if p.DeliveryTitle == "" {
		return "Delivery"
	}
	return p.DeliveryTitle
}

// OrderNotice is something to know before acting: a hold, a suspicion, a refund under way.
type OrderNotice struct {
	Tone ui.Tone
	Text string
}

// BoughtCard is a gift card that was bought by an order.
type BoughtCard struct {
	Name  string // "…7QX2"
	URL   string // of its page; empty for who may not see it
	Line  string // by which it was bought
	Value string
	State ui.Tag
	Note  string // when it was taken back
}

// LineGroup are lines that travel together: not yet packed, in a parcel, returned.
type LineGroup struct {
	Title  string
	State  ui.Tag
	Detail string // carrier and number
	URL    string // of the carrier's page
	Lines  []OrderLine
}

// OrderLine is one variant in an order, as it was when it was ordered.
type OrderLine struct {
	Name     string
	URL      string
	SKU      string
	Options  string
	Quantity string
	Unit     string
	Total    string
	Image    ui.Image
	Note     string
	Parts    []OrderPart
}

// OrderPart is what is packed for a bundle, so many of it for the whole line.
type OrderPart struct{ Quantity, Name, SKU string }

// TotalRow is one sum; the last one is drawn as the total.
type TotalRow struct {
	Label  string
	Amount string
	Note   string
}

// Download is a file that was bought.
type Download struct {
	Name  string
	Size  string
	State ui.Tag
	Taken string   // "2 of 5"
	Until string   // when its link ends; empty until paid
	Times []string // when it was downloaded, newest first
	Renew *Action
}

// Payment is one attempt to be paid, or money that went back.
type Payment struct {
	Method    string // "Card ending in 4242"
	Provider  string
	Amount    string
	State     ui.Tag
	When      string
	Reference string   // the provider's own id
	URL       string   // at the provider
	Note      string   // why it failed
	Sums      []string // what was taken, given back, and until when more can be
	Actions   []Action
}

// Customer is who ordered.
type Customer struct {
	Name   string
	URL    string // empty for a guest
	Email  string
	Phone  string
	Orders string // "4 orders, €312.00"
}

// TimelineEntry is something that happened, by whom.
type TimelineEntry struct {
	When    string
	WhenISO string
	Who     string
	Text    string
	Detail  string
	Tone    ui.Tone
	Comment bool
}

// actions puts the primary one last, at the end of the row, where the eye arrives.
func (p OrderPage) actions() []Action {
	list := append([]Action(nil), p.Actions...)
	if p.Primary != nil {
		primary := *p.Primary
		primary.Kind = ui.Primary
		list = append(list, primary)
	}
	return list
}
