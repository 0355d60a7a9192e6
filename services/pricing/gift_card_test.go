package pricing

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// issuer is a service that issues gift cards by a secret.
type issuer struct {
	*Service
	t  *testing.T
	db *postgres.DB
}

func newIssuer(t *testing.T, db *postgres.DB, secrets ...byte) issuer {
	t.Helper()
	var all [][]byte
	for _, secret := range secrets {
		all = append(all, bytes.Repeat([]byte{secret}, 32))
	}
	keys, err := NewGiftCardKeys(all...)
	if err != nil {
		t.Fatal(err)
	}
	return issuer{New(Config{DB: db, Currency: "USD", GiftCards: keys}), t, db}
}

// caughtUp is a context whose reads see all that was written.
func (s issuer) caughtUp() context.Context { return caughtUp(s.t, s.db) }

func (s issuer) issue(count int32, minor int64) []*pricingv1.IssuedGiftCard {
	s.t.Helper()
	answer, err := s.IssueGiftCards(s.t.Context(), &pricingv1.IssueGiftCardsRequest{
		BatchId: id.New(), Count: count, Amount: usd(minor), Kind: pricingv1.GiftCardKind_GIFT_CARD_KIND_CARD,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetCards()
}

func (s issuer) spend(order string, spendings ...Spending) ([]*pricingv1.GiftCard, error) {
	return postgres.InTx(s.t.Context(), s.db, func(ctx context.Context, tx pgx.Tx) ([]*pricingv1.GiftCard, error) {
		return Spend(ctx, tx, order, spendings)
	})
}

// left is what a card holds, and fails the test unless its moves say the same.
func (s issuer) left(card string) int64 {
	s.t.Helper()
	answer, err := s.GetGiftCard(s.caughtUp(), &pricingv1.GetGiftCardRequest{Id: card})
	if err != nil {
		s.t.Fatal(err)
	}
	var balance, moved int64
	if err := s.db.Primary().QueryRow(s.t.Context(),
		"select balance_minor, (select sum(amount_minor)::bigint from gift_card_moves where gift_card_id = g.id) from gift_cards g where id = $1", card).Scan(&balance, &moved); err != nil {
		s.t.Fatal(err)
	}
	if balance != moved || balance < 0 || answer.GetCard().GetId() != card {
		s.t.Fatalf("%d is on the card, its moves say %d", balance, moved)
	}
	return balance
}

// Codes have 80 bits that tell nothing of each other: among ten thousand none is there twice, every place has every sign about equally often, and neighbours differ in half of their bits.
// They are known in any spelling, and without their key nothing tells a code from another.
func TestGiftCardCodes(t *testing.T) {
	t.Parallel()
	keys, err := NewGiftCardKeys(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	const codes = 10_000
	seen, places := map[string]bool{}, [giftCardCodeSize]map[byte]int{}
	for i := range codes {
		code := keys.code("00000000-0000-7000-8000-000000000000", i)
		if len(code) != giftCardCodeSize || seen[code] {
			t.Fatalf("%q is too short, or there twice", code)
		}
		seen[code] = true
		for at := range code {
			if places[at] == nil {
				places[at] = map[byte]int{}
			}
			places[at][code[at]]++
		}
	}
	for at, signs := range places {
		for sign, times := range signs {
			if len(signs) != 32 || times < codes/32*2/3 || times > codes/32*4/3 {
				t.Errorf("place %d has %q %d times, and %d signs", at, sign, times, len(signs))
			}
		}
	}
	code := keys.code("a", 0)
	other, err := NewGiftCardKeys(bytes.Repeat([]byte{8}, 32))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(keys.hashes(code)[0], keys.hashes(strings.ToLower(grouped(code)))[0]) || bytes.Equal(keys.hashes(code)[0], other.hashes(code)[0]) || code == other.code("a", 0) {
		t.Errorf("%s is not known again, or known by another secret", code)
	}
	if GiftCardKey("ilo-ILO 9") != "1101109" || grouped("ABCDEFGHJKMNPQRS") != "ABCD-EFGH-JKMN-PQRS" || keys.hashes("ABC") != nil {
		t.Error("codes are read in another way than they are written")
	}
}

// Whatever is done with a card, in whatever order, its balance is the sum of its moves, never below zero, and never more than was put there; what went back is never more than was taken, and
// a repeat gives nothing more.
func TestGiftCardBalance(t *testing.T) {
	t.Parallel()
	s := newIssuer(t, postgrestest.New(t), 1)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	card, want := s.issue(1, 5000)[0].GetCard().GetId(), int64(5000)
	type taken struct {
		payment string
		minor   int64
	}
	var payments []taken
	for step := range 150 {
		amount := 1 + random.Int64N(3000)
		switch random.IntN(4) {
		case 0:
			payment := taken{id.New(), amount}
			refused, err := s.spend(id.New(), Spending{GiftCardID: card, PaymentID: payment.payment, AmountMinor: amount, Currency: "USD"})
			if err != nil || (len(refused) > 0) != (amount > want) {
				t.Fatalf("step %d: %d of %d: %v, %v", step, amount, want, refused, err)
			}
			if len(refused) == 0 {
				want -= amount
				payments = append(payments, payment)
			}
		case 1:
			if len(payments) == 0 {
				continue
			}
			at := random.IntN(len(payments))
			req := &pricingv1.ReturnToGiftCardRequest{PaymentId: payments[at].payment, AmountMinor: amount, IdempotencyKey: fmt.Sprint("return ", step)}
			for range 2 {
				_, err := s.ReturnToGiftCard(t.Context(), req)
				if (err != nil) != (amount > payments[at].minor) || err != nil && connect.CodeOf(err) != connect.CodeFailedPrecondition {
					t.Fatalf("step %d: give back %d of %d: %v", step, amount, payments[at].minor, err)
				}
			}
			if amount <= payments[at].minor {
				payments[at].minor -= amount
				want += amount
			}
		default:
			if random.IntN(2) == 0 {
				amount = -amount
			}
			req := &pricingv1.AdjustGiftCardRequest{Id: card, AmountMinor: amount, Reason: "so", IdempotencyKey: fmt.Sprint("adjust it ", step)}
			for range 2 {
				_, err := s.AdjustGiftCard(t.Context(), req)
				if (err != nil) != (want+amount < 0 && amount < 0) {
					t.Fatalf("step %d: %d more than %d: %v", step, amount, want, err)
				}
				if err != nil {
					break
				}
			}
			if want+amount >= 0 {
				want += amount
			}
		}
		if left := s.left(card); left != want {
			t.Fatalf("step %d: %d is left, want %d", step, left, want)
		}
	}
}

// Two orders that spend the same two cards, named in either order, wait for each other and never in a ring; both cards are spent to the cent.
func TestGiftCardsOfTwoOrders(t *testing.T) {
	t.Parallel()
	s := newIssuer(t, postgrestest.New(t), 1)
	cards := s.issue(2, 1000)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			one, two := cards[i%2].GetCard().GetId(), cards[1-i%2].GetCard().GetId()
			_, err := s.spend(id.New(), Spending{GiftCardID: one, PaymentID: id.New(), AmountMinor: 70, Currency: "USD"}, Spending{GiftCardID: two, PaymentID: id.New(), AmountMinor: 70, Currency: "USD"})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, card := range cards {
		if left := s.left(card.GetCard().GetId()); left != 1000-14*70 {
			t.Errorf("%d is left", left)
		}
	}
}

// A batch is issued once and its codes are told again to who did not hear them, but not for long. They open the cards also after the secret was replaced, and once entered under the
// new one they need the old one no more.
func TestIssueGiftCards(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	s := newIssuer(t, db, 1)
	req := &pricingv1.IssueGiftCardsRequest{
		BatchId: id.New(), Count: 3, Amount: usd(2500), Kind: pricingv1.GiftCardKind_GIFT_CARD_KIND_CREDIT, Email: "ann@example.com", Note: "sorry for the wait",
		ExpireTime: timestamppb.New(clock.Now().Add(time.Hour)),
	}
	codes := make(chan string, 8)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			answer, err := s.IssueGiftCards(t.Context(), req)
			if err != nil || len(answer.GetCards()) != 3 {
				t.Errorf("%v, %v", answer, err)
				return
			}
			codes <- answer.GetCards()[2].GetCode()
		})
	}
	all.Wait()
	code := <-codes
	if other := <-codes; other != code {
		t.Errorf("the same call told %s and %s", code, other)
	}
	listed, err := s.ListGiftCards(s.caughtUp(), &pricingv1.ListGiftCardsRequest{Query: "ANN@example.com"})
	if err != nil || len(listed.GetCards()) != 3 {
		t.Errorf("%v, %v", listed, err)
	}
	for _, query := range []string{"wait", "…" + code[len(code)-4:], strings.ToLower(code[len(code)-4:])} {
		found, err := s.ListGiftCards(s.caughtUp(), &pricingv1.ListGiftCardsRequest{Query: query, State: pricingv1.GiftCardState_GIFT_CARD_STATE_ACTIVE})
		if err != nil || len(found.GetCards()) == 0 {
			t.Errorf("%s finds %v, %v", query, found, err)
		}
	}
	for _, secrets := range [][]byte{{2, 1}, {2}} {
		found, err := newIssuer(t, db, secrets...).FindGiftCard(t.Context(), &pricingv1.FindGiftCardRequest{Code: code})
		if err != nil || found.GetCard().GetBalance().GetAmountMinor() != 2500 {
			t.Errorf("under secrets %v: %v, %v", secrets, found, err)
		}
	}
	if _, err := newIssuer(t, db, 3).FindGiftCard(t.Context(), &pricingv1.FindGiftCardRequest{Code: code}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("under another installation's secret: %v", err)
	}
	if _, err := db.Primary().Exec(t.Context(), "update gift_cards set create_time = create_time - interval '20 minutes'"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.IssueGiftCards(t.Context(), req); connect.CodeOf(err) != connect.CodeAlreadyExists {
		t.Errorf("twenty minutes later: %v", err)
	}
	for name, wrong := range map[string]func(*pricingv1.IssueGiftCardsRequest){
		"amount":      func(r *pricingv1.IssueGiftCardsRequest) { r.Amount = usd(0) },
		"email":       func(r *pricingv1.IssueGiftCardsRequest) { r.Email = "" },
		"expire_time": func(r *pricingv1.IssueGiftCardsRequest) { r.ExpireTime = timestamppb.New(clock.Now().Add(-time.Hour)) },
	} {
		bad := &pricingv1.IssueGiftCardsRequest{BatchId: id.New(), Count: 1, Amount: usd(100), Kind: pricingv1.GiftCardKind_GIFT_CARD_KIND_CREDIT, Email: "ann@example.com"}
		wrong(bad)
		if _, err := s.IssueGiftCards(t.Context(), bad); connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Staff change what they looked at; what somebody else changed meanwhile is looked at again. A blocked card keeps what is on it and is not spent.
func TestUpdateGiftCard(t *testing.T) {
	t.Parallel()
	s := newIssuer(t, postgrestest.New(t), 1)
	card := s.issue(1, 1000)[0].GetCard()
	blocked, note := pricingv1.GiftCardState_GIFT_CARD_STATE_BLOCKED, "stolen"
	changed, err := s.UpdateGiftCard(t.Context(), &pricingv1.UpdateGiftCardRequest{Id: card.GetId(), ExpectedVersion: card.GetVersion(), State: &blocked, Note: &note})
	if err != nil || changed.GetCard().GetState() != blocked || changed.GetCard().GetNote() != note || changed.GetCard().GetExpireTime() != nil {
		t.Fatalf("%v, %v", changed, err)
	}
	if _, err := s.UpdateGiftCard(t.Context(), &pricingv1.UpdateGiftCardRequest{Id: card.GetId(), ExpectedVersion: card.GetVersion(), State: &blocked}); connect.CodeOf(err) != connect.CodeAborted {
		t.Errorf("by who looked before: %v", err)
	}
	refused, err := s.spend(id.New(), Spending{GiftCardID: card.GetId(), PaymentID: id.New(), AmountMinor: 1, Currency: "USD"})
	if err != nil || len(refused) != 1 || s.left(card.GetId()) != 1000 {
		t.Errorf("a blocked card was spent: %v, %v", refused, err)
	}
	statement, err := s.ListGiftCardStatement(t.Context(), &pricingv1.ListGiftCardStatementRequest{StartTime: timestamppb.New(time.Unix(0, 0))})
	if err != nil || len(statement.GetMoves()) != 0 {
		t.Errorf("the statement has %v, %v", statement, err)
	}
}

// The database itself refuses a balance that is not the sum of its moves, and moves that change.
func TestGiftCardsGuardThemselves(t *testing.T) {
	t.Parallel()
	s := newIssuer(t, postgrestest.New(t), 1)
	s.issue(1, 1000)
	for what, statement := range map[string]string{
		"gift_card_adds_up":    "update gift_cards set balance_minor = balance_minor + 1",
		"gift_card_moves_stay": "update gift_card_moves set amount_minor = 2",
		"gift_card_balance":    "update gift_cards set balance_minor = -1",
	} {
		if _, err := s.db.Primary().Exec(t.Context(), statement); !postgres.Violates(err, what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
