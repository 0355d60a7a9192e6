package main

import (
	"slices"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// categoryLine is a category with the way to it: "Kitchen › Mugs".
type categoryLine struct{ id, label string }

// mostChoices are the categories that a select offers.
const mostChoices = 500

// categoryTree is every category with the way to it, in the order of these ways.
func categoryTree(list []*catalogv1.Category) []categoryLine {
	refs := make([]*productv1.CategoryRef, len(list))
	for i, c := range list {
		refs[i] = &productv1.CategoryRef{Id: c.GetId(), Name: c.GetName(), ParentId: c.GetParentId()}
	}
	return categoryLines(refs)
}

func categoryLines(list []*productv1.CategoryRef) []categoryLine {
	byID := make(map[string]*productv1.CategoryRef, len(list))
	for _, c := range list {
		byID[c.GetId()] = c
	}
	lines := make([]categoryLine, len(list))
	for i, c := range list {
		label := c.GetName()
		for above, depth := byID[c.GetParentId()], 0; above != nil && depth < 10; above, depth = byID[above.GetParentId()], depth+1 {
			label = above.GetName() + " › " + label
		}
		lines[i] = categoryLine{c.GetId(), label}
	}
	slices.SortFunc(lines, func(a, b categoryLine) int {
		switch {
		case a.label < b.label:
			return -1
		case a.label > b.label:
			return 1
		}
		return 0
	})
	return lines
}

// categoryChoice is a select of the categories that a product is not in yet; nil where there is none.
func (o *office) categoryChoice(v visit, f *productForm, problems ui.Problems) (*ui.Field, error) {
	tree, err := o.Catalog.ListCategories(v.ctx, &catalogv1.ListCategoriesRequest{})
	if err != nil {
		return nil, err
	}
	field := ui.Field{Name: "add_category", Label: "Another category", Optional: true, Options: []ui.Option{{Label: "Choose"}}}.With(f.addCategory, problems)
	for _, line := range categoryTree(tree.GetCategories()) {
		if !slices.Contains(f.categories, line.id) && len(field.Options) < mostChoices {
			field.Options = append(field.Options, ui.Option{Value: line.id, Label: line.label})
		}
	}
	if len(field.Options) == 1 && field.Error == "" {
		return nil, nil
	}
	return &field, nil
}
