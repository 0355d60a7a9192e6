package main

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// priceSpan is what a method costs in the shop's currency, from the least to the most.
func (o *office) priceSpan(method *pricingv1.ShippingMethod) string {
	var amounts []int64
	for _, price := range method.GetPrices() {
		if price.GetCurrencyCode() == o.cfg.Currency {
			amounts = append(amounts, price.GetPriceMinor())
		}
	}
	if len(amounts) == 0 {
		return "none in " + o.cfg.Currency
	}
	if low, high := slices.Min(amounts), slices.Max(amounts); low != high {
		return o.minor(low) + " to " + o.minor(high)
	}
	return o.minor(amounts[0])
}

// methodFields are what is typed of a way to deliver, by the names of the fields in the service.
var methodFields = []ui.Field{
	{Name: "name", Label: "Name", MaxLength: 100, Width: ui.Medium, Hint: "Shoppers choose by it."},
	{Name: "code", Label: "Code", MaxLength: 50, Width: ui.Medium, Hint: "Small letters, digits, - and _. Promotions name it."},
	{Name: "active", Label: "Offered", Width: ui.Short, Options: []ui.Option{{Value: "yes", Label: "yes"}, {Value: "no", Label: "no"}}},
	{Name: "min_days", Label: "Working days at least", InputMode: "numeric", Width: ui.Short},
	{Name: "max_days", Label: "Working days at most", InputMode: "numeric", Width: ui.Short, Hint: "Shoppers read on which days it arrives."},
}

// pickupFields are those of a place where goods are fetched; all empty when they are sent.
var pickupFields = []ui.Field{
	{Name: "pickup_address.full_name", Label: "What the place is called", MaxLength: 200, Optional: true, Width: ui.Medium},
	{Name: "pickup_address.line1", Label: "Street and number", MaxLength: 200, Optional: true},
	{Name: "pickup_address.city", Label: "Town", MaxLength: 100, Optional: true, Width: ui.Medium},
	{Name: "pickup_address.region", Label: "Region", MaxLength: 100, Optional: true, Width: ui.Medium},
	{Name: "pickup_address.postal_code", Label: "Postcode", MaxLength: 20, Optional: true, Width: ui.Short},
	{Name: "pickup_address.country_code", Label: "Country", Optional: true, Width: ui.Medium},
	{Name: "pickup_hours", Label: "When it is open, and what to bring", Rows: 3, MaxLength: 500, Optional: true},
}

// priceCells are by the names of the fields in the service.
var priceCells = []struct {
	name, label string
	number      bool
}{
	{"currency_code", "Currency", false}, {"least_goods_minor", "Goods worth at least", true}, {"most_grams", "At most, in g", true}, {"most_units", "At most, in units", true}, {"price_minor", "Price", true},
}

// methodForm is a way to deliver as its page holds it.
type methodForm struct {
	version int64
	text    map[string]string
	prices  []map[string]string
	removed map[int]bool
}

func (o *office) methodFormOf(zone *pricingv1.ShippingZone, method *pricingv1.ShippingMethod) *methodForm {
	to := method.GetPickupAddress()
	f := &methodForm{version: zone.GetVersion(), removed: map[int]bool{}, text: map[string]string{
		"name": method.GetName(), "code": method.GetCode(), "active": yesNo(method.GetActive()), "min_days": strconv.Itoa(int(method.GetMinDays())), "max_days": strconv.Itoa(int(method.GetMaxDays())),
		"pickup_address.full_name": to.GetFullName(), "pickup_address.line1": to.GetLine1(), "pickup_address.city": to.GetCity(), "pickup_address.region": to.GetRegion(),
		"pickup_address.postal_code": to.GetPostalCode(), "pickup_address.country_code": to.GetCountryCode(), "pickup_hours": method.GetPickupHours(),
	}}
	for _, price := range method.GetPrices() {
		amount := func(minor int64) string {
			return decimal(&typev1.Money{AmountMinor: minor, CurrencyCode: price.GetCurrencyCode()})
		}
		row := map[string]string{"currency_code": price.GetCurrencyCode(), "most_grams": numberText(price.GetMostGrams()), "most_units": numberText(price.GetMostUnits()), "price_minor": amount(price.GetPriceMinor())}
		if price.GetLeastGoodsMinor() > 0 {
			row["least_goods_minor"] = amount(price.GetLeastGoodsMinor())
		}
		f.prices = append(f.prices, row)
	}
	return f
}

func readMethod(values url.Values) *methodForm {
	f := &methodForm{text: map[string]string{}, removed: map[int]bool{}}
	f.version, _ = strconv.ParseInt(values.Get("version"), 10, 64)
	for _, field := range slices.Concat(methodFields, pickupFields) {
		f.text[field.Name] = strings.TrimSpace(strings.ReplaceAll(values.Get(field.Name), "\r\n", "\n"))
	}
	for i := 0; values.Has(rowName("prices", i, "price_minor")); i++ {
		row := map[string]string{}
		for _, cell := range priceCells {
			row[cell.name] = strings.TrimSpace(values.Get(rowName("prices", i, cell.name)))
		}
		f.prices = append(f.prices, row)
		f.removed[i] = values.Has(rowName("prices", i, "removed"))
	}
	return f
}

