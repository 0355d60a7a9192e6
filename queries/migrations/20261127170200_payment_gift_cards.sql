-- +goose Up
-- A payment by gift card moves what the shop owes to card holders, where any other moves what its provider keeps for the shop. The books of both say what was paid.
-- +goose StatementBegin
create or replace function payment_books() returns trigger language plpgsql as $$
declare
    now_is payments;
begin
    select * into now_is from payments where id = new.id;
    if now_is.captured_minor - now_is.refunded_minor is distinct from (
        select coalesce(sum(amount_minor), 0) from ledger_entries
        where payment_id = new.id and account = case now_is.provider when 'gift_card' then 'gift_card_liability' else 'gateway_clearing' end
            and kind in ('capture', 'refund', 'refund_failed')) then
        raise exception 'payment % and its ledger differ', new.id
            using errcode = 'check_violation', constraint = 'payment_books', table = 'payments';
    end if;
    return null;
end
$$;
-- +goose StatementEnd
