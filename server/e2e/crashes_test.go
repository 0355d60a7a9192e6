package e2e

import (
	"strings"
	"testing"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1/orderv1connect"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// crashStatus is how a process ends at a crash point.
const crashStatus = 86

// A process that dies at the worst moment loses nothing and does nothing twice, and shoppers notice nothing of a worker's death. Those whose
// request the server was at see a broken connection, never a page that says something wrong.
func TestCrashes(t *testing.T) {
	disturbs(t)
	s := open(t, allInOne)
	s.stockUp(t, 100_000, s.column(t, "select variant_id::text from stock_items where on_hand > 0")...)
	deaths := 1
	if full {
		deaths = 20
	}
	for _, victim := range []struct {
		process string
		points  []string
	}{
		{"worker1", []string{crash.SettleBeforeCommit, crash.SettleAfterCommit, crash.ReturnAfterProvider}},
		{"server", []string{
			crash.CheckoutAfterHold, crash.CheckoutAfterCommit, crash.PaymentBeforeProvider, crash.PaymentAfterProvider,
			crash.SettleBeforeCommit, crash.SettleAfterCommit,
		}},
	} {
		t.Run(victim.process, func(t *testing.T) {
			b := s.invite(t, 3)
			for _, point := range victim.points {
				b.more(t, 1)
				for range deaths {
					s.dieAt(t, victim.process, point, func() {
						if point == crash.ReturnAfterProvider {
							s.cancel(t, s.column(t, "select id::text from orders where state = 'confirmed' order by id limit 1")[0])
						}
					})
				}
			}
			b.more(t, 2)
			b.sendHome()
			t.Logf("%d orders paid, %d left while the payment was looked into, %d broken connections", b.paid, b.open, b.cut)
			if len(b.failures) > 0 || b.cut > 0 && victim.process != "server" {
				t.Errorf("%d shoppers saw a broken connection, %d an error:\n%s", b.cut, len(b.failures), strings.Join(b.failures, "\n"))
			}
			s.check(t, b.told.file(t)) // what a worker had in hand counts as lost after a minute
			for _, kept := range s.column(t, "select number || ' is ' || payment_state from orders where state = 'cancelled' and payment_state <> 'refunded'") {
				t.Errorf("a cancelled order keeps its money: %s", kept)
			}
		})
	}
}

// dieAt starts a process again so that it dies at a place, waits until it has, and brings it back.
func (s *shop) dieAt(t *testing.T, name, point string, provoke func()) {
	t.Helper()
	s.kill(name)
	p := s.processes[name]
	sound := p.env
	p.env = append(append([]string{}, sound...), "CRASH_AT="+point)
	s.run(p)
	provoke()
	await(t, name+" to die at "+point, func() bool {
		select {
		case <-p.ended:
			return true
		default:
			return false
		}
	})
	if status := p.cmd.ProcessState.ExitCode(); status != crashStatus {
		t.Errorf("%s ended with %d, not at %s", name, status, point)
	}
	p.env = sound
	s.restart(name)
}

// cancel calls an order off, as staff do.
func (s *shop) cancel(t *testing.T, order string) {
	t.Helper()
	staff := auth.WithToken(t.Context(), s.tokenOf(t, auth.Caller{Kind: auth.Staff, Subject: id.New(), Name: "Ada", Grants: []string{"orders.read", "orders.write"}}))
	_, err := orderv1connect.NewOrderServiceClient(s.asShopper(t, "order", 0)).CancelOrder(staff, &orderv1.CancelOrderRequest{
		OrderId: order, Reason: "a test", IdempotencyKey: id.New(),
	})
	if err != nil {
		t.Fatal(err)
	}
}
