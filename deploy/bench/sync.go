package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
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
	say("importing %d records (%s)", len(records), source)
	first, err := b.importFile(ctx, file)
	if err != nil {
		return err
	}
	if _, err := b.shop.db.Exec(ctx, "vacuum analyze"); err != nil { // as autovacuum does a little later, long before a source sends its next file
		return err
	}
	if b.measures("sync") {
		return b.judgeImport(ctx, first, records, file, source)
	}
	return nil
}

// judgeImport holds an import against two baselines: copying what it stored, and copying what the file says.
func (b *bench) judgeImport(ctx context.Context, first imported, records []record, file []byte, source string) error {
	say("measuring: the same file again")
	again, err := b.importFile(ctx, file)
	if err != nil {
		return err
	}
	say("measuring: the file with one product in a hundred changed")
	changed, err := b.importChanged(ctx, records)
	if err != nil {
		return err
	}
	say("measuring: COPY of the rows that the import stored")
	before, err := b.shop.use(measured, nil)
	if err != nil {
		return err
	}
	stored, rows, err := b.copyStored(ctx)
	if err != nil {
		return fmt.Errorf("COPY of what was stored: %w", err)
	}
	copying, err := b.shop.use(measured, nil)
	if err != nil {
		return err
	}
	copying = copying.since(before)
	say("measuring: plain COPY of %d records", len(records))
	plain, err := b.copyPlain(ctx, records)
	if err != nil {
		return fmt.Errorf("plain COPY: %w", err)
	}
	const times, timesAgain, most = 6.0, 1.5, 150.0
	taken := func(of imported) string {
		return fmt.Sprintf("CPU seconds until done: %s, the catalogue that follows meanwhile among them; until shoppers find all: %s; %.0f MB of log",
			of.used.split(1000), of.usedTelling.split(1000), of.log)
	}
	b.report.figured(figure{
		name:  fmt.Sprintf("import of %d records", len(records)),
		value: fmt.Sprintf("%.1f s, %.1f times COPY of the rows it stores", first.taking.Seconds(), first.taking.Seconds()/stored.Seconds()),
		mark:  fmt.Sprintf("%.0f times", times), met: first.taking.Seconds() <= times*stored.Seconds(),
		note: fmt.Sprintf("COPY of the same %d rows into tables with the same indexes and keys: %.2f s, CPU seconds %s with reading them out; of the %d records into one bare table: %.2f s, of which it is %.0f times; "+
			"shoppers find all of it %.1f s after the start; %s; %s", rows, stored.Seconds(), copying.split(1000), len(records), plain.Seconds(), first.taking.Seconds()/plain.Seconds(),
			first.telling.Seconds(), taken(first), source),
	})
	b.report.figured(figure{
		name: "the same file again", value: fmt.Sprintf("%.1f s", again.taking.Seconds()), note: taken(again),
	})
	b.report.figured(figure{
		name: "the file with one product in a hundred changed", value: fmt.Sprintf("%.1f s, %.1f times COPY of all rows", changed.taking.Seconds(), changed.taking.Seconds()/stored.Seconds()),
		mark: fmt.Sprintf("%.1f times", timesAgain), met: changed.taking.Seconds() <= timesAgain*stored.Seconds(), note: taken(changed),
	})
	b.report.figured(figure{
		name: "worker's memory during the import", value: fmt.Sprintf("%.0f MB at its peak", first.peak), mark: fmt.Sprintf("%.0f MB", most), met: first.peak <= most,
	})
	return nil
}

// importChanged imports the file with another price and another end of the description in one record of a hundred.
func (b *bench) importChanged(ctx context.Context, records []record) (imported, error) {
	changed := slices.Clone(records)
	for i := 0; i < len(changed); i += 100 {
		changed[i].Price = math.Round(changed[i].Price*100+100) / 100 // whole cents, as the shop takes nothing else
		changed[i].Description += " Now with another price."
	}
	file, err := packed(changed)
	if err != nil {
		return imported{}, err
	}
	return b.importFile(ctx, file)
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
	if err := packer.Close(); err != nil { // what it still holds is the file's end
		return nil, err
	}
	return file.Bytes(), nil
}

// storing are the tables that an import has filled when it is done, those before others that refer to them.
var storing = []struct{ table, refers string }{
	{"product_categories", "alter table bench_copied.product_categories add foreign key (parent_id) references bench_copied.product_categories"},
	{"products", ""},
	{"product_images", "alter table bench_copied.product_images add foreign key (product_id) references bench_copied.products on delete cascade"},
	{"product_variants", "alter table bench_copied.product_variants add foreign key (product_id) references bench_copied.products on delete cascade"},
	{"product_source_items", "alter table bench_copied.product_source_items add foreign key (product_id) references bench_copied.products on delete cascade"},
	{"stock_items", ""},
	{"stock_moves", "alter table bench_copied.stock_moves add foreign key (variant_id) references bench_copied.stock_items"},
}

