package feed

// What holds for a product in a feed holds for one that is described by hand. Each function cleans one kind of value; the reason says
// what is wrong with it and what to do, and is empty if nothing is.

// The bounds of a product and its parts: characters, or how many there may be.
const (
	MaxKey         = maxKey
	MaxSlug        = maxSlug
	MaxName        = maxName
	MaxDescription = maxDescription
	MaxBrand       = maxBrand
	MaxTags        = maxTags
	MaxTag         = maxTag
	MaxAttributes  = maxAttributes
	MaxAttribute   = maxAttribute
	MaxCategory    = maxCategory
	MaxDepth       = maxDepth
	MaxSKU         = maxSKU
	MaxOptions     = maxOptions
	MaxOptionName  = maxOptionName
	MaxOptionValue = maxOptionValue
	MaxVariants    = maxVariants
	MaxImages      = maxImages
	MaxAlt         = maxAlt
	MaxTaxClass    = maxTaxClass
	MaxPrice       = maxPrice
	MaxGrams       = maxGrams
)

// Line cleans text of one line.
func Line(raw string, limit int) (text, reason string) { return line(raw, limit) }

// Paragraphs cleans text of several lines, which may be HTML.
func Paragraphs(raw string, limit int) (text, reason string) { return paragraphs(raw, limit) }

// GTIN checks a GTIN of 8, 12, 13 or 14 digits and pads it to 14; an empty one is none.
func GTIN(raw string) (text, reason string) { return gtin(raw) }

// TaxClass checks the code of what a product is taxed as; an empty one says nothing.
func TaxClass(raw string, limit int) (text, reason string) { return taxClass(raw, limit) }

// Source checks a picture's address.
func Source(raw string) (address, reason string) { return source(raw, "") }
