package payment_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// A provider that sends a message five times at once is heard once. Messages that are not its own are refused; of those that are about nothing of ours, none is told.
func TestReceiveWebhook(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	receive := func(provider, signature, body string) error {
		_, err := shop.Payments.ReceiveWebhook(shop.Guest(), &paymentv1.ReceiveWebhookRequest{
			Provider: provider, Headers: map[string]string{"signature": signature}, Body: []byte(body),
		})
		return err
	}
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if err := receive("sandbox", "good", "message-1 "+placed.Payment); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, body := range []string{"message-2 " + id.New(), "message-3 order-77"} {
		if err := receive("sandbox", "good", body); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
	if stored, told := shop.Number("select count(*) from webhook_messages"), shop.Told("payment.v1.ProviderSpoke"); stored != 3 || told != 1 {
		t.Errorf("%d messages stored and %d told, want 3 and 1", stored, told)
	}
	for name, tc := range map[string]struct {
		provider, signature, body string
		code                      connect.Code
	}{
		"forged":            {"sandbox", "bad", "message-4 " + placed.Payment, connect.CodeUnauthenticated},
		"collected by hand": {"on_delivery", "good", "message-5 " + placed.Payment, connect.CodeInvalidArgument},
		"malformed":         {"sandbox", "good", "message-6", connect.CodeInvalidArgument},
		"no such provider":  {"other", "good", "message-7 " + placed.Payment, connect.CodeInvalidArgument},
	} {
		if err := receive(tc.provider, tc.signature, tc.body); connect.CodeOf(err) != tc.code {
			t.Errorf("%s: %v, want %v", name, err, tc.code)
		}
	}
}

// A message that names the payment by the provider's number alone, as those of disputes do, is heard; one of another provider's number is not.
func TestReceiveWebhookByNumber(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	shop.Start(placed)
	for _, body := range []string{"message-1 prov-" + placed.Payment, "message-2 prov-" + id.New()} {
		_, err := shop.Payments.ReceiveWebhook(shop.Guest(), &paymentv1.ReceiveWebhookRequest{Provider: "sandbox", Headers: map[string]string{"signature": "good"}, Body: []byte(body)})
		if err != nil {
			t.Fatal(err)
		}
	}
	if heard := shop.Number("select count(*) from webhook_messages where payment_id = $1", placed.Payment); heard != 1 || shop.Told("payment.v1.ProviderSpoke") != 1 {
		t.Errorf("%d messages are about the payment, want one that is told", heard)
	}
}

// A provider's message is kept for 90 days and not for ever.
func TestRemoveOldWebhooks(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	for _, body := range []string{"message-1 " + id.New(), "message-2 " + id.New()} {
		_, err := shop.Payments.ReceiveWebhook(shop.Guest(), &paymentv1.ReceiveWebhookRequest{Provider: "sandbox", Headers: map[string]string{"signature": "good"}, Body: []byte(body)})
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := shop.DB.Primary().Exec(t.Context(), "update webhook_messages set receive_time = receive_time - case message_id when 'message-1' then interval '91 days' else interval '89 days' end")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := shop.Payments.RemoveOldWebhooks(shop.Process(), &paymentv1.RemoveOldWebhooksRequest{})
	if err != nil || answer.GetRemoved() != 1 || shop.Number("select count(*) from webhook_messages where message_id = 'message-2'") != 1 {
		t.Errorf("removed %d, %v, want the one that is 91 days old", answer.GetRemoved(), err)
	}
}

// Payments without an outcome are asked about after 2, 5, 15 and 60 seconds and then every 5 minutes, each by one worker.
func TestListUnsettledPayments(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 50)
	shop.Order(shoptest.Item{Variant: lamp, Quantity: 1}) // never started: nobody to ask
	shop.OrderOnDelivery(shoptest.Item{Variant: lamp, Quantity: 1})
	placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Start(placed)
	list := func() []string {
		t.Helper()
		answer, err := shop.Payments.ListUnsettledPayments(shop.Process(), &paymentv1.ListUnsettledPaymentsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return answer.GetPaymentIds()
	}
	if early := list(); len(early) != 0 {
		t.Errorf("asked at once: %v", early)
	}
	wait := func() float64 {
		t.Helper()
		var seconds float64
		if err := shop.DB.Primary().QueryRow(t.Context(), "select extract(epoch from ask_time - now())::float8 from payments where id = $1", placed.Payment).Scan(&seconds); err != nil {
			t.Fatal(err)
		}
		return seconds
	}
	if first := wait(); first > 2 {
		t.Errorf("the first question is in %.1f s, want 2", first)
	}
	for _, want := range []float64{5, 15, 60, 300, 300} {
		shop.Exec("update payments set ask_time = now() - interval '1 second' where id = $1", placed.Payment)
		var mu sync.Mutex
		var got []string
		var workers sync.WaitGroup
		for range 3 {
			workers.Go(func() {
				found := list()
				mu.Lock()
				defer mu.Unlock()
				got = append(got, found...)
			})
		}
		workers.Wait()
		if len(got) != 1 || got[0] != placed.Payment {
			t.Errorf("%v to ask about, want the payment once", got)
		}
		if next := wait(); next > want || next < want-5 {
			t.Errorf("the next question is in %.1f s, want %.0f", next, want)
		}
	}
	shop.Provider.Pay(placed.Payment)
	shop.Settle(placed.Payment)
	if left := shop.Number("select count(*) from payments where ask_time is not null"); left != 0 {
		t.Errorf("%d payments to ask about, want none", left)
	}
}

// owed returns a payment whose money is to go back.
func owed(t *testing.T, shop *shoptest.Shop) string {
	t.Helper()
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	shop.Start(placed)
	shop.Provider.Pay(placed.Payment)
	shop.Settle(placed.Payment)
	_, err := postgres.InTx(t.Context(), shop.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		return struct{}{}, payment.OweReturn(ctx, tx, placed.ID, placed.Payment)
	})
	if err != nil {
		t.Fatal(err)
	}
	return placed.Payment
}

// Money goes back once, whatever becomes of the provider's answer and however many try at once.
func TestReturnMoney(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]shoptest.Fault{
		"all is well": nil, "the answer is lost": {shoptest.LostAnswer}, "the request is lost": {shoptest.LostRequest}, "out of reach": {shoptest.Unreachable, shoptest.Unreachable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			owing := owed(t, shop)
			shop.Provider.Play("refund", faults...)
			for try := range len(faults) + 1 {
				_, err := shop.Payments.ReturnMoney(shop.Process(), &paymentv1.ReturnMoneyRequest{PaymentId: owing, IdempotencyKey: "event-1-of-return"})
				if try < len(faults) {
					if connect.CodeOf(err) != connect.CodeUnavailable {
						t.Errorf("%v, want unavailable", err)
					}
				} else if err != nil {
					t.Error(err)
				}
			}
			var all sync.WaitGroup
			for i := range 5 {
				all.Go(func() {
					_, err := shop.Payments.ReturnMoney(shop.Process(), &paymentv1.ReturnMoneyRequest{PaymentId: owing, IdempotencyKey: fmt.Sprintf("event-%d-of-return", i)})
					if err != nil {
						t.Errorf("a repeat: %v", err)
					}
				})
			}
			all.Wait()
			shop.Settle(owing)
			if kept, rows := shop.Provider.Kept(), shop.Number("select count(*) from ledger_entries where kind in ('capture', 'refund')"); kept != 0 || rows != 4 {
				t.Errorf("the provider keeps %d, %d ledger rows; want nothing and 4", kept, rows)
			}
		})
	}
}

