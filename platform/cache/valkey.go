package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valkey-io/valkey-go"

	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

const (
	dialTimeout = 100 * time.Millisecond
	// askTimeout is how long the Valkey may take. After one answer that took longer it is not asked until it is well.
	askTimeout = 50 * time.Millisecond
	// openTimeout is how long a start waits for it.
	openTimeout = 5 * time.Second
	// probeEvery is how often one that is not well is asked whether it is.
	probeEvery = 100 * time.Millisecond
	// localLife bounds copies in this process, which the Valkey tells of changes as long as it can.
	localLife = 10 * time.Second
	// mostPending bounds the invalidations kept for a Valkey that is not well.
	mostPending = 10_000
)

// The scripts make each step one. A text's head is its kind, position and version: see item. Whatever else somebody put
// under a key counts as nothing.
var (
	claimScript = valkey.NewLuaScript(`
local current = redis.pcall('GET', KEYS[1])
if type(current) == 'string' and current ~= '' and (ARGV[1] == '' or string.sub(current, 1, #ARGV[1]) ~= ARGV[1]) then return current end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return false`)

	replaceScript = valkey.NewLuaScript(`
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`)

	buryScript = valkey.NewLuaScript(`
local at = ARGV[1]
local current = redis.pcall('GET', KEYS[1])
if type(current) == 'string' and string.match(current, '^[VATC]%x+') and #current >= 19 then
  local known = string.sub(current, 2, 17)
  if known >= at and at ~= '0000000000000000' then return 0 end
  if known > at then at = known end
end
redis.call('SET', KEYS[1], 'T' .. at .. '00', 'PX', ARGV[2])
return 1`)
)

// remote keeps items in a Valkey, with copies in this process that it keeps right.
type remote struct {
	client valkey.Client
	limit  time.Duration // askTimeout, but for tests
	counts counts
	well   atomic.Bool

	stop    context.CancelFunc
	probing sync.WaitGroup
	stopped context.Context

	mu      sync.Mutex
	pending map[string]postgres.LSN // invalidations that the Valkey has not been told
}

func openValkey(ctx context.Context, cfg Config, counts counts) (*remote, error) {
	option, err := valkey.ParseURL(cfg.URL)
	if err != nil {
		return nil, errors.New("VALKEY_URL: want redis://host:port") // the URL itself may hold a password
	}
	option.Dialer.Timeout = dialTimeout
	option.ConnWriteTimeout = cfg.askTimeout
	option.DisableRetry = true
	option.CacheSizeEachConn = int(cfg.Memory)
	option.PipelineMultiplex = -1 // one connection, so that what it says comes in order
	option.ReadBufferEachConn, option.WriteBufferEachConn = 64<<10, 64<<10
	client, err := dial(ctx, option)
	if err != nil {
		return nil, fmt.Errorf("cannot reach the cache at %s (VALKEY_URL): %w", option.InitAddress[0], err)
	}
	r := &remote{client: client, limit: cfg.askTimeout, counts: counts, pending: map[string]postgres.LSN{}}
	r.stopped, r.stop = context.WithCancel(context.Background())
	r.well.Store(true)
	counts.up.Set(1)
	return r, nil
}

// dial tries for a while: a start may be ahead of its Valkey, and slow.
func dial(ctx context.Context, option valkey.ClientOption) (valkey.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	for {
		client, err := valkey.NewClient(option)
		if err == nil {
			return client, nil
		}
		if pause(ctx, probeEvery) != nil {
			return nil, err
		}
	}
}

func (r *remote) close() {
	r.stop()
	r.probing.Wait()
	r.client.Close()
}

// ask does one thing with the Valkey, in time. One that does not answer, while the caller waits, is not well: nobody asks
// it until it answers again. One that answers with an error costs no time and is asked on.
func (r *remote) ask(ctx context.Context, do func(ctx context.Context) error) error {
	if !r.well.Load() {
		return errUnavailable
	}
	limited, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	err := do(limited)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if _, answered := valkey.IsValkeyErr(err); answered {
		return err
	}
	r.leaveOut(ctx, err)
	return err
}

func (r *remote) leaveOut(ctx context.Context, err error) {
	if r.well.CompareAndSwap(true, false) {
		r.counts.up.Set(0)
		slog.WarnContext(ctx, "the cache is not well and is left out", "error", err)
		r.probing.Go(r.probe)
	}
}

