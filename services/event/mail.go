package event

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	html "html/template"
	"slices"
	text "text/template"
	"time"

	"github.com/tradewind-commerce/tradewind/gen/db/eventdb"
	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/address"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// abandonedAfter is how long a sender may take before another tries.
const abandonedAfter = time.Minute

//go:embed mails
var mailFiles embed.FS

var (
	textMails = text.Must(text.ParseFS(mailFiles, "mails/*.txt"))
	htmlMails = html.Must(html.ParseFS(mailFiles, "mails/*.html"))
)

// kinds are the mails about where an order stands, by their name in the table and of their templates, and the states of an order in which each is true.
var kinds = map[eventv1.OrderMailKind]struct {
	name, subject string
	states        []orderv1.OrderState
}{
	eventv1.OrderMailKind_ORDER_MAIL_KIND_CONFIRMED: {"confirmed", "Order %s is confirmed", []orderv1.OrderState{
		orderv1.OrderState_ORDER_STATE_CONFIRMED, orderv1.OrderState_ORDER_STATE_PARTLY_FULFILLED, orderv1.OrderState_ORDER_STATE_FULFILLED,
		orderv1.OrderState_ORDER_STATE_DELIVERED, orderv1.OrderState_ORDER_STATE_CLOSED,
	}},
	eventv1.OrderMailKind_ORDER_MAIL_KIND_EXPIRED:   {"expired", "Order %s was not paid in time", []orderv1.OrderState{orderv1.OrderState_ORDER_STATE_EXPIRED}},
	eventv1.OrderMailKind_ORDER_MAIL_KIND_CANCELLED: {"cancelled", "Order %s is cancelled", []orderv1.OrderState{orderv1.OrderState_ORDER_STATE_CANCELLED}},
}

// SendOrderMail claims the mail, sends it, and marks it sent. Mails can be late, so one that the order has made untrue meanwhile is skipped. A crash between
// the mail server's yes and the mark may send it again, under the same Message-ID, by which mail programs show one.
func (s *Service) SendOrderMail(ctx context.Context, req *eventv1.SendOrderMailRequest) (*eventv1.SendOrderMailResponse, error) {
	order := req.GetOrder()
	switch req.GetKind() {
	case eventv1.OrderMailKind_ORDER_MAIL_KIND_SHIPPED:
		return s.sendShipped(ctx, order, req.GetFulfilmentId())
	case eventv1.OrderMailKind_ORDER_MAIL_KIND_TRANSFER:
		return s.sendTransfer(ctx, order)
	case eventv1.OrderMailKind_ORDER_MAIL_KIND_FINISHED:
		return s.sendFinished(ctx, order)
	}
	kind := kinds[req.GetKind()]
	if !slices.Contains(kind.states, order.GetState()) {
		return s.skip(ctx, order, kind.name)
	}
	mail, err := s.compose(kind.name, fmt.Sprintf(kind.subject, order.GetNumber()), order)
	if err != nil {
		return nil, err
	}
	sent, err := s.sendOnce(ctx, order.GetId(), kind.name, mail)
	if err != nil {
		return nil, err
	}
	return &eventv1.SendOrderMailResponse{Sent: sent}, nil
}

// sendOnce claims a mail about a subject, sends it, and marks it sent. It says whether it was sent now, rather than before.
func (s *Service) sendOnce(ctx context.Context, subject, kind string, mail mail) (bool, error) {
	now := clock.Now()
	claimed, err := queries.ClaimMail(ctx, s.cfg.DB.Primary(), eventdb.ClaimMailParams{OrderID: subject, Kind: kind, Now: now, Abandoned: now.Add(-abandonedAfter)})
	if err != nil {
		return false, fmt.Errorf("claim mail: %w", err)
	}
	if claimed == 0 {
		return false, s.claimedByOther(ctx, subject, kind)
	}
	if err := s.sender.send(ctx, mail); err != nil {
		released := queries.ReleaseMail(context.WithoutCancel(ctx), s.cfg.DB.Primary(), eventdb.ReleaseMailParams{OrderID: subject, Kind: kind})
		var refused refusedMail
		if errors.As(err, &refused) {
			return false, rpc.FailedPrecondition("the mail server refuses this address for good")
		}
		return false, errors.Join(fmt.Errorf("send mail: %w", err), released)
	}
	crash.At(crash.MailAfterSend)
	sent := clock.Now()
	if err := queries.MarkMailSent(ctx, s.cfg.DB.Primary(), eventdb.MarkMailSentParams{OrderID: subject, Kind: kind, Now: &sent}); err != nil {
		return false, fmt.Errorf("mark mail sent: %w", err)
	}
	return true, nil
}

