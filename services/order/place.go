package order

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// Placement is what a shopper agreed to.
type Placement struct {
	// ID is to be the order's: whoever places it says so, and can name the order before it is written.
	ID     string
	CartID string
	// Owner is the guest or customer who may see the order.
	Owner string
	Email string
	// DeliveryAddress is nil when nothing is sent: all is downloaded, or fetched.
	DeliveryAddress *typev1.Address
	// BillingAddress is nil when it is the same.
	BillingAddress *typev1.Address
	Lines          []Line
	Totals         *pricingv1.Totals
	// Promotions are what made it cheaper, in the order in which they were applied.
	Promotions []*pricingv1.AppliedPromotion
	// Delivery is nil when nothing is sent.
	Delivery *pricingv1.DeliveryOption
	// OnDelivery: the carrier collects, so the order is confirmed at once. So is one that costs nothing, or for which all is paid.
	OnDelivery bool
	// AwaitTransfer is how long the order waits for the shopper to transfer the money; zero for all who pay in another way.
	AwaitTransfer time.Duration
	// PaidMinor is what gift cards pay, in the same transaction.
	PaidMinor int64
	// Downloads is what buyers may do with files.
	Downloads Allowance
	// VATNumber is that of the business that buys; ReverseCharge says that it owes the tax, so that none is taken.
	VATNumber     string
	ReverseCharge bool
	// Taxes are all taxes by name and rate.
	Taxes []*pricingv1.TaxPart
	// Note is for the shop, GiftMessage for a card in the parcel.
	Note, GiftMessage string
	// TermsVersion is that of the terms that were accepted; empty when none were to be.
	TermsVersion string
	// Numbers is the pattern of order numbers; CheckNumbers says which will do.
	Numbers string
}

// Line is an offer that was taken.
type Line struct {
	Offer    *productv1.Offer
	Quantity int32
	// Price of one, before promotions.
	Price *typev1.Money
	// Priced is what became of the line: its discounts and its tax.
	Priced *pricingv1.PricedLine
	// Gift says that a promotion added it for nothing.
	Gift bool
}

// Order is an order as stored.
type Order = orderdb.Order

var numberVerb = regexp.MustCompile(`^[^%]*%(0[1-9])?d[^%]*$`)

// CheckNumbers refuses a pattern from which numbers could not be told apart.
func CheckNumbers(pattern string) error {
	if !numberVerb.MatchString(pattern) || len(pattern) > 40 {
		return errors.New("the pattern of order numbers must hold %d once, such as TW-%06d")
	}
	return nil
}

