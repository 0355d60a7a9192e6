package main

import (
	"net/http"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/web"
)

// routes puts the pages of the back office under their addresses.
type routes struct {
	*office
	mux *http.ServeMux
}

// open is a page for everybody.
func (r routes) open(pattern string, page func(http.ResponseWriter, *http.Request) error) {
	r.mux.Handle(pattern, web.Handle(page, r.problem))
}

// staff is a page for those who are signed in.
func (r routes) staff(pattern string, page func(http.ResponseWriter, visit) error) {
	r.mux.Handle(pattern, web.Handle(r.signedIn(page), r.problem))
}

// long is a page for those who are signed in to which more may be sent, or that takes longer.
func (r routes) long(pattern string, limit int64, patience time.Duration, page func(http.ResponseWriter, visit) error) {
	r.mux.Handle(pattern, web.LongRequest(limit, patience, web.Handle(r.signedIn(page), r.problem)))
}

func (o *office) handler() http.Handler {
	r := routes{o, http.NewServeMux()}
	r.mux.Handle("GET /assets/", o.files.Handler())
	r.open("GET /login", o.login)
	r.open("POST /login", o.logIn)
	r.open("POST /logout", o.logOut)
	r.staff("GET /{$}", o.dashboard)
	r.staff("GET /deliveries", o.deliveries)
	r.staff("POST /deliveries/replay", o.replay)
	r.staff("POST /deliveries/discard", o.discard)
	r.staff("/", func(http.ResponseWriter, visit) error { return web.NotFound })
	ordersRoutes(r)
	customersRoutes(r)
	goodsRoutes(r)
	promotionsRoutes(r)
	giftCardRoutes(r)
	searchRoutes(r)
	filesRoutes(r)
	settingsRoutes(r)
	return o.site.Handler(r.mux)
}

// ordersRoutes are the pages about what was bought, and the money for it.
func ordersRoutes(r routes) {
	r.staff("GET /orders", r.orders)
	r.staff("GET /orders/export.csv", r.exportOrders)
	r.staff("GET /orders/{id}", r.order)
	r.staff("POST /orders/{id}/comments", r.comment)
	r.staff("POST /orders/{id}/cancellation", r.cancelOrder)
	r.staff("GET /orders/{id}/shipment", needs("orders.write", r.shipment))
	r.staff("POST /orders/{id}/shipments", needs("orders.write", r.ship))
	r.staff("GET /orders/{id}/rest", needs("orders.write", r.rest))
	r.staff("POST /orders/{id}/rest", needs("orders.write", r.finish))
	r.staff("POST /orders/{id}/sent-captures", needs("orders.write", r.captureSent))
	r.staff("GET /orders/{id}/refund", needs("orders.write", r.refund))
	r.staff("POST /orders/{id}/refunds", needs("orders.write", r.giveBack))
	r.staff("POST /orders/{id}/transfer", needs("orders.write", r.recordTransfer))
	r.staff("POST /orders/{id}/payments/{payment}/captures", needs("orders.write", r.capturePayment))
	r.staff("POST /orders/{id}/payments/{payment}/release", needs("orders.write", r.releasePayment))
	r.staff("GET /payments", r.attention)
	r.staff("GET /payments/reconciliation", r.reconciliation)
	r.staff("GET /payments/reconciliation/export.csv", r.exportDifferences)
	r.staff("GET /payments/reconciliation/runs", r.reconciliationRuns)
	r.staff("POST /payments/reconciliation/{item}", needs("orders.write", r.closeDifference))
	r.staff("POST /payments/attention/{payment}", needs("orders.write", r.settleAttention))
	r.staff("POST /orders/{id}/downloads/{download}/renewals", r.renewDownload)
}

