package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// An address that is no text does not reach pages, whose calls would fail on it; the rest of such an address still counts.
func TestAddressesAreText(t *testing.T) {
	t.Parallel()
	site := Site{URL: mustURL(t, "https://shop.example")}
	for address, want := range map[string]struct {
		status int
		query  string
	}{
		"/products/jug?a=caf%C3%A9":  {http.StatusOK, "a=caf%C3%A9"},
		"/products/caf%C3%A9":        {http.StatusOK, ""},
		"/products/%ff":              {http.StatusNotFound, ""},
		"/search?q=caf%E9&page=2":    {http.StatusOK, "page=2&q=caf"},
		"/search?q=jug&%ff=1":        {http.StatusOK, "q=jug"},
		"/search?q=100%&page=2":      {http.StatusOK, "page=2"},
		"/search?brand=%ff&brand=Ad": {http.StatusOK, "brand=&brand=Ad"},
	} {
		answer := ask(site, httptest.NewRequest(http.MethodGet, "https://shop.example"+address, nil), func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.URL.RawQuery)
		})
		if answer.Code != want.status || want.status == http.StatusOK && answer.Body.String() != want.query {
			t.Errorf("%s: %d with the query %q, want %d with %q", address, answer.Code, answer.Body, want.status, want.query)
		}
	}
}
