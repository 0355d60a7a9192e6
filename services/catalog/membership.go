package catalog

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

const (
	// firstRank is the rank of what stands first in a collection whose products staff put in order: higher than any product's own.
	firstRank = 32_000
	// lastRank is that of what stands so far down that nobody put it there piece by piece. It is still higher than any product's own.
	lastRank = 10
)

// membership is a product's place in a collection.
type membership struct {
	collection string
	rank       int16 // 0 for the product's own
}

// askMemberships returns the collections of products, by product and in the order of their ids. They have no versions: whoever asks later knows
// better.
func (s *Service) askMemberships(ctx context.Context, products []string) (map[string][]membership, error) {
	answer, err := s.cfg.Collections.ListMemberships(ctx, &productv1.ListMembershipsRequest{ProductIds: products})
	if err != nil {
		return nil, fmt.Errorf("ask for collections: %w", err)
	}
	all := make(map[string][]membership)
	for _, m := range answer.GetMemberships() {
		one := membership{collection: m.GetCollectionId()}
		if m.GetPosition() > 0 {
			one.rank = int16(max(firstRank-m.GetPosition(), lastRank))
		}
		all[m.GetProductId()] = append(all[m.GetProductId()], one)
	}
	for _, some := range all {
		slices.SortFunc(some, func(a, b membership) int { return strings.Compare(a.collection, b.collection) })
	}
	return all, nil
}

// membershipsOf are those that a page keeps.
func membershipsOf(page catalogdb.LockPagesRow) []membership {
	kept := make([]membership, len(page.CollectionIds))
	for i, collection := range page.CollectionIds {
		kept[i] = membership{collection, page.CollectionRanks[i]}
	}
	return kept
}

// keep adds a product's memberships to what is stored.
func keep(all *catalogdb.StoreMembershipsParams, product string, some []membership) {
	collections, ranks := make([]string, len(some)), make([]string, len(some))
	for i, m := range some {
		collections[i], ranks[i] = m.collection, strconv.Itoa(int(m.rank))
	}
	all.ProductIds = append(all.ProductIds, product)
	all.CollectionIds = append(all.CollectionIds, strings.Join(collections, separator))
	all.Ranks = append(all.Ranks, strings.Join(ranks, separator))
}

// RefreshMemberships follows products into and out of collections. It touches these and nothing else of the products: a rule that gathers a
// hundred thousand of them makes no page and no card anew.
func (s *Service) RefreshMemberships(ctx context.Context, req *catalogv1.RefreshMembershipsRequest) (*catalogv1.RefreshMembershipsResponse, error) {
	products := slices.Compact(slices.Sorted(slices.Values(req.GetProductIds())))
	ticket, err := queries.NextTicket(ctx, s.cfg.DB.Primary())
	if err != nil {
		return nil, fmt.Errorf("take a ticket: %w", err)
	}
	asked, err := s.askMemberships(ctx, products)
	if err != nil {
		return nil, err
	}
	_, err = inRefresh(ctx, s, func(ctx context.Context, tx pgx.Tx) (any, error) {
		return nil, storeMemberships(ctx, tx, products, asked, ticket)
	})
	if err != nil {
		return nil, fmt.Errorf("store memberships: %w", err)
	}
	s.buryTree(ctx, postgres.Token(ctx))
	return &catalogv1.RefreshMembershipsResponse{}, nil
}

// storeMemberships locks as every refresh does. A product that is not known yet gets an empty page: whoever asked for it before may store it
// later, and must find what was learned meanwhile.
func storeMemberships(ctx context.Context, tx pgx.Tx, products []string, asked map[string][]membership, ticket int64) error {
	if err := queries.AddPages(ctx, tx, products); err != nil {
		return err
	}
	pages, err := queries.LockPages(ctx, tx, products)
	if err != nil {
		return err
	}
	stored := catalogdb.StoreMembershipsParams{Ticket: ticket}
	var moved moves
	for _, page := range pages {
		if page.CollectionsTicket > ticket {
			continue
		}
		now := asked[page.ProductID]
		keep(&stored, page.ProductID, now)
		if page.State == stateForSale {
			moved.add(page.ProductID, membershipsOf(page), now)
		}
	}
	if len(stored.ProductIds) == 0 {
		return nil
	}
	if err := queries.StoreMemberships(ctx, tx, stored); err != nil {
		return err
	}
	return moved.store(ctx, tx)
}

// moves are products for sale that came to collections, left them, or changed places there.
type moves struct {
	placed catalogdb.EnterCollectionsParams // with those that were there, at another rank
	came   catalogdb.CountStandingParams
	left   catalogdb.LeaveCollectionsParams
	terms  catalogdb.MoveTermsParams
	all    []string // the products
}

func (m *moves) add(product string, was, is []membership) {
	if slices.Equal(was, is) {
		return
	}
	m.all = append(m.all, product)
	var lost, gained []string
	for _, now := range is {
		if slices.Contains(was, now) {
			continue
		}
		m.placed.ProductIds, m.placed.CollectionIds = append(m.placed.ProductIds, product), append(m.placed.CollectionIds, now.collection)
		m.placed.Ranks = append(m.placed.Ranks, now.rank)
		if !slices.ContainsFunc(was, func(before membership) bool { return before.collection == now.collection }) {
			m.came.ProductIds, m.came.CollectionIds = append(m.came.ProductIds, product), append(m.came.CollectionIds, now.collection)
			gained = append(gained, categoryTerm(now.collection))
		}
	}
	for _, before := range was {
		if !slices.ContainsFunc(is, func(now membership) bool { return before.collection == now.collection }) {
			m.left.ProductIds, m.left.CollectionIds = append(m.left.ProductIds, product), append(m.left.CollectionIds, before.collection)
			lost = append(lost, categoryTerm(before.collection))
		}
	}
	if len(lost)+len(gained) > 0 {
		m.terms.ProductIds = append(m.terms.ProductIds, product)
		m.terms.Lost, m.terms.Gained = append(m.terms.Lost, strings.Join(lost, separator)), append(m.terms.Gained, strings.Join(gained, separator))
	}
}

func (m *moves) store(ctx context.Context, tx pgx.Tx) error {
	if len(m.all) == 0 {
		return nil
	}
	counts := make(tally)
	for _, collection := range m.placed.CollectionIds { // where places changed and nothing else, a list is another one too
		counts[catalogdb.CountProductsRow{CategoryID: collection}] = 0
	}
	if err := counts.standing(ctx, tx, m.came, 1); err != nil {
		return err
	}
	if err := counts.standing(ctx, tx, catalogdb.CountStandingParams(m.left), -1); err != nil {
		return err
	}
	if len(m.left.ProductIds) > 0 {
		if err := queries.LeaveCollections(ctx, tx, m.left); err != nil {
			return err
		}
		if err := queries.LeaveNames(ctx, tx, catalogdb.LeaveNamesParams(m.left)); err != nil {
			return err
		}
	}
	if len(m.placed.ProductIds) > 0 {
		m.placed.AllProducts = allProducts
		if err := queries.EnterCollections(ctx, tx, m.placed); err != nil {
			return err
		}
		names := catalogdb.EnterNamesParams{ProductIds: m.came.ProductIds, CollectionIds: m.came.CollectionIds, AllProducts: allProducts}
		if err := queries.EnterNames(ctx, tx, names); err != nil {
			return err
		}
	}
	if len(m.terms.ProductIds) > 0 {
		if err := queries.MoveTerms(ctx, tx, m.terms); err != nil {
			return err
		}
	}
	if err := tell(ctx, tx, m.all, counts); err != nil {
		return err
	}
	return counts.store(ctx, tx)
}
