package main

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// sending is a product made of a form, with where its rows stand in the form: what says nothing, or is to be removed, is not sent.
type sending struct {
	product  *productv1.Product
	rows     map[string][]int // by field: the form's row for each row that is sent
	problems ui.Problems
}

// send makes a product of the form. current is what is stored of it; empty for a new one.
func (f *productForm) send(current *productv1.Product, currency string) sending {
	p := &productv1.Product{
		Id: f.id, Key: f.key, Name: f.text["name"], Description: f.text["description"], Brand: f.text["brand"], State: stateOf(f.text["state"]), Slug: f.text["slug"], TypeId: f.text["type_id"], TaxClass: f.text["tax_class"],
		Tags: lines(f.text["tags"]), SeoTitle: f.text["seo_title"], SeoDescription: f.text["seo_description"], RelatedIds: f.related,
	}
	s := sending{product: p, rows: map[string][]int{}, problems: ui.Problems{}}
	if at := f.text["publish_time"]; at != "" {
		if time, fine := readTime(at); fine {
			p.PublishTime = timestamppb.New(time)
		} else {
			s.problems["publish_time"] = "Write a day and a time, such as 2026-12-01T08:00"
		}
	}
	for _, category := range f.categories {
		p.Categories = append(p.Categories, &productv1.CategoryRef{Id: category})
	}
	for i, row := range f.attributes {
		if !row.empty() {
			p.Attributes = append(p.Attributes, row.attribute())
			s.rows["attributes"] = append(s.rows["attributes"], i)
		}
	}
	for i, row := range f.options {
		if row.Name != "" || len(row.Values) > 0 {
			p.Options = append(p.Options, &productv1.Option{Name: row.Name, Values: slices.Clone(row.Values)})
			s.rows["options"] = append(s.rows["options"], i)
		}
	}
	for i, row := range f.images {
		if !row.removed {
			p.Images = append(p.Images, &productv1.Image{Id: row.ID, SourceUrl: row.Source, Alt: row.Alt})
			s.rows["images"] = append(s.rows["images"], i)
		}
	}
	stored := map[string]*productv1.Variant{}
	for _, v := range current.GetVariants() {
		stored[v.GetId()] = v
	}
	for i, row := range f.variants {
		if row.Removed {
			continue
		}
		v := f.variant(row, i, stored[row.ID], currency, s.problems)
		v.StaffFields = slices.DeleteFunc(slices.Clone(v.GetStaffFields()), func(name string) bool { return slices.Contains(f.giveBack, "variants."+name) })
		p.Variants = append(p.Variants, v)
		s.rows["variants"] = append(s.rows["variants"], i)
	}
	for i, row := range f.translations {
		if !row.removed {
			p.Translations = append(p.Translations, &productv1.Translation{
				Locale: row.Locale, Name: row.Name, Description: row.Description, Slug: row.Slug, SeoTitle: row.SEOTitle, SeoDescription: row.SEODescription,
			})
			s.rows["translations"] = append(s.rows["translations"], i)
		}
	}
	p.StaffFields = slices.DeleteFunc(slices.Clone(current.GetStaffFields()), func(name string) bool { return slices.Contains(f.giveBack, name) })
	return s
}

// attribute follows its definition for as long as it says what it said.
func (r attributeRow) attribute() *productv1.Attribute {
	kept := &productv1.Attribute{}
	if r.kept != "" && protojson.Unmarshal([]byte(r.kept), kept) == nil && kept.GetName() == r.Name && kept.GetValue() == r.Value {
		return kept
	}
	return &productv1.Attribute{Name: r.Name, Value: r.Value}
}

// mask names what the form changes.
func (f *productForm) mask() []string {
	var changed []string
	for _, field := range productFields {
		if f.changed(field.name) {
			changed = append(changed, field.name)
		}
	}
	if len(f.giveBack) > 0 {
		changed = append(changed, "staff_fields")
		if !slices.Contains(changed, "variants") && slices.ContainsFunc(f.giveBack, func(name string) bool { return strings.HasPrefix(name, "variants.") }) {
			changed = append(changed, "variants")
		}
	}
	return changed
}

