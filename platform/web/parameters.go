package web

import (
	"net/url"
	"strings"
)

// parameters are the query parameters that change a page.
type parameters struct {
	all      bool
	names    map[string]bool
	prefixes []string
}

func newParameters(names []string) parameters {
	p := parameters{names: map[string]bool{}}
	for _, name := range names {
		switch prefix, open := strings.CutSuffix(name, "*"); {
		case open && prefix == "":
			p.all = true
		case open:
			p.prefixes = append(p.prefixes, prefix)
		default:
			p.names[name] = true
		}
	}
	return p
}

func (p parameters) has(name string) bool {
	if p.all || p.names[name] {
		return true
	}
	for _, prefix := range p.prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// normal is the query with its known parameters in one order and spelling; values of one name keep theirs. Empty values
// count as not there, as an untouched form field sends them.
func (p parameters) normal(u *url.URL) string {
	if u.RawQuery == "" {
		return ""
	}
	query := u.Query() // what cannot be read is left out
	for name, values := range query {
		filled := values[:0]
		for _, value := range values {
			if value != "" {
				filled = append(filled, value)
			}
		}
		if query[name] = filled; len(filled) == 0 || !p.has(name) {
			delete(query, name)
		}
	}
	return query.Encode()
}
