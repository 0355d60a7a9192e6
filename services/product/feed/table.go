package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/tradewind-commerce/tradewind/platform/spreadsheet"
)

// rows is where a table's cells come from, such as the records of a CSV file.
type rows interface {
	// next steps to the next row. It fails with io.EOF after the last, and with errDamage where the file breaks off.
	next() error
	// number counts as a spreadsheet does: the header is in row 1.
	number() int64
	width() int
	// cell is trimmed, and empty where the row has none.
	cell(i int) string
	// fault says why the row as a whole is of no use; empty if it is.
	fault() string
	// head shows what a row that is of no use begins with.
	head() string
}

// dialect is the table that one kind of shop writes: what tells it from others, and how its rows become products.
type dialect struct {
	format Format
	name   string
	// marks are the headers by which it is known, the most telling first. A mark "SKU|Code" is there when either is.
	marks []string
	open  func(*table) reader
	// ragged says that the shop leaves out cells at the end of rows: those after the last mark.
	ragged bool
}

// reader turns the rows of a dialect into items.
type reader interface {
	// row takes the row that the table stands at. It hands on what is complete with table.emit, and refuses with table.refuse.
	row()
	// close hands on what is still open, after the last row.
	close()
}

// table reads rows under a header, and does for a dialect what all of them need: columns by name, numbers in whatever notation,
// rows that belong to one product, refusals with row, column and value.
type table struct {
	cfg     Config
	dialect *dialect
	reader  reader
	rows    rows
	first   int64          // the header's row
	header  []string       // as the file writes it
	folded  []string       // the same, to be compared
	where   map[string]int // folded header to its column, from 1
	numbers map[int]notation
	overall notation // of all columns of numbers
	seen    *seen
	open    *group
	named   column // what a product is named by, for the product that no row names
	lost    bool   // a row was lost that may belong to any product
	ready   []Item // to be returned before reading on
	problem error  // of the header
	end     error
}

// column is where a file has what a dialect asks for. The zero column is one that the file lacks.
type column struct {
	at   int    // from 1
	name string // as the file writes it, or as it should
}

// openTable reads a CSV file as far as its header.
func openTable(from io.Reader, cfg Config) (items, error) {
	if !cfg.utf8 {
		from = newDecoded(from)
	}
	c, err := openRecords(newWindow(from))
	if err != nil {
		return nil, err
	}
	if text := c.w.rest(); bytes.IndexByte(text[:lineEnd(text)], 0) >= 0 {
		return nil, unreadable("This is not a text file. These files are understood: %s.", understood())
	}
	t, err := newTable(c, cfg)
	if err != nil {
		return nil, err
	}
	t.learn(c.ahead())
	return t, nil
}

// newTable reads the header of a table and recognizes its dialect.
func newTable(from rows, cfg Config) (*table, error) {
	t := &table{cfg: cfg, rows: from, where: map[string]int{}, numbers: map[int]notation{}, seen: newSeen()}
	if err := from.next(); errors.Is(err, io.EOF) {
		return nil, unreadable("The file is empty.")
	} else if err != nil {
		return nil, err
	}
	if from.fault() != "" {
		return nil, unreadable("The header row %s.", from.fault())
	}
	if from.width() > maxColumns {
		return nil, unreadable("The header has more than %d columns. Leave out those that say nothing of products.", maxColumns)
	}
	t.first = from.number()
	for i := range from.width() {
		name, reason := line(from.cell(i), 500)
		if reason != "" {
			return nil, unreadable("Column %d of the header %s.", i+1, reason)
		}
		t.header = append(t.header, name)
		key := fold(name)
		t.folded = append(t.folded, key)
		if t.where[key] == 0 {
			t.where[key] = i + 1
		}
		if m := bracketedName.FindStringSubmatch(name); m != nil && t.where[fold(m[1])] == 0 {
			t.where[fold(m[1])] = i + 1 // tells Google's tables in all languages
		}
	}
	var err error
	if t.dialect, err = recognize(t); err != nil {
		return nil, err
	}
	t.reader = t.dialect.open(t)
	return t, t.problem
}

