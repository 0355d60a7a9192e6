package main

import (
	"slices"
	"strings"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// typeChoice adds the select of types, where there are any, and returns the one that is chosen.
func (o *office) typeChoice(v visit, page *admin.ProductPage, f *productForm, problems ui.Problems) (*productv1.ProductType, error) {
	answer, err := o.Types.ListProductTypes(v.ctx, &productv1.ListProductTypesRequest{PageSize: 100})
	if err != nil {
		return nil, err
	}
	types := answer.GetTypes()
	chosen := slices.IndexFunc(types, func(of *productv1.ProductType) bool { return of.GetId() == f.text["type_id"] })
	if chosen < 0 && f.text["type_id"] != "" { // past the first hundred
		found, err := o.Types.GetProductType(v.ctx, &productv1.GetProductTypeRequest{Id: f.text["type_id"]})
		if err != nil {
			return nil, err
		}
		types, chosen = append(types, found.GetType()), len(types)
	}
	if len(types) == 0 {
		return nil, nil
	}
	field := f.field("type_id", ui.Field{Optional: true, Hint: "It asks for attributes; look at the page to see them.", Options: []ui.Option{{Label: "None"}}}, problems)
	for _, of := range types {
		field.Options = append(field.Options, ui.Option{Value: of.GetId(), Label: of.GetName()})
	}
	page.Type = &field
	if chosen < 0 {
		return nil, nil
	}
	return types[chosen], nil
}

// ask adds a row for each attribute that the type asks for and the form does not have, and returns what each of them may hold, by its name in
// lower case.
func (f *productForm) ask(of *productv1.ProductType) map[string]string {
	hints := map[string]string{}
	for _, d := range of.GetDefinitions() {
		hints[strings.ToLower(d.GetName())] = definitionHint(d)
		if !slices.ContainsFunc(f.attributes, func(row attributeRow) bool { return strings.EqualFold(row.Name, d.GetName()) }) {
			f.attributes = append(f.attributes, attributeRow{Name: d.GetName(), asked: true})
		}
	}
	return hints
}

// definitionHint says what an attribute may hold.
func definitionHint(d *productv1.AttributeDefinition) string {
	var hint string
	switch d.GetKind() {
	case productv1.AttributeKind_ATTRIBUTE_KIND_NUMBER:
		hint = strings.TrimSpace("A number such as 12.5 " + d.GetUnit())
	case productv1.AttributeKind_ATTRIBUTE_KIND_CHOICE:
		hint = "One of: " + strings.Join(d.GetChoices(), ", ")
		if d.GetMany() {
			hint = "Some of these, with commas between: " + strings.Join(d.GetChoices(), ", ")
		}
	case productv1.AttributeKind_ATTRIBUTE_KIND_FLAG:
		hint = "yes or no"
	case productv1.AttributeKind_ATTRIBUTE_KIND_DATE:
		hint = "A day such as 2026-11-26"
	case productv1.AttributeKind_ATTRIBUTE_KIND_COLOUR:
		hint = "A colour such as #1f6f50"
	case productv1.AttributeKind_ATTRIBUTE_KIND_PRODUCT:
		hint = "The id of a product, from the address of its page here"
	default:
		hint = "Words"
	}
	if d.GetRequired() {
		hint += ". Needed for sale"
	}
	return shortened(hint, 300) + "."
}
