package feed

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// Mapping says which column of a table gives which field, for files that no known shop or program writes. It is stored as JSON.
type Mapping struct {
	// Scope is what the rows describe.
	Scope Scope `json:"scope"`
	// Decimal is the mark before decimals, "." or ","; empty leaves it to the file's own numbers.
	Decimal string         `json:"decimal,omitempty"`
	Columns []MappedColumn `json:"columns"`
}

// Scope is what the rows of a table describe.
type Scope string

// The scopes of a mapping.
const (
	WholeProducts Scope = "products"
	OffersOnly    Scope = "offers" // prices and stock of variants that the shop has, named by SKU or GTIN
)

// MappedColumn gives one field. Without a column it is a constant.
type MappedColumn struct {
	// Column is the header, in which case, spaces, dashes and underscores do not count. Empty for a constant.
	Column string `json:"column,omitempty"`
	Field  Field  `json:"field"`
	// Value stands where a cell is empty, and in every row of a constant.
	Value string `json:"value,omitempty"`
	// Name is what an option or attribute is called; empty for the header.
	Name string `json:"name,omitempty"`
	// Unit is that of a weight (g unless stated), or what is put after an attribute's numbers.
	Unit string `json:"unit,omitempty"`
	// Separator stands between the levels of a category, or between several pictures, tags or related products in one cell.
	Separator string `json:"separator,omitempty"`
	// Locale makes a text a translation, such as "de".
	Locale string `json:"locale,omitempty"`
	// Currency is that of a price; empty for the shop's, unless the cell says another.
	Currency string `json:"currency,omitempty"`
}

// Field is what a column can give.
type Field string

// The fields. Key names the product and Group joins the rows of its variants; where neither is there, the SKU or the GTIN does.
const (
	FieldKey            Field = "key"
	FieldGroup          Field = "group"
	FieldSKU            Field = "sku"
	FieldGTIN           Field = "gtin"
	FieldMPN            Field = "mpn"
	FieldName           Field = "name"
	FieldDescription    Field = "description"
	FieldBrand          Field = "brand"
	FieldType           Field = "type"
	FieldCategory       Field = "category" // several without a separator are the levels of one path
	FieldTags           Field = "tags"
	FieldPrice          Field = "price"
	FieldCompareAt      Field = "compare_at"
	FieldCurrency       Field = "currency"
	FieldStock          Field = "stock"
	FieldBackorder      Field = "backorder"
	FieldWeight         Field = "weight"
	FieldImage          Field = "image"
	FieldOption         Field = "option"
	FieldAttribute      Field = "attribute"
	FieldState          Field = "state"
	FieldSlug           Field = "slug"
	FieldTaxClass       Field = "tax_class"
	FieldSEOTitle       Field = "seo_title"
	FieldSEODescription Field = "seo_description"
	FieldRelated        Field = "related"
)

// trait is what a mapping may do with a field.
type trait struct {
	many       bool // more than one column may give it
	translated bool
	priced     bool // once in each currency
	offers     bool // of use where rows are offers
}

var fieldTraits = map[Field]trait{
	FieldKey: {}, FieldGroup: {}, FieldMPN: {}, FieldBrand: {}, FieldType: {}, FieldState: {}, FieldWeight: {}, FieldTaxClass: {},
	FieldSKU: {offers: true}, FieldGTIN: {offers: true}, FieldStock: {offers: true}, FieldBackorder: {offers: true}, FieldCurrency: {offers: true},
	FieldPrice: {offers: true, priced: true}, FieldCompareAt: {offers: true, priced: true},
	FieldName: {translated: true}, FieldDescription: {translated: true}, FieldSlug: {translated: true},
	FieldSEOTitle: {translated: true}, FieldSEODescription: {translated: true},
	FieldCategory: {many: true}, FieldTags: {many: true}, FieldImage: {many: true}, FieldOption: {many: true}, FieldAttribute: {many: true},
	FieldRelated: {many: true},
}

// maxMapped bounds a mapping: more columns than any export of a shop has.
const maxMapped = 500

// place is what a column gives, so that no two give the same.
func (c *MappedColumn) place() string {
	return string(c.Field) + "\x00" + strings.ToLower(c.Locale) + "\x00" + c.Currency
}

// MappingProblem is what is wrong with an entry of a mapping, or with the mapping as a whole.
type MappingProblem struct {
	// Entry is the place in Columns, from 0; -1 where the mapping as a whole is meant.
	Entry int
	// Text is a sentence.
	Text string
}

