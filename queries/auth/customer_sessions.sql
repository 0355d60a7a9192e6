-- name: CreateCustomerSession :exec
insert into auth_customer_sessions (secret_hash, customer_id, network, create_time, used_time, expire_time)
values (@secret_hash, @customer_id, @network, @now, @now, @expire_time);

-- name: UseCustomerSession :one
-- UseCustomerSession finds a living session with its customer.
select s.used_time, sqlc.embed(c)
from auth_customer_sessions s
join auth_customers c on c.id = s.customer_id
where s.secret_hash = @secret_hash and s.expire_time > @now;

-- name: ExtendCustomerSession :exec
-- ExtendCustomerSession is called once in a while, not with every request. A session that was ended meanwhile stays so.
update auth_customer_sessions set used_time = @now, expire_time = @expire_time where secret_hash = @secret_hash and expire_time > @now;

-- name: EndCustomerSession :exec
update auth_customer_sessions set expire_time = @now where secret_hash = @secret_hash and expire_time > @now;

-- name: EndCustomerSessions :exec
update auth_customer_sessions set expire_time = @now where customer_id = @customer_id and expire_time > @now;

-- name: RemoveOldCustomerSessions :exec
-- RemoveOldCustomerSessions leaves those that ended lately: where somebody signed in before, codes that strangers ask for do not hold them up.
delete from auth_customer_sessions where secret_hash = any(array(
    select s.secret_hash from auth_customer_sessions s where s.expire_time < @before order by s.expire_time limit @most for update skip locked
));
