package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// stock makes products that are called so and nothing else, and returns their ids by name.
func stock(t testing.TB, ctx context.Context, s *Service, m *merchant, names ...string) map[string]string {
	t.Helper()
	ids := make(map[string]string, len(names))
	for i, name := range names {
		p := kettle()
		p.Slug, p.Name, p.Brand, p.Description = fmt.Sprintf("p-%d", i), name, "", ""
		p.Categories, p.Attributes, p.Options, p.Tags = path("All"), nil, nil, nil
		p.CreateTime.Seconds -= int64(i) // in this order, as lists have it
		p.Variants = []*productv1.Variant{{Id: named(name + " variant"), Price: usd(1000)}}
		ids[name] = p.Id
		m.put(p)
	}
	refreshAll(t, ctx, s, m.ids()...)
	return ids
}

func cardNames(cards []*catalogv1.Card) string {
	names := make([]string, len(cards))
	for i, card := range cards {
		names[i] = card.GetName()
	}
	return strings.Join(names, ", ")
}

// Shoppers find what the merchant says is the same, in the direction that was said, also where a word is two and in other languages' shops not.
func TestSynonyms(t *testing.T) {
	t.Parallel()
	ctx := inTurn(t)
	s, m := newService(t)
	stock(t, ctx, s, m, "Television", "TV stand", "Tumbler", "Water glass", "Power bank", "Portable charger", "Sofa")
	for _, req := range []*catalogv1.CreateSynonymsRequest{
		{Phrases: []string{"TV", " television "}},
		{Asked: []string{"tumbler"}, Phrases: []string{"glass"}},
		{Locale: "en", Phrases: []string{"power bank", "portable charger", "battery"}},
		{Locale: "de", Phrases: []string{"sofa", "couch"}},
	} {
		if _, err := s.CreateSynonyms(ctx, req); err != nil {
			t.Fatal(err)
		}
	}
	for query, want := range map[string]string{
		"tv": "TV stand, Television", "televisions": "Television, TV stand", "television stand": "TV stand",
		"tumblers": "Tumbler, Water glass", "glass": "Water glass",
		"power banks": "Power bank, Portable charger", "batteries": "Power bank, Portable charger", "portable": "Portable charger",
		"couch": "",
	} {
		answer, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: query})
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Split(cardNames(answer.Cards), ", ")
		slices.Sort(got)
		wanted := strings.Split(want, ", ")
		slices.Sort(wanted)
		if !slices.Equal(got, wanted) || answer.CorrectedQuery != "" {
			t.Errorf("%q: %q, want %q", query, got, wanted)
		}
	}
}

// Two people who change one group at the same time do not overwrite each other, and what makes no sense is refused in words.
func TestSynonymsKept(t *testing.T) {
	t.Parallel()
	ctx := inTurn(t)
	s, _ := newService(t)
	created, err := s.CreateSynonyms(ctx, &catalogv1.CreateSynonymsRequest{Phrases: []string{"a", "b"}})
	if err != nil {
		t.Fatal(err)
	}
	group := created.Synonyms
	_, err = s.CreateSynonyms(ctx, &catalogv1.CreateSynonymsRequest{Phrases: []string{"a", "b"}})
	wantCode(t, err, connect.CodeAlreadyExists)
	for _, phrases := range [][]string{{"a"}, {"a", "a "}, {"a", "!"}} {
		_, err = s.CreateSynonyms(ctx, &catalogv1.CreateSynonymsRequest{Phrases: phrases})
		wantCode(t, err, connect.CodeInvalidArgument)
	}
	change := &catalogv1.UpdateSynonymsRequest{Id: group.Id, Version: group.Version, Phrases: []string{"a", "c"}}
	changed, err := s.UpdateSynonyms(ctx, change)
	if err != nil || changed.Synonyms.Version != group.Version+1 || !slices.Equal(changed.Synonyms.Phrases, change.Phrases) {
		t.Errorf("changed to %v, %v", changed, err)
	}
	_, err = s.UpdateSynonyms(ctx, change)
	wantCode(t, err, connect.CodeAborted)
	for i := range 4 {
		if _, err := s.CreateSynonyms(ctx, &catalogv1.CreateSynonymsRequest{Phrases: []string{"x", fmt.Sprint("y", i)}}); err != nil {
			t.Fatal(err)
		}
	}
	var listed []string
	for token := ""; ; {
		page, err := s.ListSynonyms(ctx, &catalogv1.ListSynonymsRequest{PageSize: 2, PageToken: token})
		if err != nil || len(page.Synonyms) > 2 {
			t.Fatal(page, err)
		}
		for _, group := range page.Synonyms {
			listed = append(listed, group.Phrases[1])
		}
		if token = page.NextPageToken; token == "" {
			break
		}
	}
	if strings.Join(listed, " ") != "c y0 y1 y2 y3" {
		t.Errorf("listed %q", listed)
	}
	for range 2 {
		if _, err := s.DeleteSynonyms(ctx, &catalogv1.DeleteSynonymsRequest{Id: group.Id}); err != nil {
			t.Error(err)
		}
	}
	change.Version++
	_, err = s.UpdateSynonyms(ctx, change)
	wantCode(t, err, connect.CodeNotFound)
}

