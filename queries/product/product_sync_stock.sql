-- name: NextSyncStock :one
-- NextSyncStock returns the next counts of a run, without those for which a file has said another count since: they may have waited for long.
select s.run_id, s.batch, s.part, c.variant_ids::uuid[] as variant_ids, c.on_hand::bigint[] as on_hand, c.backorder::boolean[] as backorder,
    (cardinality(c.variant_ids) < cardinality(s.variant_ids))::boolean as shortened
from product_sync_stock s
cross join lateral (
    select coalesce(array_agg(u.variant_id order by u.variant_id), '{}') as variant_ids, coalesce(array_agg(u.on_hand order by u.variant_id), '{}') as on_hand,
        coalesce(array_agg(u.backorder order by u.variant_id), '{}') as backorder
    from (select unnest(s.variant_ids) as variant_id, unnest(s.on_hand) as on_hand, unnest(s.backorder) as backorder) u
    where not exists (select 1 from product_variants v where v.id = u.variant_id and (v.feed_on_hand, v.feed_backorder) <> (u.on_hand, u.backorder))
) c
where s.run_id = @run_id
order by s.batch, s.part
limit 1;

-- name: RemoveSyncStock :exec
delete from product_sync_stock where run_id = @run_id and batch = @batch and part = @part;
