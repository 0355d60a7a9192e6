package product

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
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
	file := &storedFile{ctx: ctx, db: s.cfg.DB, run: run.ID, size: run.BytesTotal}
	proposal, err := feed.Propose(file, cfg)
	var unreadable *feed.Unreadable
	if errors.As(err, &unreadable) {
		return nil, rpc.InvalidArgument(unreadable.Reason)
	}
	if err != nil {
		return nil, fmt.Errorf("look at the file: %w", err)
	}
	return toPreview(proposal)
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
