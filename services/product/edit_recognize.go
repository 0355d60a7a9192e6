package product

import (
	"fmt"
	"slices"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// recognize finds out which of the given variants and pictures are there already, and gives the others ids.
func (e *edit) recognize(before *productv1.Product) {
	if slices.Contains(e.mask, "images") {
		e.recognizeImages(before.GetImages())
	}
	if slices.Contains(e.mask, "variants") {
		e.recognizeVariants(before.GetVariants())
	}
}

func (e *edit) recognizeImages(before []*productv1.Image) {
	for i, image := range e.after.GetImages() {
		field := fmt.Sprintf("images[%d]", i)
		known := slices.IndexFunc(before, func(b *productv1.Image) bool {
			return b.GetId() == image.GetId() || image.GetId() == "" && b.GetSourceUrl() == image.GetSourceUrl()
		})
		switch {
		case known >= 0:
			was := before[known]
			image.Id, image.SourceUrl, image.Files, image.Problem = was.GetId(), was.GetSourceUrl(), was.GetFiles(), was.GetProblem()
		case image.GetId() != "":
			e.problems.add(field+".id", "is not a picture of this product; leave it empty and give source_url for a new one")
		case image.GetSourceUrl() == "":
			e.problems.add(field+".source_url", "is missing: say where the picture is")
		default:
			address, reason := feed.Source(image.GetSourceUrl())
			if reason != "" {
				e.problems.add(field+".source_url", reason)
			} else {
				image.SourceUrl = address
			}
			image.Id, image.Files, image.Problem = id.New(), nil, ""
		}
	}
	for _, v := range e.after.GetVariants() { // a new picture has no id that a caller could know
		named := slices.IndexFunc(e.after.GetImages(), func(i *productv1.Image) bool { return v.GetImageId() != "" && i.GetSourceUrl() == v.GetImageId() })
		if named >= 0 {
			v.ImageId = e.after.GetImages()[named].GetId()
		}
	}
}

func (e *edit) recognizeVariants(before []*productv1.Variant) {
	taken := map[string]bool{}
	given := e.after.GetVariants()
	for i, v := range given {
		if v.GetId() == "" {
			continue
		}
		if !slices.ContainsFunc(before, func(b *productv1.Variant) bool { return b.GetId() == v.GetId() }) {
			e.problems.add(fmt.Sprintf("variants[%d].id", i), "is not a variant of this product; leave it empty for a new one")
		} else if taken[v.GetId()] {
			e.problems.add(fmt.Sprintf("variants[%d].id", i), "is there twice")
		}
		taken[v.GetId()] = true
	}
	for _, same := range []func(a, b *productv1.Variant) bool{
		func(a, b *productv1.Variant) bool { return a.GetSku() != "" && a.GetSku() == b.GetSku() },
		func(a, b *productv1.Variant) bool { return slices.Equal(a.GetOptionValues(), b.GetOptionValues()) },
	} {
		for _, v := range given {
			if v.GetId() != "" {
				continue
			}
			known := slices.IndexFunc(before, func(b *productv1.Variant) bool { return !taken[b.GetId()] && same(v, b) })
			if known >= 0 {
				v.Id = before[known].GetId()
				taken[v.GetId()] = true
			}
		}
	}
	for _, v := range given {
		was := slices.IndexFunc(before, func(b *productv1.Variant) bool { return b.GetId() == v.GetId() })
		switch {
		case was < 0:
			v.StaffFields = nil
			if v.GetId() == "" {
				v.Id = id.New()
			}
		case !e.giveBack:
			v.StaffFields = before[was].GetStaffFields()
		default:
			v.StaffFields = slices.DeleteFunc(slices.Clone(before[was].GetStaffFields()), func(f string) bool { return !slices.Contains(v.GetStaffFields(), f) })
		}
	}
}
