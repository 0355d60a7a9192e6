package feed

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/tradewind-commerce/tradewind/platform/spreadsheet"
)

// template is the header of Shopify's present product template.
var template = []string{
	"Title", "URL handle", "Description", "Vendor", "Product category", "Type", "Tags", "Published on online store", "Status", "SKU", "Barcode",
	"Option1 name", "Option1 value", "Option2 name", "Option2 value", "Option3 name", "Option3 value", "Price", "Compare-at price", "Cost per item",
	"Charge tax", "Tax code", "Inventory tracker", "Inventory quantity", "Continue selling when out of stock", "Weight value (grams)",
	"Weight unit for display", "Requires shipping", "Fulfillment service", "Product image URL", "Image position", "Image alt text",
	"Variant image URL", "Gift card", "SEO title", "SEO description", "Google Shopping / MPN",
}

// csvWriter writes products in Shopify's template: a row for each variant and picture, the product's own cells in the first one.
type csvWriter struct {
	to       *csv.Writer
	currency string
	at       map[string]int // by header
	begun    bool
	row      []string
}

// NewShopifyCSV writes a file that Shopify and this shop can import. What Shopify's columns cannot say stands in further ones, which
// are empty where there is nothing to add; imported here, the file changes nothing. Currency is the shop's.
func NewShopifyCSV(to io.Writer, currency string) Writer {
	c := &csvWriter{to: csv.NewWriter(to), currency: currency, at: map[string]int{}}
	for _, header := range slices.Concat(template, ownHeaders()) {
		c.at[header] = len(c.at)
	}
	c.row = make([]string, len(c.at))
	return c
}

func (c *csvWriter) Write(p *Product) error {
	if err := c.begin(); err != nil {
		return err
	}
	for i := range max(len(p.Variants), len(p.Images)) {
		clear(c.row)
		c.set("URL handle", p.Key)
		if i == 0 {
			c.product(p)
		}
		if i < len(p.Variants) {
			c.variant(p, &p.Variants[i])
		}
		if i < len(p.Images) {
			c.set("Product image URL", p.Images[i].Source)
			c.set("Image position", strconv.Itoa(i+1))
			c.set("Image alt text", entities(p.Images[i].Alt))
		}
		if err := c.to.Write(c.row); err != nil {
			return err
		}
	}
	return nil
}

// Close writes the header, if nothing else did, and what is still kept back.
func (c *csvWriter) Close() error {
	if err := c.begin(); err != nil {
		return err
	}
	c.to.Flush()
	return c.to.Error()
}

func (c *csvWriter) begin() error {
	if c.begun {
		return nil
	}
	c.begun = true
	return c.to.Write(slices.Concat(template, ownHeaders()))
}

func (c *csvWriter) set(header, text string) { c.row[c.at[header]] = spreadsheet.Guard(text) }

// product fills the cells that only the first row has.
func (c *csvWriter) product(p *Product) {
	c.set("Title", entities(p.Name))
	c.set("Description", paragraphsHTML(p.Description))
	c.set("Vendor", entities(p.Brand))
	if categorySaid(p) {
		c.set("Product category", strings.Join(p.Categories[0], " > "))
	}
	if tagsSaid(p) {
		c.set("Tags", strings.Join(each(p.Tags, entities), ", "))
	}
	c.set("Published on online store", boolean(p.State == Active))
	c.set("Status", string(p.State))
	if len(p.Options) == 0 {
		c.set("Option1 name", "Title")
	}
	for i, option := range p.Options {
		c.set("Option"+strconv.Itoa(i+1)+" name", option.Name)
	}
	c.set("Gift card", boolean(false))
	c.set("SEO title", entities(p.SEOTitle))
	c.set("SEO description", entities(p.SEODescription))
	for _, own := range ownColumns {
		if own.product != nil {
			c.set(own.header, own.product(p))
		}
	}
}

// variant fills the cells of what is bought.
func (c *csvWriter) variant(p *Product, v *Variant) {
	if len(p.Options) == 0 {
		c.set("Option1 value", "Default Title")
	}
	for i, value := range v.OptionValues {
		c.set("Option"+strconv.Itoa(i+1)+" value", value)
	}
	c.set("SKU", coded(v.SKU))
	c.set("Barcode", barcode(v.GTIN))
	c.set("Google Shopping / MPN", coded(v.MPN))
	c.set("Price", inDecimals(v.Price, c.currency))
	if v.CompareAt > 0 {
		c.set("Compare-at price", inDecimals(v.CompareAt, c.currency))
	}
	c.set("Charge tax", boolean(true))
	c.set("Inventory tracker", "shopify")
	if v.Stock.Known {
		c.set("Inventory quantity", strconv.FormatInt(v.Stock.OnHand, 10))
	}
	c.set("Continue selling when out of stock", "deny")
	if v.Stock.Backorder {
		c.set("Continue selling when out of stock", "continue")
	}
	if v.WeightGrams > 0 {
		c.set("Weight value (grams)", strconv.Itoa(int(v.WeightGrams)))
	}
	c.set("Weight unit for display", "g")
	c.set("Requires shipping", boolean(true))
	c.set("Fulfillment service", "manual")
	c.set("Variant image URL", v.Image)
	for _, own := range ownColumns {
		if own.variant != nil {
			c.set(own.header, own.variant(v))
		}
	}
}

func boolean(b bool) string { return strings.ToUpper(strconv.FormatBool(b)) }

// categorySaid reports whether Shopify's one cell can say where the product stands.
func categorySaid(p *Product) bool {
	return len(p.Categories) == 1 && !slices.ContainsFunc(p.Categories[0], func(name string) bool {
		return strings.Contains(name, ">") || entities(name) != name
	})
}

// tagsSaid reports whether the tags can stand in one cell with commas between.
func tagsSaid(p *Product) bool {
	return !slices.ContainsFunc(p.Tags, func(tag string) bool { return strings.Contains(tag, ",") })
}
