package event

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/eventdb"
	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// outbox is a mail server that remembers, and can be made to fail.
type outbox struct {
	mu    sync.Mutex
	mails []mail
	fails atomic.Int32
}

func (o *outbox) send(_ context.Context, m mail) error {
	if o.fails.Add(-1) >= 0 {
		return errors.New("421 come back later")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mails = append(o.mails, m)
	return nil
}

func newTestService(t *testing.T) (*Service, *outbox) {
	t.Helper()
	sent := &outbox{}
	service, err := New(Config{DB: postgrestest.New(t), StoreName: "Shelf & Tag", PublicURL: "https://shop.example", Locale: "en-US"})
	if err != nil {
		t.Fatal(err)
	}
	service.sender = sent
	return service, sent
}

func testOrder() *orderv1.Order {
	usd := func(minor int64) *typev1.Money { return &typev1.Money{AmountMinor: minor, CurrencyCode: "USD"} }
	return &orderv1.Order{
		Id: id.New(), Number: "TW-001001", State: orderv1.OrderState_ORDER_STATE_CONFIRMED, Email: "ada@example.com", Signed: "signed-token",
		Lines:           []*orderv1.OrderLine{{ProductName: "Mug <b>", VariantName: "Moss", Quantity: 2, Total: usd(4800), Parts: []*orderv1.OrderLinePart{{ProductName: "Saucer & spoon", VariantName: "Clay", Quantity: 4}}}},
		Totals:          &pricingv1.Totals{Goods: usd(4800), Shipping: usd(490), Tax: usd(0), Total: usd(5290)},
		Delivery:        &pricingv1.DeliveryOption{Name: "Parcel"},
		DeliveryAddress: &typev1.Address{FullName: "Ada O’Brien", Line1: "1 Quay", City: "Cork", CountryCode: "IE"},
	}
}

// However often and however many ask at once, a shopper gets one mail, and it says what the order says.
func TestSendOrderMailOnce(t *testing.T) {
	t.Parallel()
	service, sent := newTestService(t)
	req := &eventv1.SendOrderMailRequest{Order: testOrder(), Kind: eventv1.OrderMailKind_ORDER_MAIL_KIND_CONFIRMED}
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() { _, _ = service.SendOrderMail(context.Background(), req) })
	}
	wait.Wait()
	answer, err := service.SendOrderMail(context.Background(), req)
	if err != nil || answer.GetSent() {
		t.Errorf("a repeat: sent %v, %v; want false, nil", answer.GetSent(), err)
	}
	if len(sent.mails) != 1 {
		t.Fatalf("%d mails, want 1", len(sent.mails))
	}
	m := sent.mails[0]
	for _, want := range []string{"TW-001001", "2 x Mug <b> (Moss)", "    4 x Saucer & spoon (Clay)", "$48.00", "$52.90", "Ada O’Brien\n1 Quay\nCork\nIreland", "https://shop.example/orders/signed-token"} {
		if !strings.Contains(m.subject+m.text, want) {
			t.Errorf("the mail does not say %q:\n%s", want, m.text)
		}
	}
	if m.to != "ada@example.com" || strings.Contains(m.html, "<b>") || !strings.Contains(m.html, "Mug &lt;b&gt;") || !strings.Contains(m.html, "4 x Saucer &amp; spoon (Clay)") {
		t.Errorf("to %q, or a product's name became markup", m.to)
	}
}

