package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/tradewind-commerce/tradewind/platform/clock"
)

func value(counter prometheus.Counter) float64 {
	var m dto.Metric
	if err := counter.Write(&m); err != nil {
		panic(err)
	}
	return m.GetCounter().GetValue()
}

// Those who run the shop see each side's connections; a second database in the process is no error, and leaves the first's alone.
func TestMetricsAreShownOnceAndGoWithTheDatabase(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewPedanticRegistry()
	first := &DB{primary: &server{name: "db:5432", pool: emptyPool(t)}, counts: newCounts()}
	second := &DB{primary: &server{name: "db:5432", pool: emptyPool(t)}, counts: newCounts()}
	first.register(Config{AppName: "server", Metrics: registry})
	second.register(Config{AppName: "server", Metrics: registry})
	second.Close()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, family := range families {
		names = append(names, family.GetName())
	}
	for _, want := range []string{"tradewind_postgres_connections", "tradewind_postgres_reads_total", "tradewind_postgres_transaction_seconds", "tradewind_postgres_acquire_wait_seconds_total"} {
		if !strings.Contains(strings.Join(names, " "), want) {
			t.Errorf("%s is not among %v", want, names)
		}
	}
	first.Close()
	if families, err := registry.Gather(); err != nil || len(families) != 0 {
		t.Errorf("%d families are left after Close, %v", len(families), err)
	}
}

// Positions of the primary's log over time give a lag in seconds, without comparing clocks.
func TestLag(t *testing.T) {
	t.Parallel()
	h := new(horizon)
	if lag := h.lag(0); lag != 0 {
		t.Errorf("nothing is known, lag %v", lag)
	}
	now := clock.Running()
	h.add(now-30*time.Second, 100)
	h.add(now-20*time.Second, 200)
	h.add(now-10*time.Second, 200)
	for lsn, want := range map[LSN]time.Duration{50: 30 * time.Second, 100: 20 * time.Second, 150: 20 * time.Second, 200: 0, 300: 0} {
		if lag := h.lag(lsn); lag < want || lag > want+5*time.Second {
			t.Errorf("at %v the lag is %v, want %v", lsn, lag, want)
		}
	}
	if h.behind(200, now-15*time.Second) || !h.behind(201, now-15*time.Second) || h.behind(201, now-5*time.Second) {
		t.Error("a replica ahead of a primary that was asked later is one that left it")
	}
	h.add(now-5*time.Second, 150) // another primary, with less
	if lag := h.lag(120); lag < 5*time.Second || lag > 10*time.Second {
		t.Errorf("after a failover the lag is %v, want 5 s", lag)
	}
	for i := range 10 * remembered {
		h.add(0, LSN(1000+i))
	}
	if len(h.samples) != remembered {
		t.Errorf("%d samples are kept", len(h.samples))
	}
}
