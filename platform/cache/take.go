package cache

import (
	"context"
	"strconv"
	"time"

	"github.com/valkey-io/valkey-go"
)

// takeScript is ratelimit.Limiter's reckoning by the Valkey's clock: a key holds when its allowance is whole again.
var takeScript = valkey.NewLuaScript(`
local time = redis.call('TIME')
local now, every, burst = time[1] * 1000000 + time[2], tonumber(ARGV[1]), tonumber(ARGV[2])
local filled = math.max(tonumber(redis.pcall('GET', KEYS[1]) or 0) or 0, now) + every
local excess = filled - now - burst * every
if excess > 0 then return excess end
redis.call('SET', KEYS[1], string.format('%.0f', filled), 'PX', math.ceil((filled - now) / 1000))
return 0`)

// Shared says whether processes share what is kept here.
func (c *Cache) Shared() bool {
	if c == nil {
		return false
	}
	_, shared := c.store.(*remote)
	return shared
}

// Take uses an allowance that all processes count together, or says for how long there is none: burst at once, one more each time that
// every has passed. An error says that nothing was counted; it comes at once while the Valkey is not well, or is none.
func (c *Cache) Take(ctx context.Context, key string, burst int, every time.Duration) (wait time.Duration, err error) {
	if !c.Shared() {
		return 0, errUnavailable
	}
	store := c.store.(*remote)
	err = store.ask(ctx, func(ctx context.Context) error {
		arguments := []string{strconv.FormatInt(every.Microseconds(), 10), strconv.Itoa(burst)}
		excess, err := takeScript.Exec(ctx, store.client, []string{c.cfg.Prefix + "limit:" + key}, arguments).AsInt64()
		wait = time.Duration(excess) * time.Microsecond
		return err
	})
	return wait, err
}
