package preview

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/storefront"
)

// A public page is the same for everyone, or a cache in front of the shop would show one shopper's things to another.
func TestPublicPagesKnowNoOne(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, page Page, doc *goquery.Document) {
		count := doc.Find("[data-cart-count]")
		if !page.Public {
			return
		}
		if count.Length() != 1 || text(count) != "" {
			t.Errorf("the cart count is printed: %q", text(count))
		}
		if doc.Find("[name=idempotency_key], [name=csrf], [name=csrf_token], [nonce]").Length() > 0 {
			t.Error("there is a key or a token in the page")
		}
		if !bytes.Equal(render(t, page), render(t, page)) {
			t.Error("drawn twice, the page differs")
		}
	})
}

// The pages for a broken shop need nothing: no assets, no menu, no name.
func TestErrorPagesNeedNothing(t *testing.T) {
	t.Parallel()
	for _, status := range []int{404, 410, 429, 500, 503} {
		var shop, office bytes.Buffer
		if err := storefront.Error(storefront.ErrorPage{Status: status}).Render(context.Background(), &shop); err != nil {
			t.Fatal(err)
		}
		if err := admin.Error(admin.ErrorPage{Status: status}).Render(context.Background(), &office); err != nil {
			t.Fatal(err)
		}
		for _, page := range []*bytes.Buffer{&shop, &office} {
			doc, err := goquery.NewDocumentFromReader(page)
			if err != nil {
				t.Fatal(err)
			}
			if text(doc.Find("h1")) == "" || doc.Find("html[lang=en]").Length() != 1 {
				t.Errorf("%d: no heading or no language", status)
			}
		}
	}
}

// What search engines read is valid, and says the price that the page shows.
func TestStructuredDataAgreesWithThePage(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, page Page, doc *goquery.Document) {
		doc.Find(`script[type="application/ld+json"]`).Each(func(_ int, s *goquery.Selection) {
			var thing struct {
				Context string `json:"@context"`
				Type    string `json:"@type"`
				Variant []struct {
					Offers struct{ Price, PriceCurrency, Availability string }
				} `json:"hasVariant"`
			}
			if err := json.Unmarshal([]byte(s.Text()), &thing); err != nil {
				t.Fatalf("%v in %s", err, s.Text())
			}
			if thing.Context != "https://schema.org" || thing.Type == "" {
				t.Errorf("no context or no type: %s", s.Text())
			}
			if page.Name == "storefront/product" && thing.Type == "ProductGroup" {
				price := text(doc.Find(".product__price .price__now"))
				if len(thing.Variant) == 0 || !strings.HasSuffix(price, thing.Variant[0].Offers.Price) {
					t.Errorf("the page says %s, the data %+v", price, thing.Variant)
				}
			}
		})
	})
	if doc := find(t, "storefront/product"); doc.Find(`script[type="application/ld+json"]`).Length() != 2 {
		t.Error("a product page describes the product and the way to it")
	}
}

