package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const (
	// mostTableRows bounds a table of products to what a browser shows at once.
	mostTableRows = 120
	// tableCalls are the products of a table that are stored at the same time.
	tableCalls = 4
)

// tableRow is a variant in the table of several products; the first of a product carries what is the product's.
type tableRow struct {
	Product string `json:"product"`
	Version int64  `json:"version"` // that the row was opened with
	Variant string `json:"variant"`
	First   bool   `json:"first,omitempty"`
	Label   string `json:"label"`
	Was     string `json:"was"` // digest of the cells as the row was opened

	Name, State, SKU, Price, CompareAt string `json:"-"`

	note   string
	errors map[string]string // by cell
}

// tableCell is something that is typed in a row; first is only in the first of a product.
type tableCell struct {
	name, label    string
	first, decimal bool
	of             func(*tableRow) *string
}

// tableCells are by the names of the fields in the service.
var tableCells = []tableCell{
	{"name", "Name", true, false, func(r *tableRow) *string { return &r.Name }},
	{"state", "State", true, false, func(r *tableRow) *string { return &r.State }},
	{"sku", "SKU", false, false, func(r *tableRow) *string { return &r.SKU }},
	{"price", "Price", false, true, func(r *tableRow) *string { return &r.Price }},
	{"compare_at_price", "Price before", false, true, func(r *tableRow) *string { return &r.CompareAt }},
}

func (r tableRow) digest() string {
	return digest([]string{r.Name, r.State, r.SKU, r.Price, r.CompareAt})
}

// tableRows are the rows of a product.
func tableRows(p *productv1.Product) []tableRow {
	rows := make([]tableRow, len(p.GetVariants()))
	for i, v := range p.GetVariants() {
		row := tableRow{Product: p.GetId(), Version: p.GetVersion(), Variant: v.GetId(), First: i == 0, Label: p.GetName(), SKU: v.GetSku(), Price: decimal(v.GetPrice()), CompareAt: decimal(v.GetCompareAtPrice())}
		if len(v.GetOptionValues()) > 0 {
			row.Label += ", " + strings.Join(v.GetOptionValues(), " / ")
		}
		if row.First {
			row.Name, row.State = p.GetName(), productState(p.GetState()).value
		}
		row.Was = row.digest()
		rows[i] = row
	}
	return rows
}

// table shows the ticked products as a table of fields.
func (o *office) table(w http.ResponseWriter, v visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	ids := v.PostForm["id"]
	if len(ids) == 0 {
		o.cookies.SetFlash(w, web.Flash{Code: "products.none"})
		web.SeeOther(w, v.Request, "/products")
		return nil
	}
	products, err := o.tableProducts(v, ids)
	if err != nil {
		return err
	}
	var rows []tableRow
	var left []string
	for _, p := range products {
		if more := tableRows(p); len(rows)+len(more) <= mostTableRows {
			rows = append(rows, more...)
		} else {
			left = append(left, p.GetName())
		}
	}
	notice := ""
	if len(left) > 0 {
		notice = "There is no room for " + strings.Join(left, ", ") + ": open them alone, or tick fewer."
	}
	return o.showTable(w, v, http.StatusOK, rows, notice)
}

// tableProducts are products in the order in which they were ticked.
func (o *office) tableProducts(v visit, ids []string) ([]*productv1.Product, error) {
	answer, err := o.Products.BatchGetProducts(v.ctx, &productv1.BatchGetProductsRequest{Ids: ids})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(answer.GetProducts(), func(a, b *productv1.Product) int { return slices.Index(ids, a.GetId()) - slices.Index(ids, b.GetId()) })
	return answer.GetProducts(), nil
}