// goodsRoutes are the pages about what the shop sells, how it is ordered and worded, and what shoppers say of it.
func goodsRoutes(r routes) {
	r.staff("GET /products", r.products)
	r.staff("POST /products/views", r.saveView)
	r.staff("POST /products/views/{id}/name", r.renameView)
	r.staff("POST /products/views/{id}/removal", r.deleteView)
	r.staff("GET /products/bulk", needs("products.write", r.bulk))
	r.staff("POST /products/bulk", needs("products.write", r.bulk))
	r.long("POST /products/bulk/changes", 1<<20, bulkPatience, needs("products.write", r.changeProducts))
	r.staff("GET /products/table", needs("products.write", r.table))
	r.staff("POST /products/table", needs("products.write", r.table))
	r.staff("POST /products/table/contents", needs("products.write", r.saveTable))
	r.staff("GET /products/new", needs("products.write", r.newProduct))
	r.staff("POST /products/new/contents", needs("products.write", r.editNew))
	r.staff("GET /products/{id}", r.product)
	r.staff("POST /products/{id}/contents", needs("products.write", r.editProduct))
	r.staff("GET /products/{id}/history", r.productHistory)
	r.staff("POST /products/{id}/history/restorations", needs("products.write", r.restoreProduct))
	r.long("POST /products/{id}/pictures", pictureLimit, picturePatience, needs("products.write", r.addPictures))
	r.long("POST /categories/{id}/picture", pictureLimit, picturePatience, needs("products.write", r.setCategoryPicture))
	r.long("POST /products/{id}/files", handInLimit, handInPatience, needs("products.write", r.addFile))
	r.staff("POST /products/{id}/files/{file}/name", needs("products.write", r.renameFile))
	r.staff("POST /products/{id}/files/{file}/removal", needs("products.write", r.removeFile))
	r.staff("POST /products/{id}/gift-card", needs("products.write", r.setGiftCard))
	r.staff("POST /products/{id}/copies", needs("products.write", r.copyProduct))
	r.staff("POST /products/{id}/archive", needs("products.write", r.archiveProduct))
	r.staff("POST /products/{id}/removal", needs("products.write", r.deleteProduct))
	r.staff("GET /categories", r.categories)
	r.staff("GET /categories/new", needs("products.write", r.newCategory))
	r.staff("POST /categories/new/contents", needs("products.write", r.saveNewCategory))
	r.staff("GET /categories/{id}", r.category)
	r.staff("POST /categories/{id}/contents", needs("products.write", r.saveCategory))
	r.staff("POST /categories/{id}/place", needs("products.write", r.placeCategory))
	r.staff("POST /categories/{id}/removal", needs("products.write", r.deleteCategory))
	r.staff("GET /collections", r.collections)
	r.staff("GET /collections/new", needs("products.write", r.newCollection))
	r.staff("POST /collections/new/contents", needs("products.write", r.saveNewCollection))
	r.staff("GET /collections/{id}", r.collection)
	r.staff("POST /collections/{id}/contents", needs("products.write", r.saveCollection))
	r.staff("POST /collections/{id}/products", needs("products.write", r.changeCollectionProducts))
	r.staff("POST /collections/{id}/removal", needs("products.write", r.deleteCollection))
	r.staff("GET /types", r.types)
	r.staff("GET /types/new", needs("products.write", r.newType))
	r.staff("POST /types/new/contents", needs("products.write", r.saveNewType))
	r.staff("GET /types/{id}", r.productType)
	r.staff("POST /types/{id}/contents", needs("products.write", r.saveType))
	r.staff("POST /types/{id}/removal", needs("products.write", r.deleteType))
	r.staff("GET /words", r.wordLocales)
	r.staff("GET /words/{locale}", r.untranslated)
	r.staff("GET /words/{locale}/translated", r.translated)
	r.staff("POST /words/{locale}/contents", needs("products.write", r.saveWords))
	r.staff("GET /prices", r.priceLists)
	r.staff("GET /prices/new", needs("products.write", r.newPriceList))
	r.staff("POST /prices/new/contents", needs("products.write", r.saveNewPriceList))
	r.staff("GET /prices/{id}", r.priceList)
	r.staff("POST /prices/{id}/contents", needs("products.write", r.savePriceList))
	r.staff("POST /prices/{id}/removal", needs("products.write", r.deletePriceList))
	r.staff("GET /products/{id}/prices", r.productPrices)
	r.staff("POST /products/{id}/prices/contents", needs("products.write", r.savePrices))
	r.staff("GET /products/{id}/bundle", r.productBundle)
	r.staff("POST /products/{id}/bundle/contents", needs("products.write", r.saveBundle))
	r.staff("GET /reviews", r.reviews)
	r.staff("POST /reviews/publications", needs("products.write", r.publishReviews))
	r.staff("POST /reviews/rejections", needs("products.write", r.rejectReviews))
	r.staff("POST /reviews/{id}/reply", needs("products.write", r.replyReview))
}

