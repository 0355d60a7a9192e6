package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/checkoutdb"
	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/idempotency"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/inventory"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/pricing"
)

// PlaceOrder turns a cart into an order. Prices are asked for before the transaction, and refused if they are not what the shopper saw; the
// transaction writes order and payment and holds the stock last, so that shoppers who want the same thing wait for each other as briefly as can be.
func (s *Service) PlaceOrder(ctx context.Context, req *checkoutv1.PlaceOrderRequest) (*checkoutv1.PlaceOrderResponse, error) {
	who, err := s.shopper(ctx)
	if err != nil {
		return nil, err
	}
	placed, err := s.place(ctx, who, req)
	switch connect.CodeOf(err) {
	case connect.CodeFailedPrecondition, connect.CodeAborted:
		return s.answerRefused(ctx, who, req, err)
	default:
		return placed, err
	}
}

// answerRefused passes a refusal on, unless the cart is an order by now: another press of the same button may have placed it meanwhile and taken the last unit for it. A
// press of another button reads which order that is.
func (s *Service) answerRefused(ctx context.Context, who shopper, req *checkoutv1.PlaceOrderRequest, refusal error) (*checkoutv1.PlaceOrderResponse, error) {
	c, err := load(ctx, s.cfg.DB.Primary(), req.GetCartId(), who)
	if err != nil {
		return nil, err
	}
	if c.State == stateOpen {
		return nil, refusal
	}
	answer, found, err := idempotency.Find[*checkoutv1.PlaceOrderResponse](ctx, s.cfg.DB.Primary(), req)
	if err != nil || found {
		return answer, err
	}
	return nil, rpc.FailedPrecondition("this cart is already ordered", &checkoutv1.PlaceOrderProblem{OrderId: *c.OrderID})
}

func (s *Service) place(ctx context.Context, who shopper, req *checkoutv1.PlaceOrderRequest) (*checkoutv1.PlaceOrderResponse, error) {
	c, err := load(ctx, s.cfg.DB.Primary(), req.GetCartId(), who)
	if err != nil {
		return nil, err
	}
	if c.State != stateOpen {
		return nil, errOrdered
	}
	agreed, err := s.agree(ctx, c, req)
	if err != nil {
		return nil, err
	}
	for {
		placed, err := inventory.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*checkoutv1.PlaceOrderResponse, error) {
			placed, paymentID, err := s.write(ctx, tx, agreed)
			if err != nil {
				return nil, err
			}
			answer := &checkoutv1.PlaceOrderResponse{OrderId: placed.ID, OrderNumber: placed.Number, PaymentId: paymentID}
			if err := idempotency.Keep(ctx, tx, req, answer); err != nil {
				return nil, err
			}
			if err := hold(ctx, tx, agreed, placed); err != nil {
				return nil, err
			}
			crash.At(crash.CheckoutAfterHold)
			return answer, nil
		})
		// A commit whose connection was lost may have happened. Once more finds its answer by the key, or does what was not done.
		if errors.Is(err, postgres.ErrCommitUnknown) && ctx.Err() == nil {
			continue
		}
		if errors.Is(err, idempotency.ErrTaken) { // for another cart, or the cart would have been ordered already
			answer, found, err := idempotency.Find[*checkoutv1.PlaceOrderResponse](ctx, s.cfg.DB.Primary(), req)
			if err != nil || found {
				return answer, err
			}
			continue // it was forgotten meanwhile
		}
		if err == nil {
			crash.At(crash.CheckoutAfterCommit)
		}
		return placed, err
	}
}

