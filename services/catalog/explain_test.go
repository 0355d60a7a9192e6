package catalog

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// seedLarge makes 100,000 products of three variants in 40 large categories and 2,000 small ones; a million when all is to be tried in full.
const seedLarge = `
create function seed_id(kind int, n int) returns uuid language sql immutable as
    $$ select (lpad(to_hex(hashint4(kind * 1000003 + n) & 2147483647), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;

insert into catalog_pages (product_id, version, state, slug, leaf_id, page, units)
select seed_id(1, n), 1, case when n % 50 = 0 then 'gone' else 'for_sale' end, 'product-' || n, seed_id(3, n % 2000), repeat('p', 1000)::bytea, '{1,2,3}'
from generate_series(1, 100000) n;

insert into catalog_variants (variant_id, product_id, place, units, ticket)
select seed_id(4, n * 3 + v), seed_id(1, n), v, v + 1, 1 from generate_series(1, 100000) n, generate_series(0, 2) v;

insert into catalog_bundle_parts (bundle_id, part_id, part_product_id, quantity, for_sale)
select seed_id(4, n * 3 + v), seed_id(4, n % 5000 + n * 3 + v), seed_id(1, n % 5000 + n), 2, true from generate_series(1, 100000) n, generate_series(0, 2) v;

insert into catalog_products (product_id, supply, rank, create_time, price, name_key, facets, terms)
select id, supply, 1, '2026-01-01'::timestamptz + n * interval '1 minute', price, name, facets, array_to_tsvector(facets || array[
    'category=' || seed_id(2, n % 40), 'category=' || seed_id(3, n % 2000), 'price=' || width_bucket(price, 0, 100000, 60),
    'word=word' || n % 3000, 'word=more' || n % 7, 'name=word' || n % 3000, 'head=word' || n % 3000, 'sku=sku-' || n])
from (
    select n, seed_id(1, n) as id, case when hashint4(n) % 10 = 0 then 0 else 2 end as supply, (hashint4(n + 1) & 2147483647) % 100000 as price,
        'word' || n % 3000 || ' ' || n as name, array['brand=Brand ' || n % 60, 'option.Colour=' || n % 11,
            case when hashint4(n) % 10 = 0 then 'availability=sold_out' else 'availability=in_stock' end] as facets
    from generate_series(1, 100000) n where n % 50 <> 0
) p;

insert into catalog_listings (product_id, category_id, supply, rank, create_time, price, name_key, availability, card)
select product_id, c.id, supply, rank, create_time, price, name_key, 1, repeat('c', 400)::bytea
from (select *, ('x' || right(product_id::text, 12))::bit(48)::bigint::int as n from catalog_products) p,
    unnest(array[seed_id(2, n % 40), seed_id(3, n % 2000), '00000000-0000-0000-0000-000000000000']) as c(id);

insert into catalog_categories (category_id, slug, name, ticket)
select seed_id(2, n), 'large-' || n, 'Large', 1 from generate_series(0, 39) n union all
select seed_id(3, n), 'small-' || n, 'Small', 1 from generate_series(0, 1999) n;

insert into catalog_counts (category_id, facet, products)
select category_id, facet, count(*) from catalog_listings join catalog_products using (product_id), unnest(array_append(facets, '')) facet group by 1, 2;

insert into catalog_missed_searches (day, query, searches) select '2026-11-01'::date + n % 20, 'query ' || n, n % 9 from generate_series(1, 50000) n;
insert into catalog_searches (query, searches, day) select 'query ' || n, n % 9, '2026-11-01'::date + n % 20 from generate_series(1, 20000) n;
insert into catalog_old_slugs (slug, product_id) select 'old-' || n, seed_id(1, n) from generate_series(1, 100000) n;
insert into catalog_category_old_slugs (slug, category_id) select 'old-' || n, seed_id(3, n) from generate_series(0, 1999) n;
insert into catalog_collection_old_slugs (slug, collection_id) select 'old-' || n, seed_id(3, n) from generate_series(0, 1999) n;
insert into catalog_synonyms (id, locale, asked, phrases, create_time, update_time) select seed_id(5, n), '', '{}', array['a', 'b' || n], now(), now() from generate_series(1, 10000) n;
insert into catalog_placements (id, query, pinned, boosted, buried, create_time, update_time) select seed_id(6, n), 'query ' || n, '{}', '{}', '{}', now(), now() from generate_series(1, 10000) n;

insert into catalog_texts (product_id, locale, slug, name, name_key, description, seo_title, seo_description)
select seed_id(1, n), locale, case when n % 2 = 0 then locale || '-' || n end, 'Wort ' || n, 'wort ' || n, repeat('d', 500), '', ''
from generate_series(1, 100000) n, unnest(array['de', 'fr']) locale where n % 50 <> 0;
insert into catalog_names (product_id, category_id, locale, sort_key)
select product_id, category_id, locale, name_key::bytea from catalog_listings, unnest(array['de', 'fr']) locale;
insert into catalog_old_text_slugs (slug, locale, product_id) select 'alt-' || n, 'de', seed_id(1, n) from generate_series(1, 100000) n;
insert into catalog_category_texts (category_id, locale, slug, name, description, seo_title, seo_description)
select seed_id(3, n), locale, locale || '-' || n, 'Wort', '', '', '' from generate_series(0, 1999) n, unnest(array['de', 'fr']) locale;
insert into catalog_category_old_text_slugs (slug, locale, kind, category_id) select 'alt-' || n, 'de', 'category', seed_id(3, n) from generate_series(0, 1999) n;
insert into catalog_local_words (locale, word, term) select case when n % 2 = 0 then 'de' else 'fr' end, 'wort' || n, '''de:name=wort' || n || '''' from generate_series(0, 20000) n;
insert into catalog_word_texts (locale, word, kind, translation, version) select locale, 'word ' || n, 'value', 'Wort', 1 from generate_series(0, 20000) n, unnest(array['de', 'fr']) locale;

insert into catalog_pairs (product_id, other_id, orders, weight, last_time)
select seed_id(1, n), seed_id(1, (n + other * other) % 100000 + 1), 1 + other % 3, 1 + other, '2026-01-01'::timestamptz + n * interval '1 minute'
from generate_series(1, 100000) n, generate_series(1, 5) other where (n + other * other) % 100000 + 1 <> n;
insert into catalog_pairs (product_id, other_id, orders, weight, last_time)
select seed_id(1, 7), seed_id(1, n), 2, n, '2026-06-01' from generate_series(100, 50000) n on conflict do nothing;
insert into catalog_counted_orders (order_id, confirm_time) select seed_id(7, n), '2026-01-01'::timestamptz + n * interval '1 minute' from generate_series(1, 100000) n;

insert into catalog_words (word, term) select 'word' || n, '''word=word' || n || '''' from generate_series(0, 20000) n;
`

