-- name: LoadProducts :many
-- LoadProducts returns whole products. It is one statement, so that a replica shows all parts of a product as of one moment.
select p.id, p.slug, p.name, p.description, p.brand, p.state, p.attributes, p.options, p.tags, p.version, p.create_time, p.update_time,
    p.type_id, p.tax_class, p.seo_title, p.seo_description, p.translations, p.related_ids, p.publish_time, p.staff_fields, p.gift_card,
    coalesce((select e.key from product_source_items e where e.product_id = p.id and e.attached_run is null order by e.source_id, e.key limit 1),
        p.id::text)::text as key,
    (select coalesce(jsonb_agg(jsonb_build_object(
            'id', v.id, 'sku', v.sku, 'gtin', v.gtin, 'option_values', v.option_values, 'price', v.price_minor, 'compare_at', v.compare_at_minor,
            'currency', v.currency, 'weight', v.weight_grams, 'image', v.image_id, 'mpn', v.mpn, 'staff_fields', v.staff_fields,
            'bundle_parts', (select jsonb_agg(jsonb_build_object(
                    'variant', b.part_id, 'quantity', b.quantity, 'sku', w.sku, 'name', q.name, 'values', w.option_values,
                    'product', w.product_id, 'state', q.state) order by b.position)
                from product_bundle_parts b
                left join product_variants w on w.id = b.part_id
                left join products q on q.id = w.product_id
                where b.bundle_id = v.id)) order by v.position), '[]')
        from product_variants v where v.product_id = p.id)::jsonb as variants,
    (select coalesce(jsonb_agg(jsonb_build_object(
            'id', i.id, 'source', i.source_url, 'alt', i.alt, 'files', i.files, 'problem', i.problem) order by i.position), '[]')
        from product_images i where i.product_id = p.id)::jsonb as images,
    (select coalesce(jsonb_agg(jsonb_build_object(
            'id', c.id, 'slug', c.slug, 'name', c.name, 'parent', c.parent_id) order by w.place), '[]')
        from unnest(p.category_ids) with ordinality w(id, place)
        join product_categories c on c.id = w.id)::jsonb as categories,
    (select coalesce(jsonb_agg(jsonb_build_object('source', e.source_id, 'key', e.key) order by e.source_id, e.key), '[]')
        from product_source_items e where e.product_id = p.id)::jsonb as external_ids,
    coalesce((select sum(r.reviews) from product_ratings r where r.product_id = p.id), 0)::bigint as rating_count,
    coalesce((select sum(r.reviews * r.rating) from product_ratings r where r.product_id = p.id), 0)::bigint as rating_stars,
    coalesce((select array_agg(o.slug order by o.slug) from product_old_slugs o where o.product_id = p.id), '{}')::text[] as old_slugs,
    coalesce((select array_agg(v.id order by v.position) from product_variants v
        where v.product_id = p.id and exists (select from product_files f where f.variant_id = v.id)), '{}')::uuid[] as digital_variant_ids
from products p
where p.id = any(@ids::uuid[]);

-- name: LoadProductLines :many
-- LoadProductLines returns what a list shows of products, and of bundles what their stock depends on.
select p.id, p.slug, p.name, p.state, p.version, p.update_time, coalesce(c.id::text, '')::text as category_id, coalesce(c.name, '')::text as category_name,
    v.ids::uuid[] as variant_ids, v.skus::text[] as skus, v.prices::bigint[] as prices, v.currencies::text[] as currencies,
    coalesce(i.id::text, '')::text as image_id, coalesce(i.source_url, '')::text as image_source, coalesce(i.alt, '')::text as image_alt,
    coalesce(i.files, '[]')::jsonb as image_files,
    (select coalesce(jsonb_agg(jsonb_build_object('bundle', b.bundle_id, 'variant', b.part_id, 'quantity', b.quantity) order by b.position), '[]')
        from product_bundle_parts b where b.bundle_id = any(v.ids))::jsonb as bundle_parts
