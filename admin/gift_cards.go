package main

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// giftCardRoutes are the pages about what the shop owes to who holds a code.
func giftCardRoutes(r routes) {
	r.staff("GET /gift-cards", needs("gift_cards.read", r.giftCards))
	r.staff("GET /gift-cards/new", needs("gift_cards.write", r.newGiftCards))
	r.long("POST /gift-cards/new", 1<<20, batchPatience, needs("gift_cards.write", r.issueGiftCards))
	r.staff("GET /gift-cards/{id}", needs("gift_cards.read", r.giftCard))
	r.staff("POST /gift-cards/{id}/state", needs("gift_cards.write", r.switchGiftCard))
	r.staff("POST /gift-cards/{id}/contents", needs("gift_cards.write", r.saveGiftCard))
	r.staff("POST /gift-cards/{id}/expiry", needs("gift_cards.write", r.writeOffGiftCard))
	r.staff("POST /gift-cards/{id}/mails", needs("gift_cards.write", r.mailGiftCard))
	r.staff("POST /gift-cards/{id}/moves", needs("gift_cards.write", r.adjustGiftCard))
}

// What the forms of gift cards take.
var issueFields = []ui.Field{
	{Name: "amount", Label: "Amount", InputMode: "decimal", Width: ui.Short, Hint: "On each card."},
	{Name: "count", Label: "How many", InputMode: "numeric", Width: ui.Short, Hint: "Of one card the code is shown; of more you get a file."},
	{Name: "kind", Label: "Kind", Options: []ui.Option{{Value: "card", Label: "Gift card: whoever holds the code may spend it"}, {Value: "credit", Label: "Store credit of one customer"}}},
	{Name: "email", Label: "E-mail of who is given it", Type: "email", AutoComplete: "off", Optional: true, MaxLength: 254, Hint: "Needed for store credit, and for a mail."},
	{Name: "mail", Label: "The code is", Options: []ui.Option{{Value: "", Label: "shown to me"}, {Value: "mail", Label: "shown to me, and mailed to them"}}},
	{Name: "message", Label: "Message in the mail", Optional: true, Rows: 3, MaxLength: 1000},
	untilField, cardNoteField,
}

var (
	untilField    = ui.Field{Name: "until", Label: "Can be spent until", Type: "date", Width: ui.Short, Optional: true}
	cardNoteField = ui.Field{Name: "note", Label: "Note", Optional: true, MaxLength: 500, Hint: "For staff; it can be searched."}
	changeField   = ui.Field{Name: "change", Label: "Change by", InputMode: "decimal", Width: ui.Short, Hint: "Such as 10.00, or -10.00 to take off."}
	becauseField  = ui.Field{Name: "reason", Label: "Reason", MaxLength: 500}
)

var giftCardStates = []struct {
	value, label string
	state        pricingv1.GiftCardState
}{
	{"active", "Active", pricingv1.GiftCardState_GIFT_CARD_STATE_ACTIVE},
	{"blocked", "Blocked", pricingv1.GiftCardState_GIFT_CARD_STATE_BLOCKED},
}

// giftCardTag says what a card is worth to who holds it.
func giftCardTag(card *pricingv1.GiftCard) ui.Tag {
	switch {
	case card.GetState() == pricingv1.GiftCardState_GIFT_CARD_STATE_BLOCKED:
		return ui.Tag{Label: "Blocked", Tone: ui.Bad}
	case card.GetExpireTime() != nil && !card.GetExpireTime().AsTime().After(clock.Now()):
		return ui.Tag{Label: "Expired", Tone: ui.Warn}
	case card.GetBalance().GetAmountMinor() == 0:
		return ui.Tag{Label: "Spent", Tone: ui.Neutral}
	}
	return ui.Tag{Label: "Active", Tone: ui.OK}
}

func giftCardName(card *pricingv1.GiftCard) string { return "…" + card.GetLastFour() }

func giftCardKind(card *pricingv1.GiftCard) string {
	if card.GetKind() == pricingv1.GiftCardKind_GIFT_CARD_KIND_CREDIT {
		return "Store credit"
	}
	return "Gift card"
}

