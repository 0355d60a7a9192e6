package order

import (
	"context"
	"errors"
	"fmt"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

// refundable is what an order, or a line of it, can give back. It is pure: what went back before is part of it.
type refundable struct {
	order Order
	lines []orderdb.OrderLine
	// paid is what the shopper paid for a line, by its id; units and worth of it went back before, or were never taken, since they will not be sent.
	paid  map[string]int64
	units map[string]int64
	worth map[string]int64
	// shippingMinor went back for shipping before, and otherMinor for nothing in particular.
	shippingMinor, otherMinor int64
}

// lineWorth is what the shopper paid for a line. What tax a shopper did not have to pay, though it is part of the prices, is spread over all of the order.
func (r refundable) lineWorth(line orderdb.OrderLine) (int64, error) {
	worth := money.Amount{Minor: line.TotalMinor}
	if line.GiftCard {
		return worth.Minor, nil // which is not taxed
	}
	if !r.order.TaxIncluded {
		worth.Minor += line.TaxMinor
	}
	if r.order.TaxReliefMinor == 0 {
		return worth.Minor, nil
	}
	taxed := r.order.TotalMinor - r.order.GiftCardsMinor
	worth, err := worth.Scale(taxed, taxed+r.order.TaxReliefMinor, money.Down)
	return worth.Minor, err
}

// shippingLeft is what can still go back for shipping, with its tax.
func (r refundable) shippingLeft() int64 {
	paid := r.order.TotalMinor
	for _, line := range r.lines {
		paid -= r.paid[line.ID]
	}
	return max(paid-r.shippingMinor, 0)
}

// unitsWorth is what some units of a line give back. All units together give back what was paid for the line, to the last cent.
func (r refundable) unitsWorth(line orderdb.OrderLine, units int64) (int64, error) {
	until, err := money.Amount{Minor: r.paid[line.ID]}.Scale(r.units[line.ID]+units, int64(line.Quantity), money.Down)
	return max(until.Minor-r.worth[line.ID], 0), err
}

// choice is a line of a refund, as it is stored.
type choice struct {
	LineID      string `json:"line_id"`
	Quantity    int32  `json:"quantity"`
	AmountMinor int64  `json:"amount_minor"`
}

// asked is what somebody wants to give back.
type asked struct {
	choices                   []*orderv1.RefundChoice
	shippingMinor, otherMinor int64
}

// plan is a refund before it is made.
type plan struct {
	asked
	lines       []choice
	amountMinor int64
}

// plan says what a request gives back. FAILED_PRECONDITION: there is less left, of a line or of shipping.
func (r refundable) plan(want asked) (plan, error) {
	made := plan{asked: want, amountMinor: want.shippingMinor}
	if left := r.shippingLeft(); want.shippingMinor > left {
		return made, rpc.FailedPrecondition("for shipping at most " + r.say(left) + " can go back")
	}
	seen := map[string]bool{}
	for _, wanted := range want.choices {
		line, found := r.line(wanted.GetLineId())
		left := int64(line.Quantity) - r.units[line.ID]
		switch {
		case !found:
			return made, rpc.InvalidArgument("lines: one is not of this order")
		case seen[line.ID]:
			return made, rpc.InvalidArgument("lines: one is there twice")
		case int64(wanted.GetQuantity()) > left:
			return made, rpc.FailedPrecondition(fmt.Sprintf("of %s only %d can still be given back", line.ProductName, left))
		}
		seen[line.ID] = true
		worth, err := r.unitsWorth(line, int64(wanted.GetQuantity()))
		if err != nil {
			return made, fmt.Errorf("worth of line %s: %w", line.ID, err)
		}
		made.lines = append(made.lines, choice{line.ID, wanted.GetQuantity(), worth})
		made.amountMinor += worth
	}
	if want.otherMinor > r.order.TotalMinor { // far from where sums wrap around; the payments have the last word
		return made, r.errTooMuch(r.order.TotalMinor)
	}
	if left := r.besideCards(made); r.order.GiftCardsMinor > 0 && want.otherMinor > left {
		return made, rpc.FailedPrecondition("beside gift cards at most " + r.say(left) + " can go back of this order; choose the gift cards that are to be taken back")
	}
	if made.amountMinor += want.otherMinor; made.amountMinor == 0 {
		return made, rpc.InvalidArgument("choose at least one line, or an amount")
	}
	return made, nil
}

// besideCards is what can still go back for nothing in particular of an order with gift cards: what they were bought for goes back only when they are taken back.
func (r refundable) besideCards(made plan) int64 {
	left := r.order.TotalMinor - r.order.GiftCardsMinor - r.shippingMinor - r.otherMinor - made.shippingMinor
	for _, line := range r.lines {
		if !line.GiftCard {
			left -= r.worth[line.ID]
		}
	}
	for _, choice := range made.lines {
		if line, _ := r.line(choice.LineID); !line.GiftCard {
			left -= choice.AmountMinor
		}
	}
	return max(left, 0)
}

func (r refundable) line(id string) (orderdb.OrderLine, bool) {
	for _, line := range r.lines {
		if line.ID == id {
			return line, true
		}
	}
	return orderdb.OrderLine{}, false
}

func (r refundable) say(minor int64) string {
	return money.Amount{Minor: minor, Currency: r.order.CurrencyCode}.String()
}

func (r refundable) errTooMuch(left int64) error {
	return rpc.FailedPrecondition("of this order at most " + r.say(left) + " can go back")
}

// loadRefundable reads what an order can give back.
func loadRefundable(ctx context.Context, db postgres.DBTX, row Order) (refundable, error) {
	r := refundable{order: row, paid: map[string]int64{}, units: map[string]int64{}, worth: map[string]int64{}}
	var err error
	if r.lines, err = queries.ListOrderLines(ctx, db, row.ID); err != nil {
		return r, fmt.Errorf("list order lines: %w", err)
	}
	for _, line := range r.lines {
		if r.paid[line.ID], err = r.lineWorth(line); err != nil {
			return r, fmt.Errorf("worth of line %s: %w", line.ID, err)
		}
	}
	before, err := queries.ListRefunds(ctx, db, row.ID)
	if err != nil {
		return r, fmt.Errorf("list refunds: %w", err)
	}
	refused, err := payment.Refused(ctx, db, row.ID)
	if err != nil {
		return r, err
	}
	for _, refund := range before {
		if !refused[refund.ID] {
			r.shippingMinor += refund.ShippingMinor
			r.otherMinor += refund.OtherMinor
		}
	}
	lines, err := queries.ListRefundLines(ctx, db, row.ID)
	if err != nil {
		return r, fmt.Errorf("list refund lines: %w", err)
	}
	for _, line := range lines {
		if refused[line.RefundID] {
			continue
		}
		r.units[line.LineID] += int64(line.Quantity)
		r.worth[line.LineID] += line.AmountMinor
	}
	unsent, err := queries.ListUnsentLines(ctx, db, row.ID)
	if err != nil {
		return r, fmt.Errorf("list unsent lines: %w", err)
	}
	for _, line := range unsent { // what was never taken for them cannot go back
		r.units[line.LineID] += int64(line.ReleasedQuantity)
		r.worth[line.LineID] += line.ReleasedMinor
	}
	return r, nil
}

// PreviewRefund says what a refund would do.
func (s *Service) PreviewRefund(ctx context.Context, req *orderv1.PreviewRefundRequest) (*orderv1.PreviewRefundResponse, error) {
	db := s.cfg.DB.Primary()
	row, err := queries.GetOrder(ctx, db, req.GetOrderId())
	if postgres.IsNoRows(err) {
		return nil, errNoOrder
	}
	if err != nil {
		return nil, fmt.Errorf("get order: %w", err)
	}
	can, err := loadRefundable(ctx, db, row)
	if err != nil {
		return nil, err
	}
	_, left, err := payment.Divide(ctx, db, row.ID, 0)
	if err != nil {
		return nil, err
	}
	answer := &orderv1.PreviewRefundResponse{
		Refund: &orderv1.Refund{}, Left: amountOf(row, left), ShippingLeft: amountOf(row, min(can.shippingLeft(), left)),
	}
	for _, line := range can.lines {
		units := int64(line.Quantity) - can.units[line.ID]
		worth, err := can.unitsWorth(line, units)
		if err != nil {
			return nil, fmt.Errorf("worth of line %s: %w", line.ID, err)
		}
		answer.LinesLeft = append(answer.LinesLeft, &orderv1.RefundLine{LineId: line.ID, Quantity: int32(units), Amount: amountOf(row, worth)})
	}
	want := asked{req.GetLines(), req.GetShippingMinor(), req.GetOtherMinor()}
	if len(want.choices) == 0 && want.shippingMinor == 0 && want.otherMinor == 0 {
		return answer, nil // nothing is chosen yet
	}
	return answer, can.preview(ctx, db, want, req.GetStoreCredit(), answer)
}

// preview adds what would go where.
func (r refundable) preview(ctx context.Context, db postgres.DBTX, want asked, storeCredit bool, answer *orderv1.PreviewRefundResponse) error {
	if storeCredit && r.order.Email == "" {
		return errNobodys
	}
	made, err := r.plan(want)
	if err != nil {
		return err
	}
	parts, left, err := payment.Divide(ctx, db, r.order.ID, made.amountMinor)
	if errors.Is(err, payment.ErrTooLittleLeft) {
		return r.errTooMuch(left)
	}
	if err != nil {
		return err
	}
	answer.Left = amountOf(r.order, left-made.amountMinor)
	answer.Refund = made.toProto(r.order)
	for _, part := range parts {
		answer.Parts = append(answer.Parts, &orderv1.RefundPart{
			PaymentId: part.PaymentID, Provider: part.Provider, Amount: amountOf(r.order, part.AmountMinor), Left: amountOf(r.order, part.LeftMinor),
		})
	}
	cards, err := loadGiftCards(ctx, db, r.order)
	if err != nil {
		return err
	}
	back, err := cards.choose(ctx, db, r, made)
	if err != nil {
		return err
	}
	answer.GiftCards = cards.toProto(back)
	answer.Entries, err = payment.Forecast(ctx, db, r.order.ID, r.order.CurrencyCode, made.amountMinor, worthOf(back), storeCredit)
	return err
}

func (p plan) toProto(row Order) *orderv1.Refund {
	refund := &orderv1.Refund{Amount: amountOf(row, p.amountMinor), Shipping: amountOf(row, p.shippingMinor), Other: amountOf(row, p.otherMinor)}
	for _, line := range p.lines {
		refund.Lines = append(refund.Lines, &orderv1.RefundLine{LineId: line.LineID, Quantity: line.Quantity, Amount: amountOf(row, line.AmountMinor)})
	}
	return refund
}
