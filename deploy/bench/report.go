package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// side is one side of a comparison, measured in several turns.
type side struct {
	result result
	used   usage
}

func (s *side) add(r result, u usage) {
	s.result = s.result.and(r)
	if s.used == nil {
		s.used = usage{}
	}
	for name, d := range u {
		s.used[name] += d
	}
}

func (s *side) cpu() float64 { return perOp(s.used.sum(), s.result.ops) }

// comparison is the shop beside its baseline.
type comparison struct {
	name, note string
	bytes      int // of an answer
	base, ours side
	// mark is what part of the baseline's the shop should reach.
	mark float64
}

// byCPU is the part of the baseline that the shop reaches, by work done for one operation.
func (c comparison) byCPU() float64 { return c.base.cpu() / c.ours.cpu() }

func (c comparison) byRate() float64 { return c.ours.result.rate() / c.base.result.rate() }

// figure is a single number with a mark that it should not exceed; zero for none.
type figure struct {
	name  string
	value string
	mark  string
	met   bool
	note  string
}

// report gathers what was measured.
type report struct {
	machine     []string
	comparisons []comparison
	figures     []figure
}

func newReport(ctx context.Context) *report {
	r := &report{}
	add := func(name, value string) {
		if value = strings.TrimSpace(value); value != "" {
			r.machine = append(r.machine, name+": "+value)
		}
	}
	say := func(name string, args ...string) string {
		out, err := exec.CommandContext(ctx, name, args...).Output()
		if err != nil {
			return ""
		}
		return string(out)
	}
	add("time", time.Now().UTC().Format("2006-01-02 15:04 UTC"))
	add("commit", say("git", "rev-parse", "--short", "HEAD"))
	add("processors", fmt.Sprintf("%d × %s", runtime.NumCPU(), fieldOf("/proc/cpuinfo", "model name")))
	add("memory", fieldOf("/proc/meminfo", "MemTotal"))
	add("kernel", say("uname", "-sr"))
	add("Go", strings.TrimPrefix(runtime.Version(), "go"))
	add("PostgreSQL", say("pgbench", "--version"))
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		fields := strings.Fields(string(load))
		add("load before (1 min)", fields[0])
	}
	return r
}

func fieldOf(path, name string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(content)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func (r *report) compared(c comparison) {
	r.comparisons = append(r.comparisons, c)
	say("  %s: %s ms CPU, %s/s; baseline %s ms, %s/s; %.2f of it by CPU, %.2f by rate", c.name, short(c.ours.cpu()), short(c.ours.result.rate()),
		short(c.base.cpu()), short(c.base.result.rate()), c.byCPU(), c.byRate())
}

func (r *report) figured(f figure) {
	r.figures = append(r.figures, f)
	say("  %s: %s", f.name, f.value)
}

var comparisonHead = []string{"operation", "CPU ms", "per second", "99 % within", "baseline CPU ms", "per second", "part by CPU", "by rate", "mark", ""}

func (c comparison) cells() []string {
	verdict := "met"
	if c.byCPU() < c.mark {
		verdict = "missed"
	}
	return []string{
		c.name, short(c.ours.cpu()), short(c.ours.result.rate()), c.ours.result.within(99).Round(10 * time.Microsecond).String(), short(c.base.cpu()),
		short(c.base.result.rate()), fmt.Sprintf("%.2f", c.byCPU()), fmt.Sprintf("%.2f", c.byRate()), short(c.mark), verdict,
	}
}

func (c comparison) details() string {
	text := fmt.Sprintf("%s: %s. CPU ms by process: %s; baseline: %s.", c.name, c.note, c.ours.used.split(c.ours.result.ops), c.base.used.split(c.base.result.ops))
	if c.bytes > 0 {
		text += fmt.Sprintf(" %d bytes an answer, not compressed.", c.bytes)
	}
	return text
}

func (f figure) verdict() string {
	switch {
	case f.mark == "":
		return ""
	case f.met:
		return "met"
	default:
		return "missed"
	}
}

func (r *report) text(out io.Writer) error {
	fmt.Fprintln(out, strings.Join(r.machine, "\n"))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if len(r.comparisons) > 0 {
		fmt.Fprintln(table, "\n"+strings.Join(comparisonHead, "\t"))
		for _, c := range r.comparisons {
			fmt.Fprintln(table, strings.Join(c.cells(), "\t"))
		}
	}
	fmt.Fprintln(table, "\nfigure\tmeasured\tmark\t\t")
	for _, f := range r.figures {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", f.name, f.value, f.mark, f.verdict(), f.note)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, c := range r.comparisons {
		fmt.Fprintln(out, c.details())
	}
	return nil
}

func (r *report) markdown(out io.Writer) error {
	fmt.Fprintf(out, "%s.\n", strings.Join(r.machine, "; "))
	row := func(cells []string) { fmt.Fprintf(out, "| %s |\n", strings.Join(cells, " | ")) }
	if len(r.comparisons) > 0 {
		fmt.Fprintln(out)
		row(comparisonHead)
		row(strings.Split(strings.Repeat("---,", len(comparisonHead)-1)+"---", ","))
		for _, c := range r.comparisons {
			row(c.cells())
		}
		fmt.Fprintln(out)
		for _, c := range r.comparisons {
			fmt.Fprintf(out, "- %s\n", c.details())
		}
	}
	fmt.Fprintln(out)
	row([]string{"figure", "measured", "mark", "", ""})
	row([]string{"---", "---", "---", "---", "---"})
	for _, f := range r.figures {
		row([]string{f.name, f.value, f.mark, f.verdict(), f.note})
	}
	return nil
}

// memory reports what each of our processes holds after everything that was measured.
func (b *bench) memory() error {
	const mark = 80.0
	for _, name := range []string{"server", "worker", "admin"} {
		now, peak, err := resident(b.shop.pids[name])
		if err != nil {
			return err
		}
		b.report.figured(figure{
			name: name + ", resident after all this", value: fmt.Sprintf("%.0f MB", now), mark: fmt.Sprintf("%.0f MB", mark), met: now <= mark,
			note: fmt.Sprintf("peak %.0f MB", peak),
		})
	}
	return nil
}
