package storefront

import (
	"testing"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/clock"
)

// A time of day alone is one of today.
func TestUntil(t *testing.T) {
	t.Parallel()
	now := clock.Now().UTC()
	for end, want := range map[time.Time]string{
		now:                    "15:04 MST",
		now.AddDate(0, 0, 1):   "2 January, 15:04 MST",
		now.AddDate(0, 1, 0):   "2 January, 15:04 MST",
		now.AddDate(1, 0, 0):   "2 January, 15:04 MST",
		now.AddDate(0, 0, -10): "2 January, 15:04 MST",
	} {
		if got := until(end); got != end.Format(want) {
			t.Errorf("%s is %q, want %q", end, got, end.Format(want))
		}
	}
}
