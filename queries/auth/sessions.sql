-- name: CreateSession :exec
insert into auth_sessions (secret_hash, staff_id, address, create_time, used_time, expire_time)
values (@secret_hash, @staff_id, @address, @now, @now, @expire_time);

-- name: UseSession :one
-- UseSession finds a living session with its staff member.
select s.staff_id, s.used_time, s.expire_time, f.email, f.display_name, f.permissions
from auth_sessions s
join auth_staff f on f.id = s.staff_id
where s.secret_hash = @secret_hash and s.expire_time > @now and not f.disabled;

-- name: ExtendSession :exec
-- ExtendSession is called once in a while, not with every request: writes are dearer than a session that ends a minute early.
update auth_sessions set used_time = @now, expire_time = @expire_time where secret_hash = @secret_hash;

-- name: EndSession :exec
update auth_sessions set expire_time = @now where secret_hash = @secret_hash and expire_time > @now;

-- name: RemoveOldSessions :exec
-- RemoveOldSessions leaves those that ended lately: where somebody signed in before, a stranger's tries elsewhere do not hold them up.
delete from auth_sessions where expire_time < @before;
