-- name: DropTexts :exec
-- DropTexts forgets the texts of locked products in languages that they have none in any more.
delete from catalog_texts t
where t.product_id = any(@product_ids::uuid[]) and not exists (
    select from (select unnest(@in_product_ids::uuid[]) as product_id, unnest(@in_locales::text[]) as locale) has
    where has.product_id = t.product_id and has.locale = t.locale
);

-- name: FreeTextSlugs :exec
-- FreeTextSlugs takes translated addresses from products where another product has the same in the shop's own language, which every language
-- falls back on.
update catalog_texts t set slug = null
from (select unnest(@product_ids::uuid[]) as product_id, unnest(@slugs::text[]) as slug) taken
where t.slug = any(@slugs::text[]) and t.slug = taken.slug and t.product_id <> taken.product_id;

-- name: ReleaseTextSlugs :exec
-- ReleaseTextSlugs takes from locked products the translated addresses that they are about to exchange, so that two may swap theirs.
update catalog_texts t set slug = null
from (select unnest(@product_ids::uuid[]) as product_id, unnest(@locales::text[]) as locale, unnest(@slugs::text[]) as slug) new
where t.product_id = any(@product_ids::uuid[]) and t.product_id = new.product_id and t.locale = new.locale and t.slug <> new.slug;

-- name: StoreTexts :exec
-- StoreTexts stores locked products' texts. A translated address that another product has already stays that one's.
insert into catalog_texts as t (product_id, locale, slug, name, name_key, description, seo_title, seo_description)
select new.product_id, new.locale,
    case when not exists (select from catalog_pages p where p.slug = new.slug and p.product_id <> new.product_id)
        and not exists (select from catalog_texts o where o.slug = new.slug and o.locale = new.locale and o.product_id <> new.product_id)
        then nullif(new.slug, '') end,
    new.name, new.name_key, new.description, new.seo_title, new.seo_description
from (
    select unnest(@product_ids::uuid[]) as product_id, unnest(@locales::text[]) as locale, unnest(@slugs::text[]) as slug,
        unnest(@names::text[]) as name, unnest(@name_keys::text[]) as name_key, unnest(@descriptions::text[]) as description,
        unnest(@seo_titles::text[]) as seo_title, unnest(@seo_descriptions::text[]) as seo_description
) new
order by new.product_id, new.locale collate "C"
on conflict (product_id, locale) do update set slug = excluded.slug, name = excluded.name, name_key = excluded.name_key,
    description = excluded.description, seo_title = excluded.seo_title, seo_description = excluded.seo_description
where (t.slug, t.name, t.name_key, t.description, t.seo_title, t.seo_description) is distinct from
    (excluded.slug, excluded.name, excluded.name_key, excluded.description, excluded.seo_title, excluded.seo_description);

-- name: ListTexts :many
-- ListTexts returns what stands on the cards of some products in another language.
select product_id, name, slug from catalog_texts where product_id = any(@product_ids::uuid[]) and locale = @locale;

-- name: ListProductTexts :many
-- ListProductTexts returns where a product stands in each language, and what it says in one of them.
select locale, slug, name, case when locale = @locale then description else '' end::text as description, seo_title, seo_description
from catalog_texts where product_id = @product_id order by locale;

-- name: ListAddresses :many
-- ListAddresses returns where some products stand in other languages.
select product_id, locale, slug from catalog_texts where product_id = any(@product_ids::uuid[]) order by product_id, locale;

-- name: GetPageByTranslatedSlug :one
select p.state, p.leaf_id, p.page, p.units from catalog_texts t join catalog_pages p on p.product_id = t.product_id
where t.slug = @slug::text and t.locale = @locale;

-- name: KeepTextSlugs :exec
-- KeepTextSlugs remembers the translated addresses that locked products are about to lose, so that they lead on.
insert into catalog_old_text_slugs as o (slug, locale, product_id)
select t.slug, t.locale, t.product_id from catalog_texts t
where t.product_id = any(@product_ids::uuid[]) and t.slug is not null and not exists (
    select from (select unnest(@in_product_ids::uuid[]) as product_id, unnest(@in_locales::text[]) as locale, unnest(@in_slugs::text[]) as slug) kept
    where kept.product_id = t.product_id and kept.locale = t.locale and kept.slug = t.slug
)
order by t.slug, t.locale
on conflict (slug, locale) do update set product_id = excluded.product_id where o.product_id <> excluded.product_id;

-- name: GetPageByOldTextSlug :one
select p.state, p.leaf_id, p.page, p.units from catalog_old_text_slugs o join catalog_pages p on p.product_id = o.product_id
where o.slug = @slug::text and o.locale = @locale;
