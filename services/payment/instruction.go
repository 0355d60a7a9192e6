package payment

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// The kinds and states of instructions, as they are stored.
const (
	captureIt          = "capture"
	refundIt           = "refund"
	releaseIt          = "release"
	instructionGiven   = "given"
	instructionRefused = "refused"
	instructionPrefix  = "INSTRUCTION_"
)

// What staff cannot ask for.
var (
	ErrTooLittleLeft = errors.New("there is less left of the order's money")
	ErrNothingHeld   = errors.New("nothing is reserved")
	// ErrLapsed says that what was reserved can be taken no more, since too long has passed.
	ErrLapsed = errors.New("the reservation has lapsed: nothing can be taken any more")
)

// Part is what goes back to one payment.
type Part struct {
	PaymentID, Provider string
	AmountMinor         int64
	// LeftMinor is what could still go back to it afterwards.
	LeftMinor int64
}

// purse is a payment with what is under way of it.
type purse struct {
	paymentdb.Payment
	capturing, refunding int64
}

// takeable is what can still be taken: reserved, and not asked for by anyone.
func (p purse) takeable() int64 {
	if !slices.Contains([]State{Authorized, PartlyCaptured}, parseState(p.State)) || p.ReleaseDue {
		return 0
	}
	return max(p.AuthorizedMinor-p.CapturedMinor-p.capturing, 0)
}

// last says whether taking so much leaves nothing, so that the provider can be told that no more will come. While something else is being taken that is not known: it may be refused, and then is still there to be taken.
func (p purse) last(amountMinor int64) bool { return p.capturing == 0 && amountMinor == p.takeable() }

// returnable is what can still go back: taken, not disputed, not owed, not on its way back, and not store credit already.
func (p purse) returnable() int64 {
	return max(p.CapturedMinor-p.CreditedMinor-max(p.RefundedMinor, p.OwedMinor)-p.DisputedMinor-p.refunding, 0)
}

// purses are an order's payments with what is under way, newest first.
func purses(rows []paymentdb.Payment, instructions []paymentdb.PaymentInstruction) []purse {
	list := make([]purse, len(rows))
	for i, row := range rows {
		list[i].Payment = row
		for _, given := range instructions {
			if given.PaymentID != row.ID || given.State != instructionGiven {
				continue
			}
			switch given.Kind {
			case captureIt:
				list[i].capturing += given.AmountMinor
			case refundIt:
				list[i].refunding += given.AmountMinor
			case releaseIt:
				list[i].ReleaseDue = true
			}
			if given.Final {
				list[i].ReleaseDue = true
			}
		}
	}
	return list
}

// Divide says to which payments an amount would go back, the newest first, and what could go back in all. ErrTooLittleLeft: not so much.
func Divide(ctx context.Context, db postgres.DBTX, orderID string, amountMinor int64) (parts []Part, left int64, err error) {
	rows, err := queries.ListOrderPayments(ctx, db, []string{orderID})
	if err != nil {
		return nil, 0, fmt.Errorf("list payments: %w", err)
	}
	instructions, err := queries.ListOrderInstructions(ctx, db, orderID)
	if err != nil {
		return nil, 0, fmt.Errorf("list instructions: %w", err)
	}
	for _, p := range purses(rows, instructions) {
		can := p.returnable()
		left += can
		if part := min(can, amountMinor); part > 0 {
			amountMinor -= part
			parts = append(parts, Part{PaymentID: p.ID, Provider: p.Provider, AmountMinor: part, LeftMinor: can - part})
		}
	}
	if amountMinor > 0 {
		return nil, left, ErrTooLittleLeft
	}
	return parts, left, nil
}

