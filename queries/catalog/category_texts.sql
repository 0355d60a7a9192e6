-- name: ListCategoryTexts :many
-- ListCategoryTexts returns what categories and collections are called in further languages.
select category_id, locale, slug, name, seo_title, seo_description, octet_length(description) > 0 as described from catalog_category_texts
order by category_id, locale;

-- name: KeepCategoryTextSlugs :exec
-- KeepCategoryTextSlugs remembers the translated addresses that categories and collections are about to lose, so that they lead on.
insert into catalog_category_old_text_slugs as o (slug, locale, kind, category_id)
select t.slug, t.locale, @kind, t.category_id from catalog_category_texts t
where t.category_id = any(@category_ids::uuid[]) and t.slug <> '' and not exists (
    select from (select unnest(@in_category_ids::uuid[]) as category_id, unnest(@in_locales::text[]) as locale, unnest(@in_slugs::text[]) as slug) kept
    where kept.category_id = t.category_id and kept.locale = t.locale and kept.slug = t.slug
)
order by t.slug, t.locale
on conflict (slug, locale, kind) do update set category_id = excluded.category_id where o.category_id <> excluded.category_id;

-- name: DropCategoryTexts :exec
-- DropCategoryTexts forgets the texts of categories in languages that they have none in any more.
delete from catalog_category_texts t
where t.category_id = any(@category_ids::uuid[]) and not exists (
    select from (select unnest(@in_category_ids::uuid[]) as category_id, unnest(@in_locales::text[]) as locale) has
    where has.category_id = t.category_id and has.locale = t.locale
);

-- name: StoreCategoryTexts :exec
insert into catalog_category_texts as t (category_id, locale, slug, name, description, seo_title, seo_description)
select new.category_id, new.locale, new.slug, new.name, new.description, new.seo_title, new.seo_description
from (
    select unnest(@category_ids::uuid[]) as category_id, unnest(@locales::text[]) as locale, unnest(@slugs::text[]) as slug, unnest(@names::text[]) as name,
        unnest(@descriptions::text[]) as description, unnest(@seo_titles::text[]) as seo_title, unnest(@seo_descriptions::text[]) as seo_description
) new
order by new.category_id, new.locale collate "C"
on conflict (category_id, locale) do update set slug = excluded.slug, name = excluded.name, description = excluded.description,
    seo_title = excluded.seo_title, seo_description = excluded.seo_description
where (t.slug, t.name, t.description, t.seo_title, t.seo_description) is distinct from
    (excluded.slug, excluded.name, excluded.description, excluded.seo_title, excluded.seo_description);

-- name: FindTranslatedCategory :one
-- FindTranslatedCategory finds a category or a collection by its translated address, or else by one that it had.
select category_id from (
    (select t.category_id, 0 as rank, c.state from catalog_category_texts t
        join catalog_categories c on c.category_id = t.category_id and c.kind = @kind where t.slug = @slug and t.slug <> '' and t.locale = @locale)
    union all
    (select o.category_id, 1, '' from catalog_category_old_text_slugs o where o.slug = @slug and o.locale = @locale and o.kind = @kind)
) found
order by state = 'gone', rank
limit 1;
