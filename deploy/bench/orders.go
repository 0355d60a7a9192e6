package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1/authv1connect"
	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1/checkoutv1connect"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1/inventoryv1connect"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// pairs is how many different carts of two lines there are: orders of different ones do not wait for each other's stock.
const pairs = 500

// guest is a shopper with a token.
type guest struct{ subject, token string }

// basket is what carts hold, and what that comes to.
type basket struct {
	variants [2]string
	prices   [2]int64
	total    *typev1.Money
}

// orders measures placing orders, by HTTP, against the bare transaction in pgbench. Carts are put into the tables beforehand: filling them is not
// what is measured. What an order sets off, events and the catalogue's stock, is waited for and counts.
func (b *bench) orders(ctx context.Context) error {
	guests, err := b.guests(ctx)
	if err != nil {
		return fmt.Errorf("guests: %w", err)
	}
	baskets, err := b.baskets(ctx, guests[0])
	if err != nil {
		return fmt.Errorf("carts: %w", err)
	}
	say("measuring: orders")
	warm, _, err := b.place(ctx, guests, baskets, 2000, 2*time.Second) // to warm up, and to learn how many carts are needed
	if err != nil {
		return err
	}
	row := comparison{name: "order", mark: 0.35, note: "PlaceOrder, 2 lines, by Connect over HTTP; against order, 2 lines, 2 conditional stock decrements, payment and outbox in pgbench"}
	for range 2 {
		if err := b.bareOrders(ctx, &row.base); err != nil {
			return fmt.Errorf("pgbench: %w", err)
		}
		got, used, err := b.place(ctx, guests, baskets, int(warm.rate()*b.span().Seconds()*0.8)+2000, b.span()/2)
		if err != nil {
			return err
		}
		row.ours.add(got, used)
	}
	b.report.compared(row)
	return nil
}

func (b *bench) guests(ctx context.Context) ([]guest, error) {
	client := authv1connect.NewAuthServiceClient(b.public())
	guests := make([]guest, b.Clients)
	for i := range guests {
		issued, err := client.IssueGuestToken(ctx, &authv1.IssueGuestTokenRequest{})
		if err != nil {
			return nil, err
		}
		parts := strings.Split(issued.GetToken(), ".")
		if len(parts) != 3 {
			return nil, errors.New("the guest's token is no JWT")
		}
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil {
			return nil, err
		}
		var claims struct {
			Subject string `json:"sub"`
		}
		if err := json.Unmarshal(payload, &claims); err != nil {
			return nil, err
		}
		guests[i] = guest{claims.Subject, issued.GetToken()}
	}
	return guests, nil
}

// public calls the shop as anybody may.
func (b *bench) public() *connect.Client {
	return connect.NewClient(rpc.NewTransport(http.DefaultClient, b.shop.url()), rpc.ClientInterceptor(nil))
}

// baskets gives a thousand variants plenty of stock, and asks what each pair of them costs.
func (b *bench) baskets(ctx context.Context, shopper guest) ([]basket, error) {
	rows, err := b.shop.db.Query(ctx, `select v.id::text, v.price_minor from product_variants v join products p on p.id = v.product_id
		where p.state = 'active' and v.position = 1 order by v.id limit $1`, 2*pairs)
	if err != nil {
		return nil, err
	}
	type priced struct {
		Variant string
		Price   int64
	}
	variants, err := pgx.CollectRows(rows, pgx.RowToStructByPos[priced])
	if err != nil {
		return nil, err
	}
	if len(variants) < 2 {
		return nil, errors.New("nothing can be bought")
	}
	var ids []string
	for _, v := range variants {
		ids = append(ids, v.Variant)
	}
	if err := b.stockUp(ctx, ids); err != nil {
		return nil, err
	}
	baskets := make([]basket, len(variants)/2)
	for i := range baskets {
		one, two := variants[2*i], variants[2*i+1]
		baskets[i] = basket{variants: [2]string{one.Variant, two.Variant}, prices: [2]int64{one.Price, two.Price}}
	}
	carts, err := b.fill(ctx, []guest{shopper}, baskets, len(baskets))
	if err != nil {
		return nil, err
	}
	if err := b.shop.replicated(ctx); err != nil {
		return nil, err
	}
	client := checkoutv1connect.NewCartServiceClient(b.public())
	for i := range baskets {
		got, err := client.GetCart(auth.WithToken(ctx, shopper.token), &checkoutv1.GetCartRequest{CartId: carts[i].id})
		if err != nil {
			return nil, err
		}
		baskets[i].total = got.GetCart().GetTotals().GetTotal()
	}
	return baskets, nil
}

