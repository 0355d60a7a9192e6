package e2e

import (
	"cmp"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/crash"
)

// chaos is a day at the shop on which everything goes wrong at once: its processes and the provider are killed at random moments, and the provider misbehaves all the
// while. What is drawn comes from a seed that is printed, so that a day can be lived through again.
type chaos struct {
	*shop
	seed          uint64
	dice          *rand.Rand // of the killer; buyers and staff have dice of their own
	orders, kills int
	victims       []string // processes that may die

	b      *buyers
	staff  *staff
	late   chan string // numbers of orders whose shopper went away; their time is then over
	killed map[string]int
}

// seedOfDay is TRADEWIND_SEED, or another one each time.
func seedOfDay(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano()) % 1_000_000
	if told := os.Getenv("TRADEWIND_SEED"); told != "" {
		var err error
		if seed, err = strconv.ParseUint(told, 10, 64); err != nil {
			t.Fatalf("TRADEWIND_SEED must be a whole number: %v", err)
		}
	}
	t.Logf("live through the same again with TRADEWIND_SEED=%d", seed)
	return seed
}

// A day of chaos ends with books that are right to the cent: the provider's own durable record and our ledger agree payment by payment, every payment that was taken has
// one order, no order is paid twice, nothing is unknown, and every shopper was told what they had to be told.
func (s *shop) chaos(t *testing.T, victims ...string) {
	c := &chaos{shop: s, seed: seedOfDay(t), orders: 12, kills: 6, victims: victims, late: make(chan string, 10_000), killed: map[string]int{}}
	shoppers := 6
	if full {
		c.orders, c.kills, shoppers = 1000, 100, 10
	}
	c.dice = rand.New(rand.NewPCG(c.seed, 0))
	if err := buildChecker(); err != nil {
		t.Fatal(err)
	}
	s.stockUp(t, 100_000, s.column(t, "select variant_id::text from stock_items where on_hand > 0")...)
	codes := s.sellForLess(t, int64(c.orders))
	slugs := s.column(t, "select slug from products where state = 'active' order by slug")

	var came atomic.Uint64
	c.b = s.welcome(t, shoppers, func() (*buyer, error) {
		number := came.Add(1)
		v := &regular{buyer: newBuyer(s), dice: rand.New(rand.NewPCG(c.seed, number)), nth: number, slugs: slugs, codes: codes, late: c.late}
		v.patient, v.forgiving = true, s.processes["order1"] != nil // a page breaks when a service dies that it asked
		return v.buyer, v.shopAndPay()
	})
	c.staff = s.work(t, c.seed, 2)
	began := time.Now()
	c.liveThrough(t)
	if full && s.processes["order1"] == nil {
		c.sweep(t)
	}
	s.script(t, "")
	healed := time.Now()
	c.staff.sendHome(t)
	s.hurry(t, c.b.sendHome)
	c.endLateOrders(t, true)
	t.Logf("%d orders in %v: %d paid, %d not, %d requests made again; killed: %v; staff: %d refunds, %d to store credit, %d sent, %d cancelled",
		c.b.done(), healed.Sub(began).Round(time.Second), c.b.paid, c.b.open, c.b.reloads, c.killed, len(c.staff.refunds), len(c.staff.credits), len(c.staff.sent), len(c.staff.cancelled))
	if len(c.b.failures) > 0 || c.b.cut > 0 {
		t.Errorf("%d shoppers gave up, %d saw an error:\n%s", c.b.cut, len(c.b.failures), strings.Join(c.b.failures, "\n"))
	}
	if c.b.paid == 0 || len(c.staff.refunds) == 0 || len(c.staff.cancelled) == 0 || full && (len(c.staff.credits) == 0 || len(c.staff.sent) == 0) {
		t.Errorf("a day like that proves little")
	}
	s.becomesFinal(t, healed)
	s.check(t, c.b.told.file(t))
	s.compareRecord(t, c.staff)
	s.compareMails(t, c.killed)
}

