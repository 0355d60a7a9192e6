package feed

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"golang.org/x/text/language"
)

// ownColumn is a column of this shop's exports beside Shopify's: how it is written and how it is read. Its header is a metafield's, so
// that Shopify steps over it.
type ownColumn struct {
	header  string
	product func(*Product) string
	variant func(*Variant) string
	// read takes a cell that is not empty. The reason says why it cannot be used.
	read        func(b *build, cell string) (reason string)
	readVariant func(v *Variant, cell string) (reason string)
}

const derivedSlug = "*" // no slug holds a star

// ownColumns hold what Shopify's cannot. Lists are JSON, as in this shop's JSON files; cells are empty where there is nothing to add.
var ownColumns = []ownColumn{
	{
		header: "Slug (product.metafields.tradewind.slug)",
		product: func(p *Product) string {
			switch {
			case !p.SlugGiven:
				return derivedSlug
			case p.Slug == Slug(p.Key, maxSlug):
				return ""
			default:
				return p.Slug
			}
		},
		read: func(b *build, cell string) string {
			if cell == derivedSlug {
				b.p.Slug, b.p.SlugGiven = DerivedSlug(b.p.Name, b.p.Key), false
				return ""
			}
			text, reason := line(cell, maxSlug)
			if slug := Slug(text, maxSlug); slug != "" {
				b.p.Slug = slug
			}
			return reason
		},
	},
	{
		header:  "Product type (product.metafields.tradewind.type)",
		product: func(p *Product) string { return entities(p.Type) },
		read: func(b *build, cell string) (reason string) {
			b.p.Type, reason = title(cell, maxCategory)
			return reason
		},
	},
	{
		header:  "Tax class (product.metafields.tradewind.tax_class)",
		product: func(p *Product) string { return p.TaxClass },
		read: func(b *build, cell string) (reason string) {
			b.p.TaxClass, reason = taxClass(cell, maxTaxClass)
			return reason
		},
	},
	{
		header: "Specification (product.metafields.tradewind.attributes)",
		product: func(p *Product) string {
			lines := make([][2]string, 0, len(p.Attributes))
			for _, a := range p.Attributes {
				lines = append(lines, [2]string{entities(a.Name), entities(a.Value)})
			}
			return listCell(lines)
		},
		read: func(b *build, cell string) string {
			lines, reason := cellList[[2]string](cell)
			for _, l := range lines {
				b.attribute(b.p.Row, l[0], l[1])
			}
			return reason
		},
	},
	{
		header: "Categories (product.metafields.tradewind.categories)",
		product: func(p *Product) string {
			if categorySaid(p) {
				return ""
			}
			paths := make([][]string, 0, len(p.Categories))
			for _, path := range p.Categories {
				paths = append(paths, each(path, entities))
			}
			return listCell(paths)
		},
		read: func(b *build, cell string) string {
			paths, reason := cellList[[]string](cell)
			for _, path := range paths {
				b.category(b.p.Row, "Categories", path)
			}
			return reason
		},
	},
	{
		header: "Tag list (product.metafields.tradewind.tags)",
		product: func(p *Product) string {
			if tagsSaid(p) {
				return ""
			}
			return listCell(each(p.Tags, entities))
		},
		read: func(b *build, cell string) string {
			tags, reason := cellList[string](cell)
			b.tags(b.p.Row, "Tag list", tags)
			return reason
		},
	},
	{
		header: "Options (product.metafields.tradewind.options)",
		product: func(p *Product) string {
			if optionsSaid(p) {
				return ""
			}
			return listCell(p.Options)
		},
		read: readOptions,
	},
	{
		header:  "Related products (product.metafields.tradewind.related)",
		product: func(p *Product) string { return listCell(each(p.Related, coded)) },
		read: func(b *build, cell string) string {
			names, reason := cellList[string](cell)
			for _, name := range names {
				text, why := code(name, maxKey)
				if why != "" {
					return why
				}
				if text != "" && !slices.Contains(b.p.Related, text) {
					b.p.Related = append(b.p.Related, text)
				}
			}
			return reason
		},
	},
	{
		header:  "Translations (product.metafields.tradewind.translations)",
		product: func(p *Product) string { return listCell(jsonTranslations(p.Translations)) },
		read:    readTranslations,
	},
	{
		header:      "Prices (variant.metafields.tradewind.prices)",
		variant:     func(v *Variant) string { return listCell(jsonPrices(v.Prices)) },
		readVariant: readPrices,
	},
}

// ownCell is where a file has a column of this shop's exports.
type ownCell struct {
	*ownColumn
	column column
}

