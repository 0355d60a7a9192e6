-- +goose Up
-- An order can have gift cards in it. They are issued in the transaction that has all of its money.
alter table orders
    add column gift_cards_minor bigint not null default 0 constraint order_gift_cards_worth check (gift_cards_minor >= 0), -- what those in it come to
    add column gift_cards_time  timestamptz; -- when they were issued; null until then
alter table order_lines add column gift_card boolean not null default false;

-- The cards that an order's buyer has bought. Their codes are nowhere; what is left on them is pricing's to say.
create table order_gift_cards (
    gift_card_id uuid        primary key, -- owned by pricing
    order_id     uuid        not null references orders on delete cascade,
    line_id      uuid        not null references order_lines on delete cascade,
    unit         int         not null constraint order_gift_card_unit check (unit > 0), -- of the line
    last_four    text        not null, -- of the code
    amount_minor bigint      not null constraint order_gift_card_amount check (amount_minor > 0),
    void_time    timestamptz, -- when it was taken back; null while it was not
    create_time  timestamptz not null,
    constraint order_gift_card_once unique (order_id, line_id, unit)
);
