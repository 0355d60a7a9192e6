package main

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"

	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/telemetry"
	"github.com/tradewind-commerce/tradewind/services"
)

// job is a part of the work that can be given to some workers and not to others.
type job struct {
	name      string
	consumers func(settings, *services.Set) []broker.Consumer
	schedules []schedule
}

// jobs is all the work there is.
var jobs = []job{
	{"catalog", catalogConsumers, []schedule{
		{"arrange layers", 20 * time.Second, arrangeLayers}, {"renew layers", 20 * time.Minute, renewLayers}, {"forget what was bought together", 6 * time.Hour, forgetTogether},
	}},
	{"products", productConsumers, []schedule{
		{"publish due products", 10 * time.Second, publishDueProducts}, {"render product types", 5 * time.Second, renderProductTypes},
		{"refresh category products", 5 * time.Second, refreshCategoryProducts}, {"rebuild collections", 5 * time.Second, rebuildCollections},
		{"learn stock", time.Minute, learnVariantStock}, {"remove old history", 12 * time.Hour, removeOldHistory},
	}},
	{"payment", paymentConsumers, []schedule{{"settle payments", 2 * time.Second, settleUnsettled}, {"reconcile charges", 5 * time.Minute, reconcile}, {"reconcile statements", time.Hour, reconcileStatements}, {"warn of lapsing payments", 10 * time.Minute, warnLapsing}}},
	{"customers", userConsumers, nil},
	{"mail", mailConsumers, nil},
	{"expiry", nothing, []schedule{
		{"release holds", 20 * time.Second, releaseHolds}, {"expire orders", 10 * time.Second, expireOrders},
		{"remove old carts", 10 * time.Minute, removeOldCarts}, {"remove old webhooks", time.Hour, removeOldWebhooks},
	}},
	{"sync", nothing, []schedule{{"ask sources", 20 * time.Second, runDueSources}, {"import products", 2 * time.Second, performWaitingRuns}}},
	{"exports", nothing, []schedule{
		{"queue exports", 20 * time.Second, queueDueExports}, {"export products", 2 * time.Second, performExports}, {"remove old exports", 10 * time.Minute, removeOldExports},
	}},
	{"images", nothing, []schedule{{"fetch images", 5 * time.Second, fetchImages}}},
	{"edge", edgeConsumers, nil},
}

func nothing(settings, *services.Set) []broker.Consumer { return nil }

func jobNames() []string {
	names := make([]string, len(jobs))
	for i, job := range jobs {
		names[i] = job.name
	}
	return names
}

// schedule is work that is looked for again and again. It returns whether there may be more at once.
type schedule struct {
	name  string
	every time.Duration
	work  func(context.Context, *services.Set) (more bool, err error)
}

// run looks for work until ctx ends, a fifth sooner or later each time, so that workers do not march together. A failure is logged and
// the pause grows to ten times, since what fails now will hardly work a second later.
func (s schedule) run(ctx context.Context, set *services.Set, log *slog.Logger) {
	pause := s.every
	for {
		more, err := s.once(ctx, set, log)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			pause = min(pause*2, 10*s.every)
		case more:
			pause = 0
		default:
			pause = s.every
		}
		select {
		case <-time.After(pause*4/5 + rand.N(pause*2/5+time.Millisecond)):
		case <-ctx.Done():
			return
		}
		pause = max(pause, s.every)
	}
}

// once looks for work under a request id and a trace of its own, so that what it calls can be found by them.
func (s schedule) once(ctx context.Context, set *services.Set, log *slog.Logger) (more bool, err error) {
	ctx, span := otel.Tracer("worker").Start(telemetry.WithRequestID(ctx, id.New()), s.name)
	defer span.End()
	more, err = s.work(ctx, set)
	if err != nil && ctx.Err() == nil {
		log.WarnContext(ctx, "schedule failed", "schedule", s.name, "error", err)
		span.SetStatus(codes.Error, "failed")
	}
	return more, err
}
