-- name: AddLoginTry :exec
-- AddLoginTry counts a try as a failure before its password is looked at, so that many at once count each other.
insert into auth_login_failures (id, email, address, time) values (@id, @email, @address, @time);

-- name: ReadLoginTries :one
-- ReadLoginTries returns what the limits look at, beside the try itself: the last tries of this account from this address and of this address that
-- may yet stand against them, the tries of the account in a day, and whether its owner has signed in from this address before.
with pair as (
    select f.time from auth_login_failures f
    where f.email = @email and f.address = @address and f.id <> @id and f.time > @since
    order by f.time desc offset sqlc.arg(per_pair)::int - 1 limit 1
), place as (
    select f.time from auth_login_failures f
    where f.address = @address and f.address <> '' and f.id <> @id and f.time > @since
    order by f.time desc offset sqlc.arg(per_address)::int - 1 limit 1
), account as (
    select count(*)::int as tries, coalesce(max(f.time), @since)::timestamptz as last_time from auth_login_failures f
    where f.email = @email and f.id <> @id and f.time > @day
)
select
    coalesce((select p.time from pair p), @since)::timestamptz as pair_time,
    coalesce((select p.time from place p), @since)::timestamptz as address_time,
    a.tries as by_email,
    a.last_time,
    exists (select 1 from auth_sessions s join auth_staff f on f.id = s.staff_id
        where f.email = @email and s.address = @address and s.address <> '')::bool as known_address
from account a;

-- name: RemoveLoginTry :exec
delete from auth_login_failures where id = @id;

-- name: ForgetLoginFailures :exec
-- ForgetLoginFailures clears what an owner mistyped before getting in, and everything that no limit looks at any more. What others tried from
-- elsewhere still counts.
delete from auth_login_failures where email = @email and address = @address or time < @before;
