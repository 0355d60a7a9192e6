package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1/inventoryv1connect"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1/orderv1connect"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// crashStatus is how a process ends at a crash point.
const crashStatus = 86

// deaths is how often a process dies at each place.
func deaths() int {
	if full {
		return 20
	}
	return 1
}

// places are named places at which a process dies.
type places struct {
	process string
	points  []string
}

// oneProcessPlaces are those that are tried where one process serves everything.
var oneProcessPlaces = []places{
	{"worker1", []string{
		crash.SettleBeforeCommit, crash.SettleAfterCommit, crash.ReturnAfterProvider, crash.InstructionAfterProvider, crash.MailAfterSend, crash.ExpiryBeforeCommit,
		crash.HoldsBeforeCommit, crash.RelayAfterHandOut, crash.BrokerAfterEffect,
	}},
	{"server", []string{
		crash.CheckoutAfterHold, crash.CheckoutAfterCommit, crash.PaymentBeforeProvider, crash.PaymentAfterProvider,
		crash.SettleBeforeCommit, crash.SettleAfterCommit, crash.InstructionAfterProvider, crash.ShipAfterCommit, crash.RefundBeforeCommit, crash.RefundAfterCommit,
	}},
}

// manyWorkersPlaces are those at which one of two workers dies while people buy.
var manyWorkersPlaces = []string{crash.RelayAfterHandOut, crash.RelayAfterPublish, crash.BrokerAfterEffect}

// servicesPlaces are those at which one of a service's two processes dies, at what a worker or staff ask of it.
var servicesPlaces = []places{
	{"order1", []string{crash.SettleBeforeCommit, crash.SettleAfterCommit, crash.ExpiryBeforeCommit}},
	{"inventory1", []string{crash.HoldsBeforeCommit}},
	{"payment1", []string{crash.ReturnAfterProvider, crash.InstructionAfterProvider}},
	{"server", []string{crash.MailAfterSend}},
}

// provoke does what leads a process to a place.
func (s *shop) provoke(t *testing.T, process, point string) {
	t.Helper()
	switch point {
	case crash.ReturnAfterProvider:
		s.cancel(t, s.aConfirmedOrder(t))
	case crash.MailAfterSend:
		if s.processes["order1"] != nil { // else it is on every order's way
			s.cancel(t, s.aConfirmedOrder(t))
		}
	case crash.InstructionAfterProvider:
		if process == "worker1" { // it does what the provider did not do when staff asked
			s.script(t, `{"refund": "500", "count": 1}`)
		}
		s.giveBack(t, s.aConfirmedOrder(t), false)
	case crash.RefundBeforeCommit, crash.RefundAfterCommit:
		s.giveBack(t, s.aConfirmedOrder(t), true)
	case crash.ShipAfterCommit:
		s.send(t, s.aConfirmedOrder(t))
	case crash.ExpiryBeforeCommit, crash.HoldsBeforeCommit:
		s.letExpire(t, point)
	case crash.SettleBeforeCommit, crash.SettleAfterCommit:
		if s.processes["order1"] != nil {
			s.settle(t, s.paysUnseen(t))
		}
	}
}

// A process that dies at the worst moment loses nothing and does nothing twice, and shoppers notice nothing of a worker's death. Those whose
// request the server was at see a broken connection, never a page that says something wrong.
func crashesInOneProcess(t *testing.T, s *shop) {
	for _, victim := range oneProcessPlaces {
		t.Run(victim.process, func(t *testing.T) {
			b := s.invite(t, 3)
			s.dieAt(t, victim.process, repeated(victim.points), func(point string) { s.provoke(t, victim.process, point) })
			b.more(t, 2)
			b.sendHome()
			t.Logf("%d orders paid, %d left while the payment was looked into, %d broken connections", b.paid, b.open, b.cut)
			if len(b.failures) > 0 || b.cut > 0 && victim.process != "server" {
				t.Errorf("%d shoppers saw a broken connection, %d an error:\n%s", b.cut, len(b.failures), strings.Join(b.failures, "\n"))
			}
			s.recover(t)
			s.check(t, b.told.file(t))
			s.allReturned(t)
		})
	}
}

