-- +goose Up
-- Money that moves in parts: reserved first and taken later, taken bit by bit, given back bit by bit, disputed. A payment says what all of it amounts to, its instructions what staff asked for.
alter table payments
    add column authorized_minor bigint not null default 0, -- reserved, including what was taken of it; falls to what was taken once the rest is released
    add column capture_later boolean not null default false, -- the provider was told to reserve only
    add column capture_by timestamptz,                       -- when what is reserved lapses; null when nothing is, or nobody says
    add column warn_time timestamptz,                        -- when staff should hear that it will
    add column release_due boolean not null default false,   -- what is reserved must be released, since its order came to nothing
    add column disputed_minor bigint not null default 0,     -- withheld for disputes that are open or lost
    add column fee_minor bigint not null default 0,          -- charged by the provider, in its own currency
    add column fee_currency text not null default '',
    add column attention text not null default '' constraint payment_attention check (attention in ('', 'dispute', 'lapsing', 'lapsed', 'problem', 'refused')),
    add column attention_time timestamptz;                   -- since when it needs somebody; null when it does not
update payments set authorized_minor = case state when 'authorized' then amount_minor else captured_minor end where state = 'authorized' or captured_minor > 0;
alter table payments
    add constraint payment_authorized check (authorized_minor between 0 and amount_minor),
    add constraint payment_disputed check (disputed_minor between 0 and captured_minor),
    add constraint payment_needs check ((attention = '') = (attention_time is null));
create index payments_attention on payments (attention_time desc, id desc) where attention_time is not null;
create index payments_warn on payments (warn_time) where warn_time is not null;
create index payments_provider_reference on payments (provider, provider_reference) where provider_reference <> '';

-- What staff told us to do with a payment. The id is the provider's idempotency key, so that carrying it out twice moves money once.
create table payment_instructions (
    id           uuid        primary key,
    payment_id   uuid        not null references payments,
    order_id     uuid        not null, -- owned by order
    refund_id    uuid,       -- owned by order: the refund that it is a part of
    kind         text        not null constraint instruction_kind check (kind in ('capture', 'refund', 'release')),
    amount_minor bigint      not null constraint instruction_amount check (amount_minor > 0 or kind = 'release' and amount_minor = 0),
    final        boolean     not null default false, -- of captures: the rest is released
    reason       text        not null default '' constraint instruction_reason check (reason in ('', 'requested', 'duplicate', 'fraud')),
    state        text        not null default 'given' constraint instruction_state check (state in ('given', 'done', 'refused')),
    problem      text        not null default '',
    create_time  timestamptz not null,
    update_time  timestamptz not null
);
create index payment_instructions_payment on payment_instructions (payment_id, id);
create index payment_instructions_order on payment_instructions (order_id, id);

create table payment_disputes (
    payment_id    uuid        not null references payments,
    id            text        not null, -- the provider's
    state         text        not null constraint dispute_state check (state in ('open', 'won', 'lost')),
    amount_minor  bigint      not null constraint dispute_amount check (amount_minor > 0),
    reason        text        not null,
    evidence_time timestamptz, -- until when the shop can answer
    create_time   timestamptz not null,
    update_time   timestamptz not null,
    primary key (payment_id, id)
);