// The mail adds up: lines and delivery at their full prices, then what each promotion took off.
func TestMailOfDiscounts(t *testing.T) {
	t.Parallel()
	service, sent := newTestService(t)
	usd := func(minor int64) *typev1.Money { return &typev1.Money{AmountMinor: minor, CurrencyCode: "USD"} }
	order := testOrder()
	order.Lines[0].Total, order.Lines[0].Discount = usd(4300), usd(500)
	order.Lines = append(order.Lines, &orderv1.OrderLine{ProductName: "Towel", Quantity: 1, Total: usd(0), Discount: usd(900), Gift: true})
	order.Promotions = []*orderv1.OrderPromotion{
		{Name: "Autumn <sale>", Code: "AUTUMN", Goods: usd(500), Shipping: usd(0)}, {Name: "Towel with it", Goods: usd(900), Shipping: usd(0)}, {Name: "Free delivery", Goods: usd(0), Shipping: usd(490)},
	}
	order.Totals = &pricingv1.Totals{Goods: usd(5700), Discount: usd(1400), Shipping: usd(0), Tax: usd(0), Total: usd(4300)}
	req := &eventv1.SendOrderMailRequest{Order: order, Kind: eventv1.OrderMailKind_ORDER_MAIL_KIND_CONFIRMED}
	if answer, err := service.SendOrderMail(t.Context(), req); err != nil || !answer.GetSent() {
		t.Fatalf("%v, %v", answer, err)
	}
	m := sent.mails[0]
	for _, want := range []string{
		"2 x Mug <b> (Moss)   $48.00", "1 x Towel, a gift for you   $9.00", "Shipping (Parcel)   $4.90", "Autumn <sale> (AUTUMN)   −$5.00", "Towel with it   −$9.00",
		"Free delivery   −$4.90", "Total   $43.00",
	} {
		if !strings.Contains(m.text, want) {
			t.Errorf("the mail does not say %q:\n%s", want, m.text)
		}
	}
	if !strings.Contains(m.html, "Autumn &lt;sale&gt; (AUTUMN)</td>") {
		t.Errorf("the mail with markup:\n%s", m.html)
	}
}

// An order that a code made free says what it took off, and zero.
func TestMailOfFreeOrder(t *testing.T) {
	t.Parallel()
	service, sent := newTestService(t)
	usd := func(minor int64) *typev1.Money { return &typev1.Money{AmountMinor: minor, CurrencyCode: "USD"} }
	order := testOrder()
	order.Lines[0].Total, order.Lines[0].Discount = usd(0), usd(4800)
	order.Promotions = []*orderv1.OrderPromotion{{Name: "On the house", Code: "HOUSE", Goods: usd(4800), Shipping: usd(490)}}
	order.Totals = &pricingv1.Totals{Goods: usd(4800), Discount: usd(4800), Shipping: usd(0), Tax: usd(0), Total: usd(0)}
	req := &eventv1.SendOrderMailRequest{Order: order, Kind: eventv1.OrderMailKind_ORDER_MAIL_KIND_CONFIRMED}
	if answer, err := service.SendOrderMail(t.Context(), req); err != nil || !answer.GetSent() {
		t.Fatalf("%v, %v", answer, err)
	}
	for _, want := range []string{"2 x Mug <b> (Moss)   $48.00", "On the house (HOUSE)   −$52.90", "Total   $0.00"} {
		if !strings.Contains(sent.mails[0].text, want) {
			t.Errorf("the mail does not say %q:\n%s", want, sent.mails[0].text)
		}
	}
}

// A business that fetches its order reads where and when, that it owes the tax, and what it said; nothing speaks of a parcel.
func TestMailOfPickup(t *testing.T) {
	t.Parallel()
	service, sent := newTestService(t)
	usd := func(minor int64) *typev1.Money { return &typev1.Money{AmountMinor: minor, CurrencyCode: "USD"} }
	order := testOrder()
	order.CreateTime = timestamppb.New(time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC))  // its transfer took a week
	order.ConfirmTime = timestamppb.New(time.Date(2026, 11, 27, 18, 0, 0, 0, time.UTC)) // a Friday
	order.DeliveryAddress, order.Delivery = nil, &pricingv1.DeliveryOption{
		Name: "Our desk", MinDays: 1, MaxDays: 3, PickupAddress: &typev1.Address{FullName: "The shop", Line1: "2 Quay", City: "Cork", CountryCode: "IE"}, PickupHours: "Monday to Friday",
	}
	order.VatNumber, order.ReverseCharge, order.Note, order.GiftMessage = "ATU13585627", true, "I come on <Friday>.", "Enjoy!"
	order.Totals.TaxRelief = usd(100)
	order.BillingAddress = &typev1.Address{FullName: "Ada O’Brien", CountryCode: "IE"} // nobody asks more of who fetches
	req := &eventv1.SendOrderMailRequest{Order: order, Kind: eventv1.OrderMailKind_ORDER_MAIL_KIND_CONFIRMED}
	if err := protovalidate.Validate(req); err != nil {
		t.Errorf("the worker cannot hand the order on: %v", err)
	}
	if answer, err := service.SendOrderMail(t.Context(), req); err != nil || !answer.GetSent() {
		t.Fatalf("%v, %v", answer, err)
	}
	m := sent.mails[0]
	for _, want := range []string{
		"You fetch it at:\nThe shop\n2 Quay\nCork\nIreland\nMonday to Friday\nReady Monday 30 November to Wednesday 2 December", "VAT is owed by the recipient", "VAT number ATU13585627",
		"Your note:\nI come on <Friday>.", "On the card:\nEnjoy!", "when you can fetch it",
	} {
		if !strings.Contains(m.text, want) {
			t.Errorf("the mail does not say %q:\n%s", want, m.text)
		}
	}
	if !strings.Contains(m.html, "I come on &lt;Friday&gt;.") || !strings.Contains(m.html, "Ready Monday 30 November") || strings.Contains(m.html+m.text, "It goes to") {
		t.Errorf("the mail with markup:\n%s", m.html)
	}
}

