package order

import (
	"context"
	"fmt"
	"strings"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

// sending is what of an order was sent and what is still to be. It is pure: what was sent before is part of it.
type sending struct {
	order Order
	// lines are those that are sent; what is downloaded is not among them, nor are gift cards.
	lines []orderdb.OrderLine
	// paid is what the shopper pays for a line with its share of discounts and tax, and units of it were sent before, by its id.
	paid  map[string]int64
	units map[string]int64
	// unsent are units that will not be sent, by their line. There are some only where staff ended the order without them.
	unsent map[string]int64
	// before are the fulfilments so far, oldest first, and inside what was in them.
	before []orderdb.OrderFulfilment
	inside []orderdb.OrderFulfilmentLine
}

// packed is a line of a fulfilment, as it is stored.
type packed struct {
	LineID   string `json:"line_id"`
	Quantity int32  `json:"quantity"`
}

// parcel is a fulfilment before it is made.
type parcel struct {
	lines       []packed
	amountMinor int64
	// last: nothing is left to send afterwards.
	last  bool
	words string
}

// left is how many units of a line are still to be sent.
func (s sending) left(lineID string) int64 {
	line, found := s.line(lineID)
	if !found {
		return 0
	}
	return int64(line.Quantity) - s.units[lineID] - s.unsent[lineID]
}

func (s sending) line(id string) (orderdb.OrderLine, bool) {
	for _, line := range s.lines {
		if line.ID == id {
			return line, true
		}
	}
	return orderdb.OrderLine{}, false
}

// worth is what is due once so many units of each line have left. Delivery, what is downloaded and what rounding changed are due with the first; all lines together are worth the order's total, to the
// last cent.
func (s sending) worth(units map[string]int64) (int64, error) {
	due := s.order.TotalMinor
	for _, line := range s.lines {
		part, err := money.Amount{Minor: s.paid[line.ID]}.Scale(units[line.ID], int64(line.Quantity), money.Down)
		if err != nil {
			return 0, fmt.Errorf("worth of line %s: %w", line.ID, err)
		}
		due -= s.paid[line.ID] - part.Minor
	}
	return max(due, 0), nil
}

// dueMinor is what was due by the fulfilments so far.
func (s sending) dueMinor() int64 {
	var due int64
	for _, one := range s.before {
		due += one.AmountMinor
	}
	return due
}

// sent is what payment must know to take it.
func (s sending) sent() payment.Sent {
	sent := payment.Sent{OrderID: s.order.ID, DueMinor: s.dueMinor(), TotalMinor: s.order.TotalMinor, Final: len(s.unsent) > 0}
	if len(s.before) > 0 {
		sent.FulfilmentID = s.before[len(s.before)-1].ID
	}
	return sent
}

// pack says what a fulfilment is worth. FAILED_PRECONDITION: less of a line is left to send.
func (s sending) pack(choices []*orderv1.FulfilmentChoice) (parcel, error) {
	made := parcel{last: true}
	after := map[string]int64{}
	for _, line := range s.lines {
		after[line.ID] = s.units[line.ID]
	}
	seen := map[string]bool{}
	var words []string
	for _, choice := range choices {
		line, found := s.line(choice.GetLineId())
		switch left := s.left(choice.GetLineId()); {
		case !found:
			return made, rpc.InvalidArgument("lines: one is not of this order, or nothing of it is sent")
		case seen[line.ID]:
			return made, rpc.InvalidArgument("lines: one is there twice")
		case int64(choice.GetQuantity()) > left:
			return made, rpc.FailedPrecondition(fmt.Sprintf("of %s only %d can still be sent", line.ProductName, left))
		}
		seen[line.ID] = true
		after[line.ID] += int64(choice.GetQuantity())
		made.lines = append(made.lines, packed{line.ID, choice.GetQuantity()})
		words = append(words, strings.TrimSpace(fmt.Sprintf("%d × %s %s", choice.GetQuantity(), line.ProductName, line.VariantName)))
	}
	for _, line := range s.lines {
		made.last = made.last && after[line.ID]+s.unsent[line.ID] == int64(line.Quantity)
	}
	made.words = strings.Join(words, ", ")
	worth, err := s.worth(after)
	made.amountMinor = max(worth-s.dueMinor(), 0)
	return made, err
}

// loadSending reads what of an order was sent.
func loadSending(ctx context.Context, db postgres.DBTX, row Order) (sending, error) {
	s := sending{order: row, paid: map[string]int64{}, units: map[string]int64{}, unsent: map[string]int64{}}
	lines, err := queries.ListOrderLines(ctx, db, row.ID)
	if err != nil {
		return s, fmt.Errorf("list order lines: %w", err)
	}
	files, err := queries.ListDownloads(ctx, db, row.ID)
	if err != nil {
		return s, fmt.Errorf("list downloads: %w", err)
	}
	downloaded := map[string]bool{}
	for _, file := range files {
		downloaded[file.LineID] = true
	}
	for _, line := range lines {
		if downloaded[line.ID] || line.GiftCard {
			continue
		}
		s.lines = append(s.lines, line)
		if s.paid[line.ID], err = (refundable{order: row}).lineWorth(line); err != nil {
			return s, fmt.Errorf("worth of line %s: %w", line.ID, err)
		}
	}
	if s.before, err = queries.ListFulfilments(ctx, db, row.ID); err != nil {
		return s, fmt.Errorf("list fulfilments: %w", err)
	}
	if s.inside, err = queries.ListFulfilmentLines(ctx, db, row.ID); err != nil {
		return s, fmt.Errorf("list fulfilment lines: %w", err)
	}
	for _, line := range s.inside {
		s.units[line.LineID] += int64(line.Quantity)
	}
	unsent, err := queries.ListUnsentLines(ctx, db, row.ID)
	if err != nil {
		return s, fmt.Errorf("list unsent lines: %w", err)
	}
	for _, line := range unsent {
		s.unsent[line.LineID] = int64(line.Quantity)
	}
	return s, nil
}
