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

-- name: LoadCategories :many
select c.id, c.slug, c.name, coalesce(c.parent_id::text, '')::text as parent_id, c.path, c.description, c.seo_title, c.seo_description, c.image_files,
    c.image_alt, c.hidden, c.position, c.version, c.update_time, c.translations,
    coalesce((select array_agg(o.slug order by o.slug) from product_category_old_slugs o where o.category_id = c.id), '{}')::text[] as old_slugs,
    exists (select 1 from product_categories b where b.parent_id = c.id) as has_children
from product_categories c
where c.id = any(@ids::uuid[]);

-- name: ListCategoriesBelow :many
-- ListCategoriesBelow lists the categories below one in their order; those at the root are below the lowest id.
select id, position from product_categories
where coalesce(parent_id, '00000000-0000-0000-0000-000000000000'::uuid) = @parent_id::uuid and (position, id) > (@after_position::int, @after_id::uuid)
order by position, id
limit @page_size;

-- name: ListCategoriesByPath :many
select id, path from product_categories where (lower(path), id) > (@after_path::text, @after_id::uuid) order by lower(path), id limit @page_size;

-- name: AddCategory :exec
insert into product_categories (id, parent_id, slug, name, path, description, seo_title, seo_description, translations, hidden, position, update_time)
select @id, sqlc.narg(parent_id)::uuid, @slug, @name, @path, @description, @seo_title, @seo_description, @translations, @hidden,
    coalesce((select max(b.position) + 1 from product_categories b
        where coalesce(b.parent_id, '00000000-0000-0000-0000-000000000000'::uuid) = coalesce(sqlc.narg(parent_id)::uuid, '00000000-0000-0000-0000-000000000000'::uuid)), 0),
    @now;

-- name: ChangeCategory :exec
update product_categories set name = @name, slug = @slug, description = @description, seo_title = @seo_title, seo_description = @seo_description,
    translations = @translations, hidden = @hidden, image_alt = @image_alt, image_files = case when @keep_image::boolean then image_files end, parent_id = sqlc.narg(parent_id)::uuid,
    version = version + 1, update_time = @now
where id = @id;

-- name: SetCategoryPaths :exec
-- SetCategoryPaths writes the path of a category and of all below it.
with recursive below as (
    select c.id, @path::text as path from product_categories c where c.id = @id
    union all
    select c.id, below.path || chr(31) || c.name from below join product_categories c on c.parent_id = below.id
)
update product_categories c set path = below.path from below where c.id = below.id and c.path <> below.path;

-- name: GetCategoryHeight :one
-- GetCategoryHeight counts the levels that a category and those below it take.
with recursive below as (
    select c.id, 1 as level from product_categories c where c.id = @id
    union all
    select c.id, below.level + 1 from below join product_categories c on c.parent_id = below.id where below.level < 50
)
select max(level)::int from below;

-- name: OrderCategories :exec
-- OrderCategories gives neighbours their places, in the order of the ids.
update product_categories c set position = g.place - 1
from (select w.id, w.place::int as place from unnest(@ids::uuid[]) with ordinality w(id, place)) g
where c.id = g.id and c.position <> g.place - 1;

-- name: DeleteCategory :exec
delete from product_categories where id = @id;

-- name: KeepOldCategorySlug :exec
insert into product_category_old_slugs (slug, category_id, create_time) values (@slug, @category_id, @now)
on conflict (slug) do update set category_id = excluded.category_id, create_time = excluded.create_time;

-- name: EndOldCategorySlug :exec
delete from product_category_old_slugs where slug = @slug;

-- name: AddCategoryWork :exec
insert into product_category_work (id, category_id, removed_ids, added_id, after_id)
values (@id, @category_id, @removed_ids, sqlc.narg(added_id)::uuid, '00000000-0000-0000-0000-000000000000');

-- name: TakeCategoryWork :one
-- TakeCategoryWork returns the oldest piece of work to one worker, and lets no younger one overtake it.
select * from product_category_work order by id limit 1 for update;

-- name: ListCategoryWorkProducts :many
-- ListCategoryWorkProducts finds the next products of a category by index and sorts them, since an index on both would cost each import.
with found as materialized (
    select p.id from products p where p.category_ids @> array[@category_id::uuid]
)
select id from found where id > @after_id::uuid order by id limit @page_size;

-- name: SaveCategoryWork :exec
update product_category_work set after_id = @after_id where id = @id;

-- name: EndCategoryWork :exec
delete from product_category_work where id = @id;
