package address

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is what a country's post would not deliver.
type Problem struct {
	Field Field
	// Text says what to do, for the person who typed it: "A postcode in Germany has five digits, such as 26133".
	Text string
}

// Check says what is wrong with a normalised address, field by field in the order of the country's form; nothing if it can be delivered as far as its form
// shows. Whether there is such a street, and whether the postcode is that of the town, it does not know.
func Check(a Address) []Problem {
	if len(a.Country) != 2 || strings.Trim(a.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return []Problem{{Country, "Choose a country"}}
	}
	f := formatOf(a.Country)
	var problems []Problem
	for _, row := range Form(a.Country) {
		for _, part := range row {
			if text := f.problem(part, a.Get(part.Field)); text != "" {
				problems = append(problems, Problem{part.Field, text})
			}
		}
	}
	return problems
}

func (f *format) problem(part Part, text string) string {
	switch {
	case text == "" && !part.Required:
		return ""
	case text == "" && len(part.Regions) > 0:
		return "Choose the " + lower(part.Label)
	case text == "" && part.Example != "":
		return "Enter the " + lower(part.Label) + ", such as " + part.Example
	case text == "":
		return "Enter the " + lower(part.Label)
	case part.Field == PostalCode && f.pattern != nil && !f.pattern.MatchString(text):
		return f.postcodeLooks()
	// Where the region may be left out, one that is not known may be typed as well: the data lags behind what countries do.
	case part.Field == Region && part.Required && len(part.Regions) > 0:
		if _, ok := f.region(text); !ok {
			return fmt.Sprintf("“%s” is no %s of %s in our list; choose one, such as %s", text, lower(part.Label), f.inEnglish(), part.Regions[0].Label())
		}
	}
	return ""
}

// postcodeLooks tells what the country's postcodes have in common.
func (f *format) postcodeLooks() string {
	label, example := f.label(PostalCode), f.example()
	switch f.PostcodeKind {
	case "zip", "pin":
	default:
		label = lower(label)
	}
	article := "A "
	if strings.HasPrefix(label, "e") {
		article = "An "
	}
	looks := " looks like "
	if digits := f.digits(); digits > 0 {
		looks = " has " + numbers[digits] + " digits, such as "
	}
	return article + label + " in " + f.inEnglish() + looks + example
}

// lower writes a label within a sentence. Abbreviations stay.
func lower(label string) string {
	if len(label) > 1 && unicode.IsUpper(rune(label[1])) {
		return label
	}
	return strings.ToLower(label[:1]) + label[1:]
}

var numbers = []string{3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}

// example is the first postcode that the data gives.
func (f *format) example() string {
	first, _, _ := strings.Cut(f.Examples, ",")
	return first
}

// digits is how many digits every postcode of the country has, or 0 where they have letters or differ. The four that may follow a ZIP code are not counted.
func (f *format) digits() int {
	count := 0
	for _, example := range strings.Split(f.Examples, ",") {
		bare := bareCode(example)
		if strings.Trim(kinds(bare), "9") != "" || count > 0 && len(bare) != count && f.PostcodeKind != "zip" {
			return 0
		}
		if count == 0 {
			count = len(bare)
		}
	}
	if count < 3 || count >= len(numbers) {
		return 0
	}
	return count
}

// Refusals are the problems of an address as an API says them: each after the name of its field, within the field that holds the address, such as "address.city: enter the city".
func Refusals(holder string, a Address) []string {
	var refused []string
	for _, problem := range Check(a) {
		first, size := utf8.DecodeRuneInString(problem.Text)
		refused = append(refused, holder+"."+string(problem.Field)+": "+string(unicode.ToLower(first))+problem.Text[size:])
	}
	return refused
}
