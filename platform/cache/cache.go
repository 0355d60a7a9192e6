// Package cache owns what may be forgotten: answers that were slow to find, kept for a while in a Valkey that all
// processes share, or for at most a second in this process when there is none.
//
// The shop is correct without it. A cache that is empty, slow, broken or gone costs time and nothing else. Money,
// decisions about stock, and permissions are never kept here.
package cache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// Config says where the cache is. Zero values mean the defaults given here.
type Config struct {
	// URL is a Valkey's: redis://host:port. Without one each process keeps its own answers for at most a second.
	URL string
	// Prefix begins every key, for a Valkey that others use too: "tradewind:".
	Prefix string
	// Memory is how many bytes this process keeps, of its own answers or of copies of the Valkey's: 32 MiB.
	Memory int64
	// Largest is the size in bytes up to which an answer is kept: 512 KiB.
	Largest int
	Metrics prometheus.Registerer

	// Tests on busy machines wait longer where they do not test waiting.
	patience, askTimeout time.Duration
}

const (
	// fillClaim is how long one process may be the only one to find an answer anew. One that died is waited for no longer.
	fillClaim = 2 * time.Second
	// claimPatience is how long others wait for it before they find the answer themselves.
	claimPatience = 100 * time.Millisecond
	// absentLife is how long it is kept that there is no answer.
	absentLife = 10 * time.Second
	// tombLife is how long an invalidation makes others read from where it happened. Replicas that answer are seconds
	// behind at most.
	tombLife = time.Minute
	// longestKey bounds keys, which are made from ids and market names.
	longestKey = 512
)

// Cache keeps answers. A nil Cache keeps none.
type Cache struct {
	store  store
	cfg    Config
	counts counts

	mu      sync.Mutex
	flights map[string]*flight
}

// store is where answers are kept: this process or a Valkey. A store that is not well answers errUnavailable at once.
type store interface {
	// look returns what is under a key.
	look(ctx context.Context, key string) (item, error)
	// claim puts a claim under the key if what was seen is still there or nothing is. Otherwise it returns what is.
	claim(ctx context.Context, key string, seen, claim item, life time.Duration) (item, bool, error)
	// replace puts an item where the claim still is; otherwise somebody has changed the subject meanwhile, and it is left.
	replace(ctx context.Context, key string, claim, with item, life time.Duration) error
	// bury leaves tombstones, except over what was read at lsn or later.
	bury(ctx context.Context, lsn postgres.LSN, keys []string) error
	// floor is an invalidation that the store has not taken yet.
	floor(key string) postgres.LSN
	close()
}

// errUnavailable says that the store is not asked at present.
var errUnavailable = errors.New("cache: not available")

// Open connects to the configured Valkey. One that cannot be reached is an error of one line.
func Open(ctx context.Context, cfg Config) (*Cache, error) {
	cfg.Prefix = cmp.Or(cfg.Prefix, "tradewind:")
	cfg.Memory = cmp.Or(cfg.Memory, 32<<20)
	cfg.Largest = cmp.Or(cfg.Largest, 512<<10)
	cfg.patience = cmp.Or(cfg.patience, claimPatience)
	cfg.askTimeout = cmp.Or(cfg.askTimeout, askTimeout)
	c := &Cache{cfg: cfg, counts: newCounts(), flights: map[string]*flight{}}
	if cfg.URL == "" {
		c.store = newMemory(cfg.Memory)
	} else {
		remote, err := openValkey(ctx, cfg, c.counts)
		if err != nil {
			return nil, err
		}
		c.store = remote
	}
	c.counts.register(cfg.Metrics)
	return c, nil
}

// Close lets the Valkey go.
func (c *Cache) Close() {
	if c == nil {
		return
	}
	c.counts.unregister(c.cfg.Metrics)
	c.store.close()
}

// Get returns the answer under key, or finds it with fill and keeps it for life. That there is none (false) is kept too.
//
// However many ask, one finds: in this process one at a time, and among processes the one that claimed the key. If the
// subject changed and was invalidated, fill's context holds the position to read from. An answer found while the subject
// changes is returned but not kept. Every caller gets a copy of its own.
//
// A key names a subject, such as "product:" + id + ":" + market. Fill's errors are returned as they are and not kept;
// those of the cache are counted and cost the caller nothing but time.
func Get[T any](ctx context.Context, c *Cache, key string, life time.Duration, codec Codec[T], fill func(context.Context) (T, bool, error)) (T, bool, error) {
	if c == nil || len(key) > longestKey {
		return fill(ctx)
	}
	var answer T
	found, err := c.load(ctx, search{
		key: c.cfg.Prefix + key, life: life, version: codec.version,
		find: func(ctx context.Context) (data []byte, found bool, err error) {
			if answer, found, err = fill(ctx); err != nil || !found {
				return nil, found, err
			}
			data, err = codec.encode(answer)
			return data, true, err
		},
		accept: func(data []byte) bool {
			var err error
			answer, err = codec.decode(data)
			return err == nil
		},
	})
	if err != nil || !found {
		var none T
		return none, false, err
	}
	return answer, true, nil
}

// Invalidate makes the next reader of each key find its answer anew, from a server that has replayed lsn: where the change
// was committed. Call it after the commit.
//
// An error says that the Valkey was not told. This process tells it once it is back; a caller that must outlive this
// process, such as the relay, repeats the call until it succeeds.
func (c *Cache) Invalidate(ctx context.Context, lsn postgres.LSN, keys ...string) error {
	if c == nil || len(keys) == 0 {
		return nil
	}
	prefixed := make([]string, len(keys))
	c.mu.Lock()
	for i, key := range keys {
		prefixed[i] = c.cfg.Prefix + key
		delete(c.flights, prefixed[i]) // whoever asks from now on does not take what is being found
	}
	c.mu.Unlock()
	if err := c.store.bury(ctx, lsn, prefixed); err != nil {
		c.counts.reads.WithLabelValues("error").Inc()
		return fmt.Errorf("invalidate: %w", err)
	}
	return nil
}
