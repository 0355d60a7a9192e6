package product

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// triggerPause is how long after one run a token brings about no other: whoever holds it may not keep the shop busy.
const triggerPause = time.Minute

// queueRun queues a run that asks the source, which is locked, or returns the one that is at work.
func queueRun(ctx context.Context, tx pgx.Tx, source productdb.ProductSource, by string, dry bool) (run productdb.ProductSyncRun, queuedNow bool, err error) {
	run, err = queries.GetBusySyncRun(ctx, tx, source.ID)
	if err == nil {
		return run, false, nil
	}
	if !postgres.IsNoRows(err) {
		return run, false, fmt.Errorf("look for runs: %w", err)
	}
	run, err = queries.AddSyncRun(ctx, tx, productdb.AddSyncRunParams{
		ID: id.New(), SourceID: source.ID, FileName: nameOf(source), Format: source.Format, State: queued, Dry: dry, Fetches: true, CreatedBy: by, Now: clock.Now(),
	})
	if err != nil {
		return run, false, fmt.Errorf("add sync run: %w", err)
	}
	return run, true, nil
}

// RunSource queues a run for a worker.
func (s *Service) RunSource(ctx context.Context, req *productv1.RunSourceRequest) (*productv1.RunSourceResponse, error) {
	run, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (productdb.ProductSyncRun, error) {
		source, err := lockSource(ctx, tx, req.GetId(), 0)
		if err != nil {
			return productdb.ProductSyncRun{}, err
		}
		if source.Kind == "files" {
			return productdb.ProductSyncRun{}, rpc.FailedPrecondition("the files of this source are handed in; there is nothing to ask")
		}
		run, _, err := queueRun(ctx, tx, source, callerName(ctx), req.GetDryRun())
		return run, err
	})
	if err != nil {
		return nil, err
	}
	return &productv1.RunSourceResponse{Run: toRun(run)}, nil
}

// RunDueSources queues runs of sources whose time has come, and clears away a little of what earlier runs left behind. Several workers may ask at once:
// each source is one worker's.
func (s *Service) RunDueSources(ctx context.Context, req *productv1.RunDueSourcesRequest) (*productv1.RunDueSourcesResponse, error) {
	if err := s.sealOldSecrets(ctx); err != nil {
		s.cfg.Log.WarnContext(ctx, "earlier secrets of sources are not sealed", "error", err) // they work all the same
	}
	count, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (int32, error) {
		now := clock.Now()
		due, err := queries.ListDueSources(ctx, tx, productdb.ListDueSourcesParams{Now: now, PageSize: rpc.PageSize(req.GetLimit(), 20)})
		if err != nil {
			return 0, fmt.Errorf("list due sources: %w", err)
		}
		count := int32(0)
		for _, source := range due { // at most a few, and each is a row of its own
			_, fresh, err := queueRun(ctx, tx, source, "schedule", false)
			if err != nil {
				return 0, err
			}
			if fresh {
				count++
			}
			next := productdb.SetSourceTimeParams{ID: source.ID, NextTime: nextTime(source.EveryMinutes, source.DailyAt, now)}
			if err := queries.SetSourceTime(ctx, tx, next); err != nil {
				return 0, fmt.Errorf("set next time: %w", err)
			}
		}
		return count, nil
	})
	if err != nil {
		return nil, err
	}
	if err := s.clearOld(ctx); err != nil {
		s.cfg.Log.WarnContext(ctx, "earlier sync runs not cleared", "error", err)
	}
	return &productv1.RunDueSourcesResponse{Queued: count}, nil
}

// ResetSourceTrigger makes a new token. Only its hash is kept.
func (s *Service) ResetSourceTrigger(ctx context.Context, req *productv1.ResetSourceTriggerRequest) (*productv1.ResetSourceTriggerResponse, error) {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	token := base64.RawURLEncoding.EncodeToString(secret)
	hash := sha256.Sum256([]byte(token))
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		if _, err := lockSource(ctx, tx, req.GetId(), 0); err != nil {
			return struct{}{}, err
		}
		if err := queries.SaveTrigger(ctx, tx, productdb.SaveTriggerParams{SourceID: req.GetId(), TriggerHash: hash[:]}); err != nil {
			return struct{}{}, fmt.Errorf("store trigger: %w", err)
		}
		return struct{}{}, nil
	})
	if err != nil {
		return nil, err
	}
	return &productv1.ResetSourceTriggerResponse{Token: token}, nil
}

// TriggerSource queues a run for whoever holds the token. A source that does not exist and a token that is wrong look the same, and take the
// same comparison.
func (s *Service) TriggerSource(ctx context.Context, req *productv1.TriggerSourceRequest) (*productv1.TriggerSourceResponse, error) {
	secrets, err := queries.GetSourceSecrets(ctx, s.cfg.DB.Primary(), req.GetId())
	if err != nil && !postgres.IsNoRows(err) {
		return nil, fmt.Errorf("get trigger: %w", err)
	}
	hash := sha256.Sum256([]byte(req.GetToken()))
	if subtle.ConstantTimeCompare(hash[:], secrets.TriggerHash) != 1 {
		return nil, rpc.NotFound("there is no such source, or this is not its token")
	}
	_, err = postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		source, err := lockSource(ctx, tx, req.GetId(), 0)
		if err != nil || source.Kind == "files" {
			return struct{}{}, err
		}
		recent, err := queries.HasSyncRunSince(ctx, tx, productdb.HasSyncRunSinceParams{SourceID: source.ID, Since: clock.Now().Add(-triggerPause)})
		if err != nil || recent {
			return struct{}{}, err
		}
		_, _, err = queueRun(ctx, tx, source, "trigger", false)
		return struct{}{}, err
	})
	if err != nil {
		return nil, err
	}
	return &productv1.TriggerSourceResponse{}, nil
}
