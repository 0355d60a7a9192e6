package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// separator stands between the elements of a list that is handed over as one text; what is stored has no such character.
const separator = "\x1f"

// RefreshProducts asks product and inventory, then stores in one transaction what is newer than what is there.
func (s *Service) RefreshProducts(ctx context.Context, req *catalogv1.RefreshProductsRequest) (*catalogv1.RefreshProductsResponse, error) {
	ids := slices.Compact(slices.Sorted(slices.Values(req.GetProductIds())))
	if err := s.refreshProducts(ctx, ids, false); err != nil {
		return nil, err
	}
	if err := s.refreshHolders(ctx, ids); err != nil {
		return nil, err
	}
	return &catalogv1.RefreshProductsResponse{}, nil
}

// refreshProducts stores products that are newer than what is there, or with again those too that are the same.
func (s *Service) refreshProducts(ctx context.Context, ids []string, again bool) error {
	ticket, err := queries.NextTicket(ctx, s.cfg.DB.Primary())
	if err != nil {
		return fmt.Errorf("take a ticket: %w", err)
	}
	asked, err := s.cfg.Products.BatchGetProducts(ctx, &productv1.BatchGetProductsRequest{Ids: ids})
	if err != nil {
		return fmt.Errorf("ask for products: %w", err)
	}
	lowest, err := s.askLowest(ctx, asked.GetProducts())
	if err != nil {
		return err
	}
	memberships, err := s.askMemberships(ctx, ids)
	if err != nil {
		return err
	}
	r := refresh{memberships: memberships, ids: ids, ticket: ticket, again: again, products: make(map[string]shown, len(ids)), units: make(map[string]int16), texts: s.texts, languages: s.languages}
	var variants []string
	for _, product := range asked.GetProducts() {
		shown, err := show(product, s.texts, s.languages, lowest)
		if err != nil {
			return fmt.Errorf("show product %s: %w", product.GetId(), err)
		}
		r.asked = append(r.asked, product)
		r.products[product.GetId()] = shown
		for _, variant := range product.GetVariants() {
			variants = append(variants, variant.GetId())
		}
	}
	bundles := bundlesOf(asked.GetProducts())
	units, err := s.askStock(ctx, variants, bundles)
	if err != nil {
		return err
	}
	for i, variant := range variants {
		r.units[variant] = units[i]
	}
	_, err = postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) { return nil, r.store(ctx, tx) })
	if err != nil {
		return fmt.Errorf("store products: %w", err)
	}
	s.buryTree(ctx, postgres.Token(ctx))
	// Whoever counted meanwhile did not know yet what is a bundle now, or is none any more.
	changed := slices.Compact(slices.Sorted(slices.Values(slices.AppendSeq(r.unmade, maps.Keys(bundles)))))
	for made := range slices.Chunk(changed, askedAtOnce) {
		if err := s.refreshStock(ctx, made); err != nil {
			return err
		}
	}
	return nil
}

// askLowest returns what must be told of variants that are reduced. It follows from what was before the reduction, so it holds as long as that.
func (s *Service) askLowest(ctx context.Context, products []*productv1.Product) (lowestPrices, error) {
	var variants []string
	for _, product := range products {
		for _, variant := range product.GetVariants() {
			if reduced(variant) {
				variants = append(variants, variant.GetId())
			}
		}
	}
	lowest := make(lowestPrices, len(variants))
	for part := range slices.Chunk(variants, askedAtOnce) {
		answer, err := s.cfg.Prices.BatchGetLowestPrices(ctx, &productv1.BatchGetLowestPricesRequest{VariantIds: part})
		if err != nil {
			return nil, fmt.Errorf("ask for the lowest prices: %w", err)
		}
		for _, price := range answer.GetPrices() {
			if price.GetReducedSince() != nil {
				lowest[price.GetVariantId()] = price.GetLowest()
			}
		}
	}
	return lowest, nil
}

// refresh is what was asked for and what the answers were.
type refresh struct {
	ids      []string
	ticket   int64
	again    bool // whether to store what is there in this version already
	asked    []*productv1.Product
	products map[string]shown
	units    map[string]int16
	unmade   []string // variants that were bundles until they were stored
	texts    language
	// memberships are by product; some of them were asked for later elsewhere, and are stored already.
	memberships map[string][]membership
	// languages are the shop's further ones.
	languages []language
}

