package main

import (
	"net/http"
	"net/url"
	"strings"

	"connectrpc.com/connect/v2"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// addViews offers the views that everybody has and those that the visitor saved, and to save what the list shows or to change the view that it is.
func (o *office) addViews(v visit, list *list, typed, refused string) error {
	answer, err := o.SavedViews.ListSavedViews(v.ctx, &authv1.ListSavedViewsRequest{})
	if err != nil {
		return err
	}
	here := list.copy("page", "size").Encode()
	var open *authv1.SavedView
	for _, view := range answer.GetViews() {
		if view.GetQuery() == here {
			open = view
		}
	}
	sorted := list.copy("page", "size", "sort").Encode()
	for _, view := range usualViews {
		list.Views = append(list.Views, ui.Link{Label: view.label, URL: viewURL(view.query), Current: open == nil && sorted == view.query})
	}
	for _, view := range answer.GetViews() {
		list.Views = append(list.Views, ui.Link{Label: view.GetName(), URL: viewURL(view.GetQuery()), Current: view == open})
	}
	name := ui.Field{Name: "name", Label: "Name", Value: typed, Error: refused, MaxLength: 50, AutoComplete: "off"}
	query := []ui.Hidden{{Name: "query", Value: here}}
	switch {
	case open != nil:
		if refused == "" {
			name.Value = open.GetName()
		}
		at := "/products/views/" + open.GetId()
		list.ViewActions = []admin.Action{
			{Label: "Rename this view", URL: at + "/name", Confirm: "Only you see it.", Fields: []ui.Field{name}, Hidden: query, Button: "Rename", Kind: ui.Quiet},
			{Label: "Delete this view", URL: at + "/removal", Confirm: "Its products stay as they are.", Button: "Delete", Kind: ui.Danger},
		}
	case here != "":
		list.ViewActions = []admin.Action{{
			Label: "Save this view", URL: "/products/views", Hidden: query, Fields: []ui.Field{name}, Button: "Save", Kind: ui.Quiet,
			Confirm: "Search, filters and sorting come back under this name, for you alone. A view of yours that has it already is replaced.",
		}}
	}
	return nil
}

func viewURL(query string) string { return strings.TrimSuffix("/products?"+query, "?") }

// viewQuery is what a form says that the list shows, as addresses of the list say it.
func (o *office) viewQuery(v visit) (at *url.URL, query string, err error) {
	at = &url.URL{Path: "/products", RawQuery: v.PostFormValue("query")}
	list, _, err := o.productList(v, at)
	if err != nil {
		return nil, "", err
	}
	query = list.copy("page", "size").Encode()
	at.RawQuery = query
	return at, query, nil
}

// saveView keeps what the list shows under a name, and shows it.
func (o *office) saveView(w http.ResponseWriter, v visit) error {
	at, query, err := o.viewQuery(v)
	if err != nil {
		return err
	}
	name := viewName(v)
	switch {
	case name == "":
		return o.showProducts(w, v, at, http.StatusUnprocessableEntity, "", "Give the view a name")
	case query == "":
		web.SeeOther(w, v.Request, "/products") // all products are a view already
		return nil
	}
	_, err = o.SavedViews.SaveView(v.ctx, &authv1.SaveViewRequest{Name: name, Query: query})
	return o.viewChanged(w, v, at, name, "view.saved", err)
}

func (o *office) renameView(w http.ResponseWriter, v visit) error {
	at, _, err := o.viewQuery(v)
	if err != nil {
		return err
	}
	name := viewName(v)
	if name == "" {
		return o.showProducts(w, v, at, http.StatusUnprocessableEntity, "", "Give the view a name")
	}
	_, err = o.SavedViews.RenameView(v.ctx, &authv1.RenameViewRequest{Id: v.PathValue("id"), Name: name})
	return o.viewChanged(w, v, at, name, "view.renamed", err)
}

// viewName is a name as it was typed, in one line.
func viewName(v visit) string { return strings.Join(strings.Fields(v.PostFormValue("name")), " ") }

// viewChanged shows the view, or its name again with why it was refused.
func (o *office) viewChanged(w http.ResponseWriter, v visit, at *url.URL, name, flash string, err error) error {
	switch connect.CodeOf(err) {
	case connect.CodeFailedPrecondition, connect.CodeAlreadyExists:
		return o.showProducts(w, v, at, http.StatusConflict, name, words(err))
	case connect.CodeInvalidArgument:
		return o.showProducts(w, v, at, http.StatusUnprocessableEntity, name, words(err))
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: flash})
	web.SeeOther(w, v.Request, at.String())
	return nil
}

// deleteView succeeds for what is gone already.
func (o *office) deleteView(w http.ResponseWriter, v visit) error {
	_, err := o.SavedViews.DeleteView(v.ctx, &authv1.DeleteViewRequest{Id: v.PathValue("id")})
	if err != nil && connect.CodeOf(err) != connect.CodeNotFound {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "view.gone"})
	web.SeeOther(w, v.Request, "/products")
	return nil
}
