package main

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// A comment that is sent twice, as by an impatient double click, is written once. Longer than it may be it comes back as it was typed.
func TestComment(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	shop := d.shop()
	order := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1}).ID
	comments := func() int {
		return d.number("select count(*) from order_timeline where order_id = $1 and kind = 'comment'", order)
	}
	d.open("/orders/" + order)
	d.says(" UTC")
	action, words := d.form(".comment", "comment", "Called back.\r\n\r\nAll is well.")
	for range 2 {
		d.post(action, words)
		d.wants(http.StatusOK, "/orders/"+order)
	}
	if n := comments(); n != 1 {
		t.Errorf("sent twice, there are %d comments", n)
	}
	words.Set("comment", "Other words from the same page")
	d.post(action, words)
	d.wants(http.StatusConflict, "/orders/"+order+"/comments")
	d.send(".comment") // comes filled, with a key of its own
	d.says("Other words from the same page")
	if n := comments(); n != 2 {
		t.Errorf("there are %d comments, want 2", n)
	}

	long := strings.Repeat("ß", 2000) // characters, each of two bytes
	d.send(".comment", "comment", long+"ß")
	d.wants(http.StatusUnprocessableEntity, "/orders/"+order+"/comments")
	field := d.page.Find("#field-comment")
	if got := field.Text(); got != long+"ß" || field.AttrOr("maxlength", "") != "2000" {
		t.Errorf("a refused comment of 2,001 characters comes back with %d bytes, and the field takes %s", len(got), field.AttrOr("maxlength", ""))
	}
	d.send(".comment", "comment", long)
	d.wants(http.StatusOK, "/orders/"+order)
	if n := comments(); n != 3 {
		t.Errorf("there are %d comments, want 3", n)
	}
}

// Whoever cancels an order can say why, and it stands on the timeline.
func TestCancelWithReason(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	shop := d.shop()
	order := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1}).ID
	form := "form[action='/orders/" + order + "/cancellation']"
	d.open("/orders/" + order)
	d.send(form, "reason", strings.Repeat("x", 501))
	d.wants(http.StatusUnprocessableEntity, "/orders/"+order+"/cancellation")
	if d.page.Find("details[open] #field-reason").Length() != 1 {
		t.Error("the refused reason is out of sight")
	}
	d.send(form, "reason", "The shopper called: wrong size.")
	d.wants(http.StatusOK, "/orders/"+order)
	d.says("The order was cancelled: The shopper called: wrong size.")
}

// The list counts what it holds, names who bought, marks what has comments, and its file holds exactly what it does, harmless to a spreadsheet.
func TestOrdersListAndFile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	shop := d.shop()
	lamp := shop.Variant(2500, 500)
	var placed []shoptest.Placed
	for range 3 {
		placed = append(placed, shop.Order(shoptest.Item{Variant: lamp, Quantity: 2}))
	}
	shop.OrderOnDelivery(shoptest.Item{Variant: lamp, Quantity: 1})
	d.exec(`update orders set delivery_address = jsonb_set(delivery_address, '{fullName}', '"=HYPERLINK(1)"') where id = $1`, placed[1].ID)
	d.open("/orders/" + placed[1].ID)
	d.send(".comment", "comment", "Called back.")

	d.open("/orders?state=pending&size=25")
	d.says("3 orders")
	if got := d.text("table.list tbody tr:last-child"); !strings.Contains(got, "Ada Lovelace") || !strings.Contains(got, "ada@example.com") {
		t.Errorf("a row says %q", got)
	}
	if marked := d.page.Find("table.list tbody tr:has(.list__mark)"); marked.Length() != 1 || !strings.Contains(marked.Text(), placed[1].Number) {
		t.Errorf("%d rows are marked as commented", marked.Length())
	}
	d.open(d.page.Find(".head__actions a[href*='export']").AttrOr("href", ""))
	rows, err := csv.NewReader(strings.NewReader(d.body)).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d rows, %v:\n%s", len(rows), err, d.body)
	}
	for i, row := range rows[1:] {
		if row[0] != placed[2-i].Number || row[2] != "pending" || row[5] != "ada@example.com" || row[7] != "USD" || row[8] != "50.00" {
			t.Errorf("row %d is %v", i, row)
		}
	}
	if rows[2][4] != "'=HYPERLINK(1)" {
		t.Errorf("a spreadsheet would run %q", rows[2][4])
	}
}

