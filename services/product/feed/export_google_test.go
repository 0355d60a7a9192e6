package feed

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// shopping is the shop that the tests show to Google.
var shopping = GoogleConfig{
	Title: "Tindle & Co", Shop: "https://shop.example/", Products: "https://shop.example/products/", Images: "https://pics.example/",
	Currency: "EUR", Backorders: time.Date(2026, 12, 24, 9, 0, 0, 0, time.UTC),
}

// googleItems reads a feed as Google would: every item's elements by name.
func googleItems(t *testing.T, cfg GoogleConfig, products ...*Product) ([]map[string][]string, *GoogleFeed) {
	t.Helper()
	var out bytes.Buffer
	g := NewGoogleFeed(&out, cfg)
	for _, p := range products {
		if err := g.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	var items []map[string][]string
	decoder := xml.NewDecoder(&out)
	name := ""
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return items, g
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			name = token.Name.Local
			if name == "item" {
				items = append(items, map[string][]string{})
			}
			if token.Name.Space != "" && token.Name.Space != "http://base.google.com/ns/1.0" {
				t.Errorf("%s is in the namespace %q", name, token.Name.Space)
			}
		case xml.CharData:
			if text := strings.TrimSpace(string(token)); text != "" && len(items) > 0 {
				items[len(items)-1][name] = append(items[len(items)-1][name], text)
			}
		}
	}
}

func kettle() *Product {
	return &Product{
		Key: "kettle", Slug: "kettle-grün", Name: "Kettle <& cup>", Description: "One.\n\nTwo.", Brand: "Tindle", State: Active,
		Categories: [][]string{{"Kitchen", "Kettles & co"}}, Attributes: []Attribute{{"Material", "Enamel"}, {"Capacity", "2 l"}},
		Options: []Option{{"Farbe", []string{"Moss", "Clay"}}}, Images: []Image{{Source: "/1.jpg"}, {Source: "https://x.example/2.jpg"}},
		Variants: []Variant{
			{SKU: "K-1", GTIN: "04006381333931", OptionValues: []string{"Moss"}, Price: 2450, CompareAt: 3000, WeightGrams: 310, Stock: Stock{Known: true, OnHand: 1}},
			{SKU: "K 2", MPN: "T9", OptionValues: []string{"Clay"}, Price: 2450, Image: "https://x.example/2.jpg", Stock: Stock{Known: true}},
			{OptionValues: []string{"Clay 2"}, Price: 2450, Stock: Stock{Known: true, Backorder: true}},
		},
		Translations: []Translation{{Locale: "de", Name: "Kessel", Slug: "kessel"}},
	}
}

// Google is told all that it requires of a variant, in its own words.
func TestGoogleFeed(t *testing.T) {
	t.Parallel()
	p := kettle()
	draft := kettle()
	draft.State = Draft
	bare := kettle()
	bare.Images = nil
	bare.Variants = bare.Variants[:1]
	items, g := googleItems(t, shopping, p, draft, bare)
	if len(items) != 3 || g.LeftOut() != 1 {
		t.Fatalf("%d items, %d left out", len(items), g.LeftOut())
	}
	for i, want := range []map[string]string{
		{
			"id": "K-1", "title": "Kettle <& cup> – Moss", "description": "One.\n\nTwo.", "link": "https://shop.example/products/kettle-gr%C3%BCn?variant=K-1",
			"image_link": "https://pics.example/1.jpg", "additional_image_link": "https://x.example/2.jpg", "availability": "in_stock", "price": "30.00 EUR",
			"sale_price": "24.50 EUR", "condition": "new", "brand": "Tindle", "gtin": "4006381333931", "identifier_exists": "", "item_group_id": "kettle", "item_group_title": "Kettle <& cup>",
			"product_type": "Kitchen > Kettles & co", "shipping_weight": "310 g", "color": "Moss", "material": "Enamel", "attribute_name": "Capacity", "attribute_value": "2 l",
		},
		{
			"id": "K 2", "link": "https://shop.example/products/kettle-gr%C3%BCn?variant=K+2", "image_link": "https://x.example/2.jpg", "additional_image_link": "https://pics.example/1.jpg",
			"availability": "out_of_stock", "price": "24.50 EUR", "sale_price": "", "mpn": "T9", "gtin": "", "identifier_exists": "", "color": "Clay", "availability_date": "",
		},
		{"availability": "backorder", "availability_date": "2026-12-24T09:00Z", "identifier_exists": "no"},
	} {
		for name, text := range want {
			if got := strings.Join(items[i][name], " / "); got != text {
				t.Errorf("item %d has %s %q, want %q", i, name, got, text)
			}
		}
	}
	if id := items[2]["id"][0]; !strings.HasPrefix(id, "kettle-") || len(id) > 50 {
		t.Errorf("id %q", id)
	}
}

