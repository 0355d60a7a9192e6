package order

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/emptypb"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/idempotency"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/inventory"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

// Account is the shop's at its bank, where shoppers can transfer money to.
type Account struct {
	Holder string
	// Number is an IBAN in groups of four, or the account's number.
	Number string
	// BankCode and BankName may be empty.
	BankCode, BankName string
	// Waits is how long an order and its stock are kept until the money must have arrived.
	Waits time.Duration
}

// tellAwaited tells whom it concerns that an order waits for its shopper to transfer the money.
func tellAwaited(ctx context.Context, tx pgx.Tx, row Order, by string) error {
	text := "The shopper chose to transfer the money, until " + row.ExpireTime.Format("2 January 2006") + "."
	if err := note(ctx, tx, row.ID, "payment.by_transfer", text, by); err != nil {
		return err
	}
	return broker.Publish(ctx, tx, &orderv1.OrderAwaitsTransfer{OrderId: row.ID})
}

// transfer says where the money for an order is to be transferred; nil unless that is awaited.
func (s *Service) transfer(order *orderv1.Order) *orderv1.Transfer {
	account := s.cfg.Account
	if account == nil || order.GetPaymentState() != AwaitingTransfer {
		return nil
	}
	var due *typev1.Money
	for _, attempt := range order.GetPayments() {
		if attempt.GetProvider() == payment.ProviderBankTransfer {
			due = attempt.GetAmount()
			break
		}
	}
	return &orderv1.Transfer{
		Amount: due, Reference: order.GetNumber(), PayBy: order.GetExpireTime(),
		Holder: account.Holder, Account: account.Number, BankCode: account.BankCode, BankName: account.BankName,
	}
}

// RecordTransfer has money that arrived confirm its order. Whether the order can be kept for it is decided with the order locked; if it cannot, nothing is noted, and the money is for staff to send back.
func (s *Service) RecordTransfer(ctx context.Context, req *orderv1.RecordTransferRequest) (*orderv1.RecordTransferResponse, error) {
	_, err := inventory.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*emptypb.Empty, error) {
		return idempotency.Do(ctx, tx, req, func() (*emptypb.Empty, error) {
			return &emptypb.Empty{}, s.recordTransfer(ctx, tx, req.GetOrderId(), actor(auth.CallerFrom(ctx)))
		})
	})
	if err != nil {
		return nil, err
	}
	order, err := s.read(ctx, req.GetOrderId())
	return &orderv1.RecordTransferResponse{Order: order}, err
}

func (s *Service) recordTransfer(ctx context.Context, tx pgx.Tx, orderID, by string) error {
	row, err := lock(ctx, tx, orderID)
	if err != nil {
		return err
	}
	if err := awaitable(row); err != nil {
		return err
	}
	if err := note(ctx, tx, row.ID, "transfer.recorded", "The bank transfer was noted as received.", by); err != nil {
		return err
	}
	applied, err := payment.RecordTransfer(ctx, tx, row.ID)
	switch {
	case errors.Is(err, payment.ErrNoTransfer):
		return rpc.FailedPrecondition("this order was not to be paid by bank transfer")
	case errors.Is(err, payment.ErrArrived):
		return errArrived
	case errors.Is(err, payment.ErrOpen):
		return rpc.FailedPrecondition("the shopper is paying in another way by now; wait until that is paid or given up, and send the transfer back if it is paid")
	case err != nil:
		return err
	}
	if row, err = follow(ctx, tx, row, applied, false); err != nil {
		return err
	}
	switch {
	case stands(row):
	case applied.Standing.KeptMinor() < row.TotalMinor:
		return rpc.FailedPrecondition("a gift card that paid a part of this order got its money back when the order ended, so the transfer does not pay for all of it. Send the money back to the shopper")
	default:
		return rpc.FailedPrecondition("this order cannot be kept for the money: its goods are sold, or what made it cheaper is used up. Send the money back to the shopper")
	}
	_, err = s.issueGiftCards(ctx, tx, row, applied.Standing)
	return err
}

var errArrived = rpc.FailedPrecondition("this transfer was noted as received before")

// awaitable says why the transfer for an order cannot be noted; nil when it can.
func awaitable(row Order) error {
	switch parseState(row.State) {
	case Pending, Expired:
		return nil
	case Cancelled:
		return rpc.FailedPrecondition("this order was cancelled; send the money back to the shopper")
	default:
		return rpc.FailedPrecondition("this order is paid already; if money came twice, send it back to the shopper")
	}
}
