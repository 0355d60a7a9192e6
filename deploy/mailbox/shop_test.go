package main

import (
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/services/event"
)

// The shop's own sender is understood: its mails arrive whole and once, a busy server is asked again, and an address that is refused for good is given up.
func TestShopSends(t *testing.T) {
	t.Parallel()
	b := start(t)
	service, err := event.New(event.Config{
		DB: postgrestest.New(t), SMTPURL: "smtp://" + b.smtp + "?from=shop@example.com", StoreName: "Töpfe & Krüge, Köln", PublicURL: "https://shop.example", Locale: "de",
	})
	if err != nil {
		t.Fatal(err)
	}
	order := func(to string) *eventv1.SendOrderMailRequest {
		eur := func(minor int64) *typev1.Money { return &typev1.Money{AmountMinor: minor, CurrencyCode: "EUR"} }
		return &eventv1.SendOrderMailRequest{Kind: eventv1.OrderMailKind_ORDER_MAIL_KIND_CONFIRMED, Order: &orderv1.Order{
			Id: id.New(), Number: "TW-001001", State: orderv1.OrderState_ORDER_STATE_CONFIRMED, Email: to, Signed: strings.Repeat("signed", 30), // longer than a line of a mail
			Lines:    []*orderv1.OrderLine{{ProductName: "Schüssel", Quantity: 2, Total: eur(4800)}},
			Totals:   &pricingv1.Totals{Goods: eur(4800), Shipping: eur(490), Tax: eur(0), Total: eur(5290)},
			Delivery: &pricingv1.DeliveryOption{Name: "Paket"},
		}}
	}

	fine := order("ada@example.com")
	for range 2 {
		if _, err := service.SendOrderMail(t.Context(), fine); err != nil {
			t.Fatal(err)
		}
	}
	got := b.mails("ada@example.com")
	if len(got) != 1 {
		t.Fatalf("%d mails, want 1", len(got))
	}
	m, link := got[0], "https://shop.example/orders/"+fine.GetOrder().GetSigned()
	if m.Problem != "" || m.From != "shop@example.com" || m.Subject != "Order TW-001001 is confirmed" || !strings.Contains(m.Text, "2 x Schüssel   48,00") || !strings.Contains(m.Text, link) {
		t.Errorf("it arrived as %+v", m)
	}
	if !strings.Contains(m.HTML, "Töpfe &amp; Krüge, Köln") || len(m.Links) != 1 || m.Links[0] != link {
		t.Errorf("as a page, leading to %q: %s", m.Links, m.HTML)
	}
	headers := map[string]string{}
	for _, h := range m.Headers {
		headers[strings.ToLower(h.Name)] = h.Value
	}
	if headers["message-id"] != "<"+fine.GetOrder().GetId()+".confirmed@tradewind>" || !strings.Contains(headers["from"], "Töpfe & Krüge, Köln") || headers["to"] != "<ada@example.com>" {
		t.Errorf("its headers are %v", headers)
	}

	busy := order("later@example.com")
	if _, err := service.SendOrderMail(t.Context(), busy); err == nil || connect.CodeOf(err) == connect.CodeFailedPrecondition {
		t.Errorf("a busy server: %v, want an error that is worth another try", err)
	}
	if answer, err := service.SendOrderMail(t.Context(), busy); err != nil || !answer.GetSent() || len(b.mails("later@")) != 1 {
		t.Errorf("the second try: %v, %v", answer, err)
	}
	for range 2 {
		if _, err := service.SendOrderMail(t.Context(), order("refused@example.com")); connect.CodeOf(err) != connect.CodeFailedPrecondition {
			t.Errorf("an address that is refused for good: %v", err)
		}
	}
}
