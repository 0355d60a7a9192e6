package checkout

import (
	"bytes"
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
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// SetCartContact stores where the order goes and where its mails go.
func (s *Service) SetCartContact(ctx context.Context, req *checkoutv1.SetCartContactRequest) (*checkoutv1.SetCartContactResponse, error) {
	who, err := s.shopper(ctx)
	if err != nil {
		return nil, err
	}
	to, bill := req.GetDeliveryAddress(), req.GetBillingAddress()
	if to != nil && req.GetPickup() {
		return nil, rpc.InvalidArgument("delivery_address: is not asked for when the goods are fetched; leave it out")
	}
	if to == nil && bill == nil {
		if req.GetCountryCode() == "" {
			return nil, rpc.InvalidArgument("delivery_address, or country_code when nothing is sent: is missing")
		}
		bill = normalised(&typev1.Address{FullName: req.GetFullName(), Company: req.GetCompany(), CountryCode: req.GetCountryCode(), Region: req.GetRegion()})
	} else {
		to, bill = normalised(to), normalised(bill)
		if err := deliverable(to, bill); err != nil {
			return nil, err
		}
	}
	goesTo := to
	if req.GetPickup() && req.GetCountryCode() != "" {
		goesTo = normalised(&typev1.Address{CountryCode: req.GetCountryCode(), Region: req.GetRegion()})
	}
	said, err := readSaid(req, goesTo, bill)
	if err != nil {
		return nil, err
	}
	quote, err := s.quoteFor(ctx, who, req.GetCartId(), func(c *cart) {
		c.delivery, c.billing, c.DeliveryCode, c.Pickup = to, bill, "", req.GetPickup()
		c.PickupCountry, c.PickupRegion = fetchedAt(c.Cart, req, goesTo)
		if said.vatNumber != nil {
			c.VatNumber = *said.vatNumber
		}
	})
	if err != nil {
		return nil, err
	}
	options := quote.GetDeliveries()
	switch fetched := pickups(options); {
	case to == nil && len(options) > 0 && !req.GetPickup():
		return nil, rpc.FailedPrecondition("something in the cart is sent by post; say where it goes")
	case req.GetPickup() && len(options) > 0 && len(fetched) == 0:
		return nil, rpc.FailedPrecondition("this cannot be fetched; say where it goes")
	case req.GetPickup():
		options = fetched
	}
	var offered []string
	for _, option := range options {
		offered = append(offered, option.GetCode())
	}
	delivery, err := storeAddress(to)
	if err != nil {
		return nil, err
	}
	billing, err := storeAddress(bill)
	if err != nil {
		return nil, err
	}
	changed, err := s.change(ctx, who, req, func(ctx context.Context, tx pgx.Tx, locked checkoutdb.Cart) error {
		country, region := fetchedAt(locked, req, goesTo)
		err := queries.SetCartContact(ctx, tx, checkoutdb.SetCartContactParams{
			PickupCountry: country, PickupRegion: region,
			ID: locked.ID, Email: strings.TrimSpace(req.GetEmail()), DeliveryAddress: delivery, BillingAddress: billing, Offered: offered, Now: clock.Now(),
			Pickup: req.GetPickup(), VatNumber: said.vatNumber, Note: said.note, GiftMessage: said.giftMessage,
		})
		if err != nil {
			return fmt.Errorf("set contact: %w", err)
		}
		return nil
	})
	return &checkoutv1.SetCartContactResponse{Cart: changed}, err
}

// fetchedAt is the country, and region, where a shopper fetches the goods: what is said, else what was before. Empty is where the invoice goes, or that nothing is fetched.
func fetchedAt(kept checkoutdb.Cart, req *checkoutv1.SetCartContactRequest, said *typev1.Address) (country, region string) {
	switch {
	case !req.GetPickup():
		return "", ""
	case said != nil:
		return said.GetCountryCode(), said.GetRegion()
	default:
		return kept.PickupCountry, kept.PickupRegion
	}
}

// SetCartDelivery chooses one of the deliveries to the cart's address.
func (s *Service) SetCartDelivery(ctx context.Context, req *checkoutv1.SetCartDeliveryRequest) (*checkoutv1.SetCartDeliveryResponse, error) {
	who, err := s.shopper(ctx)
	if err != nil {
		return nil, err
	}
	var asked cart
	quote, err := s.quoteFor(ctx, who, req.GetCartId(), func(c *cart) {
		c.DeliveryCode = req.GetDeliveryCode()
		asked = *c
	})
	if err != nil {
		return nil, err
	}
	switch {
	case asked.delivery == nil && !asked.Pickup:
		return nil, rpc.FailedPrecondition("say first where the parcel goes")
	case asked.Pickup && chosen(pickups(quote.GetDeliveries()), req.GetDeliveryCode()) == nil:
		return nil, rpc.FailedPrecondition("this way of delivery needs an address; say first where the parcel goes")
	}
	changed, err := s.change(ctx, who, req, func(ctx context.Context, tx pgx.Tx, locked checkoutdb.Cart) error {
		if !bytes.Equal(locked.DeliveryAddress, asked.DeliveryAddress) || !bytes.Equal(locked.BillingAddress, asked.BillingAddress) || locked.Pickup != asked.Pickup {
			return rpc.Aborted("the address changed meanwhile; choose again")
		}
		err := queries.SetCartDelivery(ctx, tx, checkoutdb.SetCartDeliveryParams{ID: locked.ID, DeliveryCode: req.GetDeliveryCode(), Now: clock.Now()})
		if err != nil {
			return fmt.Errorf("set delivery: %w", err)
		}
		return nil
	})
	return &checkoutv1.SetCartDeliveryResponse{Cart: changed}, err
}

// SetCartPayment chooses how to pay.
func (s *Service) SetCartPayment(ctx context.Context, req *checkoutv1.SetCartPaymentRequest) (*checkoutv1.SetCartPaymentResponse, error) {
	who, err := s.shopper(ctx)
	if err != nil {
		return nil, err
	}
	saved := req.GetWay().GetSavedMethodId() != "" || req.GetWay().GetSaveMethod()
	if saved && auth.CallerFrom(ctx).Kind != auth.Customer {
		return nil, rpc.FailedPrecondition("sign in to pay by a saved card, or to save one")
	}
	way, method, first := req.GetWay(), methodHosted, false
	switch req.GetMethod() {
	case checkoutv1.PaymentMethod_PAYMENT_METHOD_BANK_TRANSFER:
		way, method = nil, methodTransfer
	case checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY:
		c, offers, err := s.open(ctx, who, req.GetCartId())
		if err != nil {
			return nil, err
		}
		way, method, first = nil, methodOnDelivery, paidFirst(c, offers)
	}
	if !slices.Contains(s.methods(first), req.GetMethod()) {
		return nil, rpc.FailedPrecondition("this way to pay is not offered at the moment; choose another")
	}
	changed, err := s.change(ctx, who, req, func(ctx context.Context, tx pgx.Tx, locked checkoutdb.Cart) error {
		err := queries.SetCartPayment(ctx, tx, checkoutdb.SetCartPaymentParams{ID: locked.ID, PaymentMethod: method, SavedMethodID: way.GetSavedMethodId(), SaveMethod: way.GetSaveMethod(), Now: clock.Now()})
		if err != nil {
			return fmt.Errorf("set payment: %w", err)
		}
		return nil
	})
	return &checkoutv1.SetCartPaymentResponse{Cart: changed}, err
}

// open returns the caller's cart while it can change, and what is offered of what is in it.
func (s *Service) open(ctx context.Context, who shopper, cartID string) (cart, map[string]*productv1.Offer, error) {
	c, err := load(ctx, s.cfg.DB.Primary(), cartID, who)
	if err != nil {
		return cart{}, nil, err
	}
	if c.State != stateOpen {
		return cart{}, nil, errOrdered
	}
	offers, err := s.offers(ctx, c)
	return c, offers, err
}

// quoteFor asks what the cart would come to with a change, before anything is changed. A refusal is for the shopper to read.
func (s *Service) quoteFor(ctx context.Context, who shopper, cartID string, with func(*cart)) (*pricingv1.QuoteResponse, error) {
	c, offers, err := s.open(ctx, who, cartID)
	if err != nil {
		return nil, err
	}
	with(&c)
	wanted, err := s.quoteRequest(c, offers, "")
	if err != nil {
		return nil, err
	}
	quote, err := s.cfg.Pricing.Quote(ctx, wanted)
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
