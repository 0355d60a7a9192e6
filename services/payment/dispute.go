package payment

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// The states of disputes, by short names.
const (
	disputeOpen   = paymentv1.DisputeState_DISPUTE_STATE_OPEN
	disputeWon    = paymentv1.DisputeState_DISPUTE_STATE_WON
	disputeLost   = paymentv1.DisputeState_DISPUTE_STATE_LOST
	disputePrefix = "DISPUTE_STATE_"
)

// turn is how a dispute changed between two looks.
type turn struct{ from, to paymentv1.DisputeState }

// turns says what each change of a dispute posts. The provider withholds what is disputed, and gives it back or keeps it. A lost dispute can still be won.
var turns = map[turn][]kind{
	{to: disputeOpen}:         {kindDispute},
	{to: disputeWon}:          {kindDispute, kindDisputeWon},
	{to: disputeLost}:         {kindDispute, kindDisputeLost},
	{disputeOpen, disputeWon}: {kindDisputeWon}, {disputeOpen, disputeLost}: {kindDisputeLost}, {disputeLost, disputeWon}: {kindDisputeReversed},
}

// storeDisputes stores what a view says of a payment's disputes, posts what was withheld or decided, and returns those that are news.
func storeDisputes(ctx context.Context, tx pgx.Tx, row paymentdb.Payment, said []*paymentv1.Dispute, now time.Time) ([]*paymentv1.Dispute, error) {
	if len(said) == 0 {
		return nil, nil
	}
	stored, err := queries.ListDisputes(ctx, tx, row.ID)
	if err != nil {
		return nil, fmt.Errorf("list disputes: %w", err)
	}
	known := make(map[string]paymentv1.DisputeState, len(stored))
	for _, dispute := range stored {
		known[dispute.ID] = parseDispute(dispute.State)
	}
	var news []*paymentv1.Dispute
	for _, dispute := range said {
		posts, changed := turns[turn{known[dispute.GetId()], dispute.GetState()}]
		if !changed {
			continue
		}
		news = append(news, dispute)
		params := paymentdb.PutDisputeParams{
			PaymentID: row.ID, ID: dispute.GetId(), State: disputeName(dispute.GetState()), AmountMinor: dispute.GetAmount().GetAmountMinor(),
			Reason: dispute.GetReason(), Now: now,
		}
		if until := dispute.GetEvidenceTime(); until != nil {
			params.EvidenceTime = after(until.AsTime(), 0)
		}
		if err := queries.PutDispute(ctx, postgres.Later(tx), params); err != nil {
			return nil, fmt.Errorf("put dispute: %w", err)
		}
		for _, k := range posts {
			if err := postPayment(ctx, tx, row, k, dispute.GetId(), dispute.GetAmount().GetAmountMinor(), now); err != nil {
				return nil, err
			}
		}
	}
	return news, nil
}

func disputeName(state paymentv1.DisputeState) string {
	return strings.ToLower(strings.TrimPrefix(state.String(), disputePrefix))
}

func parseDispute(name string) paymentv1.DisputeState {
	return paymentv1.DisputeState(paymentv1.DisputeState_value[disputePrefix+strings.ToUpper(name)])
}

func disputeToProto(row paymentdb.PaymentDispute, currency string) *paymentv1.Dispute {
	return &paymentv1.Dispute{
		Id: row.ID, PaymentId: row.PaymentID, State: parseDispute(row.State), Amount: &typev1.Money{AmountMinor: row.AmountMinor, CurrencyCode: currency},
		Reason: row.Reason, EvidenceTime: optionalTime(row.EvidenceTime), CreateTime: timestamppb.New(row.CreateTime),
	}
}

// disputesOf is what a provider says of disputes, as our callers read it.
func disputesOf(view View) []*paymentv1.Dispute {
	var disputes []*paymentv1.Dispute
	for _, d := range view.Disputes {
		converted := &paymentv1.Dispute{
			Id: d.ID, State: parseDispute(string(d.State)), Amount: &typev1.Money{AmountMinor: d.AmountMinor, CurrencyCode: view.Currency}, Reason: d.Reason,
		}
		if !d.EvidenceBy.IsZero() {
			converted.EvidenceTime = timestamppb.New(d.EvidenceBy)
		}
		disputes = append(disputes, converted)
	}
	return disputes
}
