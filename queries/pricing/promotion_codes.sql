-- name: AddCodes :execrows
-- AddCodes leaves out codes that are taken.
insert into promotion_codes (code, shown, promotion_id, batch_id, most_uses, create_time)
select new.code, new.shown, @promotion_id, sqlc.narg(batch_id)::uuid, @most_uses, @now
from (select unnest(@codes::text[]) as code, unnest(@shown::text[]) as shown) new
order by new.code
on conflict do nothing;

-- name: CountBatch :one
select count(*) from (select from promotion_codes where batch_id = @batch_id limit 1) found;

-- name: ListCodes :many
-- ListCodes returns codes newest first, those made together by code, after the one named by its time and code. A batch has one time, so its rest and what is
-- older are each read where they stand in the index.
with page as (
    (select a.code from promotion_codes a
    where a.promotion_id = @promotion_id and a.create_time = @before_time::timestamptz and a.code > @after_code::text
    order by a.code limit @page_size)
    union all
    (select b.code from promotion_codes b
    where b.promotion_id = @promotion_id and b.create_time < @before_time
    order by b.create_time desc, b.code limit @page_size)
)
select c.*, case when c.most_uses > 0 then c.uses else (
    select count(*) from promotion_redemptions d where d.code = c.code and d.code <> '' and not d.released) end::bigint as used
from page
join promotion_codes c on c.code = page.code
order by c.create_time desc, c.code
limit @page_size;

-- name: FindCodes :many
-- FindCodes returns codes that begin so, in their order, after one of them. '[' stands right behind the last letter that a code may have.
select c.*, case when c.most_uses > 0 then c.uses else (
    select count(*) from promotion_redemptions d where d.code = c.code and d.code <> '' and not d.released) end::bigint as used
from promotion_codes c
where c.promotion_id = @promotion_id and c.code collate "C" > @after_code::text and c.code collate "C" >= @prefix::text and c.code collate "C" < @prefix || '['
order by c.code collate "C"
limit @page_size;

-- name: CountCodes :one
-- CountCodes counts the codes that begin so, up to a bound.
select count(*) from (
    select from promotion_codes c where c.promotion_id = @promotion_id and c.code collate "C" >= @prefix::text and c.code collate "C" < @prefix || '[' limit @most
) found;

-- name: ListNewestCodes :many
-- ListNewestCodes returns up to two codes of each promotion.
select p.id::uuid as promotion_id, c.shown
from (select unnest(@promotion_ids::uuid[]) as id) p
cross join lateral (
    select o.shown, o.create_time, o.code from promotion_codes o where o.promotion_id = p.id order by o.create_time desc, o.code limit 2
) c
order by p.id, c.create_time desc, c.code;

-- name: RemoveCode :exec
delete from promotion_codes where code = @code;
