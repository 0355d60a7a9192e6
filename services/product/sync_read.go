package product

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

const (
	// stageBatch and stageBytes bound what is read before it is staged; what comes first.
	stageBatch = 2_000
	stageBytes = 4 << 20
	// maxListed bounds the refusals that are kept of a run. All are counted.
	maxListed = 100_000
	// foundMerging is where the numbers begin of refusals that are found while merging.
	foundMerging = 1000
)

// read brings the file's products into the staging tables: one goroutine parses while the other copies.
//
// A run that is taken up parses from the beginning, since what is compressed has no middle, and skips the items that are staged.
func (w *syncWorker) read(ctx context.Context, run productdb.ProductSyncRun) error {
	w.pace = newPace(0, run.BytesTotal)
	group, ctx := errgroup.WithContext(ctx)
	chunks := make(chan *chunk, 1)
	group.Go(func() error {
		defer close(chunks)
		return w.parse(ctx, run, chunks)
	})
	group.Go(func() error {
		for c := range chunks {
			if err := w.stage(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

// feedConfig says how to understand a run's file: the same each time that it is read.
func (s *Service) feedConfig(run productdb.ProductSyncRun, source productdb.ProductSource) (feed.Config, error) {
	cfg := feed.Config{Format: feed.Format(cmp.Or(run.Format, source.Format)), Currency: s.cfg.Currency, Locale: s.cfg.Locale, Now: run.CreateTime}
	if s.cfg.ImageSource != nil {
		cfg.ImageBase = localImages
	}
	if mapping := mappingOf(run, source); len(mapping) > 0 {
		cfg.Mapping = &feed.Mapping{}
		if err := json.Unmarshal(mapping, cfg.Mapping); err != nil {
			return cfg, fmt.Errorf("mapping of run or source: %w", err)
		}
	}
	return cfg, nil
}

// parse reads the file and hands on what it holds in chunks.
func (w *syncWorker) parse(ctx context.Context, run productdb.ProductSyncRun, chunks chan<- *chunk) error {
	file := w.s.syncFile(ctx, run)
	cfg, err := w.s.feedConfig(run, w.source)
	if err != nil {
		return err
	}
	reader, err := w.s.open(file, cfg)
	if err != nil {
		return err
	}
	c := w.newChunk()
	send := func() error {
		c.format, c.rows, c.bytes = string(reader.Format()), reader.Rows(), file.read.Load()
		select {
		case chunks <- c:
		case <-ctx.Done():
			return ctx.Err()
		}
		c = w.newChunk()
		return nil
	}
	for n := int64(1); ; n++ {
		item, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return send()
		}
		if err != nil {
			return err
		}
		if n <= run.StagedThrough {
			continue
		}
		if c.through = n; c.from == 0 {
			c.from = n
		}
		if err := c.add(item); err != nil {
			return err
		}
		if c.full() {
			if err := send(); err != nil {
				return err
			}
		}
	}
}

// stage stores a chunk and how far the file is read with it.
func (w *syncWorker) stage(ctx context.Context, c *chunk) error {
	_, err := w.step(ctx, func(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error {
		if c.from > 0 && c.from != run.StagedThrough+1 {
			return fmt.Errorf("items from %d on are staged after %d", c.from, run.StagedThrough)
		}
		if err := c.copyTo(ctx, tx); err != nil {
			return err
		}
		if err := w.list(ctx, tx, c.rejects); err != nil {
			return err
		}
		return queries.SaveReading(ctx, tx, productdb.SaveReadingParams{
			ID: w.id, Format: c.format, RowsRead: max(c.rows, run.RowsRead), BytesRead: max(c.bytes, run.BytesRead),
			StagedThrough: max(c.through, run.StagedThrough), Staged: int64(len(c.products) + len(c.offers) + len(c.texts)), RejectedRows: c.rejectedRows, Refused: c.refused,
			RowsPerSecond: w.pace.perSecond(c.rows), SecondsLeft: w.pace.left(c.bytes), LeaseTime: w.leased(), Now: clock.Now(),
		})
	})
	crash.At(crash.SyncAfterStage)
	return err
}

// list adds refusals to the run's list as far as it goes. One that was listed before what is staged was lost is found again, and stands there once.
func (w *syncWorker) list(ctx context.Context, tx pgx.Tx, rejects []productdb.AddSyncRejectsParams) error {
	if room := maxListed - w.listed; int64(len(rejects)) > room {
		rejects = rejects[:max(room, 0)]
	}
	if len(rejects) == 0 {
		return nil
	}
	again := productdb.RemoveSyncRejectsParams{RunID: w.id}
	for _, r := range rejects {
		again.Rows, again.Parts = append(again.Rows, r.Row), append(again.Parts, r.Part)
	}
	removed, err := queries.RemoveSyncRejects(ctx, tx, again)
	if err != nil {
		return fmt.Errorf("remove refusals that are found again: %w", err)
	}
	w.listing += int64(len(rejects)) - removed
	if _, err := queries.AddSyncRejects(ctx, tx, rejects); err != nil {
		return fmt.Errorf("list refusals: %w", err)
	}
	return nil
}
