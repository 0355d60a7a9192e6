package checkout

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/tradewind-commerce/tradewind/gen/db/checkoutdb"
	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// SetCartContact stores where the order goes and where its mails go.
func (s *Service) SetCartContact(ctx context.Context, req *checkoutv1.SetCartContactRequest) (*checkoutv1.SetCartContactResponse, error) {
	quote, err := s.quoteFor(ctx, req.GetCartId(), func(c *cart) { c.delivery, c.DeliveryCode = req.GetDeliveryAddress(), "" })
	if err != nil {
		return nil, err
	}
	var offered []string
	for _, option := range quote.GetDeliveries() {
		offered = append(offered, option.GetCode())
	}
	delivery, err := storeAddress(req.GetDeliveryAddress())
	if err != nil {
		return nil, err
	}
	billing, err := storeAddress(req.GetBillingAddress())
	if err != nil {
		return nil, err
	}
	changed, err := s.change(ctx, req, func(ctx context.Context, tx pgx.Tx, locked checkoutdb.Cart) error {
		err := queries.SetCartContact(ctx, tx, checkoutdb.SetCartContactParams{
			ID: locked.ID, Email: strings.TrimSpace(req.GetEmail()), DeliveryAddress: delivery, BillingAddress: billing, Offered: offered, Now: clock.Now(),
		})
		if err != nil {
			return fmt.Errorf("set contact: %w", err)
		}
		return nil
	})
	return &checkoutv1.SetCartContactResponse{Cart: changed}, err
}

// SetCartDelivery chooses one of the deliveries to the cart's address.
func (s *Service) SetCartDelivery(ctx context.Context, req *checkoutv1.SetCartDeliveryRequest) (*checkoutv1.SetCartDeliveryResponse, error) {
	var country string
	_, err := s.quoteFor(ctx, req.GetCartId(), func(c *cart) {
		c.DeliveryCode, country = req.GetDeliveryCode(), c.delivery.GetCountryCode()
	})
	if err != nil {
		return nil, err
	}
	if country == "" {
		return nil, rpc.FailedPrecondition("say first where the parcel goes")
	}
	changed, err := s.change(ctx, req, func(ctx context.Context, tx pgx.Tx, locked checkoutdb.Cart) error {
		address, err := readAddress(locked.DeliveryAddress)
		if err != nil {
			return err
		}
		if address.GetCountryCode() != country {
			return rpc.Aborted("the address changed meanwhile; choose again")
		}
		err = queries.SetCartDelivery(ctx, tx, checkoutdb.SetCartDeliveryParams{ID: locked.ID, DeliveryCode: req.GetDeliveryCode(), Now: clock.Now()})
		if err != nil {
			return fmt.Errorf("set delivery: %w", err)
		}
		return nil
	})
	return &checkoutv1.SetCartDeliveryResponse{Cart: changed}, err
}

// SetCartPayment chooses how to pay.
func (s *Service) SetCartPayment(ctx context.Context, req *checkoutv1.SetCartPaymentRequest) (*checkoutv1.SetCartPaymentResponse, error) {
	if !slices.Contains(s.methods(), req.GetMethod()) {
		return nil, rpc.FailedPrecondition("this way to pay is not offered at the moment; choose another")
	}
	method := methodOnDelivery
	if req.GetMethod() == checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED {
		method = methodHosted
	}
	changed, err := s.change(ctx, req, func(ctx context.Context, tx pgx.Tx, locked checkoutdb.Cart) error {
		err := queries.SetCartPayment(ctx, tx, checkoutdb.SetCartPaymentParams{ID: locked.ID, PaymentMethod: method, Now: clock.Now()})
		if err != nil {
			return fmt.Errorf("set payment: %w", err)
		}
		return nil
	})
	return &checkoutv1.SetCartPaymentResponse{Cart: changed}, err
}

// quoteFor asks what the cart would come to with a change, before anything is changed. A refusal is for the shopper to read.
func (s *Service) quoteFor(ctx context.Context, cartID string, with func(*cart)) (*pricingv1.QuoteResponse, error) {
	owner, err := ownerOf(ctx)
	if err != nil {
		return nil, err
	}
	c, err := load(ctx, s.cfg.DB.Primary(), cartID, owner)
	if err != nil {
		return nil, err
	}
	if c.State != stateOpen {
		return nil, errOrdered
	}
	with(&c)
	offers, err := s.offers(ctx, c)
	if err != nil {
		return nil, err
	}
	quote, err := s.cfg.Pricing.Quote(ctx, s.quoteRequest(c, offers, ""))
	if connect.CodeOf(err) == connect.CodeFailedPrecondition {
		return nil, rpc.Passed(err)
	}
	if err != nil {
		return nil, fmt.Errorf("quote: %w", err)
	}
	return quote, nil
}

func storeAddress(address *typev1.Address) ([]byte, error) {
	if address == nil {
		return nil, nil
	}
	stored, err := protojson.Marshal(address)
	if err != nil {
		return nil, rpc.InvalidArgument("an address holds text that cannot be stored")
	}
	return stored, nil
}
