package feed

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

// Whatever program wrote a table, its words and prices are read as they were meant.
func TestTableIsReadAsWritten(t *testing.T) {
	t.Parallel()
	file := "Handle,Title,Body (HTML),Variant Price\nmug,%s,\"One, two\nthree; \"\"four\"\"\",24.50\n"
	lines := func(text, end string) string { return strings.ReplaceAll(text, "\n", end) }
	encode := func(text string, to *charmap.Charmap) string {
		out, err := to.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	wide := func(text string, order binary.AppendByteOrder, mark bool) string {
		var out []byte
		if mark {
			out = order.AppendUint16(out, 0xfeff)
		}
		for _, unit := range utf16.Encode([]rune(text)) {
			out = order.AppendUint16(out, unit)
		}
		return string(out)
	}
	separated := func(by string) string {
		return "Handle" + by + "Title" + by + "Body (HTML)" + by + "Variant Price\nmug" + by + "Becher" + by + "\"One, two\nthree; \"\"four\"\"\"" + by + "24.50\n"
	}
	tests := map[string]struct{ file, name string }{
		"UTF-8":               {fmt.Sprintf(file, "Größe"), "Größe"},
		"UTF-8, marked":       {"\xef\xbb\xbf" + fmt.Sprintf(file, "Größe"), "Größe"},
		"UTF-16LE, marked":    {wide(fmt.Sprintf(file, "Größe"), binary.LittleEndian, true), "Größe"},
		"UTF-16BE, marked":    {wide(fmt.Sprintf(file, "Größe"), binary.BigEndian, true), "Größe"},
		"UTF-16LE":            {wide(fmt.Sprintf(file, "Größe"), binary.LittleEndian, false), "Größe"},
		"UTF-16BE":            {wide(fmt.Sprintf(file, "Größe"), binary.BigEndian, false), "Größe"},
		"German 1252":         {encode(fmt.Sprintf(file, "Größe für Café – 5 €"), charmap.Windows1252), "Größe für Café – 5 €"},
		"French 1252":         {encode(fmt.Sprintf(file, "Crème brûlée à l’œuf"), charmap.Windows1252), "Crème brûlée à l’œuf"},
		"Spanish 1252":        {encode(fmt.Sprintf(file, "¿Cuánto? Año niño"), charmap.Windows1252), "¿Cuánto? Año niño"},
		"Portuguese 1252":     {encode(fmt.Sprintf(file, "Canções e pães São"), charmap.Windows1252), "Canções e pães São"},
		"Danish 1252":         {encode(fmt.Sprintf(file, "Rødgrød på æblekage"), charmap.Windows1252), "Rødgrød på æblekage"},
		"only a sign, 1252":   {encode(fmt.Sprintf(file, "Box 5 m³"), charmap.Windows1252), "Box 5 m³"},
		"Polish 1250":         {encode(fmt.Sprintf(file, "Żółty kubek mała łyżka"), charmap.Windows1250), "Żółty kubek mała łyżka"},
		"Polish Latin-2":      {encode(fmt.Sprintf(file, "Żółty kubek śliczna łyżka są"), charmap.ISO8859_2), "Żółty kubek śliczna łyżka są"},
		"Czech 1250":          {encode(fmt.Sprintf(file, "Žluťoučký kůň dřevěná lžíce"), charmap.Windows1250), "Žluťoučký kůň dřevěná lžíce"},
		"Czech Latin-2":       {encode(fmt.Sprintf(file, "Žluťoučký kůň dřevěná lžíce"), charmap.ISO8859_2), "Žluťoučký kůň dřevěná lžíce"},
		"Hungarian 1250":      {encode(fmt.Sprintf(file, "Bögre tűzálló erős fedő nagyméretű"), charmap.Windows1250), "Bögre tűzálló erős fedő nagyméretű"},
		"late letters":        {"Handle,Title,Body (HTML),Variant Price\nmug,Mug,\"One, two\nthree; \"\"four\"\"\",24.50\n" + strings.Repeat("mug,,,\"\"\n", 1) + "x" + strings.Repeat(" ", 200_000) + ",Gr\xf6\xdfe,,1\n", "Mug"},
		"CRLF":                {lines(fmt.Sprintf(file, "Becher"), "\r\n"), "Becher"},
		"CR":                  {lines(fmt.Sprintf(file, "Becher"), "\r"), "Becher"},
		"semicolons":          {separated(";"), "Becher"},
		"tabs":                {separated("\t"), "Becher"},
		"bars":                {separated("|"), "Becher"},
		"padded":              {"Handle , Title  ,Body (HTML)                    ,Variant Price\nmug    , Becher , \"One, two\nthree; \"\"four\"\"\"  , 24.50 \n", "Becher"},
		"a line for Excel":    {"sep=;\n" + separated(";"), "Becher"},
		"headers like fields": {"handle,TITLE,body_(html),variant_price\nmug,Becher,\"One, two\nthree; \"\"four\"\"\",24.50\n", "Becher"},
		"decimal comma":       {strings.Replace(separated(";"), "24.50", "24,50", 1), "Becher"},
		"inch sign":           {strings.Replace(separated(";"), "Becher", "Becher 12\"", 1), "Becher 12\""},
		"quote after a space": {strings.Replace(separated(";"), "Becher", " \"Becher\" extra", 1), "\"Becher\" extra"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			products, refusals := readAll(t, strings.NewReader(tc.file), Config{})
			if len(products) == 0 || products[0].Name != tc.name || products[0].Description != "One, two\nthree; \"four\"" || products[0].Variants[0].Price != 2450 {
				t.Fatalf("%+v, refused %+v", products, refusals)
			}
			if name == "late letters" {
				if products[1].Name != "Größe" {
					t.Errorf("%q", products[1].Name)
				}
			} else if len(refusals) > 0 || len(products) != 1 {
				t.Errorf("%d products, refused %+v", len(products), refusals)
			}
		})
	}
}

