package order_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// paid is an order of three lamps at 15.00 with delivery for 5.95, paid online.
func paid(t *testing.T, shop *shoptest.Shop) shoptest.Placed {
	t.Helper()
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3})
	shop.Start(placed)
	if !shop.Provider.Pay(placed.Payment) {
		t.Fatal("it cannot be paid")
	}
	shop.Settle(placed.Payment)
	return placed
}

// balances are an order's accounts, summed up from their entries alone.
func balances(t *testing.T, shop *shoptest.Shop, orderID string) map[string]int64 {
	t.Helper()
	books, err := shop.Payments.GetOrderBooks(shop.Staff(), &paymentv1.GetOrderBooksRequest{OrderId: orderID})
	if err != nil {
		t.Fatal(err)
	}
	sums, zero := map[string]int64{}, map[string]int64{}
	for _, entry := range books.GetEntries() {
		sums[entry.GetAccount()] += entry.GetAmount().GetAmountMinor()
		zero[entry.GetMovementId()] += entry.GetAmount().GetAmountMinor()
	}
	for movement, sum := range zero {
		if sum != 0 {
			t.Errorf("the movement %s is off by %d", movement, sum)
		}
	}
	return sums
}

func wantBalances(t *testing.T, shop *shoptest.Shop, orderID string, want map[string]int64) {
	t.Helper()
	got := balances(t, shop, orderID)
	for account, sum := range got {
		if want[account] != sum {
			t.Errorf("%s is %d, want %d", account, sum, want[account])
		}
	}
	for account, sum := range want {
		if got[account] != sum {
			t.Errorf("%s is %d, want %d", account, got[account], sum)
		}
	}
}

// A line goes back unit by unit, and shipping and goodwill besides; nothing goes back twice, and no more than there is. The preview says just what is done then.
func TestRefundOrder(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := paid(t, shop)
	line := shop.Look(placed.ID).GetLines()[0].GetId()
	lamps := func(n int32) []*orderv1.RefundChoice { return []*orderv1.RefundChoice{{LineId: line, Quantity: n}} }
	preview, err := shop.Orders.PreviewRefund(shop.Staff(), &orderv1.PreviewRefundRequest{OrderId: placed.ID, Lines: lamps(1), ShippingMinor: 95})
	if err != nil {
		t.Fatal(err)
	}
	if preview.GetRefund().GetAmount().GetAmountMinor() != 1595 || preview.GetLeft().GetAmountMinor() != 5095-1595 || len(preview.GetParts()) != 1 || len(preview.GetEntries()) != 4 {
		t.Errorf("the preview is %v", preview)
	}
	refund := func(key string, lines []*orderv1.RefundChoice, shipping, other, expected int64) error {
		_, err := shop.Orders.RefundOrder(shop.Staff(), &orderv1.RefundOrderRequest{
			OrderId: placed.ID, Lines: lines, ShippingMinor: shipping, OtherMinor: other, ExpectedMinor: expected,
			Reason: orderv1.RefundReason_REFUND_REASON_REQUESTED, IdempotencyKey: key,
		})
		return err
	}
	first := id.New()
	for range 2 { // pressed twice
		if err := refund(first, lamps(1), 95, 0, 1595); err != nil {
			t.Fatal(err)
		}
	}
	shop.Wants(placed.ID, order.Confirmed, order.PartlyRefunded)
	wantBalances(t, shop, placed.ID, map[string]int64{"gateway_clearing": 3500, "sales": -5095, "refunds": 1595, "customer_receivable": 0})
	for name, tc := range map[string]struct {
		lines                     []*orderv1.RefundChoice
		shipping, other, expected int64
		code                      connect.Code
	}{
		"more lamps than are left":         {lines: lamps(3), expected: 4500, code: connect.CodeFailedPrecondition},
		"more shipping than is left":       {shipping: 501, expected: 501, code: connect.CodeFailedPrecondition},
		"more than was paid":               {other: 3501, expected: 3501, code: connect.CodeFailedPrecondition},
		"another amount than was seen":     {lines: lamps(1), expected: 1400, code: connect.CodeFailedPrecondition},
		"a line twice":                     {lines: append(lamps(1), lamps(1)...), expected: 3000, code: connect.CodeInvalidArgument},
		"a line of another order":          {lines: []*orderv1.RefundChoice{{LineId: id.New(), Quantity: 1}}, expected: 1, code: connect.CodeInvalidArgument},
		"an amount that would wrap around": {other: 1<<63 - 1, expected: 1, code: connect.CodeFailedPrecondition},
		"nothing":                          {expected: 1, code: connect.CodeInvalidArgument},
	} {
		if err := refund(id.New(), tc.lines, tc.shipping, tc.other, tc.expected); connect.CodeOf(err) != tc.code {
			t.Errorf("%s: %v, want %v", name, err, tc.code)
		}
	}
	if err := refund(id.New(), lamps(2), 500, 0, 3500); err != nil {
		t.Fatal(err)
	}
	shop.Wants(placed.ID, order.Confirmed, order.Refunded)
	wantBalances(t, shop, placed.ID, map[string]int64{"gateway_clearing": 0, "sales": -5095, "refunds": 5095, "customer_receivable": 0})
	if kept := shop.Provider.Kept(); kept != 0 {
		t.Errorf("the provider keeps %d, want nothing", kept)
	}
	if refunds := shop.Look(placed.ID).GetRefunds(); len(refunds) != 2 || refunds[0].GetActor() != "Ada" || refunds[0].GetLines()[0].GetQuantity() != 1 {
		t.Errorf("the order tells of %v", refunds)
	}
	shop.Audit()
}

