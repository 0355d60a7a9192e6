package order

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
)

// However an order is split into parcels, none of them is worth less than nothing, the first one brings the delivery, and all of them together are worth what the order costs, to the last cent.
func TestParcelsAddUp(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(27, 11))
	for range 2000 {
		s := sending{units: map[string]int64{}, paid: map[string]int64{}}
		var worth int64
		for i := range 1 + random.IntN(4) {
			line := orderdb.OrderLine{ID: strconv.Itoa(i), Quantity: 1 + random.Int32N(7)}
			s.lines = append(s.lines, line)
			s.paid[line.ID] = random.Int64N(3000)
			worth += s.paid[line.ID]
		}
		rest := random.Int64N(800) - 4 // delivery and what is downloaded, or less than nothing where it was rounded down to coins
		s.order.TotalMinor = max(worth+rest, 0)
		var sum int64
		for last := false; !last; {
			var choices []*orderv1.FulfilmentChoice
			for _, line := range s.lines {
				if units := random.Int64N(s.left(line.ID) + 1); units > 0 {
					choices = append(choices, &orderv1.FulfilmentChoice{LineId: line.ID, Quantity: int32(units)})
				}
			}
			if len(choices) == 0 {
				continue
			}
			made, err := s.pack(choices)
			if err != nil {
				t.Fatal(err)
			}
			first := len(s.before) == 0
			if made.amountMinor < 0 || first && rest > 0 && made.amountMinor < min(rest, s.order.TotalMinor) {
				t.Fatalf("a parcel of %v is worth %d, with %d for its delivery", s, made.amountMinor, rest)
			}
			sum += made.amountMinor
			s.before = append(s.before, orderdb.OrderFulfilment{AmountMinor: made.amountMinor})
			for _, line := range made.lines {
				s.units[line.LineID] += int64(line.Quantity)
			}
			last = made.last
		}
		if sum != s.order.TotalMinor {
			t.Fatalf("the parcels of %v are worth %d, the order %d", s, sum, s.order.TotalMinor)
		}
	}
}
