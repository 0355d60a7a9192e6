package payment

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// account is where money can be, or be owed, in the books.
type account string

// The chart of accounts. The migration that made them says what each is for.
const (
	receivable account = "customer_receivable"
	clearing   account = "gateway_clearing"
	sales      account = "sales"
	taxPayable account = "tax_payable"
	refunds    account = "refunds"
	fees       account = "fees"
	disputed   account = "disputed"
	losses     account = "losses"
	bank       account = "bank"
	// giftCards is what gift cards still promise: a payment by one moves it, as any other moves what its provider keeps.
	giftCards account = "gift_card_liability"
	// giftCardsGiven is what cards cost that the shop gave away, and giftCardsExpired what it earned by those that nobody spent in time.
	giftCardsGiven   account = "gift_cards_given"
	giftCardsExpired account = "gift_cards_expired"
)

// kind is what a movement of the books is about.
type kind string

// The kinds. Reserving money moves nothing.
const (
	kindSale         kind = "sale"
	kindCredit       kind = "credit"
	kindCapture      kind = "capture"
	kindRefund       kind = "refund"
	kindRefundFailed kind = "refund_failed"
	kindFee          kind = "fee"
	kindDispute      kind = "dispute"
	kindDisputeWon   kind = "dispute_won"
	kindDisputeLost  kind = "dispute_lost"
	// kindDisputeReversed is a lost dispute that was won after all.
	kindDisputeReversed kind = "dispute_reversed"
	// kindWriteOff is money that our books have and a statement has not, and kindLinked money that belonged to none and staff found the order of.
	kindWriteOff kind = "write_off"
	kindLinked   kind = "linked"
	// kindTakenBack undoes a write-off where both agree after all.
	kindTakenBack kind = "write_off_taken_back"
	// kindStoreCredit is money of an order that its shopper gets back as store credit.
	kindStoreCredit kind = "store_credit"
	// What happens to gift cards by what no payment does. An adjustment can go either way.
	kindGiftCardGiven    kind = "gift_card_given"
	kindGiftCardAdjusted kind = "gift_card_adjusted"
	kindGiftCardExpired  kind = "gift_card_expired"
	// Gift cards that an order's buyer bought, and gave back. They are posted by whoever issues and voids them.
	kindGiftCardSold   kind = "gift_card_sold"
	kindGiftCardVoided kind = "gift_card_voided"
)

// sides says which account a movement of one amount debits and which it credits.
var sides = map[kind]struct{ debit, credit account }{
	kindCapture:          {clearing, receivable},
	kindRefund:           {receivable, clearing},
	kindRefundFailed:     {clearing, receivable},
	kindFee:              {fees, clearing},
	kindDispute:          {disputed, clearing},
	kindDisputeWon:       {clearing, disputed},
	kindDisputeLost:      {losses, disputed},
	kindDisputeReversed:  {clearing, losses},
	kindWriteOff:         {losses, clearing},
	kindLinked:           {clearing, receivable},
	kindTakenBack:        {clearing, losses},
	kindStoreCredit:      {receivable, giftCards},
	kindGiftCardGiven:    {giftCardsGiven, giftCards},
	kindGiftCardAdjusted: {giftCardsGiven, giftCards},
	kindGiftCardExpired:  {giftCardsExpired, giftCards},
	kindGiftCardSold:     {receivable, giftCards},
	kindGiftCardVoided:   {giftCards, receivable},
}

// entry is one side of a movement: a debit above zero, a credit below.
type entry struct {
	account account
	minor   int64
}

// moves returns both sides of a movement of one amount.
func (k kind) moves(minor int64) []entry {
	return []entry{{sides[k].debit, minor}, {sides[k].credit, -minor}}
}

// keptBy has the account move in which the money of a provider's payments is.
func keptBy(provider string, entries []entry) []entry {
	where := clearing
	switch provider {
	case ProviderGiftCard:
		where = giftCards
	case ProviderBankTransfer:
		where = bank
	}
	for i := range entries {
		if entries[i].account == clearing {
			entries[i].account = where
		}
	}
	return entries
}

// sold returns the sides of a sale: the shopper owes all of it, and some of it is the tax office's.
func sold(total, tax int64) []entry {
	return []entry{{receivable, total}, {sales, tax - total}, {taxPayable, -tax}}
}