// A provider that gave the money back and then fails for good is asked, and need not be told again.
func TestReturnMoneyAsks(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	owing := owed(t, shop)
	shop.Provider.Play("refund", shoptest.LostAnswer, shoptest.LostRequest)
	for try := range 2 {
		_, err := shop.Payments.ReturnMoney(shop.Process(), &paymentv1.ReturnMoneyRequest{PaymentId: owing, IdempotencyKey: "event-1-of-return"})
		if (err == nil) != (try == 1) {
			t.Errorf("try %d: %v", try, err)
		}
	}
	if calls := shop.Provider.Calls("refund"); calls != 1 || shop.Provider.Kept() != 0 {
		t.Errorf("told %d times, the provider keeps %d; want once and nothing", calls, shop.Provider.Kept())
	}
}

// Two workers that give the same money back at the same moment give it back once.
func TestReturnMoneyAtOnce(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	owing := owed(t, shop)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := shop.Payments.ReturnMoney(shop.Process(), &paymentv1.ReturnMoneyRequest{PaymentId: owing, IdempotencyKey: id.New()}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	shop.Settle(owing)
	if kept, rows := shop.Provider.Kept(), shop.Number("select count(*) from ledger_entries where kind in ('capture', 'refund')"); kept != 0 || rows != 4 {
		t.Errorf("the provider keeps %d, %d ledger rows; want nothing and 4", kept, rows)
	}
}

// Nothing goes back that is not owed.
func TestReturnMoneyNotOwed(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	shop.Start(placed)
	shop.Provider.Pay(placed.Payment)
	shop.Settle(placed.Payment)
	for paymentID, code := range map[string]connect.Code{placed.Payment: connect.CodeFailedPrecondition, id.New(): connect.CodeNotFound} {
		_, err := shop.Payments.ReturnMoney(shop.Process(), &paymentv1.ReturnMoneyRequest{PaymentId: paymentID, IdempotencyKey: id.New()})
		if connect.CodeOf(err) != code {
			t.Errorf("%v, want %v", err, code)
		}
	}
	if kept := shop.Provider.Kept(); kept != 3095 {
		t.Errorf("the provider keeps %d, want 3095", kept)
	}
}

// The database keeps the books even from mistakes of ours: no entry changes, no movement is lopsided or posted twice, no payment says other than its entries, and no
// order has two open attempts.
func TestDatabaseKeepsTheBooks(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	paid := owed(t, shop)
	open := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	for name, tc := range map[string]struct{ statement, id, constraint string }{
		"an entry changes":   {"update ledger_entries set amount_minor = 1 where payment_id = $1", paid, "ledger_stays"},
		"an entry goes":      {"delete from ledger_entries where payment_id = $1", paid, "ledger_stays"},
		"a lopsided posting": {"insert into ledger_entries select 'x', account, payment_id, currency_code, 5, now(), order_id, kind from ledger_entries where payment_id = $1", paid, "ledger_balances"},
		"half a posting":     {"insert into ledger_entries select 'x', account, payment_id, currency_code, 5, now(), order_id, kind from ledger_entries where payment_id = $1 limit 1", paid, "ledger_balances"},
		"a second posting":   {"insert into ledger_entries select * from ledger_entries where payment_id = $1", paid, "ledger_entries_pkey"},
		"money from nowhere": {"update payments set captured_minor = 5 where id = $1", open.Payment, "payment_books"},
		"a second attempt": {`insert into payments (id, order_id, provider, state, currency_code, amount_minor, expire_time, create_time, update_time)
			select gen_random_uuid(), order_id, provider, 'created', currency_code, amount_minor, expire_time, create_time, update_time from payments where id = $1`, open.Payment, "payments_one_open"},
	} {
		_, err := postgres.InTx(t.Context(), shop.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
			_, err := tx.Exec(ctx, tc.statement, tc.id)
			return struct{}{}, err
		})
		if !postgres.Violates(err, tc.constraint) {
			t.Errorf("%s: %v, want a violation of %s", name, err, tc.constraint)
		}
	}
}

