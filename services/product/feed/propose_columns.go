package feed

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// proposed is a column of the file while it is weighed.
type proposed struct {
	at       int
	header   string
	cells    []string // that are not empty
	words    []string // of the header, without what follows
	currency string   // that the header names
	locale   string
	unit     string
	secret   float64 // how much of the header is a word for what shoppers must not see
}

// score is how much speaks for a column to be a field.
type score struct {
	column  *proposed
	field   Field
	points  float64
	reasons []string
}

// propose finds a field for each column: for every pair it adds what the header says to what the content says, and takes the best
// pairs first. A field that is there once goes to one column, and a column gives one field.
func (p *Proposal) propose(rows [][]string, cfg Config) {
	columns := make([]*proposed, len(p.Header))
	p.Columns = make([]ProposedColumn, len(p.Header))
	for i, header := range p.Header {
		columns[i] = weigh(i, header, rows)
		p.Columns[i] = ProposedColumn{Column: header, Reason: "No field fits. Choose one, or leave the column out."}
	}
	p.assign(p.pairs(columns), cfg)
	p.details(columns, rows)
	p.mainLanguage()
	p.scope()
	var numbers [][]string
	for i, c := range p.Columns {
		if slices.Contains([]Field{FieldPrice, FieldCompareAt, FieldWeight, FieldStock}, c.Field) {
			numbers = append(numbers, columns[i].cells)
		}
	}
	p.Mapping.Decimal = decimalMark(numbers)
	// People read the mapping beside the file, so its columns stand in the file's order.
	slices.SortStableFunc(p.Mapping.Columns, func(a, b MappedColumn) int {
		return cmp.Compare(slices.Index(p.Header, a.Column), slices.Index(p.Header, b.Column))
	})
	p.Missing = p.missing(columns, rows, cfg)
}

// pairs are columns with the fields that they may be, the likeliest first. Columns that cannot be named are left out.
func (p *Proposal) pairs(columns []*proposed) []score {
	var scores []score
	for _, c := range columns {
		if fold(c.header) == "" || slices.ContainsFunc(columns[:c.at], func(o *proposed) bool { return fold(o.header) == fold(c.header) }) {
			p.Columns[c.at].Reason = "Its header is empty or there before, so that it cannot be named. Give it another one to use it."
			continue
		}
		for _, field := range fieldOrder {
			if s := c.score(field); s.points >= enough {
				scores = append(scores, s)
			}
		}
		if c.secret > 0 {
			p.Columns[c.at].Reason = "Purchase prices, margins, suppliers and taxes are not for shoppers, so it is left out."
		}
	}
	slices.SortStableFunc(scores, func(a, b score) int { return cmp.Compare(b.points, a.points) })
	return scores
}

// assign makes the mapping of the best pairs that go together.
func (p *Proposal) assign(scores []score, cfg Config) {
	p.Mapping = &Mapping{Scope: WholeProducts}
	taken := map[string]bool{}
	for _, s := range scores {
		entry := s.entry(cfg)
		if p.Columns[s.column.at].Field != "" || taken[entry.place()] && !fieldTraits[s.field].many {
			continue
		}
		taken[entry.place()] = true
		p.Mapping.Columns = append(p.Mapping.Columns, entry)
		p.Columns[s.column.at] = ProposedColumn{Column: s.column.header, Field: s.field, Confidence: int(min(s.points, 99)), Reason: strings.Join(s.reasons, " ")}
	}
}

// missing says why the file cannot be imported by the mapping yet, and what to do.
func (p *Proposal) missing(columns []*proposed, rows [][]string, cfg Config) []string {
	missing := p.Mapping.Missing()
	for _, entry := range p.Mapping.Columns {
		if i := slices.Index(p.Header, entry.Column); slices.ContainsFunc(p.Header[i+1:], func(h string) bool { return fold(h) == fold(entry.Column) }) {
			missing = append(missing, fmt.Sprintf("Two columns are called %q, so nobody knows which one is meant. Give one of them another header.", entry.Column))
		}
	}
	if foreign := p.foreign(columns, cfg); foreign != "" {
		missing = append(missing, fmt.Sprintf("The prices are in %s, but the shop sells in %s. Add a column with prices in %s.", foreign, cfg.Currency, cfg.Currency))
	}
	if parents := p.parents(columns, rows); parents != "" {
		missing = append(missing, parents)
	}
	if len(rows) == 0 {
		missing = append(missing, "There is no row below the header.")
	}
	if slices.ContainsFunc(p.Header, func(h string) bool { return isNumber(h) || isPicture(h) || isGTIN(h) }) {
		missing = append(missing, "The first row holds numbers or pictures, so it is hardly a header. Put a row with the names of the columns above it.")
	}
	return missing
}

