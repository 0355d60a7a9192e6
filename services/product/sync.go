package product

import (
	"cmp"
	"context"
	"fmt"
	"strings"
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

// A run's life: uploading or fetching → queued → reading → applying → removing → done, failed or cancelled. A dry run stops between reading
// and applying, as compared; a file that is the same as last time ends as unchanged. What ended can be undoing and then undone. An uploading
// run is cancelled when its file is not complete a day later, a compared one after a week.
const (
	uploading = "uploading"
	queued    = "queued"
	fetching  = "fetching"
	reading   = "reading"
	compared  = "compared"
	applying  = "applying"
	removing  = "removing"
	done      = "done"
	failed    = "failed"
	cancelled = "cancelled"
	unchanged = "unchanged"
	undoing   = "undoing"
	undone    = "undone"
)

const (
	// largestFile bounds a file as it is handed in.
	largestFile = 1 << 30
	// abandoned is how old a file may be that is not complete.
	abandoned = 24 * time.Hour
	// forgotten is how old a dry run may be that nobody applies.
	forgotten = 7 * 24 * time.Hour
)

// filesHandedIn is the source of files that staff and programs hand in without naming another. Every shop has it.
const filesHandedIn = "00000000-0000-0000-0000-000000000001"

// ended says whether nothing more will happen to a run by itself, as its column phase does.
func ended(state string) bool {
	switch state {
	case done, failed, cancelled, unchanged, undone:
		return true
	}
	return false
}

// CreateSyncRun opens a run.
func (s *Service) CreateSyncRun(ctx context.Context, req *productv1.CreateSyncRunRequest) (*productv1.CreateSyncRunResponse, error) {
	source, err := queries.GetSource(ctx, s.cfg.DB.Primary(), cmp.Or(req.GetSourceId(), filesHandedIn))
	if postgres.IsNoRows(err) {
		return nil, errNoSource
	}
	if err != nil {
		return nil, fmt.Errorf("get source: %w", err)
	}
	run, err := queries.AddSyncRun(ctx, s.cfg.DB.Primary(), productdb.AddSyncRunParams{
		ID: id.New(), SourceID: source.ID, FileName: req.GetFileName(), Format: cmp.Or(formatName(req.GetFormat()), source.Format),
		State: uploading, Dry: req.GetDryRun(), CreatedBy: callerName(ctx), Now: clock.Now(),
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
				return 0, fmt.Errorf("look for piece: %w", err)
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
			return 0, fmt.Errorf("store piece: %w", err)
		}
		if err := queries.GrowSyncFile(ctx, tx, productdb.GrowSyncFileParams{ID: run.ID, BytesTotal: size, Now: clock.Now()}); err != nil {
			return 0, fmt.Errorf("note size of file: %w", err)
		}
		return size, nil
	})
	if err != nil {
		return nil, err
	}
	return &productv1.AppendSyncFileResponse{Size: size}, nil
}

// StartSyncRun queues the run.
func (s *Service) StartSyncRun(ctx context.Context, req *productv1.StartSyncRunRequest) (*productv1.StartSyncRunResponse, error) {
	if len(req.GetMapping()) > 0 {
		return s.startMapped(ctx, req)
	}
	run, err := s.moveRun(ctx, req.GetRunId(), func(state string) bool { return state == uploading }, queued)
	if err != nil {
		return nil, err
	}
	return &productv1.StartSyncRunResponse{Run: toRun(run)}, nil
}

// CancelSyncRun stops the run, unless it is being undone: half of that would help nobody. Its worker notices at its next step, which it begins with the run's row.
func (s *Service) CancelSyncRun(ctx context.Context, req *productv1.CancelSyncRunRequest) (*productv1.CancelSyncRunResponse, error) {
	run, err := s.moveRun(ctx, req.GetRunId(), func(state string) bool { return !ended(state) && state != undoing }, cancelled)
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
		if row, err = queries.SetSyncState(ctx, tx, move); err != nil {
			return row, fmt.Errorf("set state of run: %w", err)
		}
		return row, nil
	})
}

func lockRun(ctx context.Context, tx pgx.Tx, run string) (productdb.ProductSyncRun, error) {
	row, err := queries.LockSyncRun(ctx, tx, run)
	if postgres.IsNoRows(err) {
		return row, errNoRun
	}
	if err != nil {
		return row, fmt.Errorf("lock sync run: %w", err)
	}
	return row, nil
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
	switch {
	case req.GetWaiting(): // asked by who means to act on it
		runs, err = queries.ListWaitingSyncRuns(ctx, s.cfg.DB.Primary(), productdb.ListWaitingSyncRunsParams{
			Now: clock.Now(), AfterID: after, PageSize: size + 1,
		})
	case req.GetSourceId() != "":
		runs, err = queries.ListSyncRunsOfSource(ctx, s.cfg.DB.Read(ctx), productdb.ListSyncRunsOfSourceParams{
			SourceID: req.GetSourceId(), BeforeID: after, PageSize: size + 1,
		})
	default:
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
		Id: run.ID, SourceId: run.SourceID, DryRun: run.Dry, FileName: run.FileName, Format: toFormat(run.Format), State: toState(run.State), RowsRead: run.RowsRead,
		BytesRead: run.BytesRead, BytesTotal: run.BytesTotal, ProductsTotal: run.ProductsTotal, Created: run.Created, Updated: run.Updated,
		Unchanged: run.Unchanged, RejectedRows: run.RejectedRows, Problem: run.Problem, CreatedBy: run.CreatedBy,
		CreateTime: timestamppb.New(run.CreateTime), UpdateTime: timestamppb.New(run.UpdateTime), RowsPerSecond: run.RowsPerSecond,
		Gone: run.Gone, GoneHeld: run.GoneHeld, GoneNote: run.GoneNote,
	}
	if run.ComparedThrough > 0 || run.State == compared {
		out.Forecast = &productv1.SyncForecast{Created: run.WouldCreate, Updated: run.WouldUpdate, Unchanged: run.WouldKeep, Gone: run.WouldGo}
	}
	if run.State == undoing || run.State == undone {
		out.Undo = &productv1.SyncUndo{Removed: run.UndoRemoved, Archived: run.UndoArchived, Restored: run.UndoRestored, LeftAlone: run.UndoLeft}
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

// States and formats are stored by the last part of their names in the API, in lower case, so that a new one needs no line here.

func toState(state string) productv1.SyncState {
	return productv1.SyncState(productv1.SyncState_value["SYNC_STATE_"+strings.ToUpper(state)])
}

func toFormat(format string) productv1.SyncFormat {
	if format == string(feed.Mapped) {
		return productv1.SyncFormat_SYNC_FORMAT_MAPPED_CSV
	}
	return productv1.SyncFormat(productv1.SyncFormat_value["SYNC_FORMAT_"+strings.ToUpper(format)])
}

func formatName(format productv1.SyncFormat) string {
	switch format {
	case productv1.SyncFormat_SYNC_FORMAT_UNSPECIFIED, productv1.SyncFormat_SYNC_FORMAT_XLSX: // a spreadsheet's content is found out
		return string(feed.Unknown)
	case productv1.SyncFormat_SYNC_FORMAT_MAPPED_CSV:
		return string(feed.Mapped)
	}
	return strings.ToLower(strings.TrimPrefix(format.String(), "SYNC_FORMAT_"))
}
