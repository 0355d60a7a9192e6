// Package feed reads what suppliers and merchants send, the exports of other shops, XML and JSON of many kinds, as products whose every
// field is checked, and names each row that is not fit.
//
// It holds one product at a time, or a bounded number where a format writes the parts of one apart, so a file may be far larger than
// memory, and it never gives up on a whole file for one bad row. The same bytes always give the same items in the same order, which lets
// a run that was killed read its file again.
//
// Begin with Open in detect.go, which finds out the kind of a file: table.go has what all tables need, and each dialect of them a file of its own, such as shopify.go;
// json.go, xml.go and xlsx.go are the other kinds. Whatever the format, build.go puts a product together by the rules of value.go and text.go. propose.go
// proposes a mapping for a table that nobody knows, and export.go writes what others read.
package feed

import (
	"fmt"
	"hash/maphash"
	"time"
)

// Format is the shape of a file.
type Format string

// The formats that can be read. Unknown asks Open to find out.
const (
	Unknown           Format = ""
	ShopifyCSV        Format = "shopify_csv"
	WooCommerceCSV    Format = "woocommerce_csv"
	MagentoCSV        Format = "magento_csv"
	PrestaShopCSV     Format = "prestashop_csv" // and thirty bees
	MedusaCSV         Format = "medusa_csv"
	VendureCSV        Format = "vendure_csv"
	SpreeCSV          Format = "spree_csv"
	SpreeTranslations Format = "spree_translations"
	ShopwareCSV       Format = "shopware_csv"
	JSON              Format = "json"       // an array of products, or an object around one
	JSONLines         Format = "json_lines" // a product on each line
	JSONLD            Format = "json_ld"    // products of schema.org
	BMEcat            Format = "bmecat"     // 1.2 and 2005
	// Google's product data: RSS or Atom, which is how Facebook's catalogue is written in XML too, and tables of the same attributes.
	GoogleXML   Format = "google_xml"
	GoogleTSV   Format = "google_tsv"
	FacebookCSV Format = "facebook_csv"
	// Mapped is a table that Config.Mapping explains.
	Mapped Format = "mapped"
)

// Config says how to understand a file. Only Currency is required.
type Config struct {
	// Format is what somebody said it is; Unknown has it found out.
	Format Format
	// Mapping explains tables that no known shop or program writes.
	Mapping *Mapping
	// Currency is the shop's: feeds name none.
	Currency string
	// Locale is the language of the shop's own texts, as a BCP 47 tag, for files that hold several; without it the file's own counts.
	Locale string
	// ImageBase is put before image addresses that are relative, such as "https://shop.example/pictures/". Without it they are refused.
	ImageBase string
	// Now is when sale prices hold that are limited in time. At the zero time none does: the regular price is taken, and the row told.
	// It must not change when a file is read again.
	Now time.Time
	// MaxRows and MaxBytes bound the unpacked file; zero means the package's own bounds.
	MaxRows, MaxBytes int64

	utf8 bool // the file says that it is
}

// State says whether shoppers see a product.
type State string

// The states that a feed can ask for.
const (
	Draft    State = "draft"
	Active   State = "active"
	Archived State = "archived"
)

// Product is one product of a file, normalized: text is clean UTF-8 in NFC, prices are minor units.
type Product struct {
	// Row is where it begins; see Refusal for how rows are counted.
	Row int64
	// Continues is the row of an earlier product with the same key, whose further rows these are; zero for a whole product.
	// Such a part is not finished: Join puts it together with what it continues.
	Continues int64
	// Incomplete says that rows of this product were refused, so nothing may be removed from the shop on its word.
	Incomplete bool

	Key         string
	Slug        string
	SlugGiven   bool // whether the feed asked for this very slug
	Name        string
	Description string
	Brand       string
	State       State
	Attributes  []Attribute
	Options     []Option
	Tags        []string
	Categories  [][]string // each from root to leaf
	Variants    []Variant
	Images      []Image

	// Type is the name of the product type that its attributes follow; empty for none.
	Type string
	// TaxClass is the code of what it is taxed as; empty when the file says nothing.
	TaxClass string
	// SEOTitle and SEODescription replace name and description in search engines; empty for none.
	SEOTitle, SEODescription string
	// Related names other products by key or SKU, in the merchant's order.
	Related []string
	// Translations are its texts in other languages.
	Translations []Translation
}

