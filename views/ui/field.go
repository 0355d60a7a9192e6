package ui

import (
	"strconv"

	"github.com/a-h/templ"
)

// Field is one labelled control of a form with its hint and its error.
type Field struct {
	Name         string // also the id, with "field-" before it
	Scope        string // goes before the name in the id, where a page has several forms with such a field
	Label        string
	Value        string
	Hint         string
	Error        string
	Type         string // of the input; "text" when empty
	InputMode    string
	AutoComplete string
	EnterKeyHint string
	Width        Width
	MaxLength    int
	Rows         int      // more than one makes a text area
	Options      []Option // any makes a select
	Suggestions  []string // what is often typed; anything else may be as well
	Optional     bool     // says so in the label; fields are required otherwise
	Quiet        bool     // neither required nor said to be optional, as in a filter
	Prefix       string   // shown before the control, such as a currency
	Accept       string   // of a file input
	Multiple     bool     // a file input takes several
}

// Width hints at how much a field is expected to hold.
type Width string

// The widths of fields.
const (
	Full   Width = ""
	Short  Width = "short"  // a postcode, a quantity
	Medium Width = "medium" // a city, a phone number
)

// With gives the field what was typed and what is wrong with it.
func (f Field) With(value string, problems Problems) Field {
	f.Value = value
	f.Error = problems[f.Name]
	return f
}

func (f Field) id() string { return "field-" + f.Scope + f.Name }

func (f Field) inputType() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// describedBy names the elements that explain the control, in reading order.
func (f Field) describedBy() string {
	switch {
	case f.Hint != "" && f.Error != "":
		return f.id() + "-hint " + f.id() + "-error"
	case f.Hint != "":
		return f.id() + "-hint"
	case f.Error != "":
		return f.id() + "-error"
	}
	return ""
}

// FieldProblem is one line of an error summary.
type FieldProblem struct {
	Text string
	URL  string // "#field-email"; empty for what concerns the whole form
}

// Summary lists the problems of the given fields in their order on the page, after those of the form as a whole.
func Summary(problems Problems, names ...string) []FieldProblem {
	var list []FieldProblem
	if text := problems[""]; text != "" {
		list = append(list, FieldProblem{Text: text})
	}
	for _, name := range names {
		if text := problems[name]; text != "" {
			list = append(list, FieldProblem{Text: text, URL: "#field-" + name})
		}
	}
	return list
}

// attributes are those of the control that are only there when they say something.
func (f Field) attributes() templ.OrderedAttributes {
	var list templ.OrderedAttributes
	add := func(name, value string) {
		if value != "" {
			list = append(list, templ.KV[string, any](name, value))
		}
	}
	add("inputmode", f.InputMode)
	add("autocomplete", f.AutoComplete)
	add("enterkeyhint", f.EnterKeyHint)
	add("accept", f.Accept)
	if len(f.Suggestions) > 0 {
		add("list", f.id()+"-list")
	}
	if f.Multiple {
		list = append(list, templ.KV[string, any]("multiple", true))
	}
	add("aria-describedby", f.describedBy())
	if f.MaxLength > 0 {
		add("maxlength", strconv.Itoa(f.MaxLength))
	}
	if f.Error != "" {
		add("aria-invalid", "true")
	}
	if !f.Optional && !f.Quiet {
		list = append(list, templ.KV[string, any]("required", true))
	}
	return list
}