// agree asks what the cart comes to and refuses, line by line, what is not as the shopper saw it.
func (s *Service) agree(ctx context.Context, c cart, req *checkoutv1.PlaceOrderRequest) (basket, error) {
	if len(c.items) == 0 {
		return basket{}, rpc.FailedPrecondition("the cart is empty")
	}
	offers, err := s.offers(ctx, c)
	if err != nil {
		return basket{}, err
	}
	problem := &checkoutv1.PlaceOrderProblem{Missing: s.missing(c, digitalOnly(c, offers), paidFirst(c, offers))}
	if s.cfg.TermsVersion != "" && req.GetAcceptedTermsVersion() != s.cfg.TermsVersion {
		problem.Missing = append(problem.Missing, "terms")
	}
	if len(problem.GetMissing()) > 0 {
		return basket{}, rpc.FailedPrecondition("something is still missing for this order", problem)
	}
	var changed []*checkoutv1.LineRefusal
	left := shelve(offers)
	for _, item := range c.items {
		line := s.line(item, offers[item.variantID], left)
		refusal := &checkoutv1.LineRefusal{
			LineId: item.id, VariantId: item.variantID, Problem: line.GetProblem(), Available: line.GetAvailable(),
		}
		switch line.GetProblem() {
		case checkoutv1.LineProblem_LINE_PROBLEM_UNSPECIFIED:
		case checkoutv1.LineProblem_LINE_PROBLEM_PRICE_CHANGED:
			changed = append(changed, refusal)
		default:
			problem.Lines = append(problem.Lines, refusal)
		}
	}
	if len(problem.GetLines()) > 0 {
		return basket{}, rpc.FailedPrecondition("something in the cart cannot be ordered as it stands", problem)
	}
	wanted, err := s.quoteRequest(c, offers, "")
	if err != nil {
		return basket{}, err
	}
	wanted.ExpectedPromotionIds = req.GetExpectedPromotionIds()
	agreed, err := s.ask(ctx, c, offers, wanted)
	if connect.CodeOf(err) == connect.CodeFailedPrecondition {
		problem.Missing = []string{"delivery"}
		return basket{}, rpc.FailedPrecondition("the delivery chosen is not offered any more; choose another", problem)
	}
	if err != nil {
		return basket{}, fmt.Errorf("quote: %w", err)
	}
	if !digitalOnly(c, offers) && c.fetched() && chosen(pickups(agreed.quote.GetDeliveries()), c.DeliveryCode) == nil {
		problem.Missing = []string{"delivery"}
		return basket{}, rpc.FailedPrecondition("it cannot be fetched there any more; choose another delivery", problem)
	}
	for _, lost := range agreed.quote.GetLostPromotions() {
		problem.Discounts = append(problem.Discounts, &checkoutv1.LostDiscount{PromotionId: lost.GetPromotionId(), Name: lost.GetName()})
	}
	total, expected := agreed.quote.GetTotals().GetTotal(), req.GetExpectedTotal()
	if total.GetAmountMinor() != expected.GetAmountMinor() || total.GetCurrencyCode() != expected.GetCurrencyCode() {
		problem.Lines, problem.Total = changed, total
		return basket{}, rpc.FailedPrecondition("the total changed; please look at it again", problem)
	}
	if len(problem.GetDiscounts()) > 0 {
		return basket{}, rpc.FailedPrecondition("a discount does not count any more; please look at the order again", problem)
	}
	agreed.cards, err = s.agreeCards(ctx, c, total.GetAmountMinor()-s.giftCardsMinor(agreed), req.GetExpectedGiftCards())
	return agreed, err
}

// missing names the steps of the checkout that were not taken. Of what is only downloaded nothing is sent, so all that must be known is the country.
func (s *Service) missing(c cart, digital, paidFirst bool) []string {
	var steps []string
	for _, step := range []struct {
		name  string
		taken bool
	}{
		{"email", c.Email != ""},
		{"delivery_address", c.delivery != nil || c.fetched() || digital && c.billing != nil},
		{"delivery", c.DeliveryCode != "" || digital},
		{"payment", slices.Contains(s.methods(paidFirst), methods[c.PaymentMethod])},
	} {
		if !step.taken {
			steps = append(steps, step.name)
		}
	}
	return steps
}

