-- name: PostMovement :exec
-- PostMovement writes both sides of a movement: money in at the provider is money earned. A negative amount goes back.
insert into ledger_entries (txn_id, account, payment_id, currency_code, amount_minor, create_time) values
    (@txn_id, 'gateway_clearing', @payment_id, @currency_code, @amount_minor::bigint, @now),
    (@txn_id, 'sales', @payment_id, @currency_code, -(@amount_minor::bigint), @now);
