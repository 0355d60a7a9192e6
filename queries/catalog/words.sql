-- name: AddWords :exec
insert into catalog_words as w (word, term)
select word, term from (select unnest(@words::text[]) as word, unnest(@terms::text[]) as term) new
order by word collate "C"
on conflict (word) do update set term = excluded.term where w.term <> excluded.term;

-- name: ListLikeWords :many
-- ListLikeWords returns words that look like those asked for, the most like them first, that still find a product.
select asked.word::text as asked, w.word::text as word
from unnest(@words::text[]) as asked(word)
cross join lateral (
    select l.word, l.term, l.word <-> asked.word as distance from catalog_words l order by l.word <-> asked.word limit 60
) w
cross join lateral (select from catalog_layers p where p.terms @@ (select cast(w.term as tsquery)) limit 1) known
order by asked.word, w.distance, w.word;

-- name: LockWords :many
-- LockWords makes refreshes that bring some of these words wait, so that none is dropped that a product has by then.
select word, term from catalog_words where word > @after order by word collate "C" limit @most for update;

-- name: DropLostWords :exec
-- DropLostWords forgets those of some locked words that no product has any more.
delete from catalog_words w
where w.word = any(@words::text[]) and (select count(*) from (select from catalog_layers p where p.terms @@ (select cast(w.term as tsquery)) limit 1) known) = 0;
