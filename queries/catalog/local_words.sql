-- name: AddLocalWords :exec
insert into catalog_local_words as w (locale, word, term)
select locale, word, term from (select unnest(@locales::text[]) as locale, unnest(@words::text[]) as word, unnest(@terms::text[]) as term) new
order by locale collate "C", word collate "C"
on conflict (locale, word) do update set term = excluded.term where w.term <> excluded.term;

-- name: ListLikeLocalWords :many
-- ListLikeLocalWords is ListLikeWords in another language. The index knows no languages, so some more are looked at.
select asked.word::text as asked, w.word::text as word
from unnest(@words::text[]) as asked(word)
cross join lateral (
    select l.locale, l.word, l.term, l.word <-> asked.word as distance from catalog_local_words l order by l.word <-> asked.word limit @looked_at
) w
cross join lateral (select from catalog_layers p where p.terms @@ (select cast(w.term as tsquery)) limit 1) known
where w.locale = @locale::text
order by asked.word, w.distance, w.word;

-- name: LockLocalWords :many
-- LockLocalWords is LockWords in all other languages.
select locale, word from catalog_local_words where (locale, word) > (@locale::text, @word::text)
order by locale, word limit @most for update;

-- name: DropLostLocalWords :exec
-- DropLostLocalWords is DropLostWords in all other languages.
delete from catalog_local_words w
using (select unnest(@locales::text[]) as locale, unnest(@words::text[]) as word) locked
where w.locale = locked.locale and w.word = locked.word 
    and (select count(*) from (select from catalog_layers p where p.terms @@ (select cast(w.term as tsquery)) limit 1) known) = 0;
