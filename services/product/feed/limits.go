package feed

// What one file, row and product may hold. Past these the file or the row is refused with the number in words.
const (
	maxRows    = 1_000_000
	maxBytes   = 8 << 30 // unpacked
	maxColumns = 2_000
	maxRecord  = 8 << 20 // bytes of one row or record: more than any sane cell, so that a huge one is named and not guessed at

	maxKey         = 255
	maxSlug        = 150
	maxDerivedSlug = 80
	maxName        = 255
	maxDescription = 50_000
	maxBrand       = 100
	maxTags        = 250
	maxTag         = 255
	maxAttributes  = 100
	maxAttribute   = 1_000
	maxPaths       = 10
	maxDepth       = 10
	maxCategory    = 100
	maxSKU         = 100
	maxOptions     = 3
	maxOptionName  = 100
	maxOptionValue = 100
	maxVariants    = 500
	maxImages      = 100
	maxSource      = 2_048
	maxAlt         = 500
	maxTaxClass    = 50
	maxGroupRows   = 2_000 // rows of one product in a CSV

	maxRelated      = 100
	maxTranslations = 100
	maxPrices       = 200      // of one variant, beside its own
	maxHeld         = 64 << 20 // bytes, roughly, of products whose parts stand apart in the file

	maxPrice = 1_000_000_000_000 // minor units: sums of any order stay far inside 64 bits
	maxStock = 1_000_000_000
	maxGrams = 100_000_000

	maxValue = 200 // characters of a refused value that are kept
)
