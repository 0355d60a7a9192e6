package main

import (
	"net/http"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

var productStates = []struct {
	value string
	label string
	state productv1.ProductState
	tone  ui.Tone
}{
	{"active", "For sale", productv1.ProductState_PRODUCT_STATE_ACTIVE, ui.OK},
	{"draft", "Draft", productv1.ProductState_PRODUCT_STATE_DRAFT, ui.Neutral},
	{"archived", "Archived", productv1.ProductState_PRODUCT_STATE_ARCHIVED, ui.Bad},
}

// products lists products, the last changed first.
func (o *office) products(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/products", "Name, SKU or key")
	req := &productv1.ListProductsRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page"), Query: list.Query}
	list.choice("status", "Status", len(productStates), func(i int) (string, string) { return productStates[i].value, productStates[i].label }, func(i int) { req.State = productStates[i].state })
	answer, err := o.Products.ListProducts(v.ctx, req)
	if err != nil {
		return err
	}
	page := admin.ProductsPage{Shell: o.shell(w, v, "Products")}
	list.Actions = []admin.Action{{Label: "Import a file", URL: "/sync/new", Link: true, Kind: ui.Primary}}
	page.List = list.finish(answer.GetNextPageToken())
	for _, product := range answer.GetProducts() {
		row := admin.ProductRow{
			ID: product.GetId(), Name: product.GetName(), URL: o.cfg.PublicURL + "/products/" + product.GetSlug(),
			Variants: plural(int64(len(product.GetVariants())), "variant", "variants"), Price: o.priceRange(product), Updated: when(product.GetUpdateTime()),
		}
		for _, known := range productStates {
			if known.state == product.GetState() {
				row.Status = ui.Tag{Label: known.label, Tone: known.tone}
			}
		}
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
	return web.Render(w, v.Request, http.StatusOK, admin.Products(page))
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
