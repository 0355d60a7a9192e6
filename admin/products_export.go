package main

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

const (
	// exportPatience is how long a file of products may take to be written.
	exportPatience = 30 * time.Minute
	// pagesPerToken is how many pages of an export are read under one token, which lives for a minute.
	pagesPerToken = 20
)

// exportProducts is what a list finds as a file, a line a variant, page by page as it is read and by name, which does not move while it is read.
func (o *office) exportProducts(w http.ResponseWriter, v visit) error {
	_, req, err := o.productList(v, v.URL)
	if err != nil {
		return err
	}
	req.PageSize, req.PageToken, req.Order = 100, "", productv1.ProductOrder_PRODUCT_ORDER_NAME
	answer, err := o.Products.ListProducts(v.ctx, req)
	if err != nil {
		return err
	}
	write, end := csvFile(w, "products.csv")
	write("id", "key", "slug", "name", "state", "brand", "categories", "tags", "options", "sku", "gtin", "price", "compare_at_price", "currency", "weight_grams", "image", "changed")
	for page := 1; ; page++ {
		for _, product := range answer.GetProducts() {
			writeProduct(write, product)
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			return end()
		}
		if page%pagesPerToken == 0 {
			if v, err = o.renewed(v); err != nil {
				return err
			}
		}
		if answer, err = o.Products.ListProducts(v.ctx, req); err != nil {
			return err
		}
	}
}

func writeProduct(write func(cells ...string), p *productv1.Product) {
	var categories []string
	for _, line := range categoryLines(p.GetCategories()) {
		categories = append(categories, line.label)
	}
	pictures := map[string]string{}
	for _, image := range p.GetImages() {
		pictures[image.GetId()] = image.GetSourceUrl()
	}
	for _, variant := range p.GetVariants() {
		var options []string
		for i, value := range variant.GetOptionValues() {
			if i < len(p.GetOptions()) {
				options = append(options, p.GetOptions()[i].GetName()+": "+value)
			}
		}
		picture := pictures[variant.GetImageId()]
		if picture == "" && len(p.GetImages()) > 0 {
			picture = p.GetImages()[0].GetSourceUrl()
		}
		weight := ""
		if variant.GetWeightGrams() > 0 {
			weight = strconv.Itoa(int(variant.GetWeightGrams()))
		}
		write(p.GetId(), p.GetKey(), p.GetSlug(), p.GetName(), productState(p.GetState()).value, p.GetBrand(), strings.Join(categories, "; "), strings.Join(p.GetTags(), "; "),
			strings.Join(options, "; "), variant.GetSku(), variant.GetGtin(), decimal(variant.GetPrice()), decimal(variant.GetCompareAtPrice()), variant.GetPrice().GetCurrencyCode(),
			weight, picture, whenISO(p.GetUpdateTime()))
	}
}
