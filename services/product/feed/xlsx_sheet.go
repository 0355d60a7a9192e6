package feed

import (
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sheet reads the rows of a table in a spreadsheet, one at a time, its header first.
type sheet struct {
	book     *workbook
	xml      *xlsxPart
	sheetRow            // last read
	columns  int        // of the header
	ahead    []sheetRow // read before they were asked for
	ended    bool
	bytes    int // of the row being read
}

// openSpreadsheet reads an XLSX file as far as its header.
func openSpreadsheet(from io.Reader, cfg Config) (items, error) {
	s, err := openXLSX(from, cfg.MaxBytes)
	if err != nil {
		return nil, err
	}
	t, err := newTable(s, cfg)
	if err != nil {
		s.book.close()
		return nil, err
	}
	for _, r := range s.ahead {
		for at := range t.numbers {
			if at <= len(r.cells) && !r.numeric[at-1] {
				t.note(at, r.cells[at-1])
			}
		}
	}
	return t, nil
}

// exact reports whether a cell is stored as a number, so that its point can only be one of decimals.
func (t *table) exact(c column) bool {
	s, spreadsheet := t.rows.(*sheet)
	return spreadsheet && c.at > 0 && c.at <= len(s.numeric) && s.numeric[c.at-1]
}

func (s *sheet) number() int64 { return s.row }

// width is at least the header's: empty cells at a row's end are not written.
func (s *sheet) width() int { return max(len(s.cells), s.columns) }

func (s *sheet) cell(i int) string {
	if i < 0 || i >= len(s.cells) {
		return ""
	}
	return s.cells[i]
}

func (s *sheet) fault() string { return "" }

func (s *sheet) head() string { return strings.Join(s.cells, " | ") }

// sheetRow is a row of a spreadsheet.
type sheetRow struct {
	row     int64    // its number as a person sees it
	cells   []string // cleaned of blanks at their ends
	numeric []bool   // which of them are stored as numbers
}

// header looks for the header: the first row that fills at least half as many cells as the fullest of the first rows. So titles,
// notes and bands of merged cells above it are stepped over. Two filled cells and a row below make a table; less is io.EOF.
func (s *sheet) header() error {
	most := 0
	for len(s.ahead) < headerWithin {
		err := s.read()
		if errors.Is(err, io.EOF) {
			s.ended = true
			break
		}
		if err != nil {
			return err
		}
		s.ahead = append(s.ahead, sheetRow{s.row, slices.Clone(s.cells), slices.Clone(s.numeric)})
		most = max(most, filled(s.cells))
	}
	for i, r := range s.ahead {
		if n := filled(r.cells); n >= 2 && 2*n >= most && (i+1 < len(s.ahead) || !s.ended) {
			s.ahead = s.ahead[i:]
			s.columns = len(r.cells)
			return nil
		}
	}
	return io.EOF
}

func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if c != "" {
			n++
		}
	}
	return n
}

// next reads one row that holds something.
func (s *sheet) next() error {
	if len(s.ahead) > 0 {
		s.sheetRow = s.ahead[0]
		s.ahead = s.ahead[1:]
		return nil
	}
	if s.ended {
		return io.EOF
	}
	err := s.read()
	if errors.Is(err, io.EOF) {
		s.ended = true
		s.xml.close()
		s.book.close()
	}
	return err
}

// read reads the next row of the sheet that holds something.
func (s *sheet) read() error {
	for {
		e, err := s.xml.next()
		if err != nil {
			return err
		}
		if e.kind != begins || e.name != "row" {
			continue
		}
		before := s.row
		s.row++
		if n, err := strconv.ParseInt(e.attr("r"), 10, 64); err == nil && n > before && n < math.MaxUint32 {
			s.row = n
		}
		s.cells, s.numeric, s.bytes = s.cells[:0], s.numeric[:0], 0
		if err := s.fields(); err != nil {
			return err
		}
		if filled(s.cells) > 0 {
			return nil
		}
	}
}

