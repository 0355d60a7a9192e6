package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"connectrpc.com/connect/v2"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/services"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// office serves the back office.
type office struct {
	*services.Set
	cfg     settings
	files   *web.Assets
	assets  ui.Assets
	site    web.Site
	cookies web.Cookies
	log     *slog.Logger
}

func newOffice(set *services.Set, cfg settings, assets *web.Assets, address *url.URL, log *slog.Logger) *office {
	o := &office{Set: set, cfg: cfg, files: assets, assets: assetURLs(assets), log: log}
	shop, _ := url.Parse(cfg.PublicURL) // pictures come from there
	o.site = web.Site{URL: address, AssetURL: shop, SameSite: http.SameSiteStrictMode, Problem: o.problem}
	o.cookies = o.site.Cookies()
	return o
}

// visit is a request of somebody who is signed in.
type visit struct {
	*http.Request
	ctx   context.Context
	staff *authv1.Staff
}

// signedIn swaps the session's cookie for a token, on every request, so that an ended session ends now. Others are led to the login
// and back.
func (o *office) signedIn(page func(http.ResponseWriter, visit) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		session := o.cookies.Get(r, sessionCookie)
		if session == "" {
			return o.toLogin(w, r, false)
		}
		answer, err := o.Auth.ExchangeSession(r.Context(), &authv1.ExchangeSessionRequest{Session: session})
		if connect.CodeOf(err) == connect.CodeUnauthenticated && err != nil {
			return o.toLogin(w, r, true)
		}
		if err != nil {
			return err
		}
		return page(w, visit{Request: r, ctx: auth.WithToken(r.Context(), answer.GetToken()), staff: answer.GetStaff()})
	}
}

// needs refuses whoever does not have a permission before anything is read of what they sent. The services have the last word.
func needs(permission string, page func(http.ResponseWriter, visit) error) func(http.ResponseWriter, visit) error {
	return func(w http.ResponseWriter, v visit) error {
		if !v.may(permission) {
			return web.Problem{Status: http.StatusForbidden}
		}
		return page(w, v)
	}
}

// may says whether a visitor has a permission.
func (v visit) may(permission string) bool {
	return slices.Contains(v.staff.GetPermissions(), permission)
}

// renewed is the same visit with a new token: one lives for a minute, and a file may take ten to come in. It ends when the session does.
func (o *office) renewed(v visit) (visit, error) {
	answer, err := o.Auth.ExchangeSession(v.Context(), &authv1.ExchangeSessionRequest{Session: o.cookies.Get(v.Request, sessionCookie)})
	if err != nil {
		return v, err
	}
	v.ctx, v.staff = auth.WithToken(v.Context(), answer.GetToken()), answer.GetStaff()
	return v, nil
}

// shell is what surrounds a page, with the message that the last request left.
func (o *office) shell(w http.ResponseWriter, v visit, title string) admin.Shell {
	shell := admin.Shell{
		Assets: o.assets, ShopName: o.cfg.StoreName, Environment: o.cfg.Environment, Title: title, SearchURL: "/orders",
		User: &admin.User{Name: v.staff.GetDisplayName(), Email: v.staff.GetEmail(), SignOutURL: "/logout"},
	}
	items := []admin.NavItem{
		{Label: "Overview", URL: "/", Icon: ui.IconHome},
		{Label: "Orders", URL: "/orders", Icon: ui.IconBox},
		{Label: "Customers", URL: "/customers", Icon: ui.IconUser},
		{Label: "Payments", URL: "/payments", Icon: ui.IconInfo},
		{Label: "Products", URL: "/products", Icon: ui.IconTag},
		{Label: "Categories", URL: "/categories", Icon: ui.IconList},
		{Label: "Collections", URL: "/collections", Icon: ui.IconFilter},
		{Label: "Product types", URL: "/types", Icon: ui.IconCopy},
		{Label: "Words", URL: "/words", Icon: ui.IconGlobe},
		{Label: "Price lists", URL: "/prices", Icon: ui.IconTag},
		{Label: "Promotions", URL: "/promotions", Icon: ui.IconTag},
		{Label: "Gift cards", URL: "/gift-cards", Icon: ui.IconTag},
		{Label: "Taxes", URL: "/taxes", Icon: ui.IconList},
		{Label: "Delivery", URL: "/shipping", Icon: ui.IconBox},
		{Label: "Currencies", URL: "/currencies", Icon: ui.IconGlobe},
		{Label: "Search", URL: "/search/missed", Icon: ui.IconSearch},
		{Label: "Imports", URL: "/sync", Icon: ui.IconRefresh},
		{Label: "Exports", URL: "/exports", Icon: ui.IconDownload},
		{Label: "Reviews", URL: "/reviews", Icon: ui.IconUser},
		{Label: "Failed deliveries", URL: "/deliveries", Icon: ui.IconMail},
	}
	for i := range items {
		items[i].Current = items[i].URL == v.URL.Path || items[i].URL == "/sync" && strings.HasPrefix(v.URL.Path, "/sources") ||
			items[i].URL == "/search/missed" && strings.HasPrefix(v.URL.Path, "/search/") || items[i].URL != "/" && strings.HasPrefix(v.URL.Path, items[i].URL+"/")
	}
	shell.Nav = []admin.NavGroup{{Items: items}}
	if flash, found := o.cookies.TakeFlash(w, v.Request); found {
		if text := flashes[flash.Code]; text != "" {
			shell.Flash = &ui.Flash{Text: strings.ReplaceAll(text, "{n}", flash.Subject), Tone: ui.OK}
		}
	}
	return shell
}