// stockUp makes sure that what is measured is not selling out.
func (b *bench) stockUp(ctx context.Context, variants []string) error {
	const plenty = 1_000_000
	client := inventoryv1connect.NewStockServiceClient(b.shop.process)
	for len(variants) > 0 {
		n := min(500, len(variants))
		request := &inventoryv1.SetStockRequest{Reason: "bench", IdempotencyKey: id.New()}
		for _, variant := range variants[:n] {
			request.Counts = append(request.Counts, &inventoryv1.StockCount{VariantId: variant, OnHand: plenty})
		}
		if _, err := client.SetStock(ctx, request); err != nil {
			return err
		}
		variants = variants[n:]
	}
	if err := b.shop.drained(ctx, b.Patience); err != nil {
		return err
	}
	return b.shop.replicated(ctx) // carts are read there
}

// fullCart is a cart that only wants to be ordered.
type fullCart struct {
	id     string
	guest  guest
	basket *basket
}

// fill puts carts into the tables, as they are at the last step of the checkout.
func (b *bench) fill(ctx context.Context, guests []guest, baskets []basket, n int) ([]fullCart, error) {
	address, err := protojson.Marshal(&typev1.Address{
		FullName: "Ada Lovelace", Line1: "1 Engine Street", City: "Portland", Region: "OR", PostalCode: "97201", CountryCode: "US",
	})
	if err != nil {
		return nil, err
	}
	carts := make([]fullCart, n)
	now := clock.Now()
	for i := range carts {
		carts[i] = fullCart{id.New(), guests[i%len(guests)], &baskets[i%len(baskets)]}
	}
	_, err = b.shop.db.CopyFrom(ctx, pgx.Identifier{"carts"},
		[]string{"id", "owner", "state", "email", "delivery_address", "delivery_code", "payment_method", "create_time", "update_time"},
		pgx.CopyFromSlice(n, func(i int) ([]any, error) {
			return []any{carts[i].id, carts[i].guest.subject, "open", carts[i].id + "@example.com", address, "standard", "hosted", now, now}, nil
		}))
	if err != nil {
		return nil, err
	}
	_, err = b.shop.db.CopyFrom(ctx, pgx.Identifier{"cart_items"}, []string{"id", "cart_id", "variant_id", "quantity", "seen_unit_price_minor", "position"},
		pgx.CopyFromSlice(2*n, func(i int) ([]any, error) {
			cart := carts[i/2]
			return []any{id.New(), cart.id, cart.basket.variants[i%2], 1, cart.basket.prices[i%2], i % 2}, nil
		}))
	return carts, err
}

// place orders carts by 16 clients, and waits until all that it set off is over.
func (b *bench) place(ctx context.Context, guests []guest, baskets []basket, most int, span time.Duration) (result, usage, error) {
	carts, err := b.fill(ctx, guests, baskets, most)
	if err != nil {
		return result{}, nil, err
	}
	if _, err := b.shop.db.Exec(ctx, "analyze carts, cart_items"); err != nil {
		return result{}, nil, err
	}
	before, err := b.shop.use(measured, nil)
	if err != nil {
		return result{}, nil, err
	}
	var next atomic.Int64
	got := drive(ctx, b.Clients, span, func(int) func() error {
		caller := newCaller(b.shop.url())
		return func() error {
			at := int(next.Add(1)) - 1
			if at >= len(carts) {
				return errOver
			}
			return carts[at].order(caller)
		}
	})
	if err := b.shop.drained(ctx, b.Patience); err != nil {
		return got, nil, fmt.Errorf("wait for the events: %w", err)
	}
	after, err := b.shop.use(measured, nil)
	if err != nil {
		return got, nil, err
	}
	if got.failed > 0 {
		return got, nil, fmt.Errorf("%d of %d orders failed: %w", got.failed, got.failed+got.ops, got.example)
	}
	return got, after.since(before), nil
}

