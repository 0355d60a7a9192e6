package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1/catalogv1connect"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1/productv1connect"
)

// What a page may take of a hundred visitors' for ninety-nine, and how much more it may cost in the large catalogue than in the small one.
const (
	slowest = 50 * time.Millisecond
	growth  = 1.5
)

// small is the catalogue that a larger one is held against.
const small = 10_000

// asking is one way to ask the catalogue, with the clients that do it.
type asking struct {
	name   string
	client func(number int) func() error
}

// size measures how the shop does with few products and with many.
func (b *bench) size(ctx context.Context) error {
	there, err := b.shop.number(ctx, "select count(*) from products")
	if err != nil {
		return err
	}
	sizes := []int{small, b.Records}
	if there > 2*small {
		sizes = sizes[1:] // a shop that was kept, with which no smaller one can be compared
	}
	var before []side
	for _, n := range sizes {
		if err := b.stock(ctx, n); err != nil {
			return fmt.Errorf("fill the shop: %w", err)
		}
		if err := b.arrange(ctx); err != nil {
			return fmt.Errorf("arrange the catalogue: %w", err)
		}
		asked, err := b.askings(ctx)
		if err != nil {
			return err
		}
		for i, asking := range asked {
			say("measuring: %s of %d products", asking.name, n)
			got, err := b.drive(ctx, asking)
			if err != nil {
				return fmt.Errorf("%s: %w", asking.name, err)
			}
			say("  %s ms within 99 %%, %s ms within 50 %%, %s ms CPU", milli(got.result.within(99)), milli(got.result.within(50)), short(got.cpu()))
			switch {
			case n == small:
				before = append(before, got)
				continue
			case before == nil:
				continue
			}
			b.grown(asking.name, n, before[i], got)
		}
	}
	return nil
}

func (b *bench) grown(name string, n int, few, many side) {
	times, last := many.cpu()/few.cpu(), many.result.within(99)
	b.report.figured(figure{
		name:  fmt.Sprintf("%s, %d products", name, n),
		value: fmt.Sprintf("%s ms within 99 %%, %s ms CPU, %.2f times that of %d products", milli(last), short(many.cpu()), times, small),
		mark:  fmt.Sprintf("%s ms, %.1f times", milli(slowest), growth), met: last <= slowest && times <= growth,
		note: fmt.Sprintf("of %d products: %s ms within 99 %%, %s ms CPU; half of them within %s ms, then %s ms", small,
			milli(few.result.within(99)), short(few.cpu()), milli(few.result.within(50)), milli(many.result.within(50))),
	})
}

func milli(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()*1000) }

