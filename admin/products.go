package main

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// knownState is a state with its name in addresses and in words.
type knownState struct {
	value string
	label string
	state productv1.ProductState
	tone  ui.Tone
}

var productStates = []knownState{
	{"active", "For sale", productv1.ProductState_PRODUCT_STATE_ACTIVE, ui.OK},
	{"draft", "Draft", productv1.ProductState_PRODUCT_STATE_DRAFT, ui.Neutral},
	{"archived", "Archived", productv1.ProductState_PRODUCT_STATE_ARCHIVED, ui.Bad},
}

// productState finds a state; the zero one is not known.
func productState(state productv1.ProductState) knownState {
	for _, known := range productStates {
		if known.state == state {
			return known
		}
	}
	return knownState{}
}

func stateOf(value string) productv1.ProductState {
	for _, known := range productStates {
		if known.value == value {
			return known.state
		}
	}
	return productv1.ProductState_PRODUCT_STATE_UNSPECIFIED
}

// changedSince are the times after which a list may ask for changes, by the days that have passed.
var changedSince = []struct {
	value, label string
	days         int
}{{"1", "a day", 1}, {"7", "7 days", 7}, {"30", "30 days", 30}}

// usualViews are lists that everybody comes back to; others are saved by staff for themselves.
var usualViews = []struct{ label, query string }{
	{"All", ""}, {"For sale", "status=active"}, {"Drafts", "status=draft"}, {"No picture", "picture=none"}, {"Archived", "status=archived"},
}

// productParameters are what an address of the list may hold.
var productParameters = []string{"q", "status", "category", "brand", "tag", "type", "picture", "changed", "sort", "size", "page"}

// productList takes the address of a list of products apart. Everything that acts on what a list finds finds it the same way.
func (o *office) productList(v visit, at *url.URL) (*list, *productv1.ListProductsRequest, error) {
	list := newList(at, "/products", "Name, SKU or key")
	req := &productv1.ListProductsRequest{PageSize: list.size, PageToken: list.values.Get("page"), Query: list.Query}
	list.choice("status", "Status", len(productStates), func(i int) (string, string) { return productStates[i].value, productStates[i].label }, func(i int) { req.State = productStates[i].state })
	tree, err := o.categoryTree(v)
	if err != nil {
		return nil, nil, err
	}
	if len(tree) > 0 {
		list.choice("category", "Category", len(tree), func(i int) (string, string) { return tree[i].id, tree[i].label }, func(i int) { req.CategoryId = tree[i].id })
	}
	types, err := o.Types.ListProductTypes(v.ctx, &productv1.ListProductTypesRequest{PageSize: 100})
	if err != nil {
		return nil, nil, err
	}
	if known := types.GetTypes(); len(known) > 0 {
		list.choice("type", "Type", len(known), func(i int) (string, string) { return known[i].GetId(), known[i].GetName() }, func(i int) { req.TypeId = known[i].GetId() })
	}
	// What is not known any more must not widen the list: all of it may be changed at once.
	for name, into := range map[string]*string{"category": &req.CategoryId, "type": &req.TypeId} {
		if asked := list.values.Get(name); asked != "" && *into == "" {
			*into = asked
			list.Chips = append(list.Chips, ui.Chip{Label: upperFirst(name) + ": no longer there", RemoveURL: list.without(name)})
		}
	}
	if list.values.Get("status") != "" && req.GetState() == productv1.ProductState_PRODUCT_STATE_UNSPECIFIED {
		return nil, nil, web.NotFound
	}
	list.words("brand", "Brand", func(brand string) { req.Brand = brand })
	list.words("tag", "Tag", func(tag string) { req.Tag = tag })
	list.choice("picture", "Picture", 1, func(int) (string, string) { return "none", "None" }, func(int) { req.NoPicture = true })
	list.choice("changed", "Changed within", len(changedSince), func(i int) (string, string) { return changedSince[i].value, changedSince[i].label }, func(i int) {
		req.UpdatedSince = timestamppb.New(clock.Now().AddDate(0, 0, -changedSince[i].days))
	})
	if list.values.Get("picture") != "" && !req.GetNoPicture() || list.values.Get("changed") != "" && req.GetUpdatedSince() == nil {
		return nil, nil, web.NotFound
	}
	maps.DeleteFunc(list.values, func(name string, values []string) bool { // nothing else is carried along, nor what a form sends of fields that are empty
		return !slices.Contains(productParameters, name) || strings.Join(values, "") == ""
	})
	list.Sorts = map[string]admin.Sort{"name": {URL: list.with("sort", "name")}, "updated": {URL: list.without("sort")}}
	if list.values.Get("sort") == "name" {
		req.Order = productv1.ProductOrder_PRODUCT_ORDER_NAME
		list.Hidden = append(list.Hidden, ui.Hidden{Name: "sort", Value: "name"})
		list.Sorts["name"] = admin.Sort{URL: list.Sorts["name"].URL, Direction: "ascending"}
	} else {
		list.Sorts["updated"] = admin.Sort{URL: list.Sorts["updated"].URL, Direction: "descending"}
	}
	return list, req, nil
}

// products lists products, the last changed first unless they are sorted by name.
func (o *office) products(w http.ResponseWriter, v visit) error {
	return o.showProducts(w, v, v.URL, http.StatusOK, "", "")
}