from products p
left join product_categories c on c.id = p.category_ids[cardinality(p.category_ids)]
left join lateral (
    select coalesce(array_agg(w.id order by w.position), '{}') as ids, array_agg(coalesce(w.sku, '') order by w.position) as skus,
        array_agg(w.price_minor order by w.position) as prices, array_agg(w.currency order by w.position) as currencies
    from product_variants w where w.product_id = p.id
) v on true
left join lateral (
    select m.id, m.source_url, m.alt, m.files from product_images m where m.product_id = p.id order by m.position limit 1
) i on true
where p.id = any(@ids::uuid[]);

-- name: ListProducts :many
select id, update_time from products
where (update_time, id) < (@before_time::timestamptz, @before_id::uuid)
order by update_time desc, id desc
limit @page_size;

-- name: ListProductsInState :many
select id, update_time from products
where state = @state and (update_time, id) < (@before_time::timestamptz, @before_id::uuid)
order by update_time desc, id desc
limit @page_size;

-- name: ListProductsByName :many
-- ListProductsByName and the lists after it leave out, as they go along an index, what does not pass the filters.
select p.id, p.name, p.update_time from products p
where (p.name, p.id) > (@after_name::text, @after_id::uuid) and (@state::text = '' or p.state = @state::text) and p.update_time >= @since::timestamptz
    and (not @no_picture::boolean or (select i.id from product_images i where i.product_id = p.id limit 1) is null)
order by p.name, p.id
limit @page_size;

-- name: ListProductsByTime :many
select p.id, p.name, p.update_time from products p
where (p.update_time, p.id) < (@before_time::timestamptz, @before_id::uuid) and (@state::text = '' or p.state = @state::text)
    and p.update_time >= @since::timestamptz
    and (not @no_picture::boolean or (select i.id from product_images i where i.product_id = p.id limit 1) is null)
order by p.update_time desc, p.id desc
limit @page_size;

-- name: ListProductsByID :many
select p.id, p.name, p.update_time from products p
where p.id > @after_id and (@state::text = '' or p.state = @state::text) and p.update_time >= @since::timestamptz
    and (not @no_picture::boolean or (select i.id from product_images i where i.product_id = p.id limit 1) is null)
order by p.id
limit @page_size;

-- name: FindNearProducts :many
-- FindNearProducts is FindProducts by time for words, among the 10,000 products alone that come next in the list. What many products have is found there,
-- and nothing that comes before what is found is missed. Whole keys and SKUs count as words here too. To take a name apart costs much more than
-- to see that a word is nowhere in it.
select near.id, near.name, near.update_time from (
    select p.id, p.name, p.search_name, p.update_time, p.state, p.brand, p.tags, p.type_id, p.category_ids from products p
    where (p.update_time, p.id) < (@before_time::timestamptz, @after_id::uuid)
    order by p.update_time desc, p.id desc limit 10000
) near
where (near.search_name like all(@likes::text[]) and to_tsvector('simple', near.name) @@ to_tsquery('simple', @words::text) or near.id = any(array(
        select i.product_id from product_source_items i where i.key = @query::text union all select v.product_id from product_variants v where v.sku = @query)))
    and (@state::text = '' or near.state = @state) and near.update_time >= @since::timestamptz
    and (@brand::text = '' or near.brand = @brand) and (@tag::text = '' or near.tags @> array[@tag])
    and (not @by_type::boolean or near.type_id = @type_id::uuid) and (not @by_category::boolean or near.category_ids @> array[@category_id::uuid])
    and (not @no_picture::boolean or (select i.id from product_images i where i.product_id = near.id limit 1) is null)
order by near.update_time desc, near.id desc
limit @page_size;

-- name: EstimateProducts :one
-- EstimateProducts says about how many products there are, as the database last counted; 0 before that.
select greatest(c.reltuples, 0)::bigint from pg_catalog.pg_class c where c.oid = 'products'::regclass;

