package main

import (
	"io"
	"strings"
	"testing"
)

// A shop that would refuse everybody says so instead of starting.
func TestProxiesOnlyNeedsProxies(t *testing.T) {
	t.Parallel()
	err := run(t.Context(), []string{"--proxies-only"}, strings.NewReader(""), io.Discard)
	if err == nil || !strings.Contains(err.Error(), "TRUSTED_PROXIES") {
		t.Errorf("error %v", err)
	}
}