// method is what the form asks for, with the form's row of each price that is sent.
func (f *methodForm) method(problems ui.Problems) (method *pricingv1.ShippingMethod, rows []int) {
	method = &pricingv1.ShippingMethod{Name: f.text["name"], Code: f.text["code"], Active: f.text["active"] == "yes", PickupHours: f.text["pickup_hours"]}
	for name, into := range map[string]*int32{"min_days": &method.MinDays, "max_days": &method.MaxDays} {
		days, err := strconv.ParseInt(f.text[name], 10, 32)
		if err != nil {
			problems[name] = "Write a number of days"
		}
		*into = int32(days)
	}
	if f.text["pickup_address.line1"] != "" || f.text["pickup_address.country_code"] != "" {
		method.PickupAddress = &typev1.Address{
			FullName: f.text["pickup_address.full_name"], Line1: f.text["pickup_address.line1"], City: f.text["pickup_address.city"], Region: f.text["pickup_address.region"],
			PostalCode: f.text["pickup_address.postal_code"], CountryCode: f.text["pickup_address.country_code"],
		}
		for _, needed := range []string{"full_name", "line1", "country_code"} {
			if f.text["pickup_address."+needed] == "" {
				problems["pickup_address."+needed] = "Write it, or leave the whole place empty"
			}
		}
	}
	for i, row := range f.prices {
		if f.removed[i] || row["price_minor"] == "" && row["least_goods_minor"] == "" {
			continue
		}
		one := &pricingv1.ShippingPrice{CurrencyCode: strings.ToUpper(row["currency_code"])}
		for name, into := range map[string]*int64{"most_grams": &one.MostGrams, "most_units": &one.MostUnits} {
			number, err := strconv.ParseInt(row[name], 10, 64)
			if err != nil && row[name] != "" {
				problems[rowName("prices", i, name)] = "Write a whole number, or leave it empty"
			}
			*into = number
		}
		for name, into := range map[string]*int64{"least_goods_minor": &one.LeastGoodsMinor, "price_minor": &one.PriceMinor} {
			amount, fine := price(row[name], one.GetCurrencyCode())
			if !fine && (row[name] != "" || name == "price_minor") {
				problems[rowName("prices", i, name)] = "Write an amount such as 12.50"
			}
			*into = amount.GetAmountMinor()
		}
		method.Prices, rows = append(method.Prices, one), append(rows, i)
	}
	return method, rows
}

// methodAt finds the method of a zone that an address names; nil for a new one.
func (o *office) methodAt(v visit) (*pricingv1.ShippingZone, *pricingv1.ShippingMethod, error) {
	zone, err := o.getShippingZone(v)
	code := v.PathValue("code")
	if err != nil || code == "" {
		return zone, nil, err
	}
	at := slices.IndexFunc(zone.GetMethods(), func(m *pricingv1.ShippingMethod) bool { return m.GetCode() == code })
	if at < 0 {
		return nil, nil, web.NotFound
	}
	return zone, zone.GetMethods()[at], nil
}

// shippingMethod shows one way to deliver, or an empty form.
func (o *office) shippingMethod(w http.ResponseWriter, v visit) error {
	zone, method, err := o.methodAt(v)
	if err != nil {
		return err
	}
	f := o.methodFormOf(zone, method)
	if method == nil {
		f.text["active"], f.prices = "yes", []map[string]string{{"currency_code": o.cfg.Currency}, {"currency_code": o.cfg.Currency}}
	}
	return o.showMethod(w, v, http.StatusOK, f, zone, method, nil)
}

func (o *office) saveMethod(w http.ResponseWriter, v visit) error {
	zone, current, err := o.methodAt(v)
	if err != nil {
		return err
	}
	if err := v.ParseForm(); err != nil {
		return err
	}
	f := readMethod(v.PostForm)
	switch v.PostForm.Get("do") {
	case "save":
	case "add":
		f.prices = append(f.prices, map[string]string{"currency_code": o.cfg.Currency})
		return o.showMethod(w, v, http.StatusOK, f, zone, current, nil)
	default:
		return o.showMethod(w, v, http.StatusOK, f, zone, current, nil)
	}
	problems := ui.Problems{}
	asked, rows := f.method(problems)
	if len(problems) > 0 {
		return o.showMethod(w, v, http.StatusUnprocessableEntity, f, zone, current, problems)
	}
	at := len(zone.GetMethods())
	if current == nil {
		zone.Methods = append(zone.Methods, asked)
	} else {
		at = slices.Index(zone.GetMethods(), current)
		zone.Methods[at] = asked
	}
	_, err = o.Shipping.SetShippingZone(v.ctx, &pricingv1.SetShippingZoneRequest{Zone: zone, ExpectedVersion: f.version})
	switch code := connect.CodeOf(err); {
	case err == nil:
	case code == connect.CodeAborted:
		f.version = zone.GetVersion()
		return o.showMethod(w, v, http.StatusConflict, f, zone, current, ui.Problems{"": "Somebody else has changed this zone since you opened it, so nothing is saved yet. Look at yours, then save it in place of theirs."})
	case code == connect.CodeInvalidArgument:
		return o.showMethod(w, v, http.StatusUnprocessableEntity, f, zone, current, methodProblems(err, at, rows))
	default:
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "shipping.saved"})
	web.SeeOther(w, v.Request, "/shipping/zones/"+zone.GetId())
	return nil
}

