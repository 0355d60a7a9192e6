package feed

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// BenchmarkRead reads a file that stands for what suppliers send, or the one that TEST_FEED_FILE names.
func BenchmarkRead(b *testing.B) {
	files := map[string][]byte{
		"Google":  []byte(rss(strings.Split(strings.Repeat(googleOf("bowl", "description", "One. Two and three.", "brand", "Tindle", "color", "Moss")+"\n", 2000), "\n")...)),
		"JSON":    []byte("[" + strings.Repeat(strings.ReplaceAll(mug, "images/", "https://pics.example/")+",\n", 2000) + "]"),
		"Shopify": []byte(shopifyFile(strings.Split(strings.Repeat(simple("mug", "Body (HTML)", "\"<p>One.</p><p>Two &amp; three.</p>\"")+"\n", 2000), "\n")...)),
	}
	if name := os.Getenv("TEST_FEED_FILE"); name != "" {
		file, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		files = map[string][]byte{"file": file}
	}
	for name, file := range files {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for b.Loop() {
				r, err := Open(bytes.NewReader(file), Config{Currency: "USD"})
				for err == nil {
					_, err = r.Next()
				}
				if !errors.Is(err, io.EOF) {
					b.Fatal(err)
				}
			}
		})
	}
}
