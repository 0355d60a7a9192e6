package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// newNotes is a database with one small table to write to.
func newNotes(t *testing.T, db *postgres.DB) {
	t.Helper()
	if _, err := db.Primary().Exec(t.Context(), "create table notes (id uuid primary key, said text not null constraint note_length check (length(said) < 100))"); err != nil {
		t.Fatal(err)
	}
}

func write(ctx context.Context, db *postgres.DB, said string) (string, error) {
	return postgres.InTx(ctx, db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		noteID := id.New()
		_, err := tx.Exec(ctx, "insert into notes (id, said) values ($1, $2)", noteID, said)
		return noteID, err
	})
}

func read(ctx context.Context, db *postgres.DB, noteID string) (said string, err error) {
	err = db.Read(ctx).QueryRow(ctx, "select said from notes where id = $1", noteID).Scan(&said)
	return said, err
}

// A shopper who changed something sees it on the next page, whichever server answers; and a token from a while ago never shows
// an older state than it stands for.
func TestReadYourWrites(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	newNotes(t, db)
	type moment struct {
		round int
		token postgres.LSN
	}
	shopper := func() error {
		ctx := postgres.WithToken(t.Context(), 0)
		noteID, err := write(ctx, db, "0")
		if err != nil {
			return err
		}
		var past []moment
		for round := range 100 {
			if _, err := postgres.InTx(ctx, db, func(ctx context.Context, tx pgx.Tx) (nothing, error) {
				_, err := tx.Exec(ctx, "update notes set said = $2 where id = $1", noteID, strconv.Itoa(round))
				return nothing{}, err
			}); err != nil {
				return err
			}
			past = append(past, moment{round, postgres.Token(ctx)})
			now := postgres.WithToken(t.Context(), postgres.Token(ctx)) // as the next request brings it
			if said, err := read(now, db, noteID); err != nil || said != strconv.Itoa(round) {
				return fmt.Errorf("round %d read %q: %w", round, said, err)
			}
			old := past[max(0, round-rand.IntN(60))]
			said, err := read(postgres.WithToken(t.Context(), old.token), db, noteID)
			if err != nil {
				return err
			}
			if shown, err := strconv.Atoi(said); err != nil || shown < old.round {
				return fmt.Errorf("the token of round %d read round %q: %w", old.round, said, err)
			}
		}
		return nil
	}
	inParallel(t, shopper, shopper, shopper, shopper, shopper)
	primary, replica, repeated := db.CountedReads()
	// On a busy machine the replica may have been behind all the while; it answers as soon as it has caught up.
	for deadline := clock.Now().Add(30 * time.Second); replica == 0 && clock.Now().Before(deadline); _, replica, _ = db.CountedReads() {
		var one int
		if err := db.Read(t.Context()).QueryRow(t.Context(), "select 1").Scan(&one); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("the primary answered %v reads, the replica %v", primary, replica)
	if replica == 0 || primary == 0 || repeated != 0 {
		t.Errorf("primary %v, replica %v, repeated %v: both sides should have answered, and nothing failed", primary, replica, repeated)
	}
}

// What a replica answers reads as what the primary answers: no value, empty ones, several rows and types, however they are scanned.
func TestReplicaReadsAsPrimary(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	const query = `select n, case n when 2 then null else 'row ' || n end as said, '' as empty, '\x00ff'::bytea as raw, array['a', null] as list,
		'{"k": 1}'::jsonb as json, timestamptz '2026-11-27 16:00:00Z' as at from generate_series(1, 3) n`
	type line struct {
		N     int
		Said  *string
		Empty string
		Raw   []byte
		List  []*string
		JSON  map[string]int
		At    time.Time
	}
	read := func(from interface {
		Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	}) (lines []line, maps []map[string]any) {
		t.Helper()
		rows, err := from.Query(t.Context(), query)
		if err == nil {
			lines, err = pgx.CollectRows(rows, pgx.RowToStructByPos[line])
		}
		if err != nil {
			t.Fatal(err)
		}
		if rows, err = from.Query(t.Context(), query); err == nil {
			maps, err = pgx.CollectRows(rows, pgx.RowToMap)
		}
		if err != nil {
			t.Fatal(err)
		}
		return lines, maps
	}
	wantLines, wantMaps := read(db.Primary())
	_, before, _ := db.CountedReads()
	lines, maps := read(db.Read(postgres.WithToken(t.Context(), 0)))
	if _, after, _ := db.CountedReads(); after != before+2 {
		t.Fatalf("the replica answered %v of 2 reads", after-before)
	}
	if !reflect.DeepEqual(lines, wantLines) {
		t.Errorf("read %+v\nwant %+v", lines, wantLines)
	}
	if !reflect.DeepEqual(maps, wantMaps) {
		t.Errorf("read %v\nwant %v", maps, wantMaps)
	}
	empty := "x"
	if err := db.Read(t.Context()).QueryRow(t.Context(), "select ''").Scan(&empty); err != nil || empty != "" {
		t.Errorf("nothing but an empty text reads as %q, %v", empty, err)
	}
	if rows, err := db.Read(t.Context()).Query(t.Context(), "select from generate_series(1, 3)"); err != nil {
		t.Error(err)
	} else {
		n := 0
		for rows.Next() {
			n++
		}
		if err := rows.Err(); err != nil || n != 3 {
			t.Errorf("%d rows without a column, %v", n, err)
		}
	}
}

// Positions are compared as numbers and written as PostgreSQL writes them.
func TestLSN(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0/0", "0/3016540", "16/B374D848", "FFFFFFFF/FFFFFFFF"} {
		lsn, err := postgres.ParseLSN(text)
		if err != nil || lsn.String() != text {
			t.Errorf("%q became %q, %v", text, lsn, err)
		}
	}
	for _, text := range []string{"0", "/", "0/", "x/1", "0/100000000", "-1/0", "0/1/2"} {
		if lsn, err := postgres.ParseLSN(text); err == nil {
			t.Errorf("%q became %v", text, lsn)
		}
	}
	if lsn, err := postgres.ParseLSN(""); lsn != 0 || err != nil {
		t.Errorf("nothing became %v, %v", lsn, err)
	}
}

