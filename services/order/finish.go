package order

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/idempotency"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/inventory"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

var errTaking = rpc.FailedPrecondition("money for what was sent is just being taken; try again in a few minutes")

// FinishOrder ends a partly sent order in one transaction: units, money and stock of the rest. Then the providers are told. A process that dies in between leaves instructions that the worker carries out.
func (s *Service) FinishOrder(ctx context.Context, req *orderv1.FinishOrderRequest) (*orderv1.FinishOrderResponse, error) {
	given, err := inventory.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*wrapperspb.StringValue, error) {
		return idempotency.Do(ctx, tx, req, func() (*wrapperspb.StringValue, error) {
			return finish(ctx, tx, req, actor(auth.CallerFrom(ctx)))
		})
	})
	if err != nil {
		return nil, err
	}
	problem, err := s.carryOutNow(ctx, given)
	if err != nil {
		return nil, err
	}
	order, err := s.read(ctx, req.GetOrderId())
	return &orderv1.FinishOrderResponse{Order: order, Problem: problem}, err
}

// finish ends a locked order. It returns the instructions that are to be carried out.
func finish(ctx context.Context, tx pgx.Tx, req *orderv1.FinishOrderRequest, by string) (*wrapperspb.StringValue, error) {
	row, err := lock(ctx, tx, req.GetOrderId())
	if err != nil {
		return nil, err
	}
	rest, err := loadRest(ctx, tx, row)
	if err != nil {
		return nil, err
	}
	if !rest.are(req.GetLines()) {
		return nil, rpc.FailedPrecondition("something else of this order is left to send by now; look at it again")
	}
	ending, given, err := payment.EndRest(ctx, tx, rest.money())
	if errors.Is(err, payment.ErrTaking) {
		return nil, errTaking
	}
	if err != nil {
		return nil, err
	}
	if ending.RefundMinor != req.GetExpectedRefundMinor() {
		return nil, rpc.FailedPrecondition(sayAmount(amountOf(row, ending.RefundMinor)) + " goes back by now; look at it again")
	}
	said := rest.say(req.GetRestock(), strings.TrimSpace(req.GetReason()))
	if err := note(ctx, tx, row.ID, "finished", said, by); err != nil {
		return nil, err
	}
	if err := noteEnding(ctx, tx, row, ending); err != nil {
		return nil, err
	}
	end := orderdb.AddFinishParams{
		OrderID: row.ID, AmountMinor: row.TotalMinor - rest.sending.dueMinor(), RefundedMinor: ending.RefundMinor, TakenMinor: ending.TakenMinor, ReleasedMinor: ending.ReleasedMinor,
		UncollectedMinor: ending.UncollectedMinor, Restocked: req.GetRestock(), Reason: strings.TrimSpace(req.GetReason()), Actor: by, Now: clock.Now(),
	}
	refunded := rest.refund(ending.RefundMinor)
	if ending.RefundMinor > 0 {
		refund := orderdb.AddRefundParams{ID: id.New(), OrderID: row.ID, AmountMinor: ending.RefundMinor, Note: "Will not be sent", Actor: by, Now: end.Now}
		back, err := payment.Refund(ctx, tx, row.ID, refund.ID, refund.AmountMinor, payment.RefundReason(refund.Reason))
		if err != nil {
			return nil, err
		}
		if err := writeRefund(ctx, tx, refund, refunded); err != nil {
			return nil, err
		}
		given, end.RefundID = append(given, back...), &refund.ID
	}
	if err := rest.write(ctx, tx, end, refunded); err != nil {
		return nil, err
	}
	if err := broker.Publish(ctx, tx, &orderv1.OrderFinished{OrderId: row.ID}); err != nil {
		return nil, err
	}
	row.State = name(Fulfilled)
	if _, err := move(ctx, tx, row); err != nil {
		return nil, err
	}
	instructions := wrapperspb.String(strings.Join(given, " "))
	if !req.GetRestock() {
		return instructions, nil
	}
	units, err := rest.stock()
	if err != nil {
		return nil, err
	}
	return instructions, inventory.Return(ctx, tx, row.ID, units)
}