// explainer answers each query with no rows and keeps how PostgreSQL would have found them.
type explainer struct {
	postgres.DBTX
	t     *testing.T
	tx    pgx.Tx
	plans map[string][2]string // by the query's name: planned for these values, and for any
}

func (e *explainer) explain(ctx context.Context, sql string, args []any) {
	e.t.Helper()
	name, _, _ := strings.Cut(strings.TrimPrefix(sql, "-- name: "), " ")
	values := make([]string, len(args))
	for i, arg := range args {
		values[i] = literal(arg)
	}
	execute := "explain (costs off) execute explained"
	if len(values) > 0 {
		execute += "(" + strings.Join(values, ", ") + ")"
	}
	var plans [2]string
	for i, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		for _, statement := range []string{"set local plan_cache_mode = " + mode, "prepare explained as " + sql} {
			if _, err := e.tx.Exec(ctx, statement); err != nil {
				e.t.Fatalf("%s: %v", name, err)
			}
		}
		rows, err := e.tx.Query(ctx, execute, pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			e.t.Fatalf("%s: %v", name, err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			e.t.Fatalf("%s: %v", execute, err)
		}
		plans[i] = strings.Join(lines, "\n")
		if _, err := e.tx.Exec(ctx, "deallocate explained"); err != nil {
			e.t.Fatal(err)
		}
	}
	e.plans[name] = plans
}

