-- name: CreatePayment :exec
insert into payments (id, order_id, provider, state, currency_code, amount_minor, authorized_minor, expire_time, create_time, update_time)
values (@id, @order_id, @provider, @state, @currency_code, @amount_minor, @authorized_minor, @expire_time, @now, @now);

-- name: CreateCaptured :exec
-- CreateCaptured writes a payment that brought its money as it was made. It counts as told to its provider, so that it is asked about like any other.
insert into payments (id, order_id, provider, state, currency_code, amount_minor, authorized_minor, captured_minor, provider_key, start_time, provider_reference, provider_version, expire_time, create_time, update_time)
values (@id, @order_id, @provider, 'captured', @currency_code, @amount_minor, @amount_minor, @amount_minor, @provider_key::text, @now, @provider_reference, 1, @now, @now, @now);

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
    capture_later = case when provider_key is null then @capture_later else capture_later end,
    challenge = case when provider_key is null then @challenge else challenge end,
    in_fields = case when provider_key is null then @in_fields else in_fields end,
    customer_id = case when provider_key is null then @customer_id else customer_id end,
    save_method = case when provider_key is null then @save_method else save_method end,
    saved_method_id = case when provider_key is null then @saved_method_id else saved_method_id end,
    start_time = @now, ask_time = @ask_time, asks = 0, update_time = @now
where id = @id and state in ('created', 'unknown')
returning *;

-- name: MarkUnknown :exec
-- MarkUnknown says that the provider was told to start and did not answer. Whatever became known meanwhile stays.
update payments
set state = 'unknown', problem = @problem, ask_time = @ask_time, asks = 0, update_time = @now
where id = @id and state = 'created';

-- name: ApplyView :exec
-- ApplyView stores what the provider says, and what follows from it for us.
update payments
set state = @state, authorized_minor = @authorized_minor, captured_minor = @captured_minor, refunded_minor = @refunded_minor, disputed_minor = @disputed_minor,
    fee_minor = @fee_minor, fee_currency = @fee_currency, single_capture = @single_capture, capture_by = sqlc.narg(capture_by), warn_time = sqlc.narg(warn_time), release_due = @release_due,
    provider_reference = @provider_reference, redirect_url = @redirect_url, provider_version = @provider_version, problem = @problem,
    failure_reason = @failure_reason, method_brand = @method_brand, method_last4 = @method_last4, ask_time = @ask_time, attention = @attention, attention_time = sqlc.narg(attention_time), update_time = @now
where id = @id;

-- name: SetPaymentState :exec
-- SetPaymentState ends an attempt for reasons of our own, with nothing more to ask.
update payments set state = @state, problem = @problem, ask_time = null, update_time = @now where id = @id;

-- name: SetProblem :exec
update payments set problem = @problem, attention = @attention, attention_time = coalesce(attention_time, @now), update_time = @now where id = @id;

-- name: SettleAttention :execrows
-- SettleAttention says that somebody has seen to it.
update payments set attention = '', attention_time = null, update_time = @now where id = @id and attention = @attention;

-- name: ListAttention :many
-- ListAttention returns the payments that need somebody, those that began to most lately first.
select * from payments
where attention_time is not null and (attention_time, id) < (@before_time::timestamptz, @before_id::uuid)
order by attention_time desc, id desc limit @count;

-- name: TakeLapsing :many
-- TakeLapsing returns payments whose reservation will lapse soon, each once. Staff must look at those of orders that stand; the others only have to be let go of.
update payments set warn_time = null, attention = case when release_due then attention else 'lapsing' end,
    attention_time = case when release_due then attention_time else sqlc.arg(now)::timestamptz end, update_time = @now
where id = any(array(
    select p.id from payments p where p.warn_time <= @now order by p.warn_time limit @batch for no key update skip locked
))
returning *;

-- name: OweReturn :execrows
-- OweReturn notes that all that was captured and not given back must go back, and that what is reserved must be released. What became store credit went back.
update payments set owed_minor = captured_minor - credited_minor, release_due = state in ('authorized', 'partly_captured'), update_time = @now
where id = @id and (captured_minor - credited_minor > greatest(refunded_minor, owed_minor) or state in ('authorized', 'partly_captured') and not release_due);

-- name: CreditPayments :exec
-- CreditPayments notes what the shopper of some locked payments got for them as store credit.
update payments p set credited_minor = p.credited_minor + c.amount, update_time = @now
from (select unnest(@ids::uuid[]) as id, unnest(@amounts::bigint[]) as amount) c
where p.id = c.id;

-- name: PrepareReturn :one
-- PrepareReturn stores the key that the provider will see before it is called.
update payments set return_key = coalesce(return_key, @return_key::text), update_time = @now
where id = @id and (owed_minor > refunded_minor or release_due)
returning *;

-- name: TakeUnsettled :many
-- TakeUnsettled returns payments to ask about now, those asked about least first, and gives each the time of its next question: 2, 5, 15 and 60 seconds
-- after the one before, then every 5 minutes; where money is only reserved, or disputed, every 2 hours. They stand in an array because the server would join thousands that it expects by reading the whole table.
update payments
set asks = asks + 1,
    ask_time = sqlc.arg(now)::timestamptz + case when state in ('authorized', 'partly_captured', 'disputed') then interval '2 h' else case asks when 0 then interval '5 s' when 1 then interval '15 s' when 2 then interval '60 s' else interval '5 min' end end
where id = any(array(
    select p.id from payments p where p.ask_time <= @now order by p.asks, p.ask_time limit @batch for no key update skip locked
))
returning id;
