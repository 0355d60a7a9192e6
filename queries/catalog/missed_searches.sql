-- name: AddMissedSearches :exec
-- AddMissedSearches counts searches of a day. Once there are as many different ones as are kept, only those that are there are
-- counted on: what a machine makes up must not fill the table.
with asked as (
    select unnest(@queries::text[]) as query, unnest(@searches::int[]) as searches
), judged as (
    select a.query, a.searches, k.query is null as fresh,
        row_number() over (partition by k.query is null order by a.searches desc, a.query collate "C") as place
    from asked a left join catalog_missed_searches k on k.day = cast(@day::text as date) and k.query = a.query
), left_over as (
    select cast(@most as int) - count(*) as room from catalog_missed_searches where day = cast(@day::text as date)
), kept as (
    select j.query, j.searches from judged j cross join left_over where not fresh or place <= room
)
insert into catalog_missed_searches as m (day, query, searches)
select cast(@day::text as date), query, searches from kept order by query collate "C"
on conflict (day, query) do update set searches = m.searches + excluded.searches;

-- name: DropMissedSearches :exec
delete from catalog_missed_searches where day < cast(@before::text as date);

-- name: ListMissedSearches :many
-- ListMissedSearches returns a day's searches, the most frequent first.
select query, searches from catalog_missed_searches
where day = cast(@day::text as date) and (searches, query) < (@searches::int, @query::text)
order by searches desc, query desc
limit @page_size;
