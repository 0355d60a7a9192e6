package storefront

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// The steps of the checkout in order; each is a page.
const (
	contactStep = iota
	deliveryStep
	paymentStep
	reviewStep
)

var steps = []struct{ label, path string }{
	{"Contact", "/checkout/contact"},
	{"Delivery", "/checkout/delivery"},
	{"Payment", "/checkout/payment"},
	{"Review", "/checkout/review"},
}

// skipped says whether a cart has no use for a step: of what is downloaded nothing is delivered.
func skipped(cart *checkoutv1.Cart, step int) bool { return step == deliveryStep && cart.GetDigital() }

// known says whether it is told where the parcel goes, or in which country a buyer lives who gets none or fetches it.
func known(cart *checkoutv1.Cart) bool {
	return cart.GetDeliveryAddress() != nil || (cart.GetDigital() || cart.GetPickup()) && cart.GetBillingAddress() != nil
}

// nextStep is the first that is not finished.
func nextStep(cart *checkoutv1.Cart) int {
	switch {
	case cart.GetEmail() == "" || !known(cart):
		return contactStep
	case !cart.GetDeliveryChosen() && !skipped(cart, deliveryStep):
		return deliveryStep
	case cart.GetPaymentMethod() == checkoutv1.PaymentMethod_PAYMENT_METHOD_UNSPECIFIED:
		return paymentStep
	default:
		return reviewStep
	}
}

// checkout leads to the first step that is not finished.
func (s *Shop) checkout(w http.ResponseWriter, r *http.Request) error {
	cart, err := s.loadCart(r, "")
	if err != nil {
		return err
	}
	if !ready(cart) {
		web.SeeOther(w, r, "/cart")
		return nil
	}
	web.SeeOther(w, r, steps[nextStep(cart)].path)
	return nil
}

// ready says whether a cart can be checked out as it stands.
func ready(cart *checkoutv1.Cart) bool {
	for _, line := range cart.GetLines() {
		if line.GetProblem() != checkoutv1.LineProblem_LINE_PROBLEM_UNSPECIFIED && line.GetProblem() != checkoutv1.LineProblem_LINE_PROBLEM_PRICE_CHANGED {
			return false
		}
	}
	return len(cart.GetLines()) > 0
}

// atStep returns the cart if the shopper may be at a step, or leads to where the way goes on.
func (s *Shop) atStep(w http.ResponseWriter, r *http.Request, step int) (*checkoutv1.Cart, error) {
	cart, err := s.loadCart(r, "")
	if err != nil {
		return nil, err
	}
	if !ready(cart) {
		web.SeeOther(w, r, "/cart")
		return nil, nil
	}
	if next := nextStep(cart); step > next || skipped(cart, step) {
		web.SeeOther(w, r, steps[next].path)
		return nil, nil
	}
	return cart, nil
}

// lostCart is what a form says whose cart is gone: its cookies were cleared or ran out while the form was being filled in, or it was ordered in another tab.
var lostCart = ui.Problems{"": "Your cart is no longer here, so nothing was saved or ordered just now."}

// lost answers a form of which nothing can be shown without the cart.
func (s *Shop) lost(w http.ResponseWriter, r *http.Request, step int) error {
	page := storefront.CheckoutLostPage{Shell: s.privateShell(r, steps[step].label), Checkout: s.checkoutParts(r, nil, step)}
	page.CartCount = 0
	return web.Render(w, r, http.StatusConflict, storefront.CheckoutLost(page))
}

