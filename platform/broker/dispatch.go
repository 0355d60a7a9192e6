package broker

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/tradewind-commerce/tradewind/gen/db/platformdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

// takeTimeout bounds taking deliveries. A stop does not cut it short: what was taken but not learned of would count as lost.
const takeTimeout = 5 * time.Second

// dispatch is the queue without a message broker: it takes due deliveries for the consumers of this process that have room.
func (b *Broker) dispatch(ctx context.Context) {
	byName := map[string]*Consumer{}
	for _, c := range b.mine() {
		byName[c.Name] = c
	}
	if len(byName) == 0 {
		return
	}
	var pace pace
	var failing backoff
	var freed bell
	for ctx.Err() == nil {
		rung, free := b.handedOut.rung(), freed.rung()
		taken, full, err := b.take(ctx, byName)
		if err != nil {
			slog.ErrorContext(ctx, "take deliveries", "error", err)
			pause(ctx, failing.next())
			continue
		}
		failing.reset()
		for consumer, theirs := range taken {
			c := byName[consumer]
			for together := range slices.Chunk(theirs, c.most) {
				c.slots <- struct{}{}
				b.handlers.Go(func() {
					defer func() {
						<-c.slots
						freed.ring()
					}()
					b.deliver(c, together...)
				})
			}
		}
		if !full { // nothing more is due
			free = nil
		}
		pace.wait(ctx, len(taken) > 0, rung, free)
	}
}

// take claims what is due, as much as each consumer has room for, and reports whether one has no room left.
func (b *Broker) take(ctx context.Context, byName map[string]*Consumer) (taken map[string][]delivery, full bool, err error) {
	claim := platformdb.ClaimDeliveriesParams{Now: clock.Now()}
	room := map[string]int{}
	for _, c := range byName {
		n := c.most * (cap(c.slots) - len(c.slots))
		if n == 0 {
			full = true
			continue
		}
		room[c.Name] = n
		claim.Consumers = append(claim.Consumers, c.Name)
		claim.Rooms = append(claim.Rooms, int32(n))
		claim.LostTimes = append(claim.LostTimes, claim.Now.Add(c.lostAfter()))
	}
	if len(room) == 0 {
		return nil, true, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeTimeout)
	defer cancel()
	claimed, err := queries.ClaimDeliveries(ctx, b.db.Primary(), claim)
	taken = make(map[string][]delivery, len(room))
	for _, d := range claimed {
		taken[d.Consumer] = append(taken[d.Consumer], d)
		room[d.Consumer]--
		full = full || room[d.Consumer] == 0
	}
	return taken, full, err
}
