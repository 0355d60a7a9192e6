package storefront

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// orderLookup asks a buyer without the link for number and e-mail.
func (s *Shop) orderLookup(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, storefront.OrderLookup(storefront.OrderLookupPage{Shell: s.shell(r.Context(), lookupTitle)}))
}

const lookupTitle = "Track an order"

// findOrder leads to the order. Whether its number is unknown or its e-mail another, the answer is the same; how often a visitor may try is limited
// before it comes here.
func (s *Shop) findOrder(w http.ResponseWriter, r *http.Request) error {
	page := storefront.OrderLookupPage{
		Shell: s.privateShell(r, lookupTitle), Number: strings.TrimPrefix(typed(r, "number"), "#"), Email: typed(r, "email"), Problems: ui.Problems{},
	}
	for _, field := range []struct {
		name, value, missing string
		longest              int
	}{{"number", page.Number, "Enter the order number, such as TW-1042", 50}, {"email", page.Email, "Enter the email address of the order", 254}} {
		if field.value == "" || utf8.RuneCountInString(field.value) > field.longest {
			page.Problems[field.name] = field.missing
		}
	}
	if len(page.Problems) == 0 {
		found, err := s.Orders.FindOrder(r.Context(), &orderv1.FindOrderRequest{Number: page.Number, Email: page.Email})
		if err == nil {
			web.SeeOther(w, r, orderURL(found.GetSigned()))
			return nil
		}
		if connect.CodeOf(err) != connect.CodeNotFound {
			return err
		}
		page.Problems[""] = "We find no order with this number and this email address. Both stand in the confirmation that we sent you."
	}
	return web.Render(w, r, http.StatusUnprocessableEntity, storefront.OrderLookup(page))
}
