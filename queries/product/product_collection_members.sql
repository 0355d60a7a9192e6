-- name: ListMemberships :many
select collection_id, product_id, position from product_collection_members where product_id = any(@product_ids::uuid[]);

-- name: ListRuledMemberships :many
-- ListRuledMemberships returns in which collections with rules products are.
select m.collection_id, m.product_id
from product_collection_members m
join product_collections c on c.id = m.collection_id
where m.product_id = any(@product_ids::uuid[]) and c.rule is not null;

-- name: ListMembershipsIn :many
-- ListMembershipsIn returns which of these products are in a collection.
select product_id from product_collection_members where collection_id = @collection_id and product_id = any(@product_ids::uuid[]);

-- name: AddMemberships :exec
insert into product_collection_members (collection_id, product_id, position)
select g.collection_id, g.product_id, 0
from (select unnest(@collection_ids::uuid[]) as collection_id, unnest(@product_ids::uuid[]) as product_id) g
join products p on p.id = g.product_id
on conflict do nothing;

-- name: RemoveMemberships :exec
delete from product_collection_members m
using (select unnest(@collection_ids::uuid[]) as collection_id, unnest(@product_ids::uuid[]) as product_id) g
where m.collection_id = g.collection_id and m.product_id = g.product_id;

-- name: ListMembers :many
select product_id, position from product_collection_members
where collection_id = @collection_id and (position, product_id) > (@after_position::int, @after_id::uuid)
order by position, product_id
limit @page_size;

-- name: CountMembers :one
select count(*)::int from (
    select from product_collection_members where collection_id = @collection_id order by position, product_id limit @count_limit
) counted;

-- name: PlaceMembers :exec
-- PlaceMembers gives products their places in a collection, in the order of the ids; those that are new come in.
insert into product_collection_members (collection_id, product_id, position)
select @collection_id::uuid, w.id, w.place::int
from unnest(@product_ids::uuid[]) with ordinality w(id, place)
join products p on p.id = w.id
on conflict (product_id, collection_id) do update set position = excluded.position
where product_collection_members.position <> excluded.position;