// promotionsRoutes are the pages about what makes goods cheaper.
func promotionsRoutes(r routes) {
	r.staff("GET /promotions", needs("promotions.read", r.promotions))
	r.staff("GET /promotions/export.csv", needs("promotions.read", r.exportPromotions))
	r.staff("GET /promotions/new", needs("promotions.write", r.newPromotion))
	r.staff("POST /promotions/new/contents", needs("promotions.write", r.saveNewPromotion))
	r.staff("GET /promotions/{id}", needs("promotions.read", r.promotion))
	r.staff("POST /promotions/{id}/contents", needs("promotions.write", r.savePromotion))
	r.staff("POST /promotions/{id}/trial", needs("promotions.read", r.tryPromotion))
	r.staff("POST /promotions/{id}/copies", needs("promotions.write", r.copyPromotion))
	r.staff("POST /promotions/{id}/switch", needs("promotions.write", r.switchPromotion))
	r.staff("POST /promotions/{id}/removal", needs("promotions.write", r.deletePromotion))
	r.staff("GET /promotions/{id}/codes", needs("promotions.read", r.codes))
	r.long("GET /promotions/{id}/codes/export.csv", 0, downloadPatience, needs("promotions.read", r.exportCodes))
	r.staff("POST /promotions/{id}/codes", needs("promotions.write", r.addCode))
	r.long("POST /promotions/{id}/codes/batches", 1<<20, batchPatience, needs("promotions.write", r.makeCodes))
	r.staff("POST /promotions/{id}/codes/removals", needs("promotions.write", r.removeCode))
	r.staff("GET /promotions/{id}/usage", needs("promotions.read", r.promotionUsage))
}

// searchRoutes are the pages about what shoppers find.
func searchRoutes(r routes) {
	r.staff("GET /search/missed", needs("catalog.read", r.missedSearches))
	r.staff("GET /search/synonyms", needs("catalog.read", r.synonyms))
	r.staff("GET /search/synonyms/new", needs("catalog.write", r.newSynonyms))
	r.staff("POST /search/synonyms/new/contents", needs("catalog.write", r.saveSynonyms))
	r.staff("GET /search/synonyms/{id}", needs("catalog.write", r.editSynonyms))
	r.staff("POST /search/synonyms/{id}/contents", needs("catalog.write", r.saveSynonyms))
	r.staff("POST /search/synonyms/{id}/removal", needs("catalog.write", r.deleteSynonyms))
	r.staff("GET /search/placements", needs("catalog.read", r.placements))
	r.staff("GET /search/placements/new", needs("catalog.write", r.newPlacement))
	r.staff("POST /search/placements/new/contents", needs("catalog.write", r.saveNewPlacement))
	r.staff("GET /search/placements/{id}", needs("catalog.write", r.placement))
	r.staff("POST /search/placements/{id}/contents", needs("catalog.write", r.savePlacement))
	r.staff("POST /search/placements/{id}/removal", needs("catalog.write", r.deletePlacement))
}

