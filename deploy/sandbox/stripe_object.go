package main

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// object is one of Stripe's, as its API shows it.
type object map[string]any

// expand names the parts of an object that the caller wants whole instead of by number.
type expand []string

func expansion(form url.Values) expand {
	var wanted expand
	for name, values := range form {
		if strings.HasPrefix(name, "expand[") {
			wanted = append(wanted, values...)
		}
	}
	return wanted
}

// has says whether a part is wanted whole; in is what is wanted of the part itself.
func (e expand) has(part string) bool {
	return slices.ContainsFunc(e, func(path string) bool { return path == part || strings.HasPrefix(path, part+".") })
}

func (e expand) in(part string) expand {
	var inner expand
	for _, path := range e {
		if rest, ok := strings.CutPrefix(path, part+"."); ok {
			inner = append(inner, rest)
		}
	}
	return inner
}

// onPage says that a payment is paid on the page.
func (p *payment) onPage() bool { return !p.Fields }

// tried says that there is a Payment Intent: on the page it begins with the first try to pay.
func (p *payment) tried() bool { return p.Fields || p.Method != nil || p.DeclineReason != "" }

func sessionStatus(p payment) string {
	switch {
	case p.State == RequiresAction:
		return "open"
	case p.Method == nil:
		return "expired"
	default:
		return "complete"
	}
}

func sessionObject(s *sandbox, p payment, wanted expand) object {
	o := object{
		"id": numbered("cs_test", p), "object": "checkout.session", "client_reference_id": p.Reference, "currency": strings.ToLower(p.Currency),
		"amount_total": p.AmountMinor, "status": sessionStatus(p), "created": p.CreateTime.Unix(), "expires_at": p.ExpireTime.Unix(), "metadata": p.Metadata,
		"payment_intent": nil, "url": nil, "mode": "payment", "customer": nil,
	}
	if p.State == RequiresAction {
		o["url"] = s.config.PageURL + "/pay/" + p.ID
	}
	if p.Customer != "" {
		o["customer"] = customerNumber(p.Customer)
	}
	if p.tried() {
		o["payment_intent"] = numbered("pi", p)
		if wanted.has("payment_intent") {
			o["payment_intent"] = intentObject(s, p, wanted.in("payment_intent"))
		}
	}
	return o
}

func intentObject(s *sandbox, p payment, wanted expand) object {
	o := object{
		"id": numbered("pi", p), "object": "payment_intent", "amount": p.AmountMinor, "amount_received": p.CapturedMinor, "amount_capturable": p.reserved(),
		"currency": strings.ToLower(p.Currency), "created": p.CreateTime.Unix(), "metadata": p.IntentMetadata, "client_secret": s.clientSecret(p.ID),
		"latest_charge": nil, "last_payment_error": nil, "next_action": nil, "customer": nil, "setup_future_usage": nil, "cancellation_reason": nil,
		"payment_method": nil,
	}
	if p.Customer != "" {
		o["customer"] = customerNumber(p.Customer)
	}
	if p.SaveMethod {
		o["setup_future_usage"] = "on_session"
	}
	if p.DeclineReason != "" && p.Method == nil {
		o["last_payment_error"] = object{"type": "card_error", "code": "card_declined", "decline_code": p.DeclineReason, "message": "Your card was declined."}
	}
	switch {
	case p.State == RequiresAction && p.SavedMethod != "":
		o["status"] = "requires_action"
		o["next_action"] = object{"type": "redirect_to_url", "redirect_to_url": object{"url": s.pageOf(p), "return_url": p.ReturnURL}}
	case p.State == RequiresAction, p.State == Declined:
		o["status"] = "requires_payment_method"
	case p.reserved() > 0:
		o["status"] = "requires_capture"
	case p.State == Voided:
		o["status"], o["cancellation_reason"] = "canceled", "abandoned"
	case p.State == Expired:
		o["status"], o["cancellation_reason"] = "canceled", "automatic"
	default:
		o["status"] = "succeeded"
	}
	if p.Method != nil {
		o["latest_charge"], o["payment_method"] = numbered("ch", p), methodNumber(p)
		if wanted.has("latest_charge") {
			o["latest_charge"] = chargeObject(s, p, wanted.in("latest_charge"))
		}
	}
	return o
}

// methodNumber is that of what was paid by; one that is not saved has a number too.
func methodNumber(p payment) string {
	if p.Method.SavedID != "" {
		return p.Method.SavedID
	}
	return numbered("pm", p)
}

