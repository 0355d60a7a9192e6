package e2e

import (
	"os"
	"slices"
	"testing"
)

// full has the drills run their whole numbers, which takes an hour or two; else a few rounds show that they work.
var full = os.Getenv("TRADEWIND_FULL") == "1"

// The drills starve and break a shop on purpose while people buy. Beside other tests they would prove little, so the launcher's test command
// runs them by themselves, by the beginning of their name.

// TestDrill tries a shop as it is run for many: two processes for each service, two workers, a replica, a cache and a broker.
func TestDrill(t *testing.T) {
	f := openFragile(t)
	for _, drill := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"races", func(t *testing.T) { races(t, f.shop) }},
		{"faults", func(t *testing.T) { faults(t, f) }},
		{"crashes", func(t *testing.T) { crashes(t, f.shop) }},
	} {
		if !t.Run(drill.name, drill.run) {
			return // what comes after would only fail for the same reason
		}
	}
}

// TestDrillOneProcess tries a shop as it is run on a laptop.
func TestDrillOneProcess(t *testing.T) {
	s := open(t, allInOne)
	s.stockUp(t, 100_000, s.column(t, "select variant_id::text from stock_items where on_hand > 0")...)
	crashesInOneProcess(t, s)
	t.Run("after imports", func(t *testing.T) { s.afterImportsDie(t) })
}

// TestDrillChaos has everything go wrong at once, however the shop is spread over processes.
func TestDrillChaos(t *testing.T) {
	quick := func(process string) []string {
		if process == "sandbox" {
			return []string{"HANG=7s"} // a little longer than the shop waits
		}
		return nil
	}
	t.Run("one process", func(t *testing.T) {
		s := open(t, allInOne, quick)
		s.chaos(t, "server", "worker1", "sandbox")
	})
	t.Run("many", func(t *testing.T) {
		s := open(t, spread, quick)
		s.chaos(t, slices.Concat(s.victims(), slices.Repeat([]string{"server", "sandbox", "worker1", "worker2"}, 3))...) // the others come in pairs
	})
}