// skip notes that a mail is not sent because its order moved on. No order moves back to where the mail would be true.
func (s *Service) skip(ctx context.Context, order *orderv1.Order, kind string) (*eventv1.SendOrderMailResponse, error) {
	err := queries.SkipMail(ctx, s.cfg.DB.Primary(), eventdb.SkipMailParams{OrderID: order.GetId(), Kind: kind, Now: clock.Now()})
	if err != nil {
		return nil, fmt.Errorf("skip mail: %w", err)
	}
	return &eventv1.SendOrderMailResponse{Skipped: true}, nil
}

// claimedByOther is nil if the other one is done; if not, the caller comes back.
func (s *Service) claimedByOther(ctx context.Context, subject, kind string) error {
	done, err := queries.MailDone(ctx, s.cfg.DB.Primary(), eventdb.MailDoneParams{OrderID: subject, Kind: kind})
	if err != nil {
		return fmt.Errorf("look for mail: %w", err)
	}
	if !done {
		return rpc.Unavailable("this mail is being sent; ask again in a minute")
	}
	return nil
}

// mail is one message, ready to send.
type mail struct {
	to, subject, text, html, id string
}

// orderMail is what the templates are filled with.
type orderMail struct {
	Store, Number, URL, Delivery, Shipping, Tax, TaxName, Total string
	Lines                                                       []mailLine
	// Discounts are what promotions took off lines and delivery together.
	Discounts []mailSum
	// Taxes are its taxes where there are several, and Reverse says that the buyer owes them.
	Taxes     []mailSum
	Reverse   bool
	VATNumber string
	Address   []string
	// Arrives is when it comes, or can be fetched where Fetched says so; Hours is what to know for that.
	Arrives, Hours string
	Fetched        bool
	// Transferred says that its shopper was to transfer the money at some time, so that it may be under way, and Charged that some was taken, such as from a gift card.
	Transferred, Charged bool
	// Note is what the shopper told the shop, Gift what stands on the card.
	Note, Gift string
	// Digital says that nothing of it is sent. Downloads are those that can be had now.
	Digital   bool
	Downloads []mailDownload
}

type mailLine struct {
	Name, Quantity, Total string   // before promotions
	Parts                 []string // of a bundle, with how many of each there are in all
}

type mailSum struct{ Name, Amount string }

func named(product, variant string) string {
	if variant == "" {
		return product
	}
	return product + " (" + variant + ")"
}

type mailDownload struct{ Name, URL, Until, Most string }

func (s *Service) compose(kind, subject string, order *orderv1.Order) (mail, error) {
	return write(kind, order.GetId()+"."+kind, subject, order.GetEmail(), s.fill(order))
}

// write fills the templates of a kind. The id is the same whenever the mail is sent again.
func write(kind, id, subject, to string, filled any) (mail, error) {
	var plain, rich bytes.Buffer
	if err := textMails.ExecuteTemplate(&plain, kind+".txt", filled); err != nil {
		return mail{}, fmt.Errorf("write mail: %w", err)
	}
	if err := htmlMails.ExecuteTemplate(&rich, kind+".html", filled); err != nil {
		return mail{}, fmt.Errorf("write mail: %w", err)
	}
	return mail{to: to, subject: subject, text: plain.String(), html: rich.String(), id: id + "@tradewind"}, nil
}

