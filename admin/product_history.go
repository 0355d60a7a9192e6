package main

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// productHistory shows who changed what of a product, newest first, with the way back to what it was.
func (o *office) productHistory(w http.ResponseWriter, v visit) error {
	return o.showHistory(w, v, http.StatusOK, nil)
}

func (o *office) showHistory(w http.ResponseWriter, v visit, status int, problems []ui.FieldProblem) error {
	current, err := o.getProduct(v)
	if err != nil {
		return err
	}
	history, err := o.Products.ListProductHistory(v.ctx, &productv1.ListProductHistoryRequest{Id: current.GetId(), PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	here := "/products/" + current.GetId() + "/history"
	page := admin.HistoryPage{
		Shell: o.shell(w, v, "History of "+current.GetName()), Heading: current.GetName(), Problems: problems, Views: productViews(current.GetId(), here),
		Breadcrumb: []ui.Link{{Label: "Products", URL: "/products"}, {Label: current.GetName(), URL: "/products/" + current.GetId()}, {Label: "History", URL: here, Current: true}},
		Made:       when(current.GetCreateTime()), MadeISO: whenISO(current.GetCreateTime()),
	}
	for _, change := range history.GetChanges() {
		shown := admin.HistoryEntry{Who: change.GetChangedBy(), When: when(change.GetChangeTime()), WhenISO: whenISO(change.GetChangeTime())}
		if shown.Who == "" {
			shown.Who = "The shop"
		}
		if change.GetRunId() != "" {
			shown.Import = &ui.Link{Label: "By an import", URL: "/sync/" + change.GetRunId()}
		}
		for _, field := range change.GetFields() {
			shown.Fields = append(shown.Fields, admin.FieldChange{Label: historyLabel(field.GetField()), Before: field.GetBefore(), After: field.GetAfter()})
		}
		if v.may("products.write") {
			shown.Restore = &admin.Action{
				Label: "Undo from here", URL: here + "/restorations", Button: "Make it what it was",
				Hidden:  []ui.Hidden{{Name: "version", Value: version(change.GetVersion())}, {Name: "expected", Value: version(current.GetVersion())}},
				Confirm: "The product becomes what it was before this change, so what was changed after it is undone too. That is one more change, which can be undone as well.",
			}
		}
		page.Entries = append(page.Entries, shown)
	}
	if next := history.GetNextPageToken(); next != "" {
		page.OlderURL = address(here, map[string][]string{"page": {next}})
	}
	if v.URL.Query().Get("page") != "" {
		page.NewerURL = here
	}
	return web.Render(w, v.Request, status, admin.History(page))
}

func version(n int64) string { return strconv.FormatInt(n, 10) }

var historyPlace = regexp.MustCompile(`^(\w+)(?:\[(.*)\])?(?:\.(\w+))?$`)

// historyLabel is a field of a change for people to read: "Price of T-S".
func historyLabel(field string) string {
	parts := historyPlace.FindStringSubmatch(field)
	switch {
	case parts == nil:
		return field
	case parts[2] == "":
		return fieldLabel(parts[1])
	case parts[3] == "":
		return "Variant " + parts[2]
	case parts[1] == "variants":
		return strings.TrimSpace(upperFirst(wordsOf(parts[3]))) + " of " + parts[2]
	default:
		return fieldLabel(parts[3]) + " in " + languageName(parts[2])
	}
}

// restoreProduct makes a product what it was.
func (o *office) restoreProduct(w http.ResponseWriter, v visit) error {
	to, _ := strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	expected, _ := strconv.ParseInt(v.PostFormValue("expected"), 10, 64)
	_, err := o.Products.RestoreProduct(v.ctx, &productv1.RestoreProductRequest{Id: v.PathValue("id"), Version: to, ExpectedVersion: expected})
	if wrong, found := rpc.Detail[*productv1.ProductProblems](err); found {
		var problems []ui.FieldProblem
		for _, one := range wrong.GetProblems() {
			problems = append(problems, ui.FieldProblem{Text: historyLabel(one.GetField()) + " " + one.GetText()})
		}
		return o.showHistory(w, v, http.StatusUnprocessableEntity, problems)
	}
	if code := connect.CodeOf(err); err != nil && (code == connect.CodeAborted || code == connect.CodeInvalidArgument) {
		return o.showHistory(w, v, http.StatusConflict, []ui.FieldProblem{{Text: words(err)}})
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "product.restored"})
	web.SeeOther(w, v.Request, "/products/"+v.PathValue("id"))
	return nil
}
