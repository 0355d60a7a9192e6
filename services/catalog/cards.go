package catalog

import (
	"fmt"
	"sync"

	"google.golang.org/protobuf/proto"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
)

// cardsKept is how many cards a generation keeps, some 3 kB each; there are two.
const cardsKept = 2048

// availabilities is how many there are, the unspecified one included.
const availabilities = 5

// cards reads stored cards. The same bytes are the same card, so those that lists show again and again are read once: reading costs as much
// as the query that found them. What it returns is shared and must not be changed.
type cards struct {
	mu         sync.Mutex
	young, old map[string]readings
}

// readings are a card in each availability, which is stored beside it because it changes more often than all else.
type readings *[availabilities]*catalogv1.Card

func (c *cards) read(rows []cardRow) ([]*catalogv1.Card, error) {
	read := make([]*catalogv1.Card, len(rows))
	if missing := c.recall(rows, read); missing == 0 {
		return read, nil
	}
	for i, row := range rows {
		if read[i] != nil {
			continue
		}
		card := new(catalogv1.Card)
		if err := proto.Unmarshal(row.Card, card); err != nil {
			return nil, fmt.Errorf("read a card: %w", err)
		}
		card.Availability = catalogv1.Availability(row.Availability)
		read[i] = card
	}
	c.keep(rows, read)
	return read, nil
}

// recall fills in the cards that are kept.
func (c *cards) recall(rows []cardRow, read []*catalogv1.Card) (missing int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, row := range rows {
		kept, found := c.young[string(row.Card)]
		if !found {
			if kept, found = c.old[string(row.Card)]; found && len(c.young) < cardsKept {
				c.young[string(row.Card)] = kept
			}
		}
		if found && int(row.Availability) < len(kept) {
			read[i] = kept[row.Availability]
		}
		if read[i] == nil {
			missing++
		}
	}
	return missing
}

// keep begins a new generation when one is full, so that what was not asked for meanwhile is forgotten.
func (c *cards) keep(rows []cardRow, read []*catalogv1.Card) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, row := range rows {
		kept, found := c.young[string(row.Card)]
		if !found {
			if c.young == nil || len(c.young) >= cardsKept {
				c.young, c.old = make(map[string]readings), c.young
			}
			kept = new([availabilities]*catalogv1.Card)
			c.young[string(row.Card)] = kept
		}
		if int(row.Availability) < len(kept) {
			kept[row.Availability] = read[i]
		}
	}
}
