// Package checkout holds what a shopper means to buy until it is ordered.
package checkout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/tradewind-commerce/tradewind/gen/db/checkoutdb"
	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1/pricingv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1/productv1connect"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1/userv1connect"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/order"
)

const (
	maxQuantity = 99 // of one variant
	maxLines    = 100
	// usualTimes and usualLasts are how often and how long files can be downloaded where nothing else is set.
	usualTimes = 5
	usualLasts = 30 * 24 * time.Hour
)

// States and payment methods as carts store them.
const (
	stateOpen        = "open"
	stateOrdered     = "ordered"
	methodHosted     = "hosted"
	methodOnDelivery = "on_delivery"
	methodTransfer   = "bank_transfer"
)

var queries = checkoutdb.New()

// Config is what checkout needs.
type Config struct {
	DB       *postgres.DB
	Products productv1connect.ProductServiceClient
	Pricing  pricingv1connect.PricingServiceClient
	// Profiles knows which group a customer is in.
	Profiles userv1connect.ProfileServiceClient
	// Tokens proves that a cart was filled by the guest who signed in.
	Tokens *auth.Verifier
	// GiftCards knows the cards that pay for carts.
	GiftCards pricingv1connect.GiftCardServiceClient
	// Tries bounds how often codes of gift cards are tried; nil does not.
	Tries *Tries
	// Currency is the shop's.
	Currency string
	// HostedProvider collects what is paid online; empty when nothing can be.
	HostedProvider string
	// AwaitTransfer is how long orders wait for shoppers to transfer the money; zero when the shop takes no bank transfers.
	AwaitTransfer time.Duration
	// Downloads is what buyers may do with files: five times within 30 days if zero.
	Downloads order.Allowance
	// TermsVersion is that of the terms of sale that orders have to accept; empty when they have to accept none.
	TermsVersion string
	// NumberPattern is the pattern of order numbers: "TW-%06d" if empty.
	NumberPattern string
}

// Service implements CartService and CheckoutService.
type Service struct{ cfg Config }

// New checks the settings and returns the service.
func New(cfg Config) (*Service, error) {
	if cfg.NumberPattern == "" {
		cfg.NumberPattern = "TW-%06d"
	}
	cfg.Downloads.Times, cfg.Downloads.Lasts = cmp.Or(cfg.Downloads.Times, usualTimes), cmp.Or(cfg.Downloads.Lasts, usualLasts)
	if cfg.Downloads.Times < 0 || cfg.Downloads.Lasts < time.Hour {
		return nil, errors.New("DOWNLOAD_TIMES must be 1 at least, and DOWNLOAD_LASTS 1h")
	}
	if len([]rune(cfg.TermsVersion)) > 50 {
		return nil, errors.New("TERMS_VERSION must have 50 characters at most, such as 2026-01-31")
	}
	if err := order.CheckNumbers(cfg.NumberPattern); err != nil {
		return nil, err
	}
	if !money.Known(cfg.Currency) {
		return nil, fmt.Errorf("the shop's currency %q is not in ISO 4217", cfg.Currency)
	}
	return &Service{cfg}, nil
}

// CreateCart opens an empty cart for the caller.
func (s *Service) CreateCart(ctx context.Context, _ *checkoutv1.CreateCartRequest) (*checkoutv1.CreateCartResponse, error) {
	who, err := s.shopper(ctx)
	if err != nil {
		return nil, err
	}
	created, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (cart, error) {
		row, err := queries.CreateCart(ctx, tx, checkoutdb.CreateCartParams{ID: id.New(), Owner: who.owner, Now: clock.Now()})
		return cart{Cart: row, who: who}, err
	})
	if err != nil {
		return nil, fmt.Errorf("create cart: %w", err)
	}
	priced, err := s.price(ctx, created, "")
	return &checkoutv1.CreateCartResponse{Cart: priced}, err
}

// GetCart returns the caller's cart with one query and two calls, and a third for a customer's group.
func (s *Service) GetCart(ctx context.Context, req *checkoutv1.GetCartRequest) (*checkoutv1.GetCartResponse, error) {
	who, err := s.shopper(ctx)
	if err != nil {
		return nil, err
	}
	loaded, err := load(ctx, s.cfg.DB.Read(ctx), req.GetCartId(), who)
	if err != nil {
		return nil, err
	}
	priced, err := s.price(ctx, loaded, req.GetEstimateCountryCode())
	return &checkoutv1.GetCartResponse{Cart: priced}, err
}

