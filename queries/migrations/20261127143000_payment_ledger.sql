-- +goose Up
-- The books get a whole chart of accounts. Until now money in at the provider was money earned; from now on an order that is confirmed is sold, which its shopper owes for until money comes,
-- so that partial payments, refunds, fees and disputes all have two sides. What was posted before is completed below and never changed.
alter table ledger_entries drop constraint ledger_account;
alter table ledger_entries add constraint ledger_account check (account in (
    'customer_receivable', -- what shoppers owe for what they bought; negative: what is owed to them
    'gateway_clearing',    -- what providers, or whoever collects, keep for the shop
    'sales',               -- earned, without tax
    'tax_payable',         -- collected for tax offices
    'refunds',             -- of what was earned, credited
    'gift_card_liability', -- what gift cards still promise
    'affiliate_payable',   -- what partners have earned
    'fees',                -- what providers charge
    'disputed',            -- withheld by providers until a dispute is decided
    'losses',              -- disputes lost, and differences written off
    'bank'));              -- paid out by providers
alter table ledger_entries alter column payment_id drop not null; -- a sale is an order's, and has no payment yet
alter table ledger_entries add column order_id uuid;              -- owned by order; null for what a provider charges for itself
alter table ledger_entries add column kind text not null default '';

-- A process of the release before writes neither; it knows payments alone.
-- +goose StatementBegin
create function ledger_belongs() returns trigger language plpgsql as $$
begin
    if new.kind = '' then
        new.kind = split_part(new.txn_id, ' ', 2);
    end if;
    if new.order_id is null and new.payment_id is not null then
        new.order_id = (select order_id from payments where id = new.payment_id);
    end if;
    return new;
end
$$;
-- +goose StatementEnd
create trigger ledger_belongs before insert on ledger_entries for each row execute function ledger_belongs();

alter table ledger_entries disable trigger ledger_stays;
update ledger_entries e set kind = split_part(e.txn_id, ' ', 2), order_id = p.order_id from payments p where p.id = e.payment_id;
alter table ledger_entries enable trigger ledger_stays;

create index ledger_entries_order on ledger_entries (order_id, create_time, txn_id);

-- Entries are only ever added: no right of the shop's own role lets it change one, beside the trigger that refuses everybody.
revoke update, delete, truncate on ledger_entries from public, current_user;

-- A payment says what its captures and refunds say. Fees and disputes move what the provider keeps, and not what was paid.
-- +goose StatementBegin
create or replace function payment_books() returns trigger language plpgsql as $$
declare
    now_is payments;
begin
    select * into now_is from payments where id = new.id;
    if now_is.captured_minor - now_is.refunded_minor is distinct from (
        select coalesce(sum(amount_minor), 0) from ledger_entries
        where payment_id = new.id and account = 'gateway_clearing' and kind in ('capture', 'refund', 'refund_failed')) then
        raise exception 'payment % and its ledger differ', new.id
            using errcode = 'check_violation', constraint = 'payment_books', table = 'payments';
    end if;
    return null;
end
$$;
-- +goose StatementEnd
-- +goose StatementBegin
create or replace function ledger_balances() returns trigger language plpgsql as $$
begin
    if (select sum(amount_minor) from ledger_entries where txn_id = new.txn_id) <> 0
       or (select count(distinct (currency_code, payment_id, order_id, kind)) from ledger_entries where txn_id = new.txn_id) <> 1 then
        raise exception 'the movement % does not balance', new.txn_id
            using errcode = 'check_violation', constraint = 'ledger_balances', table = 'ledger_entries';
    end if;
    return null;
end
$$;
-- +goose StatementEnd

-- Movements of before took money straight to sales. They go through the shopper's account, and orders that were confirmed are sold.
insert into ledger_entries (txn_id, kind, account, payment_id, order_id, currency_code, amount_minor, create_time)
select e.txn_id || ' restated', 'restated', a.account, e.payment_id, e.order_id, e.currency_code, case a.account when 'sales' then -e.amount_minor else e.amount_minor end, now()
from ledger_entries e, unnest(array['sales', 'customer_receivable']) as a (account)
where e.account = 'sales' and e.kind in ('capture', 'refund');
insert into ledger_entries (txn_id, kind, account, order_id, currency_code, amount_minor, create_time)
select o.id || ' sale', 'sale', a.account, o.id, o.currency_code,
    case a.account when 'customer_receivable' then o.total_minor when 'sales' then -(o.total_minor - o.tax_minor) else -o.tax_minor end, o.confirm_time
from orders o, unnest(array['customer_receivable', 'sales', 'tax_payable']) as a (account)
where o.confirm_time is not null and o.total_minor > 0
    and case a.account when 'customer_receivable' then o.total_minor when 'sales' then o.total_minor - o.tax_minor else o.tax_minor end <> 0;
-- All of a cancelled order is credited; of others what went back, beyond what was paid twice.
insert into ledger_entries (txn_id, kind, account, order_id, currency_code, amount_minor, create_time)
select c.id || ' credit ' || c.credit, 'credit', s.account, c.id, c.currency_code, s.minor, c.update_time
from (
    select o.id, o.currency_code, o.update_time, o.total_minor, o.tax_minor,
        case o.state when 'cancelled' then o.total_minor else least(p.refunded - greatest(p.captured - o.total_minor, 0), o.total_minor) end as credit
    from orders o
    left join (select order_id, sum(captured_minor)::bigint as captured, sum(refunded_minor)::bigint as refunded from payments group by order_id) p on p.order_id = o.id
    where o.confirm_time is not null and o.total_minor > 0
) c
cross join lateral (select floor(c.tax_minor::numeric * c.credit / c.total_minor)::bigint as minor) tax
cross join lateral (values ('customer_receivable', -c.credit), ('refunds', c.credit - tax.minor), ('tax_payable', tax.minor)) s (account, minor)
where c.credit > 0 and s.minor <> 0;
