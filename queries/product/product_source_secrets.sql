-- name: GetSourceSecrets :one
select * from product_source_secrets where source_id = @source_id;

-- name: ListShownSecrets :many
-- ListShownSecrets returns what may be shown of secrets: that there are some.
select s.source_id, s.username, (s.password <> '')::boolean as has_password, (s.trigger_hash <> '')::boolean as has_trigger,
    array(select k from jsonb_object_keys(s.headers) k order by k)::text[] as header_names
from product_source_secrets s
where s.source_id = any(@source_ids::uuid[]);

-- name: SaveSourceSecrets :exec
-- SaveSourceSecrets replaces those that are given.
insert into product_source_secrets as s (source_id, username, password, headers)
values (@source_id, @username, coalesce(sqlc.narg(password)::text, ''), coalesce(sqlc.narg(headers)::jsonb, '{}'))
on conflict (source_id) do update set
    username = excluded.username, password = coalesce(sqlc.narg(password)::text, s.password), headers = coalesce(sqlc.narg(headers)::jsonb, s.headers);

-- name: SaveTrigger :exec
insert into product_source_secrets (source_id, trigger_hash) values (@source_id, @trigger_hash)
on conflict (source_id) do update set trigger_hash = excluded.trigger_hash;