// Refund tells payments of a locked order to give an amount back, the newest first, as parts of one refund of order's. It returns the instructions, which are carried out after the
// transaction. ErrTooLittleLeft: not so much can go back.
func Refund(ctx context.Context, tx pgx.Tx, orderID, refundID string, amountMinor int64, reason RefundReason) ([]string, error) {
	if _, err := queries.LockOrderPayments(ctx, tx, orderID); err != nil {
		return nil, fmt.Errorf("lock payments: %w", err)
	}
	parts, _, err := Divide(ctx, tx, orderID, amountMinor)
	if err != nil {
		return nil, err
	}
	instructions := make([]string, 0, len(parts))
	for _, part := range parts {
		given, err := instruct(ctx, tx, paymentdb.AddInstructionParams{
			PaymentID: part.PaymentID, OrderID: orderID, RefundID: &refundID, Kind: refundIt, AmountMinor: part.AmountMinor, Reason: string(reason),
		})
		if err != nil {
			return nil, err
		}
		instructions = append(instructions, given)
	}
	return instructions, nil
}

// Refused returns which refunds of order's came to nothing, since every payment that they were to come from refused.
func Refused(ctx context.Context, db postgres.DBTX, orderID string) (map[string]bool, error) {
	instructions, err := queries.ListOrderInstructions(ctx, db, orderID)
	if err != nil {
		return nil, fmt.Errorf("list instructions: %w", err)
	}
	refused, done := map[string]bool{}, map[string]bool{}
	for _, given := range instructions {
		if given.RefundID != nil && given.State == instructionRefused {
			refused[*given.RefundID] = true
		} else if given.RefundID != nil {
			done[*given.RefundID] = true
		}
	}
	maps.DeleteFunc(refused, func(refund string, _ bool) bool { return done[refund] })
	return refused, nil
}

// Given says whether an instruction is still to be carried out: neither done nor refused, as far as the books know.
func Given(ctx context.Context, db postgres.DBTX, instructionID string) (bool, error) {
	given, err := queries.GetInstruction(ctx, db, instructionID)
	if err != nil {
		return false, fmt.Errorf("get instruction: %w", err)
	}
	return given.State == instructionGiven, nil
}

// Capture tells a payment of a locked order to take some of what is reserved, and the final one to release the rest. ErrTooLittleLeft: not so much is reserved. ErrLapsed: it no longer is.
// NOT_FOUND: it is none of the order's.
func Capture(ctx context.Context, tx pgx.Tx, orderID, paymentID string, amountMinor int64, final bool) (string, error) {
	p, err := lockPurse(ctx, tx, orderID, paymentID)
	if err != nil {
		return "", err
	}
	if p.CaptureLater && parseState(p.State) == Expired {
		return "", ErrLapsed
	}
	if amountMinor > p.takeable() {
		return "", ErrTooLittleLeft
	}
	return instruct(ctx, tx, paymentdb.AddInstructionParams{
		PaymentID: paymentID, OrderID: orderID, Kind: captureIt, AmountMinor: amountMinor, Final: final || p.last(amountMinor),
	})
}

// Release tells a payment of a locked order to let go of what is reserved. ErrNothingHeld: nothing is. NOT_FOUND: it is none of the order's.
func Release(ctx context.Context, tx pgx.Tx, orderID, paymentID string) (string, error) {
	p, err := lockPurse(ctx, tx, orderID, paymentID)
	if err != nil {
		return "", err
	}
	if p.takeable() == 0 {
		return "", ErrNothingHeld
	}
	return instruct(ctx, tx, paymentdb.AddInstructionParams{PaymentID: paymentID, OrderID: orderID, Kind: releaseIt})
}

func lockPurse(ctx context.Context, tx pgx.Tx, orderID, paymentID string) (purse, error) {
	rows, err := queries.LockOrderPayments(ctx, tx, orderID)
	if err != nil {
		return purse{}, fmt.Errorf("lock payments: %w", err)
	}
	instructions, err := queries.ListOrderInstructions(ctx, tx, orderID)
	if err != nil {
		return purse{}, fmt.Errorf("list instructions: %w", err)
	}
	for _, p := range purses(rows, instructions) {
		if p.ID == paymentID {
			return p, nil
		}
	}
	return purse{}, errNoPayment
}

