package product

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/blob"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	// exportKept is how long the file of an export can be had.
	exportKept = 7 * 24 * time.Hour
	// mostWaiting is how many exports wait at once: enough for everybody, too few to keep the workers busy with nothing else.
	mostWaiting = 20
	// exportPiece is how much of a file one call returns.
	exportPiece = 1 << 20
)

var (
	errNoExport    = rpc.NotFound("there is no such export; files are kept for a week")
	errNoFilePlace = rpc.FailedPrecondition("this process has no place to keep files; set BLOB_URL")
)

var exportFormats = map[productv1.ExportFormat]string{
	productv1.ExportFormat_EXPORT_FORMAT_SHOPIFY_CSV: "shopify_csv",
	productv1.ExportFormat_EXPORT_FORMAT_JSON_LINES:  "json_lines",
	productv1.ExportFormat_EXPORT_FORMAT_GOOGLE_XML:  "google_xml",
}

var exportStates = map[string]productv1.ExportState{
	"queued":    productv1.ExportState_EXPORT_STATE_QUEUED,
	"running":   productv1.ExportState_EXPORT_STATE_RUNNING,
	"done":      productv1.ExportState_EXPORT_STATE_DONE,
	"failed":    productv1.ExportState_EXPORT_STATE_FAILED,
	"cancelled": productv1.ExportState_EXPORT_STATE_CANCELLED,
}

// CreateExport queues an export.
func (s *Service) CreateExport(ctx context.Context, req *productv1.CreateExportRequest) (*productv1.CreateExportResponse, error) {
	if s.cfg.Blob == nil {
		return nil, errNoFilePlace
	}
	filter, err := exportFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	row, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (productdb.ProductExport, error) {
		waiting, err := queries.CountWaitingExports(ctx, tx, mostWaiting)
		if err != nil {
			return productdb.ProductExport{}, fmt.Errorf("count waiting exports: %w", err)
		}
		if waiting >= mostWaiting {
			return productdb.ProductExport{}, rpc.FailedPrecondition(fmt.Sprintf("%d exports are waiting already; try again when some are done", waiting))
		}
		row, err := queries.AddExport(ctx, tx, productdb.AddExportParams{
			ID: id.New(), Format: exportFormats[req.GetFormat()], Filter: filter, CreatedBy: callerName(ctx), Now: clock.Now(),
		})
		if err != nil {
			return row, fmt.Errorf("add export: %w", err)
		}
		return row, nil
	})
	if err != nil {
		return nil, err
	}
	answer, err := toExport(row)
	return &productv1.CreateExportResponse{Export: answer}, err
}

// exportFilter is what narrows an export, as it is stored.
func exportFilter(req *productv1.ListProductsRequest) ([]byte, error) {
	if _, err := readFilter(req); err != nil {
		return nil, err
	}
	narrow := &productv1.ListProductsRequest{}
	if req != nil {
		narrow = proto.CloneOf(req)
	}
	narrow.PageSize, narrow.PageToken, narrow.Count, narrow.Order = 0, "", false, 0
	return protojson.Marshal(narrow)
}

// GetExport returns an export.
func (s *Service) GetExport(ctx context.Context, req *productv1.GetExportRequest) (*productv1.GetExportResponse, error) {
	row, err := queries.GetExport(ctx, s.cfg.DB.Read(ctx), req.GetId())
	if postgres.IsNoRows(err) {
		return nil, errNoExport
	}
	if err != nil {
		return nil, fmt.Errorf("get export: %w", err)
	}
	answer, err := toExport(row)
	return &productv1.GetExportResponse{Export: answer}, err
}

// CancelExport stops an export.
func (s *Service) CancelExport(ctx context.Context, req *productv1.CancelExportRequest) (*productv1.CancelExportResponse, error) {
	row, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (productdb.ProductExport, error) {
		return queries.CancelExport(ctx, tx, productdb.CancelExportParams{ID: req.GetId(), Now: clock.Now()})
	})
	if postgres.IsNoRows(err) {
		return nil, errNoExport
	}
	if err != nil {
		return nil, fmt.Errorf("cancel export: %w", err)
	}
	answer, err := toExport(row)
	return &productv1.CancelExportResponse{Export: answer}, err
}

// exportsPage is where a page of exports begins: before this id.
type exportsPage struct {
	Before string `json:"b"`
}

