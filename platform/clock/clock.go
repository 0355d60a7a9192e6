// Package clock owns the time of day: the only place in the shop that reads it.
package clock

import (
	"fmt"
	"os"
	"time"
)

// offset moves this process's clock. A test of skew between machines sets CLOCK_OFFSET for one process ("-90s", "2h");
// nothing else does, since tools that fake the system's clock do not move a Go program's.
var offset = readOffset(os.Getenv("CLOCK_OFFSET"))

// Now returns the time in UTC to the microsecond, which is what PostgreSQL keeps: a time written and read again is equal.
func Now() time.Time {
	return time.Now().Add(offset).UTC().Truncate(time.Microsecond)
}

// Since returns how long ago t was.
func Since(t time.Time) time.Duration {
	return Now().Sub(t)
}

// Until returns how far ahead t is.
func Until(t time.Time) time.Duration {
	return t.Sub(Now())
}

// readOffset stops the program on a value that is no duration: a shop with a clock nobody meant must not start.
func readOffset(value string) time.Duration {
	if value == "" {
		return 0
	}
	moved, err := time.ParseDuration(value)
	if err != nil {
		fmt.Fprintf(os.Stderr, "CLOCK_OFFSET: %v\n", err)
		os.Exit(1)
	}
	return moved
}

var started = time.Now()

// Running returns how long this process has run. It never jumps, so spans are measured by it, not by Now.
func Running() time.Duration {
	return time.Since(started)
}
