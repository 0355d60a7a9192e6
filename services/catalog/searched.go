package catalog

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	// searchedEvery is how long searches are gathered before they are stored; a process that ends loses those since.
	searchedEvery = 10 * time.Second
	// mostGathered is how many different ones of either kind are gathered meanwhile.
	mostGathered = 500
	// mostMissed is how many different ones that found nothing are kept of a day, and missedKept for how many days they are kept.
	mostMissed = 5000
	missedKept = 90
	// mostSearches is how many that found something are kept to be suggested.
	mostSearches = 20_000
)

// searched gathers searches, so that none waits for its being counted and a flood of them costs a few statements.
type searched struct {
	mu            sync.Mutex
	found, missed map[string]int32
	begun         bool
}

// note counts a search, and sees to it that it is stored some time later.
func (s *Service) note(key string, found bool) {
	if key == "" || strings.HasSuffix(key, ":") {
		return // signs alone
	}
	s.searched.mu.Lock()
	defer s.searched.mu.Unlock()
	if !s.searched.begun {
		s.searched.begun = true
		s.searched.found, s.searched.missed = make(map[string]int32), make(map[string]int32)
		time.AfterFunc(searchedEvery, func() {
			ctx, cancel := context.WithTimeout(context.Background(), loadTimeout)
			defer cancel()
			if err := s.storeSearched(ctx); err != nil {
				slog.WarnContext(ctx, "searches are not counted", "error", err)
			}
		})
	}
	searches := s.searched.missed
	if found {
		searches = s.searched.found
	}
	if _, there := searches[key]; there || len(searches) < mostGathered {
		searches[key]++
	}
}

// storeSearched stores what was gathered, and drops what is too old to be kept.
func (s *Service) storeSearched(ctx context.Context) error {
	s.searched.mu.Lock()
	found, missed := s.searched.found, s.searched.missed
	s.searched.begun, s.searched.found, s.searched.missed = false, nil, nil
	s.searched.mu.Unlock()
	today := clock.Now().UTC()
	day := today.Format(time.DateOnly)
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) {
		if len(missed) > 0 {
			all, counts := asRows(missed)
			if err := queries.AddMissedSearches(ctx, tx, catalogdb.AddMissedSearchesParams{Day: day, Queries: all, Searches: counts, Most: mostMissed}); err != nil {
				return nil, err
			}
			if err := queries.DropMissedSearches(ctx, tx, today.AddDate(0, 0, -missedKept).Format(time.DateOnly)); err != nil {
				return nil, err
			}
		}
		if len(found) == 0 {
			return nil, nil
		}
		all, counts := asRows(found)
		if err := queries.AddSearches(ctx, tx, catalogdb.AddSearchesParams{Day: day, Queries: all, Searches: counts}); err != nil {
			return nil, err
		}
		return nil, queries.DropSearches(ctx, tx, mostSearches)
	})
	if err != nil {
		return fmt.Errorf("store searches: %w", err)
	}
	return nil
}

// asRows takes a map apart, in the order of its keys, so that statements which store the same searches lock their rows alike.
func asRows(counts map[string]int32) (searches []string, times []int32) {
	searches = slices.Sorted(maps.Keys(counts))
	for _, search := range searches {
		times = append(times, counts[search])
	}
	return searches, times
}

// missedPage is where a page begins: after the search that was asked so often.
type missedPage struct {
	Searches int32  `json:"n"`
	Query    string `json:"q"`
}

// ListMissedSearches pages through a day.
func (s *Service) ListMissedSearches(ctx context.Context, req *catalogv1.ListMissedSearchesRequest) (*catalogv1.ListMissedSearchesResponse, error) {
	page := missedPage{Searches: math.MaxInt32}
	if err := rpc.ParsePageToken(req.GetPageToken(), &page); err != nil {
		return nil, err
	}
	day := clock.Now().UTC().Format(time.DateOnly)
	if req.GetDay() != "" {
		if _, err := time.Parse(time.DateOnly, req.GetDay()); err != nil {
			return nil, rpc.InvalidArgument("day: " + req.GetDay() + " is no day; write it as 2026-11-27")
		}
		day = req.GetDay()
	}
	size := rpc.PageSize(req.GetPageSize(), usualRowsPage)
	rows, err := queries.ListMissedSearches(ctx, s.cfg.DB.Read(ctx), catalogdb.ListMissedSearchesParams{
		Day: day, Searches: page.Searches, Query: page.Query, PageSize: size + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("list missed searches: %w", err)
	}
	answer := &catalogv1.ListMissedSearchesResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(missedPage{rows[size-1].Searches, rows[size-1].Query})
	}
	for _, row := range rows {
		missed := &catalogv1.MissedSearch{Query: row.Query, Searches: row.Searches}
		if locale, query, further := strings.Cut(row.Query, ":"); further { // see search.key; words have no signs
			missed.Locale, missed.Query = locale, query
		}
		answer.Searches = append(answer.Searches, missed)
	}
	return answer, nil
}