// methodProblems puts what is wrong with a method beside its fields.
func methodProblems(err error, method int, rows []int) ui.Problems {
	problems := ui.Problems{}
	detail, found := rpc.Detail[*pricingv1.RateProblems](err)
	if !found {
		problems[""] = words(err)
	}
	for _, one := range detail.GetProblems() {
		field, ofMethod := strings.CutPrefix(one.GetField(), "methods.")
		place := problemPlace.FindStringSubmatch(field)
		switch {
		case !ofMethod || int(one.GetIndex()) != method:
			problems[""] = strings.TrimSpace(problems[""] + " " + upperFirst(one.GetText()) + ".")
		case place != nil && place[1] == "prices" && place[3] != "":
			if at, err := strconv.Atoi(place[2]); err == nil && at < len(rows) {
				problems[rowName("prices", rows[at], place[3])] = upperFirst(one.GetText())
			}
		case field == "prices":
			problems[""] = "Prices " + one.GetText() + "."
		default:
			problems[field] = upperFirst(one.GetText())
		}
	}
	return problems
}

func (o *office) showMethod(w http.ResponseWriter, v visit, status int, f *methodForm, zone *pricingv1.ShippingZone, current *pricingv1.ShippingMethod, problems ui.Problems) error {
	title, here := "New way to deliver", "/shipping/zones/"+zone.GetId()+"/new-method"
	if current != nil {
		title, here = current.GetName(), "/shipping/zones/"+zone.GetId()+"/methods/"+current.GetCode()
	}
	page := admin.RatesPage{
		Shell: o.shell(w, v, title), Heading: title, Add: "Add a price",
		Breadcrumb: []ui.Link{{Label: "Delivery", URL: "/shipping"}, {Label: zone.GetName(), URL: "/shipping/zones/" + zone.GetId()}, {Label: title, URL: here, Current: true}},
		Hint:       "The price that fits the goods best counts: first by their value, then by weight and units. A price of 0 for goods worth at least so much is free delivery, and the cart says how much is missing for it. Where none fits, this way is not offered.",
		Grid:       admin.Grid{Name: "Prices", Columns: []admin.Column{{Label: "Place"}}, Remove: "Remove"}, Empty: admin.Emptiness{Title: "No prices yet", Text: "Add at least one, 0 for free."},
	}
	names := []string{}
	sections := []admin.FormSection{{}, {Title: "Where goods are fetched, if they are not sent"}}
	for part, fields := range [][]ui.Field{methodFields, pickupFields} {
		for _, field := range fields {
			if field.Name == "pickup_address.country_code" {
				field.Options = countryOptions("None: the goods are sent")
			}
			sections[part].Fields = append(sections[part].Fields, field.With(f.text[field.Name], problems))
			names = append(names, field.Name)
		}
	}
	page.Problems = ui.Summary(problems, names...)
	for _, cell := range priceCells {
		page.Grid.Columns = append(page.Grid.Columns, admin.Column{Label: cell.label, Number: cell.number})
	}
	for i, row := range f.prices {
		number := strconv.Itoa(i + 1)
		shown := admin.GridRow{Label: number, Remove: rowName("prices", i, "removed"), Removed: f.removed[i]}
		for _, cell := range priceCells {
			one := admin.GridCell{Name: rowName("prices", i, cell.name), Label: cell.label + ", price " + number, Value: row[cell.name], Number: cell.number, Error: problems[rowName("prices", i, cell.name)]}
			if one.Error != "" {
				page.Problems = append(page.Problems, ui.FieldProblem{Text: "Price " + number + ": " + one.Error, URL: "#field-" + one.Name})
			}
			shown.Cells = append(shown.Cells, one)
		}
		page.Grid.Rows = append(page.Grid.Rows, shown)
	}
	if v.may("settings.write") {
		page.Action, page.Sections, page.Hidden = here+"/contents", sections, []ui.Hidden{{Name: "version", Value: version(f.version)}}
	} else {
		for _, section := range sections {
			for _, field := range section.Fields {
				if field.Value != "" {
					page.Facts = append(page.Facts, admin.Fact{Label: field.Label, Value: optionLabel(field)})
				}
			}
		}
	}
	return web.Render(w, v.Request, status, admin.Rates(page))
}
