package main

import (
	"maps"
	"net/http"
	"time"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// usageDays is how many days the chart of a promotion's use has.
const usageDays = 30

// promotionUsage tells how a promotion is used: in all, by day, and by the orders themselves.
func (o *office) promotionUsage(w http.ResponseWriter, v visit) error {
	promotion, err := o.getPromotion(v)
	if err != nil {
		return err
	}
	here := "/promotions/" + promotion.GetId()
	list := newList(v.URL, here+"/usage", "")
	answer, err := o.Promotions.ListRedemptions(v.ctx, &pricingv1.ListRedemptionsRequest{PromotionId: promotion.GetId(), PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	days, err := o.Promotions.CountUsageByDay(v.ctx, &pricingv1.CountUsageByDayRequest{PromotionId: promotion.GetId(), Days: usageDays})
	if err != nil {
		return err
	}
	page := admin.PromotionListPage{
		Breadcrumb: []ui.Link{{Label: "Promotions", URL: "/promotions"}, {Label: promotion.GetName(), URL: here}, {Label: "Usage", URL: here + "/usage", Current: true}},
		About:      promotionPages(promotion.GetId(), here+"/usage"), Figures: o.usageFigures(promotion), Chart: o.usageChart(days.GetDays()),
	}
	page.Shell, page.Heading = o.shell(w, v, "Usage of "+promotion.GetName()), "Usage of "+promotion.GetName()
	numbers, err := o.numbersOf(v, answer.GetRedemptions())
	if err != nil {
		return err
	}
	page.Columns = []admin.Column{{Label: "Order"}, {Label: "Placed"}, {Label: "Code"}, {Label: "Taken off", Number: true}, {Label: "State"}}
	page.Empty = admin.Emptiness{Title: "Not used yet", Text: "Orders that get this promotion are listed here."}
	page.List = list.finish(answer.GetNextPageToken())
	for _, used := range answer.GetRedemptions() {
		row := admin.Row{ID: used.GetOrderId(), Cells: []admin.Cell{
			{Text: numbers[used.GetOrderId()], URL: "/orders/" + used.GetOrderId()}, {Text: when(used.GetCreateTime())}, {Text: used.GetCode()}, {Text: o.money(used.GetAmount())}, {Tag: ui.Tag{Label: "Counts", Tone: ui.OK}},
		}}
		if used.GetReleased() {
			row.Cells[4].Tag = ui.Tag{Label: "Given up"}
		}
		page.Rows = append(page.Rows, row)
	}
	return web.Render(w, v.Request, http.StatusOK, admin.PromotionList(page))
}

// numbersOf are how people call the orders of redemptions. Staff who may not see orders read that there is one.
func (o *office) numbersOf(v visit, used []*pricingv1.Redemption) (map[string]string, error) {
	ids, numbers := make([]string, len(used)), map[string]string{}
	for i, one := range used {
		ids[i], numbers[one.GetOrderId()] = one.GetOrderId(), "Order"
	}
	if len(ids) == 0 || !v.may("orders.read") {
		return numbers, nil
	}
	answer, err := o.Orders.ListOrderNumbers(v.ctx, &orderv1.ListOrderNumbersRequest{OrderIds: ids})
	maps.Copy(numbers, answer.GetNumbers())
	return numbers, err
}

func (o *office) usageFigures(promotion *pricingv1.Promotion) []admin.Figure {
	usage, limits := promotion.GetUsage(), promotion.GetLimits()
	figures := []admin.Figure{{Label: "Orders", Value: count(usage.GetUses())}, {Label: "Taken off", Value: o.money(usage.GetSpent())}}
	if usage.GetUses() > 0 {
		figures = append(figures, admin.Figure{Label: "Taken off an order, on average", Value: o.minor(usage.GetSpent().GetAmountMinor() / usage.GetUses())})
	}
	if limits.GetUses() > 0 {
		figures = append(figures, admin.Figure{Label: "Orders left", Value: count(max(0, limits.GetUses()-usage.GetUses()))})
	}
	if limits.GetBudget() != nil {
		figures = append(figures, admin.Figure{Label: "Left of the budget", Value: o.minor(max(0, limits.GetBudget().GetAmountMinor()-usage.GetSpent().GetAmountMinor()))})
	}
	return figures
}

// usageChart draws the last days, also those on which nothing happened; nothing where none did.
func (o *office) usageChart(days []*pricingv1.UsageDay) *admin.Chart {
	if len(days) == 0 {
		return nil
	}
	byDay, best := map[string]*pricingv1.Usage{}, days[0]
	for _, day := range days {
		byDay[day.GetDay()] = day.GetUsage()
		if day.GetUsage().GetUses() > best.GetUsage().GetUses() {
			best = day
		}
	}
	chart := &admin.Chart{Title: "Orders by day"}
	today := clock.Now().UTC()
	for back := usageDays - 1; back >= 0; back-- {
		at := today.AddDate(0, 0, -back)
		usage := byDay[at.Format(time.DateOnly)]
		chart.Bars = append(chart.Bars, admin.Bar{
			Label: at.Format("2 January"), Value: plural(usage.GetUses(), "order", "orders") + ", " + o.minor(usage.GetSpent().GetAmountMinor()),
			Percent: int(usage.GetUses() * 100 / best.GetUsage().GetUses()),
		})
		if at.Format(time.DateOnly) == best.GetDay() {
			chart.Summary = "Most orders in the last 30 days: " + count(best.GetUsage().GetUses()) + " on " + at.Format("Monday 2 January") + "."
		}
	}
	return chart
}
