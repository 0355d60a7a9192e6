package order

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/pricing"
)

// issueGiftCards issues the gift cards of a locked order once all of its money was taken: one for each unit, worth what was paid for one. Whatever settles a payment calls it, and what was issued is not
// issued again.
func (s *Service) issueGiftCards(ctx context.Context, tx pgx.Tx, row Order, standing payment.Standing) (Order, error) {
	if row.GiftCardsMinor == 0 || row.GiftCardsTime != nil || !stands(row) || standing.CapturedMinor-standing.RefundedMinor < row.TotalMinor {
		return row, nil
	}
	lines, err := queries.ListOrderLines(ctx, tx, row.ID)
	if err != nil {
		return row, fmt.Errorf("list order lines: %w", err)
	}
	issued := orderdb.AddGiftCardsParams{OrderID: row.ID, Now: clock.Now()}
	var sold []payment.SoldCard
	var names []string
	for _, line := range lines {
		if !line.GiftCard {
			continue
		}
		cards, err := pricing.IssueBought(ctx, tx, s.cfg.GiftCards, pricing.Bought{
			OrderID: row.ID, LineID: line.ID, Email: row.Email, Units: int(line.Quantity), EachMinor: line.UnitPriceMinor, Currency: row.CurrencyCode, Reason: "Bought with order " + row.Number,
		})
		if err != nil {
			return row, err
		}
		for i, card := range cards {
			issued.GiftCardIds, issued.LineIds = append(issued.GiftCardIds, card.GetId()), append(issued.LineIds, line.ID)
			issued.Units, issued.Amounts = append(issued.Units, int32(i)+1), append(issued.Amounts, line.UnitPriceMinor)
			issued.LastFours, names = append(issued.LastFours, card.GetLastFour()), append(names, "…"+card.GetLastFour())
			sold = append(sold, payment.SoldCard{MoveID: card.GetId(), AmountMinor: line.UnitPriceMinor})
		}
	}
	if err := queries.AddGiftCards(ctx, postgres.Later(tx), issued); err != nil {
		return row, fmt.Errorf("add gift cards: %w", err)
	}
	if err := payment.SellGiftCards(ctx, tx, row.ID, row.CurrencyCode, sold); err != nil {
		return row, err
	}
	row.GiftCardsTime = &issued.Now
	return row, note(ctx, tx, row.ID, "gift_cards.issued", "Gift cards were issued and their codes go to the buyer by mail: "+named(names)+".", bySystem)
}

// mostNamed is how many cards a sentence names.
const mostNamed = 10

