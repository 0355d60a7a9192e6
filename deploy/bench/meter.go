package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of /proc/*/stat on Linux: a hundredth of a second.
const tick = 10 * time.Millisecond

// measured are the programs whose CPU counts as an operation's. The payment provider is somebody else's.
var measured = []string{"server", "worker", "primary", "replica"}

// cpu is how much a process and all its descendants have worked, those that ended and were waited for among them.
func cpu(pid int) (time.Duration, error) {
	stats, err := readStats()
	if err != nil {
		return 0, err
	}
	root, found := stats[pid]
	if !found {
		return 0, fmt.Errorf("process %d is gone", pid)
	}
	sum := root.ticks
	family := []int{pid}
	for len(family) > 0 {
		parent := family[0]
		family = family[1:]
		for child, stat := range stats {
			if stat.parent == parent {
				sum += stat.ticks
				family = append(family, child)
			}
		}
	}
	return time.Duration(sum) * tick, nil
}

type stat struct {
	parent int
	ticks  int64
}

func readStats() (map[int]stat, error) {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	stats := make(map[int]stat, len(paths))
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			continue // it ended meanwhile
		}
		pid, err := strconv.Atoi(strings.Split(path, "/")[2])
		if err != nil {
			return nil, err
		}
		_, after, _ := strings.Cut(string(content), ") ") // the name before it may hold anything
		if at := strings.LastIndex(string(content), ") "); at >= 0 {
			after = string(content)[at+2:]
		}
		fields := strings.Fields(after)
		if len(fields) < 15 {
			continue
		}
		s := stat{}
		if s.parent, err = strconv.Atoi(fields[1]); err != nil {
			return nil, err
		}
		for _, field := range fields[11:15] { // utime, stime, and those of children that ended
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return nil, err
			}
			s.ticks += n
		}
		stats[pid] = s
	}
	return stats, nil
}

// usage is what programs have worked, by name.
type usage map[string]time.Duration

// use reads what some of the shop's programs have worked so far; extra processes count under their names.
func (s *shop) use(names []string, extra map[string]int) (usage, error) {
	used := usage{}
	for _, name := range names {
		d, err := cpu(s.pids[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		used[name] = d
	}
	for name, pid := range extra {
		d, err := cpu(pid)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		used[name] = d
	}
	return used, nil
}

func (u usage) since(before usage) usage {
	diff := usage{}
	for name, d := range u {
		diff[name] = d - before[name]
	}
	return diff
}

func (u usage) sum() time.Duration {
	var sum time.Duration
	for _, d := range u {
		sum += d
	}
	return sum
}

// split says who worked how much for one operation: "server 0.31, primary 0.05".
func (u usage) split(ops int64) string {
	names := make([]string, 0, len(u))
	for name := range u {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return int(u[b] - u[a]) })
	var said []string
	for _, name := range names {
		if each := perOp(u[name], ops); each >= 0.005 {
			said = append(said, fmt.Sprintf("%s %s", name, short(each)))
		}
	}
	return strings.Join(said, ", ")
}

// perOp is milliseconds of CPU for one operation.
func perOp(d time.Duration, ops int64) float64 {
	if ops == 0 {
		return 0
	}
	return d.Seconds() * 1000 / float64(ops)
}

// short writes a number with as many digits as mean something.
func short(n float64) string {
	switch {
	case n >= 100:
		return strconv.FormatFloat(n, 'f', 0, 64)
	case n >= 10:
		return strconv.FormatFloat(n, 'f', 1, 64)
	case n >= 1:
		return strconv.FormatFloat(n, 'f', 2, 64)
	default:
		return strconv.FormatFloat(n, 'f', 3, 64)
	}
}

// resident is a process's memory now and at its peak, in megabytes (10⁶ bytes).
func resident(pid int) (now, peak float64, err error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(content)) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "VmRSS:" && fields[0] != "VmHWM:" {
			continue
		}
		kib, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			return 0, 0, err
		}
		if fields[0] == "VmRSS:" {
			now = kib * 1024 / 1e6
		} else {
			peak = kib * 1024 / 1e6
		}
	}
	return now, peak, nil
}

// forgetPeak makes the kernel count a process's peak from now on.
func forgetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}
