-- name: AddSearches :exec
insert into catalog_searches as s (query, searches, day)
select query, searches, cast(@day::text as date)
from (select unnest(@queries::text[]) as query, unnest(@searches::int[]) as searches) new
order by query collate "C"
on conflict (query) do update set searches = s.searches + excluded.searches, day = excluded.day;

-- name: DropSearches :exec
-- DropSearches keeps the searches that were asked for last.
delete from catalog_searches where query in (
    select query from catalog_searches order by day, query
    limit greatest(0, (select count(*) from catalog_searches) - @most::int)
);

-- name: ListSuggestedSearches :many
-- ListSuggestedSearches returns searches that begin with some words, the most frequent first. What few asked for is nobody else's business.
select query from catalog_searches
where query >= @beginning::text and query < @beginning || chr(1114111) and searches >= @least::int
order by searches desc, query
limit @most;
