-- +goose Up
-- Who may see and change orders has seen and written shoppers' names and addresses before there were accounts, and goes on to.
update auth_staff s set permissions = array(
    select distinct p from unnest(s.permissions
        || case when 'orders.read' = any(s.permissions) then array['customers.read'] else '{}' end
        || case when 'orders.write' = any(s.permissions) then array['customers.write'] else '{}' end) p
    order by p)
where s.permissions && array['orders.read', 'orders.write'];
