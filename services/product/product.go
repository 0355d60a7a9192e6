// Package product is the writing side of the catalogue: products, their variants, prices and pictures, the imports that
// bring them in and the exports that take them out.
//
// What staff and programs change comes through edit.go, whatever it is of a product, and what feeds change through sync.go, which has the life of an import; feed
// understands the files. Both ways end in tellChanged, by which all others learn of it. Categories, collections, types, words, price lists and bundles have a file
// each that begins with their calls.
package product

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1/inventoryv1connect"
	"github.com/tradewind-commerce/tradewind/platform/blob"
	"github.com/tradewind-commerce/tradewind/platform/fetch"
	"github.com/tradewind-commerce/tradewind/platform/media"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/seal"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

var queries = productdb.New()

// localImages is how the address of a picture begins that ImageSource opens.
const localImages = "sample:"

// Config is what product needs.
type Config struct {
	DB    *postgres.DB
	Stock inventoryv1connect.StockServiceClient
	// Currency is the shop's; feeds name none.
	Currency string
	// Locale is that of the products' own texts, for feeds that bring them in several languages.
	Locale string
	// StoreName and PublicURL are what the shop is called and where shoppers reach it, for files that others read.
	StoreName, PublicURL string
	// Blob keeps pictures, exports and files to download. Without it none are made.
	Blob *blob.Store
	// FileLimit is the largest file to download that is taken, in bytes: 500 MB if zero.
	FileLimit int64
	// Fetch gets pictures that feeds name; nil stands for a client that reaches public https addresses only.
	Fetch *fetch.Client
	// Media makes the sizes of pictures; nil stands for the usual ones.
	Media *media.Maker
	// DefaultStock is what is on hand of a new variant of which the feed does not say: 100 if zero, nothing if negative.
	DefaultStock int64
	// ImageSource opens pictures that a feed names by a relative path, which others refuse.
	ImageSource func(ctx context.Context, source string) (io.ReadCloser, error)
	// FeedFolder is the folder below which sources may name files; empty for none.
	FeedFolder string
	// FeedBucket holds files that sources may name; nil for none.
	FeedBucket *blob.Inbox
	// Seal keeps the passwords of sources from who has a copy of the database; without it none are stored.
	Seal *seal.Box
	// Kept says for how long what happened to products is kept.
	Kept Kept
	// Log takes what a worker should know of a run that does not go on; nil is the default logger.
	Log *slog.Logger
}

// Service implements the services of this package's protos: products, their types, categories, collections, imports and exports.
type Service struct {
	cfg Config
	// How many products are staged and merged in one transaction, and how long a silent worker keeps its run. Tests lower them.
	stage int
	batch int32
	lease time.Duration
	// rules are those of collections, as they were last read.
	rules rules
	// open reads a file. Tests put what no format brings together into its place.
	open func(io.Reader, feed.Config) (items, error)
}

// items are what a file holds, one after the other; see feed.Reader.
type items interface {
	Next() (feed.Item, error)
	Format() feed.Format
	Rows() int64
}

func openFeed(from io.Reader, cfg feed.Config) (items, error) { return feed.Open(from, cfg) }

// New returns the service.
func New(cfg Config) *Service {
	if cfg.Fetch == nil {
		cfg.Fetch = fetch.New(fetch.Config{})
	}
	if cfg.Media == nil {
		cfg.Media = media.New(media.Config{})
	}
	if cfg.FileLimit == 0 {
		cfg.FileLimit = usualFileLimit
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	cfg.Kept = cfg.Kept.orUsual()
	switch {
	case cfg.DefaultStock == 0:
		cfg.DefaultStock = 100
	case cfg.DefaultStock < 0:
		cfg.DefaultStock = 0
	}
	return &Service{cfg: cfg, stage: stageBatch, batch: mergeBatch, lease: leaseTime, open: openFeed}
}
