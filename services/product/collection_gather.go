package product

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	// gatherBatch is how many products are looked at in one transaction for a new rule.
	gatherBatch = 2_000
	// mostPreviewed ends a preview, which somebody waits for.
	mostPreviewed = 200_000
)

// rules are all rules of the shop, made ready. They are read again when one has changed.
type rules struct {
	mu      sync.Mutex
	count   int64
	newest  int64
	current []rule
}

// get returns the rules as the transaction sees them. It holds the collections' lock, so numbers become visible in their order.
func (r *rules) get(ctx context.Context, tx pgx.Tx) ([]rule, error) {
	now, err := queries.GetRulesNumber(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("get rules number: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count == now.Rules && r.newest == now.Newest {
		return r.current, nil
	}
	rows, err := queries.ListRules(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("list rules: %w", err)
	}
	made := make([]rule, 0, len(rows))
	for _, row := range rows {
		var from productv1.CollectionRule
		if err := protojson.Unmarshal(row.Rule, &from); err != nil {
			return nil, fmt.Errorf("rule of collection %s: %w", row.ID, err)
		}
		made = append(made, newRule(row.ID, &from))
	}
	r.count, r.newest, r.current = now.Rules, now.Newest, made
	return made, nil
}

// membership is a product in a collection.
type membership struct{ collection, product string }

// RefreshMemberships compares the collections whose rules products meet now with those that they are in. It looks at nothing but these products:
// a thousand rules are asked in less time than it takes to read the product.
func (s *Service) RefreshMemberships(ctx context.Context, req *productv1.RefreshMembershipsRequest) (*productv1.RefreshMembershipsResponse, error) {
	answer, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*productv1.RefreshMembershipsResponse, error) {
		if err := queries.LockCollections(ctx, tx); err != nil {
			return nil, err
		}
		all, err := s.rules.get(ctx, tx)
		if err != nil {
			return nil, err
		}
		added, removed, err := ask(ctx, tx, all, req.GetProductIds())
		return &productv1.RefreshMembershipsResponse{Added: added, Removed: removed}, err
	})
	if err != nil {
		return nil, fmt.Errorf("refresh memberships: %w", err)
	}
	return answer, nil
}

// ask puts products into the collections of these rules that they meet, and takes them out of those that they do not. Others are let alone.
func ask(ctx context.Context, tx pgx.Tx, some []rule, products []string) (added, removed int32, err error) {
	if len(some) == 0 || len(products) == 0 {
		return 0, 0, nil
	}
	rows, err := queries.ListFactsOf(ctx, tx, products)
	if err != nil {
		return 0, 0, fmt.Errorf("list facts: %w", err)
	}
	asked, want := make(map[string]bool, len(some)), map[membership]bool{}
	for _, r := range some {
		asked[r.collection] = true
	}
	for _, row := range rows {
		f, err := toFacts(productdb.ListFactsRow(row))
		if err != nil {
			return 0, 0, err
		}
		for _, r := range some {
			if r.meets(&f) {
				want[membership{r.collection, f.id}] = true
			}
		}
	}
	have := map[membership]bool{}
	members, err := queries.ListRuledMemberships(ctx, tx, products)
	if err != nil {
		return 0, 0, fmt.Errorf("list memberships: %w", err)
	}
	for _, m := range members {
		if asked[m.CollectionID] {
			have[membership{m.CollectionID, m.ProductID}] = true
		}
	}
	return settle(ctx, tx, have, want)
}

// settle makes memberships what they shall be.
func settle(ctx context.Context, tx pgx.Tx, have, want map[membership]bool) (added, removed int32, err error) {
	var in productdb.AddMembershipsParams
	var out productdb.RemoveMembershipsParams
	for m := range want {
		if !have[m] {
			in.CollectionIds, in.ProductIds = append(in.CollectionIds, m.collection), append(in.ProductIds, m.product)
		}
	}
	for m := range have {
		if !want[m] {
			out.CollectionIds, out.ProductIds = append(out.CollectionIds, m.collection), append(out.ProductIds, m.product)
		}
	}
	if len(in.ProductIds) > 0 {
		if err := queries.AddMemberships(ctx, tx, in); err != nil {
			return 0, 0, fmt.Errorf("add memberships: %w", err)
		}
	}
	if len(out.ProductIds) > 0 {
		if err := queries.RemoveMemberships(ctx, tx, out); err != nil {
			return 0, 0, fmt.Errorf("remove memberships: %w", err)
		}
	}
	return int32(len(in.ProductIds)), int32(len(out.ProductIds)), tellMembers(ctx, tx, slices.Concat(in.ProductIds, out.ProductIds))
}

