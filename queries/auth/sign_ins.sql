-- name: LockSignIns :exec
-- LockSignIns makes codes that are asked for at the same time for one address, or from one network, count each other.
select pg_advisory_xact_lock(hashtext('auth.sign_ins of address'), hashtext(sqlc.arg(email)::text)),
    case when sqlc.arg(network)::text <> '' then pg_advisory_xact_lock(hashtext('auth.sign_ins from network'), hashtext(sqlc.arg(network)::text)) end;

-- name: ReadSignIns :one
-- ReadSignIns returns what the limits look at: the last codes for this address in an hour and in a day, and from this network, that may yet stand against
-- one more. Where somebody has signed in with this address before, only what was asked from there counts for the address.
with known as (
    select exists (select 1 from auth_customer_sessions s join auth_customers c on c.id = s.customer_id
        where c.email = @email and s.network = @network and s.network <> '') as here
), hour as (
    select i.create_time from auth_sign_ins i, known k
    where i.email = @email and i.create_time > sqlc.arg(hour) and (not k.here or i.network = @network)
    order by i.create_time desc offset sqlc.arg(per_hour)::int - 1 limit 1
), day as (
    select i.create_time from auth_sign_ins i, known k
    where i.email = @email and i.create_time > sqlc.arg(day) and (not k.here or i.network = @network)
    order by i.create_time desc offset sqlc.arg(per_day)::int - 1 limit 1
), place as (
    select i.create_time from auth_sign_ins i
    where i.network = @network and i.network <> '' and i.create_time > sqlc.arg(hour)
    order by i.create_time desc offset sqlc.arg(per_network)::int - 1 limit 1
)
select
    coalesce((select h.create_time from hour h), sqlc.arg(hour))::timestamptz as hour_time,
    coalesce((select d.create_time from day d), sqlc.arg(day))::timestamptz as day_time,
    coalesce((select p.create_time from place p), sqlc.arg(hour))::timestamptz as network_time;

-- name: CreateSignIn :exec
insert into auth_sign_ins (id, email, network, salt, create_time, expire_time) values (@id, @email, @network, @salt, @now, @expire_time);

-- name: GetSignIn :one
select * from auth_sign_ins where id = @id;

-- name: TrySignIn :one
-- TrySignIn counts a try before its code is looked at, so that many at once are no more than one after another.
update auth_sign_ins set tries = tries + 1
where id = @id and tries < sqlc.arg(most)::int and used_time is null and expire_time > @now
returning email, salt;

-- name: UseSignIn :execrows
-- UseSignIn lets one of those who know the code in.
update auth_sign_ins set used_time = @now where id = @id and used_time is null;

-- name: RemoveOldSignIns :exec
-- RemoveOldSignIns removes some that no limit looks at any more. One that another call is removing is left to it.
delete from auth_sign_ins where id = any(array(
    select i.id from auth_sign_ins i where i.create_time < @before order by i.create_time limit @most for update skip locked
));
