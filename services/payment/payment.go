// Package payment collects money through providers and keeps the books of it.
package payment

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1/pricingv1connect"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// Names of providers as payments store them.
const (
	// ProviderOnDelivery collects when the parcel arrives.
	ProviderOnDelivery = "on_delivery"
	// ProviderBankTransfer is the shop's own account, on which staff see that money has arrived.
	ProviderBankTransfer = "bank_transfer"
	// ProviderSandbox plays a provider with a hosted page.
	ProviderSandbox = "sandbox"
	// ProviderStripe is Stripe.
	ProviderStripe = "stripe"
)

// ByHand says whether people collect what a provider's payments bring, so that nobody but the shop's own books knows of it.
func ByHand(provider string) bool {
	return provider == ProviderOnDelivery || provider == ProviderBankTransfer
}

var queries = paymentdb.New()

// Config is what payment needs.
type Config struct {
	DB *postgres.DB
	// Providers are those that payments may name, beside what people collect by hand.
	Providers map[string]Provider
	// Hosted names the one that collects online, at which customers save cards; empty when nothing is collected online.
	Hosted string
	// GiftCards keep the shop's own gift cards, which are a provider beside those.
	GiftCards pricingv1connect.GiftCardServiceClient
	// Metrics takes what reconciliation finds; nil keeps it.
	Metrics prometheus.Registerer
}

// Service implements PaymentService.
type Service struct {
	db        *postgres.DB
	providers map[string]Provider
	hosted    string
	giftCards pricingv1connect.GiftCardServiceClient
	findings  *prometheus.CounterVec
	declines  *declines
}

// New returns the service.
func New(cfg Config) *Service {
	providers := map[string]Provider{}
	maps.Copy(providers, cfg.Providers)
	if cfg.GiftCards != nil {
		providers[ProviderGiftCard] = GiftCards{Cards: cfg.GiftCards}
	}
	return &Service{
		db: cfg.DB, providers: providers, hosted: cfg.Hosted, giftCards: cfg.GiftCards, findings: newFindings(cfg.Metrics), declines: newDeclines(cfg.DB, cfg.Metrics),
	}
}

// GetPayment returns a payment as our books have it.
func (s *Service) GetPayment(ctx context.Context, req *paymentv1.GetPaymentRequest) (*paymentv1.GetPaymentResponse, error) {
	row, err := s.load(ctx, s.db.Read(ctx), req.GetPaymentId())
	if err != nil {
		return nil, err
	}
	return &paymentv1.GetPaymentResponse{Payment: toProto(row)}, nil
}

// ListOrderPayments returns all attempts of some orders.
func (s *Service) ListOrderPayments(
	ctx context.Context, req *paymentv1.ListOrderPaymentsRequest,
) (*paymentv1.ListOrderPaymentsResponse, error) {
	rows, err := queries.ListOrderPayments(ctx, s.db.Read(ctx), req.GetOrderIds())
	if err != nil {
		return nil, fmt.Errorf("list payments: %w", err)
	}
	answer := &paymentv1.ListOrderPaymentsResponse{}
	for _, row := range rows {
		answer.Payments = append(answer.Payments, toProto(row))
	}
	return answer, nil
}

// provider returns who collects a payment.
func (s *Service) provider(row paymentdb.Payment) (Provider, error) {
	provider := s.providers[row.Provider]
	if provider == nil {
		return nil, fmt.Errorf("payment %s is collected by %q, which this process has no settings for", row.ID, row.Provider)
	}
	return provider, nil
}

func (s *Service) load(ctx context.Context, db postgres.DBTX, paymentID string) (paymentdb.Payment, error) {
	row, err := queries.GetPayment(ctx, db, paymentID)
	if postgres.IsNoRows(err) {
		return row, errNoPayment
	}
	if err != nil {
		return row, fmt.Errorf("get payment: %w", err)
	}
	return row, nil
}

var errNoPayment = rpc.NotFound("no such payment")

func toProto(row paymentdb.Payment) *paymentv1.Payment {
	amount := func(minor int64) *typev1.Money {
		return &typev1.Money{AmountMinor: minor, CurrencyCode: row.CurrencyCode}
	}
	converted := &paymentv1.Payment{
		Id: row.ID, OrderId: row.OrderID, Provider: row.Provider, State: parseState(row.State),
		Amount: amount(row.AmountMinor), Captured: amount(row.CapturedMinor), Refunded: amount(row.RefundedMinor),
		ProviderReference: row.ProviderReference, RedirectUrl: row.RedirectUrl, Problem: row.Problem, FailureReason: parseFailure(row.FailureReason),
		CreateTime: timestamppb.New(row.CreateTime), UpdateTime: timestamppb.New(row.UpdateTime),
		Authorized: amount(row.AuthorizedMinor), Disputed: amount(row.DisputedMinor), Credited: amount(row.CreditedMinor), CaptureBy: optionalTime(row.CaptureBy),
		Attention: parseAttention(row.Attention), AttentionTime: optionalTime(row.AttentionTime), SingleCapture: row.SingleCapture,
	}
	if row.MethodBrand != "" {
		converted.Method = &paymentv1.Method{Brand: row.MethodBrand, Last4: row.MethodLast4}
	}
	if row.FeeCurrency != "" {
		converted.Fee = &typev1.Money{AmountMinor: row.FeeMinor, CurrencyCode: row.FeeCurrency}
	}
	return converted
}

func after(t time.Time, wait time.Duration) *time.Time {
	t = t.Add(wait)
	return &t
}