// Whoever is refused because of what somebody else wrote sees that on the next page, also where the replica is behind.
func TestRefusalIsSeen(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	newNotes(t, db)
	colleague, refused := postgres.WithToken(t.Context(), 0), postgres.WithToken(t.Context(), 0)
	if _, err := write(colleague, db, "mine"); err != nil {
		t.Fatal(err)
	}
	late := errors.New("somebody else was first")
	if _, err := postgres.InTx(refused, db, func(context.Context, pgx.Tx) (nothing, error) { return nothing{}, late }); !errors.Is(err, late) {
		t.Fatal(err)
	}
	if postgres.Token(refused) < postgres.Token(colleague) {
		t.Errorf("who was refused reads as of %v, what was written is at %v", postgres.Token(refused), postgres.Token(colleague))
	}
	broken := postgres.WithToken(t.Context(), 0)
	if _, err := postgres.InTx(broken, db, func(ctx context.Context, tx pgx.Tx) (nothing, error) {
		_, err := tx.Exec(ctx, "select 1/0")
		return nothing{}, err
	}); err == nil || postgres.Token(broken) != 0 {
		t.Errorf("a failed statement tells of %v: %v", postgres.Token(broken), err)
	}
}

// Who asks for the newest is answered by the primary, also through calls that write the position down.
func TestNewest(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	if lsn, err := postgres.ParseLSN(postgres.Newest.String()); err != nil || lsn != postgres.Newest {
		t.Errorf("the newest is read back as %v, %v", lsn, err)
	}
	newest := postgres.WithToken(t.Context(), postgres.Newest)
	var behind bool
	if err := db.Read(newest).QueryRow(newest, "select pg_is_in_recovery()").Scan(&behind); err != nil || behind {
		t.Errorf("a replica answered: %v, %v", behind, err)
	}
}

// A token only rises, whoever raises it at once.
func TestTokenRises(t *testing.T) {
	t.Parallel()
	ctx := postgres.WithToken(t.Context(), 5)
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() { postgres.RaiseToken(ctx, postgres.LSN(i)) })
	}
	all.Wait()
	postgres.RaiseToken(ctx, 3)
	if postgres.Token(ctx) != 99 {
		t.Errorf("the token is %v, want 99", postgres.Token(ctx))
	}
	postgres.RaiseToken(t.Context(), 7) // nobody to tell
	if postgres.Token(t.Context()) != 0 {
		t.Error("a context without a token has one")
	}
}