// However many give the same money back at the same moment, under keys of their own or the same one, no more goes back than was asked for or was paid.
func TestRefundAtOnce(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := paid(t, shop)
	var made atomic.Int64
	together(200, func(i int) {
		key := "the-one-key-of-all"
		if i%2 == 0 {
			key = id.New()
		}
		err := shoptest.Insist(func() error {
			_, err := shop.Orders.RefundOrder(shop.Staff(), &orderv1.RefundOrderRequest{OrderId: placed.ID, OtherMinor: 2000, ExpectedMinor: 2000, IdempotencyKey: key})
			return err
		})
		switch {
		case err == nil && i%2 == 0:
			made.Add(1)
		case err != nil && connect.CodeOf(err) != connect.CodeFailedPrecondition:
			t.Error(err)
		}
	})
	if kept := shop.Provider.Kept(); kept != 5095-4000 || made.Load() > 2 {
		t.Errorf("the provider keeps %d after %d refunds, want 1095 after two", kept, made.Load())
	}
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Confirmed, order.PartlyRefunded)
	shop.Audit()
}

// Two hundred who each give back a fifth of the same capture give back all of it and no cent more, at the provider too.
func TestRefundRace(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	for round := range shoptest.Rounds(2) {
		placed, before := paid(t, shop), shop.Provider.Kept()-5095
		var made atomic.Int64
		together(shoptest.Crowd, func(int) {
			req := &orderv1.RefundOrderRequest{OrderId: placed.ID, OtherMinor: 1019, ExpectedMinor: 1019, IdempotencyKey: id.New()}
			err := shoptest.Insist(func() error {
				_, err := shop.Orders.RefundOrder(shop.Staff(), req)
				return err
			})
			switch {
			case err == nil:
				made.Add(1)
			case connect.CodeOf(err) != connect.CodeFailedPrecondition:
				t.Error(err)
			}
		})
		if kept := shop.Provider.Kept() - before; kept != 0 || made.Load() != 5 {
			t.Errorf("round %d: the provider keeps %d of 5095 after %d refunds, want nothing after five", round, kept, made.Load())
		}
		shop.Settle(placed.Payment)
		shop.Wants(placed.ID, order.Confirmed, order.Refunded)
	}
	shop.Audit()
}

// A provider that gave the money back may answer the same request with the same error for ever. It is asked what it did, instead of being told again for a day.
func TestRefundAnsweredWithAnErrorForGood(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := paid(t, shop)
	shop.Provider.Play("refund", slices.Repeat([]shoptest.Fault{shoptest.LostAnswer}, 300)...)
	req := &orderv1.RefundOrderRequest{OrderId: placed.ID, OtherMinor: 1000, ExpectedMinor: 1000, IdempotencyKey: id.New()}
	if _, err := shop.Orders.RefundOrder(shop.Staff(), req); err != nil {
		t.Fatal(err)
	}
	shop.Wants(placed.ID, order.Confirmed, order.PartlyRefunded)
	if open := shop.Number("select count(*) from payment_instructions where state <> 'done'"); open != 0 || shop.Provider.Kept() != 4095 {
		t.Errorf("%d instructions are not done, and the provider keeps %d, want 4095", open, shop.Provider.Kept())
	}
	shop.Audit()
}

