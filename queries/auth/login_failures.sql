-- name: CountLoginFailures :one
-- CountLoginFailures counts wrong passwords of an account and of an address since a moment.
select
    (select count(*) from auth_login_failures f where f.email = @email and f.time > @since)::int as by_email,
    (select count(*) from auth_login_failures f where f.address = @address and f.address <> '' and f.time > @since)::int as by_address;

-- name: AddLoginFailure :exec
insert into auth_login_failures (id, email, address, time) values (@id, @email, @address, @time);

-- name: ForgetLoginFailures :exec
-- ForgetLoginFailures clears an account after its owner got in, and everything that no limit looks at any more.
delete from auth_login_failures where email = @email or time < @before;