// flashes are the messages that a request can leave for the next page.
var flashes = map[string]string{
	"order.cancelled":      "The order is cancelled. Money that was paid goes back.",
	"order.commented":      "Your comment is on the timeline.",
	"order.refunded":       "The money goes back. The timeline tells when it has.",
	"order.credited":       "The shopper has store credit.",
	"order.shipped":        "It is marked. The shopper gets a mail.",
	"order.finished":       "The order is ended. The shopper gets a mail.",
	"order.shipped_unpaid": "It is marked, and the shopper gets a mail. The money for it could not be taken.",
	"customer.saved":       "The customer is saved. A new group counts in their cart at once.",
	"payment.transferred":  "The money is noted, and the order confirmed.",
	"payment.captured":     "The money is being taken. The timeline tells when it has.",
	"payment.released":     "What was reserved is being released.",
	"difference.closed":    "It is seen to.",
	"difference.asked":     "The provider is asked again. What agrees then is closed by the next comparison.",
	"payment.seen":         "It is off the list.",
	"payment.changed":      "There is something new about this payment; look at it again.",
	"download.renewed":     "The link works again, as long and as often as at first. The shopper finds it in the same mail.",
	"product.saved":        "The product is saved.",
	"view.saved":           "The view is saved. Only you see it.",
	"view.renamed":         "The view has its new name.",
	"view.gone":            "The view is gone; its products stay.",
	"products.none":        "No product was ticked.",
	"products.changed":     "Products changed: {n}.",
	"product.restored":     "The product is what it was.",
	"product.copied":       "This is the copy, a draft. Give it its own name, SKUs and address.",
	"product.archived":     "The product is archived and no longer for sale.",
	"product.drafted":      "The product is a draft again.",
	"product.deleted":      "The product is gone for good.",
	"picture.added":        "Pictures added: {n}.",
	"file.added":           "The file is kept. Whoever buys the variant can download it.",
	"file.renamed":         "The file has its new name. Orders placed before keep the old one.",
	"file.removed":         "The file is taken away. Who has bought it can still download it.",
	"category.saved":       "The category is saved. Its products follow in a moment.",
	"category.moved":       "The category has its new place.",
	"category.deleted":     "The category is gone.",
	"collection.saved":     "The collection is saved.",
	"collection.gone":      "The collection is gone; its products stay.",
	"type.saved":           "The type is saved. Its products follow in a moment.",
	"type.gone":            "The type is gone.",
	"words.saved":          "The words are saved. Shoppers read them within seconds.",
	"prices.saved":         "The prices are saved.",
	"bundle.saved":         "What it is made of is saved.",
	"prices.gone":          "The price list is gone.",
	"promotion.saved":      "The promotion is saved. Carts follow at once.",
	"promotion.copied":     "This is the copy. It is switched off and has no codes yet.",
	"promotion.on":         "The promotion is switched on.",
	"promotion.off":        "The promotion is switched off. Orders that were placed keep what they were promised.",
	"promotion.gone":       "The promotion is gone.",
	"gift_card.blocked":    "The card is blocked.",
	"gift_card.unblocked":  "The card can be spent again.",
	"gift_card.saved":      "Saved.",
	"gift_card.adjusted":   "The balance is changed.",
	"gift_card.mailed":     "The mail is on its way.",
	"gift_card.expired":    "What was left is written off.",
	"code.added":           "The code {n} counts from now on.",
	"code.removed":         "The code {n} is gone. Orders that used it keep what they were promised.",
	"codes.made":           "Codes made: {n}.",
	"taxes.saved":          "The taxes are saved. Carts are priced by them from now on.",
	"taxes.gone":           "Nothing is charged there any more, but what a wider place charges.",
	"taxes.shop":           "The settings are saved.",
	"taxes.stored":         "Taxes stored: {n}.",
	"taxes.removed":        "Taxes removed: {n}.",
	"taxes.none":           "No tax was ticked.",
	"classes.saved":        "The classes are saved.",
	"shipping.saved":       "The zone is saved. Carts are priced by it from now on.",
	"shipping.gone":        "The zone is gone.",
	"currency.saved":       "The rates are saved.",
	"currency.stored":      "Rates stored: {n}.",
	"sync.cancelled":       "The import stops after the batch in hand. What it applied stays.",
	"product.gift_card":    "It is decided what the product is.",
	"source.saved":         "The source is saved.",
	"source.deleted":       "The source is gone; its products stay.",
	"synonyms.saved":       "The synonyms are saved. Shoppers find by them within seconds.",
	"synonyms.gone":        "The synonyms are gone.",
	"placement.saved":      "The products have their places. Shoppers see it within seconds.",
	"placement.gone":       "The products stand where they usually do again.",
	"export.queued":        "The file is being made. It can be had here in a moment.",
	"export.scheduled":     "The file is made now and again and again. Its address is below.",
	"export.ended":         "No more files are made, and the address is gone.",
	"reviews.none":         "No review was ticked.",
	"reviews.published":    "Reviews published: {n}.",
	"reviews.rejected":     "Reviews rejected: {n}.",
	"review.replied":       "The answer is kept.",
	"deliveries.sent":      "{n} will be tried again in a moment.",
	"deliveries.gone":      "{n} removed for good.",
	"deliveries.empty":     "Nothing was chosen.",
}

// problem draws what is left to say, also when nothing answers.
func (o *office) problem(w http.ResponseWriter, r *http.Request, problem web.Problem) {
	page := admin.ErrorPage{
		Shell:  admin.Shell{Assets: o.assets, ShopName: o.cfg.StoreName, Environment: o.cfg.Environment, Title: http.StatusText(problem.Status)},
		Status: problem.Status, Detail: problem.Message, RequestID: problem.RequestID,
	}
	if err := web.Render(w, r, problem.Status, admin.Error(page)); err != nil {
		o.log.ErrorContext(r.Context(), "draw error page", "error", err)
	}
}