// The same where each service has processes of its own. While people buy, only workers die: nobody notices. A service dies at what a worker
// asks of it, since a shopper's request that it holds is broken off by any death.
func crashes(t *testing.T, s *shop) {
	t.Run("worker", func(t *testing.T) {
		b := s.invite(t, 3)
		b.more(t, 1)
		s.dieAt(t, "worker1", repeated(manyWorkersPlaces), func(string) {})
		b.more(t, 2)
		b.sendHome()
		if len(b.failures) > 0 || b.cut > 0 {
			t.Errorf("%d shoppers saw a broken connection, %d an error:\n%s", b.cut, len(b.failures), strings.Join(b.failures, "\n"))
		}
		s.recover(t)
		s.check(t, b.told.file(t))
	})
	t.Run("import", func(t *testing.T) { s.importsDie(t) })
	t.Run("services", func(t *testing.T) {
		for _, place := range servicesPlaces {
			s.dieAt(t, place.process, repeated(place.points), func(point string) { s.provoke(t, place.process, point) })
		}
		s.recover(t)
		s.check(t, "")
		s.allReturned(t)
	})
}

// repeated are places in turn, each as often as a process is to die there.
func repeated(points []string) []string { return slices.Repeat(points, deaths()) }

// dieAt has a process die at one place after the other, provoking what leads there until it has, and then brings it back. Who starts after a death meets
// what it left, and dies in turn.
func (s *shop) dieAt(t *testing.T, name string, points []string, provoke func(point string)) {
	t.Helper()
	s.kill(name)
	p := s.processes[name]
	sound := p.env
	for _, point := range points {
		p.env = append(append([]string{}, sound...), "CRASH_AT="+point)
		s.run(p)
		var provoked time.Time
		await(t, name+" to die at "+point, func() bool {
			select {
			case <-p.ended:
				return true
			default:
			}
			if time.Since(provoked) > 5*time.Second && isReady(p) { // again, since another process may have been faster
				provoke(point)
				provoked = time.Now()
			}
			return false
		})
		if status := p.cmd.ProcessState.ExitCode(); status != crashStatus {
			t.Errorf("%s ended with %d, not at %s:\n%s", name, status, point, p.output)
		}
	}
	p.env = sound
	s.restart(name)
}

// recover waits until what the dead had in hand is done. That it counts as lost only after a minute or two is not what is tried in the short
// form.
func (s *shop) recover(t *testing.T) {
	t.Helper()
	if full {
		return
	}
	var hurried time.Time
	await(t, "what the dead had in hand to be done", func() bool {
		if time.Since(hurried) > 3*time.Second { // the living finish what they have meanwhile
			hurried = time.Now()
			s.column(t, `with lost as (update deliveries set due_time = now() where not dead and due_time > now()),
				mails as (update event_mails set claimed_time = claimed_time - interval '1 minute' where sent_time is null)
				update payments set ask_time = now() where ask_time > now() returning id::text`)
		}
		return s.column(t, "select ((select count(*) from outbox) + (select count(*) from deliveries where not dead))::text")[0] == "0"
	})
}

