-- name: CreatePayment :exec
insert into payments (id, order_id, provider, state, currency_code, amount_minor, expire_time, create_time, update_time)
values (@id, @order_id, @provider, @state, @currency_code, @amount_minor, @expire_time, @now, @now);

-- name: GetPayment :one
select * from payments where id = @id;

-- name: ListOrderPayments :many
select * from payments where order_id = any(@order_ids::uuid[]) order by id desc limit 1000;

-- name: ListPayments :many
select * from payments where id = any(@ids::uuid[]) limit 1000;

-- name: LockPayment :one
-- LockPayment lets one caller at a time apply what a provider says.
select * from payments where id = @id for no key update;

-- name: LockOrderPayments :many
-- LockOrderPayments locks all attempts of an order, newest first. The order is locked before, so no attempt can be added meanwhile.
select * from payments where order_id = @order_id order by id desc for no key update;

-- name: ExtendPayment :exec
-- ExtendPayment gives an attempt that the provider was not told of yet a later end.
update payments set expire_time = @expire_time, update_time = @now where id = @id and provider_key is null;

-- name: PrepareStart :one
-- PrepareStart stores what the provider will be told, once: a repeat finds what the first call told. The poll takes over if nobody is
-- left to hear the answer.
update payments
set provider_key = coalesce(provider_key, @provider_key::text),
    return_url = case when provider_key is null then @return_url else return_url end,
    description = case when provider_key is null then @description else description end,
    start_time = @now, ask_time = @ask_time, asks = 0, update_time = @now
where id = @id and state in ('created', 'unknown')
returning *;

-- name: MarkUnknown :exec
-- MarkUnknown says that the provider was told to start and did not answer. Whatever became known meanwhile stays.
update payments
set state = 'unknown', problem = @problem, ask_time = @ask_time, asks = 0, update_time = @now
where id = @id and state = 'created';

-- name: ApplyView :exec
-- ApplyView stores what the provider says.
update payments
set state = @state, captured_minor = @captured_minor, refunded_minor = @refunded_minor, provider_reference = @provider_reference,
    redirect_url = @redirect_url, provider_version = @provider_version, problem = @problem, failure_reason = @failure_reason,
    ask_time = @ask_time, update_time = @now
where id = @id;

-- name: SetPaymentState :exec
-- SetPaymentState ends an attempt for reasons of our own, with nothing more to ask.
update payments set state = @state, problem = @problem, ask_time = null, update_time = @now where id = @id;

-- name: SetProblem :exec
update payments set problem = @problem, update_time = @now where id = @id;

-- name: OweReturn :execrows
-- OweReturn notes that all that was captured and not given back must go back.
update payments set owed_minor = captured_minor, update_time = @now
where id = @id and captured_minor > refunded_minor and owed_minor < captured_minor;

-- name: PrepareReturn :one
-- PrepareReturn stores the key that the provider will see before it is called.
update payments set return_key = coalesce(return_key, @return_key::text), update_time = @now where id = @id and owed_minor > refunded_minor
returning *;

-- name: TakeUnsettled :many
-- TakeUnsettled returns payments to ask about now, those asked about least first, and gives each the time of its next question: 2, 5, 15 and 60 seconds
-- after the one before, then every 5 minutes. They stand in an array because the server would join thousands that it expects by reading the whole table.
update payments
set asks = asks + 1,
    ask_time = sqlc.arg(now)::timestamptz + case asks when 0 then interval '5 s' when 1 then interval '15 s' when 2 then interval '60 s' else interval '5 min' end
where id = any(array(
    select p.id from payments p where p.ask_time <= @now order by p.asks, p.ask_time limit @batch for no key update skip locked
))
returning id;