// Other shops read the feed as this one would.
func TestGoogleFeedIsRead(t *testing.T) {
	t.Parallel()
	p := kettle()
	p.Name, p.Variants = "Kettle", p.Variants[:2]
	file := exported(t, []*Product{p}, func(w io.Writer) Writer {
		cfg := shopping
		cfg.Currency = "USD"
		return NewGoogleFeed(w, cfg)
	})
	products, refusals := readAll(t, bytes.NewReader(file), Config{})
	if len(products) != 1 || len(refusals) > 0 || len(products[0].Variants) != 2 {
		t.Fatalf("%+v, refused %+v", products, refusals)
	}
	for i, v := range products[0].Variants {
		if want := p.Variants[i]; v.SKU != want.SKU || v.GTIN != want.GTIN || v.Price != want.Price || v.CompareAt != want.CompareAt || v.WeightGrams != want.WeightGrams || v.MPN != want.MPN {
			t.Errorf("%+v, want %+v", v, want)
		}
	}
}

// A market sees its own language and prices.
func TestGoogleFeedOfAMarket(t *testing.T) {
	t.Parallel()
	cfg := shopping
	cfg.In, cfg.Locale = "CHF", "de"
	p := kettle()
	p.Variants[0].Prices = []Price{{Currency: "CHF", MinQuantity: 10, Minor: 1}, {Currency: "CHF", MinQuantity: 1, Minor: 2900}}
	items, g := googleItems(t, cfg, p)
	if len(items) != 1 || g.LeftOut() != 2 || items[0]["price"][0] != "29.00 CHF" || items[0]["title"][0] != "Kessel – Moss" || !strings.Contains(items[0]["link"][0], "/kessel?") {
		t.Errorf("%v, %d left out", items, g.LeftOut())
	}
}

// No text is longer than Google takes it, and none is cut inside a character; codes that were cut stay apart.
func TestGoogleFeedBounds(t *testing.T) {
	t.Parallel()
	p := kettle()
	p.Name, p.Description, p.Brand, p.Key = strings.Repeat("grüner Kessel ", 30), strings.Repeat("Wörter ", 4000), strings.Repeat("ß", 100), strings.Repeat("k", 80)
	p.Variants[0].SKU, p.Variants[1].SKU = strings.Repeat("s", 60)+"1", strings.Repeat("s", 60)+"2"
	for i := range 30 {
		p.Images = append(p.Images, Image{Source: "https://x.example/" + itoa(int64(i)) + ".png"})
	}
	items, _ := googleItems(t, shopping, p)
	limits := map[string]int{"id": 50, "title": 150, "description": 5000, "brand": 70, "item_group_id": 50}
	for _, item := range items {
		for name, limit := range limits {
			if text := item[name][0]; utf8.RuneCountInString(text) > limit || !utf8.ValidString(text) || utf8.RuneCountInString(text) < limit/2 && name != "id" {
				t.Errorf("%s %q", name, text)
			}
		}
		if len(item["additional_image_link"]) != 10 {
			t.Errorf("%d more pictures", len(item["additional_image_link"]))
		}
	}
	if items[0]["id"][0] == items[1]["id"][0] {
		t.Errorf("two variants are %q", items[0]["id"][0])
	}
}
