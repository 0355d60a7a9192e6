package main

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// currency is that of a product's prices, or the shop's for a new one.
func (o *office) currency(p *productv1.Product) string {
	if variants := p.GetVariants(); len(variants) > 0 {
		return variants[0].GetPrice().GetCurrencyCode()
	}
	return o.cfg.Currency
}

func (o *office) showProduct(w http.ResponseWriter, v visit, status int, f *productForm, current *productv1.Product, problems ui.Problems, done string) error {
	page, err := o.productPage(w, v, f, current, problems)
	if err != nil {
		return err
	}
	page.Done = done
	return o.renderProduct(w, v, status, page)
}

func (o *office) renderProduct(w http.ResponseWriter, v visit, status int, page admin.ProductPage) error {
	return web.Render(w, v.Request, status, admin.Product(page))
}

// productPage draws a form. current is what is stored of its product, nil for a new one.
func (o *office) productPage(w http.ResponseWriter, v visit, f *productForm, current *productv1.Product, problems ui.Problems) (admin.ProductPage, error) {
	names, err := o.namesFor(v, f, current)
	if err != nil {
		return admin.ProductPage{}, err
	}
	f.turnTo(problems)
	title, here := "New product", "/products/new"
	if current != nil {
		title, here = current.GetName(), "/products/"+current.GetId()
	}
	page := o.productTexts(f, current, problems)
	page.Shell, page.Heading = o.shell(w, v, title), title
	page.Breadcrumb = []ui.Link{{Label: "Products", URL: "/products"}, {Label: title, URL: here, Current: true}}
	of, err := o.typeChoice(v, &page, f, problems)
	if err != nil {
		return page, err
	}
	if page.Tax, err = o.taxClassField(v, f, problems); err != nil {
		return page, err
	}
	f.rows(&page, problems, of)
	page.Variants, page.VariantPages = f.grid(problems, o.currency(current))
	page.Pictures = o.pictureRows(f, current, problems)
	for _, category := range f.categories {
		page.Categories = append(page.Categories, admin.Check{Name: "categories", Value: category, Label: names[category], Checked: true})
	}
	for _, other := range f.related {
		page.Related = append(page.Related, admin.Check{Name: "related_ids", Value: other, Label: names[other], Checked: true})
	}
	if current != nil {
		o.aboutProduct(v, &page, current, problems)
	}
	if page.Files, err = o.filesPanel(v, current, problems); err != nil {
		return page, err
	}
	if !v.may("products.write") {
		return page, nil
	}
	if page.AddCategory, err = o.categoryChoice(v, f, problems); err != nil {
		return page, err
	}
	page.Action = here + "/contents"
	page.Hidden = f.hidden()
	page.Kept = keptFields(current, f)
	page.Problems = f.summary(page, problems)
	return page, nil
}

