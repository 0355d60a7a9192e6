package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

var moveNames = map[pricingv1.GiftCardMoveKind]string{
	pricingv1.GiftCardMoveKind_GIFT_CARD_MOVE_KIND_ISSUE: "Issued", pricingv1.GiftCardMoveKind_GIFT_CARD_MOVE_KIND_SPEND: "Spent",
	pricingv1.GiftCardMoveKind_GIFT_CARD_MOVE_KIND_RETURN: "Given back", pricingv1.GiftCardMoveKind_GIFT_CARD_MOVE_KIND_ADJUST: "Adjusted",
	pricingv1.GiftCardMoveKind_GIFT_CARD_MOVE_KIND_EXPIRE: "Written off", pricingv1.GiftCardMoveKind_GIFT_CARD_MOVE_KIND_VOID: "Taken back",
}

// giftCard shows a card with all that happened to it.
func (o *office) giftCard(w http.ResponseWriter, v visit) error {
	return o.showGiftCard(w, v, http.StatusOK, nil, nil)
}

func (o *office) getGiftCard(v visit) (*pricingv1.GetGiftCardResponse, error) {
	answer, err := o.GiftCards.GetGiftCard(v.ctx, &pricingv1.GetGiftCardRequest{Id: v.PathValue("id")})
	if code := connect.CodeOf(err); err != nil && (code == connect.CodeInvalidArgument || code == connect.CodeNotFound) {
		return nil, web.NotFound
	}
	return answer, err
}

// showGiftCard draws a card, with what was typed into its forms when it was refused.
func (o *office) showGiftCard(w http.ResponseWriter, v visit, status int, texts map[string]string, problems ui.Problems) error {
	answer, err := o.getGiftCard(v)
	if err != nil {
		return err
	}
	card, here := answer.GetCard(), giftCardURL(v)
	page := o.giftCardPage(w, v, giftCardKind(card)+" "+giftCardName(card), here)
	page.Tags = []ui.Tag{giftCardTag(card)}
	page.Figures = []admin.Figure{{Label: "Left", Value: o.money(card.GetBalance())}, {Label: "Issued for", Value: o.money(card.GetInitial())}}
	for _, said := range []admin.Fact{{Label: "Issued", Value: when(card.GetCreateTime())}, soldWith(card, answer.GetMoves()), {Label: "Can be spent until", Value: untilText(card)}, {Label: "Given to", Value: card.GetEmail()}, {Label: "Mail with the code", Value: mailText(card)}, {Label: "Message", Value: card.GetMessage()}, {Label: "Note", Value: card.GetNote()}} {
		if said.Value != "" {
			page.Facts = append(page.Facts, said)
		}
	}
	page.Columns = []admin.Column{{Label: "What"}, {Label: "Amount", Number: true}, {Label: "Left", Number: true}, {Label: "Order"}, {Label: "By", Said: true}, {Label: "When", Said: true}}
	for _, move := range answer.GetMoves() {
		row := admin.Row{ID: move.GetId(), Cells: []admin.Cell{
			{Text: moveNames[move.GetKind()], Note: move.GetReason()}, {Text: o.money(move.GetAmount())}, {Text: o.money(move.GetBalance())}, {}, {Text: move.GetActor()}, {Text: when(move.GetCreateTime())},
		}}
		if move.GetOrderId() != "" {
			row.Cells[3] = admin.Cell{Text: "Order", URL: "/orders/" + move.GetOrderId()}
		}
		page.Rows = append(page.Rows, row)
	}
	if v.may("gift_cards.write") {
		page.List.Actions, page.Forms = giftCardActions(card, here), giftCardForms(card, here, texts, problems)
	}
	page.Problems = ui.Summary(problems, "", "change", "reason", "until", "email", "note")
	return web.Render(w, v.Request, status, admin.GiftCard(page))
}

// soldWith leads to the order by which a card was bought, or whose money it is; nothing for cards that staff gave away.
func soldWith(card *pricingv1.GiftCard, moves []*pricingv1.GiftCardMove) admin.Fact {
	label := map[pricingv1.GiftCardSource]string{
		pricingv1.GiftCardSource_GIFT_CARD_SOURCE_SOLD: "Sold", pricingv1.GiftCardSource_GIFT_CARD_SOURCE_REFUND: "Refund",
	}[card.GetSource()]
	for _, move := range moves {
		if label != "" && move.GetKind() == pricingv1.GiftCardMoveKind_GIFT_CARD_MOVE_KIND_ISSUE {
			return admin.Fact{Label: label, Value: move.GetReason(), URL: "/orders/" + move.GetOrderId()}
		}
	}
	return admin.Fact{}
}

