package product

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// A run's life: uploading → queued → reading → applying → done, failed or cancelled. An uploading run is cancelled when its
// file is not complete a day later.
const (
	uploading = "uploading"
	queued    = "queued"
	reading   = "reading"
	applying  = "applying"
	done      = "done"
	failed    = "failed"
	cancelled = "cancelled"
)

const (
	// largestFile bounds a file as it is handed in.
	largestFile = 1 << 30
	// abandoned is how old a file may be that is not complete.
	abandoned = 24 * time.Hour
)

// ended says whether nothing more will happen to a run.
func ended(state string) bool { return state == done || state == failed || state == cancelled }

// CreateSyncRun opens a run, and clears away a little of what earlier ones left behind.
func (s *Service) CreateSyncRun(ctx context.Context, req *productv1.CreateSyncRunRequest) (*productv1.CreateSyncRunResponse, error) {
	if err := s.tidy(ctx); err != nil {
		s.cfg.Log.WarnContext(ctx, "earlier sync runs not cleared", "error", err)
	}
	run, err := queries.AddSyncRun(ctx, s.cfg.DB.Primary(), productdb.AddSyncRunParams{
		ID: id.New(), FileName: req.GetFileName(), Format: formatName(req.GetFormat()), CreatedBy: callerName(ctx), Now: clock.Now(),
	})
	if err != nil {
		return nil, fmt.Errorf("add sync run: %w", err)
	}
	return &productv1.CreateSyncRunResponse{Run: toRun(run)}, nil
}

func callerName(ctx context.Context) string {
	caller := auth.CallerFrom(ctx)
	if caller.Name != "" {
		return caller.Name
	}
	return caller.Subject
}

// AppendSyncFile takes the next piece.
func (s *Service) AppendSyncFile(ctx context.Context, req *productv1.AppendSyncFileRequest) (*productv1.AppendSyncFileResponse, error) {
	size, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (int64, error) {
		run, err := lockRun(ctx, tx, req.GetRunId())
		if err != nil {
			return 0, err
		}
		if run.State != uploading {
			return 0, rpc.FailedPrecondition("this run's file is complete already")
		}
		if req.GetOffset() < run.BytesTotal {
			same, err := queries.HasSyncPiece(ctx, tx, productdb.HasSyncPieceParams{RunID: run.ID, ByteOffset: req.GetOffset(), Data: req.GetData()})
			if err != nil {
				return 0, err
			}
			if !same {
				return 0, rpc.FailedPrecondition(fmt.Sprintf("the file has %d bytes already; go on there", run.BytesTotal))
			}
			return run.BytesTotal, nil
		}
		if req.GetOffset() > run.BytesTotal {
			return 0, rpc.FailedPrecondition(fmt.Sprintf("the file has only %d bytes yet; go on there", run.BytesTotal))
		}
		size := run.BytesTotal + int64(len(req.GetData()))
		if size > largestFile {
			return 0, rpc.FailedPrecondition("the file is larger than 1 GB; pack it with gzip or split it")
		}
		err = queries.AddSyncPiece(ctx, tx, productdb.AddSyncPieceParams{RunID: run.ID, ByteOffset: req.GetOffset(), Data: req.GetData()})
		if err != nil {
			return 0, err
		}
		return size, queries.GrowSyncFile(ctx, tx, productdb.GrowSyncFileParams{ID: run.ID, BytesTotal: size, Now: clock.Now()})
	})
	if err != nil {
		return nil, err
	}
	return &productv1.AppendSyncFileResponse{Size: size}, nil
}

// StartSyncRun queues the run.
func (s *Service) StartSyncRun(ctx context.Context, req *productv1.StartSyncRunRequest) (*productv1.StartSyncRunResponse, error) {
	run, err := s.moveRun(ctx, req.GetRunId(), func(state string) bool { return state == uploading }, queued)
	if err != nil {
		return nil, err
	}
	return &productv1.StartSyncRunResponse{Run: toRun(run)}, nil
}

// CancelSyncRun stops the run. Its worker notices at its next step, which it begins with the run's row.
func (s *Service) CancelSyncRun(ctx context.Context, req *productv1.CancelSyncRunRequest) (*productv1.CancelSyncRunResponse, error) {
	run, err := s.moveRun(ctx, req.GetRunId(), func(state string) bool { return !ended(state) }, cancelled)
	if err != nil {
		return nil, err
	}
	return &productv1.CancelSyncRunResponse{Run: toRun(run)}, nil
}

// moveRun changes a run's state where that may be, and returns the run either way.
func (s *Service) moveRun(ctx context.Context, run string, may func(string) bool, to string) (productdb.ProductSyncRun, error) {
	return postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (productdb.ProductSyncRun, error) {
		row, err := lockRun(ctx, tx, run)
		if err != nil || !may(row.State) {
			return row, err
		}
		now := clock.Now()
		move := productdb.SetSyncStateParams{ID: run, State: to, Now: now}
		if ended(to) {
			move.EndTime = &now
		}
		return queries.SetSyncState(ctx, tx, move)
	})
}

func lockRun(ctx context.Context, tx pgx.Tx, run string) (productdb.ProductSyncRun, error) {
	row, err := queries.LockSyncRun(ctx, tx, run)
	if postgres.IsNoRows(err) {
		return row, errNoRun
	}
	return row, err
}

var errNoRun = rpc.NotFound("there is no such run")