// The names of form fields are what the handlers read; renaming one breaks a step without a compiler noticing.
func TestFormsPostTheFieldsHandlersRead(t *testing.T) {
	t.Parallel()
	for _, form := range []struct {
		page, action string
		fields       []string
	}{
		{"storefront/product", "/cart/items", []string{"variant", "quantity"}},
		{"storefront/cart", "/cart/items/1", []string{"quantity"}},
		{"storefront/cart", "/cart/items/1/removal", nil},
		{"storefront/cart", "/cart/codes", []string{"code"}},
		{"storefront/cart-removed", "/cart/items", []string{"variant", "quantity"}},
		{"storefront/checkout-contact-errors", "/checkout/contact", []string{"email", "phone", "country", "country_shown", "name", "line1", "line2", "city", "region", "postcode", "company", "vat_number", "note", "gift_message"}},
		{"storefront/checkout-contact-business", "/checkout/contact", []string{"email", "reach", "fetch_name", "country", "country_shown", "name", "line1", "line2", "city", "region", "postcode", "company", "vat_number", "note", "gift_message"}},
		{"storefront/checkout-delivery", "/checkout/delivery", []string{"delivery"}},
		{"storefront/checkout-payment", "/checkout/payment", []string{"method", "billing_same", "billing_country", "billing_country_shown", "billing_name", "billing_line1", "billing_line2", "billing_city", "billing_region", "billing_postcode"}},
		{"storefront/checkout-contact-lost", "/checkout/contact", []string{"email", "country", "country_shown", "name", "line1", "line2", "city", "region", "postcode", "company", "vat_number", "note", "gift_message"}},
		{"storefront/order-lookup", "/orders", []string{"number", "email"}},
		{"storefront/checkout-review", "/checkout/review", []string{"cart_id", "idempotency_key", "expected_total"}},
		{"storefront/checkout-review-business", "/checkout/review", []string{"cart_id", "idempotency_key", "expected_total", "terms"}},
		{"storefront/category", "/categories/kitchen", []string{"colour", "material", "brand", "price_min", "price_max"}},
		{"admin/login", "/login", []string{"next", "email", "password"}},
		{"admin/login-code", "/login/code", []string{"next", "code"}},
		{"admin/upload", "/sync", []string{"how", "source", "format", "file"}},
		{"admin/order", "/orders/1/cancellation", []string{"reason"}},
		{"admin/order", "/orders/1/comments", []string{"key", "comment"}},
		{"admin/product-new", "/products/new/contents", []string{"do", "version", "rest", "name", "description", "brand", "options-0-name", "options-0-values", "state", "publish_time", "slug", "tax_class",
			"variants-0-key", "variants-0-sku", "variants-0-gtin", "variants-0-price", "variants-0-compare_at_price", "variants-0-weight_grams", "variants-0-image_id", "variants-0-removed",
			"add_image", "attributes-0-name", "attributes-0-value", "seo_title", "seo_description", "add_locale", "tags", "find_related"}},
		{"admin/product", "/products/1/removal", []string{"confirm"}},
		{"admin/promotion-new", "/promotions/new/contents", []string{"do", "id", "version", "was", "gift", "name", "note", "how", "code", "effect", "percent", "amount", "buy_units", "get_units", "get_percent", "tiers_by",
			"tiers-0-from", "tiers-0-percent", "tiers-0-amount", "find_gift", "gift_units", "bought_kind", "bought_find", "bought_reduced", "cheaper_kind", "cheaper_find", "cheaper_reduced",
			"min_value", "min_units", "country_codes", "customer_groups", "first_order", "asked_kind", "asked_find", "asked_reduced", "active", "start_time", "end_time",
			"uses", "uses_per_customer", "budget", "alone", "priority", "find_part", "trial_country", "trial_email", "trial_codes", "trial_time"}},
		{"admin/customer", "/customers/1/contents", []string{"version", "customer_group", "note"}},
		{"admin/promotion-codes", "/promotions/1/codes/batches", []string{"batch", "count", "prefix", "length", "batch_uses"}},
	} {
		t.Run(form.page+form.action, func(t *testing.T) {
			t.Parallel()
			var names []string
			find(t, form.page).Find(`form[action="` + form.action + `"]`).First().Find("[name]").Each(func(_ int, s *goquery.Selection) {
				if name := s.AttrOr("name", ""); !slices.Contains(names, name) {
					names = append(names, name)
				}
			})
			if !slices.Equal(names, form.fields) {
				t.Errorf("fields %v, want %v", names, form.fields)
			}
		})
	}
}

