package product

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// checkAttributes judges attributes by their products' types, and makes of each value the words that shoppers read.
func (s *Service) checkAttributes(ctx context.Context, tx pgx.Tx, edits []*edit) error {
	types, err := typesOf(ctx, tx, edits)
	if err != nil {
		return err
	}
	names, err := referenced(ctx, tx, edits)
	if err != nil {
		return err
	}
	for _, e := range edits {
		of := types[e.after.GetTypeId()]
		if e.after.GetTypeId() != "" && of == nil {
			e.problems.add("type_id", "is not the id of a product type")
		}
		e.problems.tidyTyped(e.after, of, names)
		e.problems.missing(e, of)
		e.problems.tidyAttributes(e.after)
	}
	return nil
}

// typesOf returns the types that products follow, which stay as they are until the transaction ends.
func typesOf(ctx context.Context, tx pgx.Tx, edits []*edit) (map[string]*productv1.ProductType, error) {
	var ids []string
	for _, e := range edits {
		if of := e.after.GetTypeId(); id.Valid(of) && !slices.Contains(ids, of) {
			ids = append(ids, of)
		}
	}
	types := map[string]*productv1.ProductType{}
	if len(ids) == 0 {
		return types, nil
	}
	rows, err := queries.ShareProductTypes(ctx, tx, ids)
	if err != nil {
		return nil, fmt.Errorf("share product types: %w", err)
	}
	for _, row := range rows {
		if types[row.ID], err = toType(row); err != nil {
			return nil, err
		}
	}
	return types, nil
}

// referenced returns the names of the products that attributes name.
func referenced(ctx context.Context, tx pgx.Tx, edits []*edit) (map[string]string, error) {
	var ids []string
	for _, e := range edits {
		for _, a := range e.after.GetAttributes() {
			if id.Valid(a.GetTyped().GetProductId()) {
				ids = append(ids, a.GetTyped().GetProductId())
			}
		}
	}
	names := map[string]string{}
	if len(ids) == 0 {
		return names, nil
	}
	rows, err := queries.ListProductNames(ctx, tx, ids)
	if err != nil {
		return nil, fmt.Errorf("list product names: %w", err)
	}
	for _, row := range rows {
		names[row.ID] = row.Name
	}
	return names, nil
}

func definition(of *productv1.ProductType, id string) *productv1.AttributeDefinition {
	for _, d := range of.GetDefinitions() {
		if id != "" && d.GetId() == id {
			return d
		}
	}
	return nil
}

// tidyTyped checks the attributes that a type defines and puts them in its order, before those that are free. A free one with the name of a
// definition is read as its value, so that feeds and programs which know only names and values fill in types.
func (p *problems) tidyTyped(product *productv1.Product, of *productv1.ProductType, names map[string]string) {
	given := map[string]bool{}
	for i, a := range product.GetAttributes() {
		field := fmt.Sprintf("attributes[%d]", i)
		d := definition(of, a.GetDefinitionId())
		switch {
		case d == nil && a.GetDefinitionId() != "":
			p.add(field+".definition_id", "is not a definition of the product's type")
			continue
		case d == nil && a.GetTyped() != nil:
			p.add(field+".typed", "goes with a definition of the product's type; give name and value instead")
			continue
		case d == nil:
			if d = named(of, a.GetName()); d == nil {
				continue
			}
			a.DefinitionId = d.GetId()
		}
		if given[d.GetId()] {
			p.add(field, d.GetName()+" is there twice")
		}
		given[d.GetId()] = true
		if a.GetTyped() == nil {
			a.Typed = typedOf(a.GetValue(), d)
		}
		if reason := tidyValue(a.GetTyped(), d, names); reason != "" {
			p.add(field+".typed", reason)
			continue
		}
		a.Name, a.Value = d.GetName(), shownValue(a.GetTyped(), d, names)
	}
	place := func(a *productv1.Attribute) int {
		at := slices.IndexFunc(of.GetDefinitions(), func(d *productv1.AttributeDefinition) bool { return d.GetId() == a.GetDefinitionId() })
		if at < 0 {
			return len(of.GetDefinitions())
		}
		return at
	}
	if of != nil && len(p.list) == 0 { // problems name places in the given order
		slices.SortStableFunc(product.GetAttributes(), func(a, b *productv1.Attribute) int { return place(a) - place(b) })
	}
}

