package main

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// ruleForm is a rule as it is typed: names stand where the rule has ids, and amounts where it has minor units.
type ruleForm struct {
	any        bool
	conditions []conditionRow
}

type conditionRow struct {
	field, name, operator string
	values                []string
}

var ruleFields = []struct {
	value, label string
	field        productv1.RuleField
}{
	{"tag", "Tag", productv1.RuleField_RULE_FIELD_TAG},
	{"price", "Price", productv1.RuleField_RULE_FIELD_PRICE},
	{"category", "Category", productv1.RuleField_RULE_FIELD_CATEGORY},
	{"brand", "Brand", productv1.RuleField_RULE_FIELD_BRAND},
	{"name", "Name", productv1.RuleField_RULE_FIELD_NAME},
	{"attribute", "Attribute", productv1.RuleField_RULE_FIELD_ATTRIBUTE},
	{"type", "Type", productv1.RuleField_RULE_FIELD_TYPE},
	{"state", "State", productv1.RuleField_RULE_FIELD_STATE},
	{"availability", "Availability", productv1.RuleField_RULE_FIELD_AVAILABILITY},
	{"units", "Units to sell", productv1.RuleField_RULE_FIELD_UNITS},
	{"created", "Day it was made", productv1.RuleField_RULE_FIELD_CREATE_DATE},
}

var ruleOperators = []struct {
	value, label string
	operator     productv1.RuleOperator
}{
	{"is", "is", productv1.RuleOperator_RULE_OPERATOR_IS},
	{"is_not", "is not", productv1.RuleOperator_RULE_OPERATOR_IS_NOT},
	{"contains", "contains", productv1.RuleOperator_RULE_OPERATOR_CONTAINS},
	{"contains_not", "does not contain", productv1.RuleOperator_RULE_OPERATOR_CONTAINS_NOT},
	{"at_least", "is at least", productv1.RuleOperator_RULE_OPERATOR_AT_LEAST},
	{"at_most", "is at most", productv1.RuleOperator_RULE_OPERATOR_AT_MOST},
}

// readRule reads the conditions that a page sent; those that say nothing are left out when they are used.
func readRule(values url.Values) ruleForm {
	f := ruleForm{any: values.Get("match") == "any"}
	for i := 0; values.Has(rowName("conditions", i, "field")); i++ {
		if values.Has(rowName("conditions", i, "removed")) {
			continue
		}
		f.conditions = append(f.conditions, conditionRow{
			field: values.Get(rowName("conditions", i, "field")), name: strings.TrimSpace(values.Get(rowName("conditions", i, "name"))),
			operator: values.Get(rowName("conditions", i, "operator")), values: lines(values.Get(rowName("conditions", i, "values"))),
		})
	}
	return f
}

// ruleNames are the names of categories and types by their ids.
func (o *office) ruleNames(v visit) (categories, types map[string]string, err error) {
	tree, err := o.categoryTree(v)
	if err != nil {
		return nil, nil, err
	}
	categories, types = map[string]string{}, map[string]string{}
	for _, line := range tree {
		categories[line.id] = line.label
	}
	known, err := o.Types.ListProductTypes(v.ctx, &productv1.ListProductTypesRequest{PageSize: 100})
	for _, one := range known.GetTypes() {
		types[one.GetId()] = one.GetName()
	}
	return categories, types, err
}

func (o *office) ruleFormOf(v visit, rule *productv1.CollectionRule) (ruleForm, error) {
	f := ruleForm{any: rule.GetAny()}
	if rule == nil {
		return f, nil
	}
	categories, types, err := o.ruleNames(v)
	if err != nil {
		return f, err
	}
	for _, condition := range rule.GetConditions() {
		row := conditionRow{name: condition.GetName(), values: slices.Clone(condition.GetValues())}
		for _, known := range ruleFields {
			if known.field == condition.GetField() {
				row.field = known.value
			}
		}
		for _, known := range ruleOperators {
			if known.operator == condition.GetOperator() {
				row.operator = known.value
			}
		}
		for i, value := range row.values {
			switch {
			case row.field == "category" && categories[value] != "":
				row.values[i] = categories[value]
			case row.field == "type" && types[value] != "":
				row.values[i] = types[value]
			case row.field == "availability":
				row.values[i] = strings.ReplaceAll(value, "_", " ")
			case row.field == "price":
				if minor, err := strconv.ParseInt(value, 10, 64); err == nil {
					row.values[i] = money.Amount{Minor: minor, Currency: o.cfg.Currency}.Decimal()
				}
			}
		}
		f.conditions = append(f.conditions, row)
	}
	return f, nil
}