// productTexts are the fields that are there once, whatever the product has.
func (o *office) productTexts(f *productForm, current *productv1.Product, problems ui.Problems) admin.ProductPage {
	page := admin.ProductPage{
		Basics: []ui.Field{
			f.field("name", ui.Field{MaxLength: 255}, problems),
			f.field("description", ui.Field{Rows: 8, Optional: true, Hint: "Leave a line empty between paragraphs."}, problems),
			f.field("brand", ui.Field{Optional: true, MaxLength: 100, Width: ui.Medium}, problems),
		},
		State:   admin.Choice{Name: "state", Label: "State", Error: problems["state"]},
		Publish: f.field("publish_time", ui.Field{Type: "datetime-local", Optional: true, Hint: "A draft goes on sale by itself at this time (UTC)."}, problems),
		Address: f.field("slug", ui.Field{Optional: true, MaxLength: 150, Hint: "The end of /products/…, made from the name when left empty."}, problems),
		Labels:  f.field("tags", ui.Field{Rows: 3, Optional: true, Hint: "Words that shoppers may search for, one a line."}, problems),
		Search: []ui.Field{
			f.field("seo_title", ui.Field{Optional: true, MaxLength: 255, Hint: "The name, when left empty."}, problems),
			f.field("seo_description", ui.Field{Rows: 2, Optional: true, MaxLength: 1000, Hint: "The beginning of the description, when left empty."}, problems),
		},
		Found:       o.searchResult(f),
		AddPicture:  ui.Field{Name: "add_image", Label: "Address of another picture", Type: "url", Optional: true, Hint: "It is fetched from there and kept."}.With(f.addImage, problems),
		AddLanguage: ui.Field{Name: "add_locale", Label: "Another language", Optional: true, Width: ui.Short, Hint: "Such as de or pt-BR."}.With(f.addLocale, problems),
		FindRelated: ui.Field{Name: "find_related", Label: "Another product", Optional: true, Hint: "Its SKU, or a part of its name."}.With(f.findRelated, problems),
	}
	for _, known := range productStates {
		page.State.Options = append(page.State.Options, ui.Option{Value: known.value, Label: known.label, Selected: f.text["state"] == known.value})
	}
	if old := current.GetOldSlugs(); len(old) > 0 {
		page.Address.Hint = "These addresses lead here: " + strings.Join(old[:min(len(old), 5)], ", ")
	} else if current != nil {
		page.Address.Hint = "The old address leads to the new one."
	}
	return page
}

// aboutProduct adds what only a stored product has.
func (o *office) aboutProduct(v visit, page *admin.ProductPage, current *productv1.Product, problems ui.Problems) {
	here := "/products/" + current.GetId()
	state := productState(current.GetState())
	page.Tags = []ui.Tag{{Label: state.label, Tone: state.tone}}
	if at := current.GetPublishTime(); at != nil {
		page.Tags = append(page.Tags, ui.Tag{Label: "On sale " + when(at), Tone: ui.Info})
	}
	if current.GetGiftCard() {
		page.Tags = append(page.Tags, ui.Tag{Label: "Gift card", Tone: ui.Info})
	}
	page.Intro = "Changed " + when(current.GetUpdateTime())
	page.Views = productViews(current.GetId(), here)
	if current.GetState() == productv1.ProductState_PRODUCT_STATE_ACTIVE {
		page.Actions = append(page.Actions, admin.Action{Label: "See it in the shop", URL: o.cfg.PublicURL + "/products/" + current.GetSlug(), Link: true})
	}
	if !v.may("products.write") {
		return
	}
	page.Upload = &admin.UploadForm{Action: here + "/pictures", Alt: altField.With("", nil), File: fileField.With("", problems), Button: "Hand them in"}
	page.Upload.File.Multiple = true
	page.Actions = append(page.Actions, admin.Action{Label: "Duplicate", URL: here + "/copies"})
	if current.GetState() == productv1.ProductState_PRODUCT_STATE_DRAFT {
		page.Actions = append(page.Actions, giftCardAction(current))
	}
	if current.GetState() == productv1.ProductState_PRODUCT_STATE_ARCHIVED {
		page.Dangers = append(page.Dangers, admin.Action{Label: "Back to the drafts", URL: here + "/archive", Hidden: []ui.Hidden{{Name: "state", Value: "draft"}}})
	} else {
		page.Dangers = append(page.Dangers, admin.Action{Label: "Archive", URL: here + "/archive", Confirm: "It is no longer for sale and its page in the shop says so. All of it stays here.", Button: "Archive it"})
	}
	page.Dangers = append(page.Dangers, admin.Action{
		Label: "Delete for good", URL: here + "/removal", Kind: ui.Danger, Hidden: []ui.Hidden{{Name: "version", Value: strconv.FormatInt(current.GetVersion(), 10)}},
		Confirm: "The product goes with its history. Orders keep what was bought.", Button: "Delete it for good", Fields: []ui.Field{deletionField.With("", problems)},
	})
}

func productViews(product, current string) []ui.Link {
	views := []ui.Link{{Label: "Product", URL: "/products/" + product}, {Label: "Prices", URL: "/products/" + product + "/prices"}, {Label: "Bundle", URL: "/products/" + product + "/bundle"}, {Label: "History", URL: "/products/" + product + "/history"}}
	for i := range views {
		views[i].Current = views[i].URL == current
	}
	return views
}

