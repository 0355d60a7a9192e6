package product

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

const (
	// maxTakeups is how often a run is taken up without getting any further before it is given up.
	maxTakeups = 10
	// releaseTime bounds what a stopping worker does so that the next one need not wait for the lease.
	releaseTime = 2 * time.Second
)

// PerformSyncRun does a run's work from where it stands to its end. Each step is one transaction that begins by locking the run's
// row and checking that this worker still has it, and ends by noting how far the work is; so a worker may die anywhere.
func (s *Service) PerformSyncRun(ctx context.Context, req *productv1.PerformSyncRunRequest) (*productv1.PerformSyncRunResponse, error) {
	w := &syncWorker{s: s, id: req.GetRunId(), worker: id.New(), batch: newBatchSize(s.batch)}
	now := clock.Now()
	run, err := queries.TakeSyncRun(ctx, s.cfg.DB.Primary(), productdb.TakeSyncRunParams{
		ID: w.id, Worker: w.worker, Now: now, LeaseTime: now.Add(s.lease),
	})
	if postgres.IsNoRows(err) {
		return s.notTaken(ctx, req.GetRunId())
	}
	if err != nil {
		return nil, fmt.Errorf("take sync run: %w", err)
	}
	if err := w.perform(ctx, run); err != nil {
		return nil, err
	}
	run, err = queries.GetSyncRun(ctx, s.cfg.DB.Primary(), w.id)
	if err != nil {
		return nil, fmt.Errorf("get sync run: %w", err)
	}
	return &productv1.PerformSyncRunResponse{Run: toRun(run)}, nil
}

// notTaken says why there is nothing to do. A run that ended is a success: a repeat finds it so.
func (s *Service) notTaken(ctx context.Context, run string) (*productv1.PerformSyncRunResponse, error) {
	row, err := queries.GetSyncRun(ctx, s.cfg.DB.Primary(), run)
	switch {
	case postgres.IsNoRows(err):
		return nil, errNoRun
	case err != nil:
		return nil, fmt.Errorf("get sync run: %w", err)
	case ended(row.State), row.State == compared:
		return &productv1.PerformSyncRunResponse{Run: toRun(row)}, nil
	case row.State == uploading:
		return nil, rpc.FailedPrecondition("the run's file is not complete")
	default:
		return nil, rpc.FailedPrecondition("another worker has this run, or another run of its source comes first")
	}
}

// syncWorker does one run. Its worker id is its own for each time that a run is taken up.
type syncWorker struct {
	s          *Service
	id, worker string
	source     productdb.ProductSource
	pace       pace
	batch      batchSize
	listed     int64 // refusals that are in the list
	listing    int64 // refusals that the step in hand adds
}

// perform moves the run through its states. Only what the file itself is to blame for ends it as failed; anything else is an error,
// after which somebody takes it up again.
func (w *syncWorker) perform(ctx context.Context, run productdb.ProductSyncRun) error {
	working, stop := context.WithCancelCause(ctx)
	go w.keepLease(working, stop)
	err := w.stages(working, run)
	lost := errors.Is(context.Cause(working), errStopped)
	stop(nil)
	var unreadable *feed.Unreadable
	var unavailable *unavailable
	switch {
	case err == nil, lost, errors.Is(err, errStopped):
		return w.clearIfEnded(ctx)
	case errors.As(err, &unreadable):
		return w.fail(ctx, unreadable.Reason)
	case errors.As(err, &unavailable):
		return w.fail(ctx, unavailable.reason)
	case run.Takeups >= maxTakeups && ctx.Err() == nil:
		w.s.cfg.Log.ErrorContext(ctx, "sync run given up", "run", w.id, "error", err)
		if run.State == undoing {
			return w.fail(ctx, fmt.Sprintf("Undoing was taken up %d times without getting any further. Undo the import again: it goes on where it stopped.", maxTakeups))
		}
		return w.fail(ctx, fmt.Sprintf("The import was taken up %d times without getting any further. Hand the file in again, or ask whoever runs the shop.", maxTakeups))
	}
	w.s.cfg.Log.WarnContext(ctx, "sync run interrupted", "run", w.id, "error", err)
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	_ = queries.ReleaseSyncRun(after, w.s.cfg.DB.Primary(), productdb.ReleaseSyncRunParams{ID: w.id, Worker: w.worker}) // else the lease ends
	return err
}

func (w *syncWorker) fail(ctx context.Context, problem string) error {
	if err := w.end(ctx, failed, problem); err != nil && !errors.Is(err, errStopped) {
		return err
	}
	return w.clearIfEnded(ctx)
}

