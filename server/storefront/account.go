package storefront

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	userv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const (
	ordersPath  = "/account/orders"
	addressPath = "/account/address"
	// latest is how many orders the account's first page shows.
	latest = 5
	// mostOrders is how many stand on a page of them.
	mostOrders = 20
)

// accountSaid are the flashes of the account's pages.
var accountSaid = map[string]string{
	"account.name":    "Your name is saved.",
	"account.address": "The address is saved.",
	"account.removed": "The address is removed.",
	"account.card":    "The card is removed. Nothing can be paid by it any more.",
}

// account shows a customer what the shop knows of them.
func (s *Shop) account(w http.ResponseWriter, r *http.Request) error {
	profile, err := s.profile(r)
	if err != nil {
		return err
	}
	return s.showAccount(w, r, profile, profile.GetName(), nil)
}

func (s *Shop) profile(r *http.Request) (*userv1.Profile, error) {
	answer, err := s.Profiles.GetProfile(s.asShopper(r), &userv1.GetProfileRequest{})
	return answer.GetProfile(), err
}

func (s *Shop) showAccount(w http.ResponseWriter, r *http.Request, profile *userv1.Profile, name string, problems ui.Problems) error {
	orders, err := s.Orders.ListMyOrders(s.asShopper(r), &orderv1.ListMyOrdersRequest{PageSize: latest})
	if err != nil {
		return err
	}
	page := storefront.AccountPage{
		Shell: s.accountShell(w, r, "Your account"), Email: customerOf(r).email, Name: name, Orders: s.orderRows(orders.GetOrders()), AddAddressURL: addressPath, Problems: problems,
	}
	if orders.GetNextPageToken() != "" {
		page.AllOrdersURL = ordersPath
	}
	for i, saved := range profile.GetAddresses() {
		page.Addresses = append(page.Addresses, storefront.SavedAddress{
			ID: saved.GetId(), Lines: addressLines(saved.GetAddress()), Preferred: i == 0, EditURL: addressPath + "?id=" + url.QueryEscape(saved.GetId()),
		})
	}
	return web.Render(w, r, statusOf(problems), storefront.Account(page))
}

// accountShell surrounds a page of the account, with what the page before has to say.
func (s *Shop) accountShell(w http.ResponseWriter, r *http.Request, title string) storefront.Shell {
	shell := s.privateShell(r, title)
	if flash, found := s.cookies.TakeFlash(w, r); found && accountSaid[flash.Code] != "" {
		shell.Flash = &ui.Flash{Text: accountSaid[flash.Code], Tone: ui.OK}
	}
	return shell
}

func (s *Shop) orderRows(orders []*orderv1.Order) []storefront.OrderRow {
	rows := make([]storefront.OrderRow, len(orders))
	for i, order := range orders {
		rows[i] = storefront.OrderRow{
			Number: order.GetNumber(), URL: ordersPath + "/" + order.GetId(), State: orderTag(order), Total: s.money(order.GetTotals().GetTotal()),
			Placed: order.GetCreateTime().AsTime().Format("2 January 2006"), PlacedISO: order.GetCreateTime().AsTime().Format("2006-01-02"),
		}
	}
	return rows
}

