package main

import (
	"cmp"
	"slices"
	"strings"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// categoryLine is a category with the way to it: "Kitchen › Mugs".
type categoryLine struct{ id, label string }

// mostChoices are the categories that a select offers.
const mostChoices = 500

// categoryTree is every category with the way to it, in the order of these ways, up to mostChoices.
func (o *office) categoryTree(v visit) ([]categoryLine, error) {
	answer, err := o.Categories.ListCategories(v.ctx, &productv1.ListCategoriesRequest{All: true, PageSize: mostChoices})
	if err != nil {
		return nil, err
	}
	lines := make([]categoryLine, len(answer.GetCategories()))
	for i, c := range answer.GetCategories() {
		lines[i] = categoryLine{c.GetId(), strings.Join(c.GetPath(), " › ")}
	}
	return lines, nil
}

// categoryLines are categories that are given with those above them.
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
	slices.SortFunc(lines, func(a, b categoryLine) int { return cmp.Compare(a.label, b.label) })
	return lines
}

// categoryChoice is a select of the categories that a product is not in yet; nil where there is none.
func (o *office) categoryChoice(v visit, f *productForm, problems ui.Problems) (*ui.Field, error) {
	tree, err := o.categoryTree(v)
	if err != nil {
		return nil, err
	}
	field := ui.Field{Name: "add_category", Label: "Another category", Optional: true, Options: []ui.Option{{Label: "Choose"}}}.With(f.addCategory, problems)
	for _, line := range tree {
		if !slices.Contains(f.categories, line.id) {
			field.Options = append(field.Options, ui.Option{Value: line.id, Label: line.label})
		}
	}
	if len(field.Options) == 1 && field.Error == "" {
		return nil, nil
	}
	return &field, nil
}