func chargeObject(s *sandbox, p payment, wanted expand) object {
	card := object{
		"brand": p.Method.Brand, "last4": p.Method.Last4, "exp_month": p.Method.ExpiryMonth, "exp_year": p.Method.ExpiryYear,
		"multicapture": object{"status": map[bool]string{true: "unavailable", false: "available"}[s.director.singleCapture()]},
	}
	if p.CaptureLater {
		card["capture_before"] = p.CaptureBy.Unix()
	}
	o := object{
		"id": numbered("ch", p), "object": "charge", "amount": p.AmountMinor, "amount_captured": p.CapturedMinor, "amount_refunded": p.RefundedMinor,
		"captured": p.CapturedMinor > 0, "currency": strings.ToLower(p.Currency), "created": p.CreateTime.Unix(), "disputed": len(p.Disputes) > 0,
		"metadata": map[string]string{"reference": p.Reference}, "payment_intent": numbered("pi", p), "payment_method": methodNumber(p),
		"payment_method_details": object{"type": "card", "card": card}, "balance_transaction": nil,
	}
	if first := s.book.firstCapture(p.ID); first != nil {
		o["balance_transaction"] = balanceNumber(*first)
		if wanted.has("balance_transaction") {
			o["balance_transaction"] = balanceObject(s, *first, nil)
		}
	}
	if wanted.has("refunds") {
		refunds := []any{}
		for i := len(p.Refunds) - 1; i >= 0 && len(refunds) < 10; i-- {
			refunds = append(refunds, refundObject(p, i, nil))
		}
		o["refunds"] = object{"object": "list", "data": refunds, "has_more": len(p.Refunds) > 10}
	}
	return o
}

func refundObject(p payment, i int, _ expand) object {
	return object{
		"id": fmt.Sprintf("%s_%d", numbered("re", p), i+1), "object": "refund", "amount": p.Refunds[i].AmountMinor, "currency": strings.ToLower(p.Currency),
		"status": "succeeded", "reason": p.Refunds[i].Reason, "metadata": p.Refunds[i].Metadata, "charge": numbered("ch", p),
		"payment_intent": numbered("pi", p), "created": p.Refunds[i].CreateTime.Unix(),
	}
}

var stripeDisputeStatus = map[string]string{disputeOpen: "needs_response", disputeWon: "won", disputeLost: "lost"}

func disputeObject(p payment, d dispute) object {
	return object{
		"id": d.ID, "object": "dispute", "amount": d.AmountMinor, "currency": strings.ToLower(p.Currency), "status": stripeDisputeStatus[d.State],
		"reason": d.Reason, "charge": numbered("ch", p), "payment_intent": numbered("pi", p), "created": d.CreateTime.Unix(), "metadata": object{},
		"evidence_details": object{"due_by": d.EvidenceBy.Unix()},
	}
}

func balanceNumber(m movement) string { return strings.Replace(m.ID, "mov_", "txn_", 1) }

// balanceObject is a line of the balance. Its source knows the charge, by number or whole.
func balanceObject(s *sandbox, m movement, wanted expand) object {
	amount, kind, prefix := m.AmountMinor, "charge", "ch"
	switch m.Kind {
	case "refund":
		amount, kind, prefix = -amount, "refund", "re"
	case "dispute":
		amount, kind, prefix = -amount, "adjustment", "dp"
	case "dispute_won":
		kind, prefix = "adjustment", "dp"
	}
	o := object{
		"id": balanceNumber(m), "object": "balance_transaction", "amount": amount, "fee": m.FeeMinor, "net": amount - m.FeeMinor, "type": kind,
		"currency": strings.ToLower(m.Currency), "created": m.Time.Unix(),
	}
	p, err := s.book.get(m.PaymentID)
	if err != nil {
		return o
	}
	o["source"] = numbered(prefix, p)
	if !wanted.has("source") {
		return o
	}
	var source object
	switch prefix {
	case "ch":
		source = chargeObject(s, p, nil)
	case "re":
		i := slices.IndexFunc(p.Refunds, func(r part) bool { return r.Key == m.Key })
		source = refundObject(p, max(i, 0), nil)
	case "dp":
		source = disputeObject(p, p.Disputes[len(p.Disputes)-1])
	}
	if prefix != "ch" && wanted.in("source").has("charge") {
		source["charge"] = chargeObject(s, p, nil)
	}
	o["source"] = source
	return o
}

// customerNumber tells the shop's reference of the customer, so that there is nothing to keep.
func customerNumber(reference string) string { return "cus_" + hex.EncodeToString([]byte(reference)) }

func customerOf(number string) string {
	reference, err := hex.DecodeString(strings.TrimPrefix(number, "cus_"))
	if err != nil {
		return number
	}
	return string(reference)
}

func customerObject(reference string) object {
	return object{"id": customerNumber(reference), "object": "customer", "created": 1, "metadata": map[string]string{"reference": reference}}
}

func methodObject(customer string, m method) object {
	o := object{
		"id": m.SavedID, "object": "payment_method", "type": "card", "customer": nil,
		"card": object{"brand": m.Brand, "last4": m.Last4, "exp_month": m.ExpiryMonth, "exp_year": m.ExpiryYear},
	}
	if customer != "" {
		o["customer"] = customerNumber(customer)
	}
	return o
}
