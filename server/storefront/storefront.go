// Package storefront turns shoppers' requests into calls and the answers into pages.
//
// Public pages are the same bytes for everyone in a market; their handlers never look at cookies. Private pages (cart,
// checkout, orders, account) know the shopper by the guest token in a cookie, or by the session of who signed in.
//
// Handler, below, and mount in language.go list the pages; each has a file named after it. What many of them show is in listing.go and words.go.
package storefront

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/blob"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/services"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
	"github.com/tradewind-commerce/tradewind/views/wording"
)

// Config is what the pages need beside the services.
type Config struct {
	// PublicURL is where shoppers reach the shop, without a slash at the end.
	PublicURL string
	ShopName  string
	// Currency is the shop's, for price filters; ISO 4217.
	Currency string
	// Country is the one whose delivery and tax public pages show; ISO 3166-1 alpha-2.
	Country string
	// Locale is the language of the shop's own texts, and how money is written.
	Locale string
	// Locales are the further languages that its public pages are shown in, as the catalogue knows them.
	Locales []string
	Assets  ui.Assets
	// Hero is the picture at the top of the home page; none shows the words alone.
	Hero  ui.Image
	Media *blob.Store
	Log   *slog.Logger
	// PayInFields says that the payment provider has fields for the shop's own page.
	PayInFields bool
	// Online says that shoppers can pay at a payment provider.
	Online bool
	// Transfers says that shoppers can pay by bank transfer.
	Transfers bool
	// PayTries counts that a visitor begins to pay, or says when they may again; nil bounds nothing.
	PayTries func(context.Context) error
	// Patience is how long a page waits for what it can do without; 300 ms if it is 0.
	Patience time.Duration
}

// Shop serves the storefront in one language. The shop in its own language has the others, and the private pages.
type Shop struct {
	*services.Set
	cfg       Config
	locale    string // for the catalogue; empty in the shop's own language
	words     wording.Language
	base      string  // first path segment of its public pages; empty in the shop's own language
	languages []*Shop // all, the shop's own first
	site      web.Site
	cookies   web.Cookies
	// menu is the last category tree that was read, so that error pages have ways on when nothing else works.
	menu      atomic.Pointer[categoryTree]
	countries atomic.Pointer[countryList]
	market    atomic.Pointer[atHome]
}

// New makes the shop's pages; Handler serves them.
func New(set *services.Set, cfg Config, site web.Site) *Shop {
	cfg.Patience = cmp.Or(cfg.Patience, 300*time.Millisecond)
	s := &Shop{Set: set, cfg: cfg, words: wording.In(cfg.Locale), cookies: site.Cookies()}
	site.Problem = s.problem
	s.site = site
	s.languages = []*Shop{s}
	for _, locale := range cfg.Locales {
		other := &Shop{Set: set, cfg: cfg, cookies: s.cookies, site: site}
		other.speak(locale)
		s.languages = append(s.languages, other)
	}
	for _, other := range s.languages {
		other.languages = s.languages
	}
	return s
}