// instruct writes an instruction and tells of it, so that it is carried out even if nobody is left to do it at once.
func instruct(ctx context.Context, tx pgx.Tx, params paymentdb.AddInstructionParams) (string, error) {
	params.ID, params.Now = id.New(), clock.Now()
	if err := queries.AddInstruction(ctx, postgres.Later(tx), params); err != nil {
		return "", fmt.Errorf("add instruction: %w", err)
	}
	return params.ID, broker.Publish(ctx, tx, &paymentv1.InstructionGiven{InstructionId: params.ID})
}

// CarryOut has the provider do what an instruction says.
func (s *Service) CarryOut(ctx context.Context, req *paymentv1.CarryOutRequest) (*paymentv1.CarryOutResponse, error) {
	given, err := queries.GetInstruction(ctx, s.db.Primary(), req.GetInstructionId())
	if postgres.IsNoRows(err) {
		return nil, rpc.NotFound("no such instruction")
	}
	if err != nil {
		return nil, fmt.Errorf("get instruction: %w", err)
	}
	row, err := s.load(ctx, s.db.Primary(), given.PaymentID)
	if err != nil {
		return nil, err
	}
	answer := &paymentv1.CarryOutResponse{OrderId: given.OrderID, PaymentId: given.PaymentID, Problem: given.Problem}
	if given.State != instructionGiven {
		return answer, nil
	}
	if ByHand(row.Provider) {
		answer.View = byHandView(row, given)
		return answer, nil
	}
	if err := s.inTurn(ctx, given); err != nil {
		return nil, err
	}
	provider, err := s.provider(row)
	if err != nil {
		return nil, err
	}
	view, err := carryOut(ctx, provider, row, given)
	crash.At(crash.InstructionAfterProvider)
	switch {
	case errors.Is(err, ErrRefused):
		return s.refused(ctx, provider, row, given, answer, err)
	case errors.Is(err, ErrUnknownOutcome):
		// It may have done as told, and may answer the same key with the same error for ever: then telling it again would never end.
		found, askErr := provider.Find(ctx, refOf(row))
		if askErr != nil || !carriedOut(found, given) {
			return nil, unavailable(err)
		}
		view = found
	case err != nil:
		return nil, unavailable(err)
	}
	answer.View = viewToProto(view)
	return answer, nil
}

// inTurn answers UNAVAILABLE for what lets go of all the rest while something is still to be taken that was asked for before: that would be refused then.
func (s *Service) inTurn(ctx context.Context, given paymentdb.PaymentInstruction) error {
	if !given.Final && given.Kind != releaseIt {
		return nil
	}
	all, err := queries.ListOrderInstructions(ctx, s.db.Primary(), given.OrderID)
	if err != nil {
		return fmt.Errorf("list instructions: %w", err)
	}
	for _, before := range all {
		if before.PaymentID == given.PaymentID && before.Kind == captureIt && before.State == instructionGiven && before.ID < given.ID {
			return rpc.Unavailable("money of this payment is still being taken; this is done by itself after that")
		}
	}
	return nil
}

// carriedOut says whether a provider's view shows that it did as an instruction says.
func carriedOut(view View, given paymentdb.PaymentInstruction) bool {
	_, captured := view.Captures[given.ID]
	_, returned := view.Refunds[given.ID]
	return captured || returned || given.Kind == releaseIt && view.AuthorizedMinor == view.CapturedMinor
}

