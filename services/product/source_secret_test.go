package product

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/seal"
)

// holds returns the tables in which one of these texts stands, as it is or among bytes.
func (s *shop) holds(texts ...string) (found []string) {
	s.t.Helper()
	rows, err := s.db.Primary().Query(s.t.Context(), "select tablename::text from pg_tables where schemaname = 'public'")
	if err != nil {
		s.t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 30 {
		s.t.Fatal(len(tables), err)
	}
	for _, table := range tables {
		for _, text := range texts {
			if s.text(`select exists (select from `+table+` t where t::text like '%' || $1 || '%' or t::text like '%' || $2 || '%')::text`, text, hex.EncodeToString([]byte(text))) == "true" {
				found = append(found, table+" "+text)
			}
		}
	}
	return found
}

func boxOf(t *testing.T, secrets ...byte) *seal.Box {
	t.Helper()
	var all [][]byte
	for _, s := range secrets {
		all = append(all, bytes.Repeat([]byte{s}, 32))
	}
	box, err := seal.NewBox(all...)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// A copy of the database holds no password of a supplier, and the supplier is asked with it all the same: by the key of now, after a new one, and with
// what was stored before anything was sealed.
func TestSecretsAreSealed(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := newSupplier(t, s)
	source := s.source(p.settings()).GetId()
	works := func(when string) {
		t.Helper()
		p.file.Store(append(p.file.Load().([]byte), ' ')) // other bytes, so that it is read
		if run := s.due(source); run.GetState() != productv1.SyncState_SYNC_STATE_DONE {
			t.Errorf("%s: %v", when, run)
		}
		if found := s.holds("hush-hush", "secret-key"); len(found) > 0 {
			t.Errorf("%s: the database holds %v", when, found)
		}
	}
	works("stored")
	if got := s.get(source); !got.GetHasPassword() || strings.Join(got.GetHeaderNames(), " ") != "X-Api-Key" || got.GetUser() != "shop" {
		t.Errorf("shown as %v", got)
	}
	change := p.settings()
	change.Name, change.Password, change.Headers = "Renamed", nil, nil
	if _, err := s.UpdateSource(t.Context(), &productv1.UpdateSourceRequest{Id: source, Settings: change}); err != nil {
		t.Fatal(err)
	}
	works("kept by a change of other settings")

	s.exec(`update product_source_secrets set sealed = '', has_password = false, header_names = '{}', password = 'hush-hush', headers = '{"X-Api-Key": "secret-key"}'`)
	if found := s.holds("hush-hush", "secret-key"); len(found) != 2 {
		t.Fatalf("found only %v", found)
	}
	if got := s.get(source); !got.GetHasPassword() || len(got.GetHeaderNames()) != 1 {
		t.Errorf("not sealed yet, shown as %v", got)
	}
	works("stored before anything was sealed")

	s.cfg.Seal = boxOf(t, 2, 0)
	works("after a new key")
	s.cfg.Seal = boxOf(t, 2)
	works("without the old key")

	s.cfg.Seal = boxOf(t, 3)
	p.file.Store(append(p.file.Load().([]byte), ' '))
	if run := s.due(source); run.GetState() != productv1.SyncState_SYNC_STATE_FAILED || !strings.Contains(run.GetProblem(), "Enter it again") {
		t.Errorf("with a key that is lost: %v", run)
	}
	if _, err := s.UpdateSource(t.Context(), &productv1.UpdateSourceRequest{Id: source, Settings: change}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("what cannot be read was kept: %v", err)
	}
	if _, err := s.UpdateSource(t.Context(), &productv1.UpdateSourceRequest{Id: source, Settings: p.settings()}); err != nil {
		t.Fatal(err)
	}
	works("entered again")
}