// checkoutParts are what all steps show; without a cart, only that it is lost.
func (s *Shop) checkoutParts(r *http.Request, cart *checkoutv1.Cart, step int) storefront.Checkout {
	checkout := storefront.Checkout{}
	if cart == nil {
		checkout.Lost, checkout.Problems = true, lostCart
		return checkout
	}
	next := nextStep(cart)
	for i, one := range steps {
		if skipped(cart, i) {
			continue
		}
		shown := storefront.Step{Label: one.label, Current: i == step, Done: i < next}
		if i <= next {
			shown.URL = one.path
		}
		checkout.Steps = append(checkout.Steps, shown)
	}
	if step > contactStep {
		done := storefront.DoneStep{Title: "Contact and address", ChangeURL: steps[contactStep].path, Lines: contactLines(cart)}
		if cart.GetDigital() {
			done.Title = "Contact and country"
		}
		checkout.Done = append(checkout.Done, done)
	}
	if step > deliveryStep && !skipped(cart, deliveryStep) {
		checkout.Done = append(checkout.Done, storefront.DoneStep{Title: "Delivery", Lines: s.deliveryLines(cart), ChangeURL: steps[deliveryStep].path})
	}
	if step > paymentStep {
		pays := s.paysWith(r, cart)
		if free(cart) {
			pays = []string{s.words.Say("Nothing to pay")}
		}
		checkout.Done = append(checkout.Done, storefront.DoneStep{Title: "Payment", Lines: pays, ChangeURL: steps[paymentStep].path})
		if invoice := invoiceOf(cart); invoice != nil {
			checkout.Done = append(checkout.Done, storefront.DoneStep{Title: "Billing address", Lines: addressLines(invoice), ChangeURL: steps[paymentStep].path})
		}
		checkout.Done = append(checkout.Done, saidSteps(cart)...)
	}
	checkout.Summary = storefront.CheckoutSummary{Totals: s.totals(cart.GetTotals(), cart.GetPromotions(), deliveryNote(cart), !known(cart)), CartURL: "/cart"}
	s.taxesOf(&checkout.Summary.Totals, cart.GetTotals(), cart.GetTaxes(), cart.GetReverseCharge())
	s.payable(&checkout.Summary.Totals, cart)
	for _, line := range cart.GetLines() {
		checkout.Summary.Lines = append(checkout.Summary.Lines, s.summaryLine(line))
	}
	for _, gift := range cart.GetGifts() {
		checkout.Summary.Lines = append(checkout.Summary.Lines, s.giftLine(gift))
	}
	checkout.Coupon = s.coupon(r, cart, "/checkout/codes", ui.Hidden{Name: "step", Value: strconv.Itoa(step)})
	checkout.GiftCards = s.giftCards(r, cart, "/checkout/gift-cards", ui.Hidden{Name: "step", Value: strconv.Itoa(step)})
	checkout.Notices = append(s.missingGifts(cart), taxNotices(cart)...)
	return checkout
}

func (s *Shop) summaryLine(line *checkoutv1.CartLine) storefront.SummaryLine {
	shown := storefront.SummaryLine{
		Name: line.GetProductName(), URL: s.productURL(line.GetProductSlug()), Options: line.GetVariantName(),
		Quantity: strconv.Itoa(int(line.GetQuantity())), Unit: s.money(line.GetUnitPrice()), Total: s.money(line.GetTotal()),
		Image: linePicture(line.GetImage()), Parts: cartParts(line), Full: s.full(line), Saved: s.saved(line.GetDiscounts()),
	}
	shown.Note = s.howItComes(line)
	if line.GetProblem() == checkoutv1.LineProblem_LINE_PROBLEM_PRICE_CHANGED {
		shown.Note = s.words.Say("The price changed from %s.", s.money(line.GetPreviousUnitPrice()))
	}
	return shown
}

// refuse puts what is wrong into a form's page, and returns its status: refused forms say so. That the cart is lost comes before all else.
func refuse(page *storefront.Checkout, problems ui.Problems) int {
	if page.Lost {
		return http.StatusConflict
	}
	page.Problems = problems
	page.Coupon.Error, page.GiftCards.Error = problems["code"], problems["gift_card"]
	return statusOf(problems)
}

