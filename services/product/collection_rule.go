package product

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

// facts are what rules look at of a product. Words are in lower case.
type facts struct {
	id, name, state, brand string
	tags, categories       []string
	typeID                 string
	price                  int64
	units                  int64
	availability           string
	created                string              // a day, which sorts as text
	attributes             map[string][]string // values by name; choices one by one
}

func toFacts(row productdb.ListFactsRow) (facts, error) {
	f := facts{
		id: row.ID, name: strings.ToLower(row.Name), state: row.State, brand: strings.ToLower(row.Brand), categories: row.CategoryIds,
		typeID: deref(row.TypeID), price: row.Price, created: row.CreateTime.UTC().Format(time.DateOnly), units: row.Units, availability: availability(row.Units, row.Backorder), attributes: map[string][]string{},
	}
	for _, tag := range row.Tags {
		f.tags = append(f.tags, strings.ToLower(tag))
	}
	if len(row.Attributes) <= len("[]") {
		return f, nil
	}
	var attributes []attributeRow
	if err := json.Unmarshal(row.Attributes, &attributes); err != nil {
		return f, fmt.Errorf("attributes of product %s: %w", row.ID, err)
	}
	for _, a := range attributes {
		name := strings.ToLower(a.Name)
		f.attributes[name] = append(f.attributes[name], strings.ToLower(a.Value))
		if len(a.Typed) == 0 {
			continue
		}
		var typed struct {
			Choices struct{ Values []string }
		}
		if err := json.Unmarshal(a.Typed, &typed); err != nil {
			return f, fmt.Errorf("attributes of product %s: %w", row.ID, err)
		}
		for _, value := range typed.Choices.Values {
			f.attributes[name] = append(f.attributes[name], strings.ToLower(value))
		}
	}
	return f, nil
}

// What can be had of a product, as rules ask for it.
const (
	inStock = "in_stock"
	onOrder = "on_order"
	soldOut = "sold_out"
)

func availability(units int64, backorder bool) string {
	switch {
	case units > 0:
		return inStock
	case backorder:
		return onOrder
	default:
		return soldOut
	}
}

// rule is a collection's rule made ready to be asked of many products.
type rule struct {
	collection string
	any        bool
	conditions []condition
}

type condition struct {
	field    productv1.RuleField
	name     string
	operator productv1.RuleOperator
	values   []string
	number   float64 // of the only value, where it is one
}

// newRule takes a rule that tidyRule found right.
func newRule(collection string, from *productv1.CollectionRule) rule {
	r := rule{collection: collection, any: from.GetAny()}
	for _, c := range from.GetConditions() {
		made := condition{field: c.GetField(), name: strings.ToLower(c.GetName()), operator: c.GetOperator()}
		for _, value := range c.GetValues() {
			made.values = append(made.values, strings.ToLower(value))
		}
		if len(made.values) == 1 {
			made.number, _ = strconv.ParseFloat(made.values[0], 64)
		}
		r.conditions = append(r.conditions, made)
	}
	return r
}

// asksStock says whether what is in stock changes what belongs to the collection.
func (r rule) asksStock() bool {
	return slices.ContainsFunc(r.conditions, func(c condition) bool {
		return c.field == productv1.RuleField_RULE_FIELD_AVAILABILITY || c.field == productv1.RuleField_RULE_FIELD_UNITS
	})
}

// meets says whether a product belongs to the collection.
func (r rule) meets(f *facts) bool {
	for i := range r.conditions {
		if r.conditions[i].holds(f) == r.any {
			return r.any
		}
	}
	return !r.any
}