// credited returns the sides of a sale that is taken back, or a part of it.
func credited(total, tax int64) []entry {
	return []entry{{receivable, -total}, {refunds, total - tax}, {taxPayable, tax}}
}

// movement is something that happened to money. Its name says what, and cannot be posted twice.
type movement struct {
	name             string
	kind             kind
	payment, orderID *string
	currency         string
	entries          []entry
}

// post writes a movement. Sides of nothing are left out.
func post(ctx context.Context, tx pgx.Tx, m movement, now time.Time) error {
	params := paymentdb.PostEntriesParams{
		TxnID: m.name, Kind: string(m.kind), PaymentID: m.payment, OrderID: m.orderID, CurrencyCode: m.currency, Now: now,
	}
	for _, e := range m.entries {
		if e.minor != 0 {
			params.Accounts, params.Amounts = append(params.Accounts, string(e.account)), append(params.Amounts, e.minor)
		}
	}
	if len(params.Accounts) == 0 {
		return nil
	}
	if err := queries.PostEntries(ctx, postgres.Later(tx), params); err != nil {
		return fmt.Errorf("post %s: %w", m.kind, err)
	}
	return nil
}

// postPayment writes a movement of one amount of a payment, in its currency. The subject tells it from others of its kind.
func postPayment(ctx context.Context, tx pgx.Tx, row paymentdb.Payment, k kind, subject string, minor int64, now time.Time) error {
	if minor == 0 {
		return nil
	}
	return post(ctx, tx, movement{
		name: fmt.Sprintf("%s %s %s", row.ID, k, subject), kind: k, payment: &row.ID, orderID: &row.OrderID, currency: row.CurrencyCode,
		entries: keptBy(row.Provider, k.moves(minor)),
	}, now)
}

// Sale is what a confirmed order comes to, without gift cards that are bought by it: SellGiftCards posts those.
type Sale struct {
	OrderID, Currency string
	// TotalMinor is what the shopper owes, of which TaxMinor is tax.
	TotalMinor, TaxMinor int64
}

// Sell posts that an order is sold, from when on its shopper owes for it. It is a join: order calls it in the transaction that confirms the order.
func Sell(ctx context.Context, tx pgx.Tx, sale Sale) error {
	return post(ctx, tx, movement{
		name: sale.OrderID + " sale", kind: kindSale, orderID: &sale.OrderID, currency: sale.Currency, entries: sold(sale.TotalMinor, sale.TaxMinor),
	}, clock.Now())
}

// Unsell takes back what is left of an order's sale, if it was sold: the shopper owes nothing for it any more. It is a join: order calls it in the
// transaction that calls the order off.
func Unsell(ctx context.Context, tx pgx.Tx, orderID string) error {
	sale, err := queries.GetSold(ctx, tx, &orderID)
	if err != nil {
		return fmt.Errorf("get sale: %w", err)
	}
	if beyond := sale.CreditedMinor - sale.SoldMinor; beyond > 0 { // more went back than was sold beside gift cards, which are taken back by now: that counts for them
		return post(ctx, tx, movement{
			name: orderID + " unsell", kind: kindCredit, orderID: &orderID, currency: sale.CurrencyCode, entries: credited(-beyond, 0),
		}, clock.Now())
	}
	return credit(ctx, tx, orderID, sale, sale.SoldMinor-sale.CreditedMinor)
}

// credit takes back some of a sale, with the tax that is in it.
func credit(ctx context.Context, tx pgx.Tx, orderID string, sale paymentdb.GetSoldRow, minor int64) error {
	if minor <= 0 {
		return nil
	}
	tax, err := taxOf(sale, minor)
	if err != nil {
		return err
	}
	return post(ctx, tx, movement{
		name: fmt.Sprintf("%s credit %d", orderID, sale.CreditedMinor+minor), kind: kindCredit, orderID: &orderID, currency: sale.CurrencyCode,
		entries: credited(minor, tax),
	}, clock.Now())
}

// taxOf is the tax in the next part of a sale that is credited. All parts together have all of the tax.
func taxOf(sale paymentdb.GetSoldRow, minor int64) (int64, error) {
	if sale.SoldMinor == 0 {
		return 0, nil
	}
	until, err := money.Amount{Minor: sale.TaxMinor}.Scale(min(sale.CreditedMinor+minor, sale.SoldMinor), sale.SoldMinor, money.Down)
	return until.Minor - sale.TaxCreditedMinor, err
}

