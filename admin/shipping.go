package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func shippingViews(current string) []ui.Link {
	return views(current, []ui.Link{{Label: "Zones", URL: "/shipping"}, {Label: "Try an address", URL: "/shipping/try"}})
}

// shipping lists the zones.
func (o *office) shipping(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/shipping", "")
	list.ByName = true
	answer, err := o.Shipping.ListShippingZones(v.ctx, &pricingv1.ListShippingZonesRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	page := admin.TablePage{
		Shell: o.shell(w, v, "Delivery"), Heading: "Delivery", Intro: "Where the shop delivers to, how, and at what price. Nothing goes to a place that is in no zone.",
		Columns: []admin.Column{{Label: "Zone"}, {Label: "Places", Long: true}, {Label: "Ways to deliver", Long: true}},
		Empty:   admin.Emptiness{Title: "No zones yet", Text: "Shoppers can order once a zone says where you deliver to, and at what price."},
	}
	list.Views = shippingViews("/shipping")
	if v.may("settings.write") {
		list.Actions = []admin.Action{{Label: "New zone", URL: "/shipping/zones/new", Link: true, Kind: ui.Primary}}
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, zone := range answer.GetZones() {
		var places, ways []string
		for _, area := range zone.GetAreas() {
			places = append(places, areaLabel(area))
		}
		for _, method := range zone.GetMethods() {
			name := method.GetName()
			if !method.GetActive() {
				name += " (off)"
			}
			ways = append(ways, name)
		}
		page.Rows = append(page.Rows, admin.Row{ID: zone.GetId(), Cells: []admin.Cell{
			{Text: zone.GetName(), URL: "/shipping/zones/" + zone.GetId()}, {Text: shortened(strings.Join(places, ", "), 80)}, {Text: shortened(strings.Join(ways, ", "), 120)},
		}})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Table(page))
}

// areaText is an area in a line: "US-CA 90000..90999".
func areaText(area *pricingv1.ShippingArea) string {
	text := strings.TrimSpace(placeID(area.GetCountryCode(), area.GetRegion()) + " " + area.GetPostcodeFrom())
	if area.GetPostcodeUntil() != "" {
		text += ".." + area.GetPostcodeUntil()
	}
	return text
}

// areaLabel is an area for people to read: "Canada", "California, United States 90000..90999".
func areaLabel(area *pricingv1.ShippingArea) string {
	place := placeLabel(area.GetCountryCode(), area.GetRegion())
	_, postcodes, _ := strings.Cut(areaText(area), " ")
	return strings.TrimSpace(place + " " + postcodes)
}

// readAreas reads areas, one a line. The service says what is wrong with them.
func readAreas(text string) (areas []*pricingv1.ShippingArea, lines []string) {
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == ',' }) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		place, postcodes, _ := strings.Cut(line, " ")
		country, region, _ := strings.Cut(place, "-")
		from, until, _ := strings.Cut(postcodes, "..")
		areas = append(areas, &pricingv1.ShippingArea{CountryCode: strings.ToUpper(country), Region: region, PostcodeFrom: strings.TrimSpace(from), PostcodeUntil: strings.TrimSpace(until)})
		lines = append(lines, line)
	}
	return areas, lines
}

var (
	shippingName  = ui.Field{Name: "name", Label: "Name", MaxLength: 100, Width: ui.Medium, Hint: "For staff."}
	shippingAreas = ui.Field{Name: "areas", Label: "Places", Rows: 6, Hint: "One a line: a country by its two letters such as DE, a region such as US-CA, postcodes there such as DE 10115..10999, or what they begin with such as GB BT. Of several zones that hold an address, the one with the narrowest place counts."}
)

// shippingForm is a zone as its page holds it.
type shippingForm struct {
	version     int64
	name, areas string
	// on and removed are of its methods, by code.
	on, removed map[string]bool
}

func shippingFormOf(zone *pricingv1.ShippingZone) *shippingForm {
	f := &shippingForm{version: zone.GetVersion(), name: zone.GetName(), on: map[string]bool{}, removed: map[string]bool{}}
	var lines []string
	for _, area := range zone.GetAreas() {
		lines = append(lines, areaText(area))
	}
	f.areas = strings.Join(lines, "\n")
	for _, method := range zone.GetMethods() {
		f.on[method.GetCode()] = method.GetActive()
	}
	return f
}