// stages moves the run from state to state until it ends or waits for staff. Each stage goes on where the worker before left it.
func (w *syncWorker) stages(ctx context.Context, run productdb.ProductSyncRun) error {
	var err error
	if w.source, err = queries.GetSource(ctx, w.s.cfg.DB.Primary(), run.SourceID); err != nil {
		return fmt.Errorf("get source: %w", err)
	}
	if w.listed, err = queries.CountSyncRejects(ctx, w.s.cfg.DB.Primary(), w.id); err != nil {
		return fmt.Errorf("count refusals: %w", err)
	}
	for {
		switch run.State {
		case fetching:
			run, err = w.fetch(ctx, run)
		case reading:
			run, err = w.readAll(ctx, run)
		case applying:
			run, err = w.applyAll(ctx, run)
		case removing:
			run, err = w.remove(ctx)
		case undoing:
			run, err = w.undo(ctx, run)
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// readAll brings the file into the staging tables, and compares it with the shop when that is all that is wanted yet.
func (w *syncWorker) readAll(ctx context.Context, run productdb.ProductSyncRun) (productdb.ProductSyncRun, error) {
	run, err := w.checkStaged(ctx, run)
	if err != nil {
		return run, err
	}
	if err := w.read(ctx, run); err != nil {
		return run, err
	}
	if err := w.join(ctx); err != nil {
		return run, err
	}
	if run.Dry {
		return w.compareAll(ctx)
	}
	return w.startApplying(ctx)
}

// applyAll merges what is staged. Where staged products are missing, the database has crashed and the file is read again.
func (w *syncWorker) applyAll(ctx context.Context, run productdb.ProductSyncRun) (productdb.ProductSyncRun, error) {
	run, err := w.checkStaged(ctx, run)
	if err != nil || run.State != applying {
		return run, err
	}
	complete, err := w.apply(ctx, run)
	if err != nil {
		return run, err
	}
	if !complete {
		return w.restart(ctx)
	}
	return w.findGone(ctx)
}

// checkStaged restarts reading when staged products are missing: the staging tables do not outlive a crash of the database.
func (w *syncWorker) checkStaged(ctx context.Context, run productdb.ProductSyncRun) (productdb.ProductSyncRun, error) {
	staged, err := queries.CountStaged(ctx, w.s.cfg.DB.Primary(), w.id)
	if err != nil || staged == run.Staged {
		return run, err
	}
	return w.restart(ctx)
}

// restart forgets what was read. What was merged stays; reading the same bytes gives the same products under the same rows.
func (w *syncWorker) restart(ctx context.Context) (productdb.ProductSyncRun, error) {
	if _, err := w.s.unstage(ctx, w.id, 1000); err != nil {
		return productdb.ProductSyncRun{}, err
	}
	run, err := w.step(ctx, func(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error {
		if err := queries.RemoveReadingRejects(ctx, tx, w.id); err != nil {
			return fmt.Errorf("forget refusals: %w", err)
		}
		return queries.RestartReading(ctx, tx, productdb.RestartReadingParams{ID: w.id, Now: clock.Now()})
	})
	if err != nil {
		return run, err
	}
	w.listed, err = queries.CountSyncRejects(ctx, w.s.cfg.DB.Primary(), w.id)
	return run, err
}

func (w *syncWorker) startApplying(ctx context.Context) (productdb.ProductSyncRun, error) {
	return w.step(ctx, func(ctx context.Context, tx pgx.Tx, _ productdb.ProductSyncRun) error {
		if err := queries.AnalyzeStaged(ctx, tx); err != nil {
			return fmt.Errorf("analyze staged products: %w", err)
		}
		return queries.StartApplying(ctx, tx, productdb.StartApplyingParams{ID: w.id, Now: clock.Now()})
	})
}

// end closes the run.
func (w *syncWorker) end(ctx context.Context, state, problem string) error {
	_, err := w.step(ctx, func(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error {
		now := clock.Now()
		_, err := queries.SetSyncState(ctx, tx, productdb.SetSyncStateParams{ID: w.id, State: state, Problem: problem, EndTime: &now, Now: now})
		if err != nil {
			return fmt.Errorf("end run: %w", err)
		}
		if !run.Fetches || run.State == undoing { // which says nothing of the source
			return nil
		}
		return w.noteOutcome(ctx, tx, run, state, problem, now)
	})
	return err
}