// fields reads the cells of a row.
func (s *sheet) fields() error {
	column := -1
	for {
		e, err := s.xml.next()
		switch {
		case err != nil:
			return err
		case e.kind == ends && e.name == "row":
			return nil
		case e.kind != begins || e.name != "c":
			continue
		}
		column++
		if at := columnOf(e.attr("r")); at >= 0 {
			column = at
		}
		if column >= maxXLSXColumn {
			return unreadable("Row %d of the spreadsheet has more than %d columns. Save the table as CSV (UTF-8).", s.row, maxXLSXColumn)
		}
		kind, style := e.attr("t"), e.attr("s")
		value, err := s.value(kind, style)
		if err != nil {
			return err
		}
		if value = strings.TrimSpace(value); value == "" {
			continue
		}
		if s.bytes += len(value); s.bytes > maxRecord {
			return unreadable("Row %d of the spreadsheet holds more than %d MB.", s.row, maxRecord>>20)
		}
		for len(s.cells) <= column {
			s.cells, s.numeric = append(s.cells, ""), append(s.numeric, false)
		}
		s.cells[column], s.numeric[column] = value, kind == "" || kind == "n"
	}
}

// value reads a cell as far as its end.
func (s *sheet) value(kind, style string) (string, error) {
	var raw strings.Builder
	inValue := false
	for {
		e, err := s.xml.next()
		switch {
		case err != nil:
			return "", err
		case e.kind == begins && e.name == "is":
			inline, err := richText(s.xml, "is")
			if err != nil {
				return "", err
			}
			raw.WriteString(inline)
		case e.name == "v":
			inValue = e.kind == begins
		case e.kind == words && inValue:
			raw.Write(e.text)
		case e.kind == ends && e.name == "c":
			return s.shown(kind, style, raw.String())
		}
	}
}

// shown is what a person sees in a cell, as far as the cell says it: no thousands separators, no currency.
func (s *sheet) shown(kind, style, raw string) (string, error) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(raw)
		if err != nil {
			return "", nil //nolint:nilerr // a cell that names no text holds none
		}
		text, found, err := s.book.shared.at(i)
		if err == nil && !found {
			err = unreadable("The spreadsheet is damaged: row %d names a text that is not there. Save it anew, or as CSV (UTF-8).", s.row)
		}
		return text, err
	case "b":
		if raw == "1" || strings.EqualFold(raw, "true") {
			return "true", nil
		}
		return "false", nil
	case "", "n":
		if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(s.book.dates) && s.book.dates[i] {
			return s.book.date(raw), nil
		}
		return xlsxNumber(raw), nil
	default: // inlineStr, str (a formula's result), d (a date as text), e (an error, such as #N/A)
		return unescaped(raw), nil
	}
}

// xlsxNumber writes a number with all its digits and no exponent. Spreadsheets store 19.99 as 19.989999999999998 and show fifteen digits of it.
func xlsxNumber(raw string) string {
	if len(raw) <= 15 && strings.Trim(raw, "0123456789.-") == "" {
		return raw
	}
	value, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(value, 0) || math.IsNaN(value) || math.Abs(value) >= 1e21 {
		return raw
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(value, 'g', 15, 64), 64)
	if err != nil {
		return raw
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// date turns a count of days into a date, with the time of day where there is one.
func (b *workbook) date(raw string) string {
	days, err := strconv.ParseFloat(raw, 64)
	if err != nil || days < 0 || days > 2_958_466 { // the year 9999 is the last that spreadsheets know
		return raw
	}
	day0 := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case b.since04:
		day0 = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days < 60:
		day0 = day0.AddDate(0, 0, 1) // spreadsheets believe that 1900 was a leap year
	}
	whole, fraction := math.Modf(days)
	moment := day0.AddDate(0, 0, int(whole)).Add(time.Duration(math.Round(fraction*86400)) * time.Second)
	switch {
	case whole == 0 && !b.since04:
		return moment.Format("15:04:05")
	case fraction == 0:
		return moment.Format(time.DateOnly)
	default:
		return moment.Format("2006-01-02T15:04:05")
	}
}

// dateFormat reports whether a number format shows a date or time: it has a letter of one outside of quotes and brackets.
func dateFormat(code string) bool {
	quoted, bracket, escaped := false, false, false
	for _, r := range code {
		switch {
		case escaped:
			escaped = false
		case r == '\\' || r == '_' || r == '*':
			escaped = true
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '[':
			bracket = true
		case r == ']':
			bracket = false
		case bracket:
		case r == ';':
			return false // only the format of positive numbers counts
		case strings.ContainsRune("dmyhsDMYHS", r):
			return true
		}
	}
	return false
}

// columnOf is the column of a reference such as "AB12", from 0; -1 if it names none.
func columnOf(reference string) int {
	column := 0
	for i := 0; i < len(reference) && i < 8; i++ {
		c := reference[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		column = column*26 + int(c-'A') + 1
	}
	return column - 1
}
