-- +goose Up
-- Money that is taken when goods are sent.
alter table payment_instructions
    add column fulfilment_id uuid; -- owned by order: the fulfilment that the money is taken for
alter table payments
    add column single_capture boolean not null default false, -- the provider takes from what is reserved once: what is left of it then is released
    drop constraint payment_attention,
    add constraint payment_attention check (attention in ('', 'dispute', 'lapsing', 'lapsed', 'problem', 'refused', 'uncaptured'));
