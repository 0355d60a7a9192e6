// Package order keeps what was bought: orders with their own copy of names, prices and addresses, and their life afterwards.
package order

import (
	"context"
	"fmt"
	"strings"
	"time"

	"connectrpc.com/connect/v2"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1/paymentv1connect"
	trackingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/tracking/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/tracking/v1/trackingv1connect"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/pricing"
)

// TimeToPay is how long an order may stay unpaid: after it was placed, after each attempt to pay began, and after each that failed. Its stock is held
// as long, but never for longer than longestToPay after the order was placed.
const (
	TimeToPay    = 30 * time.Minute
	longestToPay = 2 * time.Hour
	// leastToPay is what must be left of it for a shopper to begin once more.
	leastToPay = time.Minute
)

var queries = orderdb.New()

// Config is what order needs.
type Config struct {
	DB       *postgres.DB
	Payments paymentv1connect.PaymentServiceClient
	Links    trackingv1connect.LinkServiceClient
	// Tokens proves that orders were placed by the guest who signed in.
	Tokens *auth.Verifier
	// PublicURL is the shop's address, to which shoppers return after paying.
	PublicURL string
	// CaptureLater only reserves the money of what is sent; it is taken part by part as it is sent. What is downloaded is taken at once.
	CaptureLater bool
	// GiftCards make the codes of store credit and of gift cards that are bought.
	GiftCards *pricing.GiftCardKeys
	// HostedProvider collects what is paid online; empty when nothing can be.
	HostedProvider string
	// Account is where shoppers can transfer money to; nil when they cannot.
	Account *Account
	// Tries bounds how often one shopper begins to pay; nil does not.
	Tries *Tries
}

// Service implements OrderService.
type Service struct{ cfg Config }

// New returns the service.
func New(cfg Config) *Service {
	cfg.PublicURL = strings.TrimSuffix(cfg.PublicURL, "/")
	return &Service{cfg}
}

// GetOrder returns an order to whoever may see it.
func (s *Service) GetOrder(ctx context.Context, req *orderv1.GetOrderRequest) (*orderv1.GetOrderResponse, error) {
	order, err := s.read(ctx, req.GetOrderId())
	if err != nil {
		return nil, err
	}
	return &orderv1.GetOrderResponse{Order: order}, nil
}

// read returns a whole order as the caller may see it.
func (s *Service) read(ctx context.Context, orderID string) (*orderv1.Order, error) {
	row, err := queries.GetOrder(ctx, s.cfg.DB.Read(ctx), orderID)
	if postgres.IsNoRows(err) || err == nil && !visible(auth.CallerFrom(ctx), row) {
		return nil, errNoOrder
	}
	if err != nil {
		return nil, fmt.Errorf("get order: %w", err)
	}
	order, err := s.complete(ctx, row)
	if err != nil {
		return nil, err
	}
	if auth.CallerFrom(ctx).Shopper() {
		hideInternals(order)
		return order, nil
	}
	if order.Timeline, err = s.timeline(ctx, row.ID); err != nil {
		return nil, err
	}
	if order.Refunds, err = s.refunds(ctx, row); err != nil {
		return nil, err
	}
	return order, s.addTakes(ctx, order)
}

// OpenOrder returns an order to the holder of its link.
func (s *Service) OpenOrder(ctx context.Context, req *orderv1.OpenOrderRequest) (*orderv1.OpenOrderResponse, error) {
	link, err := s.cfg.Links.OpenLink(ctx, &trackingv1.OpenLinkRequest{Signed: req.GetSigned()})
	if connect.CodeOf(err) == connect.CodeNotFound {
		return nil, rpc.Passed(err)
	}
	if err != nil {
		return nil, fmt.Errorf("open link: %w", err)
	}
	row, err := queries.GetOrder(ctx, s.cfg.DB.Read(ctx), link.GetOrderId())
	if postgres.IsNoRows(err) {
		// Only the shop signs links, so the order is there: the server that was asked has not heard of it yet, and nobody with this link, which
		// may have come by mail, says from when on it should have.
		if err = s.cfg.DB.CatchUp(ctx); err == nil {
			row, err = queries.GetOrder(ctx, s.cfg.DB.Read(ctx), link.GetOrderId())
		}
	}
	if postgres.IsNoRows(err) {
		return nil, errNoOrder
	}
	if err != nil {
		return nil, fmt.Errorf("get order: %w", err)
	}
	order, err := s.complete(ctx, row)
	if err != nil {
		return nil, err
	}
	hideInternals(order)
	return &orderv1.OpenOrderResponse{Order: order}, nil
}

// FindOrder returns the link of an order to who knows its number and its e-mail. One query answers for both, so that neither the words nor the
// time tell whether there is such a number.
func (s *Service) FindOrder(ctx context.Context, req *orderv1.FindOrderRequest) (*orderv1.FindOrderResponse, error) {
	found, err := queries.FindOrder(ctx, s.cfg.DB.Read(ctx), orderdb.FindOrderParams{Number: req.GetNumber(), Email: req.GetEmail()})
	if postgres.IsNoRows(err) {
		return nil, errNoOrder
	}
	if err != nil {
		return nil, fmt.Errorf("find order: %w", err)
	}
	signed, err := s.sign(ctx, found)
	return &orderv1.FindOrderResponse{Signed: signed}, err
}

// complete adds lines, payments, fulfilments and link to an order.
func (s *Service) complete(ctx context.Context, row orderdb.Order) (*orderv1.Order, error) {
	order, err := toProto(row)
	if err != nil {
		return nil, err
	}
	lines, err := queries.ListOrderLines(ctx, s.cfg.DB.Read(ctx), row.ID)
	if err != nil {
		return nil, fmt.Errorf("list order lines: %w", err)
	}
	for _, line := range lines {
		converted, err := lineToProto(row.CurrencyCode, line)
		if err != nil {
			return nil, err
		}
		order.Lines = append(order.Lines, converted)
	}
	attempts, err := s.cfg.Payments.ListOrderPayments(ctx, &paymentv1.ListOrderPaymentsRequest{OrderIds: []string{row.ID}})
	if err != nil {
		return nil, fmt.Errorf("list payments: %w", err)
	}
	for _, attempt := range attempts.GetPayments() {
		order.Payments = append(order.Payments, attemptToProto(attempt))
	}
	if order.Downloads, err = s.downloads(ctx, row); err != nil {
		return nil, err
	}
	if err := s.addFulfilments(ctx, row, order); err != nil {
		return nil, err
	}
	cards, err := loadGiftCards(ctx, s.cfg.DB.Read(ctx), row)
	if err != nil {
		return nil, err
	}
	order.GiftCards = cards.toProto(cards.cards)
	order.Transfer = s.transfer(order)
	order.Signed, err = s.sign(ctx, row.ID)
	return order, err
}

func (s *Service) sign(ctx context.Context, orderID string) (string, error) {
	link, err := s.cfg.Links.SignLink(ctx, &trackingv1.SignLinkRequest{OrderId: orderID})
	if err != nil {
		return "", fmt.Errorf("sign link: %w", err)
	}
	return link.GetSigned(), nil
}

// visible says whether a caller may see an order: shoppers their own, and those whom the method's policy let in without being shoppers, all.
func visible(caller auth.Caller, row orderdb.Order) bool {
	switch caller.Kind {
	case auth.Guest, auth.Customer:
		return caller.Subject != "" && row.Owner != nil && *row.Owner == caller.Subject
	case auth.Staff, auth.Key, auth.Process:
		return true
	default:
		return false
	}
}

var errNoOrder = rpc.NotFound("no such order")