// cancel calls an order off, as staff do.
func (s *shop) cancel(t *testing.T, order string) {
	t.Helper()
	staff := s.asStaff(t, "orders.read", "orders.write")
	_, err := orderv1connect.NewOrderServiceClient(s.asShopper(t, "order", 0)).CancelOrder(staff, &orderv1.CancelOrderRequest{
		OrderId: order, Reason: "a test", IdempotencyKey: id.New(),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// giveBack gives a cent of an order back, as staff do. The process that they ask may die of it.
func (s *shop) giveBack(t *testing.T, order string, storeCredit bool) {
	t.Helper()
	staff := s.asStaff(t, "orders.read", "orders.write")
	req := &orderv1.RefundOrderRequest{OrderId: order, OtherMinor: 1, ExpectedMinor: 1, StoreCredit: storeCredit, IdempotencyKey: id.New()}
	if _, err := orderv1connect.NewOrderServiceClient(s.asShopper(t, "order", 0)).RefundOrder(staff, req); err != nil {
		t.Logf("staff were told: %v", err)
	}
}

// send marks a unit of an order as sent, as staff do. The process that they ask may die of it.
func (s *shop) send(t *testing.T, order string) {
	t.Helper()
	staff := s.asStaff(t, "orders.read", "orders.write")
	line := s.column(t, "select id::text from order_lines where order_id = '"+order+"' order by position limit 1")[0]
	req := &orderv1.ShipOrderRequest{OrderId: order, Lines: []*orderv1.FulfilmentChoice{{LineId: line, Quantity: 1}}, IdempotencyKey: id.New()}
	if _, err := orderv1connect.NewOrderServiceClient(s.asShopper(t, "order", 0)).ShipOrder(staff, req); err != nil {
		t.Logf("staff were told: %v", err)
	}
}

func (s *shop) aConfirmedOrder(t *testing.T) string {
	t.Helper()
	var orders []string
	await(t, "a confirmed order", func() bool {
		orders = s.column(t, "select id::text from orders where state = 'confirmed' and payment_state = 'paid' order by id limit 1")
		return len(orders) > 0
	})
	return orders[0]
}

// allReturned makes sure that the money of every cancelled order went back.
func (s *shop) allReturned(t *testing.T) {
	t.Helper()
	for _, kept := range s.column(t, "select number || ' is ' || payment_state from orders where state = 'cancelled' and payment_state <> 'refunded'") {
		t.Errorf("a cancelled order keeps its money: %s", kept)
	}
}

// ordersOne has a shopper order something, who then does nothing more, and returns who it is.
func (s *shop) ordersOne(t *testing.T) (racer, *checkoutv1.PlaceOrderResponse) {
	t.Helper()
	variant := s.column(t, `select v.id::text from product_variants v join products p on p.id = v.product_id join stock_items i on i.variant_id = v.id
		where p.state = 'active' and i.on_hand > i.held order by v.id limit 1`)[0]
	shopper := s.racers(t, variant, 1)[0]
	placed, err := shopper.order(id.New())
	if err != nil {
		t.Fatal(err)
	}
	return shopper, placed
}

// letExpire makes an order whose time, and that of its stock, is over, and does what a worker would do soon: it asks the process that shall
// die to end it.
func (s *shop) letExpire(t *testing.T, point string) {
	t.Helper()
	_, placed := s.ordersOne(t)
	s.endTime(t, placed.GetOrderNumber())
	if s.processes["order1"] == nil {
		return // the worker does it itself
	}
	var err error
	if point == crash.HoldsBeforeCommit {
		_, err = inventoryv1connect.NewStockServiceClient(s.asProcess(t, "inventory")).ReleaseExpiredHolds(t.Context(), &inventoryv1.ReleaseExpiredHoldsRequest{})
	} else {
		_, err = orderv1connect.NewOrderServiceClient(s.asProcess(t, "order")).ExpireOrders(t.Context(), &orderv1.ExpireOrdersRequest{})
	}
	t.Logf("the process that shall die says: %v", err)
}

// endTime has the time to pay for an order be over, and that of its stock.
func (s *shop) endTime(t *testing.T, number string) {
	t.Helper()
	s.column(t, `with late as (
			update orders set expire_time = now() - interval '1 second', expiry_try_time = now() - interval '1 second' where number = $1 and state = 'pending' returning id
		) update stock_holds set expire_time = now() - interval '1 second' where order_id in (select id from late) and state = 'active' returning order_id::text`, number)
}

// paysUnseen has a shopper pay at the provider, whose message the shop does not get, and returns the payment.
func (s *shop) paysUnseen(t *testing.T) string {
	t.Helper()
	s.script(t, `{"webhook": {"drop": true}}`)
	defer s.script(t, "")
	shopper, placed := s.ordersOne(t)
	started, err := orderv1connect.NewOrderServiceClient(s.asShopper(t, "order", 1)).StartPayment(shopper.ctx, &orderv1.StartPaymentRequest{OrderId: placed.GetOrderId()})
	if err != nil {
		t.Fatal(err)
	}
	payer := newShopper(t)
	payer.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // the shopper does not come back
	payer.goTo(started.GetRedirectUrl())
	payer.submit("form", nil, "Pay")
	return placed.GetPaymentId()
}

// settle asks the process that shall die how a payment stands, as a worker does.
func (s *shop) settle(t *testing.T, payment string) {
	t.Helper()
	_, err := orderv1connect.NewOrderServiceClient(s.asProcess(t, "order")).SettlePayment(t.Context(), &orderv1.SettlePaymentRequest{PaymentId: payment})
	t.Logf("the process that shall die says: %v", err)
}

// Whoever gives a place a name has processes die there: each is in one of the lists above, or of those of imports.
func TestEveryPlaceIsTried(t *testing.T) {
	var tried []string
	for _, where := range slices.Concat(oneProcessPlaces, servicesPlaces) {
		tried = append(tried, where.points...)
	}
	tried = slices.Concat(tried, manyWorkersPlaces, importPlaces, removalPlaces, undoPlaces, picturePlaces)
	source, err := parser.ParseFile(token.NewFileSet(), "../../platform/crash/crash.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	ast.Inspect(source, func(n ast.Node) bool {
		constant, ok := n.(*ast.ValueSpec)
		if !ok || len(constant.Values) != 1 {
			return true
		}
		if text, ok := constant.Values[0].(*ast.BasicLit); ok {
			named++
			if place, _ := strconv.Unquote(text.Value); !slices.Contains(tried, place) {
				t.Errorf("no process dies at %s (%q): put it into a list of places", constant.Names[0], place)
			}
		}
		return true
	})
	if named < 20 {
		t.Errorf("only %d places were found", named)
	}
}
