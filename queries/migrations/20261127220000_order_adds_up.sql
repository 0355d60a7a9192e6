-- +goose Up
-- The same sums, asked for only where there is something to sum: most orders have no promotions.
-- +goose StatementBegin
create or replace function order_adds_up() returns trigger language plpgsql as $$
declare
    promoted bigint := 0;
begin
    if new.promotions <> '[]' then
        promoted := (select coalesce(sum((p ->> 'goods_minor')::bigint), 0) from jsonb_array_elements(new.promotions) p);
    end if;
    if new.discount_minor <> promoted or not exists (
        select from order_lines where order_id = new.id
        having sum(quantity * unit_price_minor) = new.goods_minor and sum(discount_minor) = new.discount_minor
            and sum(quantity) = new.item_count and sum(tax_minor) <= new.tax_minor
    ) then
        raise exception 'the lines of order % do not add up', new.id
            using errcode = 'check_violation', constraint = 'order_adds_up', table = 'orders';
    end if;
    return null;
end
$$;
-- +goose StatementEnd
