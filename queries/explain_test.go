package queries_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// seedShop fills the tables that grow with a shop's life with $rows rows each, as they look after years: most orders are closed and paid, most
// holds committed, and what is waiting for something is a small part. Triggers are off: the rows need not add up to be found.
const seedShop = `
set session_replication_role = replica;
set synchronous_commit = off;
create function seed_id(kind int, n bigint) returns uuid language sql immutable as
    $$ select (lpad(to_hex(n / 1000), 8, '0') || '-' || lpad(to_hex(kind), 4, '0') || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
create function seed_time(n bigint) returns timestamptz language sql immutable as $$ select '2024-01-01'::timestamptz + n * interval '50 seconds' $$;

insert into orders (id, number, cart_id, owner, state, payment_state, email, delivery_address, billing_address, currency_code, goods_minor,
    shipping_minor, tax_minor, tax_included, tax_name, total_minor, item_count, delivery, create_time, update_time, expire_time, expiry_try_time, confirm_time)
select seed_id(1, n), 'TW-' || n, seed_id(2, n), seed_id(3, case when n % 20 = 4 then 1 else n % 10000 end)::text, state, case state when 'pending' then 'pending' when 'cancelled' then 'refunded' else 'paid' end,
    'shopper' || n % 30000 || '@example.com', '{}', '{}', 'USD', 1000, 0, 0, false, '', 1000, 1, '{}', seed_time(n), seed_time(n),
    case state when 'pending' then seed_time(n) end, case state when 'pending' then seed_time(n) end, case state when 'pending' then null else seed_time(n) end
from (select n, case when n % 200 = 0 then 'pending' when n % 200 = 1 then 'cancelled' when n % 20 = 2 then 'confirmed' when n % 20 = 3 then 'fulfilled' else 'closed' end as state
    from generate_series(1, $rows) n) o;
insert into order_lines (id, order_id, position, variant_id, product_id, product_slug, product_name, variant_name, sku, quantity, unit_price_minor, total_minor, tax_minor)
select seed_id(4, n), seed_id(1, n), 1, seed_id(10, n % 5000), seed_id(9, n % 5000), 'slug', 'name', '', '', 1, 1000, 1000, 0 from generate_series(1, $rows) n;
insert into order_timeline (id, order_id, time, kind, text, actor) select seed_id(5, n), seed_id(1, n), seed_time(n), 'placed', '', '' from generate_series(1, $rows) n;

insert into order_downloads (id, order_id, line_id, position, file_name, content_type, size_bytes, blob_key, most, lasts_seconds, create_time)
select seed_id(26, n), seed_id(1, n), seed_id(4, n), 1, '', '', 1, '', 5, 1, seed_time(n) from generate_series(1, $rows) n;
insert into order_download_takes (id, download_id, time) select seed_id(27, n), seed_id(26, n), seed_time(n) from generate_series(1, $rows) n;

insert into payments (id, order_id, provider, state, currency_code, amount_minor, captured_minor, expire_time, ask_time, create_time, update_time)
select seed_id(6, n), seed_id(1, n), 'sandbox', case when n % 200 = 0 then 'requires_action' else 'captured' end, 'USD', 1000, case when n % 200 = 0 then 0 else 1000 end,
    seed_time(n), case when n % 200 = 0 then seed_time(n) end, seed_time(n), seed_time(n) from generate_series(1, $rows) n;
insert into ledger_entries (txn_id, account, payment_id, order_id, currency_code, amount_minor, create_time)
select seed_id(6, n) || ' capture 1000', account, seed_id(6, n), seed_id(1, n), 'USD', 1000, seed_time(n) from generate_series(1, $rows / 2) n, unnest(array['gateway_clearing', 'sales']) account;
insert into payment_instructions (id, payment_id, order_id, kind, amount_minor, create_time, update_time)
select seed_id(28, n), seed_id(6, n), seed_id(1, n), 'refund', 10, seed_time(n), seed_time(n) from generate_series(1, $rows) n;
insert into payment_disputes (payment_id, id, state, amount_minor, reason, create_time, update_time)
select seed_id(6, n), 'dp', 'won', 10, '', seed_time(n), seed_time(n) from generate_series(1, $rows) n;
insert into payment_statement_lines (provider, id, reference, payment_id, kind, amount_minor, currency_code, fee_minor, fee_currency, time)
select 'sandbox', 'line ' || n, seed_id(6, n)::text, case when n % 1000 > 0 then seed_id(6, n) end, 'capture', 1000, 'USD', 30, 'USD', seed_time(n) from generate_series(1, $rows) n;
insert into reconciliation_items (id, run_id, provider, reference, payment_id, kind, ours_minor, theirs_minor, currency_code, state, create_time, close_time)
select seed_id(30, n), seed_id(31, 1), 'sandbox', seed_id(6, n)::text, seed_id(6, n), 'different', 1000, 900, 'USD', case when n % 200 = 0 then 'open' else 'accepted' end, seed_time(n),
    case when n % 200 > 0 then seed_time(n) end from generate_series(1, $rows) n;
update payments set attention = 'problem', attention_time = create_time, warn_time = create_time, provider_reference = id::text where state = 'requires_action';
insert into order_refunds (id, order_id, amount_minor, shipping_minor, other_minor, reason, note, actor, create_time)
select seed_id(29, n), seed_id(1, n), 10, 0, 10, '', '', '', seed_time(n) from generate_series(1, $rows) n;
insert into order_gift_cards (gift_card_id, order_id, line_id, unit, last_four, amount_minor, create_time)
select seed_id(40, n), seed_id(1, n), seed_id(4, n), 1, '', 10, seed_time(n) from generate_series(1, $rows) n;
insert into order_fulfilments (id, order_id, number, amount_minor, carrier, tracking_number, tracking_url, actor, create_time)
select seed_id(43, n), seed_id(1, n), 1, 10, '', '', '', '', seed_time(n) from generate_series(1, $rows) n;
insert into order_fulfilment_lines (fulfilment_id, line_id, quantity) select seed_id(43, n), seed_id(4, n), 1 from generate_series(1, $rows) n;
insert into order_finishes (order_id, amount_minor, refunded_minor, taken_minor, released_minor, uncollected_minor, restocked, reason, actor, create_time)
select seed_id(1, n), 10, 0, 0, 10, 0, true, '', '', seed_time(n) from generate_series(1, $rows) n;
insert into order_unsent_lines (line_id, order_id, quantity, released_quantity, released_minor) select seed_id(4, n), seed_id(1, n), 1, 1, 10 from generate_series(1, $rows) n;
insert into order_refund_lines (refund_id, line_id, quantity, amount_minor) select seed_id(29, n), seed_id(4, n), 1, 10 from generate_series(1, $rows) n;
insert into webhook_messages (id, provider, message_id, payment_id, body, receive_time)
select seed_id(7, n), 'sandbox', 'message ' || n, seed_id(6, n), '', seed_time(n) from generate_series(1, $rows) n;

insert into gift_cards (id, code_hash, last_four, kind, state, currency_code, initial_minor, balance_minor, email, note, batch_id, create_time, update_time)
select seed_id(40, n), sha256(n::text::bytea), upper(lpad(to_hex(n % 65536), 4, '0')), 'card', case when n % 100 = 0 then 'blocked' else 'active' end, 'USD', 1000, 500,
    case when n % 2 = 0 then 'shopper' || n % 30000 || '@example.com' else '' end, 'word' || n % 5000, seed_id(41, n), seed_time(n), seed_time(n) from generate_series(1, $rows) n;
insert into gift_card_moves (id, gift_card_id, kind, amount_minor, balance_minor, order_id, payment_id, key, actor, create_time)
select seed_id(42, n), seed_id(40, n), 'spend', -500, 500, seed_id(1, n), seed_id(6, n), n::text, '', seed_time(n) from generate_series(1, $rows) n;

insert into stock_items (variant_id, on_hand, held, update_time) select seed_id(10, n), 100, 1, seed_time(n) from generate_series(1, $rows) n;
insert into stock_holds (id, order_id, variant_id, quantity, state, expire_time, create_time, update_time)
select seed_id(8, n), seed_id(1, n), seed_id(10, n % 5000), 1, case when n % 200 = 0 then 'active' else 'committed' end, seed_time(n), seed_time(n), seed_time(n)
from generate_series(1, $rows) n;
insert into stock_moves (variant_id, delta, reason, order_id, reference, create_time)
select seed_id(10, n % 5000), -1, 'sold', seed_id(1, n), seed_id(1, n)::text, seed_time(n) from generate_series(1, $rows) n;

insert into products (id, slug, asked_slug, name, description, brand, state, attributes, options, tags, category_ids, create_time, update_time)
select seed_id(9, n), 'slug-' || n, 'slug', 'Word' || n % 30000 || ' Mug ' || n % 7, '', '', case when n % 50 = 0 then 'draft' when n % 50 = 1 then 'archived' else 'active' end,
    '[]', '[]', '{}', array[seed_id(11, n % 100)], seed_time(n), seed_time(n) from generate_series(1, $rows) n;
insert into product_source_items (source_id, key, product_id) select '00000000-0000-0000-0000-000000000001', 'key-' || n, seed_id(9, n) from generate_series(1, $rows) n;
insert into product_old_slugs (slug, product_id, create_time) select 'old-' || n, seed_id(9, n), seed_time(n) from generate_series(1, $rows) n;
insert into product_history (product_id, version, contents, run_id, changed_by, change_time)
select seed_id(9, n), 1, '{}', seed_id(13, n % 1000 + 1), '', seed_time(n) from generate_series(1, $rows) n;
insert into product_variants (id, product_id, position, sku, gtin, option_values, price_minor, currency, weight_grams)
select seed_id(10, n), seed_id(9, n), 1, 'sku-' || n, '', '{}', 1000, 'USD', 0 from generate_series(1, $rows) n;
insert into product_files (id, variant_id, position, name, content_type, size_bytes, blob_key, create_time)
select seed_id(28, n), seed_id(10, n), 1, 'name', '', 1, '', seed_time(n) from generate_series(1, $rows) n;
insert into product_bundle_parts (bundle_id, part_id, position, quantity) select seed_id(10, n), seed_id(10, n % 5000 + n + 1), 0, 2 from generate_series(1, $rows) n;
insert into product_images (id, product_id, position, source_url, alt, files, next_try)
select seed_id(12, n), seed_id(9, n), 1, 'https://pics.example/' || n, '', '[]', case when n % 200 = 0 then seed_time(n) end from generate_series(1, $rows) n;
insert into product_categories (id, slug, name, path) select seed_id(11, n), 'slug-' || n, 'name', 'path ' || n from generate_series(1, $rows / 10) n;
insert into product_collections (id, slug, name, description, seo_title, seo_description, hidden, create_time, update_time)
select seed_id(21, n), 'slug-' || n, 'name ' || n, '', '', '', false, seed_time(n), seed_time(n) from generate_series(1, $rows / 2) n;
insert into product_collection_members (collection_id, product_id, position) select seed_id(21, n % 50 + 1), seed_id(9, n), 0 from generate_series(1, $rows) n;
insert into product_collection_old_slugs (slug, collection_id, create_time) select 'old-' || n, seed_id(21, n % 1000 + 1), seed_time(n) from generate_series(1, $rows / 2) n;
insert into product_variant_stock (variant_id, units, backorder, ticket) select seed_id(10, n), 5, false, 1 from generate_series(1, $rows) n;
insert into product_prices (list_id, variant_id, min_quantity, price_minor) select seed_id(22, n % 100 + 1), seed_id(10, n), 1, 1000 from generate_series(1, $rows) n;
insert into product_price_history (variant_id, from_time, until_time, currency, price_minor)
select seed_id(10, n % 5000), seed_time(n), seed_time(n + 5000), 'USD', 1000 from generate_series(1, $rows) n;
update products set type_id = seed_id(20, 1) where right(id::text, 2) = '01';
update products set publish_time = seed_time(1) where state = 'draft' and right(id::text, 2) = '00';
insert into product_changes (product_id, seq, version, change_time) select seed_id(9, n), n, 1, seed_time(n) from generate_series(1, $rows) n;
insert into product_sync_runs (id, source_id, file_name, format, state, created_by, cleared, create_time, update_time, end_time)
select seed_id(13, n), seed_id(32, n % 200), 'f', 'json', case when n % 500 = 0 then 'queued' else 'done' end, '', true, seed_time(n), seed_time(n),
    case when n % 500 > 0 then seed_time(n) end from generate_series(1, $rows / 2) n;
insert into product_exports (id, schedule_id, format, filter, state, file_key, created_by, create_time, end_time)
select seed_id(23, n), case when n % 2 = 0 then seed_id(24, n % 50 + 1) end, 'json_lines', '{}', case when n % 500 = 0 then 'queued' else 'done' end,
    case when n % 500 = 0 then null else 'key' end, '', seed_time(n), case when n % 500 = 0 then null else seed_time(n) end from generate_series(1, $rows / 10) n;
insert into product_words (id, locale, kind, word, translation, update_time)
select seed_id(29, n), 'l' || n * 10 / $rows, 'value', 'word ' || n, 'Wort', seed_time(n) from generate_series(1, $rows) n;
insert into product_reviews (id, product_id, rating, title, body, author, email, locale, state, create_time, update_time)
select seed_id(25, n), seed_id(9, case when n % 2 = 0 then 1 else n % 5000 + 1 end), n % 5 + 1, '', '', 'Ada', 'ada' || n || '@example.com', 'en', case when n % 200 = 0 then 'pending' else 'published' end, seed_time(n), seed_time(n)
from generate_series(1, $rows) n;
insert into product_ratings (product_id, rating, reviews) select seed_id(9, n), 5, 1 from generate_series(1, $rows) n;
insert into product_sync_rejects (run_id, row, part, column_name, value, reason, product_key)
select seed_id(13, n % 1000 + 1), n, 0, '', '', '', '' from generate_series(1, $rows) n;

insert into promotion_codes (code, shown, promotion_id, batch_id, most_uses, create_time)
select upper(to_hex(1000000 + n)), 'code', seed_id(30, n % 50 + 1), seed_id(31, n % 50), 1, seed_time(n / 1000) from generate_series(1, $rows) n;
insert into promotion_redemptions (order_id, promotion_id, code, customer, amount_minor, released, create_time)
select seed_id(1, n), seed_id(30, n % 50 + 1), upper(to_hex(1000000 + n)), sha256((n % 30000)::text::bytea), 100, n % 50 = 0, seed_time(n) from generate_series(1, $rows) n;
insert into promotion_orders (order_id, customer, released) select seed_id(1, n), sha256((n % 30000)::text::bytea), n % 50 = 0 from generate_series(1, $rows) n;

insert into carts (id, owner, state, order_id, create_time, update_time) select seed_id(2, n), seed_id(3, n % 10000)::text, case when n % 50 = 7 then 'open' else 'ordered' end, case when n % 50 <> 7 then seed_id(1, n) end,
    seed_time(n), seed_time(n) from generate_series(1, $rows) n;
insert into cart_items (id, cart_id, variant_id, quantity, seen_unit_price_minor, position) select seed_id(14, n), seed_id(2, n), seed_id(10, n % 5000), 1, 1000, 1 from generate_series(1, $rows) n;

insert into taxes (id, country_code, region, postcode_from, postcode_until, class, step, name, rate, compound, start_time)
select seed_id(30, n), 'US', 'R' || n % 50, lpad(n::text, 6, '0'), lpad(n::text, 6, '0'), '', 1, 'Tax', 1, false, '0001-01-01 00:00:00Z' from generate_series(1, $rows) n;
insert into shipping_areas (country_code, region, postcode_from, postcode_until, zone_id)
select 'US', 'R' || n % 50, lpad(n::text, 6, '0'), lpad(n::text, 6, '0'), seed_id(31, n % 50) from generate_series(1, $rows / 2) n;
insert into exchange_rates (currency_code, start_time, rate) select 'C' || chr(65 + n % 26) || chr(65 + n / 26 % 3), seed_time(n), 1 from generate_series(1, $rows) n;
insert into outbox (id, topic, payload, create_time) select seed_id(15, n), 'topic ' || n % 10, '', seed_time(n) from generate_series(1, $rows) n;
insert into deliveries (id, event_id, consumer, topic, payload, lsn, dead, dead_time, due_time, create_time)
select seed_id(16, n), seed_id(15, n), 'consumer ' || n % 8, 'topic', '', '0/0', n % 10 = 0, case when n % 10 = 0 then seed_time(n) end, seed_time(n), seed_time(n) from generate_series(1, $rows) n;
insert into event_mails (order_id, kind, claimed_time, sent_time) select seed_id(1, n), 'confirmed', seed_time(n), seed_time(n) from generate_series(1, $rows) n;
insert into idempotency_keys (scope, key, request_hash, answer, create_time, expire_time)
select 'scope ' || n % 10, seed_id(17, n)::text, '', '', seed_time(n), seed_time(n) from generate_series(1, $rows) n;

insert into user_profiles (id, email, name, name_words, customer_group, create_time, update_time)
select seed_id(44, n), 'shopper' || n || '@example.com', 'Ada Word' || n % 30000, array['ada', 'word' || n % 30000],
    case when n % 10 = 0 then 'trade' when n % 1000 = 1 then 'group' || n % 20000 else '' end, seed_time(n), seed_time(n) from generate_series(1, $rows) n;
insert into user_addresses (id, profile_id, address, preferred, create_time, update_time)
select seed_id(45, n), seed_id(44, n), '{}', n % 2 = 0, seed_time(n), seed_time(n) from generate_series(1, $rows) n;

insert into auth_staff (id, email, display_name, password_hash, permissions, create_time) select seed_id(18, n), 'staff' || n || '@example.com', 'Ada', '', '{}', seed_time(n) from generate_series(1, 1000) n;
insert into auth_sessions (secret_hash, staff_id, address, create_time, used_time, expire_time)
select sha256(n::text::bytea), seed_id(18, n % 1000 + 1), '', seed_time(n), seed_time(n), seed_time(n) from generate_series(1, $rows) n;
insert into auth_saved_views (id, staff_id, name, query, create_time) select seed_id(29, n), seed_id(18, n % 1000 + 1), 'view ' || n, 'q=cup', seed_time(n) from generate_series(1, $rows) n;
insert into auth_login_failures (id, email, address, time) select seed_id(19, n), 'staff' || n % 1000 || '@example.com', '192.0.2.' || n % 250, seed_time(n) from generate_series(1, $rows) n;
insert into auth_customers (id, email, create_time) select seed_id(32, n), 'shopper' || n || '@example.com', seed_time(n) from generate_series(1, $rows) n;
insert into auth_customer_sessions (secret_hash, customer_id, network, create_time, used_time, expire_time)
select sha256(n::text::bytea), seed_id(32, n % 30000 + 1), '192.0.2.' || n % 250, seed_time(n), seed_time(n), seed_time(n) from generate_series(1, $rows) n;
insert into auth_sign_ins (id, email, network, salt, create_time, expire_time)
select seed_id(33, n), 'shopper' || n % 30000 || '@example.com', '192.0.2.' || n % 250, decode(md5(n::text), 'hex'), seed_time(n), seed_time(n) from generate_series(1, $rows) n;
insert into auth_sign_in_tries (id, network, time) select seed_id(34, n), '192.0.2.' || n % 250, seed_time(n) from generate_series(1, $rows) n;
`