func readShipping(values url.Values) *shippingForm {
	f := &shippingForm{name: strings.TrimSpace(values.Get("name")), areas: strings.ReplaceAll(values.Get("areas"), "\r\n", "\n"), on: map[string]bool{}, removed: map[string]bool{}}
	f.version, _ = strconv.ParseInt(values.Get("version"), 10, 64)
	for i := 0; values.Has(rowName("methods", i, "code")); i++ {
		code := values.Get(rowName("methods", i, "code"))
		f.on[code], f.removed[code] = values.Get(rowName("methods", i, "active")) == "yes", values.Has(rowName("methods", i, "removed"))
	}
	return f
}

func (o *office) newShippingZone(w http.ResponseWriter, v visit) error {
	return o.showShippingZone(w, v, http.StatusOK, shippingFormOf(nil), nil, nil)
}

// shippingZone shows one zone.
func (o *office) shippingZone(w http.ResponseWriter, v visit) error {
	current, err := o.getShippingZone(v)
	if err != nil {
		return err
	}
	return o.showShippingZone(w, v, http.StatusOK, shippingFormOf(current), current, nil)
}

func (o *office) getShippingZone(v visit) (*pricingv1.ShippingZone, error) {
	answer, err := o.Shipping.GetShippingZone(v.ctx, &pricingv1.GetShippingZoneRequest{Id: v.PathValue("id")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return nil, web.NotFound
	}
	return answer.GetZone(), err
}

func (o *office) saveNewShippingZone(w http.ResponseWriter, v visit) error {
	return o.takeShippingZone(w, v, nil)
}

func (o *office) saveShippingZone(w http.ResponseWriter, v visit) error {
	current, err := o.getShippingZone(v)
	if err != nil {
		return err
	}
	return o.takeShippingZone(w, v, current)
}

func (o *office) takeShippingZone(w http.ResponseWriter, v visit, current *pricingv1.ShippingZone) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	f := readShipping(v.PostForm)
	if v.PostForm.Get("do") != "save" { // it was kept through the login
		return o.showShippingZone(w, v, http.StatusOK, f, current, nil)
	}
	problems := ui.Problems{}
	areas, lines := readAreas(f.areas)
	if f.name == "" {
		problems["name"] = "Write a name"
	}
	if len(areas) == 0 {
		problems["areas"] = "Write at least one place, such as DE"
	}
	if len(problems) > 0 {
		return o.showShippingZone(w, v, http.StatusUnprocessableEntity, f, current, problems)
	}
	asked := &pricingv1.ShippingZone{Id: current.GetId(), Name: f.name, Areas: areas}
	for _, method := range current.GetMethods() {
		if !f.removed[method.GetCode()] {
			method.Active = f.on[method.GetCode()]
			asked.Methods = append(asked.Methods, method)
		}
	}
	answer, err := o.Shipping.SetShippingZone(v.ctx, &pricingv1.SetShippingZoneRequest{Zone: asked, ExpectedVersion: f.version})
	switch code := connect.CodeOf(err); {
	case err == nil:
	case code == connect.CodeAborted && current != nil:
		f.version = current.GetVersion()
		return o.showShippingZone(w, v, http.StatusConflict, f, current, ui.Problems{"": "Somebody else has changed this zone since you opened it, so nothing is saved yet. Its ways to deliver below are as they are now. Look at it, then save."})
	case code == connect.CodeInvalidArgument, code == connect.CodeFailedPrecondition:
		return o.showShippingZone(w, v, http.StatusUnprocessableEntity, f, current, areaProblems(err, lines))
	default:
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "shipping.saved"})
	web.SeeOther(w, v.Request, "/shipping/zones/"+answer.GetZone().GetId())
	return nil
}

