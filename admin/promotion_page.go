package main

import (
	"net/http"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// promotionPages are the pages about one promotion.
func promotionPages(id, current string) []ui.Link {
	here := "/promotions/" + id
	pages := []ui.Link{{Label: "Promotion", URL: here}, {Label: "Codes", URL: here + "/codes"}, {Label: "Usage", URL: here + "/usage"}}
	for i := range pages {
		pages[i].Current = pages[i].URL == current
	}
	return pages
}

func (o *office) showPromotion(w http.ResponseWriter, v visit, status int, f *promotionForm, current *pricingv1.Promotion, problems ui.Problems, conflict *admin.ProductConflict) error {
	typed := f.promotion(o.cfg.Currency, ui.Problems{})
	names, err := o.goodsNames(v, true, typed)
	if err != nil {
		return err
	}
	title, here := "New promotion", "/promotions/new"
	if current != nil {
		title, here = current.GetName(), "/promotions/"+current.GetId()
	}
	page := admin.PromotionPage{
		Shell: o.shell(w, v, title), Heading: title, Conflict: conflict, Trial: f.trial.show(problems),
		Breadcrumb: []ui.Link{{Label: "Promotions", URL: "/promotions"}, {Label: title, URL: here, Current: true}},
		Sentence:   wording{money: o.money, names: names, currency: o.cfg.Currency}.sentence(typed),
	}
	if current != nil {
		page.Tags, page.Views = []ui.Tag{promotionTag(current)}, promotionPages(current.GetId(), here)
		page.Intro = "Used by " + plural(current.GetUsage().GetUses(), "order", "orders") + ", " + o.money(current.GetUsage().GetSpent()) + " taken off. Changed " + when(current.GetUpdateTime()) + "."
	}
	if !v.may("promotions.write") {
		page.Trial.URL = here + "/trial#trial"
		if current.GetNote() != "" {
			page.Facts = []admin.Fact{{Label: "Note", Value: current.GetNote()}}
		}
		page.Problems = summaryOf(page, problems)
		return web.Render(w, v.Request, status, admin.Promotion(page))
	}
	page.Action, page.Trial.URL = here+"/contents", here+"/contents#trial"
	if page.Hidden, err = f.hidden(); err != nil {
		return err
	}
	o.promotionFields(&page, f, names, problems)
	if current == nil {
		code := ui.Field{Name: "code", Label: "Its code", Optional: true, MaxLength: 50, Hint: "Where one is needed. More can be made once it is saved."}.With(v.PostFormValue("code"), problems)
		page.Code = &code
	} else {
		o.promotionActions(&page, current, here)
	}
	page.Problems = summaryOf(page, problems)
	return web.Render(w, v.Request, status, admin.Promotion(page))
}

// hidden are what the form was opened with.
func (f *promotionForm) hidden() ([]ui.Hidden, error) {
	was := proto.CloneOf(f.was)
	was.Usage, was.NewestCodes = nil, nil
	encoded, err := protojson.Marshal(was)
	return []ui.Hidden{{Name: "id", Value: f.id}, {Name: "version", Value: version(f.version)}, {Name: "was", Value: string(encoded)}, {Name: "gift", Value: f.text["gift"]}}, err
}

func (o *office) promotionFields(page *admin.PromotionPage, f *promotionForm, names map[string]string, problems ui.Problems) {
	fields := func(of string) []ui.Field {
		shown := slices.Clone(promotionFields[of])
		for i, field := range shown {
			if slices.Contains([]string{"amount", "each", "price", "min_value", "budget"}, field.Name) {
				field.Prefix = o.cfg.Currency
			}
			if field.Name == "find_gift" && f.text["gift"] != "" {
				field.Hint = "Now: " + nameOr(names, f.text["gift"]) + ". Write the SKU of another variant to change it."
			}
			shown[i] = field.With(f.text[field.Name], problems)
		}
		return shown
	}
	page.Basics, page.Orders, page.When, page.Limits, page.Others = fields("basics"), fields("orders"), fields("when"), fields("limits"), fields("others")
	page.How = admin.Choice{Name: "how", Label: "How it counts", Options: []ui.Option{
		{Value: "self", Label: "By itself", Selected: f.text["how"] != "code"}, {Value: "code", Label: "For those who enter a code", Selected: f.text["how"] == "code"},
	}}
	for _, known := range effects {
		shown := admin.Effect{Option: ui.Option{Value: known.value, Label: known.label, Selected: f.text["effect"] == known.value}, Hint: known.hint, Fields: fields(known.value)}
		if known.value == "tiers" {
			by := ui.Field{Name: "tiers_by", Label: "Steps are about", Quiet: true, Width: ui.Medium, Options: []ui.Option{
				{Value: "value", Label: "what the goods cost", Selected: f.text["tiers_by"] != "units"}, {Value: "units", Label: "how many there are", Selected: f.text["tiers_by"] == "units"},
			}}
			shown.Fields, shown.Steps = []ui.Field{by}, f.steps(o.cfg.Currency, problems)
		}
		page.Effects = append(page.Effects, shown)
	}
	page.Cheaper = f.goods[cheaperGoods].show(cheaperGoods, "What gets cheaper", "Everything, when nothing is chosen.", names, problems)
	page.Bought = f.goods[boughtGoods].show(boughtGoods, "What has to be bought for it", "Anything, when nothing is chosen.", names, problems)
	page.Asked = f.goods[askedGoods].show(askedGoods, "Of which goods", "The order must hold some of these, and value and units above are about them. Any goods, when nothing is chosen.", names, problems)
	page.First = admin.Check{Name: "first_order", Value: "1", Label: "First orders only", Hint: "While nobody knows who the shopper is, it is believed.", Checked: f.ticked["first_order"]}
	page.Active = admin.Check{Name: "active", Value: "1", Label: "Switched on", Checked: f.ticked["active"]}
	page.Alone = admin.Check{
		Name: "alone", Value: "1", Label: "Never together with others", Hint: "Shoppers get this one or all the others, whichever takes off more.", Checked: f.ticked["alone"],
	}
}

// steps draws the rows of more off for more; there is always an empty one.
func (f *promotionForm) steps(currency string, problems ui.Problems) *admin.Grid {
	grid := &admin.Grid{Name: "Steps", Columns: []admin.Column{{Label: "Step"}, {Label: "From"}, {Label: "Percent off"}, {Label: "or " + currency + " off"}}}
	rows := f.tiers
	if len(rows) == 0 {
		rows = []tierRow{{}}
	}
	for i, row := range rows {
		label := "Step " + count(int64(i+1))
		cell := func(of, name, value string) admin.GridCell {
			return admin.GridCell{Name: rowName("tiers", i, of), Label: name + " of step " + count(int64(i+1)), Value: value, Number: true, Error: problems[rowName("tiers", i, of)]}
		}
		grid.Rows = append(grid.Rows, admin.GridRow{Label: label, Cells: []admin.GridCell{cell("from", "From", row.from), cell("percent", "Percent off", row.percent), cell("amount", "Amount off", row.amount)}})
	}
	return grid
}

// promotionActions are what can be done to a promotion that is stored.
func (o *office) promotionActions(page *admin.PromotionPage, current *pricingv1.Promotion, here string) {
	shown := ui.Hidden{Name: "version", Value: version(current.GetVersion())}
	turn := admin.Action{Label: "Switch it off", URL: here + "/switch", Hidden: []ui.Hidden{shown}}
	if !current.GetActive() {
		turn = admin.Action{Label: "Switch it on", URL: here + "/switch", Hidden: []ui.Hidden{shown, {Name: "active", Value: "1"}}}
	}
	page.Actions = []admin.Action{turn, {Label: "Duplicate", URL: here + "/copies", Hidden: []ui.Hidden{{Name: "copy", Value: id.New()}}}}
	if current.GetUsage().GetUses() == 0 {
		page.Dangers = []admin.Action{{
			Label: "Delete the promotion", URL: here + "/removal", Kind: ui.Danger, Button: "Delete it", Hidden: []ui.Hidden{shown}, Confirm: "It goes with all its codes.",
		}}
	}
}

// summaryOf lists what is wrong in the order of the page.
func summaryOf(page admin.PromotionPage, problems ui.Problems) []ui.FieldProblem {
	var names []string
	add := func(fields ...ui.Field) {
		for _, field := range fields {
			names = append(names, field.Name)
		}
	}
	cells := func(grid *admin.Grid) {
		for _, row := range grid.Rows {
			for _, cell := range row.Cells {
				names = append(names, cell.Name)
			}
		}
	}
	add(page.Basics...)
	if page.Code != nil {
		add(*page.Code)
	}
	names = append(names, "effect")
	for _, effect := range page.Effects {
		add(effect.Fields...)
		if effect.Steps != nil {
			cells(effect.Steps)
		}
	}
	add(page.Bought.Kind, page.Bought.Find, page.Cheaper.Kind, page.Cheaper.Find)
	add(page.Orders...)
	add(page.Asked.Kind, page.Asked.Find)
	add(slices.Concat(page.When, page.Limits, page.Others)...)
	cells(&page.Trial.Basket)
	add(page.Trial.Find)
	add(page.Trial.Fields...)
	return ui.Summary(problems, names...)
}