// noteEnding tells staff what becomes of the money.
func noteEnding(ctx context.Context, tx pgx.Tx, row Order, ending payment.Ending) error {
	for _, one := range []struct {
		kind, text string
		minor      int64
	}{
		{"capture.asked", " is to be taken for what was sent.", ending.TakenMinor},
		{"release.asked", " that is reserved is to be released.", ending.ReleasedMinor},
		{"payment.on_delivery", " less is to be collected on delivery.", ending.UncollectedMinor},
		{"refund.asked", " is to go back to the shopper for what will not be sent.", ending.RefundMinor},
	} {
		if one.minor == 0 {
			continue
		}
		if err := note(ctx, tx, row.ID, one.kind, sayAmount(amountOf(row, one.minor))+one.text, bySystem); err != nil {
			return err
		}
	}
	return nil
}

// rest is what of a partly sent order is left to send. It is pure.
type rest struct {
	sending sending
	lines   []restLine
}

// restLine is a line of which units are left.
type restLine struct {
	of orderdb.OrderLine
	// units are left, of which the money went back before for some; the others are worth so much. What went back of a line counts for what is left of it first, as the form that sends goods proposes.
	units, refunded, worth int64
}

// loadRest reads what is left to send of an order. FAILED_PRECONDITION: nothing was sent yet, or nothing is left.
func loadRest(ctx context.Context, db postgres.DBTX, row Order) (rest, error) {
	switch parseState(row.State) {
	case PartlyFulfilled:
	case Confirmed:
		return rest{}, rpc.FailedPrecondition("nothing of this order was sent yet; it can be cancelled instead")
	default:
		return rest{}, sendable(row)
	}
	sending, err := loadSending(ctx, db, row)
	if err != nil {
		return rest{}, err
	}
	can, err := loadRefundable(ctx, db, row)
	if err != nil {
		return rest{}, err
	}
	return restOf(sending, can)
}

func restOf(sending sending, can refundable) (rest, error) {
	r := rest{sending: sending}
	for _, line := range sending.lines {
		left := restLine{of: line, units: sending.left(line.ID)}
		if left.units == 0 {
			continue
		}
		left.refunded = min(can.units[line.ID], left.units)
		if others := left.units - left.refunded; others > 0 {
			var err error
			if left.worth, err = can.unitsWorth(line, others); err != nil {
				return r, fmt.Errorf("worth of line %s: %w", line.ID, err)
			}
		}
		r.lines = append(r.lines, left)
	}
	return r, nil
}

// are says whether somebody saw all of the rest, and nothing else.
func (r rest) are(seen []*orderv1.FulfilmentChoice) bool {
	units := map[string]int64{}
	for _, line := range seen {
		units[line.GetLineId()] += int64(line.GetQuantity())
	}
	for _, line := range r.lines {
		if units[line.of.ID] != line.units {
			return false
		}
	}
	return len(units) == len(r.lines)
}

// money is what payment must know of it.
func (r rest) money() payment.Rest {
	asked := payment.Rest{OrderID: r.sending.order.ID, FulfilmentID: r.sending.sent().FulfilmentID}
	for _, line := range r.lines {
		asked.WorthMinor += line.worth
	}
	return asked
}

// say tells it to staff.
func (r rest) say(restock bool, reason string) string {
	words := make([]string, len(r.lines))
	for i, line := range r.lines {
		words[i] = strings.TrimSpace(fmt.Sprintf("%d × %s %s", line.units, line.of.ProductName, line.of.VariantName))
	}
	text := "Will not be sent: " + strings.Join(words, ", ")
	if restock {
		text += ", back in stock"
	} else {
		text += ", not put back in stock"
	}
	if reason == "" {
		return text + "."
	}
	return text + ": " + reason
}

// refund divides what goes back among the lines, one after the other: what of them was never taken does not go back.
func (r rest) refund(minor int64) []choice {
	var lines []choice
	for _, line := range r.lines {
		part := min(line.worth, minor)
		if part == 0 {
			continue
		}
		minor -= part
		lines = append(lines, choice{line.of.ID, int32(line.units - line.refunded), part})
	}
	return lines
}

// unsentJSON is a line that will not be sent, as it is stored.
type unsentJSON struct {
	LineID           string `json:"line_id"`
	Quantity         int64  `json:"quantity"`
	ReleasedQuantity int64  `json:"released_quantity"`
	ReleasedMinor    int64  `json:"released_minor"`
}

