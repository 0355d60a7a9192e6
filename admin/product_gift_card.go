package main

import (
	"net/http"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// giftCardAction makes a draft a gift card, or an ordinary product again.
func giftCardAction(current *productv1.Product) admin.Action {
	here := "/products/" + current.GetId() + "/gift-card"
	if current.GetGiftCard() {
		return admin.Action{Label: "Make it an ordinary product", URL: here}
	}
	return admin.Action{
		Label: "Make it a gift card", URL: here, Button: "Make it a gift card", Hidden: []ui.Hidden{{Name: "gift_card", Value: "1"}},
		Confirm: "Each variant is then worth its price. Who pays for one gets a code by mail; nothing is sent or counted, no discount makes it cheaper, and no tax is taken. Once it is on sale it stays one.",
	}
}

// setGiftCard decides what a draft is.
func (o *office) setGiftCard(w http.ResponseWriter, v visit) error {
	current, err := o.getProduct(v)
	if err != nil {
		return err
	}
	_, err = o.Products.SetGiftCard(v.ctx, &productv1.SetGiftCardRequest{Id: current.GetId(), GiftCard: v.PostFormValue("gift_card") != ""})
	if connect.CodeOf(err) == connect.CodeFailedPrecondition {
		return o.showProduct(w, v, http.StatusConflict, formOf(current), current, ui.Problems{"": words(err)}, "")
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "product.gift_card"})
	web.SeeOther(w, v.Request, "/products/"+current.GetId())
	return nil
}
