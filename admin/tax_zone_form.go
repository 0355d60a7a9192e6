package main

import (
	"net/url"
	"strconv"
	"strings"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

var (
	zoneCountry  = ui.Field{Name: "country_code", Label: "Country", Width: ui.Medium}
	zoneRegion   = ui.Field{Name: "region", Label: "Region", MaxLength: 100, Optional: true, Width: ui.Medium, Hint: "Its code or its name, such as CA or California. Left empty, the taxes are for the rest of the country."}
	zoneName     = ui.Field{Name: "name", Label: "What the taxes are called together", MaxLength: 100, Width: ui.Medium, Hint: "Shoppers read it, such as VAT or Sales tax."}
	zoneIncluded = ui.Field{Name: "prices_include_tax", Label: "Your prices there", Width: ui.Medium, Options: []ui.Option{{Value: "yes", Label: "hold the tax"}, {Value: "no", Label: "are without it: it is added"}}}
	zoneShipping = ui.Field{Name: "shipping", Label: "Delivery is", Width: ui.Medium}
	zoneEachLine = ui.Field{Name: "each_line", Label: "Tax is rounded", Width: ui.Medium, Options: []ui.Option{{Value: "no", Label: "once for all that is taxed alike"}, {Value: "yes", Label: "for each line"}}}
)

// taxZoneForm is a place's taxes as the page holds them.
type taxZoneForm struct {
	version int64
	text    map[string]string
	rows    []taxRow
}

// taxRow is a tax as it is typed.
type taxRow struct {
	class, name, rate, step, compound, from, until string
	removed                                        bool
}

// taxCells are by the names of the fields in the service.
var taxCells = []struct {
	name, label string
	number      bool
	of          func(*taxRow) *string
}{
	{"tax_class", "Goods", false, func(r *taxRow) *string { return &r.class }},
	{"name", "Name for shoppers", false, func(r *taxRow) *string { return &r.name }},
	{"rate", "Rate in %", true, func(r *taxRow) *string { return &r.rate }},
	{"step", "Step", true, func(r *taxRow) *string { return &r.step }},
	{"compound", "On top of the others", false, func(r *taxRow) *string { return &r.compound }},
	{"valid_from", "First day", false, func(r *taxRow) *string { return &r.from }},
	{"valid_until", "Last day", false, func(r *taxRow) *string { return &r.until }},
}

func taxZoneFormOf(zone *pricingv1.TaxZone) *taxZoneForm {
	f := &taxZoneForm{version: zone.GetVersion(), text: map[string]string{
		"country_code": zone.GetCountryCode(), "region": zone.GetRegion(), "name": zone.GetName(), "prices_include_tax": yesNo(zone.GetPricesIncludeTax()), "each_line": yesNo(zone.GetEachLine()),
	}}
	for _, known := range shippingTaxes {
		if known.tax == zone.GetShipping() {
			f.text["shipping"] = known.value
		}
	}
	for _, tax := range zone.GetTaxes() {
		f.rows = append(f.rows, taxRow{
			class: tax.GetTaxClass(), name: tax.GetName(), rate: money.Rate(tax.GetRate()).String(), step: strconv.Itoa(int(tax.GetStep())), compound: yesNo(tax.GetCompound()),
			from: tax.GetValidFrom(), until: tax.GetValidUntil(),
		})
	}
	return f
}

func readTaxZone(values url.Values) *taxZoneForm {
	f := &taxZoneForm{text: map[string]string{}}
	f.version, _ = strconv.ParseInt(values.Get("version"), 10, 64)
	for _, field := range []ui.Field{zoneCountry, zoneRegion, zoneName, zoneIncluded, zoneShipping, zoneEachLine} {
		f.text[field.Name] = strings.TrimSpace(values.Get(field.Name))
	}
	for i := 0; values.Has(rowName("taxes", i, "name")); i++ {
		var row taxRow
		for _, cell := range taxCells {
			*cell.of(&row) = strings.TrimSpace(values.Get(rowName("taxes", i, cell.name)))
		}
		row.removed = values.Has(rowName("taxes", i, "removed"))
		f.rows = append(f.rows, row)
	}
	return f
}

// zone is what the form asks for, with the form's row of each tax that is sent.
func (f *taxZoneForm) zone(problems ui.Problems) (zone *pricingv1.TaxZone, rows []int) {
	zone = &pricingv1.TaxZone{
		CountryCode: f.text["country_code"], Region: f.text["region"], Name: f.text["name"], PricesIncludeTax: f.text["prices_include_tax"] == "yes", EachLine: f.text["each_line"] == "yes",
	}
	if zone.GetName() == "" {
		problems["name"] = "Write what the taxes are called"
	}
	for _, known := range shippingTaxes {
		if known.value == f.text["shipping"] {
			zone.Shipping = known.tax
		}
	}
	for i, row := range f.rows {
		if row.removed || row.name == "" && row.rate == "" {
			continue
		}
		rate, fine := readPercent(row.rate)
		if !fine {
			problems[rowName("taxes", i, "rate")] = "Write the rate as a percentage such as 19 or 8.875"
		}
		step, err := strconv.ParseInt(row.step, 10, 32)
		if err != nil && row.step != "" {
			problems[rowName("taxes", i, "step")] = "Write the step as 1 to 9"
		}
		zone.Taxes = append(zone.Taxes, &pricingv1.Tax{
			TaxClass: row.class, Name: row.name, Rate: rate, Step: int32(step), Compound: row.compound == "yes", ValidFrom: row.from, ValidUntil: row.until,
		})
		rows = append(rows, i)
	}
	return zone, rows
}
