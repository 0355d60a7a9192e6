package storefront

import (
	"context"
	"net/http"
	"strconv"

	"connectrpc.com/connect/v2"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
)

// Cookies of a shopper. The guest token is the shopper until they sign in; the cart's id alone opens nothing.
const (
	guestCookie   = "guest"
	cartCookie    = "cart"
	cartCountName = "cart_count"
	cookieDays    = 30
)

// loadCart returns the shopper's open cart, or nil when there is none: no cookie, an ended token, or a cart that became an order.
func (s *Shop) loadCart(r *http.Request, estimateCountry string) (*checkoutv1.Cart, error) {
	cartID := s.cookies.Get(r, cartCookie)
	if cartID == "" || s.cookies.Get(r, guestCookie) == "" && customerOf(r) == nil {
		return nil, nil
	}
	answer, err := s.Carts.GetCart(s.asShopper(r), &checkoutv1.GetCartRequest{CartId: cartID, EstimateCountryCode: estimateCountry})
	switch connect.CodeOf(err) {
	case connect.CodeNotFound, connect.CodeUnauthenticated, connect.CodeInvalidArgument:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if answer.GetCart().GetState() != checkoutv1.CartState_CART_STATE_OPEN {
		return nil, nil
	}
	return answer.GetCart(), nil
}

// ensureCart returns the id of the shopper's cart and a context to change it under, making guest and cart if there are none.
func (s *Shop) ensureCart(w http.ResponseWriter, r *http.Request) (context.Context, string, error) {
	cart, err := s.loadCart(r, "")
	if err != nil {
		return nil, "", err
	}
	if cart != nil {
		return s.asShopper(r), cart.GetId(), nil
	}
	ctx, anybody := s.asShopper(r), s.cookies.Get(r, guestCookie) != "" || customerOf(r) != nil
	created, err := s.Carts.CreateCart(ctx, &checkoutv1.CreateCartRequest{})
	if !anybody || connect.CodeOf(err) == connect.CodeUnauthenticated {
		guest, issueErr := s.Auth.IssueGuestToken(auth.WithToken(ctx, ""), &authv1.IssueGuestTokenRequest{})
		if issueErr != nil {
			return nil, "", issueErr
		}
		s.cookies.Set(w, guestCookie, guest.GetToken(), cookieDays*day)
		ctx = auth.WithToken(ctx, guest.GetToken())
		created, err = s.Carts.CreateCart(ctx, &checkoutv1.CreateCartRequest{})
	}
	if err != nil {
		return nil, "", err
	}
	s.cookies.Set(w, cartCookie, created.GetCart().GetId(), cookieDays*day)
	return ctx, created.GetCart().GetId(), nil
}

// showCount keeps the readable cookie by which scripts show the number of items on public pages.
func (s *Shop) showCount(w http.ResponseWriter, cart *checkoutv1.Cart) {
	http.SetCookie(w, &http.Cookie{
		Name: cartCountName, Value: countText(cart), Path: "/", MaxAge: cookieDays * 24 * 3600,
		Secure: s.cookies.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// forgetCart is called once the cart became an order.
func (s *Shop) forgetCart(w http.ResponseWriter) {
	s.cookies.Clear(w, cartCookie)
	http.SetCookie(w, &http.Cookie{Name: cartCountName, Path: "/", MaxAge: -1})
}

func countText(cart *checkoutv1.Cart) string { return strconv.Itoa(itemCount(cart)) }

func itemCount(cart *checkoutv1.Cart) int {
	count := 0
	for _, line := range cart.GetLines() {
		count += int(line.GetQuantity())
	}
	return count
}

// plainCookie reads a cookie that scripts may read too; what stands in it is only ever shown.
func plainCookie(r *http.Request, name string) string {
	cookie, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}