// Create writes an order. It is a join: checkout calls it in the transaction that ends the cart.
func Create(ctx context.Context, tx pgx.Tx, p Placement) (Order, error) {
	number, err := queries.NextOrderNumber(ctx, tx)
	if err != nil {
		return Order{}, fmt.Errorf("next order number: %w", err)
	}
	now := clock.Now()
	row := orderdb.CreateOrderParams{
		ID: p.ID, Number: fmt.Sprintf(p.Numbers, number), CartID: p.CartID, Owner: &p.Owner, Email: p.Email,
		State: name(Pending), PaymentState: paymentName(Unpaid), ExpireTime: later(now, cmp.Or(p.AwaitTransfer, TimeToPay)), Now: now,
		CurrencyCode: p.Totals.GetTotal().GetCurrencyCode(), GoodsMinor: p.Totals.GetGoods().GetAmountMinor(),
		ShippingMinor: p.Totals.GetShipping().GetAmountMinor(), TaxMinor: p.Totals.GetTax().GetAmountMinor(),
		TaxIncluded: p.Totals.GetTaxIncluded(), TaxName: p.Totals.GetTaxName(), TotalMinor: p.Totals.GetTotal().GetAmountMinor(),
		DiscountMinor: p.Totals.GetDiscount().GetAmountMinor(), TaxReliefMinor: p.Totals.GetTaxRelief().GetAmountMinor(), RoundingMinor: p.Totals.GetRounding().GetAmountMinor(),
	}
	row.VatNumber, row.ReverseCharge, row.Note, row.GiftMessage = p.VATNumber, p.ReverseCharge, p.Note, p.GiftMessage
	if row.TermsVersion = p.TermsVersion; p.TermsVersion != "" {
		row.TermsTime = &now
	}
	if p.Owner == "" {
		row.Owner = nil // nobody's, rather than everybody's who has no name either
	}
	row.Digital = !slices.ContainsFunc(p.Lines, func(line Line) bool { return len(line.Offer.GetFiles()) == 0 && !line.Offer.GetGiftCard() })
	for _, line := range p.Lines {
		if line.Offer.GetGiftCard() {
			row.GiftCardsMinor += line.Price.GetAmountMinor() * int64(line.Quantity)
		}
	}
	confirmed := p.OnDelivery || row.TotalMinor == p.PaidMinor
	if confirmed && row.GiftCardsMinor > 0 {
		return Order{}, errPaidFirst
	}
	if confirmed {
		row.State, row.PaymentState, row.ExpireTime, row.ConfirmTime = name(Confirmed), paymentName(Paid), nil, &now
	}
	switch {
	case p.PaidMinor == row.TotalMinor:
	case p.AwaitTransfer > 0:
		row.PaymentState = paymentName(AwaitingTransfer)
	case p.PaidMinor > 0:
		row.PaymentState = paymentName(PartlyPaid)
	case p.OnDelivery:
		row.PaymentState = paymentName(OnDelivery)
	}
	billing := p.BillingAddress
	if billing == nil {
		billing = p.DeliveryAddress
	}
	lines, err := linesJSON(p.Lines)
	if err != nil {
		return Order{}, err
	}
	if row.Lines, err = json.Marshal(lines); err != nil {
		return Order{}, fmt.Errorf("encode order lines: %w", err)
	}
	row.EntryID, row.EntryKind, row.EntryText, row.EntryActor = id.New(), "placed", "The order was placed.", byShopper
	for _, stored := range []struct {
		into *[]byte
		from proto.Message
	}{{&row.DeliveryAddress, p.DeliveryAddress}, {&row.BillingAddress, billing}, {&row.Delivery, p.Delivery}} {
		if *stored.into, err = protojson.Marshal(stored.from); err != nil {
			return Order{}, fmt.Errorf("encode order: %w", err)
		}
	}
	if row.Promotions, err = json.Marshal(promotionsJSON(p.Promotions)); err != nil {
		return Order{}, fmt.Errorf("encode promotions: %w", err)
	}
	if row.Taxes, err = json.Marshal(taxesJSON(p.Taxes)); err != nil {
		return Order{}, fmt.Errorf("encode taxes: %w", err)
	}
	for _, line := range p.Lines {
		row.ItemCount += line.Quantity
	}
	if err := queries.CreateOrder(ctx, postgres.Later(tx), row); err != nil {
		return Order{}, fmt.Errorf("create order: %w", err)
	}
	order := written(row)
	if err := addDownloads(ctx, tx, order.ID, p, lines); err != nil {
		return Order{}, err
	}
	if p.PaidMinor > 0 {
		paid := sayAmount(amountOf(order, p.PaidMinor)) + " was paid by gift card."
		if err := note(ctx, tx, order.ID, "payment.captured", paid, bySystem); err != nil {
			return Order{}, err
		}
	}
	if err := broker.Publish(ctx, tx, &orderv1.OrderPlaced{OrderId: order.ID}); err != nil {
		return Order{}, err
	}
	if row.PaymentState == paymentName(AwaitingTransfer) {
		return order, tellAwaited(ctx, tx, order, byShopper)
	}
	if confirmed {
		if err := note(ctx, tx, order.ID, "confirmed", "Nothing is to be paid now.", bySystem); err != nil {
			return Order{}, err
		}
		if err := sell(ctx, tx, order); err != nil {
			return order, err
		}
		if err := broker.Publish(ctx, tx, &orderv1.OrderConfirmed{OrderId: order.ID}); err != nil || row.PaymentState != paymentName(Paid) {
			return order, err
		}
		if order, err = fulfilDigital(ctx, tx, order); err != nil {
			return order, err
		}
		return move(ctx, tx, order)
	}
	return order, nil
}

// written is an order as it is stored by what creates it, which need not be read again.
func written(row orderdb.CreateOrderParams) Order {
	return Order{
		ID: row.ID, Number: row.Number, CartID: row.CartID, Owner: row.Owner, State: row.State, PaymentState: row.PaymentState, Email: row.Email,
		DeliveryAddress: row.DeliveryAddress, BillingAddress: row.BillingAddress, CurrencyCode: row.CurrencyCode, GoodsMinor: row.GoodsMinor,
		ShippingMinor: row.ShippingMinor, TaxMinor: row.TaxMinor, TaxIncluded: row.TaxIncluded, TaxName: row.TaxName, TotalMinor: row.TotalMinor,
		ItemCount: row.ItemCount, Delivery: row.Delivery, CreateTime: row.Now, UpdateTime: row.Now, ExpireTime: row.ExpireTime, ExpiryTryTime: row.ExpireTime,
		ConfirmTime: row.ConfirmTime, Digital: row.Digital, DiscountMinor: row.DiscountMinor, TaxReliefMinor: row.TaxReliefMinor,
		RoundingMinor: row.RoundingMinor, Promotions: row.Promotions, VatNumber: row.VatNumber, ReverseCharge: row.ReverseCharge, Taxes: row.Taxes,
		Note: row.Note, GiftMessage: row.GiftMessage, TermsVersion: row.TermsVersion, TermsTime: row.TermsTime, GiftCardsMinor: row.GiftCardsMinor,
	}
}

