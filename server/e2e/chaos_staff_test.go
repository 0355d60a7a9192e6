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

// staff send goods, give money back and call orders off while people buy. What breaks they ask for again under the same key, until they are told yes or no.
type staff struct {
	ctx    context.Context //nolint:containedctx // whose token it is
	orders orderv1connect.OrderServiceClient
	leave  chan struct{}
	all    sync.WaitGroup

	mu        sync.Mutex
	refunds   map[string]int64 // by order, what they were told goes back
	credits   map[string]int64 // by order, what they were told became store credit
	sent      map[string]bool
	cancelled map[string]bool
	problems  []string
}

// work lets some staff in.
func (s *shop) work(t *testing.T, seed uint64, n uint64) *staff {
	t.Helper()
	w := &staff{
		ctx: s.asStaff(t, "orders.read", "orders.write"), orders: orderv1connect.NewOrderServiceClient(s.asShopper(t, "order", 0)), leave: make(chan struct{}),
		refunds: map[string]int64{}, credits: map[string]int64{}, sent: map[string]bool{}, cancelled: map[string]bool{},
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
		switch some := 1 + dice.Int64N(min(300, order.GetTotals().GetTotal().GetAmountMinor())); done % 5 {
		case 0:
			w.cancel(order)
		case 1:
			w.refund(order, some, true)
		case 2:
			w.ship(order)
		default:
			w.refund(order, some, false)
		}
		done++
	}
}

func (w *staff) cancel(order *orderv1.Order) {
	req := &orderv1.CancelOrderRequest{OrderId: order.GetId(), Reason: "chaos", IdempotencyKey: id.New()}
	w.insist(order, func() error { _, err := w.orders.CancelOrder(w.ctx, req); return err }, func() { w.cancelled[order.GetId()] = true })
}

// refund gives some of an order back, to its payments or as store credit.
func (w *staff) refund(order *orderv1.Order, minor int64, storeCredit bool) {
	req := &orderv1.RefundOrderRequest{OrderId: order.GetId(), OtherMinor: minor, ExpectedMinor: minor, StoreCredit: storeCredit, IdempotencyKey: id.New()}
	told := w.refunds
	if storeCredit {
		told = w.credits
	}
	w.insist(order, func() error { _, err := w.orders.RefundOrder(w.ctx, req); return err }, func() { told[order.GetId()] += minor })
}

// ship sends a unit of what is still to be sent.
func (w *staff) ship(order *orderv1.Order) {
	got, err := w.orders.GetOrder(w.ctx, &orderv1.GetOrderRequest{OrderId: order.GetId()})
	if err != nil {
		return
	}
	for _, line := range got.GetOrder().GetLines() {
		if line.GetToSend() == 0 {
			continue
		}
		req := &orderv1.ShipOrderRequest{
			OrderId: order.GetId(), Lines: []*orderv1.FulfilmentChoice{{LineId: line.GetId(), Quantity: 1}}, IdempotencyKey: id.New(),
		}
		w.insist(order, func() error { _, err := w.orders.ShipOrder(w.ctx, req); return err }, func() { w.sent[order.GetId()] = true })
		return
	}
}

// insist asks until the answer is yes or no, and notes a yes.
func (w *staff) insist(order *orderv1.Order, ask func() error, note func()) {
	var err error
	for deadline := time.Now().Add(4 * patience); time.Now().Before(deadline); <-time.After(300 * time.Millisecond) {
		switch err = ask(); {
		case err == nil:
			w.mu.Lock()
			defer w.mu.Unlock()
			note()
			return
		case connect.CodeOf(err) == connect.CodeFailedPrecondition:
			return
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.problems = append(w.problems, "staff were told neither yes nor no about order "+order.GetNumber()+": "+err.Error())
}
