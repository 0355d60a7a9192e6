package product

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// What a dry run would do to a product.
const (
	wouldCreate  = "create"
	wouldUpdate  = "update"
	wouldRestock = "restock"
	wouldGo      = "gone"
)

var changeKinds = map[string]productv1.SyncChangeKind{
	wouldCreate:  productv1.SyncChangeKind_SYNC_CHANGE_KIND_CREATE,
	wouldUpdate:  productv1.SyncChangeKind_SYNC_CHANGE_KIND_UPDATE,
	wouldRestock: productv1.SyncChangeKind_SYNC_CHANGE_KIND_RESTOCK,
	wouldGo:      productv1.SyncChangeKind_SYNC_CHANGE_KIND_GONE,
}

// compareAll finds out what applying the staged products would do, and lets the run wait for staff.
func (w *syncWorker) compareAll(ctx context.Context) (productdb.ProductSyncRun, error) {
	run, err := w.step(ctx, func(ctx context.Context, tx pgx.Tx, _ productdb.ProductSyncRun) error {
		if err := queries.AnalyzeStaged(ctx, tx); err != nil {
			return fmt.Errorf("analyze staged products: %w", err)
		}
		return queries.StartComparing(ctx, tx, productdb.StartComparingParams{ID: w.id, Now: clock.Now()})
	})
	if err != nil {
		return run, err
	}
	found, err := queries.ListSyncFound(ctx, w.s.cfg.DB.Primary(), productdb.ListSyncFoundParams{RunID: w.id, SourceID: run.SourceID})
	if err != nil {
		return run, fmt.Errorf("list products found so far: %w", err)
	}
	claimed := map[string]string{} // nothing is merged that would show which products are found already
	for _, f := range found {
		claimed[f.ProductID] = f.Key
	}
	for before := int64(-1); before != run.ComparedThrough; {
		before = run.ComparedThrough
		run, err = w.step(ctx, func(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error {
			return w.compareNext(ctx, tx, run, claimed)
		})
		if err != nil {
			return run, err
		}
	}
	if run, err = w.compareAmendments(ctx, run); err != nil {
		return run, err
	}
	return w.step(ctx, func(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error {
		missing, err := w.lookForGone(ctx, tx, run)
		if err != nil {
			return err
		}
		return queries.EndComparing(ctx, tx, productdb.EndComparingParams{
			ID: w.id, WouldGo: missing.gone - missing.held, GoneHeld: missing.held, GoneNote: missing.note, Now: clock.Now(),
		})
	})
}

// compareNext compares a batch. What is refused while comparing is refused for good.
func (w *syncWorker) compareNext(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, claimed map[string]string) error {
	run.AppliedThrough = run.ComparedThrough
	b := &batch{run: run, size: w.s.batch, through: run.AppliedThrough, claimed: claimed}
	if err := w.compare(ctx, tx, b); err != nil {
		return err
	}
	if b.through == run.AppliedThrough {
		return nil
	}
	var found []productdb.AddSyncChangesParams
	for _, part := range []struct {
		kind string
		of   changes
	}{{wouldCreate, b.created}, {wouldUpdate, b.updated}, {wouldRestock, b.restocked}} {
		for i, row := range part.of.rows {
			found = append(found, productdb.AddSyncChangesParams{RunID: w.id, Row: row, Kind: part.kind, ProductID: part.of.ids[i]})
		}
	}
	if _, err := queries.AddSyncChanges(ctx, tx, found); err != nil {
		return fmt.Errorf("note changes: %w", err)
	}
	return queries.SaveCompared(ctx, tx, productdb.SaveComparedParams{
		ID: w.id, ComparedThrough: b.through, WouldCreate: int64(len(b.created.rows)), WouldUpdate: int64(len(b.updated.rows) + len(b.restocked.rows)),
		WouldKeep: b.unchanged, OffersThrough: run.OffersThrough, TextsThrough: run.TextsThrough, Dropped: b.dropped, RejectedRows: b.rejected, LeaseTime: w.leased(), Now: clock.Now(),
	})
}

// ApplySyncRun lets a worker go on with a compared run. Should its staged products be lost by then, it reads the file again.
func (s *Service) ApplySyncRun(ctx context.Context, req *productv1.ApplySyncRunRequest) (*productv1.ApplySyncRunResponse, error) {
	run, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (productdb.ProductSyncRun, error) {
		run, err := lockRun(ctx, tx, req.GetRunId())
		if err != nil || run.ComparedThrough > 0 && !run.Dry {
			return run, err // it was let go on before
		}
		if run.State != compared {
			return run, rpc.FailedPrecondition("this run is not compared with the shop, so there is nothing to go on with")
		}
		newer, err := queries.HasNewerSyncRun(ctx, tx, productdb.HasNewerSyncRunParams{SourceID: run.SourceID, ID: run.ID})
		if err != nil {
			return run, fmt.Errorf("look for later runs: %w", err)
		}
		if newer {
			return run, rpc.FailedPrecondition("the source was imported again since this file was compared; compare a file of it again")
		}
		if err := queries.RemoveAllGone(ctx, tx, run.ID); err != nil {
			return run, err
		}
		if err := queries.StartApplying(ctx, tx, productdb.StartApplyingParams{ID: run.ID, Now: clock.Now()}); err != nil {
			return run, err
		}
		return queries.GetSyncRun(ctx, tx, run.ID)
	})
	if err != nil {
		return nil, err
	}
	return &productv1.ApplySyncRunResponse{Run: toRun(run)}, nil
}

// syncChangesPage is the change that the page before ended with: a row of the file, or a product that is gone.
type syncChangesPage struct {
	Row  int64  `json:"r"`
	Gone string `json:"g,omitempty"`
}

// ListSyncChanges pages through what a compared run would do. It reads the primary, where what was staged is.
func (s *Service) ListSyncChanges(ctx context.Context, req *productv1.ListSyncChangesRequest) (*productv1.ListSyncChangesResponse, error) {
	var page syncChangesPage
	if err := rpc.ParsePageToken(req.GetPageToken(), &page); err != nil {
		return nil, err
	}
	if page.Gone != "" && !id.Valid(page.Gone) {
		return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	run, err := s.comparedRun(ctx, req.GetRunId())
	if err != nil {
		return nil, err
	}
	source, err := queries.GetSource(ctx, s.cfg.DB.Primary(), run.SourceID)
	if err != nil {
		return nil, fmt.Errorf("get source: %w", err)
	}
	size := rpc.PageSize(req.GetPageSize(), 50)
	rows, err := s.changesFrom(ctx, req, page, size+1)
	if err != nil {
		return nil, fmt.Errorf("list changes: %w", err)
	}
	answer := &productv1.ListSyncChangesResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		last := rows[size-1]
		next := syncChangesPage{Row: last.Row}
		if last.Kind == wouldGo {
			next.Gone = last.ProductID
		}
		answer.NextPageToken = rpc.PageToken(next)
	}
	answer.Changes, err = s.describeChanges(ctx, run, source, rows)
	return answer, err
}

// comparedRun returns a run whose comparison is there. One whose staged rows a crash of the database took is compared again.
func (s *Service) comparedRun(ctx context.Context, run string) (productdb.ProductSyncRun, error) {
	row, err := queries.GetSyncRun(ctx, s.cfg.DB.Primary(), run)
	switch {
	case postgres.IsNoRows(err):
		return row, errNoRun
	case err != nil:
		return row, fmt.Errorf("get sync run: %w", err)
	case row.State != compared:
		return row, rpc.FailedPrecondition("this run is not compared with the shop, so there are no changes to show")
	}
	staged, err := queries.CountStaged(ctx, s.cfg.DB.Primary(), run)
	if err != nil {
		return row, fmt.Errorf("count staged products: %w", err)
	}
	if staged == row.Staged {
		return row, nil
	}
	if _, err := s.moveRun(ctx, run, func(state string) bool { return state == compared }, reading); err != nil {
		return row, err
	}
	return row, rpc.FailedPrecondition("the comparison was lost and is being made again; try again in a moment")
}

// changesFrom returns the next changes: those of products in the file, then products that are gone.
func (s *Service) changesFrom(ctx context.Context, req *productv1.ListSyncChangesRequest, page syncChangesPage, size int32) ([]productdb.ListSyncChangesRow, error) {
	db := s.cfg.DB.Primary()
	kind := req.GetKind()
	all := kind == productv1.SyncChangeKind_SYNC_CHANGE_KIND_UNSPECIFIED
	var rows []productdb.ListSyncChangesRow
	var err error
	switch {
	case page.Gone != "" || kind == productv1.SyncChangeKind_SYNC_CHANGE_KIND_GONE:
	case all:
		rows, err = queries.ListSyncChanges(ctx, db, productdb.ListSyncChangesParams{RunID: req.GetRunId(), After: page.Row, PageSize: size})
	default:
		var some []productdb.ListSyncChangesOfKindRow
		for name, k := range changeKinds {
			if k == kind {
				some, err = queries.ListSyncChangesOfKind(ctx, db, productdb.ListSyncChangesOfKindParams{
					RunID: req.GetRunId(), Kind: name, After: page.Row, PageSize: size,
				})
			}
		}
		for _, row := range some {
			rows = append(rows, productdb.ListSyncChangesRow(row))
		}
		return rows, err
	}
	if err != nil || len(rows) == int(size) {
		return rows, err
	}
	after := page.Gone
	if after == "" {
		after = lowestID
	}
	gone, err := queries.ListGone(ctx, db, productdb.ListGoneParams{RunID: req.GetRunId(), After: after, PageSize: size - int32(len(rows))})
	for _, product := range gone {
		rows = append(rows, productdb.ListSyncChangesRow{Kind: wouldGo, ProductID: product})
	}
	return rows, err
}

// describeChanges says what would change, product by product, with as many queries for a page as for one product.
func (s *Service) describeChanges(
	ctx context.Context, run productdb.ProductSyncRun, source productdb.ProductSource, rows []productdb.ListSyncChangesRow,
) ([]*productv1.SyncChange, error) {
	var staged []int64
	var ids []string
	for _, row := range rows {
		if row.Row > 0 {
			staged = append(staged, row.Row)
		}
		if row.Kind != wouldCreate {
			ids = append(ids, row.ProductID)
		}
	}
	w := &syncWorker{s: s, id: run.ID}
	wanted, err := w.loadStaged(ctx, s.cfg.DB.Primary(), staged)
	if err != nil {
		return nil, fmt.Errorf("load staged products: %w", err)
	}
	products, err := s.loadFrom(ctx, s.cfg.DB.Primary(), ids)
	if err != nil {
		return nil, err
	}
	shop := make(map[string]*productv1.Product, len(products))
	for _, p := range products {
		shop[p.GetId()] = p
	}
	offers, err := s.stagedOffers(ctx, run.ID, staged)
	if err != nil {
		return nil, err
	}
	told, err := s.feedCounts(ctx, ids)
	if err != nil {
		return nil, err
	}
	types, err := s.typesOf(ctx, products, wanted)
	if err != nil {
		return nil, err
	}
	related, err := s.listRelatedToBe(ctx, run, shop, rows, staged)
	if err != nil {
		return nil, err
	}
	changes := make([]*productv1.SyncChange, 0, len(rows))
	for _, row := range rows {
		now, then := shop[row.ProductID], wanted[row.Row]
		change := &productv1.SyncChange{Kind: changeKinds[row.Kind], Row: row.Row}
		if now != nil {
			change.ProductId, change.ProductKey, change.Name = now.GetId(), now.GetKey(), now.GetName()
		}
		if then != nil {
			change.ProductKey, change.Name = then.Key, then.Name
		}
		d := &difference{now: now, then: then, owns: source.Owns, told: told, types: types, related: related[row.Row], currency: s.cfg.Currency}
		offer, offered := offers[row.Row]
		switch {
		case row.Kind == wouldGo && now != nil:
			change.Fields = []*productv1.SyncFieldChange{{Field: "state", OldValue: stateName(now.GetState()), NewValue: goneState(source)}}
		case now != nil && then != nil:
			change.Fields = d.fields()
		case now != nil && offered:
			d.offer(offer)
			change.Fields = d.changed
		case now != nil && row.Row > 0: // the row is a text
			change.Fields = []*productv1.SyncFieldChange{{Field: "translations"}}
		}
		changes = append(changes, change)
	}
	return changes, nil
}

// feedCounts are what feeds last said of the stock of each variant of products.
func (s *Service) feedCounts(ctx context.Context, products []string) (map[string]productdb.ListVariantCountsRow, error) {
	counts, err := queries.ListVariantCounts(ctx, s.cfg.DB.Primary(), products)
	if err != nil {
		return nil, fmt.Errorf("list counts: %w", err)
	}
	told := map[string]productdb.ListVariantCountsRow{}
	for _, c := range counts {
		told[c.ID] = c
	}
	return told, nil
}

// typesOf returns the types that products have and that staged ones name: their names by their ids, and their ids by their names in lower case.
func (s *Service) typesOf(ctx context.Context, products []*productv1.Product, staged map[int64]*feed.Product) (map[string]string, error) {
	var known productdb.ListTypesKnownParams
	for _, p := range products {
		if p.GetTypeId() != "" {
			known.Ids = append(known.Ids, p.GetTypeId())
		}
	}
	for _, p := range staged {
		known.Names = append(known.Names, strings.ToLower(p.Type))
	}
	rows, err := queries.ListTypesKnown(ctx, s.cfg.DB.Primary(), known)
	if err != nil {
		return nil, fmt.Errorf("list types: %w", err)
	}
	types := map[string]string{}
	for _, row := range rows {
		types[row.ID], types[strings.ToLower(row.Name)] = row.Name, row.ID
	}
	return types, nil
}

// relatedToBe are the products that a staged one names, and what people call those that it names now.
type relatedToBe struct {
	ids, was []string
}

// listRelatedToBe finds them by rows, as mergeRelated does.
func (s *Service) listRelatedToBe(
	ctx context.Context, run productdb.ProductSyncRun, shop map[string]*productv1.Product, changes []productdb.ListSyncChangesRow, staged []int64,
) (map[int64]*relatedToBe, error) {
	rows, err := queries.ListRelatedToBe(ctx, s.cfg.DB.Primary(), productdb.ListRelatedToBeParams{RunID: run.ID, SourceID: run.SourceID, Rows: staged})
	if err != nil {
		return nil, fmt.Errorf("list related products: %w", err)
	}
	related := map[int64]*relatedToBe{}
	for _, row := range rows {
		to := &relatedToBe{}
		for _, product := range row.Found {
			if !slices.Contains(to.ids, product) {
				to.ids = append(to.ids, product)
			}
		}
		for range row.Coming { // they have no ids yet
			to.ids = append(to.ids, "")
		}
		related[row.Row] = to
	}
	var ids []string
	for _, p := range shop {
		ids = append(ids, p.GetRelatedIds()...)
	}
	names, err := queries.ListProductKeys(ctx, s.cfg.DB.Primary(), ids)
	if err != nil {
		return nil, fmt.Errorf("list keys of products: %w", err)
	}
	for _, change := range changes {
		to := related[change.Row]
		if to == nil {
			continue
		}
		to.ids = slices.DeleteFunc(to.ids, func(product string) bool { return product == change.ProductID })
		for _, product := range shop[change.ProductID].GetRelatedIds() {
			for _, name := range names {
				if name.ID == product {
					to.was = append(to.was, name.Key)
				}
			}
		}
	}
	return related, nil
}