// What a provider is told stays the same when it is told again, even if the shop would say it differently by then.
func TestOpenTellsTheSameAgain(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	openWith := func(url string) error {
		_, err := shop.Payments.OpenAtProvider(shop.Process(), &paymentv1.OpenAtProviderRequest{PaymentId: placed.Payment, ReturnUrl: url, Description: url})
		return err
	}
	shop.Provider.Play("start", shoptest.LostRequest, shoptest.LostRequest)
	for i := range 3 {
		err := openWith(fmt.Sprintf("https://shop.example/%d", i))
		if (err == nil) != (i == 2) {
			t.Errorf("try %d: %v", i, err)
		}
	}
	if _, asked := shop.Provider.Opened(placed.Payment); asked.ReturnURL != "https://shop.example/0" || asked.Key != placed.Payment {
		t.Errorf("the provider was told %+v", asked)
	}
}

// What a provider moved and nobody told us of, even after we had given the payment up, is found in its statement; money that came for none of our payments goes back, once.
func TestReconcileCharges(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 9)
	order := func() shoptest.Placed {
		placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
		shop.Start(placed)
		return placed
	}
	known, missed, revived, refunded, voided := order(), order(), order(), order(), order()
	for _, placed := range []shoptest.Placed{known, refunded} {
		shop.Provider.Pay(placed.Payment)
		shop.Settle(placed.Payment)
	}
	shop.Provider.Pay(missed.Payment)
	shop.Provider.Decline(revived.Payment)
	shop.Settle(revived.Payment)
	shop.Provider.Distort(revived.Payment, func(view *payment.View) {
		view.State, view.CapturedMinor = payment.Captured, 3095
	})
	if _, err := shop.Provider.Refund(t.Context(), payment.Ref{Reference: refunded.Payment}, "by-hand-there", money.Amount{Minor: 95, Currency: "USD"}, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := shop.Provider.Void(t.Context(), payment.Ref{Reference: voided.Payment}, "by-hand-there"); err != nil {
		t.Fatal(err)
	}
	for _, stray := range []string{id.New(), "order-77"} {
		in := payment.StartRequest{Reference: stray, Amount: money.Amount{Minor: 700, Currency: "USD"}}
		if _, err := shop.Provider.Start(t.Context(), in); err != nil || !shop.Provider.Pay(stray) {
			t.Fatal(err)
		}
	}
	shop.Provider.Play("refund", shoptest.Unreachable) // the other stray payment does not wait for it
	reconcile := func() (found []string, compared, returned int32) {
		t.Helper()
		req := &paymentv1.ReconcileChargesRequest{StartTime: timestamppb.New(clock.Now().Add(-24 * time.Hour))}
		for {
			page, err := shop.Payments.ReconcileCharges(shop.Process(), req)
			if err != nil {
				t.Fatal(err)
			}
			found, compared, returned = append(found, page.GetPaymentIds()...), compared+page.GetCompared(), returned+page.GetReturned()
			if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
				return found, compared, returned
			}
		}
	}
	found, compared, returned := reconcile()
	want := []string{missed.Payment, revived.Payment, refunded.Payment, voided.Payment}
	slices.Sort(found)
	slices.Sort(want)
	if !slices.Equal(found, want) || compared != 8 || returned != 1 {
		t.Errorf("found %v among %d and returned %d; want %v among 8, and one returned", found, compared, returned, want)
	}
	for _, paymentID := range found {
		shop.Settle(paymentID)
	}
	if again, _, returned := reconcile(); len(again) != 0 || returned != 1 {
		t.Errorf("found %v again and returned %d; want the other stray payment alone", again, returned)
	}
	if again, _, returned := reconcile(); len(again)+int(returned) != 0 {
		t.Errorf("found %v again and returned %d; want nothing", again, returned)
	}
	if booked := shop.Number("select sum(amount_minor) from ledger_entries where account = 'gateway_clearing'"); int64(booked) != shop.Provider.Kept() {
		t.Errorf("our books say that the provider keeps %d, the provider says %d", booked, shop.Provider.Kept())
	}
}
