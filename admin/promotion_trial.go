package main

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// trialForm is a basket to test a promotion against, as it is typed.
type trialForm struct {
	rows   []basketRow
	find   string
	found  []basketRow
	text   map[string]string // of trialFields
	result *admin.TrialResult
}

type basketRow struct{ variant, label, quantity string }

var trialFields = []ui.Field{
	{Name: "trial_country", Label: "Country", Quiet: true, MaxLength: 2, Width: ui.Short, Hint: "Such as DE. Without, neither delivery nor tax are known."},
	{Name: "trial_email", Label: "E-mail address", Quiet: true, MaxLength: 254, Hint: "Tells first orders from others."},
	{Name: "trial_group", Label: "Group of customers", Quiet: true, MaxLength: 100},
	{Name: "trial_codes", Label: "Codes of other promotions", Quiet: true, Rows: 2, Hint: "One a line. This one counts without."},
	{Name: "trial_time", Label: "At", Type: "datetime-local", Quiet: true, Width: ui.Medium, Hint: "In UTC. Now, when left empty."},
}

// mostBasket is how many lines a basket for a test has.
const mostBasket = 50

// readTrial reads the basket, and adds those variants that were ticked among what was found.
func readTrial(v visit) trialForm {
	f := trialForm{find: strings.TrimSpace(v.PostFormValue("find_part")), text: map[string]string{}}
	for _, field := range trialFields {
		f.text[field.Name] = typed(v, field)
	}
	get := func(i int, of string) string { return strings.TrimSpace(v.PostFormValue(rowName("basket", i, of))) }
	for i := 0; v.PostForm.Has(rowName("basket", i, "variant")); i++ {
		if !v.PostForm.Has(rowName("basket", i, "removed")) {
			f.rows = append(f.rows, basketRow{get(i, "variant"), get(i, "label"), get(i, "quantity")})
		}
	}
	for i := 0; v.PostForm.Has(rowName("found", i, "label")); i++ {
		f.put(basketRow{v.PostFormValue(rowName("found", i, "add")), v.PostFormValue(rowName("found", i, "label")), "1"})
	}
	return f
}

// put adds a variant that is not in the basket yet.
func (f *trialForm) put(row basketRow) {
	if row.variant != "" && len(f.rows) < mostBasket && !slices.ContainsFunc(f.rows, func(other basketRow) bool { return other.variant == row.variant }) {
		f.rows = append(f.rows, row)
	}
}

// findForBasket looks for variants by SKU or name: a single one is put in the basket at once, of several some are ticked.
func (o *office) findForBasket(v visit, f *trialForm) (ui.Problems, error) {
	found, problems, err := o.findVariants(v, f.find, true)
	if err != nil || problems != nil {
		return problems, err
	}
	if len(found) == 1 {
		f.put(basketRow{found[0].variant, found[0].label, "1"})
		f.find = ""
		return nil, nil
	}
	for _, one := range found {
		f.found = append(f.found, basketRow{variant: one.variant, label: one.label})
	}
	return nil, nil
}

// show draws the basket with what became of it.
func (f trialForm) show(problems ui.Problems) admin.Trial {
	shown := admin.Trial{
		Basket: admin.Grid{Name: "Basket", Remove: "Remove", Columns: []admin.Column{{Label: "Variant"}, {Label: "Quantity"}}},
		Find:   ui.Field{Name: "find_part", Label: "Another variant", Quiet: true, MaxLength: 200, Hint: "Its SKU, or a part of the product’s name."}.With(f.find, problems),
		Result: f.result,
	}
	for i, row := range f.rows {
		shown.Basket.Rows = append(shown.Basket.Rows, admin.GridRow{
			Label: row.label, Remove: rowName("basket", i, "removed"),
			Hidden: []ui.Hidden{{Name: rowName("basket", i, "variant"), Value: row.variant}, {Name: rowName("basket", i, "label"), Value: row.label}},
			Cells: []admin.GridCell{{
				Name: rowName("basket", i, "quantity"), Label: "Quantity of " + row.label, Value: row.quantity, Number: true, Error: problems[rowName("basket", i, "quantity")],
			}},
		})
	}
	for i, row := range f.found {
		shown.Found = append(shown.Found, admin.FoundPart{
			Hidden: []ui.Hidden{{Name: rowName("found", i, "label"), Value: row.label}},
			Check:  admin.Check{Name: rowName("found", i, "add"), Value: row.variant, Label: row.label},
		})
	}
	for _, field := range trialFields {
		shown.Fields = append(shown.Fields, field.With(f.text[field.Name], problems))
	}
	return shown
}

// try prices the basket with and without a promotion.
func (o *office) try(v visit, f *trialForm, p *pricingv1.Promotion, problems ui.Problems) error {
	req := &pricingv1.TryPromotionRequest{Promotion: p}
	if f.text["trial_time"] != "" {
		at, fine := readTime(f.text["trial_time"])
		if req.Time = timestamppb.New(at); !fine {
			problems["trial_time"] = "Write a day and a time, such as 2026-12-01T08:00"
		}
	}
	if len(f.rows) == 0 && problems["find_part"] == "" {
		problems["find_part"] = "Put something in the basket first"
	}
	var err error
	if req.Basket, err = o.basket(v, f, problems); err != nil || len(problems) > 0 {
		return err
	}
	answer, err := o.Promotions.TryPromotion(v.ctx, req)
	switch connect.CodeOf(err) {
	case connect.CodeFailedPrecondition, connect.CodeInvalidArgument, connect.CodeAborted:
		problems["trial_country"] = words(err)
		return nil
	}
	if err != nil {
		return err
	}
	f.result = o.trialResult(f, answer)
	return nil
}

