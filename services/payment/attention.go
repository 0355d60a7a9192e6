package payment

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// Why a payment needs somebody, as it is stored.
const (
	attentionDispute    = "dispute"
	attentionLapsing    = "lapsing"
	attentionLapsed     = "lapsed"
	attentionProblem    = "problem"
	attentionRefused    = "refused"
	attentionUncaptured = "uncaptured"
	attentionPrefix     = "ATTENTION_"
)

const (
	// warnBefore is how long before a reservation lapses staff hear of it: over a weekend's night, not over a weekend.
	warnBefore = 48 * time.Hour
	// askReserved is how often a provider is asked about money that is reserved or disputed; TakeUnsettled has it too.
	askReserved = 2 * time.Hour
	warnAtOnce  = 100
	pageSize    = 50
)

// lapses notes when what is reserved lapses, and when to warn of it, once for each such time.
func lapses(row paymentdb.Payment, view *paymentv1.ProviderView) paymentdb.Payment {
	until := view.GetCaptureBy()
	if until == nil || row.AuthorizedMinor == row.CapturedMinor || !Open(view.GetState()) {
		row.CaptureBy, row.WarnTime = nil, nil
		return row
	}
	at := until.AsTime()
	if row.CaptureBy == nil || !row.CaptureBy.Equal(at) {
		row.CaptureBy, row.WarnTime = &at, after(at, -warnBefore)
	}
	return row
}

// attention says why a payment needs somebody now, and since when. What a person was told of before stays until they have seen to it, unless it is over. Taken says that it has just brought money.
func attention(row paymentdb.Payment, was State, contested, taken bool, now time.Time) (string, *time.Time) {
	state := parseState(row.State)
	why := row.Attention
	switch {
	case contested:
		why = attentionDispute
	case state == Expired && (was == Authorized || was == PartlyCaptured) && !row.ReleaseDue:
		why = attentionLapsed
	case why == attentionDispute, why == attentionProblem, why == attentionLapsing && !Open(state), why == attentionUncaptured && taken:
		why = ""
	}
	switch why {
	case "":
		return "", nil
	case row.Attention:
		return why, row.AttentionTime
	default:
		return why, &now
	}
}

// attentionKey is a place in the list.
type attentionKey struct {
	Time time.Time
	ID   string
}

// lastID stands after every other, at any time.
const lastID = "ffffffff-ffff-ffff-ffff-ffffffffffff"

var lastTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// ListAttention lists payments that staff must look at.
func (s *Service) ListAttention(ctx context.Context, req *paymentv1.ListAttentionRequest) (*paymentv1.ListAttentionResponse, error) {
	before := attentionKey{Time: lastTime, ID: lastID}
	if err := rpc.ParsePageToken(req.GetPageToken(), &before); err != nil {
		return nil, err
	}
	if !id.Valid(before.ID) {
		return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	size := cmp.Or(req.GetPageSize(), pageSize)
	rows, err := queries.ListAttention(ctx, s.db.Read(ctx), paymentdb.ListAttentionParams{BeforeTime: before.Time, BeforeID: before.ID, Count: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list attention: %w", err)
	}
	answer := &paymentv1.ListAttentionResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(attentionKey{*rows[size-1].AttentionTime, rows[size-1].ID})
	}
	for _, row := range rows {
		answer.Payments = append(answer.Payments, toProto(row))
	}
	return answer, nil
}

// SettleAttention takes a payment off the list.
func (s *Service) SettleAttention(ctx context.Context, req *paymentv1.SettleAttentionRequest) (*paymentv1.SettleAttentionResponse, error) {
	if _, err := s.load(ctx, s.db.Primary(), req.GetPaymentId()); err != nil {
		return nil, err
	}
	settled, err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (int64, error) {
		return queries.SettleAttention(ctx, tx, paymentdb.SettleAttentionParams{ID: req.GetPaymentId(), Attention: attentionName(req.GetAttention()), Now: clock.Now()})
	})
	if err != nil {
		return nil, fmt.Errorf("settle attention: %w", err)
	}
	if settled == 0 {
		return nil, rpc.FailedPrecondition("this payment changed meanwhile; look at it again")
	}
	return &paymentv1.SettleAttentionResponse{}, nil
}

// WarnLapsing puts what will lapse on the list. What is reserved for an order that came to nothing was to be let go of long before: it is told again, for the shopper's bank may keep the money blocked
// for weeks after a reservation that only lapses.
func (s *Service) WarnLapsing(ctx context.Context, _ *paymentv1.WarnLapsingRequest) (*paymentv1.WarnLapsingResponse, error) {
	now := clock.Now()
	rows, err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) ([]paymentdb.Payment, error) {
		rows, err := queries.TakeLapsing(ctx, tx, paymentdb.TakeLapsingParams{Now: now, Batch: warnAtOnce})
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if !row.ReleaseDue {
				continue
			}
			if err := broker.Publish(ctx, tx, &paymentv1.ReturnDue{PaymentId: row.ID, OrderId: row.OrderID}); err != nil {
				return nil, err
			}
		}
		return rows, nil
	})
	if err != nil {
		return nil, fmt.Errorf("take lapsing payments: %w", err)
	}
	answer := &paymentv1.WarnLapsingResponse{}
	for _, row := range rows {
		answer.Payments = append(answer.Payments, toProto(row))
	}
	return answer, nil
}

func attentionName(why paymentv1.Attention) string {
	return strings.ToLower(strings.TrimPrefix(why.String(), attentionPrefix))
}

func parseAttention(name string) paymentv1.Attention {
	return paymentv1.Attention(paymentv1.Attention_value[attentionPrefix+strings.ToUpper(name)])
}

func optionalTime(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}
