package catalog

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
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
	// missedEvery is how long searches that found nothing are gathered before they are stored; a process that ends loses those since.
	missedEvery = 10 * time.Second
	// mostGathered is how many different ones are gathered meanwhile, and mostMissed how many are kept of a day.
	mostGathered = 500
	mostMissed   = 5000
	// missedKept is for how many days they are kept.
	missedKept = 90
)

// missed gathers searches that found nothing, so that no search waits for its being counted and a flood of them costs one statement.
type missed struct {
	mu       sync.Mutex
	searches map[string]int32
}

// miss counts a search, and sees to it that it is stored some time later.
func (s *Service) miss(key string) {
	if key == "" {
		return // signs alone
	}
	s.missed.mu.Lock()
	defer s.missed.mu.Unlock()
	if len(s.missed.searches) == 0 {
		s.missed.searches = make(map[string]int32)
		time.AfterFunc(missedEvery, func() {
			ctx, cancel := context.WithTimeout(context.Background(), loadTimeout)
			defer cancel()
			if err := s.storeMissed(ctx); err != nil {
				slog.WarnContext(ctx, "searches that found nothing are not counted", "error", err)
			}
		})
	}
	if _, there := s.missed.searches[key]; there || len(s.missed.searches) < mostGathered {
		s.missed.searches[key]++
	}
}

// storeMissed stores what was gathered, and drops days that are over long ago.
func (s *Service) storeMissed(ctx context.Context) error {
	s.missed.mu.Lock()
	gathered := s.missed.searches
	s.missed.searches = nil
	s.missed.mu.Unlock()
	if len(gathered) == 0 {
		return nil
	}
	today := clock.Now().UTC()
	stored := catalogdb.AddMissedSearchesParams{Day: today.Format(time.DateOnly), Most: mostMissed}
	for _, query := range slices.Sorted(maps.Keys(gathered)) {
		stored.Queries = append(stored.Queries, query)
		stored.Searches = append(stored.Searches, gathered[query])
	}
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) {
		if err := queries.AddMissedSearches(ctx, tx, stored); err != nil {
			return nil, err
		}
		return nil, queries.DropMissedSearches(ctx, tx, today.AddDate(0, 0, -missedKept).Format(time.DateOnly))
	})
	if err != nil {
		return fmt.Errorf("store missed searches: %w", err)
	}
	return nil
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
		answer.Searches = append(answer.Searches, &catalogv1.MissedSearch{Query: row.Query, Searches: row.Searches})
	}
	return answer, nil
}