// probe asks until the Valkey is well again and has been told what it missed.
func (r *remote) probe() {
	for pause(r.stopped, probeEvery) == nil {
		ctx, cancel := context.WithTimeout(r.stopped, r.limit)
		err := r.client.Do(ctx, r.client.B().Ping().Build()).Error()
		cancel()
		if err != nil || !r.tellPending() {
			continue
		}
		r.well.Store(true)
		if r.tellPending() { // what came in between
			r.counts.up.Set(1)
			slog.Info("the cache is well again")
			return
		}
		r.well.Store(false)
	}
}

func (r *remote) look(ctx context.Context, key string) (found item, err error) {
	err = r.ask(ctx, func(ctx context.Context) error {
		text, err := r.client.DoCache(ctx, r.client.B().Get().Key(key).Cache(), localLife).AsBytes()
		if reply, answered := valkey.IsValkeyErr(err); valkey.IsValkeyNil(err) || answered && strings.HasPrefix(reply.Error(), "WRONGTYPE") {
			return nil
		}
		found = parse(text)
		return err
	})
	return found, err
}

func (r *remote) claim(ctx context.Context, key string, seen, claim item, life time.Duration) (current item, ours bool, err error) {
	err = r.ask(ctx, func(ctx context.Context) error {
		text, err := claimScript.Exec(ctx, r.client, []string{key}, []string{seen.raw, claim.text(), milliseconds(life)}).AsBytes()
		if valkey.IsValkeyNil(err) {
			ours = true
			return nil
		}
		current = parse(text)
		return err
	})
	return current, ours, err
}

func (r *remote) replace(ctx context.Context, key string, claim, with item, life time.Duration) error {
	return r.ask(ctx, func(ctx context.Context) error {
		return replaceScript.Exec(ctx, r.client, []string{key}, []string{claim.text(), with.text(), milliseconds(life)}).Error()
	})
}

// bury tells the Valkey even if the caller leaves. One that cannot be told holds what is no longer true: it is left out
// until it has been.
func (r *remote) bury(ctx context.Context, lsn postgres.LSN, keys []string) error {
	ctx = context.WithoutCancel(ctx)
	for {
		err := r.ask(ctx, func(ctx context.Context) error { return r.tell(ctx, lsn, keys) })
		if err == nil {
			return nil
		}
		r.remember(lsn, keys)
		if !errors.Is(err, errUnavailable) {
			r.leaveOut(ctx, err)
			return err
		}
		if !r.well.Load() {
			return err
		}
		// It has become well meanwhile, perhaps without having been told of this.
	}
}

// remember keeps what the Valkey must be told once it is well.
func (r *remote) remember(lsn postgres.LSN, keys []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range keys {
		if known, there := r.pending[key]; there || len(r.pending) < mostPending {
			r.pending[key] = max(known, lsn)
		}
	}
}

// tell leaves tombstones, and returns when this process's own copies are gone as well.
func (r *remote) tell(ctx context.Context, lsn postgres.LSN, keys []string) error {
	scripts := make([]valkey.LuaExec, len(keys))
	after := make(valkey.Commands, len(keys))
	for i, key := range keys {
		scripts[i] = valkey.LuaExec{Keys: []string{key}, Args: []string{position(lsn), milliseconds(tombLife)}}
		after[i] = r.client.B().Exists().Key(key).Build() // its answer comes after the notice that the copy is old
	}
	for _, result := range append(buryScript.ExecMulti(ctx, r.client, scripts...), r.client.DoMulti(ctx, after...)...) {
		if err := result.Error(); err != nil {
			return err
		}
	}
	return nil
}

// tellPending tells what has been remembered, and reports whether nothing is left.
func (r *remote) tellPending() bool {
	r.mu.Lock()
	told := maps.Clone(r.pending)
	r.mu.Unlock()
	for key, lsn := range told {
		ctx, cancel := context.WithTimeout(r.stopped, r.limit)
		err := r.tell(ctx, lsn, []string{key})
		cancel()
		if err != nil {
			return false
		}
		r.mu.Lock()
		if r.pending[key] == lsn {
			delete(r.pending, key)
		}
		r.mu.Unlock()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.pending) == 0
}

func (r *remote) floor(key string) postgres.LSN {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pending[key]
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(max(d.Milliseconds(), 1), 10) }
