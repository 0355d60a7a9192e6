package product

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// stockCall is how many variants inventory is asked about at once.
const stockCall = 500

// UndoSyncRun queues the undoing of a run.
func (s *Service) UndoSyncRun(ctx context.Context, req *productv1.UndoSyncRunRequest) (*productv1.UndoSyncRunResponse, error) {
	run, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (productdb.ProductSyncRun, error) {
		run, err := lockRun(ctx, tx, req.GetRunId())
		if err != nil || run.State == undoing || run.State == undone {
			return run, err
		}
		switch {
		case !ended(run.State):
			return run, rpc.FailedPrecondition("this run is still at work; cancel it first, or wait for its end")
		case run.Created+run.Updated+run.Gone == 0:
			return run, rpc.FailedPrecondition("this run changed no products")
		case run.StartTime != nil && run.StartTime.Before(clock.Now().AddDate(0, 0, -s.cfg.Kept.HistoryDays)):
			return run, rpc.FailedPrecondition(fmt.Sprintf("this run is older than %d days, and it is not kept any longer how products were before it", s.cfg.Kept.HistoryDays))
		}
		newer, err := queries.HasNewerSyncRun(ctx, tx, productdb.HasNewerSyncRunParams{SourceID: run.SourceID, ID: run.ID})
		if err != nil {
			return run, err
		}
		if newer {
			return run, rpc.FailedPrecondition("a later run of the same source changed products; undo that one first")
		}
		return queries.StartUndoing(ctx, tx, productdb.StartUndoingParams{ID: run.ID, UndoBy: callerName(ctx), Now: clock.Now()})
	})
	if err != nil {
		return nil, err
	}
	return &productv1.UndoSyncRunResponse{Run: toRun(run)}, nil
}

// undo lets go of products that the run created, which frees SKUs and addresses, and then makes those that it changed what they were.
func (w *syncWorker) undo(ctx context.Context, run productdb.ProductSyncRun) (productdb.ProductSyncRun, error) {
	if err := w.s.setStockOf(ctx, w.id); err != nil { // so that what was sold can be told from what was never counted
		return run, fmt.Errorf("set stock: %w", err)
	}
	var err error
	for more := true; more; crash.At(crash.SyncAfterUndo) {
		if run, more, err = w.undoCreated(ctx, run); err != nil {
			return run, err
		}
	}
	for before := ""; before != run.UndoProduct; crash.At(crash.SyncAfterUndo) {
		before = run.UndoProduct
		if run, err = w.step(ctx, w.undoChanged); err != nil {
			return run, err
		}
	}
	return w.closeAs(ctx, undone)
}