// A refund that the provider did not answer is made later, once; one that it refuses comes to nothing, staff are told, and its lines can go back again.
func TestRefundLater(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]shoptest.Fault{"the answer is lost": shoptest.LostAnswer, "the request is lost": shoptest.LostRequest, "out of reach": shoptest.Unreachable} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			placed := paid(t, shop)
			shop.Provider.Play("refund", fault)
			if fault == shoptest.LostAnswer { // and nobody can be asked what became of it
				shop.Provider.Play("find", shoptest.Unreachable)
			}
			req := &orderv1.RefundOrderRequest{OrderId: placed.ID, OtherMinor: 1000, ExpectedMinor: 1000, IdempotencyKey: id.New()}
			if _, err := shop.Orders.RefundOrder(shop.Staff(), req); err != nil {
				t.Fatal(err)
			}
			books, err := shop.Payments.GetOrderBooks(shop.Staff(), &paymentv1.GetOrderBooksRequest{OrderId: placed.ID})
			if err != nil || len(books.GetInstructions()) != 1 || books.GetInstructions()[0].GetState() != paymentv1.InstructionState_INSTRUCTION_STATE_GIVEN {
				t.Fatalf("instructions %v, %v", books.GetInstructions(), err)
			}
			for range 2 { // the worker, twice
				_, err := shop.Orders.CarryOutInstruction(shop.Process(), &orderv1.CarryOutInstructionRequest{InstructionId: books.GetInstructions()[0].GetId()})
				if err != nil {
					t.Fatal(err)
				}
			}
			if kept := shop.Provider.Kept(); kept != 4095 {
				t.Errorf("the provider keeps %d, want 4095", kept)
			}
			shop.Wants(placed.ID, order.Confirmed, order.PartlyRefunded)
			shop.Audit()
		})
	}
}

// What the provider refuses comes to nothing: staff read why and find it on their list, and the line can go back again.
func TestRefundRefused(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := paid(t, shop)
	line := []*orderv1.RefundChoice{{LineId: shop.Look(placed.ID).GetLines()[0].GetId(), Quantity: 3}}
	shop.Provider.Play("refund", shoptest.Refuses)
	for try := range 2 {
		answer, err := shop.Orders.RefundOrder(shop.Staff(), &orderv1.RefundOrderRequest{OrderId: placed.ID, Lines: line, ExpectedMinor: 4500, IdempotencyKey: id.New()})
		if err != nil || (answer.GetProblem() == "") != (try == 1) {
			t.Fatalf("try %d: %q, %v", try, answer.GetProblem(), err)
		}
		needs, err := shop.Payments.ListAttention(shop.Staff(), &paymentv1.ListAttentionRequest{})
		if err != nil || try == 0 && (len(needs.GetPayments()) != 1 || needs.GetPayments()[0].GetAttention() != paymentv1.Attention_ATTENTION_REFUSED) {
			t.Errorf("the list is %v, %v", needs, err)
		}
	}
	if kept := shop.Provider.Kept(); kept != 595 {
		t.Errorf("the provider keeps %d, want 595", kept)
	}
	shop.Audit()
}

// Money that is only reserved confirms the order, is taken bit by bit, and what is not taken is released and credited.
func TestCapturePayment(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewReserving(t)
	placed := paid(t, shop)
	shop.Wants(placed.ID, order.Confirmed, order.Reserved)
	wantBalances(t, shop, placed.ID, map[string]int64{"customer_receivable": 5095, "sales": -5095})
	shop.Audit()
	capture := func(key string, amount int64, final bool) error {
		_, err := shop.Orders.CapturePayment(shop.Staff(), &orderv1.CapturePaymentRequest{
			OrderId: placed.ID, PaymentId: placed.Payment, AmountMinor: amount, Final: final, IdempotencyKey: key,
		})
		return err
	}
	if err := capture(id.New(), 5096, false); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("took more than is reserved: %v", err)
	}
	first := id.New()
	for range 2 {
		if err := capture(first, 1500, false); err != nil {
			t.Fatal(err)
		}
	}
	shop.Wants(placed.ID, order.Confirmed, order.PartlyPaid)
	wantBalances(t, shop, placed.ID, map[string]int64{"customer_receivable": 3595, "sales": -5095, "gateway_clearing": 1500})
	if err := capture(id.New(), 2000, true); err != nil {
		t.Fatal(err)
	}
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	wantBalances(t, shop, placed.ID, map[string]int64{"sales": -5095, "gateway_clearing": 3500, "refunds": 1595})
	if err := capture(id.New(), 1, false); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("took more after the last: %v", err)
	}
	shop.Audit()
}