// rule makes the rule of what was typed. What stands for nothing is a problem.
func (o *office) rule(v visit, f ruleForm, problems ui.Problems) (*productv1.CollectionRule, error) {
	categories, types, err := o.ruleNames(v)
	if err != nil {
		return nil, err
	}
	rule := &productv1.CollectionRule{Any: f.any}
	for i, row := range f.conditions {
		condition := &productv1.RuleCondition{Name: row.name}
		for _, known := range ruleFields {
			if known.value == row.field {
				condition.Field = known.field
			}
		}
		for _, known := range ruleOperators {
			if known.value == row.operator {
				condition.Operator = known.operator
			}
		}
		if row.field != "attribute" {
			condition.Name = ""
		}
		for _, value := range row.values {
			switch row.field {
			case "category":
				value = idOf(categories, value, problems, rowName("conditions", i, "values"), "category")
			case "type":
				value = idOf(types, value, problems, rowName("conditions", i, "values"), "product type")
			case "availability":
				value = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(value)), " ", "_")
			case "price":
				amount, fine := price(value, o.cfg.Currency)
				if value = strconv.FormatInt(amount.GetAmountMinor(), 10); !fine {
					problems[rowName("conditions", i, "values")] = notPrice(o.cfg.Currency)
				}
			}
			condition.Values = append(condition.Values, value)
		}
		rule.Conditions = append(rule.Conditions, condition)
	}
	return rule, nil
}

// idOf finds what is called so, whatever its case: by the way to it, or by its last name where only one has it.
func idOf(names map[string]string, asked string, problems ui.Problems, field, kind string) string {
	var found []string
	for id, name := range names {
		if strings.EqualFold(name, asked) {
			return id
		}
		if parts := strings.Split(name, " › "); strings.EqualFold(parts[len(parts)-1], asked) {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 1:
		return found[0]
	case 0:
		problems[field] = "There is no " + kind + " " + asked
	default:
		problems[field] = "Several are called " + asked + ": write the way to the one that is meant, such as Kitchen › " + asked
	}
	return ""
}

// tell puts what is wrong with the rule beside its conditions.
func (f ruleForm) tell(field, text string, problems ui.Problems) {
	_, rest, _ := strings.Cut(field, "conditions")
	if parts := problemPlace.FindStringSubmatch("conditions" + rest); rest != "" && parts != nil {
		if row, err := strconv.Atoi(parts[2]); err == nil && row < len(f.conditions) {
			of := parts[3]
			if of == "" {
				of = "values"
			}
			problems[rowName("conditions", row, of)] = upperFirst(wordsOf(of) + text)
			return
		}
	}
	problems[""] = strings.TrimSpace(problems[""] + " The rule " + text + ".")
}

// sentence says a rule in words.
func (f ruleForm) sentence() string {
	var parts []string
	for _, row := range f.conditions {
		subject, verb := "", ""
		for _, known := range ruleFields {
			if known.value == row.field {
				subject = strings.ToLower(known.label)
			}
		}
		for _, known := range ruleOperators {
			if known.value == row.operator {
				verb = known.label
			}
		}
		if row.field == "attribute" {
			subject = row.name
		}
		parts = append(parts, "whose "+subject+" "+verb+" "+strings.Join(row.values, " or "))
	}
	if len(parts) == 0 {
		return ""
	}
	if f.any {
		return "Products " + strings.Join(parts, ", or ") + "."
	}
	return "Products " + strings.Join(parts, ", and ") + "."
}

// previewRule says what a rule gathers.
func (o *office) previewRule(v visit, rule *productv1.CollectionRule) (*admin.RulePreview, error) {
	if rule == nil {
		rule = &productv1.CollectionRule{}
	}
	answer, err := o.Collections.PreviewCollectionRule(v.ctx, &productv1.PreviewCollectionRuleRequest{Rule: rule, PageSize: 10})
	if err != nil {
		return nil, err
	}
	preview := &admin.RulePreview{Text: plural(answer.GetCount(), "product meets it", "products meet it")}
	if !answer.GetComplete() {
		preview.Text += ", of the first " + count(answer.GetLookedAt()) + " that were looked at"
	}
	for _, p := range answer.GetProducts() {
		preview.Products = append(preview.Products, ui.Link{Label: p.GetName(), URL: "/products/" + p.GetId()})
	}
	return preview, nil
}
