package feed

import (
	"errors"
	"io"
)

var (
	errLong   = errors.New("record too long") // the record being read fills the largest window
	errDamage = errors.New("file breaks off") // what was compressed cannot be unpacked any further
)

// window is the part of a file around the record being read: everything from the record's first byte on, so that a record
// that turns out broken can be read again as lines.
type window struct {
	from       io.Reader
	buf        []byte
	start, end int
	err        error
}

func newWindow(from io.Reader) *window {
	return &window{from: from, buf: make([]byte, 64<<10)}
}

// rest is what has been read from the record's start on.
func (w *window) rest() []byte { return w.buf[w.start:w.end] }

// fill reads more after what is there. It fails with errLong, or with how the file ended.
func (w *window) fill() error {
	if w.err != nil {
		return w.err
	}
	if w.end == len(w.buf) {
		switch {
		case w.start > 0:
			w.end = copy(w.buf, w.buf[w.start:w.end])
			w.start = 0
		case len(w.buf) >= maxRecord:
			return errLong
		default:
			w.buf = append(w.buf, make([]byte, len(w.buf))...)
		}
	}
	for range 100 {
		n, err := w.from.Read(w.buf[w.end:])
		w.end += n
		if err != nil {
			w.err = err
		}
		if n > 0 {
			return nil
		}
		if w.err != nil {
			return w.err
		}
	}
	w.err = io.ErrNoProgress
	return w.err
}

// sample reads ahead until at least n bytes are there, or the file ends.
func (w *window) sample(n int) {
	for w.end-w.start < n {
		if w.fill() != nil {
			return
		}
	}
}

// at returns the byte at a distance from the record's start.
func (w *window) at(i int) (byte, error) {
	for w.start+i >= w.end {
		if err := w.fill(); err != nil {
			return 0, err
		}
	}
	return w.buf[w.start+i], nil
}

// take ends the record after n bytes.
func (w *window) take(n int) { w.start += n }
