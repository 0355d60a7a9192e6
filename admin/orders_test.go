package main

import (
	"net/http"
	"strings"
	"testing"

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