// liveThrough goes on until enough was ordered and enough was killed.
func (c *chaos) liveThrough(t *testing.T) {
	nextKill, nextMood, nextLook := c.afterSome(), time.Now(), time.Now().Add(5*time.Second)
	for deadline := time.Now().Add(max(time.Duration(c.orders)*3*time.Second, 5*time.Minute)); c.b.done() < c.orders || c.kills > 0; {
		if time.Now().After(deadline) || c.b.failed() > 20 {
			t.Errorf("after %d orders there are still %d kills to come, and %d shoppers saw an error", c.b.done(), c.kills, c.b.failed())
			return
		}
		<-time.After(50 * time.Millisecond)
		c.endLateOrders(t, false)
		if time.Now().After(nextMood) {
			c.script(t, c.mood())
			nextMood = time.Now().Add(time.Second + draw(c.dice, 3*time.Second))
		}
		if time.Now().After(nextLook) {
			// What is not right yet may become so for a while; all else has to hold at any moment.
			if said, status := c.examine(t, "--patience", "5m"); status != 0 {
				t.Errorf("while everything goes wrong there is broken:\n%s", said)
			}
			nextLook = time.Now().Add(5 * time.Second)
		}
		for _, name := range c.victims {
			select {
			case <-c.processes[name].ended:
				t.Errorf("%s ended by itself", name)
				c.restart(name)
			default:
			}
		}
		if c.kills > 0 && nextKill() {
			c.strike(t)
			c.kills--
			nextKill = c.afterSome()
		}
	}
}

// afterSome says whether it is time for the next kill: some orders after the last one, or after a while in which there were few, and a moment later.
func (c *chaos) afterSome() func() bool {
	share := max((c.orders-c.b.done())/max(c.kills, 1), 0)
	goal, moment := c.b.done()+c.dice.IntN(2*share+1), draw(c.dice, time.Second)
	patient := time.Now().Add(5*time.Second + moment)
	var since time.Time
	return func() bool {
		if since.IsZero() && c.b.done() >= goal {
			since = time.Now()
		}
		return !since.IsZero() && time.Since(since) > moment || time.Now().After(patient)
	}
}

// strike kills one process as a power cut would, and brings it back a moment later.
func (c *chaos) strike(t *testing.T) {
	victim := c.victims[c.dice.IntN(len(c.victims))]
	c.killed[victim]++
	c.kill(victim)
	<-time.After(draw(c.dice, time.Second))
	c.restart(victim)
	if victim == "sandbox" {
		c.script(t, c.mood()) // it knows no script any more
	}
}

// sweep lets processes die at each of the places that have a name, in the same disorder.
func (c *chaos) sweep(t *testing.T) {
	for _, place := range oneProcessPlaces {
		c.dieAt(t, place.process, place.points, func(point string) {
			c.script(t, c.mood())
			c.endLateOrders(t, false)
			if point == crash.ExpiryBeforeCommit || point == crash.HoldsBeforeCommit {
				c.letExpire(t, point)
			}
		})
		c.killed[place.process] += 1 + len(place.points)
	}
}

// endLateOrders lets the time of orders be over whose shopper went away: of some of them now, or of all.
func (c *chaos) endLateOrders(t *testing.T, all bool) {
	for waiting := len(c.late); waiting > 0; waiting-- {
		number := <-c.late
		if !all && c.dice.IntN(10) > 0 { // later, perhaps while the shopper comes back and pays
			c.late <- number
			continue
		}
		c.endTime(t, number)
	}
}