func giftCardActions(card *pricingv1.GiftCard, here string) []admin.Action {
	action := admin.Action{
		Label: "Block", URL: here + "/state", Kind: ui.Danger, Confirm: "Nobody can spend it until it is unblocked. What goes back to it stays on it.",
		Hidden: []ui.Hidden{{Name: "state", Value: "blocked"}, {Name: "version", Value: strconv.FormatInt(card.GetVersion(), 10)}},
	}
	if card.GetState() == pricingv1.GiftCardState_GIFT_CARD_STATE_BLOCKED {
		action.Label, action.Kind, action.Confirm, action.Hidden[0].Value = "Unblock", ui.Secondary, "", "active"
	}
	actions := []admin.Action{action}
	if card.GetEmail() != "" && card.GetState() == pricingv1.GiftCardState_GIFT_CARD_STATE_ACTIVE {
		mail := admin.Action{
			Label: "Mail the code", URL: here + "/mails", Hidden: []ui.Hidden{{Name: "key", Value: id.New()}},
			Confirm: "The code goes to " + card.GetEmail() + ". Whoever has it can spend the card.", Button: "Send the mail",
		}
		if card.GetMailsAsked() > 0 {
			mail.Label = "Mail the code again"
		}
		actions = append(actions, mail)
	}
	if expires := card.GetExpireTime(); expires != nil && !expires.AsTime().After(clock.Now()) && card.GetBalance().GetAmountMinor() > 0 {
		actions = append(actions, admin.Action{
			Label: "Write off", URL: here + "/expiry", Kind: ui.Danger, Button: "Write off what is left", Hidden: []ui.Hidden{{Name: "key", Value: id.New()}},
			Confirm: "What is left is owed to nobody any more, also if the card is extended later. The books count it as earned.",
		})
	}
	return actions
}

// mailText says what became of the mail with a card's code; empty when nobody asked for one.
func mailText(card *pricingv1.GiftCard) string {
	switch asked, sent := card.GetMailsAsked(), card.GetMailsSent(); {
	case asked == 0:
		return ""
	case asked > sent:
		return "On its way"
	case sent > 1:
		return fmt.Sprintf("Sent %d times", sent)
	}
	return "Sent"
}

// mailGiftCard has the code mailed once more.
func (o *office) mailGiftCard(w http.ResponseWriter, v visit) error {
	_, err := o.GiftCards.MailGiftCard(v.ctx, &pricingv1.MailGiftCardRequest{Id: v.PathValue("id"), IdempotencyKey: v.PostFormValue("key")})
	return o.afterGiftCard(w, v, "gift_card.mailed", err)
}

// afterGiftCard goes back to a card that something was done with, or says there why not.
func (o *office) afterGiftCard(w http.ResponseWriter, v visit, flash string, err error) error {
	switch connect.CodeOf(err) {
	case connect.CodeFailedPrecondition, connect.CodeResourceExhausted:
		return o.showGiftCard(w, v, http.StatusConflict, nil, ui.Problems{"": words(err)})
	case connect.CodeInvalidArgument:
		return web.NotFound
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: flash})
	web.SeeOther(w, v.Request, giftCardURL(v))
	return nil
}

func giftCardForms(card *pricingv1.GiftCard, here string, texts map[string]string, problems ui.Problems) []admin.SmallForm {
	said := map[string]string{"until": untilText(card), "email": card.GetEmail(), "note": card.GetNote(), "key": id.New()}
	for name, text := range texts {
		said[name] = text
	}
	adjust := admin.SmallForm{Title: "Adjust", Action: here + "/moves", Button: "Adjust it", Hidden: []ui.Hidden{{Name: "key", Value: said["key"]}}}
	for _, field := range []ui.Field{changeField, becauseField} {
		adjust.Fields = append(adjust.Fields, field.With(said[field.Name], problems))
	}
	contents := admin.SmallForm{
		Title: "Extend or describe", Action: here + "/contents", Button: "Save", Hidden: []ui.Hidden{{Name: "version", Value: strconv.FormatInt(card.GetVersion(), 10)}},
	}
	for _, field := range []ui.Field{untilField, {Name: "email", Label: "Given to", Type: "email", AutoComplete: "off", Optional: true, MaxLength: 254}, cardNoteField} {
		contents.Fields = append(contents.Fields, field.With(said[field.Name], problems))
	}
	return []admin.SmallForm{adjust, contents}
}

