package address

import (
	"bufio"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What a country's own examples and regions make up is accepted however it is typed, and stored in one way.
func TestNormaliseSettles(t *testing.T) {
	var countries []string
	for country := range formats() {
		countries = append(countries, country)
	}
	slices.Sort(countries)
	rapid.Check(t, func(t *rapid.T) {
		country := rapid.SampledFrom(countries).Draw(t, "country")
		f := formatOf(country)
		a := Address{Name: "Ada", Line1: rapid.String().Draw(t, "line1") + "1", City: "Town", Country: strings.ToLower(country)}
		a.PostalCode = rapid.SampledFrom(strings.Split(f.Examples, ",")).Draw(t, "postcode")
		if rapid.Bool().Draw(t, "bare") {
			a.PostalCode = " " + strings.ToLower(bareCode(a.PostalCode))
		}
		if len(f.Regions) > 0 {
			region := rapid.SampledFrom(f.Regions).Draw(t, "region")
			a.Region = rapid.SampledFrom(append([]string{region.Code, region.Name, region.Label()}, region.Also...)).Draw(t, "spelling")
		} else if f.requires(Region) {
			a.Region = "Region"
		}
		once := Normalise(a)
		if problems := Check(once); problems != nil {
			t.Fatalf("%+v became %+v: %v", a, once, problems)
		}
		if twice := Normalise(once); twice != once {
			t.Fatalf("%+v is not settled: %+v", once, twice)
		}
	})
}

func FuzzNormalise(f *testing.F) {
	f.Add("DE", "D-10115", "Berlin", "1 Straße\u202e\x00 2")
	f.Add("GB", "sw1a2aa", "Wales", "１")
	f.Add("LV", "LV-LV-1050", "US-CA", "\u3000\u0301")
	f.Add("US", "95014—1234", "D.C.", "\xff")
	f.Fuzz(func(t *testing.T, country, postcode, region, line string) {
		a := Normalise(Address{Name: line, Line1: line, Line2: region, City: line, Region: region, PostalCode: postcode, Country: country})
		if again := Normalise(a); again != a {
			t.Fatalf("%q became %q", a, again)
		}
		for _, problem := range Check(a) {
			if problem.Text == "" || problem.Field == "" {
				t.Fatalf("a problem without words: %q", problem)
			}
		}
		for _, line := range append(Lines(a), ParcelLines(a, "DE")...) {
			if strings.ContainsAny(line, "\r\n") || line == "" {
				t.Fatalf("%q is no line of %q", line, a)
			}
		}
	})
}

// Of thousands of made-up addresses in six countries, none is refused for more than its postcode: in Canada and Great Britain many are half a postcode or have
// their letters and digits mixed up.
func TestAddressesOfAdventureWorks(t *testing.T) {
	folder := os.Getenv("TEST_FEED_DATA")
	if folder == "" {
		t.Skip("TEST_FEED_DATA is not set: the addresses are not here")
	}
	folder = filepath.Join(folder, "addresses")
	type state struct{ code, country string }
	states := map[string]state{}
	text, err := os.ReadFile(filepath.Join(folder, "adventureworks-stateprovince.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if cells := strings.Split(line, "\t"); len(cells) > 4 {
			states[cells[0]] = state{strings.TrimSpace(cells[1]), cells[2]}
		}
	}
	file, err := os.Open(filepath.Join(folder, "adventureworks-address.tsv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	read, refused := map[string]int{}, map[string]int{}
	for lines := bufio.NewScanner(unzipped); lines.Scan(); {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) < 6 {
			continue
		}
		at := states[cells[4]]
		a := Normalise(Address{Name: "Ada", Line1: cells[1], Line2: cells[2], City: cells[3], Region: at.code, PostalCode: cells[5], Country: at.country})
		read[at.country]++
		for _, problem := range Check(a) {
			refused[at.country]++
			if problem.Field != PostalCode || at.country != "CA" && at.country != "GB" {
				t.Errorf("%+v: %s", a, problem.Text)
			}
		}
	}
	t.Logf("read %v, refused %v", read, refused)
	if read["US"] < 8000 || len(read) != 6 {
		t.Errorf("only %v were read", read)
	}
}
