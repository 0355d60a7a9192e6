package main

import (
	"net/http"
	"strconv"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// priceLists lists the price lists. What is in them is written with each product.
func (o *office) priceLists(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/prices", "")
	answer, err := o.Prices.ListPriceLists(v.ctx, &productv1.ListPriceListsRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	page := admin.TablePage{
		Shell: o.shell(w, v, "Price lists"), Heading: "Price lists", Intro: "Other prices for some shoppers, another currency or a time. Of the prices that a shopper may have, the lowest counts.",
		Columns: []admin.Column{{Label: "List"}, {Label: "Currency"}, {Label: "For"}, {Label: "From"}, {Label: "Until"}},
		Empty:   admin.Emptiness{Title: "No price lists yet", Text: "Make one for wholesale or for another currency; its prices are then written with each product."},
	}
	if v.may("products.write") {
		list.Actions = []admin.Action{{Label: "New price list", URL: "/prices/new", Link: true, Kind: ui.Primary}}
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, one := range answer.GetLists() {
		group := one.GetCustomerGroup()
		if group == "" {
			group = "Everybody"
		}
		page.Rows = append(page.Rows, admin.Row{ID: one.GetId(), Cells: []admin.Cell{
			{Text: one.GetName(), URL: "/prices/" + one.GetId()}, {Text: one.GetCurrencyCode()}, {Text: group}, {Text: when(one.GetStartTime())}, {Text: when(one.GetEndTime())},
		}})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Table(page))
}

// priceListFields are what is typed of a price list, by the names of the fields in the service.
var priceListFields = []ui.Field{
	{Name: "name", Label: "Name", MaxLength: 100, Hint: "For staff."},
	{Name: "currency_code", Label: "Currency", MaxLength: 3, Width: ui.Short, Hint: "Such as EUR. It never changes."},
	{Name: "customer_group", Label: "Group of customers", MaxLength: 100, Optional: true, Width: ui.Medium, Hint: "Everybody, when left empty."},
	{Name: "start_time", Label: "From", Type: "datetime-local", Optional: true, Width: ui.Medium, Hint: "In UTC."},
	{Name: "end_time", Label: "Until", Type: "datetime-local", Optional: true, Width: ui.Medium, Hint: "In UTC."},
}

func priceListTexts(of *productv1.PriceList) map[string]string {
	texts := map[string]string{"name": of.GetName(), "currency_code": of.GetCurrencyCode(), "customer_group": of.GetCustomerGroup()}
	if of.GetStartTime() != nil {
		texts["start_time"] = of.GetStartTime().AsTime().Format(timeField)
	}
	if of.GetEndTime() != nil {
		texts["end_time"] = of.GetEndTime().AsTime().Format(timeField)
	}
	return texts
}

func (o *office) newPriceList(w http.ResponseWriter, v visit) error {
	return o.showPriceList(w, v, http.StatusOK, map[string]string{"currency_code": o.cfg.Currency}, 0, nil, nil)
}

func (o *office) priceList(w http.ResponseWriter, v visit) error {
	current, err := o.getPriceList(v)
	if err != nil {
		return err
	}
	return o.showPriceList(w, v, http.StatusOK, priceListTexts(current), current.GetVersion(), current, nil)
}

func (o *office) getPriceList(v visit) (*productv1.PriceList, error) {
	answer, err := o.Prices.GetPriceList(v.ctx, &productv1.GetPriceListRequest{Id: v.PathValue("id")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return nil, web.NotFound
	}
	return answer.GetList(), err
}

func (o *office) saveNewPriceList(w http.ResponseWriter, v visit) error {
	return o.takePriceList(w, v, nil)
}

func (o *office) savePriceList(w http.ResponseWriter, v visit) error {
	current, err := o.getPriceList(v)
	if err != nil {
		return err
	}
	return o.takePriceList(w, v, current)
}

func (o *office) takePriceList(w http.ResponseWriter, v visit, current *productv1.PriceList) error {
	texts, problems := map[string]string{}, ui.Problems{}
	for _, field := range priceListFields {
		texts[field.Name] = typed(v, field)
	}
	expected, _ := strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	if v.PostFormValue("do") == "look" { // it was kept through the login
		return o.showPriceList(w, v, http.StatusOK, texts, expected, current, nil)
	}
	asked := &productv1.PriceList{Id: current.GetId(), Name: texts["name"], CurrencyCode: texts["currency_code"], CustomerGroup: texts["customer_group"]}
	for name, into := range map[string]**timestamppb.Timestamp{"start_time": &asked.StartTime, "end_time": &asked.EndTime} {
		if texts[name] == "" {
			continue
		}
		if at, fine := readTime(texts[name]); fine {
			*into = timestamppb.New(at)
		} else {
			problems[name] = "Write a day and a time, such as 2026-12-01T08:00"
		}
	}
	if len(problems) > 0 {
		return o.showPriceList(w, v, http.StatusUnprocessableEntity, texts, expected, current, problems)
	}
	stored, err := o.storePriceList(v, asked, expected)
	if wrong, found := rpc.Detail[*productv1.ProductProblems](err); found {
		for _, one := range wrong.GetProblems() {
			problems[one.GetField()] = fieldLabel(one.GetField()) + " " + one.GetText()
		}
		return o.showPriceList(w, v, http.StatusUnprocessableEntity, texts, expected, current, problems)
	}
	switch code := connect.CodeOf(err); {
	case err == nil:
	case code == connect.CodeAborted:
		for name, now := range priceListTexts(current) {
			if now != texts[name] {
				problems[name] = fieldLabel(name) + " is now: " + now
			}
		}
		problems[""] = "Somebody else has changed this price list since you opened it, so nothing is saved yet. Look at it, then save."
		return o.showPriceList(w, v, http.StatusConflict, texts, current.GetVersion(), current, problems)
	case code == connect.CodeInvalidArgument:
		return o.showPriceList(w, v, http.StatusUnprocessableEntity, texts, expected, current, ui.Problems{"": words(err)})
	default:
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "prices.saved"})
	web.SeeOther(w, v.Request, "/prices/"+stored)
	return nil
}

func (o *office) storePriceList(v visit, asked *productv1.PriceList, expected int64) (string, error) {
	if asked.GetId() == "" {
		created, err := o.Prices.CreatePriceList(v.ctx, &productv1.CreatePriceListRequest{List: asked})
		return created.GetList().GetId(), err
	}
	_, err := o.Prices.UpdatePriceList(v.ctx, &productv1.UpdatePriceListRequest{List: asked, ExpectedVersion: expected})
	return asked.GetId(), err
}

func (o *office) showPriceList(w http.ResponseWriter, v visit, status int, texts map[string]string, expected int64, current *productv1.PriceList, problems ui.Problems) error {
	title, here := "New price list", "/prices/new"
	if current != nil {
		title, here = current.GetName(), "/prices/"+current.GetId()
	}
	page := admin.FormPage{
		Shell: o.shell(w, v, title), Heading: title, Problems: problems, Button: "Save", Hidden: []ui.Hidden{{Name: "version", Value: version(expected)}},
		Breadcrumb: []ui.Link{{Label: "Price lists", URL: "/prices"}, {Label: title, URL: here, Current: true}},
	}
	var section admin.FormSection
	for _, field := range priceListFields {
		section.Fields = append(section.Fields, field.With(texts[field.Name], problems))
		if value := texts[field.Name]; value != "" && !v.may("products.write") {
			page.Facts = append(page.Facts, admin.Fact{Label: field.Label, Value: value})
		}
	}
	if v.may("products.write") {
		page.Action, page.Sections = here+"/contents", []admin.FormSection{section}
		if current != nil {
			page.Dangers = []admin.Action{{Label: "Delete the price list", URL: here + "/removal", Kind: ui.Danger, Button: "Delete it", Hidden: page.Hidden, Confirm: "It goes with all its prices."}}
		}
	}
	return web.Render(w, v.Request, status, admin.Form(page))
}

// deletePriceList removes a list with its prices.
func (o *office) deletePriceList(w http.ResponseWriter, v visit) error {
	current, err := o.getPriceList(v)
	if err != nil {
		return err
	}
	expected, _ := strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	_, err = o.Prices.DeletePriceList(v.ctx, &productv1.DeletePriceListRequest{Id: current.GetId(), ExpectedVersion: expected})
	if connect.CodeOf(err) == connect.CodeAborted {
		return o.showPriceList(w, v, http.StatusConflict, priceListTexts(current), current.GetVersion(), current, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "prices.gone"})
	web.SeeOther(w, v.Request, "/prices")
	return nil
}
