-- name: PostEntries :exec
-- PostEntries writes all sides of a movement. They sum to zero, or the transaction fails.
insert into ledger_entries (txn_id, kind, account, payment_id, order_id, currency_code, amount_minor, create_time)
select @txn_id, @kind, (@accounts::text[])[n], sqlc.narg(payment_id)::uuid, sqlc.narg(order_id)::uuid, @currency_code, (@amounts::bigint[])[n], @now
from generate_series(1, cardinality(@accounts::text[])) n;

-- name: PostGiftCardEntries :exec
-- PostGiftCardEntries writes both sides of movements of gift cards, except of those that are in the books already.
insert into ledger_entries (txn_id, kind, account, order_id, currency_code, amount_minor, create_time)
select m.txn_id, m.kind, s.account, m.order_id, m.currency_code, s.amount_minor, @now
from (
    select unnest(@txn_ids::text[]) as txn_id, unnest(@kinds::text[]) as kind, unnest(@debits::text[]) as debit, unnest(@credits::text[]) as credit,
        unnest(@amounts::bigint[]) as amount_minor, unnest(@currency_codes::text[]) as currency_code, nullif(unnest(@order_ids::text[]), '')::uuid as order_id
) m
cross join lateral (values (m.debit, m.amount_minor), (m.credit, -m.amount_minor)) s (account, amount_minor)
on conflict (txn_id, account) do nothing;

-- name: GetSold :one
-- GetSold returns what an order's sale came to without its gift cards, what was credited of it since, and how much of either is tax; and what the gift cards come to that were not taken back.
select coalesce(sum(amount_minor) filter (where account = 'customer_receivable' and kind = 'sale'), 0)::bigint as sold_minor,
    coalesce(-sum(amount_minor) filter (where account = 'customer_receivable' and kind = 'credit'), 0)::bigint as credited_minor,
    coalesce(-sum(amount_minor) filter (where account = 'tax_payable' and kind = 'sale'), 0)::bigint as tax_minor,
    coalesce(sum(amount_minor) filter (where account = 'tax_payable' and kind = 'credit'), 0)::bigint as tax_credited_minor,
    coalesce(sum(amount_minor) filter (where account = 'customer_receivable' and kind in ('gift_card_sold', 'gift_card_voided')), 0)::bigint as gift_cards_minor,
    coalesce(max(currency_code) filter (where kind in ('sale', 'gift_card_sold')), '')::text as currency_code
from ledger_entries where order_id = @order_id;

-- name: GetOwed :one
-- GetOwed returns what a shopper still owes for an order, in a currency.
select coalesce(sum(amount_minor), 0)::bigint as owed_minor from ledger_entries
where order_id = @order_id and account = 'customer_receivable' and currency_code = @currency_code;

-- name: ListOrderEntries :many
-- ListOrderEntries returns an order's entries, oldest first.
select * from ledger_entries where order_id = @order_id order by create_time, txn_id, account limit 2000;
