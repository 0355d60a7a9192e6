package product

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// PreviewSyncFile looks at the beginning of a run's file. It reads the primary, where the file is as far as it was handed in.
func (s *Service) PreviewSyncFile(ctx context.Context, req *productv1.PreviewSyncFileRequest) (*productv1.PreviewSyncFileResponse, error) {
	run, err := queries.GetSyncRun(ctx, s.cfg.DB.Primary(), req.GetRunId())
	switch {
	case postgres.IsNoRows(err):
		return nil, errNoRun
	case err != nil:
		return nil, fmt.Errorf("get sync run: %w", err)
	case ended(run.State), run.State == undoing, run.State == fetching, run.BytesTotal == 0:
		return nil, rpc.FailedPrecondition("this run's file is not there; hand it in first, or again")
	}
	source, err := queries.GetSource(ctx, s.cfg.DB.Primary(), run.SourceID)
	if err != nil {
		return nil, fmt.Errorf("get source: %w", err)
	}
	cfg, err := s.feedConfig(run, source)
	if err != nil {
		return nil, err
	}
	file := s.syncFile(ctx, run)
	proposal, err := feed.Propose(file, cfg)
	var unreadable *feed.Unreadable
	if errors.As(err, &unreadable) {
		return nil, rpc.InvalidArgument(unreadable.Reason)
	}
	if err != nil {
		return nil, fmt.Errorf("look at the file: %w", err)
	}
	answer, err := toPreview(proposal)
	if err != nil {
		return nil, err
	}
	answer.Current = mappingOf(run, source)
	return answer, nil
}

func toPreview(proposal *feed.Proposal) (*productv1.PreviewSyncFileResponse, error) {
	answer := &productv1.PreviewSyncFileResponse{
		Format: toFormat(string(proposal.Format)), Encoding: proposal.Encoding, Separator: proposal.Separator, Header: proposal.Header, Missing: proposal.Missing,
	}
	if proposal.Mapping != nil {
		var err error
		if answer.Mapping, err = json.Marshal(proposal.Mapping); err != nil {
			return nil, fmt.Errorf("write mapping: %w", err)
		}
	}
	for _, row := range proposal.Rows {
		answer.Rows = append(answer.Rows, &productv1.PreviewRow{Cells: row})
	}
	for _, c := range proposal.Columns {
		answer.Columns = append(answer.Columns, &productv1.PreviewColumn{Column: c.Column, Field: string(c.Field), Confidence: int32(c.Confidence), Reason: c.Reason})
	}
	return answer, nil
}

// mappingOf is how the columns of a run's file are understood: the run's own mapping counts before its source's.
func mappingOf(run productdb.ProductSyncRun, source productdb.ProductSource) []byte {
	if len(run.Mapping) > 0 {
		return run.Mapping
	}
	return source.Mapping
}

// checkMapping refuses a mapping that cannot be used, with all that is wrong in its detail.
func checkMapping(stored []byte) error {
	var mapping feed.Mapping
	if err := json.Unmarshal(stored, &mapping); err != nil {
		return rpc.InvalidArgument("mapping: is not the JSON of a mapping; take the one that PreviewSyncFile proposes")
	}
	err := mapping.Check()
	if err == nil {
		return nil
	}
	detail := &productv1.MappingProblems{}
	for _, problem := range mapping.Problems() {
		detail.Problems = append(detail.Problems, &productv1.MappingProblem{Entry: int32(problem.Entry), Text: problem.Text})
	}
	return rpc.InvalidArgument("mapping: "+err.Error(), detail)
}

// startMapped queues a run whose file waits for its mapping, or one that was compared and is understood in another way now. What was found out
// about it so far is forgotten. One that is at work goes on by the mapping that it has.
func (s *Service) startMapped(ctx context.Context, req *productv1.StartSyncRunRequest) (*productv1.StartSyncRunResponse, error) {
	if err := checkMapping(req.GetMapping()); err != nil {
		return nil, err
	}
	run, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (productdb.ProductSyncRun, error) {
		run, err := lockRun(ctx, tx, req.GetRunId())
		switch {
		case err != nil, ended(run.State):
			return run, err
		case run.State == uploading, run.State == compared:
		case bytes.Equal(run.Mapping, req.GetMapping()):
			return run, nil
		default:
			return run, rpc.FailedPrecondition("this run is at work by another mapping; cancel it, or wait until it is compared")
		}
		if err := queries.RemoveAllRejects(ctx, tx, run.ID); err != nil {
			return run, fmt.Errorf("forget refusals: %w", err)
		}
		if err := queries.RemoveAllGone(ctx, tx, run.ID); err != nil {
			return run, fmt.Errorf("forget what was gone: %w", err)
		}
		return queries.QueueMappedRun(ctx, tx, productdb.QueueMappedRunParams{
			ID: run.ID, Format: string(feed.Mapped), Mapping: req.GetMapping(), Now: clock.Now(),
		})
	})
	if err != nil {
		return nil, err
	}
	return &productv1.StartSyncRunResponse{Run: toRun(run)}, nil
}
