package storefront

import (
	"context"

	"github.com/tradewind-commerce/tradewind/views/ui"
	"github.com/tradewind-commerce/tradewind/views/wording"
)

// CartPage holds what the shopper means to buy. Without lines it is the empty cart.
//
// Its forms: POST Line.UpdateURL with quantity; POST Line.RemoveURL; POST Removed.UndoURL with variant and quantity;
// POST Coupon.Action and Coupon.RemovalURL with code; POST GiftCards.Action with gift_card and GiftCards.RemovalURL with gift_card_id; GET ShippingEstimate.Action with country and postcode.
type CartPage struct {
	Shell
	Notices  []CartNotice // what changed since the last look: prices, stock
	Added    *AddedLine   // what was just put in
	Removed  *RemovedLine // what was just taken out, for undo
	Lines    []CartLine
	Gifts    []SummaryLine // what promotions add
	Totals   Totals
	Free     *FreeShipping
	Estimate *ShippingEstimate
	Coupon   *CouponForm
	// GiftCards pay for it.
	GiftCards *GiftCardForm
	// CheckoutURL is empty when a line stands in the way; Blocked then says which and why.
	CheckoutURL string
	Blocked     string
	Suggested   []Card // below the totals, or in an empty cart
	Problems    ui.Problems
}

// CartLine is one variant in the cart.
type CartLine struct {
	ID        string
	VariantID string
	Name      string
	URL       string
	Image     ui.Image
	Variant   string   // "Moss, large", where options have no names
	Options   []Detail // "Colour": "Moss"
	Parts     []Part   // of one bundle
	UnitPrice ui.Price
	Total     string
	Full      string   // before promotions; empty when they take nothing off
	Saved     []string // "Autumn sale: −€5.00"
	Quantity  string   // as kept, or as typed when it was refused
	Max       int      // most that can be ordered; zero shows no limit
	Problem   string   // what is wrong with this line: sold out, only two left
	Note      string   // what changed, without standing in the way: a new price
	UpdateURL string
	RemoveURL string
}

// CartNotice is something that changed in the whole cart.
type CartNotice struct {
	Tone ui.Tone
	Text string
}

// AddedLine says what was just put into the cart; with script it is shown in a dialog.
type AddedLine struct {
	Name     string
	Options  string
	Quantity string // "2 pieces"
	Price    string
	Image    ui.Image
	Subtotal string // "Subtotal of 3 items: €84.00"
}

// RemovedLine says what was just taken out and carries what it takes to put it back.
type RemovedLine struct {
	Text      string // "Stoneware mug was removed."
	UndoURL   string // POST /cart/items
	VariantID string
	Quantity  string
}

// Totals are the sums of a cart or an order, in reading order.
type Totals struct {
	Rows  []TotalRow
	Label string // "Total"
	Total string
	Saved string // "You save €12.00"
	Tax   string // "Including €13.41 VAT"
	Note  string // why no tax is taken, for the invoice; mostly empty
	// Paid is what gift cards pay of the total, and Left what is left then; empty without any.
	Paid            []TotalRow
	LeftLabel, Left string
}

// TotalRow is one sum.
type TotalRow struct {
	Label  string
	Amount string
	Note   string // "estimated for Germany"
}

// FreeShipping says how far the cart is from free shipping.
type FreeShipping struct {
	Text    string // "€12.40 more for free shipping"
	Percent int
}

// ShippingEstimate tells what shipping would cost before an address is asked for.
type ShippingEstimate struct {
	Action     string // GET, the cart's own address
	Countries  []ui.Option
	ByPostcode bool // the price depends on it
	Postcode   string
	Choices    []ShippingChoice
	Error      string
	Open       bool
}

// ShippingChoice is one way of shipping in an estimate.
type ShippingChoice struct {
	Name    string
	Arrives string
	Price   string
}

// CouponForm takes a code, and lets go of those that were taken.
type CouponForm struct {
	Action     string
	RemovalURL string
	Hidden     []ui.Hidden // where to go on afterwards
	Code       string      // as typed, when refused
	Error      string
	Kept       []KeptCode
}

// KeptCode is a code of the cart.
type KeptCode struct {
	Code    string
	Effect  string // "10 % off, −€8.40"
	Problem string // why it does not count at the moment; empty when it does
}

// GiftCardForm takes gift cards, and lets go of those that pay.
type GiftCardForm struct {
	Action     string
	RemovalURL string
	Hidden     []ui.Hidden // where to go on afterwards
	Code       string      // as typed, when refused
	Error      string
	Kept       []KeptGiftCard
	Note       string // what they do not pay for; empty when they pay for all
}

// hint says what gift cards do not pay for before one is entered; afterwards it stands beside those that were.
func (f GiftCardForm) hint() string {
	if len(f.Kept) > 0 {
		return ""
	}
	return f.Note
}

// KeptGiftCard is a gift card of the cart.
type KeptGiftCard struct {
	ID      string
	Name    string // "Gift card …7QX2"
	Effect  string // "€3.00 stays on it"; may be empty
	Problem string // why it pays nothing; empty when it does
}

// problems lists what is wrong, each leading to its place on the page.
func (p CartPage) problems() []ui.FieldProblem {
	list := ui.Summary(p.Problems)
	for _, line := range p.Lines {
		if line.Problem != "" {
			list = append(list, ui.FieldProblem{Text: line.Name + ": " + line.Problem, URL: "#line-" + line.ID})
		}
	}
	if p.Coupon != nil && p.Coupon.Error != "" {
		list = append(list, ui.FieldProblem{Text: p.Coupon.Error, URL: "#field-code"})
	}
	if p.GiftCards != nil && p.GiftCards.Error != "" {
		list = append(list, ui.FieldProblem{Text: p.GiftCards.Error, URL: "#field-gift_card"})
	}
	return list
}

func (p CartPage) suggestedTitle(ctx context.Context) string {
	if len(p.Lines) == 0 {
		return wording.Say(ctx, "From our shelves")
	}
	return wording.Say(ctx, "Goes well with it")
}