func literal(arg any) string {
	quoted := func(value any) string { return strings.ReplaceAll(fmt.Sprint(value), "'", "''") }
	if text, ok := arg.([]byte); ok {
		return fmt.Sprintf(`'\x%x'`, text)
	}
	if at, ok := arg.(time.Time); ok {
		return at.Format("'2006-01-02T15:04:05Z07:00'")
	}
	if list := reflect.ValueOf(arg); list.Kind() == reflect.Slice {
		elements := make([]string, list.Len())
		for i := range elements {
			elements[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(quoted(list.Index(i).Interface())) + `"`
		}
		return "'{" + strings.Join(elements, ",") + "}'"
	}
	return "'" + quoted(arg) + "'"
}

func (e *explainer) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	e.explain(ctx, sql, args)
	return noRows{}, nil
}

func (e *explainer) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	e.explain(ctx, sql, args)
	return noRows{}
}

func (e *explainer) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	e.explain(ctx, sql, args)
	return pgconn.CommandTag{}, nil
}

type noRows struct{ pgx.Rows }

func (noRows) Next() bool        { return false }
func (noRows) Err() error        { return nil }
func (noRows) Close()            {}
func (noRows) Scan(...any) error { return pgx.ErrNoRows }

// fill seeds a large shop. The indexes are taken away and made again as they were, which is faster than filling them row by row.
func fill(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url) // without the limits of the shop's connections
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	rows, err := conn.Query(t.Context(), "select indexname, indexdef from pg_indexes where indexname in ('catalog_words_like', 'catalog_local_words_like') or indexname ~ '^catalog_(listings|names|products_layer)_[^_]+$' and indexname not like '%_pkey'")
	if err != nil {
		t.Fatal(err)
	}
	type index struct{ Name, Definition string }
	indexes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[index])
	if err != nil {
		t.Fatal(err)
	}
	var before, after string
	for _, index := range indexes {
		before += "drop index " + index.Name + ";"
		after += index.Definition + ";"
	}
	seed := seedLarge
	if os.Getenv("TRADEWIND_FULL") == "1" {
		seed = strings.ReplaceAll(seed, "generate_series(1, 100000)", "generate_series(1, 1000000)")
	}
	for _, statements := range []string{"set synchronous_commit = off", before, seed, after, "vacuum analyze"} {
		if _, err := conn.Exec(t.Context(), statements, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatal(err)
		}
	}
}

