package main

import (
	"net/http"
	"net/url"
	"strconv"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// promotionState is where a promotion stands, as addresses and pages name it.
type promotionState struct {
	value, label string
	state        pricingv1.PromotionState
	tone         ui.Tone
}

var promotionStates = []promotionState{
	{"running", "Running", pricingv1.PromotionState_PROMOTION_STATE_RUNNING, ui.OK},
	{"scheduled", "Scheduled", pricingv1.PromotionState_PROMOTION_STATE_SCHEDULED, ui.Info},
	{"ended", "Ended", pricingv1.PromotionState_PROMOTION_STATE_ENDED, ui.Neutral},
	{"off", "Off", pricingv1.PromotionState_PROMOTION_STATE_OFF, ui.Neutral},
}

// promotionTag says where a promotion stands. One that runs and is used up is told as such: shoppers do not get it.
func promotionTag(p *pricingv1.Promotion) ui.Tag {
	limits, usage := p.GetLimits(), p.GetUsage()
	if p.GetState() == pricingv1.PromotionState_PROMOTION_STATE_RUNNING && (limits.GetUses() > 0 && usage.GetUses() >= limits.GetUses() ||
		limits.GetBudget().GetAmountMinor() > 0 && usage.GetSpent().GetAmountMinor() >= limits.GetBudget().GetAmountMinor()) {
		return ui.Tag{Label: "Used up", Tone: ui.Warn}
	}
	state := promotionStateOf(p)
	return ui.Tag{Label: state.label, Tone: state.tone}
}

func promotionStateOf(p *pricingv1.Promotion) promotionState {
	for _, known := range promotionStates {
		if known.state == p.GetState() {
			return known
		}
	}
	return promotionState{}
}

// promotionList takes the address of a list of promotions apart.
func promotionList(address *url.URL) (*list, *pricingv1.ListPromotionsRequest) {
	list := newList(address, "/promotions", "Name or code")
	req := &pricingv1.ListPromotionsRequest{PageSize: list.size, PageToken: list.values.Get("page"), Query: firstBytes(list.Query, 100)}
	list.choice("state", "State", len(promotionStates), func(i int) (string, string) { return promotionStates[i].value, promotionStates[i].label }, func(i int) { req.State = promotionStates[i].state })
	kinds := []struct{ value, label string }{{"self", "Counts by itself"}, {"code", "Needs a code"}}
	list.choice("kind", "Kind", len(kinds), func(i int) (string, string) { return kinds[i].value, kinds[i].label }, func(i int) {
		needsCode := i == 1
		req.NeedsCode = &needsCode
	})
	list.Views = append(list.Views, ui.Link{Label: "All", URL: "/promotions", Current: req.GetState() == 0})
	for _, known := range promotionStates {
		list.Views = append(list.Views, ui.Link{Label: known.label, URL: "/promotions?state=" + known.value, Current: req.GetState() == known.state})
	}
	return list, req
}

// promotions lists promotions, newest first.
func (o *office) promotions(w http.ResponseWriter, v visit) error {
	list, req := promotionList(v.URL)
	req.Count = true
	answer, err := o.Promotions.ListPromotions(v.ctx, req)
	if err != nil {
		return err
	}
	names, err := o.goodsNames(v, false, answer.GetPromotions()...)
	if err != nil {
		return err
	}
	said := wording{money: o.money, names: names, brief: true, currency: o.cfg.Currency}
	page := admin.TablePage{
		Shell: o.shell(w, v, "Promotions"), Heading: "Promotions",
		Columns: []admin.Column{{Label: "Promotion"}, {Label: "State"}, {Label: "Code"}, {Label: "From"}, {Label: "Until"}, {Label: "Orders", Number: true}, {Label: "Taken off", Number: true}},
		Empty:   admin.Emptiness{Title: "No promotions yet", Text: "They make carts cheaper: by a share or an amount, by a gift or free delivery, for everybody or with a code."},
	}
	list.Total = total(answer.GetTotal(), "promotion", "promotions")
	if answer.GetTotal() > 0 {
		list.Actions = append(list.Actions, admin.Action{Label: "Export", URL: list.narrowed("/promotions/export.csv"), Link: true})
	}
	if v.may("promotions.write") {
		create := admin.Action{Label: "New promotion", URL: "/promotions/new", Link: true, Kind: ui.Primary}
		list.Actions = append(list.Actions, create)
		page.Empty.Action = &create
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, p := range answer.GetPromotions() {
		page.Rows = append(page.Rows, admin.Row{ID: p.GetId(), Cells: []admin.Cell{
			{Text: p.GetName(), URL: "/promotions/" + p.GetId(), Note: said.sentence(p)}, {Tag: promotionTag(p)}, {Text: codesOf(p)},
			{Text: when(p.GetStartTime())}, {Text: when(p.GetEndTime())}, o.usesOf(p), o.spentOf(p),
		}})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Table(page))
}

// codesOf tells a promotion with one code from one with many, and from one that counts by itself.
func codesOf(p *pricingv1.Promotion) string {
	switch codes := p.GetNewestCodes(); {
	case !p.GetNeedsCode():
		return "None needed"
	case len(codes) == 0:
		return "None yet"
	case len(codes) == 1:
		return codes[0]
	default:
		return codes[0] + " and others"
	}
}

func (o *office) usesOf(p *pricingv1.Promotion) admin.Cell {
	cell := admin.Cell{Text: count(p.GetUsage().GetUses())}
	if most := p.GetLimits().GetUses(); most > 0 {
		cell.Note = "of " + count(most)
	}
	return cell
}

func (o *office) spentOf(p *pricingv1.Promotion) admin.Cell {
	cell := admin.Cell{Text: o.money(p.GetUsage().GetSpent())}
	if p.GetLimits().GetBudget().GetAmountMinor() > 0 {
		cell.Note = "of " + o.money(p.GetLimits().GetBudget())
	}
	return cell
}

// exportPromotions is the list as a file, page by page as it is read.
func (o *office) exportPromotions(w http.ResponseWriter, v visit) error {
	_, req := promotionList(v.URL)
	req.PageSize, req.PageToken = 100, ""
	answer, err := o.Promotions.ListPromotions(v.ctx, req)
	if err != nil {
		return err
	}
	write, end := csvFile(w, "promotions.csv")
	write("name", "state", "code", "says", "from", "until", "orders", "most_orders", "currency", "taken_off", "budget", "priority", "note")
	for written := 0; ; {
		names, err := o.goodsNames(v, true, answer.GetPromotions()...)
		if err != nil {
			return err
		}
		said := wording{money: o.money, names: names, currency: o.cfg.Currency}
		for _, p := range answer.GetPromotions() {
			write(p.GetName(), promotionStateOf(p).value, codesOf(p), said.sentence(p), whenISO(p.GetStartTime()), whenISO(p.GetEndTime()),
				strconv.FormatInt(p.GetUsage().GetUses(), 10), numberText(p.GetLimits().GetUses()), o.cfg.Currency, decimal(p.GetUsage().GetSpent()),
				amountText(p.GetLimits().GetBudget()), strconv.Itoa(int(p.GetPriority())), p.GetNote())
		}
		written += len(answer.GetPromotions())
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" || written >= mostExported {
			return end()
		}
		if answer, err = o.Promotions.ListPromotions(v.ctx, req); err != nil {
			return err
		}
	}
}
