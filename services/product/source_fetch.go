package product

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	"github.com/tradewind-commerce/tradewind/platform/blob"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/fetch"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/seal"
)

const (
	// fetchTime bounds how long a source may take to give its file.
	fetchTime = 10 * time.Minute
	// piece is how much of a file is stored at once.
	piece = 1 << 20
	// firstRetry is how long after a first failure a source is asked again; each further one doubles that, up to lastRetry.
	firstRetry = 5 * time.Minute
	lastRetry  = 24 * time.Hour
)

// unavailable says why a source gave no file, in words for staff. It ends the run; the source is asked again later.
type unavailable struct{ reason string }

func (u *unavailable) Error() string { return u.reason }

func unavailablef(format string, args ...any) error {
	return &unavailable{fmt.Sprintf(format, args...)}
}

// asked is what a source answered.
type asked struct {
	body               io.ReadCloser // nil when the file is the same as last time
	name               string
	etag, lastModified string
}

// fetch asks the run's source for its file and stores it. A file that is the same as the last that was applied ends the run. A worker that dies
// leaves half a file, which the next one asks for again from its beginning.
func (w *syncWorker) fetch(ctx context.Context, run productdb.ProductSyncRun) (productdb.ProductSyncRun, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	file, err := w.ask(ctx, run.Dry)
	if err != nil {
		return run, err
	}
	if file.body == nil {
		return w.closeAs(ctx, unchanged)
	}
	defer func() { _ = file.body.Close() }()
	_, err = w.step(ctx, func(ctx context.Context, tx pgx.Tx, _ productdb.ProductSyncRun) error {
		_, err := removeFile(ctx, tx, w.id, 1000) // what one who died has stored
		return err
	})
	if err != nil {
		return run, err
	}
	sum := sha256.New()
	size, err := w.store(ctx, file.body, sum)
	if err != nil {
		return run, err
	}
	if bytes.Equal(sum.Sum(nil), w.source.FileHash) && !run.Dry {
		return w.closeAs(ctx, unchanged)
	}
	return w.step(ctx, func(ctx context.Context, tx pgx.Tx, _ productdb.ProductSyncRun) error {
		return queries.SaveFetched(ctx, tx, productdb.SaveFetchedParams{
			ID: w.id, FileName: file.name, BytesTotal: size, Etag: file.etag, LastModified: file.lastModified, FileHash: sum.Sum(nil),
			LeaseTime: w.leased(), Now: clock.Now(),
		})
	})
}

// store keeps a file in pieces, as AppendSyncFile does, and returns its size.
func (w *syncWorker) store(ctx context.Context, from io.Reader, sum hash.Hash) (size int64, err error) {
	data := make([]byte, piece)
	for {
		n, err := io.ReadFull(from, data)
		ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !ended {
			return size, whyUnavailable(err)
		}
		if size+int64(n) > largestFile {
			return size, tooLarge()
		}
		if n > 0 {
			_, _ = sum.Write(data[:n]) // a hash takes everything
			_, err := w.step(ctx, func(ctx context.Context, tx pgx.Tx, _ productdb.ProductSyncRun) error {
				return queries.AddSyncPiece(ctx, tx, productdb.AddSyncPieceParams{RunID: w.id, ByteOffset: size, Data: data[:n]})
			})
			if err != nil {
				return size, err
			}
			size += int64(n)
		}
		if ended {
			return size, nil
		}
	}
}

func tooLarge() error {
	return unavailablef("The file is larger than %d MB. Have it packed with gzip, or split.", largestFile>>20)
}

// ask opens the source's file.
func (w *syncWorker) ask(ctx context.Context, dry bool) (asked, error) {
	source := w.source
	switch source.Kind {
	case "url":
		return w.askURL(ctx, dry)
	case "path":
		if w.s.cfg.FeedFolder == "" {
			return asked{}, unavailablef("This shop has no folder for files; whoever runs it sets FEED_FOLDER.")
		}
		root, err := os.OpenRoot(w.s.cfg.FeedFolder) // no path and no link leads out of it
		if err != nil {
			return asked{}, unavailablef("The folder for files cannot be opened; whoever runs the shop looks at FEED_FOLDER.")
		}
		defer func() { _ = root.Close() }()
		file, err := root.Open(source.Location)
		if errors.Is(err, fs.ErrNotExist) {
			return asked{}, unavailablef("There is no file %q in the folder for files.", source.Location)
		}
		if err != nil {
			return asked{}, unavailablef("The file %q cannot be opened.", source.Location)
		}
		if about, err := file.Stat(); err != nil || !about.Mode().IsRegular() {
			_ = file.Close()
			return asked{}, unavailablef("%q is no file.", source.Location)
		}
		return asked{body: file, name: path.Base(source.Location)}, nil
	case "bucket":
		if w.s.cfg.FeedBucket == nil {
			return asked{}, unavailablef("This shop has no bucket for files; whoever runs it sets FEED_BUCKET_URL.")
		}
		file, err := w.s.cfg.FeedBucket.Open(ctx, source.Location)
		if errors.Is(err, blob.ErrNotFound) {
			return asked{}, unavailablef("There is no file %q in the bucket.", source.Location)
		}
		if err != nil {
			return asked{}, fmt.Errorf("open file of bucket: %w", err)
		}
		return asked{body: file, name: path.Base(source.Location)}, nil
	default:
		return asked{}, unavailablef("The files of this source are handed in; there is nothing to ask.")
	}
}

