package order

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/idempotency"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/pricing"
)

const refundReasonPrefix = "REFUND_REASON_"

// RefundOrder decides with the order locked, so that no two refunds give back the same, and then has the providers do it.
func (s *Service) RefundOrder(ctx context.Context, req *orderv1.RefundOrderRequest) (*orderv1.RefundOrderResponse, error) {
	given, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*wrapperspb.StringValue, error) {
		return idempotency.Do(ctx, tx, req, func() (*wrapperspb.StringValue, error) {
			given, err := s.refund(ctx, tx, req, actor(auth.CallerFrom(ctx)))
			crash.At(crash.RefundBeforeCommit)
			return given, err
		})
	})
	crash.At(crash.RefundAfterCommit)
	if err != nil {
		return nil, err
	}
	problem, err := s.carryOutNow(ctx, given)
	if err != nil {
		return nil, err
	}
	order, err := s.read(ctx, req.GetOrderId())
	return &orderv1.RefundOrderResponse{Order: order, Problem: problem}, err
}

// refund writes a refund and tells the payments of it, or makes store credit of it. It returns the instructions that are to be carried out.
func (s *Service) refund(ctx context.Context, tx pgx.Tx, req *orderv1.RefundOrderRequest, by string) (*wrapperspb.StringValue, error) {
	row, err := lock(ctx, tx, req.GetOrderId())
	if err != nil {
		return nil, err
	}
	can, err := loadRefundable(ctx, tx, row)
	if err != nil {
		return nil, err
	}
	made, err := can.plan(asked{req.GetLines(), req.GetShippingMinor(), req.GetOtherMinor()})
	if err != nil {
		return nil, err
	}
	if made.amountMinor != req.GetExpectedMinor() {
		return nil, rpc.FailedPrecondition("this refund is " + can.say(made.amountMinor) + " by now; look at it again")
	}
	cards, err := loadGiftCards(ctx, tx, row)
	if err != nil {
		return nil, err
	}
	back, err := cards.choose(ctx, tx, can, made)
	if err != nil {
		return nil, err
	}
	if err := cards.void(ctx, tx, back, by); err != nil {
		return nil, err
	}
	refund := orderdb.AddRefundParams{
		ID: id.New(), OrderID: row.ID, AmountMinor: made.amountMinor, ShippingMinor: made.shippingMinor, OtherMinor: made.otherMinor,
		Reason: refundReason(req.GetReason()), Note: strings.TrimSpace(req.GetNote()), Actor: by, Now: clock.Now(),
	}
	given, text, err := s.giveTo(ctx, tx, row, &refund, req.GetStoreCredit())
	if errors.Is(err, payment.ErrTooLittleLeft) {
		_, left, err := payment.Divide(ctx, tx, row.ID, 0)
		return nil, orElse(err, can.errTooMuch(left))
	}
	if err != nil {
		return nil, err
	}
	if err := writeRefund(ctx, tx, refund, made.lines); err != nil {
		return nil, err
	}
	if refund.Note != "" {
		text += ": " + refund.Note
	} else {
		text += "."
	}
	return wrapperspb.String(strings.Join(given, " ")), note(ctx, tx, row.ID, "refund.asked", text, by)
}

// writeRefund stores what goes back, and for which lines.
func writeRefund(ctx context.Context, tx pgx.Tx, refund orderdb.AddRefundParams, chosen []choice) error {
	if err := queries.AddRefund(ctx, postgres.Later(tx), refund); err != nil {
		return fmt.Errorf("add refund: %w", err)
	}
	if len(chosen) == 0 {
		return nil
	}
	lines, err := json.Marshal(chosen)
	if err != nil {
		return fmt.Errorf("encode refund lines: %w", err)
	}
	if err := queries.AddRefundLines(ctx, postgres.Later(tx), orderdb.AddRefundLinesParams{RefundID: refund.ID, Lines: lines}); err != nil {
		return fmt.Errorf("add refund lines: %w", err)
	}
	return nil
}

// giveTo has a refund go back to the payments of a locked order, by instructions that are to be carried out, or onto a gift card. It says in words where it goes.
func (s *Service) giveTo(ctx context.Context, tx pgx.Tx, row Order, refund *orderdb.AddRefundParams, storeCredit bool) (instructions []string, text string, err error) {
	amount := sayAmount(amountOf(row, refund.AmountMinor))
	if !storeCredit {
		instructions, err = payment.Refund(ctx, tx, row.ID, refund.ID, refund.AmountMinor, payment.RefundReason(refund.Reason))
		return instructions, amount + " is to go back to the shopper", err
	}
	card, err := s.giveCredit(ctx, tx, row, *refund)
	if err != nil {
		return nil, "", err
	}
	refund.GiftCardID = &card.Id
	return nil, amount + " went to the shopper as store credit, on the gift card …" + card.GetLastFour(), nil
}

