package storefront

import (
	"context"
	"net/http"

	"connectrpc.com/connect/v2"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/web"
)

// customerCookie holds the session of a shopper who signed in.
const customerCookie = "customer"

// customer is who signed in with the browser that asks.
type customer struct {
	id, email, token string
	cards            *savedCards // once a page has asked for them
}

type customerKey struct{}

// customerOf returns who is signed in, or nil.
func customerOf(r *http.Request) *customer {
	known, _ := r.Context().Value(customerKey{}).(*customer)
	return known
}

// handler answers a request, or returns why it cannot.
type handler = func(http.ResponseWriter, *http.Request) error

// recognise lets a page know who is signed in. A session that ended is forgotten, and the page is the guest's. What a guest's browser did before it signed in becomes the customer's here,
// so that nothing is lost when the answer to signing in was.
func (s *Shop) recognise(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		session := s.cookies.Get(r, customerCookie)
		if session == "" {
			return next(w, r)
		}
		found, err := s.Accounts.ExchangeCustomerSession(r.Context(), &authv1.ExchangeCustomerSessionRequest{Session: session})
		switch connect.CodeOf(err) {
		case connect.CodeUnauthenticated, connect.CodeInvalidArgument:
			s.cookies.Clear(w, customerCookie)
			s.forgetCart(w) // it is the customer's, so the guest cannot open it
			return next(w, r)
		}
		if err != nil {
			return err
		}
		s.cookies.Set(w, customerCookie, session, cookieDays*day) // it lasts as long after it was used last as the session does
		r = withCustomer(r, found.GetCustomer(), found.GetToken())
		if s.cookies.Get(r, guestCookie) != "" {
			s.claim(w, r)
		}
		return next(w, r)
	}
}

// withCustomer is a request of who is signed in.
func withCustomer(r *http.Request, who *authv1.Customer, token string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), customerKey{}, &customer{id: who.GetId(), email: who.GetEmail(), token: token}))
}

// signedIn keeps a page for who is signed in. Others are led to where they can, and back.
func (s *Shop) signedIn(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if customerOf(r) == nil {
			web.SeeOther(w, r, signInURL(accountPath))
			return nil
		}
		return next(w, r)
	}
}

// claim makes the cart and the orders of the guest who used this browser the customer's, and finds a cart that the customer filled elsewhere. What cannot be claimed now is claimed by the next page.
func (s *Shop) claim(w http.ResponseWriter, r *http.Request) {
	ctx, guest := s.asShopper(r), s.cookies.Get(r, guestCookie)
	claimed, err := s.Carts.ClaimCart(ctx, &checkoutv1.ClaimCartRequest{CartId: s.cookies.Get(r, cartCookie), GuestToken: guest})
	switch connect.CodeOf(err) {
	case connect.CodeNotFound:
		s.forgetCart(w)
	default:
		if err != nil {
			s.cfg.Log.WarnContext(ctx, "a guest's cart was not claimed", "error", err)
			return
		}
		s.keepCart(w, r, claimed.GetCart())
	}
	if guest == "" {
		return
	}
	_, err = s.Orders.ClaimOrders(ctx, &orderv1.ClaimOrdersRequest{GuestToken: guest})
	if err != nil && connect.CodeOf(err) != connect.CodeInvalidArgument { // the guest's token has ended
		s.cfg.Log.WarnContext(ctx, "a guest's orders were not claimed", "error", err)
		return
	}
	s.cookies.Clear(w, guestCookie)
	withoutCookie(r, s.cookies.Name(guestCookie))
}

// keepCart has the browser, and the page that is answered now, know a cart.
func (s *Shop) keepCart(w http.ResponseWriter, r *http.Request, cart *checkoutv1.Cart) {
	s.cookies.Set(w, cartCookie, cart.GetId(), cookieDays*day)
	s.showCount(w, cart)
	withoutCookie(r, s.cookies.Name(cartCookie))
	withoutCookie(r, cartCountName)
	r.AddCookie(&http.Cookie{Name: s.cookies.Name(cartCookie), Value: cart.GetId()})
	r.AddCookie(&http.Cookie{Name: cartCountName, Value: countText(cart)})
}

// withoutCookie takes a cookie out of a request, for the page that reads it next.
func withoutCookie(r *http.Request, name string) {
	cookies := r.Cookies()
	r.Header.Del("Cookie")
	for _, cookie := range cookies {
		if cookie.Name != name {
			r.AddCookie(cookie)
		}
	}
}

// asShopper makes calls in the name of the customer who is signed in, else of whoever holds the guest cookie.
func (s *Shop) asShopper(r *http.Request) context.Context {
	if known := customerOf(r); known != nil {
		return auth.WithToken(r.Context(), known.token)
	}
	return auth.WithToken(r.Context(), s.cookies.Get(r, guestCookie))
}
