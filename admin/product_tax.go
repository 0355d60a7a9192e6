package main

import (
	"slices"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// standardClass stands for the standard class where nothing stands for no choice.
const standardClass = "*"

// classesOfTax are those that staff may choose among; none for staff who may not see the taxes.
func (o *office) classesOfTax(v visit) ([]*pricingv1.TaxClass, error) {
	if !v.may("settings.read") {
		return nil, nil
	}
	answer, err := o.Taxes.ListTaxClasses(v.ctx, &pricingv1.ListTaxClassesRequest{})
	return answer.GetClasses(), err
}

// taxClassField asks what a product is taxed as: by choice among the classes, or by code for staff who may not see the taxes.
func (o *office) taxClassField(v visit, f *productForm, problems ui.Problems) (ui.Field, error) {
	classes, err := o.classesOfTax(v)
	if err != nil {
		return ui.Field{}, err
	}
	if classes == nil {
		return f.field("tax_class", ui.Field{Optional: true, MaxLength: 50, Hint: "The code of a tax class, such as reduced. The standard class, when left empty."}, problems), nil
	}
	field := ui.Field{Optional: true, Hint: "What the tax of a country is taken by."}
	for _, class := range classes {
		field.Options = append(field.Options, ui.Option{Value: class.GetCode(), Label: class.GetName()})
	}
	known := func(option ui.Option) bool { return option.Value == f.text["tax_class"] }
	if !slices.ContainsFunc(field.Options, known) {
		field.Options = append(field.Options, ui.Option{Value: f.text["tax_class"], Label: f.text["tax_class"] + ", which is no class: taxed as standard"})
	}
	return f.field("tax_class", field, problems), nil
}
