-- name: GetUserProfile :one
select * from user_profiles where id = @id;

-- name: LockUserProfile :one
-- LockUserProfile has what a customer does at the same time wait for each other. A customer may be quicker than the event that tells of the account: then
-- the profile begins here.
insert into user_profiles as p (id, email, create_time, update_time) values (@id, @email, @now, @now)
on conflict (id) do update set email = p.email
returning *;

-- name: TouchUserProfile :one
-- TouchUserProfile says that something in the profile has changed.
update user_profiles set version = version + 1, update_time = @now where id = @id returning *;

-- name: NameUserProfile :one
update user_profiles set name = @name, name_words = @name_words, version = version + 1, update_time = @now where id = @id returning *;

-- name: ChangeCustomer :one
-- ChangeCustomer writes what staff decide, unless the profile is another than they looked at.
update user_profiles set customer_group = @customer_group, note = @note, version = version + 1, update_time = @now
where id = @id and version = @version
returning *;

-- name: LearnCustomers :execrows
-- LearnCustomers adds profiles of new accounts and leaves those that are there.
insert into user_profiles (id, email, create_time, update_time)
select n.id, n.email, n.create_time, @now
from (select unnest(@ids::uuid[]) as id, unnest(@emails::text[]) as email, unnest(@create_times::timestamptz[]) as create_time) n
order by n.id
on conflict (id) do nothing;

-- name: ListAllCustomers :many
-- ListAllCustomers and the lists after it are one each for the filters that staff use, since one statement for all would read the whole table for some.
select * from user_profiles
where (create_time, id) < (@before_time::timestamptz, @before_id::uuid)
order by create_time desc, id desc limit @count;

-- name: ListCustomersInGroup :many
select * from user_profiles
where customer_group = @customer_group and customer_group <> '' and (create_time, id) < (@before_time::timestamptz, @before_id::uuid)
order by create_time desc, id desc limit @count;

-- name: FindCustomers :many
-- FindCustomers finds customers by the beginnings of words of their name, or of their e-mail address, and says how many match, up to a bound. The words' index gives
-- them in no order, and how many there will be PostgreSQL cannot guess: left alone it walks from the newest customer for a name that one in a million has.
with found as materialized (
    select id, create_time from user_profiles
    where array_to_tsvector(array_remove(name_words || email, '')) @@ cast(@words::text as tsquery)
        and (create_time, id) < (@before_time::timestamptz, @before_id::uuid) and (@customer_group::text = '' or customer_group = @customer_group)
), few as materialized (
    select * from found limit @most_matches
)
select sqlc.embed(p), (select count(*) from few)::int as matches
from (select few.id from few order by few.create_time desc, few.id desc limit @count) newest
join user_profiles p on p.id = newest.id
order by p.create_time desc, p.id desc;

-- name: FindManyCustomers :many
-- FindManyCustomers is for words that so many customers have that walking from the newest finds a page of them soon.
select * from user_profiles
where array_to_tsvector(array_remove(name_words || email, '')) @@ cast(@words::text as tsquery)
    and (create_time, id) < (@before_time::timestamptz, @before_id::uuid) and (@customer_group::text = '' or customer_group = @customer_group)
order by create_time desc, id desc limit @count;

-- name: ListCustomerGroups :many
-- ListCustomerGroups steps from one group to the next in the index, and counts no further than it has to, so that it reads little of a large shop.
with recursive groups as (
    (select p.customer_group from user_profiles p where p.customer_group <> '' order by p.customer_group limit 1)
    union all
    select (select p.customer_group from user_profiles p where p.customer_group <> '' and p.customer_group > g.customer_group order by p.customer_group limit 1)
    from groups g where g.customer_group is not null
)
select g.customer_group::text as name, m.members::int as members
from groups g
cross join lateral (
    select count(*) as members from (select from user_profiles p where p.customer_group <> '' and p.customer_group = g.customer_group limit @most_members) few
) m
where g.customer_group is not null
limit @most_groups;
