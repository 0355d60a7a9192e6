package main

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// mostFoundParts is how many variants a search for a part offers.
const mostFoundParts = 30

// bundleForm is what the variants of a product are made of, as it is typed.
type bundleForm struct {
	version int64
	rows    []partRow
	find    string
	found   []partRow
}

// partRow is a part of one of the product's variants, or one that a search found.
type partRow struct {
	bundle, variant, label, quantity string
	removed                          bool
}

func bundleOf(p *productv1.Product) bundleForm {
	f := bundleForm{version: p.GetVersion()}
	for _, v := range p.GetVariants() {
		for _, part := range v.GetBundleParts() {
			f.rows = append(f.rows, partRow{bundle: v.GetId(), variant: part.GetVariantId(), label: partLabel(part), quantity: strconv.Itoa(int(part.GetQuantity()))})
		}
	}
	return f
}

func partLabel(part *productv1.BundlePart) string {
	label := strings.TrimSpace(part.GetProductName() + " " + part.GetVariantName())
	switch {
	case part.GetProductId() == "":
		return "A variant that is gone"
	case part.GetSku() != "":
		label += " (" + part.GetSku() + ")"
	}
	if !part.GetForSale() {
		label += ", not for sale"
	}
	return label
}

// productBundle shows what the variants of a product are made of that are bundles.
func (o *office) productBundle(w http.ResponseWriter, v visit) error {
	current, err := o.getProduct(v)
	if err != nil {
		return err
	}
	return o.showBundle(w, v, http.StatusOK, current, bundleOf(current), nil)
}

// saveBundle stores it, or looks for other parts and keeps what was typed.
func (o *office) saveBundle(w http.ResponseWriter, v visit) error {
	current, err := o.getProduct(v)
	if err != nil {
		return err
	}
	if err := v.ParseForm(); err != nil {
		return err
	}
	f := readBundle(v, current)
	switch v.PostForm.Get("do") {
	case "find-part":
		if problems, err := o.findParts(v, &f); err != nil || problems != nil {
			return orShow(err, func() error { return o.showBundle(w, v, http.StatusUnprocessableEntity, current, f, problems) })
		}
		return o.showBundle(w, v, http.StatusOK, current, f, nil)
	case "save":
	default:
		return o.showBundle(w, v, http.StatusOK, current, f, nil)
	}
	change, places, problems := f.change(current)
	if len(problems) > 0 {
		return o.showBundle(w, v, http.StatusUnprocessableEntity, current, f, problems)
	}
	_, err = o.Products.UpdateProduct(v.ctx, &productv1.UpdateProductRequest{
		Product: change, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"variants"}}, ExpectedVersion: f.version,
	})
	if wrong, found := rpc.Detail[*productv1.ProductProblems](err); found {
		return o.showBundle(w, v, http.StatusUnprocessableEntity, current, f, toldOfParts(wrong, change, places))
	}
	if code := connect.CodeOf(err); err != nil && (code == connect.CodeAborted || code == connect.CodeInvalidArgument) {
		return o.showBundle(w, v, http.StatusConflict, current, f, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "bundle.saved"})
	web.SeeOther(w, v.Request, "/products/"+current.GetId()+"/bundle")
	return nil
}

func orShow(err error, show func() error) error {
	if err != nil {
		return err
	}
	return show()
}

// readBundle reads the rows, and adds those parts that were ticked among what was found.
func readBundle(v visit, current *productv1.Product) bundleForm {
	f := bundleForm{find: strings.TrimSpace(v.PostForm.Get("find_part"))}
	f.version, _ = strconv.ParseInt(v.PostForm.Get("version"), 10, 64)
	for i := 0; v.PostForm.Has(rowName("parts", i, "variant")); i++ {
		get := func(of string) string { return strings.TrimSpace(v.PostForm.Get(rowName("parts", i, of))) }
		f.rows = append(f.rows, partRow{get("bundle"), get("variant"), get("label"), get("quantity"), v.PostForm.Has(rowName("parts", i, "removed"))})
	}
	for i := 0; v.PostForm.Has(rowName("found", i, "label")); i++ {
		row := partRow{variant: v.PostForm.Get(rowName("found", i, "add")), label: v.PostForm.Get(rowName("found", i, "label")), quantity: "1"}
		if row.variant != "" && len(current.GetVariants()) > 0 {
			row.bundle = current.GetVariants()[0].GetId()
			f.rows = append(f.rows, row)
		}
	}
	return f
}

