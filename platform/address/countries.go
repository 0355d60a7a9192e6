package address

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

//go:embed countries.json
var published []byte

// format is what the data says of a country. In its patterns %N is the name, %A the street's lines, %C the town, %S the region, %Z the postcode and %n a
// new line; %O (company), %D (part of a town) and %X (sorting code) have no field of their own here: they go in the second line.
type format struct {
	Format       string        `json:"format"`
	LatinFormat  string        `json:"latin_format"` // for Latin letters, where the country's own are others
	Required     string        `json:"required"`     // letters of the above
	Upper        string        `json:"upper"`        // letters of what the post wants in capitals
	Postcode     string        `json:"postcode"`     // a regular expression; empty where there are none
	Examples     string        `json:"examples"`     // of postcodes, between commas
	Prefix       string        `json:"prefix"`       // stands before a postcode on a parcel but is no part of it
	RegionKind   string        `json:"region_kind"`
	TownKind     string        `json:"town_kind"`
	PostcodeKind string        `json:"postcode_kind"`
	Regions      []Subdivision `json:"regions"`

	country string
	pattern *regexp.Regexp    // the whole of a postcode
	codes   map[string]string // of regions, by every way of writing them
}

// Subdivision is a state, a province, a prefecture.
type Subdivision struct {
	Code  string   `json:"code"`  // ISO 3166-2 without the country; for the islands of BS, KY and HK, which have none there, the name
	Name  string   `json:"name"`  // in the country's own language
	Latin string   `json:"latin"` // the name in Latin letters, where they are not the country's own
	Also  []string `json:"also"`  // names in further languages of the country
}

// Label is the name for somebody who reads English.
func (s Subdivision) Label() string { return cmp.Or(s.Latin, s.Name) }

// plain is for countries of which the data says nothing: the format that most have, of which only the street is needed.
var plain = format{Format: "%N%n%O%n%A%n%C%n%S%n%Z", Required: "A"}

// corrections are words that the data lacks.
var corrections = map[string]func(*format){
	"CA": func(f *format) { f.PostcodeKind = "postal" },
	"CL": func(f *format) { f.RegionKind = "region" },
	"EG": func(f *format) { f.RegionKind = "governorate" },
	"PE": func(f *format) { f.RegionKind = "region" },
	"RO": func(f *format) { f.RegionKind = "county" },
	"SV": func(f *format) { f.RegionKind = "department" },
	"UY": func(f *format) { f.RegionKind = "department" },
}

// formats reads the data when the first address is asked about.
var formats = sync.OnceValue(func() map[string]*format {
	var all map[string]*format
	if err := json.Unmarshal(published, &all); err != nil {
		panic(err) // it is part of the program
	}
	for country, f := range all {
		f.country = country
		if correct := corrections[country]; correct != nil {
			correct(f)
		}
		if f.Format == "" { // the data's own default
			f.Format, f.Required = "%N%n%O%n%A%n%C", cmp.Or(f.Required, "AC")
		}
		f.Required = cmp.Or(f.Required, "AC")
		if f.Postcode != "" {
			f.pattern = regexp.MustCompile(`^(?:` + f.Postcode + `)$`)
		}
		slices.SortFunc(f.Regions, func(a, b Subdivision) int { return cmp.Compare(fold(a.Label()), fold(b.Label())) })
		f.codes = spellings(country, f.Regions)
	}
	return all
})

func formatOf(country string) *format {
	if f := formats()[country]; f != nil {
		return f
	}
	return &plain
}

func (f *format) requires(field Field) bool {
	switch field {
	case Name, Line1, Country:
		return true // somebody lives somewhere
	case City:
		return strings.Contains(f.Required, "C")
	case Region:
		return strings.Contains(f.Required, "S")
	case PostalCode:
		return strings.Contains(f.Required, "Z")
	}
	return false
}

// Subdivisions are the regions that an address in a country names, by name; none where it names none or any text will do.
func Subdivisions(country string) []Subdivision { return formatOf(country).Regions }

// Named is a country as people call it.
type Named struct {
	Code, Name string
}

// Countries lists those that the data knows, by name in a language.
func Countries(reader language.Tag) []Named {
	list := make([]Named, 0, len(formats()))
	for code := range formats() {
		list = append(list, Named{code, CountryName(code, reader)})
	}
	sorter := collate.New(reader)
	slices.SortFunc(list, func(a, b Named) int { return cmp.Or(sorter.CompareString(a.Name, b.Name), cmp.Compare(a.Code, b.Code)) })
	return list
}

// CountryName is what a country is called in a language; its code if that is not known.
func CountryName(code string, reader language.Tag) string {
	region, err := language.ParseRegion(code)
	if err != nil || len(code) != 2 || !region.IsCountry() {
		return code
	}
	if namer := display.Regions(reader); namer != nil {
		if name := namer.Name(region); name != "" {
			return name
		}
	}
	return cmp.Or(display.English.Regions().Name(region), code)
}

// withThe are the countries whose English name takes an article.
const withThe = " AE BS CF CK DO FK FO GB GM KM KY MH MP MV NL PH SB SC TC UM US VA VG VI "

// inEnglish names the country in a sentence.
func (f *format) inEnglish() string {
	name := CountryName(f.country, language.English)
	if strings.Contains(withThe, " "+f.country+" ") {
		return "the " + name
	}
	return name
}