// A quote that is not closed costs its row where lines end with a carriage return alone, too.
func TestBrokenQuoteWithLoneReturns(t *testing.T) {
	t.Parallel()
	products, refusals := readAll(t, strings.NewReader("Handle,Title,Variant Price\ra,A,1\rb,\"B,2\rc,C,3\r"), Config{})
	if keys(products) != "a c" || len(refusals) != 1 || refusals[0].Row != 3 {
		t.Errorf("products %q, refused %+v", keys(products), refusals)
	}
}

// A number that means two things is understood by its column, else by the file's other numbers, and refused when nothing tells.
func TestNumbersAreNeverGuessed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prices []string
		want   []int64 // -1 where it is refused
	}{
		"points":                {[]string{"1234.50", "1,234", "1,234.50"}, []int64{123450, 123400, 123450}},
		"commas":                {[]string{"1234,50", "1.234", "1.234,50"}, []int64{123450, 123400, 123450}},
		"spaces":                {[]string{"1 234,50", "1\u00a0234,5", "1\u202f234"}, []int64{123450, 123450, 123400}},
		"apostrophes":           {[]string{"1'234.50", "1’234.50", "'12.50"}, []int64{123450, 123450, 1250}},
		"one of many":           {[]string{"9,99", "10.00", "11.50", "1,234"}, []int64{-1, 1000, 1150, 123400}},
		"millions":              {[]string{"1.234.567", "2.000", "3"}, []int64{123456700, 200000, 300}},
		"nothing tells":         {[]string{"1,234", "12"}, []int64{-1, 1200}},
		"both":                  {[]string{"1,5", "2.5", "1,234"}, []int64{150, 250, -1}},
		"three decimals":        {[]string{"0.125", "1.5"}, []int64{-1, 150}},
		"zeros of a database":   {[]string{"12.500000", "3.000000"}, []int64{1250, 300}},
		"groups that are none":  {[]string{"1,23,456.00", "1.5.5", "12 34"}, []int64{-1, -1, -1}},
		"told by a later price": {[]string{"1,234", "9.99"}, []int64{123400, 999}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := "Handle;Title;Variant Price\n"
			for i, text := range tc.prices {
				file += fmt.Sprintf("p%d;P;%s\n", i, text)
			}
			products, refusals := readAll(t, strings.NewReader(file), Config{})
			got := map[string]int64{}
			for _, p := range products {
				got[p.Key] = p.Variants[0].Price
			}
			for i, want := range tc.want {
				price, taken := got[fmt.Sprintf("p%d", i)]
				if taken != (want >= 0) || taken && price != want {
					t.Errorf("%q: %d, taken %t; want %d (refused %+v)", tc.prices[i], price, taken, want, refusals)
				}
			}
		})
	}
}

// Weights of any unit become grams, and a parcel is never lighter on paper.
func TestWeight(t *testing.T) {
	t.Parallel()
	tests := []struct {
		plain, unit string
		want        int32
	}{{"1", "kg", 1000}, {"0.5", "lb", 227}, {"1", "oz", 29}, {"19.8", "lbs", 8982}, {"0.0001", "g", 1}, {"250", "G", 250}}
	for _, tc := range tests {
		if got, reason := weight(tc.plain, tc.unit); got != tc.want || reason != "" {
			t.Errorf("%s %s: %d, %q; want %d", tc.plain, tc.unit, got, reason, tc.want)
		}
	}
	for _, bad := range [][2]string{{"1", "stone"}, {"1e9", "g"}, {"heavy", "kg"}, {"200000000", "g"}, {"", "g"}} {
		if got, reason := weight(bad[0], bad[1]); reason == "" {
			t.Errorf("%q %s was taken for %d", bad[0], bad[1], got)
		}
	}
}

