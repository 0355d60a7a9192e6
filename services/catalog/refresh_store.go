package catalog

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// separator stands between the elements of a list that is handed over as one text; what is stored has no such character.
const separator = "\x1f"

// duties are what a refresh has to do with its products, by what is there.
type duties struct {
	newer  map[string]bool                  // are stored: the answers are newer
	ended  []string                         // were for sale and are deleted since
	lost   []string                         // are deleted too, and were not for sale, or not yet
	stood  []string                         // of these and the newer ones, those that are for sale until now
	joined catalogdb.StoreMembershipsParams // into which collections the newer ones come
}

// changed are the products that are shown otherwise from now on.
func (d duties) changed() []string { return slices.Concat(slices.Sorted(maps.Keys(d.newer)), d.ended) }

// inRefresh runs work in a transaction that looks rows up by index and waits for others longer than a shopper would: see SettleRefresh.
func inRefresh[T any](ctx context.Context, s *Service, work func(context.Context, pgx.Tx) (T, error)) (T, error) {
	return postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (done T, err error) {
		if err := queries.SettleRefresh(ctx, tx); err != nil {
			return done, err
		}
		return work(ctx, tx)
	})
}

// store merges the answers, a set at a time. It locks in the order in which every refresh does: pages, variants, words, categories, counts.
func (r *refresh) store(ctx context.Context, tx pgx.Tx) error {
	due, err := r.lock(ctx, tx)
	if err != nil || len(due.newer)+len(due.ended)+len(due.lost) == 0 {
		return err
	}
	changed := due.changed()
	counts := make(tally)
	if err := counts.add(ctx, tx, due.stood, -1); err != nil {
		return err
	}
	if err := queries.EndPages(ctx, tx, catalogdb.EndPagesParams{Ticket: r.ticket, ProductIds: slices.Concat(due.ended, due.lost)}); err != nil {
		return err
	}
	if err := r.storeVariants(ctx, tx, due.newer, slices.Concat(changed, due.lost)); err != nil {
		return err
	}
	units, err := r.storePages(ctx, tx, due.newer)
	if err != nil {
		return err
	}
	if err := queries.StoreMemberships(ctx, tx, due.joined); err != nil {
		return err
	}
	if err := r.storeListings(ctx, tx, changed, units, counts); err != nil {
		return err
	}
	// From here on refreshes of other products wait for this one.
	if err := r.storeWords(ctx, tx, due.newer); err != nil {
		return err
	}
	if err := r.storeCategories(ctx, tx, due.newer); err != nil {
		return err
	}
	if err := tell(ctx, tx, changed, counts); err != nil {
		return err
	}
	return counts.store(ctx, tx)
}

// lock locks the products' pages and finds out what is due. Memberships that somebody asked for later take the place of the answer.
func (r *refresh) lock(ctx context.Context, tx pgx.Tx) (duties, error) {
	due := duties{newer: make(map[string]bool), joined: catalogdb.StoreMembershipsParams{Ticket: r.ticket}}
	if err := queries.AddPages(ctx, tx, r.ids); err != nil { // also of what was deleted: a slower answer may still bring it
		return due, err
	}
	pages, err := queries.LockPages(ctx, tx, r.ids)
	if err != nil {
		return due, err
	}
	for _, page := range pages {
		switch product, found := r.products[page.ProductID]; {
		case !found && page.State == stateForSale:
			due.ended = append(due.ended, page.ProductID)
		case !found:
			due.lost = append(due.lost, page.ProductID)
			continue
		case page.EndedTicket > r.ticket:
			continue // it was deleted since it was asked for
		case product.version > page.Version || r.again && product.version == page.Version && r.ticket > page.Ticket:
			due.newer[page.ProductID] = true
			if page.CollectionsTicket > r.ticket {
				r.memberships[page.ProductID] = membershipsOf(page)
			} else {
				keep(&due.joined, page.ProductID, r.memberships[page.ProductID])
			}
		default:
			continue
		}
		if page.State == stateForSale {
			due.stood = append(due.stood, page.ProductID)
		}
	}
	return due, nil
}