// foreign is the currency of the prices where none is the shop's.
func (p *Proposal) foreign(columns []*proposed, cfg Config) string {
	found := ""
	for _, c := range p.Mapping.Columns {
		if c.Field == FieldCurrency {
			return "" // rows say it
		}
		if at := slices.Index(p.Header, c.Column); c.Field == FieldPrice && len(columns[at].cells) > 0 {
			currency := c.Currency
			if currency == "" {
				_, currency = parted(columns[at].cells[0], cfg.Currency)
			}
			if currency == cfg.Currency {
				return ""
			}
			found = currency
		}
	}
	return found
}

// unitWords are units that a header may end with. Those of weight are unitGrams'.
var unitWords = []string{"mm", "cm", "m", "in", "inch", "ml", "cl", "l", "w", "v", "mah", "gb", "tb"}

// languageWords are names of languages that headers end with, beside their codes.
//
//nolint:misspell // other languages
var languageWords = map[string]string{
	"english": "en", "englisch": "en", "anglais": "en", "german": "de", "deutsch": "de", "allemand": "de", "french": "fr", "franzosisch": "fr", "francais": "fr", "spanish": "es", "spanisch": "es", "espanol": "es",
	"italian": "it", "italienisch": "it", "italiano": "it", "dutch": "nl", "niederlandisch": "nl", "nederlands": "nl", "portuguese": "pt", "portugues": "pt", "polish": "pl", "polnisch": "pl", "polski": "pl",
	"en": "en", "de": "de", "fr": "fr", "es": "es", "it": "it", "nl": "nl", "pt": "pt", "pl": "pl", "sv": "sv", "da": "da", "fi": "fi", "cs": "cs", "hu": "hu", "ja": "ja", "zh": "zh",
}

// weigh takes a header apart and gathers what stands below it.
func weigh(at int, header string, rows [][]string) *proposed {
	c := &proposed{at: at, header: header, words: wordsOf(header)}
	c.secret = likeness(c.words, knownSecrets)
	for _, row := range rows {
		if at < len(row) && row[at] != "" {
			c.cells = append(c.cells, row[at])
		}
	}
	for len(c.words) > 1 {
		last := c.words[len(c.words)-1]
		switch {
		case money.Known(strings.ToUpper(last)) && c.currency == "":
			c.currency = strings.ToUpper(last)
		case (unitGrams[last] != nil || slices.Contains(unitWords, last)) && c.unit == "":
			c.unit = last
		case languageWords[last] != "" && c.locale == "":
			c.locale = languageWords[last]
		case last == "in" || strings.Trim(last, "0123456789") == "":
		default:
			return c
		}
		c.words = c.words[:len(c.words)-1]
	}
	return c
}

// score adds up what speaks for a field.
func (c *proposed) score(field Field) score {
	s := score{column: c, field: field}
	header := likeness(c.words, knownHeaders[field])
	if whole := wordsOf(c.header); len(whole) != len(c.words) {
		header = max(header, likeness(whole, knownHeaders[field])) // "EAN 13" is a word of its own
	}
	if c.secret > 0 && c.secret >= header {
		return s
	}
	if header > 0 {
		s.points = header * headerPoints
		says := "The header is a usual one for %s."
		if header < 1 {
			says = "The header holds a usual word for %s."
		}
		s.reasons = []string{fmt.Sprintf(says, fieldNames[field])}
	}
	if len(c.cells) == 0 {
		s.reasons = append(s.reasons, "The first rows have nothing in it.")
		return s
	}
	for _, sign := range signsFor[field] {
		if share := sign.share(c.cells); share >= sign.least && share > 0 {
			s.points += sign.points * share * min(1, float64(len(c.cells))/fewCells)
			s.reasons = append(s.reasons, c.share(share, sign.says))
		}
	}
	if must, stated := needs[field]; stated {
		if share := must.share(c.cells); share < neededShare {
			s.points -= lackPoints * (1 - share)
			s.reasons = append(s.reasons, c.share(1-share, must.lacks))
		}
	}
	return s
}

// share says of how many cells something is true.
func (c *proposed) share(share float64, says string) string {
	all := len(c.cells)
	if n := int(math.Round(share * float64(all))); n < all {
		return fmt.Sprintf("Of %d cells looked at, %d %s.", all, n, says)
	}
	return fmt.Sprintf("All cells looked at (%d) %s.", all, says)
}