// areaProblems says which lines are wrong.
func areaProblems(err error, lines []string) ui.Problems {
	detail, found := rpc.Detail[*pricingv1.RateProblems](err)
	if !found {
		return ui.Problems{"": words(err)}
	}
	var wrong []string
	for _, one := range detail.GetProblems() {
		if at := int(one.GetIndex()); at >= 0 && at < len(lines) {
			wrong = append(wrong, fmt.Sprintf("“%s”: %s", lines[at], one.GetText()))
		} else {
			wrong = append(wrong, upperFirst(one.GetText()))
		}
	}
	return ui.Problems{"areas": strings.Join(wrong, ". ")}
}

func (o *office) showShippingZone(w http.ResponseWriter, v visit, status int, f *shippingForm, current *pricingv1.ShippingZone, problems ui.Problems) error {
	title, here := "New zone", "/shipping/zones/new"
	if current != nil {
		title, here = current.GetName(), "/shipping/zones/"+current.GetId()
	}
	page := admin.RatesPage{
		Shell: o.shell(w, v, title), Heading: title, Problems: ui.Summary(problems, "name", "areas"),
		Breadcrumb: []ui.Link{{Label: "Delivery", URL: "/shipping"}, {Label: title, URL: here, Current: true}},
		Grid:       admin.Grid{Name: "Ways to deliver", Columns: []admin.Column{{Label: "Way"}, {Label: "Prices"}, {Label: "Working days"}, {Label: "Offered"}}, Remove: "Remove"},
		Empty:      admin.Emptiness{Title: "No ways to deliver yet", Text: "Save the zone, then add how goods get there."},
	}
	section := admin.FormSection{Fields: []ui.Field{shippingName.With(f.name, problems), shippingAreas.With(f.areas, problems)}}
	for i, method := range current.GetMethods() {
		code := method.GetCode()
		row := admin.GridRow{
			Label: method.GetName(), URL: here + "/methods/" + code, Note: code, Hidden: []ui.Hidden{{Name: rowName("methods", i, "code"), Value: code}},
			Remove: rowName("methods", i, "removed"), Removed: f.removed[code],
			Cells: []admin.GridCell{
				{Value: o.priceSpan(method)}, {Value: fmt.Sprintf("%d to %d", method.GetMinDays(), method.GetMaxDays())},
				{Name: rowName("methods", i, "active"), Label: "Whether " + method.GetName() + " is offered", Value: yesNo(f.on[code]), Options: []ui.Option{{Value: "yes", Label: "yes", Selected: f.on[code]}, {Value: "no", Label: "no", Selected: !f.on[code]}}},
			},
		}
		if method.GetPickupAddress() != nil {
			row.Note = "fetched in " + method.GetPickupAddress().GetCity()
		}
		page.Grid.Rows = append(page.Grid.Rows, row)
	}
	if v.may("settings.write") {
		page.Action, page.Hidden, page.Sections = here+"/contents", []ui.Hidden{{Name: "version", Value: version(f.version)}}, []admin.FormSection{section}
		if current != nil {
			page.More = &ui.Link{Label: "Add a way to deliver", URL: here + "/new-method"}
			page.Dangers = []admin.Action{{Label: "Delete the zone", URL: here + "/removal", Kind: ui.Danger, Button: "Delete it", Hidden: page.Hidden, Confirm: "Nothing is delivered to its places any more, unless another zone holds them. Orders that were placed stay."}}
		}
	} else {
		for _, field := range section.Fields {
			page.Facts = append(page.Facts, admin.Fact{Label: field.Label, Value: field.Value})
		}
	}
	return web.Render(w, v.Request, status, admin.Rates(page))
}

// deleteShippingZone removes a zone.
func (o *office) deleteShippingZone(w http.ResponseWriter, v visit) error {
	current, err := o.getShippingZone(v)
	if err != nil {
		return err
	}
	_, err = o.Shipping.DeleteShippingZone(v.ctx, &pricingv1.DeleteShippingZoneRequest{Id: current.GetId(), ExpectedVersion: versionOf(v)})
	if connect.CodeOf(err) == connect.CodeAborted {
		return o.showShippingZone(w, v, http.StatusConflict, shippingFormOf(current), current, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "shipping.gone"})
	web.SeeOther(w, v.Request, "/shipping")
	return nil
}