// missing names attributes without which a product is not to be for sale, nor to go on sale by itself.
func (p *problems) missing(e *edit, of *productv1.ProductType) {
	field, before := "attributes", e.before
	switch {
	case e.after.GetState() == productv1.ProductState_PRODUCT_STATE_ACTIVE:
		if before != nil && before.GetState() != productv1.ProductState_PRODUCT_STATE_ACTIVE {
			field = "state" // which is what was asked for
		}
	case e.after.GetState() == productv1.ProductState_PRODUCT_STATE_DRAFT && e.after.GetPublishTime() != nil:
		if before != nil && before.GetPublishTime() == nil {
			field = "publish_time"
		}
	default:
		return
	}
	for _, d := range of.GetDefinitions() {
		if d.GetRequired() && !slices.ContainsFunc(e.after.GetAttributes(), func(a *productv1.Attribute) bool { return a.GetDefinitionId() == d.GetId() }) {
			p.add(field, d.GetName()+" is missing, which products of the type "+of.GetName()+" need to be for sale")
		}
	}
}

func named(of *productv1.ProductType, name string) *productv1.AttributeDefinition {
	for _, d := range of.GetDefinitions() {
		if strings.EqualFold(d.GetName(), strings.TrimSpace(name)) {
			return d
		}
	}
	return nil
}

// typedOf reads words as a value of the definition's kind; what does not fit is found by tidyValue.
func typedOf(text string, d *productv1.AttributeDefinition) *productv1.AttributeValue {
	text = strings.TrimSpace(text)
	switch d.GetKind() {
	case productv1.AttributeKind_ATTRIBUTE_KIND_NUMBER:
		return &productv1.AttributeValue{Kind: &productv1.AttributeValue_Number{Number: strings.TrimSpace(strings.TrimSuffix(text, d.GetUnit()))}}
	case productv1.AttributeKind_ATTRIBUTE_KIND_CHOICE:
		values := []string{text}
		if d.GetMany() && !slices.Contains(d.GetChoices(), text) {
			values = strings.Split(text, ",")
		}
		return &productv1.AttributeValue{Kind: &productv1.AttributeValue_Choices{Choices: &productv1.Choices{Values: values}}}
	case productv1.AttributeKind_ATTRIBUTE_KIND_FLAG:
		switch strings.ToLower(text) {
		case "yes", "true", "1":
			return &productv1.AttributeValue{Kind: &productv1.AttributeValue_Flag{Flag: true}}
		case "no", "false", "0":
			return &productv1.AttributeValue{Kind: &productv1.AttributeValue_Flag{}}
		}
		return nil
	case productv1.AttributeKind_ATTRIBUTE_KIND_DATE:
		return &productv1.AttributeValue{Kind: &productv1.AttributeValue_Date{Date: text}}
	case productv1.AttributeKind_ATTRIBUTE_KIND_COLOUR:
		return &productv1.AttributeValue{Kind: &productv1.AttributeValue_Colour{Colour: text}}
	case productv1.AttributeKind_ATTRIBUTE_KIND_PRODUCT:
		return &productv1.AttributeValue{Kind: &productv1.AttributeValue_ProductId{ProductId: text}}
	default:
		return &productv1.AttributeValue{Kind: &productv1.AttributeValue_Text{Text: text}}
	}
}

var (
	decimal = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,9})?$`)
	colour  = regexp.MustCompile(`^#[0-9a-f]{6}$`)
)

