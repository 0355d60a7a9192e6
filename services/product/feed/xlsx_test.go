package feed

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const sheetHead = `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`

// archive writes a workbook from its parts; the ones that every workbook has are added.
func archive(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	all := map[string]string{
		"_rels/.rels":                `<Relationships><Relationship Id="rId1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns:r="x"><workbookPr/><sheets><sheet name="Products" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
	}
	for name, content := range parts {
		all[name] = content
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range all {
		part, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func sheetXML(rows ...string) string {
	return sheetHead + strings.Join(rows, "") + "</sheetData></worksheet>"
}

// saved is what a spreadsheet program makes of a table: numbers as numbers, texts in the shared table, empty cells left out.
func saved(t testing.TB, cells [][]string) []byte {
	t.Helper()
	return savedAs(t, cells, func(cell string) bool {
		_, err := strconv.ParseFloat(cell, 64)
		return err == nil && !strings.HasPrefix(cell, "0") && strings.Trim(cell, "0123456789.") == ""
	})
}

// savedAs stores as numbers those cells that number picks.
func savedAs(t testing.TB, cells [][]string, number func(cell string) bool) []byte {
	t.Helper()
	var shared, sheet strings.Builder
	count := 0
	for r, row := range cells {
		fmt.Fprintf(&sheet, `<row r="%d">`, r+1)
		for c, cell := range row {
			at := column26(c) + strconv.Itoa(r+1)
			switch {
			case cell == "":
			case number(cell):
				fmt.Fprintf(&sheet, `<c r="%s"><v>%s</v></c>`, at, cell)
			default:
				fmt.Fprintf(&sheet, `<c r="%s" t="s"><v>%d</v></c>`, at, count)
				count++
				shared.WriteString(`<si><t xml:space="preserve">`)
				if err := xml.EscapeText(&shared, []byte(cell)); err != nil {
					t.Fatal(err)
				}
				shared.WriteString(`</t></si>`)
			}
		}
		sheet.WriteString("</row>")
	}
	return archive(t, map[string]string{"xl/worksheets/sheet1.xml": sheetXML(sheet.String()), "xl/sharedStrings.xml": "<sst>" + shared.String() + "</sst>"})
}

func column26(c int) string {
	if c < 26 {
		return string(rune('A' + c))
	}
	return column26(c/26-1) + string(rune('A'+c%26))
}

// A merchant may save any table that can be read as a spreadsheet: the products are the same.
func TestSpreadsheetsHoldTheSameProducts(t *testing.T) {
	t.Parallel()
	file := shopifyFile(
		simple("mug", "Variant SKU", "M-1", "Variant Barcode", "4006381333931", "Variant Price", "24.5", "Variant Grams", "310", "Variant Inventory Tracker", "shopify",
			"Variant Inventory Qty", "7", "Option1 Name", "Colour", "Option1 Value", "Moss", "Image Src", "https://pics.example/1.jpg"),
		row("Handle", "mug", "Option1 Value", "Clay", "Variant Price", "1234.567"[:7], "Variant SKU", "007"),
		simple("cup", "Body (HTML)", "\"<p>One &amp; two.</p>\n<p>Three</p>\""),
	)
	cells, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want, _ := readAll(t, strings.NewReader(file), Config{})
	for name, content := range map[string][]byte{"as saved": saved(t, cells), "below a title": saved(t, slices.Concat([][]string{{}, {"Our products", ""}, {}}, cells))} {
		got, refusals := readAll(t, bytes.NewReader(content), Config{})
		if len(refusals) > 0 || len(got) != len(want) {
			t.Fatalf("%s: %d products of %d, refused %+v", name, len(got), len(want), refusals)
		}
		for i := range want {
			if withoutRows(want[i]) != withoutRows(got[i]) {
				t.Errorf("%s:\n%s\n%s", name, withoutRows(want[i]), withoutRows(got[i]))
			}
		}
	}
}

// Every sample of a table that is read from CSV reads the same from a spreadsheet.
func TestEveryTableIsReadFromSpreadsheets(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.csv")
	if err != nil {
		t.Fatal(err)
	}
	if folder := os.Getenv("TEST_FEED_DATA"); folder != "" {
		more, err := filepath.Glob(filepath.Join(folder, "*", "*.csv"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	read := map[Format]int{}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Open(bytes.NewReader(content), Config{Currency: "USD"})
		if err != nil {
			continue // a table of nobody's format
		}
		want, wantRefusals, err := tryAll(bytes.NewReader(content), Config{})
		if err != nil {
			t.Fatal(err)
		}
		c := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))))
		c.Comma, c.LazyQuotes, c.FieldsPerRecord = rune(r.items.(*table).rows.(*records).comma), true, -1
		cells, err := c.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		got, refusals, err := tryAll(bytes.NewReader(savedAs(t, cells, func(string) bool { return false })), Config{})
		if err != nil || len(got) < len(want) || len(refusals) > len(wantRefusals) {
			t.Errorf("%s: %d products of %d, %d refusals of %d, error %v", name, len(got), len(want), len(refusals), len(wantRefusals), err)
			continue
		}
		read[r.Format()] += len(got)
		if len(wantRefusals) > 0 {
			continue // a separator that is missing is no damage in a spreadsheet
		}
		for i := range got {
			if withoutRows(got[i]) != withoutRows(want[i]) {
				t.Errorf("%s:\n%s\n%s", name, withoutRows(got[i]), withoutRows(want[i]))
				break
			}
		}
	}
	if os.Getenv("TEST_FEED_DATA") != "" && read[ShopifyCSV] != 40 {
		t.Errorf("read %v: the samples test nothing", read)
	}
}

// A number that is stored as one has a point before its decimals, whatever the texts around it or a mapping say.
func TestNumbersOfSpreadsheetsAreExact(t *testing.T) {
	t.Parallel()
	file := saved(t, [][]string{{"sku", "name", "price", "kg"}, {"a", "Mug", "1.234,50", "1.299"}, {"b", "Cup", "2", "1,5"}})
	m := columnsOf("sku=sku", "name=name", "price=price", "kg=weight,unit=kg")
	m.Decimal = ","
	products, _, refusals := importAs(t, file, m)
	if len(products) != 2 || len(refusals) > 0 || products[0].Variants[0].Price != 123450 || products[0].Variants[0].WeightGrams != 1299 || products[1].Variants[0].WeightGrams != 1500 {
		t.Errorf("%+v, refused %+v", products, refusals)
	}
}

// rowsOf reads all rows of the table in a spreadsheet.
func rowsOf(t *testing.T, content []byte) (rows []string, numbers []int64) {
	t.Helper()
	s, err := openXLSX(bytes.NewReader(content), maxBytes)
	if err != nil {
		t.Fatal(err)
	}
	for {
		err := s.next()
		if errors.Is(err, io.EOF) {
			return rows, numbers
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, strings.Join(s.cells, "|"))
		numbers = append(numbers, s.row)
	}
}

// A cell reads as a person sees it, whatever it is stored as.
func TestCells(t *testing.T) {
	t.Parallel()
	const styles = `<styleSheet><numFmts count="2"><numFmt numFmtId="164" formatCode="dd\.mm\.yyyy"/><numFmt numFmtId="165" formatCode="0.00&quot; days&quot;"/></numFmts>` +
		`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>`
	tests := map[string]struct{ cell, want string }{
		"number":                {`<c r="B2"><v>42</v></c>`, "42"},
		"nearly a price":        {`<c r="B2"><v>19.989999999999998</v></c>`, "19.99"},
		"exponent":              {`<c r="B2"><v>4.0063813339310003E+12</v></c>`, "4006381333931"},
		"small":                 {`<c r="B2"><v>1.0000000000000001E-5</v></c>`, "0.00001"},
		"shared text":           {`<c r="B2" t="s"><v>0</v></c>`, "Tea & Cup"},
		"rich shared text":      {`<c r="B2" t="s"><v>1</v></c>`, "Kännchen"},
		"inline text":           {`<c r="B2" t="inlineStr"><is><t>In</t><r><t>line</t></r></is></c>`, "Inline"},
		"result of a formula":   {`<c r="B2" t="str"><f>A1&amp;"x"</f><v>Ax</v></c>`, "Ax"},
		"yes":                   {`<c r="B2" t="b"><v>1</v></c>`, "true"},
		"no":                    {`<c r="B2" t="b"><v>0</v></c>`, "false"},
		"error":                 {`<c r="B2" t="e"><v>#N/A</v></c>`, "#N/A"},
		"date":                  {`<c r="B2" s="1"><v>45413</v></c>`, "2024-05-01"},
		"date in another way":   {`<c r="B2" s="2"><v>45413.5</v></c>`, "2024-05-01T12:00:00"},
		"days that are no date": {`<c r="B2" s="3"><v>45413</v></c>`, "45413"},
		"written line end":      {`<c r="B2" t="str"><v>a_x000D_&#10;b</v></c>`, "a\r\nb"},
		"no reference":          {`<c/><c><v>7</v></c>`, "7"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, numbers := rowsOf(t, archive(t, map[string]string{
				"xl/styles.xml":        styles,
				"xl/sharedStrings.xml": `<sst><si><t>Tea &amp; Cup</t></si><si><r><t>Känn</t></r><r><t>chen</t></r><rPh><t>カ</t></rPh></si></sst>`,
				"xl/worksheets/sheet1.xml": sheetXML(`<row r="1"><c r="A1" t="inlineStr"><is><t>A</t></is></c><c r="B1" t="inlineStr"><is><t>B</t></is></c></row>`,
					`<row r="2">`+tc.cell+`</row>`),
			}))
			if len(rows) != 2 || rows[1] != "|"+tc.want || !slices.Equal(numbers, []int64{1, 2}) {
				t.Errorf("rows %q, numbers %v; want %q", rows, numbers, tc.want)
			}
		})
	}
}

