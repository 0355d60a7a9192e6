package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

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

func (o *office) handler() http.Handler {
	mux := http.NewServeMux()
	open := func(pattern string, page func(http.ResponseWriter, *http.Request) error) {
		mux.Handle(pattern, web.Handle(page, o.problem))
	}
	staff := func(pattern string, page func(http.ResponseWriter, visit) error) {
		mux.Handle(pattern, web.Handle(o.signedIn(page), o.problem))
	}
	products := func(pattern string, page func(http.ResponseWriter, visit) error) {
		staff(pattern, needs("products.write", page))
	}
	mux.Handle("GET /assets/", o.files.Handler())
	open("GET /login", o.login)
	open("POST /login", o.logIn)
	open("POST /logout", o.logOut)

	staff("GET /{$}", o.dashboard)
	staff("GET /orders", o.orders)
	staff("GET /orders/export.csv", o.exportOrders)
	staff("GET /orders/{id}", o.order)
	staff("POST /orders/{id}/comments", o.comment)
	staff("POST /orders/{id}/cancellation", o.cancelOrder)
	staff("GET /orders/{id}/refund", needs("orders.write", o.refund))
	staff("POST /orders/{id}/refunds", needs("orders.write", o.giveBack))
	staff("POST /orders/{id}/payments/{payment}/captures", needs("orders.write", o.capturePayment))
	staff("POST /orders/{id}/payments/{payment}/release", needs("orders.write", o.releasePayment))
	staff("GET /payments", o.attention)
	staff("GET /payments/reconciliation", o.reconciliation)
	staff("GET /payments/reconciliation/export.csv", o.exportDifferences)
	staff("POST /payments/reconciliation/{item}", needs("orders.write", o.closeDifference))
	staff("POST /payments/attention/{payment}", needs("orders.write", o.settleAttention))
	staff("POST /orders/{id}/downloads/{download}/renewals", o.renewDownload)
	staff("GET /products", o.products)
	staff("POST /products/views", o.saveView)
	staff("POST /products/views/{id}/name", o.renameView)
	staff("POST /products/views/{id}/removal", o.deleteView)
	products("GET /products/bulk", o.bulk)
	products("POST /products/bulk", o.bulk)
	mux.Handle("POST /products/bulk/changes", web.LongRequest(1<<20, bulkPatience, web.Handle(o.signedIn(needs("products.write", o.changeProducts)), o.problem)))
	products("GET /products/table", o.table)
	products("POST /products/table", o.table)
	products("POST /products/table/contents", o.saveTable)
	products("GET /products/new", o.newProduct)
	products("POST /products/new/contents", o.editNew)
	staff("GET /products/{id}", o.product)
	products("POST /products/{id}/contents", o.editProduct)
	staff("GET /products/{id}/history", o.productHistory)
	products("POST /products/{id}/history/restorations", o.restoreProduct)
	pictures := func(pattern string, page func(http.ResponseWriter, visit) error) {
		mux.Handle(pattern, web.LongRequest(pictureLimit, picturePatience, web.Handle(o.signedIn(needs("products.write", page)), o.problem)))
	}
	pictures("POST /products/{id}/pictures", o.addPictures)
	pictures("POST /categories/{id}/picture", o.setCategoryPicture)
	mux.Handle("POST /products/{id}/files", web.LongRequest(handInLimit, handInPatience, web.Handle(o.signedIn(needs("products.write", o.addFile)), o.problem)))
	products("POST /products/{id}/files/{file}/name", o.renameFile)
	products("POST /products/{id}/files/{file}/removal", o.removeFile)
	products("POST /products/{id}/copies", o.copyProduct)
	products("POST /products/{id}/archive", o.archiveProduct)
	products("POST /products/{id}/removal", o.deleteProduct)
	staff("GET /categories", o.categories)
	products("GET /categories/new", o.newCategory)
	products("POST /categories/new/contents", o.saveNewCategory)
	staff("GET /categories/{id}", o.category)
	products("POST /categories/{id}/contents", o.saveCategory)
	products("POST /categories/{id}/place", o.placeCategory)
	products("POST /categories/{id}/removal", o.deleteCategory)
	staff("GET /collections", o.collections)
	products("GET /collections/new", o.newCollection)
	products("POST /collections/new/contents", o.saveNewCollection)
	staff("GET /collections/{id}", o.collection)
	products("POST /collections/{id}/contents", o.saveCollection)
	products("POST /collections/{id}/products", o.changeCollectionProducts)
	products("POST /collections/{id}/removal", o.deleteCollection)
	staff("GET /types", o.types)
	products("GET /types/new", o.newType)
	products("POST /types/new/contents", o.saveNewType)
	staff("GET /types/{id}", o.productType)
	products("POST /types/{id}/contents", o.saveType)
	products("POST /types/{id}/removal", o.deleteType)
	staff("GET /words", o.wordLocales)
	staff("GET /words/{locale}", o.untranslated)
	staff("GET /words/{locale}/translated", o.translated)
	products("POST /words/{locale}/contents", o.saveWords)
	staff("GET /prices", o.priceLists)
	products("GET /prices/new", o.newPriceList)
	products("POST /prices/new/contents", o.saveNewPriceList)
	staff("GET /prices/{id}", o.priceList)
	products("POST /prices/{id}/contents", o.savePriceList)
	products("POST /prices/{id}/removal", o.deletePriceList)
	offers := func(pattern string, page func(http.ResponseWriter, visit) error) {
		staff(pattern, needs("promotions.write", page))
	}
	staff("GET /promotions", needs("promotions.read", o.promotions))
	staff("GET /promotions/export.csv", needs("promotions.read", o.exportPromotions))
	offers("GET /promotions/new", o.newPromotion)
	offers("POST /promotions/new/contents", o.saveNewPromotion)
	staff("GET /promotions/{id}", needs("promotions.read", o.promotion))
	offers("POST /promotions/{id}/contents", o.savePromotion)
	staff("POST /promotions/{id}/trial", needs("promotions.read", o.tryPromotion))
	offers("POST /promotions/{id}/copies", o.copyPromotion)
	offers("POST /promotions/{id}/switch", o.switchPromotion)
	offers("POST /promotions/{id}/removal", o.deletePromotion)
	staff("GET /promotions/{id}/codes", needs("promotions.read", o.codes))
	mux.Handle("GET /promotions/{id}/codes/export.csv", web.LongRequest(0, downloadPatience, web.Handle(o.signedIn(needs("promotions.read", o.exportCodes)), o.problem)))
	offers("POST /promotions/{id}/codes", o.addCode)
	mux.Handle("POST /promotions/{id}/codes/batches", web.LongRequest(1<<20, batchPatience, web.Handle(o.signedIn(needs("promotions.write", o.makeCodes)), o.problem)))
	offers("POST /promotions/{id}/codes/removals", o.removeCode)
	staff("GET /promotions/{id}/usage", needs("promotions.read", o.promotionUsage))
	staff("GET /products/{id}/prices", o.productPrices)
	products("POST /products/{id}/prices/contents", o.savePrices)
	staff("GET /products/{id}/bundle", o.productBundle)
	products("POST /products/{id}/bundle/contents", o.saveBundle)
	staff("GET /sync", o.syncRuns)
	products("GET /sync/new", o.newSync)
	mux.Handle("POST /sync", web.LongRequest(uploadLimit, 10*time.Minute, web.Handle(o.signedIn(needs("products.write", o.upload)), o.problem)))
	staff("GET /sync/{id}", o.syncRun)
	staff("GET /sync/{id}/rejected.csv", o.rejectedRows)
	products("GET /sync/{id}/mapping", o.syncMapping)
	products("POST /sync/{id}/mapping", o.saveMapping)
	products("POST /sync/{id}/start", o.startSync)
	products("POST /sync/{id}/application", o.applySync)
	products("POST /sync/{id}/undoing", o.undoSync)
	products("POST /sync/{id}/release", o.releaseSync)
	products("POST /sync/{id}/cancellation", o.cancelSync)
	staff("GET /sources", o.sources)
	products("GET /sources/new", o.newSource)
	products("POST /sources/new/settings", o.createSource)
	staff("GET /sources/{id}", o.source)
	products("GET /sources/{id}/settings", o.sourceSettings)
	products("POST /sources/{id}/settings", o.updateSource)
	products("POST /sources/{id}/runs", o.runSource)
	products("POST /sources/{id}/comparisons", o.compareSource)
	products("POST /sources/{id}/trigger", o.resetTrigger)
	products("POST /sources/{id}/removal", o.deleteSource)
	search := func(pattern string, page func(http.ResponseWriter, visit) error) {
		staff(pattern, needs("catalog.write", page))
	}
	staff("GET /search/missed", needs("catalog.read", o.missedSearches))
	staff("GET /search/synonyms", needs("catalog.read", o.synonyms))
	search("GET /search/synonyms/new", o.newSynonyms)
	search("POST /search/synonyms/new/contents", o.saveSynonyms)
	search("GET /search/synonyms/{id}", o.editSynonyms)
	search("POST /search/synonyms/{id}/contents", o.saveSynonyms)
	search("POST /search/synonyms/{id}/removal", o.deleteSynonyms)
	staff("GET /search/placements", needs("catalog.read", o.placements))
	search("GET /search/placements/new", o.newPlacement)
	search("POST /search/placements/new/contents", o.saveNewPlacement)
	search("GET /search/placements/{id}", o.placement)
	search("POST /search/placements/{id}/contents", o.savePlacement)
	search("POST /search/placements/{id}/removal", o.deletePlacement)
	reads := func(pattern string, page func(http.ResponseWriter, visit) error) {
		staff(pattern, needs("settings.read", page))
	}
	sets := func(pattern string, page func(http.ResponseWriter, visit) error) {
		staff(pattern, needs("settings.write", page))
	}
	rateFile := func(pattern string, page func(http.ResponseWriter, visit) error) {
		mux.Handle(pattern, web.LongRequest(rateFileLimit, rateFilePatience, web.Handle(o.signedIn(needs("settings.write", page)), o.problem)))
	}
	reads("GET /taxes", o.taxes)
	sets("GET /taxes/new", o.newTaxZone)
	sets("POST /taxes/new/contents", o.saveNewTaxZone)
	reads("GET /taxes/zones/{id}", o.taxZone)
	sets("POST /taxes/zones/{id}/contents", o.saveTaxZone)
	sets("POST /taxes/zones/{id}/removal", o.deleteTaxZone)
	reads("GET /taxes/classes", o.taxClasses)
	sets("POST /taxes/classes/contents", o.saveTaxClasses)
	reads("GET /taxes/shop", o.taxShop)
	sets("POST /taxes/shop", o.saveTaxShop)
	reads("GET /taxes/rates", o.taxRates)
	sets("POST /taxes/rates/removal", o.removeTaxRates)
	mux.Handle("GET /taxes/rates.csv", web.LongRequest(0, rateFilePatience, web.Handle(o.signedIn(needs("settings.read", o.exportTaxes)), o.problem)))
	sets("GET /taxes/file", o.taxFile)
	rateFile("POST /taxes/file", o.takeTaxFile)
	reads("GET /shipping", o.shipping)
	reads("GET /shipping/try", o.tryAddress)
	sets("GET /shipping/zones/new", o.newShippingZone)
	sets("POST /shipping/zones/new/contents", o.saveNewShippingZone)
	reads("GET /shipping/zones/{id}", o.shippingZone)
	sets("POST /shipping/zones/{id}/contents", o.saveShippingZone)
	sets("POST /shipping/zones/{id}/removal", o.deleteShippingZone)
	sets("GET /shipping/zones/{id}/new-method", o.shippingMethod)
	sets("POST /shipping/zones/{id}/new-method/contents", o.saveMethod)
	reads("GET /shipping/zones/{id}/methods/{code}", o.shippingMethod)
	sets("POST /shipping/zones/{id}/methods/{code}/contents", o.saveMethod)
	reads("GET /currencies", o.currencies)
	sets("GET /currencies/file", o.currencyFile)
	rateFile("POST /currencies/file", o.takeCurrencyFile)
	reads("GET /currencies/{code}", o.exchangeRates)
	sets("POST /currencies/{code}", o.saveCurrency)
	staff("GET /exports", o.exports)
	staff("GET /exports/new", o.newExport)
	staff("POST /exports", o.createExport)
	mux.Handle("GET /exports/{id}/file", web.LongRequest(0, downloadPatience, web.Handle(o.signedIn(o.exportFile), o.problem)))
	staff("POST /exports/{id}/cancellation", o.cancelExport)
	products("POST /exports/schedules/{id}/removal", o.endSchedule)
	staff("GET /reviews", o.reviews)
	products("POST /reviews/publications", o.publishReviews)
	products("POST /reviews/rejections", o.rejectReviews)
	products("POST /reviews/{id}/reply", o.replyReview)
	staff("GET /deliveries", o.deliveries)
	staff("POST /deliveries/replay", o.replay)
	staff("POST /deliveries/discard", o.discard)
	staff("/", func(http.ResponseWriter, visit) error { return web.NotFound })
	return o.site.Handler(mux)
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
		{Label: "Payments", URL: "/payments", Icon: ui.IconInfo},
		{Label: "Products", URL: "/products", Icon: ui.IconTag},
		{Label: "Categories", URL: "/categories", Icon: ui.IconList},
		{Label: "Collections", URL: "/collections", Icon: ui.IconFilter},
		{Label: "Product types", URL: "/types", Icon: ui.IconCopy},
		{Label: "Words", URL: "/words", Icon: ui.IconGlobe},
		{Label: "Price lists", URL: "/prices", Icon: ui.IconTag},
		{Label: "Promotions", URL: "/promotions", Icon: ui.IconTag},
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
	"order.cancelled":   "The order is cancelled. Money that was paid goes back.",
	"order.commented":   "Your comment is on the timeline.",
	"order.refunded":    "The money goes back. The timeline tells when it has.",
	"payment.captured":  "The money is being taken. The timeline tells when it has.",
	"payment.released":  "What was reserved is being released.",
	"difference.closed": "It is seen to.",
	"difference.asked":  "The provider is asked again. What agrees then is closed by the next comparison.",
	"payment.seen":      "It is off the list.",
	"payment.changed":   "There is something new about this payment; look at it again.",
	"download.renewed":  "The link works again, as long and as often as at first. The shopper finds it in the same mail.",
	"product.saved":     "The product is saved.",
	"view.saved":        "The view is saved. Only you see it.",
	"view.renamed":      "The view has its new name.",
	"view.gone":         "The view is gone; its products stay.",
	"products.none":     "No product was ticked.",
	"products.changed":  "Products changed: {n}.",
	"product.restored":  "The product is what it was.",
	"product.copied":    "This is the copy, a draft. Give it its own name, SKUs and address.",
	"product.archived":  "The product is archived and no longer for sale.",
	"product.drafted":   "The product is a draft again.",
	"product.deleted":   "The product is gone for good.",
	"picture.added":     "Pictures added: {n}.",
	"file.added":        "The file is kept. Whoever buys the variant can download it.",
	"file.renamed":      "The file has its new name. Orders placed before keep the old one.",
	"file.removed":      "The file is taken away. Who has bought it can still download it.",
	"category.saved":    "The category is saved. Its products follow in a moment.",
	"category.moved":    "The category has its new place.",
	"category.deleted":  "The category is gone.",
	"collection.saved":  "The collection is saved.",
	"collection.gone":   "The collection is gone; its products stay.",
	"type.saved":        "The type is saved. Its products follow in a moment.",
	"type.gone":         "The type is gone.",
	"words.saved":       "The words are saved. Shoppers read them within seconds.",
	"prices.saved":      "The prices are saved.",
	"bundle.saved":      "What it is made of is saved.",
	"prices.gone":       "The price list is gone.",
	"promotion.saved":   "The promotion is saved. Carts follow at once.",
	"promotion.copied":  "This is the copy. It is switched off and has no codes yet.",
	"promotion.on":      "The promotion is switched on.",
	"promotion.off":     "The promotion is switched off. Orders that were placed keep what they were promised.",
	"promotion.gone":    "The promotion is gone.",
	"code.added":        "The code {n} counts from now on.",
	"code.removed":      "The code {n} is gone. Orders that used it keep what they were promised.",
	"codes.made":        "Codes made: {n}.",
	"taxes.saved":       "The taxes are saved. Carts are priced by them from now on.",
	"taxes.gone":        "Nothing is charged there any more, but what a wider place charges.",
	"taxes.shop":        "The settings are saved.",
	"taxes.stored":      "Taxes stored: {n}.",
	"taxes.removed":     "Taxes removed: {n}.",
	"taxes.none":        "No tax was ticked.",
	"classes.saved":     "The classes are saved.",
	"shipping.saved":    "The zone is saved. Carts are priced by it from now on.",
	"shipping.gone":     "The zone is gone.",
	"currency.saved":    "The rates are saved.",
	"currency.stored":   "Rates stored: {n}.",
	"sync.cancelled":    "The import stops after the batch in hand. What it applied stays.",
	"source.saved":      "The source is saved.",
	"source.deleted":    "The source is gone; its products stay.",
	"synonyms.saved":    "The synonyms are saved. Shoppers find by them within seconds.",
	"synonyms.gone":     "The synonyms are gone.",
	"placement.saved":   "The products have their places. Shoppers see it within seconds.",
	"placement.gone":    "The products stand where they usually do again.",
	"export.queued":     "The file is being made. It can be had here in a moment.",
	"export.scheduled":  "The file is made now and again and again. Its address is below.",
	"export.ended":      "No more files are made, and the address is gone.",
	"reviews.none":      "No review was ticked.",
	"reviews.published": "Reviews published: {n}.",
	"reviews.rejected":  "Reviews rejected: {n}.",
	"review.replied":    "The answer is kept.",
	"deliveries.sent":   "{n} will be tried again in a moment.",
	"deliveries.gone":   "{n} removed for good.",
	"deliveries.empty":  "Nothing was chosen.",
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
