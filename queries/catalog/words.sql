-- name: AddWords :exec
insert into catalog_words (word, term)
select word, term from (select unnest(@words::text[]) as word, unnest(@terms::text[]) as term) new
order by word collate "C"
on conflict do nothing;

-- name: ListLikeWords :many
-- ListLikeWords returns words that look like those asked for, the most like them first, that still find a product.
select asked.word::text as asked, w.word::text as word
from unnest(@words::text[]) as asked(word)
cross join lateral (
    select l.word, l.term, l.word <-> asked.word as distance from catalog_words l order by l.word <-> asked.word limit 60
) w
where exists (select from catalog_products p where p.terms @@ (select cast(w.term as tsquery)))
order by asked.word, w.distance, w.word;
