-- name: AddDownloads :exec
insert into order_downloads (id, order_id, line_id, position, file_name, content_type, size_bytes, blob_key, most, lasts_seconds, create_time)
select d.id, @order_id, d.line_id, d.position, d.file_name, d.content_type, d.size_bytes, d.blob_key, @most::int, @lasts_seconds::bigint, @now::timestamptz
from jsonb_to_recordset(@downloads::jsonb) as d (
    id uuid, line_id uuid, position int, file_name text, content_type text, size_bytes bigint, blob_key text
);

-- name: StartDownloads :exec
-- StartDownloads opens the links of an order that is paid. Those that were opened before keep their time.
update order_downloads set expire_time = sqlc.arg(now)::timestamptz + lasts_seconds * interval '1 second' where order_id = @order_id and expire_time is null;

-- name: ListDownloads :many
select * from order_downloads where order_id = @order_id order by position;

-- name: ListDownloadTakes :many
-- ListDownloadTakes returns the newest times of each download.
select d.id as download_id, t.time
from order_downloads d
cross join lateral (select x.id, x.time from order_download_takes x where x.download_id = d.id order by x.id desc limit 20) t
where d.order_id = @order_id
order by d.position, t.id desc;

-- name: FindDownloadOrder :one
select order_id from order_downloads where id = @id;

-- name: GetDownload :one
select sqlc.embed(d), sqlc.embed(o) from order_downloads d join orders o on o.id = d.order_id where d.id = @id;

-- name: LockDownload :one
-- LockDownload makes whoever downloads the same file take turns, so that none of them counts from a number that another one is changing.
select * from order_downloads where id = @id for no key update;

-- name: LastTake :one
-- LastTake returns when a download was counted last.
select time from order_download_takes where download_id = @download_id order by id desc limit 1;

-- name: CountTake :exec
with counted as (
    update order_downloads set taken = taken + 1 where order_downloads.id = @download_id
)
insert into order_download_takes (id, download_id, time) values (@id, @download_id, @now);

-- name: RenewDownload :execrows
update order_downloads set taken = 0, expire_time = sqlc.arg(now)::timestamptz + lasts_seconds * interval '1 second' where id = @id and order_id = @order_id;
