package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"
	"golang.org/x/sync/errgroup"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// listedRow is a price of a variant in a price list, as it is typed.
type listedRow struct {
	list, variant, quantity, price, compareAt string
	was                                       string // its key when the page was opened; empty for a new one
	removed                                   bool
}

// productPrices shows what the variants of a product cost in the price lists.
func (o *office) productPrices(w http.ResponseWriter, v visit) error {
	current, err := o.getProduct(v)
	if err != nil {
		return err
	}
	rows, err := o.listedRows(v, current)
	if err != nil {
		return err
	}
	return o.showPrices(w, v, http.StatusOK, current, rows, nil)
}

func (o *office) listedRows(v visit, p *productv1.Product) ([]listedRow, error) {
	answer, err := o.Prices.ListProductPrices(v.ctx, &productv1.ListProductPricesRequest{ProductId: p.GetId()})
	var rows []listedRow
	for _, one := range answer.GetPrices() {
		row := listedRow{list: one.GetListId(), variant: one.GetVariantId(), quantity: strconv.Itoa(int(one.GetMinQuantity())), price: decimal(one.GetPrice()), compareAt: decimal(one.GetCompareAtPrice())}
		row.was = row.key()
		rows = append(rows, row)
	}
	return rows, err
}

// key is what names a price: a list, a variant and a quantity have one.
func (r listedRow) key() string { return r.list + " " + r.variant + " " + r.quantity }

// savePrices sets the prices of a product in each list that is changed, all of a list or none.
func (o *office) savePrices(w http.ResponseWriter, v visit) error {
	current, err := o.getProduct(v)
	if err != nil {
		return err
	}
	if err := v.ParseForm(); err != nil {
		return err
	}
	rows := readListedRows(v.PostForm)
	switch v.PostForm.Get("do") {
	case "save":
	case "add-price":
		rows = append(rows, listedRow{quantity: "1"})
		return o.showPrices(w, v, http.StatusOK, current, rows, nil)
	default:
		return o.showPrices(w, v, http.StatusOK, current, rows, nil)
	}
	asked, problems, err := o.askedPrices(v, current, rows)
	if err != nil {
		return err
	}
	if len(problems) == 0 {
		problems, err = o.setPrices(v, asked)
	}
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return o.showPrices(w, v, http.StatusUnprocessableEntity, current, rows, problems)
	}
	o.cookies.SetFlash(w, web.Flash{Code: "prices.saved"})
	web.SeeOther(w, v.Request, "/products/"+current.GetId()+"/prices")
	return nil
}

func readListedRows(form url.Values) []listedRow {
	var rows []listedRow
	for i := 0; form.Has(rowName("prices", i, "list")); i++ {
		get := func(of string) string { return strings.TrimSpace(form.Get(rowName("prices", i, of))) }
		rows = append(rows, listedRow{get("list"), get("variant"), get("quantity"), get("price"), get("compare"), get("was"), form.Has(rowName("prices", i, "removed"))})
	}
	return rows
}

// askedPrices says by list what the rows change of what is there: prices that are new or other, and those to be removed. What others have added since the page
// was opened stays.
func (o *office) askedPrices(v visit, current *productv1.Product, rows []listedRow) (map[string]*productv1.SetListedPricesRequest, ui.Problems, error) {
	before, err := o.listedRows(v, current)
	if err != nil {
		return nil, nil, err
	}
	lists, err := o.Prices.ListPriceLists(v.ctx, &productv1.ListPriceListsRequest{PageSize: 100})
	if err != nil {
		return nil, nil, err
	}
	problems := ui.Problems{}
	asked := map[string]*productv1.SetListedPricesRequest{}
	for _, list := range lists.GetLists() {
		asked[list.GetId()] = &productv1.SetListedPricesRequest{ListId: list.GetId()}
	}
	kept := map[string]bool{}
	for i, row := range rows {
		if row.removed || row.price == "" {
			continue
		}
		one, set := o.listedPrice(row, i, lists.GetLists(), problems), asked[row.list]
		if kept[row.key()] {
			problems[rowName("prices", i, "quantity")] = "This variant has a price from this quantity on already"
		}
		kept[row.key()] = true
		if set != nil && !slices.Contains(before, row) {
			set.Prices = append(set.Prices, one)
		}
	}
	for _, row := range rows {
		was := strings.Fields(row.was)
		if row.was == "" || kept[row.was] || len(was) != 3 || asked[was[0]] == nil {
			continue
		}
		quantity, _ := strconv.ParseInt(was[2], 10, 32)
		asked[was[0]].Removed = append(asked[was[0]].Removed, &productv1.ListedPrice{VariantId: was[1], MinQuantity: int32(quantity)})
	}
	return asked, problems, nil
}

