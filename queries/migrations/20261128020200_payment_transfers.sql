-- +goose Up
-- What was transferred is at the bank, and not with a provider.
-- +goose StatementBegin
create or replace function payment_books() returns trigger language plpgsql as $$
begin
    if exists (
        select from payments p
        where p.id = new.id and p.captured_minor - p.refunded_minor is distinct from (
            select coalesce(sum(e.amount_minor), 0) from ledger_entries e
            where e.payment_id = new.id and e.account = case p.provider when 'gift_card' then 'gift_card_liability' when 'bank_transfer' then 'bank' else 'gateway_clearing' end
                and e.kind in ('capture', 'refund', 'refund_failed'))
    ) then
        raise exception 'payment % and its ledger differ', new.id
            using errcode = 'check_violation', constraint = 'payment_books', table = 'payments';
    end if;
    return null;
end
$$;
-- +goose StatementEnd
