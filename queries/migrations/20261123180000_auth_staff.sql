-- +goose Up
-- Who works in the back office, and the sessions by which their browsers are known.
create table auth_staff (
    id            uuid primary key,
    email         text not null constraint auth_staff_email check (email = lower(email) and email like '%_@_%'),
    display_name  text not null,
    password_hash text not null, -- PHC string; argon2id
    permissions   text[] not null,
    disabled      boolean not null default false,
    create_time   timestamptz not null
);
create unique index auth_staff_email_key on auth_staff (email);

create table auth_sessions (
    secret_hash bytea primary key, -- SHA-256 of what the cookie holds: a copy of this table opens nothing
    staff_id    uuid not null references auth_staff on delete cascade,
    address     text not null,
    create_time timestamptz not null,
    used_time   timestamptz not null,
    expire_time timestamptz not null
);
create index auth_sessions_staff on auth_sessions (staff_id);
create index auth_sessions_expiry on auth_sessions (expire_time);

-- Failed logins, for limits by account and by address. Rows older than a day are removed as new ones come.
create table auth_login_failures (
    id      uuid primary key,
    email   text not null,
    address text not null,
    time    timestamptz not null
);
create index auth_login_failures_email on auth_login_failures (email, time);
create index auth_login_failures_address on auth_login_failures (address, time);
create index auth_login_failures_time on auth_login_failures (time);
