-- +goose Up
-- Who may see or change prices of products may see or change promotions as well. Staff who were there before these permissions have none of them.
update auth_staff s set permissions = array(
    select distinct p from unnest(s.permissions
        || case when 'products.read' = any(s.permissions) then array['promotions.read'] else '{}' end
        || case when 'products.write' = any(s.permissions) then array['promotions.write'] else '{}' end) p
    order by p)
where s.permissions && array['products.read', 'products.write'];