// GetSyncRun reads the primary: who follows a run wants its counts as of this moment.
func (s *Service) GetSyncRun(ctx context.Context, req *productv1.GetSyncRunRequest) (*productv1.GetSyncRunResponse, error) {
	run, err := queries.GetSyncRun(ctx, s.cfg.DB.Primary(), req.GetRunId())
	if postgres.IsNoRows(err) {
		return nil, errNoRun
	}
	if err != nil {
		return nil, fmt.Errorf("get sync run: %w", err)
	}
	return &productv1.GetSyncRunResponse{Run: toRun(run)}, nil
}

// ListSyncRuns pages through all runs, or through those that wait for a worker.
func (s *Service) ListSyncRuns(ctx context.Context, req *productv1.ListSyncRunsRequest) (*productv1.ListSyncRunsResponse, error) {
	after := highestID
	if req.GetWaiting() {
		after = "00000000-0000-0000-0000-000000000000"
	}
	if err := rpc.ParsePageToken(req.GetPageToken(), &after); err != nil {
		return nil, err
	}
	if !id.Valid(after) {
		return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	size := rpc.PageSize(req.GetPageSize(), 25)
	var runs []productdb.ProductSyncRun
	var err error
	if req.GetWaiting() { // asked by who means to act on it
		runs, err = queries.ListWaitingSyncRuns(ctx, s.cfg.DB.Primary(), productdb.ListWaitingSyncRunsParams{
			Now: clock.Now(), AfterID: after, PageSize: size + 1,
		})
	} else {
		runs, err = queries.ListSyncRuns(ctx, s.cfg.DB.Read(ctx), productdb.ListSyncRunsParams{BeforeID: after, PageSize: size + 1})
	}
	if err != nil {
		return nil, fmt.Errorf("list sync runs: %w", err)
	}
	answer := &productv1.ListSyncRunsResponse{}
	if len(runs) > int(size) {
		runs = runs[:size]
		answer.NextPageToken = rpc.PageToken(runs[size-1].ID)
	}
	for _, run := range runs {
		answer.Runs = append(answer.Runs, toRun(run))
	}
	return answer, nil
}

// rejectsPage is the refusal that the page before ended with.
type rejectsPage struct {
	Row  int64 `json:"r"`
	Part int32 `json:"p"`
}

// ListRejectedRows pages through refusals in the file's order. It reads the primary: who asks has just seen their number, and a
// list that lacks its end would be taken for whole.
func (s *Service) ListRejectedRows(ctx context.Context, req *productv1.ListRejectedRowsRequest) (*productv1.ListRejectedRowsResponse, error) {
	page := rejectsPage{Row: -1}
	if err := rpc.ParsePageToken(req.GetPageToken(), &page); err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), 100)
	rows, err := queries.ListSyncRejects(ctx, s.cfg.DB.Primary(), productdb.ListSyncRejectsParams{
		RunID: req.GetRunId(), AfterRow: page.Row, AfterPart: page.Part, PageSize: size + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("list rejected rows: %w", err)
	}
	answer := &productv1.ListRejectedRowsResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(rejectsPage{rows[size-1].Row, rows[size-1].Part})
	}
	for _, row := range rows {
		answer.Rows = append(answer.Rows, &productv1.RejectedRow{
			Row: row.Row, Column: row.ColumnName, Value: row.Value, Reason: row.Reason, ProductKey: row.ProductKey,
		})
	}
	return answer, nil
}

func toRun(run productdb.ProductSyncRun) *productv1.SyncRun {
	out := &productv1.SyncRun{
		Id: run.ID, FileName: run.FileName, Format: formats[run.Format], State: syncStates[run.State], RowsRead: run.RowsRead,
		BytesRead: run.BytesRead, BytesTotal: run.BytesTotal, ProductsTotal: run.ProductsTotal, Created: run.Created, Updated: run.Updated,
		Unchanged: run.Unchanged, RejectedRows: run.RejectedRows, Problem: run.Problem, CreatedBy: run.CreatedBy,
		CreateTime: timestamppb.New(run.CreateTime), UpdateTime: timestamppb.New(run.UpdateTime), RowsPerSecond: run.RowsPerSecond,
	}
	if run.StartTime != nil {
		out.StartTime = timestamppb.New(*run.StartTime)
	}
	if run.EndTime != nil {
		out.EndTime = timestamppb.New(*run.EndTime)
	}
	if run.SecondsLeft != nil {
		out.TimeLeft = durationpb.New(time.Duration(*run.SecondsLeft) * time.Second)
	}
	return out
}

var syncStates = map[string]productv1.SyncState{
	uploading: productv1.SyncState_SYNC_STATE_UPLOADING,
	queued:    productv1.SyncState_SYNC_STATE_QUEUED,
	reading:   productv1.SyncState_SYNC_STATE_READING,
	applying:  productv1.SyncState_SYNC_STATE_APPLYING,
	done:      productv1.SyncState_SYNC_STATE_DONE,
	failed:    productv1.SyncState_SYNC_STATE_FAILED,
	cancelled: productv1.SyncState_SYNC_STATE_CANCELLED,
}

var formats = map[string]productv1.SyncFormat{
	string(feed.ShopifyCSV): productv1.SyncFormat_SYNC_FORMAT_SHOPIFY_CSV,
	string(feed.JSON):       productv1.SyncFormat_SYNC_FORMAT_JSON,
}

func formatName(format productv1.SyncFormat) string {
	for name, f := range formats {
		if f == format {
			return name
		}
	}
	return string(feed.Unknown)
}
