-- +goose Up
-- What a card was issued for, by which its money is booked; and two more ways in which a balance falls.
alter table gift_cards add column source text not null default 'given' constraint gift_card_source check (source in (
    'given',    -- staff gave it away
    'refund',   -- an order's money became it
    'sold'));   -- somebody bought it
update gift_cards g set source = 'refund' from gift_card_moves m where m.gift_card_id = g.id and m.kind = 'issue' and m.order_id is not null;

alter table gift_card_moves drop constraint gift_card_move_kind, drop constraint gift_card_move_amount;
alter table gift_card_moves
    add constraint gift_card_move_kind check (kind in ('issue', 'spend', 'return', 'adjust',
        'expire',   -- staff wrote off what was left when it had expired
        'void')),   -- the order that bought it came to nothing
    add constraint gift_card_move_amount check (
        case when kind in ('spend', 'expire', 'void') then amount_minor < 0 when kind = 'adjust' then amount_minor <> 0 else amount_minor > 0 end);
