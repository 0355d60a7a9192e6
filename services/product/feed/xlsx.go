package feed

import (
	"archive/zip"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
)

// What a spreadsheet file may hold beside its rows. Past these it is refused before it is unpacked, or while.
const (
	maxPacked     = 256 << 20 // bytes of the file itself
	maxParts      = 10_000    // entries in the archive
	maxShared     = 5_000_000 // texts in the table of shared texts
	maxSheets     = 100
	maxStyles     = 100_000
	maxXLSXColumn = 16_384 // the last column that spreadsheets have, XFD
	headerWithin  = 20     // filled rows among which the header must be
)

// notXLSX is for archives that are no spreadsheets.
const notXLSX = "This is a zip archive, but not a spreadsheet (XLSX). Unpack it and hand in the file, or save the table as CSV (UTF-8)."

// workbook is an XLSX file: an archive of XML parts.
type workbook struct {
	packed  *spool
	parts   map[string]*zip.File
	room    *allowance
	shared  *sharedTexts
	dates   []bool // by the number of a cell's style: whether its numbers are dates
	since04 bool   // dates count from 1904, as old Macs had it
}

// openXLSX reads a spreadsheet as far as the header of its first sheet that holds a table. The archive's list of parts stands at
// its end, so all of it is kept aside first.
func openXLSX(from io.Reader, limit int64) (*sheet, error) {
	book := &workbook{packed: &spool{}, room: &allowance{limit, limit}}
	s, err := book.open(from)
	if err != nil {
		book.close()
		return nil, err
	}
	return s, nil
}

func (b *workbook) open(from io.Reader) (*sheet, error) {
	n, err := io.Copy(b.packed, io.LimitReader(from, maxPacked+1))
	switch {
	case err != nil:
		return nil, err
	case n > maxPacked:
		return nil, unreadable("The spreadsheet is larger than %d MB. Save it as CSV (UTF-8).", maxPacked>>20)
	}
	archive, err := zip.NewReader(b.packed, n)
	switch {
	case err != nil:
		return nil, unreadable("The spreadsheet is damaged: its end is missing. Hand it in again.")
	case len(archive.File) > maxParts:
		return nil, unreadable("The spreadsheet has more than %d parts. Save the table as CSV (UTF-8).", maxParts)
	}
	b.parts = make(map[string]*zip.File, len(archive.File))
	for _, part := range archive.File {
		b.parts[strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(part.Name, `\`, "/"), "/"))] = part
	}
	sheets, err := b.sheets()
	if err != nil {
		return nil, err
	}
	if err := b.styles(); err != nil {
		return nil, err
	}
	if b.shared, err = b.sharedTexts(); err != nil {
		return nil, err
	}
	for _, name := range sheets {
		s, err := b.table(name)
		if s != nil || err != nil {
			return s, err
		}
	}
	return nil, unreadable("No sheet of this spreadsheet holds a table: a header row with at least two cells, and rows below it.")
}

func (b *workbook) close() {
	b.packed.close()
	if b.shared != nil {
		b.shared.texts.close()
	}
}

// sheets lists the parts of the visible sheets in the order of their tabs.
func (b *workbook) sheets() ([]string, error) {
	root := "xl/workbook.xml"
	if _, err := b.each("_rels/.rels", func(e *xlsxTag) error {
		if e.name == "Relationship" && strings.HasSuffix(e.attr("Type"), "/officeDocument") {
			root = strings.TrimPrefix(e.attr("Target"), "/")
		}
		return nil
	}); err != nil {
		return nil, err
	}
	folder := path.Dir(root)
	targets := map[string]string{}
	_, err := b.each(folder+"/_rels/"+path.Base(root)+".rels", func(e *xlsxTag) error {
		if e.name == "Relationship" && len(targets) < maxParts {
			target := e.attr("Target")
			if !strings.HasPrefix(target, "/") {
				target = path.Join(folder, target)
			}
			targets[e.attr("Id")] = strings.TrimPrefix(target, "/")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var sheets []string
	found, err := b.each(root, func(e *xlsxTag) error {
		switch e.name {
		case "workbookPr":
			date := e.attr("date1904")
			b.since04 = date == "1" || date == "true"
		case "sheet":
			if target := targets[e.attr("id")]; target != "" && e.attr("state") != "hidden" && e.attr("state") != "veryHidden" && len(sheets) < maxSheets {
				sheets = append(sheets, target)
			}
		}
		return nil
	})
	if err == nil && !found {
		err = unreadable(notXLSX)
	}
	return sheets, err
}

// table opens a sheet and reads as far as its header; nil for a sheet that holds none.
func (b *workbook) table(name string) (*sheet, error) {
	part, err := b.part(name)
	if part == nil || err != nil {
		return nil, err
	}
	s := &sheet{book: b, xml: part}
	err = s.header()
	if errors.Is(err, io.EOF) {
		part.close()
		return nil, nil
	}
	return s, err
}

// each calls do with the beginning of every element of a part, and reports whether there is such a part.
func (b *workbook) each(name string, do func(*xlsxTag) error) (bool, error) {
	part, err := b.part(name)
	if part == nil || err != nil {
		return false, err
	}
	defer part.close()
	for {
		e, err := part.next()
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return true, err
		}
		if e.kind == begins {
			if err := do(e); err != nil {
				return true, err
			}
		}
	}
}

// part opens a part to be read; nil if there is none of that name.
func (b *workbook) part(name string) (*xlsxPart, error) {
	entry := b.parts[strings.ToLower(name)]
	if entry == nil {
		return nil, nil
	}
	switch {
	case entry.Flags&1 != 0:
		return nil, unreadable("The spreadsheet is protected by a password. Save it without one.")
	case entry.UncompressedSize64 > uint64(max(b.room.left, 0)):
		return nil, b.tooLarge()
	case entry.UncompressedSize64 > uint64(grown(packedSize(entry, b.packed.size))):
		return nil, errBomb
	}
	content, err := entry.Open()
	if err != nil {
		return nil, unreadable("The spreadsheet is packed in a way that cannot be read. Save it anew, or as CSV (UTF-8).")
	}
	return newXLSXPart(b, entry, content), nil
}

func (b *workbook) tooLarge() error {
	return unreadable("The spreadsheet is larger than %d MB unpacked. Save it as several files.", b.room.max>>20)
}

var errBomb = unreadable("The spreadsheet unpacks to far more than a table would. Save the table as CSV (UTF-8).")

// styles learns which cells show their numbers as dates.
func (b *workbook) styles() error {
	formats := map[string]bool{}
	inCells := false
	part, err := b.part("xl/styles.xml")
	if part == nil || err != nil {
		return err
	}
	defer part.close()
	for {
		e, err := part.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case e.name == "cellXfs":
			inCells = e.kind == begins
		case e.kind != begins:
		case e.name == "numFmt" && len(formats) < maxStyles:
			formats[e.attr("numFmtId")] = dateFormat(e.attr("formatCode"))
		case e.name == "xf" && inCells && len(b.dates) < maxStyles:
			id := e.attr("numFmtId")
			date, custom := formats[id]
			if n, err := strconv.Atoi(id); !custom && err == nil {
				date = n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 45 && n <= 47 || n >= 50 && n <= 58
			}
			b.dates = append(b.dates, date)
		}
	}
}
