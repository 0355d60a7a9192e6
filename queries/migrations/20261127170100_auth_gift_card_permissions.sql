-- +goose Up
-- Gift cards are money, so they have permissions of their own. Who may see and change orders, and so give money back, had the same trust before there were any.
update auth_staff s set permissions = array(
    select distinct p from unnest(s.permissions
        || case when 'orders.read' = any(s.permissions) then array['gift_cards.read'] else '{}' end
        || case when 'orders.write' = any(s.permissions) then array['gift_cards.write'] else '{}' end) p
    order by p)
where s.permissions && array['orders.read', 'orders.write'];
