package cache

import (
	"container/list"
	"context"
	"sync"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// memoryLife bounds answers that only this process has: nobody tells it of changes made by others.
const memoryLife = time.Second

// memory keeps items in this process up to a size, least recently used out first.
type memory struct {
	limit int64
	now   func() time.Duration // never jumps; tests move it

	mu     sync.Mutex
	items  map[string]*list.Element // of *kept
	recent list.List                // most recently used first
	size   int64
}

type kept struct {
	key  string
	item item
	ends time.Duration
}

func newMemory(limit int64) *memory {
	return &memory{limit: limit, now: clock.Running, items: map[string]*list.Element{}}
}

func (m *memory) look(_ context.Context, key string) (item, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.get(key), nil
}

func (m *memory) claim(_ context.Context, key string, seen, claim item, life time.Duration) (item, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if current := m.get(key); current.kind != none && !current.same(seen) {
		return current, false, nil
	}
	m.set(key, claim, life)
	return item{}, true, nil
}

func (m *memory) replace(_ context.Context, key string, claim, with item, life time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.get(key).same(claim) {
		return nil
	}
	if with.kind != tomb {
		life = min(life, memoryLife)
	}
	m.set(key, with, life)
	return nil
}

func (m *memory) bury(_ context.Context, lsn postgres.LSN, keys []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range keys {
		current := m.get(key)
		if lsn > 0 && current.kind != none && current.lsn >= lsn {
			continue
		}
		m.set(key, item{kind: tomb, lsn: max(lsn, current.lsn)}, tombLife)
	}
	return nil
}

func (*memory) floor(string) postgres.LSN { return 0 }

func (*memory) close() {}

func (m *memory) get(key string) item {
	element := m.items[key]
	if element == nil {
		return item{}
	}
	k := element.Value.(*kept)
	if m.now() >= k.ends {
		m.drop(element)
		return item{}
	}
	m.recent.MoveToFront(element)
	return k.item
}

func (m *memory) set(key string, with item, life time.Duration) {
	m.drop(m.items[key])
	if with.kind == none {
		return
	}
	k := &kept{key: key, item: with, ends: m.now() + life}
	m.items[key] = m.recent.PushFront(k)
	m.size += k.size()
	for m.size > m.limit {
		m.drop(m.recent.Back())
	}
}

func (m *memory) drop(element *list.Element) {
	if element == nil {
		return
	}
	k := m.recent.Remove(element).(*kept)
	delete(m.items, k.key)
	m.size -= k.size()
}

func (k *kept) size() int64 {
	const besides = 200
	return int64(len(k.key)+len(k.item.payload)) + besides
}

// same reports whether two items are one. Answers differ by where they are in memory, claims by their text.
func (i item) same(other item) bool {
	if i.kind != other.kind || i.lsn != other.lsn || i.version != other.version || len(i.payload) != len(other.payload) {
		return false
	}
	return len(i.payload) == 0 || &i.payload[0] == &other.payload[0]
}
