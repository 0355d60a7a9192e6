package main

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const (
	// bulkCalls are the calls, of 500 products each, that one press of a button makes; for more it is pressed again.
	bulkCalls    = 20
	bulkPatience = 10 * time.Minute
)

// bulkForm is a change of many products: those that are named, or all that a list finds.
type bulkForm struct {
	ids    []string
	filter string // the list's parameters
	all    bool   // the filter holds
	token  string // how far a change of all has come
	values url.Values
}

// bulkFields are what can be done to many, and the fields of its form in their order.
var bulkFields = []string{"state", "add_category", "remove_category", "add_tags", "remove_tags", "tax_class", "percent", "amount", "round_to", "less", "as_reduction"}

func readBulk(v visit) *bulkForm {
	f := &bulkForm{ids: v.Form["id"], filter: v.Form.Get("filter"), all: v.Form.Get("all") != "", token: v.Form.Get("token"), values: v.Form}
	slices.Sort(f.ids)
	f.ids = slices.Compact(f.ids)
	return f
}

// bulk asks what to do to the ticked products, or to all that a list finds.
func (o *office) bulk(w http.ResponseWriter, v visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	f := readBulk(v)
	if v.Method == http.MethodGet {
		f.all, f.ids, f.filter = true, nil, v.URL.RawQuery
		f.values = url.Values{}
	} else if len(f.ids) == 0 {
		o.cookies.SetFlash(w, web.Flash{Code: "products.none"})
		web.SeeOther(w, v.Request, "/products")
		return nil
	}
	return o.showBulk(w, v, http.StatusOK, f, nil, nil)
}

// bulkRequest is what the form asks of the service.
func (o *office) bulkRequest(v visit, f *bulkForm) (*productv1.BulkUpdateProductsRequest, ui.Problems, error) {
	req := &productv1.BulkUpdateProductsRequest{Ids: f.ids, PageToken: f.token}
	if f.all {
		filter, err := o.bulkFilter(v, f)
		if err != nil {
			return nil, nil, err
		}
		req.Filter = filter
	}
	get := func(name string) string { return strings.TrimSpace(f.values.Get(name)) }
	change := &productv1.BulkChange{State: stateOf(get("state")), AddTags: lines(f.values.Get("add_tags")), RemoveTags: lines(f.values.Get("remove_tags"))}
	if category := get("add_category"); category != "" {
		change.AddCategoryIds = []string{category}
	}
	if category := get("remove_category"); category != "" {
		change.RemoveCategoryIds = []string{category}
	}
	if class := get("tax_class"); class != "" {
		change.TaxClass = new(strings.TrimPrefix(class, standardClass))
	}
	problems := ui.Problems{}
	price, asked := &productv1.PriceChange{AsReduction: get("as_reduction") != ""}, false
	if text := get("percent"); text != "" {
		text, negative := unsigned(text)
		rate, err := money.ParseRate(text)
		if price.PercentHundredths = int32(rate / 100); err != nil || rate%100 != 0 {
			problems["percent"] = "Write a percentage such as -15 or 7.5"
		}
		if negative {
			price.PercentHundredths *= -1
		}
		asked = true
	}
	for name, into := range map[string]*int64{"amount": &price.AmountMinor, "round_to": &price.RoundToMinor, "less": &price.LessMinor} {
		text := get(name)
		if text == "" {
			continue
		}
		text, negative := unsigned(text)
		amount, err := money.ParseDecimal(text, o.cfg.Currency)
		if *into = amount.Minor; err != nil || negative && name != "amount" {
			problems[name] = notPrice(o.cfg.Currency)
		}
		if negative {
			*into *= -1
		}
		asked = true
	}
	if asked {
		change.Price = price
	}
	req.Change = change
	return req, problems, nil
}

func unsigned(text string) (rest string, negative bool) {
	for _, sign := range []string{"-", "−"} {
		if rest, negative = strings.CutPrefix(text, sign); negative {
			return rest, true
		}
	}
	return strings.TrimPrefix(text, "+"), false
}

func (o *office) bulkFilter(v visit, f *bulkForm) (*productv1.ListProductsRequest, error) {
	_, req, err := o.productList(v, &url.URL{Path: "/products", RawQuery: f.filter})
	if err != nil {
		return nil, err
	}
	req.PageSize, req.PageToken, req.Order = 0, "", productv1.ProductOrder_PRODUCT_ORDER_UNSPECIFIED
	return req, nil
}

