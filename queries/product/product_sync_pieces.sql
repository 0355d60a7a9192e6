-- name: AddSyncPiece :exec
insert into product_sync_pieces (run_id, byte_offset, data) values (@run_id, @byte_offset, @data);

-- name: HasSyncPiece :one
-- HasSyncPiece tells a piece that is sent again from another one.
select exists (select 1 from product_sync_pieces where run_id = @run_id and byte_offset = @byte_offset and data = @data);

-- name: GetSyncPiece :one
select data from product_sync_pieces where run_id = @run_id and byte_offset = @byte_offset;

-- name: RemoveSyncPieces :execrows
-- RemoveSyncPieces removes some of a run's file.
delete from product_sync_pieces p
where p.run_id = @run_id and p.byte_offset in (select s.byte_offset from product_sync_pieces s where s.run_id = @run_id order by s.byte_offset limit @page_size);
