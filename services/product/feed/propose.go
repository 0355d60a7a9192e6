package feed

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"
)

const (
	proposedRows = 20        // of a file that a person is shown
	weighedRows  = 200       // whose cells are looked at
	weighedBytes = 4 << 20   // of them
	headOfText   = 256 << 10 // from which the encoding is seen
)

// Proposal is what a file seems to be, for a person to confirm.
type Proposal struct {
	// Format is that of a known shop or program, or Mapped for a table of no known one.
	Format Format
	// Encoding and Separator say how a text file is written. Spreadsheets and documents have none.
	Encoding, Separator string
	Header              []string
	Rows                [][]string // the first ones, at most 20
	// Mapping is proposed for a table of no known format, with a word on each column of the header. Missing says what it lacks to be used.
	Mapping *Mapping
	Columns []ProposedColumn
	Missing []string
}

// ProposedColumn is what a column of the file seems to be.
type ProposedColumn struct {
	Column string
	// Field is empty where the column is left out.
	Field Field
	// Confidence is in percent.
	Confidence int
	// Reason says why, in sentences.
	Reason string
}

// Propose looks at the beginning of a file, or all of it, and says what it is. Spreadsheets must be whole. It fails like Open does.
func Propose(from io.Reader, cfg Config) (*Proposal, error) {
	cfg.MaxRows, cfg.MaxBytes = cmp.Or(cfg.MaxRows, maxRows), cmp.Or(cfg.MaxBytes, maxBytes)
	raw := bufio.NewReaderSize(from, 4<<10)
	mark, _ := raw.Peek(256) // what is wrong with the file is said below
	f := &file{from: raw, room: &allowance{cfg.MaxBytes, cfg.MaxBytes}}
	r := &Reader{file: f}
	text, err := f.text()
	if err != nil {
		return nil, r.blame(err)
	}
	text = bufio.NewReaderSize(text, headOfText)
	head, err := text.Peek(headOfText)
	if len(head) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return nil, r.blame(err)
	}
	first := bytes.TrimLeft(head, " \t\r\n")
	if len(first) == 0 {
		return nil, r.blame(cmp.Or(f.err, error(&Unreadable{"The file is empty."})))
	}
	k, err := kindOf(first, Unknown)
	if err != nil {
		return nil, err
	}
	p := &Proposal{}
	var table rows
	switch {
	case bytes.HasPrefix(first, []byte("PK\x03\x04")):
		s, err := openXLSX(text, cfg.MaxBytes)
		if err != nil {
			return nil, r.blame(err)
		}
		defer s.book.close()
		table = s
	case slices.Equal(k.formats, tables()):
		records, err := openRecords(newWindow(newDecoded(text)))
		if errors.Is(err, io.EOF) {
			return nil, unreadable("The file is empty.")
		}
		if err != nil {
			return nil, r.blame(err)
		}
		p.Encoding, p.Separator = encodingOf(mark, head), string(records.comma)
		table = records
	default:
		items, err := k.open(text, cfg)
		if err != nil {
			return nil, r.blame(err)
		}
		p.Format = items.format()
		return p, nil
	}
	if err := p.table(table, cfg); err != nil {
		return nil, r.blame(err)
	}
	return p, f.err
}

// encodingOf names what a text is written in. Mark is what the file begins with, head what became of it where it was UTF-16.
func encodingOf(mark, head []byte) string {
	if bytes.HasPrefix(mark, []byte{0xff, 0xfe}) || bytes.HasPrefix(mark, []byte{0xfe, 0xff}) || unmarkedUTF16(mark) != nil {
		return "UTF-16"
	}
	if whole, broken := sequences(head); broken > whole {
		if older := olderCharset(head); older != nil {
			return older.String()
		}
	}
	return "UTF-8"
}

// table reads the header and some rows, and recognizes the table or proposes a mapping for it.
func (p *Proposal) table(from rows, cfg Config) error {
	sample := &sampleRows{}
	var failed error
	for size := 0; len(sample.cells) <= weighedRows && size < weighedBytes; {
		if failed = from.next(); failed != nil {
			break
		}
		if from.fault() != "" && len(sample.cells) > 0 {
			continue // it will be refused by name when the file is imported
		}
		cells := make([]string, from.width())
		for i := range cells {
			cells[i] = shown(from.cell(i), maxDescription)
			size += len(cells[i])
		}
		if len(sample.cells) == 0 {
			sample.broken = from.fault()
		}
		sample.cells = append(sample.cells, cells)
	}
	switch ended := failed == nil || errors.Is(failed, io.EOF); {
	case !ended && len(sample.cells) < 2:
		return failed
	case len(sample.cells) == 0:
		return unreadable("The file is empty.")
	}
	cfg.Format, cfg.Mapping = Unknown, nil
	t, err := newTable(sample, cfg)
	var unreadable *Unreadable
	switch {
	case err == nil:
		p.Format, p.Header = t.dialect.format, t.header
	case !errors.As(err, &unreadable) || sample.broken != "" || len(sample.cells[0]) < 2:
		return err
	default:
		p.Format, p.Header = Mapped, sample.cells[0]
	}
	p.Rows = sample.cells[1:min(len(sample.cells), proposedRows+1)]
	if p.Format == Mapped {
		p.propose(sample.cells[1:], cfg)
	}
	return nil
}

// sampleRows are rows that were read before.
type sampleRows struct {
	cells  [][]string
	at     int
	broken string // why the header is of no use
}

func (l *sampleRows) next() error {
	if l.at == len(l.cells) {
		return io.EOF
	}
	l.at++
	return nil
}

func (l *sampleRows) number() int64 { return int64(l.at) }

func (l *sampleRows) width() int { return len(l.cells[l.at-1]) }

func (l *sampleRows) cell(i int) string {
	if row := l.cells[l.at-1]; i < len(row) {
		return strings.TrimSpace(row[i])
	}
	return ""
}

func (l *sampleRows) fault() string {
	if l.at == 1 {
		return l.broken
	}
	return ""
}

func (l *sampleRows) head() string { return strings.Join(l.cells[l.at-1], " | ") }