// readTable reads the rows that a page sent.
func readTable(v visit) []tableRow {
	var rows []tableRow
	for i := 0; i < mostTableRows && v.PostForm.Has(rowName("rows", i, "key")); i++ {
		row := tableRow{errors: map[string]string{}}
		if json.Unmarshal([]byte(v.PostForm.Get(rowName("rows", i, "key"))), &row) != nil {
			continue // not one of ours
		}
		for _, cell := range tableCells {
			*cell.of(&row) = strings.TrimSpace(v.PostForm.Get(rowName("rows", i, cell.name)))
		}
		rows = append(rows, row)
	}
	return rows
}

// saveTable stores the products whose rows were changed. What is wrong with one does not stop the others: it stays, with the reasons in its cells.
func (o *office) saveTable(w http.ResponseWriter, v visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	rows := readTable(v)
	if v.PostForm.Get("do") == "look" || len(rows) == 0 {
		return o.showTable(w, v, http.StatusOK, rows, "")
	}
	changed := map[string][]*tableRow{}
	var ids []string
	for i := range rows {
		if rows[i].digest() != rows[i].Was {
			if changed[rows[i].Product] == nil {
				ids = append(ids, rows[i].Product)
			}
			changed[rows[i].Product] = append(changed[rows[i].Product], &rows[i])
		}
	}
	if len(ids) > 0 {
		products, err := o.tableProducts(v, ids)
		if err != nil {
			return err
		}
		group, ctx := errgroup.WithContext(v.ctx)
		group.SetLimit(tableCalls)
		for _, p := range products {
			group.Go(func() error {
				v := v
				v.ctx = ctx
				return o.saveTableRows(v, p, changed[p.GetId()])
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	failed := slices.ContainsFunc(rows, func(row tableRow) bool { return len(row.errors) > 0 || row.note != "" })
	if !failed {
		o.cookies.SetFlash(w, web.Flash{Code: "products.changed", Subject: count(int64(len(ids)))})
		web.SeeOther(w, v.Request, "/products")
		return nil
	}
	rows = slices.DeleteFunc(rows, func(row tableRow) bool {
		of := changed[row.Product]
		return !slices.ContainsFunc(of, func(r *tableRow) bool { return len(r.errors) > 0 || r.note != "" })
	})
	return o.showTable(w, v, http.StatusUnprocessableEntity, rows, "All other products are saved.")
}

// saveTableRows stores the changed rows of one product.
func (o *office) saveTableRows(v visit, p *productv1.Product, rows []*tableRow) error {
	change, currency := proto.CloneOf(p), o.currency(p)
	var mask []string
	refused := false
	for _, row := range rows {
		if row.First && row.Name != p.GetName() {
			change.Name, mask = row.Name, append(mask, "name")
		}
		if row.First && stateOf(row.State) != p.GetState() {
			change.State, mask = stateOf(row.State), append(mask, "state")
		}
		at := slices.IndexFunc(change.GetVariants(), func(v *productv1.Variant) bool { return v.GetId() == row.Variant })
		if at < 0 {
			row.note, refused = "This variant is not there any more.", true
			continue
		}
		variant := change.GetVariants()[at]
		var fine bool
		variant.Sku, variant.CompareAtPrice = row.SKU, nil
		if variant.Price, fine = price(row.Price, currency); !fine {
			row.errors["price"], refused = notPrice(currency), true
		}
		if row.CompareAt != "" {
			if variant.CompareAtPrice, fine = price(row.CompareAt, currency); !fine {
				row.errors["compare_at_price"], refused = notPrice(currency), true
			}
		}
		if !proto.Equal(variant, p.GetVariants()[at]) && !slices.Contains(mask, "variants") {
			mask = append(mask, "variants")
		}
	}
	if refused || len(mask) == 0 {
		return nil
	}
	_, err := o.Products.UpdateProduct(v.ctx, &productv1.UpdateProductRequest{Product: change, UpdateMask: &fieldmaskpb.FieldMask{Paths: mask}, ExpectedVersion: rows[0].Version})
	if theirs, found := rpc.Detail[*productv1.ProductConflict](err); found {
		for _, row := range rows {
			row.note = "Somebody changed this product meanwhile: it is now " + inShort(theirs.GetProduct(), row.Variant) + ". Save again to have it your way."
			row.Version = theirs.GetProduct().GetVersion()
		}
		return nil
	}
	if wrong, found := rpc.Detail[*productv1.ProductProblems](err); found {
		tellRows(rows, change, wrong)
		return nil
	}
	if code := connect.CodeOf(err); err != nil && (code == connect.CodeInvalidArgument || code == connect.CodeAborted || code == connect.CodeNotFound) {
		rows[0].note = words(err)
		return nil
	}
	return err
}

// inShort is what a table would show of a variant.
func inShort(p *productv1.Product, variant string) string {
	for _, row := range tableRows(p) {
		if row.Variant == variant {
			return strings.Join(slices.DeleteFunc([]string{p.GetName(), productState(p.GetState()).label, row.SKU, row.Price}, func(text string) bool { return text == "" }), ", ")
		}
	}
	return p.GetName() + ", without this variant"
}

// tellRows puts what is wrong into the cells.
func tellRows(rows []*tableRow, sent *productv1.Product, wrong *productv1.ProductProblems) {
	for _, one := range wrong.GetProblems() {
		parts := problemPlace.FindStringSubmatch(one.GetField())
		row, cell := rows[0], ""
		if parts != nil {
			cell = parts[1]
			if n, err := strconv.Atoi(parts[2]); err == nil && parts[1] == "variants" && n < len(sent.GetVariants()) {
				cell = parts[3]
				if at := slices.IndexFunc(rows, func(r *tableRow) bool { return r.Variant == sent.GetVariants()[n].GetId() }); at >= 0 {
					row = rows[at]
				}
			}
		}
		if slices.ContainsFunc(tableCells, func(c tableCell) bool { return c.name == cell && (!c.first || row.First) }) {
			row.errors[cell] = upperFirst(wordsOf(cell) + one.GetText())
		} else {
			row.note = fieldLabel(cell) + " " + one.GetText()
		}
	}
}

func (o *office) showTable(w http.ResponseWriter, v visit, status int, rows []tableRow, notice string) error {
	page := admin.TableEditPage{
		Shell: o.shell(w, v, "Edit products"), Heading: "Edit products", Action: "/products/table/contents", Notice: notice,
		Breadcrumb: []ui.Link{{Label: "Products", URL: "/products"}, {Label: "Edit products", Current: true}},
		Grid:       admin.Grid{Name: "Products", Columns: []admin.Column{{Label: "Product"}}},
	}
	for _, cell := range tableCells {
		page.Grid.Columns = append(page.Grid.Columns, admin.Column{Label: cell.label})
	}
	for i, row := range rows {
		key, _ := json.Marshal(row)
		shown := admin.GridRow{Label: row.Label, URL: "/products/" + row.Product, Note: row.note, Hidden: []ui.Hidden{{Name: rowName("rows", i, "key"), Value: string(key)}}}
		if row.note != "" {
			page.Problems = append(page.Problems, ui.FieldProblem{Text: row.Label + ": " + row.note})
		}
		for _, cell := range tableCells {
			one := admin.GridCell{Name: rowName("rows", i, cell.name), Label: cell.label + " of " + row.Label, Value: *cell.of(&row), Error: row.errors[cell.name], Number: cell.decimal}
			if cell.first && !row.First {
				one.Name = "" // it is the product's, in the row above
			}
			if cell.name == "state" {
				for _, known := range productStates {
					one.Options = append(one.Options, ui.Option{Value: known.value, Label: known.label, Selected: known.value == row.State})
				}
			}
			if one.Error != "" {
				page.Problems = append(page.Problems, ui.FieldProblem{Text: row.Label + ": " + one.Error, URL: "#field-" + one.Name})
			}
			shown.Cells = append(shown.Cells, one)
		}
		page.Grid.Rows = append(page.Grid.Rows, shown)
	}
	return web.Render(w, v.Request, status, admin.TableEdit(page))
}