// Check says what is wrong with a mapping first, in an *Unreadable; nil if it can be used. Whether a file has its columns is seen when it is read.
func (m *Mapping) Check() error {
	problems := m.Problems()
	if len(problems) == 0 {
		return nil
	}
	first := problems[0]
	if first.Entry >= 0 {
		return unreadable("The mapping's entry %d cannot be used. %s", first.Entry+1, first.Text)
	}
	var texts []string
	for _, problem := range problems { // what is missing is told together
		texts = append(texts, problem.Text)
	}
	return unreadable("%s", strings.Join(texts, " "))
}

// Problems says all that is wrong with a mapping, entry by entry, then what it lacks.
func (m *Mapping) Problems() []MappingProblem {
	whole := func(text string, args ...any) []MappingProblem {
		return []MappingProblem{{-1, fmt.Sprintf(text, args...)}}
	}
	switch {
	case m.Scope != WholeProducts && m.Scope != OffersOnly:
		return whole("The mapping says neither that rows are products nor that they are offers.")
	case m.Decimal != "" && m.Decimal != "." && m.Decimal != ",":
		return whole("The mapping's decimal mark is %q. Choose a point or a comma.", m.Decimal)
	case len(m.Columns) > maxMapped:
		return whole("The mapping names more than %d columns.", maxMapped)
	}
	var problems []MappingProblem
	given := map[string]string{}
	options := 0
	for i := range m.Columns {
		c := &m.Columns[i]
		said := strings.Replace(shown(c.said(), maxValue), "the", "The", 1)
		if reason := m.wrong(c); reason != "" {
			problems = append(problems, MappingProblem{i, said + " " + reason + "."})
			continue
		}
		if c.Field == FieldOption {
			if options++; options == maxOptions+1 {
				problems = append(problems, MappingProblem{i, fmt.Sprintf("%s is one option more than the %d that a product can have. Make it an attribute.", said, maxOptions)})
			}
		}
		if fieldTraits[c.Field].many {
			continue
		}
		if other, twice := given[c.place()]; twice {
			problems = append(problems, MappingProblem{i, fmt.Sprintf("%s gives %s, and so does %s. Keep one of them.", said, c.Field, shown(other, maxValue))})
		} else {
			given[c.place()] = c.said()
		}
	}
	for _, text := range m.Missing() {
		problems = append(problems, MappingProblem{-1, text})
	}
	return problems
}

// said is what a person calls the column.
func (c *MappedColumn) said() string {
	if c.Column == "" {
		return fmt.Sprintf("the constant %q", c.Value)
	}
	return fmt.Sprintf("the column %q", c.Column)
}

// wrong says why an entry cannot be used.
func (m *Mapping) wrong(c *MappedColumn) string {
	t, known := fieldTraits[c.Field]
	switch {
	case !known:
		return fmt.Sprintf("gives %q, which is no field", shown(string(c.Field), maxValue))
	case m.Scope == OffersOnly && !t.offers:
		return fmt.Sprintf("gives %s, which offers do not have; they change price and stock only", c.Field)
	case c.Column == "" && c.Value == "":
		return "has neither a column nor a value"
	case c.Column == "" && c.Name == "" && (c.Field == FieldOption || c.Field == FieldAttribute):
		return "has no name"
	case c.Locale != "" && !t.translated:
		return fmt.Sprintf("has a language, but %s is not translated", c.Field)
	case c.Currency != "" && (!t.priced || !money.Known(c.Currency)):
		return "has a currency that cannot be used"
	case c.Field == FieldWeight && c.Unit != "" && unitGrams[strings.ToLower(c.Unit)] == nil:
		return "has a unit of weight that is not known; use g, kg, lb or oz"
	}
	if c.Locale != "" {
		if _, err := language.Parse(c.Locale); err != nil {
			return "has a language that is not known; write a code such as de or pt-BR"
		}
	}
	return ""
}

// Missing says, for a person, what a mapping lacks to be used.
func (m *Mapping) Missing() []string {
	has := func(fields ...Field) bool {
		return slices.ContainsFunc(m.Columns, func(c MappedColumn) bool { return c.Locale == "" && slices.Contains(fields, c.Field) })
	}
	var missing []string
	if m.Scope == OffersOnly {
		if !has(FieldSKU, FieldGTIN) {
			missing = append(missing, "No column gives the SKU or the GTIN, so nobody knows which variant a row is about.")
		}
		if !has(FieldPrice, FieldStock) {
			missing = append(missing, "No column gives a price or stock, so there is nothing to change.")
		}
		return missing
	}
	if !has(FieldName) {
		missing = append(missing, "No column gives the name.")
	}
	if !has(FieldPrice) {
		missing = append(missing, "No column gives the price.")
	}
	if !has(FieldKey, FieldGroup, FieldSKU, FieldGTIN) {
		missing = append(missing, "No column tells one product from another: a key, a SKU or a GTIN.")
	}
	return missing
}