// giftCardOrigin is what kind of card it is, and whether somebody bought it.
func giftCardOrigin(card *pricingv1.GiftCard) string {
	if card.GetSource() == pricingv1.GiftCardSource_GIFT_CARD_SOURCE_SOLD {
		return giftCardKind(card) + ", sold"
	}
	return giftCardKind(card)
}

// giftCards lists gift cards, newest first.
func (o *office) giftCards(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/gift-cards", "Last four characters, e-mail or note")
	req := &pricingv1.ListGiftCardsRequest{PageSize: list.size, PageToken: list.values.Get("page"), Query: firstBytes(list.Query, 254)}
	list.choice("state", "State", len(giftCardStates), func(i int) (string, string) { return giftCardStates[i].value, giftCardStates[i].label }, func(i int) { req.State = giftCardStates[i].state })
	answer, err := o.GiftCards.ListGiftCards(v.ctx, req)
	if err != nil {
		return err
	}
	page := admin.TablePage{
		Shell: o.shell(w, v, "Gift cards"), Heading: "Gift cards",
		Columns: []admin.Column{{Label: "Card"}, {Label: "State"}, {Label: "Left", Number: true}, {Label: "Issued for", Number: true}, {Label: "Given to"}, {Label: "Until", Said: true}, {Label: "Issued", Said: true}},
		Empty:   admin.Emptiness{Title: "No gift cards yet", Text: "A gift card is a code that pays for orders until its amount is spent. Store credit is one that belongs to a customer."},
	}
	if v.may("gift_cards.write") {
		create := admin.Action{Label: "Issue gift cards", URL: "/gift-cards/new", Link: true, Kind: ui.Primary}
		list.Actions, page.Empty.Action = append(list.Actions, create), &create
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, card := range answer.GetCards() {
		page.Rows = append(page.Rows, admin.Row{ID: card.GetId(), Cells: []admin.Cell{
			{Text: giftCardName(card), URL: "/gift-cards/" + card.GetId(), Note: giftCardOrigin(card)}, {Tag: giftCardTag(card)}, {Text: o.money(card.GetBalance())},
			{Text: o.money(card.GetInitial())}, {Text: card.GetEmail(), Note: card.GetNote()}, {Text: untilText(card)}, {Text: when(card.GetCreateTime())},
		}})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Table(page))
}

// untilText is the last day on which a card can be spent.
func untilText(card *pricingv1.GiftCard) string {
	if card.GetExpireTime() == nil {
		return ""
	}
	return card.GetExpireTime().AsTime().Add(-time.Second).Format(time.DateOnly)
}

// readUntil reads the moment after the last day on which a card can be spent; nothing typed is never.
func readUntil(text string, problems ui.Problems) *timestamppb.Timestamp {
	if text == "" {
		return nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		problems["until"] = "Write a day such as 2027-12-31"
		return nil
	}
	return timestamppb.New(day.AddDate(0, 0, 1))
}

// newGiftCards asks what to issue.
func (o *office) newGiftCards(w http.ResponseWriter, v visit) error {
	return o.showIssue(w, v, http.StatusOK, map[string]string{"count": "1", "batch": id.New()}, nil)
}

func (o *office) showIssue(w http.ResponseWriter, v visit, status int, texts map[string]string, problems ui.Problems) error {
	page := o.giftCardPage(w, v, "Issue gift cards", "/gift-cards/new")
	form := admin.SmallForm{
		Title: "What to issue", Action: "/gift-cards/new", Button: "Issue", Hidden: []ui.Hidden{{Name: "batch", Value: texts["batch"]}},
		Hint: "Codes are shown this once. Nobody can look them up later, since the shop keeps none.",
	}
	names := []string{""}
	for _, field := range issueFields {
		if field.Name == "amount" {
			field.Prefix = o.cfg.Currency
		}
		form.Fields, names = append(form.Fields, field.With(texts[field.Name], problems)), append(names, field.Name)
	}
	page.Forms, page.Problems = []admin.SmallForm{form}, ui.Summary(problems, names...)
	return web.Render(w, v.Request, status, admin.GiftCard(page))
}

// issueGiftCards issues cards and shows their codes, of many as a file. Another press of the button tells the same codes.
func (o *office) issueGiftCards(w http.ResponseWriter, v visit) error {
	texts, problems := map[string]string{"batch": v.PostFormValue("batch")}, ui.Problems{}
	for _, field := range issueFields {
		texts[field.Name] = typed(v, field)
	}
	amount, problem := parseAmount(texts["amount"], o.cfg.Currency)
	if problem != "" || amount == 0 {
		problems["amount"] = "Enter an amount such as 50.00"
	}
	number, err := strconv.ParseInt(texts["count"], 10, 32)
	if err != nil || number < 1 || number > 1000 {
		problems["count"] = "Write a number from 1 to 1,000"
	}
	req := &pricingv1.IssueGiftCardsRequest{
		BatchId: texts["batch"], Count: int32(number), Amount: &typev1.Money{AmountMinor: amount, CurrencyCode: o.cfg.Currency},
		Kind: pricingv1.GiftCardKind_GIFT_CARD_KIND_CARD, Email: texts["email"], Note: texts["note"], ExpireTime: readUntil(texts["until"], problems),
		Mail: texts["mail"] == "mail", Message: texts["message"],
	}
	if texts["kind"] == "credit" {
		req.Kind = pricingv1.GiftCardKind_GIFT_CARD_KIND_CREDIT
	}
	if len(problems) > 0 {
		return o.showIssue(w, v, http.StatusUnprocessableEntity, texts, problems)
	}
	issued, err := o.GiftCards.IssueGiftCards(v.ctx, req)
	switch connect.CodeOf(err) {
	case connect.CodeInvalidArgument:
		return o.showIssue(w, v, http.StatusUnprocessableEntity, texts, fieldProblem(err, "expire_time", "until"))
	case connect.CodeAlreadyExists:
		return o.showIssue(w, v, http.StatusConflict, texts, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	if number > 1 {
		write, end := csvFile(w, "gift-cards.csv")
		write("code", "amount", "currency", "until", "card")
		for _, one := range issued.GetCards() {
			write(one.GetCode(), decimal(one.GetCard().GetInitial()), o.cfg.Currency, untilText(one.GetCard()), one.GetCard().GetId())
		}
		return end()
	}
	one := issued.GetCards()[0]
	page := o.giftCardPage(w, v, "Gift card issued", "/gift-cards/new")
	page.Notice = "Copy the code now, and hand it to who may spend it. It is not shown again."
	if req.GetMail() {
		page.Notice = "The code is mailed to " + one.GetCard().GetEmail() + ". It is shown to you this once; you need not keep it."
	}
	page.Figures = []admin.Figure{{Label: "Code", Value: one.GetCode()}, {Label: "Amount", Value: o.money(one.GetCard().GetInitial())}}
	page.List.Actions = []admin.Action{
		{Label: "Go to the card", URL: "/gift-cards/" + one.GetCard().GetId(), Link: true}, {Label: "Issue another", URL: "/gift-cards/new", Link: true},
	}
	return web.Render(w, v.Request, http.StatusOK, admin.GiftCard(page))
}

// fieldProblem is what a service finds wrong with a field, at the field of the form where it was typed.
func fieldProblem(err error, renamed ...string) ui.Problems {
	field, text, found := strings.Cut(words(err), ": ")
	field = strings.ToLower(field)
	if !found {
		return ui.Problems{"": words(err)}
	}
	if len(renamed) == 2 && field == renamed[0] {
		field = renamed[1]
	}
	return ui.Problems{field: upperFirst(text)}
}

func (o *office) giftCardPage(w http.ResponseWriter, v visit, heading, here string) admin.GiftCardPage {
	page := admin.GiftCardPage{Breadcrumb: []ui.Link{{Label: "Gift cards", URL: "/gift-cards"}, {Label: heading, URL: here, Current: true}}}
	page.Shell, page.Heading = o.shell(w, v, heading), heading
	return page
}

func giftCardURL(v visit) string { return "/gift-cards/" + url.PathEscape(v.PathValue("id")) }
