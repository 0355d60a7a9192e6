package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
)

// largest is how long an answer of the baseline may be.
const largest = 4 << 20

// serveBaseline serves what a shop cannot do less for: the same query of the same tables on the same replica, over as many connections, and as
// many bytes, without a template, a call, a policy, a log line or a limit. Files are served by net/http.
func serveBaseline(ctx context.Context, addr, files string) error {
	pool, err := pgxpool.New(ctx, os.Getenv("BASELINE_DATABASE_URL")+"&pool_max_conns=12&pool_min_conns=12")
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := pool.Ping(ctx); err != nil {
		return err
	}
	queries := catalogdb.New()
	filler := bytes.Repeat([]byte("<p>as many bytes</p>"), largest/20)
	write := func(w http.ResponseWriter, r *http.Request, rows ...[]byte) {
		left, err := strconv.Atoi(r.FormValue("bytes"))
		if err != nil || left > largest {
			http.Error(w, "bytes", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(left))
		for _, row := range append(rows, filler) {
			n := min(len(row), left)
			if _, err := w.Write(row[:n]); err != nil {
				return
			}
			left -= n
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /list", func(w http.ResponseWriter, r *http.Request) {
		start, err := strconv.Atoi(r.FormValue("start"))
		if err != nil {
			http.Error(w, "start", http.StatusBadRequest)
			return
		}
		cards, err := listCards(r.Context(), queries, pool, r.FormValue("sort"), catalogdb.ListUsualParams{
			CategoryID: r.FormValue("category"), PageStart: int32(start), PageSize: cardsPerPage,
		})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		write(w, r, cards...)
	})
	mux.HandleFunc("GET /page", func(w http.ResponseWriter, r *http.Request) {
		page, err := queries.GetPage(r.Context(), pool, r.FormValue("slug"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		write(w, r, page.Page)
	})
	mux.Handle("GET /files/", http.StripPrefix("/files/", http.FileServer(http.Dir(files))))
	server := &http.Server{Addr: addr, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { <-ctx.Done(); _ = server.Close() }()
	if err := server.ListenAndServe(); ctx.Err() == nil {
		return err
	}
	return nil
}

// cardsPerPage is how many products a list of the shop shows.
const cardsPerPage = 24

func listCards(ctx context.Context, queries *catalogdb.Queries, db catalogdb.DBTX, sort string, part catalogdb.ListUsualParams) ([][]byte, error) {
	switch sort {
	case "price":
		return cards(queries.ListByPrice(ctx, db, catalogdb.ListByPriceParams(part)))
	case "-price":
		return cards(queries.ListByPriceDown(ctx, db, catalogdb.ListByPriceDownParams(part)))
	case "newest":
		return cards(queries.ListNewest(ctx, db, catalogdb.ListNewestParams(part)))
	case "name":
		return cards(queries.ListByName(ctx, db, catalogdb.ListByNameParams(part)))
	default:
		return cards(queries.ListUsual(ctx, db, part))
	}
}

func cards[R ~struct {
	Card         []byte
	Availability int16
}](rows []R, err error) ([][]byte, error) {
	all := make([][]byte, len(rows))
	for i, row := range rows {
		all[i] = catalogdb.ListUsualRow(row).Card
	}
	return all, err
}

// baseline is the running baseline.
type baseline struct {
	cmd   *exec.Cmd
	addr  string
	files string
}

// startBaseline runs this program again as the baseline.
func (b *bench) startBaseline(ctx context.Context) (*baseline, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	files, err := os.MkdirTemp("", "bench-files-")
	if err != nil {
		return nil, err
	}
	base := &baseline{addr: fmt.Sprintf("127.0.0.1:%d", b.Port+20), files: files}
	base.cmd = exec.Command(self, "baseline", "--addr", base.addr, "--files", files)
	base.cmd.Env = append(os.Environ(), "BASELINE_DATABASE_URL="+b.shop.told["DATABASE_REPLICA_URLS"])
	base.cmd.Stderr = os.Stderr
	if err := base.cmd.Start(); err != nil {
		return nil, err
	}
	err = until(ctx, 30*time.Second, func() (bool, error) {
		answer, err := http.Get("http://" + base.addr + "/files/")
		if err != nil {
			return false, nil
		}
		_ = answer.Body.Close()
		return true, nil
	})
	if err != nil {
		base.stop()
		return nil, fmt.Errorf("the baseline does not start: %w", err)
	}
	return base, nil
}

func (b *baseline) stop() {
	_ = b.cmd.Process.Signal(syscall.SIGTERM)
	_ = b.cmd.Wait()
	_ = os.RemoveAll(b.files)
}

// keep puts a file of a size where the baseline serves it.
func (b *baseline) keep(name string, content []byte) error {
	return os.WriteFile(filepath.Join(b.files, name), content, 0o600)
}