// filesRoutes are the pages about how goods come in and go out.
func filesRoutes(r routes) {
	r.staff("GET /sync", r.syncRuns)
	r.staff("GET /sync/new", needs("products.write", r.newSync))
	r.long("POST /sync", uploadLimit, 10*time.Minute, needs("products.write", r.upload))
	r.staff("GET /sync/{id}", r.syncRun)
	r.staff("GET /sync/{id}/rejected.csv", r.rejectedRows)
	r.staff("GET /sync/{id}/mapping", needs("products.write", r.syncMapping))
	r.staff("POST /sync/{id}/mapping", needs("products.write", r.saveMapping))
	r.staff("POST /sync/{id}/start", needs("products.write", r.startSync))
	r.staff("POST /sync/{id}/application", needs("products.write", r.applySync))
	r.staff("POST /sync/{id}/undoing", needs("products.write", r.undoSync))
	r.staff("POST /sync/{id}/release", needs("products.write", r.releaseSync))
	r.staff("POST /sync/{id}/cancellation", needs("products.write", r.cancelSync))
	r.staff("GET /sources", r.sources)
	r.staff("GET /sources/new", needs("products.write", r.newSource))
	r.staff("POST /sources/new/settings", needs("products.write", r.createSource))
	r.staff("GET /sources/{id}", r.source)
	r.staff("GET /sources/{id}/settings", needs("products.write", r.sourceSettings))
	r.staff("POST /sources/{id}/settings", needs("products.write", r.updateSource))
	r.staff("POST /sources/{id}/runs", needs("products.write", r.runSource))
	r.staff("POST /sources/{id}/comparisons", needs("products.write", r.compareSource))
	r.staff("POST /sources/{id}/trigger", needs("products.write", r.resetTrigger))
	r.staff("POST /sources/{id}/removal", needs("products.write", r.deleteSource))
	r.staff("GET /exports", r.exports)
	r.staff("GET /exports/new", r.newExport)
	r.staff("POST /exports", r.createExport)
	r.long("GET /exports/{id}/file", 0, downloadPatience, r.exportFile)
	r.staff("POST /exports/{id}/cancellation", r.cancelExport)
	r.staff("POST /exports/schedules/{id}/removal", needs("products.write", r.endSchedule))
}

// settingsRoutes are the pages about what the shop goes by: taxes, delivery, currencies.
func settingsRoutes(r routes) {
	r.staff("GET /taxes", needs("settings.read", r.taxes))
	r.staff("GET /taxes/new", needs("settings.write", r.newTaxZone))
	r.staff("POST /taxes/new/contents", needs("settings.write", r.saveNewTaxZone))
	r.staff("GET /taxes/zones/{id}", needs("settings.read", r.taxZone))
	r.staff("POST /taxes/zones/{id}/contents", needs("settings.write", r.saveTaxZone))
	r.staff("POST /taxes/zones/{id}/removal", needs("settings.write", r.deleteTaxZone))
	r.staff("GET /taxes/classes", needs("settings.read", r.taxClasses))
	r.staff("POST /taxes/classes/contents", needs("settings.write", r.saveTaxClasses))
	r.staff("GET /taxes/shop", needs("settings.read", r.taxShop))
	r.staff("POST /taxes/shop", needs("settings.write", r.saveTaxShop))
	r.staff("GET /taxes/rates", needs("settings.read", r.taxRates))
	r.staff("POST /taxes/rates/removal", needs("settings.write", r.removeTaxRates))
	r.long("GET /taxes/rates.csv", 0, rateFilePatience, needs("settings.read", r.exportTaxes))
	r.staff("GET /taxes/file", needs("settings.write", r.taxFile))
	r.long("POST /taxes/file", rateFileLimit, rateFilePatience, needs("settings.write", r.takeTaxFile))
	r.staff("GET /shipping", needs("settings.read", r.shipping))
	r.staff("GET /shipping/try", needs("settings.read", r.tryAddress))
	r.staff("GET /shipping/zones/new", needs("settings.write", r.newShippingZone))
	r.staff("POST /shipping/zones/new/contents", needs("settings.write", r.saveNewShippingZone))
	r.staff("GET /shipping/zones/{id}", needs("settings.read", r.shippingZone))
	r.staff("POST /shipping/zones/{id}/contents", needs("settings.write", r.saveShippingZone))
	r.staff("POST /shipping/zones/{id}/removal", needs("settings.write", r.deleteShippingZone))
	r.staff("GET /shipping/zones/{id}/new-method", needs("settings.write", r.shippingMethod))
	r.staff("POST /shipping/zones/{id}/new-method/contents", needs("settings.write", r.saveMethod))
	r.staff("GET /shipping/zones/{id}/methods/{code}", needs("settings.read", r.shippingMethod))
	r.staff("POST /shipping/zones/{id}/methods/{code}/contents", needs("settings.write", r.saveMethod))
	r.staff("GET /currencies", needs("settings.read", r.currencies))
	r.staff("GET /currencies/file", needs("settings.write", r.currencyFile))
	r.long("POST /currencies/file", rateFileLimit, rateFilePatience, needs("settings.write", r.takeCurrencyFile))
	r.staff("GET /currencies/{code}", needs("settings.read", r.exchangeRates))
	r.staff("POST /currencies/{code}", needs("settings.write", r.saveCurrency))
}
