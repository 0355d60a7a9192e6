package storefront

import (
	"net/http"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// contact asks who and where.
func (s *Shop) contact(w http.ResponseWriter, r *http.Request) error {
	cart, err := s.atStep(w, r, contactStep)
	if cart == nil {
		return err
	}
	form := s.keptContact(r, cart)
	chosen := r.URL.Query().Get("address")
	own, use, err := s.ownAddresses(r, chosen)
	if err != nil {
		return err
	}
	if known := customerOf(r); known != nil && form.Email == "" {
		form.Email = known.email
	}
	if use != nil && !cart.GetPickup() && (chosen != "" || cart.GetDeliveryAddress() == nil) {
		form = withAddress(form, formOf(use.GetAddress()))
	}
	return s.showContact(w, r, cart, form, own, nil)
}

// withAddress is a form that asks for another address.
func withAddress(form, address storefront.ContactForm) storefront.ContactForm {
	address.Email, address.VATNumber, address.Note, address.GiftMessage = form.Email, form.VATNumber, form.Note, form.GiftMessage
	return address
}

// keptContact is the first step as the cart has it.
func (s *Shop) keptContact(r *http.Request, cart *checkoutv1.Cart) storefront.ContactForm {
	form := formOf(cart.GetDeliveryAddress())
	if cart.GetDigital() {
		form = formOf(livesIn(cart))
	}
	if cart.GetPickup() {
		form = formOf(livesIn(cart))
		form.FetchName = cart.GetBillingAddress().GetFullName()
		if at := cart.GetCountryCode(); at != "" && at != form.Country { // the invoice goes elsewhere
			form.Country, form.Region = at, ""
		}
	}
	form.Email, form.Company, form.Fetch = cart.GetEmail(), companyOf(cart), cart.GetPickup()
	form.VATNumber, form.Note, form.GiftMessage = cart.GetVatNumber(), cart.GetNote(), cart.GetGiftMessage()
	if form.Country == "" {
		form.Country = s.knownCountry(r.Context(), s.cfg.Country)
	}
	return form
}

func (s *Shop) showContact(w http.ResponseWriter, r *http.Request, cart *checkoutv1.Cart, form storefront.ContactForm, own []storefront.SavedAddress, problems ui.Problems) error {
	page := storefront.ContactPage{
		Shell: s.privateShell(r, steps[contactStep].label), Checkout: s.checkoutParts(r, cart, contactStep), Form: form, Digital: cart.GetDigital(), Codes: cart.GetGiftCardsBought() != nil,
		Address: s.fields(r.Context(), contactForm(cart.GetDigital()), form, problems), Business: businessFields(form, problems), Words: wordFields(cart, form, problems),
	}
	if customerOf(r) == nil {
		page.SignInURL = signInURL(steps[contactStep].path)
	} else if !cart.GetDigital() {
		page.Own, page.Keeps = own, true
	}
	if !cart.GetDigital() {
		page.Pickup = s.pickupForm(r.Context(), cart, form, problems)
	}
	return web.Render(w, r, refuse(&page.Checkout, problems), storefront.CheckoutContact(page))
}

// redrawContact shows the first step again with the fields of another country, and stores nothing.
func (s *Shop) redrawContact(w http.ResponseWriter, r *http.Request) error {
	if !deliveryForm.redrawn(r) {
		return s.saveContact(w, r)
	}
	cart, err := s.loadCart(r, "")
	if err != nil {
		return err
	}
	return s.showContact(w, r, cart, readContact(r), nil, nil)
}

func readContact(r *http.Request) storefront.ContactForm {
	form := readForm(r, "")
	form.Email, form.Phone = typed(r, "email"), typed(r, "phone")
	form.VATNumber, form.Note, form.GiftMessage = typed(r, "vat_number"), typedText(r, "note"), typedText(r, "gift_message")
	form.Keep = r.PostFormValue("keep") != ""
	form.Fetch, form.FetchName = typed(r, "reach") == "fetch", typed(r, "fetch_name")
	return form
}

// saveContact stores the first step, also in a cart that cannot be ordered as it stands: then the next step leads to the cart, and what was typed is kept.
func (s *Shop) saveContact(w http.ResponseWriter, r *http.Request) error {
	cart, err := s.loadCart(r, "")
	if err != nil {
		return err
	}
	form := readContact(r)
	form.Fetch = form.Fetch && !cart.GetDigital()
	problems := contactForm(cart.GetDigital() || form.Fetch).check(form)
	checkBusiness(form, problems)
	checkWords(form, problems)
	if form.Fetch && form.FetchName == "" {
		problems["fetch_name"] = "Enter the name of who fetches it"
	}
	if !isEmail(form.Email) {
		problems["email"] = noEmail
	}
	if cart == nil || len(problems) > 0 {
		return s.showContact(w, r, cart, form, nil, problems)
	}
	contact := &checkoutv1.SetCartContactRequest{
		CartId: cart.GetId(), Email: form.Email, DeliveryAddress: addressOf(form), BillingAddress: invoiceFor(cart, form.Company), WithoutCart: true,
		VatNumber: &form.VATNumber, Note: &form.Note, GiftMessage: &form.GiftMessage, Pickup: form.Fetch,
	}
	next := deliveryStep
	if cart.GetDigital() || form.Fetch {
		contact.DeliveryAddress, contact.BillingAddress, contact.CountryCode, contact.Region = nil, nil, form.Country, form.Region
		contact.FullName, contact.Company = form.FetchName, form.Company
	}
	if cart.GetDigital() {
		next = paymentStep
	}
	_, err = s.Carts.SetCartContact(s.asShopper(r), contact)
	if reason, refused := refusal(err); refused {
		return s.showContact(w, r, cart, form, nil, ui.Problems{"": reason})
	}
	if err != nil {
		return err
	}
	if customerOf(r) != nil && form.Keep && contact.GetDeliveryAddress() != nil {
		s.keepAddress(s.asShopper(r), form)
	}
	web.SeeOther(w, r, steps[next].path)
	return nil
}

// invoiceOf is where an invoice goes by itself. What was said of a cart while all of it was downloaded is no whole address.
func invoiceOf(cart *checkoutv1.Cart) *typev1.Address {
	if cart.GetBillingAddress().GetLine1() == "" {
		return nil
	}
	return cart.GetBillingAddress()
}

// livesIn is by what a digital cart is taxed, without what an address says beside that.
func livesIn(cart *checkoutv1.Cart) *typev1.Address {
	address := cart.GetBillingAddress()
	if address == nil {
		address = cart.GetDeliveryAddress()
	}
	return &typev1.Address{FullName: address.GetFullName(), Company: address.GetCompany(), CountryCode: address.GetCountryCode(), Region: address.GetRegion()}
}
