package product

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// note says which fields an edit changes, and marks those that staff changed.
func (e *edit) note(by editor) {
	before := e.before
	if before == nil {
		before = &productv1.Product{}
	}
	e.changed = differing(before, e.after)
	if by.staff {
		for _, name := range e.changed {
			if name == "variants" {
				e.noteVariants(before)
			} else if !slices.Contains(e.after.GetStaffFields(), name) {
				e.after.StaffFields = append(e.after.StaffFields, name)
			}
		}
		slices.Sort(e.after.GetStaffFields())
	}
	if e.before != nil && !slices.Equal(e.before.GetStaffFields(), e.after.GetStaffFields()) {
		e.changed = append(e.changed, staffFields)
	}
	if e.before != nil && !slices.Contains(e.changed, "variants") {
		for i, v := range e.after.GetVariants() {
			if !slices.Equal(v.GetStaffFields(), e.before.GetVariants()[i].GetStaffFields()) {
				e.changed = append(e.changed, "variants")
				break
			}
		}
	}
}

// noteVariants marks the fields of each variant that staff changed. That variants came or went or changed places is a change of the product.
func (e *edit) noteVariants(before *productv1.Product) {
	same := len(before.GetVariants()) == len(e.after.GetVariants())
	for i, v := range e.after.GetVariants() {
		same = same && before.GetVariants()[i].GetId() == v.GetId()
		was := &productv1.Variant{}
		if at := slices.IndexFunc(before.GetVariants(), func(b *productv1.Variant) bool { return b.GetId() == v.GetId() }); at >= 0 {
			was = before.GetVariants()[at]
		}
		for _, name := range differingVariant(was, v) {
			if !slices.Contains(v.GetStaffFields(), name) {
				v.StaffFields = append(v.StaffFields, name)
			}
		}
		slices.Sort(v.GetStaffFields())
	}
	if !same && !slices.Contains(e.after.GetStaffFields(), "variants") {
		e.after.StaffFields = append(e.after.StaffFields, "variants")
	}
}

// differingVariant returns the fields that two variants do not have alike.
func differingVariant(a, b *productv1.Variant) []string {
	var names []string
	fields := a.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		name := string(field.Name())
		switch {
		case name == "id" || name == staffFields:
		case name == bundleParts:
			if !sameParts(a.GetBundleParts(), b.GetBundleParts()) {
				names = append(names, name)
			}
		case !a.ProtoReflect().Get(field).Equal(b.ProtoReflect().Get(field)):
			names = append(names, name)
		}
	}
	return names
}

// differing returns the fields that two products do not have alike.
func differing(a, b *productv1.Product) []string {
	var names []string
	for _, name := range editable {
		if !proto.Equal(only(a, name), only(b, name)) {
			names = append(names, name)
		}
	}
	return names
}

// only is a product with one field, without what does not count as a difference in it.
func only(p *productv1.Product, name string) *productv1.Product {
	one := &productv1.Product{}
	copyField(one, p, name)
	switch name {
	case "categories":
		one.Categories = nil
		for _, c := range p.GetCategories() {
			one.Categories = append(one.Categories, &productv1.CategoryRef{Id: c.GetId()})
		}
	case "images":
		one.Images = nil
		for _, i := range p.GetImages() {
			one.Images = append(one.Images, &productv1.Image{Id: i.GetId(), Alt: i.GetAlt()})
		}
	case "variants":
		one.Variants = nil
		for _, v := range p.GetVariants() {
			v = proto.CloneOf(v)
			v.StaffFields, v.BundleParts = nil, bareParts(v.GetBundleParts())
			one.Variants = append(one.Variants, v)
		}
	}
	return one
}

// copyField gives a message what another of its kind holds in a field, which may be nothing. They share it from then on. A field that messages of that kind do
// not have, or no longer, is left out.
func copyField[M proto.Message](to, from M, name string) {
	field := to.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(name))
	if field == nil {
		return
	}
	to.ProtoReflect().Clear(field)
	if from.ProtoReflect().Has(field) {
		to.ProtoReflect().Set(field, from.ProtoReflect().Get(field))
	}
}
