package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// captureField is how much of a reservation is taken, and restField what becomes of the rest.
var (
	captureField = ui.Field{Name: "amount", Label: "Amount", InputMode: "decimal", Width: ui.Short}
	restField    = ui.Field{Name: "rest", Label: "The rest", Options: []ui.Option{{Value: "keep", Label: "stays reserved"}, {Value: "release", Label: "is released"}}}
)

// payments shows an order's attempts to pay, with what can be done with each.
func (o *office) payments(v visit, order *orderv1.Order, list *list, problems ui.Problems) []admin.Payment {
	var rows []admin.Payment
	for _, attempt := range order.GetPayments() {
		row := admin.Payment{
			Method: paidBy(attempt), Provider: attempt.GetProvider(), Amount: o.money(attempt.GetAmount()),
			State: ui.Tag{Label: upperFirst(strings.ReplaceAll(attempt.GetState(), "_", " ")), Tone: attemptTone(attempt.GetState())},
			When:  when(attempt.GetCreateTime()), Reference: attempt.GetProviderReference(), Note: attempt.GetProblem(),
		}
		for _, sum := range []struct {
			label  string
			amount *typev1.Money
		}{{"Taken", attempt.GetCaptured()}, {"Given back", attempt.GetRefunded()}, {"As store credit", attempt.GetCredited()}, {"Disputed", attempt.GetDisputed()}} {
			if sum.amount.GetAmountMinor() > 0 {
				row.Sums = append(row.Sums, sum.label+" "+o.money(sum.amount))
			}
		}
		if until := attempt.GetCaptureBy(); until != nil {
			row.Sums = append(row.Sums, "Reserved until "+when(until))
		}
		if v.may("orders.write") {
			row.Actions = captureActions(v, order, attempt, list, problems)
		}
		rows = append(rows, row)
	}
	return rows
}

// captureActions are what can be done with money that is reserved, or to be collected.
func captureActions(v visit, order *orderv1.Order, attempt *orderv1.PaymentAttempt, list *list, problems ui.Problems) []admin.Action {
	left := &typev1.Money{
		AmountMinor: attempt.GetAuthorized().GetAmountMinor() - attempt.GetCaptured().GetAmountMinor(), CurrencyCode: attempt.GetAmount().GetCurrencyCode(),
	}
	state := attempt.GetState()
	if attempt.GetProvider() == bankTransfer {
		return transferActions(order, attempt, list)
	}
	if left.GetAmountMinor() <= 0 || state != "authorized" && state != "partly_captured" || order.GetState() == orderv1.OrderState_ORDER_STATE_CANCELLED {
		return nil
	}
	here := "/orders/" + order.GetId() + "/payments/" + attempt.GetId()
	amount, label, confirm := decimal(left), "Capture", "The money is taken from the shopper. What stays reserved can be taken later, until the reservation lapses."
	if attempt.GetProvider() == onDelivery {
		label, confirm = "Mark as received", "Note what was collected from the shopper."
	}
	if typedAmount := strings.TrimSpace(v.PostFormValue("amount")); typedAmount != "" {
		amount = typedAmount
	}
	actions := []admin.Action{{
		Label: label, URL: list.narrowed(here + "/captures"), Hidden: []ui.Hidden{{Name: "key", Value: id.New()}}, Confirm: confirm,
		Fields: []ui.Field{captureField.With(amount, problems), restField},
	}}
	if attempt.GetSingleCapture() {
		actions[0].Confirm = "The money is taken from the shopper. This provider takes it only once: the rest is released, and not paid any more."
		actions[0].Fields[1].Options = restField.Options[1:]
	}
	if attempt.GetProvider() != onDelivery {
		actions = append(actions, admin.Action{
			Label: "Release", URL: list.narrowed(here + "/release"), Kind: ui.Danger, Hidden: []ui.Hidden{{Name: "key", Value: id.New()}},
			Confirm: "What is reserved goes free. The order is not paid any more by what was not taken.", Button: "Release the money",
		})
	}
	return actions
}

// transferActions are what can be done about money that was to be transferred, by the newest attempt to do so: it may come when the shopper tries another way by now, or when nobody waits for it any more.
func transferActions(order *orderv1.Order, attempt *orderv1.PaymentAttempt, list *list) []admin.Action {
	late := order.GetState() == orderv1.OrderState_ORDER_STATE_EXPIRED
	newest := slices.IndexFunc(order.GetPayments(), func(one *orderv1.PaymentAttempt) bool { return one.GetProvider() == bankTransfer })
	if !late && order.GetState() != orderv1.OrderState_ORDER_STATE_PENDING || attempt.GetCaptured().GetAmountMinor() > 0 || attempt.GetId() != order.GetPayments()[newest].GetId() {
		return nil
	}
	confirm := "All of the money is on the shop's account. The order is confirmed, and the shopper hears of it."
	if late {
		confirm = "The order ended before the money came. If its goods can still be had it is confirmed after all; if not, you are told to send the money back."
	}
	return []admin.Action{{
		Label: "The money has arrived", URL: list.narrowed("/orders/" + order.GetId() + "/transfer"), Hidden: []ui.Hidden{{Name: "key", Value: id.New()}}, Confirm: confirm, Button: "Note that it has arrived",
	}}
}