// showProducts is the list at an address, with the name that was typed for it as a view and why it was refused, if it was.
func (o *office) showProducts(w http.ResponseWriter, v visit, at *url.URL, status int, typed, refused string) error {
	list, req, err := o.productList(v, at)
	if err != nil {
		return err
	}
	if err := o.addViews(v, list, typed, refused); err != nil {
		return err
	}
	req.Count, req.View = true, productv1.ProductView_PRODUCT_VIEW_LINE
	answer, err := o.Products.ListProducts(v.ctx, req)
	if err != nil {
		return err
	}
	stock, err := o.stockOf(v, answer.GetProducts())
	if err != nil {
		return err
	}
	page := admin.ProductsPage{Shell: o.shell(w, v, "Products")}
	list.Total = totalOf(answer.GetTotal(), answer.GetTotalIsBound(), "product", "products")
	if answer.GetTotal() > 0 {
		list.Actions = append(list.Actions, admin.Action{Label: "Export", URL: list.narrowed("/exports/new"), Link: true})
	}
	if v.may("products.write") {
		list.Actions = append(list.Actions, admin.Action{Label: "Import a file", URL: "/sync/new", Link: true}, admin.Action{Label: "New product", URL: "/products/new", Link: true, Kind: ui.Primary})
	}
	if v.may("products.write") {
		list.Bulk = []admin.BulkAction{{Label: "Edit as a table", URL: "/products/table"}, {Label: "Change", URL: "/products/bulk"}}
		list.BulkAll = &ui.Link{Label: "Change all " + list.Total, URL: list.narrowed("/products/bulk")}
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, product := range answer.GetProducts() {
		row := admin.ProductRow{
			ID: product.GetId(), Name: product.GetName(), URL: "/products/" + product.GetId(),
			Variants: plural(int64(len(product.GetVariants())), "variant", "variants"), Price: o.priceRange(product), Updated: when(product.GetUpdateTime()),
		}
		if product.GetState() == productv1.ProductState_PRODUCT_STATE_ACTIVE { // others have no page in the shop
			row.ShopURL = o.cfg.PublicURL + "/products/" + product.GetSlug()
		}
		row.Stock, row.StockTag = stockWords(product, stock)
		state := productState(product.GetState())
		row.Status = ui.Tag{Label: state.label, Tone: state.tone}
		if len(product.GetVariants()) > 0 {
			row.SKU = product.GetVariants()[0].GetSku()
		}
		if len(product.GetCategories()) > 0 {
			row.Category = product.GetCategories()[len(product.GetCategories())-1].GetName()
		}
		if len(product.GetImages()) > 0 {
			row.Image = o.thumbnail(product.GetImages()[0])
		}
		page.Rows = append(page.Rows, row)
	}
	return web.Render(w, v.Request, status, admin.Products(page))
}

// A call asks for the stock of at most stockBatch variants. A page of products usually has fewer; one whose products have very many leaves out the
// stock of those past mostStock.
const (
	stockBatch = 500
	mostStock  = 4 * stockBatch
)

// stockOf returns the stock of the variants of a page, or nothing to those who may not see it.
func (o *office) stockOf(v visit, products []*productv1.Product) (map[string]*inventoryv1.Stock, error) {
	if !v.may("inventory.read") {
		return nil, nil
	}
	var variants []*productv1.Variant
	for _, product := range products {
		if len(variants)+len(product.GetVariants()) > mostStock {
			break
		}
		variants = append(variants, product.GetVariants()...)
	}
	stock := make(map[string]*inventoryv1.Stock, len(variants))
	for batch := range slices.Chunk(variants, stockBatch) {
		asked := &inventoryv1.BatchGetStockRequest{}
		for _, variant := range batch {
			if len(variant.GetBundleParts()) == 0 {
				asked.VariantIds = append(asked.VariantIds, variant.GetId())
				continue
			}
			bundle := &inventoryv1.Bundle{VariantId: variant.GetId()}
			for _, part := range variant.GetBundleParts() {
				bundle.Parts = append(bundle.Parts, &inventoryv1.BundlePart{VariantId: part.GetVariantId(), Quantity: part.GetQuantity()})
			}
			asked.Bundles = append(asked.Bundles, bundle)
		}
		answer, err := o.Stock.BatchGetStock(v.ctx, asked)
		if err != nil {
			return nil, err
		}
		for _, one := range answer.GetStock() {
			stock[one.GetVariantId()] = one
		}
		for _, one := range answer.GetBundles() {
			stock[one.GetVariantId()] = &inventoryv1.Stock{VariantId: one.GetVariantId(), OnHand: one.GetAvailable(), Backorder: one.GetBackorder()}
		}
	}
	return stock, nil
}

// stockWords says how many units of a product can be sold, and whether it or some of its variants are sold out.
func stockWords(product *productv1.Product, stock map[string]*inventoryv1.Stock) (text string, tag ui.Tag) {
	var units int64
	out := 0
	for _, variant := range product.GetVariants() {
		one := stock[variant.GetId()]
		if one == nil {
			return "", ui.Tag{}
		}
		free := max(one.GetOnHand()-one.GetHeld(), 0)
		units += free
		if free == 0 && !one.GetBackorder() {
			out++
		}
	}
	switch {
	case out == 0:
	case out == len(product.GetVariants()):
		tag = ui.Tag{Label: "Sold out", Tone: ui.Bad}
	default:
		tag = ui.Tag{Label: plural(int64(out), "variant", "variants") + " sold out", Tone: ui.Warn}
	}
	return count(units), tag
}

func (o *office) priceRange(product *productv1.Product) string {
	if len(product.GetVariants()) == 0 {
		return ""
	}
	low, high := product.GetVariants()[0].GetPrice(), product.GetVariants()[0].GetPrice()
	for _, variant := range product.GetVariants() {
		if variant.GetPrice().GetAmountMinor() < low.GetAmountMinor() {
			low = variant.GetPrice()
		}
		if variant.GetPrice().GetAmountMinor() > high.GetAmountMinor() {
			high = variant.GetPrice()
		}
	}
	if low.GetAmountMinor() == high.GetAmountMinor() {
		return o.money(low)
	}
	return o.money(low) + " to " + o.money(high)
}