// digest stands for what the form asks, so that nothing else is applied than what was looked at.
func (f *bulkForm) digest() string {
	asked := [][]string{f.ids, {f.filter}}
	for _, name := range bulkFields {
		asked = append(asked, f.values[name])
	}
	return digest(asked)
}

// changeProducts shows what a change would do, or does it once that was seen.
func (o *office) changeProducts(w http.ResponseWriter, v visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	f := readBulk(v)
	req, problems, err := o.bulkRequest(v, f)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return o.showBulk(w, v, http.StatusUnprocessableEntity, f, problems, nil)
	}
	if v.PostForm.Get("do") == "apply" && v.PostForm.Get("seen") == f.digest() {
		return o.applyBulk(w, v, f, req)
	}
	req.Preview = true
	answer, err := o.Products.BulkUpdateProducts(v.ctx, req)
	if code := connect.CodeOf(err); err != nil && (code == connect.CodeInvalidArgument || code == connect.CodeFailedPrecondition) {
		text := words(err)
		if proto.Equal(req.GetChange(), &productv1.BulkChange{}) {
			text = "Say what to change."
		}
		return o.showBulk(w, v, http.StatusUnprocessableEntity, f, ui.Problems{"": text}, nil)
	}
	if err != nil {
		return err
	}
	return o.showBulk(w, v, http.StatusOK, f, nil, bulkOutcome(answer, true))
}

