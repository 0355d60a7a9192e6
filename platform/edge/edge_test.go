package edge_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/tradewind-commerce/tradewind/platform/edge"
)

func TestMark(t *testing.T) {
	h := http.Header{}
	edge.Mark(h, edge.Product("0199c1f0-0000-7000-8000-0000000000aa"), edge.Lists, edge.Lists, edge.Category("0199c1f0-0000-7000-8000-0000000000bb"))
	if got, want := h.Get("Surrogate-Key"), "c-0000000000bb lists p-0000000000aa"; got != want {
		t.Errorf("marked %q, want %q", got, want)
	}
}

// Every proxy is told every key, a few hundred at a time, and one that refuses is an error that names it.
func TestPurge(t *testing.T) {
	var mu sync.Mutex
	told := map[string]bool{}
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method != "PURGE" || r.Header.Get("Authorization") != "Bearer secret" || len(r.Header.Get("Surrogate-Key")) > 4096 {
			t.Errorf("asked %s %v", r.Method, r.Header)
		}
		for key := range strings.FieldsSeq(r.Header.Get("Surrogate-Key")) {
			told[key] = true
		}
	}))
	defer good.Close()
	bad := httptest.NewServer(http.NotFoundHandler())
	defer bad.Close()

	var keys []string
	for i := range 1000 {
		keys = append(keys, edge.Product(fmt.Sprintf("0199c1f0-0000-7000-8000-%012d", i)))
	}
	err := edge.Purger{URLs: []string{bad.URL, good.URL + "/"}, Token: "secret"}.Purge(t.Context(), keys)
	if err == nil || !strings.Contains(err.Error(), bad.URL) || strings.Contains(err.Error(), good.URL) {
		t.Errorf("error %v, want one that names only %s", err, bad.URL)
	}
	if len(told) != 1000 {
		t.Errorf("told %d keys, want 1000", len(told))
	}
}
