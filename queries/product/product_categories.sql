-- name: ListMissingCategories :many
-- ListMissingCategories returns the paths that staged products name and nobody has stored, each once.
select distinct on (lower(w.path)) w.path::text as path
from (
    select distinct s.categories from product_sync_rows s where s.run_id = @run_id and s.row = any(@rows::bigint[])
) l, unnest(l.categories) w(path)
where not exists (select 1 from product_categories c where lower(c.path) = lower(w.path))
order by lower(w.path), w.path;

-- name: ListTakenCategorySlugs :many
select slug from product_categories where slug = any(@slugs::text[]);

-- name: AddCategories :exec
-- AddCategories stores categories of one depth; those above them are there.
with added as (
    select unnest(@ids::uuid[]) as id, unnest(@slugs::text[]) as slug, unnest(@names::text[]) as name, unnest(@paths::text[]) as path,
        unnest(@parent_paths::text[]) as parent_path
)
insert into product_categories (id, parent_id, slug, name, path)
select added.id, parent.id, added.slug, added.name, added.path
from added
left join product_categories parent on lower(parent.path) = lower(added.parent_path);
