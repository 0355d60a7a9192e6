-- check: promotion.order
-- An order says that something made it cheaper and it was not redeemed, or for another amount; or what was given up still counts.
select coalesce(p.number, r.order_id::text) || ': ' || coalesce(p.amount::text, 'nothing') || ' by ' || coalesce(p.promotion_id, r.promotion_id)
    || ', redeemed ' || coalesce(r.amount_minor::text || case when r.released then ' and given back' else '' end, 'nothing')
from (
    select o.id, o.number, o.state in ('cancelled', 'expired') as over, (p ->> 'promotion_id')::uuid as promotion_id,
        (p ->> 'goods_minor')::bigint + (p ->> 'shipping_minor')::bigint as amount
    from orders o, jsonb_array_elements(o.promotions) p
) p
full join promotion_redemptions r on r.order_id = p.id and r.promotion_id = p.promotion_id
where (p.amount, p.over) is distinct from (r.amount_minor, r.released)

-- check: promotion.discount
-- What promotions took off the goods of an order is not its discount, or is not what they took off its lines.
select o.number || ': ' || o.discount_minor || ', by promotions ' || coalesce(p.amount, 0)
from orders o
left join lateral (select sum((p ->> 'goods_minor')::bigint) as amount from jsonb_array_elements(o.promotions) p) p on true
where o.discount_minor <> coalesce(p.amount, 0) or exists (
    select from jsonb_array_elements(o.promotions) one
    where (one ->> 'goods_minor')::bigint <> coalesce((
        select sum((d ->> 'amount_minor')::bigint) from order_lines l, jsonb_array_elements(coalesce(l.discounts, '[]')) d
        where l.order_id = o.id and d ->> 'promotion_id' = one ->> 'promotion_id'), 0)
)

-- check: promotion.limits
-- A promotion counts other uses or another amount than were redeemed, or more than its limits allow. A limit may have been lowered below what was used.
select coalesce(p.name, l.promotion_id::text) || ': counts ' || l.uses || ' and ' || l.spent_minor || ', redeemed ' || coalesce(r.uses, 0) || ' and ' || coalesce(r.spent, 0)
from promotion_limits l
left join promotions p on p.id = l.promotion_id
left join (
    select promotion_id, count(*) as uses, sum(amount_minor) as spent from promotion_redemptions where not released group by promotion_id
) r on r.promotion_id = l.promotion_id
where (l.uses, l.spent_minor) <> (coalesce(r.uses, 0), coalesce(r.spent, 0))
    or p.version = 1 and (l.most_uses > 0 and l.uses > l.most_uses or l.budget_minor > 0 and l.spent_minor > l.budget_minor)

-- check: promotion.customer
-- A customer used a promotion more often than it allows. A limit may have been lowered below what was used.
select p.name || ': ' || count(*) || ' of ' || l.most_per_customer
from promotion_redemptions r
join promotion_limits l on l.promotion_id = r.promotion_id
join promotions p on p.id = r.promotion_id
where l.most_per_customer > 0 and p.version = 1 and not r.released
group by p.id, p.name, l.most_per_customer, r.customer
having count(*) > l.most_per_customer

-- check: promotion.codes
-- A code counts other uses than were redeemed, or more than it allows.
select c.code || ': counts ' || c.uses || ' of ' || c.most_uses || ', redeemed ' || count(r.order_id)
from promotion_codes c
left join promotion_redemptions r on r.code = c.code and not r.released
where c.most_uses > 0
group by c.code, c.uses, c.most_uses
having c.uses <> count(r.order_id) or c.uses > c.most_uses

-- check: promotion.orders
-- An order is not known to promotions of first orders, or one that was given up still counts for them. Orders from before there were promotions are not.
select o.number || ': ' || o.state
from orders o
left join promotion_orders p on p.order_id = o.id
where p.order_id is null and exists (select from promotion_redemptions r where r.order_id = o.id)
    or p.released <> (o.state in ('cancelled', 'expired'))
