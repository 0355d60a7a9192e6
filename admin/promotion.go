package main

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// newPromotion shows an empty form.
func (o *office) newPromotion(w http.ResponseWriter, v visit) error {
	return o.showPromotion(w, v, http.StatusOK, newPromotionForm(o.cfg.Currency), nil, nil, nil)
}

// promotion shows one.
func (o *office) promotion(w http.ResponseWriter, v visit) error {
	current, err := o.getPromotion(v)
	if err != nil {
		return err
	}
	return o.showPromotion(w, v, http.StatusOK, promotionFormOf(current, o.cfg.Currency), current, nil, nil)
}

func (o *office) getPromotion(v visit) (*pricingv1.Promotion, error) {
	answer, err := o.Promotions.GetPromotion(v.ctx, &pricingv1.GetPromotionRequest{Id: v.PathValue("id")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return nil, web.NotFound
	}
	return answer.GetPromotion(), err
}

func (o *office) saveNewPromotion(w http.ResponseWriter, v visit) error {
	return o.takePromotion(w, v, nil)
}

func (o *office) savePromotion(w http.ResponseWriter, v visit) error {
	current, err := asSeen(v, o.getPromotion, (*pricingv1.Promotion).GetVersion)
	if err != nil {
		return err
	}
	return o.takePromotion(w, v, current)
}

// takePromotion does what a button of the form says: save it, test it against the basket, or add goods, a step or something to the basket.
func (o *office) takePromotion(w http.ResponseWriter, v visit, current *pricingv1.Promotion) error {
	f, problems := readPromotion(v), ui.Problems{}
	switch {
	case current != nil:
		f.id = current.GetId()
	case !id.Valid(f.id):
		f.id = id.New()
	}
	verb, argument, _ := strings.Cut(v.PostFormValue("do"), " ")
	if verb == "save" || verb == "try" {
		if err := o.findGift(v, f, problems); err != nil {
			return err
		}
	}
	asked := f.promotion(o.cfg.Currency, problems)
	switch verb {
	case "save":
		if len(problems) == 0 {
			return o.storePromotion(w, v, f, asked, current)
		}
	case "try":
		if len(problems) == 0 {
			if err := o.try(v, &f.trial, asked, problems); err != nil {
				return err
			}
		}
	default: // nothing is to make sense yet
		problems = ui.Problems{}
		if err := o.changePromotionForm(v, f, verb, argument, problems); err != nil {
			return err
		}
	}
	status := http.StatusOK
	if len(problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return o.showPromotion(w, v, status, f, current, problems, nil)
}

// changePromotionForm does what a button says that stores nothing.
func (o *office) changePromotionForm(v visit, f *promotionForm, verb, argument string, problems ui.Problems) error {
	switch verb {
	case "add":
		if goods := f.goods[argument]; goods != nil {
			return o.addGoods(v, argument, goods, problems)
		}
	case "add-step":
		f.tiers = append(f.tiers, tierRow{})
	case "find-part":
		told, err := o.findForBasket(v, &f.trial)
		for name, text := range told {
			problems[name] = text
		}
		return err
	}
	return nil
}

// findGift finds the variant that was typed as the gift.
func (o *office) findGift(v visit, f *promotionForm, problems ui.Problems) error {
	if f.text["effect"] != "gift" || f.text["find_gift"] == "" {
		return nil
	}
	found, told, err := o.findVariants(v, f.text["find_gift"], true)
	switch {
	case err != nil:
		return err
	case told != nil:
		problems["find_gift"] = told["find_part"]
	case len(found) > 1:
		var labels []string
		for _, one := range found[:min(len(found), 5)] {
			labels = append(labels, one.label)
		}
		problems["find_gift"] = "Several are called so: write the SKU of one. Found: " + strings.Join(labels, ", ")
	default:
		f.text["gift"], f.text["find_gift"] = found[0].variant, ""
	}
	return nil
}

// storePromotion stores what was asked for, unless somebody else changed the promotion meanwhile.
func (o *office) storePromotion(w http.ResponseWriter, v visit, f *promotionForm, asked, current *pricingv1.Promotion) error {
	code := strings.TrimSpace(v.PostFormValue("code"))
	var err error
	if current == nil {
		_, err = o.Promotions.CreatePromotion(v.ctx, &pricingv1.CreatePromotionRequest{Promotion: asked})
		if connect.CodeOf(err) == connect.CodeAlreadyExists {
			err = nil // the button was pressed twice
		}
	} else {
		f.applyChoices(asked, current)
		if f.version != current.GetVersion() {
			return o.promotionConflict(w, v, f, asked, current)
		}
		_, err = o.Promotions.UpdatePromotion(v.ctx, &pricingv1.UpdatePromotionRequest{Promotion: asked, ExpectedVersion: f.version})
	}
	switch connect.CodeOf(err) {
	case connect.CodeAborted:
		if current, err = o.getPromotion(v); err != nil {
			return err
		}
		return o.promotionConflict(w, v, f, asked, current)
	case connect.CodeInvalidArgument, connect.CodeFailedPrecondition:
		return o.showPromotion(w, v, http.StatusUnprocessableEntity, f, current, ui.Problems{"": words(err)}, nil)
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "promotion.saved"})
	here := "/promotions/" + f.id
	if current == nil && asked.GetNeedsCode() {
		here += "/codes"
		if code != "" {
			_, err = o.Promotions.CreateCodes(v.ctx, &pricingv1.CreateCodesRequest{PromotionId: f.id, Code: code})
		}
		switch connect.CodeOf(err) {
		case connect.CodeAlreadyExists, connect.CodeInvalidArgument: // it is stored all the same; its codes ask for another one
			here, err = address(here, url.Values{"refused": {code}}), nil
		}
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, v.Request, here)
	return nil
}

// tryPromotion tests a promotion as it is stored, for those who may only look.
func (o *office) tryPromotion(w http.ResponseWriter, v visit) error {
	current, err := o.getPromotion(v)
	if err != nil {
		return err
	}
	f, problems := promotionFormOf(current, o.cfg.Currency), ui.Problems{}
	f.trial = readTrial(v)
	if v.PostFormValue("do") == "find-part" {
		if problems, err = o.findForBasket(v, &f.trial); err != nil {
			return err
		}
	} else if err := o.try(v, &f.trial, current, problems); err != nil {
		return err
	}
	status := http.StatusOK
	if len(problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return o.showPromotion(w, v, status, f, current, problems, nil)
}

// copyPromotion makes another one like it, switched off and without codes. Its id came with the page, so that two presses make one.
func (o *office) copyPromotion(w http.ResponseWriter, v visit) error {
	current, err := o.getPromotion(v)
	if err != nil {
		return err
	}
	made := proto.CloneOf(current)
	made.Id, made.Active = v.PostFormValue("copy"), false
	if !id.Valid(made.GetId()) {
		made.Id = id.New()
	}
	made.Name = "Copy of " + made.GetName()
	if runes := []rune(made.GetName()); len(runes) > 100 {
		made.Name = string(runes[:100])
	}
	_, err = o.Promotions.CreatePromotion(v.ctx, &pricingv1.CreatePromotionRequest{Promotion: made})
	if err != nil && connect.CodeOf(err) != connect.CodeAlreadyExists {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "promotion.copied"})
	web.SeeOther(w, v.Request, "/promotions/"+made.GetId())
	return nil
}

// switchPromotion switches one on or off.
func (o *office) switchPromotion(w http.ResponseWriter, v visit) error {
	current, err := o.getPromotion(v)
	if err != nil {
		return err
	}
	asked := proto.CloneOf(current)
	asked.Active = v.PostFormValue("active") != ""
	_, err = o.Promotions.UpdatePromotion(v.ctx, &pricingv1.UpdatePromotionRequest{Promotion: asked, ExpectedVersion: versionOf(v)})
	return o.promotionDone(w, v, current, err, "/promotions/"+current.GetId(), map[bool]string{true: "promotion.on", false: "promotion.off"}[asked.GetActive()])
}

// deletePromotion removes one that no order used.
func (o *office) deletePromotion(w http.ResponseWriter, v visit) error {
	current, err := o.getPromotion(v)
	if err != nil {
		return err
	}
	_, err = o.Promotions.DeletePromotion(v.ctx, &pricingv1.DeletePromotionRequest{Id: current.GetId(), ExpectedVersion: versionOf(v)})
	return o.promotionDone(w, v, current, err, "/promotions", "promotion.gone")
}

// promotionDone leads on with a message, or says on the promotion's page why it was refused.
func (o *office) promotionDone(w http.ResponseWriter, v visit, current *pricingv1.Promotion, err error, next, flash string) error {
	switch connect.CodeOf(err) {
	case connect.CodeAborted, connect.CodeFailedPrecondition:
		return o.showPromotion(w, v, http.StatusConflict, promotionFormOf(current, o.cfg.Currency), current, ui.Problems{"": words(err)}, nil)
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: flash})
	web.SeeOther(w, v.Request, next)
	return nil
}

// versionOf is the version that a page showed; 1 where it sent none, which no longer fits what was changed.
func versionOf(v visit) int64 {
	shown, err := strconv.ParseInt(v.PostFormValue("version"), 10, 64)
	if err != nil {
		return 1
	}
	return max(shown, 1)
}