func carryOut(ctx context.Context, provider Provider, row paymentdb.Payment, given paymentdb.PaymentInstruction) (View, error) {
	amount := money.Amount{Minor: given.AmountMinor, Currency: row.CurrencyCode}
	switch given.Kind {
	case captureIt:
		if row.ReleaseDue { // the order came to nothing meanwhile
			return View{}, fmt.Errorf("%w: the order was called off", ErrRefused)
		}
		return provider.Capture(ctx, refOf(row), given.ID, amount, given.Final)
	case refundIt:
		return provider.Refund(ctx, refOf(row), given.ID, amount, RefundReason(given.Reason))
	default:
		return provider.Void(ctx, refOf(row), given.ID)
	}
}

// refused ends an instruction that the provider will not carry out, unless it has, and tells staff.
func (s *Service) refused(
	ctx context.Context, provider Provider, row paymentdb.Payment, given paymentdb.PaymentInstruction, answer *paymentv1.CarryOutResponse, why error,
) (*paymentv1.CarryOutResponse, error) {
	view, err := provider.Find(ctx, refOf(row))
	if err != nil {
		return nil, unavailable(err)
	}
	answer.View = viewToProto(view)
	if carriedOut(view, given) {
		return answer, nil
	}
	answer.Problem = why.Error()
	if given.Kind == captureIt && view.State == Expired {
		answer.Problem = ErrLapsed.Error()
	}
	_, err = postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		now := clock.Now()
		refused, err := queries.RefuseInstruction(ctx, tx, paymentdb.RefuseInstructionParams{ID: given.ID, Problem: answer.GetProblem(), Now: now})
		if err != nil || refused == 0 {
			return struct{}{}, err
		}
		why := attentionRefused
		if given.FulfilmentID != nil {
			why = attentionUncaptured
		}
		return struct{}{}, queries.SetProblem(ctx, tx, paymentdb.SetProblemParams{ID: row.ID, Problem: answer.GetProblem(), Attention: why, Now: now})
	})
	if err != nil {
		return nil, fmt.Errorf("refuse instruction: %w", err)
	}
	return answer, nil
}

// byHandView is what our books will say once people have done as told: nobody else keeps a record of what they collect.
func byHandView(row paymentdb.Payment, given paymentdb.PaymentInstruction) *paymentv1.ProviderView {
	view := ownView(row)
	view.Version++
	switch given.Kind {
	case captureIt:
		view.CapturedMinor += given.AmountMinor
		view.Captures = map[string]int64{given.ID: given.AmountMinor}
		if given.Final {
			view.AuthorizedMinor = view.GetCapturedMinor()
		}
	case refundIt:
		view.RefundedMinor += given.AmountMinor
		view.Refunds = map[string]int64{given.ID: given.AmountMinor}
	case releaseIt:
		view.AuthorizedMinor = view.GetCapturedMinor()
		if view.GetCapturedMinor() == 0 {
			view.State = Voided
			return view
		}
	}
	amounts := View{AuthorizedMinor: view.GetAuthorizedMinor(), CapturedMinor: view.GetCapturedMinor(), RefundedMinor: view.GetRefundedMinor()}
	view.State = amounts.stands(view.GetAuthorizedMinor() > view.GetCapturedMinor())
	return view
}

func instructionToProto(row paymentdb.PaymentInstruction, currency string) *paymentv1.Instruction {
	converted := &paymentv1.Instruction{
		Id: row.ID, PaymentId: row.PaymentID, Amount: &typev1.Money{AmountMinor: row.AmountMinor, CurrencyCode: currency}, Final: row.Final,
		Kind:    paymentv1.InstructionKind(paymentv1.InstructionKind_value[instructionPrefix+"KIND_"+strings.ToUpper(row.Kind)]),
		State:   paymentv1.InstructionState(paymentv1.InstructionState_value[instructionPrefix+"STATE_"+strings.ToUpper(row.State)]),
		Problem: row.Problem, CreateTime: timestamppb.New(row.CreateTime),
	}
	if row.RefundID != nil {
		converted.RefundId = *row.RefundID
	}
	if row.FulfilmentID != nil {
		converted.FulfilmentId = *row.FulfilmentID
	}
	return converted
}