// ownCells finds those that the file has.
func (t *table) ownCells() []ownCell {
	var cells []ownCell
	for i := range ownColumns {
		if c := t.column(ownColumns[i].header); t.has(c) {
			cells = append(cells, ownCell{&ownColumns[i], c})
		}
	}
	return cells
}

// readOwn reads what stands in them of a product.
func (t *table) readOwn(g *group, cells []ownCell) {
	for _, own := range cells {
		cell := t.cell(own.column)
		if own.read == nil || cell == "" {
			continue
		}
		if reason := own.read(&g.build, cell); reason != "" {
			g.refuseProduct(t.row(), own.column.name, cell, reason)
		}
	}
}

// readOwn reads what stands in them of a variant.
func (c *variantCells) readOwn(cells []ownCell) {
	for _, own := range cells {
		if cell := c.cell(own.column); own.readVariant != nil && cell != "" {
			c.check(own.column, own.readVariant(&c.v, cell))
		}
	}
}

func ownHeaders() []string {
	headers := make([]string, len(ownColumns))
	for i, own := range ownColumns {
		headers[i] = own.header
	}
	return headers
}

// listCell writes a list; an empty one is an empty cell.
func listCell[E any](list []E) string {
	if len(list) == 0 {
		return ""
	}
	text, err := json.Marshal(list)
	if err != nil {
		return "" // only text that is not UTF-8 fails, and products hold none
	}
	return string(text)
}

// cellList reads what listCell wrote.
func cellList[E any](cell string) (list []E, reason string) {
	if err := json.Unmarshal([]byte(cell), &list); err != nil {
		return nil, "is not written as this shop exports it; leave the cell as it was, or empty it"
	}
	return list, ""
}

// optionsSaid reports whether reading the rows of the variants gives the same options in the same order.
func optionsSaid(p *Product) bool {
	if len(p.Options) > 0 && p.Options[0].Name == "Title" {
		return false // Shopify's word for a product without options
	}
	for i, option := range p.Options {
		var seen []string
		for _, v := range p.Variants {
			if !slices.Contains(seen, v.OptionValues[i]) {
				seen = append(seen, v.OptionValues[i])
			}
		}
		if !slices.Equal(seen, option.Values) {
			return false
		}
	}
	return true
}

func readOptions(b *build, cell string) string {
	options, reason := cellList[Option](cell)
	if reason == "" && len(options) > maxOptions {
		return "names more than three options"
	}
	for i := range options {
		if options[i].Name, reason = line(options[i].Name, maxOptionName); reason != "" || options[i].Name == "" {
			return "names an option that cannot be used"
		}
		if len(options[i].Values) > maxVariants {
			return "lists too many values"
		}
		for n := range options[i].Values {
			if options[i].Values[n], reason = line(options[i].Values[n], maxOptionValue); reason != "" {
				return "lists a value that " + reason
			}
		}
	}
	if reason == "" {
		b.p.Options = options
	}
	return reason
}

func readTranslations(b *build, cell string) string {
	list, reason := cellList[jsonTranslation](cell)
	for _, written := range list {
		tag, err := language.Parse(written.Locale)
		if err != nil || len(b.p.Translations) == maxTranslations {
			return "names a language that cannot be used, or too many; write codes such as de or pt-BR"
		}
		t := Translation{Locale: tag.String()}
		for _, part := range []struct {
			into  *string
			raw   string
			read  func(string, int) (string, string)
			limit int
		}{
			{&t.Name, written.Name, title, maxName}, {&t.Description, written.Description, paragraphs, maxDescription},
			{&t.Slug, Slug(written.Slug, maxSlug), line, maxSlug}, {&t.SEOTitle, written.SEOTitle, title, maxName},
			{&t.SEODescription, written.SEODescription, line, maxAttribute},
		} {
			if *part.into, reason = part.read(part.raw, part.limit); reason != "" {
				return "holds a text in " + t.Locale + " that " + reason
			}
		}
		b.p.Translations = append(b.p.Translations, t)
	}
	return reason
}

func readPrices(v *Variant, cell string) string {
	list, reason := cellList[jsonPrice](cell)
	for _, written := range list {
		p := Price{Currency: strings.ToUpper(written.Currency), MinQuantity: written.MinQuantity}
		if p.Minor, reason = price(written.Price, p.Currency); reason != "" {
			return "holds a price that " + reason
		}
		if written.CompareAt != "" {
			if p.CompareAt, reason = price(written.CompareAt, p.Currency); reason != "" {
				return "holds a former price that " + reason
			}
		}
		if p.MinQuantity < 1 || len(v.Prices) == maxPrices {
			return "holds a price from less than one piece on, or too many prices"
		}
		v.Prices = append(v.Prices, p)
	}
	return reason
}