// What made an order cheaper is on its page, at its lines and in the file.
func TestDiscountedOrder(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	shop := d.shop()
	shop.Promote(&pricingv1.Promotion{Name: "Autumn sale", Effect: &pricingv1.Effect{Kind: &pricingv1.Effect_PercentOff{PercentOff: &pricingv1.PercentOff{Rate: 100_000}}}}, "", 0)
	shop.Promote(&pricingv1.Promotion{Name: "Free delivery", Effect: &pricingv1.Effect{Kind: &pricingv1.Effect_ShippingOff{ShippingOff: &pricingv1.ShippingOff{Rate: 1_000_000}}}}, "", 0)
	order := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 2})
	d.open("/orders/" + order.ID)
	for _, want := range []string{"Autumn sale: −\u2060$5.00", "Autumn sale −$5.00", "Free delivery: −\u2060$5.95"} {
		if !strings.Contains(d.text("main"), want) {
			t.Errorf("the page does not say %q: %s", want, d.text("main"))
		}
	}
	d.open("/orders/export.csv")
	rows, err := csv.NewReader(strings.NewReader(d.body)).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	said := map[string]string{}
	for i, column := range rows[0] {
		said[column] = rows[1][i]
	}
	if said["goods"] != "50.00" || said["discount"] != "5.00" || said["shipping"] != "0.00" || said["total"] != "45.00" || said["promotions"] != "Autumn sale: 5.00; Free delivery: 5.95" {
		t.Errorf("the file says %v", said)
	}
}

// A file of orders reads page after page, and ends at its bound.
func TestLargeFileOfOrders(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	shop := d.shop()
	order := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	d.exec(`with copies as (
			insert into orders select copy.* from orders model, generate_series(1, $2::int) n, jsonb_populate_record(model, jsonb_build_object('id', gen_random_uuid(), 'number', 'C-' || n,
				'cart_id', gen_random_uuid(), 'create_time', model.create_time - n * interval '1 second')) copy where model.id = $1 returning id)
		insert into order_lines select copy.* from copies, order_lines line, jsonb_populate_record(line, jsonb_build_object('id', gen_random_uuid(), 'order_id', copies.id)) copy
		where line.order_id = $1`, order.ID, mostExported+150)
	d.open("/orders")
	d.says("5,151 orders")
	d.says("Export the newest 5,000")
	d.open("/orders/export.csv")
	lines := strings.Split(strings.TrimSpace(d.body), "\n")
	if len(lines) != mostExported+1 || !strings.HasPrefix(lines[1], order.Number+",") || !strings.HasPrefix(lines[mostExported], "C-4999,") {
		t.Errorf("%d lines, from %s to %s", len(lines), lines[1], lines[len(lines)-1])
	}
}

// Staff walk from order to order within what they have filtered, also after they changed one, and back to their list.
func TestWalkThroughFilteredOrders(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	shop := d.shop()
	lamp := shop.Variant(2500, 50)
	first := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.OrderOnDelivery(shoptest.Item{Variant: lamp, Quantity: 1}) // confirmed, and so not in the list
	last := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	d.open("/orders?state=pending&utm=x")
	d.open(d.page.Find("tbody tr:first-child th a").AttrOr("href", ""))
	d.wants(http.StatusOK, "/orders/"+last.ID)
	if d.page.Find("a[rel=prev]").Length() != 0 {
		t.Error("there is something newer than the newest")
	}
	d.send(".comment", "comment", "Called back.")
	d.open(d.page.Find("a[rel=next]").AttrOr("href", ""))
	d.wants(http.StatusOK, "/orders/"+first.ID)
	if d.page.Find("a[rel=next]").Length() != 0 {
		t.Error("there is something older than the oldest")
	}
	if back := d.page.Find(".trail nav a").First().AttrOr("href", ""); back != "/orders?state=pending" {
		t.Errorf("the way back is %s", back)
	}
	d.send("form[action^='/orders/"+first.ID+"/cancellation']", "reason", "Wrong size.")
	d.open(d.page.Find("a[rel=prev]").AttrOr("href", ""))
	d.wants(http.StatusOK, "/orders/"+last.ID)
}
