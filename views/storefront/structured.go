package storefront

import "strconv"

// OrganizationData describes the shop to search engines; it goes on the home page.
type OrganizationData struct {
	Name          string
	URL           string
	Logo          string
	Email         string
	ReturnDays    int    // zero leaves the return policy out
	ReturnCountry string // ISO 3166, needed with ReturnDays
	SearchURL     string // "https://shop.example/search?q={search_term_string}"
}

// BreadcrumbData is the way to a page with absolute addresses.
type BreadcrumbData struct {
	Items []BreadcrumbItem
}

// BreadcrumbItem is one station of the way.
type BreadcrumbItem struct {
	Name string
	URL  string
}

// ProductData describes a product to search engines. It must agree with what the page shows.
type ProductData struct {
	Name        string
	Description string
	URL         string
	Brand       string
	GroupID     string   // of the product, when it has several variants
	VariesBy    []string // "color", "size", as schema.org names them
	Images      []string // absolute
	Variants    []VariantData
	Breadcrumb  BreadcrumbData
	// RatingAverage is in hundredths of a star; without RatingCount nothing is said.
	RatingAverage int32
	RatingCount   int64
}

// VariantData is one thing that can be bought.
type VariantData struct {
	Name         string
	SKU          string
	GTIN         string
	MPN          string // the maker's own number
	Color        string
	Size         string
	URL          string // absolute, with the variant in it
	Image        string
	Price        string // "24.00", a dot and no grouping
	Currency     string // ISO 4217
	Availability Availability
}

// Availability is whether a variant can be had, in the words of schema.org.
type Availability string

// The availabilities the shop knows.
const (
	InStock    Availability = "https://schema.org/InStock"
	OutOfStock Availability = "https://schema.org/OutOfStock"
	BackOrder  Availability = "https://schema.org/BackOrder"
)

// thing is one object of schema.org's vocabulary; its fields without a value are left out.
type thing map[string]any

func (t thing) with(name string, value string) thing {
	if value != "" {
		t[name] = value
	}
	return t
}

func (d OrganizationData) things() []thing {
	if d.Name == "" {
		return nil
	}
	shop := thing{"@context": "https://schema.org", "@type": "OnlineStore", "name": d.Name, "url": d.URL}
	shop.with("logo", d.Logo).with("email", d.Email)
	if d.ReturnDays > 0 && d.ReturnCountry != "" {
		shop["hasMerchantReturnPolicy"] = thing{
			"@type":                "MerchantReturnPolicy",
			"applicableCountry":    d.ReturnCountry,
			"returnPolicyCategory": "https://schema.org/MerchantReturnFiniteReturnWindow",
			"merchantReturnDays":   d.ReturnDays,
		}
	}
	site := thing{"@context": "https://schema.org", "@type": "WebSite", "name": d.Name, "url": d.URL}
	if d.SearchURL != "" {
		site["potentialAction"] = thing{"@type": "SearchAction", "target": d.SearchURL, "query-input": "required name=search_term_string"}
	}
	return []thing{shop, site}
}

func (d BreadcrumbData) things() []thing {
	if len(d.Items) == 0 {
		return nil
	}
	items := make([]thing, len(d.Items))
	for i, item := range d.Items {
		items[i] = thing{"@type": "ListItem", "position": i + 1, "name": item.Name}.with("item", item.URL)
	}
	return []thing{{"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items}}
}

func (d ProductData) things() []thing {
	if d.Name == "" || len(d.Variants) == 0 {
		return d.Breadcrumb.things()
	}
	product := thing{"@context": "https://schema.org", "name": d.Name}
	product.with("description", d.Description).with("url", d.URL)
	if len(d.Images) > 0 {
		product["image"] = d.Images
	}
	if d.Brand != "" {
		product["brand"] = thing{"@type": "Brand", "name": d.Brand}
	}
	if d.RatingCount > 0 {
		product["aggregateRating"] = thing{
			"@type": "AggregateRating", "ratingValue": strconv.FormatFloat(float64(d.RatingAverage)/100, 'f', 2, 64), "reviewCount": d.RatingCount,
		}
	}
	if len(d.Variants) == 1 {
		product["@type"] = "Product"
		d.Variants[0].describe(product)
	} else {
		product["@type"] = "ProductGroup"
		product.with("productGroupID", d.GroupID)
		var varies []string
		for _, property := range d.VariesBy {
			varies = append(varies, "https://schema.org/"+property)
		}
		if len(varies) > 0 {
			product["variesBy"] = varies
		}
		variants := make([]thing, len(d.Variants))
		for i, variant := range d.Variants {
			variants[i] = thing{"@type": "Product"}.with("name", variant.Name).with("image", variant.Image)
			variant.describe(variants[i])
		}
		product["hasVariant"] = variants
	}
	return append([]thing{product}, d.Breadcrumb.things()...)
}

func (v VariantData) describe(product thing) {
	product.with("sku", v.SKU).with("gtin", v.GTIN).with("mpn", v.MPN).with("color", v.Color).with("size", v.Size)
	product["offers"] = thing{
		"@type":         "Offer",
		"price":         v.Price,
		"priceCurrency": v.Currency,
		"availability":  string(v.Availability),
		"itemCondition": "https://schema.org/NewCondition",
	}.with("url", v.URL)
}
