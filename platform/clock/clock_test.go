package clock

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

// A time written to the database and read again must equal the one in memory.
func TestNowIsUTCToTheMicrosecond(t *testing.T) {
	t.Parallel()
	now := Now()
	if now.Location() != time.UTC {
		t.Errorf("location is %v, want UTC", now.Location())
	}
	if now.Nanosecond()%1000 != 0 {
		t.Errorf("%d nanoseconds, want whole microseconds", now.Nanosecond())
	}
	if away := time.Since(now).Abs(); away > time.Minute {
		t.Errorf("the clock is %v away from the system's without an offset", away)
	}
}

// One process's clock can be moved without touching the machine's.
func TestOffsetMovesTheClock(t *testing.T) {
	t.Parallel()
	if os.Getenv("CLOCK_TEST_CHILD") != "" {
		if away := time.Until(Now()); away < 89*time.Minute || away > 91*time.Minute {
			t.Fatalf("the clock is %v ahead, want 90 minutes", away)
		}
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestOffsetMovesTheClock$")
	child.Env = append(os.Environ(), "CLOCK_TEST_CHILD=1", "CLOCK_OFFSET=90m")
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	child = exec.Command(os.Args[0], "-test.run=^TestNowIsUTCToTheMicrosecond$")
	child.Env = append(os.Environ(), "CLOCK_OFFSET=tomorrow")
	if out, err := child.CombinedOutput(); err == nil {
		t.Fatalf("a process with a senseless offset started\n%s", out)
	}
}
