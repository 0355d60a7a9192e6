package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// corruption is something that must never happen, and the checks that must name it.
type corruption struct {
	what string
	// plant does it, by statements; constraints that refuse it are taken away first.
	plant []string
	// record and told change what the books are compared with.
	record func([]movement) []movement
	told   func([]told) []told
	named  []string
}

// Every check names what it is for, in a shop where nothing else is wrong; and each is for something.
func TestEveryCorruptionIsNamed(t *testing.T) {
	t.Parallel()
	shop := newPaidShop(t)
	conn, err := pgx.Connect(t.Context(), shop.database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if broken := shop.broken(t, conn, corruption{}); len(broken) > 0 {
		t.Fatalf("a shop with one paid order has broken %v", broken)
	}
	planted := map[string]bool{}
	for _, c := range corruptions {
		broken := shop.broken(t, conn, c)
		for _, name := range c.named {
			planted[name] = true
			if !slices.Contains(broken, name) {
				t.Errorf("%s: %s is not named, but %v", c.what, name, broken)
			}
		}
		t.Logf("%s: %v", c.what, broken)
	}
	all, err := checks()
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range all {
		if !planted[check.name] {
			t.Errorf("nothing shows that %s is ever named", check.name)
		}
	}
}

// broken plants a corruption, looks, and takes it back.
func (s paidShop) broken(t *testing.T, conn *pgx.Conn, c corruption) []string {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	// Triggers and foreign keys would refuse most of it. Those that wait for the commit never come to be.
	for _, statement := range append([]string{"set local session_replication_role = replica"}, c.plant...) {
		done, err := tx.Exec(t.Context(), statement)
		if err != nil {
			t.Fatalf("%s: %s: %v", c.what, statement, err)
		}
		if done.RowsAffected() == 0 && (done.Update() || done.Insert() || done.Delete()) {
			t.Fatalf("%s: %s: changed nothing", c.what, statement)
		}
	}
	others := s.others
	if c.record != nil {
		others.movements = c.record(slices.Clone(others.movements))
	}
	if c.told != nil {
		others.told = c.told(slices.Clone(others.told))
	}
	found, err := examine(t.Context(), tx, time.Millisecond, others)
	if err != nil {
		t.Fatalf("%s: %v", c.what, err)
	}
	var names []string
	for _, f := range found {
		if f.count > 0 {
			names = append(names, f.check.name)
		}
	}
	return names
}

const longAgo = "now() - interval '1 hour'"

const aHold = `insert into stock_holds (id, order_id, variant_id, quantity, state, pinned, expire_time, create_time, update_time)
	select gen_random_uuid(), o.id, s.variant_id, 1, 'active', `

var corruptions = []corruption{
	{what: "fewer than none on hand", named: []string{"stock.negative", "stock.moves"}, plant: []string{
		"alter table stock_items drop constraint stock_item_on_hand", "update stock_items set on_hand = -1"}},
	{what: "more held than there is", named: []string{"stock.oversold", "stock.held"}, plant: []string{
		"update stock_items set held = on_hand + 1"}},
	{what: "sold what was not there", named: []string{"stock.sold_short", "stock.sold"}, plant: []string{
		"update stock_holds set taken = 0"}},
	{what: "a sale without a move", named: []string{"stock.moves", "stock.sold"}, plant: []string{
		"delete from stock_moves where reason = 'sold'"}},
	{what: "a hold that is not counted", named: []string{"stock.held", "stock.ended"}, plant: []string{
		strings.Replace(aHold, "o.id", "gen_random_uuid()", 1) + "false, now() + interval '1 hour', now(), now() from stock_items s limit 1"}},
	{what: "a hold past its time", named: []string{"stock.overdue"}, plant: []string{
		"delete from stock_holds", aHold + "false, " + longAgo + ", " + longAgo + ", now() from orders o, stock_items s limit 1"}},
	{what: "a hold that waits for no payment", named: []string{"stock.pinned"}, plant: []string{
		"delete from stock_holds", aHold + "true, now(), now(), now() from orders o, stock_items s limit 1"}},
	{what: "a payment under way for goods that are not kept", named: []string{"stock.unpinned"}, plant: []string{
		"delete from stock_holds",
		"update orders set state = 'pending', payment_state = 'pending', expire_time = now() + interval '1 hour', expiry_try_time = now() + interval '1 hour'",
		"update payments set state = 'requires_action', captured_minor = 0"}},
	{what: "an order cancelled, its goods and money kept", named: []string{"stock.ended", "money.without_order", "money.kept"}, plant: []string{
		"update orders set state = 'cancelled'"}},
	{what: "a confirmed order without goods", named: []string{"stock.confirmed"}, plant: []string{"delete from stock_holds"}},
	{what: "a bundle without one of its parts", named: []string{"stock.confirmed", "stock.sold"}, plant: []string{
		"delete from stock_holds where variant_id = (select (l.parts -> 0 ->> 'variant_id')::uuid from order_lines l where l.parts is not null)"}},
	{what: "a bundle kept instead of its parts", named: []string{"stock.needless", "stock.confirmed"}, plant: []string{
		"update stock_holds set variant_id = (select l.variant_id from order_lines l where l.parts is not null) " +
			"where variant_id = (select (l.parts -> 1 ->> 'variant_id')::uuid from order_lines l where l.parts is not null)"}},
	{what: "none of a part in a bundle", named: []string{"order.parts", "stock.confirmed"}, plant: []string{
		"update order_lines set parts = jsonb_set(parts, '{0,quantity}', '0') where parts is not null"}},

	{what: "charged twice by one payment", named: []string{"money.overcharged", "money.books", "ledger.clearing"},
		record: func(record []movement) []movement { return append(record, record[0]) }},
	{what: "a charge for a payment that nobody knows", named: []string{"money.without_order", "money.books", "ledger.clearing"},
		record: func(record []movement) []movement {
			stray := record[0]
			stray.Reference = "somebody else's"
			return append(record, stray)
		}},
	{what: "a charge in another currency", named: []string{"money.books"}, record: func(record []movement) []movement {
		record[0].Currency = "JPY"
		return record
	}},
	{what: "charged twice by two payments", named: []string{"money.overcharged", "money.twice", "money.unpaid"}, plant: []string{
		`insert into payments (id, order_id, provider, state, currency_code, amount_minor, captured_minor, expire_time, create_time, update_time)
			select '00000000-0000-7000-8000-000000000001', order_id, provider, state, currency_code, amount_minor, captured_minor, now(), now(), now() from payments`},
		record: func(record []movement) []movement {
			again := record[0]
			again.Reference = "00000000-0000-7000-8000-000000000001"
			return append(record, again)
		}},
	{what: "money that the books do not know", named: []string{"money.books", "money.unpaid", "money.payment_state", "ledger.payment"}, plant: []string{
		"update payments set captured_minor = 0"}},
	{what: "a return that is not made", named: []string{"money.return"}, plant: []string{
		"update payments set owed_minor = captured_minor, update_time = " + longAgo}},
	{what: "a payment for another amount", named: []string{"payment.amount"}, plant: []string{"update payments set amount_minor = amount_minor + 1"}},
	{what: "more on a gift card than was put there", named: []string{"gift_card.balance"}, plant: []string{"update gift_cards set balance_minor = balance_minor + 1"}},
	{what: "a gift card below nothing", named: []string{"gift_card.balance"}, plant: []string{
		"alter table gift_cards drop constraint gift_card_balance", "update gift_cards set balance_minor = -1",
		`insert into gift_card_moves select gen_random_uuid(), id, 'adjust', -1 - initial_minor, -1, null, null, 'all and more', '', '', now() from gift_cards`}},
	{what: "a payment that no gift card made", named: []string{"gift_card.payment", "ledger.payment"}, plant: []string{"update payments set provider = 'gift_card'"}},
	{what: "a gift card spent for nothing", named: []string{"gift_card.balance", "gift_card.payment"}, plant: []string{
		`insert into gift_card_moves select gen_random_uuid(), id, 'spend', -100, 900, gen_random_uuid(), gen_random_uuid(), 'a spending', '', '', ` + longAgo + ` from gift_cards`}},
	{what: "a gift card given away that the books know nothing of", named: []string{"gift_card.books", "gift_card.liability"}, plant: []string{
		"delete from ledger_entries where kind = 'gift_card_given'", "update gift_card_moves set create_time = " + longAgo}},
	{what: "a gift card that the books say was sold", named: []string{"gift_card.books"}, plant: []string{
		"update ledger_entries set kind = 'gift_card_sold' where kind = 'gift_card_given'"}},
	{what: "money that the books say is on gift cards", named: []string{"gift_card.liability", "gift_card.books"}, plant: []string{
		`insert into ledger_entries (txn_id, kind, account, currency_code, amount_minor, create_time)
			select gen_random_uuid() || ' gift_card_given', 'gift_card_given', account, 'USD', minor, now() from (values ('gift_cards_given', 100), ('gift_card_liability', -100)) s (account, minor)`}},
	{what: "gift cards of a currency that the books say nothing of", named: []string{"gift_card.liability", "gift_card.books"}, plant: []string{
		"update gift_cards set currency_code = 'EUR'"}},
	{what: "gift cards that were paid for and not issued", named: []string{"gift_card.bought"}, plant: []string{
		"update order_lines set gift_card = true where parts is not null",
		"update orders o set gift_cards_minor = (select sum(quantity * unit_price_minor) from order_lines l where l.order_id = o.id and l.gift_card)"}},
	{what: "a gift card that was sold by no order", named: []string{"gift_card.bought", "gift_card.books"}, plant: []string{"update gift_cards set source = 'sold'"}},
	{what: "the sale of a gift card that counts as earned", named: []string{"ledger.sale"}, plant: []string{
		"update orders set gift_cards_minor = 1000, gift_cards_time = now()",
		"update ledger_entries set kind = 'gift_card_sold', amount_minor = 1000 where kind = 'gift_card_given' and amount_minor > 0",
		"update ledger_entries e set order_id = o.id, account = 'customer_receivable' from orders o where e.kind = 'gift_card_sold'"}},
	{what: "a gift card whose code is not mailed", named: []string{"gift_card.mail"}, plant: []string{
		"update gift_cards set mails_asked = 1, email = 'ann@example.com', update_time = " + longAgo}},
	{what: "store credit that was never given", named: []string{"ledger.store_credit", "money.unpaid"}, plant: []string{
		"update payments set credited_minor = 100"}},
	{what: "two open payments", named: []string{"payment.open_twice"}, plant: []string{
		"drop index payments_one_open",
		`insert into payments (id, order_id, provider, state, currency_code, amount_minor, expire_time, create_time, update_time)
			select gen_random_uuid(), order_id, provider, 'created', currency_code, amount_minor, now(), now(), now() from payments, generate_series(1, 2)`}},
	{what: "a payment whose outcome nobody knows", named: []string{"payment.unknown", "payment.unasked"}, plant: []string{
		"update payments set state = 'unknown', start_time = " + longAgo + ", ask_time = null"}},
	{what: "a message that nobody followed", named: []string{"webhook.unapplied"}, plant: []string{
		`insert into webhook_messages (id, provider, message_id, payment_id, body, receive_time)
			select gen_random_uuid(), 'sandbox', 'm', id, convert_to('{"type": "payment.refunded", "version": 99}', 'UTF8'), ` + longAgo + ` from payments`}},
	{what: "a ledger entry changed", named: []string{"ledger.movement", "ledger.payment", "ledger.clearing"}, plant: []string{
		"update ledger_entries set amount_minor = amount_minor + 1 where account = 'gateway_clearing'"}},

	{what: "a sale that the books do not know", named: []string{"ledger.sale", "ledger.settled"}, plant: []string{
		"delete from ledger_entries where kind = 'sale'"}},
	{what: "tax that is kept as earned", named: []string{"ledger.sale"}, plant: []string{
		`insert into ledger_entries (txn_id, kind, account, order_id, currency_code, amount_minor, create_time)
			select min(txn_id), 'sale', 'tax_payable', min(order_id::text)::uuid, min(currency_code), -5, now() from ledger_entries where kind = 'sale'`,
		"update ledger_entries set amount_minor = amount_minor + 5 where kind = 'sale' and account = 'sales'"}},
	{what: "a dispute that the books do not know", named: []string{"ledger.disputed"}, plant: []string{"update payments set disputed_minor = 100"}},
	{what: "a fee that the books do not know", named: []string{"ledger.fees"}, plant: []string{"update payments set fee_minor = fee_minor + 1"}},
	{what: "money written off that nobody wrote off", named: []string{"ledger.item"}, plant: []string{
		`insert into ledger_entries (txn_id, kind, account, currency_code, amount_minor, create_time) values
			(gen_random_uuid() || ' write_off', 'write_off', 'losses', 'USD', 5, now())`,
		`insert into ledger_entries (txn_id, kind, account, currency_code, amount_minor, create_time)
			select txn_id, kind, 'gateway_clearing', currency_code, -5, create_time from ledger_entries where kind = 'write_off'`}},
	{what: "a refund that nobody makes", named: []string{"payment.instruction"}, plant: []string{
		`insert into payment_instructions (id, payment_id, order_id, kind, amount_minor, create_time, update_time)
			select gen_random_uuid(), id, order_id, 'refund', 1, now() - interval '2 hours', now() from payments`}},

	{what: "an order lost", named: []string{"order.lost", "order.cart_says", "money.without_order", "payment.amount"}, plant: []string{"delete from orders"}},
	{what: "an order of which the shopper was told something else", named: []string{"order.lost"}, told: func(orders []told) []told {
		orders[0].TotalMinor++
		return orders
	}},
	{what: "another total than was agreed", named: []string{"order.total", "order.lost", "money.unpaid", "payment.amount"}, plant: []string{
		"alter table orders drop constraint order_total", "update orders set total_minor = total_minor + 1"}},
	{what: "another quantity than was agreed", named: []string{"order.lines", "stock.confirmed"}, plant: []string{
		"alter table order_lines drop constraint order_line_total", "update order_lines set quantity = quantity + 1 where position = 1"}},
	{what: "two orders of one cart, with one number", named: []string{"order.cart", "order.number", "order.cart_says", "order.payment"}, plant: []string{
		"alter table orders drop constraint orders_cart", "drop index orders_number",
		"create temp table another on commit drop as select * from orders", "update another set id = gen_random_uuid()", "insert into orders select * from another"}},
	{what: "an unpaid order that is not let go", named: []string{"order.overdue"}, plant: []string{
		"update orders set state = 'pending', expire_time = " + longAgo + ", expiry_try_time = " + longAgo}},
	{what: "an order that waits for ever", named: []string{"order.endless"}, plant: []string{
		"alter table orders drop constraint order_expiry", "update orders set state = 'pending'"}},

	{what: "more sent than was bought, and due", named: []string{"order.sent"}, plant: []string{
		`insert into order_fulfilments (id, order_id, number, amount_minor, carrier, tracking_number, tracking_url, actor, create_time)
			select gen_random_uuid(), id, 1, total_minor + 1, '', '', '', '', now() from orders`}},
	{what: "an order that was sent whole and is due in part", named: []string{"order.sent"}, plant: []string{
		`insert into order_fulfilments (id, order_id, number, amount_minor, carrier, tracking_number, tracking_url, actor, create_time)
			select gen_random_uuid(), id, 1, total_minor - 1, '', '', '', '', now() from orders`, "update orders set state = 'fulfilled'"}},
	{what: "an order that was sent and has something left to send", named: []string{"order.unsent"}, plant: []string{"update orders set state = 'fulfilled'"}},
	{what: "an order ended without anything that is not sent", named: []string{"order.finish"}, plant: []string{
		"insert into order_finishes select id, 0, null, 0, 0, 0, 0, false, '', '', now() from orders"}},
	{what: "a refund of what is not sent that was not made", named: []string{"order.finish"}, plant: []string{
		"insert into order_finishes select id, 0, gen_random_uuid(), 100, 0, 0, 0, false, '', '', now() from orders",
		"insert into order_unsent_lines select id, order_id, 1, 0, 0 from order_lines"}},
	{what: "units put back on the shelf that the order keeps", named: []string{"stock.confirmed", "order.unsent"}, plant: []string{
		"insert into order_finishes select id, 0, null, 0, 0, 0, 0, true, '', '', now() from orders",
		"insert into order_unsent_lines select id, order_id, 1, 0, 0 from order_lines"}},
	{what: "more sent and given up than was bought", named: []string{"order.unsent"}, plant: []string{
		"insert into order_finishes select id, 0, null, 0, 0, 0, 0, false, '', '', now() from orders",
		"insert into order_unsent_lines select id, order_id, quantity + 1, 0, 0 from order_lines"}},

	{what: "a paid file that cannot be downloaded, and was", named: []string{"order.downloads"}, plant: []string{
		`insert into order_downloads (id, order_id, line_id, position, file_name, content_type, size_bytes, blob_key, most, lasts_seconds, taken, create_time)
			select gen_random_uuid(), order_id, id, position, 'Guide.pdf', '', 1, '', 5, 1, 1, now() from order_lines`}},
	{what: "an order of files without files", named: []string{"order.digital"}, plant: []string{"update orders set digital = true"}},

	{what: "a discount that nobody redeemed", named: []string{"promotion.order", "promotion.limits", "promotion.codes"}, plant: []string{
		"delete from promotion_redemptions"}},
	{what: "more off than promotions took", named: []string{"promotion.discount", "order.lines", "order.total"}, plant: []string{
		"alter table orders drop constraint order_total", "update orders set discount_minor = discount_minor + 1"}},
	{what: "off another line than was said", named: []string{"promotion.discount", "order.lines"}, plant: []string{
		"update order_lines set discounts = null where position = 1"}},
	{what: "a use that a promotion does not count", named: []string{"promotion.limits"}, plant: []string{"update promotion_limits set uses = uses - 1"}},
	{what: "a budget overrun", named: []string{"promotion.limits"}, plant: []string{"update promotion_limits set budget_minor = spent_minor - 1"}},
	{what: "a use that a code does not count", named: []string{"promotion.codes"}, plant: []string{"update promotion_codes set uses = uses - 1"}},
	{what: "a code used twice by one customer", named: []string{"promotion.customer", "promotion.limits", "promotion.codes", "promotion.order"}, plant: []string{
		`insert into promotion_redemptions (order_id, promotion_id, code, customer, amount_minor, create_time)
			select gen_random_uuid(), promotion_id, code, customer, amount_minor, now() from promotion_redemptions`}},
	{what: "an order that does not count as its customer's first", named: []string{"promotion.orders"}, plant: []string{"update promotion_orders set released = true"}},

	{what: "an event that is not handed out", named: []string{"event.outbox"}, plant: []string{
		"insert into outbox values (gen_random_uuid(), 'topic', '', " + longAgo + ")"}},
	{what: "an event that nobody took", named: []string{"event.undelivered"}, plant: []string{
		"insert into deliveries (id, event_id, consumer, topic, payload, lsn, due_time, create_time) values (gen_random_uuid(), gen_random_uuid(), 'c', 't', '', '0/0', now(), " + longAgo + ")"}},
	{what: "an event that was given up", named: []string{"event.dead"}, plant: []string{
		"insert into deliveries (id, event_id, consumer, topic, payload, lsn, dead, dead_time, due_time, create_time) values (gen_random_uuid(), gen_random_uuid(), 'c', 't', '', '0/0', true, now(), now(), now())"}},
	{what: "a mail sent twice", named: []string{"mail.twice"}, plant: []string{
		"alter table event_mails drop constraint event_mails_pkey", "insert into event_mails select * from event_mails"}},
	{what: "a mail begun and not sent", named: []string{"mail.stuck", "mail.missing"}, plant: []string{
		"update event_mails set sent_time = null, claimed_time = " + longAgo, "update orders set confirm_time = " + longAgo}},
	{what: "a key without its answer", named: []string{"idempotency.unanswered"}, plant: []string{"update idempotency_keys set answer = null"}},
	{what: "keys that are not forgotten", named: []string{"idempotency.unswept"}, plant: []string{
		"update idempotency_keys set expire_time = now() - interval '3 days'"}},
	{what: "an import that nobody takes up", named: []string{"sync.stuck"}, plant: []string{
		"update product_sync_runs set state = 'applying', lease_time = " + longAgo}},
	{what: "an undoing that nobody takes up", named: []string{"sync.stuck"}, plant: []string{
		"update product_sync_runs set state = 'undoing', lease_time = " + longAgo}},

	{what: "a product that cannot be found", named: []string{"catalog.missing", "catalog.shelf", "catalog.count"}, plant: []string{
		"delete from catalog_pages where slug = 'lamp'", "delete from catalog_listings where product_id in (select id from products where slug = 'lamp')"}},
	{what: "a product that is not for sale but found", named: []string{"catalog.ghost"}, plant: []string{
		"update products set state = 'archived' where slug = 'lamp'"}},
	{what: "an old version of a product", named: []string{"catalog.stale"}, plant: []string{"update products set version = version + 1 where slug = 'lamp'"}},
	{what: "a variant that is not shown", named: []string{"catalog.variant", "catalog.page"}, plant: []string{
		"delete from catalog_variants where variant_id = (select min(variant_id::text)::uuid from catalog_variants)"}},
	{what: "an old price", named: []string{"catalog.price"}, plant: []string{"update product_variants set price_minor = price_minor + 100"}},
	{what: "other stock than there is", named: []string{"catalog.stock", "catalog.page"}, plant: []string{
		"update catalog_variants set units = (units + 1) % 6"}},
	{what: "more bundles than their parts make", named: []string{"catalog.bundle", "catalog.page"}, plant: []string{
		"update catalog_variants set units = 6 where variant_id in (select bundle_id from product_bundle_parts)"}},
	{what: "a bundle for sale without a part that is", named: []string{"catalog.bundle"}, plant: []string{
		"update products set state = 'archived', update_time = " + longAgo + " where slug = 'chair'"}},
	{what: "a part of a bundle that the catalogue does not know", named: []string{"catalog.parts"}, plant: []string{
		"update catalog_bundle_parts set quantity = quantity + 1"}},
	{what: "a card that tells of other stock", named: []string{"catalog.card"}, plant: []string{"update catalog_listings set availability = 3"}},
	{what: "a product on another shelf", named: []string{"catalog.shelf", "catalog.count"}, plant: []string{
		"insert into catalog_listings select product_id, gen_random_uuid(), supply, rank, create_time, price, name_key, availability, card from catalog_listings limit 1"}},
}
