-- name: ListProductFiles :many
select f.* from product_files f
join product_variants v on v.id = f.variant_id
where v.product_id = @product_id
order by v.position, f.position, f.id;

-- name: ListVariantFiles :many
select * from product_files where variant_id = any(@variant_ids::uuid[]) order by variant_id, position, id;

-- name: FindFileProduct :one
-- FindFileProduct says whose a file is, before that is locked.
select v.product_id, f.variant_id from product_files f join product_variants v on v.id = f.variant_id where f.id = @id;

-- name: FindVariantProduct :one
select product_id from product_variants where id = @id;

-- name: AddVariantFile :exec
-- AddVariantFile puts a file after those that the variant has.
insert into product_files (id, variant_id, position, name, content_type, size_bytes, blob_key, create_time)
values (@id, @variant_id, (select coalesce(max(f.position), 0) + 1 from product_files f where f.variant_id = @variant_id), @name, @content_type, @size_bytes, @blob_key, @now);

-- name: ReplaceVariantFile :exec
update product_files set name = @name, content_type = @content_type, size_bytes = @size_bytes, blob_key = @blob_key where id = @id;

-- name: RemoveVariantFile :exec
delete from product_files where id = @id;

-- name: GetUploadPiece :one
select data from product_upload_pieces where upload_id = @upload_id and byte_offset = @byte_offset;