var errNobodys = rpc.FailedPrecondition("this order has no e-mail address, so store credit would be nobody's; refund the payments instead")

// giveCredit issues a gift card for money of a locked order, and moves the order by it. Nothing is left to do afterwards but to mail the code.
func (s *Service) giveCredit(ctx context.Context, tx pgx.Tx, row Order, refund orderdb.AddRefundParams) (*pricingv1.GiftCard, error) {
	if row.Email == "" {
		return nil, errNobodys
	}
	card, err := pricing.IssueCredit(ctx, tx, s.cfg.GiftCards, pricing.Credit{
		OrderID: row.ID, RefundID: refund.ID, Email: row.Email, AmountMinor: refund.AmountMinor, Currency: row.CurrencyCode, Actor: refund.Actor, Reason: "Refund of order " + row.Number,
	})
	if err != nil {
		return nil, err
	}
	standing, err := payment.GiveCredit(ctx, tx, payment.StoreCredit{OrderID: row.ID, Currency: row.CurrencyCode, MoveID: card.GetId(), AmountMinor: refund.AmountMinor})
	if err != nil {
		return nil, err
	}
	_, err = sumUp(ctx, tx, row, standing)
	return card, err
}

var errLapsed = rpc.FailedPrecondition("what was reserved has lapsed and cannot be taken any more; cancel this order, give back what was taken, and ask the shopper to order again")

// CapturePayment takes some or all of what is reserved.
func (s *Service) CapturePayment(ctx context.Context, req *orderv1.CapturePaymentRequest) (*orderv1.CapturePaymentResponse, error) {
	given, err := s.instruct(ctx, req, func(ctx context.Context, tx pgx.Tx, row Order) (string, error) {
		given, err := payment.Capture(ctx, tx, row.ID, req.GetPaymentId(), req.GetAmountMinor(), req.GetFinal())
		if errors.Is(err, payment.ErrTooLittleLeft) {
			return "", rpc.FailedPrecondition("there is less left to take; look at the payment again")
		}
		if errors.Is(err, payment.ErrLapsed) {
			return "", errLapsed
		}
		if err != nil {
			return "", err
		}
		return given, note(ctx, tx, row.ID, "capture.asked", sayAmount(amountOf(row, req.GetAmountMinor()))+" is to be taken.", actor(auth.CallerFrom(ctx)))
	})
	if err != nil {
		return nil, err
	}
	problem, err := s.carryOutNow(ctx, given)
	if err != nil {
		return nil, err
	}
	order, err := s.read(ctx, req.GetOrderId())
	return &orderv1.CapturePaymentResponse{Order: order, Problem: problem}, err
}

// ReleasePayment lets go of what is reserved.
func (s *Service) ReleasePayment(ctx context.Context, req *orderv1.ReleasePaymentRequest) (*orderv1.ReleasePaymentResponse, error) {
	given, err := s.instruct(ctx, req, func(ctx context.Context, tx pgx.Tx, row Order) (string, error) {
		given, err := payment.Release(ctx, tx, row.ID, req.GetPaymentId())
		if errors.Is(err, payment.ErrNothingHeld) {
			return "", rpc.FailedPrecondition("nothing is reserved by this payment any more")
		}
		if err != nil {
			return "", err
		}
		return given, note(ctx, tx, row.ID, "release.asked", "What is reserved is to be released.", actor(auth.CallerFrom(ctx)))
	})
	if err != nil {
		return nil, err
	}
	problem, err := s.carryOutNow(ctx, given)
	if err != nil {
		return nil, err
	}
	order, err := s.read(ctx, req.GetOrderId())
	return &orderv1.ReleasePaymentResponse{Order: order, Problem: problem}, err
}

// instruction is a request for something that the provider is to do with an order's money.
type instruction interface {
	idempotency.Request
	GetOrderId() string
}

// instruct gives an instruction once for each key, with the order locked.
func (s *Service) instruct(
	ctx context.Context, req instruction, give func(context.Context, pgx.Tx, Order) (string, error),
) (*wrapperspb.StringValue, error) {
	return postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*wrapperspb.StringValue, error) {
		return idempotency.Do(ctx, tx, req, func() (*wrapperspb.StringValue, error) {
			row, err := lock(ctx, tx, req.GetOrderId())
			if err != nil {
				return nil, err
			}
			if parseState(row.State) == Cancelled {
				return nil, rpc.FailedPrecondition("this order was cancelled; what is reserved for it is being released")
			}
			given, err := give(ctx, tx, row)
			return wrapperspb.String(given), err
		})
	})
}

