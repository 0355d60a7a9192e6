package main

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1/authv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1/checkoutv1connect"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1/orderv1connect"
	"github.com/tradewind-commerce/tradewind/platform/cache"
	"github.com/tradewind-commerce/tradewind/platform/ratelimit"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
)

// What one visitor may do. Pages and calls are counted by each process for itself, so that no page waits for another machine; what costs
// more than a page is counted by all together.
var (
	pageLimit  = ratelimit.Limit{Burst: 60, Every: time.Second / 20}
	callLimit  = ratelimit.Limit{Burst: 200, Every: time.Second / 100} // the back office's too, for all its staff in one place
	cartLimit  = ratelimit.Limit{Burst: 30, Every: 2 * time.Second}
	orderLimit = ratelimit.Limit{Burst: 10, Every: 20 * time.Second}
	// Whoever tries out cards is slow besides. What begins a payment counts, not each press of a button that may lead to one. Order counts attempts by shopper and by order as well.
	payLimit    = ratelimit.Limit{Burst: 10, Every: 6 * time.Minute}
	reviewLimit = ratelimit.Limit{Burst: 5, Every: time.Minute}
	lookupLimit = ratelimit.Limit{Burst: 10, Every: time.Minute} // enough for who mistypes an order's number, too little for who guesses
	codeLimit   = ratelimit.Limit{Burst: 10, Every: time.Minute} // the same for codes of promotions
	// Codes of gift cards are money: five tries an hour. Checkout counts them by shopper and by card as well.
	giftCardLimit = ratelimit.Limit{Burst: 5, Every: 12 * time.Minute}
	// A file may come in pieces, and a player asks for many.
	downloadLimit = ratelimit.Limit{Burst: 40, Every: 2 * time.Second}
	signInLimit   = ratelimit.Limit{Burst: 20, Every: time.Minute} // auth counts more finely, by address and code
	loginLimit    = ratelimit.Limit{Burst: 20, Every: 15 * time.Second}
	// A sitemap is fifty statements. A search engine comes for all of a large shop now and then.
	mapLimit = ratelimit.Limit{Burst: 60, Every: 5 * time.Second}
)

// tooOften is what a visitor reads who did too much.
func tooOften(wait time.Duration) string {
	return "You are doing this very often. Wait " + inWords(wait) + ", then repeat."
}

func inWords(wait time.Duration) string {
	if wait > time.Minute {
		return strconv.Itoa(int(math.Ceil(wait.Minutes()))) + " minutes"
	}
	if seconds := int(math.Ceil(wait.Seconds())); seconds > 1 {
		return strconv.Itoa(seconds) + " seconds"
	}
	return "a second"
}

// take uses a visitor's allowance or says how long there is none.
type take func(ctx context.Context, visitor string) (allowed bool, retryAfter time.Duration)

// payments is the allowance to begin to pay, which programs and pages use up together; nil bounds nothing.
func payments(part float64, shared *cache.Cache) take {
	if part <= 0 {
		return nil
	}
	return ratelimit.NewShared(shared, "payments", payLimit.Part(part)).Take
}

// onPages is the same for pages, which know whether they begin a payment.
func (t take) onPages() func(context.Context) error {
	if t == nil {
		return nil
	}
	return func(ctx context.Context) error {
		if web.Client(ctx).IsLoopback() {
			return nil
		}
		if allowed, wait := t(ctx, web.ClientNetwork(ctx)); !allowed {
			return rpc.ResourceExhausted("you began to pay very often; your order is kept, try again in " + inWords(wait))
		}
		return nil
	}
}

// limits are those of the public port.
type limits struct {
	next         http.Handler
	pages, calls take
	dear         *http.ServeMux // what is limited beside that
}

// limited bounds what one visitor may do, to a part of the usual or more. This machine itself is not a visitor.
func limited(next http.Handler, part float64, shared *cache.Cache, payments take) http.Handler {
	if part <= 0 {
		return next
	}
	alone := func(limit ratelimit.Limit) take {
		limiter := ratelimit.New(limit.Part(part))
		return func(_ context.Context, visitor string) (bool, time.Duration) { return limiter.Take(visitor) }
	}
	l := &limits{next: next, pages: alone(pageLimit), calls: alone(callLimit), dear: http.NewServeMux()}
	for name, of := range map[string]struct {
		limit    ratelimit.Limit
		patterns []string
	}{
		"carts": {cartLimit, []string{
			authv1connect.AuthServiceIssueGuestTokenProcedure, checkoutv1connect.CartServiceCreateCartProcedure, "POST /cart/items",
		}},
		"orders":   {orderLimit, []string{checkoutv1connect.CheckoutServicePlaceOrderProcedure, "POST /checkout/review", "POST /orders/{signed}/payment"}},
		"sitemaps": {mapLimit, []string{"GET /sitemap.xml", "GET /sitemaps/products/{after}"}},
		"reviews":  {reviewLimit, []string{"POST /products/{slug}/reviews", "POST /orders/{signed}/reviews/{product}"}},
		"lookups":  {lookupLimit, []string{"POST /orders"}},
		"codes":    {codeLimit, []string{checkoutv1connect.CartServiceApplyCodeProcedure, "POST /cart/codes", "POST /checkout/codes"}},
		"gift card addresses": {giftCardLimit, []string{
			checkoutv1connect.CartServiceApplyGiftCardProcedure, "POST /cart/gift-cards", "POST /checkout/gift-cards",
		}},
		"downloads": {downloadLimit, []string{"GET /downloads/{signed}"}},
		"sign-in codes": {signInLimit, []string{
			authv1connect.CustomerServiceSendSignInCodeProcedure, authv1connect.CustomerServiceSignInProcedure, "POST /account/sign-in", "POST /account/sign-in/code",
		}},
		"logins": {loginLimit, []string{authv1connect.AuthServiceLogInProcedure}},
	} {
		together := ratelimit.NewShared(shared, name, of.limit.Part(part))
		for _, pattern := range of.patterns {
			l.dear.Handle(pattern, l.handler(together.Take))
		}
	}
	l.dear.Handle(orderv1connect.OrderServiceStartPaymentProcedure, l.handler(payments))
	l.dear.Handle("/", next)
	return l
}

func (l *limits) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case web.Client(r.Context()).IsLoopback(), strings.HasPrefix(r.URL.Path, "/assets/"), strings.HasPrefix(r.URL.Path, "/media/"):
		l.next.ServeHTTP(w, r)
	case isCall(r), strings.HasPrefix(r.URL.Path, "/webhooks/"):
		l.check(w, r, l.calls, l.dear)
	default:
		l.check(w, r, l.pages, l.dear)
	}
}

func (l *limits) handler(take take) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.check(w, r, take, l.next) })
}

func (l *limits) check(w http.ResponseWriter, r *http.Request, take take, next http.Handler) {
	allowed, wait := take(r.Context(), web.ClientNetwork(r.Context()))
	if allowed {
		next.ServeHTTP(w, r)
		return
	}
	header := w.Header()
	header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	header.Set("Cache-Control", "no-store")
	if !isCall(r) {
		http.Error(w, tooOften(wait), http.StatusTooManyRequests)
		return
	}
	header.Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusTooManyRequests)
	_ = json.NewEncoder(w).Encode(map[string]string{"code": "resource_exhausted", "message": tooOften(wait)})
}

// isCall tells calls of the API from pages.
func isCall(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/tradewind.") || strings.HasPrefix(r.URL.Path, "/grpc.")
}
