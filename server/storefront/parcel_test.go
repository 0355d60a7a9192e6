package storefront_test

import (
	"net/http"
	"strings"
	"testing"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// A shopper sees on the order's page what is on its way, by whom, and that the rest follows; never what the shop takes for it.
func TestParcels(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor()
	page := v.order("on_delivery")
	var order, line string
	if err := s.db.Primary().QueryRow(t.Context(), "select order_id::text, id::text from order_lines").Scan(&order, &line); err != nil {
		t.Fatal(err)
	}
	send := func(number string) {
		t.Helper()
		_, err := s.set.Orders.ShipOrder(s.staff(), &orderv1.ShipOrderRequest{
			OrderId: order, Lines: []*orderv1.FulfilmentChoice{{LineId: line, Quantity: 1}}, Carrier: "Parcel post", TrackingNumber: number,
			TrackingUrl: "https://carrier.example/" + number, IdempotencyKey: id.New(),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	send("CE1")
	v.get(page).expect(http.StatusOK, ".parcel__head", "Parcel 1")
	v.expect(http.StatusOK, ".parcel", "Parcel post CE1")
	v.expect(http.StatusOK, ".parcel__items", "1 × Jug")
	v.expect(http.StatusOK, ".order__meta", "Partly on its way")
	v.expect(http.StatusOK, ".next-steps", "The rest follows")
	if link := v.page.Find(".parcel a").AttrOr("href", ""); link != "https://carrier.example/CE1" {
		t.Errorf("the number leads to %q", link)
	}
	send("CE2")
	v.get(page)
	if v.page.Find(".parcel").Length() != 2 || v.page.Find(".next-steps").Length() != 0 {
		t.Errorf("the page says %s", v.text("main"))
	}
}

// A shopper sees on the order's page what will not come and what becomes of the money for it, and nothing of the shop's reasons.
func TestUnsent(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor()
	page := v.order("on_delivery")
	var order, line string
	if err := s.db.Primary().QueryRow(t.Context(), "select order_id::text, id::text from order_lines").Scan(&order, &line); err != nil {
		t.Fatal(err)
	}
	one := []*orderv1.FulfilmentChoice{{LineId: line, Quantity: 1}}
	if _, err := s.set.Orders.ShipOrder(s.staff(), &orderv1.ShipOrderRequest{OrderId: order, Lines: one, IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	if v.get(page); v.page.Find("#unsent-title").Length() != 0 {
		t.Errorf("something will not come: %s", v.text("main"))
	}
	if _, err := s.set.Orders.FinishOrder(s.staff(), &orderv1.FinishOrderRequest{OrderId: order, Lines: one, Restock: true, Reason: "fell off the shelf", IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	v.get(page).expect(http.StatusOK, "section[aria-labelledby=unsent-title]", "1 × Jug")
	v.expect(http.StatusOK, "section[aria-labelledby=unsent-title]", "less on delivery")
	if strings.Contains(v.text("main"), "shelf") || v.page.Find(".next-steps").Length() != 0 {
		t.Errorf("the page says %s", v.text("main"))
	}
}
