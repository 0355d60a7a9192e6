-- name: ClaimKey :execrows
-- ClaimKey takes a key for the work of this transaction. It waits for another transaction that has taken the same key; none
-- inserted means that that one has done the work.
insert into idempotency_keys (scope, key, request_hash, create_time, expire_time)
values (@scope, @key, @request_hash, @create_time, @expire_time)
on conflict (scope, key) do nothing;

-- name: KeepAnswer :exec
-- KeepAnswer takes a key together with its answer. None inserted means that it was taken before.
insert into idempotency_keys (scope, key, request_hash, answer, create_time, expire_time)
values (@scope, @key, @request_hash, @answer, @create_time, @expire_time)
on conflict (scope, key) do nothing;

-- name: GetAnswer :one
select request_hash, answer from idempotency_keys where scope = @scope and key = @key;

-- name: PutAnswer :exec
update idempotency_keys set answer = @answer where scope = @scope and key = @key;

-- name: DeleteExpiredKeys :execrows
-- DeleteExpiredKeys forgets a batch, so that no sweep holds many locks. It goes by the rows' places, since by their keys the server would read the
-- whole table.
delete from idempotency_keys
where ctid = any(array(select k.ctid from idempotency_keys k where k.expire_time < @now order by k.expire_time limit @batch));