// Every query finds its rows by an index in a large shop, whatever it is asked for, and a page of a list is read in its order and not sorted.
func TestQueriesUseIndexes(t *testing.T) {
	if testing.Short() {
		t.Skip("seeds a hundred thousand products")
	}
	t.Parallel()
	at := postgrestest.NewURLs(t)
	fill(t, at.Primary)
	db, err := postgres.Open(t.Context(), postgres.Config{URL: at.Primary, MaxConns: 2, Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	s, ctx := New(Config{DB: db}), inTurn(t)
	var ids, variants []string
	for i, row := range texts(t, ctx, s, "select concat(product_id, ' ', variant_id) from catalog_variants order by variant_id limit 500") {
		if i < 100 {
			ids = append(ids, row[:36])
		}
		variants = append(variants, row[37:])
	}
	large := texts(t, ctx, s, "select category_id::text from catalog_categories where slug = 'large-7'")[0]
	small := texts(t, ctx, s, "select category_id::text from catalog_categories where slug = 'small-7'")[0]
	n := &narrowing{category: large, choices: []choice{{"brand", []string{"Brand 7", "Brand 47"}}}, priced: true, from: 1000, to: 90000}
	asked := readSearch("word7 more", languageOf("en"))
	var levels []string
	var fits []int32
	for _, level := range slices.Concat(asked.levels(), asked.mostOf()) {
		levels, fits = append(levels, n.also(level.query)), append(fits, level.fit)
	}

	_, err = postgres.InTx(ctx, db, func(ctx context.Context, tx pgx.Tx) (any, error) {
		e := &explainer{t: t, tx: tx, plans: map[string][2]string{}}
		part := catalogdb.ListUsualParams{CategoryID: large, PageStart: 48, PageSize: 24}
		wide := catalogdb.ListWideByPriceParams{Query: n.query(), CategoryID: large, PriceFrom: n.from, PriceTo: n.to, PageStart: 48, PageSize: 24}
		explain(queries.ListUsual(ctx, e, part))
		explain(queries.ListByPrice(ctx, e, catalogdb.ListByPriceParams(part)))
		explain(queries.ListByPriceDown(ctx, e, catalogdb.ListByPriceDownParams(part)))
		explain(queries.ListNewest(ctx, e, catalogdb.ListNewestParams(part)))
		explain(queries.ListByName(ctx, e, catalogdb.ListByNameParams(part)))
		explain(queries.ListWideByPrice(ctx, e, wide))
		explain(queries.ListWideByPriceDown(ctx, e, catalogdb.ListWideByPriceDownParams(wide)))
		explain(queries.ListWideNewest(ctx, e, catalogdb.ListWideNewestParams(wide)))
		explain(queries.ListWideByName(ctx, e, catalogdb.ListWideByNameParams(wide)))
		ordered := len(e.plans)
		for name, plans := range e.plans {
			index := "catalog_listings_" + map[string]string{"Usual": "usual", "ByPrice": "price", "ByPriceDown": "price", "Newest": "newest", "ByName": "name"}[strings.TrimPrefix(strings.TrimPrefix(name, "List"), "Wide")]
			for _, plan := range plans {
				if strings.Contains(plan, "Sort") || !strings.Contains(plan, index+" ") {
					t.Errorf("%s sorts, or does not read %s:\n%s", name, index, plan)
				}
			}
		}
		byName := catalogdb.ListByTranslatedNameParams{Locale: "de", CategoryID: large, PageStart: 48, PageSize: 24}
		explain(queries.ListByTranslatedName(ctx, e, byName))
		explain(queries.ListWideByTranslatedName(ctx, e, catalogdb.ListWideByTranslatedNameParams{
			Locale: "de", Query: wide.Query, CategoryID: large, PriceFrom: n.from, PriceTo: n.to, PageStart: 48, PageSize: 24,
		}))
		for _, name := range []string{"ListByTranslatedName", "ListWideByTranslatedName"} {
			for _, plan := range e.plans[name] {
				before, _, ordered := strings.Cut(plan, "catalog_names_order ")
				if at := strings.LastIndex(before, "Limit"); !ordered || at < 0 || strings.Contains(before[at:], "Sort") {
					t.Errorf("%s sorts what it reads, or does not read catalog_names_order:\n%s", name, plan)
				}
			}
		}
		var local []string
		for _, level := range readSearch("word7 more", furtherLanguages([]string{"de"}, languageOf("en"))[0]).levels() {
			local = append(local, n.also(level.query))
		}
		for _, sort := range []bool{false, true} {
			explain(queries.ListNarrowedTranslated(ctx, e, catalogdb.ListNarrowedTranslatedParams{
				Levels: local, Fits: fits[:len(local)], Phrase: asked.text, PriceFrom: n.from, PriceTo: n.to, Most: mostCounted + 1, ByName: sort, Locale: "de",
				PageSize: 24, AllProducts: allProducts,
			}))
			e.plans[fmt.Sprint("ListNarrowedTranslated by name: ", sort)] = e.plans["ListNarrowedTranslated"]
		}
		explain(queries.SuggestTranslated(ctx, e, catalogdb.SuggestTranslatedParams{
			AllProducts: allProducts, Likes: []string{"% word%"}, Query: asked.all(false, inHead), Phrase: "word", LookedAt: suggestedLookedAt, Enough: 32, Most: suggestedFound, PageSize: 8, Locale: "de",
		}))
		explain(queries.ListLikeLocalWords(ctx, e, catalogdb.ListLikeLocalWordsParams{Words: []string{"wrot7"}, Locale: "de", LookedAt: likeWordsLookedAt}))
		explain(queries.LockLocalWords(ctx, e, catalogdb.LockLocalWordsParams{Locale: "de", Word: "wort7", Most: wordsAtOnce}))
		explain(nil, queries.DropLostLocalWords(ctx, e, catalogdb.DropLostLocalWordsParams{Locales: ids[:10], Words: ids[:10]}))
		explain(queries.ListTexts(ctx, e, catalogdb.ListTextsParams{ProductIds: ids[:24], Locale: "de"}))
		explain(queries.ListProductTexts(ctx, e, catalogdb.ListProductTextsParams{ProductID: ids[0], Locale: "de"}))
		explain(queries.ListAddresses(ctx, e, ids))
		explain(queries.ListWordTexts(ctx, e, catalogdb.ListWordTextsParams{Locales: []string{"de-AT", "de"}, Words: ids}))
		explain(queries.GetPageByTranslatedSlug(ctx, e, catalogdb.GetPageByTranslatedSlugParams{Slug: "de-8", Locale: "de"}))
		languages := slices.Repeat([]string{"de"}, len(ids))
		explain(queries.StoreWordTexts(ctx, e, catalogdb.StoreWordTextsParams{Locales: languages, Words: ids, Kinds: ids, Translations: ids, Versions: make([]int64, len(ids))}))
		explain(nil, queries.DropTexts(ctx, e, catalogdb.DropTextsParams{ProductIds: ids, InProductIds: ids, InLocales: languages}))
		explain(nil, queries.FreeTextSlugs(ctx, e, catalogdb.FreeTextSlugsParams{ProductIds: ids, Slugs: ids}))
		explain(nil, queries.ReleaseTextSlugs(ctx, e, catalogdb.ReleaseTextSlugsParams{ProductIds: ids, Locales: languages, Slugs: ids}))
		explain(nil, queries.StoreTexts(ctx, e, catalogdb.StoreTextsParams{
			ProductIds: ids, Locales: languages, Slugs: ids, Names: ids, NameKeys: ids, Descriptions: ids, SeoTitles: ids, SeoDescriptions: ids,
		}))
		explain(nil, queries.DropNames(ctx, e, catalogdb.DropNamesParams{ProductIds: ids, Locales: languages[:1], InProductIds: ids, InCategoryIds: ids}))
		explain(queries.ListNarrowed(ctx, e, catalogdb.ListNarrowedParams{
			Levels: levels, Fits: fits, Phrase: asked.text, PriceFrom: n.from, PriceTo: n.to, Most: mostCounted + 1, Sort: int32(catalogv1.Sort_SORT_NAME),
			PageSize: 24, AllProducts: allProducts,
		}))
		explain(queries.CountNarrowed(ctx, e, catalogdb.CountNarrowedParams{
			Queries: []string{asked.all(false, inText), n.query()}, Numbers: []int32{0, 1}, PriceFroms: []int64{0, 0}, PriceTos: []int64{highest, highest}, Most: mostCounted, MostFacets: mostCounts}))
		explain(queries.ListFirst(ctx, e, catalogdb.ListFirstParams{Query: n.query(), PriceFrom: 0, PriceTo: highest, Wanted: 48}))
		explain(queries.CountHeld(ctx, e, catalogdb.CountHeldParams{Layers: []int16{0, 1, 2}, Most: mostHeld, AllProducts: allProducts}))
		explain(queries.ListLast(ctx, e, catalogdb.ListLastParams{AllProducts: allProducts, Layer: 1, Most: movedInTurn}))
		explain(queries.ListNext(ctx, e, catalogdb.ListNextParams{AllProducts: allProducts, Layer: 1, Most: movedInTurn}))
		explain(nil, queries.CloseLayers(ctx, e, 2))
		explain(nil, queries.OpenLayers(ctx, e, catalogdb.OpenLayersParams{AllProducts: allProducts, Few: 1}))
		explain(nil, queries.MoveProducts(ctx, e, catalogdb.MoveProductsParams{Layer: 1, ProductIds: ids}))
		explain(queries.KnownTerms(ctx, e, asked.ones(false, inText)))
		explain(queries.ListLikeWords(ctx, e, []string{"wodr7", "mroe"}))
		explain(queries.ListPlaced(ctx, e, catalogdb.ListPlacedParams{
			CategoryID: large, Pinned: ids[:5], Boosted: ids[5:10], Buried: ids[10:15], PageStart: 48, PageEnd: 72, PageSize: 24,
		}))
		explain(nil, queries.AddMissedSearches(ctx, e, catalogdb.AddMissedSearchesParams{Day: "2026-11-05", Queries: []string{"a"}, Searches: []int32{1}, Most: mostMissed}))
		explain(nil, queries.DropMissedSearches(ctx, e, "2026-11-02"))
		explain(queries.ListMissedSearches(ctx, e, catalogdb.ListMissedSearchesParams{Day: "2026-11-05", Searches: 5, PageSize: 51}))
		explain(queries.ListSynonyms(ctx, e, catalogdb.ListSynonymsParams{After: lowestID, PageSize: 51}))
		explain(queries.HasSynonyms(ctx, e, lowestID))
		explain(queries.UpdateSynonyms(ctx, e, catalogdb.UpdateSynonymsParams{ID: lowestID, Asked: ids[:1], Phrases: ids[:1]}))
		explain(nil, queries.DeleteSynonyms(ctx, e, lowestID))
		explain(queries.ListPlacements(ctx, e, catalogdb.ListPlacementsParams{After: lowestID, PageSize: 51}))
		explain(queries.HasPlacement(ctx, e, lowestID))
		explain(queries.UpdatePlacement(ctx, e, catalogdb.UpdatePlacementParams{ID: lowestID, Pinned: ids[:1], Boosted: ids[:1], Buried: ids[:1]}))
		explain(nil, queries.DeletePlacement(ctx, e, lowestID))
		explain(queries.SuggestProducts(ctx, e, catalogdb.SuggestProductsParams{
			AllProducts: allProducts, Likes: []string{"% word%"}, Query: asked.all(false, inHead), Phrase: "word", LookedAt: suggestedLookedAt, Enough: 32, Most: suggestedFound, PageSize: 8,
		}))
		explain(queries.ListSuggestedSearches(ctx, e, catalogdb.ListSuggestedSearchesParams{Beginning: "query 12", Least: leastAsked, Most: 3}))
		explain(nil, queries.AddSearches(ctx, e, catalogdb.AddSearchesParams{Day: "2026-11-05", Queries: []string{"a"}, Searches: []int32{1}}))
		explain(nil, queries.DropOldSlugs(ctx, e, catalogdb.DropOldSlugsParams{ProductIds: ids, Slugs: ids}))
		explain(nil, queries.StoreOldSlugs(ctx, e, catalogdb.StoreOldSlugsParams{ProductIds: ids, Slugs: ids}))
		explain(queries.GetPageByOldSlug(ctx, e, "old-7"))
		explain(queries.ListPassedOver(ctx, e, catalogdb.ListPassedOverParams{After: lowestID, Since: 1, Most: rebuiltAtOnce}))
		explain(nil, queries.DropStrayVariants(ctx, e, 2))
		explain(queries.LockWords(ctx, e, catalogdb.LockWordsParams{After: "word7", Most: wordsAtOnce}))
		explain(nil, queries.DropLostWords(ctx, e, ids[:10]))
		explain(queries.ListCountedCategories(ctx, e, catalogdb.ListCountedCategoriesParams{After: large, Most: countedAtOnce}))
		explain(nil, queries.DropNoCounts(ctx, e, large))
		explain(queries.GetPage(ctx, e, "product-7"))
		explain(queries.ListSlugs(ctx, e, catalogdb.ListSlugsParams{After: ids[0], AllProducts: allProducts, PageSize: 1000}))
		explain(queries.SkipSlugs(ctx, e, catalogdb.SkipSlugsParams{After: ids[0], Passed: 49_999}))
		explain(queries.ListCards(ctx, e, catalogdb.ListCardsParams{ProductIds: ids[:8], AllProducts: allProducts}))
		explain(queries.DescribeCategories(ctx, e, catalogdb.DescribeCategoriesParams{}))
		explain(queries.EndCategories(ctx, e, ids[:3]))
		explain(nil, queries.DropOldCategorySlugs(ctx, e, catalogdb.DropOldCategorySlugsParams{CategoryIds: ids[:3], Slugs: ids[:3]}))
		explain(queries.FindCategory(ctx, e, "large-7"))
		explain(queries.DescribeCollections(ctx, e, catalogdb.DescribeCollectionsParams{}))
		explain(nil, queries.DropOldCollectionSlugs(ctx, e, catalogdb.DropOldCollectionSlugsParams{CollectionIds: ids[:3], Slugs: ids[:3]}))
		explain(nil, queries.StoreOldCollectionSlugs(ctx, e, catalogdb.StoreOldCollectionSlugsParams{CollectionIds: ids[:3], Slugs: ids[:3]}))
		explain(queries.FindCollection(ctx, e, "large-7"))
		explain(queries.GetCategoryTexts(ctx, e, catalogdb.GetCategoryTextsParams{CategoryID: large, Locale: "de"}))
		explain(queries.ListByHand(ctx, e, catalogdb.ListByHandParams{CategoryID: small, Filter: n.chosen(), PriceFrom: n.from, PriceTo: n.to, PageSize: 24}))
		collections := slices.Repeat([]string{large}, len(ids))
		explain(queries.CountStanding(ctx, e, catalogdb.CountStandingParams{ProductIds: ids, CollectionIds: collections}))
		explain(nil, queries.LeaveNames(ctx, e, catalogdb.LeaveNamesParams{ProductIds: ids, CollectionIds: collections}))
		explain(nil, queries.EnterNames(ctx, e, catalogdb.EnterNamesParams{ProductIds: ids, CollectionIds: collections, AllProducts: allProducts}))
		explain(nil, queries.LeaveCollections(ctx, e, catalogdb.LeaveCollectionsParams{ProductIds: ids, CollectionIds: collections}))
		explain(nil, queries.EnterCollections(ctx, e, catalogdb.EnterCollectionsParams{
			AllProducts: allProducts, ProductIds: ids, CollectionIds: collections, Ranks: make([]int16, len(ids)),
		}))
		explain(nil, queries.MoveTerms(ctx, e, catalogdb.MoveTermsParams{ProductIds: ids, Lost: ids, Gained: ids}))
		explain(nil, queries.StoreMemberships(ctx, e, catalogdb.StoreMembershipsParams{ProductIds: ids, CollectionIds: collections, Ranks: slices.Repeat([]string{"1"}, len(ids))}))
		explain(queries.ListPages(ctx, e, ids[:20]))
		often := catalogdb.ListBoughtTogetherParams{
			ProductIds: ids[:1], LeftOut: ids[:9], LookedAt: pairsLookedAt, MostOthers: othersLookedAt, AllProducts: allProducts, Most: mostTogether,
		}
		explain(queries.ListBoughtTogether(ctx, e, often))
		for _, plan := range e.plans["ListBoughtTogether"] {
			if before, _, ordered := strings.Cut(plan, "catalog_pairs_often "); !ordered || strings.Contains(before[max(strings.LastIndex(before, "Limit"), 0):], "Sort") {
				t.Errorf("what is bought together is sorted, or not read from catalog_pairs_often:\n%s", plan)
			}
		}
		explain(queries.CountOrder(ctx, e, catalogdb.CountOrderParams{OrderID: lowestID, ConfirmTime: time.Now(), Weight: 1, ProductIds: ids}))
		explain(queries.DropOldPairs(ctx, e, catalogdb.DropOldPairsParams{Before: time.Now(), Most: forgottenAtOnce}))
		explain(queries.DropCountedOrders(ctx, e, catalogdb.DropCountedOrdersParams{Before: time.Now(), Most: forgottenAtOnce}))
		explain(queries.ListCounts(ctx, e, catalogdb.ListCountsParams{CategoryID: large, MostFacets: mostCounts}))
		explain(queries.GetCount(ctx, e, allProducts))
		explain(queries.LockPages(ctx, e, ids))
		explain(queries.ListVariantProducts(ctx, e, variants))
		explain(queries.StoreUnits(ctx, e, catalogdb.StoreUnitsParams{VariantIds: variants, Units: make([]int16, len(variants)), Ticket: 2}))
		explain(queries.UpdateUnits(ctx, e, ids))
		explain(queries.ListSupplies(ctx, e, ids))
		explain(queries.CountProducts(ctx, e, ids))
		supplies := make([]int16, len(ids))
		explain(nil, queries.UpdateSupplies(ctx, e, catalogdb.UpdateSuppliesParams{ProductIds: ids, Supplies: supplies, Facets: ids, SupplyFacets: supplyFacets}))
		explain(nil, queries.UpdateListingSupplies(ctx, e, catalogdb.UpdateListingSuppliesParams{ProductIds: ids, Supplies: supplies, Availabilities: supplies}))
		explain(nil, queries.EndPages(ctx, e, catalogdb.EndPagesParams{ProductIds: ids, Ticket: 1}))
		explain(nil, queries.FreeSlugs(ctx, e, catalogdb.FreeSlugsParams{ProductIds: ids, Slugs: ids}))
		explain(queries.DropVariants(ctx, e, catalogdb.DropVariantsParams{ProductIds: ids, VariantIds: variants}))
		explain(queries.ListBundlesOf(ctx, e, catalogdb.ListBundlesOfParams{VariantIds: variants, After: lowestID, Most: bundlesAtOnce}))
		explain(queries.ListBundleParts(ctx, e, variants))
		explain(queries.ListBundleProducts(ctx, e, catalogdb.ListBundleProductsParams{ProductIds: ids, After: lowestID, Most: bundlesAtOnce}))
		explain(queries.DropBundleParts(ctx, e, variants))
		explain(nil, queries.DropListings(ctx, e, catalogdb.DropListingsParams{ProductIds: ids, InProductIds: ids, InCategoryIds: ids}))
		explain(nil, queries.DropProducts(ctx, e, ids))
		explain(queries.StorePages(ctx, e, catalogdb.StorePagesParams{
			ProductIds: ids, Versions: make([]int64, len(ids)), States: ids, Slugs: ids, LeafIds: ids, Pages: make([][]byte, len(ids)),
		}))
		if len(e.plans) != ordered+101 {
			t.Errorf("%d queries are explained, and %d by their order before", len(e.plans)-ordered, ordered)
		}
		for name, plans := range e.plans {
			for _, plan := range plans {
				plan = strings.ReplaceAll(plan, "Seq Scan on catalog_layer_ends", "") // which has three rows
				if strings.Contains(plan, "Seq Scan on catalog_") {
					t.Errorf("%s reads a whole table:\n%s", name, plan)
				}
			}
		}
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// explain takes what a query for a plan returns, which is nothing.
func explain(any, error) {}
