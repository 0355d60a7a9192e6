// Package catalog is the reading side of the catalogue: lists, search, product pages and the tree of categories. It answers from rows of its
// own, which it brings up to date by asking product and inventory when an event says that they changed.
//
// Two ways lead through it. What changes comes in by refresh.go, a product at a time or five hundred, and by files named after what else can change: stock, membership,
// described (categories and collections), word_texts; rebuild.go makes everything anew. What shoppers ask comes in by listing.go, search.go, product.go,
// suggest.go and category.go. term.go and wordterms.go are where both meet: the terms that a product is stored by and looked for.
package catalog

import (
	"cmp"
	"time"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1/inventoryv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1/productv1connect"
	"github.com/tradewind-commerce/tradewind/platform/cache"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

const (
	usualPageSize = 24
	// mostCounted is how many products are counted and looked at for facets when filters or words narrow a list.
	mostCounted = 300
	// mostRanked is how many products are ranked one by one: ten pages. Of more, see widePage.
	mostRanked = 10 * usualPageSize
	// relatives is how many other products a page shows.
	relatives = 8
	// mostTogether is how many a page shows that are often bought with its product.
	mostTogether = 6
	// mostShelves is how many categories of one name a search prefers.
	mostShelves = 10
	// allProducts is the category that every product stands in.
	allProducts = "00000000-0000-0000-0000-000000000000"
)

var queries = catalogdb.New()

// Config is what the catalogue needs.
type Config struct {
	DB         *postgres.DB
	Products   productv1connect.ProductServiceClient
	Categories productv1connect.CategoryServiceClient
	Prices     productv1connect.PriceServiceClient
	// Collections says which products are in which collection.
	Collections productv1connect.CollectionServiceClient
	// Words says what names and values of options and attributes are called in further languages.
	Words productv1connect.WordServiceClient
	Stock inventoryv1connect.StockServiceClient
	// Cache keeps the counts of filters and searches; nil keeps none.
	Cache *cache.Cache
	// Locale says in which language the texts are, such as "en-US"; empty is English.
	Locale string
	// Locales are the further languages that shoppers can read the shop in, as BCP 47 tags in their usual form.
	Locales []string
}

// Service implements CatalogService and MerchandisingService. Cards, prices and availability are read for each answer; what stands beside them may be as old as
// the lifetimes below.
type Service struct {
	cfg         Config
	texts       language
	languages   []language    // further ones
	counted     int32         // see mostCounted
	ranked      int32         // see mostRanked
	mostHeld    []int32       // by the layers
	movedInTurn int32         // see movedInTurn in layers.go
	stillFor    time.Duration // see stillFor in layers.go

	tree        *recent[*tree]               // of categories, with how many products each has
	counts      *recent[[]count]             // of a category's facets
	shelfFacets *recent[shelfFacets]         // the same, as they are shown
	firsts      *recent[[]*catalogv1.Card]   // of a category, for the pages of its products
	shelfNames  *recent[map[string][]string] // by language: categories by the stems of their names
	known       *recent[[]word]              // categories and brands that can be suggested
	suggestions *recent[*catalogv1.SuggestResponse]
	decisions   *recent[*decisions] // of the merchant, by language

	searched searched
}

// New returns the service.
func New(cfg Config) *Service {
	texts := languageOf(cmp.Or(cfg.Locale, "en"))
	return &Service{
		cfg:         cfg,
		texts:       texts,
		languages:   furtherLanguages(cfg.Locales, texts),
		counted:     mostCounted,
		ranked:      mostRanked,
		mostHeld:    mostHeld,
		movedInTurn: movedInTurn,
		stillFor:    stillFor,
		tree:        newRecent[*tree](time.Second, 1+len(cfg.Locales)),
		counts:      newRecent[[]count](time.Second, 1000),
		shelfFacets: newRecent[shelfFacets](time.Second, 1000),
		firsts:      newRecent[[]*catalogv1.Card](time.Second, 10_000),
		shelfNames:  newRecent[map[string][]string](30*time.Second, 1+len(cfg.Locales)),
		known:       newRecent[[]word](30*time.Second, 1+len(cfg.Locales)),
		suggestions: newRecent[*catalogv1.SuggestResponse](3*time.Second, 5000),
		decisions:   newRecent[*decisions](5*time.Second, 1+len(cfg.Locales)),
	}
}