// statusOf is that of a form's page: a refused one says so.
func statusOf(problems ui.Problems) int {
	if len(problems) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// hosted is the way to pay on the provider's page.
const hosted = "hosted"

var methods = []struct {
	method checkoutv1.PaymentMethod
	id     string
	name   string
	detail string
}{
	{checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED, hosted, "Card", "You pay at our payment provider, after the review."},
	{checkoutv1.PaymentMethod_PAYMENT_METHOD_BANK_TRANSFER, bankTransfer, "Bank transfer", "You transfer the money after the review, and we send your order once it has arrived."},
	{checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, onDelivery, "On delivery", "You pay the carrier when it arrives."},
}

func methodName(method checkoutv1.PaymentMethod) string {
	for _, known := range methods {
		if known.method == method {
			return known.name
		}
	}
	return ""
}

// payment asks how to pay and for whom the bill is.
func (s *Shop) payment(w http.ResponseWriter, r *http.Request) error {
	cart, err := s.atStep(w, r, paymentStep)
	if cart == nil {
		return err
	}
	chosen, way, same, billing := s.keptPayment(r, cart)
	return s.showPayment(w, r, cart, chosen, way, same, billing, nil)
}

// free says whether a cart costs nothing, such as by a code that takes everything off.
func free(cart *checkoutv1.Cart) bool {
	return cart.GetTotals().GetTotal() != nil && cart.GetTotals().GetTotal().GetAmountMinor() == 0
}

// keptPayment is the third step as the cart has it.
func (s *Shop) keptPayment(r *http.Request, cart *checkoutv1.Cart) (chosen checkoutv1.PaymentMethod, way *paymentv1.Way, same bool, billing storefront.ContactForm) {
	chosen, way = cart.GetPaymentMethod(), cart.GetPaymentWay()
	if offered := cart.GetPaymentMethods(); chosen == checkoutv1.PaymentMethod_PAYMENT_METHOD_UNSPECIFIED && len(offered) > 0 {
		chosen, way = offered[0], s.firstWay(r)
	}
	billing = formOf(invoiceOf(cart))
	if billing.Country == "" && cart.GetPickup() {
		billing.Country = cart.GetBillingAddress().GetCountryCode()
	}
	if billing.Country == "" { // mostly the bill goes where the parcel goes
		billing.Country = cart.GetDeliveryAddress().GetCountryCode()
	}
	return chosen, way, invoiceOf(cart) == nil, billing
}

func (s *Shop) showPayment(w http.ResponseWriter, r *http.Request, cart *checkoutv1.Cart, chosen checkoutv1.PaymentMethod, way *paymentv1.Way, same bool, billing storefront.ContactForm, problems ui.Problems) error {
	page := storefront.PaymentStepPage{
		Shell: s.privateShell(r, steps[paymentStep].label), Checkout: s.checkoutParts(r, cart, paymentStep),
		Digital: cart.GetDigital(), SameLabel: "Same as the delivery address", BillingSame: same, Billing: s.fields(r.Context(), billingForm, billing, problems),
		Delivery: strings.Join(addressLines(cart.GetDeliveryAddress()), ", "),
	}
	if cart.GetPickup() {
		page.SameLabel = "Name and country are enough for the invoice"
	}
	switch {
	case cart != nil && cart.GetLeftToPay().GetAmountMinor() == 0 && len(cart.GetGiftCards()) > 0:
		page.Covered = s.words.Say("Gift cards pay for all of it, so nothing else is charged.")
	case free(cart):
		page.Covered = s.words.Say("It costs nothing, so nothing is charged.")
	}
	for _, known := range methods {
		if slices.Contains(cart.GetPaymentMethods(), known.method) {
			detail := known.detail
			if known.method == checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY && fetched(cart) {
				detail = "You pay when you fetch it."
			}
			page.Methods = append(page.Methods, storefront.PaymentMethod{ID: known.id, Name: known.name, Detail: detail, Selected: known.method == chosen})
		}
	}
	if page.Covered == "" {
		page.Methods, page.CardsSilent = s.cardChoices(r, page.Methods, way)
		if saved := way.GetSavedMethodId(); saved != "" && len(problems) == 0 && !s.savedCards(r).usable(saved) {
			page.Notices = append(page.Notices, "The saved card that you chose can no longer be used. Choose how to pay.")
		}
	}
	return web.Render(w, r, refuse(&page.Checkout, problems), storefront.CheckoutPayment(page))
}

// redrawPayment shows the third step again with the fields of another country for the bill, and stores nothing.
func (s *Shop) redrawPayment(w http.ResponseWriter, r *http.Request) error {
	if !billingForm.redrawn(r) {
		return s.savePayment(w, r)
	}
	cart, err := s.loadCart(r, "")
	if err != nil {
		return err
	}
	return s.showPayment(w, r, cart, chosenMethod(r), chosenWay(r), r.PostFormValue("billing_same") != "", readForm(r, billingForm.prefix), nil)
}

func chosenMethod(r *http.Request) checkoutv1.PaymentMethod {
	if customerOf(r) != nil && strings.HasPrefix(typed(r, "method"), savedPrefix) {
		return checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED
	}
	for _, known := range methods {
		if known.id == typed(r, "method") {
			return known.method
		}
	}
	return checkoutv1.PaymentMethod_PAYMENT_METHOD_UNSPECIFIED
}

// savePayment stores the third step.
func (s *Shop) savePayment(w http.ResponseWriter, r *http.Request) error {
	cart, err := s.loadCart(r, "")
	if err != nil {
		return err
	}
	chosen, way := chosenMethod(r), chosenWay(r)
	same, billing := r.PostFormValue("billing_same") != "" || cart.GetDigital(), readForm(r, billingForm.prefix)
	problems := ui.Problems{}
	if !same {
		problems = billingForm.check(billing)
	}
	if chosen == checkoutv1.PaymentMethod_PAYMENT_METHOD_UNSPECIFIED {
		problems["method"] = "Choose how to pay"
	}
	if saved := way.GetSavedMethodId(); saved != "" && !s.savedCards(r).usable(saved) {
		problems["method"] = "This card can no longer be used; choose another way to pay"
	}
	if next := nextStep(cart); cart != nil && next < paymentStep { // undone in another tab
		problems[""] = "First fill in “" + steps[next].label + "” above, then come back here"
	}
	if cart == nil || len(problems) > 0 {
		return s.showPayment(w, r, cart, chosen, way, same, billing, problems)
	}
	ctx := s.asShopper(r)
	if billed := cart.GetBillingAddress(); !cart.GetDigital() && (!same || billed != nil) {
		var address *typev1.Address
		if !same {
			address = addressOf(billing)
			address.Company = companyOf(cart)
		}
		contact := &checkoutv1.SetCartContactRequest{
			CartId: cart.GetId(), Email: cart.GetEmail(), DeliveryAddress: cart.GetDeliveryAddress(), BillingAddress: address, WithoutCart: true, Pickup: cart.GetPickup(),
		}
		if cart.GetPickup() && same {
			contact.CountryCode, contact.Region, contact.FullName, contact.Company = billed.GetCountryCode(), billed.GetRegion(), billed.GetFullName(), billed.GetCompany()
			if at := cart.GetCountryCode(); at != "" && at != billed.GetCountryCode() { // the invoice went elsewhere
				contact.CountryCode, contact.Region = at, ""
			}
		}
		_, err = s.Carts.SetCartContact(ctx, contact)
	}
	if err == nil {
		_, err = s.Carts.SetCartPayment(ctx, &checkoutv1.SetCartPaymentRequest{CartId: cart.GetId(), Method: chosen, Way: way, WithoutCart: true})
	}
	if reason, refused := refusal(err); refused {
		return s.showPayment(w, r, cart, chosen, way, same, billing, ui.Problems{"": reason})
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, r, steps[reviewStep].path)
	return nil
}