// accountOrders lists all orders of a customer, page by page.
func (s *Shop) accountOrders(w http.ResponseWriter, r *http.Request) error {
	answer, err := s.Orders.ListMyOrders(s.asShopper(r), &orderv1.ListMyOrdersRequest{PageSize: mostOrders, PageToken: r.URL.Query().Get("after")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument { // an address that somebody wrote
		return web.NotFound
	}
	if err != nil {
		return err
	}
	page := storefront.AccountOrdersPage{Shell: s.accountShell(w, r, "Your orders"), Orders: s.orderRows(answer.GetOrders()), First: r.URL.Query().Get("after") == ""}
	if token := answer.GetNextPageToken(); token != "" {
		page.NextURL = ordersPath + "?" + url.Values{"after": {token}}.Encode()
	}
	return web.Render(w, r, http.StatusOK, storefront.AccountOrders(page))
}

// accountOrder leads to an order's page, which opens by its link alone.
func (s *Shop) accountOrder(w http.ResponseWriter, r *http.Request) error {
	answer, err := s.Orders.GetOrder(s.asShopper(r), &orderv1.GetOrderRequest{OrderId: r.PathValue("order")})
	switch connect.CodeOf(err) {
	case connect.CodeNotFound, connect.CodeInvalidArgument:
		return web.NotFound
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, r, orderURL(answer.GetOrder().GetSigned()))
	return nil
}

// saveName stores how the customer is called.
func (s *Shop) saveName(w http.ResponseWriter, r *http.Request) error {
	name := typed(r, "name")
	_, err := s.Profiles.UpdateProfile(s.asShopper(r), &userv1.UpdateProfileRequest{Name: name})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		profile, readErr := s.profile(r)
		if readErr != nil {
			return readErr
		}
		return s.showAccount(w, r, profile, name, ui.Problems{"name": "This is too long; shorten it to 200 characters"})
	}
	if err != nil {
		return err
	}
	return s.said(w, r, "account.name")
}

// said leads back to the account, which says what was done.
func (s *Shop) said(w http.ResponseWriter, r *http.Request, code string) error {
	s.cookies.SetFlash(w, web.Flash{Code: code})
	web.SeeOther(w, r, accountPath)
	return nil
}

// savedForm is the form of an address in the account.
var savedForm = addressForm{autocomplete: "shipping ", redraw: addressPath + "/country"}

// accountAddress asks for a new address, or for what changes in one.
func (s *Shop) accountAddress(w http.ResponseWriter, r *http.Request) error {
	id, form := r.URL.Query().Get("id"), storefront.ContactForm{Country: s.knownCountry(r.Context(), s.cfg.Country)}
	profile, err := s.profile(r)
	if err != nil {
		return err
	}
	preferred := len(profile.GetAddresses()) == 0
	if id != "" {
		saved, first := savedAddress(profile, id)
		if saved == nil {
			return web.NotFound
		}
		form, preferred = formOf(saved.GetAddress()), first
	}
	return s.showAddress(w, r, id, form, preferred, nil)
}

// savedAddress finds an address of a customer, and whether it is the one to use unless told otherwise.
func savedAddress(profile *userv1.Profile, id string) (saved *userv1.SavedAddress, preferred bool) {
	for i, one := range profile.GetAddresses() {
		if one.GetId() == id {
			return one, i == 0
		}
	}
	return nil, false
}

func (s *Shop) showAddress(w http.ResponseWriter, r *http.Request, id string, form storefront.ContactForm, preferred bool, problems ui.Problems) error {
	page := storefront.AddressPage{
		Shell: s.privateShell(r, "Address"), ID: id, Address: s.fields(r.Context(), savedForm, form, problems), Company: form.Company, Preferred: preferred, Problems: problems,
	}
	return web.Render(w, r, statusOf(problems), storefront.EditAddress(page))
}

// redrawAddress shows the form again with the fields of another country, and stores nothing.
func (s *Shop) redrawAddress(w http.ResponseWriter, r *http.Request) error {
	if !savedForm.redrawn(r) {
		return s.saveAddress(w, r)
	}
	return s.showAddress(w, r, typed(r, "id"), readForm(r, ""), r.PostFormValue("preferred") != "", nil)
}

func (s *Shop) saveAddress(w http.ResponseWriter, r *http.Request) error {
	id, form, preferred := typed(r, "id"), readForm(r, ""), r.PostFormValue("preferred") != ""
	if problems := savedForm.check(form); len(problems) > 0 {
		return s.showAddress(w, r, id, form, preferred, problems)
	}
	_, err := s.Profiles.SaveAddress(s.asShopper(r), &userv1.SaveAddressRequest{Id: id, Address: addressOf(form), Preferred: preferred})
	if reason, refused := refusal(err); refused {
		return s.showAddress(w, r, id, form, preferred, ui.Problems{"": reason})
	}
	if err != nil {
		return err
	}
	return s.said(w, r, "account.address")
}

func (s *Shop) removeAddress(w http.ResponseWriter, r *http.Request) error {
	_, err := s.Profiles.RemoveAddress(s.asShopper(r), &userv1.RemoveAddressRequest{Id: typed(r, "id")})
	if err != nil && connect.CodeOf(err) != connect.CodeInvalidArgument {
		return err
	}
	return s.said(w, r, "account.removed")
}

// ownAddresses are those a customer can choose from at the checkout, and the one that is chosen.
func (s *Shop) ownAddresses(r *http.Request, chosen string) ([]storefront.SavedAddress, *userv1.SavedAddress, error) {
	if customerOf(r) == nil {
		return nil, nil, nil
	}
	profile, err := s.profile(r)
	if err != nil {
		return nil, nil, err
	}
	var own []storefront.SavedAddress
	var use *userv1.SavedAddress
	for i, saved := range profile.GetAddresses() {
		own = append(own, storefront.SavedAddress{
			ID: saved.GetId(), Lines: []string{strings.Join(addressLines(saved.GetAddress()), ", ")}, Preferred: i == 0, EditURL: steps[contactStep].path + "?address=" + url.QueryEscape(saved.GetId()),
		})
		if saved.GetId() == chosen || chosen == "" && i == 0 {
			use = saved
		}
	}
	return own, use, nil
}

// keepAddress adds the address of an order to the account. That it could not be kept is no reason to stop who wants to order.
func (s *Shop) keepAddress(ctx context.Context, form storefront.ContactForm) {
	if _, err := s.Profiles.SaveAddress(ctx, &userv1.SaveAddressRequest{Address: addressOf(form)}); err != nil {
		s.cfg.Log.WarnContext(ctx, "an address was not kept", "error", err)
	}
}
