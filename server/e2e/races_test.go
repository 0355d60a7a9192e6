package e2e

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1/checkoutv1connect"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

const crowd = 200

// rounds is how often a race is run.
func rounds(few int) int {
	if full {
		return 100
	}
	return few
}

// racer is a shopper with a cart that only wants to be ordered, at one of the instances of checkout.
type racer struct {
	ctx      context.Context //nolint:containedctx // whose token it is
	cart     string
	total    *typev1.Money
	checkout checkoutv1connect.CheckoutServiceClient
}

// order repeats under the same key what the shop could not answer in time, as its words ask for.
func (r racer) order(key string) (placed *checkoutv1.PlaceOrderResponse, err error) {
	err = shoptest.Insist(func() error {
		placed, err = r.checkout.PlaceOrder(r.ctx, &checkoutv1.PlaceOrderRequest{CartId: r.cart, ExpectedTotal: r.total, IdempotencyKey: key})
		return err
	})
	return placed, err
}

// racers stand in line for one unit of a variant each. Their carts are put into the tables: filling two hundred of them page by page is not
// what is tried here.
func (s *shop) racers(t *testing.T, variant string, n int, codes ...string) []racer {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.databaseURL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	clients := []*connect.Client{s.asShopper(t, "checkout", 0), s.asShopper(t, "checkout", 1)}
	racers := make([]racer, n)
	for i := range racers {
		guest := auth.Caller{Kind: auth.Guest, Subject: id.New()}
		racers[i] = racer{
			ctx: auth.WithToken(t.Context(), s.tokenOf(t, guest)), cart: id.New(), checkout: checkoutv1connect.NewCheckoutServiceClient(clients[i%len(clients)]),
		}
		_, err := conn.Exec(t.Context(), `with cart as (
			insert into carts (id, owner, state, email, delivery_address, delivery_code, payment_method, create_time, update_time, codes)
			values ($1, $2, 'open', 'ada@example.com',
				'{"fullName": "Ada", "line1": "1 Engine Street", "city": "Portland", "region": "OR", "postalCode": "97201", "countryCode": "US"}',
				'standard', 'hosted', $4, $4, coalesce($6::text[], '{}'))
			returning id
		) insert into cart_items (id, cart_id, variant_id, quantity, seen_unit_price_minor, position)
			select $3, cart.id, v.id, 1, v.price_minor, 1 from cart, product_variants v where v.id = $5`,
			racers[i].cart, guest.Subject, id.New(), clock.Now(), variant, codes)
		if err != nil {
			t.Fatal(err)
		}
	}
	var written string
	if err := conn.QueryRow(t.Context(), "select pg_current_wal_insert_lsn()::text").Scan(&written); err != nil {
		t.Fatal(err)
	}
	lsn, err := postgres.ParseLSN(written)
	if err != nil {
		t.Fatal(err)
	}
	for i := range racers {
		racers[i].ctx = postgres.WithToken(racers[i].ctx, lsn) // whoever reads their cart, reads it as it is
	}
	got, err := checkoutv1connect.NewCartServiceClient(clients[0]).GetCart(racers[0].ctx, &checkoutv1.GetCartRequest{CartId: racers[0].cart})
	if err != nil {
		t.Fatal(err)
	}
	for i := range racers {
		racers[i].total = got.GetCart().GetTotals().GetTotal()
	}
	return racers
}

// atOnce lets everybody start at the same moment.
func atOnce[T any](n int, do func(i int) (T, error)) ([]T, []error) {
	answers, errs := make([]T, n), make([]error, n)
	start := make(chan struct{})
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() {
			<-start
			answers[i], errs[i] = do(i)
		})
	}
	close(start)
	running.Wait()
	return answers, errs
}

// races have two hundred shoppers do the same thing at the same moment, at two instances of checkout.
func races(t *testing.T, s *shop) {
	t.Run("last units", func(t *testing.T) { lastUnits(t, s) })
	t.Run("limited discounts", func(t *testing.T) { limitedDiscounts(t, s) })
	t.Run("one capture", func(t *testing.T) { refundsOfOneCapture(t, s) })
	t.Run("one key", func(t *testing.T) { oneOrderByOneKey(t, s) })
	t.Run("one cart", func(t *testing.T) { oneOrderByOneCart(t, s) })
}

