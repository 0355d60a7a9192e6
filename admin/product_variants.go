package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// variantsShown are rows of variants on a page at once; the page carries the others along.
const variantsShown = 75

// mostVariants is how many a product may have: see the service, which has the last word.
const mostVariants = 500

// variantRow is a variant as it is typed.
type variantRow struct {
	ID        string   `json:"id,omitempty"`  // empty while it is new
	Was       string   `json:"was,omitempty"` // its digest when the form was opened
	Values    []string `json:"values,omitempty"`
	SKU       string   `json:"sku,omitempty"`
	GTIN      string   `json:"gtin,omitempty"`
	Price     string   `json:"price,omitempty"`
	CompareAt string   `json:"compare,omitempty"`
	Weight    string   `json:"weight,omitempty"`
	Picture   string   `json:"picture,omitempty"` // the number of one of the product's pictures
	Removed   bool     `json:"removed,omitempty"`
}

// variantColumn is something that is typed of a variant.
type variantColumn struct {
	name, label string
	number      bool
	of          func(*variantRow) *string
}

// variantColumns are by the names of the fields in the service.
var variantColumns = []variantColumn{
	{"sku", "SKU", false, func(r *variantRow) *string { return &r.SKU }},
	{"gtin", "GTIN", false, func(r *variantRow) *string { return &r.GTIN }},
	{"price", "Price", true, func(r *variantRow) *string { return &r.Price }},
	{"compare_at_price", "Price before", true, func(r *variantRow) *string { return &r.CompareAt }},
	{"weight_grams", "Weight in g", true, func(r *variantRow) *string { return &r.Weight }},
	{"image_id", "Picture", true, func(r *variantRow) *string { return &r.Picture }},
}

func (f *productForm) variantRow(v *productv1.Variant) variantRow {
	row := variantRow{ID: v.GetId(), Values: v.GetOptionValues(), SKU: v.GetSku(), GTIN: v.GetGtin(), Price: decimal(v.GetPrice()), CompareAt: decimal(v.GetCompareAtPrice())}
	if v.GetWeightGrams() > 0 {
		row.Weight = strconv.Itoa(int(v.GetWeightGrams()))
	}
	if at := slices.IndexFunc(f.images, func(i imageRow) bool { return v.GetImageId() != "" && i.ID == v.GetImageId() }); at >= 0 {
		row.Picture = strconv.Itoa(at + 1)
	}
	return row
}

// label is by what staff know a variant.
func (r variantRow) label() string {
	switch {
	case len(r.Values) > 0:
		return strings.Join(r.Values, " / ")
	case r.SKU != "":
		return r.SKU
	default:
		return "The only variant"
	}
}

// rowDigest stands for what a row says, whatever the numbers of the pictures are.
func (f *productForm) rowDigest(row variantRow) string {
	row.Was, row.Removed, row.Picture = "", false, f.pictureOf(row.Picture)
	return digest(row)
}

// pictureOf is what a picture's number stands for; the text itself when it stands for none.
func (f *productForm) pictureOf(number string) string {
	at, err := strconv.Atoi(number)
	if err != nil || at < 1 || at > len(f.images) {
		return number
	}
	image := f.images[at-1]
	switch {
	case image.removed:
		return ""
	case image.ID != "":
		return image.ID
	default:
		return image.Source
	}
}

// readVariants puts the rows that were shown among those that were carried along.
func (f *productForm) readVariants(values url.Values, current *productv1.Product) {
	stored := map[string]*productv1.Variant{}
	for _, v := range current.GetVariants() {
		stored[v.GetId()] = v
	}
	var shown, rest []variantRow
	for i := 0; values.Has(rowName("variants", i, "key")); i++ {
		var row variantRow
		if json.Unmarshal([]byte(values.Get(rowName("variants", i, "key"))), &row) != nil {
			continue // not one of ours
		}
		for _, column := range variantColumns {
			*column.of(&row) = strings.TrimSpace(values.Get(rowName("variants", i, column.name)))
		}
		row.Removed = values.Has(rowName("variants", i, "removed"))
		shown = append(shown, row)
	}
	var carried []json.RawMessage
	_ = json.Unmarshal([]byte(values.Get("rest")), &carried) // of ours, or nothing
	for _, one := range carried {
		var row variantRow
		var known string
		if json.Unmarshal(one, &known) == nil { // a variant that was not touched
			if stored[known] == nil {
				continue
			}
			row = formOf(&productv1.Product{Images: current.GetImages(), Variants: []*productv1.Variant{stored[known]}}).variants[0]
			row.Picture = f.numberOf(stored[known].GetImageId())
		} else if json.Unmarshal(one, &row) != nil {
			continue
		}
		rest = append(rest, row)
	}
	f.from, _ = strconv.Atoi(values.Get("from"))
	f.from = max(0, min(f.from, len(rest)))
	f.variants = slices.Concat(rest[:f.from], shown, rest[f.from:])
}

// numberOf is the number under which the form shows a picture now.
func (f *productForm) numberOf(image string) string {
	at := slices.IndexFunc(f.images, func(i imageRow) bool { return image != "" && i.ID == image })
	if at < 0 {
		return ""
	}
	return strconv.Itoa(at + 1)
}

// shownRows are the rows of the page that is open.
func (f *productForm) shownRows() []variantRow {
	f.from = max(0, min(f.from, (len(f.variants)-1)/variantsShown*variantsShown))
	return f.variants[f.from:min(f.from+variantsShown, len(f.variants))]
}