// The taxes of a mail are told apart where there are several.
func TestMailOfTaxes(t *testing.T) {
	t.Parallel()
	service, sent := newTestService(t)
	order := testOrder()
	order.Totals.TaxName = "VAT"
	order.Taxes = []*pricingv1.TaxPart{{Name: "VAT 19 %", AmountMinor: 468}, {Name: "VAT 7 %", AmountMinor: 172}}
	req := &eventv1.SendOrderMailRequest{Order: order, Kind: eventv1.OrderMailKind_ORDER_MAIL_KIND_CONFIRMED}
	if answer, err := service.SendOrderMail(t.Context(), req); err != nil || !answer.GetSent() {
		t.Fatalf("%v, %v", answer, err)
	}
	if m := sent.mails[0]; !strings.Contains(m.text, "VAT 19 %   $4.68\nVAT 7 %   $1.72\nTotal") {
		t.Errorf("the mail:\n%s", m.text)
	}
}

// Who bought files finds their links in the mail that says so, and who is sent nothing reads of no parcel.
func TestMailOfDownloads(t *testing.T) {
	t.Parallel()
	service, sent := newTestService(t)
	order := testOrder()
	order.Digital, order.State, order.Delivery, order.DeliveryAddress = true, orderv1.OrderState_ORDER_STATE_FULFILLED, nil, nil
	order.Downloads = []*orderv1.Download{
		{FileName: "Guide <1>.pdf", Signed: "guide-token", State: orderv1.DownloadState_DOWNLOAD_STATE_READY, Most: 5, ExpireTime: timestamppb.New(time.Date(2026, 12, 27, 0, 0, 0, 0, time.UTC))},
		{FileName: "Old.pdf", Signed: "old-token", State: orderv1.DownloadState_DOWNLOAD_STATE_EXPIRED},
	}
	req := &eventv1.SendOrderMailRequest{Order: order, Kind: eventv1.OrderMailKind_ORDER_MAIL_KIND_CONFIRMED}
	if answer, err := service.SendOrderMail(t.Context(), req); err != nil || !answer.GetSent() {
		t.Fatalf("%v, %v", answer, err)
	}
	m := sent.mails[0]
	for _, want := range []string{"Guide <1>.pdf", "https://shop.example/downloads/guide-token", "until 27 December 2026, 5 times at most"} {
		if !strings.Contains(m.text, want) {
			t.Errorf("the mail does not say %q:\n%s", want, m.text)
		}
	}
	if !strings.Contains(m.html, `href="https://shop.example/downloads/guide-token"`) || !strings.Contains(m.html, "Guide &lt;1&gt;.pdf") {
		t.Errorf("the mail with markup has no link:\n%s", m.html)
	}
	for _, text := range []string{m.text, m.html} {
		if strings.Contains(text, "pack") || strings.Contains(text, "Shipping") || strings.Contains(text, "It goes to") || strings.Contains(text, "old-token") {
			t.Errorf("the mail speaks of a parcel, or of a link that leads nowhere:\n%s", text)
		}
	}
}

// A mail server that was away gets the mail at the next try, without waiting for a claim to lapse.
func TestSendOrderMailAfterFailure(t *testing.T) {
	t.Parallel()
	service, sent := newTestService(t)
	sent.fails.Store(1)
	req := &eventv1.SendOrderMailRequest{Order: testOrder(), Kind: eventv1.OrderMailKind_ORDER_MAIL_KIND_CONFIRMED}
	if _, err := service.SendOrderMail(context.Background(), req); err == nil {
		t.Fatal("the failure was kept quiet")
	}
	if answer, err := service.SendOrderMail(context.Background(), req); err != nil || !answer.GetSent() {
		t.Fatalf("second try: %v, %v", answer, err)
	}
}

