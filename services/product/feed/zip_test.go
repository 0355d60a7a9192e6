package feed

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

// archived packs files, given as name and content, into a zip archive.
func archived(t *testing.T, files ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		entry, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(entry, files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const oneLine = `{"key": "a", "name": "A", "price": 1}`

// An archive is read if it is clear what is meant in it.
func TestZip(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"one file":         archived(t, "products.json", oneLine),
		"in a folder":      archived(t, "export/", "", "export/products.JSON", "\xef\xbb\xbf["+oneLine+"]"),
		"pictures beside":  archived(t, "a.jpg", "\xff\xd8", "catalogue.dtd", "x", "products.json", oneLine, "__MACOSX/products.json", "x", ".hidden.csv", "x"),
		"no known ending":  archived(t, "export", oneLine),
		"begins like a PK": "Handle;Title;Variant Price\nPK\x01;A;1\n",
	} {
		products, _, err := tryAll(strings.NewReader(file), Config{})
		if err != nil || len(products) > 1 || len(products) == 0 && name != "begins like a PK" {
			t.Errorf("%s: %d products, %v", name, len(products), err)
		}
	}
}

// What cannot be meant, or read, is refused with words that help.
func TestZipRefused(t *testing.T) {
	t.Parallel()
	whole := archived(t, "products.json", oneLine)
	locked := []byte(whole)
	locked[6] |= 1                                           // in the file's own header,
	locked[bytes.Index(locked, []byte("PK\x01\x02"))+8] |= 1 // and in the list
	strange := []byte(whole)
	strange[8] = 97 // a method of packing that nobody has
	strange[bytes.Index(strange, []byte("PK\x01\x02"))+10] = 97
	damaged := []byte(archived(t, "products.json", strings.Repeat(oneLine+"\n", 10)))
	damaged[bytes.Index(damaged, []byte("products.json"))+20] ^= 0xff
	many := archived(t, func() (files []string) {
		for range 30_000 {
			files = append(files, "products.json", "")
		}
		return files
	}()...)
	for name, tc := range map[string]struct{ file, says string }{
		"two feeds":    {archived(t, "a.csv", "x", "b.xml", "x"), "a.csv, b.xml"},
		"seven feeds":  {archived(t, "1.csv", "", "2.csv", "", "3.csv", "", "4.csv", "", "5.csv", "", "6.csv", "", "7.csv", ""), "and 2 more"},
		"none":         {archived(t), "no file"},
		"only folders": {archived(t, "a/", "", "b/", ""), "no file"},
		"cut":          {whole[:len(whole)-10], "damaged"},
		"password":     {string(locked), "password"},
		"method":       {string(strange), "not known"},
		"gzip in zip":  {archived(t, "a.json.gz", string(zipped(t, []byte(oneLine)))), "another archive"},
		"gzip in gzip": {string(zipped(t, zipped(t, []byte(oneLine)))), "another archive"},
		"zip in zip":   {archived(t, "a.zip", whole), "not a spreadsheet"},
		"many files":   {many, "too many files"},
		"damaged":      {string(damaged), "damaged"},
	} {
		products, refusals, err := tryAll(strings.NewReader(tc.file), Config{})
		var unreadable *Unreadable
		said := ""
		if errors.As(err, &unreadable) {
			said = unreadable.Reason
		}
		for _, r := range refusals {
			said += r.Reason
		}
		if !strings.Contains(said, tc.says) && !(name == "damaged" && strings.Contains(said, "breaks off")) || len(products) > 0 && name != "damaged" {
			t.Errorf("%s: %d products, %v, refused %+v; want one that says %q", name, len(products), err, refusals, tc.says)
		}
	}
}

// peak runs something and returns how long it took, and by how much the heap grew at its highest.
func peak(run func()) (took time.Duration, grew uint64) {
	var before, during runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	done, sampled := make(chan struct{}), make(chan uint64)
	go func() {
		high := uint64(0)
		for {
			runtime.ReadMemStats(&during)
			high = max(high, during.HeapAlloc)
			select {
			case <-done:
				sampled <- high
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	start := time.Now()
	run()
	took = time.Since(start)
	close(done)
	return took, <-sampled - min(before.HeapAlloc, 1<<62)
}

// A file made to fill the memory, or to keep a worker busy, is refused in less than a second and fifty megabytes. It is not
// parallel: other tests' memory would count.
func TestBombs(t *testing.T) {
	deep := func(open, shut string) string {
		return strings.Repeat(open, 1_000_000) + strings.Repeat(shut, 1_000_000)
	}
	blanks := "[" + strings.Repeat(" ", 40<<20)
	lol := `<!DOCTYPE rss [<!ENTITY a "` + strings.Repeat("ha", 100) + `">`
	for c := 'b'; c < 'k'; c++ {
		lol += `<!ENTITY ` + string(c) + ` "` + strings.Repeat("&"+string(c-1)+";", 10) + `">`
	}
	item := func(inside string) string {
		return `<rss><channel><item><id>x</id>` + inside + `</item></channel></rss>`
	}
	for name, file := range map[string]string{
		"gzip of blanks":         string(zipped(t, []byte(blanks))),
		"zip of blanks":          archived(t, "products.json", blanks),
		"entities of entities":   lol + `]>` + item(`<title>&j;</title><price>1 USD</price>`),
		"external entity":        `<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>` + item(`<title>&a;</title><price>1 USD</price>`),
		"deep XML in an item":    item(deep("<a>", "</a>")),
		"deep XML around items":  "<rss>" + deep("<a>", "</a>"),
		"elements without end":   item(strings.Repeat("<a/>", 1_900_000)),
		"attributes without end": item("<a " + strings.Repeat(`b="" `, 1_500_000) + "/>"),
		"one huge element":       item("<a>" + strings.Repeat("x", 30<<20) + "</a>"),
		"tags never closed":      "<rss><channel>" + strings.Repeat("<item><![CDATA[", 300_000),
		"comments never closed":  "<rss><channel>" + strings.Repeat("<!-- ", 1_000_000),
		"huge document type":     "<!DOCTYPE rss [" + strings.Repeat(`<!ENTITY a "b">`, 1_000_000) + "]>" + item(""),
		"deep JSON":              `[{"a":` + deep("[", "]") + "}]",
		"deep JSON unclosed":     strings.Repeat(`{"products":`, 1_000_000),
		"values without end":     `[{"@type":"Product","name":[` + strings.Repeat("1,", 4_000_000) + "1]}]",
		"members without end":    `[{"attributes":{` + strings.Repeat(`"":1,`, 1_500_000) + `"a":1}}]`,
		"one huge text":          `[{"name":"` + strings.Repeat("x", 30<<20) + `"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			var products []*Product
			var refusals []Refusal
			var err error
			took, grew := peak(func() { products, refusals, err = tryAll(strings.NewReader(file), Config{}) })
			var unreadable *Unreadable
			if len(products) > 0 || len(refusals) == 0 && !errors.As(err, &unreadable) {
				t.Errorf("%d products, %d refusals, %v: a bomb is refused", len(products), len(refusals), err)
			}
			if strings.Contains(name, " of blanks") && (unreadable == nil || !strings.Contains(unreadable.Reason, "times its size")) {
				t.Errorf("%v: what grows like this is not read to its end", err)
			}
			if took > bombTime || grew > 50<<20 {
				t.Errorf("refusing took %v and %d MB", took, grew>>20)
			}
			t.Logf("refusing took %v and %d MB", took.Round(time.Millisecond), grew>>20)
		})
	}
}
