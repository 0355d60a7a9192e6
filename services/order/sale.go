package order

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

// sell posts that an order is sold, from when on its shopper owes for it. Gift cards in it are sold when they are issued.
func sell(ctx context.Context, tx pgx.Tx, row Order) error {
	return payment.Sell(ctx, tx, payment.Sale{OrderID: row.ID, Currency: row.CurrencyCode, TotalMinor: row.TotalMinor - row.GiftCardsMinor, TaxMinor: row.TaxMinor})
}

// noteDisputes tells staff what the shopper's bank wants, or has decided.
func noteDisputes(ctx context.Context, tx pgx.Tx, row Order, disputes []*paymentv1.Dispute) error {
	for _, dispute := range disputes {
		amount, why := sayAmount(dispute.GetAmount()), ""
		if dispute.GetReason() != "" {
			why = ", saying “" + dispute.GetReason() + "”"
		}
		kind, text := "payment.disputed", fmt.Sprintf("The shopper's bank asks for %s back%s.", amount, why)
		switch dispute.GetState() {
		case paymentv1.DisputeState_DISPUTE_STATE_WON:
			kind, text = "payment.dispute_won", fmt.Sprintf("The dispute about %s is won; the shop keeps the money.", amount)
		case paymentv1.DisputeState_DISPUTE_STATE_LOST:
			kind, text = "payment.dispute_lost", fmt.Sprintf("The dispute about %s is lost; the money is gone.", amount)
		default:
			if until := dispute.GetEvidenceTime(); until != nil {
				text += " Answer at the provider until " + until.AsTime().Format("2 January 2006") + "."
			}
		}
		if err := note(ctx, tx, row.ID, kind, text, bySystem); err != nil {
			return err
		}
	}
	return nil
}

func sayAmount(amount *typev1.Money) string {
	return money.Amount{Minor: amount.GetAmountMinor(), Currency: amount.GetCurrencyCode()}.String()
}
