package main

import (
	"slices"
	"strings"

	"connectrpc.com/connect/v2"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// goodsKinds are the ways in which a promotion chooses goods.
var goodsKinds = []struct {
	value, label string
	of           func(*pricingv1.Items) *[]string
}{
	{"category", "Category", func(i *pricingv1.Items) *[]string { return &i.CategoryIds }},
	{"collection", "Collection", func(i *pricingv1.Items) *[]string { return &i.CollectionIds }},
	{"product", "Product", func(i *pricingv1.Items) *[]string { return &i.ProductIds }},
	{"without_category", "All but the category", func(i *pricingv1.Items) *[]string { return &i.WithoutCategoryIds }},
	{"without_product", "All but the product", func(i *pricingv1.Items) *[]string { return &i.WithoutProductIds }},
}

// goodsForm is a choice of goods as it is typed: what was chosen so far, and what is to be added.
type goodsForm struct {
	chosen     []string // the kind, a space and the id
	reduced    bool     // what is reduced already is left out
	kind, find string
}

func goodsOf(items *pricingv1.Items) goodsForm {
	f := goodsForm{reduced: items.GetWithoutReduced()}
	if items == nil {
		return f
	}
	for _, kind := range goodsKinds {
		for _, id := range *kind.of(items) {
			f.chosen = append(f.chosen, kind.value+" "+id)
		}
	}
	return f
}

// items are the goods that are chosen; nil for all.
func (f goodsForm) items() *pricingv1.Items {
	if len(f.chosen) == 0 && !f.reduced {
		return nil
	}
	items := &pricingv1.Items{WithoutReduced: f.reduced}
	for _, kind := range goodsKinds {
		for _, chosen := range f.chosen {
			if id, is := strings.CutPrefix(chosen, kind.value+" "); is && !slices.Contains(*kind.of(items), id) {
				*kind.of(items) = append(*kind.of(items), id)
			}
		}
	}
	return items
}

// readGoods reads a choice of goods that a page sent under a name.
func readGoods(v visit, name string) goodsForm {
	return goodsForm{
		chosen: v.PostForm[name+"_chosen"], reduced: v.PostFormValue(name+"_reduced") != "",
		kind: v.PostFormValue(name + "_kind"), find: strings.TrimSpace(v.PostFormValue(name + "_find")),
	}
}

// show draws the choice. Names are those of what is chosen, by id.
func (f goodsForm) show(name, label, hint string, names map[string]string, problems ui.Problems) admin.Goods {
	shown := admin.Goods{
		Label: label, Hint: hint, Do: "add " + name,
		Find:    ui.Field{Name: name + "_find", Label: "Called", Quiet: true, MaxLength: 200, Hint: "A name, or the SKU of a product."}.With(f.find, problems),
		Kind:    ui.Field{Name: name + "_kind", Label: "Add", Quiet: true},
		Reduced: admin.Check{Name: name + "_reduced", Value: "1", Label: "Leave out what is reduced already", Checked: f.reduced},
	}
	for _, kind := range goodsKinds {
		shown.Kind.Options = append(shown.Kind.Options, ui.Option{Value: kind.value, Label: kind.label, Selected: kind.value == f.kind})
		for _, chosen := range f.chosen {
			if id, is := strings.CutPrefix(chosen, kind.value+" "); is {
				shown.Chosen = append(shown.Chosen, admin.Check{Name: name + "_chosen", Value: chosen, Label: kind.label + ": " + nameOr(names, id), Checked: true})
			}
		}
	}
	return shown
}

func nameOr(names map[string]string, id string) string {
	if names[id] == "" {
		return "something that is gone"
	}
	return names[id]
}

// addGoods finds what is called as was typed and chooses it.
func (o *office) addGoods(v visit, name string, f *goodsForm, problems ui.Problems) error {
	field, kind := name+"_find", strings.TrimPrefix(f.kind, "without_")
	if f.find == "" {
		problems[field] = "Write what it is called"
		return nil
	}
	var ids []string
	switch kind {
	case "product":
		form := &productForm{findRelated: f.find}
		told, err := o.addRelated(v, form)
		if err != nil {
			return err
		}
		if told != nil {
			problems[field] = told["find_related"]
		}
		ids = form.related
	case "category", "collection":
		names, err := o.namesOfKind(v, kind)
		if err != nil {
			return err
		}
		if id := idOf(names, f.find, problems, field, kind); id != "" {
			ids = []string{id}
		}
	default:
		problems[name+"_kind"] = "Choose what it is"
	}
	for _, id := range ids {
		if chosen := f.kind + " " + id; !slices.Contains(f.chosen, chosen) {
			f.chosen = append(f.chosen, chosen)
		}
	}
	if problems[field] == "" {
		f.find = ""
	}
	return nil
}

// namesOfKind are the names of the shop's categories, with the way to them, or of its collections, up to mostChoices.
func (o *office) namesOfKind(v visit, kind string) (map[string]string, error) {
	names := map[string]string{}
	if kind == "category" {
		tree, err := o.categoryTree(v)
		for _, line := range tree {
			names[line.id] = line.label
		}
		return names, err
	}
	req := &productv1.ListCollectionsRequest{PageSize: 100}
	for {
		answer, err := o.Collections.ListCollections(v.ctx, req)
		if err != nil {
			return nil, err
		}
		for _, collection := range answer.GetCollections() {
			names[collection.GetId()] = collection.GetName()
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" || len(names) >= mostChoices {
			return names, nil
		}
	}
}

// goodsNames are the names of what promotions speak of, by id. Those of products and gifts take longer and are left out where a list says how many they are.
// Who may not see products reads no names.
func (o *office) goodsNames(v visit, products bool, promotions ...*pricingv1.Promotion) (map[string]string, error) {
	names, all := map[string]string{}, map[string][]string{}
	if !v.may("products.read") {
		return names, nil
	}
	for _, p := range promotions {
		for _, items := range itemsOf(p) {
			for _, kind := range goodsKinds {
				of := strings.TrimPrefix(kind.value, "without_")
				for _, id := range *kind.of(items) {
					if !slices.Contains(all[of], id) && len(all[of]) < mostChoices {
						all[of] = append(all[of], id)
					}
				}
			}
		}
		if gift := p.GetEffect().GetFreeGift().GetVariantId(); gift != "" {
			all["gift"] = append(all["gift"], gift)
		}
	}
	if ids := all["category"]; len(ids) > 0 {
		found, err := o.Categories.BatchGetCategories(v.ctx, &productv1.BatchGetCategoriesRequest{Ids: ids})
		if err != nil {
			return nil, err
		}
		for _, category := range found.GetCategories() {
			names[category.GetId()] = strings.Join(category.GetPath(), " › ")
		}
	}
	if ids := all["collection"]; len(ids) > 0 {
		found, err := o.Collections.BatchGetCollections(v.ctx, &productv1.BatchGetCollectionsRequest{Ids: ids})
		if err != nil {
			return nil, err
		}
		for _, collection := range found.GetCollections() {
			names[collection.GetId()] = collection.GetName()
		}
	}
	if !products {
		return names, nil
	}
	if ids := all["product"]; len(ids) > 0 {
		found, err := o.Products.BatchGetProducts(v.ctx, &productv1.BatchGetProductsRequest{Ids: ids})
		if err != nil {
			return nil, err
		}
		for _, product := range found.GetProducts() {
			names[product.GetId()] = product.GetName()
		}
	}
	if ids := all["gift"]; len(ids) > 0 {
		found, err := o.Products.BatchGetOffers(v.ctx, &productv1.BatchGetOffersRequest{VariantIds: ids})
		if err != nil && connect.CodeOf(err) != connect.CodeInvalidArgument { // what was typed into the address of a page
			return nil, err
		}
		for _, offer := range found.GetOffers() {
			names[offer.GetVariantId()] = offerLabel(offer)
		}
	}
	return names, nil
}

func offerLabel(offer *productv1.Offer) string {
	label := strings.TrimSpace(offer.GetProductName() + " " + offer.GetVariantName())
	if offer.GetSku() != "" {
		label += " (" + offer.GetSku() + ")"
	}
	return label
}

// itemsOf are all choices of goods in a promotion: those of its conditions, what becomes cheaper, and what has to be bought for it.
func itemsOf(p *pricingv1.Promotion) []*pricingv1.Items {
	all := []*pricingv1.Items{p.GetConditions().GetItems(), cheaper(p.GetEffect()), p.GetEffect().GetBuyGet().GetBuy()}
	return slices.DeleteFunc(all, func(items *pricingv1.Items) bool { return items == nil })
}

// cheaper are the goods that an effect makes cheaper.
func cheaper(effect *pricingv1.Effect) *pricingv1.Items {
	switch kind := effect.GetKind().(type) {
	case *pricingv1.Effect_PercentOff:
		return kind.PercentOff.GetItems()
	case *pricingv1.Effect_AmountOff:
		return kind.AmountOff.GetItems()
	case *pricingv1.Effect_AmountOffEach:
		return kind.AmountOffEach.GetItems()
	case *pricingv1.Effect_FixedPrice:
		return kind.FixedPrice.GetItems()
	case *pricingv1.Effect_BuyGet:
		return kind.BuyGet.GetGet()
	case *pricingv1.Effect_Tiers:
		return kind.Tiers.GetItems()
	default:
		return nil
	}
}