// basket is what is in the basket, as the shop would price it.
func (o *office) basket(v visit, f *trialForm, problems ui.Problems) (*pricingv1.QuoteRequest, error) {
	basket := &pricingv1.QuoteRequest{
		CurrencyCode: o.cfg.Currency, CountryCode: strings.ToUpper(f.text["trial_country"]), Email: f.text["trial_email"], CustomerGroup: f.text["trial_group"],
		Codes: lines(f.text["trial_codes"]),
	}
	var ids []string
	for i, row := range f.rows {
		quantity, err := strconv.ParseInt(row.quantity, 10, 32)
		if err != nil || quantity < 1 || quantity > 9999 {
			problems[rowName("basket", i, "quantity")] = "Write a number from 1 to 9,999"
		}
		basket.Lines = append(basket.Lines, &pricingv1.QuoteLine{VariantId: row.variant, Quantity: int32(quantity)})
		ids = append(ids, row.variant)
	}
	if len(ids) == 0 || len(problems) > 0 {
		return basket, nil
	}
	offers, err := o.Products.BatchGetOffers(v.ctx, &productv1.BatchGetOffersRequest{VariantIds: ids, CustomerGroup: basket.GetCustomerGroup()})
	if err != nil {
		return nil, err
	}
	for _, offer := range offers.GetOffers() {
		line := basket.GetLines()[slices.Index(ids, offer.GetVariantId())]
		line.ProductId, line.WeightGrams, line.Digital = offer.GetProductId(), offer.GetWeightGrams(), len(offer.GetFiles()) > 0
		line.CategoryIds, line.CollectionIds = offer.GetCategoryIds(), offer.GetCollectionIds()
		line.UnitPriceMinor = offer.GetPrice().GetAmountMinor()
		for _, step := range offer.GetPrices() {
			if step.GetMinQuantity() <= line.GetQuantity() {
				line.UnitPriceMinor, line.Reduced = step.GetPrice().GetAmountMinor(), step.GetReduced()
			}
		}
	}
	for i, line := range basket.GetLines() {
		if line.GetProductId() == "" {
			problems[rowName("basket", i, "quantity")] = "It is gone: remove it"
		}
	}
	return basket, nil
}

// trialResult tells both prices, line by line and cent by cent.
func (o *office) trialResult(f *trialForm, answer *pricingv1.TryPromotionResponse) *admin.TrialResult {
	without, with := answer.GetWithout(), answer.GetWith()
	result := &admin.TrialResult{Text: "It counts for this basket.", Tone: ui.OK}
	if answer.GetProblem() != "" {
		result.Text, result.Tone = "It does not count for this basket: "+answer.GetProblem()+".", ui.Warn
	}
	for _, code := range with.GetCodes() {
		if code.GetApplied() {
			result.Text += " The code " + code.GetCode() + " counts."
		} else {
			result.Text += " The code " + code.GetCode() + " does not: " + code.GetProblem() + "."
		}
	}
	row := func(label, note string, before, after int64, sum bool) {
		shown := admin.TrialRow{Label: label, Note: note, Without: o.minor(before), With: o.minor(after), Sum: sum}
		if before != after {
			shown.Off = o.minor(after - before)
		}
		result.Rows = append(result.Rows, shown)
	}
	for i, line := range with.GetLines()[:len(f.rows)] {
		var off []string
		for _, discount := range line.GetDiscounts() {
			off = append(off, discount.GetName()+" "+o.minor(-discount.GetAmountMinor()))
		}
		before := without.GetLines()[i]
		row(f.rows[i].quantity+" × "+f.rows[i].label, strings.Join(off, ", "), before.GetGoodsMinor()-before.GetDiscountMinor(), line.GetGoodsMinor()-line.GetDiscountMinor(), false)
	}
	minor := (*typev1.Money).GetAmountMinor
	before, after := without.GetTotals(), with.GetTotals()
	row("Goods", "", minor(before.GetGoods())-minor(before.GetDiscount()), minor(after.GetGoods())-minor(after.GetDiscount()), true)
	if after.GetShipping() != nil {
		row("Delivery", deliveryName(with), minor(before.GetShipping()), minor(after.GetShipping()), false)
		note := "On top"
		if after.GetTaxIncluded() {
			note = "Within the prices"
		}
		row(cmp.Or(after.GetTaxName(), "Tax"), note, minor(before.GetTax()), minor(after.GetTax()), false)
	}
	row("Total", "", minor(before.GetTotal()), minor(after.GetTotal()), true)
	if len(with.GetLines()) > len(f.rows) {
		result.Text += " Its gift comes on top, as long as there is any."
	}
	return result
}

func deliveryName(priced *pricingv1.QuoteResponse) string {
	for _, option := range priced.GetDeliveries() {
		if option.GetCode() == priced.GetDeliveryCode() {
			return option.GetName()
		}
	}
	return ""
}
