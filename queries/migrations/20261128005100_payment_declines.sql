-- +goose Up
-- Cards that are tried out: what was declined lately is counted whenever somebody begins to pay.
alter table payments
    add column challenge boolean not null default false; -- the bank was asked to make sure who pays
create index payments_start on payments (start_time) where start_time is not null;
