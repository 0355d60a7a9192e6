package product

import (
	"fmt"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// removeOld does all steps and returns how many rows are gone.
func (s *shop) removeOld() (removed int64) {
	s.t.Helper()
	for step := ""; ; {
		answer, err := s.RemoveOldHistory(s.t.Context(), &productv1.RemoveOldHistoryRequest{Step: step})
		if err != nil {
			s.t.Fatal(err)
		}
		removed += answer.GetRemoved()
		if step = answer.GetNextStep(); step == "" {
			return removed
		}
	}
}

// How products were is kept for two years, and of a product that changes all the time only its last changes. What is kept of it can still be gone back to.
func TestOldHistoryGoes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.cfg.Kept.Versions = 10
	staff := asStaff(t.Context())
	old, busy := s.create(staff, mug("Old")), s.create(staff, mug("Busy"))
	rename := func(id, name string) {
		t.Helper()
		s.mustUpdate(staff, &productv1.Product{Id: id, Name: name}, "name")
	}
	for n := range 3 {
		rename(old.GetId(), fmt.Sprint("Old ", n))
	}
	for n := range 15 {
		rename(busy.GetId(), fmt.Sprint("Busy ", n))
	}
	s.exec(`update product_history set change_time = change_time - interval '731 days' where product_id = $1 and version < 3`, old.GetId())
	if removed := s.removeOld(); removed != 2+5 {
		t.Errorf("%d rows are gone", removed)
	}
	if got := s.text(`select string_agg(version::text, ' ' order by version) from product_history where product_id = $1`, old.GetId()); got != "3" {
		t.Errorf("of the old product versions %s are kept", got)
	}
	if got := s.text(`select min(version) || ' ' || count(*) from product_history where product_id = $1`, busy.GetId()); got != "6 10" {
		t.Errorf("of the busy product are kept: %s", got)
	}
	if _, err := s.RestoreProduct(staff, &productv1.RestoreProductRequest{Id: busy.GetId(), Version: 6}); err != nil {
		t.Error(err)
	}
	if removed := s.removeOld(); removed != 1 { // going back was one more change
		t.Errorf("again: %d rows are gone", removed)
	}
	if _, err := s.RemoveOldHistory(t.Context(), &productv1.RemoveOldHistoryRequest{Step: "eyJwIjoieCJ9"}); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("a step that nobody returned: %v", err)
	}
}

// A reduction is told with the lowest price of the 30 days before it began, also when that was years ago. Nothing else of old prices is kept.
func TestOldPricesGo(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(`[{"key": "years", "name": "Reduced for years", "price": "70", "compare_at_price": "99"}, {"key": "plain", "name": "Never reduced", "price": "5"},
		{"key": "always", "name": "Reduced from the beginning", "price": "7", "compare_at_price": "9"}, {"key": "gone", "name": "Gone", "price": "7"}]`)
	// Prices as they follow each other: days ago, price, and the price before if it is reduced.
	history := func(key string, prices ...[3]int) (variant string) {
		t.Helper()
		variant = s.products()[key].GetVariants()[0].GetId()
		for i, p := range prices {
			until := 0
			if i+1 < len(prices) {
				until = prices[i+1][0]
			}
			s.exec(`insert into product_price_history (variant_id, from_time, until_time, currency, price_minor, compare_at_minor)
				values ($1, now() - make_interval(days => $2), now() - make_interval(days => $3), 'USD', $4, nullif($5, 0))`, variant, p[0], until, p[1], p[2])
		}
		return variant
	}
	variants := []string{
		history("years", [3]int{2000, 100, 0}, [3]int{1500, 60, 0}, [3]int{1025, 50, 0}, [3]int{1010, 80, 0}, [3]int{1000, 70, 99}, [3]int{900, 65, 99}, [3]int{100, 60, 99}),
		history("plain", [3]int{2000, 3, 0}, [3]int{1000, 4, 0}),
		history("always", [3]int{2000, 5, 9}, [3]int{1000, 6, 9}, [3]int{900, 7, 9}),
		history("gone", [3]int{2000, 5, 0}, [3]int{1000, 6, 0}, [3]int{900, 7, 0}),
	}
	s.exec(`delete from product_variants where id = $1`, variants[3])
	lowest := func() string {
		t.Helper()
		answer, err := s.BatchGetLowestPrices(s.seeing(), &productv1.BatchGetLowestPricesRequest{VariantIds: variants})
		if err != nil || len(answer.GetPrices()) != 3 {
			t.Fatalf("%v %v", answer, err)
		}
		var told []string
		for _, p := range answer.GetPrices() {
			for i, variant := range variants {
				if p.GetVariantId() == variant {
					told = append(told, fmt.Sprintf("%d: %v since %v", i, p.GetLowest(), p.GetReducedSince().AsTime()))
				}
			}
		}
		return strings.Join(told, "\n")
	}
	before := lowest()
	s.removeOld()
	for i, want := range []string{"60 50 80 65 60", "4", "5 7", "7"} {
		if got := s.text(`select coalesce(string_agg(price_minor::text, ' ' order by from_time), '') from product_price_history where variant_id = $1`, variants[i]); got != want {
			t.Errorf("%d: prices %q are kept, want %q", i, got, want)
		}
	}
	if after := lowest(); after != before {
		t.Errorf("shoppers are told\n%s\nand were told\n%s", after, before)
	}
	if removed := s.removeOld(); removed != 0 {
		t.Errorf("again: %d rows are gone", removed)
	}
}

// Imports go after a year with what they refused, but for the last of each source; and what is gone is told to programs for two years.
func TestOldRunsGo(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(`[{"key": "a", "name": "A", "price": "1"}]`)
	second := s.mustSync(`[{"key": "a", "name": "A2", "price": "1"}]`)
	s.exec(`insert into product_sync_rejects (run_id, row, part, column_name, value, reason, product_key) select id, 2, 0, '', '', 'no', '' from product_sync_runs`)
	a := s.products()["a"].GetId()
	if _, err := s.DeleteProduct(asStaff(t.Context()), &productv1.DeleteProductRequest{Id: a}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RecordProductChanges(t.Context(), &productv1.RecordProductChangesRequest{ProductIds: []string{a}}); err != nil {
		t.Fatal(err)
	}
	if removed := s.removeOld(); removed != 0 {
		t.Fatalf("%d rows are gone that are new", removed)
	}
	s.exec(`update product_sync_runs set start_time = start_time - interval '731 days', end_time = end_time - interval '731 days'`)
	s.exec(`update product_changes set change_time = change_time - interval '731 days'`)
	if _, err := s.UndoSyncRun(t.Context(), &productv1.UndoSyncRunRequest{RunId: second.GetId()}); connect.CodeOf(err) != connect.CodeFailedPrecondition || !strings.Contains(err.Error(), "730 days") {
		t.Errorf("undoing what is not kept: %v", err)
	}
	if removed := s.removeOld(); removed != 2 {
		t.Errorf("%d rows are gone", removed)
	}
	if got := s.text(`select string_agg(id::text, '') || count(*) from product_sync_runs`); got != second.GetId()+"1" {
		t.Errorf("runs %s are kept", got)
	}
	if got := s.text(`select (select count(*) from product_sync_rejects) || ' ' || (select count(*) from product_changes)`); got != "1 0" {
		t.Errorf("refused rows and changes kept: %s", got)
	}
}
