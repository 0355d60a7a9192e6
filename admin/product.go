package main

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// getProduct returns the product that a page is about.
func (o *office) getProduct(v visit) (*productv1.Product, error) {
	answer, err := o.Products.GetProduct(v.ctx, &productv1.GetProductRequest{Id: v.PathValue("id")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return nil, web.NotFound
	}
	return answer.GetProduct(), err
}

// product shows one product, as a form to those who may change it.
func (o *office) product(w http.ResponseWriter, v visit) error {
	current, err := o.getProduct(v)
	if err != nil {
		return err
	}
	return o.showProduct(w, v, http.StatusOK, formOf(current), current, nil, "")
}

// newProduct shows an empty form.
func (o *office) newProduct(w http.ResponseWriter, v visit) error {
	return o.showProduct(w, v, http.StatusOK, emptyForm(), nil, nil, "")
}

// editNew takes the form of a new product.
func (o *office) editNew(w http.ResponseWriter, v visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	return o.edit(w, v, nil)
}

// editProduct takes the form of a product.
func (o *office) editProduct(w http.ResponseWriter, v visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	current, err := o.getProduct(v)
	if err != nil {
		return err
	}
	return o.edit(w, v, current)
}

// edit does what a button of the form says. All but save only change the form.
func (o *office) edit(w http.ResponseWriter, v visit, current *productv1.Product) error {
	f := readForm(v.PostForm, current)
	f.renameValues()
	verb, argument, _ := strings.Cut(v.PostFormValue("do"), " ")
	row, _ := strconv.Atoi(argument)
	if verb == "save" {
		return o.saveProduct(w, v, f, current)
	}
	problems, done := ui.Problems(nil), ""
	switch verb {
	case "add-attribute":
		f.attributes = append(f.attributes, attributeRow{})
	case "add-option":
		f.options = append(f.options, optionRow{})
	case "make-variants":
		var made int
		if made, problems = f.makeVariants(); problems == nil {
			done = plural(int64(made), "variant is", "variants are") + " made. Nothing is saved yet."
		}
	case "show-variants":
		f.from = row
	case "add-picture":
		f.addPicture()
	case "picture-earlier":
		f.swapPictures(row-1, row)
	case "picture-later":
		f.swapPictures(row, row+1)
	case "add-category":
		f.addCategories()
	case "add-language":
		f.addLanguage()
	case "find-related":
		var err error
		if problems, err = o.addRelated(v, f); err != nil {
			return err
		}
	}
	status := http.StatusOK
	if len(problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return o.showProduct(w, v, status, f, current, problems, done)
}

func (f *productForm) addPicture() {
	if f.addImage != "" {
		f.images = append(f.images, imageRow{Source: f.addImage})
		f.addImage = ""
	}
}

func (f *productForm) addCategories() {
	if f.addCategory != "" && !slices.Contains(f.categories, f.addCategory) {
		f.categories = append(f.categories, f.addCategory)
	}
	f.addCategory = ""
}

func (f *productForm) addLanguage() {
	if f.addLocale != "" {
		f.translations = append(f.translations, translationRow{Locale: f.addLocale})
		f.addLocale = ""
	}
}

func (f *productForm) swapPictures(a, b int) {
	if a < 0 || b >= len(f.images) {
		return
	}
	f.keepPictures(func() {
		f.images = slices.Clone(f.images)
		f.images[a], f.images[b] = f.images[b], f.images[a]
	})
}

// keepPictures has the variants show the same pictures after the numbers of these have changed.
func (f *productForm) keepPictures(change func()) {
	shown := make([]string, len(f.variants))
	for i, row := range f.variants {
		if row.Picture != "" {
			shown[i] = f.pictureOf(row.Picture)
		}
	}
	change()
	for i := range f.variants {
		if f.variants[i].Picture == "" {
			continue
		}
		f.variants[i].Picture = ""
		if at := slices.IndexFunc(f.images, func(image imageRow) bool {
			return shown[i] != "" && (image.ID == shown[i] || image.ID == "" && image.Source == shown[i])
		}); at >= 0 {
			f.variants[i].Picture = strconv.Itoa(at + 1)
		}
	}
}

// addRelated looks for a product by what was typed and adds those that are meant.
func (o *office) addRelated(v visit, f *productForm) (ui.Problems, error) {
	if f.findRelated == "" {
		return nil, nil
	}
	const most = 5
	answer, err := o.Products.ListProducts(v.ctx, &productv1.ListProductsRequest{Query: firstBytes(f.findRelated, 100), PageSize: most + 1})
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(answer.GetProducts(), func(p *productv1.Product) bool { return p.GetId() == f.id || slices.Contains(f.related, p.GetId()) })
	switch {
	case len(found) == 0:
		return ui.Problems{"find_related": "No other product is called so, nor has this SKU"}, nil
	case len(found) > most:
		return ui.Problems{"find_related": "Many products are called so: write more of the name, or the SKU"}, nil
	}
	for _, p := range found {
		f.related = append(f.related, p.GetId())
	}
	f.findRelated = ""
	return nil, nil
}

// copyProduct makes a draft like the product.
func (o *office) copyProduct(w http.ResponseWriter, v visit) error {
	made, err := o.Products.DuplicateProduct(v.ctx, &productv1.DuplicateProductRequest{Id: v.PathValue("id")})
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "product.copied"})
	web.SeeOther(w, v.Request, "/products/"+made.GetProduct().GetId())
	return nil
}

// archiveProduct takes a product from sale, or puts an archived one back among the drafts.
func (o *office) archiveProduct(w http.ResponseWriter, v visit) error {
	current, err := o.getProduct(v)
	if err != nil {
		return err
	}
	state, flash := productv1.ProductState_PRODUCT_STATE_ARCHIVED, "product.archived"
	if v.PostFormValue("state") == "draft" {
		state, flash = productv1.ProductState_PRODUCT_STATE_DRAFT, "product.drafted"
	}
	_, err = o.Products.UpdateProduct(v.ctx, &productv1.UpdateProductRequest{
		Product: &productv1.Product{Id: current.GetId(), State: state}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"state"}}, ExpectedVersion: current.GetVersion(),
	})
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: flash})
	web.SeeOther(w, v.Request, "/products/"+current.GetId())
	return nil
}

var deletionField = ui.Field{Name: "confirm", Label: "Type DELETE to go on", AutoComplete: "off", MaxLength: 20, Width: ui.Short}

// deleteProduct removes a product for good, once that was typed.
func (o *office) deleteProduct(w http.ResponseWriter, v visit) error {
	current, err := o.getProduct(v)
	if err != nil {
		return err
	}
	if !strings.EqualFold(strings.TrimSpace(v.PostFormValue("confirm")), "delete") {
		return o.showProduct(w, v, http.StatusUnprocessableEntity, formOf(current), current, ui.Problems{"confirm": "Type DELETE, so that nothing is removed by mistake"}, "")
	}
	version, _ := strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	_, err = o.Products.DeleteProduct(v.ctx, &productv1.DeleteProductRequest{Id: current.GetId(), ExpectedVersion: version})
	if connect.CodeOf(err) == connect.CodeAborted {
		return o.showProduct(w, v, http.StatusConflict, formOf(current), current, ui.Problems{"": words(err)}, "")
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "product.deleted"})
	web.SeeOther(w, v.Request, "/products")
	return nil
}
