-- name: AddPromotion :one
insert into promotions (id, name, active, needs_code, start_time, end_time, definition, create_time, update_time)
values (@id, @name, @active, @needs_code, sqlc.narg(start_time), sqlc.narg(end_time), @definition, @now, @now)
returning *;

-- name: ChangePromotion :one
update promotions set name = @name, active = @active, needs_code = @needs_code, start_time = sqlc.narg(start_time), end_time = sqlc.narg(end_time),
    definition = @definition, version = version + 1, update_time = @now
where id = @id
returning *;

-- name: GetPromotion :one
select * from promotions where id = @id;

-- name: LockPromotion :one
select * from promotions where id = @id for update;

-- name: ListPromotions :many
-- ListPromotions returns promotions that pass the filters, newest first, after the one named by its time and id. There are as many as staff write, so that
-- all of them may be looked at.
select p.* from promotions p
where (p.create_time, p.id) < (@before_time::timestamptz, @before_id::uuid)
    and (@state::text = '' or case when not p.active then 'off' when p.end_time <= @now::timestamptz then 'ended' when p.start_time > @now then 'scheduled' else 'running' end = @state)
    and (sqlc.narg(needs_code)::boolean is null or p.needs_code = sqlc.narg(needs_code))
    and (strpos(lower(p.name), lower(@words::text)) > 0 or p.id = (select c.promotion_id from promotion_codes c where c.code = @code::text))
order by p.create_time desc, p.id desc
limit @page_size;

-- name: CountPromotions :one
-- CountPromotions counts the promotions that pass the filters, up to a bound.
select count(*) from (
    select from promotions p
    where (@state::text = '' or case when not p.active then 'off' when p.end_time <= @now::timestamptz then 'ended' when p.start_time > @now then 'scheduled' else 'running' end = @state)
        and (sqlc.narg(needs_code)::boolean is null or p.needs_code = sqlc.narg(needs_code))
        and (strpos(lower(p.name), lower(@words::text)) > 0 or p.id = (select c.promotion_id from promotion_codes c where c.code = @code::text))
    limit @most
) found;

-- name: DeletePromotion :exec
delete from promotions where id = @id;

-- name: ListActivePromotions :many
-- ListActivePromotions returns what carts may get, also later.
select id, definition from promotions where active and (end_time is null or end_time > @now::timestamptz) order by id limit @most;

-- name: CountActivePromotions :one
-- CountActivePromotions counts what ListActivePromotions returns, up to a bound.
select count(*) from (
    select from promotions where active and (end_time is null or end_time > @now::timestamptz) limit @most
) found;

-- name: LoadCartFacts :one
-- LoadCartFacts returns what must be known of promotions for one cart: their state, to what the entered codes belong, which are used up for all or for this
-- customer, what is left of budgets, and whether the customer has ordered before.
select r.number as revision,
    array(select c.code from promotion_codes c where c.code = any(@codes::text[]) and (c.most_uses = 0 or c.uses < c.most_uses) order by c.code)::text[] as codes,
    array(select c.promotion_id::text from promotion_codes c where c.code = any(@codes::text[]) and (c.most_uses = 0 or c.uses < c.most_uses) order by c.code)::text[] as promotions,
    array(select l.promotion_id::text from promotion_limits l where l.most_uses > 0 and l.uses >= l.most_uses or l.budget_minor > 0 and l.spent_minor >= l.budget_minor
        union all
        select l.promotion_id::text from promotion_limits l
        join promotion_redemptions d on d.customer = @customer::bytea and d.promotion_id = l.promotion_id and not d.released
        where l.most_per_customer > 0
        group by l.promotion_id, l.most_per_customer having count(*) >= l.most_per_customer)::text[] as ended,
    array(select l.promotion_id::text from promotion_limits l where l.budget_minor > 0 and l.spent_minor < l.budget_minor order by l.promotion_id)::text[] as budgeted,
    array(select l.budget_minor - l.spent_minor from promotion_limits l where l.budget_minor > 0 and l.spent_minor < l.budget_minor order by l.promotion_id)::bigint[] as budget_left,
    exists (select from promotion_orders o where o.customer = @customer::bytea and not o.released) as returning
from promotion_revision r;

-- name: SetLimits :exec
-- SetLimits sets the limits of a locked promotion. What was used until then counts.
insert into promotion_limits as l (promotion_id, most_uses, most_per_customer, budget_minor, uses, spent_minor)
select @promotion_id, @most_uses, @most_per_customer, @budget_minor, count(*), coalesce(sum(d.amount_minor), 0)
from promotion_redemptions d where d.promotion_id = @promotion_id and not d.released
on conflict (promotion_id) do update
set most_uses = excluded.most_uses, most_per_customer = excluded.most_per_customer, budget_minor = excluded.budget_minor;

-- name: DropLimits :exec
-- DropLimits lets a locked promotion be used without limits: orders do not wait for each other at it any more.
delete from promotion_limits where promotion_id = @promotion_id;

-- name: CountUsage :many
-- CountUsage returns how often promotions were used by orders that were not given up, and what they took off.
select promotion_id, count(*) as uses, sum(amount_minor)::bigint as spent_minor from promotion_redemptions
where promotion_id = any(@promotion_ids::uuid[]) and not released
group by promotion_id;

-- name: ListPromotionNames :many
select id, name from promotions where id = any(@ids::uuid[]) order by id;

-- name: GetPromotionRevision :one
select number from promotion_revision;
