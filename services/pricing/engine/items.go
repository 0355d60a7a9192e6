package engine

import (
	"math/bits"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
)

// most is how many lines a cart may have.
const most = 256

// set is a set of lines of one cart.
type set [most / 64]uint64

func (s *set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s *set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

func (s *set) without(t set) {
	for i := range s {
		s[i] &^= t[i]
	}
}

func (s *set) empty() bool { return *s == set{} }

// each yields the lines in the set, in order.
func (s *set) each(yield func(i int) bool) {
	for word, left := range s {
		for ; left != 0; left &= left - 1 {
			if !yield(word*64 + bits.TrailingZeros64(left)) {
				return
			}
		}
	}
}

// filter is Items made ready: its number in the index, or what all items are.
type filter struct {
	number  int // -1: all goods, whatever they are
	reduced bool
}

var everything = filter{number: -1}

// index knows of what products, categories and collections each filter speaks, so that one walk through a cart's lines finds the lines of every filter.
type index struct {
	filters int
	named   []bool // of a filter: whether it names anything, or means all but what is left out
	with    map[string][]int32
	without map[string][]int32
}

func newIndex() *index {
	return &index{with: map[string][]int32{}, without: map[string][]int32{}}
}

// add makes a filter of some items. Ids of products, categories and collections are UUIDs and never meet.
func (x *index) add(items *pricingv1.Items) filter {
	with := [][]string{items.GetProductIds(), items.GetCategoryIds(), items.GetCollectionIds()}
	without := [][]string{items.GetWithoutProductIds(), items.GetWithoutCategoryIds()}
	f := filter{number: -1, reduced: items.GetWithoutReduced()}
	if count(with)+count(without) == 0 {
		return f
	}
	f.number = x.filters
	x.filters++
	x.named = append(x.named, count(with) > 0)
	for _, ids := range with {
		for _, id := range ids {
			x.with[id] = append(x.with[id], int32(f.number))
		}
	}
	for _, ids := range without {
		for _, id := range ids {
			x.without[id] = append(x.without[id], int32(f.number))
		}
	}
	return f
}

func count(lists [][]string) int {
	n := 0
	for _, list := range lists {
		n += len(list)
	}
	return n
}

// matches are the lines of a cart that each filter means. Gifts are in none, nor are gift cards: those are money, and nothing makes money cheaper.
type matches struct {
	index         *index
	with, without []set
	bought        set
	reduced       set
}

func (x *index) match(lines []line) *matches {
	m := &matches{index: x, with: make([]set, x.filters), without: make([]set, x.filters)}
	for i := range lines {
		l := &lines[i]
		if l.GetGiftPromotionId() != "" || l.GetGiftCard() {
			continue
		}
		m.bought.add(i)
		if l.GetReduced() {
			m.reduced.add(i)
		}
		m.note(i, l.GetProductId())
		for _, id := range l.GetCategoryIds() {
			m.note(i, id)
		}
		for _, id := range l.GetCollectionIds() {
			m.note(i, id)
		}
	}
	return m
}

func (m *matches) note(line int, id string) {
	for _, f := range m.index.with[id] {
		m.with[f].add(line)
	}
	for _, f := range m.index.without[id] {
		m.without[f].add(line)
	}
}

// lines are those that a filter means.
func (m *matches) lines(f filter) set {
	found := m.bought
	if f.number >= 0 {
		if m.index.named[f.number] {
			found = m.with[f.number]
		}
		found.without(m.without[f.number])
	}
	if f.reduced {
		found.without(m.reduced)
	}
	return found
}