// switchGiftCard blocks or unblocks a card.
func (o *office) switchGiftCard(w http.ResponseWriter, v visit) error {
	state, flash := pricingv1.GiftCardState_GIFT_CARD_STATE_ACTIVE, "gift_card.unblocked"
	if v.PostFormValue("state") == "blocked" {
		state, flash = pricingv1.GiftCardState_GIFT_CARD_STATE_BLOCKED, "gift_card.blocked"
	}
	return o.changeGiftCard(w, v, &pricingv1.UpdateGiftCardRequest{State: &state}, nil, flash)
}

// saveGiftCard extends a card and keeps what is said of it.
func (o *office) saveGiftCard(w http.ResponseWriter, v visit) error {
	problems, texts := ui.Problems{}, map[string]string{}
	for _, name := range []string{"until", "email", "note"} {
		texts[name] = strings.TrimSpace(v.PostFormValue(name))
	}
	email, note := texts["email"], texts["note"]
	req := &pricingv1.UpdateGiftCardRequest{ExpireTime: readUntil(texts["until"], problems), Email: &email, Note: &note}
	if texts["until"] == "" {
		req.ExpireTime = &timestamppb.Timestamp{}
	}
	if len(problems) > 0 {
		return o.showGiftCard(w, v, http.StatusUnprocessableEntity, texts, problems)
	}
	return o.changeGiftCard(w, v, req, texts, "gift_card.saved")
}

func (o *office) changeGiftCard(w http.ResponseWriter, v visit, req *pricingv1.UpdateGiftCardRequest, texts map[string]string, flash string) error {
	req.Id = v.PathValue("id")
	req.ExpectedVersion, _ = strconv.ParseInt(v.PostFormValue("version"), 10, 64) // none that fits, if it is no number
	_, err := o.GiftCards.UpdateGiftCard(v.ctx, req)
	switch connect.CodeOf(err) {
	case connect.CodeAborted:
		return o.showGiftCard(w, v, http.StatusConflict, texts, ui.Problems{"": words(err)})
	case connect.CodeInvalidArgument:
		return o.showGiftCard(w, v, http.StatusUnprocessableEntity, texts, fieldProblem(err, "expire_time", "until"))
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: flash})
	web.SeeOther(w, v.Request, giftCardURL(v))
	return nil
}

// writeOffGiftCard takes what is left off an expired card.
func (o *office) writeOffGiftCard(w http.ResponseWriter, v visit) error {
	_, err := o.GiftCards.WriteOffGiftCard(v.ctx, &pricingv1.WriteOffGiftCardRequest{Id: v.PathValue("id"), IdempotencyKey: v.PostFormValue("key")})
	return o.afterGiftCard(w, v, "gift_card.expired", err)
}

// adjustGiftCard changes a balance. The key is the page's, so that two presses change it once.
func (o *office) adjustGiftCard(w http.ResponseWriter, v visit) error {
	answer, err := o.getGiftCard(v)
	if err != nil {
		return err
	}
	texts, problems := map[string]string{"change": typed(v, changeField), "reason": typed(v, becauseField), "key": v.PostFormValue("key")}, ui.Problems{}
	currency := answer.GetCard().GetBalance().GetCurrencyCode()
	digits, takesOff := strings.CutPrefix(strings.Replace(texts["change"], "−", "-", 1), "-")
	amount, err := money.ParseDecimal(strings.TrimPrefix(digits, "+"), currency)
	if takesOff {
		amount.Minor = -amount.Minor
	}
	if err != nil || amount.IsZero() {
		problems["change"] = "Enter an amount such as 10.00, or -10.00 to take off"
	}
	if texts["reason"] == "" || tooLong(texts["reason"], becauseField) {
		problems["reason"] = "Say why, in at most 500 characters"
	}
	if len(problems) > 0 {
		return o.showGiftCard(w, v, http.StatusUnprocessableEntity, texts, problems)
	}
	_, err = o.GiftCards.AdjustGiftCard(v.ctx, &pricingv1.AdjustGiftCardRequest{
		Id: v.PathValue("id"), AmountMinor: amount.Minor, Reason: texts["reason"], IdempotencyKey: texts["key"],
	})
	switch connect.CodeOf(err) {
	case connect.CodeFailedPrecondition:
		return o.showGiftCard(w, v, http.StatusConflict, texts, ui.Problems{"change": words(err)})
	case connect.CodeInvalidArgument:
		return o.showGiftCard(w, v, http.StatusUnprocessableEntity, texts, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "gift_card.adjusted"})
	web.SeeOther(w, v.Request, giftCardURL(v))
	return nil
}