func (c fullCart) order(caller *caller) error {
	body, err := proto.Marshal(&checkoutv1.PlaceOrderRequest{CartId: c.id, ExpectedTotal: c.basket.total, IdempotencyKey: c.id})
	if err != nil {
		return err
	}
	request := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\nContent-Type: application/proto\r\nConnect-Protocol-Version: 1\r\n"+
		"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", "/tradewind.checkout.v1.CheckoutService/PlaceOrder", caller.addr, c.guest.token, len(body))
	got, err := caller.do(append(request, body...), true)
	if err == nil && got.status != http.StatusOK {
		err = fmt.Errorf("status %d: %s", got.status, got.body)
	}
	return err
}

// bareTables are what an order cannot do without, and no more.
const bareTables = `
drop schema if exists bench cascade;
create schema bench;
create sequence bench.numbers;
create table bench.orders (id uuid primary key default gen_random_uuid(), number bigint not null unique, state text not null, total bigint not null,
    create_time timestamptz not null default now());
create table bench.lines (order_id uuid not null, position int not null, variant int not null, quantity int not null, price bigint not null,
    primary key (order_id, position));
create table bench.stock (variant int primary key, on_hand bigint not null check (on_hand >= 0));
create table bench.payments (id uuid primary key default gen_random_uuid(), order_id uuid not null, state text not null, amount bigint not null);
create table bench.outbox (id uuid primary key default gen_random_uuid(), topic text not null, payload bytea not null);
insert into bench.stock select n, 1000000000 from generate_series(1, %d) n;
analyze bench.stock;`

const bareOrder = `\set pair random(1, %d)
begin;
insert into bench.orders (number, state, total) values (nextval('bench.numbers'), 'pending', 4998) returning id \gset
insert into bench.lines values (:id, 1, 2 * :pair - 1, 1, 2499), (:id, 2, 2 * :pair, 1, 2499);
update bench.stock set on_hand = on_hand - 1 where variant = 2 * :pair - 1 and on_hand >= 1;
update bench.stock set on_hand = on_hand - 1 where variant = 2 * :pair and on_hand >= 1;
insert into bench.payments (order_id, state, amount) values (:id, 'created', 4998);
insert into bench.outbox (topic, payload) values ('order.placed', decode('0a24', 'hex'));
commit;
`

var (
	processed = regexp.MustCompile(`transactions actually processed: (\d+)`)
	perSecond = regexp.MustCompile(`tps = ([\d.]+)`)
)

// bareOrders runs the bare transaction for half of the time.
func (b *bench) bareOrders(ctx context.Context, into *side) error {
	if _, err := exec.LookPath("pgbench"); err != nil {
		return fmt.Errorf("it comes with PostgreSQL's server: %w", err)
	}
	if _, err := b.shop.db.Exec(ctx, fmt.Sprintf(bareTables, 2*pairs)); err != nil {
		return err
	}
	script, err := os.CreateTemp("", "bench-*.sql")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(script.Name()) }()
	if _, err := fmt.Fprintf(script, bareOrder, pairs); err != nil {
		return err
	}
	if err := script.Close(); err != nil {
		return err
	}
	programs := []string{"primary", "replica"}
	before, err := b.shop.use(programs, nil)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "pgbench", "-n", "-M", "prepared", "-c", strconv.Itoa(b.Clients), "-j", "2", "-T", strconv.Itoa(max(b.Seconds/2, 1)), "-f", script.Name(),
		b.shop.told["DATABASE_URL"])
	said, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, said)
	}
	count, rate := processed.FindSubmatch(said), perSecond.FindSubmatch(said)
	if count == nil || rate == nil {
		return fmt.Errorf("cannot be understood:\n%s", said)
	}
	ops, err := strconv.ParseInt(string(count[1]), 10, 64)
	if err != nil {
		return err
	}
	tps, err := strconv.ParseFloat(string(rate[1]), 64)
	if err != nil {
		return err
	}
	if err := b.shop.replicated(ctx); err != nil {
		return err
	}
	after, err := b.shop.use(programs, nil)
	if err != nil {
		return err
	}
	into.add(result{ops: ops, elapsed: time.Duration(float64(ops) / tps * float64(time.Second))}, after.since(before))
	_, err = b.shop.db.Exec(ctx, "drop schema bench cascade")
	return err
}
