package product

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/platform/clock"
)

const (
	// eventSize is how many ids an event carries.
	eventSize = 500
	// firstBatch is how many products a run merges in its first transaction, mergeBatch in one at most: enough that round trips do not count. They fill
	// whole events.
	firstBatch = eventSize
	mergeBatch = 4 * eventSize
	// smallestBatch is merged however long it takes.
	smallestBatch = 50
	// mergeTime is about how long a batch should keep those waiting who edit products: they give up after two seconds.
	mergeTime = 500 * time.Millisecond
)

// batchSize is how many products a run merges in its next transaction, so that each takes about mergeTime, whatever else the machine does.
// Progress is kept by rows of the file, so batches of any size follow each other, also after a kill.
type batchSize struct {
	next, most int32
	locked     time.Duration // by clock.Running: since when others wait for the batch in hand; 0 when they do not
}

func newBatchSize(most int32) batchSize { return batchSize{next: min(firstBatch, most), most: most} }

// lockMerge keeps other imports and staff from changing products until the transaction ends.
func (w *syncWorker) lockMerge(ctx context.Context, tx pgx.Tx) error {
	if err := queries.LockProductMerge(ctx, tx); err != nil {
		return fmt.Errorf("lock merge: %w", err)
	}
	w.batch.locked = clock.Running() // waiting for others is no fault of the batch
	return nil
}

// unlocked learns from how long others had to wait.
func (b *batchSize) unlocked() {
	if b.locked > 0 {
		b.learn(clock.Running() - b.locked)
	}
}

// learn halves the next batch when one took much longer than it should, and doubles it when one was quick.
func (b *batchSize) learn(took time.Duration) {
	switch {
	case took > 2*mergeTime:
		b.next = max(b.next/2, min(smallestBatch, b.most))
	case took < mergeTime/2:
		b.next = min(2*b.next, b.most)
	}
}