// applyBulk does it, batch by batch. The form's key makes a repeat of the same press, and a second one meanwhile, no second change.
func (o *office) applyBulk(w http.ResponseWriter, v visit, f *bulkForm, req *productv1.BulkUpdateProductsRequest) error {
	sum := &productv1.BulkUpdateProductsResponse{}
	for call := range bulkCalls {
		var err error
		if v, err = o.renewed(v); err != nil {
			return err
		}
		req.IdempotencyKey = fmt.Sprintf("%s %d", v.PostForm.Get("key"), call)
		answer, err := o.Products.BulkUpdateProducts(v.ctx, req)
		if err != nil && call == 0 {
			return err
		}
		if err != nil { // the batches before it are done; their number must not be lost
			f.token = req.GetPageToken()
			outcome := bulkOutcome(sum, false)
			outcome.Failed, outcome.More = words(err), true
			return o.showBulk(w, v, http.StatusConflict, f, nil, outcome)
		}
		sum.Changed, sum.Unchanged = sum.GetChanged()+answer.GetChanged(), sum.GetUnchanged()+answer.GetUnchanged()
		sum.Problems = append(sum.Problems, answer.GetProblems()...)
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	sum.NextPageToken = req.GetPageToken()
	if len(sum.GetProblems()) == 0 && sum.GetNextPageToken() == "" {
		o.cookies.SetFlash(w, web.Flash{Code: "products.changed", Subject: count(int64(sum.GetChanged()))})
		web.SeeOther(w, v.Request, "/products")
		return nil
	}
	f.token = sum.GetNextPageToken()
	return o.showBulk(w, v, http.StatusOK, f, nil, bulkOutcome(sum, false))
}

// bulkOutcome says what would become of products, or what became of them.
func bulkOutcome(answer *productv1.BulkUpdateProductsResponse, preview bool) *admin.BulkOutcome {
	const most = 100
	outcome := &admin.BulkOutcome{Preview: preview, More: answer.GetNextPageToken() != ""}
	done := plural(int64(answer.GetChanged()), "product changes", "products change")
	if !preview {
		done = plural(int64(answer.GetChanged()), "product is changed", "products are changed")
	}
	outcome.Text = done + ", " + count(int64(answer.GetUnchanged())) + " stay as they are, " + count(int64(len(answer.GetProblems()))) + " cannot be changed."
	if preview && outcome.More {
		outcome.Text += " That is so for the first 500; the others follow when you apply it."
	}
	for _, one := range answer.GetExamples() {
		example := admin.BulkExample{Name: one.GetName(), URL: "/products/" + one.GetProductId()}
		for _, field := range one.GetFields() {
			example.Fields = append(example.Fields, admin.FieldChange{Label: historyLabel(field.GetField()), Before: field.GetBefore(), After: field.GetAfter()})
		}
		outcome.Examples = append(outcome.Examples, example)
	}
	for _, one := range answer.GetProblems()[:min(most, len(answer.GetProblems()))] {
		var texts []string
		for _, problem := range one.GetProblems() {
			texts = append(texts, historyLabel(problem.GetField())+" "+problem.GetText())
		}
		outcome.Problems = append(outcome.Problems, admin.BulkProblem{Name: one.GetName(), URL: "/products/" + one.GetProductId(), Text: strings.Join(texts, "; ")})
	}
	return outcome
}

func (o *office) showBulk(w http.ResponseWriter, v visit, status int, f *bulkForm, problems ui.Problems, outcome *admin.BulkOutcome) error {
	n, more := int32(len(f.ids)), false
	if f.all {
		filter, err := o.bulkFilter(v, f)
		if err != nil {
			return err
		}
		filter.PageSize, filter.Count = 1, true
		found, err := o.Products.ListProducts(v.ctx, filter)
		if err != nil {
			return err
		}
		n, more = found.GetTotal(), found.GetTotalIsBound()
	}
	tree, err := o.categoryTree(v)
	if err != nil {
		return err
	}
	heading := "Change " + totalOf(n, more, "product", "products")
	page := admin.BulkPage{
		Shell: o.shell(w, v, heading), Heading: heading, Action: "/products/bulk/changes", Outcome: outcome, Problems: ui.Summary(problems, bulkFields...),
		Breadcrumb: []ui.Link{{Label: "Products", URL: strings.TrimSuffix("/products?"+f.filter, "?")}, {Label: heading, Current: true}},
		Hidden:     []ui.Hidden{{Name: "key", Value: id.New()}, {Name: "filter", Value: f.filter}, {Name: "token", Value: f.token}, {Name: "seen", Value: f.digest()}},
	}
	if f.all {
		page.Hidden = append(page.Hidden, ui.Hidden{Name: "all", Value: strconv.Itoa(int(n))})
	}
	for _, one := range f.ids {
		page.Hidden = append(page.Hidden, ui.Hidden{Name: "id", Value: one})
	}
	field := func(field ui.Field) ui.Field {
		field.Quiet = true
		return field.With(f.values.Get(field.Name), problems)
	}
	states := []ui.Option{{Label: "Leave as it is"}}
	for _, known := range productStates {
		states = append(states, ui.Option{Value: known.value, Label: known.label})
	}
	categories := []ui.Option{{Label: "None"}}
	for _, line := range tree {
		categories = append(categories, ui.Option{Value: line.id, Label: line.label})
	}
	classes, err := o.classesOfTax(v)
	if err != nil {
		return err
	}
	taxed := []ui.Option{{Label: "Leave it as it is"}}
	for _, class := range classes {
		taxed = append(taxed, ui.Option{Value: cmp.Or(class.GetCode(), standardClass), Label: class.GetName()})
	}
	page.Sections = []admin.FormSection{
		{Title: "State and place", Fields: []ui.Field{
			field(ui.Field{Name: "state", Label: "State", Options: states, Width: ui.Medium}),
			field(ui.Field{Name: "add_category", Label: "Put them in the category", Options: categories, Width: ui.Medium}),
			field(ui.Field{Name: "remove_category", Label: "Take them out of the category", Options: categories, Width: ui.Medium}),
			field(ui.Field{Name: "add_tags", Label: "Add tags", Hint: "One a line.", Rows: 2}), field(ui.Field{Name: "remove_tags", Label: "Remove tags", Hint: "One a line.", Rows: 2}),
		}},
		{Title: "Tax", Fields: []ui.Field{field(ui.Field{Name: "tax_class", Label: "Tax class", Options: taxed, Width: ui.Medium})}},
		{Title: "Prices of all variants", Fields: []ui.Field{
			field(ui.Field{Name: "percent", Label: "Percent", Hint: "Such as -15 to lower them, or 5 to raise them.", InputMode: "text", Width: ui.Short}),
			field(ui.Field{Name: "amount", Label: "Amount", Hint: "In " + o.cfg.Currency + ", after the percentage: such as -2 or 0.50.", InputMode: "text", Width: ui.Short}),
			field(ui.Field{Name: "round_to", Label: "Round to", Hint: "Such as 1 for whole amounts.", InputMode: "decimal", Width: ui.Short}),
			field(ui.Field{Name: "less", Label: "Then take off", Hint: "Such as 0.01, so that prices end in .99.", InputMode: "decimal", Width: ui.Short}),
		}, Checks: []admin.Check{{Name: "as_reduction", Value: "1", Label: "Show the price of now as the price before", Checked: f.values.Get("as_reduction") != ""}}},
	}
	return web.Render(w, v.Request, status, admin.Bulk(page))
}