// fill says of an order what its mails tell.
func (s *Service) fill(order *orderv1.Order) orderMail {
	filled := orderMail{
		Store: s.cfg.StoreName, Number: order.GetNumber(), URL: s.cfg.PublicURL + "/orders/" + order.GetSigned(),
		Delivery: order.GetDelivery().GetName(),
		Tax:      s.money(order.GetTotals().GetTax()), TaxName: order.GetTotals().GetTaxName(), Total: s.money(order.GetTotals().GetTotal()),
	}
	for _, line := range order.GetLines() {
		shown := mailLine{
			Name: named(line.GetProductName(), line.GetVariantName()), Quantity: fmt.Sprint(line.GetQuantity()), Total: s.money(plus(line.GetTotal(), line.GetDiscount())),
		}
		if line.GetGift() {
			shown.Name += ", a gift for you"
		}
		for _, part := range line.GetParts() {
			shown.Parts = append(shown.Parts, fmt.Sprintf("%d x %s", part.GetQuantity(), named(part.GetProductName(), part.GetVariantName())))
		}
		filled.Lines = append(filled.Lines, shown)
	}
	shipping := order.GetTotals().GetShipping()
	for _, one := range order.GetPromotions() {
		off := plus(one.GetGoods(), one.GetShipping())
		if off.GetAmountMinor() > 0 {
			filled.Discounts = append(filled.Discounts, mailSum{named(one.GetName(), one.GetCode()), "−" + s.money(off)})
		}
		shipping = plus(shipping, one.GetShipping())
	}
	if relief := order.GetTotals().GetTaxRelief(); relief != nil {
		filled.Discounts = append(filled.Discounts, mailSum{"Tax that you do not owe to us", "−" + s.money(relief)})
	}
	if rounding := order.GetTotals().GetRounding(); rounding != nil {
		filled.Discounts = append(filled.Discounts, mailSum{"Rounding", s.money(rounding)})
	}
	filled.Shipping = s.money(shipping)
	filled.Digital = order.GetDigital()
	for _, attempt := range order.GetPayments() {
		filled.Transferred = filled.Transferred || attempt.GetProvider() == "bank_transfer"
		filled.Charged = filled.Charged || attempt.GetCaptured().GetAmountMinor() > 0
	}
	for _, file := range order.GetDownloads() {
		if file.GetState() == orderv1.DownloadState_DOWNLOAD_STATE_READY {
			filled.Downloads = append(filled.Downloads, mailDownload{
				Name: file.GetFileName(), URL: s.cfg.PublicURL + "/downloads/" + file.GetSigned(),
				Until: file.GetExpireTime().AsTime().Format("2 January 2006"), Most: fmt.Sprint(file.GetMost()),
			})
		}
	}
	if len(order.GetTaxes()) > 1 && order.GetTotals().GetTaxRelief() == nil {
		for _, tax := range order.GetTaxes() {
			filled.Taxes = append(filled.Taxes, mailSum{tax.GetName(), s.money(&typev1.Money{AmountMinor: tax.GetAmountMinor(), CurrencyCode: order.GetTotals().GetTotal().GetCurrencyCode()})})
		}
	} else if filled.TaxName != "" {
		filled.Taxes = []mailSum{{filled.TaxName, filled.Tax}}
	}
	filled.Reverse, filled.VATNumber, filled.Note, filled.Gift = order.GetReverseCharge(), order.GetVatNumber(), order.GetNote(), order.GetGiftMessage()
	delivery := order.GetDelivery()
	if confirmed := order.GetConfirmTime(); confirmed != nil && !order.GetDigital() { // it is packed from then on
		filled.Arrives = arrival(delivery, confirmed.AsTime())
	}
	if place := delivery.GetPickupAddress(); place != nil {
		filled.Fetched, filled.Address, filled.Hours = true, address.Lines(address.Of(place)), delivery.GetPickupHours()
	} else if to := order.GetDeliveryAddress(); to != nil {
		filled.Address = address.Lines(address.Of(to))
	}
	return filled
}

// arrival says between which days a delivery that leaves at a time comes; empty where nobody knows.
func arrival(option *pricingv1.DeliveryOption, from time.Time) string {
	if option.GetMaxDays() == 0 {
		return ""
	}
	const form = "Monday 2 January"
	first, last := clock.WorkingDay(from, int(option.GetMinDays())), clock.WorkingDay(from, int(option.GetMaxDays()))
	if first.Equal(last) {
		return first.Format(form)
	}
	return first.Format(form) + " to " + last.Format(form)
}

// plus adds an amount to one of the same currency. Either may be absent.
func plus(a, b *typev1.Money) *typev1.Money {
	if a == nil {
		return b
	}
	return &typev1.Money{AmountMinor: a.GetAmountMinor() + b.GetAmountMinor(), CurrencyCode: a.GetCurrencyCode()}
}

func (s *Service) money(amount *typev1.Money) string {
	if amount == nil {
		return ""
	}
	return money.Amount{Minor: amount.GetAmountMinor(), Currency: amount.GetCurrencyCode()}.Format(s.cfg.Locale)
}
