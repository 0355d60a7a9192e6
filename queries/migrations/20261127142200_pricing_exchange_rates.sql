-- +goose Up
-- How much of another currency one unit of the shop's is worth, in billionths, from a moment until the next.
create table exchange_rates (
    currency_code text        not null constraint exchange_rate_currency check (currency_code ~ '^[A-Z]{3}$'),
    start_time    timestamptz not null,
    rate          bigint      not null constraint exchange_rate_rate check (rate > 0),
    primary key (currency_code, start_time)
);
