package main

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// The places that a product can be given. Only of those that come first the order counts.
const (
	pinned  = "pinned"
	boosted = "boosted"
	buried  = "buried"
)

var places = []ui.Option{{Value: pinned, Label: "Comes first"}, {Value: boosted, Label: "Before others"}, {Value: buried, Label: "After all others"}, {Value: "", Label: "Take it out"}}

// placements lists what is placed by hand.
func (o *office) placements(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/search/placements", "")
	answer, err := o.Merchandising.ListPlacements(v.ctx, &catalogv1.ListPlacementsRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	names, err := o.categoryNames(v)
	if err != nil {
		return err
	}
	page := admin.TablePage{
		Shell: o.shell(w, v, "Placed products"), Heading: "Placed products", Columns: []admin.Column{{Label: "Where"}, {Label: "First", Number: true}, {Label: "Before others", Number: true}, {Label: "Last", Number: true}, {Label: "Changed"}},
		Empty: admin.Emptiness{Title: "Nothing is placed by hand", Text: "For a search or in a category, chosen products can come first, or last."},
	}
	list.Views = searchViews("/search/placements")
	if v.may("catalog.write") {
		list.Actions = []admin.Action{{Label: "Place products", URL: "/search/placements/new", Link: true, Kind: ui.Primary}}
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, p := range answer.GetPlacements() {
		where := admin.Cell{Text: placeName(p.GetQuery(), p.GetCategoryId(), names)}
		if v.may("catalog.write") {
			where.URL = "/search/placements/" + p.GetId()
		}
		page.Rows = append(page.Rows, admin.Row{ID: p.GetId(), Cells: []admin.Cell{
			where, {Text: count(int64(len(p.GetPinnedIds())))}, {Text: count(int64(len(p.GetBoostedIds())))},
			{Text: count(int64(len(p.GetBuriedIds())))}, {Text: when(p.GetUpdateTime())},
		}})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Table(page))
}

func (o *office) categoryNames(v visit) (map[string]string, error) {
	tree, err := o.categoryTree(v)
	names := map[string]string{}
	for _, line := range tree {
		names[line.id] = line.label
	}
	return names, err
}

// placeName says where products are placed.
func placeName(query, category string, names map[string]string) string {
	switch {
	case query != "":
		return "Search for “" + query + "”"
	case names[category] != "":
		return "Category " + names[category]
	default:
		return "A category that is gone"
	}
}

// placementForm is a placement as its page holds it.
type placementForm struct {
	id              string // empty for a new one
	version         int64
	query, category string
	products        []placedProduct
	add             string
}

type placedProduct struct{ id, place string }

// newPlacement shows an empty form, for what was searched where that is known.
func (o *office) newPlacement(w http.ResponseWriter, v visit) error {
	return o.showPlacement(w, v, http.StatusOK, &placementForm{query: firstBytes(strings.TrimSpace(v.URL.Query().Get("query")), 200)}, nil)
}

func (o *office) getPlacement(v visit) (*catalogv1.Placement, error) {
	answer, err := o.Merchandising.GetPlacement(v.ctx, &catalogv1.GetPlacementRequest{Id: v.PathValue("id")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return nil, web.NotFound
	}
	return answer.GetPlacement(), err
}

func (o *office) placement(w http.ResponseWriter, v visit) error {
	current, err := o.getPlacement(v)
	if err != nil {
		return err
	}
	f := &placementForm{id: current.GetId(), version: current.GetVersion(), query: current.GetQuery(), category: current.GetCategoryId()}
	for _, part := range []struct {
		place string
		ids   []string
	}{{pinned, current.GetPinnedIds()}, {boosted, current.GetBoostedIds()}, {buried, current.GetBuriedIds()}} {
		for _, id := range part.ids {
			f.products = append(f.products, placedProduct{id, part.place})
		}
	}
	return o.showPlacement(w, v, http.StatusOK, f, nil)
}

func (o *office) saveNewPlacement(w http.ResponseWriter, v visit) error {
	return o.takePlacement(w, v, &placementForm{query: strings.TrimSpace(v.PostFormValue("query")), category: v.PostFormValue("category")})
}

func (o *office) savePlacement(w http.ResponseWriter, v visit) error {
	current, err := o.getPlacement(v)
	if err != nil {
		return err
	}
	return o.takePlacement(w, v, &placementForm{id: current.GetId(), query: current.GetQuery(), category: current.GetCategoryId()})
}

// takePlacement does what a button of the form says: save, add a product, or move one.
func (o *office) takePlacement(w http.ResponseWriter, v visit, f *placementForm) error {
	f.version, _ = strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	f.add = strings.TrimSpace(v.PostFormValue("find_related"))
	const most = 120
	for i := 0; v.PostForm.Has(rowName("products", i, "id")) && i < most; i++ {
		one := placedProduct{v.PostFormValue(rowName("products", i, "id")), v.PostFormValue(rowName("products", i, "place"))}
		if one.place != "" {
			f.products = append(f.products, one)
		}
	}
	verb, argument, _ := strings.Cut(v.PostFormValue("do"), " ")
	at, _ := strconv.Atoi(argument)
	switch {
	case verb == "up" && at > 0 && at < len(f.products):
		f.products[at], f.products[at-1] = f.products[at-1], f.products[at]
	case verb == "down" && at >= 0 && at+1 < len(f.products):
		f.products[at], f.products[at+1] = f.products[at+1], f.products[at]
	}
	problems, err := o.addPlaced(v, f, verb == "add")
	if err != nil {
		return err
	}
	if problems != nil {
		return o.showPlacement(w, v, http.StatusUnprocessableEntity, f, problems)
	}
	if verb != "save" {
		return o.showPlacement(w, v, http.StatusOK, f, nil)
	}
	placed := &catalogv1.Placed{PinnedIds: f.at(pinned), BoostedIds: f.at(boosted), BuriedIds: f.at(buried)}
	if f.id == "" {
		_, err = o.Merchandising.CreatePlacement(v.ctx, &catalogv1.CreatePlacementRequest{Query: f.query, CategoryId: f.category, Placed: placed})
	} else {
		_, err = o.Merchandising.UpdatePlacement(v.ctx, &catalogv1.UpdatePlacementRequest{Id: f.id, Version: max(f.version, 1), Placed: placed})
	}
	if connect.CodeOf(err) == connect.CodeInvalidArgument && f.id == "" && (f.query == "") == (f.category == "") {
		return o.showPlacement(w, v, http.StatusUnprocessableEntity, f, ui.Problems{"query": "Write a search or choose a category, and not both"})
	}
	if status, problems := merchandisingProblems(err, "query"); problems != nil {
		return o.showPlacement(w, v, status, f, problems)
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "placement.saved"})
	web.SeeOther(w, v.Request, "/search/placements")
	return nil
}

// at returns the products of a place, in their order.
func (f *placementForm) at(place string) []string {
	var ids []string
	for _, one := range f.products {
		if one.place == place {
			ids = append(ids, one.id)
		}
	}
	return ids
}

// addPlaced looks for what was typed and adds it to those that come first.
func (o *office) addPlaced(v visit, f *placementForm, asked bool) (ui.Problems, error) {
	if f.add == "" && asked {
		return ui.Problems{"find_related": "Write the SKU or a part of the name"}, nil
	}
	search := &productForm{findRelated: f.add}
	for _, one := range f.products {
		search.related = append(search.related, one.id)
	}
	before := len(search.related)
	problems, err := o.addRelated(v, search)
	for _, id := range search.related[before:] {
		last := len(f.products) - len(f.at(boosted)) - len(f.at(buried))
		f.products = slices.Insert(f.products, last, placedProduct{id, pinned})
	}
	f.add = search.findRelated
	return problems, err
}

func (o *office) showPlacement(w http.ResponseWriter, v visit, status int, f *placementForm, problems ui.Problems) error {
	names, err := o.categoryNames(v)
	if err != nil {
		return err
	}
	page := admin.PlacementPage{
		Heading: "Place products", Action: "/search/placements/new/contents", Problems: ui.Summary(problems, "query", "category", "find_related"),
		Add: ui.Field{Name: "find_related", Label: "Another product", Quiet: true, Hint: "Its SKU, or a part of its name."}.With(f.add, problems),
	}
	if f.id == "" {
		tree, err := o.categoryTree(v)
		if err != nil {
			return err
		}
		page.Where = []ui.Field{ui.Field{Name: "query", Label: "Search", Optional: true, MaxLength: 200, Hint: "What shoppers search for, in any form of its words."}.With(f.query, problems)}
		category := ui.Field{Name: "category", Label: "Or category", Optional: true, Options: []ui.Option{{Label: "None"}}}.With(f.category, problems)
		for _, line := range tree {
			category.Options = append(category.Options, ui.Option{Value: line.id, Label: line.label})
		}
		page.Where = append(page.Where, category)
	} else {
		here := "/search/placements/" + f.id
		page.Heading, page.Action = placeName(f.query, f.category, names), here+"/contents"
		page.Hidden = []ui.Hidden{{Name: "version", Value: version(f.version)}}
		page.Dangers = []admin.Action{{Label: "Let them go", URL: here + "/removal", Kind: ui.Danger, Confirm: "The products stand where they usually do again.", Button: "Let them go"}}
	}
	if err := o.placedRows(v, f, &page); err != nil {
		return err
	}
	page.Breadcrumb = []ui.Link{{Label: "Placed products", URL: "/search/placements"}, {Label: page.Heading, Current: true}}
	page.Shell = o.shell(w, v, page.Heading)
	return web.Render(w, v.Request, status, admin.Placement(page))
}

func (o *office) placedRows(v visit, f *placementForm, page *admin.PlacementPage) error {
	if len(f.products) == 0 {
		return nil
	}
	ids := make([]string, len(f.products))
	for i, one := range f.products {
		ids[i] = one.id
	}
	found, err := o.Products.BatchGetProducts(v.ctx, &productv1.BatchGetProductsRequest{Ids: ids})
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, p := range found.GetProducts() {
		names[p.GetId()] = p.GetName()
	}
	for i, one := range f.products {
		row := admin.PlacementRow{Name: names[one.id], URL: "/products/" + one.id, Hidden: []ui.Hidden{{Name: rowName("products", i, "id"), Value: one.id}}}
		if row.Name == "" {
			row.Name = "A product that is gone"
		}
		row.Place = admin.GridCell{Name: rowName("products", i, "place"), Label: "Place of " + row.Name}
		for _, place := range places {
			place.Selected = place.Value == one.place
			row.Place.Options = append(row.Place.Options, place)
		}
		if i > 0 && one.place == pinned && f.products[i-1].place == pinned {
			row.Up = "up " + strconv.Itoa(i)
		}
		if i+1 < len(f.products) && one.place == pinned && f.products[i+1].place == pinned {
			row.Down = "down " + strconv.Itoa(i)
		}
		page.Rows = append(page.Rows, row)
	}
	return nil
}

func (o *office) deletePlacement(w http.ResponseWriter, v visit) error {
	if _, err := o.Merchandising.DeletePlacement(v.ctx, &catalogv1.DeletePlacementRequest{Id: v.PathValue("id")}); err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "placement.gone"})
	web.SeeOther(w, v.Request, "/search/placements")
	return nil
}
