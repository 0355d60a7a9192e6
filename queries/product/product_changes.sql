-- name: LockProductChanges :exec
-- LockProductChanges makes those who give out numbers take turns, each until its numbers can be seen.
select pg_advisory_xact_lock(hashtext('product.changes'));

-- name: RecordProductChanges :exec
-- RecordProductChanges moves products that changed to the end. Those whose version is known stay where they are.
insert into product_changes (product_id, seq, version, change_time)
select told.id, nextval('product_changes_numbers'), coalesce(p.version, 0), @now::timestamptz
from unnest(@ids::uuid[]) told(id)
left join products p on p.id = told.id
left join product_changes c on c.product_id = told.id
where c.version is distinct from coalesce(p.version, 0)
on conflict (product_id) do update set seq = excluded.seq, version = excluded.version, change_time = excluded.change_time;

-- name: ListProductChanges :many
select product_id, seq, version, change_time from product_changes where seq > @after order by seq limit @page_size;

-- name: RemoveOldChanges :execrows
-- RemoveOldChanges forgets products that are gone. All others stand here once, for as long as there are products.
delete from product_changes c
where c.version = 0 and c.product_id = any(array(select o.product_id from product_changes o where o.version = 0 and o.change_time < @before order by o.change_time limit @page_size::int));
