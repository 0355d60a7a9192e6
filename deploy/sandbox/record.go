package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// record is the provider's memory: a file of JSON lines that only grows. A line that matters is on the disk before
// anyone is told of it.
type record struct {
	mu     sync.Mutex
	file   *os.File
	size   int64
	broken error // set when the disk failed us: nothing is promised from then on
}

// openRecord hands every entry to replay, in order. A last line without an end was never answered for (the process died
// while writing it) and is cut off; any other damage stops the start.
func openRecord(path string, replay func(entry) error) (*record, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the record: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the record: %w", err)
	}
	r := &record{file: file}
	if err := lock(file); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is in use by another sandbox: %w", path, err), file.Close())
	}
	if err := r.prepare(path, replay); err != nil {
		return nil, errors.Join(err, unlock(file), file.Close())
	}
	return r, nil
}

func (r *record) prepare(path string, replay func(entry) error) error {
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("make the record durable: %w", err)
	}
	size, err := readEntries(r.file, replay)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	r.size = size
	if err := r.file.Truncate(size); err != nil {
		return fmt.Errorf("cut the unfinished line of %s: %w", path, err)
	}
	return nil
}

// readEntries returns where the last whole line ends.
func readEntries(from io.Reader, replay func(entry) error) (int64, error) {
	lines := bufio.NewReader(from)
	var size int64
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return size, nil
		}
		if err != nil {
			return 0, err
		}
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return 0, fmt.Errorf("line %d: %w", number, err)
		}
		if err := replay(e); err != nil {
			return 0, fmt.Errorf("line %d: %w", number, err)
		}
		size += int64(len(line))
	}
}

// append writes one entry; durable waits until the disk has it. After a failed write the line is taken back, and if that
// is in doubt the record refuses all further entries until a restart reads what is really there.
func (r *record) append(e entry, durable bool) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode entry: %w", err)
	}
	line = append(line, '\n')
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken != nil {
		return r.broken
	}
	if _, err := r.file.Write(line); err != nil {
		if cut := r.file.Truncate(r.size); cut != nil {
			r.broken = fmt.Errorf("record unusable: %w", errors.Join(err, cut))
		}
		return fmt.Errorf("write entry: %w", err)
	}
	r.size += int64(len(line))
	if !durable {
		return nil
	}
	if err := r.file.Sync(); err != nil {
		r.broken = fmt.Errorf("record unusable: %w", err) // what the disk holds now is unknown
		return r.broken
	}
	return nil
}

// health is nil as long as entries can be written.
func (r *record) health() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.broken
}

func (r *record) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken == nil {
		r.broken = errors.New("record closed")
	}
	return errors.Join(unlock(r.file), r.file.Close())
}