func (c *condition) holds(f *facts) bool {
	switch c.field {
	case productv1.RuleField_RULE_FIELD_ATTRIBUTE:
		values := f.attributes[c.name]
		switch c.operator {
		case productv1.RuleOperator_RULE_OPERATOR_AT_LEAST:
			return slices.ContainsFunc(values, func(v string) bool { n, ok := leadingNumber(v); return ok && n >= c.number })
		case productv1.RuleOperator_RULE_OPERATOR_AT_MOST:
			return slices.ContainsFunc(values, func(v string) bool { n, ok := leadingNumber(v); return ok && n <= c.number })
		}
		return c.among(values...)
	case productv1.RuleField_RULE_FIELD_PRICE:
		return c.compares(f.price)
	case productv1.RuleField_RULE_FIELD_UNITS:
		return c.compares(f.units)
	case productv1.RuleField_RULE_FIELD_AVAILABILITY:
		return c.among(f.availability)
	case productv1.RuleField_RULE_FIELD_CREATE_DATE:
		if c.operator == productv1.RuleOperator_RULE_OPERATOR_AT_LEAST {
			return f.created >= c.values[0]
		}
		return f.created <= c.values[0]
	case productv1.RuleField_RULE_FIELD_NAME:
		held := slices.ContainsFunc(c.values, func(v string) bool { return strings.Contains(f.name, v) })
		switch c.operator {
		case productv1.RuleOperator_RULE_OPERATOR_CONTAINS:
			return held
		case productv1.RuleOperator_RULE_OPERATOR_CONTAINS_NOT:
			return !held
		}
		return c.among(f.name)
	case productv1.RuleField_RULE_FIELD_STATE:
		return c.among(f.state)
	case productv1.RuleField_RULE_FIELD_TAG:
		return c.among(f.tags...)
	case productv1.RuleField_RULE_FIELD_BRAND:
		return c.among(f.brand)
	case productv1.RuleField_RULE_FIELD_CATEGORY:
		return c.among(f.categories...)
	case productv1.RuleField_RULE_FIELD_TYPE:
		return c.among(f.typeID)
	default:
		return false
	}
}

// compares says whether a number is as much, or as little, as is asked for.
func (c *condition) compares(n int64) bool {
	if c.operator == productv1.RuleOperator_RULE_OPERATOR_AT_LEAST {
		return float64(n) >= c.number
	}
	return float64(n) <= c.number
}

// among says whether one of the product's values is, or as the condition asks is not, one of the condition's.
func (c *condition) among(values ...string) bool {
	is := slices.ContainsFunc(values, func(v string) bool { return slices.Contains(c.values, v) })
	return is == (c.operator == productv1.RuleOperator_RULE_OPERATOR_IS)
}

// leadingNumber reads the number that a value such as "9.5 cm" begins with.
func leadingNumber(value string) (float64, bool) {
	end := strings.IndexFunc(value, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '-' })
	if end >= 0 {
		value = value[:end]
	}
	n, err := strconv.ParseFloat(value, 64)
	return n, err == nil
}

const (
	maxConditions = 50
	maxValues     = 100
)

// operators are what each field can be asked.
var operators = func() map[productv1.RuleField][]productv1.RuleOperator {
	is, isNot := productv1.RuleOperator_RULE_OPERATOR_IS, productv1.RuleOperator_RULE_OPERATOR_IS_NOT
	least, most := productv1.RuleOperator_RULE_OPERATOR_AT_LEAST, productv1.RuleOperator_RULE_OPERATOR_AT_MOST
	return map[productv1.RuleField][]productv1.RuleOperator{
		productv1.RuleField_RULE_FIELD_ATTRIBUTE:   {is, isNot, least, most},
		productv1.RuleField_RULE_FIELD_PRICE:       {least, most},
		productv1.RuleField_RULE_FIELD_STATE:       {is, isNot},
		productv1.RuleField_RULE_FIELD_TAG:         {is, isNot},
		productv1.RuleField_RULE_FIELD_BRAND:       {is, isNot},
		productv1.RuleField_RULE_FIELD_CATEGORY:    {is, isNot},
		productv1.RuleField_RULE_FIELD_CREATE_DATE: {least, most},
		productv1.RuleField_RULE_FIELD_NAME: {
			is, isNot, productv1.RuleOperator_RULE_OPERATOR_CONTAINS, productv1.RuleOperator_RULE_OPERATOR_CONTAINS_NOT,
		},
		productv1.RuleField_RULE_FIELD_TYPE:         {is, isNot},
		productv1.RuleField_RULE_FIELD_AVAILABILITY: {is, isNot},
		productv1.RuleField_RULE_FIELD_UNITS:        {least, most},
	}
}()

