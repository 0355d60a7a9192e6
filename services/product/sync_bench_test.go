package product

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// BenchmarkSync imports 100,000 records, or the file that TEST_FEED_FILE names, and compares that with copying the same rows into
// bare tables. Run it by itself: go test ./services/product -run '^$' -bench Sync -benchtime 1x
func BenchmarkSync(b *testing.B) {
	file := benchFile(b)
	for b.Loop() {
		s := newShop(b)
		baseline := s.copyBare(file)
		start := clock.Running()
		run := s.sync("bench.json", file)
		first := clock.Running() - start
		if run.GetState() != productv1.SyncState_SYNC_STATE_DONE {
			b.Fatal(run)
		}
		start = clock.Running()
		if again := s.sync("bench.json", file); again.GetUnchanged() != run.GetCreated() {
			b.Fatal(again)
		}
		second := clock.Running() - start
		b.ReportMetric(baseline.Seconds(), "copy-s")
		b.ReportMetric(first.Seconds(), "import-s")
		b.ReportMetric(first.Seconds()/baseline.Seconds(), "×copy")
		b.ReportMetric(second.Seconds(), "again-s")
		b.ReportMetric(float64(run.GetCreated())/first.Seconds(), "products/s")
	}
}

func benchFile(b *testing.B) []byte {
	if name := os.Getenv("TEST_FEED_FILE"); name != "" {
		file, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		return file
	}
	var file bytes.Buffer
	for i := range 100_000 {
		fmt.Fprintf(&file, `%c{"name": "Phone case %d for model %d", "description": "%s", "brand": "Brand %d", "categories": ["Phones", "Cases", "Kind %d"], "price": %d.99,
			"image": "https://pics.example/%d_sb.jpg"}`, ",["[min(1, max(0, 1-i))], i, i%97, bytes.Repeat([]byte("a word or two more "), 15), i%260, i%60, i%900, 1_000_000+i)
	}
	file.WriteString("]")
	return packed(b, file.String())
}

// copyBare reads the file and copies its rows into tables without indexes, and returns how long the copying alone took.
func (s *shop) copyBare(file []byte) (took time.Duration) {
	s.t.Helper()
	ctx := s.t.Context()
	statements := "create schema bare"
	for _, table := range []string{"rows", "variants", "images"} {
		statements += "; create table bare.product_sync_" + table + " (like public.product_sync_" + table + ")"
	}
	if _, err := s.db.Primary().Exec(ctx, statements); err != nil {
		s.t.Fatal(err)
	}
	reader, err := feed.Open(bytes.NewReader(file), feed.Config{Currency: "USD"})
	if err != nil {
		s.t.Fatal(err)
	}
	w := &syncWorker{s: s.Service, id: "00000000-0000-0000-0000-000000000001"}
	for c := w.newChunk(); ; {
		item, err := reader.Next()
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			s.t.Fatal(err)
		}
		if !ended {
			if err := c.add(item); err != nil {
				s.t.Fatal(err)
			}
		}
		if ended || c.full() {
			start := clock.Running()
			_, err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
				if _, err := tx.Exec(ctx, "set local search_path = bare"); err != nil {
					return struct{}{}, err
				}
				return struct{}{}, c.copyTo(ctx, tx)
			})
			if err != nil {
				s.t.Fatal(err)
			}
			took += clock.Running() - start
			c = w.newChunk()
		}
		if ended {
			return took
		}
	}
}