// A mail that comes late tells nobody what is not true any more: that an order was not paid which was paid after all, or that one is confirmed which was called off.
// It is skipped for good, and not because somebody else is sending it.
func TestStaleMail(t *testing.T) {
	t.Parallel()
	service, sent := newTestService(t)
	const (
		confirmed, expired, cancelled = eventv1.OrderMailKind_ORDER_MAIL_KIND_CONFIRMED, eventv1.OrderMailKind_ORDER_MAIL_KIND_EXPIRED, eventv1.OrderMailKind_ORDER_MAIL_KIND_CANCELLED
	)
	for state, isTrue := range map[orderv1.OrderState][]eventv1.OrderMailKind{
		orderv1.OrderState_ORDER_STATE_PENDING:          {},
		orderv1.OrderState_ORDER_STATE_CONFIRMED:        {confirmed},
		orderv1.OrderState_ORDER_STATE_PARTLY_FULFILLED: {confirmed},
		orderv1.OrderState_ORDER_STATE_FULFILLED:        {confirmed},
		orderv1.OrderState_ORDER_STATE_DELIVERED:        {confirmed},
		orderv1.OrderState_ORDER_STATE_CLOSED:           {confirmed},
		orderv1.OrderState_ORDER_STATE_CANCELLED:        {cancelled},
		orderv1.OrderState_ORDER_STATE_EXPIRED:          {expired},
	} {
		for _, kind := range []eventv1.OrderMailKind{confirmed, expired, cancelled} {
			order := testOrder()
			order.State = state
			before := len(sent.mails)
			for range 2 {
				answer, err := service.SendOrderMail(context.Background(), &eventv1.SendOrderMailRequest{Order: order, Kind: kind})
				if err != nil || answer.GetSkipped() == slices.Contains(isTrue, kind) {
					t.Errorf("%v of an order that is %v: %v, %v", kind, state, answer, err)
				}
			}
			var skipped int
			err := service.cfg.DB.Primary().QueryRow(context.Background(), "select count(skipped_time) from event_mails where order_id = $1", order.GetId()).Scan(&skipped)
			if out := len(sent.mails) - before; err != nil || out+skipped != 1 || (out == 1) != slices.Contains(isTrue, kind) {
				t.Errorf("%v of an order that is %v: %d sent, %d noted as skipped, %v", kind, state, out, skipped, err)
			}
		}
	}
}

// A mail that was being tried when its order moved on is not tried again.
func TestStaleMailAfterFailure(t *testing.T) {
	t.Parallel()
	service, sent := newTestService(t)
	sent.fails.Store(1)
	order := testOrder()
	order.State = orderv1.OrderState_ORDER_STATE_EXPIRED
	req := &eventv1.SendOrderMailRequest{Order: order, Kind: eventv1.OrderMailKind_ORDER_MAIL_KIND_EXPIRED}
	if _, err := service.SendOrderMail(context.Background(), req); err == nil {
		t.Fatal("the failure was kept quiet")
	}
	order.State = orderv1.OrderState_ORDER_STATE_CONFIRMED
	if answer, err := service.SendOrderMail(context.Background(), req); err != nil || !answer.GetSkipped() || len(sent.mails) != 0 {
		t.Errorf("%v, %v, %d mails; want it skipped", answer, err, len(sent.mails))
	}
	order.State = orderv1.OrderState_ORDER_STATE_EXPIRED // as one reads who read before
	if answer, err := service.SendOrderMail(context.Background(), req); err != nil || answer.GetSent() {
		t.Errorf("%v, %v; want it not sent", answer, err)
	}
}

// A sender that died is replaced after a minute, not before.
func TestAbandonedMail(t *testing.T) {
	t.Parallel()
	service, sent := newTestService(t)
	order, now := testOrder(), clock.Now()
	claim := func(age time.Duration) {
		_, err := service.cfg.DB.Primary().Exec(context.Background(),
			"insert into event_mails (order_id, kind, claimed_time) values ($1, 'confirmed', $2) on conflict (order_id, kind) do update set claimed_time = excluded.claimed_time",
			order.GetId(), now.Add(-age))
		if err != nil {
			t.Fatal(err)
		}
	}
	req := &eventv1.SendOrderMailRequest{Order: order, Kind: eventv1.OrderMailKind_ORDER_MAIL_KIND_CONFIRMED}
	claim(0)
	if _, err := service.SendOrderMail(context.Background(), req); err == nil {
		t.Error("two senders had the mail at once")
	}
	claim(2 * abandonedAfter)
	if _, err := service.SendOrderMail(context.Background(), req); err != nil || len(sent.mails) != 1 {
		t.Errorf("after the claim lapsed: %v, %d mails", err, len(sent.mails))
	}
	if n, err := queries.ClaimMail(context.Background(), service.cfg.DB.Primary(), eventdb.ClaimMailParams{OrderID: order.GetId(), Kind: "confirmed", Now: now, Abandoned: now.Add(abandonedAfter)}); err != nil || n != 0 {
		t.Errorf("a sent mail could be claimed again: %d, %v", n, err)
	}
}