// tidyRule cleans a rule and notes what is wrong with it.
func (p *problems) tidyRule(r *productv1.CollectionRule) {
	switch n := len(r.GetConditions()); {
	case n == 0:
		p.add("rule.conditions", "are missing; a rule without any would gather every product")
	case n > maxConditions:
		p.add("rule.conditions", fmt.Sprintf("are %d, more than %d", n, maxConditions))
		return
	}
	for i, c := range r.GetConditions() {
		field := fmt.Sprintf("rule.conditions[%d]", i)
		allowed := operators[c.GetField()]
		if allowed == nil {
			p.add(field+".field", "is missing: say what is looked at")
			continue
		}
		if !slices.Contains(allowed, c.GetOperator()) {
			p.add(field+".operator", "does not go with this field")
			continue
		}
		if c.GetField() == productv1.RuleField_RULE_FIELD_ATTRIBUTE {
			p.line(field+".name", feed.MaxAttribute, &c.Name)
			if c.GetName() == "" {
				p.add(field+".name", "is missing: name the attribute")
			}
		} else {
			c.Name = ""
		}
		p.tidyRuleValues(field, c)
	}
}

func (p *problems) tidyRuleValues(field string, c *productv1.RuleCondition) {
	ordered := c.GetOperator() == productv1.RuleOperator_RULE_OPERATOR_AT_LEAST || c.GetOperator() == productv1.RuleOperator_RULE_OPERATOR_AT_MOST
	switch n := len(c.GetValues()); {
	case n == 0:
		p.add(field+".values", "are missing: say what to compare with")
	case n > maxValues:
		p.add(field+".values", fmt.Sprintf("are %d, more than %d", n, maxValues))
		return
	case ordered && n > 1:
		p.add(field+".values", "are several; this comparison takes one")
		return
	}
	for i := range c.GetValues() {
		at := fmt.Sprintf("%s.values[%d]", field, i)
		p.line(at, feed.MaxAttribute, &c.Values[i])
		if reason := unfit(c.GetField(), ordered, c.GetValues()[i]); reason != "" {
			p.add(at, reason)
		}
	}
}

// unfit says why a value cannot be compared with a field.
func unfit(field productv1.RuleField, ordered bool, value string) string {
	switch field {
	case productv1.RuleField_RULE_FIELD_PRICE:
		if n, err := strconv.ParseInt(value, 10, 64); err != nil || n < 0 {
			return "is not a price in minor units, such as 1999"
		}
	case productv1.RuleField_RULE_FIELD_UNITS:
		if n, err := strconv.ParseInt(value, 10, 64); err != nil || n < 0 {
			return "is not a number of units, such as 5"
		}
	case productv1.RuleField_RULE_FIELD_AVAILABILITY:
		if value != inStock && value != onOrder && value != soldOut {
			return "is none of in_stock, on_order and sold_out"
		}
	case productv1.RuleField_RULE_FIELD_CREATE_DATE:
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			return "is not a day such as 2026-11-26"
		}
	case productv1.RuleField_RULE_FIELD_STATE:
		if _, known := states[value]; !known {
			return "is none of draft, active and archived"
		}
	case productv1.RuleField_RULE_FIELD_CATEGORY:
		if !id.Valid(value) {
			return "is not the id of a category"
		}
	case productv1.RuleField_RULE_FIELD_TYPE:
		if !id.Valid(value) {
			return "is not the id of a product type"
		}
	default:
		if value == "" {
			return "is empty"
		}
		if _, err := strconv.ParseFloat(value, 64); ordered && err != nil {
			return "is not a number such as 12.5"
		}
	}
	return ""
}
