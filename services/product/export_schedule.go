package product

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// mostSchedules is how many schedules a shop may have.
const mostSchedules = 50

// exportEndings are how the addresses of files end.
var exportEndings = map[string]string{"shopify_csv": ".csv", "json_lines": ".jsonl", "google_xml": ".xml"}

// CreateExportSchedule has an export made at once, and again and again. Its token is stored as it is, since staff are to see the address again; it opens
// nothing that shoppers do not see, unless staff chose so.
func (s *Service) CreateExportSchedule(ctx context.Context, req *productv1.CreateExportScheduleRequest) (*productv1.CreateExportScheduleResponse, error) {
	if s.cfg.Blob == nil {
		return nil, errNoFilePlace
	}
	filter, err := exportFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	row, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (productdb.ProductExportSchedule, error) {
		known, err := queries.ListExportSchedules(ctx, tx, mostSchedules)
		if err != nil {
			return productdb.ProductExportSchedule{}, fmt.Errorf("list schedules: %w", err)
		}
		if len(known) >= mostSchedules {
			return productdb.ProductExportSchedule{}, rpc.FailedPrecondition(fmt.Sprintf("there are %d schedules already; end one that nobody reads", len(known)))
		}
		now := clock.Now()
		row, err := queries.AddExportSchedule(ctx, tx, productdb.AddExportScheduleParams{
			ID: id.New(), Format: exportFormats[req.GetFormat()], Filter: filter, EveryHours: req.GetEveryHours(), Token: rand.Text(), NextTime: now,
			CreatedBy: callerName(ctx), Now: now,
		})
		if err != nil {
			return row, fmt.Errorf("add schedule: %w", err)
		}
		return row, nil
	})
	if err != nil {
		return nil, err
	}
	schedule, err := s.toSchedule(row)
	return &productv1.CreateExportScheduleResponse{Schedule: schedule}, err
}

// ListExportSchedules returns all schedules.
func (s *Service) ListExportSchedules(ctx context.Context, _ *productv1.ListExportSchedulesRequest) (*productv1.ListExportSchedulesResponse, error) {
	rows, err := queries.ListExportSchedules(ctx, s.cfg.DB.Read(ctx), mostSchedules)
	if err != nil {
		return nil, fmt.Errorf("list schedules: %w", err)
	}
	answer := &productv1.ListExportSchedulesResponse{}
	for _, row := range rows {
		schedule, err := s.toSchedule(row)
		if err != nil {
			return nil, err
		}
		answer.Schedules = append(answer.Schedules, schedule)
	}
	return answer, nil
}

// DeleteExportSchedule ends a schedule.
func (s *Service) DeleteExportSchedule(ctx context.Context, req *productv1.DeleteExportScheduleRequest) (*productv1.DeleteExportScheduleResponse, error) {
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		return struct{}{}, queries.DeleteExportSchedule(ctx, tx, req.GetId())
	})
	if err != nil {
		return nil, fmt.Errorf("delete schedule: %w", err)
	}
	return &productv1.DeleteExportScheduleResponse{}, nil
}

// QueueDueExports queues exports. A schedule whose last export still waits gets none on top of it.
func (s *Service) QueueDueExports(ctx context.Context, _ *productv1.QueueDueExportsRequest) (*productv1.QueueDueExportsResponse, error) {
	queued, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (int32, error) {
		now := clock.Now()
		due, err := queries.LockDueExportSchedules(ctx, tx, productdb.LockDueExportSchedulesParams{Now: now, PageSize: mostSchedules})
		if err != nil {
			return 0, fmt.Errorf("lock due schedules: %w", err)
		}
		queued := int32(0)
		for _, schedule := range due { // at most mostSchedules, and seldom more than one
			waits, err := queries.HasWaitingExport(ctx, tx, schedule.ID)
			if err != nil {
				return 0, fmt.Errorf("look for exports: %w", err)
			}
			if !waits {
				_, err := queries.AddExport(ctx, tx, productdb.AddExportParams{
					ID: id.New(), ScheduleID: &schedule.ID, Format: schedule.Format, Filter: schedule.Filter, CreatedBy: "schedule", Now: now,
				})
				if err != nil {
					return 0, fmt.Errorf("add export: %w", err)
				}
				queued++
			}
			next := now.Add(time.Duration(schedule.EveryHours) * time.Hour)
			if err := queries.SetExportScheduleTime(ctx, tx, productdb.SetExportScheduleTimeParams{ID: schedule.ID, NextTime: next}); err != nil {
				return 0, fmt.Errorf("set next time: %w", err)
			}
		}
		return queued, nil
	})
	if err != nil {
		return nil, err
	}
	return &productv1.QueueDueExportsResponse{Queued: queued}, nil
}

// FindScheduledExport returns the newest file of a schedule.
func (s *Service) FindScheduledExport(ctx context.Context, req *productv1.FindScheduledExportRequest) (*productv1.FindScheduledExportResponse, error) {
	row, err := queries.FindScheduledExport(ctx, s.cfg.DB.Read(ctx), req.GetToken())
	if postgres.IsNoRows(err) {
		return nil, rpc.NotFound("there is no file at this address, or none yet")
	}
	if err != nil {
		return nil, fmt.Errorf("find export: %w", err)
	}
	export, err := toExport(row)
	return &productv1.FindScheduledExportResponse{Export: export}, err
}

func (s *Service) toSchedule(row productdb.ProductExportSchedule) (*productv1.ExportSchedule, error) {
	schedule := &productv1.ExportSchedule{
		Id: row.ID, Format: exportFormatOf(row.Format), Filter: &productv1.ListProductsRequest{}, EveryHours: row.EveryHours,
		Address:  s.cfg.PublicURL + "/feeds/" + row.Token + exportEndings[row.Format],
		NextTime: timestamppb.New(row.NextTime), CreatedBy: row.CreatedBy, CreateTime: timestamppb.New(row.CreateTime),
	}
	if err := protojson.Unmarshal(row.Filter, schedule.Filter); err != nil {
		return nil, fmt.Errorf("filter of schedule %s: %w", row.ID, err)
	}
	return schedule, nil
}
