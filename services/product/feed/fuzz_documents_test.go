package feed

import (
	"os"
	"testing"
)

// seeds gives a fuzz test the invented files beside it.
func seeds(f *testing.F, names ...string) {
	f.Helper()
	for _, name := range names {
		file, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
}

func FuzzGoogleXML(f *testing.F) {
	f.Add([]byte(rss(googleOf("a", "item_group_id", "g", "color", "Red"), googleOf("b"), googleOf("c", "item_group_id", "g", "color", "Blue", "sale_price", "1 USD"))))
	f.Add([]byte(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>a<![CDATA[<item>]]></title><!-- </entry> --><price>1</price></entry><entry></feed>`))
	f.Add([]byte("<?xml version='1.0' encoding='windows-1252'?><!DOCTYPE rss [<!ENTITY a 'b'>]><rss><item><id>\xe9</id><title>&a;</title></item></rss>"))
	fuzz(f, GoogleXML)
}

func FuzzBMEcat(f *testing.F) {
	seeds(f, "bmecat-2005.xml", "bmecat-1.2.xml", "bmecat-prices.xml")
	fuzz(f, BMEcat)
}

func FuzzGoogleTSV(f *testing.F) {
	seeds(f, "google.tsv")
	fuzz(f, GoogleTSV)
}

func FuzzFacebookCSV(f *testing.F) {
	seeds(f, "facebook.csv")
	fuzz(f, FacebookCSV)
}

func FuzzJSONLines(f *testing.F) {
	seeds(f, "products.jsonl")
	fuzz(f, JSONLines)
}

func FuzzJSONLD(f *testing.F) {
	seeds(f, "products.jsonld")
	f.Add([]byte(`{"products":[{"@type":"Product","sku":1,"name":"a","offers":[{"price":1},{"price":"2","priceCurrency":"EUR"}]}],"x":{}}`))
	fuzz(f, JSONLD)
}

// Any bytes at all: packed, broken off, of no kind that is known.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Add([]byte("\xff\xfe<\x00"))
	fuzz(f, Unknown)
}
