package feed

import (
	"regexp"
	"slices"
	"strings"
)

// column is what a column of Shopify's CSV means. Shopify has changed its headers once; both generations are in use.
type column int

const (
	colHandle column = iota
	colTitle
	colBody
	colVendor
	colCategory
	colType
	colTags
	colPublished
	colStatus
	colOption1Name
	colOption1Value
	colOption2Name
	colOption2Value
	colOption3Name
	colOption3Value
	colSKU
	colBarcode
	colPrice
	colCompareAt
	colGrams
	colTracker
	colQuantity
	colPolicy
	colImage
	colPosition
	colAlt
	colVariantImage
	columnCount
)

// headers maps headers in lower case to what they mean: first those of exports and older files, then the present template's.
var headers = map[string]column{
	"handle": colHandle, "title": colTitle, "body (html)": colBody, "vendor": colVendor, "product category": colCategory, "type": colType,
	"tags": colTags, "published": colPublished, "status": colStatus,
	"option1 name": colOption1Name, "option1 value": colOption1Value, "option2 name": colOption2Name, "option2 value": colOption2Value,
	"option3 name": colOption3Name, "option3 value": colOption3Value,
	"variant sku": colSKU, "variant barcode": colBarcode, "variant price": colPrice, "variant compare at price": colCompareAt,
	"variant grams": colGrams, "variant inventory tracker": colTracker, "variant inventory qty": colQuantity,
	"variant inventory policy": colPolicy, "image src": colImage, "image position": colPosition, "image alt text": colAlt,
	"variant image": colVariantImage,

	"url handle": colHandle, "description": colBody, "published on online store": colPublished, "sku": colSKU, "barcode": colBarcode,
	"price": colPrice, "compare-at price": colCompareAt, "weight value (grams)": colGrams, "inventory tracker": colTracker,
	"inventory quantity": colQuantity, "continue selling when out of stock": colPolicy, "product image url": colImage,
	"variant image url": colVariantImage,
}

// metafield is a header such as "Fabric (product.metafields.shopify.fabric)": a line of the specification table.
var metafield = regexp.MustCompile(`^(.+) \(product\.metafields\.[^()]+\)$`)

// layout says where each column of a file stands and what its header is called there.
type layout struct {
	at         [columnCount]int // -1 where the file has none
	names      [columnCount]string
	width      int
	attributes []attributeColumn
}

type attributeColumn struct {
	at   int
	name string
}

// readLayout understands a header row, or says why it is none.
func readLayout(c *records) (*layout, error) {
	l := &layout{width: len(c.fields)}
	for i := range l.at {
		l.at[i] = -1
	}
	var missing []string
	for i := range c.fields {
		header, reason := line(c.cell(i), 500)
		if reason != "" {
			return nil, unreadable("Column %d of the header %s.", i+1, reason)
		}
		what, known := headers[strings.ToLower(header)]
		if known && l.at[what] >= 0 {
			return nil, unreadable("The header names %q and %q, which mean the same. Remove one of the columns.", l.names[what], header)
		}
		if known {
			l.at[what], l.names[what] = i, header
		} else if m := metafield.FindStringSubmatch(header); m != nil && len(l.attributes) < maxAttributes {
			l.attributes = append(l.attributes, attributeColumn{at: i, name: m[1]})
		}
	}
	for _, must := range []struct {
		what column
		name string
	}{{colHandle, "Handle (or URL handle)"}, {colTitle, "Title"}, {colPrice, "Variant Price (or Price)"}} {
		if l.at[must.what] < 0 {
			missing = append(missing, must.name)
		}
	}
	switch {
	case len(missing) == 0:
		return l, nil
	case slices.ContainsFunc(l.at[:], func(i int) bool { return i >= 0 }):
		return nil, unreadable("The header has no column %s. Export the products from Shopify again, with all columns.", strings.Join(missing, " and no column "))
	default:
		return nil, unreadable("This is neither Shopify's product CSV, whose first row names columns such as Handle, Title and Variant Price, " +
			"nor a JSON array of products.")
	}
}