var errChanged = rpc.Aborted("the cart changed meanwhile; please look at it again")

// write ends the cart, writes order and payments, of which the one that is to be started is returned, redeems what made it cheaper and spends gift cards. Stock comes after everything else.
func (s *Service) write(ctx context.Context, tx pgx.Tx, agreed basket) (placed order.Order, paymentID string, err error) {
	placement := s.placement(agreed)
	err = queries.OrderCart(ctx, postgres.LaterOr(tx, errChanged), checkoutdb.OrderCartParams{
		ID: agreed.ID, Owner: agreed.Owner, Version: agreed.Version, OrderID: &placement.ID, Now: clock.Now(),
	})
	if err != nil {
		return placed, "", fmt.Errorf("end cart: %w", err)
	}
	if placed, err = order.Create(ctx, tx, placement); err != nil {
		return placed, "", err
	}
	spendings, err := payByCards(ctx, tx, agreed, placed)
	if err != nil {
		return placed, "", err
	}
	if left := placed.TotalMinor - agreed.paidByCards(); left > 0 {
		amount := money.Amount{Minor: left, Currency: placed.CurrencyCode}
		if paymentID, err = payment.Create(ctx, tx, placed.ID, s.provider(agreed.PaymentMethod), amount, holdUntil(placed)); err != nil {
			return placed, "", err
		}
	}
	if agreed.PaymentMethod != methodHosted {
		paymentID = "" // nothing is to be paid now
	}
	if err := redeem(ctx, tx, agreed, placed); err != nil {
		return placed, "", err
	}
	return placed, paymentID, s.spend(ctx, tx, placed, spendings)
}

// provider is who collects what is paid so.
func (s *Service) provider(method string) string {
	switch method {
	case methodHosted:
		return s.cfg.HostedProvider
	case methodTransfer:
		return payment.ProviderBankTransfer
	default:
		return payment.ProviderOnDelivery
	}
}

// holdUntil is how long stock is held for an order: until it ends unpaid.
func holdUntil(placed order.Order) time.Time {
	if placed.ExpireTime == nil { // confirmed, so that its stock is taken at once
		return clock.Now().Add(order.TimeToPay)
	}
	return *placed.ExpireTime
}

// redeem counts what made the order cheaper. What was used up since its price was asked for is told by name, and nothing is ordered.
func redeem(ctx context.Context, tx pgx.Tx, agreed basket, placed order.Order) error {
	refused, err := pricing.Redeem(ctx, tx, placed.ID, placed.Email, agreed.quote.GetPromotions())
	if err != nil || len(refused) == 0 {
		return err
	}
	return rpc.FailedPrecondition("a discount was used up just now; please look at the total again", &checkoutv1.PlaceOrderProblem{Discounts: agreed.lost(refused)})
}

// lost names promotions that counted when the cart was priced.
func (b basket) lost(promotions []string) []*checkoutv1.LostDiscount {
	var lost []*checkoutv1.LostDiscount
	for _, one := range b.quote.GetPromotions() {
		if slices.Contains(promotions, one.GetPromotionId()) {
			lost = append(lost, &checkoutv1.LostDiscount{PromotionId: one.GetPromotionId(), Name: one.GetName(), Code: one.GetCode()})
		}
	}
	return lost
}