// fold makes headers alike that differ in case, spaces, underscores, dashes, stars or the kind of apostrophe only.
func fold(header string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(" _-*?", r):
			return -1
		case r == '’':
			return '\''
		}
		return unicode.ToLower(r)
	}, header)
}

// column finds the column that has one of these headers. A file that has two of them is refused.
func (t *table) column(names ...string) column {
	c := column{name: names[0]}
	meant := make([]string, len(names))
	for i, name := range names {
		meant[i] = fold(name)
	}
	for i, header := range t.header {
		switch {
		case !slices.Contains(meant, t.folded[i]):
		case c.at > 0:
			t.problem = unreadable("The header names %q and %q, which mean the same. Remove one of the columns.", c.name, header)
		default:
			c = column{at: i + 1, name: header}
		}
	}
	return c
}

// has says whether the file has a column.
func (t *table) has(c column) bool { return c.at > 0 }

// cell is the row's cell, trimmed; empty where the file lacks the column.
func (t *table) cell(c column) string {
	if c.at == 0 {
		return ""
	}
	return spreadsheet.Unguard(t.rows.cell(c.at - 1))
}

// row is where the row stands, counted as a spreadsheet does.
func (t *table) row() int64 { return t.rows.number() }

func (t *table) format() Format { return t.dialect.format }

// read is how many rows have been read, the header not counted.
func (t *table) read() int64 { return max(t.rows.number()-t.first, 0) }

func (t *table) next() (Item, error) {
	for len(t.ready) == 0 {
		if t.end != nil {
			return Item{}, t.end
		}
		switch err := t.rows.next(); {
		case err == nil:
			if t.read() > t.cfg.MaxRows {
				return Item{}, unreadable("The file has more than %d rows. Split it into several files.", t.cfg.MaxRows)
			}
			t.take()
		case errors.Is(err, io.EOF):
			t.reader.close()
			t.end = io.EOF
		case errors.Is(err, errDamage):
			t.spoil()
			t.reader.close()
			t.refuse(column{}, "", "is where the compressed file breaks off; what stands before it was taken. Compress the file again.")
			t.end = io.EOF
		default:
			return Item{}, err
		}
	}
	item := t.ready[0]
	t.ready[0] = Item{}
	t.ready = t.ready[1:]
	return item, nil
}

// take hands the row to the dialect, if it has the cells that the header promises.
func (t *table) take() {
	width, want := t.rows.width(), len(t.header)
	switch {
	case t.rows.fault() != "":
		t.spoil()
		t.refuse(column{}, t.rows.head(), "This row "+t.rows.fault()+".")
	case width < want && (!t.dialect.ragged || width < t.needed()):
		t.spoil()
		t.refuse(column{}, t.rows.head(), fmt.Sprintf("This row has %d cells where the header has %d: a separator or a quote is missing.", width, want))
	case width > want && !t.blank(want):
		t.spoil()
		t.refuse(column{}, t.rows.head(), fmt.Sprintf("This row has %d cells where the header has %d: put quotes around cells that hold separators.", width, want))
	default:
		t.reader.row()
	}
}

// needed is how many cells a row must have at least, so that it can be told from a broken one.
func (t *table) needed() int {
	last := 0
	for _, mark := range t.dialect.marks {
		last = max(last, t.where[fold(mark)])
	}
	return last
}

// blank reports whether the row's cells from i on are empty.
func (t *table) blank(i int) bool {
	for ; i < t.rows.width(); i++ {
		if t.rows.cell(i) != "" {
			return false
		}
	}
	return true
}

// spoil notes that a row was lost that may belong to a product which is not complete.
func (t *table) spoil() {
	t.lost = true
	if t.open != nil {
		t.open.p.Incomplete = true
	}
}

// emit hands an item on.
func (t *table) emit(item Item) { t.ready = append(t.ready, item) }

// refuse names a cell of the row because of which the row is not taken. An empty column means the row as a whole.
func (t *table) refuse(c column, value, reason string) {
	t.refuseOf("", c, value, reason)
}

// refuseOf is refuse for a row whose product is known.
func (t *table) refuseOf(key string, c column, value, reason string) {
	t.emit(Item{Refusals: []Refusal{{Row: t.row(), Column: c.name, Value: value, Reason: reason, Key: key}}})
}
