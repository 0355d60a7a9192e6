package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1/orderv1connect"
	userv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// customer signs somebody up who gives a name and an address.
func (d *desk) customer(shop *shoptest.Shop, email, name string) (ctx context.Context, account string) {
	d.t.Helper()
	account = id.New()
	ctx = shop.As(auth.Caller{Kind: auth.Customer, Subject: account, Name: email})
	if _, err := shop.Profiles.UpdateProfile(ctx, &userv1.UpdateProfileRequest{Name: name}); err != nil {
		d.t.Fatal(err)
	}
	if _, err := shop.Profiles.SaveAddress(ctx, &userv1.SaveAddressRequest{Address: shoptest.Address("US", "OR")}); err != nil {
		d.t.Fatal(err)
	}
	return ctx, account
}

// listed are the first cells of a list's rows.
func (d *desk) listed() []string {
	return d.page.Find("table.list tbody td.list__main a").Map(func(_ int, cell *goquery.Selection) string { return strings.TrimSpace(cell.Text()) })
}

// Customers are found by name and group, page by page, and a list that is empty says why.
func TestCustomersList(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open("/customers")
	d.says("No customers yet")
	if d.page.Find("nav a[href='/customers'][aria-current]").Length() == 0 {
		t.Error("the list is not where the navigation says")
	}
	d.exec(`insert into user_profiles (id, email, name, name_words, customer_group, create_time, update_time)
		select gen_random_uuid(), 'c' || n || '@example.com', 'Ada ' || n, array['ada', n::text], case when n % 10 = 0 then 'trade' else '' end, now() + n * interval '1 second', now() from generate_series(1, 60) n`)
	var want []string
	for n := 60; n > 0; n-- {
		want = append(want, fmt.Sprintf("c%d@example.com", n))
	}
	d.open("/customers?size=25&q=ada")
	shown := d.listed()
	for range 2 {
		d.open(d.page.Find("a[rel='next']").AttrOr("href", ""))
		shown = append(shown, d.listed()...)
	}
	if !slices.Equal(shown, want) {
		t.Errorf("the pages show %v", shown)
	}
	d.open("/customers")
	if d.page.Find("form.filters select[name='group'] option[value='trade']").Length() != 1 {
		t.Error("the groups that there are cannot be chosen")
	}
	d.open("/customers?group=trade")
	if got := d.listed(); len(got) != 6 || got[0] != "c60@example.com" {
		t.Errorf("the group has %v", got)
	}
	d.says("Group: trade (6 customers)")
	d.open("/customers?group=gone")
	if got := d.listed(); len(got) != 0 {
		t.Errorf("a group without members has %v", got)
	}
	if d.open("/customers?q=nobody"); d.page.Find("a[href='/customers']").Length() < 2 {
		t.Error("a list that is narrowed to nothing has no way out")
	}
	d.exec("update auth_staff set permissions = array_remove(permissions, 'customers.read')")
	if d.open("/customers"); d.status != http.StatusForbidden {
		t.Errorf("who may not see customers is told %d", d.status)
	}
}

