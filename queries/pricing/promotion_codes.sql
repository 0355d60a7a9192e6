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
-- ListCodes returns codes newest first, those made together by code, after the one named by its time and code.
select c.*, case when c.most_uses > 0 then c.uses else (
    select count(*) from promotion_redemptions d where d.code = c.code and d.code <> '' and not d.released) end::bigint as used
from promotion_codes c
where c.promotion_id = @promotion_id and c.create_time <= @before_time::timestamptz and (c.create_time < @before_time or c.code > @after_code::text)
order by c.create_time desc, c.code
limit @page_size;

-- name: RemoveCode :exec
delete from promotion_codes where code = @code;
