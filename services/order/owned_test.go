package order_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// copies makes n more orders like one, each a second older than the one before, that belong to somebody; or to nobody.
func copies(shop *shoptest.Shop, like string, n int, owner *string) {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = id.New()
	}
	shop.Exec(`with made as (
			insert into orders select copy.* from orders o, unnest($2::uuid[]) with ordinality as u (i, n),
				jsonb_populate_record(o, jsonb_build_object('id', i, 'number', i, 'cart_id', i, 'owner', $3::text, 'create_time', o.create_time - n * interval '1 second')) copy
			where o.id = $1 returning id
		) insert into order_lines select copy.* from order_lines l, made m, jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid(), 'order_id', m.id)) copy
			where l.order_id = $1`, like, ids, owner)
}

// mine reads all of a caller's orders, page by page.
func mine(t *testing.T, shop *shoptest.Shop, ctx context.Context, size int32) []string {
	t.Helper()
	var ids []string
	for token, pages := "", 0; ; pages++ {
		answer, err := shop.Orders.ListMyOrders(ctx, &orderv1.ListMyOrdersRequest{PageSize: size, PageToken: token})
		if err != nil || pages > 100 {
			t.Fatalf("page %d: %v", pages, err)
		}
		for _, order := range answer.GetOrders() {
			ids = append(ids, order.GetId())
		}
		if token = answer.GetNextPageToken(); token == "" {
			return ids
		}
	}
}

// A shopper reads their own orders, all of them and no other, newest first; staff read a customer's likewise.
func TestOwnedOrders(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed, other := shop.Order(shoptest.Item{Variant: shop.Variant(1000, 50), Quantity: 1}), id.New()
	customer := id.New()
	shop.Exec("update orders set owner = $2 where id = $1", placed.ID, customer)
	copies(shop, placed.ID, 24, &customer)
	copies(shop, placed.ID, 3, &other)
	copies(shop, placed.ID, 3, nil)
	want := shop.Column("select id::text from orders where owner = $1 order by create_time desc, id desc", customer)
	if got := mine(t, shop, shop.Customer(customer), 10); len(got) != 25 || !slices.Equal(got, want) {
		t.Errorf("read %d orders: %v, want %v", len(got), got, want)
	}
	if got := mine(t, shop, shop.Customer(id.New()), 10); len(got) != 0 {
		t.Errorf("a stranger reads %v", got)
	}
	first, err := shop.Orders.ListCustomerOrders(shop.Staff(), &orderv1.ListCustomerOrdersRequest{CustomerId: customer})
	if err != nil || len(first.GetOrders()) != 20 || first.GetOrders()[0].GetId() != placed.ID {
		t.Fatalf("staff read %d orders: %v", len(first.GetOrders()), err)
	}
	second, err := shop.Orders.ListCustomerOrders(shop.Staff(), &orderv1.ListCustomerOrdersRequest{CustomerId: customer, PageToken: first.GetNextPageToken()})
	if err != nil || len(second.GetOrders()) != 5 || second.GetNextPageToken() != "" {
		t.Errorf("staff read %d more orders: %v", len(second.GetOrders()), err)
	}
	if _, err := shop.Orders.ListMyOrders(shop.Customer(customer), &orderv1.ListMyOrdersRequest{PageToken: "elsewhere"}); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("a page that is none: %v", err)
	}
}

