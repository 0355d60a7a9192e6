package services

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/platform/blob"
	"github.com/tradewind-commerce/tradewind/platform/cache"
	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// ResourceSettings say where a process finds what its services share. Embed them in a program's settings.
type ResourceSettings struct {
	DatabaseURL  config.Secret  `name:"database-url" env:"DATABASE_URL" help:"The primary: postgres://user:password@host:port/name. Several hosts and target_session_attrs=read-write let it follow a failover."`
	ReplicaURLs  config.Secrets `name:"database-replica-urls" env:"DATABASE_REPLICA_URLS" help:"Streaming replicas for reads, separated by commas. None: the primary answers every read."`
	MaxConns     int32          `name:"database-connections" env:"DATABASE_CONNECTIONS" default:"12" help:"Connections to the primary at most; as many go to each replica."`
	StatementMax time.Duration  `name:"statement-timeout" env:"STATEMENT_TIMEOUT" default:"5s" help:"What runs longer in the database is stopped."`
	ValkeyURL    config.Secret  `name:"valkey-url" env:"VALKEY_URL" help:"Cache shared by processes: redis://host:port. None: each process keeps its own for a second."`
	CachePrefix  string         `name:"cache-prefix" env:"CACHE_PREFIX" default:"tradewind:" help:"Begins every key, so that shops can share a Valkey."`
	FeedBucket   config.Secret  `name:"feed-bucket-url" env:"FEED_BUCKET_URL" help:"Bucket in which sources of products may name files: file:///folder or s3://bucket?region=…. None: they may not."`
	BlobURL      config.Secret  `name:"blob-url" env:"BLOB_URL" help:"Where pictures and files are kept: file:///folder or s3://bucket?region=…. None: a folder of this user."`
}

// Resources are what the services of a process share. A process that serves nothing itself leaves them empty.
type Resources struct {
	DB    *postgres.DB
	Cache *cache.Cache
	Blob  *blob.Store
	Log   *slog.Logger
	// FeedBucket holds files that sources of products may name; nil for none.
	FeedBucket *blob.Inbox
	// ImageSource opens pictures that a file names by a path of its own; only the sample shop does. Nil refuses them.
	ImageSource func(ctx context.Context, source string) (io.ReadCloser, error)
	// Metrics takes the counts of calls; nil keeps none.
	Metrics prometheus.Registerer
}

// OpenResources connects to what is configured. What is configured but cannot be reached is an error of one line.
func OpenResources(ctx context.Context, settings ResourceSettings, app string, log *slog.Logger, metrics prometheus.Registerer) (Resources, error) {
	shared := Resources{Log: log, Metrics: metrics}
	if settings.DatabaseURL == "" {
		return shared, errors.New("DATABASE_URL is not set, and services in this process need a database; set it, or say in SERVICE_URLS where all services are")
	}
	var err error
	shared.DB, err = postgres.Open(ctx, postgres.Config{
		URL: settings.DatabaseURL.Reveal(), ReplicaURLs: settings.ReplicaURLs.Reveal(), MaxConns: settings.MaxConns,
		StatementTimeout: settings.StatementMax, AppName: app, Metrics: metrics,
	})
	if err != nil {
		return shared, err
	}
	shared.Cache, err = cache.Open(ctx, cache.Config{URL: settings.ValkeyURL.Reveal(), Prefix: settings.CachePrefix, Metrics: metrics})
	if err != nil {
		shared.Close()
		return shared, err
	}
	shared.Blob, err = OpenBlob(ctx, settings)
	if err != nil {
		shared.Close()
		return shared, err
	}
	if settings.FeedBucket != "" {
		if shared.FeedBucket, err = blob.OpenInbox(ctx, settings.FeedBucket.Reveal()); err != nil {
			shared.Close()
			return shared, fmt.Errorf("FEED_BUCKET_URL: %w", err)
		}
	}
	return shared, nil
}

// OpenBlob opens the store of pictures and files, in this user's own folder when nothing is configured.
func OpenBlob(ctx context.Context, settings ResourceSettings) (*blob.Store, error) {
	home, err := os.UserHomeDir()
	if err != nil && settings.BlobURL == "" {
		return nil, fmt.Errorf("BLOB_URL is not set, and this user has no home folder: %w", err)
	}
	state := cmp.Or(os.Getenv("XDG_STATE_HOME"), filepath.Join(home, ".local", "state"))
	return blob.Open(ctx, cmp.Or(settings.BlobURL.Reveal(), blob.FileURL(filepath.Join(state, "tradewind", "files"))))
}

// Close lets go of everything.
func (r Resources) Close() {
	if r.FeedBucket != nil {
		_ = r.FeedBucket.Close() // it is only read
	}
	if r.Blob != nil {
		_ = r.Blob.Close() // nothing is left to be written
	}
	if r.Cache != nil {
		r.Cache.Close()
	}
	if r.DB != nil {
		r.DB.Close()
	}
}
