package catalog

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

func rebuild(t testing.TB, ctx context.Context, s *Service) (products int) {
	t.Helper()
	for step := ""; ; {
		answer, err := s.RebuildCatalog(ctx, &catalogv1.RebuildCatalogRequest{Step: step})
		if err != nil {
			t.Fatal(err)
		}
		products += int(answer.Products)
		if step = answer.NextStep; step == "" {
			return products
		}
	}
}

// contents is all that is stored of the merchant's products, wherever and whenever it was.
func contents(t testing.TB, ctx context.Context, s *Service, ids []string) []string {
	t.Helper()
	var all []string
	for _, query := range []string{
		"select concat_ws('|', product_id, version, state, slug, leaf_id, md5(page), units, collection_ids, collection_ranks) from catalog_pages where product_id = any($1)",
		"select concat_ws('|', variant_id, product_id, place, units) from catalog_variants where product_id = any($1)",
		"select concat_ws('|', bundle_id, part_id, part_product_id, quantity, for_sale) from catalog_bundle_parts join catalog_variants v on variant_id = bundle_id where v.product_id = any($1)",
		"select concat_ws('|', slug, product_id) from catalog_old_slugs where product_id = any($1)",
		"select concat_ws('|', product_id, supply, rank, create_time, price, name_key, (select array_agg(f order by f) from unnest(facets) f), terms) from catalog_products where $1::uuid[] is not null",
		"select concat_ws('|', product_id, category_id, supply, rank, create_time, price, name_key, availability, md5(card)) from catalog_listings where $1::uuid[] is not null",
		"select concat_ws('|', category_id, facet, products) from catalog_counts where $1::uuid[] is not null",
		"select concat_ws('|', category_id, slug, name, parent_id) from catalog_categories where kind = 'category' and $1::uuid[] is not null",
		"select concat_ws('|', category_id, slug, name, state, description, by_hand, home_position) from catalog_categories where kind = 'collection' and $1::uuid[] is not null",
		"select concat_ws('|', slug, collection_id) from catalog_collection_old_slugs where $1::uuid[] is not null",
		"select concat_ws('|', word, term) from catalog_words where $1::uuid[] is not null",
		"select concat_ws('|', locale, word, term) from catalog_local_words where $1::uuid[] is not null",
		"select concat_ws('|', product_id, locale, slug, name, name_key, description, seo_title, seo_description) from catalog_texts where $1::uuid[] is not null",
		"select concat_ws('|', product_id, category_id, locale, sort_key) from catalog_names where $1::uuid[] is not null",
	} {
		all = append(all, texts(t, ctx, s, query, ids)...)
	}
	slices.Sort(all)
	return all
}

// vary lets a product differ in what stands on its page and card beside that: what it is like, freely or by its type, what shoppers say of it, what is
// downloaded, what its lowest price was before, and whether it is made of other things.
func vary(random *rand.Rand, m *merchant, p, parts *productv1.Product) {
	p.RatingAverage, p.RatingCount = 0, random.Int64N(3)
	if p.RatingCount > 0 {
		p.RatingAverage = 100 + random.Int32N(400)
	}
	for _, name := range []string{"Height", "Material"}[:random.IntN(3)] {
		p.Attributes = append(p.Attributes, &productv1.Attribute{Name: name, Value: []string{"10 cm", "oak", "stone"}[random.IntN(3)]})
	}
	if p.TypeId = ""; random.IntN(3) == 0 {
		p.TypeId = named("typed")
		choices := []string{"oak", "steel", "wool"}[:1+random.IntN(3)]
		p.Attributes = append(p.Attributes, &productv1.Attribute{
			Name: "Made of", Value: strings.Join(choices, ", "), DefinitionId: named("made-of"),
			Typed: &productv1.AttributeValue{Kind: &productv1.AttributeValue_Choices{Choices: &productv1.Choices{Values: choices}}},
		})
	}
	for _, v := range p.Variants {
		m.lower(v.Id, random.Int64N(20)*100)
		if random.IntN(6) == 0 {
			p.DigitalVariantIds = append(p.DigitalVariantIds, v.Id)
		}
	}
	if random.IntN(5) > 0 {
		return
	}
	for i, part := range parts.Variants[random.IntN(2):] {
		p.Variants[0].BundleParts = append(p.Variants[0].BundleParts, &productv1.BundlePart{
			ProductId: parts.Id, VariantId: part.Id, Quantity: int32(1 + i), ForSale: true,
		})
	}
}

