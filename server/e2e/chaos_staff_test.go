package e2e

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1/orderv1connect"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// staff give money back and call orders off while people buy. What breaks they ask for again under the same key, until they are told yes or no.
type staff struct {
	ctx    context.Context //nolint:containedctx // whose token it is
	orders orderv1connect.OrderServiceClient
	leave  chan struct{}
	all    sync.WaitGroup

	mu        sync.Mutex
	refunds   map[string]int64 // by order, what they were told goes back
	cancelled map[string]bool
	problems  []string
}

// work lets some staff in.
func (s *shop) work(t *testing.T, seed uint64, n uint64) *staff {
	t.Helper()
	w := &staff{
		ctx: s.asStaff(t, "orders.read", "orders.write"), orders: orderv1connect.NewOrderServiceClient(s.asShopper(t, "order", 0)), leave: make(chan struct{}),
		refunds: map[string]int64{}, cancelled: map[string]bool{},
	}
	for i := range n {
		w.all.Go(func() { w.day(rand.New(rand.NewPCG(seed, 1<<32+i))) })
	}
	return w
}

// sendHome waits until everyone was told yes or no.
func (w *staff) sendHome(t *testing.T) {
	t.Helper()
	close(w.leave)
	w.all.Wait()
	for _, problem := range w.problems {
		t.Error(problem)
	}
}

func (w *staff) refunded() int { return len(w.refunds) }

func (w *staff) day(dice *rand.Rand) {
	for done := 0; ; {
		select {
		case <-w.leave:
			return
		case <-time.After(200*time.Millisecond + draw(dice, 1500*time.Millisecond)):
		}
		listed, err := w.orders.ListOrders(w.ctx, &orderv1.ListOrdersRequest{PageSize: 20, State: orderv1.OrderState_ORDER_STATE_CONFIRMED})
		if err != nil || len(listed.GetOrders()) == 0 {
			continue
		}
		order := listed.GetOrders()[dice.IntN(len(listed.GetOrders()))]
		if done++; done%5 == 1 {
			w.cancel(order)
		} else {
			w.refund(order, 1+dice.Int64N(min(300, order.GetTotals().GetTotal().GetAmountMinor())))
		}
	}
}

func (w *staff) cancel(order *orderv1.Order) {
	if w.insist(order, &orderv1.CancelOrderRequest{OrderId: order.GetId(), Reason: "chaos", IdempotencyKey: id.New()}, nil) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.cancelled[order.GetId()] = true
	}
}

func (w *staff) refund(order *orderv1.Order, minor int64) {
	if w.insist(order, nil, &orderv1.RefundOrderRequest{OrderId: order.GetId(), OtherMinor: minor, ExpectedMinor: minor, IdempotencyKey: id.New()}) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.refunds[order.GetId()] += minor
	}
}

// insist asks until the answer is yes or no.
func (w *staff) insist(order *orderv1.Order, cancel *orderv1.CancelOrderRequest, refund *orderv1.RefundOrderRequest) bool {
	var err error
	for deadline := time.Now().Add(4 * patience); time.Now().Before(deadline); <-time.After(300 * time.Millisecond) {
		if cancel != nil {
			_, err = w.orders.CancelOrder(w.ctx, cancel)
		} else {
			_, err = w.orders.RefundOrder(w.ctx, refund)
		}
		switch {
		case err == nil:
			return true
		case connect.CodeOf(err) == connect.CodeFailedPrecondition:
			return false
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.problems = append(w.problems, "staff were told neither yes nor no about order "+order.GetNumber()+": "+err.Error())
	return false
}