-- name: FindProducts :many
-- FindProducts begins with what narrows most, by its index, and then applies the other filters. Words are found by their beginnings in names,
-- and as whole keys and SKUs. Each product is read once. A time that is given in any case would be looked up in its index too, which then has all products.
select p.id, p.name, p.update_time from (
    select w.id, w.name, w.update_time, w.state, w.brand, w.tags, w.type_id, w.category_ids from products w
    where @lead::text = 'words' and to_tsvector('simple', w.name) @@ to_tsquery('simple', @words)
    union all
    select k.id, k.name, k.update_time, k.state, k.brand, k.tags, k.type_id, k.category_ids from products k
    where @lead::text = 'words' and not to_tsvector('simple', k.name) @@ to_tsquery('simple', @words) and k.id = any(array(
        select i.product_id from product_source_items i where i.key = @query union all select v.product_id from product_variants v where v.sku = @query))
    union all
    select b.id, b.name, b.update_time, b.state, b.brand, b.tags, b.type_id, b.category_ids from products b where @lead::text = 'brand' and b.brand = @brand and b.brand <> ''
    union all
    select t.id, t.name, t.update_time, t.state, t.brand, t.tags, t.type_id, t.category_ids from products t where @lead::text = 'type' and t.type_id = @type_id::uuid
    union all
    select g.id, g.name, g.update_time, g.state, g.brand, g.tags, g.type_id, g.category_ids from products g where @lead::text = 'tag' and g.tags @> array[@tag::text]
    union all
    select c.id, c.name, c.update_time, c.state, c.brand, c.tags, c.type_id, c.category_ids from products c where @lead::text = 'category' and c.category_ids @> array[@category_id::uuid]
) p
where (@state::text = '' or p.state = @state::text) and (@since::timestamptz = '0001-01-01+00' or p.update_time >= @since::timestamptz)
    and (@brand::text = '' or p.brand = @brand::text) and (@tag::text = '' or p.tags @> array[@tag::text])
    and (not @by_type::boolean or p.type_id = @type_id::uuid) and (not @by_category::boolean or p.category_ids @> array[@category_id::uuid])
    and (not @no_picture::boolean or (select m.id from product_images m where m.product_id = p.id limit 1) is null)
    and case @sort_by::text
        when 'name' then (p.name, p.id) > (@after_name::text, @after_id::uuid)
        when 'id' then p.id > @after_id::uuid
        else (p.update_time, p.id) < (@before_time::timestamptz, @after_id::uuid)
    end
order by case when @sort_by::text = 'name' then p.name end, case when @sort_by::text = 'time' then p.update_time end desc,
    case when @sort_by::text = 'time' then p.id end desc, p.id
limit @page_size;

-- name: FindCounted :many
-- FindCounted counts what FindProducts finds, as far as it is counted: in no order, so that it may end there. With the count comes a page of what was counted, which is
-- the page of the list if the limit was not reached. One row without a product tells the count of an empty page.
with found as materialized (
    select p.id, p.name, p.update_time from (
        select w.id, w.name, w.update_time, w.state, w.brand, w.tags, w.type_id, w.category_ids from products w
        where @lead::text = 'words' and to_tsvector('simple', w.name) @@ to_tsquery('simple', @words)
        union all
        select k.id, k.name, k.update_time, k.state, k.brand, k.tags, k.type_id, k.category_ids from products k
        where @lead::text = 'words' and not to_tsvector('simple', k.name) @@ to_tsquery('simple', @words) and k.id = any(array(
            select i.product_id from product_source_items i where i.key = @query union all select v.product_id from product_variants v where v.sku = @query))
        union all
        select b.id, b.name, b.update_time, b.state, b.brand, b.tags, b.type_id, b.category_ids from products b where @lead::text = 'brand' and b.brand = @brand and b.brand <> ''
        union all
        select t.id, t.name, t.update_time, t.state, t.brand, t.tags, t.type_id, t.category_ids from products t where @lead::text = 'type' and t.type_id = @type_id::uuid
        union all
        select g.id, g.name, g.update_time, g.state, g.brand, g.tags, g.type_id, g.category_ids from products g where @lead::text = 'tag' and g.tags @> array[@tag::text]
        union all
        select c.id, c.name, c.update_time, c.state, c.brand, c.tags, c.type_id, c.category_ids from products c where @lead::text = 'category' and c.category_ids @> array[@category_id::uuid]
    ) p
    where (@state::text = '' or p.state = @state::text) and (@since::timestamptz = '0001-01-01+00' or p.update_time >= @since::timestamptz)
        and (@brand::text = '' or p.brand = @brand::text) and (@tag::text = '' or p.tags @> array[@tag::text])
        and (not @by_type::boolean or p.type_id = @type_id::uuid) and (not @by_category::boolean or p.category_ids @> array[@category_id::uuid])
        and (not @no_picture::boolean or (select m.id from product_images m where m.product_id = p.id limit 1) is null)
    limit @count_limit
)
select (select count(*) from found)::int as total, coalesce(page.id, '00000000-0000-0000-0000-000000000000')::uuid as id, coalesce(page.name, '')::text as name,
    coalesce(page.update_time, 'epoch')::timestamptz as update_time