// store merges the answers, a set at a time. It locks in the order in which every refresh does: pages, variants, words, categories, counts.
func (r *refresh) store(ctx context.Context, tx pgx.Tx) error {
	if err := queries.SettleRefresh(ctx, tx); err != nil {
		return err
	}
	if err := queries.AddPages(ctx, tx, slices.Sorted(maps.Keys(r.products))); err != nil {
		return err
	}
	pages, err := queries.LockPages(ctx, tx, r.ids)
	if err != nil {
		return err
	}
	newer, ended, stood, lost := make(map[string]bool), []string(nil), []string(nil), []string(nil)
	joined := catalogdb.StoreMembershipsParams{Ticket: r.ticket}
	for _, page := range pages {
		switch product, found := r.products[page.ProductID]; {
		case !found && page.State == stateForSale:
			ended = append(ended, page.ProductID) // it was deleted
		case !found:
			lost = append(lost, page.ProductID) // so was this one, which nobody saw any more
			continue
		case found && (product.version > page.Version || r.again && product.version == page.Version && r.ticket > page.Ticket):
			newer[page.ProductID] = true
			if page.CollectionsTicket > r.ticket {
				r.memberships[page.ProductID] = membershipsOf(page)
			} else {
				keep(&joined, page.ProductID, r.memberships[page.ProductID])
			}
		default:
			continue
		}
		if page.State == stateForSale {
			stood = append(stood, page.ProductID)
		}
	}
	if len(newer)+len(ended)+len(lost) == 0 {
		return nil
	}
	changed := slices.Concat(slices.Sorted(maps.Keys(newer)), ended)
	counts := make(tally)
	if err := counts.add(ctx, tx, stood, -1); err != nil {
		return err
	}
	if err := queries.EndPages(ctx, tx, ended); err != nil {
		return err
	}
	if err := r.storeVariants(ctx, tx, newer, slices.Concat(changed, lost)); err != nil {
		return err
	}
	units, err := r.storePages(ctx, tx, newer)
	if err != nil {
		return err
	}
	if err := queries.StoreMemberships(ctx, tx, joined); err != nil {
		return err
	}
	if err := r.storeListings(ctx, tx, changed, units, counts); err != nil {
		return err
	}
	// From here on refreshes of other products wait for this one.
	if err := r.storeWords(ctx, tx, newer); err != nil {
		return err
	}
	if err := r.storeCategories(ctx, tx, newer); err != nil {
		return err
	}
	if err := tell(ctx, tx, changed, counts); err != nil {
		return err
	}
	return counts.store(ctx, tx)
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

// storeListings puts what is for sale on its shelves, counts it, and takes away what is not.
func (r *refresh) storeListings(ctx context.Context, tx pgx.Tx, changed []string, units map[string][]int16, counts tally) error {
	var products catalogdb.StoreProductsParams
	var cards catalogdb.StoreListingsParams
	var ended []string
	for _, id := range changed {
		product, found := r.products[id]
		if !found || product.state != stateForSale {
			ended = append(ended, id)
			continue
		}
		availability := told(units[id])
		supply := supplyOf(availability)
		products.ProductIds = append(products.ProductIds, id)
		products.Supplies = append(products.Supplies, supply)
		products.Ranks = append(products.Ranks, product.rank)
		products.CreateTimes = append(products.CreateTimes, product.createTime)
		products.Prices = append(products.Prices, product.price)
		products.NameKeys = append(products.NameKeys, product.nameKey)
		facets := append(slices.Clone(product.facets), supplyFacets[supply])
		products.Facets = append(products.Facets, strings.Join(facets, separator))
		terms := append(slices.Clone(product.terms), supplyFacets[supply])
		stands := []membership{{collection: allProducts}}
		for _, category := range product.categories {
			stands = append(stands, membership{collection: category})
		}
		for _, m := range r.memberships[id] {
			stands, terms = append(stands, m), append(terms, categoryTerm(m.collection))
		}
		products.Terms = append(products.Terms, strings.Join(terms, separator))
		cards.Availabilities = append(cards.Availabilities, int16(availability))
		cards.Cards = append(cards.Cards, product.card)
		for _, stand := range stands {
			cards.InProductIds = append(cards.InProductIds, id)
			cards.InCategoryIds = append(cards.InCategoryIds, stand.collection)
			cards.InRanks = append(cards.InRanks, stand.rank)
			for _, facet := range append(facets, "") {
				counts[catalogdb.CountProductsRow{CategoryID: stand.collection, Facet: facet}]++
			}
		}
	}
	cards.ProductIds, cards.Supplies, cards.Ranks = products.ProductIds, products.Supplies, products.Ranks
	cards.CreateTimes, cards.Prices, cards.NameKeys = products.CreateTimes, products.Prices, products.NameKeys

	if err := r.storeTexts(ctx, tx, changed, ended, cards.InProductIds, cards.InCategoryIds); err != nil {
		return err
	}
	err := queries.DropListings(ctx, tx, catalogdb.DropListingsParams{
		ProductIds: changed, InProductIds: cards.InProductIds, InCategoryIds: cards.InCategoryIds,
	})
	if err != nil {
		return err
	}
	if len(ended) > 0 {
		if err := queries.DropProducts(ctx, tx, ended); err != nil {
			return err
		}
	}
	if len(products.ProductIds) == 0 {
		return nil
	}
	if err := queries.ShareLayers(ctx, tx); err != nil {
		return err
	}
	if err := queries.StoreProducts(ctx, tx, products); err != nil {
		return err
	}
	return queries.StoreListings(ctx, tx, cards)
}

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

// tally is by how much a refresh changes how many products have what.
type tally map[catalogdb.CountProductsRow]int32

// add counts products as they stand in the transaction: with -1 before they change, with 1 after.
func (t tally) add(ctx context.Context, tx pgx.Tx, products []string, times int32) error {
	if len(products) == 0 {
		return nil
	}
	rows, err := queries.CountProducts(ctx, tx, products)
	if err != nil {
		return fmt.Errorf("count products: %w", err)
	}
	for _, row := range rows {
		what := catalogdb.CountProductsRow{CategoryID: row.CategoryID, Facet: row.Facet}
		t[what] += times * row.Products
	}
	return nil
}

func (t tally) store(ctx context.Context, tx pgx.Tx) error {
	var changed catalogdb.AddCountsParams
	for what, products := range t {
		if products != 0 {
			changed.CategoryIds = append(changed.CategoryIds, what.CategoryID)
			changed.Facets = append(changed.Facets, what.Facet)
			changed.Products = append(changed.Products, products)
		}
	}
	if len(changed.Products) == 0 {
		return nil
	}
	return queries.AddCounts(ctx, tx, changed)
}