// changing is a request to change a cart.
type changing interface {
	GetCartId() string
	GetWithoutCart() bool
}

// change lets one caller at a time change an open cart, and answers with all of it, if that is wanted. The prices are asked for after the commit.
func (s *Service) change(
	ctx context.Context, who shopper, req changing, do func(ctx context.Context, tx pgx.Tx, locked checkoutdb.Cart) error,
) (*checkoutv1.Cart, error) {
	changed, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (cart, error) {
		locked, err := lockOpen(ctx, tx, req.GetCartId(), who.owner)
		if err != nil {
			return cart{}, err
		}
		if err := do(ctx, tx, locked); err != nil || req.GetWithoutCart() {
			return cart{}, err
		}
		return load(ctx, tx, locked.ID, who)
	})
	if err != nil || req.GetWithoutCart() {
		return nil, err
	}
	return s.price(ctx, changed, "")
}

func lockOpen(ctx context.Context, tx pgx.Tx, cartID, owner string) (checkoutdb.Cart, error) {
	row, err := queries.LockCart(ctx, tx, checkoutdb.LockCartParams{ID: cartID, Owner: owner})
	switch {
	case postgres.IsNoRows(err):
		return row, errNoCart
	case err != nil:
		return row, fmt.Errorf("lock cart: %w", err)
	case row.State != stateOpen:
		return row, errOrdered
	}
	return row, nil
}

// cart is a cart as stored, with its lines in the order they were added.
type cart struct {
	checkoutdb.Cart
	who   shopper
	items []item
	// delivery and billing are nil until given.
	delivery, billing *typev1.Address
}

// destination is by what a cart is taxed and where its parcel goes; nil while nothing is known. Of a digital cart there is a country and perhaps no more; what is fetched is where it is fetched,
// wherever the invoice goes.
func (c cart) destination(digital bool) *typev1.Address {
	if c.fetched() && !digital && c.PickupCountry != "" && c.PickupCountry != c.billing.GetCountryCode() {
		return &typev1.Address{CountryCode: c.PickupCountry, Region: c.PickupRegion}
	}
	if c.delivery == nil || digital && c.billing != nil {
		return c.billing
	}
	return c.delivery
}

// fetched says whether the shopper told to fetch the goods, so that only places to do that are offered.
func (c cart) fetched() bool { return c.Pickup && c.delivery == nil && c.billing != nil }

// invoice is where the invoice of an order goes that is sent; nil for where its parcel goes. What was said of a cart while it was digital is not enough.
func (c cart) invoice() *typev1.Address {
	if c.billing.GetLine1() == "" {
		return nil
	}
	return c.billing
}

type item struct {
	id, variantID string
	quantity      int32
	seenMinor     int64
}

// load returns the caller's cart with one query. Another shopper's does not exist.
func load(ctx context.Context, db postgres.DBTX, cartID string, who shopper) (cart, error) {
	rows, err := queries.LoadCart(ctx, db, checkoutdb.LoadCartParams{ID: cartID, Owner: who.owner})
	if err != nil {
		return cart{}, fmt.Errorf("load cart: %w", err)
	}
	if len(rows) == 0 {
		return cart{}, errNoCart
	}
	loaded := cart{Cart: rows[0].Cart, who: who}
	for _, row := range rows {
		if row.ItemID != nil {
			loaded.items = append(loaded.items, item{*row.ItemID, *row.VariantID, *row.Quantity, *row.SeenUnitPriceMinor})
		}
	}
	var errs [2]error
	loaded.delivery, errs[0] = readAddress(loaded.DeliveryAddress)
	loaded.billing, errs[1] = readAddress(loaded.BillingAddress)
	return loaded, errors.Join(errs[:]...)
}

func readAddress(stored []byte) (*typev1.Address, error) {
	if stored == nil {
		return nil, nil
	}
	address := &typev1.Address{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(stored, address); err != nil {
		return nil, fmt.Errorf("read address: %w", err)
	}
	return address, nil
}

var (
	errNoCart  = rpc.NotFound("no such cart")
	errOrdered = rpc.FailedPrecondition("this cart is already ordered")
)