// Cancelling an order releases what is reserved for it, and gives back what was taken of it.
func TestCancelReserved(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewReserving(t)
	for name, taken := range map[string]int64{"nothing was taken": 0, "some was taken": 1500} {
		placed := paid(t, shop)
		if taken > 0 {
			_, err := shop.Orders.CapturePayment(shop.Staff(), &orderv1.CapturePaymentRequest{OrderId: placed.ID, PaymentId: placed.Payment, AmountMinor: taken, IdempotencyKey: id.New()})
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: placed.ID, IdempotencyKey: id.New()}); err != nil {
			t.Fatal(err)
		}
		_, err := shop.Payments.ReturnMoney(shop.Process(), &paymentv1.ReturnMoneyRequest{PaymentId: placed.Payment, IdempotencyKey: id.New()})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		shop.Settle(placed.Payment)
		wantBalances(t, shop, placed.ID, map[string]int64{"sales": -5095, "refunds": 5095})
		if got := shop.Look(placed.ID).GetPayments()[0]; got.GetAuthorized().GetAmountMinor() != taken {
			t.Errorf("%s: %v is reserved, want %d", name, got.GetAuthorized(), taken)
		}
	}
	if kept := shop.Provider.Kept(); kept != 0 {
		t.Errorf("the provider keeps %d, want nothing", kept)
	}
	shop.Audit()
}

// Staff hear two days before that a reservation lapses, once; when it has, the order is not paid any more and they hear that too.
func TestReservationLapses(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewReserving(t)
	placed := paid(t, shop)
	warned := func() int {
		t.Helper()
		answer, err := shop.Payments.WarnLapsing(shop.Process(), &paymentv1.WarnLapsingRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return len(answer.GetPayments())
	}
	if n := warned(); n != 0 {
		t.Errorf("warned of %d a week before", n)
	}
	shop.Exec("update payments set warn_time = $1 where id = $2", clock.Now().Add(-time.Second), placed.Payment)
	if first, second := warned(), warned(); first != 1 || second != 0 {
		t.Errorf("warned %d and %d times, want once", first, second)
	}
	shop.Provider.Distort(placed.Payment, func(view *payment.View) { view.State, view.AuthorizedMinor = payment.Expired, 0 })
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Confirmed, order.Unpaid)
	needs, err := shop.Payments.ListAttention(shop.Staff(), &paymentv1.ListAttentionRequest{})
	if err != nil || len(needs.GetPayments()) != 1 || needs.GetPayments()[0].GetAttention() != paymentv1.Attention_ATTENTION_LAPSED {
		t.Errorf("the list is %v, %v", needs, err)
	}
	_, err = shop.Orders.CapturePayment(shop.Staff(), &orderv1.CapturePaymentRequest{OrderId: placed.ID, PaymentId: placed.Payment, AmountMinor: 100, IdempotencyKey: id.New()})
	if connect.CodeOf(err) != connect.CodeFailedPrecondition || !strings.Contains(err.Error(), "ask the shopper to order again") {
		t.Errorf("took what has lapsed: %v, want to read what to do", err)
	}
}

