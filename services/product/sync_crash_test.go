package product

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/proto"

	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1/inventoryv1connect"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// A child process performs one run and is killed by its parent.
const (
	childDatabase = "TEST_SYNC_CHILD_DATABASE"
	childRun      = "TEST_SYNC_CHILD_RUN"
)

func TestMain(m *testing.M) {
	if os.Getenv(childRun) != "" {
		if err := performAsChild(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func performAsChild(ctx context.Context) error {
	db, err := postgres.Open(ctx, postgres.Config{
		URL: os.Getenv(childDatabase), MaxConns: 5, Metrics: prometheus.NewRegistry(),
		StatementTimeout: 30 * time.Second, LockTimeout: 15 * time.Second, AcquireTimeout: 15 * time.Second,
	})
	if err != nil {
		return err
	}
	s := smallSteps(New(Config{DB: db, Stock: storedStock{db: db}, Currency: "USD"}))
	for {
		_, err := s.PerformSyncRun(ctx, &productv1.PerformSyncRunRequest{RunId: os.Getenv(childRun)})
		if connect.CodeOf(err) != connect.CodeFailedPrecondition { // the killed worker's lease
			return err
		}
		<-time.After(10 * time.Millisecond)
	}
}

// smallSteps makes many steps of a small file.
func smallSteps(s *Service) *Service {
	s.stage, s.batch, s.lease = 150, 120, 300*time.Millisecond
	return s
}

// storedStock is an inventory that outlives a killed process.
type storedStock struct {
	inventoryv1connect.StockServiceClient
	db *postgres.DB
}

const storedStockTables = `create table test_stock (variant_id uuid primary key, on_hand bigint, changes int); create table test_keys (key text primary key)`

func (s storedStock) SetStock(ctx context.Context, req *inventoryv1.SetStockRequest) (*inventoryv1.SetStockResponse, error) {
	return postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (*inventoryv1.SetStockResponse, error) {
		tag, err := tx.Exec(ctx, "insert into test_keys values ($1) on conflict do nothing", req.GetIdempotencyKey())
		if err != nil || tag.RowsAffected() == 0 {
			return &inventoryv1.SetStockResponse{}, err
		}
		for _, count := range req.GetCounts() {
			_, err := tx.Exec(ctx, `insert into test_stock values ($1, $2, 1)
				on conflict (variant_id) do update set on_hand = excluded.on_hand, changes = test_stock.changes + 1`, count.GetVariantId(), count.GetOnHand())
			if err != nil {
				return nil, err
			}
		}
		return &inventoryv1.SetStockResponse{}, nil
	})
}

func (s storedStock) BatchGetStock(ctx context.Context, req *inventoryv1.BatchGetStockRequest) (*inventoryv1.BatchGetStockResponse, error) {
	answer := &inventoryv1.BatchGetStockResponse{}
	for _, variant := range req.GetVariantIds() {
		level := &inventoryv1.Stock{VariantId: variant}
		err := s.db.Primary().QueryRow(ctx, "select on_hand from test_stock where variant_id = $1", variant).Scan(&level.OnHand)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return nil, err
		}
		answer.Stock = append(answer.Stock, level)
	}
	return answer, nil
}

// manyMugs is a file of products with two variants each, some of which are refused, and of a SKU that is used twice.
func manyMugs(n int) []byte {
	var file strings.Builder
	file.WriteString("[")
	for i := range n {
		price := "12.50"
		if i%50 == 7 {
			price = "x"
		}
		if i > 0 {
			file.WriteString(",\n")
		}
		fmt.Fprintf(&file, `{"key": "mug-%d", "name": "Mug %d", "description": "%s", "brand": "B%d", "categories": ["Kitchen", "Shelf %d"], "variants": [
			{"sku": "S%d", "options": {"Size": "S"}, "price": "9.99", "stock": %d}, {"sku": "L%d", "options": {"Size": "L"}, "price": "%s", "stock": %d}],
			"images": ["https://pics.example/%d.jpg"]}`, i, i%90, strings.Repeat("word ", i%40), i%9, i%17, i, i%30, i, price, i, i)
	}
	file.WriteString("]")
	return []byte(file.String())
}

// contents is a print of all products without what differs from one import to the next.
const contents = `select md5(string_agg(x::text, ';' order by x.key)) from (
	select e.key, p.slug, p.name, p.description, p.brand, p.state, p.options, e.content_hash, e.stock_hash, p.version,
		(select array_agg(c.path order by c.path) from product_categories c where c.id = any(p.category_ids)) as categories,
		(select array_agg((v.sku, v.option_values, v.price_minor, v.position)::text order by v.position) from product_variants v where v.product_id = p.id) as variants,
		(select array_agg((i.source_url, i.position)::text order by i.position) from product_images i where i.product_id = p.id) as images
	from products p join product_source_items e on e.product_id = p.id) x`

// A worker may be killed at any moment, again and again: the next one goes on, nothing is lost, done twice or half done, and the
// counts are those of an undisturbed run.
func TestSyncSurvivesKills(t *testing.T) {
	t.Parallel()
	file := manyMugs(1500)
	undisturbed := newShop(t)
	smallSteps(undisturbed.Service)
	want := undisturbed.sync("mugs.json", file)

	s := newShopAt(t, postgrestest.NewURLs(t))
	if _, err := s.db.Primary().Exec(t.Context(), storedStockTables); err != nil {
		t.Fatal(err)
	}
	run := s.handIn("mugs.json", packed(t, string(file)))
	where := map[string]int{}
	for kill := 1; kill <= 12; kill++ {
		state := s.killAfterProgress(run, time.Duration(kill%4)*7*time.Millisecond)
		where[state]++
		if state == done {
			break
		}
	}
	if len(where) < 2 {
		t.Errorf("killed in %v only; the test should reach more", where)
	}
	child := s.child(run)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	got, err := s.GetSyncRun(t.Context(), &productv1.GetSyncRunRequest{RunId: run})
	if err != nil {
		t.Fatal(err)
	}
	if r := got.GetRun(); r.GetState() != productv1.SyncState_SYNC_STATE_DONE || counts(r) != counts(want) || r.GetRowsRead() != want.GetRowsRead() {
		t.Errorf("%v, want the counts of %v (killed in %v)", r, want, where)
	}
	if len(s.rejects(got.GetRun())) != len(undisturbed.rejects(want)) {
		t.Errorf("%d refusals, want %d", len(s.rejects(got.GetRun())), len(undisturbed.rejects(want)))
	}
	if s.text(contents) != undisturbed.text(contents) {
		t.Error("the products differ from those of an undisturbed run")
	}
	if n := s.number(`select count(*) from product_variants v left join test_stock t on t.variant_id = v.id
		where t.on_hand is distinct from v.feed_on_hand or t.changes <> 1`); n != 0 {
		t.Errorf("the stock of %d variants is not as the file says, or was set more than once", n)
	}
	s.checkEvents(want.GetCreated())
}

// newShopAt is newShop on a database whose address is needed.
func newShopAt(t testing.TB, at postgrestest.URLs) *shop {
	t.Helper()
	db, err := postgres.Open(t.Context(), postgres.Config{
		URL: at.Primary, ReplicaURLs: []string{at.Replica}, MaxConns: 3, ReadConns: 3, Metrics: prometheus.NewRegistry(),
		StatementTimeout: 30 * time.Second, LockTimeout: 15 * time.Second, AcquireTimeout: 15 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return &shop{Service: New(Config{DB: db, Stock: storedStock{db: db}, Currency: "USD"}), t: t, db: db, url: at.Primary}
}

func (s *shop) child(run string) *exec.Cmd {
	cmd := exec.CommandContext(s.t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childDatabase+"="+s.url, childRun+"="+run)
	return cmd
}

// killAfterProgress starts a worker and kills it a moment after it has got further, and returns the state that it left.
func (s *shop) killAfterProgress(run string, moment time.Duration) (state string) {
	s.t.Helper()
	place := func() string {
		return s.text("select concat_ws(' ', state, staged_through, applied_through) from product_sync_runs where id = $1", run)
	}
	before := place()
	child := s.child(run)
	if err := child.Start(); err != nil {
		s.t.Fatal(err)
	}
	deadline := time.After(60 * time.Second)
	for place() == before {
		select {
		case <-time.After(2 * time.Millisecond):
		case <-deadline:
			s.t.Fatalf("no progress from %s", before)
		}
	}
	<-time.After(moment)
	if err := child.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Fatal(err)
	}
	_ = child.Wait() // it was killed, or it had ended
	state, _, _ = strings.Cut(place(), " ")
	return state
}

// told lists the products of all events.
func (s *shop) told() []string {
	s.t.Helper()
	rows, err := s.db.Primary().Query(s.t.Context(), "select payload from outbox where topic = 'tradewind.product.v1.ProductsChanged'")
	if err != nil {
		s.t.Fatal(err)
	}
	payloads, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		s.t.Fatal(err)
	}
	var told []string
	for _, payload := range payloads {
		event := &productv1.ProductsChanged{}
		if err := proto.Unmarshal(payload, event); err != nil {
			s.t.Fatal(err)
		}
		if len(event.GetProductIds()) > 500 {
			s.t.Errorf("an event of %d ids", len(event.GetProductIds()))
		}
		told = append(told, event.GetProductIds()...)
	}
	return told
}

// checkEvents makes sure that each product was told of once, in events of 500 at most.
func (s *shop) checkEvents(products int64) {
	s.t.Helper()
	told := s.told()
	slices.Sort(told)
	if int64(len(told)) != products || len(slices.Compact(told)) != len(told) {
		s.t.Errorf("%d products were told of, want %d, each once", len(told), products)
	}
}
