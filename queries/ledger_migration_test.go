package queries_test

import (
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/queries"
)

// until returns the migrations before a time, as a release before had them.
func until(t *testing.T, version string) fs.FS {
	t.Helper()
	files, err := fs.Glob(queries.Migrations, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	before := fstest.MapFS{}
	for _, name := range files {
		if name >= version {
			continue
		}
		content, err := fs.ReadFile(queries.Migrations, name)
		if err != nil {
			t.Fatal(err)
		}
		before[name] = &fstest.MapFile{Data: content}
	}
	return before
}

// A shop of the release before, whose books had money in as money earned, goes on with books in which everything has two sides: what was sold is sold, what
// went back is credited, nobody owes for what was paid, and what an order owes or is owed is what a shop of this release would say.
func TestLedgerOfBefore(t *testing.T) {
	t.Parallel()
	url := postgrestest.NewURLs(t).Primary
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec("drop schema public cascade")
	exec("create schema public")
	if _, err := postgres.Migrate(t.Context(), url, until(t, "20261127143000")); err != nil {
		t.Fatal(err)
	}

	// paid is one payment of an order: what was taken, what went back, and what is still to go back.
	type paid struct{ captured, refunded, owed int64 }
	const total, tax = 11_900, 1_900
	orders := []struct {
		name, state, paymentState string
		confirmed                 bool
		payments                  []paid
		want                      map[string]int64
	}{
		{"paid", "confirmed", "paid", true, []paid{{captured: total}}, map[string]int64{"gateway_clearing": total, "sales": tax - total, "tax_payable": -tax}},
		{"to be paid on delivery", "confirmed", "on_delivery", true, []paid{{}}, map[string]int64{"customer_receivable": total, "sales": tax - total, "tax_payable": -tax}},
		{"waits for money", "pending", "pending", false, []paid{{}}, map[string]int64{}},
		{"expired, paid and given back", "expired", "refunded", false, []paid{{total, total, total}}, map[string]int64{}},
		{"expired, to be given back", "expired", "paid", false, []paid{{total, 0, total}}, map[string]int64{"gateway_clearing": total, "customer_receivable": -total}},
		{"cancelled and given back", "cancelled", "refunded", true, []paid{{total, total, total}}, map[string]int64{"sales": tax - total, "refunds": total - tax}},
		{"cancelled, to be given back", "cancelled", "paid", true, []paid{{total, 0, total}},
			map[string]int64{"gateway_clearing": total, "customer_receivable": -total, "sales": tax - total, "refunds": total - tax}},
		{"cancelled before it was paid", "cancelled", "unpaid", false, []paid{{}}, map[string]int64{}},
		{"paid twice, one went back", "confirmed", "paid", true, []paid{{captured: total}, {total, total, total}},
			map[string]int64{"gateway_clearing": total, "sales": tax - total, "tax_payable": -tax}},
		{"a part went back at the provider", "fulfilled", "paid", true, []paid{{captured: total, refunded: 5_950}},
			map[string]int64{"gateway_clearing": 5_950, "sales": tax - total, "refunds": 5_000, "tax_payable": -950}},
		{"all went back at the provider", "closed", "refunded", true, []paid{{captured: total, refunded: total}}, map[string]int64{"sales": tax - total, "refunds": total - tax}},
		{"paid twice, one and a half went back", "delivered", "paid", true, []paid{{captured: total, refunded: 5_950}, {total, total, total}},
			map[string]int64{"gateway_clearing": 5_950, "sales": tax - total, "refunds": 5_000, "tax_payable": -950}},
	}
	id := func(order, payment int) string {
		return fmt.Sprintf("00000000-0000-7000-8000-%06d%06d", order+1, payment)
	}
	exec("begin")
	for n, order := range orders {
		exec(`insert into orders (id, number, cart_id, owner, state, payment_state, email, delivery_address, billing_address, currency_code, goods_minor, shipping_minor, tax_minor,
			tax_included, tax_name, total_minor, item_count, delivery, create_time, update_time, confirm_time, expire_time, expiry_try_time)
			values ($1, $2, $1, 'owner', $3, $4, 'a@example.com', '{}', '{}', 'EUR', $5, 0, $6, true, 'VAT', $5, 1, '{}', now(), now(),
				case when $7 then now() end, case $3 when 'pending' then now() end, case $3 when 'pending' then now() end)`,
			id(n, 0), fmt.Sprint(n), order.state, order.paymentState, int64(total), int64(tax), order.confirmed)
		exec(`insert into order_lines (id, order_id, position, variant_id, product_id, product_slug, product_name, variant_name, sku, quantity, unit_price_minor, total_minor, tax_minor)
			values ($1, $1, 1, $1, $1, 'lamp', 'Lamp', '', '', 1, $2, $2, $3)`, id(n, 0), int64(total), int64(tax))
		for p, made := range order.payments {
			state := "voided"
			switch {
			case made.captured == 0 && !order.confirmed && order.state == "pending", order.paymentState == "on_delivery":
				state = "created"
			case made.captured > 0 && made.refunded == made.captured:
				state = "refunded"
			case made.refunded > 0:
				state = "partly_refunded"
			case made.captured > 0:
				state = "captured"
			}
			payment := id(n, p+1)
			exec(`insert into payments (id, order_id, provider, state, currency_code, amount_minor, captured_minor, refunded_minor, owed_minor, expire_time, create_time, update_time)
				values ($1, $2, 'sandbox', $3, 'EUR', $4, $5, $6, $7, now(), now(), now())`, payment, id(n, 0), state, int64(total), made.captured, made.refunded, made.owed)
			for _, moved := range []struct {
				what         string
				total, minor int64
			}{{"capture", made.captured, made.captured}, {"refund", made.refunded, -made.refunded}} {
				if moved.minor == 0 {
					continue
				}
				exec(`insert into ledger_entries (txn_id, account, payment_id, currency_code, amount_minor, create_time) values
					($1, 'gateway_clearing', $2, 'EUR', $3::bigint, now()), ($1, 'sales', $2, 'EUR', -$3::bigint, now())`,
					fmt.Sprintf("%s %s %d", payment, moved.what, moved.total), payment, moved.minor)
			}
		}
	}
	exec("commit")

	if _, err := postgres.Migrate(t.Context(), url, queries.Migrations); err != nil {
		t.Fatal(err)
	}
	for n, order := range orders {
		rows, err := conn.Query(t.Context(), "select account, sum(amount_minor)::bigint as sum from ledger_entries where order_id = $1 group by account having sum(amount_minor) <> 0", id(n, 0))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		var account string
		var sum int64
		if _, err := pgx.ForEachRow(rows, []any{&account, &sum}, func() error { got[account] = sum; return nil }); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(order.want) {
			t.Errorf("%s: the books say %v, want %v", order.name, got, order.want)
		}
	}
	var partly int
	err = conn.QueryRow(t.Context(), "select count(*) from orders where payment_state = 'partly_refunded'").Scan(&partly)
	if err != nil || partly != 2 {
		t.Errorf("%d orders say that a part of their money went back, %v; want 2", partly, err)
	}
	var off int
	err = conn.QueryRow(t.Context(), `select count(*) from (select from ledger_entries group by txn_id
		having sum(amount_minor) <> 0 or count(*) < 2 or count(distinct (currency_code, payment_id, order_id, kind)) <> 1) wrong`).Scan(&off)
	if err != nil || off != 0 {
		t.Errorf("%d movements do not balance, %v", off, err)
	}
}
