package main

import (
	"net/http"
	"strings"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func (o *office) showCollection(w http.ResponseWriter, v visit, status int, f *collectionForm, current *productv1.GetCollectionResponse, problems ui.Problems, preview *admin.RulePreview) error {
	title, here := "New collection", "/collections/new"
	if current != nil {
		title, here = current.GetCollection().GetName(), "/collections/"+current.GetCollection().GetId()
	}
	page := admin.CollectionPage{
		Shell: o.shell(w, v, title), Heading: title, Preview: preview, Sentence: f.rule.sentence(),
		Breadcrumb: []ui.Link{{Label: "Collections", URL: "/collections"}, {Label: title, URL: here, Current: true}},
		Hide:       admin.Check{Name: "hidden", Value: "1", Label: "Hide it", Hint: "Shoppers see it nowhere.", Checked: f.hidden},
	}
	if stored := current.GetCollection(); stored != nil && !stored.GetHidden() {
		page.Actions = append(page.Actions, admin.Action{Label: "View in shop", URL: o.cfg.PublicURL + "/collections/" + stored.GetSlug(), Link: true})
	}
	names := []string{}
	for _, field := range collectionFields {
		page.Fields = append(page.Fields, field.With(f.text[field.Name], problems))
		names = append(names, field.Name)
	}
	if current != nil {
		if err := o.collectionProducts(v, &page, current, problems); err != nil {
			return err
		}
	}
	if !v.may("products.write") {
		for _, field := range page.Fields {
			if field.Value != "" {
				page.Facts = append(page.Facts, admin.Fact{Label: field.Label, Value: field.Value})
			}
		}
		return web.Render(w, v.Request, status, admin.Collection(page))
	}
	page.Action = here + "/contents"
	page.Hidden = []ui.Hidden{{Name: "version", Value: version(f.version)}}
	page.How = admin.Choice{Name: "how", Label: "How products come in", Options: []ui.Option{{Value: "hand", Label: "By hand", Selected: !f.byRule}, {Value: "rule", Label: "By a rule", Selected: f.byRule}}}
	page.Match = admin.Choice{Name: "match", Label: "Products belong to it when", Options: []ui.Option{{Value: "all", Label: "all conditions hold", Selected: !f.rule.any}, {Value: "any", Label: "one condition holds", Selected: f.rule.any}}}
	page.Conditions, page.Languages = f.rule.rows(problems), f.show(problems)
	for _, row := range page.Languages.Rows {
		for _, field := range row.Fields {
			names = append(names, field.Name)
		}
	}
	for _, row := range page.Conditions {
		names = append(names, row.Field.Name, row.Name.Name, row.Operator.Name, row.Values.Name)
	}
	page.Problems = ui.Summary(problems, append(names, "find_related")...)
	if current != nil {
		page.Dangers = []admin.Action{{
			Label: "Delete the collection", URL: here + "/removal", Kind: ui.Danger, Button: "Delete it", Hidden: page.Hidden, Confirm: "Its products stay; only the group goes.",
		}}
	}
	return web.Render(w, v.Request, status, admin.Collection(page))
}

// rows draws the conditions of a rule.
func (f ruleForm) rows(problems ui.Problems) []admin.ConditionRow {
	var rows []admin.ConditionRow
	for i, row := range f.conditions {
		number := count(int64(i + 1))
		fields := ui.Field{Name: rowName("conditions", i, "field"), Label: "Condition " + number, Quiet: true}.With(row.field, problems)
		for _, known := range ruleFields {
			fields.Options = append(fields.Options, ui.Option{Value: known.value, Label: known.label})
		}
		operators := ui.Field{Name: rowName("conditions", i, "operator"), Label: "Compared", Quiet: true}.With(row.operator, problems)
		for _, known := range ruleOperators {
			operators.Options = append(operators.Options, ui.Option{Value: known.value, Label: known.label})
		}
		rows = append(rows, admin.ConditionRow{
			Field: fields, Operator: operators,
			Name:   ui.Field{Name: rowName("conditions", i, "name"), Label: "Which attribute", Quiet: true, MaxLength: 1000}.With(row.name, problems),
			Values: ui.Field{Name: rowName("conditions", i, "values"), Label: "With, one a line", Quiet: true, Rows: 2}.With(strings.Join(row.values, "\n"), problems),
			Remove: admin.Check{Name: rowName("conditions", i, "removed"), Value: "1", Label: "Remove condition " + number},
		})
	}
	return rows
}

// collectionProducts adds the products that a collection has, with the buttons that move them where they are kept by hand.
func (o *office) collectionProducts(v visit, page *admin.CollectionPage, current *productv1.GetCollectionResponse, problems ui.Problems) error {
	collection := current.GetCollection()
	here := "/collections/" + collection.GetId()
	answer, err := o.Collections.ListCollectionProducts(v.ctx, &productv1.ListCollectionProductsRequest{Id: collection.GetId(), PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	page.Total = total(current.GetProductCount(), "product", "products")
	if rebuild := collection.GetRebuild(); rebuild != nil {
		page.Total += ", still being gathered: " + count(rebuild.GetDone()) + " of about " + count(rebuild.GetTotal()) + " looked at"
	}
	if next := answer.GetNextPageToken(); next != "" {
		page.MoreURL = address(here, map[string][]string{"page": {next}})
	}
	byHand := collection.GetRule() == nil && v.may("products.write")
	if byHand {
		page.ProductsAction = here + "/products"
		page.AddProduct = ui.Field{Name: "find_related", Label: "Another product", Quiet: true, Hint: "Its SKU, or a part of its name."}.With("", problems)
	}
	products := answer.GetProducts()
	for i, p := range products {
		row := admin.CollectionProduct{Name: p.GetName(), URL: "/products/" + p.GetId(), Price: o.priceRange(p)}
		state := productState(p.GetState())
		row.State = ui.Tag{Label: state.label, Tone: state.tone}
		if byHand {
			row.Remove = "remove " + p.GetId()
			if i > 0 {
				row.Up = "put " + p.GetId() + " " + products[i-1].GetId()
			}
			if i < len(products)-2 {
				row.Down = "put " + p.GetId() + " " + products[i+2].GetId()
			} else if i == len(products)-2 && page.MoreURL == "" {
				row.Down = "put " + p.GetId()
			}
		}
		page.Products = append(page.Products, row)
	}
	return nil
}