// findParts offers the variants of products that are called so, or have this SKU. What is a bundle itself is no part.
func (o *office) findParts(v visit, f *bundleForm) (problems ui.Problems, err error) {
	f.found, problems, err = o.findVariants(v, f.find, false)
	return problems, err
}

// findVariants finds the variants of products that are called so, or the one that has this SKU, up to mostFoundParts.
func (o *office) findVariants(v visit, asked string, bundles bool) ([]partRow, ui.Problems, error) {
	if asked == "" {
		return nil, ui.Problems{"find_part": "Write the SKU or a part of the name"}, nil
	}
	listed, err := o.Products.ListProducts(v.ctx, &productv1.ListProductsRequest{Query: firstBytes(asked, 100), PageSize: 10})
	if err != nil {
		return nil, nil, err
	}
	if len(listed.GetProducts()) == 0 {
		return nil, ui.Problems{"find_part": "No product is called so, nor has this SKU"}, nil
	}
	var ids []string
	for _, p := range listed.GetProducts() {
		ids = append(ids, p.GetId())
	}
	loaded, err := o.Products.BatchGetProducts(v.ctx, &productv1.BatchGetProductsRequest{Ids: ids})
	if err != nil {
		return nil, nil, err
	}
	var found []partRow
	for _, exactly := range []bool{true, false} { // a SKU means one variant
		for _, p := range loaded.GetProducts() {
			for _, variant := range p.GetVariants() {
				if exactly && variant.GetSku() != asked || len(variant.GetBundleParts()) > 0 && !bundles || len(found) == mostFoundParts {
					continue
				}
				part := &productv1.BundlePart{
					ProductId: p.GetId(), ProductName: p.GetName(), VariantName: strings.Join(variant.GetOptionValues(), " / "), Sku: variant.GetSku(),
					ForSale: p.GetState() == productv1.ProductState_PRODUCT_STATE_ACTIVE,
				}
				found = append(found, partRow{variant: variant.GetId(), label: partLabel(part)})
			}
		}
		if len(found) > 0 {
			return found, nil, nil
		}
	}
	return nil, ui.Problems{"find_part": "All that is called so are bundles; name what they are made of"}, nil
}

// change is the product with the parts that the rows name. places says in which row each part of each variant stands.
func (f bundleForm) change(current *productv1.Product) (change *productv1.Product, places map[string][]int, problems ui.Problems) {
	change, places, problems = &productv1.Product{Id: current.GetId()}, map[string][]int{}, ui.Problems{}
	for _, v := range current.GetVariants() {
		v = proto.CloneOf(v)
		v.BundleParts = nil
		change.Variants = append(change.Variants, v)
	}
	for i, row := range f.rows {
		at := slices.IndexFunc(change.GetVariants(), func(v *productv1.Variant) bool { return v.GetId() == row.bundle })
		if row.removed {
			continue
		}
		if at < 0 {
			problems[rowName("parts", i, "bundle")] = "Choose the variant that is made of it"
			continue
		}
		quantity, err := strconv.ParseInt(row.quantity, 10, 32)
		if err != nil || quantity < 1 {
			problems[rowName("parts", i, "quantity")] = "Write how many of it are in one bundle"
		}
		change.Variants[at].BundleParts = append(change.Variants[at].BundleParts, &productv1.BundlePart{VariantId: row.variant, Quantity: int32(quantity)})
		places[row.bundle] = append(places[row.bundle], i)
	}
	return change, places, problems
}