// RebuildCollections looks at the next batch of products for the first collection whose rule is new.
func (s *Service) RebuildCollections(ctx context.Context, _ *productv1.RebuildCollectionsRequest) (*productv1.RebuildCollectionsResponse, error) {
	more, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (bool, error) {
		if err := queries.LockCollections(ctx, tx); err != nil {
			return false, err
		}
		row, err := queries.TakeRebuildingCollection(ctx, tx)
		if postgres.IsNoRows(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		return true, gather(ctx, tx, row)
	})
	if err != nil {
		return nil, fmt.Errorf("rebuild collections: %w", err)
	}
	return &productv1.RebuildCollectionsResponse{More: more}, nil
}

func gather(ctx context.Context, tx pgx.Tx, row productdb.ProductCollection) error {
	c, err := toCollection(row)
	if err != nil {
		return err
	}
	if *row.RebuildAfter == lowestID {
		if err := queries.StartRebuild(ctx, tx, row.ID); err != nil {
			return fmt.Errorf("start rebuild: %w", err)
		}
	}
	rows, err := queries.ListFacts(ctx, tx, productdb.ListFactsParams{AfterID: *row.RebuildAfter, PageSize: gatherBatch})
	if err != nil {
		return fmt.Errorf("list facts: %w", err)
	}
	r := newRule(row.ID, c.GetRule())
	want, have, ids := map[membership]bool{}, map[membership]bool{}, []string{}
	for _, row := range rows {
		f, err := toFacts(row)
		if err != nil {
			return err
		}
		ids = append(ids, f.id)
		if r.meets(&f) {
			want[membership{r.collection, f.id}] = true
		}
	}
	members, err := queries.ListMembershipsIn(ctx, tx, productdb.ListMembershipsInParams{CollectionID: row.ID, ProductIds: ids})
	if err != nil {
		return fmt.Errorf("list memberships: %w", err)
	}
	for _, product := range members {
		have[membership{row.ID, product}] = true
	}
	if _, _, err := settle(ctx, tx, have, want); err != nil {
		return err
	}
	progress := productdb.SaveRebuildParams{ID: row.ID, Done: int64(len(ids))}
	if len(ids) == gatherBatch {
		progress.RebuildAfter = &ids[len(ids)-1]
	}
	return queries.SaveRebuild(ctx, tx, progress)
}

// PreviewCollectionRule asks a rule of the products there are, page by page.
func (s *Service) PreviewCollectionRule(ctx context.Context, req *productv1.PreviewCollectionRuleRequest) (*productv1.PreviewCollectionRuleResponse, error) {
	given := proto.CloneOf(req.GetRule())
	var found problems
	if found.tidyRule(given); found.err() != nil {
		return nil, found.err()
	}
	r, answer, db := newRule("", given), &productv1.PreviewCollectionRuleResponse{}, s.cfg.DB.Read(ctx)
	var first []string
	for after := lowestID; answer.GetLookedAt() < mostPreviewed && !answer.GetComplete(); {
		rows, err := queries.ListFacts(ctx, db, productdb.ListFactsParams{AfterID: after, PageSize: gatherBatch})
		if err != nil {
			return nil, fmt.Errorf("list facts: %w", err)
		}
		for _, row := range rows {
			f, err := toFacts(row)
			if err != nil {
				return nil, err
			}
			if after = f.id; !r.meets(&f) {
				continue
			}
			if answer.Count++; len(first) < int(rpc.PageSize(req.GetPageSize(), 10)) {
				first = append(first, f.id)
			}
		}
		answer.LookedAt += int64(len(rows))
		answer.Complete = len(rows) < gatherBatch
	}
	var err error
	answer.Products, err = s.loadInOrder(ctx, first)
	return answer, err
}