// Handler serves the pages and keeps public ones for the moment that the cache allows.
func (s *Shop) Handler(pages *web.PublicPages) http.Handler {
	mux := http.NewServeMux()
	public := func(pattern string, page func(http.ResponseWriter, *http.Request) error, parameters ...string) {
		mux.Handle(pattern, pages.Handler(web.Handle(page, s.problem), parameters...))
	}
	private := func(pattern string, page func(http.ResponseWriter, *http.Request) error) {
		mux.Handle(pattern, web.Handle(s.recognise(page), s.problem))
	}
	for _, language := range s.languages {
		language.mount(mux, pages)
	}
	private("POST /products/{slug}/reviews", s.submitReview)
	public("GET /robots.txt", s.robots)
	private("GET /sitemap.xml", s.sitemaps)
	private("GET /sitemaps/shop", s.shopSitemap)
	private("GET /sitemaps/products/{after}", s.productSitemap)
	private("GET /media/", s.media)
	mux.Handle("GET /feeds/{name}", web.LongRequest(0, feedPatience, web.Handle(s.feed, s.problem)))

	private("GET /cart", s.cart)
	private("POST /cart/items", s.addItem)
	private("POST /cart/items/{line}", s.setQuantity)
	private("POST /cart/items/{line}/removal", s.removeItem)

	private("POST /cart/codes", s.addCode)
	private("POST /cart/codes/removal", s.removeCode)
	private("POST /cart/gift-cards", s.addGiftCard)
	private("POST /cart/gift-cards/removal", s.removeGiftCard)

	private("GET /checkout", s.checkout)
	private("POST /checkout/codes", s.addCheckoutCode)
	private("POST /checkout/codes/removal", s.removeCheckoutCode)
	private("POST /checkout/gift-cards", s.addCheckoutGiftCard)
	private("POST /checkout/gift-cards/removal", s.removeCheckoutGiftCard)
	private("GET /checkout/contact", s.contact)
	private("POST /checkout/contact", s.saveContact)
	private("POST /checkout/contact/country", s.redrawContact)
	private("GET /checkout/delivery", s.delivery)
	private("POST /checkout/delivery", s.saveDelivery)
	private("GET /checkout/payment", s.payment)
	private("POST /checkout/payment", s.savePayment)
	private("POST /checkout/payment/country", s.redrawPayment)
	private("GET /checkout/review", s.review)
	private("POST /checkout/review", s.placeOrder)

	public("GET /orders", s.orderLookup)
	private("POST /orders", s.findOrder)
	private("GET /orders/{signed}", s.order)
	private("GET /orders/{signed}/return", s.paymentReturn)
	private("GET /orders/{signed}/pay", s.payInFields)
	private("GET /orders/{signed}/reviews/{product}", s.writeReview)
	private("POST /orders/{signed}/reviews/{product}", s.submitBought)
	private("POST /orders/{signed}/payment", s.payAgain)

	private("GET /account", s.signedIn(s.account))
	private("GET /account/sign-in", s.signIn)
	private("POST /account/sign-in", s.sendCode)
	private("GET /account/sign-in/code", s.code)
	private("POST /account/sign-in/code", s.enterCode)
	private("POST /account/sign-out", s.signOut)
	private("POST /account/sign-out/everywhere", s.signedIn(s.signOutEverywhere))
	private("GET /account/orders", s.signedIn(s.accountOrders))
	private("GET /account/orders/{order}", s.signedIn(s.accountOrder))
	private("POST /account/name", s.signedIn(s.saveName))
	private("GET /account/address", s.signedIn(s.accountAddress))
	private("POST /account/address", s.signedIn(s.saveAddress))
	private("POST /account/address/country", s.signedIn(s.redrawAddress))
	private("POST /account/address/removal", s.signedIn(s.removeAddress))
	private("GET /account/cards", s.signedIn(s.accountCards))
	private("GET /account/cards/removal", s.signedIn(s.confirmRemoval))
	private("POST /account/cards/removal", s.signedIn(s.removeCard))

	mux.Handle("GET /downloads/{signed}", web.LongRequest(0, downloadPatience, web.Handle(s.download, s.problem)))

	private("POST /webhooks/payments/{provider}", s.webhook)
	private("/", func(http.ResponseWriter, *http.Request) error { return web.NotFound })
	return s.site.Handler(mux)
}

// shell is what surrounds a page.
func (s *Shop) shell(ctx context.Context, title string) storefront.Shell {
	return storefront.Shell{
		Assets: s.cfg.Assets, ShopName: s.cfg.ShopName, Title: title,
		Lang: s.cfg.Locale, Dir: direction(s.cfg.Locale), Base: s.base,
		Menu: s.menuLinks(ctx), Footer: s.footer(), SuggestURL: s.path("/suggest"), AccountURL: accountPath,
		Legal: s.atHome(ctx).legal(s.words),
	}
}

// privateShell is what surrounds a page that knows the shopper.
func (s *Shop) privateShell(r *http.Request, title string) storefront.Shell {
	shell := s.shell(r.Context(), title)
	shell.Private, shell.NoIndex, shell.PayInFields = true, true, s.cfg.PayInFields
	shell.Description = s.words.Say("%s at %s.", title, s.cfg.ShopName)
	shell.CartCount, _ = strconv.Atoi(plainCookie(r, cartCountName))
	return shell
}