// A character that stands across two blocks stays whole, wherever it is cut.
func TestCharactersAcrossBlocks(t *testing.T) {
	t.Parallel()
	for shift := range 4 {
		file := strings.Repeat("x", shift) + "é" + strings.Repeat("€", charsetBlock)
		got, err := io.ReadAll(newDecoded(strings.NewReader(file)))
		if err != nil || string(got) != file {
			t.Errorf("shifted by %d: %v, %d bytes of %d", shift, err, len(got), len(file))
		}
	}
}

// One bad cell at the beginning does not turn the umlauts of the rest into nonsense.
func TestBadCellSpoilsNoFile(t *testing.T) {
	t.Parallel()
	file := "Handle,Title,Variant Price\nbad,Caf\xe9,1\n"
	for i := range 9000 {
		file += fmt.Sprintf("plain%d,Plain,1\n", i)
	}
	for i := range 9000 {
		file += fmt.Sprintf("k%d,Möbel,1\n", i)
	}
	products, _ := readAll(t, strings.NewReader(file), Config{})
	if last := products[len(products)-1]; last.Name != "Möbel" {
		t.Errorf("%q", last.Name)
	}
}

// An encoding is settled by the same bytes however they arrive.
func TestCharsetDoesNotDependOnReads(t *testing.T) {
	t.Parallel()
	file := "Handle,Title,Variant Price\n"
	for i := range 9000 {
		file += fmt.Sprintf("k%d,Żółty,1\n", i)
	}
	text, err := charmap.Windows1250.NewEncoder().String(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]*Product{"fast": first(t, bytes.NewReader([]byte(text))), "slow": first(t, &trickle{rest: text})} {
		if from.Name != "Żółty" {
			t.Errorf("%s: %q", name, from.Name)
		}
	}
}

func first(t *testing.T, from io.Reader) *Product {
	t.Helper()
	products, _ := readAll(t, from, Config{})
	return products[0]
}

// A file that says it is UTF-8 is taken at its word: another byte is damage.
func TestMarkedFileIsUTF8(t *testing.T) {
	t.Parallel()
	products, refusals := readAll(t, strings.NewReader("\xef\xbb\xbfHandle,Title,Variant Price\nmug,Caf\xe9,1\ncup,Cup,1\n"), Config{})
	if keys(products) != "cup" || len(refusals) != 1 || !strings.Contains(refusals[0].Reason, "UTF-8") {
		t.Errorf("products %q, refused %+v", keys(products), refusals)
	}
}

// Rows are numbered as a spreadsheet shows them, whatever stands before the header.
func TestRowsBeforeTheHeader(t *testing.T) {
	t.Parallel()
	for start, row := range map[string]int64{"": 2, "\n\n": 4, "sep=;\r\n": 3} {
		r, err := Open(strings.NewReader(start+"Handle;Title;Variant Price\nmug;Mug;1,5\ncup;Cup;1.234\n"), Config{Currency: "USD"})
		if err != nil {
			t.Fatal(err)
		}
		mug, err := r.Next()
		if err != nil || mug.Product == nil || mug.Product.Row != row {
			t.Errorf("%q: %+v, %v; want row %d", start, mug, err, row)
		}
		cup, err := r.Next()
		if err != nil || cup.Product == nil || cup.Product.Variants[0].Price != 123400 || r.Rows() != 2 {
			t.Errorf("%q: %+v, %v, %d rows", start, cup, err, r.Rows())
		}
	}
}

// Headers are known in any case, with spaces, underscores or dashes, and the file's name says nothing.
func TestRecognize(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]Format{
		"HANDLE,title,variant_price":                      ShopifyCSV,
		"url-handle,TITLE,Price":                          ShopifyCSV,
		"id,TYPE,sku,name,REGULAR_PRICE,in stock":         WooCommerceCSV,
		"SKU,Product Type,Name,Price,Visibility":          MagentoCSV,
		"product id;active (0/1);name;price tax included": PrestaShopCSV,
		"product_handle,product_title,product_status,variant_title,variant_manage_inventory,price usd": MedusaCSV,
		"name,assets,sku,price,tax category,variant assets":                                            VendureCSV,
		"Slug,SKU,Name,Price,Currency,Option1 Name":                                                    SpreeCSV,
		"slug,locale,name,description,meta title":                                                      SpreeTranslations,
		"product number;name;stock;price gross":                                                        ShopwareCSV,
	} {
		r, err := Open(strings.NewReader(header+"\n"), Config{Currency: "USD"})
		if err != nil || r.Format() != want {
			t.Errorf("%s: %v, want %s", header, err, want)
		}
	}
}

// What a spreadsheet made of a code is refused, whatever the code is for.
func TestCodesFromSpreadsheets(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{"3.65275E+11": "", "4,2E+12": "", "'0042": "0042", "E+1": "E+1", "12E5": "12E5"} {
		got, reason := code(raw, maxSKU)
		if got != want || (reason == "") != (want != "") {
			t.Errorf("%q: %q, %q; want %q", raw, got, reason, want)
		}
	}
}