// What somebody ordered as a guest is their account's once they signed in, to see and to pay, and no more the guest's. The link from the mail goes on working. What is nobody's stays so.
func TestClaimOrders(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(1000, 50), Quantity: 1})
	guest := shop.Column("select owner from orders where id = $1", placed.ID)[0]
	stranger := id.New()
	copies(shop, placed.ID, 250, &guest)
	copies(shop, placed.ID, 3, &stranger)
	copies(shop, placed.ID, 3, nil)
	link, account := shop.Look(placed.ID).GetSigned(), id.New()
	customer, caller := shop.Customer(account), auth.Caller{Kind: auth.Guest, Subject: guest}
	token := shop.Token(caller, time.Hour)
	for name, wrong := range map[string]string{
		"made up": token + "x", "ended": shop.Token(caller, -time.Minute), "a customer's": shop.Token(auth.Caller{Kind: auth.Customer, Subject: guest}, time.Hour),
	} {
		if answer, err := shop.Orders.ClaimOrders(customer, &orderv1.ClaimOrdersRequest{GuestToken: wrong}); connect.CodeOf(err) != connect.CodeInvalidArgument {
			t.Errorf("a token that is %s: %v, %v", name, answer, err)
		}
	}
	for _, want := range []int32{251, 0} {
		if answer, err := shop.Orders.ClaimOrders(customer, &orderv1.ClaimOrdersRequest{GuestToken: token}); err != nil || answer.GetClaimed() != want {
			t.Fatalf("claimed %d, want %d: %v", answer.GetClaimed(), want, err)
		}
	}
	if got := mine(t, shop, customer, 100); len(got) != 251 || got[0] != placed.ID {
		t.Errorf("the customer has %d orders", len(got))
	}
	if n := shop.Number("select count(*) from orders where owner = $1", stranger); n != 3 {
		t.Errorf("the stranger has %d orders left of 3", n)
	}
	if n := shop.Number("select count(*) from orders where owner is null"); n != 3 {
		t.Errorf("%d orders are nobody's, of 3", n)
	}
	if _, err := shop.Orders.GetOrder(customer, &orderv1.GetOrderRequest{OrderId: placed.ID}); err != nil {
		t.Errorf("the customer cannot see it: %v", err)
	}
	for _, before := range []context.Context{placed.Shopper, shop.As(caller)} {
		if _, err := shop.Orders.GetOrder(before, &orderv1.GetOrderRequest{OrderId: placed.ID}); connect.CodeOf(err) != connect.CodeNotFound {
			t.Errorf("the guest still sees it: %v", err)
		}
		if _, err := shop.Orders.StartPayment(before, &orderv1.StartPaymentRequest{OrderId: placed.ID}); connect.CodeOf(err) != connect.CodeNotFound {
			t.Errorf("the guest still pays it: %v", err)
		}
	}
	if started, err := shop.Orders.StartPayment(customer, &orderv1.StartPaymentRequest{OrderId: placed.ID}); err != nil || started.GetRedirectUrl() == "" {
		t.Errorf("the customer cannot pay: %v", err)
	}
	if opened, err := shop.Orders.OpenOrder(placed.Shopper, &orderv1.OpenOrderRequest{Signed: link}); err != nil || opened.GetOrder().GetId() != placed.ID {
		t.Errorf("the link of the mail leads nowhere: %v", err)
	}
}

// Of those who sign in with one browser at once, each order goes to one, and is counted once.
func TestClaimOrdersAtOnce(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(1000, 50), Quantity: 1})
	guest := shop.Column("select owner from orders where id = $1", placed.ID)[0]
	copies(shop, placed.ID, 499, &guest)
	token := shop.Token(auth.Caller{Kind: auth.Guest, Subject: guest}, time.Hour)
	var claimed atomic.Int32
	var done sync.WaitGroup
	start := make(chan struct{})
	for i := range 20 {
		customer := shop.Customer(fmt.Sprintf("00000000-0000-7000-8000-%012d", i))
		done.Go(func() {
			<-start
			answer, err := shop.Orders.ClaimOrders(customer, &orderv1.ClaimOrdersRequest{GuestToken: token})
			if err != nil {
				t.Error(err)
			}
			claimed.Add(answer.GetClaimed())
		})
	}
	close(start)
	done.Wait()
	if left := shop.Number("select count(*) from orders where owner = $1", guest); claimed.Load() != 500 || left != 0 {
		t.Errorf("claimed %d of 500, %d are left", claimed.Load(), left)
	}
}
