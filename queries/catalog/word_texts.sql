-- name: ListWordTexts :many
select locale, kind, word, translation from catalog_word_texts
where locale = any(@locales::text[]) and word = any(@words::text[]) and translation <> '';

-- name: StoreWordTexts :many
-- StoreWordTexts stores what is newer than what is there, and returns the languages of that.
insert into catalog_word_texts as t (locale, word, kind, translation, version)
select new.locale, new.word, new.kind, new.translation, new.version
from (
    select unnest(@locales::text[]) as locale, unnest(@words::text[]) as word, unnest(@kinds::text[]) as kind, unnest(@translations::text[]) as translation,
        unnest(@versions::bigint[]) as version
) new
order by new.locale collate "C", new.word collate "C", new.kind collate "C"
on conflict (locale, word, kind) do update set translation = excluded.translation, version = excluded.version
where t.version < excluded.version
returning t.locale;
