package main

import (
	"net/http"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/views/admin"
)

// promotionParts are what two people can change of a promotion without touching each other's work, by their place in it.
var promotionParts = []struct {
	path, label string
	words       func(wording, *pricingv1.Promotion) string
}{
	{"name", "Name", func(_ wording, p *pricingv1.Promotion) string { return p.GetName() }},
	{"note", "Note", func(_ wording, p *pricingv1.Promotion) string { return p.GetNote() }},
	{"needs_code", "How it counts", func(_ wording, p *pricingv1.Promotion) string {
		return yes(p.GetNeedsCode(), "With a code", "By itself")
	}},
	{"effect", "What it does", func(s wording, p *pricingv1.Promotion) string { return s.effect(p.GetEffect()) }},
	{"conditions.items", "Goods of its conditions", func(s wording, p *pricingv1.Promotion) string { return s.goods(p.GetConditions().GetItems()) }},
	{"conditions.min_value", "Value of the goods, at least", func(s wording, p *pricingv1.Promotion) string { return s.money(p.GetConditions().GetMinValue()) }},
	{"conditions.min_units", "Units of the goods, at least", func(_ wording, p *pricingv1.Promotion) string {
		return numberText(int64(p.GetConditions().GetMinUnits()))
	}},
	{"conditions.country_codes", "Countries", func(_ wording, p *pricingv1.Promotion) string {
		return strings.Join(p.GetConditions().GetCountryCodes(), ", ")
	}},
	{"conditions.customer_groups", "Groups of customers", func(_ wording, p *pricingv1.Promotion) string {
		return strings.Join(p.GetConditions().GetCustomerGroups(), "\n")
	}},
	{"conditions.first_order", "Who", func(_ wording, p *pricingv1.Promotion) string {
		return yes(p.GetConditions().GetFirstOrder(), "First orders only", "All orders")
	}},
	{"active", "Switched on", func(_ wording, p *pricingv1.Promotion) string { return yes(p.GetActive(), "On", "Off") }},
	{"start_time", "From", func(_ wording, p *pricingv1.Promotion) string { return when(p.GetStartTime()) }},
	{"end_time", "Until", func(_ wording, p *pricingv1.Promotion) string { return when(p.GetEndTime()) }},
	{"limits", "How often, at most", func(s wording, p *pricingv1.Promotion) string {
		return strings.Join(s.bounds(&pricingv1.Promotion{Limits: p.GetLimits()}), ", ")
	}},
	{"alone", "With others", func(_ wording, p *pricingv1.Promotion) string { return yes(p.GetAlone(), "Never", "Together") }},
	{"priority", "Place", func(_ wording, p *pricingv1.Promotion) string { return count(int64(p.GetPriority())) }},
}

func yes(so bool, words, otherwise string) string {
	if so {
		return words
	}
	return otherwise
}

// partOf is what a promotion holds at a place, and the message that holds it.
func partOf(p *pricingv1.Promotion, path string) (protoreflect.Message, protoreflect.FieldDescriptor) {
	message := p.ProtoReflect()
	for {
		name, rest, more := strings.Cut(path, ".")
		field := message.Descriptor().Fields().ByName(protoreflect.Name(name))
		if !more {
			return message, field
		}
		message, path = message.Mutable(field).Message(), rest
	}
}

func samePart(a, b *pricingv1.Promotion, path string) bool {
	of, field := partOf(a, path)
	other, _ := partOf(b, path)
	return of.Has(field) == other.Has(field) && of.Get(field).Equal(other.Get(field))
}

func takePart(into, from *pricingv1.Promotion, path string) {
	of, field := partOf(into, path)
	other, _ := partOf(from, path)
	if !other.Has(field) {
		of.Clear(field)
		return
	}
	of.Set(field, other.Get(field))
}

// applyChoices gives the promotion what is stored now where theirs was chosen.
func (f *promotionForm) applyChoices(mine, theirs *pricingv1.Promotion) {
	for _, part := range promotionParts {
		if f.taken["choice-"+part.path] == "theirs" {
			takePart(mine, proto.CloneOf(theirs), part.path)
		}
	}
}

// promotionConflict shows the form again with what somebody else changed meanwhile: what only they changed is taken over, what both changed is a choice. Nothing
// is stored until it is sent once more.
func (o *office) promotionConflict(w http.ResponseWriter, v visit, f *promotionForm, mine, theirs *pricingv1.Promotion) error {
	names, err := o.goodsNames(v, true, mine, theirs)
	if err != nil {
		return err
	}
	said := wording{money: o.money, names: names, currency: o.cfg.Currency}
	was, now := proto.CloneOf(f.was), proto.CloneOf(theirs)
	conflict := &admin.ProductConflict{Text: "Somebody else has changed this promotion since you opened it, so nothing is saved yet."}
	var taken []string
	for _, part := range promotionParts {
		switch {
		case samePart(was, now, part.path) || samePart(mine, now, part.path):
		case samePart(was, mine, part.path):
			takePart(mine, now, part.path)
			taken = append(taken, part.label)
		default:
			conflict.Choices = append(conflict.Choices, admin.ConflictChoice{
				Name: "choice-" + part.path, Label: part.label, Mine: part.words(said, mine), Theirs: part.words(said, now), Taken: "mine",
			})
		}
	}
	if len(taken) > 0 {
		conflict.Text += " Taken over from them: " + strings.Join(taken, ", ") + "."
	}
	if len(conflict.Choices) > 0 {
		conflict.Text += " Choose below where both of you changed the same, then save."
	} else {
		conflict.Text += " What you typed is still there and touches none of it: look at it, then save."
	}
	again := promotionFormOf(mine, o.cfg.Currency)
	again.was, again.version, again.trial = theirs, theirs.GetVersion(), f.trial
	return o.showPromotion(w, v, http.StatusConflict, again, theirs, nil, conflict)
}
