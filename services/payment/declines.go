package payment

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// Whoever has stolen many cards finds out in a shop which of them still work. What gives them away is that most are declined.
const (
	declinesSpan = 5 * time.Minute
	// fewTries are too few to tell bad luck from that.
	fewTries = 50
	// challengeAbove and signInFrom are parts of a hundred tries.
	challengeAbove = 30
	signInFrom     = 60
	// declinesFresh is how old a count may be. A shop that sells much would otherwise count much for every payment.
	declinesFresh = 5 * time.Second
)

// What is done about it.
const (
	nothingUnusual = paymentv1.DeclineAnswer_DECLINE_ANSWER_NONE
	challengeAll   = paymentv1.DeclineAnswer_DECLINE_ANSWER_CHALLENGE
	signInFirst    = paymentv1.DeclineAnswer_DECLINE_ANSWER_SIGN_IN
)

var errSignInFirst = rpc.ResourceExhausted("very many cards are being declined at the moment, so only customers who are signed in can pay online; sign in, or try again in a few minutes")

// declines knows what banks declined lately.
type declines struct {
	db *postgres.DB

	mu      sync.Mutex // held while counting, so that one counts for all who wait
	counted time.Duration
	seen    paymentdb.CountDeclinesRow
	given   paymentv1.DeclineAnswer
}

func newDeclines(db *postgres.DB, registry prometheus.Registerer) *declines {
	d := &declines{db: db, given: nothingUnusual}
	if registry != nil {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "tradewind_payment_decline_answer",
			Help: "What this process does because many cards were declined in the last five minutes: 1 nothing, 2 every bank is asked to make sure who pays, 3 guests cannot pay online either.",
		}, func() float64 {
			d.mu.Lock()
			defer d.mu.Unlock()
			return float64(d.given)
		}))
	}
	return d
}

// answer says what to do with whoever begins to pay now.
func (d *declines) answer(ctx context.Context) (paymentv1.DeclineAnswer, error) {
	_, given, err := d.lately(ctx)
	return given, err
}

// lately counts again if the last count is old. A replica that is behind would show an attack too late.
func (d *declines) lately(ctx context.Context) (paymentdb.CountDeclinesRow, paymentv1.DeclineAnswer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.counted != 0 && clock.Running()-d.counted < declinesFresh {
		return d.seen, d.given, nil
	}
	since := clock.Now().Add(-declinesSpan)
	seen, err := queries.CountDeclines(ctx, d.db.Primary(), &since)
	if err != nil {
		return seen, d.given, fmt.Errorf("count declines: %w", err)
	}
	given := answerTo(seen)
	if given != d.given {
		slog.WarnContext(ctx, "another part of the payments is declined than before", "tries", seen.Tries, "declines", seen.Declines, "answer", given.String())
	}
	d.seen, d.given, d.counted = seen, given, clock.Running()
	return seen, given, nil
}

func answerTo(seen paymentdb.CountDeclinesRow) paymentv1.DeclineAnswer {
	switch {
	case seen.Tries < fewTries || seen.Declines*100 <= seen.Tries*challengeAbove:
		return nothingUnusual
	case seen.Declines*100 < seen.Tries*signInFrom:
		return challengeAll
	default:
		return signInFirst
	}
}

// GetDeclines tells staff.
func (s *Service) GetDeclines(ctx context.Context, _ *paymentv1.GetDeclinesRequest) (*paymentv1.GetDeclinesResponse, error) {
	seen, answer, err := s.declines.lately(ctx)
	return &paymentv1.GetDeclinesResponse{Tries: seen.Tries, Declines: seen.Declines, Answer: answer}, err
}
