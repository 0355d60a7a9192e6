-- name: LockProductEdit :exec
-- LockProductEdit keeps imports from merging while products are edited: their batches are large and look for free addresses and SKUs
-- before they write. Edits do not wait for each other.
select pg_advisory_xact_lock_shared(hashtext('product.merge'));

-- name: LockProducts :many
-- LockProducts makes changes of products take turns. It does not wait for what only points at them, such as a rule that gathers thousands of them.
select id from products where id = any(@ids::uuid[]) order by id for no key update;

-- name: AddEditedProducts :exec
-- AddEditedProducts stores new products. A key that was given is what files that are handed in call the product.
with known as (
    insert into product_source_items (source_id, key, product_id)
    select '00000000-0000-0000-0000-000000000001', given.row ->> 'key', (given.row ->> 'id')::uuid
    from jsonb_array_elements(@rows::jsonb) given(row)
    where given.row ->> 'key' <> given.row ->> 'id'
)
insert into products (id, slug, asked_slug, name, description, brand, state, attributes, options, tags, category_ids, type_id,
    tax_class, seo_title, seo_description, translations, related_ids, publish_time, staff_fields, create_time, update_time)
select g.id, g.slug, g.slug, g.name, g.description, g.brand, g.state, g.attributes, g.options, g.tags, g.category_ids,
    g.type_id, g.tax_class, g.seo_title, g.seo_description, g.translations, g.related_ids, g.publish_time, g.staff_fields, @now, @now
from jsonb_to_recordset(@rows::jsonb) as g(id uuid, slug text, name text, description text, brand text, state text, attributes jsonb,
    options jsonb, tags text[], category_ids uuid[], type_id uuid, tax_class text, seo_title text, seo_description text, translations jsonb, related_ids uuid[],
    publish_time timestamptz, staff_fields text[]);

-- name: ChangeEditedProducts :exec
update products p set slug = g.slug, name = g.name, description = g.description, brand = g.brand, state = g.state, attributes = g.attributes,
    options = g.options, tags = g.tags, category_ids = g.category_ids, type_id = g.type_id, tax_class = g.tax_class, seo_title = g.seo_title,
    seo_description = g.seo_description, translations = g.translations, related_ids = g.related_ids, publish_time = g.publish_time,
    staff_fields = g.staff_fields, version = p.version + 1, update_time = @now
from jsonb_to_recordset(@rows::jsonb) as g(id uuid, slug text, name text, description text, brand text, state text, attributes jsonb,
    options jsonb, tags text[], category_ids uuid[], type_id uuid, tax_class text, seo_title text, seo_description text, translations jsonb, related_ids uuid[],
    publish_time timestamptz, staff_fields text[])
where p.id = g.id;

-- name: DeleteProducts :exec
delete from products where id = any(@ids::uuid[]);

-- name: KeepOldSlugs :exec
-- KeepOldSlugs lets addresses that products had lead to them.
insert into product_old_slugs (slug, product_id, create_time)
select unnest(@slugs::text[]), unnest(@product_ids::uuid[]), @now::timestamptz
on conflict (slug) do update set product_id = excluded.product_id, create_time = excluded.create_time;

-- name: EndOldSlugs :exec
-- EndOldSlugs ends redirects from addresses that products have now.
delete from product_old_slugs where slug = any(@slugs::text[]);

-- name: RemoveEditedImages :exec
delete from product_images i where i.product_id = any(@product_ids::uuid[]) and i.id <> all(@kept_ids::uuid[]);

-- name: ChangeEditedImages :exec
update product_images i set position = g.position, alt = g.alt
from jsonb_to_recordset(@rows::jsonb) as g(id uuid, product_id uuid, position int, alt text)
where i.id = g.id and i.product_id = g.product_id and (i.position, i.alt) is distinct from (g.position, g.alt);

-- name: AddEditedImages :exec
-- AddEditedImages has pictures fetched that have no files yet.
insert into product_images (id, product_id, position, source_url, alt, files, hash, next_try)
select g.id, g.product_id, g.position, g.source_url, g.alt, g.files, g.hash, case when g.files is null then @now::timestamptz end
from jsonb_to_recordset(@rows::jsonb) as g(id uuid, product_id uuid, position int, source_url text, alt text, files jsonb, hash text);

-- name: RemoveEditedVariants :exec
delete from product_variants v where v.product_id = any(@product_ids::uuid[]) and v.id <> all(@kept_ids::uuid[]);

-- name: ChangeEditedVariants :exec
update product_variants v set position = g.position, sku = g.sku, gtin = g.gtin, option_values = g.option_values, price_minor = g.price_minor,
    compare_at_minor = g.compare_at_minor, currency = g.currency, weight_grams = g.weight_grams, image_id = g.image_id, mpn = g.mpn,
    staff_fields = g.staff_fields
from jsonb_to_recordset(@rows::jsonb) as g(id uuid, product_id uuid, position int, sku text, gtin text, option_values text[], price_minor bigint,
    compare_at_minor bigint, currency text, weight_grams int, image_id uuid, mpn text, staff_fields text[])
where v.id = g.id and v.product_id = g.product_id;

-- name: AddEditedVariants :exec
insert into product_variants (id, product_id, position, sku, gtin, option_values, price_minor, compare_at_minor, currency, weight_grams, image_id,
    mpn, staff_fields)
select g.id, g.product_id, g.position, g.sku, g.gtin, g.option_values, g.price_minor, g.compare_at_minor, g.currency, g.weight_grams, g.image_id,
    g.mpn, g.staff_fields
from jsonb_to_recordset(@rows::jsonb) as g(id uuid, product_id uuid, position int, sku text, gtin text, option_values text[], price_minor bigint,
    compare_at_minor bigint, currency text, weight_grams int, image_id uuid, mpn text, staff_fields text[]);

-- name: ListSKUOwners :many
-- ListSKUOwners says which products have variants with these SKUs.
select v.sku::text as sku, v.product_id, p.name from product_variants v join products p on p.id = v.product_id where v.sku = any(@skus::text[]);

-- name: ListSlugOwners :many
select slug, id from products where slug = any(@slugs::text[]);

-- name: ListKeyOwners :many
select key, product_id as id from product_source_items
where source_id = '00000000-0000-0000-0000-000000000001' and key = any(@keys::text[]);

-- name: ListCategoryLines :many
-- ListCategoryLines returns categories with those above them, from the root down.
with recursive up as (
    select c.id as leaf, c.id, c.parent_id, 0 as height from product_categories c where c.id = any(@ids::uuid[])
    union all
    select up.leaf, c.id, c.parent_id, up.height + 1 from up
    cross join lateral (select above.id, above.parent_id from product_categories above where above.id = up.parent_id limit 1) c
    where up.height < 50
)
select leaf, array_agg(id order by height desc)::uuid[] as line from up group by leaf;

-- name: LockDueDrafts :many
-- LockDueDrafts returns drafts that are to go on sale and that nobody is changing at the moment.
select id from products
where state = 'draft' and publish_time is not null and publish_time <= @now::timestamptz
order by publish_time
limit @page_size
for update skip locked;