// rest is what a page carries along of the rows that it does not show: the ids of those that were not touched, all of the others.
func (f *productForm) rest() string {
	shown := len(f.shownRows())
	carried := []any{}
	for i, row := range f.variants {
		switch {
		case i >= f.from && i < f.from+shown:
		case row.ID != "" && !row.Removed && f.rowDigest(row) == row.Was:
			carried = append(carried, row.ID)
		default:
			carried = append(carried, row)
		}
	}
	text, _ := json.Marshal(carried)
	return string(text)
}

// renameValues has the variants follow option values that were written anew in the place of others.
func (f *productForm) renameValues() {
	for n, option := range f.options {
		if len(option.was) != len(option.Values) {
			continue
		}
		renamed := map[string]string{}
		for i, was := range option.was {
			if !slices.Contains(option.Values, was) && !slices.Contains(option.was, option.Values[i]) {
				renamed[was] = option.Values[i]
			}
		}
		for i := range f.variants {
			if n >= len(f.variants[i].Values) {
				continue
			}
			if to, found := renamed[f.variants[i].Values[n]]; found {
				f.variants[i].Values = slices.Clone(f.variants[i].Values)
				f.variants[i].Values[n] = to
			}
		}
	}
}

// makeVariants has a row for each combination of option values. Rows that are there already keep what they say; those whose combination is
// gone are ticked to be removed. What is new costs what the first costs.
func (f *productForm) makeVariants() (made int, problems ui.Problems) {
	combinations := [][]string{nil}
	for i, option := range f.filledOptions() {
		if len(option.Values) == 0 {
			return 0, ui.Problems{rowName("options", i, "values"): "Write the values of " + option.Name + ", one a line"}
		}
		var longer [][]string
		for _, combination := range combinations {
			for _, value := range option.Values {
				longer = append(longer, append(slices.Clone(combination), value))
			}
		}
		if combinations = longer; len(combinations) > mostVariants {
			return 0, ui.Problems{rowName("options", i, "values"): fmt.Sprintf("These options make more than %d variants; leave some values out, or sell them as two products", mostVariants)}
		}
	}
	pattern := variantRow{}
	if len(f.variants) > 0 {
		first := f.variants[0]
		pattern = variantRow{Price: first.Price, CompareAt: first.CompareAt, Weight: first.Weight}
	}
	used := make([]bool, len(f.variants))
	for _, combination := range combinations {
		at := slices.IndexFunc(f.variants[:len(used)], func(row variantRow) bool { return slices.Equal(row.Values, combination) })
		if at < 0 { // one that had fewer options, or more, is the first that agrees with it as far as both go
			for i, row := range f.variants[:len(used)] {
				n := min(len(row.Values), len(combination))
				if !used[i] && len(row.Values) != len(combination) && slices.Equal(row.Values[:n], combination[:n]) {
					at = i
					break
				}
			}
		}
		if at >= 0 && !used[at] {
			used[at] = true
			f.variants[at].Values, f.variants[at].Removed = combination, false
			continue
		}
		row := pattern
		row.Values = combination
		f.variants = append(f.variants, row)
		made++
	}
	for i := range used {
		f.variants[i].Removed = f.variants[i].Removed || !used[i]
	}
	f.variants = slices.DeleteFunc(f.variants, func(row variantRow) bool { return row.Removed && row.ID == "" })
	return made, nil
}

// fits says whether every variant has a value for each option.
func (f *productForm) fits() bool {
	options := len(f.filledOptions())
	return !slices.ContainsFunc(f.variants, func(row variantRow) bool { return !row.Removed && len(row.Values) != options })
}

// variant is what a row asks for, made of the variant that it was. What cannot be read is a problem.
func (f *productForm) variant(row variantRow, at int, was *productv1.Variant, currency string, problems ui.Problems) *productv1.Variant {
	v := &productv1.Variant{}
	if was != nil {
		v = proto.CloneOf(was)
	}
	v.Sku, v.Gtin, v.OptionValues, v.Price, v.CompareAtPrice, v.WeightGrams, v.ImageId = row.SKU, row.GTIN, row.Values, nil, nil, 0, ""
	var fine bool
	if row.Price == "" {
		problems[rowName("variants", at, "price")] = "Enter a price"
	} else if v.Price, fine = price(row.Price, currency); !fine {
		problems[rowName("variants", at, "price")] = notPrice(currency)
	}
	if row.CompareAt != "" {
		if v.CompareAtPrice, fine = price(row.CompareAt, currency); !fine {
			problems[rowName("variants", at, "compare_at_price")] = notPrice(currency)
		}
	}
	if row.Weight != "" {
		grams, err := strconv.ParseInt(row.Weight, 10, 32)
		if v.WeightGrams = int32(grams); err != nil || grams < 0 {
			problems[rowName("variants", at, "weight_grams")] = "Write whole grams, such as 250"
		}
	}
	if row.Picture != "" {
		number, err := strconv.Atoi(row.Picture)
		if err != nil || number < 1 || number > len(f.images) {
			problems[rowName("variants", at, "image_id")] = "Write the number of one of the pictures below"
		} else {
			v.ImageId = f.pictureOf(row.Picture)
		}
	}
	return v
}

// notPrice says how a price is written.
func notPrice(currency string) string {
	return "Write a price such as " + money.Amount{Minor: 1250, Currency: currency}.Decimal()
}