from (select) one left join (
    select f.id, f.name, f.update_time, row_number() over (order by case when @sort_by::text = 'name' then f.name end,
        case when @sort_by::text = 'time' then f.update_time end desc, case when @sort_by::text = 'time' then f.id end desc, f.id) as place
    from found f
    where case @sort_by::text
        when 'name' then (f.name, f.id) > (@after_name::text, @after_id::uuid)
        when 'id' then f.id > @after_id::uuid
        else (f.update_time, f.id) < (@before_time::timestamptz, @after_id::uuid)
    end
) page on page.place <= @page_size::bigint
order by page.place;

-- name: CountProducts :one
-- CountProducts and the counts after it count what the lists hold, up to a limit, in the order of an index, so that few rows among many are not looked
-- for in the whole table.
select count(*)::int from (select from products order by update_time limit @count_limit) counted;

-- name: CountProductsInState :one
select count(*)::int from (select from products where state = @state order by update_time limit @count_limit) counted;

-- name: ListTakenSlugs :many
select slug from products where slug = any(@slugs::text[]);

-- name: AddProducts :exec
-- AddProducts stores the staged products that are new, under the slugs found for them, and what their source calls them.
with batch as (
    select unnest(@rows::bigint[]) as row, unnest(@slugs::text[]) as slug
), named as materialized (
    -- A feed has far fewer lists of categories than products. They are looked up once, also by a plan that expects one product.
    select l.categories, array_agg(c.id order by w.place) as ids
    from (
        select distinct r.categories from batch join product_sync_rows r on r.run_id = @run_id and r.row = batch.row
    ) l, unnest(l.categories) with ordinality w(path, place)
    join product_categories c on lower(c.path) = lower(w.path)
    group by l.categories
), known as (
    insert into product_source_items (source_id, key, product_id, content_hash, stock_hash, created_run)
    select @source_id, s.key, s.product_id, s.content_hash, s.stock_hash, @run_id
    from batch
    join product_sync_rows s on s.run_id = @run_id and s.row = batch.row
)
insert into products (id, slug, asked_slug, name, description, brand, state, attributes, options, tags, category_ids, type_id, tax_class, seo_title,
    seo_description, translations, create_time, update_time)
select s.product_id, batch.slug, s.slug, s.name, s.description, s.brand, s.state, s.attributes, s.options, s.tags,
    coalesce(named.ids, '{}'), (select t.id from product_types t where s.type_name <> '' and lower(t.name) = lower(s.type_name) limit 1),
    s.tax_class, s.seo_title, s.seo_description, s.translations, @now, @now
from batch
join product_sync_rows s on s.run_id = @run_id and s.row = batch.row
left join named on named.categories = s.categories
order by batch.row;