// undoCreated removes the next of the products that the run created.
func (w *syncWorker) undoCreated(ctx context.Context, run productdb.ProductSyncRun) (productdb.ProductSyncRun, bool, error) {
	items, err := queries.ListItemsOfSource(ctx, w.s.cfg.DB.Primary(), productdb.ListItemsOfSourceParams{
		RunID: w.id, SourceID: run.SourceID, AfterKey: run.UndoKey, PageSize: w.batch.next,
	})
	if err != nil || len(items) == 0 {
		return run, false, err
	}
	var created []string
	for _, item := range items {
		if item.Created {
			created = append(created, item.ProductID)
		}
	}
	sold, err := w.s.sold(ctx, created)
	if err != nil {
		return run, false, err
	}
	through := items[len(items)-1].Key
	run, err = w.step(ctx, func(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error {
		return w.letGo(ctx, tx, run, created, sold, through)
	})
	return run, true, err
}

// letGo removes products, and archives those that somebody has ordered, changed or reviewed, or gave files or prices to.
func (w *syncWorker) letGo(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, created []string, sold map[string]bool, through string) error {
	now := clock.Now()
	var archived []string
	if len(created) > 0 {
		if err := w.lockAll(ctx, tx, created); err != nil {
			return err
		}
		changed, err := w.changedSince(ctx, tx, created)
		if err != nil {
			return err
		}
		added, err := queries.ListAddedTo(ctx, tx, created)
		if err != nil {
			return fmt.Errorf("list what was added to: %w", err)
		}
		var removed, kept []string
		for _, product := range created {
			if _, touched := changed[product]; touched || sold[product] || slices.Contains(added, product) {
				kept = append(kept, product)
			} else {
				removed = append(removed, product)
			}
		}
		if err := queries.DeleteProducts(ctx, tx, removed); err != nil {
			return fmt.Errorf("remove products: %w", err)
		}
		if len(kept) > 0 {
			if err := w.keepForUndo(ctx, tx, run, nil, kept); err != nil {
				return err
			}
			archived, err = queries.SetProductStates(ctx, tx, productdb.SetProductStatesParams{State: "archived", Ids: kept, Now: now})
			if err != nil {
				return fmt.Errorf("archive products: %w", err)
			}
			if err := queries.ForgetContents(ctx, tx, productdb.ForgetContentsParams{SourceID: run.SourceID, ProductIds: kept}); err != nil {
				return fmt.Errorf("forget contents: %w", err)
			}
		}
		if err := tellChanged(ctx, tx, slices.Concat(removed, archived)); err != nil {
			return err
		}
		crash.At(crash.SyncBeforeUndoCommit)
		return queries.SaveUndone(ctx, tx, productdb.SaveUndoneParams{
			ID: w.id, UndoKey: through, UndoProduct: run.UndoProduct, Removed: int64(len(removed)), Archived: int64(len(kept)), LeaseTime: w.leased(), Now: now,
		})
	}
	return queries.SaveUndone(ctx, tx, productdb.SaveUndoneParams{ID: w.id, UndoKey: through, UndoProduct: run.UndoProduct, LeaseTime: w.leased(), Now: now})
}

// sold says of which products less or more is on hand than their feeds said, or something is held for an order. It is asked before anything is
// locked; who orders within that moment keeps the order, which has its own copy of what was bought.
func (s *Service) sold(ctx context.Context, products []string) (map[string]bool, error) {
	sold := map[string]bool{}
	if len(products) == 0 {
		return sold, nil
	}
	variants, err := queries.ListVariantCounts(ctx, s.cfg.DB.Primary(), products)
	if err != nil {
		return nil, fmt.Errorf("list counts: %w", err)
	}
	for some := range slices.Chunk(variants, stockCall) {
		req := &inventoryv1.BatchGetStockRequest{}
		for _, v := range some {
			req.VariantIds = append(req.VariantIds, v.ID)
		}
		answer, err := s.cfg.Stock.BatchGetStock(ctx, req)
		if err != nil {
			return nil, fmt.Errorf("ask for stock: %w", err)
		}
		for i, level := range answer.GetStock() { // in the order asked for
			told := s.cfg.DefaultStock
			if some[i].FeedOnHand != nil {
				told = *some[i].FeedOnHand
			}
			if level.GetHeld() > 0 || level.GetOnHand() != told {
				sold[some[i].ProductID] = true
			}
		}
	}
	return sold, nil
}

// undoChanged makes the next of the products that the run changed what they were.
func (w *syncWorker) undoChanged(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error {
	kept, err := queries.ListKeptByRun(ctx, tx, productdb.ListKeptByRunParams{RunID: w.id, After: run.UndoProduct, PageSize: w.batch.next})
	if err != nil || len(kept) == 0 {
		return err
	}
	ids := make([]string, len(kept))
	for i, k := range kept {
		ids[i] = k.ProductID
	}
	if err := w.lockAll(ctx, tx, ids); err != nil {
		return err
	}
	reasons, err := w.changedSince(ctx, tx, ids)
	if err != nil {
		return err
	}
	// A product that is left alone keeps its SKUs, so that others may be left alone because of it.
	var restore productdb.RestoreVariantsParams
	for found := -1; found != 0; {
		restore = productdb.RestoreVariantsParams{}
		for _, k := range kept {
			if reasons[k.ProductID] == "" {
				restore.ProductIds, restore.Versions = append(restore.ProductIds, k.ProductID), append(restore.Versions, k.Version)
			}
		}
		taken, err := queries.ListKeptSKUsTaken(ctx, tx, productdb.ListKeptSKUsTakenParams(restore))
		if err != nil {
			return fmt.Errorf("list taken SKUs: %w", err)
		}
		for _, t := range taken {
			reasons[t.ProductID] = fmt.Sprintf("Its SKU %s belongs to another product now.", t.Sku)
		}
		found = len(taken)
	}
	if err := w.restore(ctx, tx, run, restore); err != nil {
		return err
	}
	left := productdb.AddUndoLeftParams{RunID: w.id}
	for product, reason := range reasons {
		left.ProductIds, left.Reasons = append(left.ProductIds, product), append(left.Reasons, reason)
	}
	if err := queries.AddUndoLeft(ctx, tx, left); err != nil {
		return fmt.Errorf("list products left alone: %w", err)
	}
	crash.At(crash.SyncBeforeUndoCommit)
	return queries.SaveUndone(ctx, tx, productdb.SaveUndoneParams{
		ID: w.id, UndoKey: run.UndoKey, UndoProduct: ids[len(ids)-1], Restored: int64(len(restore.ProductIds)), LeftAlone: int64(len(reasons)),
		LeaseTime: w.leased(), Now: clock.Now(),
	})
}

func (w *syncWorker) restore(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, which productdb.RestoreVariantsParams) error {
	if len(which.ProductIds) == 0 {
		return nil
	}
	if err := w.keepForUndo(ctx, tx, run, &w.id, which.ProductIds); err != nil {
		return err
	}
	slugs, err := queries.RestoreProducts(ctx, tx, productdb.RestoreProductsParams{ProductIds: which.ProductIds, Versions: which.Versions, Now: clock.Now()})
	if err != nil {
		return fmt.Errorf("restore products: %w", err)
	}
	if err := queries.EndRedirects(ctx, tx, slugs); err != nil {
		return fmt.Errorf("end redirects: %w", err)
	}
	if err := queries.RestoreImages(ctx, tx, productdb.RestoreImagesParams(which)); err != nil {
		return fmt.Errorf("restore images: %w", err)
	}
	if err := queries.RestoreVariants(ctx, tx, which); err != nil {
		return fmt.Errorf("restore variants: %w", err)
	}
	if err := queries.RestoreBundleParts(ctx, tx, productdb.RestoreBundlePartsParams(which)); err != nil {
		return fmt.Errorf("restore parts of bundles: %w", err)
	}
	err = queries.ForgetContents(ctx, tx, productdb.ForgetContentsParams{SourceID: run.SourceID, ProductIds: which.ProductIds})
	if err != nil {
		return fmt.Errorf("forget contents: %w", err)
	}
	err = queries.ForgetMatches(ctx, tx, productdb.ForgetMatchesParams{RunID: w.id, SourceID: run.SourceID, ProductIds: which.ProductIds})
	if err != nil {
		return fmt.Errorf("forget matches: %w", err)
	}
	return tellChanged(ctx, tx, which.ProductIds)
}

// lockAll keeps other imports and staff from changing anything of these products until the transaction ends.
func (w *syncWorker) lockAll(ctx context.Context, tx pgx.Tx, products []string) error {
	if err := w.lockMerge(ctx, tx); err != nil {
		return err
	}
	if _, err := queries.LockProducts(ctx, tx, products); err != nil {
		return fmt.Errorf("lock products: %w", err)
	}
	return nil
}

// changedSince says why products are not as the run left them: who changed them last.
func (w *syncWorker) changedSince(ctx context.Context, tx pgx.Tx, products []string) (map[string]string, error) {
	rows, err := queries.ListChangedSince(ctx, tx, productdb.ListChangedSinceParams{RunID: w.id, ProductIds: products})
	if err != nil {
		return nil, fmt.Errorf("list later changes: %w", err)
	}
	reasons := make(map[string]string, len(rows))
	for _, row := range rows {
		reasons[row.ProductID] = fmt.Sprintf("Changed since by %s on %s.", row.ChangedBy, row.ChangeTime.UTC().Format("2006-01-02 15:04 MST"))
	}
	return reasons, nil
}

// keepForUndo keeps products before undoing changes them: those that get back what they were as a change of the run's own, of is its id, so
// that they count as untouched when an earlier run is undone.
func (w *syncWorker) keepForUndo(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, of *string, products []string) error {
	err := queries.KeepProducts(ctx, tx, productdb.KeepProductsParams{
		RunID: of, ChangedBy: shortened("Undoing " + importName(run) + " by " + run.UndoBy), Now: clock.Now(), Ids: products,
	})
	if err != nil {
		return fmt.Errorf("keep products as they are: %w", err)
	}
	return nil
}

// ListUndoExceptions pages through products that undoing left alone.
func (s *Service) ListUndoExceptions(ctx context.Context, req *productv1.ListUndoExceptionsRequest) (*productv1.ListUndoExceptionsResponse, error) {
	after := lowestID
	if err := rpc.ParsePageToken(req.GetPageToken(), &after); err != nil {
		return nil, err
	}
	if !id.Valid(after) {
		return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	size := rpc.PageSize(req.GetPageSize(), 100)
	rows, err := queries.ListUndoLeft(ctx, s.cfg.DB.Primary(), productdb.ListUndoLeftParams{RunID: req.GetRunId(), After: after, PageSize: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list products left alone: %w", err)
	}
	answer := &productv1.ListUndoExceptionsResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(rows[size-1].ProductID)
	}
	for _, row := range rows {
		answer.Exceptions = append(answer.Exceptions, &productv1.UndoException{ProductId: row.ProductID, Name: row.Name, Reason: row.Reason})
	}
	return answer, nil
}