// stock has the seed command import so many products, and waits until shoppers find them.
func (b *bench) stock(ctx context.Context, n int) error {
	there, err := b.shop.number(ctx, "select count(*) from products")
	if err != nil || there >= int64(n) && n > small {
		return err
	}
	say("importing %d products", n)
	since := time.Now()
	cmd := exec.CommandContext(ctx, "go", "run", "./deploy/seed", "--data", b.Data, "--products", fmt.Sprint(n))
	cmd.Env, cmd.Stdout, cmd.Stderr = b.shop.environment, os.Stderr, os.Stderr
	for name, value := range b.shop.told {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if err := cmd.Run(); err != nil {
		return err
	}
	taken := time.Since(since)
	if err := b.shop.drained(ctx, 4*b.Patience); err != nil {
		return fmt.Errorf("wait for the catalogue: %w", err)
	}
	say("  taken after %s, found by shoppers after %s", taken.Round(time.Second), time.Since(since).Round(time.Second))
	_, peak, err := resident(b.shop.pids["worker"])
	if err != nil {
		return err
	}
	b.report.figured(figure{name: fmt.Sprintf("import of %d products", n), value: fmt.Sprintf("%.0f s, the worker holding %.0f MB at its peak", taken.Seconds(), peak),
		note: fmt.Sprintf("with writing the file; shoppers find all of it after %.0f s", time.Since(since).Seconds())})
	if _, err = b.shop.db.Exec(ctx, "vacuum analyze"); err != nil { // as autovacuum does a little later
		return err
	}
	return b.shop.replicated(ctx)
}

// arrange has the catalogue do at once what the worker does three times a minute, until layers that the import flooded hold products again.
func (b *bench) arrange(ctx context.Context) error {
	if err := b.shop.drained(ctx, 4*b.Patience); err != nil { // a shop that was brought up again may have been in the middle of it
		return fmt.Errorf("wait for the catalogue: %w", err)
	}
	client, since := catalogv1connect.NewCatalogServiceClient(b.shop.process), time.Now()
	for moved := int32(0); ; {
		closed, err := b.shop.number(ctx, "select count(*) from catalog_layer_ends where closed_time is not null")
		if err != nil {
			return err
		}
		answer, err := client.ArrangeLayers(ctx, &catalogv1.ArrangeLayersRequest{})
		if err != nil {
			return err
		}
		switch {
		case answer.GetMoved() == 0 && closed > 0:
			time.Sleep(time.Second)
		case answer.GetMoved() == 0:
			say("  %d products changed their layer in %s", moved, time.Since(since).Round(time.Second))
			return b.shop.replicated(ctx)
		}
		moved += answer.GetMoved()
	}
}

// askings are the pages that must not slow down as the catalogue grows.
func (b *bench) askings(ctx context.Context) ([]asking, error) {
	lists, err := b.addresses(ctx, `select '/categories/' || c.slug || '?sort=' || s.sort || '&page=' || p.page from catalog_categories c
		join catalog_counts n on n.category_id = c.category_id and n.facet = '', (values ('price'), ('-price'), ('newest'), ('name')) s(sort), generate_series(2, 40) p(page)
		where n.products > p.page * 24`)
	if err != nil {
		return nil, err
	}
	products, err := b.addresses(ctx, "select '/products/' || slug from catalog_pages where state = 'for_sale' and slug is not null order by md5(product_id::text) limit 6000")
	if err != nil {
		return nil, err
	}
	names, err := b.addresses(ctx, "select name from products order by md5(id::text) limit 3000")
	if err != nil {
		return nil, err
	}
	var searches, suggestions []string
	for i, name := range names {
		words := wordsOf(name)
		if len(words) < 3 {
			continue
		}
		query := words[i%3]
		if i%2 == 0 {
			query += " " + words[(i+1)%3]
		}
		searches = append(searches, "/search?"+url.Values{"q": {query}}.Encode())
		message, err := json.Marshal(map[string]string{"query": query[:min(len(query), 3+i%5)]})
		if err != nil {
			return nil, err
		}
		suggestions = append(suggestions, "/tradewind.catalog.v1.CatalogService/Suggest?"+url.Values{"connect": {"v1"}, "encoding": {"json"}, "message": {string(message)}}.Encode())
	}
	return []asking{
		{"category page", b.getting(b.shop.url(), lists)},
		{"product page", b.getting(b.shop.url(), products)},
		{"search", b.getting(b.shop.url(), searches)},
		{"suggestion", b.getting(b.shop.url(), suggestions)},
		{"product list of the back office", b.officeLists(names)},
	}, nil
}

// wordsOf are those words of a name that somebody may look for.
func wordsOf(name string) []string {
	words := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(" -–,()/&", r) })
	return slices.DeleteFunc(words, func(w string) bool { return len(w) < 3 })
}

func (b *bench) addresses(ctx context.Context, sql string) ([]string, error) {
	rows, err := b.shop.db.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var address string
		if err := rows.Scan(&address); err != nil {
			return nil, err
		}
		all = append(all, address)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("nothing is found by %s", sql)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all, rows.Err()
}

// getting has clients open addresses in turn, each beginning elsewhere.
func (b *bench) getting(addr string, addresses []string) func(int) func() error {
	return func(number int) func() error {
		caller, at := newCaller(addr), number*len(addresses)/b.Clients
		return func() error {
			at++
			path := addresses[at%len(addresses)]
			got, err := caller.do(caller.get(path), false)
			if err == nil && got.status != http.StatusOK {
				err = fmt.Errorf("%s answers %d", path, got.status)
			}
			return err
		}
	}
}

// officeLists has clients page through the products as staff do, searching every other time.
func (b *bench) officeLists(names []string) func(int) func() error {
	return func(number int) func() error {
		client, at := productv1connect.NewProductServiceClient(b.shop.process), number*len(names)/b.Clients
		token := ""
		return func() error {
			at++
			req := &productv1.ListProductsRequest{PageSize: 50, Count: true, PageToken: token, View: productv1.ProductView_PRODUCT_VIEW_LINE}
			if at%2 == 0 {
				req.PageToken = ""
				if words := wordsOf(names[at%len(names)]); len(words) > 0 {
					req.Query = words[at/2%len(words)]
				}
			}
			answer, err := client.ListProducts(context.Background(), req)
			if at%2 == 1 {
				token = answer.GetNextPageToken()
			}
			return err
		}
	}
}

// drive measures one way of asking.
func (b *bench) drive(ctx context.Context, of asking) (side, error) {
	drive(ctx, b.Clients, 2*time.Second, of.client) // to warm up
	before, err := b.shop.use(measured, nil)
	if err != nil {
		return side{}, err
	}
	var got side
	answered := drive(ctx, b.Clients, b.span(), of.client)
	after, err := b.shop.use(measured, nil)
	if err != nil {
		return side{}, err
	}
	if answered.failed > 0 {
		return side{}, errors.Join(fmt.Errorf("%d of %d failed", answered.failed, answered.ops+answered.failed), answered.example)
	}
	got.add(answered, after.since(before))
	return got, nil
}
