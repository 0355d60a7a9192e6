-- name: GetSourceSecrets :one
select * from product_source_secrets where source_id = @source_id;

-- name: ListShownSecrets :many
-- ListShownSecrets returns what may be shown of secrets: that there are some.
select s.source_id, s.username, (s.has_password or s.password <> '')::boolean as has_password, (s.trigger_hash <> '')::boolean as has_trigger,
    (s.header_names || array(select k from jsonb_object_keys(s.headers) k order by k))::text[] as header_names
from product_source_secrets s
where s.source_id = any(@source_ids::uuid[]);

-- name: SaveSourceSecrets :exec
insert into product_source_secrets (source_id, username, sealed, has_password, header_names)
values (@source_id, @username, @sealed, @has_password, @header_names)
on conflict (source_id) do update set
    username = excluded.username, sealed = excluded.sealed, has_password = excluded.has_password, header_names = excluded.header_names,
    password = '', headers = '{}';

-- name: LockUnsealedSecrets :many
-- LockUnsealedSecrets returns secrets that were stored as they are, or sealed with a key that was replaced.
select * from product_source_secrets
where password <> '' or headers <> '{}' or substring(sealed for 5) = any(@old_marks::bytea[])
limit 20
for update skip locked;

-- name: SaveTrigger :exec
insert into product_source_secrets (source_id, trigger_hash) values (@source_id, @trigger_hash)
on conflict (source_id) do update set trigger_hash = excluded.trigger_hash;
