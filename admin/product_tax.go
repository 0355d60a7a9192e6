package main

import (
	"slices"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// taxClassField asks what a product is taxed as: by choice among the classes, or by code for staff who may not see the taxes.
func (o *office) taxClassField(v visit, f *productForm, problems ui.Problems) (ui.Field, error) {
	if !v.may("settings.read") {
		return f.field("tax_class", ui.Field{Optional: true, MaxLength: 50, Hint: "The code of a tax class, such as reduced. The standard class, when left empty."}, problems), nil
	}
	answer, err := o.Taxes.ListTaxClasses(v.ctx, &pricingv1.ListTaxClassesRequest{})
	if err != nil {
		return ui.Field{}, err
	}
	field := ui.Field{Optional: true, Hint: "What the tax of a country is taken by."}
	for _, class := range answer.GetClasses() {
		field.Options = append(field.Options, ui.Option{Value: class.GetCode(), Label: class.GetName()})
	}
	known := func(option ui.Option) bool { return option.Value == f.text["tax_class"] }
	if !slices.ContainsFunc(field.Options, known) {
		field.Options = append(field.Options, ui.Option{Value: f.text["tax_class"], Label: f.text["tax_class"] + ", which is no class: taxed as standard"})
	}
	return f.field("tax_class", field, problems), nil
}