// refundReason is how a reason is stored; that there is none of those that are known is empty.
func refundReason(reason orderv1.RefundReason) string {
	if reason == orderv1.RefundReason_REFUND_REASON_UNSPECIFIED {
		return ""
	}
	return strings.ToLower(strings.TrimPrefix(reason.String(), refundReasonPrefix))
}

// carryOutNow has providers do at once what was just asked for, so that whoever asked sees it. A provider that does not answer is no failure: the worker
// tells it again. It returns why one refused.
func (s *Service) carryOutNow(ctx context.Context, given *wrapperspb.StringValue) (string, error) {
	var problems []string
	for instruction := range strings.FieldsSeq(given.GetValue()) {
		problem, err := s.carryOut(ctx, instruction)
		switch {
		case connect.CodeOf(err) == connect.CodeUnavailable && err != nil:
			continue
		case err != nil:
			return "", err
		case problem != "":
			problems = append(problems, problem)
		}
	}
	return strings.Join(problems, "; "), nil
}

// carryOut has a provider do what an instruction says and settles the payment by its answer. UNAVAILABLE: it is not known to be done or refused yet, so it is to be tried again.
func (s *Service) carryOut(ctx context.Context, instruction string) (problem string, err error) {
	done, err := s.cfg.Payments.CarryOut(ctx, &paymentv1.CarryOutRequest{InstructionId: instruction})
	if code := connect.CodeOf(err); err != nil && (code == connect.CodeNotFound || code == connect.CodeUnavailable) {
		return "", rpc.Passed(err)
	}
	if err != nil {
		return "", fmt.Errorf("carry out: %w", err)
	}
	if done.GetView() == nil {
		return done.GetProblem(), nil
	}
	if _, err := s.settle(ctx, done.GetOrderId(), done.GetPaymentId(), done.GetView(), false); err != nil {
		return "", err
	}
	waits, err := payment.Given(ctx, s.cfg.DB.Primary(), instruction)
	if err != nil {
		return "", err
	}
	if waits { // what was done by another instruction at the same moment made this answer old before it was applied
		return "", rpc.Unavailable("the payment changed at the same moment; this is tried again by itself")
	}
	return done.GetProblem(), nil
}

// CarryOutInstruction does what was asked for and not done yet.
func (s *Service) CarryOutInstruction(ctx context.Context, req *orderv1.CarryOutInstructionRequest) (*orderv1.CarryOutInstructionResponse, error) {
	problem, err := s.carryOut(ctx, req.GetInstructionId())
	if err != nil {
		return nil, err
	}
	return &orderv1.CarryOutInstructionResponse{Problem: problem}, nil
}

// refunds returns what staff gave back of an order.
func (s *Service) refunds(ctx context.Context, row Order) ([]*orderv1.Refund, error) {
	db := s.cfg.DB.Read(ctx)
	rows, err := queries.ListRefunds(ctx, db, row.ID)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	lines, err := queries.ListRefundLines(ctx, db, row.ID)
	if err != nil {
		return nil, fmt.Errorf("list refund lines: %w", err)
	}
	refunds := make([]*orderv1.Refund, 0, len(rows))
	for _, stored := range rows {
		refund := &orderv1.Refund{
			Id: stored.ID, Amount: amountOf(row, stored.AmountMinor), Shipping: amountOf(row, stored.ShippingMinor), Other: amountOf(row, stored.OtherMinor),
			Reason: orderv1.RefundReason(orderv1.RefundReason_value[refundReasonPrefix+strings.ToUpper(stored.Reason)]), Note: stored.Note, Actor: stored.Actor,
			CreateTime: timestamppb.New(stored.CreateTime),
		}
		if stored.GiftCardID != nil {
			refund.GiftCardId = *stored.GiftCardID
		}
		for _, line := range lines {
			if line.RefundID == stored.ID {
				refund.Lines = append(refund.Lines, &orderv1.RefundLine{LineId: line.LineID, Quantity: line.Quantity, Amount: amountOf(row, line.AmountMinor)})
			}
		}
		refunds = append(refunds, refund)
	}
	return refunds, nil
}

func amountOf(row Order, minor int64) *typev1.Money {
	return &typev1.Money{AmountMinor: minor, CurrencyCode: row.CurrencyCode}
}
