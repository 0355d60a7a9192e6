-- +goose Up
-- What the shop knows of people who have an account: auth owns the account itself, and its id is theirs.
create table user_profiles (
    id             uuid        primary key, -- the account's, which auth made
    email          text        not null,
    name           text        not null default '',
    name_words     text[]      not null default '{}', -- of the name, as staff look for them: in lower case and without accents
    customer_group text        not null default '', -- as price lists, promotions and taxes write it
    note           text        not null default '', -- for staff
    version        bigint      not null default 1,  -- of the profile with its addresses
    create_time    timestamptz not null,
    update_time    timestamptz not null
);
create index user_profiles_time on user_profiles (create_time desc, id desc);
create index user_profiles_group on user_profiles (customer_group, create_time desc, id desc) where customer_group <> '';
-- Staff find a customer by how a word of the name or the e-mail address begins.
create index user_profiles_words on user_profiles using gin (array_to_tsvector(array_remove(name_words || email, '')));

create table user_addresses (
    id          uuid        primary key,
    profile_id  uuid        not null references user_profiles on delete cascade,
    address     jsonb       not null,
    preferred   boolean     not null default false, -- the one to use unless told otherwise
    create_time timestamptz not null,
    update_time timestamptz not null
);
create index user_addresses_profile on user_addresses (profile_id, preferred desc, id desc);
create unique index user_addresses_preferred on user_addresses (profile_id) where preferred;