// Staff who capture what has lapsed at the provider, before the shop has heard of it, read that, and find the payment on their list.
func TestCaptureOfLapsed(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewReserving(t)
	placed := paid(t, shop)
	shop.Provider.Distort(placed.Payment, func(view *payment.View) { view.State, view.AuthorizedMinor = payment.Expired, 0 })
	shop.Provider.Play("capture", shoptest.Refuses)
	answer, err := shop.Orders.CapturePayment(shop.Staff(), &orderv1.CapturePaymentRequest{OrderId: placed.ID, PaymentId: placed.Payment, AmountMinor: 5095, IdempotencyKey: id.New()})
	if err != nil || !strings.Contains(answer.GetProblem(), "lapsed") {
		t.Errorf("%q, %v, want to read that it has lapsed", answer.GetProblem(), err)
	}
	shop.Wants(placed.ID, order.Confirmed, order.Unpaid)
	needs, err := shop.Payments.ListAttention(shop.Staff(), &paymentv1.ListAttentionRequest{})
	if err != nil || len(needs.GetPayments()) != 1 || needs.GetPayments()[0].GetAttention() != paymentv1.Attention_ATTENTION_LAPSED {
		t.Errorf("the list is %v, %v", needs, err)
	}
}

// What is reserved for an order that was cancelled is let go of at once; if that was not to be had, it is told once more before it lapses, and no staff are asked to take it.
func TestCancelledIsReleasedBeforeItLapses(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewReserving(t)
	placed := paid(t, shop)
	if _, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: placed.ID, IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	shop.Exec("update payments set warn_time = $1 where id = $2", clock.Now().Add(-time.Second), placed.Payment)
	for range 2 {
		if _, err := shop.Payments.WarnLapsing(shop.Process(), &paymentv1.WarnLapsingRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	if told := shop.Told("payment.v1.ReturnDue"); told != 2 {
		t.Errorf("told %d times to let go of it, want when it was cancelled and once before it lapses", told)
	}
	needs, err := shop.Payments.ListAttention(shop.Staff(), &paymentv1.ListAttentionRequest{})
	if err != nil || len(needs.GetPayments()) != 0 {
		t.Errorf("staff are asked to look at %v, %v", needs.GetPayments(), err)
	}
	if _, err := shop.Payments.ReturnMoney(shop.Process(), &paymentv1.ReturnMoneyRequest{PaymentId: placed.Payment, IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	shop.Settle(placed.Payment)
	if left := shop.Look(placed.ID).GetPayments()[0]; left.GetState() != "voided" {
		t.Errorf("the payment is %v, want it voided", left)
	}
	shop.Audit()
}

// A dispute is told when it opens and when it is decided; the books withhold the money meanwhile, and lose it when the bank says so.
func TestDispute(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		state payment.DisputeState
		want  map[string]int64
		kind  string
	}{
		"won":  {payment.DisputeWon, map[string]int64{"sales": -5095, "gateway_clearing": 5095}, "payment.dispute_won"},
		"lost": {payment.DisputeLost, map[string]int64{"sales": -5095, "gateway_clearing": 3095, "losses": 2000}, "payment.dispute_lost"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			placed := paid(t, shop)
			list := func() int {
				t.Helper()
				needs, err := shop.Payments.ListAttention(shop.Staff(), &paymentv1.ListAttentionRequest{})
				if err != nil {
					t.Fatal(err)
				}
				return len(needs.GetPayments())
			}
			shop.Provider.Dispute(placed.Payment, 2000, payment.DisputeOpen)
			together(5, func(int) { shop.Settle(placed.Payment) })
			wantBalances(t, shop, placed.ID, map[string]int64{"sales": -5095, "gateway_clearing": 3095, "disputed": 2000})
			if n := list(); n != 1 {
				t.Errorf("%d payments need somebody, want 1", n)
			}
			_, err := shop.Orders.RefundOrder(shop.Staff(), &orderv1.RefundOrderRequest{OrderId: placed.ID, OtherMinor: 3096, ExpectedMinor: 3096, IdempotencyKey: id.New()})
			if connect.CodeOf(err) != connect.CodeFailedPrecondition {
				t.Errorf("gave back what is disputed: %v", err)
			}
			shop.Provider.Dispute(placed.Payment, 2000, tc.state)
			shop.Settle(placed.Payment)
			wantBalances(t, shop, placed.ID, tc.want)
			told := shop.Number("select count(*) from order_timeline where order_id = $1 and kind in ('payment.disputed', $2)", placed.ID, tc.kind)
			if n := list(); n != 0 || told != 2 {
				t.Errorf("%d payments need somebody and the timeline tells %d times, want none and 2", n, told)
			}
			shop.Audit()
		})
	}
}
