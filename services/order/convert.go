package order

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
)

// toProto converts an order without what other tables and services know of it.
func toProto(row orderdb.Order) (*orderv1.Order, error) {
	amount := func(minor int64) *typev1.Money {
		return &typev1.Money{AmountMinor: minor, CurrencyCode: row.CurrencyCode}
	}
	some := func(minor int64) *typev1.Money {
		if minor == 0 {
			return nil
		}
		return amount(minor)
	}
	order := &orderv1.Order{
		Id: row.ID, Number: row.Number, State: parseState(row.State), PaymentState: parsePaymentState(row.PaymentState), Email: row.Email,
		DeliveryAddress: &typev1.Address{}, BillingAddress: &typev1.Address{}, Delivery: &pricingv1.DeliveryOption{},
		Totals: &pricingv1.Totals{
			Goods: amount(row.GoodsMinor), Shipping: amount(row.ShippingMinor), Tax: amount(row.TaxMinor),
			TaxIncluded: row.TaxIncluded, TaxName: row.TaxName, Total: amount(row.TotalMinor),
			Discount: some(row.DiscountMinor), TaxRelief: some(row.TaxReliefMinor), Rounding: some(row.RoundingMinor),
		},
		CreateTime: timestamppb.New(row.CreateTime), ExpireTime: timestamp(row.ExpireTime), ConfirmTime: timestamp(row.ConfirmTime),
		ItemCount: row.ItemCount, Digital: row.Digital,
		VatNumber: row.VatNumber, ReverseCharge: row.ReverseCharge, Note: row.Note, GiftMessage: row.GiftMessage,
		TermsVersion: row.TermsVersion, TermsTime: timestamp(row.TermsTime),
	}
	for _, stored := range []struct {
		json []byte
		into proto.Message
	}{{row.DeliveryAddress, order.GetDeliveryAddress()}, {row.BillingAddress, order.GetBillingAddress()}, {row.Delivery, order.GetDelivery()}} {
		if err := readJSON(stored.json, stored.into); err != nil {
			return nil, fmt.Errorf("order %s: %w", row.ID, err)
		}
	}
	var promotions []promotionJSON
	if err := json.Unmarshal(row.Promotions, &promotions); err != nil {
		return nil, fmt.Errorf("promotions of order %s: %w", row.ID, err)
	}
	for _, one := range promotions {
		order.Promotions = append(order.Promotions, &orderv1.OrderPromotion{
			PromotionId: one.PromotionID, Name: one.Name, Code: one.Code, Goods: amount(one.GoodsMinor), Shipping: amount(one.ShippingMinor),
		})
	}
	var taxes []taxJSON
	if err := json.Unmarshal(row.Taxes, &taxes); err != nil {
		return nil, fmt.Errorf("taxes of order %s: %w", row.ID, err)
	}
	for _, one := range taxes {
		order.Taxes = append(order.Taxes, &pricingv1.TaxPart{Name: one.Name, Rate: one.Rate, BaseMinor: one.BaseMinor, AmountMinor: one.AmountMinor})
	}
	if row.Digital {
		order.DeliveryAddress, order.Delivery = nil, nil
	}
	if order.GetDeliveryAddress().GetCountryCode() == "" {
		order.DeliveryAddress = nil // it is fetched
	}
	return order, nil
}

func lineToProto(currency string, row orderdb.OrderLine) (*orderv1.OrderLine, error) {
	amount := func(minor int64) *typev1.Money { return &typev1.Money{AmountMinor: minor, CurrencyCode: currency} }
	line := &orderv1.OrderLine{
		Id: row.ID, VariantId: row.VariantID, ProductId: row.ProductID, ProductSlug: row.ProductSlug, ProductName: row.ProductName,
		VariantName: row.VariantName, Sku: row.Sku, Quantity: row.Quantity,
		UnitPrice: amount(row.UnitPriceMinor), Total: amount(row.TotalMinor), Tax: amount(row.TaxMinor),
		Gift: row.Gift, GiftCard: row.GiftCard,
	}
	if row.DiscountMinor > 0 {
		line.Discount = amount(row.DiscountMinor)
	}
	if row.Discounts != nil {
		var discounts []discountJSON
		if err := json.Unmarshal(row.Discounts, &discounts); err != nil {
			return nil, fmt.Errorf("discounts of order line %s: %w", row.ID, err)
		}
		for _, off := range discounts {
			line.Discounts = append(line.Discounts, &pricingv1.Discount{PromotionId: off.PromotionID, Name: off.Name, AmountMinor: off.AmountMinor})
		}
	}
	if row.Parts != nil {
		var parts []partJSON
		if err := json.Unmarshal(row.Parts, &parts); err != nil {
			return nil, fmt.Errorf("parts of order line %s: %w", row.ID, err)
		}
		for _, part := range parts {
			line.Parts = append(line.Parts, &orderv1.OrderLinePart{
				VariantId: part.VariantID, ProductId: part.ProductID, ProductSlug: part.ProductSlug, ProductName: part.ProductName,
				VariantName: part.VariantName, Sku: part.SKU, Quantity: part.Quantity,
			})
		}
	}
	if row.Image != nil {
		line.Image = &productv1.Image{}
		if err := readJSON(row.Image, line.GetImage()); err != nil {
			return nil, fmt.Errorf("image of order line %s: %w", row.ID, err)
		}
	}
	return line, nil
}

func attemptToProto(p *paymentv1.Payment) *orderv1.PaymentAttempt {
	return &orderv1.PaymentAttempt{
		Id: p.GetId(), State: strings.ToLower(strings.TrimPrefix(p.GetState().String(), paymentStatePrefix)), Provider: p.GetProvider(),
		Amount: p.GetAmount(), ProviderReference: p.GetProviderReference(), CreateTime: p.GetCreateTime(), Problem: p.GetProblem(),
		FailureReason: p.GetFailureReason(), Authorized: p.GetAuthorized(), Captured: p.GetCaptured(), Refunded: p.GetRefunded(), Disputed: p.GetDisputed(),
		CaptureBy: p.GetCaptureBy(), SingleCapture: p.GetSingleCapture(), Credited: p.GetCredited(), Method: p.GetMethod(),
	}
}

func entryToProto(row orderdb.OrderTimeline) *orderv1.TimelineEntry {
	return &orderv1.TimelineEntry{Time: timestamppb.New(row.Time), Kind: row.Kind, Text: row.Text, Actor: row.Actor}
}

func timestamp(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

// readJSON passes over fields that a later release may have written.
func readJSON(json []byte, into proto.Message) error {
	return protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(json, into)
}
