// Package many makes a large catalogue out of a small one, to see how a shop does that sells a million things. The same numbers always
// give the same products.
package many

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// Product is one as the shop's own JSON has it.
type Product struct {
	Key         string            `json:"key"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Brand       string            `json:"brand"`
	Categories  []string          `json:"categories"`
	Tags        []string          `json:"tags,omitempty"`
	Attributes  map[string]string `json:"attributes"`
	Options     []Option          `json:"options,omitempty"`
	Variants    []Variant         `json:"variants"`
}

// Option is what variants differ by.
type Option struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// Variant is what is bought.
type Variant struct {
	SKU       string            `json:"sku"`
	GTIN      string            `json:"gtin"`
	Options   map[string]string `json:"options,omitempty"`
	Price     string            `json:"price"`
	CompareAt string            `json:"compare_at_price,omitempty"`
	Stock     int               `json:"stock"`
	Weight    int               `json:"weight_grams"`
}

// Record is what a product is made from.
type Record struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Brand       string   `json:"brand"`
	Categories  []string `json:"categories"`
	Price       float64  `json:"price"`
}

// Records reads Best Buy's products from a folder of sample data. Where there is none they are made up, as many and as long.
func Records(folder string) (records []Record, source string, err error) {
	file, err := os.Open(filepath.Join(folder, "bestbuy", "bestbuy-products-3291.json.gz"))
	if errors.Is(err, os.ErrNotExist) {
		return madeUp(), "products that were made up", nil
	}
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = file.Close() }()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return nil, "", err
	}
	err = json.NewDecoder(unpacked).Decode(&records)
	return records, "the 3,291 Best Buy products in other series, departments, colours and sizes", err
}

func madeUp() []Record {
	kinds := []string{"Lamp", "Chair", "Kettle", "Rug", "Shelf", "Clock", "Basket", "Mirror"}
	made := make([]Record, 3291)
	for i := range made {
		kind := kinds[i%len(kinds)]
		made[i] = Record{
			Name: fmt.Sprintf("%s of oak and brass with a woven shade, model %d", kind, i), Brand: fmt.Sprintf("Maker %d", i%260),
			Description: fmt.Sprintf("A %s for halls and bedrooms, made by hand in small numbers. It is finished with oil, weighs little more than its box and "+
				"comes with everything that is needed to put it up in an afternoon. Number %d of a series; each is a little different.", kind, i),
			Categories: []string{"House", kind + "s", fmt.Sprintf("%ss, series %d", kind, i%8)}, Price: float64(100+i*37%80000) / 100,
		}
	}
	return made
}

var (
	departments = []string{
		"Phones", "Sound", "Pictures", "Computing", "Kitchen", "Garden", "Travel", "Office", "Sport", "Toys", "Health", "Light", "Tools", "Car", "Bicycle", "Music",
		"Baby", "Pets", "Books", "Outlet",
	}
	series    = []string{"Alto", "Borealis", "Cinder", "Delta", "Ember", "Fjord", "Garnet", "Harbor", "Indigo", "Juniper", "Krypton", "Lumen", "Meridian", "Nimbus", "Onyx", "Pulse"}
	colours   = []string{"Black", "White", "Silver", "Graphite", "Navy", "Forest", "Coral", "Sand", "Plum", "Sky"}
	sizes     = []string{"S", "M", "L", "XL"}
	materials = []string{"Aluminium", "Leather", "Polycarbonate", "Silicone", "Steel", "Glass", "Nylon", "Wood"}
	sentences = []string{
		"It comes in a box without plastic.", "Two years of guarantee.", "Made for daily use.", "The cable is included.", "Easy to clean.", "Tested for ten thousand openings.",
	}
)

// Products makes n of them.
func Products(records []Record, n int) iter.Seq[Product] {
	return func(yield func(Product) bool) {
		for i := range n {
			if !yield(product(records, i)) {
				return
			}
		}
	}
}

func product(records []Record, i int) Product {
	random := rand.New(rand.NewPCG(uint64(i), 7))
	base := records[i%len(records)]
	round := i / len(records)
	line := series[random.IntN(len(series))]
	p := Product{
		Key:  fmt.Sprintf("many-%d", i),
		Name: base.Name, Brand: base.Brand, Description: base.Description,
		Attributes: map[string]string{
			"Series": line, "Material": materials[random.IntN(len(materials))], "Weight": fmt.Sprintf("%d g", 40+random.IntN(3000)), "Guarantee": fmt.Sprintf("%d years", 1+random.IntN(5)),
		},
	}
	if round > 0 {
		p.Name = fmt.Sprintf("%s - %s %d", base.Name, line, 100+round)
		p.Description += " " + sentences[random.IntN(len(sentences))] + " " + sentences[random.IntN(len(sentences))]
	}
	p.Categories = append([]string{departments[round%len(departments)]}, base.Categories[min(1, len(base.Categories)):]...)
	p.Tags = append(p.Tags, strings.Fields(strings.ToLower(base.Brand))...)
	cents := max(199, int(base.Price*100*(0.7+random.Float64()*0.6))/100*100+99)
	add := func(options map[string]string) {
		number := len(p.Variants)
		v := Variant{
			SKU: fmt.Sprintf("M%d-%d", i, number), GTIN: gtin(i*16 + number), Options: options, Price: amount(cents + 100*random.IntN(3)),
			Stock: random.IntN(40), Weight: 50 + random.IntN(2000),
		}
		if random.IntN(8) == 0 {
			v.CompareAt = amount(cents*5/4 + 300)
		}
		p.Variants = append(p.Variants, v)
	}
	switch kind := random.IntN(10); {
	case kind < 6:
		add(nil)
	case kind < 9:
		first := random.IntN(len(colours) - 4)
		chosen := colours[first : first+2+random.IntN(3)]
		p.Options = []Option{{"Colour", chosen}}
		for _, colour := range chosen {
			add(map[string]string{"Colour": colour})
		}
	default:
		p.Options = []Option{{"Colour", colours[:2]}, {"Size", sizes}}
		for _, colour := range colours[:2] {
			for _, size := range sizes {
				add(map[string]string{"Colour": colour, "Size": size})
			}
		}
	}
	return p
}

func amount(cents int) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

// gtin is the number with its check digit (GS1 General Specifications, 7.9). No such company exists.
func gtin(n int) string {
	digits := fmt.Sprintf("9%011d", n)
	sum := 0
	for i, d := range []byte(digits) {
		sum += int(d-'0') * (1 + i%2*2)
	}
	return fmt.Sprintf("%s%d", digits, (10-sum%10)%10)
}

// Write writes products as the array that an import takes.
func Write(out io.Writer, products iter.Seq[Product]) error {
	separator := "[\n"
	for p := range products {
		record, err := json.Marshal(p)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "%s%s", separator, record); err != nil {
			return err
		}
		separator = ",\n"
	}
	_, err := io.WriteString(out, "\n]\n")
	return err
}