// Staff put a customer in a group and write a note; what another wrote meanwhile is shown beside what was typed, and nothing is lost.
func TestCustomerGroupAndNote(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	shop := d.shop()
	_, ada := d.customer(shop, "ada@example.com", "Ada <b>King</b>")
	_, bob := d.customer(shop, "bob@example.com", "")
	d.exec("update user_profiles set customer_group = 'trade', version = 7 where id = $1", bob)
	d.open("/customers")
	d.open(d.page.Find("td a[href='/customers/"+ada+"']").AttrOr("href", ""))
	d.says("Ada <b>King</b>")
	d.says("ada@example.com")
	d.says(shoptest.Address("US", "OR").GetLine1())
	list := d.page.Find("#field-customer_group").AttrOr("list", "none")
	if d.page.Find("datalist#"+list+" option[value='trade']").Length() != 1 {
		t.Error("groups that there are, are not suggested")
	}
	contents := "form[action$='/contents']"
	action, stale := d.form(contents, "customer_group", "press", "note", "Writes for a paper")
	d.send(contents, "customer_group", " trade ", "note", "Pays late\r\nbut pays")
	d.says("The customer is saved.")
	d.wants(http.StatusOK, "/customers/"+ada)
	if n := d.number("select count(*) from user_profiles where id = $1 and customer_group = 'trade' and note = E'Pays late\\nbut pays'", ada); n != 1 {
		t.Error("group and note are not kept")
	}
	d.post(action, stale)
	d.wants(http.StatusConflict, action)
	d.says("Somebody changed this customer since you opened the page")
	d.says("It is now “trade”")
	d.says("It is now “Pays late")
	if typed := d.page.Find("#field-customer_group").AttrOr("value", ""); typed != "press" {
		t.Errorf("the group that was typed became %q", typed)
	}
	d.send(contents)
	d.says("The customer is saved.")
	if n := d.number("select count(*) from user_profiles where id = $1 and customer_group = 'press' and note = 'Writes for a paper'", ada); n != 1 {
		t.Error("what was chosen after all is not kept")
	}
	d.send(contents, "note", strings.Repeat("ß", 2001))
	d.wants(http.StatusUnprocessableEntity, action)
	if d.text("#field-note-error") == "" {
		t.Error("nothing is said of the long note")
	}
	d.exec("update auth_staff set permissions = array_remove(permissions, 'customers.write')")
	d.open("/customers/" + ada)
	d.says("Writes for a paper")
	if d.page.Find("main form").Length() != 0 {
		t.Error("a reader finds a form")
	}
	if d.post(action, stale); d.status != http.StatusForbidden {
		t.Errorf("a reader who writes is told %d", d.status)
	}
	for _, path := range []string{"/customers/" + id.New(), "/customers/x"} {
		if d.open(path); d.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, d.status)
		}
	}
}

// A customer's page leads to what they ordered.
func TestCustomerOrders(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	shop := d.shop()
	ctx, ada := d.customer(shop, "ada@example.com", "Ada")
	_, bob := d.customer(shop, "bob@example.com", "Bob")
	cart := shop.Cart(ctx, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, shoptest.Item{Variant: shop.Variant(2500, 3), Quantity: 2})
	placed, err := shop.Checkout.PlaceOrder(ctx, &checkoutv1.PlaceOrderRequest{CartId: cart.GetId(), ExpectedTotal: cart.GetTotals().GetTotal(), IdempotencyKey: id.New()})
	if err != nil {
		t.Fatal(err)
	}
	d.open("/customers/" + ada)
	if got := d.page.Find("td a[href='/orders/" + placed.GetOrderId() + "']").Text(); !strings.HasPrefix(got, "TW-") {
		t.Errorf("the order is shown as %q: %s", got, d.text("main"))
	}
	d.open("/customers/" + bob)
	d.says("No orders yet")
	if d.open("/customers/" + ada + "?page=x"); d.status != http.StatusNotFound {
		t.Errorf("a page that nobody was led to: %d", d.status)
	}
	d.exec("update auth_staff set permissions = array_remove(permissions, 'orders.read')")
	d.open("/customers/" + ada)
	d.says("You may not see orders.")
}

// brokenOrders are those of a service that does not answer.
type brokenOrders struct {
	orderv1connect.OrderServiceClient
}

func (brokenOrders) ListCustomerOrders(context.Context, *orderv1.ListCustomerOrdersRequest) (*orderv1.ListCustomerOrdersResponse, error) {
	return nil, rpc.Unavailable("come back later")
}

// While orders cannot be read, the rest of a customer can be, and changed.
func TestCustomerWithoutOrders(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, ada := d.customer(d.shop(), "ada@example.com", "Ada")
	d.set.Orders = brokenOrders{d.set.Orders}
	d.open("/customers/" + ada)
	d.says("The orders cannot be shown at the moment.")
	d.send("form[action$='/contents']", "customer_group", "trade")
	d.says("The customer is saved.")
}
