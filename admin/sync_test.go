package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// What replaces itself while a run goes on holds, at the end, what was refused and the way to the file: nobody has to load the page again.
func TestEndOfARun(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	run := d.handIn(`[{"key": "jug", "name": "Small jug", "price": "8.00", "stock": 5}, {"key": "broken", "name": "Broken jug", "price": "a lot", "stock": 5}]`)
	d.open("/sync/" + run)
	live := d.page.Find("#run[hx-get='/sync/" + run + "'][hx-select='#run'][hx-swap='outerHTML']")
	if live.Length() != 1 {
		t.Fatalf("a run that waits does not look again: %s", d.text("main"))
	}
	d.perform(run)
	d.open("/sync/"+run, "HX-Request", "true")
	if d.page.Find("#run").Length() != 1 || d.page.Find("[hx-get], [hx-trigger]").Length() != 0 {
		t.Errorf("a run that has ended still looks again, or its part is missing")
	}
	file := d.page.Find("#run a[href$='/rejected.csv']")
	if file.Length() != 1 || d.page.Find("#run tbody tr").Length() != 1 {
		t.Errorf("the part that replaces itself does not hold what was refused: %s", d.text("#run"))
	}
	d.open(file.AttrOr("href", ""))
	if d.status != http.StatusOK || len(d.body) < len("row,key") || d.body[:7] != "row,key" {
		t.Errorf("the file of refused rows: %d %q", d.status, d.body)
	}
}

// The pace and the time left are the run's own, so that the page and the terminal tell the same.
func TestProgressIsTheRuns(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		run             *productv1.SyncRun
		rate, remaining string
	}{
		"reading": {
			&productv1.SyncRun{State: productv1.SyncState_SYNC_STATE_READING, RowsRead: 500, RowsPerSecond: 3100, TimeLeft: durationpb.New(17 * time.Second)},
			"3,100 rows a second", "about 17 seconds left to read",
		},
		"applying": {
			&productv1.SyncRun{State: productv1.SyncState_SYNC_STATE_APPLYING, RowsRead: 500, RowsPerSecond: 1, TimeLeft: durationpb.New(2 * time.Minute)},
			"1 product a second", "about 2 minutes left to apply",
		},
		"not known yet": {&productv1.SyncRun{State: productv1.SyncState_SYNC_STATE_READING, RowsRead: 500}, "", ""},
		"ended":         {&productv1.SyncRun{State: productv1.SyncState_SYNC_STATE_DONE, RowsPerSecond: 3100}, "", ""},
	} {
		if got := progress(tc.run); got.Rate != tc.rate || got.Remaining != tc.remaining {
			t.Errorf("%s: %q and %q, want %q and %q", name, got.Rate, got.Remaining, tc.rate, tc.remaining)
		}
	}
}

// Who undoes an import of a source that is asked by itself is told that its schedule may import another file soon.
func TestUndoTellsOfTheSchedule(t *testing.T) {
	t.Parallel()
	v := visit{staff: &authv1.Staff{Permissions: []string{"products.write"}}}
	run := &productv1.SyncRun{Id: "r", State: productv1.SyncState_SYNC_STATE_DONE, Created: 1}
	for want, next := range map[string]*timestamppb.Timestamp{"asked again on 1 Jan 1970, 00:01 UTC": {Seconds: 60}, "Stock stays.": nil} {
		actions := nextFor(v, run, &productv1.Source{NextTime: next})
		if len(actions) != 1 || !strings.Contains(actions[0].Confirm, want) || strings.Contains(actions[0].Confirm, "asked again") != (next != nil) {
			t.Errorf("%v, want %q", actions, want)
		}
	}
}