// recordTransfer notes that a transfer has arrived. The key was made with the page, so that two presses are one.
func (o *office) recordTransfer(w http.ResponseWriter, v visit) error {
	_, err := o.Orders.RecordTransfer(v.ctx, &orderv1.RecordTransferRequest{OrderId: v.PathValue("id"), IdempotencyKey: v.PostFormValue("key")})
	return o.afterInstruction(w, v, "payment.transferred", "", err)
}

// capturePayment takes what is reserved. The key was made with the page, so that two presses are one.
func (o *office) capturePayment(w http.ResponseWriter, v visit) error {
	currency, err := o.currencyOf(v)
	if err != nil {
		return err
	}
	amount, problem := parseAmount(v.PostFormValue("amount"), currency)
	if problem == "" && amount == 0 {
		problem = "Enter an amount above zero"
	}
	if problem != "" {
		return o.showOrder(w, v, http.StatusUnprocessableEntity, ui.Problems{"amount": problem})
	}
	answer, err := o.Orders.CapturePayment(v.ctx, &orderv1.CapturePaymentRequest{
		OrderId: v.PathValue("id"), PaymentId: v.PathValue("payment"), AmountMinor: amount, Final: v.PostFormValue("rest") == "release",
		IdempotencyKey: v.PostFormValue("key"),
	})
	return o.afterInstruction(w, v, "payment.captured", answer.GetProblem(), err)
}

// releasePayment lets go of what is reserved.
func (o *office) releasePayment(w http.ResponseWriter, v visit) error {
	answer, err := o.Orders.ReleasePayment(v.ctx, &orderv1.ReleasePaymentRequest{
		OrderId: v.PathValue("id"), PaymentId: v.PathValue("payment"), IdempotencyKey: v.PostFormValue("key"),
	})
	return o.afterInstruction(w, v, "payment.released", answer.GetProblem(), err)
}