// setPrices sets the prices of all lists at once, and returns what the service says is wrong with them.
func (o *office) setPrices(v visit, asked map[string]*productv1.SetListedPricesRequest) (ui.Problems, error) {
	group, ctx := errgroup.WithContext(v.ctx)
	group.SetLimit(tableCalls)
	for _, set := range asked {
		if len(set.GetPrices())+len(set.GetRemoved()) > 0 {
			group.Go(func() error {
				_, err := o.Prices.SetListedPrices(ctx, set)
				return err
			})
		}
	}
	err := group.Wait()
	if wrong, found := rpc.Detail[*productv1.ProductProblems](err); found {
		var told []string
		for _, one := range wrong.GetProblems() {
			told = append(told, upperFirst(one.GetField()+" "+one.GetText())+".")
		}
		return ui.Problems{"": strings.Join(told, " ")}, nil
	}
	if err != nil && connect.CodeOf(err) == connect.CodeInvalidArgument {
		return ui.Problems{"": words(err)}, nil
	}
	return nil, err
}

// listedPrice is what a row asks for. What cannot be read is a problem.
func (o *office) listedPrice(row listedRow, at int, lists []*productv1.PriceList, problems ui.Problems) *productv1.ListedPrice {
	one := &productv1.ListedPrice{ListId: row.list, VariantId: row.variant}
	of := slices.IndexFunc(lists, func(list *productv1.PriceList) bool { return list.GetId() == row.list })
	if of < 0 {
		problems[rowName("prices", at, "list")] = "Choose a price list"
		return one
	}
	currency := lists[of].GetCurrencyCode()
	quantity, err := strconv.ParseInt(row.quantity, 10, 32)
	if one.MinQuantity = int32(quantity); err != nil || quantity < 1 {
		problems[rowName("prices", at, "quantity")] = "Write 1 or more"
	}
	var fine bool
	if one.Price, fine = price(row.price, currency); !fine {
		problems[rowName("prices", at, "price")] = notPrice(currency)
	}
	if row.compareAt != "" {
		if one.CompareAtPrice, fine = price(row.compareAt, currency); !fine {
			problems[rowName("prices", at, "compare")] = notPrice(currency)
		}
	}
	return one
}

func (o *office) showPrices(w http.ResponseWriter, v visit, status int, p *productv1.Product, rows []listedRow, problems ui.Problems) error {
	lists, err := o.Prices.ListPriceLists(v.ctx, &productv1.ListPriceListsRequest{PageSize: 100})
	if err != nil {
		return err
	}
	here := "/products/" + p.GetId() + "/prices"
	page := admin.PricesPage{
		Shell: o.shell(w, v, "Prices of "+p.GetName()), Heading: p.GetName(), Views: productViews(p.GetId(), here), Problems: ui.Summary(problems), NoLists: len(lists.GetLists()) == 0,
		Breadcrumb: []ui.Link{{Label: "Products", URL: "/products"}, {Label: p.GetName(), URL: "/products/" + p.GetId()}, {Label: "Prices", URL: here, Current: true}},
		Grid:       admin.Grid{Name: "Prices in price lists", Remove: "Remove", Columns: []admin.Column{{Label: "Price"}, {Label: "List"}, {Label: "Variant"}, {Label: "From units"}, {Label: "Price"}, {Label: "Price before"}}},
	}
	if v.may("products.write") {
		page.Action = here + "/contents"
	}
	for i, row := range rows {
		number := strconv.Itoa(i + 1)
		shown := admin.GridRow{Label: number, Hidden: []ui.Hidden{{Name: rowName("prices", i, "was"), Value: row.was}}, Remove: rowName("prices", i, "removed"), Removed: row.removed}
		cell := func(of, label, value string, decimal bool, options []ui.Option) {
			one := admin.GridCell{Name: rowName("prices", i, of), Label: label + " of price " + number, Value: value, Number: decimal, Options: options, Error: problems[rowName("prices", i, of)]}
			if one.Error != "" {
				page.Problems = append(page.Problems, ui.FieldProblem{Text: "Price " + number + ": " + one.Error, URL: "#field-" + one.Name})
			}
			if page.Action == "" { // as text
				for _, option := range options {
					if option.Selected {
						one.Value = option.Label
					}
				}
			}
			shown.Cells = append(shown.Cells, one)
		}
		var ofLists, ofVariants []ui.Option
		for _, list := range lists.GetLists() {
			ofLists = append(ofLists, ui.Option{Value: list.GetId(), Label: fmt.Sprintf("%s, %s", list.GetName(), list.GetCurrencyCode()), Selected: list.GetId() == row.list})
		}
		for _, variant := range formOf(p).variants {
			ofVariants = append(ofVariants, ui.Option{Value: variant.ID, Label: variant.label(), Selected: variant.ID == row.variant})
		}
		cell("list", "List", row.list, false, ofLists)
		cell("variant", "Variant", row.variant, false, ofVariants)
		cell("quantity", "From units", row.quantity, true, nil)
		cell("price", "Price", row.price, true, nil)
		cell("compare", "Price before", row.compareAt, true, nil)
		page.Grid.Rows = append(page.Grid.Rows, shown)
	}
	return web.Render(w, v.Request, status, admin.Prices(page))
}