// askURL asks a web address. What it said of its last file goes along, so that it need not send the same one again, unless it is to be compared:
// the shop may have changed since.
func (w *syncWorker) askURL(ctx context.Context, dry bool) (asked, error) {
	source := w.source
	req := fetch.Request{URL: source.Location, Header: http.Header{}, MaxBytes: largestFile, Timeout: fetchTime}
	row, err := queries.GetSourceSecrets(ctx, w.s.cfg.DB.Primary(), source.ID)
	if err != nil && !postgres.IsNoRows(err) {
		return asked{}, fmt.Errorf("get secrets of source: %w", err)
	}
	if err == nil {
		secrets, err := w.s.openSecrets(row)
		if errors.Is(err, seal.ErrUnknownKey) || errors.Is(err, seal.ErrDamaged) {
			return asked{}, unavailablef("The password of this source cannot be read any more, since the shop's SECRET_KEY was replaced. Enter it again.")
		}
		if err != nil {
			return asked{}, err
		}
		for name, value := range secrets.Headers {
			req.Header.Set(name, value)
		}
		req.User, req.Password = row.Username, secrets.Password
	}
	if source.Etag != "" && !dry {
		req.Header.Set("If-None-Match", source.Etag)
	}
	if source.LastModified != "" && !dry {
		req.Header.Set("If-Modified-Since", source.LastModified)
	}
	answer, err := w.s.cfg.Fetch.Do(ctx, req)
	if err != nil {
		return asked{}, whyUnavailable(err)
	}
	switch answer.StatusCode {
	case http.StatusOK:
		return asked{body: answer.Body, name: nameOf(source), etag: short(answer.Header.Get("ETag")), lastModified: short(answer.Header.Get("Last-Modified"))}, nil
	case http.StatusNotModified:
		_ = answer.Body.Close()
		return asked{}, nil
	default:
		_ = answer.Body.Close()
		return asked{}, unavailablef("The address answered %d %s.", answer.StatusCode, http.StatusText(answer.StatusCode))
	}
}

// short leaves out marks that are too long to be sent back.
func short(mark string) string {
	if len(mark) > 500 {
		return ""
	}
	return mark
}

// nameOf is the last part of an address without what may be secret in it.
func nameOf(source productdb.ProductSource) string {
	name := source.Name
	if address, err := url.Parse(source.Location); err == nil && path.Base(address.Path) != "." && path.Base(address.Path) != "/" {
		name = path.Base(address.Path)
	}
	return shortened(name)
}

// whyUnavailable says in words for staff why an address gave no file. The errors of fetch hold no secrets.
func whyUnavailable(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, fetch.ErrTooLarge):
		return tooLarge()
	case errors.Is(err, fetch.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return unavailablef("The source took longer than %d minutes.", int(fetchTime/time.Minute))
	default:
		return &unavailable{problemText(err)}
	}
}

// noteOutcome notes on the source how a run that asked it ended, and when it is asked again if that was a failure.
func (w *syncWorker) noteOutcome(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, state, problem string, now time.Time) error {
	switch state {
	case done:
		return queries.SaveSourceSuccess(ctx, tx, productdb.SaveSourceSuccessParams{ID: run.SourceID, RunID: run.ID})
	case unchanged:
		return queries.ClearSourceFailures(ctx, tx, run.SourceID)
	case failed:
		source, err := queries.LockSourceSettings(ctx, tx, run.SourceID)
		if err != nil {
			return err
		}
		failure := productdb.SaveSourceFailureParams{ID: source.ID, LastError: problem}
		if scheduled(source) {
			next := now.Add(retryPause(source))
			failure.NextTime = &next
		}
		return queries.SaveSourceFailure(ctx, tx, failure)
	}
	return nil
}

// scheduled says whether a source is asked by itself.
func scheduled(source productdb.ProductSource) bool {
	return source.EveryMinutes > 0 || source.DailyAt != ""
}

// retryPause is how long a source is left alone after one more failure.
func retryPause(source productdb.ProductSource) time.Duration {
	pause := max(firstRetry, time.Duration(source.EveryMinutes)*time.Minute)
	for range min(source.Failures, 20) {
		pause = min(pause*2, lastRetry)
	}
	return cmp.Or(min(pause, lastRetry), firstRetry)
}

// nextTime is when a source is asked next by its schedule; nil for never.
func nextTime(everyMinutes int32, dailyAt string, now time.Time) *time.Time {
	var next time.Time
	switch {
	case everyMinutes > 0:
		next = now.Add(time.Duration(everyMinutes) * time.Minute)
	case dailyAt != "":
		at, err := time.Parse("15:04", dailyAt)
		if err != nil {
			return nil
		}
		day := now.UTC()
		next = time.Date(day.Year(), day.Month(), day.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
		if !next.After(now) {
			next = next.AddDate(0, 0, 1)
		}
	default:
		return nil
	}
	return &next
}
