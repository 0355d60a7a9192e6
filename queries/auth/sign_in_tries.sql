-- name: AddSignInTry :exec
-- AddSignInTry counts a try as wrong before its code is looked at, so that many at once count each other.
insert into auth_sign_in_tries (id, network, time) values (@id, @network, @time);

-- name: ReadSignInTries :one
-- ReadSignInTries returns the last try from this network, beside the try itself, that may yet stand against it.
select coalesce((
    select t.time from auth_sign_in_tries t
    where t.network = @network and t.network <> '' and t.id <> @id and t.time > @since
    order by t.time desc offset sqlc.arg(per_network)::int - 1 limit 1
), @since)::timestamptz as network_time;

-- name: RemoveSignInTry :exec
delete from auth_sign_in_tries where id = @id;

-- name: RemoveOldSignInTries :exec
-- RemoveOldSignInTries removes some that the limit looks at no more. One that another call is removing is left to it.
delete from auth_sign_in_tries where id = any(array(
    select t.id from auth_sign_in_tries t where t.time < @before order by t.time limit @most for update skip locked
));
