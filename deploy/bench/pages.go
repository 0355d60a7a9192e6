package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// page is an address of the shop, and of the baseline that costs the same query and bytes.
type page struct {
	ours, theirs string
	size         int
}

// baseline is the baseline's address, which says how many bytes it should be. A file has as many as it has.
func (p page) baseline() string {
	if strings.Contains(p.theirs, "?") {
		return fmt.Sprintf("%s&bytes=%d", p.theirs, p.size)
	}
	return p.theirs
}

// addresses is how many different pages are asked for in turn. The shop keeps a page for a moment, so each must come so rarely that it is made anew.
const addresses = 6000

// pages measures lists, product pages and a page that is kept.
func (b *bench) pages(ctx context.Context) error {
	if err := b.shop.replicated(ctx); err != nil {
		return err
	}
	base, err := b.startBaseline(ctx)
	if err != nil {
		return err
	}
	defer base.stop()
	if b.measures("list") {
		lists, err := b.lists(ctx)
		if err == nil {
			err = b.compare(ctx, "product list", "kept pages missed: "+fmt.Sprint(len(lists))+" different addresses in turn", 0.6, base, lists)
		}
		if err != nil {
			return fmt.Errorf("lists: %w", err)
		}
	}
	if b.measures("page") {
		products, err := b.products(ctx)
		if err == nil {
			err = b.compare(ctx, "product page", "kept pages missed: "+fmt.Sprint(len(products))+" different products in turn", 0.6, base, products)
		}
		if err != nil {
			return fmt.Errorf("product pages: %w", err)
		}
	}
	if b.measures("cached") {
		home, err := b.sized([]page{{ours: "/", theirs: "/files/home.html"}})
		if err != nil {
			return err
		}
		body, err := newCaller(b.shop.url()).do(newCaller(b.shop.url()).get("/"), true)
		if err != nil {
			return err
		}
		if err := base.keep("home.html", body.body); err != nil {
			return err
		}
		return b.compare(ctx, "kept page", "home, anonymous, from the server's memory; against http.FileServer", 0.5, base, home)
	}
	return nil
}

// lists are pages of categories, in every order, as deep as the shop shows.
func (b *bench) lists(ctx context.Context) ([]page, error) {
	rows, err := b.shop.db.Query(ctx, `select c.category_id::text, c.slug, n.products from catalog_categories c
		join catalog_counts n on n.category_id = c.category_id and n.facet = '' where n.products >= $1`, cardsPerPage)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []page
	for rows.Next() {
		var id, slug string
		var products int
		if err := rows.Scan(&id, &slug, &products); err != nil {
			return nil, err
		}
		for _, sort := range []string{"", "price", "-price", "newest", "name"} {
			for number := 1; number <= min(40, products/cardsPerPage); number++ {
				query := url.Values{}
				if number > 1 {
					query.Set("page", fmt.Sprint(number))
				}
				if sort != "" {
					query.Set("sort", sort)
				}
				ours := "/categories/" + slug
				if len(query) > 0 {
					ours += "?" + query.Encode()
				}
				all = append(all, page{ours: ours, theirs: "/list?" + url.Values{
					"category": {id}, "sort": {sort}, "start": {fmt.Sprint((number - 1) * cardsPerPage)},
				}.Encode()})
			}
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return b.sized(some(all))
}

func (b *bench) products(ctx context.Context) ([]page, error) {
	rows, err := b.shop.db.Query(ctx, "select slug from catalog_pages where state = 'for_sale' order by product_id limit $1", 10*addresses)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []page
	for rows.Next() {
		var slug string
		if err := rows.Scan(&slug); err != nil {
			return nil, err
		}
		all = append(all, page{ours: "/products/" + slug, theirs: "/page?" + url.Values{"slug": {slug}}.Encode()})
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return b.sized(some(all))
}

// some draws addresses, the same ones in every run on the same catalogue.
func some(all []page) []page {
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(addresses, len(all))]
}

// sized opens every page once, to learn how long it is and that it is there. It also warms both sides alike.
func (b *bench) sized(pages []page) ([]page, error) {
	if len(pages) == 0 {
		return nil, errors.New("the catalogue has no such pages")
	}
	caller := newCaller(b.shop.url())
	defer caller.close()
	for i := range pages {
		got, err := caller.do(caller.get(pages[i].ours), false)
		if err != nil {
			return nil, err
		}
		if got.status != http.StatusOK {
			return nil, fmt.Errorf("%s answers %d", pages[i].ours, got.status)
		}
		pages[i].size = got.size
	}
	return pages, nil
}

// compare asks the baseline and the shop in turns, for half of the time each.
func (b *bench) compare(ctx context.Context, name, note string, mark float64, base *baseline, pages []page) error {
	say("measuring: %s", name)
	theirs := map[string]int{"baseline": base.cmd.Process.Pid}
	database := []string{"primary", "replica"}
	var row comparison
	row.name, row.note, row.mark = name, note, mark
	for _, p := range pages {
		row.bytes += p.size
	}
	row.bytes /= len(pages)
	for range 2 {
		got, used, err := b.ask(ctx, base.addr, database, theirs, pages, page.baseline)
		if err != nil {
			return err
		}
		row.base.add(got, used)
		if got, used, err = b.ask(ctx, b.shop.url(), measured, nil, pages, func(p page) string { return p.ours }); err != nil {
			return err
		}
		row.ours.add(got, used)
	}
	b.report.compared(row)
	return nil
}

// ask drives one side and reads what its processes worked.
func (b *bench) ask(
	ctx context.Context, addr string, programs []string, extra map[string]int, pages []page, address func(page) string,
) (result, usage, error) {
	var turn atomic.Int64
	client := func(int) func() error {
		caller := newCaller(addr)
		requests := make([][]byte, len(pages))
		return func() error {
			at := int(turn.Add(1)) % len(pages)
			if requests[at] == nil {
				requests[at] = caller.get(address(pages[at]))
			}
			got, err := caller.do(requests[at], false)
			if err == nil && (got.status != http.StatusOK || got.size != pages[at].size) {
				err = fmt.Errorf("%s: status %d, %d bytes instead of %d", address(pages[at]), got.status, got.size, pages[at].size)
			}
			return err
		}
	}
	drive(ctx, b.Clients, time.Second, client) // to warm up
	before, err := b.shop.use(programs, extra)
	if err != nil {
		return result{}, nil, err
	}
	got := drive(ctx, b.Clients, b.span()/2, client)
	after, err := b.shop.use(programs, extra)
	if err != nil {
		return result{}, nil, err
	}
	if got.failed > got.ops/100 {
		return got, nil, fmt.Errorf("%d of %d requests failed: %w", got.failed, got.failed+got.ops, got.example)
	}
	return got, after.since(before), nil
}