-- name: ChangeProducts :exec
-- ChangeProducts overwrites products with what the feed says now, but for the fields that staff made theirs and the source does not own.
-- What many feeds cannot say at all, such as texts for search engines, stays when nothing is said. An address that changes leads on to the new one.
with batch as (
    select unnest(@rows::bigint[]) as row, unnest(@ids::uuid[]) as id, unnest(@slugs::text[]) as slug
), named as materialized (
    select l.categories, array_agg(c.id order by w.place) as ids
    from (
        select distinct r.categories from batch join product_sync_rows r on r.run_id = @run_id and r.row = batch.row
    ) l, unnest(l.categories) with ordinality w(path, place)
    join product_categories c on lower(c.path) = lower(w.path)
    group by l.categories
), old as (
    select o.id, o.slug, array(select f from unnest(o.staff_fields) f where f <> all(@owns::text[])) as kept
    from products o
    where o.id = any(@ids::uuid[])
), changed as (
    update products p set
        slug = case when 'slug' = any(old.kept) then p.slug else batch.slug end,
        asked_slug = case when s.slug_given then s.slug else p.asked_slug end,
        name = case when 'name' = any(old.kept) then p.name else s.name end,
        description = case when 'description' = any(old.kept) then p.description else s.description end,
        brand = case when 'brand' = any(old.kept) then p.brand else s.brand end,
        state = case when 'state' = any(old.kept) then p.state else s.state end,
        attributes = case when 'attributes' = any(old.kept) then p.attributes else s.attributes end,
        options = case when 'options' = any(old.kept) or 'variants' = any(old.kept) then p.options else s.options end,
        tags = case when 'tags' = any(old.kept) then p.tags else s.tags end,
        category_ids = case when 'categories' = any(old.kept) then p.category_ids else coalesce(named.ids, '{}') end,
        type_id = case when 'type_id' = any(old.kept) or s.type_name = '' then p.type_id
            else coalesce((select t.id from product_types t where lower(t.name) = lower(s.type_name) limit 1), p.type_id) end,
        tax_class = case when 'tax_class' = any(old.kept) or s.tax_class = '' then p.tax_class else s.tax_class end,
        seo_title = case when 'seo_title' = any(old.kept) or s.seo_title = '' then p.seo_title else s.seo_title end,
        seo_description = case when 'seo_description' = any(old.kept) or s.seo_description = '' then p.seo_description else s.seo_description end,
        translations = case when 'translations' = any(old.kept) or s.translations = '[]' then p.translations else (
            select coalesce(jsonb_agg(m.t order by m.t ->> 'locale'), '[]') from (
                select t from jsonb_array_elements(s.translations) t
                union all
                select t from jsonb_array_elements(p.translations) t
                where not exists (select 1 from jsonb_array_elements(s.translations) n where n ->> 'locale' = t ->> 'locale')
            ) m
        ) end,
        version = p.version + 1, update_time = @now
    from batch
    join product_sync_rows s on s.run_id = @run_id and s.row = batch.row
    join old on old.id = batch.id
    left join named on named.categories = s.categories
    where p.id = batch.id
    returning p.id, old.slug as old_slug, p.slug as new_slug
)
insert into product_old_slugs (slug, product_id, create_time)
select c.old_slug, c.id, @now from changed c where c.old_slug <> c.new_slug
on conflict (slug) do update set product_id = excluded.product_id, create_time = excluded.create_time;

-- name: EndRedirects :exec
-- EndRedirects takes addresses from products that had them, where a product has one now.
delete from product_old_slugs o using products p where o.slug = any(@slugs::text[]) and p.slug = o.slug;

-- name: SetProductStates :many
-- SetProductStates takes products off sale and returns those that were not so already.
update products set state = @state, version = version + 1, update_time = @now
where id = any(@ids::uuid[]) and state <> @state and (state = 'active' or @state = 'archived')
returning id;

-- name: RaiseVersions :exec
-- RaiseVersions says that something of products changed that stands in other tables, such as pictures or reviews.
update products set version = version + 1, update_time = @now where id = any(@ids::uuid[]);