// copyStored is the least that storing the same rows can cost: one COPY into each of the tables, which have the same checks, indexes and keys.
// Of the shop's tables without the few products that it came with this is all.
func (b *bench) copyStored(ctx context.Context) (taken time.Duration, rows int64, err error) {
	conn, err := b.shop.db.Acquire(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "drop schema if exists bench_copied cascade; create schema bench_copied"); err != nil {
		return 0, 0, err
	}
	for _, t := range storing {
		if _, err := conn.Exec(ctx, fmt.Sprintf("create table bench_copied.%s (like %[1]s including all)", t.table)); err != nil {
			return 0, 0, err
		}
		if _, err := conn.Exec(ctx, t.refers); err != nil {
			return 0, 0, err
		}
	}
	for _, t := range storing {
		var file bytes.Buffer
		if _, err := conn.Conn().PgConn().CopyTo(ctx, &file, "copy "+t.table+" to stdout"); err != nil {
			return 0, 0, err
		}
		since := time.Now()
		done, err := conn.Conn().PgConn().CopyFrom(ctx, &file, "copy bench_copied."+t.table+" from stdin")
		if err != nil {
			return 0, 0, err
		}
		taken += time.Since(since)
		rows += done.RowsAffected()
	}
	_, err = conn.Exec(ctx, "drop schema bench_copied cascade")
	return taken, rows, err
}

// copyPlain is the least that storing the file's records can cost: one table, no index, one COPY.
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

// imported is what an import took from the moment that the file was complete.
type imported struct {
	taking, telling   time.Duration // until the products are stored, and until shoppers find them all
	used, usedTelling usage         // until then
	log               float64       // megabytes written ahead until shoppers find all
	peak              float64       // of the worker's memory, in megabytes
}

// importFile hands a file in and waits for the worker that is running anyway.
func (b *bench) importFile(ctx context.Context, file []byte) (imported, error) {
	client := productv1connect.NewSyncServiceClient(b.shop.process)
	created, err := client.CreateSyncRun(ctx, &productv1.CreateSyncRunRequest{FileName: "bench.json.gz", Format: productv1.SyncFormat_SYNC_FORMAT_JSON})
	if err != nil {
		return imported{}, err
	}
	run := created.GetRun().GetId()
	const piece = 1 << 20
	for offset := 0; offset < len(file); offset += piece {
		_, err := client.AppendSyncFile(ctx, &productv1.AppendSyncFileRequest{RunId: run, Offset: int64(offset), Data: file[offset:min(offset+piece, len(file))]})
		if err != nil {
			return imported{}, err
		}
	}
	if err := forgetPeak(b.shop.pids["worker"]); err != nil {
		return imported{}, fmt.Errorf("watch the worker's memory: %w", err)
	}
	before, err := b.shop.use(measured, nil)
	if err != nil {
		return imported{}, err
	}
	const written = "select (pg_current_wal_lsn() - '0/0')::bigint"
	log, err := b.shop.number(ctx, written)
	if err != nil {
		return imported{}, err
	}
	since := time.Now()
	if _, err := client.StartSyncRun(ctx, &productv1.StartSyncRunRequest{RunId: run}); err != nil {
		return imported{}, err
	}
	err = until(ctx, b.Patience, func() (bool, error) {
		got, err := client.GetSyncRun(ctx, &productv1.GetSyncRunRequest{RunId: run})
		switch r := got.GetRun(); {
		case err != nil:
			return false, err
		case r.GetState() == productv1.SyncState_SYNC_STATE_DONE && r.GetRejectedRows() > 0:
			return false, fmt.Errorf("%d rows were rejected", r.GetRejectedRows())
		case r.GetState() == productv1.SyncState_SYNC_STATE_FAILED, r.GetState() == productv1.SyncState_SYNC_STATE_CANCELLED:
			return false, fmt.Errorf("the run ended: %s", r.GetProblem())
		default:
			return r.GetState() == productv1.SyncState_SYNC_STATE_DONE, nil
		}
	})
	if err != nil {
		return imported{}, err
	}
	of := imported{taking: time.Since(since)}
	if of.used, err = b.shop.use(measured, nil); err != nil {
		return of, err
	}
	of.used = of.used.since(before)
	if err := b.shop.drained(ctx, b.Patience); err != nil {
		return of, fmt.Errorf("wait for the catalogue: %w", err)
	}
	of.telling = time.Since(since)
	if of.usedTelling, err = b.shop.use(measured, nil); err != nil {
		return of, err
	}
	of.usedTelling = of.usedTelling.since(before)
	end, err := b.shop.number(ctx, written)
	if err != nil {
		return of, err
	}
	of.log = float64(end-log) / 1e6
	_, of.peak, err = resident(b.shop.pids["worker"])
	return of, err
}