// What staff put somewhere stands there: pinned products first and in order, also where the words do not find them; boosted before the rest,
// buried behind it; on every page once, and counted with the rest.
func TestPlacements(t *testing.T) {
	t.Parallel()
	ctx := inTurn(t)
	s, m := newService(t)
	ids := stock(t, ctx, s, m, "Mug one", "Mug two", "Mug three", "Mug four", "Saucer", "Spoon")
	all := func(names ...string) (list []string) {
		for _, name := range names {
			list = append(list, ids[name])
		}
		return list
	}
	search, err := s.CreatePlacement(ctx, &catalogv1.CreatePlacementRequest{Query: "Mugs", Placed: &catalogv1.Placed{
		PinnedIds: append(all("Saucer", "Mug three"), named("gone")), BoostedIds: all("Mug four"), BuriedIds: all("Mug one"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreatePlacement(ctx, &catalogv1.CreatePlacementRequest{CategoryId: named("all"), Placed: &catalogv1.Placed{
		PinnedIds: all("Spoon", "Mug four"), BoostedIds: all("Saucer"), BuriedIds: all("Mug one", "Mug two"),
	}}); err != nil {
		t.Fatal(err)
	}
	const inSearch, inCategory = "Saucer, Mug three, Mug four, Mug two, Mug one", "Spoon, Mug four, Saucer, Mug three, Mug one, Mug two"
	found, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: "mug"})
	if err != nil || cardNames(found.Cards) != inSearch || found.Total != 5 {
		t.Errorf("search: %q of %d, %v", cardNames(found.GetCards()), found.GetTotal(), err)
	}
	for name, req := range map[string]*catalogv1.ListProductsRequest{
		"open": {CategorySlug: "all"}, "narrowed": {CategorySlug: "all", Filters: []*catalogv1.Filter{{Key: "price", Values: []string{"1-"}}}},
	} {
		if answer := list(t, ctx, s, req); cardNames(answer.Cards) != inCategory || answer.Total != 6 {
			t.Errorf("%s: %q of %d", name, cardNames(answer.Cards), answer.Total)
		}
		var paged []*catalogv1.Card
		for page := range int32(3) {
			req.Page, req.PageSize = page+1, 2
			paged = append(paged, list(t, ctx, s, req).Cards...)
		}
		if cardNames(paged) != inCategory {
			t.Errorf("%s by pages: %q", name, cardNames(paged))
		}
		req.Page, req.PageSize, req.Sort = 1, 10, catalogv1.Sort_SORT_NAME
		if answer := list(t, ctx, s, req); cardNames(answer.Cards) != "Mug four, Mug one, Mug three, Mug two, Saucer, Spoon" {
			t.Errorf("%s by name: %q", name, cardNames(answer.Cards))
		}
	}
	// What is too much to be counted is placed alike.
	s.counted, s.ranked = 2, 2
	found, err = s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: "mug"})
	if err != nil || cardNames(found.Cards) != inSearch || found.Total != 2 || !found.TotalIsBound {
		t.Errorf("wide search: %q of %d, %v", cardNames(found.GetCards()), found.GetTotal(), err)
	}
	var paged []*catalogv1.Card
	for page := range int32(3) {
		narrowed := &catalogv1.ListProductsRequest{CategorySlug: "all", Filters: []*catalogv1.Filter{{Key: "price", Values: []string{"1-"}}}, Page: page + 1, PageSize: 2}
		paged = append(paged, list(t, ctx, s, narrowed).Cards...)
	}
	if cardNames(paged) != inCategory {
		t.Errorf("wide by pages: %q", cardNames(paged))
	}
	s.counted, s.ranked = mostCounted, mostRanked

	if answer := list(t, ctx, s, &catalogv1.ListProductsRequest{}); !strings.HasPrefix(cardNames(answer.Cards), "Mug one, Mug two") {
		t.Errorf("elsewhere: %q", cardNames(answer.Cards))
	}

	_, err = s.CreatePlacement(ctx, &catalogv1.CreatePlacementRequest{Query: "MUG!", Placed: &catalogv1.Placed{}})
	wantCode(t, err, connect.CodeAlreadyExists)
	for _, req := range []*catalogv1.CreatePlacementRequest{
		{Query: "cup", CategoryId: named("all")}, {}, {Query: "?"}, {Query: "cup", Placed: &catalogv1.Placed{PinnedIds: all("Spoon"), BuriedIds: all("Spoon")}},
	} {
		_, err = s.CreatePlacement(ctx, req)
		wantCode(t, err, connect.CodeInvalidArgument)
	}
	change := &catalogv1.UpdatePlacementRequest{Id: search.Placement.Id, Version: search.Placement.Version, Placed: &catalogv1.Placed{PinnedIds: all("Mug two")}}
	if _, err := s.UpdatePlacement(ctx, change); err != nil {
		t.Fatal(err)
	}
	_, err = s.UpdatePlacement(ctx, change)
	wantCode(t, err, connect.CodeAborted)
	if found, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: "mug"}); err != nil || !strings.HasPrefix(cardNames(found.Cards), "Mug two, Mug one") || found.Total != 4 {
		t.Errorf("after the change: %q, %v", cardNames(found.GetCards()), err)
	}
	listed, err := s.ListPlacements(ctx, &catalogv1.ListPlacementsRequest{})
	if err != nil || len(listed.Placements) != 2 || listed.Placements[0].Query != "Mugs" || listed.Placements[1].CategoryId != named("all") {
		t.Errorf("listed %v, %v", listed, err)
	}
	for _, one := range listed.GetPlacements() {
		if _, err := s.DeletePlacement(ctx, &catalogv1.DeletePlacementRequest{Id: one.Id}); err != nil {
			t.Error(err)
		}
	}
	if answer := list(t, ctx, s, &catalogv1.ListProductsRequest{CategorySlug: "all"}); !strings.HasPrefix(cardNames(answer.Cards), "Mug one, Mug two") {
		t.Errorf("after all: %q", cardNames(answer.Cards))
	}
}

