package feed

import (
	"slices"
	"strings"
)

// dialects are the tables that can be read. The first whose marks are all there is taken, so those that need more come first.
var dialects = slices.Concat([]dialect{
	{SpreeTranslations, "Spree's file of translations", []string{"slug", "locale", "name", "description", "meta_title"}, openSpreeTranslations, false},
	{SpreeCSV, "Spree's product CSV", []string{"slug", "sku", "name", "price", "currency", "option1_name"}, openSpree, true},
	{WooCommerceCSV, "WooCommerce's product CSV", []string{"Type", "SKU", "Name", "Regular price", "Categories|Parent|In stock?"}, func(t *table) reader { return openWooCommerce(t, nil) }, false},
}, wooDialects(), []dialect{
	{MedusaCSV, "Medusa's product CSV", []string{"Product Handle", "Product Title", "Product Status", "Variant Title", "Variant Manage Inventory"}, openMedusa, false},
	{VendureCSV, "Vendure's product CSV", []string{"assets", "sku", "price", "taxCategory", "variantAssets"}, openVendure, false},
	{ShopwareCSV, "Shopware 6's product CSV", []string{"product_number", "name", "stock", "price_gross|price_net"}, openShopware, false},
	{MagentoCSV, "Magento 2's product CSV", []string{"sku", "product_type", "name", "price", "attribute_set_code|store_view_code|product_online|visibility"}, openMagento, false},
	{PrestaShopCSV, "PrestaShop's file of combinations", []string{"Product ID", "Attribute (Name:Type:Position)", "Value (Value:Position)", "Impact on price"}, openCombinations, false},
	{PrestaShopCSV, "PrestaShop's product CSV", []string{"Name", "Active (0/1)", "Price tax excluded|Price tax included|Price tax excluded or Price tax included"}, openPrestaShop, false},
	{ShopifyCSV, "Shopify's product CSV", []string{"Handle|URL handle", "Title", "Variant Price|Price"}, openShopify, false},
	{FacebookCSV, "Facebook's catalogue", []string{"id", "title", "price", "availability", facebookMarks}, openGoogleTable, false},
	{GoogleTSV, "Google's product data", []string{"id", "title", "price", "link|image_link|availability", "availability|condition"}, openGoogleTable, false},
	{GoogleTSV, "Google's product data", []string{"id", "Titel", "Preis", "Bildlink", "Verfügbarkeit"}, openGoogleTable, false},
})

// wooDialects are WooCommerce's table in languages other than English.
func wooDialects() []dialect {
	out := make([]dialect, len(wooLanguages))
	for i, words := range wooLanguages {
		out[i] = words.dialect()
	}
	return out
}

// recognize finds the dialect of a table by its header, or says what the header lacks.
func recognize(t *table) (*dialect, error) {
	if t.cfg.Format == Mapped && t.cfg.Mapping == nil {
		return nil, unreadable("This table is to be read through a mapping of its columns, and there is none. Say which column gives which field.")
	}
	var nearest *dialect
	var missing []string
	for i := range dialects {
		d := &dialects[i]
		if t.cfg.Format != Unknown && t.cfg.Format != d.format {
			continue
		}
		lacking := slices.DeleteFunc(slices.Clone(d.marks), t.marked)
		if len(lacking) == 0 {
			return d, nil
		}
		// A file that has most of what tells a dialect, the first mark among it, is meant as one.
		meant := t.cfg.Format != Unknown || t.marked(d.marks[0]) && 3*len(lacking) <= len(d.marks)
		if meant && (nearest == nil || len(lacking) < len(missing)) {
			nearest, missing = d, lacking
		}
	}
	if m := t.cfg.Mapping; m != nil && (t.cfg.Format == Unknown || t.cfg.Format == Mapped) {
		return &dialect{format: Mapped, name: "a table with a mapping", open: func(t *table) reader { return openMapped(t, m) }}, nil
	}
	if nearest != nil {
		for i, mark := range missing {
			if name, others, several := strings.Cut(mark, "|"); several {
				missing[i] = name + " (or " + strings.ReplaceAll(others, "|", ", ") + ")"
			}
		}
		return nil, unreadable("The header has no column %s, which %s has. Export the products again, with all columns.", strings.Join(missing, " and no column "), nearest.name)
	}
	return nil, unknown(t.header)
}

// unknown says that a table is of no known format, and what to do with it.
func unknown(header []string) error {
	named := slices.DeleteFunc(slices.Clone(header), func(name string) bool { return name == "" })
	if len(named) < 2 {
		return unreadable("This is no list of products that can be read: its first row must name the columns. These files are understood: %s.", understood())
	}
	return unreadable("No known format was recognized by the columns of the first row: %s. Say what each of them means: hand the file in under Imports in the back office, "+
		"which asks, or name a source that keeps the answer, or a file with it, on the command line. If these are no names of columns, put a row with them on top. "+
		"These need no such answer: %s.", shown(strings.Join(named, ", "), 2*maxValue), understood())
}

// marked says whether the header has a mark.
func (t *table) marked(mark string) bool {
	return slices.ContainsFunc(strings.Split(mark, "|"), func(name string) bool { return t.where[fold(name)] > 0 })
}

// tables are the formats of all dialects.
func tables() []Format {
	var formats []Format
	for _, d := range dialects {
		formats = append(formats, d.format)
	}
	return formats
}