// A shopper gets one mail for each parcel, however often it is asked for, and it says what is in that one, who brings it and what follows.
func TestMailOfParcels(t *testing.T) {
	t.Parallel()
	service, sent := newTestService(t)
	order := testOrder()
	order.State = orderv1.OrderState_ORDER_STATE_PARTLY_FULFILLED
	order.Lines[0].Id, order.Lines[0].Quantity, order.Lines[0].ToSend = "line", 3, 1
	order.Fulfilments = []*orderv1.Fulfilment{
		{Id: id.New(), Number: 1, Carrier: "Parcel <post>", TrackingNumber: "CE1", TrackingUrl: "https://carrier.example/CE1", Lines: []*orderv1.FulfilmentLine{{LineId: "line", Quantity: 2}}},
		{Id: id.New(), Number: 2, Lines: []*orderv1.FulfilmentLine{{LineId: "line", Quantity: 1}}},
	}
	tell := func(fulfilment string) error {
		_, err := service.SendOrderMail(t.Context(), &eventv1.SendOrderMailRequest{Order: order, Kind: eventv1.OrderMailKind_ORDER_MAIL_KIND_SHIPPED, FulfilmentId: fulfilment})
		return err
	}
	for range 2 {
		if err := tell(order.GetFulfilments()[0].GetId()); err != nil {
			t.Fatal(err)
		}
	}
	order.State, order.Lines[0].ToSend = orderv1.OrderState_ORDER_STATE_FULFILLED, 0
	if err := tell(order.GetFulfilments()[1].GetId()); err != nil {
		t.Fatal(err)
	}
	if len(sent.mails) != 2 {
		t.Fatalf("%d mails, want one for each of two parcels", len(sent.mails))
	}
	first, last := sent.mails[0], sent.mails[1]
	for _, want := range []string{"A part of order TW-001001 is on its way", "2 x Mug <b> (Moss)", "Parcel <post> CE1", "https://carrier.example/CE1", "The rest follows", "Ada O’Brien\n1 Quay"} {
		if !strings.Contains(first.subject+first.text, want) {
			t.Errorf("the first mail does not say %q:\n%s", want, first.text)
		}
	}
	if !strings.Contains(first.html, `href="https://carrier.example/CE1"`) || !strings.Contains(first.html, "Parcel &lt;post&gt; CE1") {
		t.Errorf("the first mail with markup:\n%s", first.html)
	}
	if !strings.Contains(last.text, "1 x Mug") || strings.Contains(last.text, "The rest follows") || strings.Contains(last.text, "CE1") || first.id == last.id {
		t.Errorf("the last mail, %s:\n%s", last.id, last.text)
	}
	if err := tell(id.New()); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("told of a parcel of another order: %v", err)
	}
}

// A shopper is told once what will not come of an order, and what becomes of the money for it.
func TestMailOfTheRest(t *testing.T) {
	t.Parallel()
	service, sent := newTestService(t)
	order := testOrder()
	order.State, order.Lines[0].Quantity, order.Lines[0].Unsent = orderv1.OrderState_ORDER_STATE_FULFILLED, 3, 2
	tell := func() error {
		_, err := service.SendOrderMail(t.Context(), &eventv1.SendOrderMailRequest{Order: order, Kind: eventv1.OrderMailKind_ORDER_MAIL_KIND_FINISHED})
		return err
	}
	if err := tell(); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("told of a rest that there is not: %v", err)
	}
	money := func(minor int64) *typev1.Money { return &typev1.Money{AmountMinor: minor, CurrencyCode: "EUR"} }
	order.Finish = &orderv1.Finish{Refunded: money(3000), Released: money(1200), Reason: "fell off the shelf"}
	for range 2 {
		if err := tell(); err != nil {
			t.Fatal(err)
		}
	}
	if len(sent.mails) != 1 {
		t.Fatalf("%d mails, want one", len(sent.mails))
	}
	mail := sent.mails[0]
	for _, want := range []string{"A part of order TW-001001 will not come", "2 x Mug <b> (Moss)", "€30.00 goes back the way it was paid", "€12.00 was only reserved", "/orders/"} {
		if !strings.Contains(mail.subject+mail.text, want) {
			t.Errorf("the mail does not say %q:\n%s", want, mail.text)
		}
	}
	if strings.Contains(mail.text, "on delivery") || strings.Contains(mail.text+mail.html, "shelf") || !strings.Contains(mail.html, "2 × Mug &lt;b&gt;") {
		t.Errorf("the mail says\n%s\n%s", mail.text, mail.html)
	}
}

