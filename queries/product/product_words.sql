-- name: SetWords :many
-- SetWords stores translations, in one order whoever stores them. It returns those that are new or changed. To take away what is not there
-- changes nothing.
insert into product_words as p (id, locale, kind, word, translation, update_time)
select new.id, @locale, new.kind, new.word, new.translation, @now
from (
    select unnest(@ids::uuid[]) as id, unnest(@kinds::text[]) as kind, unnest(@words::text[]) as word, unnest(@translations::text[]) as translation
) new
where new.translation <> '' or exists (select 1 from product_words o where o.locale = @locale and o.word = new.word and o.kind = new.kind)
order by new.word collate "C", new.kind
on conflict (locale, word, kind) do update set translation = excluded.translation, version = p.version + 1, update_time = excluded.update_time
where p.translation <> excluded.translation
returning *;

-- name: CountWords :one
-- CountWords counts up to a limit.
select count(*) from (select 1 from product_words where locale = @locale limit @most) w;

-- name: ListWords :many
select * from product_words
where locale = @locale and (word, kind) > (@after_word::text, @after_kind::text) and translation <> ''
    and (@query::text = '' or position(lower(@query) in lower(word)) > 0 or position(lower(@query) in lower(translation)) > 0)
order by word, kind limit @page_size;

-- name: ListAllWords :many
-- ListAllWords has those too whose translation was taken away.
select * from product_words where id > @after order by id limit @page_size;

-- name: LoadWords :many
select * from product_words where id = any(@ids::uuid[]);

-- name: ListWordLocales :many
-- ListWordLocales looks each language up by the one before.
with recursive found as (
    (select w.locale from product_words w order by w.locale limit 1)
    union all
    select (select w.locale from product_words w where w.locale > f.locale order by w.locale limit 1) from found f where f.locale is not null
)
select locale::text from found where locale is not null;

-- name: FindNthProduct :one
-- FindNthProduct returns where a number of products before one end, the newest first.
select id from products where id < @before order by id desc offset @skipped limit 1;

-- name: ListUntranslatedWords :many
-- ListUntranslatedWords returns what a stretch of products says without a translation, the most used first. What has no letter in it, such as a
-- number, is the same in every language.
with looked as materialized (
    select p.id, p.options, p.attributes from products p where p.id >= @first and p.id < @before and p.state <> 'archived'
), said as (
    select l.id, 'name' as kind, o.one ->> 'name' as word from looked l cross join lateral jsonb_array_elements(l.options) o(one)
    union select l.id, 'value', v.one from looked l cross join lateral jsonb_array_elements(l.options) o(one)
        cross join lateral jsonb_array_elements_text(o.one -> 'values') v(one)
    union select l.id, 'name', a.one ->> 'name' from looked l cross join lateral jsonb_array_elements(l.attributes) a(one)
    union select l.id, 'value', a.one ->> 'value' from looked l cross join lateral jsonb_array_elements(l.attributes) a(one)
)
select s.kind::text as kind, s.word::text as word, count(*)::int as products
from said s
where s.word ~ '[[:alpha:]]' and length(s.word) <= @longest::int
    and not exists (select 1 from product_words w where w.locale = @locale and w.word = s.word and w.kind = s.kind and w.translation <> '')
group by s.kind, s.word
order by count(*) desc, s.kind, s.word limit @most;
