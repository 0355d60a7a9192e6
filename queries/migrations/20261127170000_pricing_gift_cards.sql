-- +goose Up
-- Gift cards and store credit: what the shop owes to whoever holds a code. Of the code only a keyed hash is stored, so that a copy of the database spends nothing.
create table gift_cards (
    id            uuid        primary key,
    code_hash     bytea       not null constraint gift_card_code unique constraint gift_card_hash check (length(code_hash) = 32),
    last_four     text        not null constraint gift_card_last_four check (last_four ~ '^[0-9A-Z]{4}$'), -- of the code, to tell cards apart
    kind          text        not null constraint gift_card_kind check (kind in ('card', 'credit')),
    state         text        not null default 'active' constraint gift_card_state check (state in ('active', 'blocked')),
    currency_code text        not null constraint gift_card_currency check (currency_code ~ '^[A-Z]{3}$'),
    initial_minor bigint      not null constraint gift_card_initial check (initial_minor > 0),
    balance_minor bigint      not null constraint gift_card_balance check (balance_minor >= 0),
    expire_time   timestamptz, -- null: it does not expire
    email         text        not null default '', -- of who was given it; store credit is always somebody's
    note          text        not null default '', -- for staff
    batch_id      uuid        not null, -- what it was issued with
    version       bigint      not null default 1,
    create_time   timestamptz not null,
    update_time   timestamptz not null,
    constraint gift_card_credit check (kind = 'card' or email <> '')
);
create index gift_cards_time on gift_cards (create_time desc, id desc);
create index gift_cards_state on gift_cards (state, create_time desc, id desc);
create index gift_cards_last_four on gift_cards (last_four, create_time desc, id desc);
create index gift_cards_email on gift_cards (lower(email), create_time desc, id desc) where email <> '';
create index gift_cards_note on gift_cards using gin (to_tsvector('simple', note));
create index gift_cards_batch on gift_cards (batch_id);

-- Everything that ever happened to a balance. No row changes, and a balance is the sum of its moves.
create table gift_card_moves (
    id            uuid        primary key,
    gift_card_id  uuid        not null references gift_cards,
    kind          text        not null constraint gift_card_move_kind check (kind in ('issue', 'spend', 'return', 'adjust')),
    amount_minor  bigint      not null constraint gift_card_move_amount check (
                      case kind when 'spend' then amount_minor < 0 when 'adjust' then amount_minor <> 0 else amount_minor > 0 end),
    balance_minor bigint      not null, -- after it
    order_id      uuid,       -- owned by order
    payment_id    uuid,       -- owned by payment
    key           text        not null, -- what was asked for with the same key is done once
    actor         text        not null, -- who did it, for reading
    reason        text        not null default '',
    create_time   timestamptz not null,
    constraint gift_card_move_once unique (gift_card_id, key),
    constraint gift_card_move_payment check ((kind in ('spend', 'return')) = (payment_id is not null and order_id is not null))
);
create index gift_card_moves_card on gift_card_moves (gift_card_id, id desc);
create index gift_card_moves_payment on gift_card_moves (payment_id, id) where payment_id is not null;
create unique index gift_card_moves_spent_once on gift_card_moves (payment_id) where kind = 'spend';
create index gift_card_moves_statement on gift_card_moves (create_time, id) where payment_id is not null;

-- +goose StatementBegin
create function gift_card_moves_stay() returns trigger language plpgsql as $$
begin
    raise exception 'moves of gift cards never change; make another one'
        using errcode = 'check_violation', constraint = 'gift_card_moves_stay', table = 'gift_card_moves';
end
$$;
-- +goose StatementEnd
-- +goose StatementBegin
create function gift_card_adds_up() returns trigger language plpgsql as $$
declare
    card uuid = case tg_table_name when 'gift_cards' then (to_jsonb(new) ->> 'id')::uuid else (to_jsonb(new) ->> 'gift_card_id')::uuid end;
begin
    if (select balance_minor from gift_cards where id = card) is distinct from
       (select coalesce(sum(amount_minor), 0) from gift_card_moves where gift_card_id = card) then
        raise exception 'the balance of gift card % is not the sum of its moves', card
            using errcode = 'check_violation', constraint = 'gift_card_adds_up', table = 'gift_cards';
    end if;
    return null;
end
$$;
-- +goose StatementEnd
create trigger gift_card_moves_stay before update or delete or truncate on gift_card_moves
    for each statement execute function gift_card_moves_stay();
create constraint trigger gift_card_adds_up after insert or update of balance_minor on gift_cards
    deferrable initially deferred for each row execute function gift_card_adds_up();
create constraint trigger gift_card_moves_add_up after insert on gift_card_moves
    deferrable initially deferred for each row execute function gift_card_adds_up();
revoke update, delete, truncate on gift_card_moves from public, current_user;
