-- +goose Up
-- Who may change the shop's prices may set up what is added to them: taxes, delivery and currencies. Staff who were there before these permissions have none of them.
update auth_staff s set permissions = array(
    select distinct p from unnest(s.permissions
        || case when 'products.read' = any(s.permissions) then array['settings.read'] else '{}' end
        || case when 'products.write' = any(s.permissions) then array['settings.write'] else '{}' end) p
    order by p)
where s.permissions && array['products.read', 'products.write'];