// toldOfParts puts what the service says is wrong beside the rows.
func toldOfParts(wrong *productv1.ProductProblems, change *productv1.Product, places map[string][]int) ui.Problems {
	problems := ui.Problems{}
	for _, one := range wrong.GetProblems() {
		name, text := "", one.GetField()+" "+one.GetText()
		if place := partPlace.FindStringSubmatch(one.GetField()); place != nil {
			variant, _ := strconv.Atoi(place[1])
			part, err := strconv.Atoi(place[2])
			text = upperFirst(one.GetText())
			if rows := places[change.GetVariants()[min(variant, len(change.GetVariants())-1)].GetId()]; err == nil && part < len(rows) {
				name = rowName("parts", rows[part], "quantity")
			} else {
				text = "The parts " + one.GetText()
			}
		}
		problems[name] = strings.TrimSpace(problems[name] + " " + text)
	}
	return problems
}

func (o *office) showBundle(w http.ResponseWriter, v visit, status int, p *productv1.Product, f bundleForm, problems ui.Problems) error {
	here := "/products/" + p.GetId() + "/bundle"
	page := admin.BundlePage{
		Shell: o.shell(w, v, "Bundle "+p.GetName()), Heading: p.GetName(), Views: productViews(p.GetId(), here), Problems: ui.Summary(problems, "find_part"),
		Breadcrumb: []ui.Link{{Label: "Products", URL: "/products"}, {Label: p.GetName(), URL: "/products/" + p.GetId()}, {Label: "Bundle", URL: here, Current: true}},
		Grid:       admin.Grid{Name: "What it is made of", Remove: "Remove", Columns: []admin.Column{{Label: "Part"}, {Label: "Of the variant"}, {Label: "Quantity in one"}}},
		Find:       ui.Field{Name: "find_part", Label: "Another part", Optional: true, Hint: "The SKU of a variant, or a part of its product’s name."}.With(f.find, problems),
		Version:    strconv.FormatInt(f.version, 10),
	}
	if v.may("products.write") {
		page.Action = here + "/contents"
	}
	for i, row := range f.rows {
		shown := admin.GridRow{Label: row.label, Remove: rowName("parts", i, "removed"), Removed: row.removed, Hidden: []ui.Hidden{
			{Name: rowName("parts", i, "variant"), Value: row.variant}, {Name: rowName("parts", i, "label"), Value: row.label},
		}}
		bundle := admin.GridCell{Name: rowName("parts", i, "bundle"), Label: "Variant made of " + row.label, Error: problems[rowName("parts", i, "bundle")]}
		for _, variant := range formOf(p).variants {
			bundle.Options = append(bundle.Options, ui.Option{Value: variant.ID, Label: variant.label(), Selected: variant.ID == row.bundle})
			if variant.ID == row.bundle {
				bundle.Value = variant.label()
			}
		}
		quantity := admin.GridCell{
			Name: rowName("parts", i, "quantity"), Label: "Quantity of " + row.label, Value: row.quantity, Number: true, Error: problems[rowName("parts", i, "quantity")],
		}
		shown.Cells = []admin.GridCell{bundle, quantity}
		for _, cell := range shown.Cells {
			if cell.Error != "" {
				page.Problems = append(page.Problems, ui.FieldProblem{Text: row.label + ": " + cell.Error, URL: "#field-" + cell.Name})
			}
		}
		page.Grid.Rows = append(page.Grid.Rows, shown)
	}
	for i, row := range f.found {
		page.Found = append(page.Found, admin.FoundPart{
			Hidden: []ui.Hidden{{Name: rowName("found", i, "label"), Value: row.label}},
			Check:  admin.Check{Name: rowName("found", i, "add"), Value: row.variant, Label: row.label},
		})
	}
	return web.Render(w, v.Request, status, admin.Bundle(page))
}