func (s *Shop) footer() []ui.LinkGroup {
	page := func(label, name string) ui.Link { return ui.Link{Label: label, URL: s.path("/pages/" + name)} }
	return []ui.LinkGroup{
		{Title: s.words.Say("Help"), Links: []ui.Link{{Label: s.words.Say("Track an order"), URL: "/orders"}, page(s.words.Say("Shipping"), "shipping"), page(s.words.Say("Returns"), "returns"), page(s.words.Say("Contact"), "contact")}},
		{Title: s.words.Say("Legal"), Links: []ui.Link{page(s.words.Say("Terms of sale"), "terms"), page(s.words.Say("Privacy"), "privacy")}},
	}
}

// absolute makes a path of the shop an address for others.
func (s *Shop) absolute(path string) string { return s.cfg.PublicURL + path }

// menuLifetime is how long a menu is shown without asking again: every page has it.
const menuLifetime = time.Second

// categoryTree is the categories in order, and when they were read.
type categoryTree struct {
	all  []*catalogv1.Category
	read time.Time
}

func (t *categoryTree) roots() []*catalogv1.Category {
	if t == nil {
		return nil
	}
	var roots []*catalogv1.Category
	for _, category := range t.all {
		if category.GetParentId() == "" {
			roots = append(roots, category)
		}
	}
	return roots
}

// menuLinks reads the tree, or takes the last one that could be read.
func (s *Shop) menuLinks(ctx context.Context) []ui.Link {
	now := clock.Now()
	if known := s.menu.Load(); known == nil || now.Sub(known.read) > menuLifetime {
		answer, err := s.Catalog.ListCategories(ctx, &catalogv1.ListCategoriesRequest{Locale: s.locale})
		if err == nil {
			s.menu.Store(&categoryTree{answer.GetCategories(), now})
		}
	}
	return s.lastMenu()
}

func (s *Shop) lastMenu() []ui.Link {
	roots := s.menu.Load().roots()
	links := make([]ui.Link, 0, len(roots))
	for _, root := range roots {
		links = append(links, ui.Link{Label: root.GetName(), URL: s.categoryURL(root.GetSlug())})
	}
	return links
}

// problem draws what is left to say. It asks nobody: the menu is the last one that was read.
func (s *Shop) problem(w http.ResponseWriter, r *http.Request, problem web.Problem) {
	page := storefront.ErrorPage{
		Shell: storefront.Shell{
			Assets: s.cfg.Assets, ShopName: s.cfg.ShopName, NoIndex: true,
			Lang: s.cfg.Locale, Dir: direction(s.cfg.Locale), Base: s.base,
			Menu: s.lastMenu(), Footer: s.footer(),
		},
		Status: problem.Status, Categories: s.lastMenu(), RequestID: problem.RequestID,
	}
	if problem.Message != "" && problem.Status != http.StatusNotFound && problem.Status != http.StatusGone { // their heading says it
		page.Detail = sentence(problem.Message)
	}
	if problem.RetryAfter > 0 {
		page.RetryAfter = s.words.Count(int(problem.RetryAfter.Seconds()), "in %d second", "in %d seconds")
	}
	if err := web.Render(w, r, problem.Status, storefront.Error(page)); err != nil {
		s.cfg.Log.ErrorContext(r.Context(), "draw error page", "error", err)
	}
}

func (s *Shop) categoryURL(slug string) string   { return s.path("/categories/" + slug) }
func (s *Shop) collectionURL(slug string) string { return s.path(collectionsPath + "/" + slug) }
func (s *Shop) productURL(slug string) string    { return s.path("/products/" + slug) }

// robots keeps what is private or endless out of search engines.
func (s *Shop) robots(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	lines := []string{"User-agent: *", "Disallow: /cart", "Disallow: /checkout", "Disallow: /account", "Disallow: /orders/", "Disallow: /downloads/"}
	for _, language := range s.languages {
		lines = append(lines, "Disallow: "+language.path("/search"), "Disallow: "+language.path("/suggest"))
	}
	lines = append(lines, "", "Sitemap: "+s.absolute("/sitemap.xml"), "")
	_, err := w.Write([]byte(strings.Join(lines, "\n")))
	return err
}