// saveProduct stores what the form changes, shows what is wrong with it, or what somebody else changed meanwhile.
func (o *office) saveProduct(w http.ResponseWriter, v visit, f *productForm, current *productv1.Product) error {
	f.applyChoices(current)
	f.addCategories()
	f.addPicture()
	f.addLanguage()
	problems, err := o.addRelated(v, f)
	if err != nil {
		return err
	}
	if problems != nil {
		return o.showProduct(w, v, http.StatusUnprocessableEntity, f, current, problems, "")
	}
	if !f.fits() {
		if _, problems = f.makeVariants(); problems != nil {
			return o.showProduct(w, v, http.StatusUnprocessableEntity, f, current, problems, "")
		}
		return o.showProduct(w, v, http.StatusUnprocessableEntity, f, current, ui.Problems{"": "The options are others now, so the variants are made anew. Look at them, then save."}, "")
	}
	if f.version != current.GetVersion() {
		return o.showConflict(w, v, f, current)
	}
	sent := f.send(current, o.currency(current))
	if len(sent.problems) > 0 {
		return o.showProduct(w, v, http.StatusUnprocessableEntity, f, current, sent.problems, "")
	}
	saved, err := o.store(v, f, sent)
	if err == nil {
		o.cookies.SetFlash(w, web.Flash{Code: "product.saved"})
		web.SeeOther(w, v.Request, "/products/"+saved)
		return nil
	}
	if theirs, found := rpc.Detail[*productv1.ProductConflict](err); found {
		return o.showConflict(w, v, f, theirs.GetProduct())
	}
	if wrong, found := rpc.Detail[*productv1.ProductProblems](err); found {
		return o.showProduct(w, v, http.StatusUnprocessableEntity, f, current, f.told(sent, wrong), "")
	}
	if code := connect.CodeOf(err); code == connect.CodeInvalidArgument || code == connect.CodeAborted {
		return o.showProduct(w, v, http.StatusUnprocessableEntity, f, current, ui.Problems{"": words(err)}, "")
	}
	return err
}

// store returns the id of what was stored.
func (o *office) store(v visit, f *productForm, sent sending) (string, error) {
	if f.id == "" {
		created, err := o.Products.CreateProduct(v.ctx, &productv1.CreateProductRequest{Product: sent.product})
		if connect.CodeOf(err) == connect.CodeAlreadyExists { // the form was sent twice
			return o.productByKey(v, f.key, err)
		}
		return created.GetProduct().GetId(), err
	}
	mask := f.mask()
	if len(mask) == 0 {
		return f.id, nil
	}
	_, err := o.Products.UpdateProduct(v.ctx, &productv1.UpdateProductRequest{
		Product: sent.product, UpdateMask: &fieldmaskpb.FieldMask{Paths: mask}, ExpectedVersion: f.version,
	})
	return f.id, err
}

func (o *office) productByKey(v visit, key string, otherwise error) (string, error) {
	found, err := o.Products.ListProducts(v.ctx, &productv1.ListProductsRequest{Query: key, PageSize: 10})
	if err != nil {
		return "", err
	}
	for _, product := range found.GetProducts() {
		if product.GetKey() == key {
			return product.GetId(), nil
		}
	}
	return "", otherwise
}

var problemPlace = regexp.MustCompile(`^(\w+)(?:\[(\d+)\])?(?:\.(\w+))?`)

// partPlace is where a part of a variant stands.
var partPlace = regexp.MustCompile(`^variants\[(\d+)\]\.bundle_parts(?:\[(\d+)\])?`)

// rowFields are the fields of rows that stand in for others, which have none of their own.
var rowFields = map[string]string{"variants.option_values": "sku", "variants.id": "sku", "variants.mpn": "sku", "variants.bundle_parts": "sku", "variants.": "sku", "images.": "alt", "images.id": "alt", "attributes.": "value", "attributes.typed": "value", "attributes.definition_id": "value", "translations.": "locale"}

// told puts what the service says is wrong beside the fields of the form, in words that name them.
func (f *productForm) told(sent sending, wrong *productv1.ProductProblems) ui.Problems {
	problems := ui.Problems{}
	add := func(name, text string) {
		if problems[name] != "" {
			text = problems[name] + ". " + text
		}
		problems[name] = text
	}
	for _, one := range wrong.GetProblems() {
		parts := problemPlace.FindStringSubmatch(one.GetField())
		if parts == nil {
			add("", upperFirst(one.GetText()))
			continue
		}
		field, of := parts[1], parts[3]
		row, err := strconv.Atoi(parts[2])
		switch {
		case field == "categories":
			add("add_category", "A category "+one.GetText())
		case field == "related_ids":
			add("find_related", "A product "+one.GetText())
		case field == "attributes" && parts[2] == "":
			add("", upperFirst(one.GetText()))
		case field == "tags":
			add("tags", "A tag "+one.GetText())
		case err == nil && row < len(sent.rows[field]):
			if instead := rowFields[field+"."+of]; instead != "" {
				add(rowName(field, sent.rows[field][row], instead), upperFirst(wordsOf(of)+one.GetText()))
			} else {
				add(rowName(field, sent.rows[field][row], of), upperFirst(wordsOf(of)+one.GetText()))
			}
		case f.text[field] != "" || slices.Contains([]string{"name", "slug", "description", "brand", "state", "publish_time", "type_id", "tax_class", "seo_title", "seo_description"}, field):
			add(field, fieldLabel(field)+" "+one.GetText())
		default:
			add("", fieldLabel(field)+" "+one.GetText())
		}
	}
	return problems
}

// wordsOf is a field's name before what is wrong with it.
func wordsOf(field string) string {
	for _, column := range variantColumns {
		if column.name == field {
			return column.label + " "
		}
	}
	if field == "" || field == "typed" {
		return "it "
	}
	return strings.ReplaceAll(field, "_", " ") + " "
}

func fieldLabel(name string) string {
	for _, field := range productFields {
		if field.name == name {
			return field.label
		}
	}
	return upperFirst(strings.ReplaceAll(name, "_", " "))
}
