-- name: MergeImages :exec
-- MergeImages makes the pictures of products what the feed says. A picture is known again by its address and keeps its files. Where
-- staff chose the pictures and the source does not own them, they stay.
with frozen as (
    select p.id from products p
    where p.id = any(@known_ids::uuid[]) and 'images' = any(p.staff_fields) and 'images' <> all(@owns::text[])
), batch as (
    select b.row, b.product_id
    from (select unnest(@rows::bigint[]) as row, unnest(@product_ids::uuid[]) as product_id) b
    where not exists (select 1 from frozen f where f.id = b.product_id)
), wanted as (
    select batch.product_id, s.position, s.id, s.source_url, s.alt
    from batch
    join product_sync_images s on s.run_id = @run_id and s.row = batch.row
), existing as (
    select i.id, i.product_id, i.source_url
    from product_images i
    where i.product_id = any(@known_ids::uuid[])
), removed as (
    delete from product_images i
    using existing e, batch, product_sync_rows r
    where i.id = e.id and batch.product_id = e.product_id and r.run_id = @run_id and r.row = batch.row and not r.incomplete
        and not exists (select 1 from wanted w where w.product_id = e.product_id and w.source_url = e.source_url)
), changed as (
    update product_images i set position = w.position, alt = w.alt
    from wanted w
    join existing e on e.product_id = w.product_id and e.source_url = w.source_url
    where i.id = e.id and (i.position, i.alt) is distinct from (w.position, w.alt)
)
insert into product_images (id, product_id, position, source_url, alt, next_try)
select w.id, w.product_id, w.position, w.source_url, w.alt, @now
from wanted w
where not exists (select 1 from existing e where e.product_id = w.product_id and e.source_url = w.source_url);

-- name: TakeDueImages :many
-- TakeDueImages hands pictures to one worker; should it die, they are due again at retry_time. Pictures that only some processes can
-- open are left to these. They stand in an array because the server would join thousands that it expects by reading the whole table.
update product_images set attempts = attempts + 1, next_try = @retry_time::timestamptz
where id = any(array(
    select due.id from product_images due
    where due.next_try <= @now::timestamptz and (@local::boolean or due.source_url not like @local_prefix::text)
    order by due.next_try, due.id
    limit @page_size
    for update skip locked
))
returning id, product_id, source_url, attempts;

-- name: SaveImage :execrows
-- SaveImage keeps the files of a picture, unless the feed has named another one meanwhile.
update product_images set files = @files::jsonb, hash = @hash::text, next_try = null, problem = ''
where id = @id and source_url = @source_url;

-- name: SaveImageProblem :exec
update product_images set problem = @problem, next_try = sqlc.narg(next_try)::timestamptz
where id = @id and source_url = @source_url;