// mood is how the provider behaves for a few seconds: one fault of each kind at most, for some of its requests, and messages that travel badly.
func (c *chaos) mood() string {
	maybe := func(choices ...string) string {
		return cmp.Or(choices[c.dice.IntN(len(choices))], "ok")
	}
	type webhook struct {
		Duplicate   int  `json:"duplicate"`
		DelayMS     int  `json:"delay_ms"`
		Shuffle     bool `json:"shuffle"`
		Drop        bool `json:"drop"`
		BeforeReply bool `json:"before_reply"`
	}
	hooks := []webhook{{}, {Duplicate: 4}, {Duplicate: 2, DelayMS: 3000, Shuffle: true}, {DelayMS: 1500}, {Drop: true}, {BeforeReply: true, Duplicate: 1}}
	script, err := json.Marshal(map[string]any{
		"create":  maybe("", "slow", "reset", "500", "500_after", "500_replayed", "hang_after"),
		"get":     maybe("", "", "slow", "reset", "500"),
		"pay":     maybe("", "slow", "500", "decline", "challenge", "charge_then_hang", "charge_then_500"),
		"void":    maybe("", "500", "500_after", "500_replayed", "hang_after"),
		"refund":  maybe("", "reset", "500", "500_after", "500_replayed", "hang_after"),
		"percent": 10 + c.dice.IntN(30), "seed": c.dice.Uint64() >> 1, "slow_ms": 500 + c.dice.IntN(1500), "webhook": hooks[c.dice.IntN(len(hooks))],
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return string(script)
}

func draw(dice *rand.Rand, most time.Duration) time.Duration {
	return time.Duration(dice.Int64N(int64(most)))
}

// hurry waits until something is done. What the short form of a drill cannot wait for is brought forward: a provider's not knowing a payment is believed at once, which
// is sound when all that was under way to it has arrived or is lost.
func (s *shop) hurry(t *testing.T, do func()) {
	t.Helper()
	done, began := make(chan struct{}), time.Now()
	go func() { defer close(done); do() }()
	for {
		select {
		case <-done:
			return
		case <-time.After(time.Second):
		}
		if !full && time.Since(began) > 8*time.Second {
			s.column(t, "update payments set start_time = start_time - interval '3 minutes', ask_time = now() where state in ('created', 'unknown') and start_time is not null returning id::text")
		}
	}
}

// becomesFinal waits until no payment is under way, none is owed anything, and nobody waits to be told. The whole drill leaves the shop to itself; the short one does not wait
// until what the dead had in hand counts as lost.
func (s *shop) becomesFinal(t *testing.T, healed time.Time) {
	t.Helper()
	atMost := 10 * time.Minute
	if !full {
		atMost = 2 * time.Minute
	}
	var open []string
	for {
		s.recover(t)
		if !full {
			s.column(t, "update orders set expiry_try_time = now() where state = 'pending' and expire_time < now() and expiry_try_time > now() returning id::text")
		}
		open = s.column(t, `
			select 'payment ' || id || ' of order ' || order_id || ' is ' || state from payments
				where provider <> 'on_delivery' and (state in ('created', 'requires_action', 'authorized', 'partly_captured', 'unknown') or owed_minor > refunded_minor or release_due)
			union all select 'order ' || number || ' is pending' from orders where state = 'pending'
			union all select kind || ' ' || id || ' is not done' from payment_instructions where state = 'given'
			union all select consumer || ' was not told of ' || topic from deliveries where not dead
			union all select topic || ' was not handed out' from outbox`)
		if took := time.Since(healed); len(open) == 0 {
			t.Logf("all was final %v after the last fault", took.Round(time.Second))
			return
		} else if took > atMost {
			break
		}
		<-time.After(time.Second)
	}
	t.Errorf("not final %v after the last fault:\n%s", atMost, strings.Join(slices.Compact(open), "\n"))
}

// victims are the processes of a shop that may die: all but those that staff look at, and the mailbox, whose memory is held against the books.
func (s *shop) victims() []string {
	var names []string
	for _, name := range s.started {
		if !strings.HasPrefix(name, "admin") && name != "mailbox" {
			names = append(names, name)
		}
	}
	return names
}