func named(names []string) string {
	if more := len(names) - mostNamed; more > 0 {
		return strings.Join(names[:mostNamed], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}

// giftCards is what became of the gift cards that an order's buyer bought. It is pure: what was taken back before is part of it.
type giftCards struct {
	row   Order
	cards []orderdb.OrderGiftCard
}

func loadGiftCards(ctx context.Context, db postgres.DBTX, row Order) (giftCards, error) {
	if row.GiftCardsTime == nil {
		return giftCards{row: row}, nil
	}
	cards, err := queries.ListOrderGiftCards(ctx, db, row.ID)
	if err != nil {
		return giftCards{}, fmt.Errorf("list gift cards: %w", err)
	}
	return giftCards{row, cards}, nil
}

// live are the cards that were not taken back; of a line, or of all when none is named.
func (g giftCards) live(lineID string) []orderdb.OrderGiftCard {
	return slices.DeleteFunc(slices.Clone(g.cards), func(card orderdb.OrderGiftCard) bool {
		return card.VoidTime != nil || lineID != "" && card.LineID != lineID
	})
}

// voided is how many cards of a line were taken back.
func (g giftCards) voided(lineID string) int64 {
	var n int64
	for _, card := range g.cards {
		if card.LineID == lineID && card.VoidTime != nil {
			n++
		}
	}
	return n
}

// choose finds the cards that a refund takes back: for each unit one from which nothing was spent. Those of a refund that a provider refused are taken back already, and make up for as many.
func (g giftCards) choose(ctx context.Context, db postgres.DBTX, r refundable, made plan) ([]orderdb.OrderGiftCard, error) {
	var chosen []orderdb.OrderGiftCard
	for _, choice := range made.lines {
		line, _ := r.line(choice.LineID)
		if !line.GiftCard {
			continue
		}
		needed := int(int64(choice.Quantity) - max(g.voided(line.ID)-r.units[line.ID], 0))
		if needed <= 0 {
			continue
		}
		live := g.live(line.ID)
		spent, err := pricing.Spent(ctx, db, idsOf(live))
		if err != nil {
			return nil, err
		}
		whole := slices.DeleteFunc(live, func(card orderdb.OrderGiftCard) bool {
			return slices.ContainsFunc(spent, func(one *pricingv1.GiftCard) bool { return one.GetId() == card.GiftCardID })
		})
		switch {
		case len(whole) >= needed:
			chosen = append(chosen, whole[:needed]...)
		case len(spent) > 0:
			return nil, errSpent(spent)
		default:
			return nil, rpc.FailedPrecondition("these gift cards were not issued yet; they are once all of the order is paid")
		}
	}
	return chosen, nil
}

// void takes cards back with the order locked, so that nobody can spend them any more and nothing is owed for them.
func (g giftCards) void(ctx context.Context, tx pgx.Tx, cards []orderdb.OrderGiftCard, by string) error {
	if len(cards) == 0 {
		return nil
	}
	voided, spent, err := pricing.Void(ctx, tx, g.row.ID, by, "Taken back with order "+g.row.Number, idsOf(cards))
	if err != nil {
		return err
	}
	if len(spent) > 0 {
		return errSpent(spent)
	}
	var sold []payment.SoldCard
	var names []string
	for i, card := range cards {
		sold, names = append(sold, payment.SoldCard{MoveID: voided[i].MoveID, AmountMinor: card.AmountMinor}), append(names, "…"+card.LastFour)
	}
	now := clock.Now()
	if err := queries.VoidOrderGiftCards(ctx, postgres.Later(tx), orderdb.VoidOrderGiftCardsParams{OrderID: g.row.ID, GiftCardIds: idsOf(cards), Now: &now}); err != nil {
		return fmt.Errorf("void gift cards: %w", err)
	}
	if err := payment.VoidGiftCards(ctx, tx, g.row.ID, g.row.CurrencyCode, sold); err != nil {
		return err
	}
	return note(ctx, tx, g.row.ID, "gift_cards.voided", "Gift cards were taken back and can be spent no more: "+named(names)+".", by)
}

// errSpent says which cards cannot be taken back any more.
func errSpent(spent []*pricingv1.GiftCard) error {
	var words []string
	for _, card := range spent[:min(len(spent), mostNamed)] {
		words = append(words, fmt.Sprintf("…%s, of which %s is left", card.GetLastFour(), sayAmount(card.GetBalance())))
	}
	return rpc.FailedPrecondition("a gift card from which something was spent cannot be taken back: " + strings.Join(words, "; "))
}

func idsOf(cards []orderdb.OrderGiftCard) []string {
	ids := make([]string, len(cards))
	for i, card := range cards {
		ids[i] = card.GiftCardID
	}
	return ids
}

// worthOf is what some cards were bought for.
func worthOf(cards []orderdb.OrderGiftCard) int64 {
	var worth int64
	for _, card := range cards {
		worth += card.AmountMinor
	}
	return worth
}

func (g giftCards) toProto(cards []orderdb.OrderGiftCard) []*orderv1.BoughtGiftCard {
	var bought []*orderv1.BoughtGiftCard
	for _, card := range cards {
		bought = append(bought, &orderv1.BoughtGiftCard{
			GiftCardId: card.GiftCardID, LineId: card.LineID, LastFour: card.LastFour, Value: amountOf(g.row, card.AmountMinor), VoidTime: timestamp(card.VoidTime),
		})
	}
	return bought
}