// A thousand edits that are refreshed at the same time as the catalogue is rebuilt, with rows that were damaged before, leave what building it
// from nothing gives. Shoppers find every product that stays for sale all the time.
func TestRebuildCatalog(t *testing.T) {
	t.Parallel()
	s, m := newService(t, "de", "pt-BR")
	ctx := inTurn(t)
	random := rand.New(rand.NewPCG(11, 12))
	parts := kettle()
	parts.Slug, parts.Options, parts.Variants = "parts", nil, nil
	for range 3 {
		parts.Variants = append(parts.Variants, &productv1.Variant{Id: id.New(), Price: usd(500)})
	}
	m.put(parts)
	for i := range 700 { // more than a step
		p := randomProduct(random, i)
		randomTexts(random, p)
		vary(random, m, p, parts)
		if p.OldSlugs = nil; i%3 == 0 {
			p.OldSlugs = []string{fmt.Sprint("once-", i)}
		}
		m.put(p)
	}
	sets := []string{named("x"), named("y"), named("z")}
	for i, one := range sets {
		m.gather(&productv1.Collection{Id: one, Slug: fmt.Sprint("set-", i), Name: fmt.Sprint("Set ", i), OldSlugs: []string{fmt.Sprint("was-", i)}})
		for j, product := range m.ids() {
			if j%(i+2) == 0 {
				m.join(product, one, int32(i*j))
			}
		}
	}
	refreshCollections(t, ctx, s, sets...)
	lasting := kettle()
	lasting.Slug = "lasting"
	m.put(lasting)
	refreshAll(t, ctx, s, m.ids()...)
	for _, damage := range []string{
		"update catalog_counts set products = products + 3 where facet like 'brand=%'", "delete from catalog_counts where facet like 'option%'",
		"insert into catalog_counts values ('00000000-0000-0000-0000-00000000000a', 'brand=Lost', 7)",
		"update catalog_products set terms = '', facets = '{}' where price % 200 = 0", "delete from catalog_listings where price % 300 = 0 and name_key <> 'enamel stovetop kettle'",
		"update catalog_pages set page = '', slug = null where product_id::text < '8' and slug <> 'lasting'", "update catalog_words set term = '''x'''",
		"insert into catalog_words values ('lost', '''name=lost''')", "update catalog_variants set place = 5", "update catalog_pages set collection_ids = '{}', collection_ranks = '{}'",
		"delete from catalog_collection_old_slugs", "update catalog_categories set description = 'x' where kind = 'collection'", "delete from catalog_old_slugs", "delete from catalog_bundle_parts where bundle_id::text < '8'",
		"insert into catalog_variants values ('00000000-0000-0000-0000-00000000000b', null, 0, 1, 1)",
		"insert into catalog_categories values ('00000000-0000-0000-0000-00000000000a', 'lost', 'Lost', null, 1)",
		"update catalog_texts set name = 'Nichts', slug = null where locale = 'de'", "delete from catalog_texts where locale = 'pt-BR'",
		"update catalog_names set locale = 'fr' where locale = 'de' and product_id::text < '8'", "update catalog_local_words set term = '''x''' where word < 'm'",
		"insert into catalog_local_words values ('de', 'verloren', '''de:name=verloren''')",
	} {
		if _, err := s.cfg.DB.Primary().Exec(ctx, damage); err != nil {
			t.Fatal(damage, err)
		}
	}

	edits := 300
	if os.Getenv("TRADEWIND_FULL") == "1" {
		edits = 1000
	}
	var editors sync.WaitGroup
	for editor := range 4 {
		editors.Go(func() {
			random := rand.New(rand.NewPCG(13, uint64(editor)))
			mine := slices.DeleteFunc(m.ids(), func(id string) bool { return id == lasting.Id || id == parts.Id || hash(id)%4 != uint32(editor) })
			for range edits / 4 {
				one := mine[random.IntN(len(mine))]
				var err error
				p := m.get(one)
				switch {
				case p == nil || random.IntN(20) == 0:
					m.remove(one)
					_, err = s.RefreshProducts(ctx, &catalogv1.RefreshProductsRequest{ProductIds: []string{one}})
				case random.IntN(4) == 0:
					m.join(one, sets[random.IntN(len(sets))], random.Int32N(5)-1)
					_, err = s.RefreshMemberships(ctx, &catalogv1.RefreshMembershipsRequest{ProductIds: []string{one}})
				case random.IntN(8) == 0:
					variant := parts.Variants[random.IntN(len(parts.Variants))].Id
					m.count(variant, random.Int64N(4), random.IntN(4) == 0)
					_, err = s.RefreshStock(ctx, &catalogv1.RefreshStockRequest{VariantIds: []string{variant}})
				case random.IntN(3) == 0:
					variant := p.Variants[random.IntN(len(p.Variants))].Id
					m.count(variant, random.Int64N(9), random.IntN(4) == 0)
					_, err = s.RefreshStock(ctx, &catalogv1.RefreshStockRequest{VariantIds: []string{variant}})
				default:
					other := randomProduct(random, 0)
					other.Id, other.Slug, other.OldSlugs = p.Id, p.Slug, p.OldSlugs
					randomTexts(random, other)
					vary(random, m, other, parts)
					if random.IntN(4) == 0 {
						other.Slug, other.OldSlugs = id.New(), append(slices.Clone(p.OldSlugs), p.Slug)
					}
					m.put(other)
					_, err = s.RefreshProducts(ctx, &catalogv1.RefreshProductsRequest{ProductIds: []string{one}})
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	watched := make(chan struct{})
	editors.Go(func() {
		for {
			if _, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: "lasting"}); err != nil {
				t.Errorf("a product was away: %v", err)
			}
			if rows := texts(t, ctx, s, "select count(*)::text from catalog_listings where product_id = $1", lasting.Id); rows[0] != "3" {
				t.Errorf("it stood in %s lists", rows[0])
			}
			select {
			case <-watched:
				return
			default:
			}
		}
	})
	if made := rebuild(t, ctx, s); made < 500 {
		t.Errorf("%d products were made anew", made)
	}
	close(watched)
	editors.Wait()

	rebuild(t, ctx, s) // what was deleted during the first one has left words and categories
	fresh := m.newService(t, "de", "pt-BR")
	ids := m.ids()
	refreshAll(t, ctx, fresh, ids...)
	refreshCollections(t, ctx, fresh, sets...)
	got, want := contents(t, ctx, s, ids), contents(t, ctx, fresh, ids)
	if !slices.Equal(got, want) {
		t.Errorf("%d rows, built from nothing %d; too many:\n%.3000s\nmissing:\n%.3000s", len(got), len(want),
			strings.Join(missing(got, want), "\n"), strings.Join(missing(want, got), "\n"))
	}
	if again := rebuild(t, ctx, s); again != len(ids) || !slices.Equal(contents(t, ctx, s, ids), want) {
		t.Errorf("rebuilding what is right made %d products anew, or changed something", again)
	}
	if rows := texts(t, ctx, s, "select count(*)::text from catalog_variants where product_id is null"); rows[0] != "0" {
		t.Errorf("%s counts of variants that nobody knows are left", rows[0])
	}
	if rows := texts(t, ctx, s, "select count(*)::text from catalog_bundle_parts where bundle_id not in (select variant_id from catalog_variants)"); rows[0] != "0" {
		t.Errorf("%s parts of bundles that no product has any more are left, and counted at each sale", rows[0])
	}
	for _, step := range []string{"x", "eyJzIjoxLCJwIjoieCJ9"} {
		_, err := s.RebuildCatalog(ctx, &catalogv1.RebuildCatalogRequest{Step: step})
		wantCode(t, err, connect.CodeInvalidArgument)
	}
}

// A product that is deleted while somebody still brings what was true before stays away: its page, its lists, its counts and what its bundles were made of,
// whether it was for sale, was not any more, or was about to be for the first time.
func TestDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		state  productv1.ProductState
		stored bool
		again  bool // whether a rebuild is slow, rather than the first event
	}{
		"for sale":       {productv1.ProductState_PRODUCT_STATE_ACTIVE, true, true},
		"archived":       {productv1.ProductState_PRODUCT_STATE_ARCHIVED, true, true},
		"not yet stored": {productv1.ProductState_PRODUCT_STATE_ACTIVE, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, m := newService(t)
			ctx := inTurn(t)
			part := simple("Cup", "cup")
			m.put(part)
			p := simple("Set of cups", "set-of-cups")
			p.State = tc.state
			p.Variants[0].BundleParts = []*productv1.BundlePart{{ProductId: part.Id, VariantId: part.Variants[0].Id, Quantity: 6, ForSale: true}}
			p.Variants = append(p.Variants, &productv1.Variant{Id: id.New(), Price: usd(2000)})
			m.put(p)
			refreshAll(t, ctx, s, part.Id)
			if tc.stored {
				refreshAll(t, ctx, s, p.Id)
			}
			asked, deleted := make(chan struct{}), make(chan struct{})
			var once sync.Once
			m.answer(func(variants []string) {
				if slices.Contains(variants, p.Variants[1].Id) {
					once.Do(func() { close(asked); <-deleted })
				}
			})
			slow := make(chan error)
			go func() { slow <- s.refreshProducts(ctx, []string{p.Id}, tc.again) }()
			<-asked
			m.remove(p.Id)
			refreshAll(t, ctx, s, p.Id)
			close(deleted)
			if err := <-slow; err != nil {
				t.Fatal(err)
			}
			for _, left := range []string{
				"select slug from catalog_pages where product_id = $1 and state = 'for_sale'", "select product_id::text from catalog_products where product_id = $1",
				"select category_id::text from catalog_listings where product_id = $1", "select variant_id::text from catalog_variants where product_id = $1",
			} {
				if rows := texts(t, ctx, s, left, p.Id); len(rows) > 0 {
					t.Errorf("%s: %q", left, rows)
				}
			}
			if rows := texts(t, ctx, s, "select bundle_id::text from catalog_bundle_parts where part_id = $1", part.Variants[0].Id); len(rows) > 0 {
				t.Errorf("each sale of a cup is counted for %q", rows)
			}
			if rows := texts(t, ctx, s, "select products::text from catalog_counts where category_id = $1 and facet = ''", allProducts); len(rows) != 1 || rows[0] != "1" {
				t.Errorf("the shop counts %q products, want the cup", rows)
			}
		})
	}
}

func missing(all, known []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(row string) bool { _, found := slices.BinarySearch(known, row); return found })
}