// lineJSON is a line as CreateOrder reads it.
type lineJSON struct {
	ID             string          `json:"id"`
	Position       int             `json:"position"`
	VariantID      string          `json:"variant_id"`
	ProductID      string          `json:"product_id"`
	ProductSlug    string          `json:"product_slug"`
	ProductName    string          `json:"product_name"`
	VariantName    string          `json:"variant_name"`
	SKU            string          `json:"sku"`
	Quantity       int32           `json:"quantity"`
	UnitPriceMinor int64           `json:"unit_price_minor"`
	DiscountMinor  int64           `json:"discount_minor"`
	Discounts      []discountJSON  `json:"discounts,omitempty"`
	Gift           bool            `json:"gift"`
	GiftCard       bool            `json:"gift_card"`
	TaxMinor       int64           `json:"tax_minor"`
	Image          json.RawMessage `json:"image,omitempty"`
	Parts          []partJSON      `json:"parts,omitempty"`
}

// partJSON is a part of a bundle as it is stored, with the units for the whole line.
type partJSON struct {
	VariantID   string `json:"variant_id"`
	ProductID   string `json:"product_id"`
	ProductSlug string `json:"product_slug"`
	ProductName string `json:"product_name"`
	VariantName string `json:"variant_name"`
	SKU         string `json:"sku"`
	Quantity    int32  `json:"quantity"`
}

// discountJSON is what a promotion took off a line as it is stored.
type discountJSON struct {
	PromotionID string `json:"promotion_id"`
	Name        string `json:"name"`
	AmountMinor int64  `json:"amount_minor"`
}

// promotionJSON is a promotion of an order as it is stored.
type promotionJSON struct {
	PromotionID   string `json:"promotion_id"`
	Name          string `json:"name"`
	Code          string `json:"code"`
	GoodsMinor    int64  `json:"goods_minor"`
	ShippingMinor int64  `json:"shipping_minor"`
}

func promotionsJSON(applied []*pricingv1.AppliedPromotion) []promotionJSON {
	rows := make([]promotionJSON, len(applied))
	for i, one := range applied {
		rows[i] = promotionJSON{one.GetPromotionId(), one.GetName(), one.GetCode(), one.GetGoodsMinor(), one.GetShippingMinor()}
	}
	return rows
}

// taxJSON is a tax of an order as it is stored.
type taxJSON struct {
	Name        string `json:"name"`
	Rate        int32  `json:"rate"`
	BaseMinor   int64  `json:"base_minor"`
	AmountMinor int64  `json:"amount_minor"`
}

func taxesJSON(taxes []*pricingv1.TaxPart) []taxJSON {
	rows := make([]taxJSON, len(taxes))
	for i, one := range taxes {
		rows[i] = taxJSON{one.GetName(), one.GetRate(), one.GetBaseMinor(), one.GetAmountMinor()}
	}
	return rows
}

func linesJSON(lines []Line) ([]lineJSON, error) {
	rows := make([]lineJSON, 0, len(lines))
	for i, line := range lines {
		offer := line.Offer
		row := lineJSON{
			ID: id.New(), Position: i + 1, VariantID: offer.GetVariantId(), ProductID: offer.GetProductId(), ProductSlug: offer.GetProductSlug(),
			ProductName: offer.GetProductName(), VariantName: offer.GetVariantName(), SKU: offer.GetSku(),
			Quantity: line.Quantity, UnitPriceMinor: line.Price.GetAmountMinor(), Gift: line.Gift, GiftCard: offer.GetGiftCard(),
			DiscountMinor: line.Priced.GetDiscountMinor(), TaxMinor: line.Priced.GetTaxMinor(),
		}
		for _, off := range line.Priced.GetDiscounts() {
			row.Discounts = append(row.Discounts, discountJSON{off.GetPromotionId(), off.GetName(), off.GetAmountMinor()})
		}
		for _, part := range offer.GetParts() {
			row.Parts = append(row.Parts, partJSON{
				VariantID: part.GetVariantId(), ProductID: part.GetProductId(), ProductSlug: part.GetProductSlug(), ProductName: part.GetProductName(),
				VariantName: part.GetVariantName(), SKU: part.GetSku(), Quantity: part.GetQuantity() * line.Quantity,
			})
		}
		if offer.GetImage() != nil {
			image, err := protojson.Marshal(offer.GetImage())
			if err != nil {
				return nil, fmt.Errorf("encode image: %w", err)
			}
			row.Image = image
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func later(t time.Time, wait time.Duration) *time.Time {
	t = t.Add(wait)
	return &t
}
