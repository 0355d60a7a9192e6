-- name: AddOrderLines :exec
insert into order_lines (
    id, order_id, position, variant_id, product_id, product_slug, product_name, variant_name, sku,
    quantity, unit_price_minor, discount_minor, discounts, gift, total_minor, tax_minor, image, parts
)
select line.id, @order_id, line.position, line.variant_id, line.product_id, line.product_slug, line.product_name, line.variant_name, line.sku,
    line.quantity, line.unit_price_minor, line.discount_minor, line.discounts, line.gift, line.quantity * line.unit_price_minor - line.discount_minor, line.tax_minor,
    line.image, line.parts
from jsonb_to_recordset(@lines::jsonb) as line (
    id uuid, position int, variant_id uuid, product_id uuid, product_slug text, product_name text, variant_name text, sku text,
    quantity int, unit_price_minor bigint, discount_minor bigint, discounts jsonb, gift boolean, tax_minor bigint, image jsonb, parts jsonb
);

-- name: ListOrderLines :many
select * from order_lines where order_id = @order_id order by position;