// creditDue is how much of its sale an order loses by what went back and by what will never be taken. What the shop kept beyond what it still sells goes
// back first, such as what was paid twice: that was never sold.
func creditDue(sale paymentdb.GetSoldRow, keptMinor, refundMinor, untakenMinor int64) int64 {
	left := sale.SoldMinor - sale.CreditedMinor + sale.GiftCardsMinor
	untaken := min(untakenMinor, left)
	left -= untaken
	beyond := max(keptMinor-left, 0)
	return untaken + min(max(refundMinor-beyond, 0), left)
}

// Forecast returns what the books would say of an amount of an order that goes back to its payments, or as store credit, if nothing else happens meanwhile. Of the amount so much is for gift cards that
// are taken back.
func Forecast(ctx context.Context, db postgres.DBTX, orderID, currency string, amountMinor, giftCardsMinor int64, asCredit bool) ([]*paymentv1.Entry, error) {
	rows, err := queries.ListOrderPayments(ctx, db, []string{orderID})
	if err != nil {
		return nil, fmt.Errorf("list payments: %w", err)
	}
	sale, err := queries.GetSold(ctx, db, &orderID)
	if err != nil {
		return nil, fmt.Errorf("get sale: %w", err)
	}
	stand := standing(rows)
	sale.GiftCardsMinor -= giftCardsMinor
	due := creditDue(sale, stand.CapturedMinor-stand.RefundedMinor, amountMinor, 0)
	tax, err := taxOf(sale, due)
	if err != nil {
		return nil, err
	}
	goesBack := kindRefund
	if asCredit {
		goesBack = kindStoreCredit
	}
	var entries []*paymentv1.Entry
	for _, movement := range []struct {
		kind    kind
		entries []entry
	}{{goesBack, goesBack.moves(amountMinor)}, {kindGiftCardVoided, kindGiftCardVoided.moves(giftCardsMinor)}, {kindCredit, credited(due, tax)}} {
		for _, e := range movement.entries {
			if e.minor != 0 {
				entries = append(entries, &paymentv1.Entry{
					Kind: string(movement.kind), Account: string(e.account), Amount: &typev1.Money{AmountMinor: e.minor, CurrencyCode: currency},
				})
			}
		}
	}
	return entries, nil
}

// GetOrderBooks returns what the books have of an order.
func (s *Service) GetOrderBooks(ctx context.Context, req *paymentv1.GetOrderBooksRequest) (*paymentv1.GetOrderBooksResponse, error) {
	db, order := s.db.Read(ctx), req.GetOrderId()
	entries, err := queries.ListOrderEntries(ctx, db, &order)
	if err != nil {
		return nil, fmt.Errorf("list entries: %w", err)
	}
	instructions, err := queries.ListOrderInstructions(ctx, db, order)
	if err != nil {
		return nil, fmt.Errorf("list instructions: %w", err)
	}
	disputes, err := queries.ListOrderDisputes(ctx, db, order)
	if err != nil {
		return nil, fmt.Errorf("list disputes: %w", err)
	}
	answer := &paymentv1.GetOrderBooksResponse{}
	payments, err := queries.ListOrderPayments(ctx, db, []string{order})
	if err != nil {
		return nil, fmt.Errorf("list payments: %w", err)
	}
	currencies := map[string]string{}
	for _, row := range payments {
		currencies[row.ID] = row.CurrencyCode
	}
	for _, row := range entries {
		answer.Entries = append(answer.Entries, entryToProto(row))
	}
	for _, row := range instructions {
		answer.Instructions = append(answer.Instructions, instructionToProto(row, currencies[row.PaymentID]))
	}
	for _, row := range disputes {
		answer.Disputes = append(answer.Disputes, disputeToProto(row, currencies[row.PaymentID]))
	}
	return answer, nil
}

func entryToProto(row paymentdb.LedgerEntry) *paymentv1.Entry {
	converted := &paymentv1.Entry{
		MovementId: row.TxnID, Kind: row.Kind, Account: row.Account, CreateTime: timestamppb.New(row.CreateTime),
		Amount: &typev1.Money{AmountMinor: row.AmountMinor, CurrencyCode: row.CurrencyCode},
	}
	if row.PaymentID != nil {
		converted.PaymentId = *row.PaymentID
	}
	return converted
}
