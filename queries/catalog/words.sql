-- name: AddWords :exec
insert into catalog_words (word, term)
select word, term from (select unnest(@words::text[]) as word, unnest(@terms::text[]) as term) new
order by word collate "C"
on conflict do nothing;

-- name: ListLikeWords :many
-- ListLikeWords returns words that look like one, the most like it first, that still find a product.
select w.word::text as word from (
    select word, term, word <-> @word::text as distance from catalog_words order by distance limit 60
) w
where exists (select from catalog_products p where p.terms @@ (select cast(w.term as tsquery)))
order by w.distance, w.word;