// write stores the end of an order and what will not be sent of it.
func (r rest) write(ctx context.Context, tx pgx.Tx, end orderdb.AddFinishParams, refunded []choice) error {
	goesBack := map[string]int64{}
	for _, line := range refunded {
		goesBack[line.LineID] = line.AmountMinor
	}
	rows := make([]unsentJSON, len(r.lines))
	for i, line := range r.lines {
		rows[i] = unsentJSON{line.of.ID, line.units, line.units - line.refunded, line.worth - goesBack[line.of.ID]}
		if goesBack[line.of.ID] > 0 {
			rows[i].ReleasedQuantity = 0 // the refund says how many
		}
	}
	lines, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encode unsent lines: %w", err)
	}
	if err := queries.AddFinish(ctx, postgres.Later(tx), end); err != nil {
		return fmt.Errorf("add finish: %w", err)
	}
	if err := queries.AddUnsentLines(ctx, postgres.Later(tx), orderdb.AddUnsentLinesParams{OrderID: end.OrderID, Lines: lines}); err != nil {
		return fmt.Errorf("add unsent lines: %w", err)
	}
	return nil
}

// stock is how many units of which variants it is. A bundle is what it is made of.
func (r rest) stock() (map[string]int32, error) {
	units := map[string]int32{}
	for _, line := range r.lines {
		if line.of.Parts == nil {
			units[line.of.VariantID] += int32(line.units)
			continue
		}
		var parts []partJSON
		if err := json.Unmarshal(line.of.Parts, &parts); err != nil {
			return nil, fmt.Errorf("parts of order line %s: %w", line.of.ID, err)
		}
		for _, part := range parts {
			units[part.VariantID] += part.Quantity / line.of.Quantity * int32(line.units)
		}
	}
	return units, nil
}

// PreviewFinish says what ending an order would do.
func (s *Service) PreviewFinish(ctx context.Context, req *orderv1.PreviewFinishRequest) (*orderv1.PreviewFinishResponse, error) {
	db := s.cfg.DB.Primary()
	row, err := queries.GetOrder(ctx, db, req.GetOrderId())
	if postgres.IsNoRows(err) {
		return nil, errNoOrder
	}
	if err != nil {
		return nil, fmt.Errorf("get order: %w", err)
	}
	rest, err := loadRest(ctx, db, row)
	if err != nil {
		return nil, err
	}
	ending, err := payment.PlanEnd(ctx, db, rest.money())
	if errors.Is(err, payment.ErrTaking) {
		return nil, errTaking
	}
	if err != nil {
		return nil, err
	}
	parts, _, err := payment.Divide(ctx, db, row.ID, ending.RefundMinor)
	if err != nil {
		return nil, err
	}
	answer := &orderv1.PreviewFinishResponse{Finish: endingToProto(row, ending)}
	for _, line := range rest.lines {
		answer.Lines = append(answer.Lines, &orderv1.UnsentLine{
			LineId: line.of.ID, Quantity: int32(line.units), RefundedBefore: int32(line.refunded), Amount: amountOf(row, line.worth),
		})
	}
	for _, part := range parts {
		answer.Parts = append(answer.Parts, &orderv1.RefundPart{
			PaymentId: part.PaymentID, Provider: part.Provider, Amount: amountOf(row, part.AmountMinor), Left: amountOf(row, part.LeftMinor),
		})
	}
	return answer, nil
}

func endingToProto(row Order, ending payment.Ending) *orderv1.Finish {
	end := &orderv1.Finish{}
	if ending.RefundMinor > 0 {
		end.Refunded = amountOf(row, ending.RefundMinor)
	}
	if ending.ReleasedMinor > 0 {
		end.Released = amountOf(row, ending.ReleasedMinor)
	}
	if ending.UncollectedMinor > 0 {
		end.Uncollected = amountOf(row, ending.UncollectedMinor)
	}
	if ending.TakenMinor > 0 {
		end.Taken = amountOf(row, ending.TakenMinor)
	}
	return end
}

// addFinish adds to an order that the rest of it will not be sent.
func (s *Service) addFinish(ctx context.Context, row Order, order *orderv1.Order) error {
	stored, err := queries.GetFinish(ctx, s.cfg.DB.Read(ctx), row.ID)
	if postgres.IsNoRows(err) {
		return nil // the server that was asked has not heard of it yet
	}
	if err != nil {
		return fmt.Errorf("get finish: %w", err)
	}
	order.Finish = endingToProto(row, payment.Ending{
		RefundMinor: stored.RefundedMinor, ReleasedMinor: stored.ReleasedMinor, UncollectedMinor: stored.UncollectedMinor, TakenMinor: stored.TakenMinor,
	})
	order.Finish.CreateTime, order.Finish.Restocked, order.Finish.Reason, order.Finish.Actor = timestamppb.New(stored.CreateTime), stored.Restocked, stored.Reason, stored.Actor
	if stored.RefundID != nil {
		order.Finish.RefundId = *stored.RefundID
	}
	return nil
}
