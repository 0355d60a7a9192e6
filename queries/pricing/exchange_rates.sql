-- name: ListExchangeRates :many
-- ListExchangeRates returns what some currencies are worth at a moment.
select r.currency_code, r.start_time, r.rate from (select unnest(@currency_codes::text[]) as code) c
cross join lateral (
    select x.* from exchange_rates x where x.currency_code = c.code and x.start_time <= @now::timestamptz order by x.start_time desc limit 1
) r
order by r.currency_code;

-- name: ListExchangeHistory :many
-- ListExchangeHistory returns what a currency was and will be worth, newest first, before a moment.
select * from exchange_rates where currency_code = @currency_code and start_time < @before_time order by start_time desc limit @page_size;

-- name: PutExchangeRates :exec
insert into exchange_rates (currency_code, start_time, rate)
select unnest(@currency_codes::text[]), unnest(@start_times::timestamptz[]), unnest(@rates::bigint[])
on conflict (currency_code, start_time) do update set rate = excluded.rate;

-- name: DeleteExchangeRate :exec
delete from exchange_rates where currency_code = @currency_code and start_time = @start_time;
