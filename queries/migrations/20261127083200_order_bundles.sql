-- +goose Up
-- What was in a bundle when it was ordered: an array of {variant_id, product_id, product_slug, product_name, variant_name, sku, quantity}, with the
-- units for the whole line; null for what is no bundle. Stock is held for the parts alone.
alter table order_lines add column parts jsonb
    constraint order_line_parts check (jsonb_typeof(parts) = 'array' and jsonb_array_length(parts) > 0);
create trigger order_line_parts_stay before update of parts on order_lines
    for each row execute function order_numbers_stay();
