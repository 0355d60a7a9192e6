-- name: AddStatementLines :exec
-- AddStatementLines stores lines once, with the payment that each is about.
insert into payment_statement_lines (provider, id, reference, payment_id, kind, amount_minor, currency_code, fee_minor, fee_currency, time)
select @provider, l.id, l.reference, p.id, l.kind, l.amount_minor, l.currency_code, l.fee_minor, l.fee_currency, l.time
from jsonb_to_recordset(@lines::jsonb) as l (id text, reference text, payment_id uuid, kind text, amount_minor bigint, currency_code text, fee_minor bigint, fee_currency text, time timestamptz)
left join payments p on p.id = l.payment_id and p.provider = @provider
on conflict (provider, id) do nothing;

-- name: GetReconciled :one
-- GetReconciled returns how far a provider's statement was compared, and since when.
select coalesce(min(from_time), 'epoch')::timestamptz as from_time, coalesce(max(until_time), 'epoch')::timestamptz as until_time
from reconciliation_runs where provider = @provider;

-- name: CompareStatement :many
-- CompareStatement returns what the statement and the books say of each payment that either moved within a time, if it was made since the statement is kept. A payment that
-- moved after that time waits for the next comparison.
with moved as (
    select l.payment_id from payment_statement_lines l where l.provider = @provider and l.time >= @from_time and l.time < @until_time and l.payment_id is not null
    union
    select e.payment_id from ledger_entries e
    where e.account = 'gateway_clearing' and e.kind in ('capture', 'refund', 'refund_failed') and e.create_time >= @from_time and e.create_time < @until_time and e.payment_id is not null
)
select p.id, p.order_id, p.currency_code, p.captured_minor, p.refunded_minor, p.fee_minor, p.fee_currency, s.lines, s.captured, s.refunded, s.fee, s.charged_in
from moved m
join payments p on p.id = m.payment_id and p.provider = @provider
cross join lateral (
    select count(*)::int as lines,
        coalesce(sum(l.amount_minor) filter (where l.kind = 'capture'), 0)::bigint as captured,
        (coalesce(sum(l.amount_minor) filter (where l.kind = 'refund'), 0) - coalesce(sum(l.amount_minor) filter (where l.kind = 'refund_failed'), 0))::bigint as refunded,
        coalesce(sum(l.fee_minor), 0)::bigint as fee, coalesce(max(l.fee_currency), '')::text as charged_in
    from payment_statement_lines l where l.payment_id = p.id
) s
where p.create_time >= @since and p.update_time < @until_time
limit 20000;

-- name: ListStrays :many
-- ListStrays returns references that the statement has money of and that belong to no payment of ours, with what is left of it: zero if all went back.
select l.reference, max(l.currency_code)::text as currency_code,
    (coalesce(sum(l.amount_minor) filter (where l.kind = 'capture'), 0) - coalesce(sum(l.amount_minor) filter (where l.kind = 'refund'), 0))::bigint as kept
from payment_statement_lines l
where l.provider = @provider and l.payment_id is null and l.reference <> ''
    and l.reference = any(array(
        select n.reference from payment_statement_lines n where n.provider = @provider and n.time >= @from_time and n.time < @until_time and n.payment_id is null and n.reference <> ''))
group by l.reference
limit 5000;

-- name: AddRun :exec
insert into reconciliation_runs (id, provider, from_time, until_time, lines, matched, opened, create_time)
values (@id, @provider, @from_time, @until_time, @lines, @matched, @opened, @now);

-- name: AddRunFee :exec
insert into reconciliation_run_fees (run_id, currency_code, amount_minor) values (@run_id, @currency_code, @amount_minor);

-- name: ListRuns :many
-- ListRuns returns comparisons, newest first, with how much of what they brought up nobody has seen to yet. Their ids rise with time.
select r.*, (select count(*)::int from reconciliation_items i where i.run_id = r.id and i.state = 'open') as still_open
from reconciliation_runs r where r.id < @before_id order by r.id desc limit @count;