// A form that was refused says so in the title and above the form, in the words that stand beside the field.
func TestRefusedFormsSayWhy(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"storefront/cart-problems", "storefront/checkout-contact-errors", "storefront/checkout-payment-errors", "admin/upload-refused", "admin/mapping-refused", "admin/form-refused", "admin/login-code", "admin/order-refused", "admin/product-refused", "admin/products-bulk-refused", "admin/products-table", "admin/collection-refused", "admin/promotion-refused", "admin/promotion-codes-refused", "admin/customer-conflict"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := find(t, name)
			if !strings.HasPrefix(text(doc.Find("title")), "Error: ") {
				t.Errorf("the title is %q", text(doc.Find("title")))
			}
			links := doc.Find("[data-error-summary] a")
			if links.Length() == 0 {
				t.Fatal("nothing above the form")
			}
			links.Each(func(_ int, link *goquery.Selection) {
				place := doc.Find(link.AttrOr("href", ""))
				if place.Length() != 1 {
					t.Fatalf("%s leads nowhere", link.AttrOr("href", ""))
				}
				beside := text(place.Closest(".field, fieldset, li, td"))
				message := text(link)
				if _, after, ok := strings.Cut(message, ": "); ok {
					message = after // the summary names the cart line first
				}
				if !strings.Contains(beside, message) {
					t.Errorf("%q is not said beside the field: %q", message, beside)
				}
			})
		})
	}
}

// Looking again must end with the work: what is done carries no trigger.
func TestLookingAgainEnds(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]bool{
		"admin/sync-run-live": true, "admin/sync-run-done": false, "admin/sync-run-failed": false,
		"storefront/payment-checking": true, "storefront/payment-paid": false, "storefront/payment-failed": false,
	} {
		doc := find(t, name)
		if got := doc.Find(`[hx-trigger^="every"]`).Length() > 0; got != again {
			t.Errorf("%s looks again with script: %v, want %v", name, got, again)
		}
		if got := doc.Find("noscript").Length() > 0; got != again {
			t.Errorf("%s looks again without script: %v, want %v", name, got, again)
		}
	}
}

// A page that only waits must not offer to pay a second time.
func TestNoStateOfPaymentPaysTwice(t *testing.T) {
	t.Parallel()
	for name, payable := range map[string]bool{
		"pending": false, "checking": false, "paid": false, "already": false, "expired": false, "failed": true, "cancelled": true, "unfinished": true,
	} {
		doc := find(t, "storefront/payment-"+name)
		if got := doc.Find("form[method=post]").Length() > 0; got != payable {
			t.Errorf("%s offers to pay: %v, want %v", name, got, payable)
		}
	}
}

// A form whose cart is lost keeps every word that was typed, says first that nothing was saved, and leaves out what only a cart could tell.
func TestAFormKeepsWhatWasTypedWithoutACart(t *testing.T) {
	t.Parallel()
	doc := find(t, "storefront/checkout-contact-lost")
	for id, typed := range map[string]string{"#field-email": "maeve.osullivan@example.com", "#field-name": "Maeve O’Sullivan", "#field-line1": "12 Pier Road", "#field-city": "Kinsale"} {
		if got := doc.Find(id).AttrOr("value", ""); got != typed {
			t.Errorf("%s holds %q, want %q", id, got, typed)
		}
	}
	if !strings.HasPrefix(text(doc.Find("title")), "Error: ") || !strings.Contains(text(doc.Find("[data-error-summary]")), "nothing was saved") {
		t.Errorf("the page does not say what happened: %s", text(doc.Find("main")))
	}
	if doc.Find(".steps, .summary, .summary-fold").Length() > 0 {
		t.Error("there are steps or sums without a cart")
	}
	if got := find(t, "storefront/checkout-payment-lost").Find("#field-billing_name").AttrOr("value", ""); got != "O’Sullivan Ltd" {
		t.Errorf("the billing name is %q", got)
	}
}

func find(t *testing.T, name string) *goquery.Document {
	t.Helper()
	for _, page := range Pages() {
		if page.Name == name {
			doc, err := goquery.NewDocumentFromReader(bytes.NewReader(render(t, page)))
			if err != nil {
				t.Fatal(err)
			}
			return doc
		}
	}
	t.Fatalf("no page %s", name)
	return nil
}
