-- name: FindGone :one
-- FindGone notes which products of a source are not in the run's file and would be taken off sale, and counts them beside all that could be.
-- Products whose state staff chose stay, unless the source owns it; so do those that another source brings as well. A product that a compared run
-- found by something else than its key is in the file as well.
with shown as (
    select distinct i.product_id
    from product_source_items i
    join products p on p.id = i.product_id
    where i.source_id = @source_id and (p.state = 'active' or p.state = 'draft' and @policy::text = 'archive')
), staged as (
    select i.product_id
    from product_source_items i
    join product_sync_rows r on r.run_id = @run_id and r.key = i.key
    where i.source_id = @source_id
    union all
    select c.product_id from product_sync_changes c where c.run_id = @run_id
), gone as (
    insert into product_sync_gone (run_id, product_id)
    select @run_id, p.id
    from shown
    join products p on p.id = shown.product_id
    where not exists (select 1 from staged s where s.product_id = p.id)
        and ('state' <> all(p.staff_fields) or 'state' = any(@owns::text[]))
        and not exists (select 1 from product_source_items o where o.product_id = p.id and o.source_id <> @source_id)
    on conflict do nothing
    returning 1
)
select (select count(*) from shown)::bigint as shown, (select count(*) from gone)::bigint as gone;

-- name: ListGone :many
select g.product_id from product_sync_gone g where g.run_id = @run_id and g.product_id > @after order by g.product_id limit @page_size;

-- name: RemoveGone :exec
delete from product_sync_gone where run_id = @run_id and product_id = any(@product_ids::uuid[]);

-- name: RemoveAllGone :exec
delete from product_sync_gone where run_id = @run_id;

-- name: RemoveGoneOfEnded :execrows
-- RemoveGoneOfEnded forgets some of what was gone of a run that holds nothing back.
delete from product_sync_gone g
where g.run_id = @run_id and g.product_id in (select s.product_id from product_sync_gone s where s.run_id = @run_id order by s.product_id limit @page_size)
    and not exists (select 1 from product_sync_runs r where r.id = @run_id and r.state = 'done' and r.gone_held > 0);
