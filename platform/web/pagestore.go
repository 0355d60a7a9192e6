package web

import (
	"container/list"
	"sync"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// pageStore keeps finished pages up to a size, least recently shown out first, and knows which are being made.
type pageStore struct {
	lifetime time.Duration
	limit    int64
	now      func() time.Duration // never jumps; tests move it

	mu      sync.Mutex
	kept    map[string]*list.Element // of *keptPage
	recent  list.List                // most recently shown first
	size    int64
	flights map[string]*flight
}

func newPageStore(lifetime time.Duration, limit int64) pageStore {
	return pageStore{
		lifetime: lifetime, limit: limit, now: clock.Running,
		kept: map[string]*list.Element{}, flights: map[string]*flight{},
	}
}

type keptPage struct {
	key    string
	answer *answer
	size   int64
	made   time.Duration
	began  time.Time
	token  postgres.LSN
}

// flight is a page being made. Its answer is there once done is closed.
type flight struct {
	done   chan struct{}
	began  time.Time
	token  postgres.LSN // what the page will show at least
	answer *answer
}

// staleFor is for how many lifetimes after its own a page is still shown while somebody makes it anew, so that readers do
// not queue behind the one who does.
const staleFor = 2

// find returns a page to show; or else the flight to wait for; or else a flight for the caller to lead and land. With a
// page, a flight says that the page is old and being made anew.
func (s *pageStore) find(key string, visitor reader) (found *answer, current *flight, leads bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	flying := s.flights[key]
	var page *keptPage
	if element := s.kept[key]; element != nil {
		page = element.Value.(*keptPage)
		age := s.now() - page.made
		enough := visitor.satisfiedBy(page.token, page.began)
		if enough && (age < s.lifetime || flying != nil && age < (1+staleFor)*s.lifetime) {
			s.recent.MoveToFront(element)
			if age < s.lifetime {
				flying = nil
			}
			return page.answer, flying, false
		}
	}
	if flying != nil {
		return nil, flying, false
	}
	token := visitor.token
	if page != nil {
		token = max(token, page.token) // never read from before what an earlier page has shown
	}
	flying = &flight{done: make(chan struct{}), began: clock.Now(), token: token}
	s.flights[key] = flying
	return nil, flying, true
}

// land ends a flight: those who wait are shown its answer, and so is whoever asks later if it may be kept.
func (s *pageStore) land(key string, flight *flight, answer *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer close(flight.done)
	delete(s.flights, key)
	flight.answer = answer
	element := s.kept[key]
	if !answer.kept {
		s.drop(element) // what was kept is no longer true
		return
	}
	page := &keptPage{key: key, answer: answer, made: s.now(), began: flight.began, token: flight.token}
	if element != nil {
		if old := element.Value.(*keptPage).answer; old.etag != "" && old.etag == answer.etag && old.sameHeader(answer) {
			page.answer = old // it has been compressed already
			flight.answer = old
		}
		s.drop(element)
	}
	page.size = answer.memory() + int64(len(key))
	if page.size > s.limit/8 {
		return
	}
	s.kept[key] = s.recent.PushFront(page)
	s.size += page.size
	for s.size > s.limit {
		s.drop(s.recent.Back())
	}
}

func (s *pageStore) drop(element *list.Element) {
	if element == nil {
		return
	}
	page := s.recent.Remove(element).(*keptPage)
	delete(s.kept, page.key)
	s.size -= page.size
}

// memory is what an answer takes, with its encodings, which together are rarely as long as the page itself.
func (a *answer) memory() int64 {
	const besides = 2048
	return 2*int64(len(a.variants[identity].body)) + besides
}

func (a *answer) sameHeader(b *answer) bool {
	if len(a.header) != len(b.header) {
		return false
	}
	for name, values := range a.header {
		others := b.header[name]
		if len(values) != len(others) {
			return false
		}
		for i := range values {
			if values[i] != others[i] {
				return false
			}
		}
	}
	return true
}
