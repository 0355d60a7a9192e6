package event

import (
	"context"
	"fmt"

	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// shippedMail is what the templates about a parcel are filled with: of the order's lines those that are in it.
type shippedMail struct {
	orderMail
	Carrier, TrackingNumber, TrackingURL string
	// More says that something of the order is still to be sent.
	More bool
}

// sendShipped tells of goods that left, once for each time some did. What left does not come back by what happens to the order afterwards, so this mail is never untrue.
func (s *Service) sendShipped(ctx context.Context, order *orderv1.Order, fulfilmentID string) (*eventv1.SendOrderMailResponse, error) {
	parcel := parcelOf(order, fulfilmentID)
	if parcel == nil {
		return nil, rpc.InvalidArgument("fulfilment_id: not one of this order's")
	}
	filled := shippedMail{
		orderMail: s.fill(order), Carrier: parcel.GetCarrier(), TrackingNumber: parcel.GetTrackingNumber(), TrackingURL: parcel.GetTrackingUrl(),
	}
	filled.Lines = nil
	inside := map[string]int32{}
	for _, line := range parcel.GetLines() {
		inside[line.GetLineId()] = line.GetQuantity()
	}
	for _, line := range order.GetLines() {
		filled.More = filled.More || line.GetToSend() > 0
		if units := inside[line.GetId()]; units > 0 {
			filled.Lines = append(filled.Lines, mailLine{Name: named(line.GetProductName(), line.GetVariantName()), Quantity: fmt.Sprint(units)})
		}
	}
	subject := "Order %s is on its way"
	switch {
	case filled.Fetched:
		subject = "You have got order %s"
	case filled.More || parcel.GetNumber() > 1:
		subject = "A part of order %s is on its way"
	}
	kind := "shipped." + fulfilmentID
	mail, err := write("shipped", order.GetId()+"."+kind, fmt.Sprintf(subject, order.GetNumber()), order.GetEmail(), filled)
	if err != nil {
		return nil, err
	}
	sent, err := s.sendOnce(ctx, order.GetId(), kind, mail)
	if err != nil {
		return nil, err
	}
	return &eventv1.SendOrderMailResponse{Sent: sent}, nil
}

func parcelOf(order *orderv1.Order, id string) *orderv1.Fulfilment {
	for _, parcel := range order.GetFulfilments() {
		if parcel.GetId() == id {
			return parcel
		}
	}
	return nil
}
