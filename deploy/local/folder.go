package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const module = "github.com/tradewind-commerce/tradewind"

// findClone walks up from a folder to the root of the clone that holds it.
func findClone(from string) (string, error) {
	for dir := from; ; dir = filepath.Dir(dir) {
		content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(content), "module "+module+"\n") {
			return filepath.EvalSymlinks(dir)
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s is not inside a clone of Tradewind", from)
		}
	}
}

// dataFolder is where a clone keeps its data: two clones never share any. The data of root is not in its home, since
// PostgreSQL refuses to run as root and its user may not enter there.
func dataFolder(clone string, uid int, getenv func(string) string, home func() (string, error)) (string, error) {
	sum := sha256.Sum256([]byte(clone))
	name := hex.EncodeToString(sum[:6])
	if chosen := getenv("TRADEWIND_DATA"); filepath.IsAbs(chosen) { // a second shop of this clone, as a measurement needs
		return filepath.Join(chosen, name), nil
	}
	if uid == 0 {
		return filepath.Join("/var/lib/tradewind", name), nil
	}
	if state := getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "tradewind", name), nil
	}
	dir, err := home()
	if err != nil {
		return "", fmt.Errorf("find a place for data: %w; set XDG_STATE_HOME to a folder", err)
	}
	return filepath.Join(dir, ".local", "state", "tradewind", name), nil
}

// A site is one set of processes with its own data: the shop, or the test servers.
type site struct {
	name   string
	title  string
	path   string
	stages []stage
}

func (l *launcher) shop() site {
	return site{"shop", "shop", filepath.Join(l.data, "shop"), shopStages}
}

func (l *launcher) test() site {
	return site{"test", "test servers", filepath.Join(l.data, "test"), testStages}
}

func (s site) join(parts ...string) string {
	return filepath.Join(append([]string{s.path}, parts...)...)
}

// memory is where the test servers' databases are while the machine has enough of it: tests make and drop a thousand databases of a thousand files, which is most of their time on a disk.
func (s site) memory() string {
	return filepath.Join(memoryFolder, "tradewind-"+filepath.Base(filepath.Dir(s.path))+"-"+s.name)
}

// inMemory makes the folder for that, unless memory is short or somebody else has laid something there. What was ours is gone.
func (s site) inMemory() error {
	if err := s.leaveMemory(); err != nil || exists(s.memory()) || !roomInMemory(memoryFolder) {
		return err
	}
	return makeFolder(s.memory(), 0o755)
}

// leaveMemory gives the memory back.
func (s site) leaveMemory() error {
	if !ownFolder(s.memory()) {
		return nil
	}
	return os.RemoveAll(s.memory())
}

// data is where a PostgreSQL server of the site has its data.
func (s site) data(name string) string {
	if ownFolder(s.memory()) {
		return filepath.Join(s.memory(), name)
	}
	return s.join(name)
}

func (s site) recordPath(name string) string { return s.join("run", name+".json") }
func (s site) logPath(name string) string    { return s.join("log", name+".log") }

// prepare makes the folders of a site. The way to them is open to PostgreSQL's user whatever the umask says.
func (l *launcher) prepare(s site) error {
	for _, dir := range []string{filepath.Dir(l.data), l.data, s.path} {
		if err := makeFolder(dir, 0o755); err != nil {
			return err
		}
	}
	for _, dir := range []string{s.join("run"), s.join("log")} {
		if err := makeFolder(dir, 0o700); err != nil {
			return err
		}
	}
	// Only for people: which clone a hashed name belongs to.
	return os.WriteFile(filepath.Join(l.data, "clone"), []byte(l.clone+"\n"), 0o644)
}

// plainFolder is a private folder of a site whose path is short and plain enough for a socket, whose length is bounded,
// and for RabbitMQ, which hands its path to a shell. That is beside the data unless the home's own path is neither.
func (l *launcher) plainFolder(s site, as *owner, name string) (string, error) {
	dir := l.plainPath(s, name)
	if err := as.folder(dir); err != nil {
		return "", err
	}
	// In a folder open to all, someone else may have been there first.
	if found, err := os.Lstat(dir); err != nil || !found.IsDir() || found.Mode().Perm() != 0o700 {
		return "", fmt.Errorf("%s is not a private folder: remove it", dir)
	}
	return dir, nil
}

func (l *launcher) plainPath(s site, name string) string {
	dir := s.join(name)
	const longest = 103 - len("/.s.PGSQL.32767.lock")
	if len(dir) > longest || strings.Trim(dir, plainCharacters) != "" {
		return filepath.Join("/tmp", "tradewind-"+filepath.Base(l.data)+"-"+s.name+"-"+name)
	}
	return dir
}

const plainCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-"

// makeFolder makes one folder, with its parents, and leaves an existing one's permissions alone.
func makeFolder(path string, mode fs.FileMode) error {
	if found, err := os.Stat(path); err == nil && found.IsDir() {
		return nil
	}
	if err := os.MkdirAll(path, mode); err != nil {
		return err
	}
	return os.Chmod(path, mode)
}

// exclusive lets one launcher at a time start or stop what a lock file stands for. The lock ends with the process, so
// a crash leaves none behind.
func (l *launcher) exclusive(ctx context.Context, path string) (release func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	told := false
	err = poll(ctx, 100*time.Millisecond, func() (bool, error) {
		taken, err := lockFile(file, true)
		if err == nil && !taken && !told {
			told = true
			l.say("waiting for another launcher that is starting or stopping something")
		}
		return taken, err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	return func() { _ = file.Close() }, nil
}

// poll asks until the answer is yes, an error, or the end of the context.
func poll(ctx context.Context, every time.Duration, ask func() (bool, error)) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if done, err := ask(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// writeFile replaces a file in one step, so that a reader or a crash never meets half of it.
func writeFile(path string, content []byte, mode fs.FileMode) error {
	fresh := path + ".new"
	if err := os.WriteFile(fresh, content, mode); err != nil {
		return err
	}
	if err := os.Chmod(fresh, mode); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}