// storeVariants stores the variants of products that are newer, and forgets those that any of these no longer has.
func (r *refresh) storeVariants(ctx context.Context, tx pgx.Tx, newer map[string]bool, these []string) error {
	all := catalogdb.StoreVariantsParams{Ticket: r.ticket, VariantIds: []string{}} // none, to PostgreSQL, is another thing than null
	for _, product := range r.asked {
		if !newer[product.GetId()] {
			continue
		}
		for place, variant := range product.GetVariants() {
			all.VariantIds = append(all.VariantIds, variant.GetId())
			all.ProductIds = append(all.ProductIds, product.GetId())
			all.Places = append(all.Places, int32(place))
			all.Units = append(all.Units, r.units[variant.GetId()])
			all.Endless = append(all.Endless, product.GetGiftCard())
		}
	}
	dropped, err := queries.DropVariants(ctx, tx, catalogdb.DropVariantsParams{ProductIds: these, VariantIds: all.VariantIds})
	if err != nil {
		return err
	}
	if err := queries.StoreVariants(ctx, tx, all); err != nil {
		return err
	}
	return r.storeBundles(ctx, tx, newer, all.VariantIds, dropped)
}

// storePages returns what can be had of each product's variants.
func (r *refresh) storePages(ctx context.Context, tx pgx.Tx, newer map[string]bool) (map[string][]int16, error) {
	pages := catalogdb.StorePagesParams{Ticket: r.ticket}
	var taken catalogdb.FreeSlugsParams
	var old catalogdb.StoreOldSlugsParams
	led := make(map[string]bool)
	for id := range newer {
		product := r.products[id]
		pages.ProductIds = append(pages.ProductIds, id)
		pages.Versions = append(pages.Versions, product.version)
		pages.States = append(pages.States, product.state)
		pages.Slugs = append(pages.Slugs, product.slug)
		pages.LeafIds = append(pages.LeafIds, product.leaf)
		pages.Pages = append(pages.Pages, product.page)
		pages.UpdateTimes = append(pages.UpdateTimes, product.updateTime)
		if product.slug != "" {
			taken.ProductIds = append(taken.ProductIds, id)
			taken.Slugs = append(taken.Slugs, product.slug)
		}
		for _, slug := range product.oldSlugs {
			if !led[slug] { // product gives an address to one product alone
				led[slug] = true
				old.Slugs, old.ProductIds = append(old.Slugs, slug), append(old.ProductIds, id)
			}
		}
	}
	if err := queries.FreeSlugs(ctx, tx, taken); err != nil {
		return nil, err
	}
	rows, err := queries.StorePages(ctx, tx, pages)
	if err != nil {
		return nil, err
	}
	if err := queries.DropOldSlugs(ctx, tx, catalogdb.DropOldSlugsParams{ProductIds: pages.ProductIds, Slugs: old.Slugs}); err != nil {
		return nil, err
	}
	if len(old.Slugs) > 0 {
		if err := queries.StoreOldSlugs(ctx, tx, old); err != nil {
			return nil, err
		}
	}
	units := make(map[string][]int16, len(rows))
	for _, row := range rows {
		units[row.ProductID] = row.Units
	}
	return units, nil
}

// forSale are changed products as statements take them: those that are for sale with a row each and one for each list that they stand in, and the ids of all others.
type forSale struct {
	products catalogdb.StoreProductsParams
	listings catalogdb.StoreListingsParams
	ended    []string
}

