-- +goose Up
-- Which mails were sent, so that each is sent once. Addresses stand with the order, not here.
create table event_mails (
    order_id     uuid not null, -- owned by order
    kind         text not null,
    claimed_time timestamptz not null, -- who claims first sends; a claim that was not finished may be taken over after a minute
    sent_time    timestamptz,
    primary key (order_id, kind)
);
