package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// watchEvery is how often commands show how far they are.
const watchEvery = time.Second

// progressText says in a line how far a run is.
func progressText(run *productv1.SyncRun) string {
	var text strings.Builder
	applied := run.GetCreated() + run.GetUpdated() + run.GetUnchanged()
	unit := "rows/s"
	switch run.GetState() {
	case productv1.SyncState_SYNC_STATE_READING:
		fmt.Fprintf(&text, "reading: %d rows", run.GetRowsRead())
		if run.GetBytesTotal() > 0 {
			fmt.Fprintf(&text, " (%d%%)", run.GetBytesRead()*100/run.GetBytesTotal())
		}
	case productv1.SyncState_SYNC_STATE_APPLYING:
		fmt.Fprintf(&text, "applying: %d of %d products", applied, run.GetProductsTotal())
		unit = "products/s"
	default:
		return "waiting for a worker"
	}
	if run.GetRowsPerSecond() > 0 {
		fmt.Fprintf(&text, ", %d %s", run.GetRowsPerSecond(), unit)
	}
	if run.GetTimeLeft() != nil {
		fmt.Fprintf(&text, ", %v left", run.GetTimeLeft().AsDuration())
	}
	if run.GetRejectedRows() > 0 {
		fmt.Fprintf(&text, ", %d rows rejected", run.GetRejectedRows())
	}
	return text.String()
}

// progressLine is rewritten in place on a terminal. Elsewhere each change is a line of its own.
type progressLine struct {
	out      io.Writer
	terminal bool
	shown    string
}

func (p *progressLine) show(text string) {
	if text == p.shown {
		return
	}
	p.shown = text
	if p.terminal {
		_, _ = fmt.Fprintf(p.out, "\r\x1b[K%s", text) // progress that cannot be shown stops nothing
	} else {
		_, _ = fmt.Fprintln(p.out, text)
	}
}

func (p *progressLine) end() {
	if p.terminal && p.shown != "" {
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	about, err := file.Stat()
	return err == nil && about.Mode()&os.ModeCharDevice != 0
}
