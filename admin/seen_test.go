package main

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// A server that is behind what the form was made of is not believed: the primary is asked, and the visitor's own last save is no conflict. One that is as far, or farther, is.
func TestAsSeen(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		form          string
		behind, reads int64
		want          int64
	}{
		"as far":                 {form: "3", behind: 3, reads: 1, want: 3},
		"behind":                 {form: "3", behind: 2, reads: 2, want: 5},
		"changed by a colleague": {form: "3", behind: 4, reads: 1, want: 4},
		"no number":              {form: "three", behind: 2, reads: 1, want: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequest("POST", "/", strings.NewReader(url.Values{"version": {tc.form}}.Encode()))
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			asked, reads := visit{Request: request, ctx: postgres.WithToken(t.Context(), 7)}, int64(0)
			got, err := asSeen(asked, func(v visit) (*productv1.Category, error) {
				reads++
				if postgres.Token(v.ctx) == postgres.Newest {
					return &productv1.Category{Version: 5}, nil
				}
				return &productv1.Category{Version: tc.behind}, nil
			}, (*productv1.Category).GetVersion)
			if err != nil || got.GetVersion() != tc.want || reads != tc.reads || postgres.Token(asked.ctx) != 7 {
				t.Errorf("version %d after %d reads, %v; want %d after %d, and the visitor's own token as it was, not %v", got.GetVersion(), reads, err, tc.want, tc.reads, postgres.Token(asked.ctx))
			}
		})
	}
}