// field is a field of the form that holds one text.
func (f *productForm) field(name string, field ui.Field, problems ui.Problems) ui.Field {
	field.Name, field.Label = name, fieldLabel(name)
	return field.With(f.text[name], problems)
}

// hidden is what the form was opened with, and what its page does not show.
func (f *productForm) hidden() []ui.Hidden {
	var was []string
	for _, field := range productFields {
		if sum := f.was[field.name]; sum != "" {
			was = append(was, field.name+":"+sum)
		}
	}
	hidden := []ui.Hidden{
		{Name: "version", Value: strconv.FormatInt(f.version, 10)}, {Name: "was", Value: strings.Join(was, " ")},
		{Name: "from", Value: strconv.Itoa(f.from)}, {Name: "rest", Value: f.rest()},
	}
	if f.key != "" {
		hidden = append(hidden, ui.Hidden{Name: "key", Value: f.key})
	}
	return hidden
}

// searchResult cuts texts where search engines do.
func (o *office) searchResult(f *productForm) admin.SearchResult {
	const title, text = 60, 160
	found := admin.SearchResult{Title: f.text["seo_title"], Text: f.text["seo_description"], Address: o.cfg.PublicURL + "/products/" + f.text["slug"]}
	if found.Title == "" {
		found.Title = f.text["name"]
	}
	if found.Title == "" {
		found.Title = "Its name"
	}
	if found.Text == "" {
		found.Text = strings.Join(strings.Fields(f.text["description"]), " ")
	}
	found.Title, found.Text = shortened(found.Title, title), shortened(found.Text, text)
	return found
}

func shortened(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return strings.TrimSpace(string(runes[:most-1])) + "…"
	}
	return text
}

// keptFields are those that staff changed of a product that also comes from elsewhere.
func keptFields(current *productv1.Product, f *productForm) []admin.Check {
	if len(current.GetExternalIds()) == 0 {
		return nil
	}
	var kept []admin.Check
	for _, name := range current.GetStaffFields() {
		kept = append(kept, admin.Check{Name: "give_back", Value: name, Label: "Give back: " + fieldLabel(name), Checked: slices.Contains(f.giveBack, name)})
	}
	of := map[string]int64{}
	var order []string
	for _, v := range current.GetVariants() {
		for _, name := range v.GetStaffFields() {
			if of[name]++; of[name] == 1 {
				order = append(order, name)
			}
		}
	}
	for _, name := range order {
		kept = append(kept, admin.Check{
			Name: "give_back", Value: "variants." + name, Label: "Give back: " + strings.TrimSpace(upperFirst(wordsOf(name))), Hint: "of " + plural(of[name], "variant", "variants"),
			Checked: slices.Contains(f.giveBack, "variants."+name),
		})
	}
	return kept
}

// namesFor finds the names of the categories and products that a form, and what is stored, name by id.
func (o *office) namesFor(v visit, f *productForm, current *productv1.Product) (map[string]string, error) {
	names := map[string]string{}
	for _, line := range categoryLines(current.GetCategories()) {
		names[line.id] = line.label
	}
	if slices.ContainsFunc(f.categories, func(id string) bool { return names[id] == "" }) {
		tree, err := o.categoryTree(v)
		if err != nil {
			return nil, err
		}
		for _, line := range tree {
			names[line.id] = line.label
		}
	}
	if others := slices.Concat(f.related, current.GetRelatedIds()); len(others) > 0 {
		found, err := o.Products.BatchGetProducts(v.ctx, &productv1.BatchGetProductsRequest{Ids: others[:min(len(others), 500)]})
		if err != nil {
			return nil, err
		}
		for _, p := range found.GetProducts() {
			names[p.GetId()] = p.GetName()
		}
	}
	for _, id := range slices.Concat(f.categories, f.related) {
		if names[id] == "" {
			names[id] = "No longer there"
		}
	}
	return names, nil
}
