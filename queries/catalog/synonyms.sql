-- name: ListAllSynonyms :many
-- ListAllSynonyms returns the groups of some languages. Their number is bounded.
select asked, phrases from catalog_synonyms where locale = any(@locales::text[]) order by id limit @most;

-- name: ListSynonyms :many
select * from catalog_synonyms where id > @after order by id limit @page_size;

-- name: GetSynonyms :one
select * from catalog_synonyms where id = @id;

-- name: CountSynonyms :one
select count(*) from catalog_synonyms;

-- name: CreateSynonyms :one
insert into catalog_synonyms (id, locale, asked, phrases, create_time, update_time)
values (@id, @locale, @asked, @phrases, @now, @now)
returning *;

-- name: UpdateSynonyms :one
update catalog_synonyms set locale = @locale, asked = @asked, phrases = @phrases, version = version + 1, update_time = @now
where id = @id and version = @version
returning *;

-- name: DeleteSynonyms :exec
delete from catalog_synonyms where id = @id;

-- name: HasSynonyms :one
select exists (select from catalog_synonyms where id = @id);