// storeListings puts what is for sale on its shelves, counts it, and takes away what is not.
func (r *refresh) storeListings(ctx context.Context, tx pgx.Tx, changed []string, units map[string][]int16, counts tally) error {
	var on forSale
	for _, id := range changed {
		product, found := r.products[id]
		if !found || product.state != stateForSale {
			on.ended = append(on.ended, id)
			continue
		}
		on.add(product, told(units[id]), r.memberships[id], counts)
	}
	if err := r.storeTexts(ctx, tx, changed, on.ended, on.listings.InProductIds, on.listings.InCategoryIds); err != nil {
		return err
	}
	err := queries.DropListings(ctx, tx, catalogdb.DropListingsParams{
		ProductIds: changed, InProductIds: on.listings.InProductIds, InCategoryIds: on.listings.InCategoryIds,
	})
	if err != nil {
		return err
	}
	if len(on.ended) > 0 {
		if err := queries.DropProducts(ctx, tx, on.ended); err != nil {
			return err
		}
	}
	if len(on.products.ProductIds) == 0 {
		return nil
	}
	if err := queries.ShareLayers(ctx, tx); err != nil {
		return err
	}
	if err := queries.StoreProducts(ctx, tx, on.products); err != nil {
		return err
	}
	return queries.StoreListings(ctx, tx, on.listings)
}

// add puts a product among all products, into its categories and into its collections, and counts it there.
func (on *forSale) add(product shown, availability catalogv1.Availability, memberships []membership, counts tally) {
	supply := supplyOf(availability)
	facets := append(slices.Clone(product.facets), supplyFacets[supply])
	terms := append(slices.Clone(product.terms), supplyFacets[supply])
	stands := []membership{{collection: allProducts}}
	for _, category := range product.categories {
		stands = append(stands, membership{collection: category})
	}
	for _, m := range memberships {
		stands, terms = append(stands, m), append(terms, categoryTerm(m.collection))
	}

	p := &on.products
	p.ProductIds, p.Supplies, p.Ranks = append(p.ProductIds, product.id), append(p.Supplies, supply), append(p.Ranks, product.rank)
	p.CreateTimes, p.Prices, p.NameKeys = append(p.CreateTimes, product.createTime), append(p.Prices, product.price), append(p.NameKeys, product.nameKey)
	p.Facets, p.Terms = append(p.Facets, strings.Join(facets, separator)), append(p.Terms, strings.Join(terms, separator))

	l := &on.listings
	l.ProductIds, l.Supplies, l.Ranks, l.CreateTimes, l.Prices, l.NameKeys = p.ProductIds, p.Supplies, p.Ranks, p.CreateTimes, p.Prices, p.NameKeys
	l.Availabilities, l.Cards = append(l.Availabilities, int16(availability)), append(l.Cards, product.card)
	for _, stand := range stands {
		l.InProductIds = append(l.InProductIds, product.id)
		l.InCategoryIds = append(l.InCategoryIds, stand.collection)
		l.InRanks = append(l.InRanks, stand.rank)
		for _, facet := range append(facets, "") {
			counts[catalogdb.CountProductsRow{CategoryID: stand.collection, Facet: facet}]++
		}
	}
}

// storeCategories stores what products say of their categories, until these are asked for themselves.
func (r *refresh) storeCategories(ctx context.Context, tx pgx.Tx, newer map[string]bool) error {
	all := catalogdb.StoreCategoriesParams{Ticket: r.ticket}
	seen := make(map[string]bool)
	for _, product := range r.asked {
		for _, category := range product.GetCategories() {
			if !newer[product.GetId()] || seen[category.GetId()] {
				continue
			}
			seen[category.GetId()] = true
			all.CategoryIds = append(all.CategoryIds, category.GetId())
			all.Slugs = append(all.Slugs, category.GetSlug())
			all.Names = append(all.Names, category.GetName())
			all.ParentIds = append(all.ParentIds, category.GetParentId())
		}
	}
	if len(seen) == 0 {
		return nil
	}
	return queries.StoreCategories(ctx, tx, all)
}

// storeWords adds words to those that a mistyped search may have meant.
func (r *refresh) storeWords(ctx context.Context, tx pgx.Tx, newer map[string]bool) error {
	known := make(map[string]bool)
	for id := range newer {
		maps.Copy(known, r.products[id].words)
	}
	var all catalogdb.AddWordsParams
	for word := range known {
		all.Words = append(all.Words, word)
		all.Terms = append(all.Terms, lexeme(r.texts.term(inHead, word)))
	}
	if len(known) > 0 {
		if err := queries.AddWords(ctx, tx, all); err != nil {
			return err
		}
	}
	return r.storeLocalWords(ctx, tx, newer)
}