// afterInstruction goes back to the order, or says why the provider or the shop would not do it.
func (o *office) afterInstruction(w http.ResponseWriter, v visit, flash, problem string, err error) error {
	if connect.CodeOf(err) == connect.CodeFailedPrecondition && err != nil {
		return o.showOrder(w, v, http.StatusConflict, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	if problem != "" {
		return o.showOrder(w, v, http.StatusConflict, ui.Problems{"": "The payment provider did not do it: " + problem})
	}
	o.cookies.SetFlash(w, web.Flash{Code: flash})
	list, _ := orderList(v.URL)
	web.SeeOther(w, v.Request, list.narrowed("/orders/"+url.PathEscape(v.PathValue("id"))))
	return nil
}

// currencyOf is the currency of the order that a visit is about.
func (o *office) currencyOf(v visit) (string, error) {
	order, err := o.theOrder(v)
	return order.GetTotals().GetTotal().GetCurrencyCode(), err
}

// ledger shows what the books have of an order.
func (o *office) ledger(v visit, order string) (admin.Ledger, error) {
	answer, err := o.Payments.GetOrderBooks(v.ctx, &paymentv1.GetOrderBooksRequest{OrderId: order})
	if err != nil {
		return admin.Ledger{}, err
	}
	return o.books(answer.GetEntries()), nil
}

// accounts are the accounts in the order of a chart, as people call them.
var accounts = []struct{ name, label string }{
	{"gateway_clearing", "Provider clearing"}, {"bank", "Bank"}, {"customer_receivable", "Customer receivable"}, {"disputed", "Disputed"}, {"sales", "Revenue"}, {"refunds", "Refunds"},
	{"tax_payable", "Tax payable"}, {"gift_card_liability", "Gift cards"}, {"gift_cards_given", "Gift cards given away"}, {"gift_cards_expired", "Gift cards expired"}, {"affiliate_payable", "Affiliates"}, {"fees", "Fees"}, {"losses", "Losses"},
}

func accountLabel(name string) string {
	for _, known := range accounts {
		if known.name == name {
			return known.label
		}
	}
	return name
}

// books writes entries with both their sides apart, and what each account comes to.
func (o *office) books(entries []*paymentv1.Entry) admin.Ledger {
	var books admin.Ledger
	sums := map[string]*typev1.Money{}
	movement := ""
	for i, entry := range entries {
		amount := entry.GetAmount()
		row := admin.LedgerRow{
			When: when(entry.GetCreateTime()), What: upperFirst(strings.ReplaceAll(entry.GetKind(), "_", " ")), Account: accountLabel(entry.GetAccount()),
			First: i == 0 || movement != entry.GetMovementId()+entry.GetKind(),
		}
		movement = entry.GetMovementId() + entry.GetKind()
		side := &row.Debit
		if amount.GetAmountMinor() < 0 {
			side = &row.Credit
			amount = &typev1.Money{AmountMinor: -amount.GetAmountMinor(), CurrencyCode: amount.GetCurrencyCode()}
		}
		*side = o.money(amount)
		books.Rows = append(books.Rows, row)
		key := entry.GetAccount() + " " + amount.GetCurrencyCode()
		if sums[key] == nil {
			sums[key] = &typev1.Money{CurrencyCode: amount.GetCurrencyCode()}
		}
		sums[key].AmountMinor += entry.GetAmount().GetAmountMinor()
	}
	for _, account := range accounts {
		for key, sum := range sums {
			if strings.HasPrefix(key, account.name+" ") && sum.GetAmountMinor() != 0 {
				books.Balances = append(books.Balances, admin.Balance{Account: account.label, Amount: o.money(sum)})
			}
		}
	}
	return books
}

// attentions say what is the matter with a payment, and what to do.
var attentions = map[paymentv1.Attention]struct{ label, advice string }{
	paymentv1.Attention_ATTENTION_DISPUTE:    {"Disputed", "The shopper's bank asks the money back. Answer at the provider in time, or the money is lost."},
	paymentv1.Attention_ATTENTION_LAPSING:    {"Reservation ends soon", "Capture the money, or release it if the order is not sent."},
	paymentv1.Attention_ATTENTION_LAPSED:     {"Reservation ended", "The order is not paid any more. Do not send it before the shopper has paid, or cancel it."},
	paymentv1.Attention_ATTENTION_PROBLEM:    {"Not as agreed", "The provider says what does not fit the order. Look at the payment there."},
	paymentv1.Attention_ATTENTION_REFUSED:    {"Refused", "The provider did not do what was asked. Try again, or do it in another way."},
	paymentv1.Attention_ATTENTION_UNCAPTURED: {"Sent and not paid", "Goods were sent, and the money for them could not be taken. Try again, or ask the shopper to pay in another way."},
}

// declinesSaid tells staff what goes on while far more cards are declined than usual.
func declinesSaid(lately *paymentv1.GetDeclinesResponse) string {
	found := fmt.Sprintf("Of %d payments that began in the last five minutes, banks declined %d. ", lately.GetTries(), lately.GetDeclines())
	switch lately.GetAnswer() {
	case paymentv1.DeclineAnswer_DECLINE_ANSWER_CHALLENGE:
		return found + "Until that is over, every bank is asked to make sure who pays."
	case paymentv1.DeclineAnswer_DECLINE_ANSWER_SIGN_IN:
		return found + "Until that is over, every bank is asked to make sure who pays, and only customers who signed in can pay online."
	default:
		return ""
	}
}

// attention lists payments that need somebody.
func (o *office) attention(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/payments", "")
	answer, err := o.Payments.ListAttention(v.ctx, &paymentv1.ListAttentionRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	list.Actions = []admin.Action{{Label: "Reconciliation", URL: "/payments/reconciliation?state=open", Link: true}}
	lately, err := o.Payments.GetDeclines(v.ctx, &paymentv1.GetDeclinesRequest{})
	if err != nil {
		return err
	}
	page := admin.AttentionPage{Shell: o.shell(w, v, "Payments that need attention"), Declines: declinesSaid(lately), List: list.finish(answer.GetNextPageToken())}
	for _, payment := range answer.GetPayments() {
		why := attentions[payment.GetAttention()]
		row := admin.AttentionRow{
			ID: payment.GetId(), Since: when(payment.GetAttentionTime()), SinceISO: whenISO(payment.GetAttentionTime()), Why: ui.Tag{Label: why.label, Tone: ui.Bad},
			Advice: why.advice, Detail: payment.GetProblem(), Amount: o.money(payment.GetAmount()), Method: providerName(payment.GetProvider()), OrderURL: "/orders/" + payment.GetOrderId(),
		}
		if payment.GetAttention() == paymentv1.Attention_ATTENTION_LAPSING {
			row.Detail = "It ends on " + when(payment.GetCaptureBy()) + "."
		}
		if v.may("orders.write") {
			if payment.GetAttention() == paymentv1.Attention_ATTENTION_UNCAPTURED {
				again := takeAgain(payment.GetOrderId(), "Try again")
				row.Retry = &again
			}
			row.Settle = &admin.Action{Label: "Seen to", URL: "/payments/attention/" + payment.GetId(), Hidden: []ui.Hidden{{Name: "was", Value: payment.GetAttention().String()}}}
		}
		page.Rows = append(page.Rows, row)
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Attention(page))
}

// settleAttention takes a payment off the list. That something new came up meanwhile keeps it there.
func (o *office) settleAttention(w http.ResponseWriter, v visit) error {
	was := paymentv1.Attention(paymentv1.Attention_value[v.PostFormValue("was")])
	_, err := o.Payments.SettleAttention(v.ctx, &paymentv1.SettleAttentionRequest{PaymentId: v.PathValue("payment"), Attention: was})
	flash := "payment.seen"
	if connect.CodeOf(err) == connect.CodeFailedPrecondition && err != nil {
		flash, err = "payment.changed", nil
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: flash})
	web.SeeOther(w, v.Request, "/payments")
	return nil
}
