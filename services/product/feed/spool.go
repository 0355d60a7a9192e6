package feed

import (
	"io"
	"os"
)

// maxSpooled is how much of a spool stands in memory; the rest goes to a file.
const maxSpooled = 8 << 20

// spool keeps bytes that must be read out of order: in memory while they are few, then in a temporary file. The file has no name,
// so that a worker that is killed leaves nothing behind; it goes with its last reader.
type spool struct {
	head []byte
	file *os.File
	size int64
}

// Write adds to the end. It fails where there is no room on the disk.
func (s *spool) Write(p []byte) (int, error) {
	total := len(p)
	if room := maxSpooled - len(s.head); room > 0 {
		n := min(room, len(p))
		s.head = append(s.head, p[:n]...)
		p = p[n:]
	}
	s.size += int64(total - len(p))
	if len(p) == 0 {
		return total, nil
	}
	if s.file == nil {
		file, err := os.CreateTemp("", "tradewind-feed-")
		if err != nil {
			return total - len(p), err
		}
		_ = os.Remove(file.Name()) // where an open file cannot be removed, the system's cleaning of temporary files takes it
		s.file = file
	}
	n, err := s.file.Write(p)
	s.size += int64(n)
	return total - len(p) + n, err
}

// ReadAt reads what was written.
func (s *spool) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 || at >= s.size {
		return 0, io.EOF
	}
	n := 0
	if at < int64(len(s.head)) {
		if n = copy(p, s.head[at:]); n == len(p) {
			return n, nil
		}
		at += int64(n)
	}
	if s.file == nil {
		return n, io.EOF
	}
	more, err := s.file.ReadAt(p[n:], at-int64(len(s.head)))
	return n + more, err
}

// close frees the file at once. What was not closed goes with the garbage.
func (s *spool) close() {
	if s.file != nil {
		_ = s.file.Close() // nothing was to be kept
		s.file = nil
	}
	s.head, s.size = nil, 0
}