-- name: ListRunFees :many
select * from reconciliation_run_fees where run_id = any(@run_ids::uuid[]) order by run_id, currency_code limit 1000;

-- name: CountStatementLines :one
select count(*)::int from payment_statement_lines where provider = @provider and time >= @from_time and time < @until_time;

-- name: AddItem :execrows
-- AddItem opens an item, unless one is open, or staff have seen to just this difference before: lines are compared on several days.
insert into reconciliation_items (id, run_id, provider, reference, payment_id, order_id, kind, ours_minor, theirs_minor, currency_code, state, create_time)
select @id, @run_id, @provider, @reference, sqlc.narg(payment_id), sqlc.narg(order_id), @kind, @ours_minor, @theirs_minor, @currency_code, 'open', @now
where not exists (
    select from reconciliation_items seen
    where seen.provider = @provider and seen.reference = @reference and seen.state in ('accepted', 'written_off', 'returned', 'linked')
        and (seen.ours_minor, seen.theirs_minor) = (@ours_minor::bigint, @theirs_minor::bigint))
on conflict (provider, reference) where state = 'open' do nothing;

-- name: GetPosted :one
-- GetPosted returns what items of a reference posted before: money written off, which our books had and the statement lacked, and money linked to orders. The last of
-- either brought it to all of what it says.
select coalesce((select i.ours_minor - i.theirs_minor from reconciliation_items i
        where i.provider = @provider and i.reference = @reference and i.state = 'written_off' order by i.close_time desc limit 1), 0)::bigint as written_off_minor,
    coalesce((select i.theirs_minor from reconciliation_items i
        where i.provider = @provider and i.reference = @reference and i.state = 'linked' order by i.close_time desc limit 1), 0)::bigint as linked_minor;

-- name: CloseAgreed :execrows
-- CloseAgreed closes the open items of payments that agree by now.
update reconciliation_items set state = 'agreed', close_time = @now where provider = @provider and reference = any(@agreed::text[]) and state = 'open';

-- name: ListWrittenOff :many
-- ListWrittenOff returns what is written off of some references. The last of each brought it to all of what it says.
select distinct on (reference) id, payment_id, order_id, currency_code, (ours_minor - theirs_minor)::bigint as written_off_minor from reconciliation_items
where provider = @provider and reference = any(@agreed::text[]) and state = 'written_off'
order by reference, close_time desc;

-- name: TakeBack :exec
-- TakeBack notes that what was written off of some references is posted back.
update reconciliation_items set state = 'taken_back', close_time = @now where provider = @provider and reference = any(@agreed::text[]) and state = 'written_off';

-- name: SetFee :exec
update payments set fee_minor = @fee_minor, fee_currency = @fee_currency where id = @id;

-- name: LockItem :one
select * from reconciliation_items where id = @id for update;

-- name: CloseItem :one
update reconciliation_items set state = @state, note = @note, actor = @actor, order_id = coalesce(sqlc.narg(order_id), order_id), close_time = @now where id = @id
returning *;

-- name: ListItems :many
select * from reconciliation_items
where (create_time, id) < (@before_time::timestamptz, @before_id::uuid)
order by create_time desc, id desc limit @count;

-- name: ListItemsInState :many
select * from reconciliation_items
where state = @state and (create_time, id) < (@before_time::timestamptz, @before_id::uuid)
order by create_time desc, id desc limit @count;

-- name: SetOpened :exec
update reconciliation_runs set opened = @opened where id = @id;

-- name: GetItem :one
select * from reconciliation_items where id = @id;

-- name: Agrees :one
-- Agrees says whether a payment and its lines say the same.
select (p.captured_minor - p.refunded_minor = (
    select coalesce(sum(case l.kind when 'capture' then l.amount_minor when 'refund_failed' then l.amount_minor when 'refund' then -l.amount_minor else 0 end), 0)
    from payment_statement_lines l where l.payment_id = p.id))::boolean
from payments p where p.id = @id;
