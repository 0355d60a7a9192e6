-- +goose Up
-- Lists of products that staff come back to, each under a name of its owner's.
create table auth_saved_views (
    id          uuid        primary key,
    staff_id    uuid        not null references auth_staff on delete cascade,
    name        text        not null constraint auth_saved_view_name check (name <> ''),
    query       text        not null, -- of the list's address
    create_time timestamptz not null
);
create unique index auth_saved_views_name on auth_saved_views (staff_id, lower(name));
