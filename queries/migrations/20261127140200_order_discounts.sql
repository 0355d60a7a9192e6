-- +goose Up
-- What promotions took off an order, with the taxes and coins that its total depends on. Orders from before have none of it.
alter table orders
    add column discount_minor bigint not null default 0 constraint order_discount check (discount_minor between 0 and goods_minor),
    add column tax_relief_minor bigint not null default 0 constraint order_tax_relief check (tax_relief_minor >= 0),
    add column rounding_minor bigint not null default 0, -- added, or taken off below zero, so that the total can be paid in coins
    add column promotions jsonb not null default '[]', -- [{"promotion_id", "name", "code", "goods_minor", "shipping_minor"}], in the order in which they were applied
    drop constraint order_total,
    add constraint order_total check (total_minor >= 0 and total_minor = goods_minor - discount_minor + shipping_minor
        + case when tax_included then 0 else tax_minor end - tax_relief_minor + rounding_minor);

-- The total of a line is what is left of it.
alter table order_lines
    add column discount_minor bigint not null default 0 constraint order_line_discount check (discount_minor >= 0),
    add column discounts jsonb, -- [{"promotion_id", "name", "amount_minor"}]; their sum is the discount; null for none
    add column gift boolean not null default false,
    drop constraint order_line_total,
    add constraint order_line_total check (total_minor >= 0 and total_minor = quantity * unit_price_minor - discount_minor);

-- The parts of an order sum to the whole: its lines to goods and discount, and what promotions took off the lines to what each took off the goods.
-- +goose StatementBegin
create or replace function order_adds_up() returns trigger language plpgsql as $$
begin
    if not exists (
        select from order_lines where order_id = new.id
        having sum(quantity * unit_price_minor) = new.goods_minor and sum(discount_minor) = new.discount_minor
            and sum(quantity) = new.item_count and sum(tax_minor) <= new.tax_minor
    ) or new.discount_minor <> (select coalesce(sum((p ->> 'goods_minor')::bigint), 0) from jsonb_array_elements(new.promotions) p) then
        raise exception 'the lines of order % do not add up', new.id
            using errcode = 'check_violation', constraint = 'order_adds_up', table = 'orders';
    end if;
    return null;
end
$$;
-- +goose StatementEnd
create trigger order_discounts_stay before update of discount_minor, tax_relief_minor, rounding_minor, promotions on orders
    for each row when ((old.discount_minor, old.tax_relief_minor, old.rounding_minor, old.promotions)
        is distinct from (new.discount_minor, new.tax_relief_minor, new.rounding_minor, new.promotions))
    execute function order_numbers_stay();
create trigger order_line_discounts_stay before update of discount_minor, discounts, gift on order_lines
    for each row execute function order_numbers_stay();
