package main

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
)

// orderList takes the address of a list of orders apart. Every order of a list carries what narrowed it, so that its page knows its neighbours.
func orderList(address *url.URL) (*list, *orderv1.ListOrdersRequest) {
	list := newList(address, "/orders", "Number or email")
	req := &orderv1.ListOrdersRequest{PageSize: list.size, PageToken: list.values.Get("page"), Query: list.Query}
	list.choice("state", "State", len(orderStates), func(i int) (string, string) { return orderStates[i].value, orderStates[i].label }, func(i int) { req.State = orderStates[i].state })
	list.choice("payment", "Payment", len(paymentStates), func(i int) (string, string) { return paymentStates[i].value, paymentStates[i].label }, func(i int) { req.PaymentState = paymentStates[i].state })
	for name := range list.values { // nothing else is carried along
		if !slices.Contains([]string{"q", "state", "payment", "size", "page"}, name) {
			delete(list.values, name)
		}
	}
	return list, req
}

// orders lists orders, newest first.
func (o *office) orders(w http.ResponseWriter, v visit) error {
	list, req := orderList(v.URL)
	req.Count = true
	answer, err := o.Orders.ListOrders(v.ctx, req)
	if err != nil {
		return err
	}
	page := admin.OrdersPage{Shell: o.shell(w, v, "Orders")}
	list.Total = total(answer.GetTotal(), "order", "orders")
	if answer.GetTotal() > 0 {
		export := admin.Action{Label: "Export", URL: list.narrowed("/orders/export.csv"), Link: true}
		if answer.GetTotal() > mostExported {
			export.Label = "Export the newest " + count(mostExported)
		}
		list.Actions = append(list.Actions, export)
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, order := range answer.GetOrders() {
		page.Rows = append(page.Rows, admin.OrderRow{
			ID: order.GetId(), Number: order.GetNumber(), URL: list.narrowed("/orders/" + order.GetId()), Noted: order.GetCommented(),
			Placed: when(order.GetCreateTime()), PlacedISO: whenISO(order.GetCreateTime()),
			Customer: buyer(order), Email: order.GetEmail(), Channel: "Web",
			State: stateTag(order.GetState()), Payment: paidTag(order.GetPaymentState()), Fulfilment: fulfilmentTag(order),
			Items: plural(int64(order.GetItemCount()), "item", "items"), Total: o.money(order.GetTotals().GetTotal()),
		})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Orders(page))
}

// mostExported bounds a file. The button says so where it leaves something out.
const mostExported = 5000

// exportOrders is the list as a file, page by page as it is read.
func (o *office) exportOrders(w http.ResponseWriter, v visit) error {
	_, req := orderList(v.URL)
	req.PageSize, req.PageToken = 100, ""
	answer, err := o.Orders.ListOrders(v.ctx, req)
	if err != nil {
		return err
	}
	write, end := csvFile(w, "orders.csv")
	write("number", "placed", "state", "payment", "name", "email", "items", "currency", "goods", "shipping", "tax", "total", "delivery", "city", "region", "postcode", "country",
		"discount", "tax relief", "rounding", "promotions", "company", "vat number", "reverse charge")
	for written := 0; ; {
		for _, order := range answer.GetOrders() {
			totals, to := order.GetTotals(), order.GetDeliveryAddress()
			write(order.GetNumber(), whenISO(order.GetCreateTime()), stateValue(order.GetState()), paidValue(order.GetPaymentState()), buyer(order), order.GetEmail(),
				strconv.Itoa(int(order.GetItemCount())), totals.GetTotal().GetCurrencyCode(), decimal(totals.GetGoods()), decimal(totals.GetShipping()), decimal(totals.GetTax()),
				decimal(totals.GetTotal()), order.GetDelivery().GetName(), to.GetCity(), to.GetRegion(), to.GetPostalCode(), to.GetCountryCode(),
				decimal(totals.GetDiscount()), decimal(totals.GetTaxRelief()), decimal(totals.GetRounding()), promotionsLine(order), order.GetBillingAddress().GetCompany(), order.GetVatNumber(), yes(order.GetReverseCharge(), "yes", ""))
		}
		written += len(answer.GetOrders())
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" || written >= mostExported {
			return end()
		}
		if answer, err = o.Orders.ListOrders(v.ctx, req); err != nil {
			return err
		}
	}
}

// promotionsLine is what made an order cheaper, in one field of a file: "Autumn sale (AUTUMN): 5.00; Free delivery: 4.90".
func promotionsLine(order *orderv1.Order) string {
	parts := make([]string, len(order.GetPromotions()))
	for i, one := range order.GetPromotions() {
		parts[i] = promotionName(one) + ": " + decimal(&typev1.Money{
			AmountMinor: one.GetGoods().GetAmountMinor() + one.GetShipping().GetAmountMinor(), CurrencyCode: order.GetTotals().GetTotal().GetCurrencyCode(),
		})
	}
	return strings.Join(parts, "; ")
}

func promotionName(one *orderv1.OrderPromotion) string {
	if one.GetCode() == "" {
		return one.GetName()
	}
	return one.GetName() + " (" + one.GetCode() + ")"
}
