package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1/productv1connect"
)

// record is a product as files have it.
type record struct {
	Key         string   `json:"key"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Brand       string   `json:"brand"`
	Categories  []string `json:"categories"`
	Price       float64  `json:"price"` // as the file has it; the shop reads its digits
	Image       string   `json:"image"`
}

// importProducts fills the catalogue. It is a measurement if asked for; else only as much as lists and pages need.
func (b *bench) importProducts(ctx context.Context) error {
	if b.Running {
		if n, err := b.shop.number(ctx, "select count(*) from products"); err != nil || n > 1000 && !b.measures("sync") {
			return err
		}
	}
	n := b.Records
	if !b.measures("sync") {
		n = min(n, 20_000)
	}
	records, source, err := b.records(n)
	if err != nil {
		return err
	}
	file, err := packed(records)
	if err != nil {
		return err
	}
	var copying time.Duration
	if b.measures("sync") {
		say("measuring: plain COPY of %d records", len(records))
		if copying, err = b.copyPlain(ctx, records); err != nil {
			return fmt.Errorf("plain COPY: %w", err)
		}
	}
	say("importing %d records (%s)", len(records), source)
	taking, telling, peak, err := b.importFile(ctx, file)
	if err != nil {
		return err
	}
	if _, err := b.shop.db.Exec(ctx, "vacuum analyze"); err != nil { // as autovacuum does a little later
		return err
	}
	if !b.measures("sync") {
		return nil
	}
	const times, most = 8.0, 150.0
	b.report.figured(figure{
		name: fmt.Sprintf("import of %d records", len(records)), value: fmt.Sprintf("%.1f s, %.1f times plain COPY", taking.Seconds(), taking.Seconds()/copying.Seconds()),
		mark: fmt.Sprintf("%.0f times", times), met: taking.Seconds() <= times*copying.Seconds(),
		note: fmt.Sprintf("COPY into one table without an index: %.1f s; all of it can be found by shoppers %.1f s after the start; %s", copying.Seconds(), telling.Seconds(), source),
	})
	b.report.figured(figure{
		name: "worker's memory during the import", value: fmt.Sprintf("%.0f MB at its peak", peak), mark: fmt.Sprintf("%.0f MB", most), met: peak <= most,
	})
	return nil
}

// records multiplies the products of Best Buy's file: the name and the key get a number.
func (b *bench) records(n int) ([]record, string, error) {
	path := filepath.Join(b.Data, "bestbuy", "bestbuy-products-3291.json.gz")
	source := "the 3,291 Best Buy products, multiplied, with a number behind name and key"
	file, err := os.Open(path)
	var real []record
	switch {
	case errors.Is(err, os.ErrNotExist):
		say("%s is not there: products are made up", path)
		source = "products that were made up"
		real = madeUp()
	case err != nil:
		return nil, "", err
	default:
		defer func() { _ = file.Close() }()
		unpacked, err := gzip.NewReader(file)
		if err != nil {
			return nil, "", err
		}
		if err := json.NewDecoder(unpacked).Decode(&real); err != nil {
			return nil, "", err
		}
	}
	records := make([]record, n)
	for i := range records {
		records[i] = real[i%len(real)]
		records[i].Key = fmt.Sprintf("bench-%d", i)
		records[i].Name = fmt.Sprintf("%s (%d)", records[i].Name, i)
		records[i].Image = fmt.Sprintf("%s?%d", records[i].Image, i)
	}
	return records, source, nil
}

// madeUp are as many products, as long as real ones.
func madeUp() []record {
	kinds := []string{"Lamp", "Chair", "Kettle", "Rug", "Shelf", "Clock", "Basket", "Mirror"}
	made := make([]record, 3291)
	for i := range made {
		kind := kinds[i%len(kinds)]
		made[i] = record{
			Name: fmt.Sprintf("%s of oak and brass with a woven shade, model %d", kind, i), Brand: fmt.Sprintf("Maker %d", i%260),
			Description: fmt.Sprintf("A %s for halls and bedrooms, made by hand in small numbers. It is finished with oil, weighs little more than its box and "+
				"comes with everything that is needed to put it up in an afternoon. Number %d of a series; each is a little different.", kind, i),
			Categories: []string{"House", kind + "s", fmt.Sprintf("%ss, series %d", kind, i%8)}, Price: float64(100+i*37%80000) / 100,
			Image: fmt.Sprintf("https://pictures.example/%d.jpg", i),
		}
	}
	return made
}

func packed(records []record) ([]byte, error) {
	var file bytes.Buffer
	packer := gzip.NewWriter(&file)
	if err := json.NewEncoder(packer).Encode(records); err != nil {
		return nil, err
	}
	return file.Bytes(), packer.Close()
}

// copyPlain is the least that storing the same rows can cost: one table, no index, one COPY.
func (b *bench) copyPlain(ctx context.Context, records []record) (time.Duration, error) {
	_, err := b.shop.db.Exec(ctx, `drop table if exists bench_copied;
		create table bench_copied (key text, name text, description text, brand text, categories text[], price numeric, image text)`)
	if err != nil {
		return 0, err
	}
	since := time.Now()
	_, err = b.shop.db.CopyFrom(ctx, pgx.Identifier{"bench_copied"}, []string{"key", "name", "description", "brand", "categories", "price", "image"},
		pgx.CopyFromSlice(len(records), func(i int) ([]any, error) {
			r := records[i]
			return []any{r.Key, r.Name, r.Description, r.Brand, r.Categories, r.Price, r.Image}, nil
		}))
	taken := time.Since(since)
	if err != nil {
		return 0, err
	}
	_, err = b.shop.db.Exec(ctx, "drop table bench_copied")
	return taken, err
}

// importFile hands a file in and waits for the worker that is running anyway. It returns how long it took from the moment that the file was
// complete until the products are stored, until shoppers find them all, and the worker's peak.
func (b *bench) importFile(ctx context.Context, file []byte) (taking, telling time.Duration, peak float64, err error) {
	client := productv1connect.NewSyncServiceClient(b.shop.process)
	created, err := client.CreateSyncRun(ctx, &productv1.CreateSyncRunRequest{FileName: "bench.json.gz", Format: productv1.SyncFormat_SYNC_FORMAT_JSON})
	if err != nil {
		return 0, 0, 0, err
	}
	run := created.GetRun().GetId()
	const piece = 1 << 20
	for offset := 0; offset < len(file); offset += piece {
		_, err := client.AppendSyncFile(ctx, &productv1.AppendSyncFileRequest{RunId: run, Offset: int64(offset), Data: file[offset:min(offset+piece, len(file))]})
		if err != nil {
			return 0, 0, 0, err
		}
	}
	if err := forgetPeak(b.shop.pids["worker"]); err != nil {
		return 0, 0, 0, fmt.Errorf("watch the worker's memory: %w", err)
	}
	if _, err := client.StartSyncRun(ctx, &productv1.StartSyncRunRequest{RunId: run}); err != nil {
		return 0, 0, 0, err
	}
	since := time.Now()
	err = until(ctx, b.Patience, func() (bool, error) {
		got, err := client.GetSyncRun(ctx, &productv1.GetSyncRunRequest{RunId: run})
		switch r := got.GetRun(); {
		case err != nil:
			return false, err
		case r.GetState() == productv1.SyncState_SYNC_STATE_DONE:
			if r.GetRejectedRows() > 0 {
				say("  %d rows were rejected", r.GetRejectedRows())
			}
			return true, nil
		case r.GetState() == productv1.SyncState_SYNC_STATE_FAILED, r.GetState() == productv1.SyncState_SYNC_STATE_CANCELLED:
			return false, fmt.Errorf("the run ended: %s", r.GetProblem())
		default:
			return false, nil
		}
	})
	if err != nil {
		return 0, 0, 0, err
	}
	taking = time.Since(since)
	if err := b.shop.drained(ctx, b.Patience); err != nil {
		return 0, 0, 0, fmt.Errorf("wait for the catalogue: %w", err)
	}
	telling = time.Since(since)
	_, peak, err = resident(b.shop.pids["worker"])
	return taking, telling, peak, err
}