// tidyValue cleans a value, and says what is wrong with it.
func tidyValue(v *productv1.AttributeValue, d *productv1.AttributeDefinition, names map[string]string) (reason string) {
	switch d.GetKind() {
	case productv1.AttributeKind_ATTRIBUTE_KIND_NUMBER:
		kind, ok := v.GetKind().(*productv1.AttributeValue_Number)
		if !ok || !decimal.MatchString(kind.Number) {
			return "is not a number such as 12.5"
		}
		if strings.Contains(kind.Number, ".") {
			kind.Number = strings.TrimRight(strings.TrimRight(kind.Number, "0"), ".")
		}
	case productv1.AttributeKind_ATTRIBUTE_KIND_CHOICE:
		return tidyChosen(v.GetChoices(), d)
	case productv1.AttributeKind_ATTRIBUTE_KIND_FLAG:
		if _, ok := v.GetKind().(*productv1.AttributeValue_Flag); !ok {
			return "is neither yes nor no"
		}
	case productv1.AttributeKind_ATTRIBUTE_KIND_DATE:
		if _, err := time.Parse(time.DateOnly, v.GetDate()); err != nil {
			return "is not a day such as 2026-11-26"
		}
	case productv1.AttributeKind_ATTRIBUTE_KIND_COLOUR:
		kind, ok := v.GetKind().(*productv1.AttributeValue_Colour)
		if !ok || !colour.MatchString(strings.ToLower(kind.Colour)) {
			return "is not a colour such as #1f6f50"
		}
		kind.Colour = strings.ToLower(kind.Colour)
	case productv1.AttributeKind_ATTRIBUTE_KIND_PRODUCT:
		if names[v.GetProductId()] == "" {
			return "is not the id of a product"
		}
	default:
		kind, ok := v.GetKind().(*productv1.AttributeValue_Text)
		if !ok {
			return "is not text"
		}
		kind.Text, reason = feed.Line(kind.Text, feed.MaxAttribute)
		if reason == "" && kind.Text == "" {
			return "is empty; leave the attribute out when there is nothing to say"
		}
	}
	return reason
}

// tidyChosen puts values in the definition's order and spelling.
func tidyChosen(given *productv1.Choices, d *productv1.AttributeDefinition) (reason string) {
	if len(given.GetValues()) == 0 {
		return "is empty; choose from " + listed(d.GetChoices())
	}
	chosen := map[string]bool{}
	for _, value := range given.GetValues() {
		at := slices.IndexFunc(d.GetChoices(), func(choice string) bool { return strings.EqualFold(choice, strings.TrimSpace(value)) })
		if at < 0 {
			return fmt.Sprintf("%.100q is not among the choices: %s", value, listed(d.GetChoices()))
		}
		chosen[d.GetChoices()[at]] = true
	}
	if len(chosen) > 1 && !d.GetMany() {
		return "holds several of the choices, and may hold one"
	}
	given.Values = slices.DeleteFunc(slices.Clone(d.GetChoices()), func(choice string) bool { return !chosen[choice] })
	return ""
}

// listed names the first few.
func listed(values []string) string {
	const told = 10
	if len(values) <= told {
		return strings.Join(values, ", ")
	}
	return strings.Join(values[:told], ", ") + fmt.Sprintf(" and %d more", len(values)-told)
}

// shownValue is what shoppers read.
func shownValue(v *productv1.AttributeValue, d *productv1.AttributeDefinition, names map[string]string) string {
	switch kind := v.GetKind().(type) {
	case *productv1.AttributeValue_Number:
		return strings.TrimSpace(kind.Number + " " + d.GetUnit())
	case *productv1.AttributeValue_Choices:
		return strings.Join(kind.Choices.GetValues(), ", ")
	case *productv1.AttributeValue_Flag:
		if kind.Flag {
			return "Yes"
		}
		return "No"
	case *productv1.AttributeValue_Date:
		return kind.Date
	case *productv1.AttributeValue_Colour:
		return kind.Colour
	case *productv1.AttributeValue_ProductId:
		if name := names[kind.ProductId]; name != "" {
			return name
		}
		return kind.ProductId
	default:
		return v.GetText()
	}
}
