-- name: PostEntries :exec
-- PostEntries writes all sides of a movement. They sum to zero, or the transaction fails.
insert into ledger_entries (txn_id, kind, account, payment_id, order_id, currency_code, amount_minor, create_time)
select @txn_id, @kind, (@accounts::text[])[n], sqlc.narg(payment_id)::uuid, sqlc.narg(order_id)::uuid, @currency_code, (@amounts::bigint[])[n], @now
from generate_series(1, cardinality(@accounts::text[])) n;

-- name: GetSold :one
-- GetSold returns what an order's sale came to, what was credited of it since, and how much of either is tax.
select coalesce(sum(amount_minor) filter (where account = 'customer_receivable' and kind = 'sale'), 0)::bigint as sold_minor,
    coalesce(-sum(amount_minor) filter (where account = 'customer_receivable' and kind = 'credit'), 0)::bigint as credited_minor,
    coalesce(-sum(amount_minor) filter (where account = 'tax_payable' and kind = 'sale'), 0)::bigint as tax_minor,
    coalesce(sum(amount_minor) filter (where account = 'tax_payable' and kind = 'credit'), 0)::bigint as tax_credited_minor,
    coalesce(max(currency_code) filter (where kind = 'sale'), '')::text as currency_code
from ledger_entries where order_id = @order_id;

-- name: GetOwed :one
-- GetOwed returns what a shopper still owes for an order, in a currency.
select coalesce(sum(amount_minor), 0)::bigint as owed_minor from ledger_entries
where order_id = @order_id and account = 'customer_receivable' and currency_code = @currency_code;

-- name: ListOrderEntries :many
-- ListOrderEntries returns an order's entries, oldest first.
select * from ledger_entries where order_id = @order_id order by create_time, txn_id, account limit 2000;
