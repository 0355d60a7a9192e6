package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// mail is one that the shop sent, as its recipient sees it.
type mail struct {
	ID                  int64
	Subject, Text, HTML string
	Links               []string // of its HTML
	Headers             []struct{ Name, Value string }
	Problem             string
}

func (m mail) header(name string) string {
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// readMails are the newest that were read, by the address they went to, in small letters.
type readMails struct {
	mu   sync.Mutex
	last map[string]int64
}

// mailTo waits for a mail to an address that is newer than the one read last, and returns the newest. With words, only mails whose subjects contain them all count: a code
// may be overtaken by the confirmation of an order.
func (s *shop) mailTo(t testing.TB, address string, words ...string) mail {
	t.Helper()
	address = strings.ToLower(address)
	s.read.mu.Lock()
	last := s.read.last[address]
	s.read.mu.Unlock()
	var newest mail
	eventually(t, fmt.Sprintf("a new mail to %s about %q", address, words), func() bool {
		all := s.mails(t, address)
		at := slices.IndexFunc(all, func(m mail) bool {
			return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(m.Subject, word) })
		})
		if at >= 0 {
			newest = all[at]
		}
		return newest.ID > last
	})
	if newest.Problem != "" {
		t.Errorf("the mail %q to %s: %s", newest.Subject, address, newest.Problem)
	}
	s.read.mu.Lock()
	defer s.read.mu.Unlock()
	if s.read.last == nil {
		s.read.last = map[string]int64{}
	}
	s.read.last[address] = newest.ID
	return newest
}

// mails are all that came to addresses that contain a text, newest first.
func (s *shop) mails(t testing.TB, to string) []mail {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.mailbox+"/mails.json?to="+url.QueryEscape(to), nil)
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Mails []mail }
	if read := exchange(t, request); json.Unmarshal([]byte(read.body), &list) != nil {
		t.Fatalf("the mailbox answers %d: %s", read.status, read.body)
	}
	return list.Mails
}
