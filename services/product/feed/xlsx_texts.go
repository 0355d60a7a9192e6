package feed

import (
	"compress/flate"
	"errors"
	"io"
	"strings"
)

// sharedTexts is the table of texts that cells name by number. It may hold most of a file's bytes, so beyond some megabytes it
// stands on the disk.
type sharedTexts struct {
	texts *spool
	ends  []int64
	cell  []byte
}

// sharedTexts reads the table, if there is one.
func (b *workbook) sharedTexts() (*sharedTexts, error) {
	t := &sharedTexts{texts: &spool{}}
	part, err := b.part("xl/sharedStrings.xml")
	if part == nil || err != nil {
		return t, err
	}
	defer part.close()
	for {
		e, err := part.next()
		switch {
		case errors.Is(err, io.EOF):
			return t, nil
		case err != nil:
			return t, err
		case e.kind != begins || e.name != "si":
			continue
		case len(t.ends) == maxShared:
			return t, unreadable("The spreadsheet holds more than %d different texts. Save it as CSV (UTF-8).", maxShared)
		}
		content, err := richText(part, "si")
		if err != nil {
			return t, err
		}
		if _, err := io.WriteString(t.texts, content); err != nil {
			return t, err
		}
		t.ends = append(t.ends, t.texts.size)
	}
}

// at returns the text of a number.
func (t *sharedTexts) at(i int) (string, bool, error) {
	if i < 0 || i >= len(t.ends) {
		return "", false, nil
	}
	from := int64(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	t.cell = append(t.cell[:0], make([]byte, t.ends[i]-from)...)
	if len(t.cell) > 0 {
		if _, err := t.texts.ReadAt(t.cell, from); err != nil {
			return "", false, err
		}
	}
	return string(t.cell), true, nil
}

// richText joins the pieces of a text as far as the element's end. How a word is read aloud, which Japanese files tell, is no part of it.
func richText(p *xlsxPart, end string) (string, error) {
	var out strings.Builder
	inText, phonetic := false, false
	for {
		e, err := p.next()
		switch {
		case errors.Is(err, io.EOF):
			return out.String(), nil // the part's end is the text's; the archive says whether it was whole
		case err != nil:
			return "", err
		case e.name == "t":
			inText = e.kind == begins
		case e.name == "rPh":
			phonetic = e.kind == begins
		case e.kind == words && inText && !phonetic:
			if out.Len()+len(e.text) > maxToken {
				return "", unreadable("The spreadsheet holds a cell of more than %d MB. Save the table as CSV (UTF-8).", maxToken>>20)
			}
			out.Write(e.text)
		case e.kind == ends && e.name == end:
			return unescaped(out.String()), nil
		}
	}
}

// unescaped undoes _x000D_, with which spreadsheets write control characters.
func unescaped(s string) string {
	if !strings.Contains(s, "_x00") {
		return s
	}
	return strings.NewReplacer("_x000D_", "\r", "_x000A_", "\n", "_x0009_", "\t", "_x005F_", "_", "_x000d_", "\r", "_x000a_", "\n", "_x005f_", "_").Replace(s)
}

// isFlate tells damage of what was compressed from a fault of the disk.
func isFlate(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt)
}