// seeded are the tables that seedShop fills.
var seeded = regexp.MustCompile(`(?m)^insert into ([a-z_]+) `)

// pages are the queries of lists that are read page by page, and of work that is taken bit by bit, with values as they are asked with. They
// have to read an index in its order: none may sort, since it would sort all that waits.
var pages = map[string]string{
	"ListOrders":               `'9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"ListOrdersInState":        `'closed', '9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"ListOrdersInPaymentState": `'paid', '9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"ListOrdersInStates":       `'pending', 'paid', '9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"ListItems":                `'9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"ListItemsInState":         `'open', '9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"ListAttention":            `'9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"ListOwnedOrders":          `'00000000-0003-7000-8000-000000000001', '9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"TakeDueOrders":            `'2026-01-01', '2026-01-01', 100`,
	"ListProducts":             `'9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"ListProductsInState":      `'active', '9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"ListProductsByTime":       `'9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'draft', '0001-01-01', false, 51`,
	"ListProductsByName":       `'', '00000000-0000-0000-0000-000000000000', '', '0001-01-01', true, 51`,
	"ListProductsByID":         `'00000000-0000-0000-0000-000000000000', '', '0001-01-01', false, 51`,
	"ListProductChanges":       `0, 101`,
	"ListCategoriesBelow":      `'00000000-0000-0000-0000-000000000000', -1, '00000000-0000-0000-0000-000000000000', 101`,
	"ListCategoriesByPath":     `'', '00000000-0000-0000-0000-000000000000', 101`,
	"ListCollections":          `'', '00000000-0000-0000-0000-000000000000', 51`,
	"ListVariantsToLearn":      `'00000000-0000-0000-0000-000000000000', 500`,
	"ListFacts":                `'00000000-0000-0000-0000-000000000000', 2000`,
	"ListMembers":              `'00000000-0015-7000-8000-000000000001', -1, '00000000-0000-0000-0000-000000000000', 51`,
	"ListListedPrices":         `'00000000-0016-7000-8000-000000000001', '00000000-0000-0000-0000-000000000000', 0, 101`,
	"ListProductsOfType":       `'00000000-0000-7000-8000-000000000001', '00000000-0000-0000-0000-000000000000', 500`,
	"LockDueDrafts":            `'2026-01-01', 500`,
	"TakeDueImages":            `'2026-01-01', '2026-01-01', true, 'local:%', 20`,
	"ListProductIDs":           `'00000000-0000-0000-0000-000000000000', 2000`,
	"ListOldPrices":            `'2026-01-01', '0001-01-01', '00000000-0000-0000-0000-000000000000', '0001-01-01', 2000`,
	"ListOldSyncRuns":          `'2026-01-01', '0001-01-01', '00000000-0000-0000-0000-000000000000', 10`,
	"ListSyncRuns":             `'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"ListReviews":              `'00000000-0009-7000-8000-000000000001', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 11`,
	"ListReviewsOfRating":      `'00000000-0009-7000-8000-000000000001', 5::smallint, 'ffffffff-ffff-ffff-ffff-ffffffffffff', 11`,
	"ListReviewsHighest":       `'00000000-0009-7000-8000-000000000001', 6::smallint, 'ffffffff-ffff-ffff-ffff-ffffffffffff', 11`,
	"ListReviewsLowest":        `'00000000-0009-7000-8000-000000000001', 0::smallint, '00000000-0000-0000-0000-000000000000', 11`,
	"ListReviewsInState":       `'pending', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"FindCodes":                `'00000000-001e-7000-8000-000000000001', '', 'F', 51`,
	"ListGiftCards":            `'9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"ListGiftCardsInState":     `'active', '9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"ListGiftCardsByEmail":     `'shopper2@example.com', '9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '', 51`,
	"ListGiftCardsByLastFour":  `'000A', '9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '', 51`,
	"ListAllCustomers":         `'9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"ListCustomersInGroup":     `'trade', '9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"ListUserAddresses":        `'00000000-002c-7000-8000-000000000001'`,
	"ListCustomerGroups":       `1000, 500`,
	"ListStatementMoves":       `'2024-01-01', '1970-01-01', '00000000-0000-0000-0000-000000000000', 501`,
	"ListRedemptions":          `'00000000-001e-7000-8000-000000000001', '9999-01-01', '00000000-0000-0000-0000-000000000000', 51`,
	"ListWords":                `'l5', '', '', '', 51`,
	"ListAllWords":             `'00000000-0000-0000-0000-000000000000', 501`,
	"ListTaxes":                `'US', 'R1', '', '', '', 0, '0001-01-01', 51`,
	"ListExchangeHistory":      `'CAA', '2026-01-01', 51`,
	"ListExports":              `'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"RelayOutbox":              `200, '2026-01-01', '2025-01-01'`,
	"OutboxWaitsSince":         ``,
	"ClaimDeliveries":          `'{consumer 1,consumer 2}', '{8,8}', '{2026-01-01,2026-01-01}', '2026-01-01'`,
	"ClaimForSending":          `'2026-01-01', '2026-01-01', '{consumer 1,consumer 2}', 64`,
	"CountDueDeliveries":       `'{consumer 1,consumer 2}', '2026-01-01', 1000`,
	"ListDeadDeliveries":       `'9999-01-01', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 51`,
	"CountDeadDeliveries":      `1000`,
	"DeleteExpiredKeys":        `'2026-01-01', 1000`,
}

// exempt are queries that need no index, and why.
var exempt = map[string]string{
	"AnalyzeStaged":     "finds nothing",
	"FindGone":          "compares a file with all that its source has",
	"IsWaitingAtBroker": "is asked once in half a minute without a message, and stops at the first it finds",
}

// Every query of the services finds its rows by an index in a large shop, as PostgreSQL plans it for any values; those of lists and of waiting work
// as it is planned for real ones as well, and without sorting. The catalogue's own, which are many, have a test beside them.
func TestQueriesUseIndexes(t *testing.T) {
	t.Parallel()
	rows := 50_000 // enough that reading all of them costs more than an index
	if os.Getenv("TRADEWIND_FULL") == "1" {
		rows = 1_000_000
	}
	conn, err := pgx.Connect(t.Context(), postgrestest.NewURLs(t).Primary)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	run := func(statement string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), statement, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatalf("%.200s: %v", statement, err)
		}
	}
	run(strings.ReplaceAll(seedShop, "$rows", strconv.Itoa(rows)))
	run("vacuum analyze")
	large := map[string]bool{}
	for _, table := range seeded.FindAllStringSubmatch(seedShop, -1) {
		large[table[1]] = true
	}
	column := func(query string) []string {
		t.Helper()
		result, err := conn.Query(t.Context(), query, pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		lines, err := pgx.CollectRows(result, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return lines
	}
	plan := func(mode, sql, values string) string {
		t.Helper()
		run("set plan_cache_mode = " + mode)
		run("prepare explained as " + sql)
		defer run("deallocate explained")
		if mode == "force_generic_plan" {
			n, err := strconv.Atoi(column("select cardinality(parameter_types)::text from pg_prepared_statements where name = 'explained'")[0])
			if err != nil {
				t.Fatal(err)
			}
			values = strings.TrimSuffix(strings.Repeat("null, ", n), ", ")
		}
		if values != "" {
			values = "(" + values + ")"
		}
		return strings.Join(column("explain (costs off) execute explained"+values), "\n")
	}

	queries := allQueries(t)
	if len(queries) < 120 {
		t.Fatalf("found only %d queries", len(queries))
	}
	for _, name := range slices.Sorted(maps.Keys(queries)) {
		sql := queries[name]
		if exempt[filepath.Base(name)] != "" {
			continue
		}
		values, paged := pages[strings.TrimPrefix(name, filepath.Dir(name)+"/")]
		plans := map[string]string{"any values": plan("force_generic_plan", sql, "")}
		if paged {
			plans["real values"] = plan("force_custom_plan", sql, values)
		}
		for of, plan := range plans {
			for _, scan := range wholeScan.FindAllStringSubmatch(plan, -1) {
				if large[scan[1]] {
					t.Errorf("%s reads all of %s, planned for %s:\n%s", name, scan[1], of, plan)
				}
			}
			if paged && strings.Contains(plan, "Sort") {
				t.Errorf("%s sorts, planned for %s:\n%s", name, of, plan)
			}
		}
	}
	for name := range pages {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(queries)), func(q string) bool { return filepath.Base(q) == name }) {
			t.Errorf("there is no query %s", name)
		}
	}
}

var wholeScan = regexp.MustCompile(`Seq Scan on ([a-z_]+)`)

// allQueries are those of all services, as sqlc wrote them, by package and name.
func allQueries(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../gen/db/*/*.sql.go")
	if err != nil {
		t.Fatal(err)
	}
	queries := map[string]string{}
	for _, file := range files {
		owner := filepath.Base(filepath.Dir(file))
		if owner == "catalogdb" {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			literal, ok := node.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING || !strings.HasPrefix(literal.Value, "`-- name: ") {
				return true
			}
			sql := strings.Trim(literal.Value, "`")
			name, _, _ := strings.Cut(strings.TrimPrefix(sql, "-- name: "), " ")
			queries[fmt.Sprintf("%s/%s", owner, name)] = sql
			return true
		})
	}
	return queries
}