// Translation holds a product's texts in another language. What is empty is not translated.
type Translation struct {
	// Locale is a BCP 47 tag, such as "de" or "pt-BR".
	Locale                   string
	Name, Description, Slug  string
	SEOTitle, SEODescription string
}

// Attribute is one line of the specification table.
type Attribute struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Option is what variants differ by, with its values in the merchant's order.
type Option struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// Variant is what is bought.
type Variant struct {
	Row          int64
	SKU          string
	GTIN         string // 14 digits, or empty
	OptionValues []string
	Price        int64 // minor units
	CompareAt    int64 // minor units; zero for none
	WeightGrams  int32
	Image        string // the source of one of the product's images; empty for none
	Stock        Stock
	MPN          string // the maker's own number; empty for none
	// Prices are further ones: in other currencies, or from a quantity on. Price is the one for a single unit in the shop's currency.
	Prices []Price

	priceOnly bool // adds a price to another variant with this SKU and is none itself
	unpriced  bool // has no price in the shop's currency yet
}

// Price is what a variant costs in a currency from a quantity on.
type Price struct {
	Currency    string // ISO 4217
	MinQuantity int64  // 1 or more
	Minor       int64
	CompareAt   int64 // zero for none
}

// Stock is what a feed says of a variant's stock.
type Stock struct {
	// Known says that the feed gave a count.
	Known  bool
	OnHand int64
	// Backorder says that the variant sells on when nothing is left.
	Backorder bool
}

// Image is a picture's address and its text.
type Image struct {
	Source string
	Alt    string
}

// Refusal is a row, or a part of one, that was not taken.
type Refusal struct {
	// Row counts as a spreadsheet does, from 1, the header included; in JSON and XML it is the number of the record, from 1.
	Row int64
	// Column is the header or field; empty when the whole row is meant.
	Column string
	// Value is what was found, cut to 200 characters.
	Value string
	// Reason says what is wrong and what to do.
	Reason string
	// Key is the product's, when it could be read.
	Key string
}

// clean makes what a file wrote fit to be stored and shown.
func (r *Refusal) clean() {
	r.Column, r.Value, r.Key = shown(r.Column, maxValue), shown(r.Value, maxValue), shown(r.Key, maxKey)
	r.Reason = shown(r.Reason, 2*maxValue)
}

// Item is one product as far as it can be used, with what was refused of it. Files that describe no whole products hold the other
// kinds instead.
type Item struct {
	Product  *Product // nil when nothing of it can be used
	Offer    *Offer   // prices and stock of a variant that the shop has
	Text     *Text    // a translation of a product that the shop has
	Refusals []Refusal
}

// Offer changes the price or the stock of one variant and nothing else.
type Offer struct {
	Row int64
	// SKU or GTIN names the variant; the SKU counts when both are there.
	SKU, GTIN string
	// Price and CompareAt are nil when the feed says nothing; a CompareAt of zero ends a reduction.
	Price, CompareAt *int64
	Prices           []Price
	Stock            Stock
}

// Text is a translation of a product that the file names by its key or its slug.
type Text struct {
	Row       int64
	Key, Slug string
	Translation
}

// Unreadable is an error for which no row but the file itself is to blame. Its words are for the merchant.
type Unreadable struct{ Reason string }

func (u *Unreadable) Error() string { return u.Reason }

func unreadable(format string, args ...any) error {
	return &Unreadable{fmt.Sprintf(format, args...)}
}

// seen remembers which keys and SKUs a file has used, by hash: a million of them fit in some forty megabytes.
type seen struct {
	seed maphash.Seed
	keys map[uint64]uint32
	skus map[uint64]uint32
}

func newSeen() *seen {
	return &seen{seed: maphash.MakeSeed(), keys: map[uint64]uint32{}, skus: map[uint64]uint32{}}
}

// keyRow returns the row that first used a key, and zero for a new one, which it notes.
func (s *seen) keyRow(key string, row int64) int64 {
	h := maphash.String(s.seed, key)
	if first, found := s.keys[h]; found {
		return int64(first)
	}
	s.keys[h] = uint32(row)
	return 0
}

// rowOf returns the row that first used a key.
func (s *seen) rowOf(key string) (row int64, found bool) {
	first, found := s.keys[maphash.String(s.seed, key)]
	return int64(first), found
}

func (s *seen) skuRow(sku string) int64 { return int64(s.skus[maphash.String(s.seed, sku)]) }

func (s *seen) addSKU(sku string, row int64) { s.skus[maphash.String(s.seed, sku)] = uint32(row) }
