-- name: LockUpload :one
-- LockUpload returns an upload, begun if there is none.
insert into product_uploads (id, owner, create_time) values (@id, @owner, @now)
on conflict (id) do update set owner = product_uploads.owner
returning *;

-- name: GetUpload :one
select * from product_uploads where id = @id;

-- name: AddUploadPiece :exec
insert into product_upload_pieces (upload_id, byte_offset, data) values (@upload_id, @byte_offset, @data);

-- name: HasUploadPiece :one
select exists (select 1 from product_upload_pieces where upload_id = @upload_id and byte_offset = @byte_offset and data = @data);

-- name: GrowUpload :exec
update product_uploads set bytes_total = @bytes_total where id = @id;

-- name: ListUploadPieces :many
select data from product_upload_pieces where upload_id = @upload_id order by byte_offset;

-- name: DeleteUpload :exec
delete from product_uploads where id = @id;

-- name: DeleteOldUploads :exec
-- DeleteOldUploads forgets a few that nobody finished.
delete from product_uploads where id = any(array(select u.id from product_uploads u where u.create_time < @before order by u.create_time limit 10));

-- name: SetCategoryImage :exec
update product_categories set image_files = @files::jsonb, image_alt = @alt, version = version + 1, update_time = @now where id = @id;