// Two hundred shoppers want the last five units: five have them, and the others are told that they are sold out.
func lastUnits(t *testing.T, s *shop) {
	const units = 5
	var told journal
	variants := s.column(t, "select v.id::text from product_variants v join products p on p.id = v.product_id where p.state = 'active' order by v.id")
	for round := range rounds(3) {
		variant := variants[round%len(variants)]
		s.stockUp(t, units+held(t, s, variant), variant)
		racers := s.racers(t, variant, crowd)
		placed, errs := atOnce(crowd, func(i int) (*checkoutv1.PlaceOrderResponse, error) { return racers[i].order(id.New()) })
		won := 0
		for i, err := range errs {
			switch problem, _ := rpc.Detail[*checkoutv1.PlaceOrderProblem](err); {
			case err == nil && placed[i].GetOrderId() != "":
				won++
				told.add(placed[i].GetOrderNumber(), racers[i].total.GetAmountMinor())
			case len(problem.GetLines()) == 1 && problem.GetLines()[0].GetProblem() == checkoutv1.LineProblem_LINE_PROBLEM_SOLD_OUT:
			default:
				t.Errorf("round %d: a shopper was told %v", round, err)
			}
		}
		if won != units {
			t.Fatalf("round %d: %d of %d shoppers have one of %d units", round, won, crowd, units)
		}
	}
	s.check(t, told.file(t))
}

func held(t *testing.T, s *shop, variant string) int64 {
	t.Helper()
	return number(t, s.column(t, "select coalesce(max(held), 0)::text from stock_items where variant_id = $1", variant)[0])
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A button pressed two hundred times is one order, and everyone who pressed it is told the same.
func oneOrderByOneKey(t *testing.T, s *shop) {
	variant := s.column(t, "select v.id::text from product_variants v join products p on p.id = v.product_id where p.state = 'active' order by v.id limit 1")[0]
	s.stockUp(t, 1000, variant)
	for round := range rounds(2) {
		racer, key := s.racers(t, variant, 1)[0], id.New()
		placed, errs := atOnce(crowd, func(int) (*checkoutv1.PlaceOrderResponse, error) { return racer.order(key) })
		orders := map[string]int{}
		for i, err := range errs {
			if err != nil {
				t.Errorf("round %d: a press was told %v", round, err)
				continue
			}
			orders[fmt.Sprintf("%s %s %s", placed[i].GetOrderId(), placed[i].GetOrderNumber(), placed[i].GetPaymentId())]++
		}
		if len(orders) != 1 {
			t.Errorf("round %d: one button, told of %v", round, orders)
		}
		if stored := s.column(t, "select count(*)::text from orders where cart_id = $1", racer.cart)[0]; stored != "1" {
			t.Errorf("round %d: %s orders were made", round, stored)
		}
		other := racer
		other.total = &typev1.Money{AmountMinor: racer.total.GetAmountMinor() + 1, CurrencyCode: racer.total.GetCurrencyCode()}
		if _, err := other.order(key); connect.CodeOf(err) != connect.CodeInvalidArgument && connect.CodeOf(err) != connect.CodeFailedPrecondition {
			t.Errorf("round %d: another request under the same key was told %v", round, err)
		}
	}
	s.check(t, "")
}

// Two hundred shoppers press two different buttons of one cart: one order, and the others are told that the cart is ordered.
func oneOrderByOneCart(t *testing.T, s *shop) {
	variant := s.column(t, "select v.id::text from product_variants v join products p on p.id = v.product_id where p.state = 'active' order by v.id limit 1")[0]
	s.stockUp(t, 1000, variant)
	for round := range rounds(1) {
		racer := s.racers(t, variant, 1)[0]
		_, errs := atOnce(crowd, func(int) (*checkoutv1.PlaceOrderResponse, error) { return racer.order(id.New()) })
		won := 0
		for _, err := range errs {
			var refusal *connect.Error
			switch {
			case err == nil:
				won++
			case errors.As(err, &refusal) && refusal.Code() == connect.CodeFailedPrecondition && strings.Contains(refusal.Message(), "already ordered"):
			default:
				t.Errorf("round %d: a press was told %v", round, err)
			}
		}
		if won != 1 {
			t.Errorf("round %d: %d orders of one cart", round, won)
		}
	}
	s.check(t, "")
}
