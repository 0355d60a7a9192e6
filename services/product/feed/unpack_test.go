package feed

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// What is unpacked of one file is counted together, whoever reads it, and each part may grow by its own packed size only.
func TestUnpacking(t *testing.T) {
	t.Parallel()
	packed := func(n int64) func() int64 { return func() int64 { return n } }
	of := func(room *allowance, size int, packed func() int64) error {
		_, err := io.Copy(io.Discard, &unpacking{from: strings.NewReader(strings.Repeat("x", size)), room: room, packed: packed})
		return err
	}
	room := &allowance{30 << 20, 30 << 20}
	if err := of(room, 9<<20, packed(0)); err != nil {
		t.Errorf("what need not be in proportion: %v", err)
	}
	if err := of(room, 11<<20, packed(1<<10)); !errors.Is(err, errGrowth) {
		t.Errorf("11 MB of one packed kB: %v", err)
	}
	if err := of(room, 9<<20, packed(1<<20)); err != nil {
		t.Errorf("in proportion: %v", err)
	}
	if err := of(room, 9<<20, nil); !errors.Is(err, errSize) {
		t.Errorf("the fourth part of a file that holds three: %v", err)
	}
	if err := of(room, 1, nil); !errors.Is(err, errSize) {
		t.Errorf("after the end of the room: %v", err)
	}
}
