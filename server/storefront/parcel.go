package storefront

import (
	"fmt"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// parcels are what left the shop, as the shopper follows it.
func parcels(order *orderv1.Order) []storefront.Parcel {
	fetched := order.GetDelivery().GetPickupAddress() != nil
	names := lineNames(order)
	var list []storefront.Parcel
	for _, sent := range order.GetFulfilments() {
		left := sent.GetCreateTime().AsTime().Format("2 January")
		parcel := storefront.Parcel{
			Title: fmt.Sprintf("Parcel %d", sent.GetNumber()), Carrier: sent.GetCarrier(), Number: sent.GetTrackingNumber(), URL: sent.GetTrackingUrl(),
			State: ui.Tag{Label: "On its way", Tone: ui.Info}, Arrives: "It left on " + left + ".",
		}
		switch {
		case fetched:
			parcel.Title, parcel.State, parcel.Arrives = fmt.Sprintf("Part %d", sent.GetNumber()), ui.Tag{Label: "Fetched", Tone: ui.OK}, "You got it on "+left+"."
		case parcel.URL != "" && parcel.Number == "":
			parcel.Number = "See where it is"
		}
		for _, line := range sent.GetLines() {
			parcel.Items = append(parcel.Items, fmt.Sprintf("%d × %s", line.GetQuantity(), names[line.GetLineId()]))
		}
		list = append(list, parcel)
	}
	return list
}

// lineNames are what an order's lines are called, by their id.
func lineNames(order *orderv1.Order) map[string]string {
	names := map[string]string{}
	for _, line := range order.GetLines() {
		names[line.GetId()] = line.GetProductName()
		if line.GetVariantName() != "" {
			names[line.GetId()] += ", " + line.GetVariantName()
		}
	}
	return names
}

// unsent is what of an order will not come, as the shopper reads it; nil when all does.
func (s *Shop) unsent(order *orderv1.Order) *storefront.Unsent {
	end := order.GetFinish()
	if end == nil {
		return nil
	}
	rest, names := &storefront.Unsent{}, lineNames(order)
	for _, line := range order.GetLines() {
		if line.GetUnsent() > 0 {
			rest.Items = append(rest.Items, fmt.Sprintf("%d × %s", line.GetUnsent(), names[line.GetId()]))
		}
	}
	if end.GetRefunded() != nil {
		rest.Money = append(rest.Money, s.money(end.GetRefunded())+" goes back the way it was paid.")
	}
	if end.GetReleased() != nil {
		rest.Money = append(rest.Money, s.money(end.GetReleased())+" was only reserved for it. It is released and not taken.")
	}
	if end.GetUncollected() != nil {
		rest.Money = append(rest.Money, "You pay "+s.money(end.GetUncollected())+" less on delivery.")
	}
	return rest
}
