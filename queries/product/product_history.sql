-- name: KeepProducts :exec
-- KeepProducts keeps products as they are. It comes before any change of them in the same transaction.
insert into product_history (product_id, version, contents, run_id, changed_by, change_time)
select p.id, p.version, jsonb_build_object(
        'product', to_jsonb(p),
        'variants', (select coalesce(jsonb_agg(to_jsonb(v) order by v.position), '[]') from product_variants v where v.product_id = p.id),
        'images', (select coalesce(jsonb_agg(to_jsonb(i) order by i.position), '[]') from product_images i where i.product_id = p.id)),
    sqlc.narg(run_id)::uuid, @changed_by, @now
from products p
where p.id = any(@ids::uuid[])
on conflict do nothing;