func textCells(row int, texts ...string) string {
	var out strings.Builder
	fmt.Fprintf(&out, `<row r="%d">`, row)
	for i, text := range texts {
		if text != "" {
			fmt.Fprintf(&out, `<c r="%s%d" t="inlineStr"><is><t>%s</t></is></c>`, column26(i), row, text)
		}
	}
	return out.String() + "</row>"
}

// The table is found on the first sheet that has one, below what merchants put above it; rows keep the numbers that a person sees.
func TestTheTableIsFound(t *testing.T) {
	t.Parallel()
	content := archive(t, map[string]string{
		"xl/workbook.xml": `<workbook xmlns:r="x"><sheets><sheet name="Cover" r:id="rId1"/><sheet name="Old" state="hidden" r:id="rId2"/><sheet name="Goods" r:id="rId3"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Target="/xl/worksheets/sheet2.xml"/>` +
			`<Relationship Id="rId3" Target="worksheets/goods.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml": sheetXML(textCells(1, "Price list"), textCells(3, "Spring 2026")),
		"xl/worksheets/sheet2.xml": sheetXML(textCells(1, "SKU", "Price"), textCells(2, "old", "1")),
		"xl/worksheets/goods.xml": sheetXML(textCells(2, "Tindle Ltd"), textCells(3, "Goods", "", "", "Prices"), `<row r="4"/>`, textCells(5, "SKU", "Name", "EAN", "Price", "Old price"),
			textCells(6, "M-1", "Mug", "", "1", ""), `<row r="7"><c r="A7"/></row>`, textCells(9, "M-2", "Cup", "", "2", "3")),
	})
	rows, numbers := rowsOf(t, content)
	if want := []string{"SKU|Name|EAN|Price|Old price", "M-1|Mug||1", "M-2|Cup||2|3"}; !slices.Equal(rows, want) || !slices.Equal(numbers, []int64{5, 6, 9}) {
		t.Errorf("%q %v", rows, numbers)
	}
}

// zeros writes an endless part of a bomb without holding it.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left <= 0 {
		return 0, io.EOF
	}
	n := int(min(z.left, int64(len(p))))
	for i := range p[:n] {
		p[i] = ' '
	}
	z.left -= int64(n)
	return n, nil
}

// bomb is a workbook of which one part unpacks to far more than the file holds.
func bomb(t testing.TB, name, before string, filler io.Reader) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for part, content := range map[string]string{
		"_rels/.rels":                `<Relationships><Relationship Id="rId1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns:r="x"><sheets><sheet name="Products" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
	} {
		p, err := w.Create(part)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(p, content); err != nil {
			t.Fatal(err)
		}
	}
	p, err := w.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(p, io.MultiReader(strings.NewReader(before), filler)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A file that would unpack to anything is refused soon and within little memory.
func TestSpreadsheetBombs(t *testing.T) {
	repeat := func(text string, size int64) io.Reader { return &repeated{text: text, left: size} }
	rows := sheetHead + textCells(1, "SKU", "Price") + textCells(2, "a", "1")
	tests := map[string]struct {
		file []byte
		says string
	}{
		"blanks in a sheet":      {bomb(t, "xl/worksheets/sheet1.xml", rows, &zeros{64 << 20}), "far more"},
		"one huge cell":          {bomb(t, "xl/worksheets/sheet1.xml", rows+`<row><c t="str"><v>`, repeat("0123456789abcdefghijklmnopqrstuvwxyz-", 8<<20)), "cell of more"},
		"shared texts":           {bomb(t, "xl/sharedStrings.xml", "<sst>", repeat("<si><t>x</t></si>", 64<<20)), "far more"},
		"deep nesting":           {bomb(t, "xl/sharedStrings.xml", "<sst>", repeat("<a>", 64<<20)), "far more"},
		"a column beyond reason": {archive(t, map[string]string{"xl/worksheets/sheet1.xml": sheetXML(textCells(1, "SKU", "Price"), `<row r="2"><c r="ZZZZZZ2"><v>1</v></c></row>`)}), "columns"},
		"sizes that lie":         {lying(bomb(t, "xl/worksheets/sheet1.xml", rows, &zeros{64 << 20})), "damaged"},
		"no table":               {archive(t, map[string]string{"xl/worksheets/sheet1.xml": sheetXML(textCells(1, "Hello"))}), "No sheet"},
		"another zip":            {emptyZip(t), "not a spreadsheet"},
		"cut off":                {archive(t, nil)[:200], "damaged"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var err error
			took, grew := peak(func() { _, _, err = tryAll(bytes.NewReader(tc.file), Config{}) })
			var unreadable *Unreadable
			if !errors.As(err, &unreadable) || !strings.Contains(unreadable.Reason, tc.says) {
				t.Errorf("error %v, want one that says %q", err, tc.says)
			}
			if took > bombTime || grew > 50<<20 {
				t.Errorf("refusing took %v and %d MB", took, grew>>20)
			}
			t.Logf("refusing took %v and %d MB", took.Round(time.Millisecond), grew>>20)
		})
	}
}

// lying makes an archive declare that its last part is small.
func lying(file []byte) []byte {
	last := bytes.LastIndex(file, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(file[last+24:], 1000) // where the list of parts has the unpacked size
	return file
}

// repeated repeats a text.
type repeated struct {
	text string
	at   int
	left int64
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && r.left > 0 {
		c := copy(p[n:], r.text[r.at:])
		n += c
		r.left -= int64(c)
		r.at = (r.at + c) % len(r.text)
	}
	return n, nil
}

func emptyZip(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if _, err := w.Create("[Content_Types].xml"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A million shared texts and a file larger than its part of memory are read from the disk.
func TestSpool(t *testing.T) {
	t.Parallel()
	s := &spool{}
	defer s.close()
	for i := range 3 {
		if n, err := s.Write(bytes.Repeat([]byte{'a' + byte(i)}, maxSpooled/2+1)); err != nil || n != maxSpooled/2+1 {
			t.Fatal(n, err)
		}
	}
	got := make([]byte, 4)
	for at, want := range map[int64]string{0: "aaaa", maxSpooled/2 - 1: "aabb", maxSpooled - 2: "bbbb", maxSpooled: "bbcc", 3*(maxSpooled/2+1) - 4: "cccc"} {
		if _, err := s.ReadAt(got, at); err != nil || string(got) != want {
			t.Errorf("at %d: %q, %v; want %q", at, got, err, want)
		}
	}
	if n, err := s.ReadAt(got, s.size-1); n != 1 || !errors.Is(err, io.EOF) {
		t.Errorf("past the end: %d, %v", n, err)
	}
}

// Whatever stands in the parts of a spreadsheet, reading it ends without a crash and says why it is of no use.
func FuzzSpreadsheet(f *testing.F) {
	f.Add(sheetXML(textCells(1, "Handle", "Title", "Variant Price"), textCells(2, "mug", "Mug", "1.5")), "<sst><si><t>a</t></si></sst>", "<styleSheet><cellXfs><xf numFmtId=\"14\"/></cellXfs></styleSheet>")
	f.Add(sheetXML(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>-1</v></c></row><row r="0"><c r="A99999" s="0"><v>1e300</v></c></row>`), "<si><t>Handle</t></si>", "")
	f.Fuzz(func(t *testing.T, sheet, shared, styles string) {
		file := archive(t, map[string]string{"xl/worksheets/sheet1.xml": sheet, "xl/sharedStrings.xml": shared, "xl/styles.xml": styles})
		_, _, err := tryAll(bytes.NewReader(file), Config{MaxBytes: 1 << 20})
		var unreadable *Unreadable
		if err != nil && !errors.As(err, &unreadable) {
			t.Errorf("error %v", err)
		}
	})
}