// hold promises the stock to the order, or takes it at once when nothing is to be paid first. Coming too late for it is told line by line: those that
// can still be had of what is left, in the order of the cart, are not named. A gift comes after what is bought, and is told by what it was given for.
func hold(ctx context.Context, tx pgx.Tx, agreed basket, placed order.Order) error {
	lines := make([]inventory.Line, 0, len(agreed.items))
	for _, item := range agreed.items {
		lines = append(lines, takes(agreed.offers[item.variantID], item.quantity)...)
	}
	for _, gift := range agreed.gifts {
		lines = append(lines, takes(agreed.offers[gift.GetVariantId()], gift.GetUnits())...)
	}
	shortages, err := inventory.Hold(ctx, tx, placed.ID, lines, holdUntil(placed))
	switch {
	case err != nil || len(shortages) > 0:
	case placed.ConfirmTime != nil:
		shortages, err = inventory.Commit(ctx, tx, placed.ID)
	case agreed.PaymentMethod == methodTransfer: // the shopper has begun to pay
		shortages, err = inventory.Pin(ctx, tx, placed.ID, holdUntil(placed))
	}
	if err != nil || len(shortages) == 0 {
		return err
	}
	left := make(shelf, len(shortages))
	for _, shortage := range shortages {
		left[shortage.VariantID] = shortage.Available
	}
	problem := &checkoutv1.PlaceOrderProblem{}
	for _, item := range agreed.items {
		available := left.take(agreed.offers[item.variantID], item.quantity)
		if available >= int64(item.quantity) {
			continue
		}
		refusal := &checkoutv1.LineRefusal{LineId: item.id, VariantId: item.variantID, Problem: checkoutv1.LineProblem_LINE_PROBLEM_SOLD_OUT}
		if available > 0 {
			refusal.Problem, refusal.Available = checkoutv1.LineProblem_LINE_PROBLEM_TOO_FEW, available
		}
		problem.Lines = append(problem.Lines, refusal)
	}
	var lost []string
	for _, gift := range agreed.gifts {
		if left.take(agreed.offers[gift.GetVariantId()], gift.GetUnits()) < int64(gift.GetUnits()) {
			lost = append(lost, gift.GetPromotionId())
		}
	}
	problem.Discounts = agreed.lost(lost)
	return rpc.FailedPrecondition("something in the cart was sold out just now", problem)
}

func (s *Service) placement(agreed basket) order.Placement {
	placement := order.Placement{
		ID: id.New(), CartID: agreed.ID, Owner: agreed.Owner, Email: agreed.Email, DeliveryAddress: agreed.delivery, BillingAddress: agreed.invoice(),
		Totals: agreed.quote.GetTotals(), Promotions: agreed.quote.GetPromotions(), OnDelivery: agreed.PaymentMethod == methodOnDelivery, PaidMinor: agreed.paidByCards(), Downloads: s.cfg.Downloads, Numbers: s.cfg.NumberPattern,
		VATNumber: agreed.VatNumber, ReverseCharge: agreed.quote.GetReverseCharge(), Taxes: agreed.quote.GetTaxes(),
		Note: agreed.Note, GiftMessage: agreed.GiftMessage, TermsVersion: s.cfg.TermsVersion,
	}
	if agreed.PaymentMethod == methodTransfer {
		placement.AwaitTransfer = s.cfg.AwaitTransfer
	}
	if digitalOnly(agreed.cart, agreed.offers) {
		placement.DeliveryAddress, placement.BillingAddress = nil, agreed.destination(true)
	} else if agreed.fetched() {
		placement.BillingAddress = agreed.billing
	}
	placement.Delivery = chosen(agreed.quote.GetDeliveries(), agreed.quote.GetDeliveryCode())
	goods, gifts := agreed.lines()
	for i, item := range agreed.items {
		placement.Lines = append(placement.Lines, orderLine(agreed.offers[item.variantID], item.quantity, goods[i]))
	}
	for i, gift := range agreed.gifts {
		line := orderLine(agreed.offers[gift.GetVariantId()], gift.GetUnits(), gifts[i])
		line.Gift = true
		placement.Lines = append(placement.Lines, line)
	}
	return placement
}

func orderLine(offer *productv1.Offer, quantity int32, priced *pricingv1.PricedLine) order.Line {
	return order.Line{Offer: offer, Quantity: quantity, Price: priceOf(offer, quantity).GetPrice(), Priced: priced}
}