// An order that was not paid in time tells what becomes of money that was taken, or may be under way, whatever its shopper tried last.
func TestMailOfExpiredOrder(t *testing.T) {
	t.Parallel()
	card, transfer := &orderv1.PaymentAttempt{Provider: "stripe", State: "failed"}, &orderv1.PaymentAttempt{Provider: "bank_transfer", State: "voided"}
	part := &orderv1.PaymentAttempt{Provider: "gift_card", State: "captured", Captured: &typev1.Money{AmountMinor: 1000, CurrencyCode: "USD"}}
	for name, tc := range map[string]struct {
		attempts []*orderv1.PaymentAttempt
		says     string
	}{
		"a card":                             {[]*orderv1.PaymentAttempt{card}, "Nothing was charged"},
		"a card, after a transfer":           {[]*orderv1.PaymentAttempt{card, transfer}, "Your transfer has not arrived"},
		"a card, and a gift card for a part": {[]*orderv1.PaymentAttempt{card, part}, "What you paid goes back"},
	} {
		service, sent := newTestService(t)
		order := testOrder()
		order.State, order.Payments = orderv1.OrderState_ORDER_STATE_EXPIRED, tc.attempts
		if _, err := service.SendOrderMail(t.Context(), &eventv1.SendOrderMailRequest{Order: order, Kind: eventv1.OrderMailKind_ORDER_MAIL_KIND_EXPIRED}); err != nil {
			t.Fatal(err)
		}
		if m := sent.mails[0]; !strings.Contains(m.text, tc.says) || !strings.Contains(m.html, tc.says) {
			t.Errorf("%s: the mail does not say %q:\n%s", name, tc.says, m.text)
		}
	}
}

// A shopper who transfers the money reads where to and what to write with it, once, and nothing once that is not awaited any more.
func TestTransferMail(t *testing.T) {
	t.Parallel()
	service, sent := newTestService(t)
	order := testOrder()
	order.State, order.PaymentState = orderv1.OrderState_ORDER_STATE_PENDING, orderv1.PaymentState_PAYMENT_STATE_AWAITING_TRANSFER
	req := &eventv1.SendOrderMailRequest{Order: order, Kind: eventv1.OrderMailKind_ORDER_MAIL_KIND_TRANSFER}
	if answer, err := service.SendOrderMail(t.Context(), req); err != nil || !answer.GetSkipped() || len(sent.mails) > 0 {
		t.Errorf("without a transfer: %v, %v", answer, err)
	}
	order.Transfer = &orderv1.Transfer{
		Amount: order.GetTotals().GetTotal(), Reference: order.GetNumber(), PayBy: timestamppb.New(time.Date(2026, 12, 5, 12, 0, 0, 0, time.UTC)), Holder: "Shelf & Tag Ltd", Account: "DE89 3704 0044 0532 0130 00",
	}
	for range 2 {
		if _, err := service.SendOrderMail(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}
	if len(sent.mails) != 1 {
		t.Fatalf("%d mails, want 1", len(sent.mails))
	}
	m := sent.mails[0]
	for _, want := range []string{"where to transfer $52.90", "until 5 December 2026", "To: Shelf & Tag Ltd\nAccount: DE89 3704 0044 0532 0130 00\nReference: TW-001001", "https://shop.example/orders/signed-token"} {
		if !strings.Contains(m.subject+m.text, want) {
			t.Errorf("the mail does not say %q:\n%s", want, m.text)
		}
	}
	if !strings.Contains(m.html, "Shelf &amp; Tag Ltd") || strings.Contains(m.html, "routing number") {
		t.Errorf("the mail with markup:\n%s", m.html)
	}
}
