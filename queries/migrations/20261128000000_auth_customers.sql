-- +goose Up
-- Shoppers with an account. Who can read an e-mail address owns the account of that address, so there are no passwords.
create table auth_customers (
    id          uuid primary key,
    email       text not null constraint auth_customers_email check (email = lower(email) and email like '%_@_%'),
    create_time timestamptz not null
);
create unique index auth_customers_email_key on auth_customers (email);

-- Codes that were asked for, also for addresses without an account. They count for the limits, so they stay a day; older ones are removed as new ones come.
create table auth_sign_ins (
    id          uuid primary key,
    email       text not null constraint auth_sign_ins_email check (email = lower(email) and email like '%_@_%'),
    network     text not null, -- where it was asked from; empty for inside the installation
    salt        bytea not null constraint auth_sign_ins_salt check (length(salt) = 16), -- with a key that is not in the database it makes the code: neither alone does
    tries       int not null default 0,
    create_time timestamptz not null,
    expire_time timestamptz not null,
    used_time   timestamptz
);
create index auth_sign_ins_email_time on auth_sign_ins (email, create_time);
create index auth_sign_ins_network_time on auth_sign_ins (network, create_time);
create index auth_sign_ins_time on auth_sign_ins (create_time);

-- Wrong codes, for the limit by network, whichever sign-ins they were tried on.
create table auth_sign_in_tries (
    id      uuid primary key,
    network text not null,
    time    timestamptz not null
);
create index auth_sign_in_tries_network on auth_sign_in_tries (network, time);
create index auth_sign_in_tries_time on auth_sign_in_tries (time);

create table auth_customer_sessions (
    secret_hash bytea primary key, -- SHA-256 of what the cookie holds: a copy of this table opens nothing
    customer_id uuid not null references auth_customers on delete cascade,
    network     text not null,
    create_time timestamptz not null,
    used_time   timestamptz not null,
    expire_time timestamptz not null
);
create index auth_customer_sessions_customer on auth_customer_sessions (customer_id);
create index auth_customer_sessions_expiry on auth_customer_sessions (expire_time);
