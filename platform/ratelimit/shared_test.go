package ratelimit

import (
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/cache"
	"github.com/tradewind-commerce/tradewind/platform/proxytest"
)

func allowed(t *testing.T, limit *Shared) (n int) {
	t.Helper()
	for {
		ok, after := limit.Take(t.Context(), "ada")
		if !ok && after <= 0 {
			t.Fatalf("refused until %s", after)
		}
		if !ok {
			return n
		}
		n++
	}
}

// Without a shared cache a process allows all; while the shared cache is gone, half: others may allow as much.
func TestSharedCountsAlone(t *testing.T) {
	t.Parallel()
	limit := Limit{Burst: 10, Every: time.Hour}
	var none *cache.Cache
	if n := allowed(t, NewShared(none, "carts", limit)); n != 10 {
		t.Errorf("without a cache %d were allowed, want 10", n)
	}
	text := os.Getenv("TEST_VALKEY_URL")
	if text == "" {
		t.Skip("TEST_VALKEY_URL is not set")
	}
	server, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	proxy := proxytest.New(t, server.Host)
	remote, err := cache.Open(t.Context(), cache.Config{URL: "redis://" + proxy.Addr, Prefix: "test:" + t.Name() + ":"})
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	gone := NewShared(remote, "carts", limit)
	proxy.Cut()
	if n := allowed(t, gone); n != 5 {
		t.Errorf("while the cache is gone %d were allowed, want 5", n)
	}
}
