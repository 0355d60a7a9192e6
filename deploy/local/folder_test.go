package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Data of one clone must never be taken for another's, nor lie where PostgreSQL's user cannot enter.
func TestDataFolder(t *testing.T) {
	t.Parallel()
	home := func() (string, error) { return "/home/ada", nil }
	none := func(string) string { return "" }
	state := func(value string) func(string) string {
		return func(name string) string { return map[string]string{"XDG_STATE_HOME": value}[name] }
	}
	chosen := func(name string) string { return map[string]string{"TRADEWIND_DATA": "/srv/second"}[name] }
	tests := map[string]struct {
		uid    int
		getenv func(string) string
		want   string
	}{
		"root":               {0, state("/root/state"), "/var/lib/tradewind/"},
		"a user":             {1000, none, "/home/ada/.local/state/tradewind/"},
		"a chosen folder":    {1000, state("/data/state"), "/data/state/tradewind/"},
		"a relative folder":  {1000, state("state"), "/home/ada/.local/state/tradewind/"},
		"an unset variable":  {1000, state(""), "/home/ada/.local/state/tradewind/"},
		"root without state": {0, none, "/var/lib/tradewind/"},
		"another shop":       {0, chosen, "/srv/second/"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, err := dataFolder("/src/one", tc.uid, tc.getenv, home)
			if err != nil {
				t.Fatal(err)
			}
			two, _ := dataFolder("/src/two", tc.uid, tc.getenv, home)
			if !strings.HasPrefix(one, tc.want) || one == two {
				t.Errorf("data of two clones in %s and %s, want different folders under %s", one, two, tc.want)
			}
		})
	}
	if _, err := dataFolder("/src", 1000, none, func() (string, error) { return "", errors.New("no home") }); err == nil {
		t.Error("without a home there was no error")
	}
}

// The launcher works from any folder of a clone, and refuses to work elsewhere.
func TestFindClone(t *testing.T) {
	t.Parallel()
	clone, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	deep := filepath.Join(clone, "services", "order")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := findClone(deep); err == nil {
		t.Error("found a clone where there is none")
	}
	if err := os.WriteFile(filepath.Join(clone, "go.mod"), []byte("module "+module+"\n\ngo 1.26.0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if found, err := findClone(deep); err != nil || found != clone {
		t.Errorf("found %q, %v; want %q", found, err, clone)
	}
}

// A home with a quote or a very long path must not keep PostgreSQL or RabbitMQ from starting.
func TestPlainPath(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		data   string
		beside bool
	}{
		"usual":     {"/var/lib/tradewind/0123456789ab", true},
		"quote":     {"/home/o'hara/tradewind/0123456789ab", false},
		"blank":     {"/home/my home/tradewind/0123456789ab", false},
		"very long": {"/" + strings.Repeat("long/", 20) + "0123456789ab", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &launcher{data: tc.data}
			path := l.plainPath(l.shop(), "socket")
			if beside := path == filepath.Join(tc.data, "shop", "socket"); beside != tc.beside {
				t.Errorf("the socket goes to %s", path)
			}
			if len(path+"/.s.PGSQL.32767") > 103 {
				t.Errorf("%s is too long for a socket", path)
			}
		})
	}
}

// newSite is a site with its folders, for tests that start and record processes.
func newSite(t *testing.T, stages ...stage) (*launcher, site) {
	t.Helper()
	l := &launcher{clone: t.TempDir(), data: filepath.Join(t.TempDir(), "data"), out: t.Output(), note: t.Output()}
	s := site{name: "shop", title: "shop", path: filepath.Join(l.data, "shop"), stages: stages}
	if err := l.prepare(s); err != nil {
		t.Fatal(err)
	}
	return l, s
}

// The test servers' data is in memory from when the folder is made there until it is given back, and the shop's never is.
func TestDataInMemory(t *testing.T) {
	t.Parallel()
	l := launcher{data: t.TempDir()}
	s, disk := l.test(), l.test().join("primary")
	if got := s.data("primary"); got != disk {
		t.Errorf("before: %s, want %s", got, disk)
	}
	if err := s.inMemory(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.leaveMemory() })
	want := disk
	if roomInMemory(memoryFolder) {
		want = filepath.Join(s.memory(), "primary")
	}
	if got := s.data("primary"); got != want {
		t.Errorf("with the folder: %s, want %s", got, want)
	}
	if got := l.shop().data("primary"); got != l.shop().join("primary") {
		t.Errorf("the shop's: %s", got)
	}
	if err := s.leaveMemory(); err != nil || exists(s.memory()) || s.data("primary") != disk {
		t.Errorf("afterwards: %s, %v", s.data("primary"), err)
	}
}