// entry is what the mapping says of a column.
func (s *score) entry(cfg Config) MappedColumn {
	c, t := s.column, fieldTraits[s.field]
	entry := MappedColumn{Column: c.header, Field: s.field}
	if t.translated {
		entry.Locale = c.locale
	}
	if t.priced && c.currency != cfg.Currency {
		entry.Currency = c.currency
	}
	switch s.field {
	case FieldWeight:
		if unitGrams[c.unit] != nil {
			entry.Unit = c.unit
		}
	case FieldCategory:
		entry.Separator = separated(c.cells, ">", "»", "|", "/", `\`)
	case FieldTags, FieldRelated:
		entry.Separator = separated(c.cells, ",", ";", "|")
	case FieldImage:
		entry.Separator = separated(c.cells, "|", ";", ",", "\n", " ")
	}
	return entry
}

// bracketed is a header with something in brackets at its end, such as "Height (cm)".
var bracketed = regexp.MustCompile(`^(.*\S)\s*[(\[][^()\[\]]*[)\]]\s*$`)

// details proposes what goods differ by as options where rows are joined, and else for the specification table. Headers with a unit
// go there as well.
func (p *Proposal) details(columns []*proposed, rows [][]string) {
	group := slices.IndexFunc(p.Columns, func(c ProposedColumn) bool { return c.Field == FieldGroup })
	options := 0
	for i, c := range columns {
		if p.Columns[i].Field != "" || len(c.cells) == 0 || c.secret > 0 || strings.HasPrefix(p.Columns[i].Reason, "Its header") {
			continue
		}
		name := c.header
		if m := bracketed.FindStringSubmatch(name); m != nil && c.unit != "" {
			name = m[1]
		}
		entry := MappedColumn{Column: c.header, Field: FieldAttribute, Name: name, Unit: c.unit}
		said := ProposedColumn{Column: c.header, Field: FieldAttribute, Confidence: 50, Reason: "The header ends with a unit, so it is a line of the specification."}
		switch trait := traitOf(strings.Join(c.words, " ")); {
		case trait != "" && group >= 0 && options < maxOptions && (trait == "color" || trait == "size" || differs(rows, group, i)):
			options++
			entry.Field, entry.Unit, said.Field, said.Confidence = FieldOption, "", FieldOption, 80
			said.Reason = "The header is a word for what the variants of one product differ by (" + trait + ")."
		case trait != "":
			said.Confidence, said.Reason = 60, "The header is a word for what goods are like ("+trait+"), so it is a line of the specification."
		case c.unit == "":
			continue
		}
		if entry.Name == entry.Column {
			entry.Name = ""
		}
		p.Mapping.Columns = append(p.Mapping.Columns, entry)
		p.Columns[i] = said
	}
}

// differs reports whether rows with the same group hold different values.
func differs(rows [][]string, group, at int) bool {
	first := map[string]string{}
	for _, row := range rows {
		if group >= len(row) || at >= len(row) || row[group] == "" {
			continue
		}
		value, known := first[row[group]]
		if known && value != row[at] {
			return true
		}
		first[row[group]] = row[at]
	}
	return false
}

// mainLanguage makes the first of several languages the shop's own where no column is without one.
func (p *Proposal) mainLanguage() {
	for _, field := range []Field{FieldName, FieldDescription, FieldSlug, FieldSEOTitle, FieldSEODescription} {
		of := func(c MappedColumn) bool { return c.Field == field }
		if slices.ContainsFunc(p.Mapping.Columns, func(c MappedColumn) bool { return of(c) && c.Locale == "" }) {
			continue
		}
		first := len(p.Header)
		for _, c := range p.Mapping.Columns {
			if of(c) {
				first = min(first, slices.Index(p.Header, c.Column))
			}
		}
		for i := range p.Mapping.Columns {
			if c := &p.Mapping.Columns[i]; of(*c) && slices.Index(p.Header, c.Column) == first {
				c.Locale = ""
			}
		}
	}
}

// scope makes rows without a name offers, where they tell the variant and what changes.
func (p *Proposal) scope() {
	offers := &Mapping{Scope: OffersOnly}
	for _, c := range p.Mapping.Columns {
		if c.Field == FieldName && c.Locale == "" {
			return
		}
		if fieldTraits[c.Field].offers {
			offers.Columns = append(offers.Columns, c)
		}
	}
	if len(offers.Missing()) > 0 {
		return
	}
	p.Mapping.Scope, p.Mapping.Columns = OffersOnly, offers.Columns
	for i, c := range p.Columns {
		if !fieldTraits[c.Field].offers && c.Field != "" {
			p.Columns[i] = ProposedColumn{Column: c.Column, Reason: "Rows without a name change prices and stock only, so it is left out."}
		}
	}
}