// Staff see what shoppers look for in vain, and nobody can fill the table by looking for nonsense.
func TestMissedSearches(t *testing.T) {
	t.Parallel()
	ctx := inTurn(t)
	s, m := newService(t)
	stock(t, ctx, s, m, "Kettle", "Red enamel mug")
	store := func() {
		t.Helper()
		if err := s.storeSearched(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for _, query := range []string{"Samovar", "samovar!", "kettle", "ketle", "xyz", "blue enamel mug", "", "?"} {
		if _, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: query}); err != nil {
			t.Fatal(err)
		}
	}
	store()
	if _, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: "SAMOVAR"}); err != nil {
		t.Fatal(err)
	}
	store()
	var listed []string
	for token := ""; ; {
		page, err := s.ListMissedSearches(ctx, &catalogv1.ListMissedSearchesRequest{PageSize: 1, PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range page.Searches {
			listed = append(listed, fmt.Sprint(one.Query, " ", one.Searches))
		}
		if token = page.NextPageToken; token == "" {
			break
		}
	}
	if got := strings.Join(listed, ", "); got != "samovar 3, xyz 1, blue enamel mug 1" {
		t.Errorf("missed: %s", got)
	}
	for round := range 3 * mostMissed / mostGathered {
		for i := range 2 * mostGathered {
			s.note(fmt.Sprint("nonsense", round, " ", i), false)
		}
		s.note("samovar", false) // which there is no room for
		store()
	}
	if rows := texts(t, ctx, s, "select count(*)::text from catalog_missed_searches"); rows[0] != fmt.Sprint(mostMissed) {
		t.Errorf("%s rows", rows[0])
	}
	s.note("samovar", false)
	store()
	if page, err := s.ListMissedSearches(ctx, &catalogv1.ListMissedSearchesRequest{PageSize: 1}); err != nil || page.Searches[0].Query != "samovar" || page.Searches[0].Searches != 4 {
		t.Errorf("counted on: %v, %v", page, err)
	}
	_, err := s.ListMissedSearches(ctx, &catalogv1.ListMissedSearchesRequest{Day: "2026-13-01"})
	wantCode(t, err, connect.CodeInvalidArgument)
}