// ListExports pages through exports.
func (s *Service) ListExports(ctx context.Context, req *productv1.ListExportsRequest) (*productv1.ListExportsResponse, error) {
	page := exportsPage{Before: highestID}
	if err := rpc.ParsePageToken(req.GetPageToken(), &page); err != nil {
		return nil, err
	}
	if !id.Valid(page.Before) {
		return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	size := rpc.PageSize(req.GetPageSize(), 25)
	rows, err := queries.ListExports(ctx, s.cfg.DB.Read(ctx), productdb.ListExportsParams{BeforeID: page.Before, PageSize: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list exports: %w", err)
	}
	answer := &productv1.ListExportsResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(exportsPage{rows[size-1].ID})
	}
	for _, row := range rows {
		export, err := toExport(row)
		if err != nil {
			return nil, err
		}
		answer.Exports = append(answer.Exports, export)
	}
	return answer, nil
}

// ReadExport returns a piece of a file.
func (s *Service) ReadExport(ctx context.Context, req *productv1.ReadExportRequest) (*productv1.ReadExportResponse, error) {
	row, err := queries.GetExport(ctx, s.cfg.DB.Read(ctx), req.GetId())
	switch {
	case postgres.IsNoRows(err):
		return nil, errNoExport
	case err != nil:
		return nil, fmt.Errorf("get export: %w", err)
	case row.FileKey == nil:
		return nil, rpc.FailedPrecondition("this export has no file yet")
	case s.cfg.Blob == nil:
		return nil, errNoFilePlace
	}
	file, err := s.cfg.Blob.Get(ctx, *row.FileKey)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, rpc.FailedPrecondition("the file of this export is removed; export anew")
	}
	if err != nil {
		return nil, fmt.Errorf("open export: %w", err)
	}
	defer func() { _ = file.Close() }() // it is only read
	if req.GetOffset() > file.Size {
		return nil, rpc.OutOfRange(fmt.Sprintf("offset: the file has %d bytes", file.Size))
	}
	if _, err := file.Seek(req.GetOffset(), io.SeekStart); err != nil {
		return nil, fmt.Errorf("find place in export: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(file, exportPiece))
	if err != nil {
		return nil, fmt.Errorf("read export: %w", err)
	}
	return &productv1.ReadExportResponse{Data: data, Size: file.Size}, nil
}

// RemoveOldExports removes files first, then what is known of them: whatever is cut short is done again.
func (s *Service) RemoveOldExports(ctx context.Context, _ *productv1.RemoveOldExportsRequest) (*productv1.RemoveOldExportsResponse, error) {
	const bite = 100
	type old struct {
		id  string
		key *string
	}
	var gone []old
	now := clock.Now()
	expired, err := queries.ListOldExports(ctx, s.cfg.DB.Primary(), productdb.ListOldExportsParams{Before: now.Add(-exportKept), PageSize: bite})
	if err != nil {
		return nil, fmt.Errorf("list old exports: %w", err)
	}
	for _, row := range expired {
		gone = append(gone, old{row.ID, row.FileKey})
	}
	replaced, err := queries.ListReplacedExports(ctx, s.cfg.DB.Primary(), productdb.ListReplacedExportsParams{Before: now.Add(-time.Hour), PageSize: bite})
	if err != nil {
		return nil, fmt.Errorf("list replaced exports: %w", err)
	}
	for _, row := range replaced {
		gone = append(gone, old{row.ID, row.FileKey})
	}
	for _, export := range gone {
		if export.key != nil && s.cfg.Blob != nil {
			if err := s.cfg.Blob.Delete(ctx, *export.key); err != nil {
				return nil, fmt.Errorf("remove export: %w", err)
			}
		}
		if err := queries.DeleteExport(ctx, s.cfg.DB.Primary(), export.id); err != nil {
			return nil, fmt.Errorf("forget export: %w", err)
		}
	}
	return &productv1.RemoveOldExportsResponse{More: len(expired) == bite || len(replaced) == bite}, nil
}

func toExport(row productdb.ProductExport) (*productv1.Export, error) {
	e := &productv1.Export{
		Id: row.ID, Format: exportFormatOf(row.Format), Filter: &productv1.ListProductsRequest{}, State: exportStates[row.State],
		ProductsTotal: row.Total, ProductsWritten: row.Written, LeftOut: row.LeftOut, Bytes: row.Bytes, Problem: row.Problem,
		CreatedBy: row.CreatedBy, CreateTime: timestamppb.New(row.CreateTime), ScheduleId: deref(row.ScheduleID),
	}
	if err := protojson.Unmarshal(row.Filter, e.Filter); err != nil {
		return nil, fmt.Errorf("filter of export %s: %w", row.ID, err)
	}
	if row.StartTime != nil {
		e.StartTime = timestamppb.New(*row.StartTime)
	}
	if row.EndTime != nil {
		e.EndTime = timestamppb.New(*row.EndTime)
		if row.ScheduleID == nil {
			e.ExpireTime = timestamppb.New(row.EndTime.Add(exportKept))
		}
	}
	return e, nil
}

func exportFormatOf(name string) productv1.ExportFormat {
	for format, known := range exportFormats {
		if known == name {
			return format
		}
	}
	return productv1.ExportFormat_EXPORT_FORMAT_UNSPECIFIED
}
